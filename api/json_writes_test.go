package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"clamor"
)

func TestNotesSentToTheAPI(t *testing.T) {
	h := build(t, nil)
	a := h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", goodNote, nil)
	r := a.receipt()
	if a.header.Get("Location") != "/api/v1/deliveries/"+r.Delivery || r.Duplicate {
		t.Errorf("Location %q for %+v", a.header.Get("Location"), r)
	}
	if again := h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", goodNote, nil).receipt(); !again.Duplicate || again.Delivery != r.Delivery {
		t.Errorf("the same note again is %+v", again)
	}
	h.work()
	var d struct {
		State clamor.DeliveryState `json:"state"`
		Body  *string              `json:"body"`
	}
	h.call(clamor.Reporter, http.MethodGet, a.header.Get("Location"), "", nil).want(http.StatusOK).decode(&d)
	if d.State != clamor.Processed || d.Body != nil {
		t.Errorf("the reporter sees %+v", d)
	}
	if got := titles(h.list("")); len(got) != 1 {
		t.Errorf("the list is %q", got)
	}
}

func TestBadNotesAreRefusedAtOnce(t *testing.T) {
	h := build(t, nil)
	for body, words := range map[string]string{
		`{"text":"They need SAML"}`: `"path":"account"`,
		`{"notes":[` + goodNote + `,{"text":"x","account":{"name":"B","arr":-1}}]}`: `"path":"notes[1].account.arr"`,
		`{"text":`:        "ends in the middle",
		`[]`:              "holds no note",
		`"They need it"`:  "no note",
		"\xff":            "not UTF-8",
		`{"notes":"all"}`: "no note",
	} {
		h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", body, nil).want(http.StatusBadRequest, words).problem()
	}
	h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", goodNote, map[string]string{"Content-Type": "text/plain"}).
		want(http.StatusUnsupportedMediaType, "application/json")
	h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes", strings.Repeat(" ", 64<<10)+goodNote, nil).
		want(http.StatusRequestEntityTooLarge, "65536")
	if n := h.kept(); n != 0 {
		t.Errorf("%d deliveries were kept of what was refused", n)
	}
}

// A ruling holds, is seen at once, and can be taken back.
func TestMergeAndUndo(t *testing.T) {
	h := build(t, nil)
	h.feed()
	from, into := h.titled(export).ID, h.titled(saml).ID
	var merge clamor.Ruling
	a := h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", fmt.Sprintf(`{"kind":"merge","feature":%q,"target":%q,"reason":"one thing"}`, from, into), nil)
	a.want(http.StatusCreated).decode(&merge)
	if merge.By != "Tess pm" || a.header.Get("Location") != "/api/v1/rulings/"+string(merge.ID) {
		t.Errorf("the ruling is %+v at %q", merge, a.header.Get("Location"))
	}
	if got := titles(h.list("")); len(got) != 2 || slices.Contains(got, export) {
		t.Errorf("after the merge the list is %q", got)
	}
	var d detail
	h.get("/api/v1/features/"+string(into), &d)
	if len(d.Duplicates) != 1 || len(d.Asks) != 3 || len(d.Rulings) != 1 {
		t.Errorf("the target has duplicates %v, %d asks and rulings %v", d.Duplicates, len(d.Asks), d.Rulings)
	}
	h.get("/api/v1/features/"+string(from), &d)
	if d.Merged != into || d.Status != clamor.StatusDuplicate || d.Rank != nil || len(d.Parts) != 0 {
		t.Errorf("the duplicate is %+v", d)
	}
	h.call(clamor.PM, http.MethodDelete, a.header.Get("Location")+"?reason=two+things", "", nil).want(http.StatusOK, `"kind":"undo"`, "two things")
	h.call(clamor.PM, http.MethodDelete, a.header.Get("Location"), "", nil).want(http.StatusConflict).problem()
	if got := titles(h.list("")); len(got) != 3 {
		t.Errorf("after the undo the list is %q", got)
	}
}

