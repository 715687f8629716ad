package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// languageModel is the API of a model that always says the same.
func languageModel(t *testing.T, status int, says string) (url string, asked *http.Request) {
	t.Helper()
	asked = new(http.Request)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = *r
		w.WriteHeader(status)
		fmt.Fprint(w, says)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", asked
}

func choice(content string) string {
	answer, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]string{"role": "assistant", "content": content}}}})
	return string(answer)
}

func proposedNote(t *testing.T) clamor.Intake {
	t.Helper()
	body := `{"id":"n1","title":"Call","account":"a.example","text":"Call with Ana, she is well. They need SSO. The map of the old tool is missed by many, a blocker for some. ` +
		`Next call in May, we talked about trains and the weather for quite some time, and about the new office that they move to in June."}`
	intakes, err := ingest.ParseNotes([]byte(body), ingest.ParseOptions{Source: "test", ReceivedAt: noon()})
	if err != nil {
		t.Fatal(err)
	}
	in := intakes[0]
	in.Asks = in.Asks[:0]
	for _, s := range ingest.Extract("They need SSO.") {
		at := strings.Index(in.Note.Text, s.Text)
		in.Asks = append(in.Asks, clamor.Ask{ID: "kept", Text: s.Text, Quote: s.Text, Start: at, End: at + len(s.Text)})
	}
	return in
}

func TestOnlyVerbatimWordsAreProposed(t *testing.T) {
	in := proposedNote(t)
	for name, c := range map[string]struct {
		says string
		want []string
	}{
		"verbatim":          {choice(`{"asks":["The map of the old tool is missed by many, a blocker for some."]}`), []string{"The map of the old tool is missed by many, a blocker for some. blocker"}},
		"between words":     {choice("Sure!\n```json\n{\"asks\":[\"the new office\"]}\n```"), []string{"the new office "}},
		"invented":          {choice(`{"asks":["They want a map.","The map of the OLD tool"]}`), nil},
		"known already":     {choice(`{"asks":["They need SSO.","need SSO"]}`), nil},
		"twice":             {choice(`{"asks":["the weather","the weather","weather for"]}`), []string{"the weather "}},
		"nothing":           {choice(`{"asks":[]}`), nil},
		"blank and endless": {choice(`{"asks":[""," ","` + strings.Repeat("x", 3000) + `"]}`), nil},
	} {
		url, asked := languageModel(t, http.StatusOK, c.says)
		out, err := ingest.NewProposer(ingest.ProposeOptions{URL: url, Model: "m", Key: "k"}).Extend(t.Context(), in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, a := range out.Asks[1:] {
			got = append(got, a.Text+" "+string(a.Priority))
			if in.Note.Text[a.Start:a.End] != a.Quote || a.ID == "" {
				t.Errorf("%s: %+v is no span of the note", name, a)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		if asked.URL.Path != "/v1/chat/completions" || asked.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("%s: asked %s with %q", name, asked.URL.Path, asked.Header.Get("Authorization"))
		}
	}
}

func TestAFailingModelLeavesTheNoteAsItIs(t *testing.T) {
	in := proposedNote(t)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or its end would go unseen
		<-r.Context().Done()
	}))
	defer slow.Close()
	urls := map[string]string{"slow": slow.URL, "no server": "http://127.0.0.1:1/v1", "no address": "::"}
	for name, says := range map[string]string{"not JSON": "busy", "no choices": "{}", "no object": choice("none"), "other object": choice(`{"asks":7}`)} {
		urls[name], _ = languageModel(t, http.StatusOK, says)
	}
	urls["error"], _ = languageModel(t, http.StatusTooManyRequests, choice(`{"asks":["the weather"]}`))
	urls["elsewhere"], _ = languageModel(t, http.StatusFound, "")
	for name, url := range urls {
		out, err := ingest.NewProposer(ingest.ProposeOptions{URL: url, Model: "m", Timeout: 100 * time.Millisecond}).Extend(context.Background(), in)
		if err == nil {
			t.Errorf("%s: no error is told", name)
		}
		if diff := cmp.Diff(in.Asks, out.Asks); diff != "" {
			t.Errorf("%s: -before +after:\n%s", name, diff)
		}
	}
}

func TestNothingIsProposedUnlessItIsAskedFor(t *testing.T) {
	in := proposedNote(t)
	out, err := ingest.NewProposer(ingest.ProposeOptions{}).Extend(t.Context(), in)
	if diff := cmp.Diff(in, out); err != nil || diff != "" {
		t.Errorf("%v, -before +after:\n%s", err, diff)
	}
}
