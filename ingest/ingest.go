// Package ingest turns what the outside sends into notes, accounts, deals and asks. It owns the adapters (one per kind of
// source: signature, syntax, shape), the cleaning of foreign text, the extraction of asks, the import of CSV files and the
// worker that reads stored deliveries.
//
// It does not own HTTP (package api receives), storage (package store keeps, resolves accounts and numbers the versions of a
// note) or what asks mean (package dedupe). Apart from the Service, everything here is a function of its arguments: no
// clock, no randomness, so that a delivery read twice gives the same notes with the same identifiers.
package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"clamor"
)

// Request is what a signature is checked against: the bytes as received, and where they were sent to.
type Request struct {
	Method string
	URL    string // as the sender calls us: the public address, never what a Host header claims
	Header http.Header
	Body   []byte
}

// ParseOptions are the settings that reading a payload depends on.
type ParseOptions struct {
	Currency   string    // of amounts that name none; "" means USD
	Source     string    // whose notes these are; a delivery brings its own
	ReceivedAt time.Time // stands in for a missing time of occurrence; a delivery brings its own
}

// Adapter reads one kind of source. Adding one is a file and a line in Adapters.
type Adapter struct {
	Kind string
	// Verify checks the secret or signature on the raw bytes, in constant time; an Unauthenticated error says what is missing.
	Verify func(secret string, r Request, now time.Time) error
	// Check is the cheap look at the syntax before a delivery is accepted: Unsupported for a content type that nobody here
	// reads, Invalid for a body that can never be read.
	Check func(header http.Header, body []byte) error
	// DeliveryID is the sender's own id of the delivery, "" where the sender gives none.
	DeliveryID func(header http.Header, body []byte) string
	// Parse gives the notes of a delivery. Of a partly bad payload it gives the good ones and an Invalid error whose faults
	// name the bad ones by path.
	Parse func(d clamor.Delivery, o ParseOptions) ([]clamor.Intake, error)
}

// Adapters lists all kinds of sources.
func Adapters() []Adapter {
	return []Adapter{
		generic(),
	}
}

// FindAdapter gives the adapter of a kind.
func FindAdapter(kind string) (Adapter, error) {
	var kinds []string
	for _, a := range Adapters() {
		if a.Kind == kind {
			return a, nil
		}
		kinds = append(kinds, a.Kind)
	}
	return Adapter{}, clamor.Errorf(clamor.Invalid, "%q is no kind of source: choose %s", kind, strings.Join(kinds, ", "))
}

// toldHeaders are the headers worth keeping with a delivery. It is a list of the allowed, so that no credential is kept
// because somebody gave its header a new name.
func toldHeaders() []string {
	return []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "Idempotency-Key", "Traceparent"}
}

const maxHeader = 512 // bytes kept of one header

// NewDelivery makes the delivery of a received payload. Its identifier comes from the sender's own id of the delivery, or
// from the bytes where there is none, so that the same delivery again is recognised.
func NewDelivery(source clamor.Source, header http.Header, body []byte, now time.Time) clamor.Delivery {
	d := clamor.Delivery{
		Source:     source.Name,
		Header:     map[string]string{},
		Body:       body,
		ReceivedAt: now.UTC().Truncate(time.Microsecond),
		State:      clamor.Received,
	}
	for _, name := range toldHeaders() {
		if value := header.Get(name); value != "" {
			d.Header[strings.ToLower(name)] = clean(value[:min(len(value), maxHeader)])
		}
	}
	if a, err := FindAdapter(source.Kind); err == nil {
		d.ExternalID = clean(a.DeliveryID(header, body))
	}
	identity := d.ExternalID
	if identity == "" {
		sum := sha256.Sum256(body)
		identity = hex.EncodeToString(sum[:])
	}
	d.ID = clamor.DeliveryID(clamor.DeriveID("delivery", source.Name, identity))
	return d
}
