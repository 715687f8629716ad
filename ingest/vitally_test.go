package ingest_test

import (
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
)

// vitallyHouse plays Vitally: what changed last comes first, a page holds two.
type vitallyHouse struct {
	changed map[string]time.Time // of the accounts
	asked   []string
	forgets bool // the place where a list goes on
	refuse  func(w http.ResponseWriter) bool
}

func newHouse() *vitallyHouse {
	h := &vitallyHouse{changed: map[string]time.Time{}}
	for i := range 5 {
		h.changed[fmt.Sprint("a", i)] = noon().Add(time.Duration(i-100) * time.Hour)
	}
	return h
}

func (h *vitallyHouse) accounts() []row {
	var ids []string
	for id := range h.changed {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return h.changed[b].Compare(h.changed[a]) })
	var all []row
	for _, id := range ids {
		all = append(all, row{"id": id, "name": "Account " + id, "mrr": 4000, "healthScore": 3.9, "updatedAt": h.changed[id].Format("2006-01-02T15:04:05.000Z"),
			"keyRoles": []row{{"vitallyUser": row{"id": "csm", "name": "Casey CSM", "email": "casey@vendor.example"}, "keyRole": row{"label": "CSM"}}}})
	}
	return all
}

func (h *vitallyHouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked = append(h.asked, r.URL.RequestURI())
	if user, password, _ := r.BasicAuth(); user != "sk_live_1" || password != "" {
		reply(w, 401, row{"error": "Unauthorized"})
		return
	}
	if h.refuse != nil && h.refuse(w) {
		return
	}
	updated := noon().Add(-50 * time.Hour).Format("2006-01-02T15:04:05.000Z")
	switch path := strings.TrimPrefix(r.URL.Path, "/resources"); path {
	case "/accounts":
		h.page(w, h.accounts(), r.URL.Query().Get("from"))
	case "/notes":
		h.page(w, []row{{"id": "n1", "note": "<p>They need <b>SSO</b>.</p>", "authorId": "csm", "accountId": "a1", "noteDate": updated, "updatedAt": updated}}, "")
	case "/npsResponses":
		h.page(w, []row{{"id": "s1", "userId": "u1", "score": 6, "feedback": "Please add SSO.", "respondedAt": updated, "updatedAt": updated}}, "")
	case "/users/u1":
		reply(w, 200, row{"id": "u1", "name": "Ana Costa", "email": "ana@northwind.example", "accounts": []row{{"id": "a2"}}})
	case "/accounts/a1":
		reply(w, 200, h.accounts()[0])
	default:
		reply(w, 404, row{"error": "not found"})
	}
}

func (h *vitallyHouse) page(w http.ResponseWriter, rows []row, from string) {
	if from != "" && h.forgets {
		h.forgets = false
		reply(w, 400, row{"error": row{"message": "invalid cursor"}})
		return
	}
	at, _ := strconv.Atoi(from)
	upTo := min(at+2, len(rows))
	answer := row{"results": rows[min(at, upTo):upTo], "next": nil}
	if upTo < len(rows) {
		answer["next"] = strconv.Itoa(upTo)
	}
	reply(w, 200, answer)
}

func vitallySource(address string) clamor.Source {
	return clamor.Source{Name: "v", Kind: "vitally", Secret: hookSecret, Token: "sk_live_1", Settings: map[string]string{"base_url": address + "/resources"}}
}

func wholeHouse() []string {
	return []string{"account Account a0", "account Account a1", "account Account a2", "account Account a3", "account Account a4",
		"note Please add SSO. by  of vitally a2", "note They need SSO. by Casey CSM of vitally a1"}
}

