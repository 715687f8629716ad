package ingest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// vault keeps pages as the store does: a page and its cursor together, and a page that is there already not again.
type vault struct {
	pages   []ingest.Page
	cursors map[string]string
	breaks  int // the page at which the process dies, counted from 1
	kept    int
}

var errDied = errors.New("the process died")

func (v *vault) pull(p ingest.Pull) ingest.Pull {
	if v.cursors == nil {
		v.cursors = map[string]string{}
	}
	p.Now = noon()
	p.Cursor = func(topic string) string { return v.cursors[topic] }
	p.Keep = func(_ context.Context, page ingest.Page) error {
		v.kept++
		if v.kept == v.breaks {
			return errDied
		}
		if page.Cursor != "" {
			v.cursors[page.Topic] = page.Cursor
		}
		for _, before := range v.pages {
			if before.Topic == page.Topic && bytes.Equal(before.Body, page.Body) {
				return nil
			}
		}
		if len(page.Body) > 0 {
			v.pages = append(v.pages, page)
		}
		return nil
	}
	p.Call = ingest.NewCaller(ingest.CallOptions{Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Tries: 3, FirstWait: time.Millisecond})
	return p
}

// notes are the external ids of the notes of all pages, in order.
func (v *vault) notes(t *testing.T, s clamor.Source) (ids []string) {
	t.Helper()
	for _, page := range v.pages {
		d := ingest.NewPage(s, page, noon())
		h, err := recorder(t, s.Kind).Parse(d, ingest.ParseOptions{Settings: s.Settings})
		if err != nil {
			t.Fatalf("a page of %s cannot be read: %v\n%s", s.Kind, err, page.Body)
		}
		for _, in := range h.Notes {
			ids = append(ids, in.Note.ExternalID)
		}
	}
	return ids
}

// playedAPI plays an API and keeps what it was asked.
type playedAPI struct {
	*httptest.Server
	asked []string
}

func play(t *testing.T, answer func(r *http.Request, body string) (int, string)) *playedAPI {
	t.Helper()
	v := &playedAPI{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		v.asked = append(v.asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		status, text := answer(r, string(body))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(v.Close)
	return v
}

func gongCallOf(id string) string {
	return `{"metaData":{"id":"` + id + `","title":"Call","started":"2026-11-20T10:00:00Z"},"parties":[{"speakerId":"1","name":"Kim",` +
		`"emailAddress":"kim@northwind.example","affiliation":"External"}]}`
}

func gongTranscriptOf(next, id string) string {
	return `{"records":{"cursor":"` + next + `"},"callTranscripts":[{"callId":"` + id + `","transcript":[{"speakerId":"1",` +
		`"sentences":[{"start":1000,"text":"We need an export."}]}]}]}`
}

func TestGongIsPulledPageByPageAndGoesOnAfterACrash(t *testing.T) {
	api := play(t, func(r *http.Request, body string) (int, string) {
		if r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("key:secret")) {
			return http.StatusUnauthorized, `{"errors":["who are you"]}`
		}
		if r.URL.Path == "/v2/calls/transcript" {
			var asked struct {
				Filter struct {
					CallIDs []string `json:"callIds"`
				}
				Cursor string
			}
			if err := json.Unmarshal([]byte(body), &asked); err != nil {
				t.Error(err)
			}
			if asked.Cursor == "" && len(asked.Filter.CallIDs) > 1 { // a page for each call
				return 200, gongTranscriptOf("rest", asked.Filter.CallIDs[0])
			}
			return 200, gongTranscriptOf("", asked.Filter.CallIDs[len(asked.Filter.CallIDs)-1])
		}
		switch {
		case strings.Contains(body, `"cursor":"two"`):
			return 200, `{"records":{},"calls":[` + gongCallOf("c3") + `]}`
		case strings.Contains(body, `"toDateTime":"2026-11-21T12:00:00Z"`):
			return 200, `{"records":{"cursor":"two"},"calls":[` + gongCallOf("c1") + `,` + gongCallOf("c2") + `]}`
		}
		return http.StatusNotFound, `{"requestId":"r","errors":["No calls found corresponding to the provided filters"]}`
	})
	source := clamor.Source{Name: "gong", Kind: "gong", Token: "key:secret", Settings: map[string]string{"base_url": api.URL, "days": "3"}}
	v := &vault{breaks: 2}
	if err := recorder(t, "gong").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); !errors.Is(err, errDied) {
		t.Fatalf("the pull ends with %v", err)
	}
	if !strings.Contains(api.asked[0], `"fromDateTime":"2026-11-18T12:00:00Z"`) || !strings.Contains(api.asked[0], `"context":"Extended"`) {
		t.Errorf("the first window is %s", api.asked[0])
	}
	before := len(api.asked)
	if err := recorder(t, "gong").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); err != nil {
		t.Fatal(err)
	}
	if again := api.asked[before]; !strings.Contains(again, `"cursor":"two"`) {
		t.Errorf("after the crash it is asked for %s", again)
	}
	if diff := cmp.Diff([]string{"c1", "c2", "c3"}, v.notes(t, source)); diff != "" {
		t.Errorf("the notes (-want +got):\n%s", diff)
	}
	before = len(api.asked)
	if err := recorder(t, "gong").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); err != nil {
		t.Fatal(err)
	}
	if next := api.asked[before]; !strings.Contains(next, `"fromDateTime":"2026-11-20T12:00:00Z"`) {
		t.Errorf("the next pull begins with %s, want a day before the end of the last", next)
	}
}

