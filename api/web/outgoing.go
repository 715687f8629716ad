package web

import (
	"time"

	"clamor"
)

// PrintView is the list for paper.
type PrintView struct {
	List   clamor.List
	Rows   []Row
	Totals Totals
	All    int // entries of the list; fewer rows where it is filtered
	Back   string
}

func (PrintView) page() string { return "print" }

// ExportView shows what an export would send.
type ExportView struct {
	Quarter   string
	Scenario  string
	Repo      string
	Issues    int
	Connected bool
	Public    bool
	Number    int
	Same      bool
	Trouble   string // why nothing can be sent
	Hash      string
	Labels    []string
	Ticked    int
	Documents []Outgoing // the list's first
	Published *clamor.Publication
}

func (ExportView) page() string { return "export" }

// Outgoing is one issue, byte for byte: its title, its body and its comments.
type Outgoing struct {
	Title string
	Parts []string
}

// TrackedView is what trackers know of a feature, for its page.
type TrackedView struct {
	clamor.Tracked
	Feature clamor.FeatureID
	May     bool // the reader may link, and settle proposals
}

// Answered is a feature that has got an answer, with when and by which issue if a tracker told.
type Answered struct {
	Feature clamor.Feature
	At      time.Time
	URL     string
}
