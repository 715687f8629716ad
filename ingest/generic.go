package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"clamor"
)

// crmSystem is the system of an id that names none: the one CRM of the house. Imports and webhooks share it, so that a
// deal imported by its id is found again by a note that names the same id.
const crmSystem = "crm"

// maxNotes bounds the notes of one payload; what is larger is an import.
const maxNotes = 10_000

// maxText bounds the words of one note: a day of talk has less than a megabyte, and reading them takes a hundred times their room.
const maxText = 1 << 20

func generic() Adapter {
	return Adapter{
		Kind:       "generic",
		Title:      "Anything that can POST JSON",
		Verify:     verifyGeneric,
		Check:      checkJSON,
		DeliveryID: genericDeliveryID,
		Mapped:     plainValue,
		Parse: func(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
			o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
			if len(o.Mapping) > 0 {
				return parseMapped(d, o, true)
			}
			intakes, err := ParseNotes(d.Body, o)
			for i := range intakes {
				intakes[i].Note.Delivery = d.ID
			}
			return clamor.Harvest{Notes: intakes}, err
		},
	}
}

func genericDeliveryID(header http.Header, _ []byte) string {
	if id := header.Get("Webhook-Id"); id != "" {
		return id
	}
	return header.Get("Idempotency-Key")
}

// checkJSON accepts what encoding/json can read: UTF-8, one value, of a JSON content type or of none.
func checkJSON(header http.Header, body []byte) error {
	if err := checkJSONType(header.Get("Content-Type")); err != nil {
		return err
	}
	body = withoutBOM(body)
	if at := firstInvalid(body); at >= 0 {
		return clamor.Errorf(clamor.Invalid, "the body is not UTF-8 at byte %d (0x%02x): send JSON in UTF-8", at, body[at])
	}
	if !json.Valid(body) {
		_, err := decode(body)
		return err
	}
	if first := bytes.TrimLeft(body, " \t\r\n")[0]; first != '{' && first != '[' {
		return clamor.Errorf(clamor.Invalid, "the body is JSON but no note: send an object, an array of objects, or {\"notes\": […]}")
	}
	return nil
}

func checkJSONType(contentType string) error {
	if contentType == "" {
		return nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || (media != "application/json" && media != "text/json" && !strings.HasSuffix(media, "+json")) {
		return clamor.Errorf(clamor.Unsupported, "content type %q is not read here: send Content-Type: application/json", clip(contentType))
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return clamor.Errorf(clamor.Unsupported, "charset %q is not read here: send JSON in UTF-8", clip(charset))
	}
	return nil
}

func withoutBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

// firstInvalid is the offset of the first byte that is not UTF-8, -1 if there is none.
func firstInvalid(body []byte) int {
	if utf8.Valid(body) {
		return -1
	}
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// decode reads the one JSON value of a body; numbers keep their digits.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, notJSON(body, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, clamor.Errorf(clamor.Invalid, "the body holds more than one JSON value (at byte %d): send an array, or {\"notes\": […]}",
			d.InputOffset())
	}
	return v, nil
}

