package ingest_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// deskVendor plays a system's API: it answers from a table of addresses, once the credential is right, and remembers what it was asked.
type deskVendor struct {
	t       *testing.T
	URL     string
	allowed func(r *http.Request, body string) bool
	answers map[string]string // "GET /path?query" or "POST /path BODY" -> JSON; BASE stands for the vendor's address
	mu      sync.Mutex
	asked   []string
}

func newDeskVendor(t *testing.T, allowed func(r *http.Request, body string) bool, answers map[string]string) *deskVendor {
	t.Helper()
	v := &deskVendor{t: t, allowed: allowed, answers: answers}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	v.URL = server.URL
	return v
}

func (v *deskVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Error(err)
	}
	if !v.allowed(r, string(body)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	question := r.Method + " " + r.URL.RequestURI()
	if len(body) > 0 {
		question += " " + string(body)
	}
	v.mu.Lock()
	v.asked = append(v.asked, question)
	v.mu.Unlock()
	answer, ok := v.answers[question]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.WriteString(w, strings.ReplaceAll(answer, "BASE", v.URL)); err != nil {
		v.t.Error(err)
	}
}

func (v *deskVendor) wasAsked(part string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, a := range v.asked {
		if strings.Contains(a, part) {
			n++
		}
	}
	return n
}

// reap reads all pages that a pull kept, in order, and gives what they hold in one line each.
func reap(t *testing.T, source clamor.Source, pages []ingest.Page) []string {
	t.Helper()
	var lines []string
	a := deskAdapter(t, source.Kind)
	for _, p := range pages {
		harvest, err := a.Parse(ingest.NewPage(source, p, noon()), ingest.ParseOptions{Settings: source.Settings})
		if err != nil {
			t.Errorf("a page of %s cannot be read: %v\n%s", p.Topic, err, p.Body)
		}
		for _, f := range harvest.Accounts {
			line := "account " + f.Label() + " " + strings.Join(f.Domains, ",")
			if f.ARR != nil {
				line += " " + f.ARR.String()
			}
			lines = append(lines, line)
		}
		for _, in := range harvest.Notes {
			line := fmt.Sprintf("note %s of %s", in.Note.ExternalID, in.Account.Label())
			for _, ask := range in.Asks {
				line += " | " + ask.Text
			}
			lines = append(lines, line)
		}
		quotesAreVerbatim(t, harvest.Notes)
	}
	return lines
}

// crashEverywhere pulls again and again, each time breaking off at a later page, until a pull ends; what was kept then is all there is.
func crashEverywhere(t *testing.T, source clamor.Source) *ledger {
	t.Helper()
	l := newLedger()
	for at := 1; at < 50; at++ {
		l.breaks = at
		err := l.pull(t, source, patient())
		if err == nil {
			l.breaks = 0
			return l
		}
		if !errors.Is(err, errCrash) {
			t.Fatalf("the pull that breaks off at page %d ends with %v", at, err)
		}
	}
	t.Fatal("a pull that goes on where it broke off never ends")
	return nil
}

