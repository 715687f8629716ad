package api_test

import (
	"net/http"
	"strings"
	"testing"

	"clamor"
)

type sourceSeen struct {
	Name, Kind, URL, Secret, Every string
	HasToken                       bool `json:"has_token"`
	On                             bool
	Settings, Mapping              map[string]string
}

func TestASourceIsAddedChangedAndItsSecretToldOnce(t *testing.T) {
	h := build(t, nil)
	var added, listed, rotated sourceSeen
	a := h.call(clamor.Admin, http.MethodPost, "/api/v1/sources", `{"kind":"generic","name":"crm","token":"t0ken"}`, nil).want(http.StatusCreated)
	a.decode(&added)
	if added.Secret == "" || added.URL != "http://clamor.example/hooks/crm" || !added.HasToken || !added.On || strings.Contains(a.body, "t0ken") {
		t.Errorf("added %s", a.body)
	}
	header := map[string]string{"Authorization": "Bearer " + added.Secret}
	h.send(http.MethodPost, "/hooks/crm", goodNote, header).want(http.StatusAccepted)
	all := h.call(clamor.Admin, http.MethodGet, "/api/v1/sources", "", nil).want(http.StatusOK, `"crm"`, `"gong"`)
	for _, hidden := range []string{added.Secret, hookSecret, "t0ken", `"api"`} {
		if strings.Contains(all.body, hidden) {
			t.Errorf("the list tells %s: %s", hidden, all.body)
		}
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources", `{"kind":"generic","name":"crm"}`, nil).want(http.StatusConflict, "choose another name")

	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/crm", `{"on":false}`, nil).want(http.StatusOK).decode(&listed)
	if listed.On || listed.Secret != "" || !listed.HasToken {
		t.Errorf("switched off: %+v", listed)
	}
	h.send(http.MethodPost, "/hooks/crm", goodNote, header).want(http.StatusNotFound)
	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/crm", `{"on":true,"rotate":true}`, nil).want(http.StatusOK).decode(&rotated)
	if rotated.Secret == "" || rotated.Secret == added.Secret {
		t.Errorf("rotated to %q", rotated.Secret)
	}
	h.send(http.MethodPost, "/hooks/crm", goodNote, header).want(http.StatusUnauthorized)
	h.send(http.MethodPost, "/hooks/crm", goodNote, map[string]string{"Authorization": "Bearer " + rotated.Secret}).want(http.StatusAccepted)
}

func TestASourceThatCannotBeIsRefusedWithEveryFault(t *testing.T) {
	h := build(t, nil)
	for body, words := range map[string][]string{
		`{"kind":"carrier-pigeon","name":"x"}`:                                 {`"path":"kind"`, "generic"},
		`{"kind":"generic","name":"a b","every":"1h","settings":{"moon":"x"}}`: {`"path":"name"`, `"path":"every"`, `"path":"settings.moon"`},
		`{"kind":"generic","name":"x","every":"often"}`:                        {`"path":"every"`, "15m or 2h"},
		`{"kind":"generic","name":"x","settings":{"a":1}}`:                     {`"path":"settings"`},
	} {
		h.call(clamor.Admin, http.MethodPost, "/api/v1/sources", body, nil).want(http.StatusBadRequest, words...)
	}
	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/gong", `{}`, nil).want(http.StatusBadRequest, "changes nothing")
	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/gong", `{"secret":""}`, nil).want(http.StatusBadRequest, "switch the source off")
	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/api", `{"on":true}`, nil).want(http.StatusConflict, "cannot be changed")
	h.call(clamor.Admin, http.MethodPatch, "/api/v1/sources/none", `{"on":true}`, nil).want(http.StatusNotFound)
}

func TestReplayReadsTheSameBytesAnewAndNothingComesTwice(t *testing.T) {
	h := build(t, nil)
	h.feed()
	before := h.list("")
	dead := h.hook("gong", `{"text":"They need SAML"}`).receipt().Delivery
	h.work()
	var marked struct{ Deliveries int }
	h.call(clamor.PM, http.MethodPost, "/api/v1/deliveries/"+dead+"/replay", "", nil).want(http.StatusAccepted).decode(&marked)
	if d := h.delivery(dead); marked.Deliveries != 1 || d.State != clamor.Received || d.Replays != 1 {
		t.Errorf("marked %d, and the delivery is %+v", marked.Deliveries, d)
	}
	h.work()
	if d := h.delivery(dead); d.State != clamor.Dead || !strings.Contains(d.Reason, "account: is missing") {
		t.Errorf("read anew it is %s: %s", d.State, d.Reason)
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/replay", `{"state":"processed"}`, nil).want(http.StatusAccepted).decode(&marked)
	h.work()
	stats, err := h.db.Stats(t.Context())
	must(t, err)
	if marked.Deliveries != 1 || stats.Deliveries[clamor.Replayed] != 1 || stats.Notes != 3 {
		t.Errorf("%d marked; deliveries %v, notes %d", marked.Deliveries, stats.Deliveries, stats.Notes)
	}
	if after := h.list(""); len(after.Entries) != len(before.Entries) || after.Entries[0].Score != before.Entries[0].Score {
		t.Errorf("the list changed from %+v to %+v", before, after)
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/replay", "", nil).want(http.StatusAccepted).decode(&marked)
	if marked.Deliveries != 2 {
		t.Errorf("all of the source: %d marked, want 2", marked.Deliveries)
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/replay", `{"state":"lost","from":"soon"}`, nil).
		want(http.StatusBadRequest, `"path":"state"`, `"path":"from"`)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/none/replay", "", nil).want(http.StatusNotFound)
	h.call(clamor.PM, http.MethodPost, "/api/v1/deliveries/none/replay", "", nil).want(http.StatusNotFound)
}

func TestATrialKeepsNothing(t *testing.T) {
	h := build(t, nil)
	h.feed()
	kept := h.kept()
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/try",
		`{"text":"They need SAML.","account":{"name":"Northwind"},"asks":[{"text":"SAML"}]}`, nil).
		want(http.StatusOK, `"outcome":"known"`, `"known_as":"Northwind"`, `"text":"SAML"`, `"problems":[]`)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/try", "{\n\"text\":\"x\",\n\"account\":{\"name\":\"New Inc\"}}", nil).
		want(http.StatusOK, `"outcome":"new"`)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/try", "{\n\"text\":\"x\"}", nil).want(http.StatusOK, `"path":"account"`, `"line":1`)
	h.send(http.MethodPost, "/api/v1/sources/gong/try", "{\n\"text\":}", map[string]string{"Authorization": "Bearer " + h.tokens[clamor.Admin]}).
		want(http.StatusOK, `"line":2`)
	if h.kept() != kept {
		t.Error("a trial kept a delivery")
	}
	stats, err := h.db.Stats(t.Context())
	must(t, err)
	if stats.Accounts != 3 || stats.Notes != 3 {
		t.Errorf("a trial left something: %+v", stats)
	}
}

func TestAMappingIsTriedFieldByField(t *testing.T) {
	h := build(t, nil)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/mapping", `{"mapping":{"text":"data.note","account.name":"data.org","title":"none"},"payload":"{\"data\":{\"note\":\"We need SAML\",\"org\":\"Northwind\"}}"}`, nil).want(
		http.StatusOK, `"field":"text","path":"data.note"`, `"values":["We need SAML"]`, `"fault":"nothing stands there"`, `{"path":"data.org","value":"Northwind"}`, `"outcome":"new"`)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/mapping", `{"delivery":"delivery_none"}`, nil).want(http.StatusNotFound)
	h.call(clamor.PM, http.MethodPost, "/api/v1/sources/gong/mapping", `{}`, nil).want(http.StatusForbidden)
	h.call(clamor.Admin, http.MethodGet, "/api/v1/source-kinds", "", nil).want(http.StatusOK, `"kind":"zendesk"`, `"name":"base_url"`, `"group":"Calls"`)
	h.call(clamor.Admin, http.MethodGet, "/api/v1/sources", "", nil).want(http.StatusOK, `"activity":{"days":[0,0,0,0,0,0,0],"dead":0`)
}