func TestVitallyIsReadToItsEndWhereverAPullBreaksOff(t *testing.T) {
	for breaks := range 6 {
		for _, forgets := range []bool{false, true} {
			house := newHouse()
			server := httptest.NewServer(house)
			source, l := vitallySource(server.URL), newLedger()
			l.breaks = breaks
			if err := l.pull(t, source, patient()); (err != nil) != (breaks > 0) || err != nil && !errors.Is(err, errCrash) {
				t.Fatalf("with a crash at page %d the pull says %v", breaks, err)
			}
			// What changes between a crash and the next pull moves to the front, where that pull does not look: the one after does.
			house.changed["a3"], house.forgets = noon(), forgets && breaks > 1 && breaks < 4
			for range 2 {
				if err := l.pull(t, source, patient()); err != nil {
					t.Fatalf("after a crash at page %d: %v", breaks, err)
				}
			}
			h := l.harvest(t, source)
			if diff := cmp.Diff(wholeHouse(), names(h)); diff != "" {
				t.Errorf("with a crash at page %d (-want +got):\n%s", breaks, diff)
			}
			if !slices.ContainsFunc(h.Accounts, func(f clamor.AccountFacts) bool { return f.Name == "Account a3" && f.AsOf.Equal(noon()) }) {
				t.Errorf("with a crash at page %d the change after it is missed", breaks)
			}
			if f := h.Accounts[0]; f.ARR.Minor != 4800000 || f.Health != clamor.Red || f.Owner != "Casey CSM" {
				t.Errorf("the account reads %+v", f)
			}
			server.Close()
		}
	}
}

func TestVitallyIsReadDownToWhatIsKnown(t *testing.T) {
	house := newHouse()
	server := httptest.NewServer(house)
	defer server.Close()
	source, l := vitallySource(server.URL), newLedger()
	source.Settings["topics"] = "accounts"
	if err := l.pull(t, source, patient()); err != nil || len(house.asked) != 3 {
		t.Fatalf("%v, %v", house.asked, err)
	}
	for range 2 {
		pages := len(l.pages)
		house.asked = nil
		if err := l.pull(t, source, patient()); err != nil || len(house.asked) != 1 || len(l.pages) != pages {
			t.Errorf("when nothing changed: %d new pages by %v, %v", len(l.pages)-pages, house.asked, err)
		}
	}
}

func TestVitallyRefusalsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		status int
		answer row
		kind   clamor.Kind
		says   string
	}{
		{401, row{"error": "Unauthorized"}, clamor.Unauthenticated, "API key"},
		{404, row{"error": "gone"}, clamor.NotFound, "base_url"},
		{400, row{"error": row{"message": "limit too high"}}, clamor.Invalid, "limit too high"},
		{429, row{"error": "slow down"}, clamor.Limited, "goes on where it is"},
		{500, row{}, clamor.Unavailable, "cannot answer now"},
	} {
		house := newHouse()
		house.refuse = func(w http.ResponseWriter) bool { reply(w, c.status, c.answer); return true }
		server := httptest.NewServer(house)
		err := newLedger().pull(t, vitallySource(server.URL), patient())
		if clamor.KindOf(err) != c.kind || !strings.Contains(errorText(err), c.says) || !strings.Contains(errorText(err), "accounts") {
			t.Errorf("%d gives %v (%v), want %v with %q", c.status, err, clamor.KindOf(err), c.kind, c.says)
		}
		server.Close()
	}
}

func TestCRMPullsSayWhatTheyLack(t *testing.T) {
	for _, kind := range []string{"salesforce", "hubspot", "vitally"} {
		for name, s := range map[string]clamor.Source{
			"no token":          {Kind: kind, Settings: map[string]string{"base_url": "https://crm.example"}},
			"no such topic":     {Kind: kind, Token: "t", Settings: map[string]string{"base_url": "https://crm.example", "topics": "invoices"}},
			"nothing but a key": {Kind: kind, Token: "t", Settings: map[string]string{"topics": "invoices"}},
		} {
			if err := newLedger().pull(t, s, patient()); clamor.KindOf(err) != clamor.Invalid {
				t.Errorf("%s with %s: %v", kind, name, err)
			}
		}
	}
}

func FuzzVitally(f *testing.F) { fuzzed(f, "vitally", "", "accounts", "notes", "nps") }
