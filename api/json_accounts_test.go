package api_test

import (
	"net/http"
	"testing"

	"clamor"
)

func TestAnAmbiguousAccountIsSettledByAPersonAndMergesCanBeUndone(t *testing.T) {
	h := build(t, nil)
	var a, b clamor.Account
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:1", `{"name":"Twin","domain":"twin.example","arr":4800000}`, nil).want(http.StatusOK).decode(&a)
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:2", `{"name":"Twin","domain":"twin.invalid","arr":100}`, nil).want(http.StatusOK).decode(&b)
	dead := h.hook("gong", `{"id":"81","text":"They need SAML","account":"Twin"}`).receipt().Delivery
	h.work()
	if d := h.delivery(dead); d.State != clamor.Dead {
		t.Fatalf("the delivery is %s: %s", d.State, d.Reason)
	}
	var open struct{ Ambiguous []clamor.Ambiguity }
	h.get("/api/v1/accounts/ambiguous", &open)
	if len(open.Ambiguous) != 1 || len(open.Ambiguous[0].Candidates) != 2 || open.Ambiguous[0].Record != "note 81" {
		t.Fatalf("open: %+v", open)
	}
	path := "/api/v1/accounts/ambiguous/" + open.Ambiguous[0].ID
	for _, body := range []string{`{}`, `{"account":"x","new":true}`} {
		h.call(clamor.PM, http.MethodPost, path, body, nil).want(http.StatusBadRequest, "name an account")
	}
	h.call(clamor.PM, http.MethodPost, path, `{"account":"`+string(b.ID)+`"}`, nil).want(http.StatusOK, "twin.invalid")
	h.work()
	if d := h.delivery(dead); d.State != clamor.Processed {
		t.Errorf("the delivery is %s: %s", d.State, d.Reason)
	}
	h.get("/api/v1/accounts/ambiguous", &open)
	if before := h.list(""); len(open.Ambiguous) != 0 || len(before.Entries) != 1 || before.Entries[0].Score != 100 {
		t.Errorf("open: %+v; the list is %+v", open, before)
	}

	merge := "/api/v1/accounts/" + string(b.ID) + "/merge"
	h.call(clamor.PM, http.MethodPost, merge, `{}`, nil).want(http.StatusBadRequest, `"path":"into"`)
	h.call(clamor.PM, http.MethodPost, merge, `{"into":"`+string(a.ID)+`"}`, nil).want(http.StatusOK, "twin.example", "twin.invalid")
	if score := h.list("").Entries[0].Score; score != 4800000 {
		t.Errorf("merged, the feature scores %d: the money of the one does not count for the ask of the other", score)
	}
	h.call(clamor.PM, http.MethodPost, merge, `{"into":"`+string(a.ID)+`"}`, nil).want(http.StatusConflict, "undo that first")
	h.call(clamor.PM, http.MethodDelete, merge, "", nil).want(http.StatusOK, "twin.invalid")
	if score := h.list("").Entries[0].Score; score != 100 {
		t.Errorf("after the undo the feature scores %d", score)
	}
	h.call(clamor.PM, http.MethodDelete, merge, "", nil).want(http.StatusConflict)
}
