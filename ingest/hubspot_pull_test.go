package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// hubSpotPortal plays a portal with five companies, three deals and two notes, of which a page holds two.
type hubSpotPortal struct {
	changed  map[string]int64 // id -> when, in milliseconds
	searches []int64          // from when each search asked
	asked    []string         // the paths
	refuse   func(w http.ResponseWriter, path string) bool
}

func newPortal() *hubSpotPortal {
	p := &hubSpotPortal{changed: map[string]int64{}}
	for i, id := range []string{"1", "2", "3", "4", "5", "61", "62", "63", "71", "72"} {
		p.changed[id] = noon().Add(-24*time.Hour).UnixMilli() + int64(i)
	}
	return p
}

func (h *hubSpotPortal) ids(topic string) []string {
	return map[string][]string{"companies": {"1", "2", "3", "4", "5"}, "deals": {"61", "62", "63"}, "notes": {"71", "72"}}[topic]
}

func (h *hubSpotPortal) object(topic, id string) row {
	p := map[string]row{
		"companies": {"name": "Company " + id, "domain": "company" + id + ".example", "annualrevenue": "9900000"},
		"deals":     {"dealname": "Deal " + id, "amount": "48000", "dealstage": "1001", "hubspot_owner_id": "77"},
		"notes":     {"hs_note_body": "<p>They need <b>SSO</b> " + id + ".</p>", "hs_timestamp": "2026-11-12T15:00:00Z", "hubspot_owner_id": "77"},
		"contacts":  {"firstname": "Ana", "lastname": "Costa", "email": "ana@company3.example", "jobtitle": "Head of IT"},
	}[topic]
	p["hs_lastmodifieddate"] = time.UnixMilli(h.changed[id]).UTC().Format("2006-01-02T15:04:05.000Z")
	return row{"id": id, "properties": p, "archived": false}
}

func (h *hubSpotPortal) page(w http.ResponseWriter, topic string, ids []string, after string) {
	from, _ := strconv.Atoi(after)
	upTo := min(from+2, len(ids))
	objects := []row{}
	for _, id := range ids[from:upTo] {
		objects = append(objects, h.object(topic, id))
	}
	answer := row{"results": objects}
	if upTo < len(ids) {
		answer["paging"] = row{"next": row{"after": strconv.Itoa(upTo)}}
	}
	reply(w, 200, answer)
}

func (h *hubSpotPortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked = append(h.asked, r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer pat-1" {
		reply(w, 401, row{"status": "error", "message": "Authentication credentials not found."})
		return
	}
	if h.refuse != nil && h.refuse(w, r.URL.Path) {
		return
	}
	var body struct {
		FilterGroups []struct{ Filters []struct{ Value string } }
		Inputs       []struct{ ID string }
		After        string
	}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			reply(w, 400, row{"message": err.Error()})
			return
		}
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/crm/"), "/")
	switch path := strings.Join(parts, "/"); {
	case path == "v3/owners":
		reply(w, 200, row{"results": []row{{"id": "77", "firstName": "Dana", "lastName": "Rep", "email": "dana.rep@vendor.example"}}})
	case path == "v3/pipelines/deals":
		reply(w, 200, row{"results": []row{{"id": "default", "stages": []row{{"id": "1001", "label": "Proposal", "metadata": row{"isClosed": "false", "probability": "0.6"}}}}}})
	case parts[1] == "associations":
		h.associations(w, parts[2], parts[3], body.Inputs)
	case strings.HasSuffix(path, "/batch/read"):
		objects := []row{}
		for _, in := range body.Inputs {
			objects = append(objects, h.object(parts[2], in.ID))
		}
		reply(w, 207, row{"status": "COMPLETE", "results": objects})
	case strings.HasSuffix(path, "/search"):
		from, _ := strconv.ParseInt(body.FilterGroups[0].Filters[0].Value, 10, 64)
		h.searches = append(h.searches, from)
		ids := slices.DeleteFunc(h.ids(parts[2]), func(id string) bool { return h.changed[id] < from })
		slices.SortFunc(ids, func(a, b string) int { return int(h.changed[a] - h.changed[b]) })
		h.page(w, parts[2], ids, body.After)
	default:
		h.page(w, parts[2], h.ids(parts[2]), r.URL.Query().Get("after"))
	}
}

// associations: deal 61 with company 1, 62 with 2, 63 with contact 81 only; note 71 with deal 61 only, 72 with contact 81 only.
func (h *hubSpotPortal) associations(w http.ResponseWriter, from, to string, inputs []struct{ ID string }) {
	known := map[string]string{"deals companies 61": "1", "deals companies 62": "2", "deals contacts 63": "81", "notes deals 71": "61", "notes contacts 72": "81"}
	results := []row{}
	for _, in := range inputs {
		if other := known[from+" "+to+" "+in.ID]; other != "" {
			n, _ := strconv.Atoi(other)
			results = append(results, row{"from": row{"id": in.ID}, "to": []row{{"toObjectId": n}}})
		}
	}
	reply(w, 200, row{"results": results})
}