func zendeskVendor(t *testing.T) *deskVendor {
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("ops@vendor.example/token:t0ken"))
	start := strconv.FormatInt(noon().AddDate(0, 0, -90).Unix(), 10)
	comment := func(id, author int, public bool, text string) string {
		return fmt.Sprintf(`{"id":%d,"author_id":%d,"public":%v,"plain_body":%q,"metadata":{"system":{"ip_address":"192.0.2.7"}}}`, id,
			author, public, text)
	}
	return newDeskVendor(t, func(r *http.Request, _ string) bool { return r.Header.Get("Authorization") == login }, map[string]string{
		"GET /api/v2/organizations.json?page%5Bsize%5D=100": `{"organizations":[{"id":5,"name":"Northwind","domain_names":["northwind.example"]}],
			"links":{"next":"BASE/api/v2/organizations.json?page%5Bafter%5D=x"},"meta":{"has_more":true}}`,
		"GET /api/v2/organizations.json?page%5Bafter%5D=x": `{"organizations":[{"id":6,"name":"Acme"}],
			"links":{"next":null},"meta":{"has_more":false}}`,
		"GET /api/v2/incremental/tickets/cursor.json?per_page=100&start_time=" + start: `{"tickets":[
			{"id":1,"subject":"SSO","status":"open","requester_id":11,"assignee_id":12,"organization_id":5,
				"updated_at":"2026-11-01T00:00:00Z","created_at":"2026-11-01T00:00:00Z"},
			{"id":2,"subject":"Gone","status":"deleted","requester_id":11}],"after_cursor":"c1","end_of_stream":false}`,
		"GET /api/v2/incremental/tickets/cursor.json?per_page=100&cursor=c1": `{"tickets":[
			{"id":3,"subject":"Export","status":"open","requester_id":13,"organization_id":null,
				"updated_at":"2026-11-02T00:00:00Z","created_at":"2026-11-02T00:00:00Z"}],
			"after_cursor":"c2","end_of_stream":true}`,
		"GET /api/v2/incremental/tickets/cursor.json?per_page=100&cursor=c2": `{"tickets":[],"after_cursor":"c2","end_of_stream":true}`,
		"GET /api/v2/tickets/1.json": `{"ticket":{"id":1,"subject":"SSO","status":"open",
			"requester_id":11,"assignee_id":12,
			"organization_id":5,"updated_at":"2026-11-01T00:00:00Z"}}`,
		"GET /api/v2/tickets/1/comments.json?page%5Bsize%5D=100": `{"comments":[` + comment(1, 11, true,
			"Our plants cannot roll out without SAML SSO.") + `,` +
			comment(2, 12, false, "They need to pay more before we build anything.") +
			`],"links":{"next":"BASE/api/v2/tickets/1/comments.json?page%5Bafter%5D=y"},"meta":{"has_more":true}}`,
		"GET /api/v2/tickets/1/comments.json?page%5Bafter%5D=y": `{"comments":[` + comment(3, 12, true,
			"We would like to see the logs they need.") + `],"meta":{"has_more":false}}`,
		"GET /api/v2/tickets/3/comments.json?page%5Bsize%5D=100": `{"comments":[` + comment(4, 13, true,
			"Is there a way to export the audit log?") + `]}`,
		"GET /api/v2/users/show_many.json?ids=11%2C12": `{"users":[{"id":11,"name":"Kim Buyer","email":"kim@northwind.example","role":"end-user"},
			{"id":12,"name":"Ana Agent","role":"agent"}]}`,
		"GET /api/v2/users/show_many.json?ids=13": `{"users":[{"id":13,"name":"Li","email":"li@contoso.example",
			"role":"end-user","phone":"not ours"}]}`,
		"GET /api/v2/organizations/5.json": `{"organization":{"id":5,"name":"Northwind","domain_names":["northwind.example"]}}`,
	})
}

func zendeskSource(v *deskVendor) clamor.Source {
	return clamor.Source{Name: "desk", Kind: "zendesk", Token: "t0ken", Settings: map[string]string{"base_url": v.URL,
		"user": "ops@vendor.example"}}
}

func TestZendeskIsPulledWhole(t *testing.T) {
	v := zendeskVendor(t)
	l := crashEverywhere(t, zendeskSource(v))
	want := []string{"account Northwind northwind.example", "account Acme ",
		"note ticket:1 of Northwind | Our plants cannot roll out without SAML SSO.",
		"note ticket:3 of contoso.example | Is there a way to export the audit log?"}
	if diff := cmp.Diff(want, reap(t, zendeskSource(v), l.pages)); diff != "" {
		t.Errorf("the pulls give (-want +got):\n%s", diff)
	}
	for _, p := range l.pages {
		if body := string(ingest.NewPage(zendeskSource(v), p, noon()).Body); strings.Contains(body, "pay more") || strings.Contains(body,
			"192.0.2.7") || strings.Contains(body, "not ours") {
			t.Errorf("what is nobody's business is kept: %s", body)
		}
	}
	pages, tickets := len(l.pages), v.wasAsked("/comments.json")
	if err := l.pull(t, zendeskSource(v), patient()); err != nil || len(l.pages) != pages || v.wasAsked("/comments.json") != tickets {
		t.Errorf("a pull without news keeps %d pages and asks for %d tickets anew, %v", len(l.pages)-pages,
			v.wasAsked("/comments.json")-tickets, err)
	}
}

