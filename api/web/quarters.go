package web

import (
	"slices"

	"clamor"
)

// QuartersView is what there is of quarters: the running one, what waits to be frozen, and what is frozen.
type QuartersView struct {
	Running QuarterCard
	Due     *QuarterCard // the quarter before, where it is over and not frozen
	Frozen  []FrozenQuarter
}

func (QuartersView) page() string { return "quarters" }

// QuarterCard is a quarter with the head of its list.
type QuarterCard struct {
	Quarter     string
	First, Last clamor.Date
	Left        int  // days until it is over; 0 on its last day
	Over        bool // it is
	Frozen      bool
	List        clamor.List // its head
	Totals      Totals
	Features    int
	Top         []clamor.Entry
	Before      string // the last quarter frozen before it, "" if there is none
}

// FrozenQuarter is what is frozen of a quarter, and where it went.
type FrozenQuarter struct {
	Quarter      string
	Revisions    []clamor.Revision // newest first
	Publications []clamor.Publication
	Proof        *Proof
}

// Newest is the revision that counts.
func (q FrozenQuarter) Newest() clamor.Revision { return q.Revisions[0] }

// Outdated reports whether a revision was frozen after a list went out.
func (q FrozenQuarter) Outdated(p clamor.Publication) bool {
	return q.Revisions[0].Revision > 1 && q.Revisions[0].FrozenAt.After(p.PublishedAt)
}

// Proof is whether a frozen list comes out the same from its inputs.
type Proof struct {
	Revision int
	Holds    bool
	Fault    string
}

// QuarterView is the home of a quarter: its state, the top of its list, and what can be done.
type QuarterView struct {
	Card      QuarterCard
	Kept      FrozenQuarter // without revisions where it is not frozen
	Scenarios int
	Faults    map[string]string // of the form that corrects it
	Reason    string            // that was typed
}

func (QuarterView) page() string { return "quarter" }

// Fault is what is wrong with a field.
func (v QuarterView) Fault(field string) string { return v.Faults[field] }

// FreezeView asks whether a quarter shall be frozen, and what a careful reader looks at before.
type FreezeView struct {
	List      clamor.List
	Totals    Totals
	Count     int // entries
	Action    string
	Checks    []Check
	Scenarios []Choice
}

func (FreezeView) page() string { return "freeze" }

// Open counts the checks that found something.
func (v FreezeView) Open() int {
	return len(v.Checks) - len(slices.DeleteFunc(slices.Clone(v.Checks), func(c Check) bool { return c.Count > 0 }))
}

// Check is one thing to look at before a quarter is frozen. None stops it.
type Check struct {
	Key    string      `json:"key"`
	Title  string      `json:"title"` // what was looked for, or what was found
	Count  int         `json:"count"` // 0: nothing to look at
	AtMost bool        `json:"more"`  // counting stopped there
	Detail string      `json:"detail,omitempty"`
	URL    string      `json:"url,omitempty"` // where it is looked at
	Link   string      `json:"-"`
	Said   bool        `json:"-"` // the title says how many
	Items  []CheckItem `json:"items,omitempty"`
}

// CheckItem is one of what a check found.
type CheckItem struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
	Note string `json:"note,omitempty"`
}

// ScenariosView compares two scenarios of one quarter.
type ScenariosView struct {
	Quarter  string
	Currency string
	Frozen   bool
	A, B     string
	AsA, AsB []Choice
	Sort     string
	Rows     []ScenarioRow
	More     int // rows not shown
	Same     int // of the first ten by A, how many are among the first ten by B
	Moved    int
	Features int
}

func (ScenariosView) page() string { return "scenarios" }

// ScenarioRow is a feature under both.
type ScenarioRow struct {
	Feature        clamor.Feature
	RankA, RankB   int
	ScoreA, ScoreB int64
	ShareA, ShareB int64 // of all scores, in parts per million: what the two lists can be compared by
	Shift          int   // places gained by going from A to B
}

// scenarioRows is how many rows are shown.
const scenarioRows = 100

// Compare fills the rows from the entries of the two lists.
func (v *ScenariosView) Compare(a, b []clamor.Entry) {
	other := make(map[clamor.FeatureID]*clamor.Entry, len(b))
	for i := range b {
		other[b[i].Feature.ID] = &b[i]
	}
	totalA, totalB := scores(a), scores(b)
	for i := range a {
		e, o := &a[i], other[a[i].Feature.ID]
		if o == nil {
			continue
		}
		row := ScenarioRow{Feature: e.Feature, RankA: e.Rank, RankB: o.Rank, ScoreA: e.Score, ScoreB: o.Score, ShareA: partOf(e.Score, totalA),
			ShareB: partOf(o.Score, totalB), Shift: e.Rank - o.Rank}
		v.Features++
		if row.Shift != 0 {
			v.Moved++
		}
		if row.RankA <= 10 && row.RankB <= 10 {
			v.Same++
		}
		v.Rows = append(v.Rows, row)
	}
	size := func(r ScenarioRow) int { return max(r.Shift, -r.Shift) }
	switch v.Sort {
	case "b":
		slices.SortFunc(v.Rows, func(x, y ScenarioRow) int { return x.RankB - y.RankB })
	case "shift":
		slices.SortStableFunc(v.Rows, func(x, y ScenarioRow) int { return size(y) - size(x) })
	}
	if len(v.Rows) > scenarioRows {
		v.More, v.Rows = len(v.Rows)-scenarioRows, v.Rows[:scenarioRows]
	}
}

func scores(entries []clamor.Entry) (sum int64) {
	for i := range entries {
		sum += entries[i].Score
	}
	return sum
}

// partOf is a share of a whole in parts per million.
func partOf(n, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return int64(float64(n) / float64(whole) * 1_000_000)
}
