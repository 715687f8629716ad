package ingest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// reading is what a golden file holds: all that an adapter makes of a payload.
type reading struct {
	Intakes  []clamor.Intake
	Accounts []clamor.AccountFacts `json:",omitempty"`
	Deals    []clamor.DealFacts    `json:",omitempty"`
	Issues   []clamor.IssueNews    `json:",omitempty"`
	Thin     bool                  `json:",omitempty"`
	Kind     string                `json:",omitempty"`
	Message  string                `json:",omitempty"`
	Faults   []clamor.Fault        `json:",omitempty"`
}

// given is what a payload came with: NAME.given beside NAME.in, where it is more than nothing.
type given struct {
	Topic    string
	Header   map[string]string
	Settings map[string]string
	Mapping  map[string]string
}

func givenWith(t *testing.T, input string) (g given) {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(input, ".in") + ".given")
	if errors.Is(err, os.ErrNotExist) {
		return g
	}
	if err := errors.Join(err, json.Unmarshal(text, &g)); err != nil {
		t.Fatal(err)
	}
	return g
}

func read(t *testing.T, a ingest.Adapter, body []byte, g given) reading {
	t.Helper()
	source, header := clamor.Source{Name: "field", Kind: a.Kind, Settings: g.Settings}, http.Header{}
	for name, value := range g.Header {
		header.Set(name, value)
	}
	d := ingest.NewDelivery(source, header, body, noon())
	d.Topic = g.Topic
	harvest, err := a.Parse(d, ingest.ParseOptions{Settings: g.Settings, Mapping: g.Mapping})
	r := reading{Intakes: harvest.Notes, Accounts: harvest.Accounts, Deals: harvest.Deals, Issues: harvest.Issues, Thin: harvest.Thin}
	if err != nil {
		var e *clamor.Error
		if !errors.As(err, &e) {
			t.Fatalf("Parse: %v, which is not for the sender's eyes", err)
		}
		r.Kind, r.Message, r.Faults = e.Kind.String(), e.Message, e.Faults
	}
	return r
}

func TestAdaptersReadTheirGoldenPayloads(t *testing.T) {
	for _, a := range ingest.Adapters() {
		inputs, err := filepath.Glob("testdata/" + a.Kind + "/*.in")
		if err != nil || len(inputs) == 0 {
			t.Fatalf("adapter %s has no payload in testdata/%s/*.in: %v", a.Kind, a.Kind, err)
		}
		for _, input := range inputs {
			t.Run(a.Kind+"/"+filepath.Base(input), func(t *testing.T) {
				body, err := os.ReadFile(input)
				if err != nil {
					t.Fatal(err)
				}
				got := read(t, a, body, givenWith(t, input))
				compareGolden(t, strings.TrimSuffix(input, ".in")+".want", got)
				if again := read(t, a, body, givenWith(t, input)); !cmp.Equal(got, again) {
					t.Errorf("read twice, it says two things:\n%s", cmp.Diff(got, again))
				}
				quotesAreVerbatim(t, got.Intakes)
			})
		}
	}
}

func compareGolden(t *testing.T, path string, got any) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

func quotesAreVerbatim(t *testing.T, intakes []clamor.Intake) {
	t.Helper()
	for _, in := range intakes {
		if strings.ContainsRune(in.Note.Text, 0) {
			t.Errorf("note %s holds a NUL", in.Note.ExternalID)
		}
		for _, a := range in.Asks {
			if a.End > 0 && in.Note.Text[a.Start:a.End] != a.Quote {
				t.Errorf("note %s: the ask's quote %q is not the text %q at its offsets", in.Note.ExternalID, a.Quote, in.Note.Text[a.Start:a.End])
			}
			if a.ID == "" || a.Text == "" || a.Quote == "" {
				t.Errorf("note %s: an ask lacks its id, text or quote: %+v", in.Note.ExternalID, a)
			}
		}
	}
}

