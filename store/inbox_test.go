package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

func TestASourceKeepsAllThatItWasTold(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s := clamor.Source{Name: "crm", Kind: "generic", Secret: "s3cret", Token: "t0ken", Settings: map[string]string{"domain": "acme"},
			Mapping: map[string]string{"text": "body.words"}, Every: 15 * time.Minute, On: true}
		must(t, db.AddSource(ctx, s, "Ann"))
		kept, err := db.FindSource(ctx, "crm")
		must(t, err)
		s.CreatedAt = kept.CreatedAt
		same(t, "source", kept, s)

		s.Settings, s.Mapping, s.Token, s.Every, s.On = nil, map[string]string{"text": "note"}, "", 0, false
		must(t, db.PutSource(ctx, s, "mapping", "Ann"))
		kept, err = db.FindSource(ctx, "crm")
		must(t, err)
		same(t, "changed source", kept, s)
		s.Name = "nobody"
		wantKind(t, db.PutSource(ctx, s, "mapping", "Ann"), clamor.NotFound)
		entries, err := db.Audit(ctx, 1)
		must(t, err)
		same(t, "audit", entries[0].Action+" "+entries[0].Subject+" "+entries[0].Detail, "source set crm mapping")
	})
}

func TestWhatFailedIsReadAgainWhenItIsDue(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var all []clamor.Delivery
		for i := range 4 {
			d := delivery(i, fmt.Sprint(i))
			_, _, err := db.AddDelivery(ctx, d)
			must(t, err)
			all = append(all, d)
		}
		settle := func(d clamor.Delivery) {
			_, err := db.TakeIn(ctx, d, clamor.Harvest{})
			must(t, err)
		}
		all[0].Attempts = 1
		settle(all[0].Again("no route", time.Now().Add(-time.Hour))) // due long since
		all[1].Attempts = 1
		later := all[1].Again("no route", time.Now())
		settle(later)
		settle(all[2].Ended("not JSON"))
		pending, err := db.PendingDeliveries(ctx, 10)
		must(t, err)
		var got []string
		for _, d := range pending {
			got = append(got, string(d.Body)+" "+string(d.State))
		}
		same(t, "pending, what was never put off first", got, []string{"3 received", "0 failed"})
		kept, err := db.FindDelivery(ctx, later.ID)
		must(t, err)
		same(t, "put off", kept, later)
	})
}

func TestACorrectedDeliveryOfADeadOneIsKept(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		wrong, right := delivery(1, "wrong"), delivery(1, "right")
		_, _, err := db.AddDelivery(ctx, wrong)
		must(t, err)
		if id, duplicate, err := db.AddDelivery(ctx, right); err != nil || !duplicate || id != wrong.ID {
			t.Fatalf("while the first is pending: %s, %v, %v; want a duplicate of it", id, duplicate, err)
		}
		_, err = db.TakeIn(ctx, wrong.Ended("account: is missing"), clamor.Harvest{})
		must(t, err)
		if id, duplicate, err := db.AddDelivery(ctx, wrong); err != nil || !duplicate || id != wrong.ID {
			t.Fatalf("the same bytes again: %s, %v, %v; want a duplicate", id, duplicate, err)
		}
		id, duplicate, err := db.AddDelivery(ctx, right)
		must(t, err)
		if duplicate || id == wrong.ID {
			t.Fatalf("the corrected one is %s, duplicate %v", id, duplicate)
		}
		if again, duplicate, err := db.AddDelivery(ctx, right); err != nil || !duplicate || again != id {
			t.Fatalf("the corrected one again: %s, %v, %v", again, duplicate, err)
		}
		kept, err := db.FindDelivery(ctx, id)
		must(t, err)
		same(t, "bytes", string(kept.Body), "right")
	})
}

