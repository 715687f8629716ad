package ingest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// fetched gives the notes that come of a webhook that only announces something.
func fetched(t *testing.T, s clamor.Source, input string, attempts int, change func(string) string) ([]string, error) {
	t.Helper()
	body, err := os.ReadFile("testdata/" + s.Kind + "/" + input)
	if err != nil {
		t.Fatal(err)
	}
	a := recorder(t, s.Kind)
	d := ingest.NewDelivery(s, http.Header{}, []byte(change(string(body))), noon())
	d.Attempts = attempts
	if h, err := a.Parse(d, ingest.ParseOptions{Settings: s.Settings}); err != nil || !h.Thin {
		t.Fatalf("%s is read as %+v, %v, want it to announce something", input, h, err)
	}
	v := &vault{}
	err = a.Fetch(t.Context(), v.pull(ingest.Pull{Source: s}), d)
	return v.notes(t, s), err
}

func same(s string) string { return s }

func TestAnAnnouncedTranscriptIsFetched(t *testing.T) {
	const grainID, firefliesID = "vjQRUKsWw0aFpCT3531eGbr8V0HJrMjKMEIcAUmP", "01KW0T0ZX43S6JJ9D3B7DP8FVB"
	vtt, err := os.ReadFile("testdata/zoom/recording.in")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ VTT string }
	if err := json.Unmarshal(vtt, &page); err != nil {
		t.Fatal(err)
	}
	transcript, err := os.ReadFile("testdata/fireflies/transcript.in")
	if err != nil {
		t.Fatal(err)
	}
	api := play(t, func(r *http.Request, body string) (int, string) {
		auth := r.Header.Get("Authorization")
		switch {
		case r.URL.Path == "/v2/calls/transcript" && strings.Contains(body, `"7700112233445566778"`):
			return 200, gongTranscriptOf("", "7700112233445566778")
		case r.URL.Path == "/graphql" && auth == "Bearer k" && strings.Contains(body, `"variables":{"id":"`+firefliesID+`"}`):
			return 200, string(transcript)
		case r.URL.Path == "/recordings/"+grainID+"/transcript.vtt" && r.Header.Get("Public-Api-Version") != "" && auth == "Bearer k":
			return 200, page.VTT
		case r.URL.Path == "/oauth/token" && body == "account_id=acc&grant_type=account_credentials" &&
			auth == "Basic "+base64.StdEncoding.EncodeToString([]byte("id:s")):
			return 200, `{"access_token":"fresh"}`
		case r.URL.Path == "/rec/download/example" && auth == "Bearer fresh":
			return 200, page.VTT
		}
		return http.StatusForbidden, auth
	})
	host := strings.TrimPrefix(api.URL, "http://")
	zoomed := func(s string) string { return strings.ReplaceAll(s, "https://example.zoom.us", api.URL) }
	for _, c := range []struct {
		source clamor.Source
		input  string
		change func(string) string
		want   string
	}{
		{clamor.Source{Kind: "gong", Token: "k:s", Settings: map[string]string{"base_url": api.URL}}, "webhook.in", same, "7700112233445566778"},
		{clamor.Source{Kind: "fireflies", Token: "k", Settings: map[string]string{"base_url": api.URL + "/graphql"}}, "v2.in", same, firefliesID},
		{clamor.Source{Kind: "grain", Token: "k", Settings: map[string]string{"base_url": api.URL}}, "added.in", same, grainID},
		{clamor.Source{Kind: "grain"}, "added.in", same, grainID}, // by its highlights
		{clamor.Source{Kind: "zoom", Token: "acc:id:s", Settings: map[string]string{"token_url": api.URL + "/oauth/token", "download_host": host,
			"account_in_title": "^(\\S+)"}}, "transcript-completed.in", zoomed, "4444AAAiAAAAAiAiAiiAii=="},
	} {
		got, err := fetched(t, c.source, c.input, 1, c.change)
		if diff := cmp.Diff([]string{c.want}, got); err != nil || diff != "" {
			t.Errorf("%s: %v, notes (-want +got):\n%s", c.source.Kind, err, diff)
		}
	}
}

func TestWhatCannotBeFetchedIsTriedAgainOrTold(t *testing.T) {
	api := play(t, func(r *http.Request, _ string) (int, string) {
		if r.URL.Path == "/v2/calls/transcript" {
			return http.StatusNotFound, `{"requestId":"r","errors":["No transcripts found"]}`
		}
		if r.Method == http.MethodPost {
			return 200, `{"data":{"transcript":null}}`
		}
		return 200, "<html>Sign in</html>"
	})
	zoomed := func(s string) string { return strings.ReplaceAll(s, "https://example.zoom.us", api.URL) }
	here := map[string]string{"base_url": api.URL, "download_host": "127.0.0.1"}
	for name, c := range map[string]struct {
		source clamor.Source
		input  string
		change func(string) string
		want   clamor.Kind
	}{
		"a transcript that is not there yet": {clamor.Source{Kind: "gong", Token: "k", Settings: here}, "webhook.in", same, clamor.Unavailable},
		"a meeting that is not there yet":    {clamor.Source{Kind: "fireflies", Token: "k", Settings: here}, "v1.in", same, clamor.NotFound},
		"a page to sign in":                  {clamor.Source{Kind: "zoom", Token: "k", Settings: here}, "transcript-completed.in", zoomed, clamor.Unavailable},
		"a host that is not Zoom's":          {clamor.Source{Kind: "zoom", Token: "k"}, "transcript-completed.in", zoomed, clamor.Invalid},
		"a source without a token":           {clamor.Source{Kind: "fireflies"}, "v1.in", same, clamor.Invalid},
		"Gong without a token":               {clamor.Source{Kind: "gong"}, "webhook.in", same, clamor.Invalid},
	} {
		if got, err := fetched(t, c.source, c.input, 1, c.change); clamor.KindOf(err) != c.want || len(got) != 0 {
			t.Errorf("%s gives %v and %v (%v), want %v", name, got, err, clamor.KindOf(err), c.want)
		}
	}
	source := clamor.Source{Kind: "gong", Token: "k", Settings: here}
	if _, err := fetched(t, source, "webhook.in", 6, same); err != nil {
		t.Errorf("a call whose transcript never comes is not given up: %v", err)
	}
}