func TestEveryBadBodyGetsAClearAnswer(t *testing.T) {
	adapter, err := ingest.FindAdapter("generic")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, contentType, body string
		kind                    clamor.Kind
		says                    string
	}{
		{"a form", "application/x-www-form-urlencoded", `text=hello`, clamor.Unsupported, "send Content-Type: application/json"},
		{"XML", "text/xml", `<note/>`, clamor.Unsupported, "send Content-Type: application/json"},
		{"another charset", "application/json; charset=latin1", `{}`, clamor.Unsupported, "UTF-8"},
		{"nothing", "application/json", "", clamor.Invalid, "the body is empty"},
		{"white space", "application/json", " \r\n", clamor.Invalid, "the body is empty"},
		{"half an object", "application/json", `{"text": "We nee`, clamor.Invalid, "ends in the middle of its JSON, after 16 bytes"},
		{"a stray comma", "application/json", `{"text": "a",}`, clamor.Invalid, "not JSON at byte 14"},
		{"two values", "application/json", `{"text":"a"} {"text":"b"}`, clamor.Invalid, "more than one JSON value"},
		{"single quotes", "", `{'text': 'a'}`, clamor.Invalid, "not JSON at byte 2"},
		{"a raw NUL", "application/json", "{\"text\": \"a\x00b\"}", clamor.Invalid, "not JSON at byte 12"},
		{"invalid UTF-8", "application/json", "{\"text\": \"caf\xe9\"}", clamor.Invalid, "not UTF-8 at byte 13 (0xe9)"},
		{"a bare text", "application/json", `"We need SSO"`, clamor.Invalid, "no note"},
		{"a number", "application/json", `17`, clamor.Invalid, "no note"},
		{"UTF-16", "application/json", "\xff\xfe{\x00}\x00", clamor.Invalid, "not UTF-8 at byte 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			header.Set("Content-Type", c.contentType)
			err := adapter.Check(header, []byte(c.body))
			if clamor.KindOf(err) != c.kind || !strings.Contains(errorText(err), c.says) {
				t.Errorf("Check says %v (%v), want %v with %q", err, clamor.KindOf(err), c.kind, c.says)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestGoodBodiesPassTheCheck(t *testing.T) {
	adapter, err := ingest.FindAdapter("generic")
	if err != nil {
		t.Fatal(err)
	}
	for contentType, body := range map[string]string{
		"":                                  `{"text": "a"}`,
		"application/json":                  " [ ]",
		"application/json; charset=UTF-8":   "\xef\xbb\xbf{}",
		"application/vnd.acme.note+json":    `{"text": "nul \u0000 and half a pair \ud83d"}`,
		"text/json":                         `[{"text": "ü"}]`,
		`application/json; charset="utf-8"`: `{}`,
	} {
		header := http.Header{}
		header.Set("Content-Type", contentType)
		if err := adapter.Check(header, []byte(body)); err != nil {
			t.Errorf("%s %q is refused: %v", contentType, body, err)
		}
	}
}

func TestABodyThatIsNoNoteSaysWhatToSend(t *testing.T) {
	for body, says := range map[string]string{
		`{"notes": 3}`:                  "an object, an array of objects",
		`{"notes": []}`:                 "holds no note",
		`[]`:                            "holds no note",
		`{}`:                            "account: is missing",
		`{"text": "a"}`:                 "account: is missing",
		`{"text": "a", "account": 7}`:   "account: must be an object, not a number",
		`{"text": "a", "account": {}}`:  "neither name, domain nor external_ids",
		`{"text": ["a"], "account": 1}`: "text: must be a text, not an array",
		`{"text": " \n\u0000", "account": {"name": "A"}}`:                                  "text: is missing",
		`{"text": "a", "account": {"domain": "hotmail.com"}}`:                              "public mail domain",
		`{"text": "a", "account": {"name": "A", "arr": 48000.5}}`:                          "account.arr: 48000.5 is no whole number",
		`{"text": "a", "account": {"name": "A", "arr": "48,000"}}`:                         `account.arr: "48,000" is a text: write minor units`,
		`{"text": "a", "account": {"name": "A", "arr": 1e9}}`:                              "account.arr: 1e9 is no whole number",
		`{"text": "a", "account": {"name": "A", "arr": 9223372036854775807}}`:              "account.arr: 9223372036854775807 is above",
		`{"text": "a", "account": {"name": "A", "arr": -100}}`:                             "account.arr: -100 is below 0",
		`{"text": "a", "account": {"name": "A", "arr": 100, "currency": "BTC"}}`:           `account.currency: "BTC" is no ISO 4217 currency`,
		`{"text": "a", "account": {"name": "A"}, "deal": {"amount": 5}}`:                   "deal.id: is missing",
		`{"text": "a", "account": {"name": "A"}, "asks": {"text": "b"}}`:                   "asks: must be an array, not an object",
		`{"text": "a", "account": {"name": "A"}, "asks": [4]}`:                             "asks[0]: must be an object, not a number",
		`{"text": "a", "account": {"name": "A"}, "asks": [{"text": "b", "motive": "x"}]}`:  `asks[0].motive: "x" is unknown: choose keep, grow, promise`,
		`{"text": "a", "account": {"name": "A"}, "url": "call/81"}`:                        "url: \"call/81\" is no link",
		`{"id": "` + strings.Repeat("x", 501) + `", "text": "a", "account": {"name":"A"}}`: "id: has 501 bytes: at most 500",
	} {
		intakes, err := ingest.ParseNotes([]byte(body), ingest.ParseOptions{Source: "api", ReceivedAt: noon()})
		if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(errorText(err), says) || len(intakes) != 0 {
			t.Errorf("%s gives %d notes and %q, want %q", body, len(intakes), errorText(err), says)
		}
	}
}

// What a note leaves out is filled in the same way each time, so that the same note again is the same one.
func TestANoteWithoutIDIsKnownByWhatItSays(t *testing.T) {
	parse := func(body string, received time.Time) clamor.Intake {
		t.Helper()
		intakes, err := ingest.ParseNotes([]byte(body), ingest.ParseOptions{Source: "api", ReceivedAt: received})
		if err != nil || len(intakes) != 1 {
			t.Fatalf("%s: %d notes, %v", body, len(intakes), err)
		}
		return intakes[0]
	}
	first := parse(`{"text": "They need SSO.", "account": {"name": "A"}}`, noon())
	if !first.Note.OccurredAt.Equal(noon()) {
		t.Errorf("a note without a time occurred at %v, want when it was received", first.Note.OccurredAt)
	}
	later := parse(`{"account": {"name": "a", "arr": 5}, "text": "They need SSO."}`, noon().Add(time.Hour))
	if first.Note.ExternalID != later.Note.ExternalID || first.Asks[0].ID != later.Asks[0].ID {
		t.Errorf("the same note again is %s with ask %s, want %s with %s", later.Note.ExternalID, later.Asks[0].ID, first.Note.ExternalID, first.Asks[0].ID)
	}
	other := parse(`{"text": "They need SSO.", "account": {"name": "B"}}`, noon())
	if first.Note.ExternalID == other.Note.ExternalID {
		t.Error("two accounts' notes of the same words are taken for one")
	}
}

func TestAnAskKeepsItsIDInTheNextVersionOfItsNote(t *testing.T) {
	ids := func(text string) map[string]clamor.AskID {
		t.Helper()
		body, err := json.Marshal(map[string]any{"id": "n1", "text": text, "account": "A"})
		if err != nil {
			t.Fatal(err)
		}
		intakes, err := ingest.ParseNotes(body, ingest.ParseOptions{Source: "api", ReceivedAt: noon()})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]clamor.AskID{}
		for _, a := range intakes[0].Asks {
			all[a.Text] = a.ID
		}
		return all
	}
	before := ids("They need SSO. They want an audit log export. They need SSO.")
	after := ids("Typo fixed up here. They want an audit log export. And they need dark mode.")
	const kept = "They want an audit log export."
	if before[kept] == "" || before[kept] != after[kept] {
		t.Errorf("the ask %q is %q in one version and %q in the next", kept, before[kept], after[kept])
	}
	if before["They need SSO."] == before[kept] {
		t.Error("two asks of one note share an id")
	}
}

func TestDeliveriesAreKnownAgainAndKeepNoSecret(t *testing.T) {
	source := clamor.Source{Name: "field", Kind: "generic"}
	header := http.Header{}
	for name, value := range map[string]string{"Authorization": "Bearer s3cret", "Cookie": "a=b", "Webhook-Signature": "v1,x", "X-Api-Key": "k",
		"Content-Type": "application/json", "User-Agent": "n8n", "Webhook-Timestamp": "1"} {
		header.Set(name, value)
	}
	d := ingest.NewDelivery(source, header, []byte(`{}`), noon())
	want := map[string]string{"content-type": "application/json", "user-agent": "n8n", "webhook-timestamp": "1"}
	if diff := cmp.Diff(want, d.Header); diff != "" {
		t.Errorf("kept headers (-want +got):\n%s", diff)
	}
	if again := ingest.NewDelivery(source, http.Header{}, []byte(`{}`), noon().Add(time.Hour)); again.ID != d.ID {
		t.Error("the same bytes again are another delivery")
	}
	if other := ingest.NewDelivery(source, header, []byte(`[]`), noon()); other.ID == d.ID {
		t.Error("other bytes are the same delivery")
	}
	header.Set("Idempotency-Key", "k-1")
	first := ingest.NewDelivery(source, header, []byte(`{}`), noon())
	if again := ingest.NewDelivery(source, header, []byte(`{ }`), noon()); again.ID != first.ID || first.ExternalID != "k-1" {
		t.Errorf("a delivery with the sender's id %q is not known again", first.ExternalID)
	}
	header.Set("Webhook-Id", "msg_1")
	if d := ingest.NewDelivery(source, header, []byte(`{}`), noon()); d.ExternalID != "msg_1" {
		t.Errorf("the delivery's external id is %q, want that of Standard Webhooks", d.ExternalID)
	}
	if other := ingest.NewDelivery(clamor.Source{Name: "other", Kind: "generic"}, header, []byte(`{}`), noon()); other.ID == d.ID {
		t.Error("two sources share a delivery")
	}
}

func TestEachAdapterIsFoundByItsKind(t *testing.T) {
	for _, a := range ingest.Adapters() {
		if found, err := ingest.FindAdapter(a.Kind); err != nil || found.Kind != a.Kind || found.Title != a.Title {
			t.Errorf("%s finds %s %q: %v", a.Kind, found.Kind, found.Title, err)
		}
	}
}

func TestAnUnknownKindNamesThoseThereAre(t *testing.T) {
	if _, err := ingest.FindAdapter("fax"); clamor.KindOf(err) != clamor.Invalid || !strings.Contains(errorText(err), "choose generic") {
		t.Errorf("FindAdapter(fax): %v", err)
	}
}

func FuzzParse(f *testing.F) {
	inputs, err := filepath.Glob("testdata/generic/*.in")
	if err != nil {
		f.Fatal(err)
	}
	for _, input := range inputs {
		body, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"text":"İstanbul ﬁne ẞ","account":"A","asks":[{"text":"i̇stanbul"},{"quote":"ss"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		intakes, err := ingest.ParseNotes(body, ingest.ParseOptions{Source: "fuzz", ReceivedAt: noon()})
		if err != nil && clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("the error %v is not for the sender's eyes", err)
		}
		for _, in := range intakes {
			if in.Note.ExternalID == "" || !in.Account.Known() || in.Note.OccurredAt.IsZero() {
				t.Errorf("a note without identity, account or time: %+v", in)
			}
		}
		quotesAreVerbatim(t, intakes)
	})
}
