package ingest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

func hmacOf(secret, body string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

func TestAToolProvesItselfInTheWayItCan(t *testing.T) {
	const body = `{"text": "They need SSO.", "account": "Contoso"}`
	hexed, based := hex.EncodeToString(hmacOf("s3cret", body)), base64.StdEncoding.EncodeToString(hmacOf("s3cret", body))
	signed := map[string]string{"signature_header": "X-Signature"}
	in64 := map[string]string{"signature_header": "X-Signature", "signature_encoding": "base64"}
	for name, c := range map[string]struct {
		settings map[string]string
		header   map[string]string
		secret   string
		ok       bool
	}{
		"a bearer":                        {nil, map[string]string{"Authorization": "Bearer s3cret"}, "s3cret", true},
		"a wrong bearer":                  {nil, map[string]string{"Authorization": "Bearer secret"}, "s3cret", false},
		"nothing":                         {nil, nil, "s3cret", false},
		"a signature in hex":              {signed, map[string]string{"X-Signature": hexed}, "s3cret", true},
		"a signature with its name":       {signed, map[string]string{"X-Signature": "sha256=" + hexed}, "s3cret", true},
		"a signature in base64":           {in64, map[string]string{"X-Signature": based}, "s3cret", true},
		"hex where base64 is said":        {in64, map[string]string{"X-Signature": hexed}, "s3cret", false},
		"a signature by another secret":   {signed, map[string]string{"X-Signature": hexed}, "secret", false},
		"a bearer where a signature must": {signed, map[string]string{"Authorization": "Bearer s3cret"}, "s3cret", false},
		"no secret at all":                {signed, map[string]string{"X-Signature": hex.EncodeToString(hmacOf("", body))}, "", false},
		"an unknown encoding":             {map[string]string{"signature_header": "X-Signature", "signature_encoding": "rot13"}, map[string]string{"X-Signature": hexed}, "s3cret", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"zapier", "n8n", "make", "json", "cloudevents"} {
				a, err := ingest.FindAdapter(kind)
				if err != nil {
					t.Fatal(err)
				}
				header := http.Header{}
				for k, v := range c.header {
					header.Set(k, v)
				}
				source := clamor.Source{Name: "tool", Kind: kind, Secret: c.secret, Settings: c.settings}
				err = a.Verify(source, ingest.Request{Method: "POST", Header: header, Body: []byte(body)}, noon())
				if (err == nil) != c.ok || err != nil && clamor.KindOf(err) != clamor.Unauthenticated {
					t.Errorf("%s: %v", kind, err)
				}
				if c.ok && len(c.settings) > 0 {
					if a.Verify(source, ingest.Request{Method: "POST", Header: header, Body: []byte(body + " ")}, noon()) == nil {
						t.Errorf("%s: a changed body is accepted", kind)
					}
				}
			}
		})
	}
}

func TestStandardWebhooksDemandsASignature(t *testing.T) {
	a, err := ingest.FindAdapter("standard-webhooks")
	if err != nil {
		t.Fatal(err)
	}
	err = a.Verify(clamor.Source{Name: "s", Secret: "s3cret"}, ingest.Request{Header: http.Header{"Authorization": {"Bearer s3cret"}}, Body: []byte("{}")}, noon())
	if clamor.KindOf(err) != clamor.Unauthenticated || !strings.Contains(err.Error(), "webhook-signature") {
		t.Errorf("a bearer token was taken: %v", err)
	}
}

func TestFormsAreReadAsJSONIs(t *testing.T) {
	a, _ := ingest.FindAdapter("zapier")
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for body, want := range map[string]bool{"text=They+need+SSO.&account%5Bname%5D=Contoso": true, "text=%zz": false, "text=\xff": false} {
		if err := a.Check(header, []byte(body)); (err == nil) != want {
			t.Errorf("%q: %v", body, err)
		}
	}
	h, err := sent(t, "zapier", "text=They+need+SSO.&account%5Bname%5D=Contoso&account%5Bdomain%5D=contoso.example", nil)
	if err != nil || h.Notes[0].Account.Name != "Contoso" || h.Notes[0].Account.Domains[0] != "contoso.example" {
		t.Errorf("%v, %+v", err, h)
	}
}

