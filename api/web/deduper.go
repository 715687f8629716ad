package web

import (
	"fmt"
	"strings"
	"time"

	"clamor"
)

// DeduperView is what the workspace tells the deduper, and the lab in which it is tried.
type DeduperView struct {
	Version   int64
	By        string
	At        time.Time
	Caution   string // as typed, or as it is set
	Reason    string
	Using     int64
	Stale     string
	Lines     []SynonymLine
	NewWord   string
	NewOthers string
	Faults    map[string]string

	Trials   []TrialRow
	Asks     int // tried
	Ruled    int // of them, those that a person has ruled on and that stand with others
	Other    string
	Examples []Example
	Reworded *RewordedView
	History  []RankingVersion
}

func (DeduperView) page() string { return "deduper" }

// Fault is what is wrong with a field.
func (v DeduperView) Fault(field string) string { return v.Faults[field] }

// SynonymLine is one line of the workspace's own synonyms.
type SynonymLine struct {
	Index  int
	Word   string
	Others string
	Remark string
	Drop   bool
}

// TrialRow is one setting of the caution as the lab found it.
type TrialRow struct {
	Caution              float64
	Joins, Adds, Breaks  int
	Right, Wrong, Missed int
	Shared               int
	Set                  bool // it is the one that is set
	URL                  string
}

// Precision is how many of the joins a person ruled on are right, in parts per million; -1 where there are none.
func (t TrialRow) Precision() int64 { return ratioOf(t.Right, t.Right+t.Wrong) }

// Recall is how many asks that a person put together would be joined so, in parts per million; -1 where there are none.
func (t TrialRow) Recall() int64 { return ratioOf(t.Right, t.Shared) }

func ratioOf(n, of int) int64 {
	if of == 0 {
		return -1
	}
	return int64(n) * 1_000_000 / int64(of)
}

// Sign writes the caution as people compare it.
func (t TrialRow) Sign() string {
	text := strings.Replace(fmt.Sprintf("%+.2f", t.Caution), "-", "−", 1)
	if text == "+0.00" || text == "−0.00" {
		return "0"
	}
	return text
}

// Line is one curve of the chart of 320 by 120, as the points of a polyline.
func (v DeduperView) Line(what string) string {
	if len(v.Trials) < 2 {
		return ""
	}
	low, high := v.Trials[0].Caution, v.Trials[len(v.Trials)-1].Caution
	var points []string
	for _, t := range v.Trials {
		y := t.Precision()
		switch what {
		case "recall":
			y = t.Recall()
		case "joins":
			y = ratioOf(t.Joins, v.Asks)
		}
		if y >= 0 {
			points = append(points, fmt.Sprintf("%.1f,%.1f", 320*(t.Caution-low)/(high-low), 120-float64(y)*120/1_000_000))
		}
	}
	return strings.Join(points, " ")
}

// At0 is where the caution that is set stands in the chart.
func (v DeduperView) At0() string {
	for _, t := range v.Trials {
		if low, high := v.Trials[0].Caution, v.Trials[len(v.Trials)-1].Caution; t.Set && high > low {
			return fmt.Sprintf("%.1f", 320*(t.Caution-low)/(high-low))
		}
	}
	return ""
}

// Example is an ask on which another setting would decide differently, with the one that it is closest to.
type Example struct {
	Ask, Near clamor.Quote
	Stands    clamor.Feature
	Other     clamor.Feature
	Joins     bool // it would join Other; else it would not any more
	Same      bool // Other is where it stands
	Ruled     bool
	Shared    []clamor.Term
	Here      []clamor.Term
	There     []clamor.Term
	Why       string
	Score     float64
}

// RewordedView is what other synonyms would do.
type RewordedView struct {
	Asks, Reworded, Moved int
	Examples              []Example
}

// DoubtsView lists asks that would be joined elsewhere today.
type DoubtsView struct {
	Asks   int // that were decided on once more
	Doubts []Example
	More   bool
}

func (DoubtsView) page() string { return "doubts" }
