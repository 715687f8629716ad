package rank_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// put stores settings and fails the test if that is refused.
func put(t *testing.T, s *rank.Service, change func(*rank.Draft)) clamor.SettingsVersion {
	t.Helper()
	v, err := s.PutSettings(t.Context(), draft(t, s, change), "Ann")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// draft is the settings that count, changed.
func draft(t *testing.T, s *rank.Service, change func(*rank.Draft)) rank.Draft {
	t.Helper()
	now, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := rank.Draft{Settings: now}
	change(&d)
	return d
}

func TestStoredSettingsCountAtOnceAndAFrozenQuarterKeepsItsOwn(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-01-04")
	if first := mustList(t, s, rank.Query{Quarter: q4}).Entries[0]; first.Feature.ID != "export" {
		t.Fatalf("by the defaults %s is first", first.Feature.ID)
	}
	v := put(t, s, func(d *rank.Draft) { d.Settings.Weights.Important, d.Reason = 0, "only blockers block" })
	if v.Version != 1 || v.By != "Ann" || v.Reason != "only blockers block" {
		t.Errorf("%+v", v)
	}
	if !strings.Contains(store.told[0], "weights.important 4000000 → 0") || !strings.Contains(store.told[0], "only blockers block") {
		t.Errorf("the audit log says %q", store.told[0])
	}
	list := mustList(t, s, rank.Query{Quarter: q4})
	for _, e := range list.Entries {
		for _, p := range e.Parts {
			if p.Priority == clamor.Important {
				t.Fatalf("%s still counts for %s", p.Ask, e.Feature.ID)
			}
		}
	}
	if list.Settings != 1 {
		t.Errorf("the list says that it was made with version %d", list.Settings)
	}
	if _, err := s.Freeze(t.Context(), q4, "", "Priya"); err != nil {
		t.Fatal(err)
	}
	put(t, s, func(d *rank.Draft) { d.Settings.Weights.Important = 9_000_000 })
	frozen := mustList(t, s, rank.Query{Quarter: q4})
	if !frozen.Frozen || frozen.Settings != 1 || frozen.Entries[0].Score != list.Entries[0].Score {
		t.Errorf("the frozen quarter changed with the settings: %d, %+v", frozen.Settings, frozen.Entries[0].Score)
	}
	_, kept, err := rank.Inputs(store.frozen[0])
	if err != nil || kept.Version != 1 || kept.Weights.Important != 0 {
		t.Errorf("%v: the frozen record holds version %d", err, kept.Version)
	}
	if live := mustList(t, s, rank.Query{Quarter: q4, Live: true}); live.Settings != 2 {
		t.Errorf("the live list was made with version %d", live.Settings)
	}
}

func TestTwoPeopleDoNotOverwriteEachOthersSettings(t *testing.T) {
	s := newService(t, workedStore(t), "2026-12-31")
	mine := draft(t, s, func(d *rank.Draft) { d.Settings.HalfLifeDays = 90 })
	put(t, s, func(d *rank.Draft) { d.Settings.RollUp = true })
	if _, err := s.PutSettings(t.Context(), mine, "Bob"); clamor.KindOf(err) != clamor.Stale {
		t.Errorf("made from an older version: %v", err)
	}
	put(t, s, func(d *rank.Draft) { d.Settings.HalfLifeDays = 90 })
	if now, _ := s.Settings(t.Context()); !now.RollUp || now.HalfLifeDays != 90 || now.Version != 2 {
		t.Errorf("%+v", now)
	}
}

func TestADraftIsRefusedWithEveryFaultByField(t *testing.T) {
	s := newService(t, workedStore(t), "2026-12-31")
	bad := draft(t, s, func(d *rank.Draft) {
		d.Settings.Currency, d.Settings.FiscalStart, d.Settings.Weights.Nice = "usd", 13, -1
		d.Settings.Scenarios[1].Name = "Full!"
		d.Rates = []clamor.Rate{{Currency: "EUR", Into: "EUR", From: "soon", PPM: 0}, {Currency: "CHF", Into: "USD", From: "2026-01-01", PPM: 1},
			{Currency: "CHF", Into: "USD", From: "2026-01-01", PPM: 2}}
		d.Reason = strings.Repeat("x", 2001)
	})
	_, err := s.PutSettings(t.Context(), bad, "Ann")
	var refused *clamor.Error
	if !errors.As(err, &refused) || refused.Kind != clamor.Invalid {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range refused.Faults {
		paths = append(paths, f.Path)
	}
	want := []string{"currency", "fiscal_year_start", "weights.nice", "scenarios[1].name", "reason", "rates[0].into", "rates[0].from", "rates[0].ppm", "rates[2].from"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Preview(t.Context(), rank.Query{Quarter: q4}, bad, 9); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("a preview of it: %v", err)
	}
}

func TestTheFiscalYearMovesOnlyWhileNothingIsFrozen(t *testing.T) {
	s := newService(t, workedStore(t), "2026-12-31")
	put(t, s, func(d *rank.Draft) { d.Settings.FiscalStart = time.February })
	if now, _ := s.Settings(t.Context()); now.FiscalStart != time.February {
		t.Errorf("%+v", now)
	}
	if _, err := s.Freeze(t.Context(), clamor.Quarter{Year: 2027, Number: 3, Start: time.February}, "", "Priya"); err != nil {
		t.Fatal(err)
	}
	_, err := s.PutSettings(t.Context(), draft(t, s, func(d *rank.Draft) { d.Settings.FiscalStart = time.March }), "Ann")
	if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "2027Q3 is frozen under a year that starts in month 2") {
		t.Error(err)
	}
}

// A preview tells exactly what the two lists say, and stores nothing.
func TestAPreviewIsTheDifferenceOfTheTwoLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, was, is := drawEvidence(t), drawSettings(t), drawSettings(t)
		store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }}
		s, err := rank.NewService(store, rank.Options{Settings: was, Now: func() time.Time { return today.Time() }})
		if err != nil {
			t.Fatal(err)
		}
		rates := e.Rates[:rapid.IntRange(0, len(e.Rates)).Draw(t, "rates")]
		p, err := s.Preview(context.Background(), rank.Query{Quarter: q4}, rank.Draft{Settings: is, Rates: rates}, 100)
		if err != nil {
			t.Fatal(err)
		}
		before, after := map[clamor.FeatureID]clamor.Entry{}, map[clamor.FeatureID]clamor.Entry{}
		for _, x := range mustRank(t, e, was).Entries {
			before[x.Feature.ID] = x
		}
		e.Rates = rates
		for _, x := range mustRank(t, e, is).Entries {
			after[x.Feature.ID] = x
		}
		told := map[clamor.FeatureID]rank.Shift{}
		for _, x := range p.Shifts {
			told[x.Feature.ID] = x
		}
		var sumBefore, sumAfter int64
		for id, b := range before {
			a := after[id]
			sumBefore, sumAfter = sumBefore+b.Score, sumAfter+a.Score
			x, shifted := told[id]
			if moves := b.Rank != a.Rank || b.Score != a.Score; moves != shifted {
				t.Fatalf("%s goes from %d with %d to %d with %d; told: %v", id, b.Rank, b.Score, a.Rank, a.Score, shifted)
			}
			if shifted && (x.Before.Rank != b.Rank || x.After.Score != a.Score || x.Places != b.Rank-a.Rank || x.Money != a.Score-b.Score) {
				t.Fatalf("%+v; %+v; %+v", x, b, a)
			}
		}
		top := map[clamor.FeatureID]bool{}
		for i, x := range p.Top {
			top[x.Feature.ID] = true
			if i > 0 && p.Top[i-1].After.Rank >= x.After.Rank {
				t.Fatalf("the top is out of order: %+v", p.Top)
			}
		}
		for id, b := range before {
			if first := min(b.Rank, after[id].Rank) <= 10; first != top[id] {
				t.Fatalf("%s goes from %d to %d; among the top: %v", id, b.Rank, after[id].Rank, top[id])
			}
			if money := after[id].Score - b.Score; len(p.Winners) > 0 && money > p.Winners[0].Money || len(p.Losers) > 0 && money < p.Losers[0].Money {
				t.Fatalf("%s wins or loses %d: %+v %+v", id, money, p.Winners, p.Losers)
			}
		}
		if p.Before != sumBefore || p.After != sumAfter || len(before) != p.Features || len(store.settings) != 0 {
			t.Fatalf("%+v", p)
		}
	})
}

// What Compare tells, applied to the one, makes the other.
func TestEditsNameEveryField(t *testing.T) {
	was, is := rank.Defaults(), rank.Defaults()
	is.Version, is.HalfLifeDays, is.Keep.Red.Near, is.RollUp = 7, 0, 5_000_000, true
	is.Scenarios = append(is.Scenarios[:3:3], rank.Scenario{Name: "wide", Size: rank.Breadth})
	var told []string
	for _, e := range rank.Compare(was, is) {
		told = append(told, e.Path+" "+string(e.Was)+" "+string(e.Is))
	}
	want := []string{"half_life_days 182 0", "keep_urgency.red.near 4000000 5000000", "roll_up false true", `scenarios[3].name "breadth" "wide"`,
		`scenarios[3].sharing "budget" null`}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if text, err := json.Marshal(rank.Compare(was, was)); err != nil || string(text) != "null" {
		t.Errorf("%s %v", text, err)
	}
}
