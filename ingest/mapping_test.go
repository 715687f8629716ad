package ingest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clamor"
	"clamor/ingest"
)

// sent is what comes of a body sent to a source of a kind with a mapping.
func sent(t *testing.T, kind, body string, mapping map[string]string) (clamor.Harvest, error) {
	t.Helper()
	a, err := ingest.FindAdapter(kind)
	if err != nil {
		t.Fatal(err)
	}
	d := ingest.NewDelivery(clamor.Source{Name: "tool", Kind: kind, Mapping: mapping}, http.Header{}, []byte(body), noon())
	return a.Parse(d, ingest.ParseOptions{Mapping: mapping})
}

// Each expression finds what stands there, in the form in which the generic note has it.
func TestPathsFindWhatStandsThere(t *testing.T) {
	const body = `{"a": {"b": [{"c": "first"}, {"c": "second"}], "x.y": {"[z]": "odd"}}, "flat__key": "nested", "form[key]": "from a form", "two__part__key": "deep",
		"plain_text": "under_scored", "__odd": "kept", "empty": "", "none": null, "yes": true, "n": 17, "html": "<p>One &amp; two</p>"}`
	for path, want := range map[string]string{
		"a.b[0].c":                         "first",
		"a.b[1].c":                         "second",
		"a.b[].c":                          "first\nsecond",
		"a.b.c | yes":                      "true",
		`a["x.y"]["[z]"]`:                  "odd",
		"flat.key":                         "nested",
		"flat__key":                        "nested",
		"form.key":                         "from a form",
		"form[key]":                        "from a form",
		"two.part.key":                     "deep",
		"plain_text":                       "under_scored",
		"__odd":                            "kept",
		"empty | none | gone.far | n":      "17",
		"='a constant''s words'":           "a constant's words",
		"gone | ='otherwise'":              "otherwise",
		"html @html":                       "One & two",
		"html@html":                        "One & two",
		"  html   @html | ='never'  ":      "One & two",
		"a.b[7].c | a.b[].gone | yes":      "true",
		"a[b][0][c]":                       "first",
		"a.b | a.b[0] | a.b[0].c":          "first",
		"none[].x | empty[*].y | flat.key": "nested",
	} {
		t.Run(path, func(t *testing.T) {
			h, err := sent(t, "json", body, map[string]string{"text": path, "account": "='Contoso'"})
			if err != nil || len(h.Notes) != 1 || h.Notes[0].Note.Text != want {
				t.Errorf("%v, %+v, want %q", err, h.Notes, want)
			}
		})
	}
}

