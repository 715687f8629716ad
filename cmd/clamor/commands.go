package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"clamor"
	"clamor/api"
	"clamor/dedupe"
	"clamor/ingest"
	"clamor/store"
)

// commands is the command line.
type commands struct {
	globals

	Serve   serveCommand   `cmd:"" help:"Run the service: hooks, pages, API, workers."`
	Demo    demoCommand    `cmd:"" help:"Serve a throw-away database with sample data."`
	Import  importCommand  `cmd:"" help:"Read accounts, deals or notes from a CSV or XLSX file."`
	Source  sourceCommand  `cmd:"" help:"Ways in: webhooks and pulls."`
	Pull    pullCommand    `cmd:"" help:"Read on in a source's API now."`
	Replay  replayCommand  `cmd:"" help:"Have deliveries read anew, after a mapping changed or a cause is gone."`
	Token   tokenCommand   `cmd:"" help:"Tokens for the API."`
	Signin  signinCommand  `cmd:"" help:"Print a one-time sign-in link."`
	Rate    rateCommand    `cmd:"" help:"What other currencies are worth."`
	Cluster clusterCommand `cmd:"" help:"Cluster JSON Lines of texts; no database."`
	Lab     labCommand     `cmd:"" help:"Try other settings of --caution on the workspace's own asks and rulings."`
	Extract extractCommand `cmd:"" help:"Find asks in JSON Lines of texts; no database."`
	Rank    rankCommand    `cmd:"" help:"The ranked list."`
	Quarter quarterCommand `cmd:"" help:"Freeze, show and verify a quarter's list."`
	Export  exportCommand  `cmd:"" help:"Send the list out."`
	Audit   auditCommand   `cmd:"" help:"Who did what, newest first, as JSON Lines."`
	Backup  backupCommand  `cmd:"" help:"Copy a SQLite database while it is in use."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date, or move to another one."`
	Check   checkCommand   `cmd:"" help:"Check settings, database and outside access."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// with opens the service for one command and closes it afterwards.
func with(ctx context.Context, g *globals, w world, do func(*service) error) error {
	s, err := openService(ctx, g, w)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.close())
}

type serveCommand struct {
	gitHubFlags
	Repo string `name:"github-repo" help:"The repository, OWNER/NAME, that the export page offers." placeholder:"REPO"`
}

func (c *serveCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		hub, err := c.connect(s.logger)
		if err != nil {
			return err
		}
		s.hub, s.repo = hub, c.Repo
		l, url, err := s.listen()
		if err != nil {
			return err
		}
		fmt.Fprintf(w.stdout, "listening on %s\n", url)
		if err := s.printSignIn(ctx, w.stdout, url, "local admin", clamor.Admin); err != nil {
			return errors.Join(err, l.Close())
		}
		return s.serve(ctx, l, url)
	})
}

// signInLife is how long a printed sign-in link may wait to be used.
const signInLife = time.Hour

// printSignIn prints a one-time link for a person.
func (s *service) printSignIn(ctx context.Context, out io.Writer, url, name string, role clamor.Role) error {
	secret, hash := api.NewSecret("")
	if err := s.db.AddSignIn(ctx, name, role, hash, s.now().Add(signInLife)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "sign in once within the hour at %s/signin?token=%s\n", strings.TrimSuffix(url, "/"), secret)
	return err
}

type signinCommand struct {
	Name string      `help:"Who will sign in." default:"local admin"`
	Role clamor.Role `help:"viewer, reporter, pm or admin." default:"admin"`
}

func (c *signinCommand) Run(ctx context.Context, w world, g *globals) error {
	role, err := clamor.ParseRole(string(c.Role))
	if err != nil {
		return err
	}
	return with(ctx, g, w, func(s *service) error {
		url := g.PublicURL
		if url == "" {
			url = "http://" + g.Listen
		}
		return s.printSignIn(ctx, w.stdout, url, c.Name, role)
	})
}

// commandLine is who did what was done by a command.
const commandLine = "command line"

func printJSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token and print it."`
}