func TestRulingsOnAsks(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var d detail
	h.get("/api/v1/features/"+string(h.titled(saml).ID), &d)
	ask := d.Asks[0].ID
	rule := func(body string) clamor.Ruling {
		t.Helper()
		var r clamor.Ruling
		h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", body, nil).want(http.StatusCreated).decode(&r)
		return r
	}
	rule(fmt.Sprintf(`{"kind":"move","asks":[%q],"target":%q}`, ask, h.titled(dark).ID))
	h.get("/api/v1/features/"+string(h.titled(dark).ID), &d)
	if len(d.Asks) != 2 {
		t.Errorf("%d asks after the move, want 2", len(d.Asks))
	}
	split := rule(fmt.Sprintf(`{"kind":"split","asks":[%q],"title":"Single sign-on by OIDC"}`, ask))
	if f := h.titled("Single sign-on by OIDC"); f.ID != split.Target {
		t.Errorf("the split made %s, the ruling says %s", f.ID, split.Target)
	}
	rule(fmt.Sprintf(`{"kind":"confirm","asks":[%q]}`, ask))
	rule(fmt.Sprintf(`{"kind":"not-an-ask","asks":[%q]}`, ask))
	if slices.Contains(titles(h.list("")), "Single sign-on by OIDC") {
		t.Error("a feature whose one ask is none is still listed")
	}
}

func TestBadRulings(t *testing.T) {
	h := build(t, nil)
	h.feed()
	id := string(h.titled(saml).ID)
	for _, c := range []struct {
		body   string
		status int
		words  string
	}{
		{`{}`, 400, `"path":"kind"`},
		{`{"kind":"bless"}`, 400, "choose confirm, move, split, not-an-ask, nothing, merge, pin or shift"},
		{`{"kind":"undo"}`, 400, "choose confirm"},
		{`{"kind":"merge"}`, 400, `"path":"feature"`},
		{`{"kind":"merge","feature":"a","target":"b","asks":["c"]}`, 400, "leave the asks out"},
		{`{"kind":"merge","feature":"nothing","target":"` + id + `"}`, 404, "nothing"},
		{`{"kind":"merge","feature":"` + id + `","target":"` + id + `"}`, 409, "into itself"},
		{`{"kind":"move","asks":["a"]}`, 400, `"path":"target"`},
		{`{"kind":"move","asks":[],"target":"` + id + `"}`, 400, `"path":"asks"`},
		{`{"kind":"move","asks":["nothing"],"target":"` + id + `"}`, 404, "nothing"},
		{`{"kind":"split","asks":["a"]}`, 400, `"path":"title"`},
		{`{"kind":"merge","featur":"a"}`, 400, `"path":"featur"`},
		{`{"kind":7,"asks":"a"}`, 400, "must be an array"},
		{`{"kind":"move","asks":["a",7],"target":"b"}`, 400, `"path":"asks[1]"`},
		{`{"kind":"merge","reason":"a\u0000b"}`, 400, "NUL"},
		{`[]`, 400, "must be an object"},
		{`{"kind":"merge"} {}`, 400, "not JSON"},
		{``, 400, "the body is empty"},
	} {
		h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", c.body, nil).want(c.status, c.words).problem()
	}
}

func TestFeatureIsEdited(t *testing.T) {
	h := build(t, nil)
	h.feed()
	f := h.titled(saml)
	path := "/api/v1/features/" + string(f.ID)
	tag := map[string]string{"If-Match": fmt.Sprintf(`"%d"`, f.Version)}
	a := h.call(clamor.PM, http.MethodPatch, path, `{"title":"Sign-on by SAML","status":"planned","effort":5}`, tag).want(http.StatusOK, "Sign-on by SAML", "planned")
	if a.header.Get("ETag") == tag["If-Match"] {
		t.Error("the ETag is the old one")
	}
	h.call(clamor.PM, http.MethodPatch, path, `{"title":"Lost"}`, tag).want(http.StatusPreconditionFailed, "/problems/stale").problem()
	h.call(clamor.PM, http.MethodPatch, path, `{"title":"Lost"}`, map[string]string{"If-Match": "W/\"1\""}).want(http.StatusPreconditionFailed)
	h.call(clamor.PM, http.MethodPatch, path, `{"team":"Core"}`, map[string]string{"If-Match": "*"}).want(http.StatusOK, "Sign-on by SAML", "Core")
	h.call(clamor.PM, http.MethodPatch, path, `{"area":"Access"}`, nil).want(http.StatusOK)
	for body, words := range map[string]string{
		`{"status":"won't do"}`:          "a reason that sales can show",
		`{"status":"someday"}`:           "unknown: choose",
		`{"title":" "}`:                  "a feature needs a title",
		`{"effort":-1}`:                  `"path":"effort"`,
		`{"effort":"five"}`:              "must be a whole number",
		`{"name":"A","colour":"red"}`:    `"path":"colour"`,
		`{"status":"duplicate"}`:         "merge the feature",
		`{"title":"A","status":["new"]}`: `"path":"status"`,
		`{}`:                             "changes nothing",
		`null`:                           "must be an object",
	} {
		h.call(clamor.PM, http.MethodPatch, path, body, nil).want(http.StatusBadRequest, words).problem()
	}
}

