package export_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"clamor"
	"clamor/api/export"
)

// A run may end at any request: the process dies, the network goes, the reply gets lost. The next run completes the work.
func TestAnyRequestMayFail(t *testing.T) {
	faults := map[string]func(f *fakeGitHub, n int, cancel func()){
		"process dies before": func(f *fakeGitHub, n int, cancel func()) {
			f.before = func(m int, _ http.ResponseWriter, _ *http.Request) bool {
				if m == n {
					cancel()
					panic(http.ErrAbortHandler)
				}
				return false
			}
		},
		"process dies after": func(f *fakeGitHub, n int, cancel func()) {
			f.lose = func(m int, _ *http.Request) bool {
				if m == n {
					cancel()
				}
				return m == n
			}
		},
		"reply lost": func(f *fakeGitHub, n int, _ func()) {
			f.lose = func(m int, _ *http.Request) bool { return m == n }
		},
		"server fault": func(f *fakeGitHub, n int, _ func()) {
			f.before = func(m int, w http.ResponseWriter, _ *http.Request) bool {
				if m == n {
					w.WriteHeader(502)
				}
				return m == n
			}
		},
		"fault after the work": func(f *fakeGitHub, n int, _ func()) {
			f.before = func(m int, w http.ResponseWriter, r *http.Request) bool {
				if m == n {
					f.route(discard{}, r)
					w.WriteHeader(503)
				}
				return m == n
			}
		},
	}
	render := rendered(longReport(60))
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				f := newFake(t)
				ctx, cancel := context.WithCancel(t.Context())
				fault(f, n, cancel)
				_, err := f.publisher(t, newClock()).Publish(ctx, "acme/roadmap", render, nil)
				cancel()
				if err == nil {
					wantOne(t, f, render(false))
				} else if name == "reply lost" {
					t.Fatalf("request %d (%s): one lost reply is survived by the same run: %v", n, f.requests[n-1], err)
				}
				done := len(f.requests) < n
				f.before, f.lose = nil, nil
				if _, err := f.publisher(t, newClock()).Publish(t.Context(), "acme/roadmap", render, nil); err != nil {
					t.Fatal(err)
				}
				wantOne(t, f, render(false))
				if done {
					if n < 6 {
						t.Fatalf("only %d requests were tried", n)
					}
					return
				}
			}
		})
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestLostReplyToCreateIsNotTriedBlindly(t *testing.T) {
	f := newFake(t)
	f.lose = func(_ int, r *http.Request) bool {
		return r.Method == "POST" && r.URL.Path == "/repos/acme/roadmap/issues"
	}
	_, outcome := publish(t, f.publisher(t, newClock()), sampleReport(), nil)
	wantOne(t, f, rendered(sampleReport())(false))
	if outcome != export.Created || f.writes() != 1 {
		t.Errorf("%s with %d writes, want created with one", outcome, f.writes())
	}
}

// Two people export at once: both look before either has created. One issue is left to be found, and both runs agree on it.
func TestTwoPeopleAtOnce(t *testing.T) {
	f, c := newFake(t), newClock()
	var both sync.WaitGroup
	both.Add(2)
	f.before = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/issues") {
			both.Done()
			both.Wait()
		}
		return false
	}
	var runs sync.WaitGroup
	for range 2 {
		g := f.publisher(t, c)
		runs.Go(func() {
			if _, err := g.Publish(t.Context(), "acme/roadmap", rendered(longReport(60)), nil); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	f.before = nil
	if len(f.issues) != 2 {
		t.Fatalf("%d issues were created, the test wants the race of two", len(f.issues))
	}
	p, _ := publish(t, f.publisher(t, c), longReport(60), nil)
	if kept := wantOne(t, f, rendered(longReport(60))(false)); kept.Number != 1 || p.Number != 1 {
		t.Errorf("kept issue %d, want the first", kept.Number)
	}
	if extra := f.issues[1]; extra.State != "closed" || extra.StateReason != "duplicate" || !strings.Contains(extra.Body, "#1") {
		t.Errorf("the later issue is %s (%s): %q", extra.State, extra.StateReason, extra.Body)
	}
	if _, outcome := publish(t, f.publisher(t, c), longReport(60), &clamor.Publication{Number: 2}); outcome != export.Unchanged {
		t.Errorf("who remembers the closed issue gets %s, want unchanged", outcome)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	tests := []struct {
		name    string
		code    int
		fixture string
		header  map[string]string
		kind    clamor.Kind
		says    string
	}{
		{"bad token", 401, "github-error-401.json", nil, clamor.Forbidden, "make a new one and set CLAMOR_GITHUB_TOKEN"},
		{"one-time password", 401, "github-error-401.json", map[string]string{"X-GitHub-OTP": "required; app"}, clamor.Forbidden, "fine-grained token"},
		{"permission", 403, "github-error-403-permission.json", map[string]string{"X-Accepted-GitHub-Permissions": "issues=write", "X-RateLimit-Remaining": "4999"},
			clamor.Forbidden, "issues: write"},
		{"not in the grant", 404, "github-error-404.json", nil, clamor.NotFound, "grant includes the repository"},
		{"issues off", 410, "github-error-410-issues-disabled.json", nil, clamor.Conflict, "turn them on"},
		{"field", 422, "github-error-422-body-too-long.json", nil, clamor.Invalid, "body: body is too long"},
		{"server", 501, "github-error-404.json", nil, clamor.Unavailable, "run it again later"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				if r.Method != "POST" {
					return false
				}
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				refuse(w, test.code, test.fixture)
				return true
			}
			_, err := f.publisher(t, newClock()).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
			if clamor.KindOf(err) != test.kind || err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "acme/roadmap") {
				t.Errorf("%v error %v, want %v with %q", clamor.KindOf(err), err, test.kind, test.says)
			}
			if posts := f.writes(); test.code < 500 && posts != 1 {
				t.Errorf("sent %d times, want once", posts)
			}
		})
	}
}

func TestArchivedOrMisspeltRepository(t *testing.T) {
	f := newFake(t)
	f.archived = true
	for repo, kind := range map[string]clamor.Kind{"acme/roadmap": clamor.Conflict, "acme": clamor.Invalid, "acme/road map": clamor.Invalid, "../x": clamor.Invalid,
		"acme/..": clamor.Invalid, "a/b/c": clamor.Invalid, "acme/other": clamor.NotFound} {
		_, err := f.publisher(t, newClock()).Publish(t.Context(), repo, rendered(sampleReport()), nil)
		if clamor.KindOf(err) != kind {
			t.Errorf("%s: %v, want %v", repo, err, kind)
		}
	}
}

func TestUnreachableGitHub(t *testing.T) {
	f := newFake(t)
	f.server.Close()
	c := newClock()
	_, err := f.publisher(t, c).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if clamor.KindOf(err) != clamor.Unavailable || len(c.slept) != 4 {
		t.Errorf("%v after %d waits", err, len(c.slept))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.publisher(t, c).Publish(ctx, "acme/roadmap", rendered(sampleReport()), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestTokenIsNeverTold(t *testing.T) {
	f := newFake(t)
	var log bytes.Buffer
	quiet := func(o *export.GitHubOptions) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for _, code := range []int{401, 403, 500, 502, 302} {
		f.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "https://other.example/")
			w.WriteHeader(code)
			return true
		}
		_, err := f.publisher(t, newClock(), quiet).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
		if err == nil || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("status %d: %v", code, err)
		}
	}
	if strings.Contains(log.String(), "secret-token") {
		t.Errorf("the log tells the token:\n%s", log.String())
	}
}
