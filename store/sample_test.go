package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clamor"
	"clamor/store"
)

// dump reads every table of a database, row by row, but for what only grows: the log and the counters of changes.
func dump(t *testing.T, url string) map[string][]string {
	t.Helper()
	driver, dsn, tables := "pgx", url, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, dsn, tables = "sqlite", path, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	}
	db, err := sql.Open(driver, dsn)
	must(t, err)
	defer db.Close()
	all := map[string][]string{}
	for _, name := range strings.Fields(strings.Join(rowsOf(t, db, tables), " ")) {
		if !slices.Contains([]string{"audit", "revision", "list_news", "goose_db_version", "goose_lock", "lease"}, name) {
			all[name] = rowsOf(t, db, "SELECT * FROM "+name)
		}
	}
	return all
}

func rowsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var all []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(t, rows.Scan(into...))
		all = append(all, strings.Trim(fmt.Sprintf("%s", values), "[]"))
	}
	must(t, rows.Err())
	slices.Sort(all)
	return all
}

// onBoth runs a promise on both databases, with the database's URL.
func onBoth(t *testing.T, promise func(t *testing.T, db *store.DB, url string)) {
	for name, url := range map[string]func(t testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "clamor.db") },
		"postgres": postgres.database,
	} {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			promise(t, open(t, at), at)
		})
	}
}

var sampleSource = clamor.Source{Kind: "generic", Secret: "s"}

// sample is a note of the sample company.
func sample(id, account string, asks ...string) clamor.Intake {
	in := intake(id, account, asks...)
	in.Note.Source, in.Account.Source = clamor.SampleSource, clamor.SampleSource
	in.Account.Domains = []string{strings.ToLower(account) + ".example"}
	for i := range in.Asks {
		in.Asks[i].ID = clamor.AskID(clamor.DeriveID("ask", clamor.SampleSource, id, fmt.Sprint(i)))
	}
	return in
}

// loadSample fills a workspace with a small sample company: accounts, a deal, two notes, a rate, decisions and a frozen list.
func loadSample(t *testing.T, db *store.DB) (one, two clamor.Intake) {
	t.Helper()
	ctx := t.Context()
	must(t, db.BeginSample(ctx, sampleSource, "Ann"))
	must(t, db.SampleRates(ctx, []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2025-01-01", PPM: 1_090_000}}))
	_, err := db.PutAccounts(ctx, []clamor.AccountFacts{
		{Name: "Harbor", Domains: []string{"harbor.example"}, ExternalIDs: map[string]string{"salesforce": "001"}, ARR: usd(100), Owner: "Kim", AsOf: day, Source: clamor.SampleSource},
		{Name: "Quay", Domains: []string{"quay.example"}, Parent: "harbor.example", ARR: usd(5), AsOf: day, Source: clamor.SampleSource}}, clamor.SampleBy, false)
	must(t, err)
	_, err = db.PutDeals(ctx, []clamor.DealFacts{{System: "crm", ExternalID: "006", Name: "Expansion", Amount: usd(9), AsOf: day, Source: clamor.SampleSource,
		Account: clamor.AccountFacts{Name: "Harbor", Source: clamor.SampleSource}}}, clamor.SampleBy, false)
	must(t, err)
	one, two = sample("s1", "Harbor", "We need SSO."), sample("s2", "Quay", "We need dark mode.", "Also webhooks.")
	d := delivery(70, "{}")
	d.Source = clamor.SampleSource
	_, _, err = db.AddDelivery(ctx, d)
	must(t, err)
	_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: []clamor.Intake{one, two}})
	must(t, err)
	found(t, db, one.Asks[0].ID, two.Asks[0].ID, two.Asks[1].ID)
	split, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleSplit, Asks: []clamor.AskID{one.Asks[0].ID}, Title: "Single sign-on", By: clamor.SampleBy})
	must(t, err)
	planned, team := clamor.StatusPlanned, "Identity"
	for _, id := range []clamor.FeatureID{split.Target, clamor.FoundedID(two.Asks[0].ID)} {
		_, err = db.EditFeature(ctx, id, 0, clamor.FeatureEdit{Status: &planned, Team: &team}, clamor.SampleBy)
		must(t, err)
	}
	_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RulePin, Feature: split.Target, Place: 1, Reason: "first", By: clamor.SampleBy})
	must(t, err)
	freeze(t, db)
	must(t, db.PutSample(ctx, 100, ""))
	return one, two
}

