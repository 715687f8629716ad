package api_test

import (
	"net/http"
	"testing"

	"clamor"
)

func TestTheDeduperIsToldAtRunTime(t *testing.T) {
	const path = "/api/v1/settings/deduper"
	h := build(t, nil)
	var told clamor.DeduperSettings
	if a := h.get(path, &told); told.Version != 0 || a.header.Get("ETag") != `"0"` {
		t.Fatalf("to begin with it is told %+v", told)
	}
	const body = `{"version":0,"synonyms":"sso: one login # ours","caution":0.1,"reason":"our words"}`
	h.call(clamor.PM, http.MethodPut, path, body, nil).want(http.StatusForbidden)
	h.call(clamor.Admin, http.MethodPut, path, body, nil).want(http.StatusOK).decode(&told)
	if told.Version != 1 || told.By != "Tess admin" || told.Caution != 0.1 || told.Reason != "our words" {
		t.Errorf("stored as %+v", told)
	}
	h.call(clamor.Admin, http.MethodPut, path, body, nil).want(http.StatusPreconditionFailed, "load version 1")
	match := map[string]string{"If-Match": `"1"`}
	h.call(clamor.Admin, http.MethodPut, path, `{"synonyms":"sso one login","caution":0}`, match).want(http.StatusBadRequest, "synonyms, line 1", "no colon")
	h.call(clamor.Admin, http.MethodPut, path, `{"synonyms":"","caution":2}`, match).want(http.StatusBadRequest, `"path":"caution"`)
	h.call(clamor.Admin, http.MethodPut, path, `{"synonyms":"","caution":0}`, match).want(http.StatusOK)
	var all struct {
		Versions []clamor.DeduperSettings `json:"versions"`
	}
	h.get(path+"/versions", &all)
	if len(all.Versions) != 2 || all.Versions[1].Synonyms != "sso: one login # ours" {
		t.Errorf("the history is %+v", all.Versions)
	}
}

func TestDoubtsAreListed(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var told struct {
		Doubts []any `json:"doubts"`
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/doubts?limit=5", "", nil).want(http.StatusOK).decode(&told)
	if told.Doubts == nil || len(told.Doubts) > 5 {
		t.Errorf("%d doubts", len(told.Doubts))
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/doubts?limit=0", "", nil).want(http.StatusBadRequest, `"path":"limit"`)
}

// The lab tells what another caution would change, and synonyms are tried before they are stored.
func TestTheLabGivesExamples(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var told struct {
		Caution float64
		Trials  []struct{ Joins, Shared int }
		Changes []struct {
			Ask, Nearest string
			Joins        bool
		}
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/lab?other=1", "", nil).want(http.StatusOK).decode(&told)
	if len(told.Changes) != 2 || told.Changes[0].Joins || told.Changes[0].Nearest == "" || len(told.Trials) != 7 {
		t.Errorf("%+v", told)
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/lab?other=7", "", nil).want(http.StatusBadRequest, `"path":"other"`)
	var r struct{ Asks, Reworded int }
	const path = "/api/v1/settings/deduper/try"
	h.call(clamor.PM, http.MethodPost, path, `{"synonyms":"night screen: dark mode"}`, nil).want(http.StatusOK).decode(&r)
	if r.Asks != 4 || r.Reworded != 1 {
		t.Errorf("%+v", r)
	}
	h.call(clamor.PM, http.MethodPost, path, `{"synonyms":"no colon"}`, nil).want(http.StatusBadRequest, "has no colon")
	h.call(clamor.PM, http.MethodPost, path, `{"synonyms":"","asks":5000}`, nil).want(http.StatusBadRequest, `"path":"asks"`)
}
