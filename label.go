package clamor

import "strings"

// LabelKind is what a label says of a feature.
type LabelKind string

// The kinds of labels.
const (
	TeamLabel LabelKind = "team"
	AreaLabel LabelKind = "area"
)

// Label is a name that features' teams, or areas, are chosen from.
type Label struct {
	Kind     LabelKind `json:"kind"`
	Name     string    `json:"name"`
	Features int       `json:"features"` // that bear it
}

// Checked gives the label with its name tidied, or says what is wrong with it.
func (l Label) Checked() (Label, error) {
	l.Name = strings.Join(strings.Fields(l.Name), " ")
	var faults []Fault
	if l.Kind != TeamLabel && l.Kind != AreaLabel {
		faults = append(faults, Fault{Path: "kind", Message: "choose team or area"})
	}
	if l.Name == "" || len(l.Name) > 200 {
		faults = append(faults, Fault{Path: "name", Message: "write a name of at most 200 bytes"})
	}
	return l, Refuse("the name cannot be kept so", faults)
}
