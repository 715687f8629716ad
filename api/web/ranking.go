package web

import (
	"fmt"
	"time"

	"clamor"
)

// RankingView is the ranking settings as forms, with what a draft of them would move.
type RankingView struct {
	Version   int64 // that the form was made from
	By        string
	At        time.Time
	Reason    string            // that was typed
	Fields    map[string]*Field // by the paths of the settings
	Shown     []Choice          // the scenarios, of which one is shown
	Scenarios []ScenarioForm    // and one that may be added
	Rates     []RateRow         // those that hold
	NewRates  []RateForm        // that may be added
	Months    []Choice          // that a fiscal year may start in
	Preview   *RankingPreview   // nil where none was asked for
	History   []RankingVersion  // newest first
	Using     int64             // the version whose settings fill the form, where it is an old one
	Stale     string            // who stored another version meanwhile
	Meanwhile []EditLine        // and what that changed
	Faults    map[string]string // of what is no field
}

func (RankingView) page() string { return "ranking" }

// Fault is what is wrong with a field.
func (v RankingView) Fault(field string) string {
	if f := v.Fields[field]; f != nil && f.Fault != "" {
		return f.Fault
	}
	return v.Faults[field]
}

// F is the field of a path.
func (v RankingView) F(path string) (*Field, error) {
	if f := v.Fields[path]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("the settings have no field %s", path)
}

// Grid is the table of one urgency, row by row.
func (v RankingView) Grid(path string, rows ...string) ([]GridRow, error) {
	var all []GridRow
	for _, row := range rows {
		g := GridRow{}
		for _, column := range []string{"far", "middle", "near"} {
			f, err := v.F(path + "." + row + "." + column)
			if err != nil {
				return nil, err
			}
			g.Cells = append(g.Cells, f)
		}
		all = append(all, g)
	}
	return all, nil
}

// GridRow is a row of an urgency's table.
type GridRow struct{ Cells []*Field }

// Field is one number, choice or switch of a form.
type Field struct {
	Name, Label, Unit, Value string
	Choices                  []Choice
	On                       bool // of a switch
	Switch                   bool
	Fault                    string
}

// Message is what is wrong with it.
func (f *Field) Message() string { return f.Fault }

// Field is its name, as the marks of a fault are written from.
func (f *Field) Field() string { return f.Name }

// ScenarioForm is one scenario: what it sets, and what it leaves as it is.
type ScenarioForm struct {
	Index   int
	Name    *Field
	Own     []*Field // what it may set; empty: as the settings above
	Summary string
	Tables  bool // it has urgency tables of its own
	Was     string
	Added   bool // the row for a new one
	Removed bool
	Faulty  bool
}

// RateRow is a rate that holds.
type RateRow struct {
	Key     string // as the form names it
	Rate    clamor.Rate
	Value   string
	Dropped bool
}

// RateForm is a rate that may be added.
type RateForm struct{ Currency, Into, From, Value *Field }

// RankingPreview is what a draft would move.
type RankingPreview struct {
	Faults   []clamor.Fault // why it cannot be tried
	Currency string
	Features int
	Moved    int
	Before   int64
	After    int64
	Edits    []EditLine
	Top      []PreviewShift
	Winners  []PreviewShift
	Losers   []PreviewShift
	Hint     string // why nothing moves
	Same     bool   // the currency is the one that counts
}

func (RankingPreview) page() string { return "ranking_preview" }

// PreviewShift is what a draft does to a feature.
type PreviewShift struct {
	Feature       clamor.Feature
	Before, After int
	Places        int
	ScoreAfter    int64
	Money         int64
}

// EditLine is one change of the settings in words.
type EditLine struct{ Label, Was, Is string }

// RankingVersion is a version of the settings as the history tells it.
type RankingVersion struct {
	Version int64
	By      string
	At      time.Time
	Reason  string
	Edits   []EditLine
	Newest  bool
}
