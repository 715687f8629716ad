package ingest

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"clamor"
)

const gongKind = "gong"

func gong() Adapter {
	return Adapter{
		Kind:       gongKind,
		Title:      "Gong",
		Settings:   gongSettings(),
		Verify:     verifyGong,
		Check:      checkJSON,
		DeliveryID: unnumbered,
		Parse:      parseGong,
		Handshake:  greetGong,
		Fetch:      fetchGong,
		Pull:       pullGong,
	}
}

func gongSettings() []Setting {
	return append([]Setting{
		{Name: "base_url", Meaning: "the address of the API: Gong's own, or that of your company where you use OAuth", Default: "https://api.gong.io"},
		{Name: "days", Meaning: "how many days back the first pull reads", Default: "90"},
		{Name: "arr_field", Meaning: "the CRM's field of an account that holds what the customer pays a year, such as ARR__c"},
		{Name: "mrr_field", Meaning: "the CRM's field of an account that holds what the customer pays a month, such as MRR__c; " +
			"read where arr_field is empty"},
		{Name: "currency", Meaning: "the currency of amounts that bring none, such as EUR"},
	}, houseSettings()...)
}

// unnumbered is the delivery id of a sender that gives none to be relied on: the bytes tell.
func unnumbered(http.Header, []byte) string { return "" }

// verifyGong checks the token that Gong signs, where the secret is the public key that Gong shows; any other secret is the key that stands
// in the address, which is Gong's second way.
func verifyGong(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	key, err := gongKey(s.Secret)
	if err != nil {
		return provenBySecret(s, r)
	}
	given := strings.TrimSpace(r.Header.Get("Authorization"))
	if scheme, token, ok := strings.Cut(given, " "); ok && strings.EqualFold(scheme, "Bearer") {
		given = strings.TrimSpace(token)
	}
	if given == "" {
		return clamor.Errorf(clamor.Unauthenticated, "no Authorization header: choose the signed JWT header in Gong's webhook rule")
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuedAt(), jwt.WithTimeFunc(func() time.Time { return now }))
	if _, err := parser.ParseWithClaims(given, claims, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "the signed token does not hold: %w", err)
	}
	return fitsGong(claims, r, now)
}

// gongKey reads the public key as Gong shows it, with or without the lines around it.
func gongKey(secret string) (*rsa.PublicKey, error) {
	secret = strings.TrimSpace(secret)
	if !strings.Contains(secret, "-----BEGIN") {
		secret = "-----BEGIN PUBLIC KEY-----\n" + secret + "\n-----END PUBLIC KEY-----\n"
	}
	return jwt.ParseRSAPublicKeyFromPEM([]byte(secret))
}

// fitsGong checks that a token was made for this address, these bytes and this time.
func fitsGong(claims jwt.MapClaims, r Request, now time.Time) error {
	sum := sha256.Sum256(r.Body)
	body, _ := claims["body_sha256"].(string)
	if !strings.EqualFold(body, hex.EncodeToString(sum[:])) {
		return clamor.Errorf(clamor.Unauthenticated, "the signed token is of other bytes: body_sha256 does not fit the body")
	}
	address, _ := claims["webhook_url"].(string)
	if address == "" || bareAddress(address) != bareAddress(r.URL) {
		return clamor.Errorf(clamor.Unauthenticated,
			"the signed token is for %q: let Gong call this source's public address, and set --public-url to it", clip(address))
	}
	if issued, err := claims.GetIssuedAt(); claims["exp"] == nil && err == nil && issued != nil {
		return timely(issued.Time, now)
	}
	return nil
}

// bareAddress is an address without what Gong does not sign: the query, a slash at the end, the case of the host.
func bareAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Scheme+"://"+u.Host) + strings.TrimRight(u.EscapedPath(), "/")
}

// greetGong answers the test that Gong sends when a rule is made.
func greetGong(_ clamor.Source, r Request) *Answer {
	var faults []clamor.Fault
	o, err := rootOf(r.Body, &faults)
	if test, ok := o.m["isTest"].(bool); err != nil || r.Method != http.MethodPost || !ok || !test {
		return nil
	}
	return welcome()
}