func TestAHarvestOfAllKindsGoesInAndItsFaultsAreTold(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		d := delivery(1, "{}")
		_, _, err := db.AddDelivery(ctx, d)
		must(t, err)
		tally, err := db.TakeIn(ctx, d.Done(), clamor.Harvest{
			Accounts: []clamor.AccountFacts{{Name: "Acme", Domains: []string{"acme.example"}, ARR: usd(100), Source: "crm"}, {Segment: "smb"}},
			Deals: []clamor.DealFacts{{System: "crm", ExternalID: "006A", Account: clamor.AccountFacts{Name: "Acme"}, Amount: usd(5), Source: "crm"},
				{System: "crm", Account: clamor.AccountFacts{Name: "Acme"}}},
			Notes:  []clamor.Intake{intake("81", "Acme", "We need SSO.")},
			Issues: []clamor.IssueNews{{URL: "https://tracker.example/1", State: "closed", Reason: "completed", At: day, By: "Ann"}},
		})
		must(t, err)
		same(t, "tally", tally, clamor.Tally{NotesAdded: 1, AsksAdded: 1, AccountsMoved: 1, DealsMoved: 1, IssuesMoved: 1})
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		if kept.State != clamor.Dead || !strings.Contains(kept.Reason, "accounts[1]: no account is named") || !strings.Contains(kept.Reason, "deals[1]: the deal has no id") {
			t.Fatalf("the delivery is %s: %s", kept.State, kept.Reason)
		}
		stats, err := db.Stats(ctx)
		must(t, err)
		same(t, "accounts", stats.Accounts, 1)
	})
}

func TestWhatStillMissesItsAccountOrParentWaitsForIt(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		early := delivery(1, "{}")
		_, _, err := db.AddDelivery(ctx, early)
		must(t, err)
		early.Attempts = 1
		h := clamor.Harvest{
			Accounts: []clamor.AccountFacts{{Name: "Child", Parent: "Holding", Source: "crm"}},
			Deals:    []clamor.DealFacts{{System: "crm", ExternalID: "006A", Account: clamor.AccountFacts{Name: "Holding"}, Source: "crm"}},
		}
		_, err = db.TakeIn(ctx, early.Done(), h)
		must(t, err)
		kept, err := db.FindDelivery(ctx, early.ID)
		must(t, err)
		if kept.State != clamor.Failed || kept.RetryAt.IsZero() || !strings.Contains(kept.Reason, `parent "Holding" is not known`) ||
			!strings.Contains(kept.Reason, "deals[0]: the account Holding is not known") {
			t.Fatalf("the delivery is %s until %s: %s", kept.State, kept.RetryAt, kept.Reason)
		}
		_, err = db.PutAccounts(ctx, []clamor.AccountFacts{{Name: "Holding", Source: "crm"}}, "test", false)
		must(t, err)
		tally, err := db.TakeIn(ctx, kept.Done(), h)
		must(t, err)
		same(t, "tally", tally, clamor.Tally{AccountsMoved: 1, DealsMoved: 1})
		kept, err = db.FindDelivery(ctx, early.ID)
		must(t, err)
		same(t, "state", kept.State, clamor.Processed)
	})
}

func TestTheNewestOfAnIssueIsKept(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		tell := func(n int, state string, at time.Time) int {
			d := delivery(n, "{}")
			_, _, err := db.AddDelivery(t.Context(), d)
			must(t, err)
			tally, err := db.TakeIn(t.Context(), d.Done(), clamor.Harvest{Issues: []clamor.IssueNews{{URL: "https://tracker.example/1", State: state, At: at, By: "Ann"}}})
			must(t, err)
			return tally.IssuesMoved
		}
		same(t, "first", tell(1, "open", day), 1)
		same(t, "later", tell(2, "closed", day.Add(time.Hour)), 1)
		same(t, "late to arrive", tell(3, "open", day.Add(time.Minute)), 0)
		found, err := db.Issues(t.Context(), []string{"https://tracker.example/1", "https://tracker.example/2"})
		must(t, err)
		same(t, "issues", found, map[string]clamor.IssueNews{
			"https://tracker.example/1": {URL: "https://tracker.example/1", State: "closed", At: day.Add(time.Hour), By: "Ann"}})
	})
}

// again marks all deliveries of the source, and takes each in as read has it.
func again(t testing.TB, db *store.DB, read func(clamor.Delivery) []clamor.Intake) (tally clamor.Tally) {
	t.Helper()
	_, err := db.Replay(t.Context(), clamor.Replay{Source: "calls"}, "Ann")
	must(t, err)
	pending, err := db.PendingDeliveries(t.Context(), 2000)
	must(t, err)
	for _, d := range pending {
		one, err := db.TakeIn(t.Context(), d.Done(), clamor.Harvest{Notes: read(d)})
		must(t, err)
		tally.NotesAdded += one.NotesAdded
		tally.NotesChanged += one.NotesChanged
		tally.NotesUnchanged += one.NotesUnchanged
		tally.AsksAdded += one.AsksAdded
	}
	return tally
}

