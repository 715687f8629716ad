package web

import "clamor"

// AmbiguousView are the records that wait for a person to say which account they speak of.
type AmbiguousView struct {
	Open []clamor.Ambiguity
	All  int64 // of which Open are the oldest
}

func (AmbiguousView) page() string { return "ambiguous" }

// NewAccount is what the form sends where the record speaks of none of the candidates.
const NewAccount = "new"

// JoinView chooses the account that another shall count as, and tells what that would do.
type JoinView struct {
	Account     clamor.Account
	Query       string
	Targets     []AccountLine
	Goes, Stays *AccountLine   // nil while there is one to choose
	Both        clamor.Account // what the one that stays would be
	Quarter     string
	Currency    string
	Moved       int   // features whose place would be another
	Before      int64 // the sum of all scores
	After       int64
	Shifts      []Shifted
	Fault       string // of the reason
}

func (JoinView) page() string { return "mergeaccounts" }

// Shifted is a feature that would stand elsewhere, or have another score.
type Shifted struct {
	Feature       clamor.Feature
	Before, After int
	Places        int
	Money         int64
}
