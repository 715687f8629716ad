package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"clamor"
	"clamor/api"
	"clamor/cmd/clamor/demo"
	"clamor/ingest"
)

type demoCommand struct{}

// Run serves a database of its own, filled by the same ways that real accounts, deals and notes come in, and removed at the end.
func (demoCommand) Run(ctx context.Context, w world, g *globals) error {
	dir, err := os.MkdirTemp("", "clamor-demo-")
	if err != nil {
		return fmt.Errorf("making the demo's directory: %w", err)
	}
	own := *g
	own.DataDir, own.DB = dir, "sqlite:"+filepath.Join(dir, "demo.db")
	err = with(ctx, &own, w, func(s *service) error {
		if err := s.loadDemo(ctx, time.Now()); err != nil {
			return fmt.Errorf("loading the demo: %w", err)
		}
		l, url, err := s.listen()
		if err != nil {
			return err
		}
		fmt.Fprintf(w.stdout, "listening on %s\n", url)
		token, err := s.addToken(ctx, "demo", clamor.Admin)
		if err == nil {
			fmt.Fprintf(w.stdout, "token %s\n", token)
			err = s.printSignIn(ctx, w.stdout, url, "demo admin", clamor.Admin)
		}
		if err != nil {
			return errors.Join(err, l.Close())
		}
		return s.serve(ctx, l, url)
	})
	return errors.Join(err, os.RemoveAll(dir))
}

// loadDemo fills the store with the sample company as of a day: its CRM by import, its notes as deliveries of a webhook.
func (s *service) loadDemo(ctx context.Context, now time.Time) error {
	for _, file := range []struct {
		what string
		csv  []byte
	}{{"accounts", demo.Accounts(now)}, {"accounts", demo.LaterAccounts(now)}, {"deals", demo.Deals(now)}} {
		system := "" // deals bear the ids that notes name them by
		if file.what == "accounts" {
			system = "salesforce"
		}
		report, err := s.ingest.Import(ctx, file.what, bytes.NewReader(file.csv), ingest.ImportOptions{By: "demo", Source: "demo", System: system})
		if err == nil && report.Refused > 0 {
			err = fmt.Errorf("%s, line %d: %s", file.what, report.Refusals[0].Line, report.Refusals[0].Reason)
		}
		if err != nil {
			return err
		}
	}
	for _, rate := range demo.Rates(now) {
		if err := s.db.AddRate(ctx, rate, "demo"); err != nil {
			return err
		}
	}
	secret, _ := api.NewSecret("")
	source := clamor.Source{Name: demoSource, Kind: "generic", Secret: secret, On: true}
	if err := s.db.AddSource(ctx, source, "demo"); err != nil {
		return err
	}
	notes := demo.Notes(now)
	seen := demo.Seen(notes)
	if err := s.sendDemo(ctx, source, notes[:seen], now); err != nil {
		return err
	}
	if err := s.ruleDemo(ctx, now); err != nil {
		return err
	}
	return s.sendDemo(ctx, source, notes[seen:], now)
}

// demoSource is the name of the source that the sample notes come from.
const demoSource = "calls"

// sendDemo sends notes as a webhook would, and lets them be taken in and placed.
func (s *service) sendDemo(ctx context.Context, source clamor.Source, notes [][]byte, now time.Time) error {
	header := http.Header{"Content-Type": {"application/json"}}
	for i, body := range notes {
		d := ingest.NewDelivery(source, header, body, now.Add(time.Duration(i)*time.Microsecond))
		if _, _, err := s.db.AddDelivery(ctx, d); err != nil {
			return err
		}
	}
	if err := s.place(ctx); err != nil {
		return err
	}
	for _, state := range []clamor.DeliveryState{clamor.Dead, clamor.Failed} {
		unread, err := s.db.Deliveries(ctx, clamor.DeliveryQuery{State: state, Limit: 1})
		if err != nil {
			return err
		}
		if len(unread) > 0 {
			return errors.New(unread[0].Reason)
		}
	}
	return nil
}

// productManager is who decides in the sample company.
const productManager = "Priya (product)"

// ruleDemo does what the product managers of the sample company did: they went through the older notes, gave features a status, an
// area, a team and an effort, and froze the last quarter.
func (s *service) ruleDemo(ctx context.Context, now time.Time) error {
	features, err := s.triageDemo(ctx)
	if err != nil {
		return err
	}
	for _, d := range demo.Decisions() {
		if features[d.Title] == "" {
			continue
		}
		if _, err := s.db.EditFeature(ctx, features[d.Title], 0, d.Edit, productManager); err != nil {
			return err
		}
	}
	settings, err := s.rank.Settings(ctx)
	if err != nil {
		return err
	}
	last := clamor.QuarterOf(clamor.DateOf(now), settings.FiscalStart).Previous()
	_, err = s.rank.Freeze(ctx, last, "", productManager)
	return err
}

// triageDemo rules on the asks of the older notes: those that mean the same stand together under a title, and what is no ask is marked
// so. It gives the features by title.
func (s *service) triageDemo(ctx context.Context) (map[string]clamor.FeatureID, error) {
	const none = ""
	asks, titles := map[string][]clamor.AskID{}, []string(nil)
	for _, triaged := range demo.Triage() {
		_, found, err := s.db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", demoSource, triaged.Note, "1")))
		if err != nil {
			return nil, err
		}
		for _, ask := range found {
			title := none
			if i := slices.IndexFunc(triaged.Spans, func(span demo.Span) bool { return span.Start < ask.End && ask.Start < span.End }); i >= 0 {
				title = triaged.Spans[i].Feature
			}
			if asks[title] == nil {
				titles = append(titles, title)
			}
			asks[title] = append(asks[title], ask.ID)
		}
	}
	features := map[string]clamor.FeatureID{}
	for _, title := range titles {
		r := clamor.Ruling{Kind: clamor.RuleSplit, Asks: asks[title], Title: title, By: productManager}
		if title == none {
			r.Kind = clamor.RuleNotAnAsk
		}
		ruled, err := s.db.Rule(ctx, r)
		if err != nil {
			return nil, err
		}
		features[title] = ruled.Target
	}
	return features, nil
}