func TestReplayingChangesNothingWhereNothingReadsOtherwise(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		const n = 1200 // more than one transaction marks
		read := func(d clamor.Delivery) []clamor.Intake {
			in := intake("note "+string(d.Body), "Northwind", "We need "+string(d.Body)+".")
			in.Note.ReceivedAt = d.ReceivedAt
			return []clamor.Intake{in}
		}
		for i := range n {
			d := delivery(i, fmt.Sprint(i))
			_, _, err := db.AddDelivery(ctx, d)
			must(t, err)
			_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: read(d)})
			must(t, err)
		}
		revision, err := db.Revision(ctx)
		must(t, err)
		marked, err := db.Replay(ctx, clamor.Replay{Source: "calls"}, "Ann")
		must(t, err)
		same(t, "marked", marked, n)
		marked, err = db.Replay(ctx, clamor.Replay{Source: "calls"}, "Ann")
		must(t, err)
		same(t, "marked while they wait", marked, 0)
		same(t, "tally", again(t, db, read), clamor.Tally{NotesUnchanged: n})
		after, err := db.Revision(ctx)
		must(t, err)
		same(t, "revision", after, revision)
		stats, err := db.Stats(ctx)
		must(t, err)
		same(t, "states", stats.Deliveries[clamor.Replayed], n)
		same(t, "notes", stats.Notes, n)
	})
}

func TestABetterReadingKeepsTheNoteAndWhatPeopleRuled(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		read := func(asks ...string) func(clamor.Delivery) []clamor.Intake {
			return func(clamor.Delivery) []clamor.Intake {
				in := intake("81", "Northwind", "Thanks for the call.", "We need SSO badly.", "Dark mode.")
				kept := in.Asks[:0]
				for _, a := range in.Asks {
					for _, words := range asks {
						if at := strings.Index(a.Text, words); at >= 0 {
							a.ID = clamor.AskID(clamor.DeriveID("ask", "81", words))
							a.Text, a.Quote, a.Start, a.End = words, words, a.Start+at, a.Start+at+len(words)
							kept = append(kept, a)
						}
					}
				}
				in.Asks = kept
				return []clamor.Intake{in}
			}
		}
		first := read("Thanks for the call.", "We need SSO", "Dark mode.")(clamor.Delivery{})
		take(t, db, 1, first...)
		thanks, sso, dark := first[0].Asks[0].ID, first[0].Asks[1].ID, first[0].Asks[2].ID
		found(t, db, thanks, sso, dark)
		for _, r := range []clamor.Ruling{{Kind: clamor.RuleNotAnAsk, Asks: []clamor.AskID{thanks}, By: "Ann"},
			{Kind: clamor.RuleSplit, Asks: []clamor.AskID{sso}, Title: "Single sign-on", By: "Ann"}} {
			_, err := db.Rule(ctx, r)
			must(t, err)
		}
		// The new reading finds more of the words of one ask, the thanks again in other bounds, and no dark mode.
		tally := again(t, db, read("We need SSO badly.", "Thanks for the"))
		same(t, "tally", tally, clamor.Tally{NotesChanged: 1})
		note, asks, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", "81", "1")))
		must(t, err)
		same(t, "version", note.Version, 1)
		var live []string
		for _, a := range asks {
			switch {
			case a.NotAnAsk:
				live = append(live, a.Text+" is no ask")
			case a.Feature != "" && a.ID != dark:
				live = append(live, a.Text)
			}
		}
		same(t, "asks as people ruled", live, []string{"Thanks for the call. is no ask", "We need SSO"})
		quotes, err := db.Quotes(ctx, clamor.FoundedID(dark))
		must(t, err)
		same(t, "an ask nobody ruled on and that is no longer found", len(quotes), 0)
		same(t, "the same reading once more", again(t, db, read("We need SSO badly.", "Thanks for the")), clamor.Tally{NotesUnchanged: 1})
	})
}

