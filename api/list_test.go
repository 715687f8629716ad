package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"clamor"
)

// titlesOf are the features that a page of the list shows, in order.
func titlesOf(a answer) string {
	var titles []string
	for _, part := range strings.Split(a.body, `class="title"><a `)[1:] {
		_, rest, _ := strings.Cut(part, ">")
		title, _, _ := strings.Cut(rest, "<")
		titles = append(titles, title)
	}
	return strings.Join(titles, " | ")
}

func TestTheListIsSorted(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	for sort, want := range map[string]string{
		"":       "SAML single sign-on | Dark mode for the mobile application | Export invoices to a spreadsheet every month",
		"title":  "Dark mode for the mobile application | Export invoices to a spreadsheet every month | SAML single sign-on",
		"-title": "SAML single sign-on | Export invoices to a spreadsheet every month | Dark mode for the mobile application",
		"grow":   "Dark mode for the mobile application | SAML single sign-on | Export invoices to a spreadsheet every month",
		"-rank":  "Export invoices to a spreadsheet every month | Dark mode for the mobile application | SAML single sign-on",
	} {
		if got := titlesOf(b.open("/?sort=" + sort)); got != want {
			t.Errorf("by %q: %s", sort, got)
		}
	}
	b.open("/?sort=title").want(http.StatusOK, `aria-sort="ascending"><a href="/?sort=-title"`)
	b.open("/?sort=odd").want(http.StatusBadRequest, "no column to sort by")
}

func TestSearchFindsTheObvious(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	for query, want := range map[string]string{
		"exporting invoice":          "Export invoices to a spreadsheet every month",
		"single-sign-on":             "SAML single sign-on",
		"single sign on":             "SAML single sign-on",
		"urgent saml single sign-on": "SAML single sign-on",
		"dark mode for my mobile":    "Dark mode for the mobile application",
		"Fabrikam":                   "Dark mode for the mobile application",
	} {
		if got := titlesOf(b.open("/?q=" + url.QueryEscape(query))); got != want {
			t.Errorf("%q finds %s", query, got)
		}
	}
}

func TestTheListIsFilteredByWhoStandsBehind(t *testing.T) {
	h := build(t, nil)
	h.feed()
	h.hook("gong", `{"id":"seg","text":"Dark mode for the mobile application","account":{"name":"Adventure","domain":"adventure.example","segment":"enterprise"},
		"asks":[{"text":"Dark mode for the mobile application"}]}`).want(http.StatusAccepted)
	h.work()
	b := h.visit(clamor.Viewer)
	b.open("/").want(http.StatusOK, `enterprise (1)`, "gong (3)")
	if got := titlesOf(b.open("/?segment=enterprise")); got != "Dark mode for the mobile application" {
		t.Errorf("of enterprises: %s", got)
	}
	if got := titlesOf(b.open("/?source=nowhere")); got != "" {
		t.Errorf("from nowhere: %s", got)
	}
	var list struct{ Matching int }
	h.get("/api/v1/list?segment=enterprise&source=gong&sort=-title", &list)
	if list.Matching != 1 {
		t.Errorf("the API finds %d", list.Matching)
	}
}

func TestColumnsAndViewsAreKept(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	b.open("/").want(http.StatusOK, `data-label="Keep"`, `class="spark"`).lacks(`data-label="Timeframe"`)
	b.submit("/list/columns", "column", "score", "column", "timeframe", "column", "odd", "back", "/?sort=title&columns=keep").want(http.StatusOK, "Saved.", `data-label="Timeframe"`, `aria-sort`).
		lacks(`data-label="Keep"`, `class="spark"`)
	b.open("/?columns=keep").want(http.StatusOK, `data-label="Keep"`).lacks(`data-label="Timeframe"`)
	b.submit("/list/columns", "column", "score", "usual", "1").want(http.StatusOK, `data-label="Keep"`)

	b.submit("/views", "name", " My  dark ", "query", "q=dark&sort=title&cursor=x").want(http.StatusOK, ">My dark</a>", `aria-current="true"`, "Dark mode").lacks("Export invoices")
	pm := h.visit(clamor.PM)
	pm.open("/").lacks(">My dark</a>")
	pm.submit("/views", "name", "Ours", "query", "status=new", "shared", "1").want(http.StatusOK)
	shared := b.open("/").want(http.StatusOK, ">Ours</a>", "shared by Pat", `href="/?status=new"`)
	b.submit("/views/"+h.viewID("Ours")+"/remove").want(http.StatusNotFound, "no such view")
	b.submit("/views/" + shared.find(`action="/views/([^"/]+)/remove`) + "/remove").want(http.StatusOK).lacks(">My dark</a>")
	b.submit("/views", "name", " ", "query", "").want(http.StatusBadRequest, "give the view a name")
}

func (h *house) viewID(name string) string {
	h.t.Helper()
	views, err := h.db.Views(h.t.Context(), "")
	must(h.t, err)
	for _, v := range views {
		if v.Name == name {
			return v.ID
		}
	}
	h.t.Fatalf("no view is called %s", name)
	return ""
}

func TestManyFeaturesAreSetToAStatusAndBack(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	one, two := string(b.feature("SAML single sign-on")), string(b.feature("Dark mode for the mobile application"))
	b.submit("/list/status", "feature", one, "feature", two, "status", "won't do").want(http.StatusBadRequest, "needs a reason")
	b.submit("/list/status", "status", "planned").want(http.StatusBadRequest, "Tick the features")
	done := b.submit("/list/status", "feature", one, "feature", two, "status", "planned", "back", "/?sort=title").want(http.StatusOK, "Set 2 features to planned.", `>planned <span class="num">2<`)
	undo := done.find(`action="(/edits/[^"]+/undo)"`)
	b.submit(undo, "back", "/").want(http.StatusOK, "and took it back").lacks(`>planned <span class="num">2<`)
	b.submit(undo).want(http.StatusConflict, "taken back already")
	h.visit(clamor.Viewer).open("/").want(http.StatusOK).lacks(`id="bulk"`, `name="feature"`)
}

func TestPagesAreSentCompressed(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/", nil)
	must(t, err)
	r.Header.Set("Accept-Encoding", "gzip")
	if a := b.do(r); a.header.Get("Content-Encoding") != "gzip" || !strings.Contains(a.header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("the list comes as %v", a.header)
	}
}

// A row opens to the largest parts of its score, which add up to it with those that are only counted.
func TestARowOpensToTheParts(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	f := h.titled("SAML single sign-on")
	b.open("/features/"+string(f.ID)+"/parts").want(http.StatusOK, "Northwind", "the sum of the parts").lacks("<html")
	b.open("/features/feature_none/parts").want(http.StatusNotFound)
}
