package store_test

import (
	"maps"
	"slices"
	"testing"

	"clamor"
	"clamor/store"
)

// What changes is told thing by thing, so that evidence with the news in it is that of a store read anew; what moves the ground is told as a
// whole.
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
		touch := func(revision int64) clamor.Touched {
			t.Helper()
			told, err := db.Touched(ctx, revision)
			must(t, err)
			return told
		}

		in := intake("82", "Northwind", "We need thing 0.", "And an audit log.")
		take(t, db, 2, in) // of a known account, without news of it: asks that wait
		n := since(now)
		if n.Whole || n.Pending != 2 || len(n.Asks) != 0 {
			t.Fatalf("asks that wait are told as %+v", n)
		}
		must(t, db.Place(ctx, []clamor.Placement{{Ask: in.Asks[0].ID, Feature: clamor.FoundedID(asks[0]), By: clamor.Machine, At: day}}))
		found(t, db, in.Asks[1].ID)
		n = since(now)
		if n.Whole || n.Pending != 0 || len(n.Asks) != 2 || len(n.Features) != 2 || len(n.Gone) != 0 {
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

		for _, c := range []struct {
			what   string
			change func()
			left   int // features
		}{
			{"a fact of an account", func() {
				known := intake("83", "Northwind", "We need thing 0.")
				known.Account.Health = clamor.Red
				take(t, db, 3, known)
			}, 0},
			{"a new account", func() { take(t, db, 4, intake("84", "Contoso", "We need thing 0.")) }, 0},
			{"another version", func() { take(t, db, 5, intake("82", "Northwind", "We need thing 0.")) }, 2},
			{"a move", func() {
				must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMove, Asks: asks, Target: clamor.FoundedID(in.Asks[1].ID), By: "Ann"}))
			}, 1},
			{"a split", func() {
				must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleSplit, Asks: asks, Title: "Its own", By: "Ann"}))
			}, 1},
			{"no ask", func() { must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: asks, By: "Ann"})) }, 1},
			{"a pin", func() {
				must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RulePin, Feature: clamor.FoundedID(asks[0]), Place: 1, Reason: "why not", By: "Ann"}))
			}, 0},
			{"an edit", func() {
				effort := int64(3)
				must(t, second(db.EditFeature(ctx, clamor.FoundedID(asks[0]), 0, clamor.FeatureEdit{Effort: &effort}, "Ann")))
			}, 0},
			{"a merge", func() {
				must2(t)(db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: clamor.FoundedID(in.Asks[1].ID), Target: clamor.FoundedID(asks[0]), By: "Ann"}))
			}, 2},
			{"an exchange rate", func() {
				must(t, db.AddRate(ctx, clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1}, "Ann"))
			}, 0},
		} {
			before, err := db.Evidence(ctx, clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
			must(t, err)
			origins := originsOf(t, db)
			c.change()
			n := since(before.Revision)
			after, err := db.Evidence(ctx, clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
			must(t, err)
			same(t, c.what+", added to the evidence", added(before, n), after)
			told := touch(before.Revision)
			if told.Whole || len(told.Left) != c.left {
				t.Errorf("%s touches %+v", c.what, told)
			}
			maps.DeleteFunc(origins, func(o clamor.Origin, _ int) bool { return slices.Contains(told.Left, o.Feature) })
			for _, o := range told.Origins {
				origins[o]++
			}
			same(t, c.what+", added to the origins", origins, originsOf(t, db))
		}
		revision := since(0).Revision
		must(t, db.MergeAccounts(ctx, accountNamed(t, db, "Contoso"), accountNamed(t, db, "Northwind"), "Ann", ""))
		if !since(revision).Whole || !touch(revision).Whole {
			t.Error("a merge of accounts is not told as a whole")
		}
	})
}

// originsOf counts the asks that stand somewhere.
func originsOf(t *testing.T, db *store.DB) map[clamor.Origin]int {
	t.Helper()
	all := map[clamor.Origin]int{}
	_, err := db.EachOrigin(t.Context(), func(o clamor.Origin) { all[o]++ })
	must(t, err)
	return all
}

// added is evidence with news in it.
func added(e clamor.Evidence, n clamor.News) clamor.Evidence {
	gone := map[string]bool{}
	for _, id := range n.Gone {
		gone[string(id)] = true
	}
	for _, f := range n.Features {
		gone[string(f.ID)] = f.Merged != ""
	}
	e.Asks = put(e.Asks, n.Asks, gone, func(a clamor.EvidenceAsk) string { return string(a.ID) })
	e.Features = put(e.Features, n.Features, gone, func(f clamor.Feature) string { return string(f.ID) })
	e.Accounts = put(e.Accounts, n.Accounts, gone, func(a clamor.Account) string { return string(a.ID) })
	e.Deals = put(e.Deals, n.Deals, gone, func(d clamor.Deal) string { return string(d.ID) })
	e.Rates, e.Pins, e.Pending, e.Rulings, e.Revision = n.Rates, n.Pins, n.Pending, n.Rulings, n.Revision
	return e
}

func put[T any](all, fresh []T, gone map[string]bool, id func(T) string) []T {
	by := map[string]T{}
	for _, x := range append(slices.Clone(all), fresh...) {
		by[id(x)] = x
	}
	var out []T
	for _, key := range slices.Sorted(maps.Keys(by)) {
		if !gone[key] {
			out = append(out, by[key])
		}
	}
	return out
}

func second[T any](_ T, err error) error { return err }

func accountNamed(t *testing.T, db *store.DB, name string) clamor.AccountID {
	t.Helper()
	ids, err := db.AccountPage(t.Context(), name, 0, 1)
	must(t, err)
	if len(ids) != 1 {
		t.Fatalf("%d accounts are called %s", len(ids), name)
	}
	return ids[0]
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
