package ingest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

// hubSpotSigned signs a request as HubSpot does, over an address that may be written otherwise than ours.
func hubSpotSigned(version, secret, address string, r ingest.Request) ingest.Request {
	body := string(r.Body)
	switch version {
	case "v1":
		sum := sha256.Sum256([]byte(secret + body))
		r.Header.Set("X-HubSpot-Signature", hex.EncodeToString(sum[:]))
	case "v2":
		sum := sha256.Sum256([]byte(secret + r.Method + address + body))
		r.Header.Set("X-HubSpot-Signature", hex.EncodeToString(sum[:]))
		r.Header.Set("X-HubSpot-Signature-Version", "v2")
	case "v3":
		stamp := strconv.FormatInt(noon().UnixMilli(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(r.Method + address + body + stamp))
		r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		r.Header.Set("X-HubSpot-Request-Timestamp", stamp)
	}
	return r
}

func TestHubSpotSignaturesHoldUntilOneThingChanges(t *testing.T) {
	a := adapterOf(t, "hubspot")
	const ours = "https://clamor.example/hooks/hs?tenant=a%20b&to=kim%40x"
	for _, version := range []string{"v1", "v2", "v3"} {
		for _, signed := range []string{ours, "https://clamor.example/hooks/hs?tenant=a%20b&to=kim@x", "https://clamor.example/hooks/hs?tenant=a b&to=kim@x"} {
			request := func() ingest.Request {
				r := bearing([]byte(`[{"eventId":1,"subscriptionType":"deal.creation","objectId":61}]`))
				r.URL = ours
				return hubSpotSigned(version, hookSecret, signed, r)
			}
			good := clamor.Source{Kind: "hubspot", Secret: hookSecret}
			if err := a.Verify(good, request(), noon().Add(4*time.Minute)); err != nil {
				t.Errorf("%s over %s is refused: %v", version, signed, err)
			}
			for name, change := range map[string]func(s *clamor.Source, r *ingest.Request, now *time.Time){
				"a byte of the body":  func(_ *clamor.Source, r *ingest.Request, _ *time.Time) { r.Body[3] ^= 1 },
				"the secret":          func(s *clamor.Source, _ *ingest.Request, _ *time.Time) { s.Secret += "x" },
				"no secret":           func(s *clamor.Source, _ *ingest.Request, _ *time.Time) { s.Secret = "" },
				"the time, too late":  func(_ *clamor.Source, _ *ingest.Request, now *time.Time) { *now = now.Add(6 * time.Minute) },
				"the time, too early": func(_ *clamor.Source, _ *ingest.Request, now *time.Time) { *now = now.Add(-6 * time.Minute) },
				"the time as told": func(_ *clamor.Source, r *ingest.Request, _ *time.Time) {
					r.Header.Set("X-HubSpot-Request-Timestamp", "1795258800001")
				},
				"no time":     func(_ *clamor.Source, r *ingest.Request, _ *time.Time) { r.Header.Del("X-HubSpot-Request-Timestamp") },
				"the address": func(_ *clamor.Source, r *ingest.Request, _ *time.Time) { r.URL = "https://elsewhere.example/hooks/hs" },
				"the method":  func(_ *clamor.Source, r *ingest.Request, _ *time.Time) { r.Method = "PUT" },
				"a byte of the signature": func(_ *clamor.Source, r *ingest.Request, _ *time.Time) {
					for _, name := range []string{"X-HubSpot-Signature-v3", "X-HubSpot-Signature"} {
						if given := r.Header.Get(name); given != "" {
							r.Header.Set(name, strings.Map(func(c rune) rune {
								if c == rune(given[0]) {
									return 'f' ^ '0' ^ c
								}
								return c
							}, given))
						}
					}
				},
			} {
				// Older signatures cover neither time nor, in v1, address and method.
				if version != "v3" && strings.Contains(name, "time") || version == "v1" && (name == "the address" || name == "the method") {
					continue
				}
				s, r, now := good, request(), noon()
				change(&s, &r, &now)
				if err := a.Verify(s, r, now); clamor.KindOf(err) != clamor.Unauthenticated {
					t.Errorf("%s over %s: with %s changed the answer is %v", version, signed, name, err)
				}
			}
		}
	}
}

// Who cannot make the newest signature does not get in by an older one beside it.
func TestABadNewSignatureIsNotSavedByAnOldOne(t *testing.T) {
	a := adapterOf(t, "hubspot")
	r := hubSpotSigned("v1", hookSecret, "", bearing([]byte(`[]`)))
	r.Header.Set("X-HubSpot-Signature-v3", "AAAA")
	r.Header.Set("X-HubSpot-Request-Timestamp", strconv.FormatInt(noon().UnixMilli(), 10))
	if err := a.Verify(clamor.Source{Kind: "hubspot", Secret: hookSecret}, r, noon()); clamor.KindOf(err) != clamor.Unauthenticated {
		t.Errorf("the answer is %v", err)
	}
}

func FuzzHubSpot(f *testing.F) { fuzzed(f, "hubspot", "", "companies", "deals", "notes") }
