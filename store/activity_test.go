package store_test

import (
	"fmt"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// from is a delivery of a source at a time.
func from(source string, n int, at time.Time) clamor.Delivery {
	d := delivery(n, fmt.Sprint(source, n))
	d.ID, d.Source, d.ReceivedAt = clamor.DeliveryID(fmt.Sprintf("%s-%02d", source, n)), source, at.UTC().Truncate(time.Microsecond)
	return d
}

func TestDeliveriesAreListedPageByPageAndNoneTwice(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i := range 7 {
			for _, d := range []clamor.Delivery{from("calls", i, day.Add(time.Duration(i/3)*time.Second)), from("chat", i, day)} {
				if i%2 == 0 {
					d = d.Ended("not JSON")
				}
				_, _, err := db.AddDelivery(ctx, d)
				must(t, err)
			}
		}
		walk := func(q clamor.DeliveryQuery) (ids []clamor.DeliveryID) {
			for q.Limit = 2; ; {
				found, err := db.Deliveries(ctx, q)
				must(t, err)
				for _, d := range found {
					ids = append(ids, d.ID)
					q.Before = d.Place()
				}
				if len(found) < q.Limit {
					return ids
				}
			}
		}
		same(t, "of a source", walk(clamor.DeliveryQuery{Source: "calls"}),
			[]clamor.DeliveryID{"calls-06", "calls-05", "calls-04", "calls-03", "calls-02", "calls-01", "calls-00"})
		same(t, "the dead of a source", walk(clamor.DeliveryQuery{Source: "chat", State: clamor.Dead}), []clamor.DeliveryID{"chat-06", "chat-04", "chat-02", "chat-00"})
		same(t, "all", len(walk(clamor.DeliveryQuery{})), 14)
		same(t, "of no source", len(walk(clamor.DeliveryQuery{Source: "none"})), 0)
	})
}

func TestWhatCameOfLateIsCountedByDayAndState(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, name := range []string{"calls", "silent"} {
			must(t, db.AddSource(ctx, clamor.Source{Name: name, Kind: "generic", Secret: "s", On: true}, "Ann"))
		}
		today := time.Now().UTC().Truncate(24 * time.Hour)
		n := 0
		add := func(at time.Time, state func(clamor.Delivery) clamor.Delivery) time.Time {
			n++
			d := state(from("calls", n, at))
			_, _, err := db.AddDelivery(ctx, d)
			must(t, err)
			return d.ReceivedAt
		}
		plain := func(d clamor.Delivery) clamor.Delivery { return d }
		dead := func(d clamor.Delivery) clamor.Delivery { return d.Ended("not JSON") }
		failed := func(d clamor.Delivery) clamor.Delivery { return d.Again("busy", today) }
		add(today.AddDate(0, 0, -7).Add(23*time.Hour), dead)
		add(today.AddDate(0, 0, -6), clamor.Delivery.Done)
		add(today.AddDate(0, 0, -1).Add(23*time.Hour), failed)
		add(today.AddDate(0, 0, -1), dead)
		last := add(today.Add(time.Minute), plain)

		all, err := db.Activity(ctx, "")
		must(t, err)
		same(t, "calls", all["calls"], clamor.Activity{Last: last, Days: [7]int64{1, 0, 0, 0, 0, 2, 1}, Dead: 2, Failed: 1, Waiting: 1})
		same(t, "silent", all["silent"], clamor.Activity{})
		one, err := db.Activity(ctx, "calls")
		must(t, err)
		same(t, "one alone", one, map[string]clamor.Activity{"calls": all["calls"]})
	})
}

func TestADeliveryTellsWhatCameOfIt(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		d := delivery(1, "{}")
		_, _, err := db.AddDelivery(ctx, d)
		must(t, err)
		in := intake("n1", "Northwind", "SAML please")
		in.Note.Delivery = d.ID
		facts := clamor.AccountFacts{Name: "Contoso", Domains: []string{"contoso.example"}}
		_, err = db.TakeIn(ctx, d.Done(), clamor.Harvest{Notes: []clamor.Intake{in}, Accounts: []clamor.AccountFacts{facts}})
		must(t, err)
		kept, err := db.FindDelivery(ctx, d.ID)
		must(t, err)
		same(t, "accounts", kept.Accounts, 1)
		notes, err := db.DeliveryNotes(ctx, d.ID, 10)
		must(t, err)
		if len(notes) != 1 || notes[0].AccountName != "Northwind" || notes[0].Note.Text != "SAML please" {
			t.Fatalf("%+v", notes)
		}
		none, err := db.DeliveryNotes(ctx, "none", 10)
		must(t, err)
		same(t, "of another one", len(none), 0)
	})
}