func notJSON(body []byte, err error) error {
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return clamor.Errorf(clamor.Invalid, "the body is empty: send a note as JSON")
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return clamor.Errorf(clamor.Invalid, "the body ends in the middle of its JSON, after %d bytes: send all of it", len(body))
	case errors.As(err, &syntax):
		return clamor.Errorf(clamor.Invalid, "the body is not JSON at byte %d: %s", syntax.Offset, strings.TrimPrefix(syntax.Error(), "json: "))
	}
	return clamor.Errorf(clamor.Invalid, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// ParseNotes reads the generic body: one note, an array of notes, or {"notes": […]}. It gives the notes that can be read
// and an Invalid error that names every fault of the others.
func ParseNotes(body []byte, o ParseOptions) ([]clamor.Intake, error) {
	value, err := decode(withoutBOM(body))
	if err != nil {
		return nil, err
	}
	items, single, err := noteItems(value)
	if err != nil {
		return nil, err
	}
	r := noteReader{options: o, seen: map[string]int{}}
	var intakes []clamor.Intake
	var faults []clamor.Fault
	bad := 0
	for i, item := range items {
		path := ""
		if !single {
			path = fmt.Sprintf("notes[%d]", i)
		}
		in, fresh, wrong := r.read(path, i, item)
		faults = append(faults, wrong...)
		if len(wrong) > 0 {
			bad++
		} else if fresh {
			intakes = append(intakes, in)
		}
	}
	message := "the note cannot be read"
	if !single {
		message = fmt.Sprintf("%d of %d notes cannot be read", bad, len(items))
	}
	return intakes, clamor.Refuse(message, faults)
}

func noteItems(value any) (items []any, single bool, err error) {
	object, isObject := value.(map[string]any)
	items, isArray := value.([]any)
	if isObject {
		list, holds := object["notes"]
		if !holds {
			return []any{value}, true, nil
		}
		items, isArray = list.([]any)
	}
	switch {
	case !isArray:
		return nil, false, clamor.Errorf(clamor.Invalid, "the body is no note: send an object, an array of objects, or {\"notes\": […]}")
	case len(items) == 0:
		return nil, false, clamor.Errorf(clamor.Invalid, "the body holds no note: send at least one")
	case len(items) > maxNotes:
		return nil, false, clamor.Errorf(clamor.Invalid, "the body holds %d notes: send at most %d at once", len(items), maxNotes)
	}
	return items, false, nil
}

// noteReader reads the notes of one payload.
type noteReader struct {
	options ParseOptions
	seen    map[string]int // external id and content -> index, and external id -> index
}

// read gives one note, or its faults. Not fresh is a note that stood in the payload before, word for word.
func (r noteReader) read(path string, index int, item any) (in clamor.Intake, fresh bool, faults []clamor.Fault) {
	m, ok := item.(map[string]any)
	if !ok {
		return in, false, []clamor.Fault{{Path: path, Message: "must be an object, not " + typeName(item)}}
	}
	o := object{path, m, &faults}
	in = r.intake(o)
	if len(faults) > 0 {
		return in, false, faults
	}
	content := contentHash(in)
	if in.Note.ExternalID == "" {
		in.Note.ExternalID = "content:" + content[:32]
	}
	id := in.Note.ExternalID
	if _, again := r.seen[id+"\x00"+content]; again {
		return in, false, nil
	}
	if first, taken := r.seen[id]; taken {
		o.fault("id", "%q is the id of notes[%d] too, with other content: give each note its own id", clip(id), first)
		return in, false, faults
	}
	r.seen[id], r.seen[id+"\x00"+content] = index, index
	in.Asks = asksOf(o, in.Note)
	return in, true, faults
}

// intake reads all of a note but its asks.
func (r noteReader) intake(o object) clamor.Intake {
	n := clamor.Note{
		Source:     r.options.Source,
		ExternalID: o.text("id", maxID),
		Kind:       choice(o, "kind", clamor.Call, clamor.CRM, clamor.Chat, clamor.Ticket, clamor.Survey),
		Title:      o.text("title", maxURL),
		Text:       o.raw("text"),
		URL:        o.link("url"),
		OccurredAt: o.moment("occurred_at"),
		ReceivedAt: r.options.ReceivedAt,
		Contact:    person(o, "contact"),
		Author:     person(o, "author"),
	}
	if blank(n.Text) {
		o.fault("text", "is missing: send the words of the note")
	}
	if len(n.Text) > maxText {
		o.fault("text", "has %d bytes: at most %d, so send it as several notes", len(n.Text), maxText)
	}
	if n.Kind == "" {
		n.Kind = clamor.Call
	}
	if n.OccurredAt.IsZero() {
		n.OccurredAt = n.ReceivedAt
	}
	in := clamor.Intake{Note: n, Account: account(o, r.options.currency())}
	held := n.OccurredAt
	if !r.options.ReceivedAt.IsZero() && held.After(r.options.ReceivedAt) {
		held = r.options.ReceivedAt
	}
	if in.Account.AsOf.IsZero() {
		in.Account.AsOf = held
	}
	in.Account.Source = r.options.Source
	in.Deal = deal(o, in.Account, r.options)
	return in
}

func (o ParseOptions) currency() string {
	if o.Currency == "" {
		return "USD"
	}
	return o.Currency
}

func person(o object, key string) clamor.Person {
	if name, ok := o.m[key].(string); ok {
		return clamor.Person{Name: cleanLine(name)}
	}
	p, ok := o.child(key)
	if !ok {
		return clamor.Person{}
	}
	return clamor.Person{Name: p.text("name", maxName), Email: p.text("email", maxName), Title: p.text("title", maxName)}
}

// intakeOf completes what an adapter has read of a note: identifiers, the time its facts held, and the asks that its text holds. What
// our own side said, by the stretches of the text given, asks for nothing unless it reports what a customer said.
func intakeOf(n clamor.Note, a clamor.AccountFacts, d *clamor.DealFacts, o ParseOptions, ours []stretch) clamor.Intake {
	n.Source, n.ReceivedAt = o.Source, o.ReceivedAt
	if n.OccurredAt.IsZero() {
		n.OccurredAt = n.ReceivedAt
	}
	a.Source = o.Source
	if a.AsOf.IsZero() {
		a.AsOf = n.OccurredAt
	}
	in := clamor.Intake{Note: n, Account: a}
	if d != nil {
		deal := *d
		deal.Account, deal.Source = a, o.Source
		if deal.AsOf.IsZero() {
			deal.AsOf = a.AsOf
		}
		in.Deal = &deal
	}
	if in.Note.ExternalID == "" {
		in.Note.ExternalID = "content:" + contentHash(in)[:32]
	}
	in.Asks = identified(heard(foundAsks(in.Note), ours), in.Note)
	return in
}

// stretch is a part of a text, in bytes.
type stretch struct{ start, end int }

func heard(asks []clamor.Ask, ours []stretch) []clamor.Ask {
	return slices.DeleteFunc(asks, func(a clamor.Ask) bool {
		return !reports(a.Quote) && slices.ContainsFunc(ours, func(s stretch) bool { return s.start <= a.Start && a.Start < s.end })
	})
}

// contentHash tells apart what a sender says in two notes: the words, where and when they were said, and for whom.
func contentHash(in clamor.Intake) string {
	n, a := in.Note, in.Account
	occurred := ""
	if !n.OccurredAt.Equal(n.ReceivedAt) {
		occurred = n.OccurredAt.String()
	}
	var ids []string
	for _, system := range sortedKeys(a.ExternalIDs) {
		ids = append(ids, system, a.ExternalIDs[system])
	}
	h := sha256.New()
	for _, part := range append([]string{string(n.Kind), n.Title, n.Text, n.URL, occurred, fold(a.Name), strings.Join(a.Domains, " "),
		n.Author.String(), n.Contact.String()}, ids...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