func TestAnEmptyWindowOfGongIsNoFault(t *testing.T) {
	api := play(t, func(*http.Request, string) (int, string) {
		return http.StatusNotFound, `{"requestId":"r","errors":["No calls found corresponding to the provided filters"]}`
	})
	v := &vault{}
	source := clamor.Source{Kind: "gong", Token: "oauth", Settings: map[string]string{"base_url": api.URL}}
	err := recorder(t, "gong").Pull(t.Context(), v.pull(ingest.Pull{Source: source}))
	if err != nil || len(v.pages) != 0 || v.cursors["calls"] == "" {
		t.Errorf("an empty window gives %v, %d pages and the cursor %q", err, len(v.pages), v.cursors["calls"])
	}
}

func TestAPullSaysWhatIsWrong(t *testing.T) {
	for _, kind := range []string{"gong", "fathom", "buildbetter"} {
		for _, c := range []struct {
			status int
			body   string
			want   clamor.Kind
		}{
			{http.StatusUnauthorized, `{"errors":["bad key"]}`, clamor.Forbidden},
			{http.StatusForbidden, `no`, clamor.Forbidden},
			{http.StatusBadRequest, `{"errors":["what?"]}`, clamor.Invalid},
			{http.StatusInternalServerError, `oops`, clamor.Unavailable},
			{http.StatusOK, `<html>`, clamor.Unavailable},
			{http.StatusNotFound, `<html>`, clamor.NotFound},
		} {
			api := play(t, func(*http.Request, string) (int, string) { return c.status, c.body })
			v := &vault{}
			source := clamor.Source{Kind: kind, Token: "token-of-ours", Settings: map[string]string{"base_url": api.URL}}
			err := recorder(t, kind).Pull(t.Context(), v.pull(ingest.Pull{Source: source}))
			if clamor.KindOf(err) != c.want || strings.Contains(errorText(err), "token-of-ours") || len(v.pages) > 0 {
				t.Errorf("%s answers %d %s: %v (%v), want %v", kind, c.status, c.body, err, clamor.KindOf(err), c.want)
			}
		}
		tokenless := (&vault{}).pull(ingest.Pull{Source: clamor.Source{Kind: kind}})
		if err := recorder(t, kind).Pull(t.Context(), tokenless); clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("%s without a token: %v", kind, err)
		}
	}
}

func signalRow(i int) string {
	return fmt.Sprintf(`{"id":%d,"summary":"Needs thing %d","created_at":"2026-11-20T10:%02d:%02d.5+00:00",`+
		`"types":[{"type":{"name":"featureRequest"}}],"person":{"email":"kim@northwind.example"},"call":{"id":7}}`, i, i, i/60, i%60)
}

