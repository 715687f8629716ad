package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"clamor"
	"clamor/api"
	"clamor/rank"
)

func TestBrowsersAreToldWhatNotToDo(t *testing.T) {
	h := build(t, nil)
	a := h.send(http.MethodGet, "/signin", "", nil)
	policy := a.header.Get("Content-Security-Policy")
	for _, word := range []string{"frame-ancestors 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, word) {
			t.Errorf("the policy %q lacks %s", policy, word)
		}
	}
	if strings.Contains(policy, "unsafe") || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers %v", a.header)
	}
}

func TestRequestKeepsItsName(t *testing.T) {
	h := build(t, nil)
	trace := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := h.send(http.MethodGet, "/healthz", "", map[string]string{"X-Request-Id": "their-7", "Traceparent": trace})
	if a.header.Get("X-Request-Id") != "their-7" {
		t.Errorf("the request is called %q", a.header.Get("X-Request-Id"))
	}
	if log := h.log.String(); !strings.Contains(log, "request_id=their-7") || !strings.Contains(log, "trace_id=4bf92f3577b34da6a3ce929d0e0e4736") {
		t.Errorf("the log is %s", log)
	}
	for _, bad := range []string{"", "a b", "a\"b", strings.Repeat("x", 65), "ü"} {
		if got := api.RequestID(bad); got == bad || len(got) != 16 {
			t.Errorf("a request called %q became %q", bad, got)
		}
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 55), "00-00000000000000000000000000000000-00f067aa0ba902b7-01", strings.ToUpper(trace)} {
		if got := api.TraceID(bad); got != "" {
			t.Errorf("traceparent %q has the id %q", bad, got)
		}
	}
}

// falling is a lister that panics, as a fault of ours would.
type falling struct{ api.Lister }

// List panics.
func (falling) List(context.Context, rank.Query) (clamor.List, error) { panic("the secret cause") }

func TestOurOwnFaultsAreLoggedAndNotShown(t *testing.T) {
	h := build(t, func(o *api.Options) { o.Rank = falling{o.Rank} })
	a := h.call(clamor.Viewer, http.MethodGet, "/api/v1/list", "", map[string]string{"X-Request-Id": "their-8"}).want(http.StatusInternalServerError, "their-8")
	if strings.Contains(a.body, "secret cause") || strings.Contains(a.body, ".go") {
		t.Errorf("the answer tells %s", a.body)
	}
	if log := h.log.String(); !strings.Contains(log, "the secret cause") || !strings.Contains(log, "request_id=their-8") {
		t.Errorf("the log is %s", log)
	}
}

func TestMetricsCountRequestsAndHoldings(t *testing.T) {
	h := build(t, nil)
	h.feed()
	h.send(http.MethodGet, "/wp-login.php", "", nil)
	a := h.send(http.MethodGet, "/metrics", "", nil).want(http.StatusOK,
		`clamor_http_request_seconds_count{method="POST",route="/hooks/:source",status="202"} 1`,
		`clamor_http_request_seconds_count{method="any",route="none",status="404"} 1`,
		`clamor_deliveries{state="processed"} 1`, "clamor_notes 3", "clamor_asks 4", "clamor_asks_pending 0", "clamor_features 3", "clamor_accounts 3")
	if strings.Contains(a.body, "Northwind") {
		t.Error("metrics name an account")
	}
}

func TestProbes(t *testing.T) {
	var fault error
	h := build(t, func(o *api.Options) { o.Alive = func() error { return fault } })
	h.send(http.MethodGet, "/healthz", "", nil).want(http.StatusOK)
	h.send(http.MethodGet, "/readyz", "", nil).want(http.StatusOK)
	h.send(http.MethodHead, "/healthz", "", nil).want(http.StatusOK)
	fault = clamor.Errorf(clamor.Internal, "the deduper stopped")
	a := h.send(http.MethodGet, "/readyz", "", nil).want(http.StatusServiceUnavailable, "the workers do not run")
	if a.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
}

// The type of every problem is an address that says what to do.
func TestProblemTypesLeadSomewhere(t *testing.T) {
	h := build(t, nil)
	for kind := clamor.Internal; kind <= clamor.Unavailable; kind++ {
		h.send(http.MethodGet, "/problems/"+kind.String(), "", nil).want(http.StatusOK, "What to do: ")
	}
	p := h.send(http.MethodGet, "/api/v1/list", "", nil).want(http.StatusUnauthorized).problem()
	h.send(http.MethodGet, p.Type, "", nil).want(http.StatusOK, "token")
	h.send(http.MethodGet, "/problems/none", "", nil).want(http.StatusNotFound)
}
