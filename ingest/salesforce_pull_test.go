package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// ledger keeps what pulls keep, as a store does, and breaks off where a test wants a crash.
type ledger struct {
	cursors map[string]string
	pages   []ingest.Page
	breaks  int // the page that is not kept, counted from 1; 0: none
}

var errCrash = errors.New("the process ends here")

func newLedger() *ledger { return &ledger{cursors: map[string]string{}} }

// pull runs the pull of a source once.
func (l *ledger) pull(t *testing.T, source clamor.Source, call ingest.Caller) error {
	t.Helper()
	adapter, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		t.Fatal(err)
	}
	return adapter.Pull(t.Context(), l.at(source, call))
}

func (l *ledger) at(source clamor.Source, call ingest.Caller) ingest.Pull {
	return ingest.Pull{Source: source, Now: noon(), Call: call, Cursor: func(topic string) string { return l.cursors[topic] }, Keep: l.keep}
}

func (l *ledger) keep(_ context.Context, p ingest.Page) error {
	if l.breaks > 0 {
		if l.breaks--; l.breaks == 0 {
			return errCrash
		}
	}
	if len(p.Body) > 0 && !slices.ContainsFunc(l.pages, func(q ingest.Page) bool { return q.Topic == p.Topic && string(q.Body) == string(p.Body) }) {
		l.pages = append(l.pages, p)
	}
	if p.Cursor != "" {
		l.cursors[p.Topic] = p.Cursor
	}
	return nil
}

// harvest is all that the kept pages hold.
func (l *ledger) harvest(t *testing.T, source clamor.Source) (all clamor.Harvest) {
	t.Helper()
	adapter, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range l.pages {
		h, err := adapter.Parse(ingest.NewPage(source, p, noon()), ingest.ParseOptions{Settings: source.Settings})
		if err != nil {
			t.Fatalf("a page of %s: %v\n%s", p.Topic, err, p.Body)
		}
		all.Accounts, all.Deals, all.Notes = append(all.Accounts, h.Accounts...), append(all.Deals, h.Deals...), append(all.Notes, h.Notes...)
	}
	return all
}

// names are what a harvest holds, each thing once and in order.
func names(h clamor.Harvest) []string {
	var all []string
	for _, a := range h.Accounts {
		all = append(all, "account "+a.Name)
	}
	for _, d := range h.Deals {
		all = append(all, "deal "+d.Name+" of "+d.Account.Label())
	}
	for _, n := range h.Notes {
		all = append(all, "note "+n.Note.Text+" by "+n.Note.Author.String()+" of "+n.Account.Label())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reply writes an answer in JSON.
func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the other end reads it or fails
}

// salesforceOrg plays an organisation with accounts that changed one a minute.
type salesforceOrg struct {
	t       *testing.T
	queries []string
	signIns int
	token   string
	refuse  func(w http.ResponseWriter) bool
	polls   int  // before a Bulk query is done
	gone    bool // jobs are
}

type row = map[string]any

func (s *salesforceOrg) rows(from, count int, kind string) []row {
	var all []row
	for i := from; i < from+count; i++ {
		at := time.Date(2026, 11, 20, 10, i, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000+0000")
		all = append(all, row{"attributes": row{"type": kind}, "Id": fmt.Sprintf("0015e00000%05dAAA", i), "Name": fmt.Sprint("Account ", i), "ARR__c": 1000 * i, "SystemModstamp": at})
	}
	return all
}

func (s *salesforceOrg) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/services/oauth2/token" {
		s.signIns++
		if r.FormValue("client_id") != "app" || r.FormValue("client_secret") != "s3cret" {
			reply(w, 400, row{"error": "invalid_client"})
			return
		}
		reply(w, 200, row{"access_token": s.token})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		reply(w, 401, []row{{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}})
		return
	}
	if s.refuse != nil && s.refuse(w) {
		return
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/services/data/v59.0"); {
	case path == "/query":
		s.queries = append(s.queries, r.URL.Query().Get("q"))
		s.query(w, r.URL.Query().Get("q"))
	case path == "/query/locator-2":
		reply(w, 200, row{"done": false, "nextRecordsUrl": "/services/data/v59.0/query/locator-4", "records": s.rows(2, 2, "Account")})
	case path == "/query/locator-4":
		reply(w, 200, row{"done": true, "records": s.rows(4, 1, "Account")})
	case strings.HasPrefix(path, "/jobs/query"):
		s.bulk(w, r, strings.TrimPrefix(path, "/jobs/query"))
	default:
		reply(w, 404, []row{{"message": "not there", "errorCode": "NOT_FOUND"}})
	}
}

