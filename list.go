package clamor

import "time"

// Evidence is everything a list is computed from, as it stood at the end of one day. It is a value: the same evidence and
// settings give the same list, and a frozen quarter stores it whole.
type Evidence struct {
	AsOf     Date          `json:"as_of"`
	Quarter  string        `json:"quarter"`       // the quarter the list is for
	From     Date          `json:"quarter_first"` // its first day
	Accounts []Account     `json:"accounts"`      // those that asks or deals name; in order of ID
	Deals    []Deal        `json:"deals"`         // open, won and lost; in order of ID
	Features []Feature     `json:"features"`      // unmerged, of every status; in order of ID
	Asks     []EvidenceAsk `json:"asks"`          // placed, up to the day; in order of ID
	Rates    []Rate        `json:"rates"`
	Pending  int           `json:"pending"`           // asks not yet placed: not on the list, counted on the page
	Pins     []Pin         `json:"pins,omitempty"`    // in force, one a feature; in order of feature
	Rulings  int64         `json:"rulings,omitempty"` // the number of the last ruling that it rests on
	Revision int64         `json:"-"`                 // of the store when it was read
}

// News is what changed for a list since a revision of the store, as it stands now.
type News struct {
	Revision int64         // of the store now
	Whole    bool          // more changed than what stands below: the evidence must be read anew
	Asks     []EvidenceAsk // changed since, in order of ID
	Gone     []AskID       // changed since, and no longer part of the evidence
	Features []Feature     // changed since or in which the asks stand, merged ones too; in order of ID
	Accounts []Account     // of which something is known that was not
	Deals    []Deal        // of which something is known that was not
	Rates    []Rate        // all, where anything changed
	Pins     []Pin         // all in force, where anything changed
	Pending  int           // asks not yet placed
	Rulings  int64         // the number of the last ruling
}

// Touched names what changed since a revision of the store.
type Touched struct {
	Revision int64       // of the store now
	Whole    bool        // anything may have changed
	Left     []FeatureID // features that asks left, with what they are merged into
	Origins  []Origin    // of the asks that came to stand somewhere, and of all those of the features that asks left
	Accounts []AccountID
}

// Pin is where a person wants a feature to stand, beside the rank that is computed. It changes no score.
type Pin struct {
	Ruling  RulingID   `json:"ruling"`
	Feature FeatureID  `json:"feature"`
	Kind    RulingKind `json:"kind"`  // pin or shift
	Place   int        `json:"place"` // as in the ruling
	Reason  string     `json:"reason"`
	By      string     `json:"by"`
	At      time.Time  `json:"at"`
}

// EvidenceAsk is what the ranker needs of an ask.
type EvidenceAsk struct {
	ID       AskID     `json:"id"`
	Note     NoteID    `json:"note"`
	Account  AccountID `json:"account"`
	Deal     DealID    `json:"deal,omitempty"`
	Feature  FeatureID `json:"feature"` // with merges followed
	Priority Priority  `json:"priority,omitempty"`
	Motive   Motive    `json:"motive,omitempty"`
	On       Date      `json:"on"` // the day it occurred
}

// List is the ranked list of a quarter. Money is in minor units of Currency.
type List struct {
	Quarter  string   `json:"quarter"`
	AsOf     Date     `json:"as_of"`
	Scenario string   `json:"scenario"`
	Currency string   `json:"currency"`
	Formula  string   `json:"formula"`                    // the version of the ranking model
	Settings int64    `json:"settings_version,omitempty"` // of the stored ranking settings; 0: the defaults
	Entries  []Entry  `json:"entries"`                    // by rank
	Notices  []Notice `json:"notices,omitempty"`

	Frozen   bool      `json:"frozen"`
	Revision int       `json:"revision,omitempty"`        // of a frozen list: 1, 2, …
	Reason   string    `json:"revision_reason,omitempty"` // why there is a revision after the first
	FrozenAt time.Time `json:"frozen_at,omitzero"`
	FrozenBy string    `json:"frozen_by,omitempty"`
	Hash     string    `json:"hash,omitempty"` // SHA-256 of the frozen record, in hex
}

// Notice is something the reader of a list must know: money that is estimated, a currency without a rate.
type Notice struct {
	Kind    string      `json:"kind"` // "imputed-arr", "unknown-arr", "no-rate", "pending", "no-amount"
	Message string      `json:"message"`
	Count   int         `json:"count"`
	IDs     []AccountID `json:"accounts,omitempty"`
}

