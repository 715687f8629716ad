package clamor

import "time"

// Intake is one note as an adapter reads it, before its account and deal are known to the store.
type Intake struct {
	Note    Note
	Account AccountFacts
	Deal    *DealFacts
	Asks    []Ask
}

// Harvest is what one payload holds, as an adapter reads it.
type Harvest struct {
	Notes    []Intake
	Accounts []AccountFacts
	Deals    []DealFacts
	Issues   []IssueNews
	Thin     bool // the payload only announces what is to be fetched
}

// IssueNews is what a tracker tells of one of its issues.
type IssueNews struct {
	URL    string    `json:"url"`              // of the issue, as people open it
	State  string    `json:"state"`            // "open" or "closed"
	Reason string    `json:"reason,omitempty"` // of a closed one: "completed", "not_planned", "duplicate" or ""
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
}

// Tally counts what one delivery changed.
type Tally struct {
	NotesAdded     int `json:"notes_added"`
	NotesChanged   int `json:"notes_changed"` // a new version of a known note
	NotesUnchanged int `json:"notes_unchanged"`
	AsksAdded      int `json:"asks_added"`
	AccountsMoved  int `json:"accounts_moved,omitempty"` // account records that were new or told something new
	DealsMoved     int `json:"deals_moved,omitempty"`
	IssuesMoved    int `json:"issues_moved,omitempty"`
}

// Outcome is what became of one row of an import.
type Outcome string

// The outcomes.
const (
	Added     Outcome = "added"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
)

// RowResult is what became of one row, and why where it was refused.
type RowResult struct {
	Line    int     `json:"line"` // of the file, from 1; filled in by who knows the file
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
}
