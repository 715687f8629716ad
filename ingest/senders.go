package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"
	"time"

	"clamor"
)

// The tools that send whatever their user lets them: JSON or forms, read by the source's mapping.

func zapier() Adapter  { return sender("zapier", "Zapier") }
func n8n() Adapter     { return sender("n8n", "n8n") }
func maker() Adapter   { return sender("make", "Make") }
func anyJSON() Adapter { return sender("json", "Any JSON by mapping") }

func sender(kind, title string) Adapter {
	return Adapter{
		Kind: kind, Title: title, Settings: signatureSettings(),
		Verify: verifySender, Check: checkSent, DeliveryID: genericDeliveryID, Parse: parseSent, Mapped: plainValue,
	}
}

// signatureSettings are for senders that sign the body in a way of their own.
func signatureSettings() []Setting {
	return []Setting{
		{Name: "signature_header", Meaning: "The header that holds an HMAC-SHA256 of the body made with the secret, such as X-Signature; without it, the secret " +
			"comes as Authorization: Bearer SECRET, stands behind the address, or signs by Standard Webhooks."},
		{Name: "signature_encoding", Meaning: "How that signature is written: hex or base64; a name before it, as in sha256=…, is passed over.", Default: "hex"},
	}
}

// verifySender checks the signature that the source's settings name, or else what a generic sender brings.
func verifySender(s clamor.Source, r Request, now time.Time) error {
	name := s.Settings["signature_header"]
	if name == "" {
		return verifyGeneric(s, r, now)
	}
	if err := noSecret(s); err != nil {
		return err
	}
	given := strings.TrimSpace(r.Header.Get(name))
	if given == "" {
		return clamor.Errorf(clamor.Unauthenticated, "no signature: the header %s is missing", name)
	}
	decode := hex.DecodeString
	switch s.Settings["signature_encoding"] {
	case "base64":
		decode = base64.StdEncoding.DecodeString
	case "", "hex":
	default:
		return clamor.Errorf(clamor.Unauthenticated, "the source's signature_encoding must be hex or base64")
	}
	for _, prefix := range [...]string{"sha256=", "v0=", "v1=", "v1,"} {
		given = strings.TrimPrefix(given, prefix)
	}
	if !macFits(sha256.New, []byte(s.Secret), r.Body, given, decode) {
		return clamor.Errorf(clamor.Unauthenticated, "the signature in %s does not fit this source's secret and these bytes", name)
	}
	return nil
}

// checkSent accepts JSON and forms.
func checkSent(header http.Header, body []byte) error {
	if media, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || media != formType {
		return checkJSON(header, body)
	}
	if at := firstInvalid(body); at >= 0 {
		return clamor.Errorf(clamor.Invalid, "the body is not UTF-8 at byte %d (0x%02x): send a form in UTF-8", at, body[at])
	}
	_, err := valueOf(body)
	return err
}

func parseSent(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	return parseMapped(d, o, false)
}

// parseMapped reads a body by the source's mapping. money says that the sender follows the generic note, whose amounts are minor units.
func parseMapped(d clamor.Delivery, o ParseOptions, money bool) (clamor.Harvest, error) {
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	r, err := newMapped(o, money)
	if err != nil {
		return clamor.Harvest{}, err
	}
	value, err := valueOf(d.Body)
	if err != nil {
		return clamor.Harvest{}, err
	}
	return r.harvest(d, value)
}

// standardWebhooks is for senders that sign by the Standard Webhooks specification; nothing unsigned is accepted.
func standardWebhooks() Adapter {
	return Adapter{
		Kind: "standard-webhooks", Title: "Standard Webhooks",
		Verify: func(s clamor.Source, r Request, now time.Time) error {
			if err := noSecret(s); err != nil {
				return err
			}
			if r.Header.Get("Webhook-Signature") == "" {
				return clamor.Errorf(clamor.Unauthenticated, "no signature: send webhook-id, webhook-timestamp and webhook-signature")
			}
			return verifyStandard(s.Secret, r, now)
		},
		Check:      checkJSON,
		DeliveryID: genericDeliveryID,
		Parse: func(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
			values, err := envelopedValue(d)
			if err != nil {
				return clamor.Harvest{}, err
			}
			return parseEnvelopes(d, o, values)
		},
		Mapped: envelopedValue,
	}
}

// plainValue is a body as it stands.
func plainValue(d clamor.Delivery) ([]any, error) {
	value, err := valueOf(d.Body)
	return []any{value}, err
}

func envelopedValue(d clamor.Delivery) ([]any, error) {
	value, err := decode(withoutBOM(d.Body))
	return []any{enveloped(value)}, err
}

// enveloped takes the data out of {"type", "timestamp", "data"}; what has no such shape is data itself.
func enveloped(value any) any {
	m, ok := value.(map[string]any)
	if !ok || m["data"] == nil {
		return value
	}
	about := map[string]any{}
	for key, v := range m {
		if key != "data" {
			about[key] = v
		}
	}
	return withEvent(m["data"], about, m["timestamp"])
}

// withEvent gives the data of an event with what is said about it under "event", and its time where the data names none.
func withEvent(data any, about map[string]any, at any) any {
	m, ok := data.(map[string]any)
	if !ok {
		m = map[string]any{"text": data}
	}
	known := map[string]any{"event": about, "data": m}
	if at != nil {
		known["occurred_at"] = at
	}
	for key, v := range m {
		known[key] = v
	}
	return known
}

// parseEnvelopes reads the notes of events by the source's mapping.
func parseEnvelopes(d clamor.Delivery, o ParseOptions, events []any) (clamor.Harvest, error) {
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	r, err := newMapped(o, false)
	if err != nil {
		return clamor.Harvest{}, err
	}
	if len(events) == 1 {
		return r.harvest(d, events[0])
	}
	return r.harvest(d, any(events))
}
