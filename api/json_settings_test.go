package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"clamor"
	"clamor/rank"
)

// settingsDoc is what GET tells of the ranking settings.
type settingsDoc struct {
	Version  int64          `json:"version"`
	By       string         `json:"by"`
	Reason   string         `json:"reason"`
	Rates    []clamor.Rate  `json:"rates"`
	Settings map[string]any `json:"settings"`
}

func (d settingsDoc) draft(t *testing.T, reason string) string {
	text, err := json.Marshal(map[string]any{"settings": d.Settings, "reason": reason})
	must(t, err)
	return string(text)
}

func TestRankingSettingsAreReadChangedAndKept(t *testing.T) {
	const path = "/api/v1/settings/ranking"
	h := build(t, nil)
	h.feed()
	var d settingsDoc
	a := h.get(path, &d)
	if d.Version != 0 || a.header.Get("ETag") != `"0"` || d.Settings["half_life_days"] != 182. {
		t.Fatalf("the defaults are %+v", d)
	}
	var before clamor.List
	h.get("/api/v1/list", &before)

	d.Settings["sharing"], d.Settings["scenarios"] = "full", []any{map[string]any{"name": "all"}}
	d.Settings["scenario"] = "all"
	var p rank.Preview
	h.call(clamor.PM, http.MethodPost, path+"/preview", d.draft(t, ""), nil).want(http.StatusOK).decode(&p)
	if p.Features != 3 || p.After <= p.Before || len(p.Edits) == 0 || len(p.Shifts) == 0 {
		t.Errorf("the preview tells %+v", p)
	}
	h.call(clamor.PM, http.MethodPut, path, d.draft(t, ""), nil).want(http.StatusForbidden)
	put := h.call(clamor.Admin, http.MethodPut, path, d.draft(t, "money counts in full"), map[string]string{"If-Match": `"0"`})
	put.want(http.StatusOK).decode(&d)
	if d.Version != 1 || d.By != "Tess admin" || put.header.Get("ETag") != `"1"` {
		t.Errorf("stored as %+v", d)
	}
	var after clamor.List
	h.get("/api/v1/list", &after)
	if after.Settings != 1 || after.Scenario != "all" || after.Entries[0].Score != p.Shifts[0].After.Score && after.Entries[0].Score != before.Entries[0].Full {
		t.Errorf("the list is still %+v", after)
	}
	h.call(clamor.Admin, http.MethodPut, path, d.draft(t, ""), map[string]string{"If-Match": `"0"`}).want(http.StatusPreconditionFailed, "load version 1")
	h.call(clamor.Admin, http.MethodPut, path, d.draft(t, ""), map[string]string{"If-Match": `"x"`}).want(http.StatusPreconditionFailed)
	d.Settings["half_life_days"] = -3
	h.call(clamor.Admin, http.MethodPut, path, d.draft(t, ""), nil).want(http.StatusBadRequest, `"path":"half_life_days"`)
	d.Settings["half_live"] = 3
	h.call(clamor.Admin, http.MethodPut, path, d.draft(t, ""), nil).want(http.StatusBadRequest, `"path":"settings.half_live"`)

	var told struct {
		Versions []struct {
			Version int64       `json:"version"`
			Reason  string      `json:"reason"`
			Edits   []rank.Edit `json:"edits"`
		} `json:"versions"`
	}
	h.get(path+"/versions", &told)
	if len(told.Versions) != 1 || told.Versions[0].Reason != "money counts in full" || len(told.Versions[0].Edits) == 0 {
		t.Errorf("the history tells %+v", told)
	}
	h.get(path+"?version=1", &d)
	h.call(clamor.Admin, http.MethodGet, path+"?version=7", "", nil).want(http.StatusNotFound)
	h.call(clamor.Admin, http.MethodGet, path+"?version=no", "", nil).want(http.StatusBadRequest)
}

// Rates that a change leaves out stay, and those that it brings take the place of all.
func TestRatesBelongToTheSettings(t *testing.T) {
	const path = "/api/v1/settings/ranking"
	h := build(t, nil)
	must(t, h.db.AddRate(t.Context(), clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1_100_000}, "Ann"))
	var d settingsDoc
	h.get(path, &d)
	if d.Version != 1 || len(d.Rates) != 1 {
		t.Fatalf("%+v", d)
	}
	h.call(clamor.Admin, http.MethodPut, path, d.draft(t, ""), nil).want(http.StatusOK).decode(&d)
	if len(d.Rates) != 1 {
		t.Errorf("the rates went away: %+v", d.Rates)
	}
	text, err := json.Marshal(map[string]any{"settings": d.Settings, "rates": []clamor.Rate{}})
	must(t, err)
	h.call(clamor.Admin, http.MethodPut, path, string(text), nil).want(http.StatusOK).decode(&d)
	if len(d.Rates) != 0 || d.Version != 3 {
		t.Errorf("%+v", d)
	}
}