type tokenCreateCommand struct {
	Role clamor.Role `help:"viewer, reporter, pm or admin." required:""`
	Name string      `help:"Whose token it is." required:""`
}

func (c *tokenCreateCommand) Run(ctx context.Context, w world, g *globals) error {
	role, err := clamor.ParseRole(string(c.Role))
	if err != nil {
		return err
	}
	return with(ctx, g, w, func(s *service) error {
		token, err := s.addToken(ctx, c.Name, role)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w.stdout, token)
		return err
	})
}

func (s *service) addToken(ctx context.Context, name string, role clamor.Role) (string, error) {
	token, hash := api.NewSecret(api.TokenPrefix)
	_, err := s.db.AddToken(ctx, clamor.NewToken{Name: name, Role: role, Hash: hash, Tail: api.Tail(token)}, commandLine)
	return token, err
}

type rateCommand struct {
	Set  rateSetCommand  `cmd:"" help:"Set what one unit of a currency is worth in the list's currency."`
	List rateListCommand `cmd:"" help:"List the rates."`
}

type rateSetCommand struct {
	Currency string `arg:"" help:"The currency, such as EUR."`
	Rate     string `arg:"" help:"What one unit is worth, such as 1.0832."`
	From     string `help:"From which day on; today unless given." placeholder:"DATE"`
}

func (c *rateSetCommand) Run(ctx context.Context, w world, g *globals) error {
	currency, err := clamor.ParseCurrency(c.Currency)
	if err != nil {
		return err
	}
	ppm, err := clamor.ParseRate(c.Rate)
	if err != nil {
		return err
	}
	from := today()
	if c.From != "" {
		if from, err = clamor.ParseDate(c.From); err != nil {
			return err
		}
	}
	return with(ctx, g, w, func(s *service) error {
		settings, err := s.rank.Settings(ctx)
		if err != nil {
			return err
		}
		return s.db.AddRate(ctx, clamor.Rate{Currency: currency, Into: settings.Currency, From: from, PPM: ppm}, commandLine)
	})
}

type rateListCommand struct{}

func (rateListCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		rates, err := s.db.Rates(ctx)
		for _, r := range rates {
			if err := printJSON(w.stdout, r); err != nil {
				return err
			}
		}
		return err
	})
}

type clusterCommand struct {
	File string `arg:"" optional:"" help:"JSON Lines; standard input unless given."`
}

func (c *clusterCommand) Run(ctx context.Context, w world, g *globals) error {
	options, err := g.deduper()
	if err != nil {
		return err
	}
	return stream(ctx, c.File, w, func(ctx context.Context, r io.Reader, out io.Writer) error {
		return dedupe.Cluster(ctx, r, out, options)
	})
}

type labCommand struct {
	Try  []float64 `help:"The settings to try." default:"-0.2,-0.1,-0.05,0,0.05,0.1,0.2" placeholder:"N,…"`
	Asks int       `help:"How many of the latest asks to try them on." default:"2000"`
	JSON bool      `name:"json" help:"Print each trial as JSON."`
}

func (c *labCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		if err := s.dedupe.Load(ctx); err != nil {
			return err
		}
		found, err := s.dedupe.Lab(ctx, c.Try, 0, c.Asks, 0)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
		if !c.JSON {
			fmt.Fprintf(table, "caution\tasks\tjoins\tadds\tbreaks\truled: right\twrong\tmissed\t\n")
		}
		for _, t := range found.Trials {
			if c.JSON {
				err = errors.Join(err, printJSON(w.stdout, t))
				continue
			}
			fmt.Fprintf(table, "%+.2f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", t.Caution, t.Asks, t.Joins, t.Adds, t.Breaks, t.Right, t.Wrong, t.Missed)
		}
		return errors.Join(err, table.Flush())
	})
}