func TestZendesksWebhooksFetchTheTicket(t *testing.T) {
	v := zendeskVendor(t)
	source := zendeskSource(v)
	l := newLedger()
	for _, body := range []string{`{"ticket_id":"1","comment":"x"}`,
		`{"type":"zen:event-type:ticket.comment_added","id":"e","detail":{"id":"1"},"event":{"comment":{"is_public":true}}}`} {
		d := ingest.NewDelivery(source, http.Header{}, []byte(body), noon())
		harvest, err := deskAdapter(t, "zendesk").Parse(d, ingest.ParseOptions{Settings: source.Settings})
		if err != nil || !harvest.Thin {
			t.Fatalf("%s does not announce a ticket: %+v, %v", body, harvest, err)
		}
		if err := deskAdapter(t, "zendesk").Fetch(t.Context(), l.at(source, patient()), d); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	d := ingest.NewDelivery(source, http.Header{}, []byte(`{"ticket_id":"404"}`), noon())
	if err := deskAdapter(t, "zendesk").Fetch(t.Context(), l.at(source, patient()), d); clamor.KindOf(err) != clamor.NotFound {
		t.Errorf("a ticket that is not there: %v", err)
	}
	if diff := cmp.Diff([]string{"note ticket:1 of Northwind | Our plants cannot roll out without SAML SSO."}, reap(t, source,
		l.pages)); diff != "" {
		t.Errorf("the fetches give (-want +got):\n%s", diff)
	}
}

func intercomVendor(t *testing.T) *deskVendor {
	search := func(since int64, after string) string {
		if after != "" {
			after = `,"starting_after":"` + after + `"`
		}
		return `POST /conversations/search {"pagination":{"per_page":50` + after +
			`},"query":{"field":"updated_at","operator":"\u003e","value":` +
			strconv.FormatInt(since, 10) + `},"sort":{"field":"updated_at","order":"ascending"}}`
	}
	start := noon().AddDate(0, 0, -90).Unix() - 1
	conversation := func(id string, text string) string {
		return `{"id":"` + id + `","source":{"body":"` + text + `","author":{"type":"user","name":"Kim","email":"kim@northwind.example"}},
			"conversation_parts":{"conversation_parts":[
			{"id":"9","part_type":"note","body":"They need to pay more.","author":{"type":"admin"}}]}}`
	}
	return newDeskVendor(t, func(r *http.Request, _ string) bool {
		return r.Header.Get("Authorization") == "Bearer t0ken" && r.Header.Get("Intercom-Version") != ""
	}, map[string]string{
		`POST /companies/list {"page":1,"per_page":60}`: `{"data":[{"id":"c1","name":"Northwind","website":"https://northwind.example",
			"monthly_spend":4000}],"pages":{"page":1,"total_pages":2}}`,
		`POST /companies/list {"page":2,"per_page":60}`: `{"data":[{"id":"c2","name":"Acme"}],"pages":{"page":2,"total_pages":2}}`,
		search(start, ""): `{"conversations":[{"id":"1","updated_at":1795000001}],"pages":{"next":{"starting_after":"s1"}}}`,
		search(start, "s1"): `{"conversations":[{"id":"2","updated_at":1795000002},{"id":"404","updated_at":1795000003}],
			"pages":{"next":null}}`,
		search(1795000000, ""): `{"conversations":[{"id":"2","updated_at":1795000002},{"id":"404","updated_at":1795000003}],
			"pages":{}}`,
		search(1795000002, ""): `{"conversations":[],"pages":{}}`,
		"GET /conversations/1": conversation("1", "<p>We cannot renew without SAML.</p>"),
		"GET /conversations/2": conversation("2", "<p>Is there a way to export the audit log?</p>"),
	})
}

func TestIntercomIsPulledWhole(t *testing.T) {
	v := intercomVendor(t)
	source := clamor.Source{Name: "talk", Kind: "intercom", Token: "t0ken", Settings: map[string]string{"base_url": v.URL}}
	l := crashEverywhere(t, source)
	got := reap(t, source, l.pages)
	slices.Sort(got) // where a pull broke off tells the order
	want := []string{"account Acme ", "account Northwind northwind.example 48,000 USD",
		"note conversation:1 of northwind.example | We cannot renew without SAML.",
		"note conversation:2 of northwind.example | Is there a way to export the audit log?"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the pulls give (-want +got):\n%s", diff)
	}
	if l.cursors["conversations"] != "1795000003" {
		t.Errorf("the next pull begins at %q", l.cursors["conversations"])
	}
	if err := l.pull(t, source, patient()); err != nil {
		t.Errorf("a pull without news: %v", err)
	}
}

func TestIntercomsWebhooksFetchTheConversation(t *testing.T) {
	v := intercomVendor(t)
	source := clamor.Source{Name: "talk", Kind: "intercom", Token: "t0ken", Settings: map[string]string{"base_url": v.URL, "whole": "yes"}}
	d := ingest.NewDelivery(source, http.Header{}, []byte(`{"topic":"conversation.user.replied",
		"data":{"item":{"id":"1","updated_at":1795000001}}}`), noon())
	harvest, err := deskAdapter(t, "intercom").Parse(d, ingest.ParseOptions{Settings: source.Settings})
	if err != nil || !harvest.Thin {
		t.Fatalf("the webhook announces nothing: %+v, %v", harvest, err)
	}
	l := newLedger()
	if err := deskAdapter(t, "intercom").Fetch(t.Context(), l.at(source, patient()), d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"note conversation:1 of northwind.example | We cannot renew without SAML."}, reap(t, source,
		l.pages)); diff != "" {
		t.Errorf("the fetch gives (-want +got):\n%s", diff)
	}
}

