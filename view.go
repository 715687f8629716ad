package clamor

import "time"

// SavedView is a view of the list that somebody keeps: its filters, columns and order as the query of its address.
type SavedView struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Query  string    `json:"query"`
	Person UserID    `json:"person"`
	By     string    `json:"by"`
	Shared bool      `json:"shared"` // everybody sees it
	At     time.Time `json:"at"`
}

// Edited is a change that a person made to a feature.
type Edited struct {
	Batch   string      `json:"batch"` // what was changed at one go
	Feature FeatureID   `json:"feature"`
	Was     FeatureEdit `json:"was"` // the fields that were changed, as they stood before
	Became  FeatureEdit `json:"became"`
	By      string      `json:"by"`
	At      time.Time   `json:"at"`
	Undone  bool        `json:"undone,omitempty"`
}

// Origin is one ask of an account for a feature, through one source.
type Origin struct {
	Feature FeatureID
	Account AccountID
	Source  string
	At      int64 // when it occurred, in microseconds since 1970
}

// Reported is a note as its reporter sees it: what became of it.
type Reported struct {
	Note        Note
	AccountName string
	Asks        []Ask // merges followed
	Looks       map[AskID]Look
}

// Wished is how much an account asks for.
type Wished struct {
	Asks, Features int
	Last           time.Time // when it asked last
}
