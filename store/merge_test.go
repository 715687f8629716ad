package store_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// twins are two accounts of one name.
func twins(t testing.TB, db *store.DB) (a, b clamor.AccountID) {
	t.Helper()
	_, err := db.PutAccounts(t.Context(), []clamor.AccountFacts{
		{Name: "Twin", Domains: []string{"twin.example"}, ExternalIDs: map[string]string{"salesforce": "001A"}, ARR: usd(100), AsOf: day, Source: "crm"},
		{Name: "Twin", Domains: []string{"twin.invalid"}, ExternalIDs: map[string]string{"hubspot": "7"}, ARR: usd(50), Segment: "smb", AsOf: day, Source: "crm"},
	}, "test", false)
	must(t, err)
	for i, domain := range []string{"twin.example", "twin.invalid"} {
		m, err := db.Recognise(t.Context(), []clamor.AccountFacts{{Domains: []string{domain}}})
		must(t, err)
		*[]*clamor.AccountID{&a, &b}[i] = m[0].Account
	}
	return a, b
}

func evidence(t testing.TB, db *store.DB) clamor.Evidence {
	t.Helper()
	e, err := db.Evidence(t.Context(), clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
	must(t, err)
	return e
}

func TestMergedAccountsCountAsOneAndAnUndoRestoresThem(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		a, b := twins(t, db)
		one, two := intake("1", "", "We need SSO."), intake("2", "", "We need SSO too.")
		one.Account.Domains, two.Account.Domains = []string{"twin.example"}, []string{"twin.invalid"}
		two.Deal = &clamor.DealFacts{System: "crm", ExternalID: "006", Amount: usd(9), Source: "crm", AsOf: day}
		take(t, db, 1, one, two)
		found(t, db, one.Asks[0].ID, two.Asks[0].ID)
		before := evidence(t, db)
		same(t, "accounts", len(before.Accounts), 2)

		must(t, db.MergeAccounts(ctx, b, a, "Ann", "the same company"))
		merged := evidence(t, db)
		same(t, "accounts", len(merged.Accounts), 1)
		got := merged.Accounts[0]
		same(t, "account", got, clamor.Account{ID: a, Name: "Twin", Domains: []string{"twin.example", "twin.invalid"},
			ExternalIDs: map[string]string{"salesforce": "001A", "hubspot": "7"}, ARR: usd(100), Segment: "smb"})
		for _, ask := range merged.Asks {
			same(t, "account of an ask", ask.Account, a)
		}
		same(t, "account of the deal", merged.Deals[0].Account, a)
		quotes, err := db.AccountQuotes(ctx, a, 10)
		must(t, err)
		same(t, "quotes", len(quotes), 2)
		quotes, err = db.AccountQuotes(ctx, b, 10)
		must(t, err)
		same(t, "quotes of the other", len(quotes), 2)
		account, err := db.FindAccount(ctx, b)
		must(t, err)
		same(t, "the other leads to the one", account.ID, a)
		stats, err := db.Stats(ctx)
		must(t, err)
		same(t, "counted", stats.Accounts, 1)

		// What was ambiguous no longer is, and what is known of either is recorded there.
		m, err := db.Recognise(ctx, []clamor.AccountFacts{{Name: "Twin"}, {Domains: []string{"twin.example", "twin.invalid"}}, {Domains: []string{"twin.invalid"}}})
		must(t, err)
		for i := range m {
			if m[i].Outcome != clamor.MatchKnown || m[i].Account != a {
				t.Fatalf("record %d: %+v, want the one account", i, m[i])
			}
		}
		same(t, "the same notes again", take(t, db, 2, one, two), clamor.Tally{NotesUnchanged: 2})

		wantKind(t, db.MergeAccounts(ctx, b, a, "Ann", ""), clamor.Conflict)
		wantKind(t, db.MergeAccounts(ctx, a, b, "Ann", ""), clamor.Conflict)
		wantKind(t, db.MergeAccounts(ctx, a, "account_none", "Ann", ""), clamor.NotFound)
		must(t, db.UnmergeAccount(ctx, b, "Ann", ""))
		wantKind(t, db.UnmergeAccount(ctx, b, "Ann", ""), clamor.Conflict)
		if d := cmp.Diff(before, evidence(t, db), cmpopts.IgnoreFields(clamor.Evidence{}, "Revision")); d != "" {
			t.Fatalf("after the undo (-before +now):\n%s", d)
		}
		entries, err := db.Audit(ctx, 2)
		must(t, err)
		same(t, "audit", []string{entries[0].Action, entries[1].Action}, []string{"account unmerge", "account merge"})
	})
}