func TestAnOlderDeliveryReadAnewDoesNotUndoANewerOne(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		read := func(renamed bool) func(clamor.Delivery) []clamor.Intake {
			return func(d clamor.Delivery) []clamor.Intake {
				in := intake("81", "Northwind", "We need "+string(d.Body)+".")
				in.Note.ReceivedAt = d.ReceivedAt
				if renamed {
					in.Note.Title = "as the new mapping has it"
				}
				return []clamor.Intake{in}
			}
		}
		for i, body := range []string{"SSO", "SAML"} {
			d := delivery(i, body)
			_, _, err := db.AddDelivery(t.Context(), d)
			must(t, err)
			_, err = db.TakeIn(t.Context(), d.Done(), clamor.Harvest{Notes: read(false)(d)})
			must(t, err)
		}
		same(t, "tally", again(t, db, read(true)), clamor.Tally{NotesChanged: 1, NotesUnchanged: 1})
		note, _, err := db.FindNote(t.Context(), clamor.NoteID(clamor.DeriveID("note", "calls", "81", "3")))
		must(t, err)
		same(t, "newest", note.Title+" "+note.Text, "as the new mapping has it We need SAML.")
		stats, err := db.Stats(t.Context())
		must(t, err)
		same(t, "versions", stats.Notes, 3)
	})
}

func TestReplayNamesWhatItMeans(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i := range 4 {
			d := delivery(i, fmt.Sprint(i))
			_, _, err := db.AddDelivery(ctx, d)
			must(t, err)
			if i < 3 {
				d = d.Ended("not JSON")
			} else {
				d = d.Done()
			}
			_, err = db.TakeIn(ctx, d, clamor.Harvest{})
			must(t, err)
		}
		mark := func(r clamor.Replay) int64 {
			n, err := db.Replay(ctx, r, "Ann")
			must(t, err)
			return n
		}
		_, err := db.Replay(ctx, clamor.Replay{}, "Ann")
		wantKind(t, err, clamor.Invalid)
		_, err = db.Replay(ctx, clamor.Replay{IDs: []clamor.DeliveryID{delivery(0, "").ID, "delivery_none"}}, "Ann")
		wantKind(t, err, clamor.NotFound)
		same(t, "of another source", mark(clamor.Replay{Source: "chat"}), 0)
		same(t, "one by its id", mark(clamor.Replay{IDs: []clamor.DeliveryID{delivery(0, "").ID}}), 1)
		same(t, "the dead of a time", mark(clamor.Replay{State: clamor.Dead, From: day.Add(2 * time.Second), To: day.Add(3 * time.Second)}), 1)
		same(t, "all dead", mark(clamor.Replay{Source: "calls", State: clamor.Dead}), 1)
		d, err := db.FindDelivery(ctx, delivery(0, "").ID)
		must(t, err)
		if d.State != clamor.Received || d.Reason != "" || d.Replays != 1 {
			t.Fatalf("%+v", d)
		}
	})
}

func TestAReplayAskedForWhileADeliveryIsReadIsNotLost(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		d := delivery(1, "{}")
		_, _, err := db.AddDelivery(ctx, d)
		must(t, err)
		_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{})
		must(t, err)
		_, err = db.Replay(ctx, clamor.Replay{Source: "calls"}, "Ann")
		must(t, err)
		_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{}) // read before the replay was asked for
		must(t, err)
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "state", kept.State, clamor.Received)
		_, err = db.TakeIn(ctx, kept.Done(), clamor.Harvest{})
		must(t, err)
		kept, err = db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "state", kept.State, clamor.Replayed)
	})
}

func TestMovingToPostgreSQLKeepsTheInbox(t *testing.T) {
	ctx := t.Context()
	old := open(t, "sqlite:"+filepath.Join(t.TempDir(), "old.db"))
	must(t, old.AddSource(ctx, clamor.Source{Name: "crm", Kind: "generic", Token: "t0ken", Settings: map[string]string{"a": "b"}, Every: time.Hour, On: true}, "Ann"))
	d := delivery(1, "{}")
	d.Topic, d.Attempts = "companies", 3
	_, _, err := old.AddDelivery(ctx, d)
	must(t, err)
	d = d.Again("no route", time.Now())
	_, err = old.TakeIn(ctx, d, clamor.Harvest{Issues: []clamor.IssueNews{{URL: "https://tracker.example/1", State: "open", At: day}}})
	must(t, err)
	server := open(t, postgres.database(t))
	_, err = server.CopyFrom(ctx, old)
	must(t, err)
	for what, find := range map[string]func(*store.DB) (any, error){
		"source":   func(db *store.DB) (any, error) { return db.FindSource(ctx, "crm") },
		"delivery": func(db *store.DB) (any, error) { return db.FindDelivery(ctx, d.ID) },
		"issues":   func(db *store.DB) (any, error) { return db.Issues(ctx, []string{"https://tracker.example/1"}) },
	} {
		was, err := find(old)
		must(t, err)
		is, err := find(server)
		must(t, err)
		same(t, what, is, was)
	}
}