func hubSpotSource(address string) clamor.Source {
	return clamor.Source{Name: "hs", Kind: "hubspot", Secret: "app-secret", Token: "pat-1", Settings: map[string]string{"base_url": address}}
}

func wholePortal() []string {
	return []string{"account Company 1", "account Company 2", "account Company 3", "account Company 4", "account Company 5",
		"deal Deal 61 of Company 1", "deal Deal 62 of Company 2", "deal Deal 63 of company3.example",
		"note They need SSO 71. by Dana Rep of Company 1", "note They need SSO 72. by Dana Rep of company3.example"}
}

func TestHubSpotIsReadToItsEndWhereverAPullBreaksOff(t *testing.T) {
	for breaks := range 6 {
		portal := newPortal()
		server := httptest.NewServer(portal)
		source, l := hubSpotSource(server.URL), newLedger()
		l.breaks = breaks
		if err := l.pull(t, source, patient()); (err != nil) != (breaks > 0) || err != nil && !errors.Is(err, errCrash) {
			t.Fatalf("with a crash at page %d the pull says %v", breaks, err)
		}
		if breaks > 0 {
			if err := l.pull(t, source, patient()); err != nil {
				t.Fatalf("after a crash at page %d: %v", breaks, err)
			}
		}
		h := l.harvest(t, source)
		if diff := cmp.Diff(wholePortal(), names(h)); diff != "" {
			t.Errorf("with a crash at page %d (-want +got):\n%s", breaks, diff)
		}
		if d := h.Deals[0]; d.Stage != "Proposal" || *d.Probability != 60 || d.Status != clamor.DealOpen || d.Amount.Minor != 4800000 {
			t.Errorf("the deal reads %+v", d)
		}
		if n := h.Notes[1].Note; n.Contact.Name != "Ana Costa" || h.Notes[0].Deal.ExternalID != "61" {
			t.Errorf("the notes read %+v", h.Notes)
		}
		server.Close()
	}
}

func TestHubSpotIsSearchedForWhatChanged(t *testing.T) {
	portal := newPortal()
	server := httptest.NewServer(portal)
	defer server.Close()
	source, l := hubSpotSource(server.URL), newLedger()
	if err := l.pull(t, source, patient()); err != nil {
		t.Fatal(err)
	}
	pages := len(l.pages)
	if err := l.pull(t, source, patient()); err != nil || len(l.pages) != pages {
		t.Fatalf("when nothing changed: %d new pages, %v", len(l.pages)-pages, err)
	}
	for i, id := range []string{"2", "4", "5"} {
		portal.changed[id] = noon().UnixMilli() + int64(i)*60_000
	}
	for breaks := range 3 {
		again := newLedger()
		for topic, cursor := range l.cursors {
			again.cursors[topic] = cursor
		}
		again.breaks = breaks
		if err := again.pull(t, source, patient()); err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		if breaks > 0 {
			if err := again.pull(t, source, patient()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{"account Company 2", "account Company 4", "account Company 5"}, names(again.harvest(t, source))); diff != "" {
			t.Errorf("with a crash at page %d (-want +got):\n%s", breaks, diff)
		}
		want := noon().Add(2 * time.Minute).UnixMilli()
		if !strings.Contains(again.cursors["companies"], strconv.FormatInt(want, 10)) {
			t.Errorf("the cursor is %s, want it at %d", again.cursors["companies"], want)
		}
	}
}

func TestAHubSpotWebhookFetchesWhatItAnnounces(t *testing.T) {
	portal := newPortal()
	server := httptest.NewServer(portal)
	defer server.Close()
	source, l := hubSpotSource(server.URL), newLedger()
	adapter, err := ingest.FindAdapter("hubspot")
	if err != nil {
		t.Fatal(err)
	}
	event := func(kind string, id int) string {
		return fmt.Sprintf(`{"eventId": 1, "subscriptionId": 2, "portalId": 3, "occurredAt": 1795258800000, "subscriptionType": %q, "objectId": %d, "attemptNumber": 0}`, kind, id)
	}
	body := "[" + event("deal.propertyChange", 61) + "," + event("deal.propertyChange", 61) + "," + event("company.deletion", 5) + "," + event("contact.creation", 81) + "]"
	d := ingest.NewDelivery(source, http.Header{}, []byte(body), noon())
	if h, err := adapter.Parse(d, ingest.ParseOptions{}); err != nil || !h.Thin {
		t.Fatalf("the webhook reads %+v, %v, want it thin", h, err)
	}
	if err := adapter.Fetch(t.Context(), l.at(source, patient()), d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"account Company 1", "deal Deal 61 of Company 1"}, names(l.harvest(t, source))); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	again := strings.ReplaceAll(body, `"attemptNumber": 0`, `"attemptNumber": 1`)
	if other := ingest.NewDelivery(source, http.Header{}, []byte(again), noon()); other.ID != d.ID {
		t.Error("the webhook sent once more is another delivery")
	}
	nothing := ingest.NewDelivery(source, http.Header{}, []byte("["+event("company.deletion", 5)+"]"), noon())
	if h, err := adapter.Parse(nothing, ingest.ParseOptions{}); err != nil || h.Thin {
		t.Errorf("a deletion reads %+v, %v: there is nothing to fetch", h, err)
	}
}

func TestHubSpotRefusalsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		status int
		answer row
		kind   clamor.Kind
		says   string
	}{
		{401, row{"message": "expired"}, clamor.Unauthenticated, "private app anew"},
		{403, row{"message": "This app hasn't been granted all required scopes"}, clamor.Forbidden, "read access"},
		{400, row{"message": "bad"}, clamor.Invalid, "correct the source's settings"},
		{429, row{"message": "daily", "policyName": "DAILY"}, clamor.Limited, "goes on where it is"},
		{502, row{}, clamor.Unavailable, "cannot answer now"},
	} {
		portal := newPortal()
		portal.refuse = func(w http.ResponseWriter, _ string) bool { reply(w, c.status, c.answer); return true }
		server := httptest.NewServer(portal)
		err := newLedger().pull(t, hubSpotSource(server.URL), patient())
		if clamor.KindOf(err) != c.kind || !strings.Contains(errorText(err), c.says) || !strings.Contains(errorText(err), "companies") {
			t.Errorf("%d gives %v (%v), want %v with %q", c.status, err, clamor.KindOf(err), c.kind, c.says)
		}
		server.Close()
	}
}

// A second's limit passes within the call: the pull does not notice.
func TestHubSpotsLimitIsWaitedFor(t *testing.T) {
	portal, met := newPortal(), false
	portal.refuse = func(w http.ResponseWriter, path string) bool {
		if met || path != "/crm/v3/objects/deals" {
			return false
		}
		met = true
		w.Header().Set("Retry-After", "0")
		reply(w, 429, row{"message": "You have reached your secondly limit.", "policyName": "SECONDLY"})
		return true
	}
	server := httptest.NewServer(portal)
	defer server.Close()
	source, l := hubSpotSource(server.URL), newLedger()
	if err := l.pull(t, source, patient()); err != nil || !met {
		t.Fatalf("met %v, %v", met, err)
	}
	if diff := cmp.Diff(wholePortal(), names(l.harvest(t, source))); diff != "" {
		t.Error(diff)
	}
}

// One search gives 10,000 results at most.
func TestHubSpotIsSearchedBeyondWhatOneSearchGives(t *testing.T) {
	const all, page = 10_250, 100
	var searches int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			FilterGroups []struct{ Filters []struct{ Value string } }
			After        string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			reply(w, 400, row{"message": err.Error()})
			return
		}
		since, _ := strconv.Atoi(body.FilterGroups[0].Filters[0].Value)
		after, _ := strconv.Atoi(body.After)
		if after >= 10_000 {
			reply(w, 400, row{"message": "you cannot page beyond 10000"})
			return
		}
		if after == 0 {
			searches++
		}
		first := max(since-1_795_000_000_000, 0)
		answer, objects := row{}, []row{}
		for i := first + after; i < min(first+after+page, all); i++ {
			at := time.UnixMilli(int64(1_795_000_000_000 + i)).UTC().Format("2006-01-02T15:04:05.000Z")
			objects = append(objects, row{"id": strconv.Itoa(i), "properties": row{"name": strconv.Itoa(i), "hs_lastmodifieddate": at}})
		}
		if first+after+page < all {
			answer["paging"] = row{"next": row{"after": strconv.Itoa(after + page)}}
		}
		answer["results"] = objects
		reply(w, 200, answer)
	}))
	defer server.Close()
	source, l := hubSpotSource(server.URL), newLedger()
	source.Settings["topics"] = "companies"
	l.cursors["companies"] = `{"since": 1795000000000, "busy": true}`
	if err := l.pull(t, source, patient()); err != nil || searches != 2 {
		t.Fatalf("%d searches, %v", searches, err)
	}
	if got := len(names(l.harvest(t, source))); got != all {
		t.Errorf("%d companies, want %d", got, all)
	}
}
