package ingest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

func cannyVendor(t *testing.T) *deskVendor {
	user := func(email string) string { return `{"id":"u","name":"Kim","email":"` + email + `","isAdmin":false}` }
	list := func(thing, place string) string {
		return `POST /` + thing + `/list {"apiKey":"k3y",` + place + `}`
	}
	post := `{"id":"p1","title":"SAML SSO","details":"We cannot renew without it.","author":` + user("kim@northwind.example") +
		`,"created":"2026-11-01T00:00:00Z"}`
	vote := `{"id":"v1","post":{"id":"p1","title":"SAML SSO"},"voter":` + user("li@contoso.example") +
		`,"by":{"name":"Dana Rep"},"created":"2026-11-02T00:00:00Z"}`
	return newDeskVendor(t, func(_ *http.Request, body string) bool { return strings.Contains(body, `"apiKey":"k3y"`) }, map[string]string{
		list("companies", `"limit":100`): `{"hasMore":true,"cursor":"n2","companies":[
			{"id":"c1","name":"Northwind","domain":"northwind.example",
			"monthlySpend":4000}]}`,
		list("companies", `"cursor":"n2","limit":100`): `{"hasMore":false,"cursor":"n3","companies":[
			{"id":"c2","name":"Acme","monthlySpend":null}]}`,
		list("companies", `"limit":100,"skip":0`): `{"hasMore":true,"cursor":"n2","companies":[
			{"id":"c1","name":"Northwind","domain":"northwind.example",
			"monthlySpend":4000}]}`,
		list("posts", `"limit":100`):                      `{"hasMore":false,"posts":[` + post + `]}`,
		list("posts", `"limit":100,"skip":0`):             `{"hasMore":false,"posts":[` + post + `]}`,
		list("votes", `"limit":100`):                      `{"hasMore":true,"votes":[` + vote + `]}`,
		list("votes", `"limit":100,"skip":0`):             `{"hasMore":true,"votes":[` + vote + `]}`,
		list("votes", `"limit":100,"skip":1`):             `{"hasMore":false,"votes":[` + strings.ReplaceAll(vote, "v1", "v2") + `]}`,
		`POST /votes/retrieve {"apiKey":"k3y","id":"v1"}`: vote,
		`POST /posts/retrieve {"apiKey":"k3y","id":"p1"}`: post,
	})
}

func TestCannyIsPulledWhole(t *testing.T) {
	v := cannyVendor(t)
	source := clamor.Source{Name: "ideas", Kind: "canny", Secret: "k3y", Settings: map[string]string{"base_url": v.URL}}
	l := crashEverywhere(t, source)
	want := []string{"account Northwind northwind.example 48,000 USD", "account Acme ", "note post:p1 of northwind.example | SAML SSO",
		"note vote:v1 of contoso.example | SAML SSO", "note vote:v2 of contoso.example | SAML SSO"}
	if diff := cmp.Diff(want, reap(t, source, l.pages)); diff != "" {
		t.Errorf("the pulls give (-want +got):\n%s", diff)
	}
	pages := len(l.pages)
	if err := l.pull(t, source, patient()); err != nil || len(l.pages) != pages {
		t.Errorf("a pull without news keeps %d pages, %v", len(l.pages)-pages, err)
	}
	for _, p := range l.pages {
		if strings.Contains(string(p.Body), "k3y") {
			t.Errorf("the key is kept: %s", p.Body)
		}
	}
}

func TestCannysWebhooksFetchWhatTheyName(t *testing.T) {
	v := cannyVendor(t)
	source := clamor.Source{Name: "ideas", Kind: "canny", Secret: "k3y", Settings: map[string]string{"base_url": v.URL}}
	l := newLedger()
	for body, missing := range map[string]bool{
		`{"type":"vote.created","object":{"id":"v1","voter":{"email":"forged@acme.example"},"post":{"title":"Forged"}}}`: false,
		`{"type":"post.created","object":{"id":"p1","title":"Forged"}}`:                                                  false,
		`{"type":"vote.created","object":{"id":"never was"}}`:                                                            true,
		`{"type":"comment.created","object":{"id":"c1"}}`:                                                                false,
	} {
		err := deskAdapter(t, "canny").Fetch(t.Context(), l.at(source, patient()), ingest.NewDelivery(source, http.Header{}, []byte(body), noon()))
		if (clamor.KindOf(err) == clamor.NotFound) != missing || err != nil && !missing {
			t.Fatalf("%s: %v", body, err)
		}
	}
	want := []string{"note vote:v1 of contoso.example | SAML SSO", "note post:p1 of northwind.example | SAML SSO"}
	got := reap(t, source, l.pages)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the fetches give (-want +got):\n%s", diff)
	}
}