func TestUnitsAreToldNotGuessed(t *testing.T) {
	for _, c := range []struct{ field, path, value, want string }{
		{"account.arr", "v", `4800000`, "48,000 USD"},
		{"account.arr", "v @minor", `"4800000"`, "48,000 USD"},
		{"account.arr", "v @major", `48000`, "48,000 USD"},
		{"account.arr", "v @major", `"48,000.50"`, "48,000.50 USD"},
		{"account.arr", "v @major", `"1.250,50"`, "1,250.50 USD"},
		{"account.arr", "v @major", `"48.125"`, "48,125 USD"},
		{"account.arr", "v @major", `48.129`, "48.13 USD"},
		{"account.arr", "v @major", `4.8e4`, "48,000 USD"},
		{"account.arr", "v @monthly", `1000.25`, "12,003 USD"},
		{"account.arr", "v", `"48,000"`, "! is no whole number of minor units"},
		{"account.arr", "v", `48000.5`, "! is no whole number of minor units"},
		{"account.arr", "v @major", `-5`, "! it is negative"},
		{"account.arr", "v @major", `"a lot"`, "! is no amount"},
		{"account.arr", "v @major", `{"n": 1}`, "! v: is an object"},
		{"account.renewal_on", "v", `"2027-01-31"`, "2027-01-31"},
		{"account.renewal_on", "v", `"01/31/2027"`, "2027-01-31"},
		{"account.renewal_on", "v", `"3/4/2027"`, "! can be read two ways"},
		{"account.renewal_on", "v @dmy", `"3/4/2027"`, "2027-04-03"},
		{"account.renewal_on", "v @mdy", `"3/4/2027"`, "2027-03-04"},
		{"account.renewal_on", "v @s", `1795258800`, "2026-11-21"},
		{"account.renewal_on", "v @ms", `"1795258800123"`, "2026-11-21"},
		{"account.renewal_on", "v @ms", `"soon"`, "! is no time since 1970"},
		{"account.seats", "v", `"1,200"`, "1200"},
		{"account.seats", "v", `12.5`, "! is no whole number"},
		{"account.health", "v", `"GREEN"`, "green"},
		{"account.health", "v", `"purple"`, "! choose green, yellow, red"},
	} {
		t.Run(c.field+" "+c.path+" "+c.value, func(t *testing.T) {
			h, err := sent(t, "json", `{"text": "They need SSO.", "account": "Contoso", "v": `+c.value+`}`, map[string]string{c.field: c.path})
			if fault, bad := strings.CutPrefix(c.want, "!"); bad {
				if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), strings.TrimSpace(fault)) || !strings.Contains(err.Error(), c.field) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a := h.Notes[0].Account
			got := string(a.RenewalOn) + string(a.Health)
			if a.ARR != nil {
				got = a.ARR.String()
			}
			if a.Seats != nil {
				got = jsonOf(t, *a.Seats)
			}
			if got != c.want {
				t.Errorf("it came as %q, want %q", got, c.want)
			}
		})
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Amounts come in only where somebody said in which unit; the generic body says it of itself.
func TestNoAmountIsGuessed(t *testing.T) {
	const body = `{"text": "They need SSO.", "account": {"name": "Contoso", "arr": 48000}, "deal": {"id": "7", "amount": 12000}, "arr": 1}`
	for kind, want := range map[string]bool{"json": false, "zapier": false, "cloudevents": false, "standard-webhooks": false, "generic": true} {
		text := body
		if kind == "cloudevents" {
			text = `{"specversion": "1.0", "id": "1", "source": "/", "type": "t", "data": ` + body + `}`
		}
		h, err := sent(t, kind, text, nil)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if got := h.Notes[0].Account.ARR != nil && h.Notes[0].Deal.Amount != nil; got != want {
			t.Errorf("%s: the amounts came in: %v", kind, got)
		}
	}
}

func TestAMappingGoesBeforeGuesses(t *testing.T) {
	const body = `{"text": "Not this.", "words": "They need SSO.", "account": {"name": "Contoso", "domain": "contoso.example"}, "rep": "Dana", "request": "SSO"}`
	h, err := sent(t, "generic", body, map[string]string{"text": "words", "account.name": "='Northwind'", "author.name": "", "asks[].text": ""})
	if err != nil {
		t.Fatal(err)
	}
	in := h.Notes[0]
	if in.Note.Text != "They need SSO." || in.Account.Name != "Northwind" || !slices.Equal(in.Account.Domains, []string{"contoso.example"}) ||
		in.Note.Author.Name != "" || len(in.Asks) != 1 || in.Asks[0].Quote != "They need SSO." {
		t.Errorf("%+v by %+v for %+v", in.Asks, in.Note, in.Account)
	}
}

func TestAListGivesANoteEach(t *testing.T) {
	const list = `{"org": "Contoso", "items": [{"id": 1, "t": "They need SSO."}, {"id": 2, "t": "They need SCIM."}]}`
	for name, c := range map[string]struct{ body, text, account, id string }{
		"in an object":        {list, "items[*].t", "org", "items[*].id"},
		"in a list of those":  {"[" + list + "]", "items[*].t", "org", "items[*].id"},
		"the body itself":     {`[{"id": 1, "t": "They need SSO."}, {"id": 2, "t": "They need SCIM."}]`, "t", "='Contoso'", "id"},
		"the body, as a list": {`[{"id": 1, "t": "They need SSO."}, {"id": 2, "t": "They need SCIM."}]`, "[*].t", "='Contoso'", "[*].id"},
		"under the usual key": {`{"notes": [{"id": 1, "text": "They need SSO.", "account": "Contoso"}, {"id": 2, "text": "They need SCIM.", "account": "Contoso"}]}`, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			mapping := map[string]string{}
			if c.text != "" {
				mapping = map[string]string{"text": c.text, "account": c.account, "id": c.id}
			}
			h, err := sent(t, "json", c.body, mapping)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range h.Notes {
				got = append(got, in.Note.ExternalID+" "+in.Note.Text+" "+in.Account.Name)
			}
			if diff := cmp.Diff([]string{"1 They need SSO. Contoso", "2 They need SCIM. Contoso"}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if _, err := sent(t, "json", `{"rows": []}`, map[string]string{"text": "items[*].t"}); err == nil || !strings.Contains(err.Error(), `nothing stands at items[*]; there are "rows"`) {
		t.Errorf("a list that is not there: %v", err)
	}
}

// What a mapping reads does not depend on how deep or under which keys the words stand.
func TestAPathIsFoundWhereItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z .\[\]"'|@=_-]{1,8}`), 1, 6).Draw(t, "keys")
		words := rapid.StringMatching(`[a-z ]{0,10}[a-z]`).Draw(t, "words")
		var value any = words
		path := ""
		for _, key := range slices.Backward(keys) {
			value = map[string]any{key: value}
		}
		for _, key := range keys {
			path += `["` + strings.ReplaceAll(key, `"`, `""`) + `"]`
		}
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := ingest.FindAdapter("json")
		mapping := map[string]string{"text": path, "account": "='Contoso'"}
		h, err := a.Parse(ingest.NewDelivery(clamor.Source{Name: "tool", Kind: "json"}, http.Header{}, body, noon()), ingest.ParseOptions{Mapping: mapping})
		if err != nil || len(h.Notes) != 1 || h.Notes[0].Note.Text != strings.TrimSpace(words) {
			t.Fatalf("%s of %s: %v, %+v", path, body, err, h.Notes)
		}
	})
}

func FuzzMapping(f *testing.F) {
	f.Add("text", "items[*].t | a.b[0] @html", `{"items": [{"t": "They need SSO."}], "account": "Contoso"}`)
	f.Add("account.arr", "arr @monthly", `{"text": "SSO", "arr": 1e300, "account__name": "Contoso"}`)
	f.Add("asks[].text", "w[].t", `[{"text": "SSO", "w": [{"t": "a"}, {}, 7], "account": {"name": "C"}}]`)
	f.Add("occurred_at", `["x.y"] @ms | ='2026-10-03'`, `a[b]=1&text=SSO&account[name]=C&x.y=1e9`)
	f.Add("text", "a__b[", "")
	f.Fuzz(func(t *testing.T, field, path, body string) {
		for _, kind := range []string{"json", "generic"} {
			a, _ := ingest.FindAdapter(kind)
			mapping := map[string]string{field: path}
			if a.Check(http.Header{}, []byte(body)) != nil && kind == "generic" {
				continue
			}
			checked := ingest.CheckMapping(mapping)
			h, err := a.Parse(ingest.NewDelivery(clamor.Source{Name: "tool", Kind: kind}, http.Header{}, []byte(body), noon()), ingest.ParseOptions{Mapping: mapping})
			if err != nil && clamor.KindOf(err) != clamor.Invalid {
				t.Errorf("%v is not for the sender's eyes", err)
			}
			if checked != nil && len(h.Notes) > 0 {
				t.Errorf("a faulty mapping (%v) gave notes", checked)
			}
			quotesAreVerbatim(t, h.Notes)
		}
	})
}
