package ingest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// vector is a request that somebody else signed, by the vendor's own rule.
type vector struct {
	Name, Kind, Origin string
	Secret             string
	Method, URL        string
	At                 int64 // when it was sent, in milliseconds
	Headers            map[string]string
	Body               string
	Unbound            []string          // what the vendor's proof leaves open
	Answer             map[string]string // the handshake's
}

func (v vector) request() ingest.Request {
	header := http.Header{}
	for name, value := range v.Headers {
		header.Set(name, value)
	}
	r := ingest.Request{Method: http.MethodPost, URL: "https://clamor.example/hooks/field", Header: header, Body: []byte(v.Body)}
	if v.URL != "" {
		r.URL = v.URL
	}
	if v.Method != "" {
		r.Method = v.Method
	}
	return r
}

func TestWhatVendorsSignIsAcceptedAndNothingElse(t *testing.T) {
	text, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			a := adapterOf(t, v.Kind)
			source := clamor.Source{Kind: v.Kind, Secret: v.Secret}
			now := time.UnixMilli(v.At)
			if v.Answer != nil {
				answered(t, a.Handshake(source, v.request()), v.Answer)
				return
			}
			if err := a.Verify(source, v.request(), now.Add(30*time.Second)); err != nil {
				t.Fatalf("%s: the vector is refused: %v", v.Origin, err)
			}
			refused := func(what string, secret string, r ingest.Request, now time.Time) {
				t.Helper()
				source.Secret = secret
				if err := a.Verify(source, r, now); clamor.KindOf(err) != clamor.Unauthenticated {
					t.Errorf("with %s the answer is %v, want unauthenticated", what, err)
				}
			}
			other := []byte(v.Secret)
			other[len(other)/2] ^= 1
			refused("another secret", string(other), v.request(), now)
			if !slices.Contains(v.Unbound, "body") {
				for at := 0; at < len(v.Body); at += 1 + len(v.Body)/50 {
					r := v.request()
					r.Body[at] ^= 1
					refused("one byte changed", v.Secret, r, now)
				}
				r := v.request()
				r.Body = append(r.Body, ' ')
				refused("one byte more", v.Secret, r, now)
			}
			if !slices.Contains(v.Unbound, "time") {
				refused("a time an hour ago", v.Secret, v.request(), now.Add(time.Hour))
				refused("a time to come", v.Secret, v.request(), now.Add(-time.Hour))
			}
		})
	}
}

func answered(t *testing.T, got *ingest.Answer, want map[string]string) {
	t.Helper()
	if got == nil || got.Status != http.StatusOK {
		t.Fatalf("the handshake is answered with %v", got)
	}
	var said map[string]string
	if err := json.Unmarshal(got.Body, &said); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("the answer (-want +got):\n%s", diff)
	}
}
