package ingest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

func deskAdapter(t testing.TB, kind string) ingest.Adapter {
	t.Helper()
	a, err := ingest.FindAdapter(kind)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func deskMAC(algorithm func() hash.Hash, secret, content string) []byte {
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write([]byte(content))
	return mac.Sum(nil)
}

// vendorSign says how a vendor proves a body, by the vendor's rule written down a second time.
type vendorSign struct {
	kind string
	body string // of a delivery signed at a time
	sign func(h http.Header, secret, body string, at time.Time)
	// what the proof does not bind, by the vendor's doing
	timeless, bodyless bool
}

func vendorSigns() []vendorSign {
	inHex := func(name, prefix string, algorithm func() hash.Hash) func(http.Header, string, string, time.Time) {
		return func(h http.Header, secret, body string, _ time.Time) {
			h.Set(name, prefix+hex.EncodeToString(deskMAC(algorithm, secret, body)))
		}
	}
	return []vendorSign{
		{kind: "slack", body: `{"type":"event_callback"}`, sign: func(h http.Header, secret, body string, at time.Time) {
			stamp := strconv.FormatInt(at.Unix(), 10)
			h.Set("X-Slack-Request-Timestamp", stamp)
			h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(deskMAC(sha256.New, secret, "v0:"+stamp+":"+body)))
		}},
		{kind: "zendesk", body: `{"ticket_id":"7"}`, sign: func(h http.Header, secret, body string, at time.Time) {
			stamp := at.UTC().Format(time.RFC3339)
			h.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
			h.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(deskMAC(sha256.New, secret, stamp+body)))
		}},
		{kind: "canny", body: `{"type":"vote.created"}`, bodyless: true, sign: func(h http.Header, secret, _ string, at time.Time) {
			h.Set("Canny-Nonce", "nonce-1")
			h.Set("Canny-Timestamp", strconv.FormatInt(at.UnixMilli(), 10))
			h.Set("Canny-Signature", base64.StdEncoding.EncodeToString(deskMAC(sha256.New, secret, "nonce-1")))
		}},
		{kind: "linear", body: `{"type":"Issue","webhookTimestamp":` + strconv.FormatInt(noon().UnixMilli(), 10) + `}`,
			sign: inHex("Linear-Signature", "", sha256.New)},
		{kind: "intercom", body: `{"topic":"x"}`, timeless: true, sign: inHex("X-Hub-Signature", "sha1=", sha1.New)},
		{kind: "jira", body: `{"webhookEvent":"x"}`, timeless: true, sign: inHex("X-Hub-Signature", "sha256=", sha256.New)},
		{kind: "github", body: `{"action":"x"}`, timeless: true, sign: inHex("X-Hub-Signature-256", "sha256=", sha256.New)},
		{kind: "mattermost", body: `{"post_id":"x"}`, timeless: true, bodyless: true, sign: func(h http.Header, secret, _ string, _ time.Time) {
			h.Set("Authorization", "Token "+secret)
		}},
		{kind: "productboard", body: `{"data":{}}`, timeless: true, bodyless: true, sign: func(h http.Header, secret, _ string, _ time.Time) {
			h.Set("Authorization", "Bearer "+secret)
		}},
	}
}

func TestVendorsProofsHoldUntilOneThingChanges(t *testing.T) {
	const secret = "dGhlIHNlY3JldCBhcyB0ZXh0"
	for _, v := range vendorSigns() {
		t.Run(v.kind, func(t *testing.T) {
			check := deskAdapter(t, v.kind).Verify
			request := func() ingest.Request {
				r := ingest.Request{Method: http.MethodPost, URL: "https://clamor.example/hooks/x", Header: http.Header{}, Body: []byte(v.body)}
				v.sign(r.Header, secret, v.body, noon())
				return r
			}
			source := clamor.Source{Kind: v.kind, Secret: secret}
			for _, after := range []time.Duration{-50 * time.Second, 0, 50 * time.Second} {
				if err := check(source, request(), noon().Add(after)); err != nil {
					t.Fatalf("what the vendor sends is refused %v later: %v", after, err)
				}
			}
			refuse := func(what string, s clamor.Source, r ingest.Request, now time.Time) {
				t.Helper()
				if err := check(s, r, now); clamor.KindOf(err) != clamor.Unauthenticated {
					t.Errorf("with %s the answer is %v, want unauthenticated", what, err)
				} else if strings.Contains(err.Error(), secret) {
					t.Errorf("with %s the answer tells the secret: %v", what, err)
				}
			}
			refuse("another secret", clamor.Source{Kind: v.kind, Secret: secret + "x"}, request(), noon())
			refuse("no secret here", clamor.Source{Kind: v.kind}, request(), noon())
			for name := range request().Header {
				r := request()
				r.Header.Del(name)
				refuse("no "+name, source, r, noon())
				if v.timeless || strings.Contains(name, "Signature") && !strings.Contains(name, "Timestamp") || name == "Canny-Nonce" {
					r = request()
					value := []byte(r.Header.Get(name))
					value[len(value)/2] ^= 1
					r.Header.Set(name, string(value))
					refuse("one bit of "+name, source, r, noon())
				}
			}
			if !v.bodyless {
				for _, change := range []func(r *ingest.Request){
					func(r *ingest.Request) { r.Body[len(r.Body)-2] ^= 1 },
					func(r *ingest.Request) { r.Body = append(r.Body, '\n') },
					func(r *ingest.Request) { r.Body = nil },
				} {
					r := request()
					r.Body = slices.Clone(r.Body)
					change(&r)
					refuse("another body", source, r, noon())
				}
			}
			if !v.timeless {
				refuse("a time too long ago", source, request(), noon().Add(5*time.Minute+time.Second))
				refuse("a time to come", source, request(), noon().Add(-5*time.Minute-time.Second))
			}
		})
	}
}

