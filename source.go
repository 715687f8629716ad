package clamor

import (
	"hash/fnv"
	"strconv"
	"time"
)

// Source is a configured way in.
type Source struct {
	Name      string            `json:"name"`               // as in the hook's URL: letters, digits, dash, underscore
	Kind      string            `json:"kind"`               // the adapter that reads it
	Secret    string            `json:"-"`                  // what senders prove themselves with
	Token     string            `json:"-"`                  // what pulls prove themselves with at the other side; "" where nothing is pulled
	Settings  map[string]string `json:"settings,omitempty"` // of its kind, as the adapter lists them; never a secret
	Mapping   map[string]string `json:"mapping,omitempty"`  // field of the generic note -> path into the sender's JSON
	Every     time.Duration     `json:"every,omitempty"`    // how often it is pulled; 0: only when told to
	On        bool              `json:"on"`
	CreatedAt time.Time         `json:"created_at"`
}

// DeliveryState is the fate of a delivery.
type DeliveryState string

// The states. One that has been received or has failed is pending work: it is read, or read again after a while. One that is dead
// waits for a person, with its reason and its bytes. Replayed is one that was read once more since, with what it holds now.
const (
	Received  DeliveryState = "received"
	Processed DeliveryState = "processed"
	Failed    DeliveryState = "failed"
	Dead      DeliveryState = "dead"
	Replayed  DeliveryState = "replayed"
)

// DeliveryStates are all of them, those first that a person should look at.
func DeliveryStates() []DeliveryState {
	return []DeliveryState{Dead, Failed, Received, Processed, Replayed}
}

// Delivery is one received payload: byte for byte, except that secrets inside it are blanked.
type Delivery struct {
	ID         DeliveryID        `json:"id"`
	Source     string            `json:"source"`
	Topic      string            `json:"topic,omitempty"`       // of a pulled page: what it lists; "" for what was sent to us
	ExternalID string            `json:"external_id,omitempty"` // the sender's own id of it, where the sender gives one
	Header     map[string]string `json:"header,omitempty"`      // the headers that tell something; never a secret
	Body       []byte            `json:"-"`                     // left out where many are listed
	Hash       string            `json:"sha256,omitempty"`      // of the bytes as they came, in hex
	Size       int64             `json:"bytes,omitempty"`       // of the body
	ReceivedAt time.Time         `json:"received_at"`
	State      DeliveryState     `json:"state"`
	Reason     string            `json:"reason,omitempty"`   // why it failed or is dead, and what to do
	Attempts   int               `json:"attempts,omitempty"` // how often it has been read since it came, or was last replayed
	RetryAt    time.Time         `json:"retry_at,omitzero"`  // of a pending one: not read before
	Replays    int               `json:"replays,omitempty"`  // how often a person had it read anew
	Accounts   int               `json:"accounts,omitempty"` // records that it brought something new of, beside its notes
	Deals      int               `json:"deals,omitempty"`
	Issues     int               `json:"issues,omitempty"`
}

// DeliveryQuery says which deliveries are listed, the newest first. What is left out restricts nothing.
type DeliveryQuery struct {
	Source string
	State  DeliveryState
	Before DeliveryPlace // only those behind it
	Limit  int
}

// DeliveryPlace is where a list of deliveries goes on.
type DeliveryPlace struct {
	At time.Time
	ID DeliveryID
}

// Place is where a list goes on behind the delivery.
func (d Delivery) Place() DeliveryPlace { return DeliveryPlace{d.ReceivedAt, d.ID} }

// Activity is what has come from a source of late.
type Activity struct {
	Last    time.Time // when the newest delivery came; zero where none ever did
	Days    [7]int64  // how many came each day, the last being today
	Dead    int64
	Failed  int64
	Waiting int64 // to be read
}

// Pending reports whether the delivery is still to be read.
func (d Delivery) Pending() bool { return d.State == Received || d.State == Failed }

// Done is the delivery as one that has been read to its end.
func (d Delivery) Done() Delivery {
	d.State, d.Reason, d.RetryAt = Processed, "", time.Time{}
	if d.Replays > 0 {
		d.State = Replayed
	}
	return d
}

// Ended is the delivery as one that a person must look at, with the reason.
func (d Delivery) Ended(reason string) Delivery {
	d.State, d.Reason, d.RetryAt = Dead, reason, time.Time{}
	return d
}

// The patience with what may pass: twelve attempts spread over some sixteen hours.
const (
	firstPause  = 30 * time.Second
	longPause   = 6 * time.Hour
	mostReading = 12
)

// Again is the delivery as one whose last attempt failed for a reason that may pass: it is read again after a pause that doubles
// each time, or ended once patience is. The pause varies by the delivery's ID, so that what failed together does not come back together.
func (d Delivery) Again(reason string, now time.Time) Delivery {
	if d.Attempts >= mostReading {
		return d.Ended(reason + " (given up after " + strconv.Itoa(d.Attempts) + " attempts: replay it when the cause is gone)")
	}
	pause := longPause
	if n := max(d.Attempts-1, 0); n < 10 {
		pause = min(firstPause<<n, longPause)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(d.ID) + " " + strconv.Itoa(d.Attempts))) // never fails
	pause += pause / 4 * time.Duration(h.Sum32()%1000) / 1000
	d.State, d.Reason, d.RetryAt = Failed, reason, now.Add(pause).UTC().Truncate(time.Microsecond)
	return d
}

// Replay says which deliveries are to be read anew: those named, or else all of a source, in a state, received within a time. What is
// left empty restricts nothing, but not everything may be empty.
type Replay struct {
	IDs    []DeliveryID
	Source string
	State  DeliveryState
	From   time.Time // received then or later
	To     time.Time // received before
}
