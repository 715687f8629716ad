package web

import (
	"strings"
	"time"
)

// MappingView is the editor of a source's mapping, with what it makes of a payload.
type MappingView struct {
	Source     string
	Deliveries []Choice // to try it on
	Delivery   string
	Pasted     string
	Groups     []FieldGroup
	Into       string // the field that a picked path goes to
	Paths      []PathLine
	Notes      int
	Tried      []TriedNote
	Problems   []string
	Nothing    bool // no payload is there to be tried
	Changed    bool // it is not saved
}

func (MappingView) page() string { return "mapping" }

// FieldGroup is a heading with its fields.
type FieldGroup struct {
	Title  string
	Open   bool
	Fields []MappedField
}

// MappedField is a field of the generic note, where it stands, and what is found there.
type MappedField struct{ Name, Path, Guess, Value, Fault string }

// usual reports whether a field is one that mappings mostly fill, or bears anything.
func (f MappedField) usual() bool {
	return f.Path != "" || f.Guess != "" || f.Value != "" || f.Fault != "" || f.Name == "account.arr" || f.Name == "kind"
}

// Shown are the fields that are seen at once.
func (g FieldGroup) Shown() []MappedField { return g.only(true) }

// Rest are those that are folded away.
func (g FieldGroup) Rest() []MappedField { return g.only(false) }

func (g FieldGroup) only(usual bool) []MappedField {
	var some []MappedField
	for _, f := range g.Fields {
		if f.usual() == usual {
			some = append(some, f)
		}
	}
	return some
}

// ID names the field's output on the page.
func (f MappedField) ID() string {
	return "at-" + strings.NewReplacer(".", "-", "[]", "", "_", "-").Replace(f.Name)
}

// Outputs are all places of the page that a new look at the payload fills in anew, as selectors.
func (v MappingView) Outputs() string {
	all := []string{"#tried", "#picker"}
	for _, g := range v.Groups {
		for _, f := range g.Fields {
			all = append(all, "#"+f.ID())
		}
	}
	return strings.Join(all, ",")
}

// PathLine is a path that can be picked, with its value.
type PathLine struct{ Path, Value string }

// TriedNote is a note that would come out.
type TriedNote struct {
	Title, Text, Account, Match string
	Deal, Author                string
	At                          time.Time
	Asks                        []string
}
