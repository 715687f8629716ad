package export

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// unclear reports whether a failed write may have been carried out all the same: no answer, one that cannot be read, or a fault
// on the server's side. What GitHub refused, and what was never sent, is clear.
func unclear(err error) bool {
	var refused *github.ErrorResponse
	if errors.As(err, &refused) {
		return refused.Response.StatusCode >= 500
	}
	var (
		primary   *github.RateLimitError
		secondary *github.AbuseRateLimitError
		otp       *github.TwoFactorAuthError
		limit     *limitError
		away      *redirectError
	)
	if _, _, unsent := keyless(err); unsent {
		return false
	}
	return !errors.As(err, &primary) && !errors.As(err, &secondary) && !errors.As(err, &otp) && !errors.As(err, &limit) && !errors.As(err, &away)
}

// status is the HTTP status of a refusal, 0 where there was no answer.
func status(err error) int {
	var refused *github.ErrorResponse
	if errors.As(err, &refused) && refused.Response != nil {
		return refused.Response.StatusCode
	}
	return 0
}

// explain turns a failure of the GitHub client into an error that says what to do. A refused token is Forbidden, not
// Unauthenticated: it is our credential that does not hold, not that of the person who asked for the export.
func (p *publishing) explain(ctx context.Context, doing string, err error) error {
	if err == nil || ctx.Err() != nil || errors.As(err, new(*clamor.Error)) {
		return err
	}
	say := func(kind clamor.Kind, format string, args ...any) error {
		return &clamor.Error{Kind: kind, Message: doing + " in " + p.repo + ": " + fmt.Sprintf(format, args...), Err: err}
	}
	var (
		refused   *github.ErrorResponse
		primary   *github.RateLimitError
		secondary *github.AbuseRateLimitError
		otp       *github.TwoFactorAuthError
		limit     *limitError
		away      *redirectError
	)
	if kind, text, unsent := keyless(err); unsent {
		return say(kind, "%s", text)
	}
	switch {
	case errors.As(err, &away):
		return say(clamor.Unavailable, "GitHub redirects to %s, which is not followed because it would take the token elsewhere: check the repository's name and the API address", away.to)
	case errors.As(err, &limit):
		return say(clamor.Limited, "the rate limit is used up until %s: run it again then; nothing is made twice", clock(limit.until))
	case errors.As(err, &primary):
		return say(clamor.Limited, "the rate limit is used up until %s: run it again then; nothing is made twice", clock(primary.Rate.Reset.Time))
	case errors.As(err, &secondary):
		return say(clamor.Limited, "GitHub asks to slow down%s: run it again later; nothing is made twice", after(secondary.RetryAfter))
	case errors.As(err, &otp):
		return say(clamor.Forbidden, "GitHub wants a one-time password: use a fine-grained token instead of a password")
	case errors.As(err, &refused):
		return p.refusal(say, refused)
	}
	return say(clamor.Unavailable, "GitHub gave no answer that can be read: check the network and the API address, then run it again; nothing is made twice")
}

type sayFunc func(kind clamor.Kind, format string, args ...any) error

func (p *publishing) refusal(say sayFunc, refused *github.ErrorResponse) error {
	header := refused.Response.Header
	switch code := refused.Response.StatusCode; {
	case code == http.StatusUnauthorized:
		return say(clamor.Forbidden, "GitHub does not accept the token (%s): it may have expired or been revoked; make a new one and set CLAMOR_GITHUB_TOKEN", message(refused))
	case code == http.StatusTooManyRequests:
		return say(clamor.Limited, "GitHub asks to slow down%s: run it again later; nothing is made twice", retryNote(header))
	case code == http.StatusForbidden:
		return say(clamor.Forbidden, "GitHub says %q: %s", message(refused), permission(header))
	case code == http.StatusNotFound:
		return say(clamor.NotFound, "GitHub shows no such thing to this token: check the spelling, and that the token's grant includes the repository (for Enterprise Server the API address ends in /api/v3/)")
	case code == http.StatusGone:
		return say(clamor.Conflict, "issues are turned off for this repository: turn them on under Settings, Features, or choose another repository")
	case code == http.StatusUnprocessableEntity:
		return say(clamor.Invalid, "GitHub does not take it: %s", fields(refused))
	case code >= 500:
		return say(clamor.Unavailable, "GitHub has a fault of its own (status %d): run it again later; nothing is made twice", code)
	default:
		return say(clamor.Unavailable, "GitHub answers with status %d (%s)", code, message(refused))
	}
}

// permission names what the token lacks, from the header by which GitHub tells it.
func permission(header http.Header) string {
	accepted := strings.NewReplacer("_", " ", "=", ": ", ";", " or ", ",", ", ").Replace(header.Get("X-Accepted-GitHub-Permissions"))
	if accepted == "" {
		accepted = "issues: write"
	}
	text := "the token lacks a permission (needed is " + accepted + "); give a fine-grained token the repository permission \"Issues: read and write\""
	if sso := header.Get("X-GitHub-SSO"); sso != "" {
		text += ", and authorise it for the organisation's single sign-on"
	}
	return text
}

// fields lists what a 422 complains of.
func fields(refused *github.ErrorResponse) string {
	var out []string
	for _, e := range refused.Errors {
		text := e.Message
		if text == "" {
			text = e.Code
		}
		if e.Field != "" {
			text = e.Field + ": " + text
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return message(refused)
	}
	return strings.Join(out, "; ")
}

func message(refused *github.ErrorResponse) string {
	if text := strings.Join(strings.Fields(clean(refused.Message)), " "); text != "" {
		return shorten(text, 200)
	}
	return http.StatusText(refused.Response.StatusCode)
}

func retryNote(header http.Header) string {
	if seconds := header.Get("Retry-After"); seconds != "" {
		return " (Retry-After: " + shorten(clean(seconds), 40) + ")"
	}
	return ""
}

func after(wait *time.Duration) string {
	if wait == nil || *wait <= 0 {
		return ""
	}
	return " for " + wait.Round(time.Second).String()
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC on 2 Jan 2006") }