// query answers a first query with two of five accounts, and one that goes on with those behind the place it names.
func (s *salesforceOrg) query(w http.ResponseWriter, q string) {
	for i := range 5 {
		if strings.Contains(q, fmt.Sprintf("Id > '0015e00000%05dAAA'", i)) {
			reply(w, 200, row{"done": true, "records": s.rows(i+1, 4-i, "Account")})
			return
		}
	}
	if strings.Contains(q, "SystemModstamp >= 2026-11-20T09:54") {
		reply(w, 200, row{"done": true, "records": []row{}})
		return
	}
	reply(w, 200, row{"totalSize": 5, "done": false, "nextRecordsUrl": "/services/data/v59.0/query/locator-2", "records": s.rows(0, 2, "Account")})
}

func (s *salesforceOrg) bulk(w http.ResponseWriter, r *http.Request, path string) {
	job := row{"id": "7505e000000AbCdAAK", "createdDate": "2026-11-20T10:00:00.000+0000", "state": "InProgress"}
	switch {
	case s.gone && path != "":
		s.gone = false
		reply(w, 404, []row{{"message": "no job", "errorCode": "NOT_FOUND"}})
	case path == "":
		var asked struct{ Operation, Query string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Operation != "query" {
			s.t.Errorf("the job asks for %+v, %v", asked, err)
		}
		s.queries = append(s.queries, asked.Query)
		reply(w, 200, job)
	case strings.HasSuffix(path, "/results"):
		locator, next, rows := r.URL.Query().Get("locator"), "MjAw", "\"0015e0000000000AAA\",\"Account 0\"\n"
		if locator == "MjAw" {
			next, rows = "null", "\"0015e0000000001AAA\",\"Account 1\"\n"
		}
		w.Header().Set("Sforce-Locator", next)
		w.Header().Set("Sforce-NumberOfRecords", "1")
		_, _ = w.Write([]byte("\"Id\",\"Name\"\n" + rows))
	default:
		if s.polls--; s.polls < 0 {
			job["state"] = "JobComplete"
		}
		reply(w, 200, job)
	}
}

func salesforceSource(address string, settings ...string) clamor.Source {
	s := clamor.Source{Name: "sf", Kind: "salesforce", Token: "00D!token", Settings: map[string]string{"base_url": address, "topics": "accounts", "arr_field": "ARR__c"}}
	for i := 0; i < len(settings); i += 2 {
		s.Settings[settings[i]] = settings[i+1]
	}
	return s
}

func fiveAccounts() []string {
	return []string{"account Account 0", "account Account 1", "account Account 2", "account Account 3", "account Account 4"}
}

func TestSalesforceIsReadToItsEndWhereverAPullBreaksOff(t *testing.T) {
	for breaks := range 4 {
		org := &salesforceOrg{t: t, token: "00D!token"}
		server := httptest.NewServer(org)
		source, l := salesforceSource(server.URL), newLedger()
		l.breaks = breaks
		if err := l.pull(t, source, patient()); (err != nil) != (breaks > 0) || err != nil && !errors.Is(err, errCrash) {
			t.Fatalf("with a crash at page %d the pull says %v", breaks, err)
		}
		if breaks > 0 {
			if err := l.pull(t, source, patient()); err != nil {
				t.Fatalf("after a crash at page %d: %v", breaks, err)
			}
		}
		if diff := cmp.Diff(fiveAccounts(), names(l.harvest(t, source))); diff != "" {
			t.Errorf("with a crash at page %d (-want +got):\n%s", breaks, diff)
		}
		before := len(l.pages)
		if err := l.pull(t, source, patient()); err != nil || len(l.pages) != before {
			t.Errorf("a pull when nothing changed: %d pages more, %v", len(l.pages)-before, err)
		}
		last := org.queries[len(org.queries)-1]
		if want := " AND SystemModstamp >= 2026-11-20T09:54:00.000Z ORDER BY SystemModstamp, Id"; !strings.HasSuffix(last, want) {
			t.Errorf("the next pull asks %s, want it to end in %s", last, want)
		}
		server.Close()
	}
}

func TestSalesforceAsksForTheFieldsThatSettingsName(t *testing.T) {
	org := &salesforceOrg{t: t, token: "00D!token"}
	server := httptest.NewServer(org)
	defer server.Close()
	source := salesforceSource(server.URL, "mrr_field", "MRR__c", "renewal_field", "Contract__r.End__c", "multi_currency", "yes", "since", "2026-02-01")
	if err := newLedger().pull(t, source, patient()); err != nil {
		t.Fatal(err)
	}
	want := "SELECT Id,Name,Website,ParentId,Owner.Name,CreatedDate,SystemModstamp,ARR__c,MRR__c,Contract__r.End__c,CurrencyIsoCode FROM Account " +
		"WHERE SystemModstamp != null AND SystemModstamp >= 2026-01-31T23:50:00.000Z ORDER BY SystemModstamp, Id"
	if diff := cmp.Diff(want, org.queries[0]); diff != "" {
		t.Errorf("the query (-want +got):\n%s", diff)
	}
	for setting, value := range map[string]string{"arr_field": "ARR__c FROM User--", "topics": "accounts,invoices", "base_url": ""} {
		source := salesforceSource(server.URL, setting, value)
		if err := newLedger().pull(t, source, patient()); setting != "arr_field" && clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("with %s %q the pull says %v", setting, value, err)
		}
	}
	for _, q := range org.queries {
		if strings.Contains(q, "--") {
			t.Errorf("a setting got into the query as it stands: %s", q)
		}
	}
}

func TestSalesforceRefusalsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   clamor.Kind
		says   string
	}{
		{401, "INVALID_SESSION_ID", clamor.Unauthenticated, "give the source a new one"},
		{403, "REQUEST_LIMIT_EXCEEDED", clamor.Limited, "goes on where it is"},
		{403, "API_DISABLED_FOR_ORG", clamor.Forbidden, "read access"},
		{400, "INVALID_FIELD", clamor.Invalid, "correct the source's settings"},
		{503, "SERVER_UNAVAILABLE", clamor.Unavailable, "cannot answer now"},
	} {
		org := &salesforceOrg{t: t, token: "00D!token", refuse: func(w http.ResponseWriter) bool {
			reply(w, c.status, []row{{"message": "no", "errorCode": c.code}})
			return true
		}}
		server := httptest.NewServer(org)
		err := newLedger().pull(t, salesforceSource(server.URL), patient())
		if clamor.KindOf(err) != c.kind || !strings.Contains(errorText(err), c.says) || !strings.Contains(errorText(err), "accounts") {
			t.Errorf("%d %s gives %v (%v), want %v with %q", c.status, c.code, err, clamor.KindOf(err), c.kind, c.says)
		}
		server.Close()
	}
}

func TestAClientAppSignsInAgainWhenItsTokenRunsOut(t *testing.T) {
	org := &salesforceOrg{t: t, token: "first"}
	org.refuse = func(w http.ResponseWriter) bool {
		if org.token == "first" && len(org.queries) == 1 {
			org.token = "second"
			reply(w, 401, []row{{"message": "expired", "errorCode": "INVALID_SESSION_ID"}})
			return true
		}
		return false
	}
	server := httptest.NewServer(org)
	defer server.Close()
	source, l := salesforceSource(server.URL), newLedger()
	source.Token = "app:s3cret"
	if err := l.pull(t, source, patient()); err != nil || org.signIns != 2 {
		t.Fatalf("%d sign-ins, %v", org.signIns, err)
	}
	if diff := cmp.Diff(fiveAccounts(), names(l.harvest(t, source))); diff != "" {
		t.Error(diff)
	}
	source.Token = "app:wrong"
	if err := newLedger().pull(t, source, patient()); clamor.KindOf(err) != clamor.Unauthenticated || strings.Contains(errorText(err), "wrong") {
		t.Errorf("a wrong secret gives %v", err)
	}
}

// directly calls a handler without a network, so that waiting costs no time.
func directly(h http.Handler) ingest.Caller {
	return func(ctx context.Context, c ingest.Call) (ingest.Reply, error) {
		method := c.Method
		if method == "" {
			method = http.MethodGet
		}
		r := httptest.NewRequestWithContext(ctx, method, c.URL, strings.NewReader(string(c.Body)))
		r.Header = c.Header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return ingest.Reply{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
	}
}

func TestABulkQueryIsWaitedForAndReadOn(t *testing.T) {
	for breaks := range 4 {
		synctest.Test(t, func(t *testing.T) {
			org := &salesforceOrg{t: t, token: "00D!token", polls: 3}
			source, l := salesforceSource("https://northwind.my.salesforce.com", "api", "bulk"), newLedger()
			l.breaks = breaks
			if err := l.pull(t, source, directly(org)); (err != nil) != (breaks > 0) {
				t.Fatalf("with a crash at page %d the pull says %v", breaks, err)
			}
			if breaks > 0 {
				if err := l.pull(t, source, directly(org)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{"account Account 0", "account Account 1"}, names(l.harvest(t, source))); diff != "" {
				t.Errorf("with a crash at page %d (-want +got):\n%s", breaks, diff)
			}
			if breaks > 1 && len(org.queries) != 1 {
				t.Errorf("the job that was under way was begun %d times", len(org.queries))
			}
			if err := l.pull(t, source, directly(org)); err != nil || !strings.Contains(org.queries[len(org.queries)-1], "AND SystemModstamp >= 2026-11-20T09:50:00.000Z") {
				t.Errorf("the next pull asks %v, %v", org.queries, err)
			}
		})
	}
}

func TestABulkQueryThatIsGoneOrFailedIsBegunAnew(t *testing.T) {
	org := &salesforceOrg{t: t, token: "00D!token"}
	source, l := salesforceSource("https://northwind.my.salesforce.com", "api", "bulk"), newLedger()
	l.breaks = 2
	if err := l.pull(t, source, directly(org)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	org.gone = true
	if err := l.pull(t, source, directly(org)); err != nil || len(org.queries) != 2 {
		t.Fatalf("%d jobs, %v", len(org.queries), err)
	}
	if got := len(names(l.harvest(t, source))); got != 2 {
		t.Errorf("%d accounts, want 2", got)
	}
}