// An older kind of signature that GitHub sends beside the one of today proves nothing: SHA-1 is broken.
func TestGitHubIsNotBelievedBySHA1(t *testing.T) {
	r := ingest.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(`{}`)}
	r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(deskMAC(sha1.New, "s3cret", "{}")))
	if err := deskAdapter(t, "github").Verify(clamor.Source{Secret: "s3cret"}, r, noon()); clamor.KindOf(err) != clamor.Unauthenticated {
		t.Errorf("a SHA-1 signature gives %v", err)
	}
	r.Header.Set("X-Hub-Signature-256", "sha1="+hex.EncodeToString(deskMAC(sha1.New, "s3cret", "{}")))
	if err := deskAdapter(t, "github").Verify(clamor.Source{Secret: "s3cret"}, r, noon()); clamor.KindOf(err) != clamor.Unauthenticated {
		t.Errorf("a SHA-1 signature under the name of today gives %v", err)
	}
}

// Linear's own window is a minute, by the time inside the signed body; a fresh header beside an old body changes nothing.
func TestLinearBelievesOnlyTheSignedTime(t *testing.T) {
	old := `{"webhookTimestamp":` + strconv.FormatInt(noon().Add(-2*time.Minute).UnixMilli(), 10) + `}`
	for _, body := range []string{old, `{}`, `{"webhookTimestamp":"soon"}`, `[]`} {
		r := ingest.Request{Header: http.Header{}, Body: []byte(body)}
		r.Header.Set("Linear-Signature", hex.EncodeToString(deskMAC(sha256.New, "s", body)))
		r.Header.Set("Linear-Timestamp", strconv.FormatInt(noon().UnixMilli(), 10))
		if err := deskAdapter(t, "linear").Verify(clamor.Source{Secret: "s"}, r, noon()); clamor.KindOf(err) != clamor.Unauthenticated {
			t.Errorf("%s gives %v", body, err)
		}
	}
}

// Mattermost's webhooks bring their token in the body only.
func TestMattermostTokensMayStandInTheBody(t *testing.T) {
	for body, good := range map[string]bool{
		"command=%2Fclamor&token=t0ken&text=x": true,
		`{"post_id":"1","token":"t0ken"}`:      true,
		"command=%2Fclamor&token=t0kem&text=x": false,
		`{"post_id":"1","token":["t0ken"]}`:    false,
		`{"post_id":"1"}`:                      false,
		"token=%zz":                            false,
		"":                                     false,
	} {
		err := deskAdapter(t, "mattermost").Verify(clamor.Source{Secret: "t0ken"}, ingest.Request{Header: http.Header{}, Body: []byte(body)},
			noon())
		if (err == nil) != good {
			t.Errorf("%s gives %v", body, err)
		}
	}
}

// Canny's proof binds no body: what a webhook says is only a hint of what to fetch, and a nonce is good once.
func TestCannysWebhooksAreHintsOnly(t *testing.T) {
	a := deskAdapter(t, "canny")
	header := http.Header{}
	header.Set("Canny-Nonce", "nonce-1")
	source := clamor.Source{Name: "ideas", Kind: "canny"}
	first := ingest.NewDelivery(source, header, []byte(`{"type":"vote.created","object":{"id":"v1","voter":{"email":"kim@northwind.example"},
		"post":{"title":"SSO"}}}`), noon())
	forged := ingest.NewDelivery(source, header, []byte(`{"type":"vote.created","object":{"id":"v2"}}`), noon())
	if first.ID != forged.ID {
		t.Error("one nonce proves two deliveries")
	}
	harvest, err := a.Parse(first, ingest.ParseOptions{})
	if err != nil || !harvest.Thin || len(harvest.Notes)+len(harvest.Accounts) > 0 {
		t.Errorf("an unsigned body is believed: %+v, %v", harvest, err)
	}
}
