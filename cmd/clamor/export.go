package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"clamor"
	"clamor/api"
	"clamor/api/export"
	"clamor/rank"
)

type exportCommand struct {
	GitHub exportGitHubCommand `cmd:"" name:"github" help:"Create or update the one GitHub issue of a quarter."`
	File   exportFileCommand   `cmd:"" help:"Write a quarter's list as a Markdown file."`
	Poll   exportPollCommand   `cmd:"" help:"Ask GitHub what became of the issues that features are linked to."`
}

// gitHubFlags say how GitHub is reached, and as whom.
type gitHubFlags struct {
	APIURL       string `name:"api-url" help:"GitHub's API; https://HOST/api/v3/ on an Enterprise server." default:"${github_api}" placeholder:"URL"`
	Token        string `name:"github-token" help:"May read and write issues. Better given as CLAMOR_GITHUB_TOKEN or CLAMOR_GITHUB_TOKEN_FILE." placeholder:"TOKEN"`
	AppID        int64  `name:"github-app-id" help:"A GitHub App instead of a token." placeholder:"ID"`
	AppKey       string `name:"github-app-key" help:"The App's private key. Better given as CLAMOR_GITHUB_APP_KEY_FILE." placeholder:"PEM"`
	Installation int64  `name:"github-installation-id" help:"Of the App; found by the repository unless given." placeholder:"ID"`
}

// given reports whether there is a credential.
func (f gitHubFlags) given() bool { return f.Token != "" || f.AppID != 0 || f.AppKey != "" }

// connect makes the client, nil where no credential is given.
func (f gitHubFlags) connect(log *slog.Logger) (*export.GitHub, error) {
	if !f.given() {
		return nil, nil
	}
	o := export.GitHubOptions{Token: f.Token, APIURL: f.APIURL, Logger: log}
	if f.AppID != 0 || f.AppKey != "" {
		o.App = &export.App{ID: f.AppID, Installation: f.Installation, Key: []byte(f.AppKey)}
	}
	return export.NewGitHub(o)
}

type exportGitHubCommand struct {
	gitHubFlags
	Repo     string `required:"" help:"OWNER/NAME."`
	Quarter  string `help:"Such as 2026Q4; the one of today unless given." placeholder:"QUARTER"`
	Scenario string `help:"The set of settings, where the quarter is not frozen." placeholder:"NAME"`
	Issues   int    `help:"Make an issue of its own for each of the first so many features." default:"0" placeholder:"N"`
	File     string `help:"Propose the list as this file, such as docs/roadmap/2026Q4.md, by a pull request instead of an issue." placeholder:"PATH"`
	DryRun   bool   `help:"Print what would be sent, and send nothing. Without a token it is printed as for a public repository."`
}

func (c *exportGitHubCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		hub, err := c.connect(s.logger)
		if err != nil {
			return err
		}
		out := s.exporter(hub)
		order := api.Outgoing{Query: rank.Query{Quarter: q, Scenario: c.Scenario}, Repo: c.Repo, Issues: c.Issues, By: commandLine}
		if c.DryRun && c.File != "" {
			return printFile(ctx, w.stdout, out, order)
		}
		if c.DryRun {
			return printDraft(ctx, w.stdout, out, order)
		}
		if hub == nil {
			return clamor.Errorf(clamor.Unauthenticated, "no GitHub token: set CLAMOR_GITHUB_TOKEN to one that may read and write issues of %s, or an App", c.Repo)
		}
		if c.File != "" {
			proposed, err := out.Propose(ctx, order, c.File)
			return errors.Join(err, printed(fmt.Fprintf(w.stdout, "%s %s\n", proposed.Outcome, proposed.URL)))
		}
		sent, err := out.Send(ctx, order)
		if err != nil {
			return err
		}
		if len(sent.Dropped) > 0 {
			fmt.Fprintf(w.stderr, "GitHub dropped labels without a word, since the token may not label there: %s\n", strings.Join(sent.Dropped, ", "))
		}
		fmt.Fprintf(w.stdout, "%s %s\n", sent.Outcome, sent.URL)
		for _, i := range sent.Issues {
			fmt.Fprintf(w.stdout, "%s %s\n", i.Outcome, i.URL)
		}
		return nil
	})
}

// printFile prints the file that would be proposed.
func printFile(ctx context.Context, out io.Writer, x api.Exporter, o api.Outgoing) error {
	public := true
	if x.GitHub != nil {
		var err error
		if public, err = x.GitHub.Public(ctx, o.Repo); err != nil {
			return err
		}
	}
	d, err := x.File(ctx, o, public)
	if err != nil {
		return err
	}
	return printed(io.WriteString(out, d.Text()))
}

// printDraft prints what would be sent, byte for byte.
func printDraft(ctx context.Context, out io.Writer, x api.Exporter, o api.Outgoing) error {
	d, err := x.Preview(ctx, o)
	if err != nil {
		return err
	}
	if d.Trouble != nil && x.GitHub != nil {
		return d.Trouble
	}
	texts := []string{d.Text()}
	for _, issue := range d.Issues {
		texts = append(texts, issue.Text())
	}
	_, err = io.WriteString(out, strings.Join(texts, "\n"))
	return err
}

func (s *service) exporter(hub *export.GitHub) api.Exporter {
	return api.Exporter{Store: s.db, Rank: s.rank, GitHub: hub, BaseURL: s.baseURL()}
}

type exportFileCommand struct {
	File     string `arg:"" optional:"" help:"Standard output unless given." placeholder:"FILE"`
	Quarter  string `help:"Such as 2026Q4; the one of today unless given." placeholder:"QUARTER"`
	Scenario string `help:"The set of settings, where the quarter is not frozen." placeholder:"NAME"`
	Public   bool   `help:"As the public may read it: aliases and bands instead of names and amounts."`
}

func (c *exportFileCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		d, err := s.exporter(nil).File(ctx, api.Outgoing{Query: rank.Query{Quarter: q, Scenario: c.Scenario}}, c.Public)
		if err != nil {
			return err
		}
		if c.File == "" {
			return printed(io.WriteString(w.stdout, d.Text()))
		}
		if err := os.WriteFile(c.File, []byte(d.Text()), 0o600); err != nil {
			return clamor.Errorf(clamor.Invalid, "the file cannot be written: %w", err)
		}
		return nil
	})
}

type exportPollCommand struct {
	gitHubFlags
}

func (c *exportPollCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		hub, err := c.connect(s.logger)
		if err != nil {
			return err
		}
		fresh, err := s.exporter(hub).Poll(ctx)
		return errors.Join(err, printed(fmt.Fprintf(w.stdout, "%d issues have changed\n", fresh)))
	})
}

func printed(_ int, err error) error { return err }

// pollEvery is how often linked issues are asked for: webhooks tell at once, and this finds what they lost.
const pollEvery = 10 * time.Minute

// poll asks what became of linked issues until ctx ends, in the process that holds the workers' lease.
func (s *service) poll(ctx context.Context, hub *export.GitHub) {
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(pollEvery)
		if !s.held.Load() {
			continue
		}
		fresh, err := s.exporter(hub).Poll(ctx)
		if err != nil && ctx.Err() == nil {
			s.logger.Warn("asking what became of issues", "error", err)
		}
		if fresh > 0 {
			s.logger.Info("issues have changed", "count", fresh)
			s.stir()
		}
	}
}
