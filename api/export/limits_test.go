package export_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"clamor"
)

// unix is a moment as GitHub's headers write it.
func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestNearLimitsAreWaitedOut(t *testing.T) {
	c := newClock()
	tests := []struct {
		name    string
		code    int
		fixture string
		header  map[string]string
		wait    time.Duration
	}{
		{"primary", 403, "github-error-403-primary.json", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(c.now().Add(90 * time.Second))}, 91 * time.Second},
		{"primary as 429", 429, "github-error-403-primary.json", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(c.now().Add(90 * time.Second))}, 91 * time.Second},
		{"secondary with seconds", 403, "github-error-403-secondary.json", map[string]string{"Retry-After": "42"}, 42 * time.Second},
		{"secondary with a date", 429, "github-error-403-secondary.json", map[string]string{"Retry-After": c.now().Add(50 * time.Second).Format(http.TimeFormat)}, 50 * time.Second},
		{"secondary without a header", 403, "github-error-403-secondary.json", nil, time.Minute},
		{"429 without a header", 429, "github-error-403-secondary.json", nil, time.Minute},
	}
	for _, method := range []string{"GET", "POST"} {
		for _, test := range tests {
			t.Run(test.name+" on "+method, func(t *testing.T) {
				f, c, refused := newFake(t), newClock(), false
				f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
					if refused || r.Method != method {
						return false
					}
					refused = true
					for key, value := range test.header {
						w.Header().Set(key, value)
					}
					refuse(w, test.code, test.fixture)
					return true
				}
				publish(t, f.publisher(t, c), sampleReport(), nil)
				wantOne(t, f, rendered(sampleReport())(false))
				if !c.sleptFor(test.wait) {
					t.Errorf("slept %v, want %v among it", c.slept, test.wait)
				}
			})
		}
	}
}

func TestSecondaryLimitThatStaysIsAskedMoreAndMoreSlowly(t *testing.T) {
	f, c := newFake(t), newClock()
	f.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		refuse(w, 403, "github-error-403-secondary.json")
		return true
	}
	_, err := f.publisher(t, c).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if clamor.KindOf(err) != clamor.Limited || len(c.slept) != 2 || c.slept[0] != time.Minute || c.slept[1] != 2*time.Minute {
		t.Errorf("slept %v, then %v", c.slept, err)
	}
}

func TestFarLimitsAreToldAtOnce(t *testing.T) {
	reset := newClock().now().Add(50 * time.Minute)
	for name, test := range map[string]struct {
		code    int
		fixture string
		header  map[string]string
		says    string
	}{
		"primary":   {403, "github-error-403-primary.json", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(reset)}, "14:50:00 UTC"},
		"secondary": {403, "github-error-403-secondary.json", map[string]string{"Retry-After": "3000"}, "50m0s"},
		"429":       {429, "github-error-403-secondary.json", map[string]string{"Retry-After": "3000"}, "Retry-After: 3000"},
	} {
		t.Run(name, func(t *testing.T) {
			f, c := newFake(t), newClock()
			f.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				refuse(w, test.code, test.fixture)
				return true
			}
			_, err := f.publisher(t, c).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
			if clamor.KindOf(err) != clamor.Limited || !strings.Contains(err.Error(), test.says) || len(f.requests) != 1 || len(c.slept) != 0 {
				t.Errorf("%d requests, slept %v, error %v; want one request and %q", len(f.requests), c.slept, err, test.says)
			}
		})
	}
}

// The answer to the last permitted request says that nothing is left. The next request waits, or is not sent at all.
func TestLastPermittedRequest(t *testing.T) {
	for name, test := range map[string]struct {
		reset time.Duration
		ok    bool
	}{"near": {time.Minute, true}, "far": {time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			f, c := newFake(t), newClock()
			f.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n == 1 {
					w.Header().Set("X-RateLimit-Limit", "5000")
					w.Header().Set("X-RateLimit-Remaining", "0")
					w.Header().Set("X-RateLimit-Reset", unix(c.now().Add(test.reset)))
				}
				return false
			}
			_, err := f.publisher(t, c).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
			if test.ok && (err != nil || !c.sleptFor(test.reset)) {
				t.Errorf("slept %v, error %v", c.slept, err)
			}
			if !test.ok && (clamor.KindOf(err) != clamor.Limited || len(f.requests) != 1) {
				t.Errorf("%d requests, error %v", len(f.requests), err)
			}
		})
	}
}

func TestServerFaultsAreRepeatedOnlyWhereThatIsSafe(t *testing.T) {
	f, c, faults := newFake(t), newClock(), map[string]int{}
	f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if faults[r.Method]++; faults[r.Method] > 2 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	publish(t, f.publisher(t, c), sampleReport(), nil)
	wantOne(t, f, rendered(sampleReport())(false))
	for i, r := range f.requests[1:] {
		if strings.HasPrefix(r, "POST") && strings.HasPrefix(f.requests[i], "POST") {
			t.Errorf("a POST was repeated without looking:\n%s", strings.Join(f.requests, "\n"))
		}
	}
}
