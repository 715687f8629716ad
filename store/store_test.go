package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clamor"
	"clamor/store"

	"github.com/google/go-cmp/cmp"
)

// both runs a promise on a fresh SQLite and on a fresh PostgreSQL database.
func both(t *testing.T, promise func(t *testing.T, db *store.DB)) {
	t.Helper()
	urls := map[string]func(t testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "clamor.db") },
		"postgres": postgres.database,
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			promise(t, open(t, url(t)))
		})
	}
}

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, kind clamor.Kind) {
	t.Helper()
	if err == nil || clamor.KindOf(err) != kind {
		t.Fatalf("error %v is of kind %s, want %s", err, clamor.KindOf(err), kind)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

var day = time.Date(2026, 10, 3, 14, 0, 0, 0, time.UTC)

func delivery(n int, body string) clamor.Delivery {
	return clamor.Delivery{ID: clamor.DeliveryID(clamor.DeriveID("delivery", "calls", fmt.Sprint(n))), Source: "calls",
		Header: map[string]string{"content-type": "application/json"}, Body: []byte(body), ReceivedAt: day.Add(time.Duration(n) * time.Second),
		State: clamor.Received, Size: int64(len(body)), Hash: fmt.Sprintf("%x", sha256.Sum256([]byte(body)))}
}

// intake is a note of an account that asks for some things.
func intake(id, account string, asks ...string) clamor.Intake {
	in := clamor.Intake{
		Note: clamor.Note{Source: "calls", ExternalID: id, Kind: clamor.Call, Title: "Call " + id, Text: strings.Join(asks, " "), OccurredAt: day, ReceivedAt: day.Add(time.Hour),
			URL: "https://recorder.example/" + id, Author: clamor.Person{Name: "Dana"}},
		Account: clamor.AccountFacts{Name: account, AsOf: day, Source: "calls"},
	}
	for i, text := range asks {
		start := strings.Index(in.Note.Text, text)
		in.Asks = append(in.Asks, clamor.Ask{ID: clamor.AskID(clamor.DeriveID("ask", "calls", id, text, fmt.Sprint(i))), Text: text, Quote: text,
			Start: start, End: start + len(text)})
	}
	return in
}

// take puts notes in through a delivery of their own.
func take(t testing.TB, db *store.DB, n int, intakes ...clamor.Intake) clamor.Tally {
	t.Helper()
	d := delivery(n, "{}")
	_, _, err := db.AddDelivery(t.Context(), d)
	must(t, err)
	tally, err := db.TakeIn(t.Context(), d.Done(), clamor.Harvest{Notes: intakes})
	must(t, err)
	return tally
}

func TestDeliveryIsKeptByteForByteOnce(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		d := delivery(1, "{\"text\":\"caf\xc3\xa9 \x00\xff\"}")
		id, duplicate, err := db.AddDelivery(ctx, d)
		must(t, err)
		if id != d.ID || duplicate {
			t.Fatalf("first delivery: id %s, duplicate %v", id, duplicate)
		}
		again := d
		again.Body = []byte("something else")
		if id, duplicate, err = db.AddDelivery(ctx, again); err != nil || id != d.ID || !duplicate {
			t.Fatalf("second delivery: id %s, duplicate %v, %v", id, duplicate, err)
		}
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "delivery", kept, d)
		pending, err := db.PendingDeliveries(ctx, 10)
		must(t, err)
		same(t, "pending", pending, []clamor.Delivery{d})
		_, err = db.TakeIn(ctx, d.Ended("not JSON"), clamor.Harvest{})
		must(t, err)
		dead, err := db.Deliveries(ctx, clamor.DeliveryQuery{State: clamor.Dead, Limit: 10})
		must(t, err)
		if len(dead) != 1 || dead[0].Reason != "not JSON" || dead[0].Size != int64(len(d.Body)) {
			t.Fatalf("dead deliveries: %+v", dead)
		}
		_, err = db.FindDelivery(ctx, "delivery_none")
		wantKind(t, err, clamor.NotFound)
	})
}

func TestManyDeliveriesAtOnceAreAllKept(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		const senders, each = 16, 25
		var wg sync.WaitGroup
		errs := make(chan error, senders*each)
		for s := range senders {
			wg.Go(func() {
				for i := range each {
					_, duplicate, err := db.AddDelivery(t.Context(), delivery(s*each+i, fmt.Sprint(s, i)))
					if err == nil && duplicate {
						err = errors.New("reported as a duplicate")
					}
					errs <- err
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			must(t, err)
		}
		stats, err := db.Stats(t.Context())
		must(t, err)
		if n := stats.Deliveries[clamor.Received]; n != senders*each {
			t.Fatalf("%d deliveries kept, want %d", n, senders*each)
		}
	})
}

func TestFailingWorkTakesNothingElseDown(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		errs := make([]error, 40)
		for i := range errs {
			wg.Go(func() {
				if i%2 == 0 {
					_, errs[i] = db.TakeIn(t.Context(), clamor.Delivery{ID: "delivery_none"}.Done(), clamor.Harvest{Notes: []clamor.Intake{intake(fmt.Sprint("lost", i), "Acme", "ask")}})
				} else {
					_, _, errs[i] = db.AddDelivery(t.Context(), delivery(i, "{}"))
				}
			})
		}
		wg.Wait()
		for i, err := range errs {
			if i%2 == 0 {
				wantKind(t, err, clamor.NotFound)
			} else {
				must(t, err)
			}
		}
		stats, err := db.Stats(t.Context())
		must(t, err)
		if stats.Notes != 0 || stats.Asks != 0 || stats.Accounts != 0 || stats.Deliveries[clamor.Received] != 20 {
			t.Fatalf("stats %+v, want 20 deliveries and nothing of what failed", stats)
		}
	})
}

