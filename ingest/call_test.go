package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

// loopback allows what tests call.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// patient is a Caller for tests: it tries again at once.
func patient(change ...func(*ingest.CallOptions)) ingest.Caller {
	o := ingest.CallOptions{Private: loopback(), FirstWait: time.Millisecond, LongestWait: 3 * time.Second, Timeout: 10 * time.Second}
	for _, c := range change {
		c(&o)
	}
	return ingest.NewCaller(o)
}

// otherSide answers the n-th request, from 1, as told.
func otherSide(t *testing.T, answer func(n int64, w http.ResponseWriter, r *http.Request)) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(asked.Add(1), w, r) }))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestWhatFailsIsTriedAgainOnlyIfThatIsSafe(t *testing.T) {
	refused := func(r ingest.Reply) (time.Duration, bool) {
		return time.Millisecond, r.Status == http.StatusForbidden && bytes.Contains(r.Body, []byte("REQUEST_LIMIT_EXCEEDED"))
	}
	for name, c := range map[string]struct {
		call   ingest.Call
		status []int
		body   string
		tries  int64
		final  int
	}{
		"a read, unavailable twice":     {ingest.Call{}, []int{503, 503, 200}, "", 3, 200},
		"a read, broken for good":       {ingest.Call{}, []int{500, 502, 503, 504, 500, 200}, "", 5, 500},
		"a read that is not done here":  {ingest.Call{}, []int{501, 200}, "", 1, 501},
		"a read that is not there":      {ingest.Call{}, []int{404, 200}, "", 1, 404},
		"a read with a refused token":   {ingest.Call{}, []int{401, 200}, "", 1, 401},
		"a search, unavailable":         {ingest.Call{Method: "POST", Safe: true, Body: []byte("{}")}, []int{503, 200}, "", 2, 200},
		"a write, unavailable":          {ingest.Call{Method: "POST", Body: []byte("{}")}, []int{503, 200}, "", 1, 503},
		"a write that came too fast":    {ingest.Call{Method: "POST", Body: []byte("{}")}, []int{429, 200}, "", 2, 200},
		"a limit of the vendor's own":   {ingest.Call{Method: "POST", Limited: refused}, []int{403, 200}, `[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, 2, 200},
		"forbidden, but no limit":       {ingest.Call{Limited: refused}, []int{403, 200}, `[{"errorCode":"INSUFFICIENT_ACCESS"}]`, 1, 403},
		"too fast until tries run out":  {ingest.Call{}, []int{429, 429, 429, 429, 429, 200}, "slow down", 5, 429},
		"an answer without complaint":   {ingest.Call{}, []int{200}, "fine", 1, 200},
		"a deletion, which is no read":  {ingest.Call{Method: "DELETE"}, []int{500, 200}, "", 1, 500},
		"a created thing is an answer":  {ingest.Call{Method: "POST", Body: []byte("{}")}, []int{201}, `{"id":1}`, 1, 201},
		"a head, which only reads":      {ingest.Call{Method: "HEAD"}, []int{502, 200}, "", 2, 200},
		"an odd status is given as is ": {ingest.Call{}, []int{418}, "teapot", 1, 418},
	} {
		t.Run(name, func(t *testing.T) {
			var sent []string
			url, asked := otherSide(t, func(n int64, w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = append(sent, string(body))
				w.WriteHeader(c.status[n-1])
				_, _ = io.WriteString(w, c.body)
			})
			c.call.URL = url
			r, err := patient()(t.Context(), c.call)
			if err != nil || r.Status != c.final || asked.Load() != c.tries {
				t.Fatalf("%d tries ended in %d (%v), want %d tries and %d", asked.Load(), r.Status, err, c.tries, c.final)
			}
			if c.call.Method != "HEAD" && string(r.Body) != c.body {
				t.Errorf("the answer is %q", r.Body)
			}
			for _, body := range sent {
				if body != string(c.call.Body) {
					t.Errorf("a try sent %q", body)
				}
			}
		})
	}
}

func TestABrokenConnectionIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		tries  int64
		ok     bool
	}{"a read": {"GET", 3, true}, "a write": {"POST", 1, false}} {
		t.Run(name, func(t *testing.T) {
			url, asked := otherSide(t, func(n int64, w http.ResponseWriter, _ *http.Request) {
				if n > 2 {
					_, _ = io.WriteString(w, "whole")
					return
				}
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "cut off in the mid")
			})
			r, err := patient()(t.Context(), ingest.Call{Method: c.method, URL: url})
			if asked.Load() != c.tries || c.ok != (err == nil && string(r.Body) == "whole") {
				t.Errorf("%d tries, %q, %v", asked.Load(), r.Body, err)
			}
			if !c.ok && clamor.KindOf(err) != clamor.Unavailable {
				t.Errorf("the error is %v (%v)", err, clamor.KindOf(err))
			}
		})
	}
}

// What a vendor asks for is waited, in whatever way it asks.
func TestLimitsAreHonoured(t *testing.T) {
	const date, epoch = "a date in two seconds", "two seconds from now, since 1970"
	for name, c := range map[string]struct {
		status int
		header map[string]string
		wait   time.Duration
	}{
		"Retry-After in seconds":                 {429, map[string]string{"Retry-After": "1"}, time.Second},
		"Retry-After as a date":                  {429, map[string]string{"Retry-After": date}, time.Second},
		"Retry-After of what is unavailable":     {503, map[string]string{"Retry-After": "1"}, time.Second},
		"a reset since 1970":                     {429, map[string]string{"X-RateLimit-Reset": epoch}, time.Second},
		"a reset from now":                       {429, map[string]string{"RateLimit-Reset": "1"}, time.Second},
		"the last request there was":             {200, map[string]string{"X-RateLimit-Remaining": "0", "RateLimit-Reset": "1"}, time.Second},
		"HubSpot's interval":                     {200, map[string]string{"x-hubspot-ratelimit-remaining": "0", "x-hubspot-ratelimit-interval-milliseconds": "1000"}, time.Second},
		"HubSpot's second":                       {200, map[string]string{"x-hubspot-ratelimit-secondly-remaining": "0"}, time.Second},
		"some requests left":                     {200, map[string]string{"X-RateLimit-Remaining": "4", "X-RateLimit-Reset": "3600"}, 0},
		"Retry-After that is no time":            {429, map[string]string{"Retry-After": "soon"}, 0},
		"Retry-After of an answer that is fine":  {200, map[string]string{"Retry-After": "3600"}, 0},
		"a reset in the past":                    {429, map[string]string{"X-RateLimit-Reset": "1500000000"}, 0},
		"Retry-After that is negative":           {429, map[string]string{"Retry-After": "-5"}, 0},
		"a limit without the time of its ending": {200, map[string]string{"X-RateLimit-Remaining": "0"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, asked := otherSide(t, func(n int64, w http.ResponseWriter, _ *http.Request) {
				if n == 1 {
					for name, value := range c.header {
						then := time.Now().Add(2 * time.Second).UTC()
						value = strings.NewReplacer(date, then.Format(http.TimeFormat), epoch, fmt.Sprint(then.Unix())).Replace(value)
						w.Header().Set(name, value)
					}
					w.WriteHeader(c.status)
				}
			})
			call, began := patient(), time.Now()
			for asked.Load() < 2 {
				if r, err := call(t.Context(), ingest.Call{URL: url}); err != nil || r.Status != 200 {
					t.Fatalf("%d, %v", r.Status, err)
				}
			}
			if took := time.Since(began); took < c.wait-100*time.Millisecond || took > c.wait+2*time.Second {
				t.Errorf("the second request came after %v, want %v", took, c.wait)
			}
		})
	}
}

func TestALongWaitIsLeftToTheSchedule(t *testing.T) {
	url, asked := otherSide(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	call := patient()
	mine := ingest.Call{URL: url, Header: http.Header{"Authorization": {"Bearer one"}}}
	if r, err := call(t.Context(), mine); err != nil || r.Status != 429 || asked.Load() != 1 {
		t.Fatalf("%d after %d tries, %v", r.Status, asked.Load(), err)
	}
	_, err := call(t.Context(), mine)
	if clamor.KindOf(err) != clamor.Limited || asked.Load() != 1 {
		t.Errorf("asked again at once: %v, %d requests", err, asked.Load())
	}
	if r, err := call(t.Context(), ingest.Call{URL: url, Header: http.Header{"Authorization": {"Bearer two"}}}); err != nil || r.Status != 429 {
		t.Errorf("another account is held up as well: %v", err)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	url, _ := otherSide(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "100")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := patient(func(o *ingest.CallOptions) { o.LongestWait = time.Hour })(ctx, ingest.Call{URL: url})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestCredentialsGoToNoOtherHost(t *testing.T) {
	var stolen atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	defer thief.Close()
	url, asked := otherSide(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, thief.URL, http.StatusFound)
		case "/home":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		}
	})
	header := http.Header{"Authorization": {"Bearer t0ken"}}
	_, err := patient()(t.Context(), ingest.Call{URL: url + "/away", Header: header})
	if err == nil || !strings.Contains(err.Error(), "another host") || stolen.Load() != 0 || asked.Load() != 1 {
		t.Errorf("%v after %d requests, %d of them elsewhere", err, asked.Load(), stolen.Load())
	}
	if r, err := patient()(t.Context(), ingest.Call{URL: url + "/home", Header: header}); err != nil || string(r.Body) != "Bearer t0ken" {
		t.Errorf("a redirect within the host: %q, %v", r.Body, err)
	}
	if _, err := patient()(t.Context(), ingest.Call{URL: url + "/loop"}); err == nil {
		t.Error("a redirect to itself was followed for ever")
	}
}

func TestTheInsideIsNotCalled(t *testing.T) {
	url, asked := otherSide(t, func(int64, http.ResponseWriter, *http.Request) {})
	port := url[strings.LastIndexByte(url, ':'):]
	outside := patient(func(o *ingest.CallOptions) { o.Private = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")} })
	for _, host := range []string{"http://127.0.0.1" + port, "http://localhost" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port,
		"http://169.254.169.254/latest/meta-data", "http://10.0.0.1", "http://0.0.0.0" + port, "http://[fd00::1]"} {
		began := time.Now()
		_, err := outside(t.Context(), ingest.Call{URL: host})
		if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "--allow-networks") || time.Since(began) > time.Second {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the inside got %d requests", asked.Load())
	}
	for _, address := range []string{"http://vendor.example/", "ftp://vendor.example/", "vendor.example", "https://", "", "://x"} {
		if _, err := ingest.NewCaller(ingest.CallOptions{})(t.Context(), ingest.Call{URL: address}); clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAnEndlessAnswerIsGivenUp(t *testing.T) {
	squeezed := func(w io.Writer) io.Writer { return gzip.NewWriter(w) }
	for name, through := range map[string]func(io.Writer) io.Writer{"plain": func(w io.Writer) io.Writer { return w }, "gzip": squeezed} {
		t.Run(name, func(t *testing.T) {
			url, asked := otherSide(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
				if name == "gzip" {
					w.Header().Set("Content-Encoding", "gzip")
				}
				out := through(w)
				for block := make([]byte, 1<<16); ; {
					if _, err := out.Write(block); err != nil {
						return
					}
				}
			})
			_, err := patient(func(o *ingest.CallOptions) { o.MaxReply = 1 << 20 })(t.Context(), ingest.Call{URL: url})
			if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "larger than") || asked.Load() != 1 {
				t.Errorf("%v after %d requests", err, asked.Load())
			}
		})
	}
}

func TestASlowAnswerIsGivenUp(t *testing.T) {
	url, asked := otherSide(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the body never comes
	})
	_, err := patient(func(o *ingest.CallOptions) { o.Timeout, o.Tries = 50*time.Millisecond, 2 })(t.Context(), ingest.Call{URL: url})
	if clamor.KindOf(err) != clamor.Unavailable || asked.Load() != 2 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

func TestLogsAndErrorsHoldNoSecret(t *testing.T) {
	var log bytes.Buffer
	call := patient(func(o *ingest.CallOptions) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Tries = 2
	})
	url, _ := otherSide(t, func(_ int64, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	header := http.Header{"Authorization": {"Bearer s3cret"}, "X-Api-Key": {"s3cret"}}
	if _, err := call(t.Context(), ingest.Call{URL: url + "/list?key=s3cret", Header: header}); err != nil {
		t.Fatal(err)
	}
	_, err := call(t.Context(), ingest.Call{URL: "http://user:s3cret@127.0.0.1:1/list?key=s3cret", Header: header})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error is %v", err)
	}
	if strings.Contains(log.String(), "s3cret") || !strings.Contains(log.String(), "status=503") || !strings.Contains(log.String(), "no answer") {
		t.Errorf("the log says:\n%s", log.String())
	}
}
