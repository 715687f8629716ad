package rank_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// change draws what may happen to evidence between two looks: asks come, move and go, features are edited, closed and merged, accounts and
// deals change. It gives the evidence after it, and the news of it.
func change(t *rapid.T, e clamor.Evidence, round int) (clamor.Evidence, clamor.News) {
	n := drawNews(t, e, round)
	for i, a := range e.Asks {
		switch rapid.IntRange(0, 9).Draw(t, "fate of an ask") {
		case 0:
			n.Gone = append(n.Gone, a.ID)
		case 1:
			a.Feature = e.Features[rapid.IntRange(0, len(e.Features)-1).Draw(t, "where to")].ID
			n.Asks = append(n.Asks, e.Asks[i])
			n.Asks[len(n.Asks)-1] = a
		}
	}
	for i := range e.Accounts {
		if rapid.IntRange(0, 9).Draw(t, "account changes") == 0 {
			n.Accounts = append(n.Accounts, drawAccount(t, i, len(e.Accounts)))
		}
	}
	if rapid.Bool().Draw(t, "another account") {
		n.Accounts = append(n.Accounts, drawAccount(t, len(e.Accounts), len(e.Accounts)))
		n.Accounts[len(n.Accounts)-1].ID = accountID(len(e.Accounts))
	}
	for i := range e.Features {
		f := e.Features[i]
		if slices.ContainsFunc(n.Features, func(o clamor.Feature) bool { return o.ID == f.ID }) || rapid.IntRange(0, 9).Draw(t, "feature changes") > 0 {
			continue
		}
		f.Status = drawStatus(t)
		n.Features = append(n.Features, f)
	}
	return applied(e, n), n
}

// applied is evidence with the news in it, plainly.
func applied(e clamor.Evidence, n clamor.News) clamor.Evidence {
	e = with(e, clamor.News{Features: n.Features, Pending: n.Pending, Pins: n.Pins})
	e.Asks = slices.DeleteFunc(slices.Clone(e.Asks), func(a clamor.EvidenceAsk) bool {
		return slices.Contains(n.Gone, a.ID) || slices.ContainsFunc(n.Asks, func(b clamor.EvidenceAsk) bool { return a.ID == b.ID })
	})
	e.Asks = append(e.Asks, n.Asks...)
	e.Accounts = slices.DeleteFunc(slices.Clone(e.Accounts), func(a clamor.Account) bool {
		return slices.ContainsFunc(n.Accounts, func(b clamor.Account) bool { return a.ID == b.ID })
	})
	e.Accounts = append(e.Accounts, n.Accounts...)
	return e
}

// Whatever changes, the list of the running quarter and those of other scenarios are what ranking from scratch gives, and the evidence is
// read once.
func TestFollowingAnyNewsGivesWhatRankingAnewDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		e.Pins = drawPins(t, len(e.Features))
		store := &shelf{revision: 1, news: make([]clamor.News, 1)}
		store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
		s, err := rank.NewService(store, rank.Options{Settings: rank.Defaults(), Now: func() time.Time { return today.Time() }})
		if err != nil {
			t.Fatal(err)
		}
		for round := range 5 {
			for _, scenario := range []string{"", "full"} {
				got, err := s.List(context.Background(), rank.Query{Quarter: q4, Scenario: scenario})
				settings, _ := rank.Defaults().For(scenario)
				want, failed := rank.Rank(e, settings)
				if fmt.Sprint(err) != fmt.Sprint(failed) {
					t.Fatalf("round %d: %v, want %v", round, err, failed)
				}
				if a, b := encode(t, want), encode(t, got); !bytes.Equal(a, b) {
					t.Fatalf("round %d, scenario %q (-anew +followed):\n%s", round, scenario, cmp.Diff(want, got))
				}
				if err != nil {
					return
				}
			}
			var n clamor.News
			e, n = change(t, e, round)
			store.news, store.revision = append(store.news, n), store.revision+1
		}
		if len(store.loads) != 1 {
			t.Fatalf("the evidence was read %d times", len(store.loads))
		}
	})
}