func freeze(t *testing.T, db *store.DB) {
	t.Helper()
	s, err := db.Sample(t.Context())
	must(t, err)
	must(t, db.AddFrozen(t.Context(), clamor.Frozen{Quarter: "2026Q2", Revision: 1, Settings: []byte("{}"), Evidence: []byte("{}"),
		List: clamor.List{Quarter: "2026Q2", FrozenAt: s.BegunAt}}, clamor.SampleBy))
}

func TestTheSampleCompanyIsRemovedWholly(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, url string) {
		ctx := t.Context()
		must(t, db.AddSource(ctx, clamor.Source{Name: "calls", Kind: "generic", Secret: "x", On: true}, "Ann"))
		must(t, db.AddRate(ctx, clamor.Rate{Currency: "GBP", Into: "USD", From: "2025-01-01", PPM: 1_270_000}, "Ann"))
		before := dump(t, url)
		wantKind(t, db.RemoveSample(ctx, "Ann"), clamor.Conflict)
		_, _ = loadSample(t, db)
		s, err := db.Sample(ctx)
		must(t, err)
		if !s.There() || s.Loading() || s.By != "Ann" {
			t.Fatalf("the sample is %+v", s)
		}
		generation, err := db.Generation(ctx)
		must(t, err)
		must(t, db.RemoveSample(ctx, "Ann"))
		same(t, "every table", dump(t, url), before)
		if again, err := db.Generation(ctx); err != nil || again <= generation {
			t.Errorf("the generation stays at %d (%v): an index would keep what is gone", again, err)
		}
		audit, err := db.Audit(ctx, 10)
		must(t, err)
		var deeds []string
		for _, a := range audit {
			deeds = append(deeds, a.By+": "+a.Action)
		}
		same(t, "log", deeds, []string{"Ann: sample remove", "Ann: sample load", "Ann: rate set", "Ann: source add"})
		_, _ = loadSample(t, db) // and once more, from nothing
		must(t, db.RemoveSample(ctx, "Ann"))
		same(t, "every table", dump(t, url), before)
	})
}

func TestASampleCutOffIsLoadedAnewOrRemoved(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, url string) {
		ctx := t.Context()
		before := dump(t, url)
		must(t, db.BeginSample(ctx, sampleSource, "Ann"))
		in := sample("s1", "Harbor", "We need SSO.")
		d := delivery(70, "{}")
		d.Source = clamor.SampleSource
		_, _, err := db.AddDelivery(ctx, d)
		must(t, err)
		begun := dump(t, url)
		if pending, fault, err := db.SamplePending(ctx); err != nil || pending != 1 || fault != "" {
			t.Fatalf("%d pending, %q, %v", pending, fault, err)
		}
		_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: []clamor.Intake{in}})
		must(t, err)
		must(t, db.ResetSample(ctx, sampleSource))
		begun["delivery"] = nil
		same(t, "what was begun", dump(t, url), begun)
		must(t, db.RemoveSample(ctx, "Ann"))
		same(t, "every table", dump(t, url), before)
		wantKind(t, db.PutSample(ctx, 50, ""), clamor.Conflict)
	})
}

func TestASampleIsForAnEmptyWorkspace(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		take(t, db, 1, intake("1", "Northwind", "We need SSO."))
		wantKind(t, db.BeginSample(t.Context(), sampleSource, "Ann"), clamor.Conflict)
		wantKind(t, db.AddSource(t.Context(), clamor.Source{Name: clamor.SampleSource, Kind: "generic"}, "Ann"), clamor.Conflict)
	})
}