func productboardVendor(t *testing.T) *deskVendor {
	note := func(id, text, target string) string {
		return `{"id":"` + id + `","type":"textNote","fields":{"name":"` + text + `","content":"<p>` + text +
			`</p>"},"createdAt":"2026-11-01T00:00:00Z",
			"relationships":{"data":[{"type":"customer","target":` + target + `}]}}`
	}
	user := `{"id":"u1","type":"user","links":{"self":"BASE/v2/entities/u1"}}`
	return newDeskVendor(t, func(r *http.Request, _ string) bool { return r.Header.Get("Authorization") == "Bearer t0ken" }, map[string]string{
		"GET /v2/notes?updatedFrom=2026-08-23T12%3A00%3A00Z": `{"data":[` + note("n1", "They need SAML SSO.", user) +
			`],"links":{"next":"BASE/v2/notes?pageCursor=2"}}`,
		"GET /v2/notes?pageCursor=2": `{"data":[` + note("n2", "They need an audit log.",
			`{"id":"c2","type":"company"}`) + `],"links":{"next":null}}`,
		"GET /v2/notes?updatedFrom=2026-11-21T12%3A00%3A00Z": `{"data":[],"links":{"next":null}}`,
		"GET /v2/notes/n1": `{"data":` + note("n1", "They need SAML SSO.", user) + `}`,
		"GET /v2/entities/u1": `{"data":{"id":"u1","type":"user","fields":{"name":"Kim","email":"[redacted]"},
			"relationships":{"data":[{"type":"parent","target":{"id":"c1","type":"company"}}]}}}`,
		"GET /v2/entities/c1": `{"data":{"id":"c1","type":"company","fields":{"name":"Northwind","domain":"northwind.example"}}}`,
		"GET /v2/entities/c2": `{"data":{"id":"c2","type":"company","fields":{"name":"Acme"}}}`,
	})
}

func TestProductboardIsPulledWhole(t *testing.T) {
	v := productboardVendor(t)
	source := clamor.Source{Name: "board", Kind: "productboard", Token: "t0ken", Settings: map[string]string{"base_url": v.URL + "/v2"}}
	l := crashEverywhere(t, source)
	want := []string{"note note:n1 of Northwind | They need SAML SSO.", "note note:n2 of Acme | They need an audit log."}
	if diff := cmp.Diff(want, reap(t, source, l.pages)); diff != "" {
		t.Errorf("the pulls give (-want +got):\n%s", diff)
	}
	if got := l.cursors["notes"]; got != "2026-11-21T12:00:00Z" {
		t.Errorf("the next pull begins at %q, want when the walk began", got)
	}
	if err := l.pull(t, source, patient()); err != nil {
		t.Errorf("a pull without news: %v", err)
	}
}

// A webhook of productboard is unsigned: whatever address it names, our token goes to productboard only.
func TestProductboardsWebhooksFetchTheNoteAndNothingElse(t *testing.T) {
	v := productboardVendor(t)
	other := newDeskVendor(t, func(*http.Request, string) bool { t.Error("another host was asked"); return false }, nil)
	source := clamor.Source{Name: "board", Kind: "productboard", Token: "t0ken", Settings: map[string]string{"base_url": v.URL + "/v2"}}
	news := func(target string) clamor.Delivery {
		body, err := json.Marshal(map[string]any{"data": map[string]any{"id": "n1", "eventType": "note.updated",
			"links": map[string]any{"target": target}}})
		if err != nil {
			t.Fatal(err)
		}
		return ingest.NewDelivery(source, http.Header{}, body, noon())
	}
	l := newLedger()
	fetch := deskAdapter(t, "productboard").Fetch
	if err := fetch(t.Context(), l.at(source, patient()), news(v.URL+"/v2/notes/n1")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"note note:n1 of Northwind | They need SAML SSO."}, reap(t, source, l.pages)); diff != "" {
		t.Errorf("the fetch gives (-want +got):\n%s", diff)
	}
	for _, target := range []string{other.URL + "/v2/notes/n1", "//" + strings.TrimPrefix(other.URL, "http://") + "/v2/notes/n1",
		"https:" + strings.TrimPrefix(v.URL, "http:") + "/x", "%zz"} {
		if err := fetch(t.Context(), l.at(source, patient()), news(target)); clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("the address %s gives %v", target, err)
		}
	}
}
