package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clamor"
)

func TestAPinStandsBesideTheComputedRank(t *testing.T) {
	h := build(t, nil)
	h.feed()
	list := func() (l clamor.List) {
		h.get("/api/v1/list", &l)
		return l
	}
	before := list()
	last := before.Entries[2].Feature.ID
	for body, words := range map[string]string{
		fmt.Sprintf(`{"kind":"pin","feature":%q,"place":1}`, last):                                   `"path":"reason"`,
		fmt.Sprintf(`{"kind":"pin","feature":%q,"place":0,"reason":"why not"}`, last):                `"path":"place"`,
		fmt.Sprintf(`{"kind":"shift","feature":%q,"place":0,"reason":"why not"}`, last):              `"path":"place"`,
		fmt.Sprintf(`{"kind":"merge","feature":%q,"target":"x","place":2,"reason":"why not"}`, last): `"path":"place"`,
	} {
		h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", body, nil).want(http.StatusBadRequest, words)
	}
	var pin clamor.Ruling
	h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", fmt.Sprintf(`{"kind":"pin","feature":%q,"place":1,"reason":"promised on stage"}`, last), nil).
		want(http.StatusCreated).decode(&pin)
	after := list()
	for i, e := range after.Entries {
		if e.Rank != i+1 || e.Score != before.Entries[i].Score || e.Feature.ID != before.Entries[i].Feature.ID {
			t.Errorf("the pin changed what is computed: %+v", e)
		}
	}
	if e := after.Entries[2]; e.Planned != 1 || e.Pin == nil || e.Pin.Reason != "promised on stage" || e.Pin.By != "Tess pm" {
		t.Errorf("the pinned entry is %+v", e)
	}
	if after.Entries[0].Planned != 2 || after.Entries[1].Planned != 3 || after.Entries[0].OldestAsk == "" {
		t.Errorf("the others do not make way: %+v", after.Entries)
	}
	var d detail
	h.get("/api/v1/features/"+string(last), &d)
	if d.Planned != 1 || d.Pin == nil || len(d.Rulings) != 1 {
		t.Errorf("the feature tells %+v", d)
	}
	csv := h.send(http.MethodGet, "/list.csv", "", h.as(clamor.Viewer)).want(http.StatusOK, "planned_rank", "Tess pm: promised on stage")
	if !strings.Contains(csv.body, ",1,Tess pm: promised on stage,") {
		t.Errorf("the CSV file is %s", csv.body)
	}
	h.call(clamor.PM, http.MethodDelete, "/api/v1/rulings/"+string(pin.ID), "", nil).want(http.StatusOK)
	if e := list().Entries[2]; e.Planned != 0 || e.Pin != nil {
		t.Errorf("after the undo: %+v", e)
	}
}

func (h *house) as(role clamor.Role) map[string]string {
	return map[string]string{"Authorization": "Bearer " + h.tokens[role]}
}

func TestPromisesAreALedgerOfTheirOwn(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var list clamor.List
	h.get("/api/v1/list", &list)
	top := list.Entries[0]
	account := top.LargestAccount
	today := clamor.DateOf(time.Now())
	post := func(role clamor.Role, due clamor.Date) answer {
		return h.call(role, http.MethodPost, "/api/v1/promises", fmt.Sprintf(`{"feature":%q,"account":%q,"made_on":%q,"due_on":%q,"words":"by the spring release"}`,
			top.Feature.ID, account, today.AddDays(-20), due), nil)
	}
	h.call(clamor.Viewer, http.MethodPost, "/api/v1/promises", `{}`, nil).want(http.StatusForbidden)
	h.call(clamor.Reporter, http.MethodPost, "/api/v1/promises", `{}`, nil).want(http.StatusBadRequest, `"path":"feature"`, `"path":"account"`)
	post(clamor.Reporter, "soon").want(http.StatusBadRequest, `"path":"due_on"`)
	var p struct {
		clamor.Promise
		Open int `json:"days_open"`
		Late int `json:"days_overdue"`
	}
	made := post(clamor.Reporter, today.AddDays(-5)).want(http.StatusCreated)
	made.decode(&p)
	if p.MadeBy != "Tess reporter" || p.State != clamor.PromiseOpen || p.Open != 20 || p.Late != 5 || p.AccountName != "Northwind" {
		t.Errorf("recorded as %+v", p)
	}
	if again := h.list(""); again.Entries[0].Score != top.Score {
		t.Error("a promise changed a score")
	}
	var all struct {
		Promises []clamor.Promise `json:"promises"`
	}
	for query, n := range map[string]int{"": 1, "?late=true": 1, "?state=kept": 0, "?account=" + string(account): 1, "?feature=none": 0} {
		h.get("/api/v1/promises"+query, &all)
		if len(all.Promises) != n {
			t.Errorf("%q finds %d", query, len(all.Promises))
		}
	}
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/promises?state=lost&late=maybe", "", nil).want(http.StatusBadRequest, `"path":"state"`, `"path":"late"`)
	var d detail
	h.get("/api/v1/features/"+string(top.Feature.ID), &d)
	if len(d.Promises) != 1 {
		t.Errorf("the feature tells %+v", d.Promises)
	}
	path := "/api/v1/promises/" + string(p.ID)
	h.call(clamor.PM, http.MethodPatch, path, `{"state":"broken"}`, nil).want(http.StatusBadRequest, `"path":"reason"`)
	h.call(clamor.PM, http.MethodPatch, path, `{}`, nil).want(http.StatusBadRequest)
	h.call(clamor.PM, http.MethodPatch, path, `{"state":"kept"}`, map[string]string{"If-Match": `"9"`}).want(http.StatusPreconditionFailed)
	h.call(clamor.PM, http.MethodPatch, path, `{"state":"kept","reason":"in 4.2"}`, map[string]string{"If-Match": made.header.Get("ETag")}).want(http.StatusOK).decode(&p)
	if p.State != clamor.PromiseKept || p.EndedOn != today || p.Version != 2 {
		t.Errorf("kept as %+v", p)
	}
}