func TestASenderOfEventsMayAskWhetherItMay(t *testing.T) {
	a, _ := ingest.FindAdapter("cloudevents")
	for name, c := range map[string]struct{ method, origin, allowed, want string }{
		"anybody":                 {"OPTIONS", "events.example.com", "", "events.example.com"},
		"one of those allowed":    {"OPTIONS", "events.example.com", "a.example, Events.example.com", "events.example.com"},
		"none of those allowed":   {"OPTIONS", "events.example.com", "a.example", ""},
		"without an origin":       {"OPTIONS", "", "", ""},
		"an origin that is a try": {"OPTIONS", "x\r\nSet-Cookie: a=b", "", ""},
	} {
		answer := a.Handshake(clamor.Source{Kind: "cloudevents", Settings: map[string]string{"allowed_origins": c.allowed}},
			ingest.Request{Method: c.method, Header: http.Header{"Webhook-Request-Origin": {c.origin}}})
		if answer == nil || answer.Status != http.StatusOK || answer.Header["WebHook-Allowed-Origin"] != c.want || answer.Header["Allow"] == "" {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	if a.Handshake(clamor.Source{}, ingest.Request{Method: "POST"}) != nil {
		t.Error("a POST is a delivery")
	}
}

func TestAnEventIsKnownByItsSourceAndID(t *testing.T) {
	a, _ := ingest.FindAdapter("cloudevents")
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   string
	}{
		"structured":      {nil, `{"specversion":"1.0","source":"/crm","id":"7","type":"t"}`, "/crm 7"},
		"binary":          {http.Header{"Ce-Id": {"7"}, "Ce-Source": {"/caf%C3%A9"}}, `{}`, "/café 7"},
		"batch":           {nil, `[{"specversion":"1.0","source":"/crm","id":"7","type":"t"}]`, ""},
		"no event at all": {nil, `{"id":"7"}`, ""},
	} {
		if got := a.DeliveryID(c.header, []byte(c.body)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestEventsThatCannotBeReadAreRefusedAtTheDoor(t *testing.T) {
	a, _ := ingest.FindAdapter("cloudevents")
	for name, c := range map[string]struct {
		header map[string]string
		body   string
		want   string
	}{
		"structured":         {map[string]string{"Content-Type": "application/cloudevents+json; charset=utf-8"}, `{}`, ""},
		"batch":              {map[string]string{"Content-Type": "application/cloudevents-batch+json"}, `[]`, ""},
		"binary":             {map[string]string{"Content-Type": "application/json", "Ce-Id": "1"}, `{}`, ""},
		"binary, of text":    {map[string]string{"Content-Type": "text/plain", "Ce-Id": "1"}, `They need SSO.`, ""},
		"another format":     {map[string]string{"Content-Type": "application/cloudevents+avro"}, `{}`, "unsupported"},
		"broken":             {map[string]string{"Content-Type": "application/cloudevents+json"}, `{`, "invalid"},
		"neither":            {map[string]string{"Content-Type": "text/plain"}, `They need SSO.`, "invalid"},
		"binary, but broken": {map[string]string{"Content-Type": "application/json", "Ce-Id": "1"}, `{`, "invalid"},
	} {
		header := http.Header{}
		for k, v := range c.header {
			header.Set(k, v)
		}
		err, got := a.Check(header, []byte(c.body)), ""
		if err != nil {
			got = clamor.KindOf(err).String()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzCloudEvents(f *testing.F) {
	f.Add("", `{"specversion":"1.0","source":"/crm","id":"7","type":"t","data":{"text":"They need SSO.","account":"C"}}`)
	f.Add("", `[{"specversion":"1.0","source":"/crm","id":"7","type":"t","datacontenttype":"text/plain","data_base64":"SGk="},7,null]`)
	f.Add("7", `{"text":"They need SSO.","account":"C"}`)
	f.Add("%zz", "\xff")
	f.Fuzz(func(t *testing.T, id, body string) {
		a, _ := ingest.FindAdapter("cloudevents")
		header := http.Header{}
		if id != "" {
			header.Set("Ce-Id", id)
		}
		d := ingest.NewDelivery(clamor.Source{Name: "events", Kind: "cloudevents"}, header, []byte(body), noon())
		h, err := a.Parse(d, ingest.ParseOptions{})
		if err != nil && clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("%v is not for the sender's eyes", err)
		}
		quotesAreVerbatim(t, h.Notes)
	})
}
