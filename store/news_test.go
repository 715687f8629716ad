package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

// What only places asks is told ask by ask; anything else is told as a whole.
func TestNewsTellWhatARevisionDid(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 1)
		since := func(revision int64) clamor.News {
			t.Helper()
			n, err := db.News(ctx, "2026-12-31", revision)
			must(t, err)
			return n
		}
		e, err := db.Evidence(ctx, clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
		must(t, err)
		now := e.Revision
		same(t, "nothing happened", since(now), clamor.News{Revision: now})

		in := intake("82", "Northwind", "We need thing 0.", "And an audit log.")
		take(t, db, 2, in) // of a known account, without news of it: asks that wait
		n := since(now)
		if n.Whole || n.Pending != 2 || len(n.Asks) != 0 {
			t.Fatalf("asks that wait are told as %+v", n)
		}
		must(t, db.Place(ctx, []clamor.Placement{{Ask: in.Asks[0].ID, Feature: clamor.FoundedID(asks[0]), By: clamor.Machine, At: day}}))
		found(t, db, in.Asks[1].ID)
		n = since(now)
		if n.Whole || n.Pending != 0 || len(n.Asks) != 2 || len(n.Features) != 2 {
			t.Fatalf("placed asks are told as %+v", n)
		}
		after, err := db.Evidence(ctx, clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
		must(t, err)
		told := map[clamor.AskID]clamor.EvidenceAsk{}
		for _, a := range append(e.Asks, n.Asks...) {
			told[a.ID] = a
		}
		for _, a := range after.Asks {
			same(t, "an ask of the evidence", told[a.ID], a)
		}
		if len(told) != len(after.Asks) || after.Revision != n.Revision {
			t.Fatalf("%d asks are told, the evidence of revision %d has %d", len(told), after.Revision, len(after.Asks))
		}
		if early := mustNews(t, db, "2026-10-02", now); len(early.Asks) != 0 {
			t.Fatalf("a list as of a day before gets %+v", early.Asks)
		}

		for what, change := range map[string]func(){
			"a fact of an account": func() {
				known := intake("83", "Northwind", "We need thing 0.")
				known.Account.Health = clamor.Red
				take(t, db, 3, known)
			},
			"a new account":   func() { take(t, db, 4, intake("84", "Contoso", "We need thing 0.")) },
			"another version": func() { take(t, db, 5, intake("82", "Northwind", "We need thing 0.")) },
			"a ruling":        func() { must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleConfirm, Asks: asks, By: "Ann"})) },
			"an exchange rate": func() {
				must(t, db.AddRate(ctx, clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1}, "Ann"))
			},
		} {
			before := since(0).Revision
			change()
			if n := since(before); !n.Whole {
				t.Errorf("%s is told as %+v", what, n)
			}
		}
	})
}

func mustNews(t *testing.T, db *store.DB, asOf clamor.Date, since int64) clamor.News {
	t.Helper()
	n, err := db.News(t.Context(), asOf, since)
	must(t, err)
	return n
}

func must2(t *testing.T) func(clamor.Ruling, error) {
	return func(_ clamor.Ruling, err error) {
		t.Helper()
		must(t, err)
	}
}
