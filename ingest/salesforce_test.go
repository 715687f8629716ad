package ingest_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// adapterOf finds an adapter, or ends the test.
func adapterOf(t testing.TB, kind string) ingest.Adapter {
	t.Helper()
	a, err := ingest.FindAdapter(kind)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// payload is one of the golden payloads.
func payload(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

const hookSecret = "correct horse battery staple"

// bearing is a request with headers, by pairs.
func bearing(body []byte, headers ...string) ingest.Request {
	r := ingest.Request{Method: http.MethodPost, URL: "https://clamor.example/hooks/crm", Header: http.Header{}, Body: body}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// Of senders that sign nothing, each must prove the secret in the address or in a header.
func TestSecretsOfSendersThatSignNothing(t *testing.T) {
	for _, kind := range []string{"salesforce", "hubspot", "vitally", "generic", "json", "zapier", "n8n", "make", "cloudevents"} {
		a := adapterOf(t, kind)
		for name, c := range map[string]struct {
			secret string
			r      ingest.Request
			good   bool
		}{
			"in the address":             {hookSecret, bearing(nil, "Clamor-Path-Secret", hookSecret), true},
			"as a bearer token":          {hookSecret, bearing(nil, "Authorization", "Bearer "+hookSecret), true},
			"nothing":                    {hookSecret, bearing(nil), false},
			"another in the address":     {hookSecret, bearing(nil, "Clamor-Path-Secret", hookSecret+"x"), false},
			"another as a bearer token":  {hookSecret, bearing(nil, "Authorization", "Bearer "+hookSecret[1:]), false},
			"another here":               {"changed", bearing(nil, "Clamor-Path-Secret", hookSecret), false},
			"a source without a secret":  {"", bearing(nil, "Clamor-Path-Secret", ""), false},
			"basic and not bearer":       {hookSecret, bearing(nil, "Authorization", "Basic "+hookSecret), false},
			"an empty one of no source":  {"", bearing(nil, "Authorization", "Bearer "), false},
			"a wrong one beside a right": {hookSecret, bearing(nil, "Clamor-Path-Secret", "x", "Authorization", "Bearer "+hookSecret), false},
		} {
			err := a.Verify(clamor.Source{Kind: kind, Secret: c.secret}, c.r, noon())
			if (err == nil) != c.good || err != nil && clamor.KindOf(err) != clamor.Unauthenticated {
				t.Errorf("%s: %s: %v", kind, name, err)
			}
			if strings.Contains(errorText(err), hookSecret) {
				t.Errorf("%s: %s: the answer tells the secret", kind, name)
			}
		}
	}
}

func TestOnlyTheRightOrganisationIsAccepted(t *testing.T) {
	a := adapterOf(t, "salesforce")
	message := payload(t, "salesforce/outbound.in")
	for organization, good := range map[string]bool{
		"": true, "00D5e000001AbCdEAK": true, "00D5e000001AbCd": true, " 00D5e000001AbCd ": true, "00D5e000001AbCe": false, "00d5e000001abcd": false, "00D5e000001AbCdEAX": false,
	} {
		s := clamor.Source{Kind: "salesforce", Secret: hookSecret, Settings: map[string]string{"organization_id": organization}}
		if err := a.Verify(s, bearing(message, "Clamor-Path-Secret", hookSecret), noon()); (err == nil) != good {
			t.Errorf("from 00D5e000001AbCdEAK where %q is wanted: %v", organization, err)
		}
	}
	s := clamor.Source{Kind: "salesforce", Secret: hookSecret, Settings: map[string]string{"organization_id": "00D5e000001AbCd"}}
	broken := bytes.Replace(message, []byte("<OrganizationId>00D5e000001AbCdEAK</OrganizationId>"), nil, 1)
	if err := a.Verify(s, bearing(broken, "Clamor-Path-Secret", hookSecret), noon()); clamor.KindOf(err) != clamor.Unauthenticated {
		t.Errorf("a message of no organisation: %v", err)
	}
	if err := a.Verify(s, bearing([]byte(`{"Id": "001"}`), "Clamor-Path-Secret", hookSecret), noon()); err != nil {
		t.Errorf("a Flow, which names no organisation: %v", err)
	}
}

func TestAnOutboundMessageIsAcknowledged(t *testing.T) {
	a := adapterOf(t, "salesforce")
	got := a.Accepted(bearing(payload(t, "salesforce/outbound.in")))
	if got.Status != http.StatusOK || !strings.HasPrefix(got.ContentType, "text/xml") {
		t.Errorf("the answer is %d %s", got.Status, got.ContentType)
	}
	if !bytes.Contains(got.Body, []byte(`<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>`)) {
		t.Errorf("the answer is %s", got.Body)
	}
	if got := a.Accepted(bearing([]byte(`[]`))); got.Status != 0 {
		t.Errorf("a Flow is answered with %d, want the usual receipt", got.Status)
	}
}

func TestNoSessionIsKept(t *testing.T) {
	a := adapterOf(t, "salesforce")
	message := payload(t, "salesforce/outbound.in")
	blanked := a.Blank(message)
	if bytes.Contains(blanked, []byte("AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL")) || !bytes.Contains(blanked, []byte("<SessionId></SessionId>")) {
		t.Errorf("kept: %s", blanked)
	}
	source := clamor.Source{Name: "sf", Kind: "salesforce"}
	before := read(t, a, message, given{})
	if diff := cmp.Diff(before.Deals, read(t, a, blanked, given{}).Deals); diff != "" {
		t.Errorf("blanked, it reads otherwise:\n%s", diff)
	}
	for text, want := range map[string]string{
		"<a><x:SessionId>s</x:SessionId><b/></a>":           "<a><x:SessionId></x:SessionId><b/></a>",
		"<a><SessionId ><![CDATA[s</b>]]></SessionId ></a>": "<a><SessionId ></SessionId ></a>",
		`<a><SessionId xsi:nil="true"/><b>kept</b></a>`:     `<a><SessionId xsi:nil="true"/><b>kept</b></a>`,
		"<a><SessionId>s": "<a><SessionId>",
		"<a><SessionId>s</SessionId><SessionId>t</SessionId></a>":         "<a><SessionId></SessionId><SessionId></SessionId></a>",
		"<a><SessionIds>kept</SessionIds>my SessionId> is kept</a>":       "<a><SessionIds>kept</SessionIds>my SessionId> is kept</a>",
		"<a><SessionId\n n='1'>s<!-- </x> --></y:SessionId></a>":          "<a><SessionId\n n='1'></y:SessionId></a>",
		`{"Description": "they show <SessionId>1</SessionId> on a page"}`: `{"Description": "they show <SessionId>1</SessionId> on a page"}`,
	} {
		if got := string(a.Blank([]byte(text))); got != want {
			t.Errorf("%s\nis kept as %s\nwant       %s", text, got, want)
		}
	}
	anew := bytes.Replace(message, []byte("AQcAQH0dMHZfz972"), []byte("ANOTHERsession99"), 1)
	header := http.Header{"Content-Type": {"text/xml"}}
	first, again := ingest.NewDelivery(source, header, message, noon()), ingest.NewDelivery(source, header, anew, noon())
	if first.ID != again.ID {
		t.Error("the message sent again with another session is another delivery")
	}
	news := bytes.Replace(message, []byte("48000.0"), []byte("52000.0"), 1)
	if ingest.NewDelivery(source, header, news, noon()).ID == first.ID {
		t.Error("the message sent again with what changed meanwhile is lost")
	}
}

func TestIDsOf15And18CharactersAreOneAccount(t *testing.T) {
	a := adapterOf(t, "salesforce")
	for short, long := range map[string]string{
		"001000000000001": "001000000000001AAA", "00D7F00000107Xs": "00D7F00000107XsUAI", "0067F000003pmdW": "0067F000003pmdWQAQ", "001dM00003kSQJv": "001dM00003kSQJvQAO",
		"0067F000003pmdWQAQ": "0067F000003pmdWQAQ", "001": "001", "00100000000000!": "00100000000000!",
	} {
		h := read(t, a, []byte(`{"attributes": {"type": "Account"}, "Id": "`+short+`", "Name": "A"}`), given{})
		if got := h.Accounts[0].ExternalIDs["salesforce"]; got != long {
			t.Errorf("%s is %s, want %s", short, got, long)
		}
	}
}

func TestUnreadableMessagesSayWhatToSend(t *testing.T) {
	a := adapterOf(t, "salesforce")
	deep := "<notifications>" + strings.Repeat("<a>", 20) + strings.Repeat("</a>", 20) + "</notifications>"
	for _, c := range []struct {
		contentType, body string
		kind              clamor.Kind
		says              string
	}{
		{"text/xml", "<a></b>", clamor.Invalid, "no XML that can be read"},
		{"text/xml", "<Envelope><Body/></Envelope>", clamor.Invalid, "holds no notifications"},
		{"text/xml", deep, clamor.Invalid, "nests more than"},
		{"text/xml", "<notifications>" + strings.Repeat("<Notification/>", 101) + "</notifications>", clamor.Invalid, "more than 100 notifications"},
		{"text/xml", "<notifications><Notification><sObject>" + strings.Repeat("<f/>", 1001) + "</sObject></Notification></notifications>", clamor.Invalid, "more than 1000 fields"},
		{"application/json", "<notifications/>", clamor.Unsupported, "Content-Type: text/xml"},
		{"text/xml", `<!DOCTYPE a [<!ENTITY b "c">]><notifications>&b;</notifications>`, clamor.Invalid, "no XML that can be read"},
		{"text/xml", `<?xml version="1.0" encoding="EBCDIC"?><notifications/>`, clamor.Invalid, "no XML that can be read"},
		{"application/json", `{"Id": `, clamor.Invalid, "ends in the middle"},
		{"text/csv", "Id,Name", clamor.Unsupported, "application/json"},
	} {
		err := a.Check(http.Header{"Content-Type": {c.contentType}}, []byte(c.body))
		if clamor.KindOf(err) != c.kind || !strings.Contains(errorText(err), c.says) {
			t.Errorf("%.60s gives %v (%v), want %v with %q", c.body, err, clamor.KindOf(err), c.kind, c.says)
		}
	}
}

// Programs write amounts with a dot, however many digits follow it.
func TestAmountsOfProgramsAreReadAsProgramsMeanThem(t *testing.T) {
	a := adapterOf(t, "salesforce")
	const none, refused = -1, -2
	for amount, minor := range map[string]int64{
		"48000": 4800000, "48000.0": 4800000, "1.2E7": 1200000000, "4166.667": 416667, "1234.567": 123457, "0.125": 13, "0": 0, "1e-7": 0, `"1.250,50"`: 125050, `"48000.00"`: 4800000,
		"null": none, `""`: none, "true": refused, "1e300": refused, "-5": refused, "12345678901234567890123456789012345678901234567890": refused, `"0x1p9"`: refused, `"1/3"`: refused,
	} {
		h := read(t, a, []byte(`{"Id": "006000000000001", "AccountId": "001000000000001", "Amount": `+amount+`}`), given{})
		got := h.Deals[0].Amount
		if (minor >= 0) != (got != nil) || got != nil && got.Minor != minor || (minor == refused) != (h.Kind == "invalid") {
			t.Errorf("%s reads as %v with %v, want %d", amount, got, h.Faults, minor)
		}
	}
}

// What a playbook, a Flow or a workflow sends in a shape of its own is read by the source's mapping, and what is pulled is not.
func TestAMappingReadsWhatIsPushedInAShapeOfItsOwn(t *testing.T) {
	mapping := map[string]string{"text": "what", "account.name": "who"}
	for kind, pulled := range map[string]string{"salesforce": "accounts", "hubspot": "companies", "vitally": "accounts"} {
		a := adapterOf(t, kind)
		d := ingest.NewDelivery(clamor.Source{Name: "own", Kind: kind}, http.Header{}, []byte(`{"what": "They need SSO.", "who": "Northwind"}`), noon())
		h, err := a.Parse(d, ingest.ParseOptions{Mapping: mapping})
		if err != nil || len(h.Notes) != 1 || h.Notes[0].Note.Text != "They need SSO." || h.Notes[0].Account.Name != "Northwind" {
			t.Errorf("%s reads %+v, %v", kind, h.Notes, err)
		}
		page := ingest.NewPage(clamor.Source{Name: "own", Kind: kind}, ingest.Page{Topic: pulled, Body: payload(t, "vitally/accounts.in")}, noon())
		with, _ := a.Parse(page, ingest.ParseOptions{Mapping: mapping})
		without, _ := a.Parse(page, ingest.ParseOptions{})
		if diff := cmp.Diff(without, with); diff != "" {
			t.Errorf("%s: a mapping changes how a page is read:\n%s", kind, diff)
		}
	}
}

// In plain text a "<" is what it is.
func TestPlainTextKeepsItsAngles(t *testing.T) {
	const text = "They need p99 < 50 ms and <tenant> in the export & R&D access."
	h := read(t, adapterOf(t, "salesforce"), []byte(`{"Id": "00T000000000001", "AccountId": "001000000000001", "Description": "`+text+`"}`), given{})
	if got := h.Intakes[0].Note.Text; got != text {
		t.Errorf("the note reads %q", got)
	}
}

// fuzzed holds whatever an adapter reads to what all others rely on.
func fuzzed(f *testing.F, kind string, topics ...string) {
	inputs, err := filepath.Glob("testdata/" + kind + "/*.in")
	if err != nil || len(inputs) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, input := range inputs {
		for topic := range len(topics) {
			f.Add(payload(f, strings.TrimPrefix(input, "testdata/")), byte(topic))
		}
	}
	a := adapterOf(f, kind)
	settings := map[string]string{}
	for _, s := range a.Settings {
		if s.Default == "" && strings.HasSuffix(s.Name, "_field") {
			settings[s.Name] = "Name"
		}
	}
	source := clamor.Source{Name: "fuzz", Kind: kind, Secret: hookSecret, Settings: map[string]string{"organization_id": "00D5e000001AbCd"}}
	f.Fuzz(func(t *testing.T, body []byte, topic byte) {
		header := http.Header{}
		_ = a.Check(header, body) // whatever it says
		if a.Verify(source, bearing(body), noon()) == nil {
			t.Error("accepted without a secret")
		}
		d := ingest.NewDelivery(source, header, body, noon())
		d.Topic = topics[int(topic)%len(topics)]
		for _, told := range []map[string]string{nil, settings} {
			h, err := a.Parse(d, ingest.ParseOptions{Settings: told})
			if err != nil && clamor.KindOf(err) != clamor.Invalid {
				t.Errorf("the error %v is not for the sender's eyes", err)
			}
			holds(t, h)
		}
	})
}

// holds checks what every harvest promises.
func holds(t *testing.T, h clamor.Harvest) {
	t.Helper()
	for _, in := range h.Notes {
		if in.Note.ExternalID == "" || !in.Account.Known() || in.Note.OccurredAt.IsZero() {
			t.Errorf("a note without identity, account or time: %+v", in)
		}
	}
	for _, f := range h.Accounts {
		if !f.Known() {
			t.Errorf("an account that nobody can recognise: %+v", f)
		}
	}
	for _, d := range h.Deals {
		if d.ExternalID == "" || d.System == "" || !d.Account.Known() || d.Probability != nil && (*d.Probability < 0 || *d.Probability > 100) {
			t.Errorf("a deal without identity or account: %+v", d)
		}
	}
	quotesAreVerbatim(t, h.Notes)
}

func FuzzSalesforce(f *testing.F) { fuzzed(f, "salesforce", "", "accounts", "deals", "tasks") }
