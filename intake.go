package clamor

// Tally counts what one delivery changed.
type Tally struct {
	NotesAdded     int `json:"notes_added"`
	NotesChanged   int `json:"notes_changed"` // a new version of a known note
	NotesUnchanged int `json:"notes_unchanged"`
	AsksAdded      int `json:"asks_added"`
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
