package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/api"
	"clamor/dedupe"
	"clamor/ingest"
	"clamor/rank"
	"clamor/store"
)

// The compiler proves that the real store and stages are what the HTTP side needs.
var (
	_ api.Store   = (*store.DB)(nil)
	_ api.Lister  = (*rank.Service)(nil)
	_ api.Deduper = (*dedupe.Service)(nil)
)

const hookSecret = "whsec_bW9zdCBzZWNyZXQgb2YgYWxsIHNlY3JldHM="

// house is a whole Clamor over a fresh SQLite file; its workers run when a test says so.
type house struct {
	t      testing.TB
	db     *store.DB
	server *api.Server
	url    string
	client *http.Client
	tokens map[clamor.Role]string
	log    *journal
	intake *ingest.Service
	dedupe *dedupe.Service
	woken  *atomic.Int64
	shut   func() // closes the database
}

// journal is a log that may be read while the server writes on.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// build makes a house; change may alter the server's options.
func build(t testing.TB, change func(*api.Options)) *house {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "clamor.db"))
	must(t, err)
	shut := sync.OnceFunc(func() { must(t, db.Close()) })
	t.Cleanup(shut)
	lister, err := rank.NewService(db, rank.Options{Settings: rank.Defaults(), Now: time.Now})
	must(t, err)
	h := &house{t: t, db: db, shut: shut, tokens: map[clamor.Role]string{}, log: &journal{}, woken: &atomic.Int64{}, dedupe: dedupe.NewService(db, time.Now, dedupe.Options{})}
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	h.intake = ingest.NewService(db, time.Now, ingest.Options{Logger: logger})
	must(t, h.dedupe.Load(ctx))
	o := api.Options{Store: db, Rank: lister, Dedupe: h.dedupe, PublicURL: "http://clamor.example", MaxBody: 64 << 10,
		Logger: logger, Wake: func() { h.woken.Add(1) }}
	if change != nil {
		change(&o)
	}
	h.server, err = api.New(o)
	must(t, err)
	web := httptest.NewServer(h.server.Handler())
	t.Cleanup(web.Close)
	h.url, h.client = web.URL, web.Client()
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, role := range []clamor.Role{clamor.Viewer, clamor.Reporter, clamor.PM, clamor.Admin} {
		text, hash := api.NewSecret(api.TokenPrefix)
		_, err := db.AddToken(ctx, clamor.NewToken{Name: "Tess " + string(role), Role: role, Hash: hash}, "test")
		must(t, err)
		h.tokens[role] = text
	}
	for _, s := range []clamor.Source{{Name: "gong", Kind: "generic", Secret: hookSecret, On: true},
		{Name: "closed", Kind: "generic", Secret: hookSecret}} {
		must(t, db.AddSource(ctx, s, "test"))
	}
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// work lets the workers do all there is to do.
func (h *house) work() {
	h.t.Helper()
	for _, step := range []func(context.Context) (int, error){h.intake.Step, h.dedupe.Step} {
		for done := 1; done > 0; {
			var err error
			done, err = step(h.t.Context())
			must(h.t, err)
		}
	}
	_, err := h.dedupe.Step(h.t.Context())
	must(h.t, err)
}

// answer is a response with its body read.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// send sends a request as it is.
func (h *house) send(method, path, body string, header map[string]string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	must(h.t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return h.exchange(r)
}

func (h *house) exchange(r *http.Request) answer {
	h.t.Helper()
	resp, err := h.client.Do(r)
	must(h.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(h.t, err)
	return answer{h.t, resp.StatusCode, resp.Header, string(text)}
}

// call sends a JSON API request with the token of a role, and holds request and answer against the description.
func (h *house) call(role clamor.Role, method, path, body string, header map[string]string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	must(h.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[role])
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	a := h.exchange(r)
	described(h.t, r, body, a)
	return a
}

// get calls and wants 200, and decodes the answer.
func (h *house) get(path string, into any) answer {
	h.t.Helper()
	a := h.call(clamor.Admin, http.MethodGet, path, "", nil).want(http.StatusOK)
	a.decode(into)
	return a
}

// want checks the status and that the body holds the words.
func (a answer) want(status int, words ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			a.t.Errorf("the answer lacks %q: %s", w, a.body)
		}
	}
	return a
}

func (a answer) decode(into any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		a.t.Fatalf("decoding %s: %v", a.body, err)
	}
}

// problem decodes a problem document.
func (a answer) problem() api.Problem {
	a.t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("content type %q, want application/problem+json", got)
	}
	var p api.Problem
	a.decode(&p)
	return p
}

// hook posts to a source with its secret.
func (h *house) hook(source, body string) answer {
	h.t.Helper()
	return h.send(http.MethodPost, "/hooks/"+source, body,
		map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Type": "application/json"})
}

// feed gives the house three features: two accounts that want one, one of which wants a second, and a prospect with a third.
func (h *house) feed() {
	h.t.Helper()
	now := time.Now().UTC().Format(time.RFC3339)
	h.hook("gong", `{"notes":[
		{"id":"n1","occurred_at":"`+now+`","title":"Renewal call","text":"They cannot renew without SAML single sign-on for all staff. Otherwise happy.",
		 "url":"https://recorder.example/call/1","account":{"name":"Northwind","domain":"northwind.example","arr":4800000,"currency":"USD","health":"yellow"},
		 "author":{"name":"Rita Rep"},"asks":[{"text":"SAML single sign-on","quote":"cannot renew without SAML single sign-on","priority":"blocker","motive":"keep"}]},
		{"id":"n2","occurred_at":"`+now+`","text":"SAML single sign-on please","account":{"name":"Contoso","domain":"contoso.example","arr":1200000,"currency":"USD"},
		 "asks":[{"text":"SAML single sign-on"},{"text":"Export invoices to a spreadsheet every month"}]},
		{"id":"n3","occurred_at":"`+now+`","text":"Dark mode for the mobile application","account":{"name":"Fabrikam","domain":"fabrikam.example"},
		 "deal":{"id":"006","name":"New business","amount":900000,"currency":"USD","probability":50,"status":"open"}}]}`).want(http.StatusAccepted)
	h.work()
}