func TestBuildBetterIsPulledInTheOrderOfCreation(t *testing.T) {
	const all = 250
	api := play(t, func(r *http.Request, body string) (int, string) {
		var q struct {
			Variables struct {
				Since         time.Time
				Limit, Offset int
			}
		}
		if err := json.Unmarshal([]byte(body), &q); err != nil || r.Header.Get("X-Buildbetter-API-Key") != "k" {
			t.Errorf("asked with %v: %s", r.Header, body)
		}
		var rows []string
		for i := range all {
			if at := time.Date(2026, 11, 20, 10, i/60, i%60, 5e8, time.UTC); !at.Before(q.Variables.Since) {
				rows = append(rows, signalRow(i))
			}
		}
		rows = rows[min(q.Variables.Offset, len(rows)):]
		return 200, `{"data":{"extraction":[` + strings.Join(rows[:min(q.Variables.Limit, len(rows))], ",") + `]}}`
	})
	source := clamor.Source{Kind: "buildbetter", Token: "k", Settings: map[string]string{"base_url": api.URL}}
	v := &vault{breaks: 2}
	if err := recorder(t, "buildbetter").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); !errors.Is(err, errDied) {
		t.Fatalf("the pull ends with %v", err)
	}
	if err := recorder(t, "buildbetter").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	for _, id := range v.notes(t, source) {
		read[id] = true
	}
	if len(read) != all {
		t.Errorf("%d signals are read of %d", len(read), all)
	}
	if got := v.cursors["signals"]; got != "2026-11-20T10:04:09.5+00:00" {
		t.Errorf("the cursor is %q, want when the last signal was made", got)
	}
}

func TestAnErrorOfGraphQLIsOneWhateverItsStatus(t *testing.T) {
	tries := 0
	api := play(t, func(*http.Request, string) (int, string) {
		tries++
		if tries == 1 {
			return 200, `{"errors":[{"message":"slow down","code":"too_many_requests"}]}`
		}
		return 200, `{"errors":[{"message":"field 'foo' not found in type: 'extraction'"}]}`
	})
	v := &vault{}
	source := clamor.Source{Kind: "buildbetter", Token: "k", Settings: map[string]string{"base_url": api.URL}}
	err := recorder(t, "buildbetter").Pull(t.Context(), v.pull(ingest.Pull{Source: source}))
	if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(errorText(err), "field 'foo' not found") || tries != 2 || len(v.pages) > 0 {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestFathomIsPulledByItsCursor(t *testing.T) {
	meeting := func(id string) string {
		return `{"recording_id":` + id + `,"title":"T","recording_start_time":"2026-11-20T10:00:00Z",` +
			`"transcript":[{"speaker":{"display_name":"Kim"},"text":"We need SSO.","timestamp":"00:00:01"}],` +
			`"calendar_invitees":[{"name":"Kim","email":"kim@northwind.example","is_external":true}]}`
	}
	api := play(t, func(r *http.Request, _ string) (int, string) {
		if r.Header.Get("X-Api-Key") != "k" || r.URL.Query().Get("include_transcript") != "true" {
			t.Errorf("asked with %v: %s", r.Header, r.URL)
		}
		if r.URL.Query().Get("cursor") == "n+/=" {
			return 200, `{"items":[` + meeting("2") + `],"next_cursor":null}`
		}
		return 200, `{"items":[` + meeting("1") + `],"next_cursor":"n+/="}`
	})
	source := clamor.Source{Kind: "fathom", Token: "k", Settings: map[string]string{"base_url": api.URL}}
	v := &vault{breaks: 2}
	if err := recorder(t, "fathom").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	if err := recorder(t, "fathom").Pull(t.Context(), v.pull(ingest.Pull{Source: source})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, v.notes(t, source)); diff != "" || len(api.asked) != 3 {
		t.Errorf("after %d requests the notes are (-want +got):\n%s", len(api.asked), diff)
	}
}
