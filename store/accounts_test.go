package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

func usd(whole int64) *clamor.Money { return &clamor.Money{Minor: whole * 100, Currency: "USD"} }

func TestAccountsAreMatchedByIDThenDomainThenNameAndNeverGuessed(t *testing.T) {
	known := []clamor.AccountFacts{
		{Name: "Acme", Domains: []string{"acme.example"}, ExternalIDs: map[string]string{"salesforce": "001A"}},
		{Name: "Globex", Domains: []string{"globex.example"}},
		{Name: "Initech"},
		{Name: "Twin", Domains: []string{"twin.example"}},
		{Name: "Twin", Domains: []string{"twin.invalid"}},
	}
	cases := []struct {
		name  string
		facts clamor.AccountFacts
		want  string // the name it is matched to, "new", or part of the refusal
	}{
		{"id before domain and name", clamor.AccountFacts{Name: "Globex", Domains: []string{"elsewhere.example"}, ExternalIDs: map[string]string{"salesforce": "001A"}}, "Acme"},
		{"domain before name", clamor.AccountFacts{Name: "Initech", Domains: []string{"globex.example"}}, "Globex"},
		{"exact name, case and spaces aside", clamor.AccountFacts{Name: "  iniTECH "}, "Initech"},
		{"name beside a new domain, where none is known", clamor.AccountFacts{Name: "Initech", Domains: []string{"initech.example"}}, "Initech"},
		{"name beside another domain is another account", clamor.AccountFacts{Name: "Globex", Domains: []string{"globex.invalid"}}, "new"},
		{"domain beside another id is another account", clamor.AccountFacts{Domains: []string{"acme.example"}, ExternalIDs: map[string]string{"salesforce": "001B"}}, "new"},
		{"a similar name is not the same", clamor.AccountFacts{Name: "Initech GmbH"}, "new"},
		{"a name that two bear", clamor.AccountFacts{Name: "Twin"}, "2 accounts are called"},
		{"a name that two bear, with a domain", clamor.AccountFacts{Name: "Twin", Domains: []string{"twin.example"}}, "Twin"},
		{"keys of two accounts", clamor.AccountFacts{Domains: []string{"acme.example", "globex.example"}}, "different accounts"},
		{"nothing named", clamor.AccountFacts{Segment: "smb"}, "no account is named"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, db *store.DB) {
				rows, err := db.PutAccounts(t.Context(), known, "test", false)
				must(t, err)
				for i, r := range rows {
					if r.Outcome != clamor.Added {
						t.Fatalf("known[%d]: %+v", i, r)
					}
				}
				rows, err = db.PutAccounts(t.Context(), []clamor.AccountFacts{c.facts}, "test", true)
				must(t, err)
				switch got := rows[0]; {
				case c.want == "new" && got.Outcome != clamor.Added:
					t.Fatalf("%+v, want a new account", got)
				case c.want == "new":
				case got.Outcome == clamor.Refused && !strings.Contains(got.Reason, c.want):
					t.Fatalf("refused as %q, want %q in it", got.Reason, c.want)
				case got.Outcome == clamor.Refused:
				case got.Outcome == clamor.Added:
					t.Fatalf("a new account, want %s", c.want)
				}
				if rows[0].Outcome == clamor.Refused || c.want == "new" {
					return
				}
				in := intake("1", "x", "We need SSO.")
				in.Account = c.facts
				take(t, db, 1, in)
				note, _, err := db.FindNote(t.Context(), clamor.NoteID(clamor.DeriveID("note", "calls", "1", "1")))
				must(t, err)
				a, err := db.FindAccount(t.Context(), note.Account)
				must(t, err)
				if a.Name != c.want {
					t.Fatalf("matched to %s, want %s", a.Name, c.want)
				}
			})
		})
	}
}

func TestFactsKeepTheirHistory(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		put := func(at time.Time, arr int64, health clamor.Health) clamor.Outcome {
			rows, err := db.PutAccounts(t.Context(), []clamor.AccountFacts{{Name: "Acme", ARR: usd(arr), Health: health, AsOf: at, Source: "crm"}}, "test", false)
			must(t, err)
			return rows[0].Outcome
		}
		same(t, "first", put(day, 100, clamor.Green), clamor.Added)
		same(t, "later", put(day.AddDate(0, 6, 0), 300, clamor.Red), clamor.Changed)
		same(t, "between, arriving last", put(day.AddDate(0, 3, 0), 200, ""), clamor.Changed)
		same(t, "again", put(day.AddDate(0, 3, 0), 200, ""), clamor.Unchanged)
		for _, c := range []struct {
			on     time.Time
			arr    int64
			health clamor.Health
		}{
			{day.AddDate(-1, 0, 0), 100, clamor.Green}, // before the first record nothing else is known
			{day, 100, clamor.Green}, {day.AddDate(0, 4, 0), 200, clamor.Green}, {day.AddDate(0, 7, 0), 300, clamor.Red},
		} {
			on := clamor.DateOf(c.on)
			e, err := db.Evidence(t.Context(), clamor.QuarterOf(on, time.January), on)
			must(t, err)
			if len(e.Accounts) != 1 || e.Accounts[0].ARR.Minor != c.arr*100 || e.Accounts[0].Health != c.health {
				t.Fatalf("as of %s: %+v, want ARR %d, %s", on, e.Accounts, c.arr, c.health)
			}
		}
	})
}

