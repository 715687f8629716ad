package ingest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"clamor"
	"clamor/ingest"
)

func FuzzBuildBetter(f *testing.F) { fuzzRecorder(f, "buildbetter") }
func FuzzGong(f *testing.F)        { fuzzRecorder(f, "gong") }
func FuzzFathom(f *testing.F)      { fuzzRecorder(f, "fathom") }
func FuzzFireflies(f *testing.F)   { fuzzRecorder(f, "fireflies") }
func FuzzGrain(f *testing.F)       { fuzzRecorder(f, "grain") }
func FuzzZoom(f *testing.F)        { fuzzRecorder(f, "zoom") }
func FuzzOtter(f *testing.F)       { fuzzRecorder(f, "otter") }

// fuzzRecorder reads any bytes as what a recorder sends, and as a page of its API.
func fuzzRecorder(f *testing.F, kind string) {
	inputs, err := filepath.Glob("testdata/" + kind + "/*.in")
	if err != nil || len(inputs) == 0 {
		f.Fatal("no seeds of ", kind, err)
	}
	for _, input := range inputs {
		body, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(true, body)
		f.Add(false, body)
	}
	f.Fuzz(func(t *testing.T, page bool, body []byte) {
		a, source := recorder(t, kind), clamor.Source{Name: "fuzz", Kind: kind}
		d := ingest.NewDelivery(source, http.Header{}, body, noon())
		if page {
			d = ingest.NewPage(source, ingest.Page{Topic: "page", Body: body}, noon())
		}
		settings := map[string]string{"account_in_title": "^(.+)", "our_people": "Dana Rep", "arr_field": "ARR__c"}
		h, err := a.Parse(d, ingest.ParseOptions{Settings: settings})
		if err != nil && clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("the error %v is not for the sender's eyes", err)
		}
		for _, in := range h.Notes {
			if in.Note.ExternalID == "" || !in.Account.Known() || in.Note.OccurredAt.IsZero() || in.Note.Source != "fuzz" {
				t.Errorf("a note without identity, account or time: %+v", in)
			}
		}
		quotesAreVerbatim(t, h.Notes)
		if a.Handshake != nil {
			a.Handshake(source, ingest.Request{Method: http.MethodPost, Body: body})
		}
	})
}
