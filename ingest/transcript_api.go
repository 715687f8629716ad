package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// What the recorders' APIs have in common.

// ask calls an API and gives the body of its answer, or says what a person can do about one that is no success.
func (p Pull) ask(ctx context.Context, title string, c Call) ([]byte, error) {
	if p.Source.Token == "" {
		return nil, clamor.Errorf(clamor.Invalid, "the source has no token, without which %s cannot be read: give it one", title)
	}
	reply, err := p.Call(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", title, err)
	}
	return reply.Body, answered(title, reply)
}

// answered is nil for a success.
func answered(title string, r Reply) error {
	said := clip(cleanLine(string(r.Body[:min(len(r.Body), 500)])))
	switch {
	case r.Status >= 200 && r.Status < 300:
		return nil
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return clamor.Errorf(clamor.Forbidden, "%s refuses the source's token (%d: %s): give it one that may read calls", title, r.Status, said)
	case r.Status == http.StatusTooManyRequests:
		return clamor.Errorf(clamor.Limited, "%s wants to be asked less often: the rest comes with the next pull", title)
	case r.Status >= 500:
		return clamor.Errorf(clamor.Unavailable, "%s cannot answer (%d): try again later", title, r.Status)
	case r.Status == http.StatusNotFound || r.Status == http.StatusGone:
		return clamor.Errorf(clamor.NotFound, "%s has nothing there (%d): not yet, or not any more, or the source's base_url is wrong", title, r.Status)
	}
	return clamor.Errorf(clamor.Invalid, "%s does not understand the request (%d: %s): look at the source's settings", title, r.Status, said)
}

// askGraphQL sends a query and gives the whole answer. GraphQL tells its errors with status 200.
func (p Pull) askGraphQL(ctx context.Context, title string, header http.Header, query string, variables map[string]any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", title, err)
	}
	header.Set("Content-Type", "application/json")
	answer, err := p.ask(ctx, title, Call{Method: http.MethodPost, URL: p.Setting("base_url"), Header: header, Body: body, Safe: true,
		Limited: limitedGraphQL})
	if err != nil {
		return nil, err
	}
	if told := graphQLErrors(answer); len(told) > 0 {
		kind := clamor.Invalid
		if told[0].limited() {
			kind = clamor.Limited
		}
		return nil, clamor.Errorf(kind, "%s answers with an error: %s", title, clip(cleanLine(told[0].Message)))
	}
	return answer, nil
}

// graphQLError is one of the errors that stand where the answer would.
type graphQLError struct {
	Message    string `json:"message"`
	Code       string `json:"code"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

func graphQLErrors(answer []byte) []graphQLError {
	var told struct {
		Errors []graphQLError `json:"errors"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(answer), &told); err != nil {
		return nil
	}
	return told.Errors
}

func (e graphQLError) limited() bool {
	return strings.Contains(e.Code+" "+e.Extensions.Code, "too_many_requests")
}

func limitedGraphQL(r Reply) (time.Duration, bool) {
	for _, e := range graphQLErrors(r.Body) {
		if e.limited() {
			return 0, true
		}
	}
	return 0, false
}

// askVTT downloads a transcript. What is none, such as a page to sign in, is not taken for an empty one.
func (p Pull) askVTT(ctx context.Context, title string, c Call) (string, error) {
	body, err := p.ask(ctx, title, c)
	if err != nil {
		return "", err
	}
	text := clean(string(body))
	if !strings.HasPrefix(strings.TrimPrefix(text, "\ufeff"), "WEBVTT") && len(captions(text)) == 0 {
		return "", clamor.Errorf(clamor.Unavailable, "%s sends something else than a transcript: look at the source's token, or wait", title)
	}
	return text, nil
}

// recordingPage is what is kept of a recording: what its webhook told, and what was said.
type recordingPage struct {
	Recording json.RawMessage `json:"recording"`
	VTT       string          `json:"vtt"`
}

func (r recordingPage) keep(ctx context.Context, p Pull) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keeping a recording: %w", err)
	}
	return p.Keep(ctx, Page{Topic: "recordings", Body: body})
}

// firstMoment is where a source begins that has pulled nothing yet: as many days back as its setting says.
func (p Pull) firstMoment() (time.Time, error) {
	days, err := strconv.Atoi(p.Setting("days"))
	if err != nil || days < 0 || days > 36500 {
		return time.Time{}, clamor.Errorf(clamor.Invalid, "the setting days is %q: write how many days back the first pull reads, such as 90",
			clip(p.Setting("days")))
	}
	return p.Now.AddDate(0, 0, -days).UTC().Truncate(time.Second), nil
}

// place is how far a pull has come through a list that is read in windows of time.
type place struct {
	From time.Time `json:"from"`           // of the window
	To   time.Time `json:"to"`             // zero: until now
	Page string    `json:"page,omitempty"` // the vendor's cursor inside the window
}

// recorded is how long after a call its recording may still come or change.
const recorded = 24 * time.Hour

// place is where a topic goes on: in the middle of the window that a pull broke off in, else behind the last one. Recordings bear the time
// of their call and come hours later, so that windows overlap.
func (p Pull) place(topic string) (place, error) {
	var at place
	if err := json.Unmarshal([]byte(p.Cursor(topic)), &at); err != nil || at.From.IsZero() {
		first, err := p.firstMoment()
		return place{From: first, To: p.Now.UTC().Truncate(time.Second)}, err
	}
	if at.Page == "" {
		at.From, at.To = at.From.Add(-recorded), p.Now.UTC().Truncate(time.Second)
	}
	return at, nil
}

// next is the cursor behind a page: the vendor's own inside the window, or the end of the window.
func (at place) next(page string) string {
	after := place{From: at.To}
	if page != "" {
		after = place{From: at.From, To: at.To, Page: page}
	}
	text, _ := json.Marshal(after) // times and texts: cannot fail
	return string(text)
}