// Entry is one feature's place on a list.
type Entry struct {
	Rank    int     `json:"rank"` // 1 is the first
	Feature Feature `json:"feature"`
	Score   int64   `json:"score"` // the sum of the parts' contributions, exactly: Keep + Grow
	Keep    int64   `json:"keep"`
	Grow    int64   `json:"grow"`
	Full    int64   `json:"full"` // what the score would be if each request got the whole of its accounts' money

	Accounts    int `json:"accounts"` // distinct accounts with a counted ask
	Asks        int `json:"asks"`
	QuarterAsks int `json:"asks_this_quarter"`
	Blockers    int `json:"blockers"` // accounts for which it is a blocker

	LargestShare       int64     `json:"largest_share"` // of the score, the largest account's, in parts per million
	LargestAccount     AccountID `json:"largest_account,omitempty"`
	RankWithoutLargest int       `json:"rank_without_largest"` // its rank if that account asked for nothing
	RankRange          [2]int    `json:"rank_range"`           // lowest and highest rank over the scenarios
	Move               *int      `json:"move"`                 // places gained since the last frozen quarter; nil: not on that list
	Planned            int       `json:"planned,omitempty"`    // its place where it is pinned, or makes way for what is; 0: its rank
	Pin                *Pin      `json:"pin,omitempty"`        // who wants it there, and why
	OldestAsk          Date      `json:"oldest_ask,omitempty"` // the days on which the first and the last of its asks occurred
	NewestAsk          Date      `json:"newest_ask,omitempty"`
	Effort             int64     `json:"effort,omitempty"`
	ValuePerEffort     int64     `json:"value_per_effort,omitempty"`
	Estimated          bool      `json:"estimated,omitempty"` // some of the money is estimated
	Parts              []Part    `json:"parts"`               // largest contribution first, then by account and deal
}

// Part is what one account's recurring revenue, or one of its deals, contributes to an entry.
type Part struct {
	Account      AccountID `json:"account"`
	Deal         DealID    `json:"deal,omitempty"` // set for grow, empty for keep
	Motive       Motive    `json:"motive"`         // keep or grow: which money it is
	Ask          AskID     `json:"ask"`            // the account's strongest live ask for the feature
	Priority     Priority  `json:"priority,omitempty"`
	Base         int64     `json:"base"`     // the ARR, or the deal's amount
	Counted      int64     `json:"counted"`  // of the base, after recovery and size weighting; mostly all of it
	Strength     int64     `json:"strength"` // weight of the ask x decay, in parts per million
	Decay        int64     `json:"decay"`    // 1_000_000 for an ask of today, half of it after a half-life
	Share        int64     `json:"share"`    // of the account's wishes, in parts per million, rounded; 1_000_000 where not budgeted
	Urgency      int64     `json:"urgency"`  // factor in parts per million
	Estimated    bool      `json:"estimated,omitempty"`
	Contribution int64     `json:"contribution"` // money
}

// Frozen is a quarter's list with everything it was made from. It never changes; a correction is the next revision.
type Frozen struct {
	Quarter  string
	Revision int
	Reason   string // of a revision after the first
	Settings []byte // as the ranker encodes its settings
	Evidence []byte // as the ranker encodes the evidence
	List     List   // with Frozen, FrozenAt, FrozenBy and Hash set
}

// Revision is a frozen list without its contents.
type Revision struct {
	Quarter  string    `json:"quarter"`
	Revision int       `json:"revision"`
	Reason   string    `json:"reason,omitempty"`
	Hash     string    `json:"hash"`
	FrozenBy string    `json:"frozen_by"`
	FrozenAt time.Time `json:"frozen_at"`
}

// Publication is where and when a list went out.
type Publication struct {
	ID          PublicationID `json:"id"`
	Target      string        `json:"target"` // "github:owner/repo"
	Quarter     string        `json:"quarter"`
	Number      int           `json:"number"`
	URL         string        `json:"url"`
	Comments    []int64       `json:"comments,omitempty"` // the ids of the comments that hold the rest of the body
	BodyHash    string        `json:"body_hash"`
	PublishedAt time.Time     `json:"published_at"`
}

// Report is a list with the context that leaves the house with it.
type Report struct {
	List     List
	Accounts map[AccountID]Account
	Quotes   map[FeatureID][]Quote // newest first
	BaseURL  string                // where the pages are, without a final slash
	Names    []string              // by which accounts are known, also those that ask for nothing on the list: the public must not read them
	People   []Person              // who was named in notes: the public must not read them either
	Links    map[FeatureID][]TrackerLink
	Since    string  // the last frozen quarter before the list's, "" if there is none to compare with
	Shifts   []Shift // what changed since then, in the order of the list
}

// Shift is what became of one feature between two lists.
type Shift struct {
	Feature       Feature `json:"feature"`
	Before, After int     // its ranks; 0: not on that list
	Money         int64   // its score after less its score before
	Causes        []Caused
}

// Caused is how much money a cause brought a feature, or took from it. The causes of a Shift add up to its money.
type Caused struct {
	Cause string
	Money int64
}

// Stats counts what the store holds.
type Stats struct {
	Deliveries map[DeliveryState]int64
	Notes      int64
	Asks       int64
	Pending    int64 // asks not yet placed
	Features   int64
	Accounts   int64
}
