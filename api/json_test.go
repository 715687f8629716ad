package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
)

type entry struct {
	Rank    int            `json:"rank"`
	Feature clamor.Feature `json:"feature"`
	Score   int64          `json:"score"`
	Keep    int64          `json:"keep"`
	Grow    int64          `json:"grow"`
}

type page struct {
	Quarter  string  `json:"quarter"`
	Frozen   bool    `json:"frozen"`
	Hash     string  `json:"hash"`
	Total    int     `json:"total"`
	Matching int     `json:"matching"`
	Entries  []entry `json:"entries"`
	Next     *string `json:"next"`
}

type detail struct {
	clamor.Feature
	Rank  *int   `json:"rank"`
	Score int64  `json:"score"`
	Why   string `json:"why"`
	Above string `json:"why_above"`
	Parts []struct {
		clamor.Part
		AccountName string `json:"account_name"`
	} `json:"parts"`
	Asks       []clamor.Quote   `json:"asks"`
	Duplicates []clamor.Feature `json:"duplicates"`
	Rulings    []clamor.Ruling  `json:"rulings"`
	Promises   []clamor.Promise `json:"promises"`
	Planned    int              `json:"planned"`
	Pin        *clamor.Pin      `json:"pin"`
	Similar    []struct {
		ID clamor.FeatureID `json:"id"`
	} `json:"similar"`
}

// list gives the entries of a list.
func (h *house) list(query string) page {
	h.t.Helper()
	var p page
	h.get("/api/v1/list?"+query, &p)
	return p
}

// titled finds a feature on the list by its title.
func (h *house) titled(title string) clamor.Feature {
	h.t.Helper()
	for _, e := range h.list("").Entries {
		if e.Feature.Title == title {
			return e.Feature
		}
	}
	h.t.Fatalf("no feature is called %q", title)
	return clamor.Feature{}
}

const (
	saml   = "SAML single sign-on"
	export = "Export invoices to a spreadsheet every month"
	dark   = "Dark mode for the mobile application"
)

func titles(p page) []string {
	all := []string{}
	for _, e := range p.Entries {
		all = append(all, e.Feature.Title)
	}
	return all
}

func TestListIsRankedByMoney(t *testing.T) {
	h := build(t, nil)
	h.feed()
	p := h.list("")
	if got := titles(p); len(got) != 3 || got[0] != saml || p.Next != nil || p.Total != 3 {
		t.Fatalf("the list is %+v", p)
	}
	for i, e := range p.Entries {
		if e.Rank != i+1 || e.Score != e.Keep+e.Grow || i > 0 && e.Score > p.Entries[i-1].Score {
			t.Errorf("entry %d is %+v", i, e)
		}
	}
}

