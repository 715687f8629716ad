package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"clamor"
	"clamor/api"
	"clamor/ingest"
)

type sourceCommand struct {
	Add  sourceAddCommand  `cmd:"" help:"Add a source and print its URL and secret."`
	Set  sourceSetCommand  `cmd:"" help:"Change a source."`
	List sourceListCommand `cmd:"" help:"List the sources."`
	Try  sourceTryCommand  `cmd:"" help:"Show what would come of a payload, and keep nothing."`
}

// told is what a source can be told, when it is added and later.
type told struct {
	TokenFile string            `help:"A file with what pulls prove themselves with at the other side; - reads standard input." placeholder:"FILE"`
	Set       map[string]string `help:"A setting of its kind." placeholder:"KEY=VALUE" mapsep:"none"`
	Map       map[string]string `help:"Read FIELD of the note from PATH in the sender's JSON." placeholder:"FIELD=PATH" mapsep:"none"`
	Every     *string           `help:"How often it is pulled, such as 15m; 0: only when told to." placeholder:"TIME"`
}

// apply gives the source as told, and the names of what was. An empty VALUE or PATH forgets what was said before.
func (t told) apply(s clamor.Source, w world) (clamor.Source, []string, error) {
	var changed []string
	if t.TokenFile != "" {
		token, err := readToken(t.TokenFile, w)
		if err != nil {
			return s, nil, err
		}
		s.Token, changed = token, append(changed, "token")
	}
	if len(t.Set) > 0 {
		s.Settings, changed = merged(s.Settings, t.Set), append(changed, "settings")
	}
	if len(t.Map) > 0 {
		s.Mapping, changed = merged(s.Mapping, t.Map), append(changed, "mapping")
	}
	if t.Every != nil {
		every, err := api.ReadEvery(*t.Every)
		if err != nil {
			return s, nil, err
		}
		s.Every, changed = every, append(changed, "every")
	}
	return s, changed, ingest.CheckSource(s)
}

func merged(old, news map[string]string) map[string]string {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, news)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// readToken reads a token from a file, so that it stands in no list of processes and no history of a shell.
func readToken(file string, w world) (string, error) {
	in, closeIn, err := input(file, w)
	if err != nil {
		return "", err
	}
	const most = 64 << 10
	text, err := io.ReadAll(io.LimitReader(in, most))
	if err = errors.Join(err, closeIn()); err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", clamor.Errorf(clamor.Invalid, "the file of the token is empty")
	}
	return token, nil
}

type sourceAddCommand struct {
	Kind   string `help:"The adapter that reads it." required:""`
	Name   string `help:"Its name in the URL: letters, digits, dash, underscore." required:""`
	Secret string `help:"The sender's secret; made up unless given."`
	told   `embed:""`
}