func TestTheBriefOfAnAccountTellsAll(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var list clamor.List
	h.get("/api/v1/list", &list)
	top := list.Entries[0]
	status, reason := clamor.StatusWontDo, "we go another way"
	_, err := h.db.EditFeature(t.Context(), h.titled(export).ID, 0, clamor.FeatureEdit{Status: &status, StatusReason: &reason}, "Ann")
	must(t, err)
	h.call(clamor.PM, http.MethodPost, "/api/v1/promises", fmt.Sprintf(`{"feature":%q,"account":%q}`, top.Feature.ID, top.LargestAccount), nil).want(http.StatusCreated)
	var b struct {
		Account clamor.Account
		Total   int64
		Wishes  []struct {
			Rank         int
			Contribution int64
			Share        int64
		}
		Asked []struct {
			Ask    clamor.Quote
			Title  string `json:"feature_title"`
			Status clamor.Status
			Reason string `json:"status_reason"`
		}
		Promises []clamor.Promise
	}
	h.get("/api/v1/accounts/"+string(top.LargestAccount)+"/brief", &b)
	if b.Account.Name != "Northwind" || len(b.Wishes) != 1 || b.Wishes[0].Contribution != b.Total || b.Wishes[0].Share < 800_000 || len(b.Promises) != 1 {
		t.Errorf("%+v", b)
	}
	quotes, err := h.db.Quotes(t.Context(), top.Feature.ID)
	must(t, err)
	for _, q := range quotes {
		if q.AccountName == "Contoso" {
			h.get("/api/v1/accounts/"+string(q.Account)+"/brief", &b)
		}
	}
	told := map[string]string{}
	for _, a := range b.Asked {
		told[a.Title] = string(a.Status) + a.Reason
	}
	if told[export] != "won't dowe go another way" || told[saml] != "new" {
		t.Errorf("what became of it: %q", told)
	}
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/accounts/none/brief", "", nil).want(http.StatusNotFound)
}

// The forms of the pages do the same, and lead back.
func TestPlacesAndPromisesOnPages(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var list clamor.List
	h.get("/api/v1/list", &list)
	top := list.Entries[0]
	page := "/features/" + string(top.Feature.ID)
	send := func(path string, fields url.Values) answer {
		header := h.as(clamor.PM)
		header["Content-Type"] = "application/x-www-form-urlencoded"
		return h.send(http.MethodPost, path, fields.Encode(), header)
	}
	send(page+"/pin", url.Values{"kind": {"shift"}, "place": {"-1"}, "reason": {"a small market"}}).want(http.StatusSeeOther)
	send(page+"/pin", url.Values{"kind": {"shift"}, "place": {"x"}, "reason": {"a small market"}}).want(http.StatusBadRequest, "whole number")
	h.send(http.MethodGet, page, "", h.as(clamor.PM)).want(http.StatusOK, "a small market", "moved this 1 place down")
	h.send(http.MethodGet, "/", "", h.as(clamor.Viewer)).want(http.StatusOK, "Tess pm: a small market")
	back := send("/promises", url.Values{"feature": {string(top.Feature.ID)}, "account": {string(top.LargestAccount)}, "due_on": {"2027-03-01"}, "words": {"by March"}, "back": {page}})
	if back.want(http.StatusSeeOther).header.Get("Location") != page+"?done=saved" {
		t.Errorf("leads to %q", back.header.Get("Location"))
	}
	h.send(http.MethodGet, page, "", h.as(clamor.Viewer)).want(http.StatusOK, "by March", "1 Mar 2027", "open for 0 days")
	account := "/accounts/" + string(top.LargestAccount)
	h.send(http.MethodGet, account, "", h.as(clamor.PM)).want(http.StatusOK, "Promised to it", "by March")
	all, err := h.db.Promises(t.Context(), clamor.PromiseQuery{Limit: 9})
	must(t, err)
	send("/promises/"+string(all[0].ID), url.Values{"state": {"broken"}, "reason": {""}, "back": {account}}).want(http.StatusBadRequest, "say why")
	send("/promises/"+string(all[0].ID), url.Values{"state": {"broken"}, "reason": {"we were late"}, "back": {account}}).want(http.StatusSeeOther)
	h.send(http.MethodGet, account+"?done=saved", "", h.as(clamor.PM)).want(http.StatusOK, "we were late", "Saved.")
}
