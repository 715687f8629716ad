package store_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

func page(topic, id, body string) clamor.Delivery {
	return clamor.Delivery{ID: clamor.DeliveryID(clamor.DeriveID("delivery", "crm", "page", topic, id)), Source: "crm", Topic: topic, ExternalID: id,
		Header: map[string]string{}, Body: []byte(body), ReceivedAt: day, State: clamor.Received}
}

func TestAPageAndItsCursorAreKeptTogether(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		keep := func(d clamor.Delivery, cursor string, fresh bool) {
			t.Helper()
			added, err := db.KeepPage(t.Context(), d, cursor)
			must(t, err)
			same(t, "the page is new", added, fresh)
		}
		cursors := func(want map[string]string) {
			t.Helper()
			got, err := db.Cursors(t.Context(), "crm")
			must(t, err)
			same(t, "cursors", got, want)
		}
		cursors(map[string]string{})
		keep(page("deals", "1", `{"n":1}`), "after 1", true)
		keep(page("notes", "1", `{"n":1}`), "n1", true)
		cursors(map[string]string{"deals": "after 1", "notes": "n1"})
		keep(page("deals", "1", `{"n":2}`), "after 1 again", false) // known: only the cursor moves
		keep(page("deals", "2", ""), "after 2", false)              // nothing to read: only the cursor moves
		keep(page("notes", "2", `{"n":2}`), "", true)               // no cursor: it stays
		cursors(map[string]string{"deals": "after 2", "notes": "n1"})

		pending, err := db.PendingDeliveries(t.Context(), 10)
		must(t, err)
		var bodies []string
		for _, d := range pending {
			bodies = append(bodies, d.Topic+" "+d.ExternalID+" "+string(d.Body))
		}
		if len(bodies) != 3 {
			t.Errorf("kept are %q, want one each of deals 1, notes 1 and notes 2", bodies)
		}
		other, err := db.Cursors(t.Context(), "another")
		must(t, err)
		same(t, "cursors of another source", other, map[string]string{})
		must(t, db.DropCursors(t.Context(), "crm", "Dana"))
		cursors(map[string]string{})
	})
}

// A page that cannot be kept leaves the cursor where it was, so that the next pull reads it again; whether a database keeps text that is
// none is its own affair.
func TestAPageIsNeverKeptWithoutItsCursor(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		_, err := db.KeepPage(t.Context(), page("deals", "1", "{}"), "one")
		must(t, err)
		_, failed := db.KeepPage(t.Context(), page("deals", "2", "{}"), "two\x00\xff")
		cursors, err := db.Cursors(t.Context(), "crm")
		must(t, err)
		_, missing := db.FindDelivery(t.Context(), page("deals", "2", "").ID)
		same(t, "the cursor stayed", cursors["deals"] == "one", failed != nil)
		same(t, "the page is missing", clamor.KindOf(missing) == clamor.NotFound, failed != nil)
	})
}

func TestTheLastPullIsRemembered(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		first := clamor.LastPull{Source: "crm", At: day, Pages: 3, Kept: 2, Fault: "the token is refused", Failures: 1, NextAt: day.Add(time.Hour)}
		must(t, db.PutPull(t.Context(), first))
		second := clamor.LastPull{Source: "crm", At: day.Add(time.Hour), Pages: 1, WellAt: day.Add(time.Hour)}
		other := clamor.LastPull{Source: "calls", At: day}
		must(t, db.PutPull(t.Context(), second))
		must(t, db.PutPull(t.Context(), other))
		got, err := db.LastPulls(t.Context())
		must(t, err)
		same(t, "last pulls", got, map[string]clamor.LastPull{"crm": second, "calls": other})
	})
}

func TestColumnsAreRememberedBySourceAndKind(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		remembered := func(source, kind string, want map[string]string) {
			t.Helper()
			got, err := db.ImportMap(t.Context(), source, kind)
			must(t, err)
			same(t, source+" "+kind, got, want)
		}
		remembered("crm", "deals", nil)
		must(t, db.PutImportMap(t.Context(), "crm", "deals", map[string]string{"amount": "Betrag"}))
		must(t, db.PutImportMap(t.Context(), "crm", "deals", map[string]string{"amount": "Wert", "id": "Nr."}))
		remembered("crm", "deals", map[string]string{"amount": "Wert", "id": "Nr."})
		remembered("crm", "notes", nil)
		must(t, db.PutImportMap(t.Context(), "crm", "deals", nil))
		remembered("crm", "deals", nil)
	})
}

func TestACutOffImportIsResumedWhereItWas(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		reached := func(file string, want int) {
			t.Helper()
			got, err := db.ImportMark(t.Context(), file)
			must(t, err)
			same(t, "rows of "+file, got, want)
		}
		reached("a", 0)
		must(t, db.PutImportMark(t.Context(), "a", 500))
		must(t, db.PutImportMark(t.Context(), "a", 1000))
		must(t, db.PutImportMark(t.Context(), "b", 7))
		reached("a", 1000)
		must(t, db.PutImportMark(t.Context(), "a", 0))
		reached("a", 0)
		reached("b", 7)
	})
}
