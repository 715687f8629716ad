package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// What the transport allows itself.
const (
	retries    = 4
	writeSpace = time.Second      // GitHub asks for at least this long between two writes
	oneTry     = 30 * time.Second // for one attempt, answer included
	maxAnswer  = 64 << 20         // a page of a hundred issues with full bodies, and then some
)

// transport sends requests to GitHub as GitHub asks for it: one write a second, waiting out limits that are near, repeating what
// is safe to repeat, and never following a redirect to another host. It stands under the GitHub client, which keeps the
// credential, so it sees every single request.
type transport struct {
	http    *http.Client
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	maxWait time.Duration
	log     *slog.Logger

	mu        sync.Mutex
	lastWrite time.Time
	blocked   time.Time // no request before this moment: the limit was used up
}

// RoundTrip implements http.RoundTripper. A retrying client is made for each request because the decision to repeat depends on
// its method, and the wait on its context; the connections are shared.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.hold(req); err != nil {
		return nil, err
	}
	again, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, fmt.Errorf("preparing %s %s: %w", req.Method, req.URL.Path, err)
	}
	var wait time.Duration // decided with the answer at hand: before Backoff is asked, its body is gone
	attempt := 0
	client := &retryablehttp.Client{
		HTTPClient: t.http, RetryMax: retries, ErrorHandler: retryablehttp.PassthroughErrorHandler,
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (repeat bool, _ error) {
			wait, repeat = t.repeat(ctx, req.Method, attempt, resp, err)
			attempt++
			return repeat, nil
		},
		Backoff: func(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
			t.log.Info("waiting for GitHub", "wait", wait, "method", req.Method, "path", req.URL.Path, "attempt", attempt)
			_ = t.sleep(req.Context(), wait) // a cancelled context ends the next attempt at once
			return 0
		},
	}
	resp, err := client.Do(again)
	if err != nil {
		return nil, err // never with an answer, of which net/http would complain in the log
	}
	t.note(resp)
	resp.Body = bounded{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

// hold waits for the space between writes, and refuses at once while a limit is known to last longer than we wait.
func (t *transport) hold(req *http.Request) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait := t.blocked.Sub(t.now())
	if wait > t.maxWait {
		return &limitError{t.blocked}
	}
	if writes(req.Method) {
		wait = max(wait, t.lastWrite.Add(writeSpace).Sub(t.now()))
	}
	if wait > 0 {
		if err := t.sleep(req.Context(), wait); err != nil {
			return err
		}
	}
	if writes(req.Method) {
		t.lastWrite = t.now()
	}
	return nil
}

// note remembers that the last permitted request was used, and hides it from the GitHub client, which would refuse every later
// call by itself until the limit's end instead of waiting a moment.
func (t *transport) note(resp *http.Response) {
	if resp.StatusCode >= 300 || resp.Header.Get("X-RateLimit-Remaining") != "0" {
		return
	}
	if reset, ok := resetTime(resp); ok {
		t.mu.Lock()
		t.blocked = reset
		t.mu.Unlock()
	}
	resp.Header.Del("X-RateLimit-Reset")
}

func writes(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// repeat says whether a request may be sent again, and after how long. A POST may only if GitHub refused it for a limit: after a
// lost reply or a server's fault what it was to make may well exist.
func (t *transport) repeat(ctx context.Context, method string, attempt int, resp *http.Response, err error) (time.Duration, bool) {
	pause, safe := min(time.Second<<attempt, t.maxWait), method != http.MethodPost
	var away *redirectError
	switch {
	case ctx.Err() != nil || errors.As(err, &away):
		return 0, false
	case err != nil:
		return pause, safe
	case limited(resp):
		wait := t.limitWait(attempt, resp)
		return wait, wait <= t.maxWait
	}
	return pause, safe && resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented
}

// limited reports whether the answer refuses the request for a primary or secondary limit.
func limited(resp *http.Response) bool {
	if resp.StatusCode == http.StatusTooManyRequests {
		return true
	}
	if resp.StatusCode != http.StatusForbidden {
		return false
	}
	return resp.Header.Get("X-RateLimit-Remaining") == "0" || resp.Header.Get("Retry-After") != "" || saysSecondary(resp)
}

// saysSecondary looks into the body, which is left as it was: a secondary limit may come without any header.
func saysSecondary(resp *http.Response) bool {
	head, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	resp.Body = bounded{io.MultiReader(strings.NewReader(string(head)), resp.Body), resp.Body}
	return err == nil && (strings.Contains(strings.ToLower(string(head)), "secondary rate limit") || strings.Contains(string(head), "#abuse-rate-limits"))
}

// limitWait is how long GitHub asks to wait: Retry-After where it stands, else until a used-up limit starts again, else a
// minute and more.
func (t *transport) limitWait(attempt int, resp *http.Response) time.Duration {
	if after, ok := t.retryAfter(resp); ok {
		return after
	}
	if reset, ok := resetTime(resp); ok && resp.Header.Get("X-RateLimit-Remaining") == "0" {
		return max(reset.Sub(t.now()), 0) + time.Second
	}
	return time.Minute << attempt
}

// retryAfter reads seconds or a date.
func (t *transport) retryAfter(resp *http.Response) (time.Duration, bool) {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(t.now()), 0), true
	}
	return 0, false
}

func resetTime(resp *http.Response) (time.Time, bool) {
	seconds, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

// limitError is a limit that lasts longer than we wait.
type limitError struct{ until time.Time }

func (e *limitError) Error() string { return "rate limit until " + e.until.UTC().Format(time.RFC3339) }

// redirectError is a redirect that is not followed.
type redirectError struct{ to, why string }

func (e *redirectError) Error() string { return "redirect to " + e.to + " refused: " + e.why }

// stay refuses redirects that would carry the credential to another host, or turn a write into a read.
func stay(req *http.Request, via []*http.Request) error {
	from := via[0]
	switch {
	case req.URL.Host != from.URL.Host || req.URL.Scheme != from.URL.Scheme:
		return &redirectError{req.URL.Host, "another host"}
	case req.Method != from.Method:
		return &redirectError{req.URL.Path, "it would turn " + from.Method + " into " + req.Method}
	case len(via) >= 5:
		return &redirectError{req.URL.Path, "too many redirects"}
	}
	return nil
}
