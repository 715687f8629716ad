package clamor

import "time"

// SettingsVersion is one version of the ranking settings. Versions are only ever added: the newest counts, and each tells who
// made it, when and why.
type SettingsVersion struct {
	Version int64     `json:"version"` // 1, 2, …; 0 where nobody has stored any
	Body    []byte    `json:"-"`       // as the ranker encodes its settings; empty: the defaults
	Rates   []Rate    `json:"rates"`   // all exchange rates from this version on
	Reason  string    `json:"reason,omitempty"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
}