// What came in beside the sample stays with what it needs: its notes and asks, the features in which they stand, the accounts and deals that it
// names, what it said of them, and what people decided about it.
func TestWhatCameInBesideTheSampleStays(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		one, two := loadSample(t, db)
		shared := feature(t, db, one.Asks[0].ID)
		dark := clamor.FoundedID(two.Asks[0].ID)

		ours := intake("1", "Harbor", "SSO please.", "Dark mode please.", "A tool of our own.")
		ours.Account.ARR, ours.Account.Owner = usd(100), "Lee"
		ours.Deal = &clamor.DealFacts{System: "crm", ExternalID: "006", Amount: usd(9), Source: "calls", AsOf: day.AddDate(0, 0, 1)}
		take(t, db, 1, ours)
		place := func(ask clamor.AskID, in clamor.FeatureID) {
			must(t, db.Place(ctx, []clamor.Placement{{Ask: ask, Feature: in, Score: .7, By: clamor.Machine, At: day}}))
		}
		place(ours.Asks[0].ID, shared)
		place(ours.Asks[1].ID, dark)
		found(t, db, ours.Asks[2].ID)
		// A person moves an ask of ours and one of the sample together, and corrects the team of a feature of the sample.
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMove, Asks: []clamor.AskID{ours.Asks[1].ID, two.Asks[1].ID}, Target: shared, By: "Ann"})
		must(t, err)
		team := "Ours"
		_, err = db.EditFeature(ctx, shared, 0, clamor.FeatureEdit{Team: &team}, "Ann")
		must(t, err)
		account := ask(t, db, ours.Asks[0].ID).Account
		_, err = db.AddPromise(ctx, clamor.Promise{Feature: shared, Account: account, MadeBy: "Ann", MadeOn: "2026-10-01", State: "open"}, clamor.PromiseEdit{}, "Ann")
		must(t, err)

		must(t, db.RemoveSample(ctx, "Ann"))
		stats, err := db.Stats(ctx)
		must(t, err)
		same(t, "notes", stats.Notes, 1)
		same(t, "asks", stats.Asks, 3)
		same(t, "features", stats.Features, 3) // the shared one, ours, and the one in which the machine placed an ask that a person moved
		same(t, "accounts", stats.Accounts, 1)
		for i, want := range []clamor.FeatureID{shared, shared, clamor.FoundedID(ours.Asks[2].ID)} {
			same(t, fmt.Sprintf("ask %d", i), feature(t, db, ours.Asks[i].ID), want)
		}
		f, err := db.FindFeature(ctx, shared)
		must(t, err)
		same(t, "title, status and team", []string{f.Title, string(f.Status), f.Team}, []string{"Single sign-on", "new", "Ours"})
		known, err := db.FindAccount(ctx, account)
		must(t, err)
		same(t, "account", known, clamor.Account{ID: account, Name: "Harbor", ARR: usd(100), Owner: "Lee"})
		rulings, err := db.Rulings(ctx, shared)
		must(t, err)
		same(t, "rulings", len(rulings), 1)
		same(t, "asks of the ruling", rulings[0].Asks, []clamor.AskID{ours.Asks[1].ID})
		e := evidence(t, db)
		same(t, "deals", len(e.Deals), 1)
		same(t, "amount", e.Deals[0].Amount, usd(9))
		promises, err := db.Promises(ctx, clamor.PromiseQuery{Feature: shared, Limit: 9})
		must(t, err)
		same(t, "promises", len(promises), 1)
		_, err = db.Undo(ctx, rulings[0].ID, "Ann", "")
		must(t, err)
		same(t, "after the undo", feature(t, db, ours.Asks[1].ID), dark)
	})
}

func ask(t *testing.T, db *store.DB, id clamor.AskID) clamor.Ask {
	t.Helper()
	for _, a := range evidence(t, db).Asks {
		if a.ID == id {
			return clamor.Ask{ID: a.ID, Account: a.Account, Feature: a.Feature}
		}
	}
	t.Fatalf("no ask %s", id)
	return clamor.Ask{}
}

func feature(t *testing.T, db *store.DB, id clamor.AskID) clamor.FeatureID {
	t.Helper()
	return ask(t, db, id).Feature
}