// shownSource is what a source looks like to the person who connects it. The token is never shown again.
type shownSource struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	URL      string            `json:"url"`
	Secret   string            `json:"secret,omitempty"`
	HasToken bool              `json:"has_token,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Mapping  map[string]string `json:"mapping,omitempty"`
	Every    string            `json:"every,omitempty"`
	Off      bool              `json:"off,omitempty"`
}

func shown(g *globals, s clamor.Source) shownSource {
	v := shownSource{Name: s.Name, Kind: s.Kind, URL: hookURL(g, s.Name), HasToken: s.Token != "", Settings: s.Settings, Mapping: s.Mapping, Off: !s.On}
	if s.Every > 0 {
		v.Every = s.Every.String()
	}
	return v
}

func (c *sourceAddCommand) Run(ctx context.Context, w world, g *globals) error {
	source, _, err := c.apply(clamor.Source{Name: c.Name, Kind: c.Kind, Secret: c.Secret, On: true}, w)
	if err != nil {
		return err
	}
	if source.Secret == "" {
		source.Secret, _ = api.NewSecret("")
	}
	return with(ctx, g, w, func(s *service) error {
		if err := s.db.AddSource(ctx, source, commandLine); err != nil {
			return err
		}
		v := shown(g, source)
		v.Secret = source.Secret
		return printJSON(w.stdout, v)
	})
}

type sourceSetCommand struct {
	Name   string `arg:"" help:"The source."`
	Secret string `help:"Another secret." xor:"secret"`
	Rotate bool   `help:"Make up another secret and print it." xor:"secret"`
	On     bool   `help:"Take deliveries." xor:"on"`
	Off    bool   `help:"Take no deliveries." xor:"on"`
	told   `embed:""`
}

func (c *sourceSetCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		before, err := s.ownSource(ctx, c.Name)
		if err != nil {
			return err
		}
		source, changed, err := c.apply(before, w)
		if err != nil {
			return err
		}
		if c.Rotate {
			c.Secret, _ = api.NewSecret("")
		}
		if c.Secret != "" {
			source.Secret, changed = c.Secret, append(changed, "secret")
		}
		if c.On || c.Off {
			source.On, changed = c.On, append(changed, "on")
		}
		if len(changed) == 0 {
			return clamor.Errorf(clamor.Invalid, "nothing is to be changed: see clamor source set --help")
		}
		if err := s.db.PutSource(ctx, source, strings.Join(changed, ", "), commandLine); err != nil {
			return err
		}
		v := shown(g, source)
		v.Secret = c.Secret
		return printJSON(w.stdout, v)
	})
}

// ownSource finds a source that people may change.
func (s *service) ownSource(ctx context.Context, name string) (clamor.Source, error) {
	source, err := s.db.FindSource(ctx, name)
	if err == nil && name == api.NotesSource {
		err = clamor.Errorf(clamor.Conflict, "the source %q belongs to the API itself and cannot be changed", name)
	}
	return source, err
}

func hookURL(g *globals, name string) string {
	url := g.PublicURL
	if url == "" {
		url = "http://" + g.Listen
	}
	return strings.TrimSuffix(url, "/") + "/hooks/" + name
}

type sourceListCommand struct{}

func (sourceListCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		sources, err := s.db.Sources(ctx)
		if err != nil {
			return err
		}
		for _, source := range sources {
			if source.Name == api.NotesSource {
				continue
			}
			if err := printJSON(w.stdout, shown(g, source)); err != nil {
				return err
			}
		}
		return nil
	})
}

type sourceTryCommand struct {
	Name string `arg:"" help:"The source."`
	File string `arg:"" help:"The payload; - reads standard input."`
	Type string `help:"Its content type." default:"application/json"`
	JSON bool   `name:"json" help:"Print the whole trial as JSON."`
}

// maxPayload is as much as a hook takes.
const maxPayload = 10 << 20

func (c *sourceTryCommand) Run(ctx context.Context, w world, g *globals) error {
	in, closeIn, err := input(c.File, w)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(in, maxPayload+1))
	if err = errors.Join(err, closeIn()); err != nil {
		return err
	}
	if len(body) > maxPayload {
		return clamor.Errorf(clamor.TooLarge, "the payload is larger than the %d bytes that a hook takes", maxPayload)
	}
	return with(ctx, g, w, func(s *service) error {
		source, err := s.db.FindSource(ctx, c.Name)
		if err != nil {
			return err
		}
		trial, err := ingest.Try(ctx, s.db, source, http.Header{"Content-Type": {c.Type}}, body, g.Currency, time.Now())
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(w.stdout, trial)
		} else {
			err = printTrial(w.stdout, trial)
		}
		if err == nil && len(trial.Problems) > 0 {
			err = clamor.Errorf(clamor.Invalid, "the payload has %d problems", len(trial.Problems))
		}
		return err
	})
}

// printTrial tells people what would come of a payload.
func printTrial(out io.Writer, t ingest.Trial) error {
	var b strings.Builder
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "note %s (%s, %s): %s\n", n.ID, n.Kind, n.OccurredAt.Format(time.DateOnly), firstWords(n.Title, n.Text))
		fmt.Fprintf(&b, "  account %s: %s\n", n.Account.Label, outcome(n.Account.Match))
		if n.Deal != nil {
			fmt.Fprintf(&b, "  deal %s %s\n", n.Deal.ID, n.Deal.Name)
		}
		for _, a := range n.Asks {
			fmt.Fprintf(&b, "  ask %s\n", strings.TrimSpace(firstWords("", a.Quote)+" "+string(a.Priority)+" "+string(a.Motive)))
		}
	}
	for _, a := range t.Accounts {
		fmt.Fprintf(&b, "account %s: %s\n", a.Label, outcome(a.Match))
	}
	for _, d := range t.Deals {
		fmt.Fprintf(&b, "deal %s %s of %s\n", d.ID, d.Name, d.Account)
	}
	for _, i := range t.Issues {
		fmt.Fprintf(&b, "issue %s %s\n", i.URL, i.State)
	}
	if t.Thin {
		b.WriteString("the payload only announces what would be fetched\n")
	}
	for _, p := range t.Problems {
		place := p.Path
		if p.Line > 0 {
			place = strings.TrimSpace(fmt.Sprintf("line %d %s", p.Line, p.Path))
		}
		fmt.Fprintf(&b, "problem %s\n", strings.TrimPrefix(place+": "+p.Message, ": "))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func outcome(m clamor.Match) string {
	switch m.Outcome {
	case clamor.MatchKnown:
		return "known as " + m.Name
	case clamor.MatchNew:
		return "new"
	}
	return string(m.Outcome)
}

// firstWords shows a title, or else the beginning of a text, in one line.
func firstWords(title, text string) string {
	if title != "" {
		return title
	}
	const most = 100
	words := strings.Join(strings.Fields(text), " ")
	if len(words) <= most {
		return words
	}
	return strings.ToValidUTF8(words[:most], "") + "…"
}

type replayCommand struct {
	Source string               `help:"All of this source." placeholder:"NAME"`
	State  clamor.DeliveryState `help:"Those in this state: dead, failed, processed or replayed." placeholder:"STATE"`
	From   time.Time            `help:"Received then or later, as 2026-10-03T14:00:00Z." placeholder:"TIME"`
	To     time.Time            `help:"Received before." placeholder:"TIME"`
	IDs    []clamor.DeliveryID  `arg:"" optional:"" name:"id" help:"These deliveries."`
}

func (c *replayCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		if c.Source != "" {
			if _, err := s.db.FindSource(ctx, c.Source); err != nil {
				return err
			}
		}
		marked, err := s.db.Replay(ctx, clamor.Replay{IDs: c.IDs, Source: c.Source, State: c.State, From: c.From, To: c.To}, commandLine)
		if err != nil {
			return err
		}
		if err := s.place(ctx); err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%d deliveries are read anew\n", marked)
		return err
	})
}
