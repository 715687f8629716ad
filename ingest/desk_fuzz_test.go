package ingest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"clamor"
	"clamor/ingest"
)

// fuzzDesk feeds an adapter foreign bytes, as sent and as pulled, with and without settings. Whatever they are: it must not panic, must
// blame the sender in words for the sender, and must keep no note without identity, account and time.
func fuzzDesk(f *testing.F, kind string, topics ...string) {
	inputs, err := filepath.Glob("testdata/" + kind + "/*.in")
	if err != nil || len(inputs) == 0 {
		f.Fatalf("no seeds in testdata/%s: %v", kind, err)
	}
	for _, input := range inputs {
		body, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	a := deskAdapter(f, kind)
	settings := map[string]string{"default_account": "Northwind", "channels": "C0EXAMPLE=acme.example", "tag": "feature_request",
		"arr_field": "arr", "base_url": "https://acme.example", "external_ids": "crm",
		"company_ids": "crm", "workspace": "acme", "site": "https://acme.example"}
	f.Fuzz(func(t *testing.T, body []byte) {
		source := clamor.Source{Name: "fuzz", Kind: kind}
		if a.Check(http.Header{}, body) == nil && a.Blank != nil {
			blanked := a.Blank(body)
			if again := a.Blank(blanked); !bytes.Equal(blanked, again) {
				t.Errorf("blanked twice, %q is %q", blanked, again)
			}
			if json.Valid(body) != json.Valid(blanked) {
				t.Errorf("%q is JSON: %v; blanked to %q: %v", body, json.Valid(body), blanked, json.Valid(blanked))
			}
		}
		request := ingest.Request{Method: http.MethodPost, Header: http.Header{}, Body: body}
		if a.Handshake != nil {
			a.Handshake(source, request)
		}
		if a.Accepted != nil {
			a.Accepted(request)
		}
		if err := a.Verify(clamor.Source{Kind: kind, Secret: "s"}, request, noon()); err != nil && clamor.KindOf(err) != clamor.Unauthenticated {
			t.Errorf("a proof that fails gives %v", err)
		}
		for _, topic := range append(topics, "") {
			for _, told := range []map[string]string{nil, settings} {
				d := ingest.NewDelivery(source, http.Header{}, body, noon())
				d.Topic = topic
				harvest, err := a.Parse(d, ingest.ParseOptions{Settings: told})
				if err != nil && clamor.KindOf(err) != clamor.Invalid {
					t.Errorf("the error %v is not for the sender's eyes", err)
				}
				for _, in := range harvest.Notes {
					if in.Note.ExternalID == "" || in.Note.Text == "" || !in.Account.Known() || in.Note.OccurredAt.IsZero() || in.Note.Delivery != d.ID {
						t.Errorf("a note without identity, words, account, time or delivery: %+v", in)
					}
				}
				for _, facts := range harvest.Accounts {
					if !facts.Known() || facts.AsOf.IsZero() {
						t.Errorf("an account that nobody can know: %+v", facts)
					}
				}
				for _, news := range harvest.Issues {
					if news.URL == "" || news.At.IsZero() || news.State != "open" && news.State != "closed" {
						t.Errorf("news of no issue: %+v", news)
					}
				}
				quotesAreVerbatim(t, harvest.Notes)
			}
		}
	})
}

func FuzzSlack(f *testing.F)        { fuzzDesk(f, "slack") }
func FuzzMattermost(f *testing.F)   { fuzzDesk(f, "mattermost") }
func FuzzZendesk(f *testing.F)      { fuzzDesk(f, "zendesk", "ticket", "organizations") }
func FuzzIntercom(f *testing.F)     { fuzzDesk(f, "intercom", "conversation", "companies") }
func FuzzProductboard(f *testing.F) { fuzzDesk(f, "productboard", "notes") }
func FuzzCanny(f *testing.F)        { fuzzDesk(f, "canny", "posts", "votes", "companies", "post", "vote") }
func FuzzLinear(f *testing.F)       { fuzzDesk(f, "linear") }
func FuzzJira(f *testing.F)         { fuzzDesk(f, "jira") }
func FuzzGitHub(f *testing.F)       { fuzzDesk(f, "github") }
