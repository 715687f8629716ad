package rank_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawNews makes asks that come later: mostly for what is there, now and then founding a feature.
func drawNews(t *rapid.T, e clamor.Evidence, round int) clamor.News {
	n := clamor.News{Pending: rapid.IntRange(0, 3).Draw(t, "pending then")}
	for i := range rapid.IntRange(0, 3).Draw(t, "new asks") {
		a := clamor.EvidenceAsk{ID: clamor.AskID(fmt.Sprintf("new_%d_%d", round, i)),
			Account:  e.Accounts[rapid.IntRange(0, len(e.Accounts)-1).Draw(t, "who")].ID,
			Feature:  e.Features[rapid.IntRange(0, len(e.Features)-1).Draw(t, "what")].ID,
			Priority: rapid.SampledFrom([]clamor.Priority{"", clamor.Blocker, clamor.Important, clamor.Nice}).Draw(t, "how much"),
			On:       today.AddDays(-rapid.SampledFrom([]int{-1, 0, 1, 182, 400}).Draw(t, "how long ago"))}
		if rapid.IntRange(0, 3).Draw(t, "founds") == 0 {
			f := clamor.Feature{ID: clamor.FeatureID(fmt.Sprintf("founded_%d_%d", round, i)), Title: "Founded", Status: drawStatus(t),
				CreatedAt: time.Date(2026, 2, 1+round, 0, 0, i, 0, time.UTC)}
			a.Feature, n.Features = f.ID, append(n.Features, f)
		}
		n.Asks = append(n.Asks, a)
	}
	n.Rates, n.Pins = e.Rates, e.Pins
	if rapid.IntRange(0, 3).Draw(t, "pins") == 0 {
		n.Pins = drawPins(t, len(e.Features))
	}
	if rapid.IntRange(0, 2).Draw(t, "edit") == 0 {
		f := e.Features[rapid.IntRange(0, len(e.Features)-1).Draw(t, "edited")]
		f.Title, f.Effort = rapid.SampledFrom([]string{"Edited", "Once more"}).Draw(t, "title"), rapid.Int64Range(0, 3).Draw(t, "effort then")
		n.Features = append(n.Features, f)
	}
	return n
}

// with is evidence with the news in it.
func with(e clamor.Evidence, n clamor.News) clamor.Evidence {
	e.Asks, e.Features, e.Pending, e.Pins = append(slices.Clip(e.Asks), n.Asks...), slices.Clone(e.Features), n.Pending, n.Pins
	for _, f := range n.Features {
		if at := slices.IndexFunc(e.Features, func(old clamor.Feature) bool { return old.ID == f.ID }); at >= 0 {
			e.Features[at] = f
		} else {
			e.Features = append(e.Features, f)
		}
	}
	return e
}

func TestATrackedListIsByteForByteThatOfRankingAnew(t *testing.T) {
	followed := 0
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		if rapid.Bool().Draw(t, "plain scenarios") { // families of other scenarios are rarely followed
			s.Scenarios, s.Scenario = rank.Defaults().Scenarios, "budget"
		}
		e.Pins = drawPins(t, len(e.Features))
		previous := mustRank(t, drawEvidence(t), s)
		b, err := rank.Prepare(with(e, clamor.News{Pending: e.Pending, Pins: e.Pins}))
		if err != nil {
			t.Fatal(err)
		}
		tracked, first, err := b.Track(s, previous)
		if err != nil {
			t.Fatal(err)
		}
		lists := []clamor.List{first}
		texts := [][]byte{encode(t, rank.WithMoves(mustRank(t, e, s), previous))}
		for round := range 4 {
			n := drawNews(t, e, round)
			list, ok := tracked.Add(n)
			if !ok {
				break
			}
			if len(n.Asks)+len(n.Features) > 0 {
				followed++
			}
			e = with(e, n)
			lists, texts = append(lists, list), append(texts, encode(t, rank.WithMoves(mustRank(t, e, s), previous)))
		}
		for i := range lists { // also those given before, which must not change any more
			if got := encode(t, lists[i]); !bytes.Equal(got, texts[i]) {
				t.Fatalf("after %d additions (-anew +tracked):\n%s", i, cmp.Diff(string(texts[i]), string(got)))
			}
		}
	})
	if followed < 50 {
		t.Errorf("only %d additions were followed: the test tells little", followed)
	}
}

