package ingest

import (
	"context"
	"net/http"
	"time"

	"clamor"
)

// Adapter reads one kind of source. Adding one is a file and a line in Adapters. Kind, Verify, Check, DeliveryID and Parse are always
// there; the others are nil where the system has no such thing. All but Fetch and Pull are pure.
type Adapter struct {
	Kind     string
	Title    string    // the system's name as its maker writes it
	Settings []Setting // what a source of this kind can be told

	// Verify checks the secret or signature on the raw bytes, in constant time; an Unauthenticated error says what is missing.
	Verify func(s clamor.Source, r Request, now time.Time) error
	// Check is the cheap look at the syntax before a delivery is accepted: Unsupported for a content type that nobody here
	// reads, Invalid for a body that can never be read.
	Check func(header http.Header, body []byte) error
	// DeliveryID is the sender's own id of the delivery, "" where the sender gives none that can be relied on.
	DeliveryID func(header http.Header, body []byte) string
	// Parse gives what a delivery holds; Topic tells a pulled page from what was sent. Of a partly bad payload it gives the
	// good part and an Invalid error whose faults name the bad ones by path.
	Parse func(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error)

	// Mapped gives the values of a delivery that a mapping reads; nil where sources of the kind have no mapping.
	Mapped func(d clamor.Delivery) ([]any, error)

	// Handshake answers what is no delivery: a challenge, a ping, a test; nil where r is a delivery. A POST has been verified
	// before; any other method has not, so that the answer must give nothing away.
	Handshake func(s clamor.Source, r Request) *Answer
	// Blank takes secrets out of a body that is about to be kept.
	Blank func(body []byte) []byte
	// Accepted is what the sender wants to hear when a delivery is durable; where it has no status, the receipt as JSON with
	// status 202 is sent, as it is without an Accepted.
	Accepted func(r Request) Answer

	// Fetch gets what a thin delivery announces and keeps it.
	Fetch func(ctx context.Context, p Pull, d clamor.Delivery) error
	// Pull reads on from where the last pull ended and keeps what it finds, page by page.
	Pull func(ctx context.Context, p Pull) error
}

// Setting is one thing that a source can be told.
type Setting struct {
	Name     string // as in Source.Settings
	Meaning  string // one sentence for people, with an example
	Default  string
	Required bool // for pulls
}

// Answer is what a sender gets to hear.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	Header      map[string]string // further ones
}

// Pull is what an adapter reads a source's API with.
type Pull struct {
	Source clamor.Source
	Now    time.Time
	Call   Caller
	// Cursor is what was kept with the last page of a topic, "" before the first.
	Cursor func(topic string) string
	// Keep makes a page and its cursor durable in one transaction; a page kept before, by its ID or else its bytes, moves only the cursor.
	Keep func(ctx context.Context, p Page) error
}

// Setting is what the source was told, or the default of its kind.
func (p Pull) Setting(name string) string { return setTo(p.Source, name) }

func setTo(s clamor.Source, name string) string {
	if v := s.Settings[name]; v != "" {
		return v
	}
	if a, err := FindAdapter(s.Kind); err == nil {
		for _, d := range a.Settings {
			if d.Name == name {
				return d.Default
			}
		}
	}
	return ""
}

// Page is one answer of an API, to be kept as a delivery.
type Page struct {
	Topic  string // what it lists: "companies"; Parse gets it back as the delivery's
	ID     string // unique in the topic; "" takes the bytes
	Body   []byte // nothing to read if empty: only the cursor moves
	Cursor string // where the next pull of the topic goes on; "" leaves it where it is
}

// Caller sends one request to the source's API. It waits as the other side asks it to, tries again what is safe to try again (reads,
// and whatever was refused with 429), refuses addresses of the inside and redirects to another host, and bounds the answer.
// It returns the answer whatever its status; an error means that there is none.
type Caller func(ctx context.Context, c Call) (Reply, error)

// Call is one request.
type Call struct {
	Method string // "" means GET
	URL    string
	Header http.Header
	Body   []byte
	Safe   bool // a POST that only reads, as a search or a GraphQL query does
	// Limited finds a limit told in a way of the vendor's own: how long to wait, and whether it is one. nil: the usual ways only.
	Limited func(r Reply) (wait time.Duration, limited bool)
}

// Reply is an answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}
