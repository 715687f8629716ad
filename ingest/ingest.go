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
	"slices"
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
	Currency   string            // of amounts that name none; "" means USD
	Source     string            // whose notes these are; a delivery brings its own
	ReceivedAt time.Time         // stands in for a missing time of occurrence; a delivery brings its own
	Settings   map[string]string // what the source was told, as its adapter lists it
	Mapping    map[string]string // field of the generic note -> where it stands in the sender's JSON
}

// kind is a line of the table of adapters.
type kind struct {
	name string
	make func() Adapter
}

func kinds() []kind {
	return []kind{
		{"generic", generic},
		{"standard-webhooks", standardWebhooks},
		{"cloudevents", cloudEvents},
		{"zapier", zapier},
		{"n8n", n8n},
		{"make", maker},
		{"json", anyJSON},
		{"salesforce", salesforce},
		{"hubspot", hubSpot},
		{"vitally", vitally},
		{"slack", slack},
		{"mattermost", mattermost},
		{"zendesk", zendesk},
		{"intercom", intercom},
		{"productboard", productboard},
		{"canny", canny},
		{"linear", linear},
		{"jira", jira},
		{"github", github},
		{"buildbetter", buildBetter},
		{"gong", gong},
		{"fathom", fathom},
		{"fireflies", fireflies},
		{"grain", grain},
		{"zoom", zoom},
		{"otter", otter},
	}
}

// Adapters lists all kinds of sources.
func Adapters() []Adapter {
	var all []Adapter
	for _, k := range kinds() {
		all = append(all, k.make())
	}
	return all
}

// FindAdapter gives the adapter of a kind, and makes no other: each delivery asks for one.
func FindAdapter(name string) (Adapter, error) {
	all := kinds()
	if i := slices.IndexFunc(all, func(k kind) bool { return k.name == name }); i >= 0 {
		return all[i].make(), nil
	}
	var names []string
	for _, k := range all {
		names = append(names, k.name)
	}
	return Adapter{}, clamor.Errorf(clamor.Invalid, "%q is no kind of source: choose %s", name, strings.Join(names, ", "))
}

// toldHeaders are the headers worth keeping with a delivery. It is a list of the allowed, so that no credential is kept
// because somebody gave its header a new name.
func toldHeaders() []string {
	return []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "Idempotency-Key", "Traceparent",
		"Ce-Id", "Ce-Source", "Ce-Type", "Ce-Specversion", "Ce-Time", "Ce-Subject"}
}

const maxHeader = 512 // bytes kept of one header

// NewDelivery makes the delivery of a received payload. Its identifier comes from the sender's own id of the delivery, or
// from the bytes as they came where there is none, so that the same delivery again is recognised. Secrets inside the payload are blanked.
func NewDelivery(source clamor.Source, header http.Header, body []byte, now time.Time) clamor.Delivery {
	d := newDelivery(source, body, now)
	for _, name := range toldHeaders() {
		if value := header.Get(name); value != "" {
			d.Header[strings.ToLower(name)] = clean(value[:min(len(value), maxHeader)])
		}
	}
	if a, err := FindAdapter(source.Kind); err == nil {
		d.ExternalID = clean(a.DeliveryID(header, body))
		if a.Blank != nil {
			d.Body = a.Blank(body)
		}
	}
	identity := d.ExternalID
	if identity == "" {
		identity = d.Hash
	}
	d.ID = clamor.DeliveryID(clamor.DeriveID("delivery", source.Name, identity))
	return d
}

// NewPage makes the delivery of a page that was pulled or fetched. Its identifier comes from the topic and the page's own id, or from its
// bytes where it has none.
func NewPage(source clamor.Source, p Page, now time.Time) clamor.Delivery {
	d := newDelivery(source, p.Body, now)
	d.Topic, d.ExternalID = p.Topic, p.ID
	if a, err := FindAdapter(source.Kind); err == nil && a.Blank != nil {
		d.Body = a.Blank(p.Body)
	}
	identity := p.ID
	if identity == "" {
		identity = d.Hash
	}
	d.ID = clamor.DeliveryID(clamor.DeriveID("delivery", source.Name, "page", p.Topic, identity))
	return d
}

func newDelivery(source clamor.Source, body []byte, now time.Time) clamor.Delivery {
	sum := sha256.Sum256(body)
	return clamor.Delivery{
		Source:     source.Name,
		Header:     map[string]string{},
		Body:       body,
		Hash:       hex.EncodeToString(sum[:]),
		ReceivedAt: now.UTC().Truncate(time.Microsecond),
		State:      clamor.Received,
	}
}
