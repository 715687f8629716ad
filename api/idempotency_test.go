package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"clamor"
	"clamor/api"
)

// split sends a split with an idempotency key: carried out twice it would make two features.
func (h *house) split(role clamor.Role, key string, ask clamor.AskID, title string) answer {
	h.t.Helper()
	return h.call(role, http.MethodPost, "/api/v1/rulings", `{"kind":"split","asks":["`+string(ask)+`"],"title":"`+title+`"}`,
		map[string]string{"Idempotency-Key": key})
}

func TestSameKeyIsCarriedOutOnce(t *testing.T) {
	h := build(t, nil)
	h.feed()
	asks, err := h.db.Quotes(t.Context(), h.titled(dark).ID)
	must(t, err)
	ask := asks[0].ID
	first := h.split(clamor.PM, "key-1", ask, "Night colours").want(http.StatusCreated)
	again := h.split(clamor.PM, "key-1", ask, "Night colours").want(http.StatusCreated)
	if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the second answer is %s with %v, the first %s", again.body, again.header, first.body)
	}
	h.split(clamor.PM, "key-1", ask, "Other colours").want(http.StatusConflict, "used for another request").problem()
	if other := h.split(clamor.Admin, "key-1", ask, "Night colours").want(http.StatusCreated); other.body == first.body {
		t.Error("another person with the same key got the first person's answer")
	}
}

func TestRefusalIsAnsweredAgainToo(t *testing.T) {
	h := build(t, nil)
	key := map[string]string{"Idempotency-Key": "key-2"}
	first := h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", `{}`, key).want(http.StatusBadRequest)
	again := h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", `{}`, key).want(http.StatusBadRequest)
	if again.body != first.body {
		t.Errorf("answered %s, then %s", first.body, again.body)
	}
}

func TestBadKeys(t *testing.T) {
	h := build(t, nil)
	for _, key := range []string{strings.Repeat("k", 256), "schlüssel"} {
		h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", `{}`, map[string]string{"Idempotency-Key": key}).want(http.StatusBadRequest, "Idempotency-Key must be")
	}
}

// Two users with one key send two notes: neither is taken for the other.
func TestKeyOfAnotherUserIsNoDelivery(t *testing.T) {
	h := build(t, nil)
	key := map[string]string{"Idempotency-Key": "monday"}
	a := h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", goodNote, key).receipt()
	b := h.call(clamor.PM, http.MethodPost, "/api/v1/notes", strings.Replace(goodNote, "SAML", "OIDC", 1), key).receipt()
	if b.Duplicate || a.Delivery == b.Delivery {
		t.Errorf("two notes became %+v and %+v", a, b)
	}
}

// slow holds the first ruling until it is let go.
type slow struct {
	api.Store
	begun, release chan struct{}
}

// Rule waits, then rules.
func (s slow) Rule(ctx context.Context, r clamor.Ruling) (clamor.Ruling, error) {
	close(s.begun)
	<-s.release
	return s.Store.Rule(ctx, r)
}

func TestSameKeyAtTheSameTimeIsRefused(t *testing.T) {
	gate := slow{begun: make(chan struct{}), release: make(chan struct{})}
	h := build(t, func(o *api.Options) { gate.Store = o.Store; o.Store = gate })
	h.feed()
	asks, err := h.db.Quotes(t.Context(), h.titled(dark).ID)
	must(t, err)
	first := make(chan answer)
	go func() { first <- h.split(clamor.PM, "key-3", asks[0].ID, "Night colours") }()
	<-gate.begun
	h.split(clamor.PM, "key-3", asks[0].ID, "Night colours").want(http.StatusConflict, "still being carried out")
	close(gate.release)
	done := (<-first).want(http.StatusCreated)
	if again := h.split(clamor.PM, "key-3", asks[0].ID, "Night colours"); again.body != done.body {
		t.Errorf("answered %s, then %s", done.body, again.body)
	}
}
