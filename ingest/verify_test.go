package ingest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

// signed is a request that somebody signed, and when.
type signed struct {
	Name    string
	Secret  string
	Headers map[string]string
	Body    string
}

// vectors are published by the Standard Webhooks project, or computed from its rule; testdata/vectors.json names each origin.
func vectors(t *testing.T) []signed {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []signed
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("testdata/vectors.json holds no vector")
	}
	return all
}

func (s signed) request() ingest.Request {
	header := http.Header{}
	for name, value := range s.Headers {
		header.Set(name, value)
	}
	return ingest.Request{Method: http.MethodPost, URL: "https://clamor.example/hooks/field", Header: header, Body: []byte(s.Body)}
}

func (s signed) at(t *testing.T) time.Time {
	t.Helper()
	seconds, err := strconv.ParseInt(s.Headers["webhook-timestamp"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

func verify(t *testing.T) func(secret string, r ingest.Request, now time.Time) error {
	t.Helper()
	adapter, err := ingest.FindAdapter("generic")
	if err != nil {
		t.Fatal(err)
	}
	return func(secret string, r ingest.Request, now time.Time) error {
		return adapter.Verify(clamor.Source{Secret: secret}, r, now)
	}
}

func TestSignaturesHoldUntilOneThingChanges(t *testing.T) {
	check := verify(t)
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			now := v.at(t)
			if err := check(v.Secret, v.request(), now.Add(4*time.Minute)); err != nil {
				t.Fatalf("the vector is refused: %v", err)
			}
			changes := map[string]func(secret *string, r *ingest.Request, now *time.Time){
				"another secret": func(s *string, _ *ingest.Request, _ *time.Time) { *s = "whsec_" + strings.Repeat("QUJD", 8) },
				"one byte":       func(_ *string, r *ingest.Request, _ *time.Time) { r.Body[0] ^= 1 },
				"a byte more":    func(_ *string, r *ingest.Request, _ *time.Time) { r.Body = append(r.Body, '\n') },
				"too late":       func(_ *string, _ *ingest.Request, now *time.Time) { *now = now.Add(5*time.Minute + time.Second) },
				"too early":      func(_ *string, _ *ingest.Request, now *time.Time) { *now = now.Add(-5*time.Minute - time.Second) },
				"another id":     func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Set("Webhook-Id", "msg_other") },
				"no id":          func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Del("Webhook-Id") },
				"another timestamp": func(_ *string, r *ingest.Request, _ *time.Time) {
					r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix()+1, 10))
				},
				"no timestamp":     func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Del("Webhook-Timestamp") },
				"words for a time": func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Set("Webhook-Timestamp", "noon") },
				"no signature":     func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Del("Webhook-Signature") },
				"another version": func(_ *string, r *ingest.Request, _ *time.Time) {
					r.Header.Set("Webhook-Signature", strings.ReplaceAll(r.Header.Get("Webhook-Signature"), "v1,", "v2,"))
				},
				"half a signature": func(_ *string, r *ingest.Request, _ *time.Time) { r.Header.Set("Webhook-Signature", "v1,g0hM") },
				"no secret here":   func(s *string, _ *ingest.Request, _ *time.Time) { *s = "" },
			}
			for name, change := range changes {
				secret, r, at := v.Secret, v.request(), now
				change(&secret, &r, &at)
				if err := check(secret, r, at); clamor.KindOf(err) != clamor.Unauthenticated {
					t.Errorf("with %s the answer is %v, want unauthenticated", name, err)
				}
			}
		})
	}
}

func TestBearerTokensMustBeTheSecret(t *testing.T) {
	check := verify(t)
	const secret = "correct horse battery staple"
	for _, c := range []struct {
		header string
		good   bool
	}{
		{"Bearer " + secret, true},
		{"bearer " + secret, true},
		{"Bearer  " + secret + " ", true},
		{"Bearer " + secret + "x", false},
		{"Bearer " + secret[1:], false},
		{"Bearer " + strings.ToUpper(secret), false},
		{"Bearer ", false},
		{"Bearer", false},
		{"Basic " + secret, false},
		{secret, false},
		{"", false},
	} {
		r := ingest.Request{Header: http.Header{"Authorization": {c.header}}}
		err := check(secret, r, noon())
		if (err == nil) != c.good || (err != nil && clamor.KindOf(err) != clamor.Unauthenticated) {
			t.Errorf("Authorization: %q gives %v", c.header, err)
		}
		if strings.Contains(errorText(err), secret) {
			t.Errorf("the answer to %q tells the secret", c.header)
		}
	}
}

// A sender that signs for its own ends may still prove the secret by a token; and a secret without the usual prefix may have
// been meant as base64 or as it stands.
func TestEitherProofSuffices(t *testing.T) {
	check := verify(t)
	body := []byte(`{}`)
	sign := func(key string) ingest.Request {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte("msg_1." + strconv.FormatInt(noon().Unix(), 10) + "."))
		mac.Write(body)
		header := http.Header{}
		header.Set("Webhook-Id", "msg_1")
		header.Set("Webhook-Timestamp", strconv.FormatInt(noon().Unix(), 10))
		header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		return ingest.Request{Header: header, Body: body}
	}
	for name, secret := range map[string]string{
		"as it stands":           "twelve words",
		"base64":                 base64.StdEncoding.EncodeToString([]byte("twelve words")),
		"base64 with its prefix": "whsec_" + base64.StdEncoding.EncodeToString([]byte("twelve words")),
	} {
		if err := check(secret, sign("twelve words"), noon()); err != nil {
			t.Errorf("a secret %s is refused: %v", name, err)
		}
	}
	r := sign("somebody else's key")
	r.Header.Set("Authorization", "Bearer twelve words")
	if err := check("twelve words", r, noon()); err != nil {
		t.Errorf("a good token beside a foreign signature is refused: %v", err)
	}
	r = sign("twelve words")
	r.Header.Set("Authorization", "Bearer somebody else's token")
	if err := check("twelve words", r, noon()); err != nil {
		t.Errorf("a good signature beside a foreign token is refused: %v", err)
	}
}
