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

// DeduperSettings are one version of what the workspace tells the deduper. Versions are only ever added, as those of SettingsVersion.
type DeduperSettings struct {
	Version  int64     `json:"version"`  // 1, 2, …; 0 where nobody has stored any
	Synonyms string    `json:"synonyms"` // lines "name: other, ways, to write it"; what follows # is a remark
	Caution  float64   `json:"caution"`  // added to how safe a join must be, -1 to 1: 0.1 joins clearly less
	Reason   string    `json:"reason,omitempty"`
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at,omitzero"`
}