func TestARefusedRowLeavesNoTraceAndTheOthersGoIn(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		rows, err := db.PutAccounts(t.Context(), []clamor.AccountFacts{
			{Name: "Child", Parent: "Holding", Source: "crm"}, // the parent's row comes later
			{Name: "Orphan", Parent: "Nobody", Source: "crm"},
			{Name: "Holding", Source: "crm"},
		}, "test", false)
		must(t, err)
		if rows[0].Outcome != clamor.Added || rows[2].Outcome != clamor.Added || rows[1].Outcome != clamor.Refused ||
			!strings.Contains(rows[1].Reason, `parent "Nobody" is not known`) {
			t.Fatalf("%+v", rows)
		}
		stats, err := db.Stats(t.Context())
		must(t, err)
		if stats.Accounts != 2 {
			t.Fatalf("%d accounts, want Child and Holding", stats.Accounts)
		}
	})
}

func TestDealsNeedAKnownAccountAndADryRunLeavesNoTrace(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		deals := []clamor.DealFacts{
			{ExternalID: "006A", Account: clamor.AccountFacts{Name: "Acme"}, Amount: usd(500), Status: clamor.DealOpen, AsOf: day, Source: "crm"},
			{ExternalID: "006B", Account: clamor.AccountFacts{Name: "Nobody"}, Amount: usd(500), AsOf: day, Source: "crm"},
			{ExternalID: "006C", AsOf: day, Source: "crm"},
		}
		_, err := db.PutAccounts(ctx, []clamor.AccountFacts{{Name: "Acme", AsOf: day, Source: "crm"}}, "test", false)
		must(t, err)
		tried, err := db.PutDeals(ctx, deals, "test", true)
		must(t, err)
		e, err := db.Evidence(ctx, clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
		must(t, err)
		if len(e.Deals) != 0 {
			t.Fatal("the dry run left a deal behind")
		}
		done, err := db.PutDeals(ctx, deals, "test", false)
		must(t, err)
		same(t, "dry run and run", tried, done)
		if done[0].Outcome != clamor.Added || !strings.Contains(done[1].Reason, "Nobody is not known") || !strings.Contains(done[2].Reason, "no account") {
			t.Fatalf("%+v", done)
		}
		again, err := db.PutDeals(ctx, deals[:1], "test", false)
		must(t, err)
		same(t, "again", again[0].Outcome, clamor.Unchanged)
	})
}

func TestPutAccountByOurIDOrTheirs(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		a, err := db.PutAccount(t.Context(), "salesforce:001A", clamor.AccountFacts{Name: "Acme", ARR: usd(100), Source: "api", AsOf: day}, "Ann")
		must(t, err)
		b, err := db.PutAccount(t.Context(), string(a.ID), clamor.AccountFacts{Health: clamor.Red, Source: "api", AsOf: day}, "Ann")
		must(t, err)
		if b.ID != a.ID || b.Health != clamor.Red || b.ARR.Minor != 10000 || b.ExternalIDs["salesforce"] != "001A" {
			t.Fatalf("%+v", b)
		}
		_, err = db.PutAccount(t.Context(), "account_none", clamor.AccountFacts{Name: "x"}, "Ann")
		wantKind(t, err, clamor.NotFound)
	})
}

func TestPeopleAreAllWhoAreNamedInNotes(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		in := intake("81", "Northwind", "We need it.")
		in.Note.Author, in.Note.Contact = clamor.Person{Name: "Dana"}, clamor.Person{Name: "Priya Nair", Email: "priya@northwind.example", Title: "CTO"}
		other := intake("82", "Northwind", "We need it too.")
		other.Note.Author, other.Note.Contact = clamor.Person{Name: "Dana"}, clamor.Person{}
		take(t, db, 1, in)
		take(t, db, 2, other)
		people, err := db.People(t.Context())
		must(t, err)
		slices.SortFunc(people, func(a, b clamor.Person) int { return strings.Compare(a.Name, b.Name) })
		same(t, "people", people, []clamor.Person{{Name: "Dana"}, {Name: "Priya Nair", Email: "priya@northwind.example", Title: "CTO"}})
	})
}

func TestAccountNamesAreAllThatAccountsAreKnownBy(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		for _, f := range []clamor.AccountFacts{{Name: "Northwind", Domains: []string{"northwind.example", "nw.example"}, ExternalIDs: map[string]string{"salesforce": "001"}},
			{Name: "Globex"}, {Domains: []string{"initech.example"}}} {
			f.AsOf = day
			_, err := db.PutAccounts(t.Context(), []clamor.AccountFacts{f}, "test", false)
			must(t, err)
		}
		names, err := db.AccountNames(t.Context())
		must(t, err)
		for _, want := range []string{"Northwind", "northwind.example", "nw.example", "Globex", "initech.example"} {
			if !slices.Contains(names, want) {
				t.Errorf("%s is missing among %v", want, names)
			}
		}
		if slices.Contains(names, "001") {
			t.Errorf("an id of another system is no name: %v", names)
		}
	})
}