// What changes more than one account's wishes is left to ranking anew.
func TestATrackedListRefusesWhatItCannotFollow(t *testing.T) {
	e, _ := workedEvidence(t)
	for what, n := range map[string]clamor.News{
		"an account that nobody knows":          {Asks: []clamor.EvidenceAsk{{ID: "x", Account: "nobody", Feature: "sso", On: today}}},
		"an account that asked for nothing yet": {Asks: []clamor.EvidenceAsk{{ID: "x", Account: "adatum", Feature: "sso", On: today}}},
		"a feature that nobody knows":           {Asks: []clamor.EvidenceAsk{{ID: "x", Account: "northwind", Feature: "none", On: today}}},
		"a feature that is not the youngest": {Asks: []clamor.EvidenceAsk{{ID: "x", Account: "northwind", Feature: "old", On: today}},
			Features: []clamor.Feature{{ID: "old", Status: clamor.StatusNew}}},
	} {
		b, err := rank.Prepare(e)
		if err != nil {
			t.Fatal(err)
		}
		tracked, _, err := b.Track(rank.Defaults(), clamor.List{})
		if err != nil {
			t.Fatal(err)
		}
		n.Rates = e.Rates
		if _, ok := tracked.Add(n); ok {
			t.Errorf("%s was followed", what)
		}
	}
}

// The list of the running quarter is put right from the news alone; other lists, and what cannot be followed, are read anew.
func TestTheRunningQuartersListFollowsTheNews(t *testing.T) {
	store := workedStore(t)
	e, _ := workedEvidence(t)
	s := newService(t, store, "2026-12-31")
	mustList(t, s, rank.Query{Quarter: q4})
	tell := func(n clamor.News) clamor.List {
		t.Helper()
		store.revision++
		store.news = append(store.news, make([]clamor.News, int(store.revision)-1-len(store.news))...)
		store.news = append(store.news, n)
		e = with(e, n)
		return mustList(t, s, rank.Query{Quarter: q4})
	}
	same := func(what string, got clamor.List) {
		t.Helper()
		e.Quarter, e.AsOf, e.From = "2026Q4", "2026-12-31", "2026-10-01"
		want, err := rank.Rank(e, rank.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
	same("an ask", tell(clamor.News{Asks: []clamor.EvidenceAsk{{ID: "x1", Account: "tailspin", Feature: "sso", Priority: clamor.Blocker, On: "2026-12-30"}}}))
	same("a feature", tell(clamor.News{Asks: []clamor.EvidenceAsk{{ID: "x2", Account: "contoso", Feature: "new", On: "2026-12-30"}},
		Features: []clamor.Feature{{ID: "new", Title: "New", Status: clamor.StatusNew, CreatedAt: today.Time()}}}))
	same("asks that wait", tell(clamor.News{Pending: 2}))
	if len(store.loads) != 1 {
		t.Errorf("the evidence was read %d times", len(store.loads))
	}
	full := mustList(t, s, rank.Query{Quarter: q4, Scenario: "full"})
	if len(store.loads) != 1 || len(full.Entries) != 4 {
		t.Errorf("another scenario read the evidence anew, or lacks what is new: %d times, %d entries", len(store.loads), len(full.Entries))
	}
	put(t, s, func(d *rank.Draft) { d.Settings.HalfLifeDays = 90 })
	if list := mustList(t, s, rank.Query{Quarter: q4}); len(store.loads) != 2 || list.Settings != 1 {
		t.Errorf("after other settings the evidence was read %d times, settings %d", len(store.loads), list.Settings)
	}
}
