package ingest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// nobody knows no account.
type nobody struct{}

func (nobody) Recognise(_ context.Context, records []clamor.AccountFacts) ([]clamor.Match, error) {
	return make([]clamor.Match, len(records)), nil
}

func inspect(t *testing.T, kind, body string, mapping map[string]string) ingest.Inspection {
	t.Helper()
	source := clamor.Source{Name: "tool", Kind: kind, Mapping: mapping}
	i, err := ingest.Inspect(t.Context(), nobody{}, source, ingest.NewDelivery(source, http.Header{}, []byte(body), noon()), "USD", noon())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func field(t *testing.T, i ingest.Inspection, name string) ingest.SeenField {
	t.Helper()
	for _, f := range i.Fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no field %s", name)
	return ingest.SeenField{}
}

const surveyBody = `{"form": "NPS", "data.v2": {"answers": [{"q": "What is missing?", "a": "We need SAML."}, {"q": "Else?", "a": "No."}],
	"org": {"name": "Northwind", "mrr": 4000}}, "at": 1795258800, "deal__stage": "Won", "none": null, "empty": []}`

func TestAMappingIsShownWhatItFinds(t *testing.T) {
	i := inspect(t, "json", surveyBody, map[string]string{"text": `["data.v2"].answers[].a`, "account": `["data.v2"].org.name`, "account.arr": `["data.v2"].org.mrr @monthly`,
		"occurred_at": "at @s", "title": "absent", "url": "form[", "deal.amount": "form @major"})
	for name, want := range map[string][]string{"text": {"We need SAML.", "No."}, "account.arr": {"4800000"}, "occurred_at": {"2026-11-21T11:00:00Z"}, "title": {}} {
		if diff := cmp.Diff(want, field(t, i, name).Values); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, words := range map[string]string{"title": "nothing stands there", "url": "]", "deal.amount": "NPS"} {
		if f := field(t, i, name); !strings.Contains(f.Fault, words) {
			t.Errorf("%s: fault %q, want %q in it", name, f.Fault, words)
		}
	}
}

// Whatever path is offered can be put into a field as it stands, and finds the value that was shown beside it.
func TestEveryPathThatIsOfferedLeadsToItsValue(t *testing.T) {
	for kind, body := range map[string]string{"json": surveyBody, "generic": `[{"text": "We need SAML.", "account": {"name": "Contoso"}}]`,
		"standard-webhooks": `{"type": "x.y", "timestamp": "2026-11-21T11:00:00Z", "data": {"odd key|": "1", "a": {"b": ["c"]}}}`,
		"cloudevents":       `{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"comment": "We need SAML."}}`} {
		paths := inspect(t, kind, body, nil).Paths
		if len(paths) < 2 {
			t.Errorf("%s: paths %v", kind, paths)
		}
		for _, p := range paths {
			f := field(t, inspect(t, kind, body, map[string]string{"title": p.Path}), "title")
			if len(f.Values) == 0 || f.Values[0] != p.Value {
				t.Errorf("%s: %s finds %q (%s), %q was shown", kind, p.Path, f.Values, f.Fault, p.Value)
			}
		}
	}
}

func TestNotesOfAListAreShownByTheFirst(t *testing.T) {
	i := inspect(t, "json", `{"org": "Contoso", "items": [{"t": "We need SAML."}, {"t": "We need SCIM."}]}`, map[string]string{"text": "items[*].t", "account": "org"})
	if i.Notes != 2 || len(i.Trial.Notes) != 2 || field(t, i, "text").Values[0] != "We need SAML." {
		t.Errorf("%d notes, %d tried, %v", i.Notes, len(i.Trial.Notes), field(t, i, "text"))
	}
	for _, p := range i.Paths {
		if p.Path == "items[*].t" {
			return
		}
	}
	t.Errorf("the paths do not go the way of the mapping: %v", i.Paths)
}

func TestAKindWithoutAMappingSaysSo(t *testing.T) {
	_, err := ingest.Inspect(t.Context(), nobody{}, clamor.Source{Kind: "github"}, clamor.Delivery{}, "USD", noon())
	if clamor.KindOf(err) != clamor.Unsupported {
		t.Errorf("%v", err)
	}
}
