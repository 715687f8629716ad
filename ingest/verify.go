package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// signatureWindow is how far a signed timestamp may lie from now, either way: what the Standard Webhooks libraries allow.
const signatureWindow = 5 * time.Minute

// verifyGeneric accepts the source's secret as a bearer token or behind the address, or a Standard Webhooks signature made with it. A sender
// may bring a token and a signature, with only one of them ours: either proves the secret.
func verifyGeneric(s clamor.Source, r Request, now time.Time) error {
	if r.Header.Get(PathSecret) != "" {
		return provenBySecret(s, r)
	}
	secret := s.Secret
	if secret == "" {
		return clamor.Errorf(clamor.Unauthenticated, "this source has no secret: give it one, nothing is accepted without")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	bearer := strings.EqualFold(scheme, "Bearer")
	if bearer && sameSecret(strings.TrimSpace(token), secret) {
		return nil
	}
	if r.Header.Get("Webhook-Signature") != "" {
		return verifyStandard(secret, r, now)
	}
	if bearer {
		return clamor.Errorf(clamor.Unauthenticated, "the bearer token is not this source's secret")
	}
	return clamor.Errorf(clamor.Unauthenticated,
		"no credential: send the source's secret as Authorization: Bearer SECRET or put it behind the address, or sign with the Standard Webhooks headers")
}

// sameSecret compares digests, so that the time taken tells neither content nor length.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// verifyStandard checks the headers of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body.
func verifyStandard(secret string, r Request, now time.Time) error {
	id, stamp := r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp")
	if id == "" || stamp == "" {
		return clamor.Errorf(clamor.Unauthenticated, "webhook-signature came without webhook-id or webhook-timestamp: send all three")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "webhook-timestamp must be the seconds since 1970, digits only")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > signatureWindow || age < -signatureWindow {
		return clamor.Errorf(clamor.Unauthenticated, "webhook-timestamp lies more than %v from now: sign anew for each attempt, and set the clock",
			signatureWindow)
	}
	if !signedBy(secret, r.Header, append([]byte(id+"."+stamp+"."), r.Body...)) {
		return clamor.Errorf(clamor.Unauthenticated, "no signature in webhook-signature fits this source's secret and these bytes")
	}
	return nil
}

// signedBy reports whether any v1 signature of the list fits; other versions are other algorithms and are skipped.
func signedBy(secret string, header http.Header, content []byte) bool {
	fits := false
	for _, key := range standardKeys(secret) {
		mac := hmac.New(sha256.New, key)
		mac.Write(content)
		sum := mac.Sum(nil)
		for given := range strings.FieldsSeq(header.Get("Webhook-Signature")) {
			version, text, _ := strings.Cut(given, ",")
			signature, err := base64.StdEncoding.DecodeString(text)
			if version == "v1" && err == nil && hmac.Equal(signature, sum) {
				fits = true
			}
		}
	}
	return fits
}

// standardKeys are the keys a secret may stand for. The specification has the base64 text behind "whsec_" decoded; a
// secret that somebody typed in without that prefix may be meant either way.
func standardKeys(secret string) [][]byte {
	encoded, prefixed := strings.CutPrefix(secret, "whsec_")
	var keys [][]byte
	if key, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(key) > 0 {
		keys = append(keys, key)
	}
	if !prefixed || len(keys) == 0 {
		keys = append(keys, []byte(secret))
	}
	return keys
}

// TakesSecretInAddress reports whether a sender can prove itself by the secret behind the source's address.
func TakesSecretInAddress(s clamor.Source, now time.Time) bool {
	a, err := FindAdapter(s.Kind)
	if err != nil {
		return false
	}
	r := Request{Method: http.MethodPost, Header: http.Header{PathSecret: {s.Secret}}, Body: []byte("{}")}
	return a.Verify(s, r, now) == nil
}
