package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
	"clamor/store"
)

// What a person rejected is not extracted again: neither from a later version of the note, nor when its deliveries are read anew.
func TestARejectedAskDoesNotComeBack(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "rejected.db"))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	source := clamor.Source{Name: "calls", Kind: "generic", Secret: "a-secret-of-calls", On: true}
	must(t, db.AddSource(t.Context(), source, "test"))
	now := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	service := ingest.NewService(db, func() time.Time { return now }, ingest.Options{})
	receive := func(text string) {
		t.Helper()
		now = now.Add(time.Hour)
		body, err := json.Marshal(map[string]any{"id": "n1", "text": text, "account": "northwind.example"})
		must(t, err)
		_, _, err = db.AddDelivery(t.Context(), ingest.NewDelivery(source, nil, body, now))
		must(t, err)
		_, err = service.Step(t.Context())
		must(t, err)
	}
	const rejected, other = "They want us to send the order form.", "They need an export to Excel."
	receive(other + " " + rejected + " We talked about the trains.")
	pending, err := db.PendingAsks(t.Context(), 10)
	must(t, err)
	var wrong []clamor.AskID
	for _, a := range pending {
		if a.Text == rejected {
			wrong = append(wrong, a.ID)
		}
	}
	if len(wrong) != 1 || len(pending) != 2 {
		t.Fatalf("the note holds %+v", pending)
	}
	_, err = db.Rule(t.Context(), clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: wrong, By: "Ann"})
	must(t, err)
	check := func(when string) {
		t.Helper()
		pending, err := db.PendingAsks(t.Context(), 10)
		must(t, err)
		if len(pending) != 1 || pending[0].Text != other {
			t.Errorf("%s, what waits is %s", when, fmt.Sprint(pending))
		}
	}
	check("after the ruling")
	receive("Correction, it was on Monday. " + rejected + " We talked about the trains, too. " + other)
	check("after a new version that puts it elsewhere")
	_, err = db.Replay(t.Context(), clamor.Replay{Source: "calls"}, "Ann")
	must(t, err)
	_, err = service.Step(t.Context())
	must(t, err)
	check("after a replay")
}