func TestAccountIsRecorded(t *testing.T) {
	h := build(t, nil)
	var made, found clamor.Account
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:001", `{"name":"Northwind","domain":"https://www.Northwind.example/","arr":4800000,
		"currency":"EUR","health":"red","renewal_on":"2027-01-31","seats":40}`, nil).want(http.StatusOK).decode(&made)
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/"+string(made.ID), `{"segment":"enterprise","arr":5000000}`, nil).want(http.StatusOK)
	h.get("/api/v1/accounts/"+string(made.ID), &found)
	if found.Name != "Northwind" || found.ExternalIDs["salesforce"] != "001" || !slices.Equal(found.Domains, []string{"northwind.example"}) ||
		found.Health != clamor.Red || found.Segment != "enterprise" || *found.ARR != (clamor.Money{Minor: 5000000, Currency: "USD"}) {
		t.Errorf("the account is %+v", found)
	}
	p := h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:002", `{"arr":-1,"health":"blue","renewal_on":"soon","domain":"gmail.com","name":"a\nb",
		"seats":-1,"lifecycle":"ghost"}`, nil).want(http.StatusBadRequest).problem()
	var paths []string
	for _, f := range p.Faults {
		paths = append(paths, f.Path)
	}
	if want := []string{"arr", "domain", "health", "lifecycle", "name", "renewal_on", "seats"}; !slices.Equal(paths, want) {
		t.Errorf("faults at %q, want %q", paths, want)
	}
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:003", `{"arr":1.5,"arr_usd":3}`, nil).
		want(http.StatusBadRequest, "must be a whole number", `"path":"arr_usd"`)
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/salesforce:003", `{"arr":5,"currency":"DOLLAR"}`, nil).want(http.StatusBadRequest, "ISO 4217")
}

func TestFrozenQuarterStays(t *testing.T) {
	h := build(t, nil)
	h.feed()
	quarter := h.list("").Quarter
	var frozen page
	a := h.call(clamor.PM, http.MethodPost, "/api/v1/quarters/"+quarter+"/freeze", "", nil)
	a.want(http.StatusCreated).decode(&frozen)
	if !frozen.Frozen || frozen.Hash == "" || len(frozen.Entries) != 3 || a.header.Get("Location") != "/api/v1/list?quarter="+quarter {
		t.Errorf("frozen as %+v", frozen)
	}
	h.hook("gong", `{"text":"A status page for incidents","account":{"name":"Litware","arr":99000000}}`).want(http.StatusAccepted)
	h.work()
	if p := h.list(""); !p.Frozen || p.Hash != frozen.Hash || len(p.Entries) != 3 {
		t.Errorf("the frozen list became %+v", p)
	}
	if p := h.list("live=true"); p.Frozen || len(p.Entries) != 4 {
		t.Errorf("the live list is %+v", p)
	}
	h.call(clamor.PM, http.MethodPost, "/api/v1/quarters/"+quarter+"/freeze", "", nil).want(http.StatusConflict, "frozen by Tess pm").problem()
	h.call(clamor.PM, http.MethodPost, "/api/v1/quarters/soon/freeze", "", nil).want(http.StatusBadRequest, "2026Q4")
}