type extractCommand struct {
	File string `arg:"" optional:"" help:"JSON Lines; standard input unless given."`
}

func (c *extractCommand) Run(ctx context.Context, w world) error {
	return stream(ctx, c.File, w, ingest.ExtractStream)
}

// stream runs a filter over a file or standard input.
func stream(ctx context.Context, file string, w world, filter func(context.Context, io.Reader, io.Writer) error) error {
	in, closeIn, err := input(file, w)
	if err != nil {
		return err
	}
	return errors.Join(filter(ctx, in, w.stdout), closeIn())
}

// input opens a file; "" and "-" are standard input.
func input(file string, w world) (io.Reader, func() error, error) {
	if file == "" || file == "-" {
		return w.stdin, func() error { return nil }, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, clamor.Errorf(clamor.Invalid, "the file cannot be read: %w", err)
	}
	return f, f.Close, nil
}

type auditCommand struct {
	Limit int `help:"How many entries." default:"100"`
}

func (c *auditCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		entries, err := s.db.Audit(ctx, c.Limit)
		for _, e := range entries {
			err = errors.Join(err, printJSON(w.stdout, e))
		}
		return err
	})
}

type backupCommand struct {
	File string `arg:"" help:"The new file."`
}

func (c *backupCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error { return s.db.Backup(ctx, c.File) })
}

type migrateCommand struct {
	From string `help:"Fill the empty database with all that another one knows, such as sqlite:data/clamor.db." placeholder:"URL"`
}

func (c *migrateCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		if c.From != "" {
			if err := s.copyFrom(ctx, c.From, w.stdout); err != nil {
				return err
			}
		}
		version, err := s.db.Version(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "the database is at version %d\n", version)
		return err
	})
}

// copyFrom fills the store from another one.
func (s *service) copyFrom(ctx context.Context, url string, out io.Writer) error {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return clamor.Errorf(clamor.Invalid, "there is no database to copy: %w", err)
		}
	}
	from, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	rows, err := s.db.CopyFrom(ctx, from)
	if err == nil {
		_, err = fmt.Fprintf(out, "%d rows copied\n", rows)
	}
	return errors.Join(err, from.Close())
}

type checkCommand struct {
	gitHubFlags
	Repo string `name:"github-repo" help:"The repository, OWNER/NAME, that lists go to." placeholder:"REPO"`
}

func (c *checkCommand) Run(ctx context.Context, w world, g *globals) error {
	say := func(what string, err error) error {
		if err != nil {
			fmt.Fprintf(w.stdout, "%-10s not well: %s\n", what, oneLine(err))
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%-10s well\n", what)
		return err
	}
	_, errStart := g.fiscalStart()
	_, errCurrency := clamor.ParseCurrency(g.Currency)
	if err := say("settings", errors.Join(errStart, errCurrency)); err != nil {
		return err
	}
	db, err := store.Open(ctx, g.database())
	if err == nil {
		_, err = db.Stats(ctx)
		err = errors.Join(err, db.Close())
	}
	if err := say("database", err); err != nil {
		return err
	}
	probe := filepath.Join(g.DataDir, ".check")
	if err = os.MkdirAll(g.DataDir, 0o700); err == nil {
		err = errors.Join(os.WriteFile(probe, nil, 0o600), os.Remove(probe))
	}
	if err := say("data", err); err != nil || !c.given() {
		return err
	}
	return say("github", c.reach(ctx))
}

// reach asks GitHub about the repository, as an export would.
func (c *checkCommand) reach(ctx context.Context) error {
	hub, err := c.connect(nil)
	if err != nil || c.Repo == "" {
		return err
	}
	_, err = hub.Public(ctx, c.Repo)
	return err
}

type versionCommand struct{}

func (versionCommand) Run(w world) error {
	version, revision := "development", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
		version += revision + " " + info.GoVersion
	}
	_, err := fmt.Fprintln(w.stdout, "clamor", version)
	return err
}
