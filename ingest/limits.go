package ingest

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// askedWait reads how long an answer asks to be left alone, and whether it refuses the request for coming too fast. A wait without
// a refusal means that what may be sent is used up, so that the next request would be refused.
func askedWait(r Reply, now time.Time) (wait time.Duration, limited bool) {
	limited = r.Status == http.StatusTooManyRequests
	if limited || r.Status == http.StatusServiceUnavailable {
		if wait, ok := retryAfter(r.Header.Get("Retry-After"), now); ok {
			return wait, limited
		}
	}
	spent := limited
	for _, name := range [...]string{"X-RateLimit-Remaining", "RateLimit-Remaining"} {
		spent = spent || strings.TrimSpace(r.Header.Get(name)) == "0"
	}
	if spent {
		for _, name := range [...]string{"X-RateLimit-Reset", "RateLimit-Reset"} {
			if wait, ok := untilReset(r.Header.Get(name), now); ok {
				return wait, limited
			}
		}
	}
	return hubSpotWait(r.Header), limited
}

// retryAfter is a count of seconds or a date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if wait, ok := seconds(text); ok {
		return wait, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// untilReset is a time since 1970 or a count of seconds; no limit lasts for decades, so that the size of the number tells which.
func untilReset(text string, now time.Time) (time.Duration, bool) {
	const epoch = 1_000_000_000
	wait, ok := seconds(text)
	if ok && wait >= epoch*time.Second {
		return max(0, time.Unix(int64(wait/time.Second), 0).Sub(now)), true
	}
	return wait, ok
}

// seconds reads a count of seconds, with a fraction as some send it.
func seconds(text string) (time.Duration, bool) {
	const most = 5_000_000_000 // as a time since 1970: beyond the year 2100
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(n >= 0 && n < most) {
		return 0, false
	}
	return time.Duration(n * float64(time.Second)), true
}

// hubSpotWait is the rest of HubSpot's interval, of which only the length is told, or of its second.
func hubSpotWait(h http.Header) time.Duration {
	const prefix = "X-Hubspot-Ratelimit-"
	if h.Get(prefix+"Remaining") == "0" {
		if ms, ok := seconds(h.Get(prefix + "Interval-Milliseconds")); ok {
			return min(ms/1000, time.Minute)
		}
	}
	if h.Get(prefix+"Secondly-Remaining") == "0" {
		return time.Second
	}
	return 0
}

// hush remembers that a line wants to be left alone, and forgets those that no longer do.
func (t *telephone) hush(line string, wait time.Duration) {
	if wait <= 0 {
		return
	}
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for other, until := range t.quiet {
		if until.Before(now) {
			delete(t.quiet, other)
		}
	}
	t.quiet[line] = now.Add(wait)
}

// waitForQuiet waits until a line may be called again. Limited if that is longer than one call may wait.
func (t *telephone) waitForQuiet(ctx context.Context, line, host string) error {
	t.mu.Lock()
	until := t.quiet[line]
	t.mu.Unlock()
	wait := time.Until(until)
	switch {
	case wait <= 0:
		return ctx.Err()
	case wait > t.options.LongestWait:
		return clamor.Errorf(clamor.Limited, "%s takes no more requests until %s: it is called again then", host, until.UTC().Format("15:04:05 UTC on 2006-01-02"))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