func TestListIsFiltered(t *testing.T) {
	h := build(t, nil)
	h.feed()
	id := h.titled(dark).ID
	h.call(clamor.PM, http.MethodPatch, "/api/v1/features/"+string(id), `{"status":"planned","area":"Mobile","team":"Apps"}`, nil).want(http.StatusOK)
	for query, want := range map[string][]string{
		"status=planned":             {dark},
		"status=new,planned&limit=1": {saml},
		"area=mobile":                {dark},
		"team=APPS&status=new":       {},
		"q=spreadsheets":             {export},
		"q=SIGN-ON":                  {saml},
		"q=nothing+like+it":          {},
		"quarter=2020Q1":             {},
		"scenario=full&q=saml":       {saml},
		"live=true&q=saml":           {saml},
	} {
		if got := titles(h.list(query)); !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
}

func TestListPagesByCursor(t *testing.T) {
	h := build(t, nil)
	h.feed()
	whole, got, query := titles(h.list("")), []string{}, "limit=1"
	for range 3 {
		p := h.list(query)
		got = append(got, titles(p)...)
		if p.Next == nil {
			break
		}
		query = "limit=1&cursor=" + *p.Next
	}
	if !slices.Equal(got, whole) {
		t.Errorf("page by page the list is %q, whole it is %q", got, whole)
	}
	next := *h.list("limit=1").Next
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?status=new&cursor="+next, "", nil).want(http.StatusBadRequest, "belongs to other filters")
}

func TestBadListQueries(t *testing.T) {
	h := build(t, nil)
	for query, words := range map[string]string{
		"quarter=2026Q5":  `"2026Q5" is no quarter`,
		"quarter=autumn":  "write it as 2026Q4",
		"limit=0":         "write 1 to 1000",
		"limit=many":      "write 1 to 1000",
		"status=done":     "choose new, under consideration",
		"cursor=%21":      "is no cursor",
		"as_of=yesterday": "is no day",
		"scenario=sunny":  "sunny",
		"live=perhaps":    "neither true nor false",
		"staus=new":       "staus",
		"q=%00":           "no text",
		"q=%ff":           "no text",
		"q=%zz":           "no text",
	} {
		h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?"+query, "", nil).want(http.StatusBadRequest, "/problems/invalid").problem()
		a := h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?"+query, "", nil)
		if text := fmt.Sprint(a.problem()); !strings.Contains(text, words) {
			t.Errorf("%s is answered %s, want %q", query, text, words)
		}
	}
	p := h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?quarter=x&limit=x&status=x", "", nil).problem()
	if len(p.Faults) != 3 {
		t.Errorf("three faults are told as %+v", p.Faults)
	}
}

// The chain that must never break: entry, parts, accounts, quotes, note, delivery.
func TestFeatureOpensDownToTheDelivery(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var d detail
	a := h.get("/api/v1/features/"+string(h.titled(saml).ID), &d)
	if a.header.Get("ETag") != fmt.Sprintf(`"%d"`, d.Version) {
		t.Errorf("ETag %s of version %d", a.header.Get("ETag"), d.Version)
	}
	sum := int64(0)
	for _, p := range d.Parts {
		sum += p.Contribution
		if p.AccountName == "" || p.AccountName == string(p.Account) {
			t.Errorf("part %+v names no account", p)
		}
	}
	if sum != d.Score || d.Score == 0 || d.Rank == nil || *d.Rank != 1 || !strings.Contains(d.Why, "Northwind") || !strings.Contains(d.Above, "stands above") {
		t.Errorf("parts add up to %d, the score is %d, the rank %v, because: %s %s", sum, d.Score, d.Rank, d.Why, d.Above)
	}
	at := slices.IndexFunc(d.Asks, func(q clamor.Quote) bool { return q.AccountName == "Northwind" })
	if at < 0 || d.Asks[at].URL != "https://recorder.example/call/1" || d.Asks[at].Author.Name != "Rita Rep" {
		t.Fatalf("the asks are %+v", d.Asks)
	}
	var n struct {
		clamor.Note
		AccountName string       `json:"account_name"`
		Asks        []clamor.Ask `json:"asks"`
		Origin      *struct {
			Source string  `json:"source"`
			Body   *string `json:"body"`
		} `json:"origin"`
	}
	path := "/api/v1/notes/" + string(d.Asks[at].Note)
	h.get(path, &n)
	ask := n.Asks[0]
	if n.Text[ask.Start:ask.End] != ask.Quote || ask.Quote != d.Asks[at].Quote || n.AccountName != "Northwind" {
		t.Errorf("the ask %+v is not the span of %q", ask, n.Text)
	}
	if n.Origin == nil || n.Origin.Body == nil || !strings.Contains(*n.Origin.Body, `"id":"n1"`) || n.Origin.Source != "gong" {
		t.Errorf("the note came from %+v", n.Origin)
	}
	n.Origin = nil
	h.call(clamor.Viewer, http.MethodGet, path, "", nil).want(http.StatusOK).decode(&n)
	if n.Origin == nil || n.Origin.Body != nil {
		t.Error("a viewer must see where the note came from, and not the payload")
	}
}

func TestUnknownThingsAreNotFound(t *testing.T) {
	h := build(t, nil)
	for _, path := range []string{"/api/v1/features/feature_x", "/api/v1/notes/note_x", "/api/v1/accounts/account_x", "/api/v1/deliveries/delivery_x"} {
		h.call(clamor.Admin, http.MethodGet, path, "", nil).want(http.StatusNotFound, "/problems/not-found", "_x").problem()
	}
	h.call(clamor.PM, http.MethodPatch, "/api/v1/features/feature_x", `{"title":"A"}`, nil).want(http.StatusNotFound)
	h.call(clamor.PM, http.MethodDelete, "/api/v1/rulings/ruling_x", "", nil).want(http.StatusNotFound)
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/account_x", `{"name":"A"}`, nil).want(http.StatusNotFound)
	token := map[string]string{"Authorization": "Bearer " + h.tokens[clamor.Viewer]}
	h.send(http.MethodGet, "/api/v1/nothing", "", token).want(http.StatusNotFound).problem()
	a := h.send(http.MethodPost, "/api/v1/list", "", token).want(http.StatusMethodNotAllowed)
	if a.problem().Title != "Method Not Allowed" || !strings.Contains(a.header.Get("Allow"), "GET") {
		t.Errorf("a method that is not there is answered %s, Allow %q", a.body, a.header.Get("Allow"))
	}
}

func TestDeliveriesByState(t *testing.T) {
	h := build(t, nil)
	h.hook("gong", goodNote).receipt()
	h.hook("gong", `{`).want(http.StatusBadRequest)
	var all struct {
		Deliveries []clamor.Delivery `json:"deliveries"`
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/lab?caution=-0.1,0.1&asks=50", "", nil).want(http.StatusOK, `"caution":-0.1`)
	h.call(clamor.PM, http.MethodGet, "/api/v1/lab?caution=much&asks=0", "", nil).want(http.StatusBadRequest, `"path":"caution"`, `"path":"asks"`)
	h.get("/api/v1/deliveries", &all)
	if len(all.Deliveries) != 2 {
		t.Errorf("%d deliveries, want 2", len(all.Deliveries))
	}
	h.get("/api/v1/deliveries?state=dead&limit=1", &all)
	if len(all.Deliveries) != 1 || all.Deliveries[0].State != clamor.Dead {
		t.Errorf("dead ones are %+v", all.Deliveries)
	}
	h.call(clamor.Admin, http.MethodGet, "/api/v1/deliveries?state=lost", "", nil).want(http.StatusBadRequest, "choose dead")
	h.call(clamor.Admin, http.MethodGet, "/api/v1/deliveries?limit=-1", "", nil).want(http.StatusBadRequest, "write 1 to")
}

func TestBinaryPayloadIsShownAsBase64(t *testing.T) {
	h := build(t, nil)
	p := h.hook("gong", "\xff\xfe").want(http.StatusBadRequest).problem()
	h.call(clamor.PM, http.MethodGet, "/api/v1/deliveries/"+string(p.Delivery), "", nil).want(http.StatusOK, `"body_base64":"//4="`)
}

func TestMeTellsWhoIAm(t *testing.T) {
	h := build(t, nil)
	var u clamor.User
	h.get("/api/v1/me", &u)
	if u.Name != "Tess admin" || u.Role != clamor.Admin {
		t.Errorf("I am %+v", u)
	}
}

// A quarter of another fiscal year is not the calendar's.
func TestQuarterDefaultsToTheOneThatRuns(t *testing.T) {
	h := build(t, nil)
	if got, want := h.list("").Quarter, clamor.QuarterOf(clamor.DateOf(time.Now()), time.January).String(); got != want {
		t.Errorf("the list is of %s, want %s", got, want)
	}
}