func TestSameNoteAgainChangesNothing(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		in := intake("81", "Northwind", "We need SSO.", "Dark mode would be nice.")
		same(t, "first tally", take(t, db, 1, in), clamor.Tally{NotesAdded: 1, AsksAdded: 2})
		before, err := db.Revision(t.Context())
		must(t, err)
		in.Note.ReceivedAt = in.Note.ReceivedAt.Add(time.Hour)
		same(t, "second tally", take(t, db, 2, in), clamor.Tally{NotesUnchanged: 1})
		after, err := db.Revision(t.Context())
		must(t, err)
		if before != after {
			t.Fatal("the same note again moved the lists")
		}
	})
}

func TestNoteWithoutATimeOfItsOwnIsRecognised(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		in := intake("81", "Northwind", "We need SSO.")
		in.Note.OccurredAt, in.Note.ReceivedAt = day, day
		take(t, db, 1, in)
		in.Note.OccurredAt, in.Note.ReceivedAt = day.Add(time.Hour), day.Add(time.Hour)
		same(t, "tally", take(t, db, 2, in), clamor.Tally{NotesUnchanged: 1})
	})
}

func TestNewVersionKeepsPlacementsAndHistory(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		first := intake("81", "Northwind", "We need SSO.", "Dark mode would be nice.")
		take(t, db, 1, first)
		sso, dark := first.Asks[0].ID, first.Asks[1].ID
		found(t, db, sso, dark)
		second := intake("81", "Northwind", "We need SSO.", "And an audit log.")
		same(t, "tally", take(t, db, 2, second), clamor.Tally{NotesChanged: 1, AsksAdded: 1})

		note, asks, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", "81", "2")))
		must(t, err)
		if note.Version != 2 || len(asks) != 2 || asks[0].Feature != clamor.FoundedID(sso) {
			t.Fatalf("version %d with asks %+v; the ask that stayed must stay placed", note.Version, asks)
		}
		old, _, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", "81", "1")))
		must(t, err)
		if old.Text != first.Note.Text {
			t.Fatalf("the first version now reads %q", old.Text)
		}
		quotes, err := db.Quotes(ctx, clamor.FoundedID(dark))
		must(t, err)
		if len(quotes) != 0 {
			t.Fatal("an ask that the new version no longer holds still counts")
		}
		same(t, "back to the first words", take(t, db, 3, first), clamor.Tally{NotesChanged: 1})
		quotes, err = db.Quotes(ctx, clamor.FoundedID(dark))
		must(t, err)
		if len(quotes) != 1 {
			t.Fatal("an ask that came back did not find its feature again")
		}
	})
}

// found lets each ask found a feature of its own.
func found(t testing.TB, db *store.DB, asks ...clamor.AskID) {
	t.Helper()
	var placements []clamor.Placement
	for _, a := range asks {
		placements = append(placements, clamor.Placement{Ask: a, Feature: clamor.FoundedID(a), Founds: "Feature of " + string(a), By: clamor.Machine, At: day})
	}
	must(t, db.Place(t.Context(), placements))
}

func TestANoteThatCannotBeTakenFailsAloneWithItsReason(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		_, err := db.PutAccounts(ctx, []clamor.AccountFacts{
			{Name: "Acme", Domains: []string{"acme.example"}, Source: "test"},
			{Name: "Globex", Domains: []string{"globex.example"}, Source: "test"}}, "test", false)
		must(t, err)
		torn := intake("82", "Acme", "We need webhooks.")
		torn.Account.Domains = []string{"acme.example", "globex.example"}
		d := delivery(1, "{}")
		_, _, err = db.AddDelivery(ctx, d)
		must(t, err)
		tally, err := db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: []clamor.Intake{intake("81", "Acme", "We need SSO."), torn}})
		must(t, err)
		same(t, "tally", tally, clamor.Tally{NotesAdded: 1, AsksAdded: 1})
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		if kept.State != clamor.Dead || !strings.Contains(kept.Reason, "notes[1]") || !strings.Contains(kept.Reason, "different accounts") {
			t.Fatalf("delivery is %s: %s", kept.State, kept.Reason)
		}
	})
}

func TestBackupIsACompleteDatabase(t *testing.T) {
	dir := t.TempDir()
	db := open(t, "sqlite:"+filepath.Join(dir, "clamor.db"))
	take(t, db, 1, intake("81", "Northwind", "We need SSO."))
	file := filepath.Join(dir, "copy.db")
	must(t, db.Backup(t.Context(), file))
	wantKind(t, db.Backup(t.Context(), file), clamor.Conflict)
	copied := open(t, "sqlite:"+file)
	stats, err := copied.Stats(t.Context())
	must(t, err)
	if stats.Notes != 1 || stats.Asks != 1 {
		t.Fatalf("the copy holds %+v", stats)
	}
}

func TestSeveralProcessesMayMigrateAtOnce(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "clamor.db"), "postgres": ""} {
		t.Run(name, func(t *testing.T) {
			if url == "" {
				url = postgres.database(t)
			}
			errs := make(chan error, 4)
			for range 4 {
				go func() {
					db, err := store.Open(context.Background(), url)
					if err == nil {
						err = db.Close()
					}
					errs <- err
				}()
			}
			for range 4 {
				must(t, <-errs)
			}
		})
	}
}

func TestOpenSaysWhatAURLMustLookLike(t *testing.T) {
	for _, url := range []string{"", "clamor.db", "mysql://localhost", "sqlite:"} {
		_, err := store.Open(t.Context(), url)
		wantKind(t, err, clamor.Invalid)
	}
}
