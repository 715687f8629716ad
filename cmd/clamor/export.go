package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"clamor"
	"clamor/api"
	"clamor/api/export"
	"clamor/rank"
)

type exportCommand struct {
	GitHub exportGitHubCommand `cmd:"" name:"github" help:"Create or update the one GitHub issue of a quarter."`
}

type exportGitHubCommand struct {
	Repo        string `required:"" help:"OWNER/NAME."`
	Quarter     string `help:"Such as 2026Q4; the one of today unless given." placeholder:"QUARTER"`
	Scenario    string `help:"The set of settings, where the quarter is not frozen." placeholder:"NAME"`
	DryRun      bool   `help:"Print what would be sent, and send nothing. Without a token it is printed as for a public repository."`
	APIURL      string `name:"api-url" help:"GitHub's API; https://HOST/api/v3/ on an Enterprise server." default:"${github_api}" placeholder:"URL"`
	GitHubToken string `name:"github-token" help:"May read and write issues. Better given as CLAMOR_GITHUB_TOKEN or CLAMOR_GITHUB_TOKEN_FILE." placeholder:"TOKEN"`
}

func (c *exportGitHubCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		query := rank.Query{Quarter: q, Scenario: c.Scenario}
		list, err := s.rank.List(ctx, query)
		if err != nil {
			return err
		}
		report, err := api.Report(ctx, s.db, s.rank, query, list, s.baseURL(), reported)
		if err != nil {
			return err
		}
		render := func(public bool) export.Document {
			return export.Markdown(report, export.MarkdownOptions{Redact: public})
		}
		return c.publish(ctx, s, w, q.String(), render)
	})
}

func (c *exportGitHubCommand) publish(ctx context.Context, s *service, w world, quarter string, render func(bool) export.Document) error {
	if c.GitHubToken == "" && c.DryRun {
		_, err := io.WriteString(w.stdout, render(true).Text())
		return err
	}
	if c.GitHubToken == "" {
		return clamor.Errorf(clamor.Unauthenticated, "no GitHub token: set CLAMOR_GITHUB_TOKEN to one that may read and write issues of %s", c.Repo)
	}
	hub, err := export.NewGitHub(export.GitHubOptions{Token: c.GitHubToken, APIURL: c.APIURL, Logger: s.logger})
	if err != nil {
		return err
	}
	if c.DryRun {
		public, err := hub.Public(ctx, c.Repo)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w.stdout, render(public).Text())
		return err
	}
	target := "github:" + c.Repo
	var previous *clamor.Publication
	switch p, err := s.db.FindPublication(ctx, target, quarter); {
	case err == nil:
		previous = &p
	case clamor.KindOf(err) != clamor.NotFound:
		return err
	}
	result, err := hub.Publish(ctx, c.Repo, render, previous)
	if p := result.Publication; p.Number != 0 {
		p.Target, p.Quarter = target, quarter
		err = errors.Join(err, s.db.PutPublication(ctx, p, commandLine))
	}
	if err != nil {
		return err
	}
	if len(result.Dropped) > 0 {
		fmt.Fprintf(w.stderr, "GitHub dropped labels without a word, since the token may not label there: %s\n", strings.Join(result.Dropped, ", "))
	}
	_, err = fmt.Fprintf(w.stdout, "%s %s\n", result.Outcome, result.URL)
	return err
}
