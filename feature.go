package clamor

import (
	"slices"
	"strings"
	"time"
)

// Status is where a feature stands.
type Status string

// The statuses, in the order of a feature's life. Duplicate is what a merge makes; WontDo needs a reason that sales may
// show to the customer.
const (
	StatusNew        Status = "new"
	StatusConsidered Status = "under consideration"
	StatusPlanned    Status = "planned"
	StatusInProgress Status = "in progress"
	StatusShipped    Status = "shipped"
	StatusAvailable  Status = "already available"
	StatusWontDo     Status = "won't do"
	StatusDuplicate  Status = "duplicate"
)

// Statuses lists all statuses in order.
func Statuses() []Status {
	return []Status{StatusNew, StatusConsidered, StatusPlanned, StatusInProgress, StatusShipped, StatusAvailable, StatusWontDo, StatusDuplicate}
}

// Open reports whether a feature of this status still competes for a place on the list.
func (s Status) Open() bool {
	return slices.Contains([]Status{StatusNew, StatusConsidered, StatusPlanned, StatusInProgress}, s)
}

// Feature is one feature request: the asks that mean the same.
type Feature struct {
	ID           FeatureID `json:"id"`
	Title        string    `json:"title"`
	Status       Status    `json:"status"`
	StatusReason string    `json:"status_reason,omitempty"`
	Area         string    `json:"area,omitempty"`
	Team         string    `json:"team,omitempty"`
	Effort       int64     `json:"effort,omitempty"` // in the company's own unit, points or days; 0 means unknown
	Timeframe    string    `json:"timeframe,omitempty"`
	Merged       FeatureID `json:"merged_into,omitempty"` // the feature this one is a duplicate of
	CreatedAt    time.Time `json:"created_at"`
	Version      int64     `json:"version"` // grows with every change; the ETag
}

// Term is a stem that two texts share, and how much of their similarity it carries.
type Term struct {
	Stem   string  `json:"stem"`
	Word   string  `json:"word"`   // as a person wrote it
	Weight float64 `json:"weight"` // share of the similarity, 0 to 1
}

// Placement says to which feature an ask belongs, and why.
type Placement struct {
	Ask     AskID
	Feature FeatureID
	Founds  string    // the title of the new feature, where the ask founds one; else ""
	Score   float64   // similarity to the feature, 0 to 1; 0 for a founding ask
	Terms   []Term    // the shared stems, heaviest first
	By      string    // "machine", or the person's name
	At      time.Time // UTC
	Close   bool      // it founds a feature though another one is close: a person should look
}

// Machine is the By of what no person decided.
const Machine = "machine"

// FoundedID is the identifier of the feature that an ask founds: the same after every rebuild.
func FoundedID(ask AskID) FeatureID { return FeatureID(DeriveID("feature", string(ask))) }

// RulingKind is what a person decided.
type RulingKind string

// The kinds of rulings.
const (
	RuleConfirm  RulingKind = "confirm"    // the ask belongs where the machine put it
	RuleMove     RulingKind = "move"       // the ask belongs to the target feature
	RuleSplit    RulingKind = "split"      // the asks make a feature of their own
	RuleNotAnAsk RulingKind = "not-an-ask" // the ask is none
	RuleMerge    RulingKind = "merge"      // the feature means the same as the target
	RuleAsk      RulingKind = "ask"        // words of a note are an ask that was not found
	RuleNothing  RulingKind = "nothing"    // the note holds no ask
	RulePin      RulingKind = "pin"        // the feature shall take a place on the list, whatever rank is computed
	RuleShift    RulingKind = "shift"      // the feature shall stand some places above its computed rank, or below
	RuleUndo     RulingKind = "undo"       // the ruling named is taken back
)

// Ruling is a person's decision. Rulings are only ever added; an undo is a ruling too. They stand above the machine: of
// the rulings on one ask that are not undone, the latest holds; without one the machine's placement holds.
type Ruling struct {
	ID      RulingID   `json:"id"`
	Seq     int64      `json:"seq"` // 1, 2, … in the order of decision
	Kind    RulingKind `json:"kind"`
	Asks    []AskID    `json:"asks,omitempty"`    // confirm, move, split, not-an-ask
	Feature FeatureID  `json:"feature,omitempty"` // merge: the duplicate; confirm, move: where the asks stood
	Target  FeatureID  `json:"target,omitempty"`  // move, merge, split: where to. A split's target is made by the store
	Title   string     `json:"title,omitempty"`   // split: the new feature's title
	Note    NoteID     `json:"note,omitempty"`    // ask, nothing
	Place   int        `json:"place,omitempty"`   // pin: the place, from 1; shift: places up, or down where negative
	Undoes  RulingID   `json:"undoes,omitempty"`
	Undone  bool       `json:"undone,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	By      string     `json:"by"`
	At      time.Time  `json:"at"`

	Unruled bool `json:"-"` // make it only if no other ruling on the asks or the note is in force: whoever came first is right
}

// PlacedAsk is what the deduper remembers of an ask: its text and where it stands.
type PlacedAsk struct {
	ID      AskID
	Text    string
	Feature FeatureID // rulings on the ask applied, merges not followed; "" for what is no ask
}

// FeatureEdit is a change to a feature: nil leaves a field as it is.
type FeatureEdit struct {
	Title        *string `json:"title,omitempty"`
	Status       *Status `json:"status,omitempty"`
	StatusReason *string `json:"status_reason,omitempty"`
	Area         *string `json:"area,omitempty"`
	Team         *string `json:"team,omitempty"`
	Effort       *int64  `json:"effort,omitempty"`
	Timeframe    *string `json:"timeframe,omitempty"`
}

// Apply gives the feature as edited, or every fault of the edit at once.
func (e FeatureEdit) Apply(f Feature) (Feature, error) {
	for _, field := range []struct{ to, from *string }{{&f.Title, e.Title}, {&f.StatusReason, e.StatusReason}, {&f.Area, e.Area},
		{&f.Team, e.Team}, {&f.Timeframe, e.Timeframe}} {
		if field.from != nil {
			*field.to = strings.TrimSpace(*field.from)
		}
	}
	if e.Status != nil {
		f.Status = *e.Status
	}
	if e.Effort != nil {
		f.Effort = *e.Effort
	}
	var faults []Fault
	fault := func(wrong bool, path, message string) {
		if wrong {
			faults = append(faults, Fault{path, message})
		}
	}
	fault(f.Title == "", "title", "a feature needs a title")
	fault(len(f.Title) > 300, "title", "at most 300 bytes")
	fault(!slices.Contains(Statuses(), f.Status), "status", "unknown: choose "+joinStatuses())
	fault(f.Status == StatusDuplicate && f.Merged == "", "status", "merge the feature into another instead")
	fault(f.Status == StatusWontDo && f.StatusReason == "", "status_reason", "won't do needs a reason that sales can show to the customer")
	fault(f.Effort < 0 || f.Effort > 1_000_000, "effort", "0 (unknown) to 1,000,000")
	return f, Refuse("the change cannot be made", faults)
}

func joinStatuses() string {
	var names []string
	for _, s := range Statuses() {
		if s != StatusDuplicate {
			names = append(names, string(s))
		}
	}
	return strings.Join(names, ", ")
}
