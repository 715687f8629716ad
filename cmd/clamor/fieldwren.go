package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"clamor"
	"clamor/api"
	"clamor/cmd/clamor/demo"
	"clamor/ingest"
)

// fieldwren loads the sample company by the same ways that real accounts, deals and notes come in.
type fieldwren struct {
	*service
	source            string // the name of the source that its notes come from
	importer, decider string // who is told to have imported its CRM, and to have decided about its features
	settle            func(ctx context.Context) error
	told              func(ctx context.Context, share int) error // hears how many per cent are loaded; may be nil
}

// load fills the store with the company as of a day: its CRM by import, its notes as deliveries of a webhook.
func (f fieldwren) load(ctx context.Context, now time.Time) error {
	if err := f.importCRM(ctx, now); err != nil {
		return err
	}
	source, err := f.prepare(ctx, now)
	if err != nil {
		return err
	}
	notes := demo.Notes(now)
	seen := demo.Seen(notes)
	if err := f.send(ctx, source, notes[:seen], now); err != nil {
		return err
	}
	if err := f.tell(ctx, 70); err != nil {
		return err
	}
	if err := f.rule(ctx, now); err != nil {
		return err
	}
	if err := f.tell(ctx, 85); err != nil {
		return err
	}
	return f.send(ctx, source, notes[seen:], now)
}

func (f fieldwren) tell(ctx context.Context, share int) error {
	if f.told == nil {
		return nil
	}
	return f.told(ctx, share)
}

func (f fieldwren) importCRM(ctx context.Context, now time.Time) error {
	for _, file := range []struct {
		what string
		csv  []byte
	}{{"accounts", demo.Accounts(now)}, {"accounts", demo.LaterAccounts(now)}, {"deals", demo.Deals(now)}} {
		system := "" // deals bear the ids that notes name them by
		if file.what == "accounts" {
			system = "salesforce"
		}
		o := ingest.ImportOptions{By: f.importer, Source: f.imported(), System: system}
		report, err := f.ingest.Import(ctx, file.what, bytes.NewReader(file.csv), o)
		if err == nil && report.Refused > 0 {
			err = fmt.Errorf("%s, line %d: %s", file.what, report.Refusals[0].Line, report.Refusals[0].Reason)
		}
		if err != nil {
			return err
		}
	}
	return f.tell(ctx, 10)
}

// imported is the name under which the company's accounts and deals are kept.
func (f fieldwren) imported() string {
	if f.source == clamor.SampleSource {
		return f.source
	}
	return f.importer
}

// prepare sets the rates that the amounts need, and gives the source of the notes.
func (f fieldwren) prepare(ctx context.Context, now time.Time) (clamor.Source, error) {
	if f.source == clamor.SampleSource {
		settings, err := f.rank.Settings(ctx)
		if err == nil {
			err = f.db.SampleRates(ctx, demo.RatesInto(settings.Currency, now))
		}
		if err != nil {
			return clamor.Source{}, err
		}
		return f.db.FindSource(ctx, f.source)
	}
	for _, rate := range demo.Rates(now) {
		if err := f.db.AddRate(ctx, rate, f.importer); err != nil {
			return clamor.Source{}, err
		}
	}
	secret, _ := api.NewSecret("")
	source := clamor.Source{Name: f.source, Kind: "generic", Secret: secret, On: true}
	return source, f.db.AddSource(ctx, source, f.importer)
}

// send sends notes as a webhook would, and lets them be taken in and placed.
func (f fieldwren) send(ctx context.Context, source clamor.Source, notes [][]byte, now time.Time) error {
	header := http.Header{"Content-Type": {"application/json"}}
	for i, body := range notes {
		d := ingest.NewDelivery(source, header, body, now.Add(time.Duration(i)*time.Microsecond))
		if _, _, err := f.db.AddDelivery(ctx, d); err != nil {
			return err
		}
	}
	if err := f.settle(ctx); err != nil {
		return err
	}
	for _, state := range []clamor.DeliveryState{clamor.Dead, clamor.Failed} {
		unread, err := f.db.Deliveries(ctx, clamor.DeliveryQuery{Source: f.source, State: state, Limit: 1})
		if err != nil {
			return err
		}
		if len(unread) > 0 {
			return errors.New(unread[0].Reason)
		}
	}
	return nil
}

// rule does what the product managers of the company did: they went through the older notes, gave features a status, an area, a team and an
// effort, and froze the last quarter.
func (f fieldwren) rule(ctx context.Context, now time.Time) error {
	features, err := f.triage(ctx)
	if err != nil {
		return err
	}
	for _, d := range demo.Decisions() {
		if features[d.Title] == "" {
			continue
		}
		if _, err := f.db.EditFeature(ctx, features[d.Title], 0, d.Edit, f.decider); err != nil {
			return err
		}
	}
	settings, err := f.rank.Settings(ctx)
	if err != nil {
		return err
	}
	last := clamor.QuarterOf(clamor.DateOf(now), settings.FiscalStart).Previous()
	_, err = f.rank.Freeze(ctx, last, "", f.decider)
	return err
}

// triage rules on the asks of the older notes: those that mean the same stand together under a title, and what is no ask is marked so. It
// gives the features by title.
func (f fieldwren) triage(ctx context.Context) (map[string]clamor.FeatureID, error) {
	const none = ""
	asks, titles := map[string][]clamor.AskID{}, []string(nil)
	for _, triaged := range demo.Triage() {
		_, found, err := f.db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", f.source, triaged.Note, "1")))
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
		r := clamor.Ruling{Kind: clamor.RuleSplit, Asks: asks[title], Title: title, By: f.decider}
		if title == none {
			r.Kind = clamor.RuleNotAnAsk
		}
		ruled, err := f.db.Rule(ctx, r)
		if err != nil {
			return nil, err
		}
		features[title] = ruled.Target
	}
	return features, nil
}