// What keeps a pull from working is said in words that tell what to do.
func TestDesksSayWhatTheirPullsLack(t *testing.T) {
	locked := newDeskVendor(t, func(*http.Request, string) bool { return false }, nil)
	for _, kind := range []string{"zendesk", "intercom", "canny", "productboard"} {
		settings := map[string]string{"base_url": locked.URL, "user": "ops@vendor.example"}
		with := func(change func(s *clamor.Source)) error {
			source := clamor.Source{Name: "x", Kind: kind, Token: "wr0ng", Settings: settings}
			change(&source)
			return newLedger().pull(t, source, patient())
		}
		for says, err := range map[string]error{
			"refuses the token": with(func(*clamor.Source) {}),
			"has no token":      with(func(s *clamor.Source) { s.Token = "" }),
			"is no address":     with(func(s *clamor.Source) { s.Settings = map[string]string{"base_url": "acme", "user": "x"} }),
		} {
			if !strings.Contains(errorText(err), says) || strings.Contains(errorText(err), "wr0ng") {
				t.Errorf("%s: the pull ends with %q, want %q in it", kind, errorText(err), says)
			}
		}
		if kind == "canny" {
			continue
		}
		err := newLedger().pull(t, clamor.Source{Name: "x", Kind: kind, Token: "t", Settings: map[string]string{"since": "soon",
			"base_url": zendeskVendor(t).URL,
			"user":     "u"}}, patient())
		if err == nil {
			t.Errorf("%s: a pull from no day at all succeeds", kind)
		}
	}
}