func TestMergesMakeChainsThatUndoInAnyOrder(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		a, b := twins(t, db)
		_, err := db.PutAccounts(ctx, []clamor.AccountFacts{{Name: "Third", Source: "crm"}}, "test", false)
		must(t, err)
		m, err := db.Recognise(ctx, []clamor.AccountFacts{{Name: "Third"}})
		must(t, err)
		c := m[0].Account
		must(t, db.MergeAccounts(ctx, a, b, "Ann", ""))
		must(t, db.MergeAccounts(ctx, b, c, "Ann", ""))
		found, err := db.Accounts(ctx, []clamor.AccountID{a, b, c})
		must(t, err)
		for _, id := range []clamor.AccountID{a, b, c} {
			same(t, "end of the chain", found[id].ID, c)
		}
		must(t, db.UnmergeAccount(ctx, a, "Ann", ""))
		found, err = db.Accounts(ctx, []clamor.AccountID{a, b, c})
		must(t, err)
		same(t, "ends", []clamor.AccountID{found[a].ID, found[b].ID, found[c].ID}, []clamor.AccountID{a, c, c})
	})
}

func TestAnAmbiguousNoteWaitsUntilAPersonSaysWhoseItIs(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		a, _ := twins(t, db)
		h := clamor.Harvest{Notes: []clamor.Intake{intake("81", "Twin", "We need SSO."), intake("82", "Northwind", "Dark mode.")}}
		read := func(d clamor.Delivery) clamor.Tally {
			tally, err := db.TakeIn(ctx, d.Done(), h)
			must(t, err)
			return tally
		}
		d := delivery(1, "{}")
		_, _, err := db.AddDelivery(ctx, d)
		must(t, err)
		same(t, "tally", read(d), clamor.Tally{NotesAdded: 1, AsksAdded: 1})
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "state", kept.State, clamor.Dead)
		open, err := db.Ambiguities(ctx, 10)
		must(t, err)
		if len(open) != 1 || open[0].Record != "note 81" || open[0].Name != "Twin" || len(open[0].Candidates) != 2 || open[0].Delivery != d.ID {
			t.Fatalf("open: %+v", open)
		}
		_, err = db.Choose(ctx, open[0].ID, clamor.Choice{Account: "account_none", By: "Ann"})
		wantKind(t, err, clamor.NotFound)
		chosen, err := db.Choose(ctx, open[0].ID, clamor.Choice{Account: a, By: "Ann"})
		must(t, err)
		same(t, "chosen", chosen, a)
		_, err = db.Choose(ctx, open[0].ID, clamor.Choice{Account: a, By: "Ann"})
		wantKind(t, err, clamor.Conflict)
		pending, err := db.PendingDeliveries(ctx, 10)
		must(t, err)
		same(t, "pending", len(pending), 1)
		same(t, "tally", read(pending[0]), clamor.Tally{NotesAdded: 1, NotesUnchanged: 1, AsksAdded: 1})
		note, _, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", "81", "1")))
		must(t, err)
		same(t, "account", note.Account, a)
		kept, err = db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "state", kept.State, clamor.Processed)
		same(t, "once more", again(t, db, func(clamor.Delivery) []clamor.Intake { return h.Notes }), clamor.Tally{NotesUnchanged: 2})
	})
}

func TestAChoiceMayMakeANewAccountAndMayHoldForAll(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		twins(t, db)
		for i, id := range []string{"81", "82"} {
			d := delivery(i, id)
			_, _, err := db.AddDelivery(ctx, d)
			must(t, err)
			_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: []clamor.Intake{intake(id, "Twin", "We need "+id+".")}})
			must(t, err)
		}
		open, err := db.Ambiguities(ctx, 10)
		must(t, err)
		same(t, "open", len(open), 2)
		chosen, err := db.Choose(ctx, open[0].ID, clamor.Choice{Always: true, By: "Ann"})
		must(t, err)
		open, err = db.Ambiguities(ctx, 10)
		must(t, err)
		same(t, "open", len(open), 0)
		pending, err := db.PendingDeliveries(ctx, 10)
		must(t, err)
		same(t, "pending", len(pending), 2)
		for _, id := range []string{"81", "83"} { // one that waited, and one that comes later
			take(t, db, 10, intake(id, "Twin", "We need "+id+"."))
			note, _, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", id, "1")))
			must(t, err)
			same(t, "account of "+id, note.Account, chosen)
		}
		stats, err := db.Stats(ctx)
		must(t, err)
		same(t, "accounts", stats.Accounts, 3)
	})
}

func TestTheSameQuestionIsAskedOnce(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		twins(t, db)
		for i := range 3 {
			take(t, db, i, intake("81", "Twin", "We need SSO."))
		}
		open, err := db.Ambiguities(t.Context(), 10)
		must(t, err)
		if len(open) != 1 || time.Since(open[0].FoundAt) > time.Hour {
			t.Fatalf("open: %+v", open)
		}
	})
}
