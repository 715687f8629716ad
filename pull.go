package clamor

import "time"

// LastPull is how the last pull of a source went, and when the next one is due.
type LastPull struct {
	Source   string    `json:"source"`
	At       time.Time `json:"at"`              // when it began
	Pages    int       `json:"pages"`           // read of the source's API
	Kept     int       `json:"kept"`            // of them, those that became deliveries; the others were known
	Fault    string    `json:"fault,omitempty"` // why it ended early and what to do; "" where it went well
	Failures int       `json:"failures"`        // in a row
	NextAt   time.Time `json:"next_at,omitzero"`
	WellAt   time.Time `json:"well_at,omitzero"` // when the last one that went well began
}
