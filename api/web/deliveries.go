package web

import "clamor"

// DeliveriesView is what came in, for those who run the sources.
type DeliveriesView struct {
	Source     string // "" is all of them
	State      clamor.DeliveryState
	States     []Choice
	Deliveries []clamor.Delivery
	Newest     string // the first page, where this is another one
	Next       string
	Dead       int64 // of the source, that can be replayed at one go
	Back       string
}

func (DeliveriesView) page() string { return "deliveries" }

// DeliveryView is one payload as it came, and what came of it.
type DeliveryView struct {
	Delivery clamor.Delivery
	Headers  []string // names, sorted
	Body     string   // "" where the payload is no text
	Pretty   bool     // it is indented, and not as it came
	Cut      bool     // more than is shown
	Notes    []SentNote
	More     bool // notes than are shown
	Mapping  string
}

func (DeliveryView) page() string { return "delivery" }

// Brought says in a few words what the delivery held.
func (v DeliveryView) Brought() string { return Brought(v.Delivery, v.Notes) }
