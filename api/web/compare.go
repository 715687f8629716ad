package web

import (
	"slices"

	"clamor"
)

// CompareView tells two lists apart, with what caused each move.
type CompareView struct {
	From, To       string // as in the address
	FromName       string
	ToName         string
	Froms, Tos     []Choice
	Currency       string
	Trouble        string // why they cannot be compared
	Causes         []CauseTotal
	Cause          string // the one that is looked at, "" for all
	CauseWords     string
	Before, After  int64 // the sums of all scores
	Moves          []MoveRow
	New, Gone      []MoveRow
	All            int // moves, of which a page is shown
	AllNew         int
	AllGone        int
	Unmoved        int
	Previous, Next string
	Here           string
}

func (CompareView) page() string { return "compare" }

// Change is what the lists differ by: the sum of all causes.
func (v CompareView) Change() int64 { return v.After - v.Before }

// CauseTotal is what a cause did to all features together.
type CauseTotal struct {
	Cause, Words string
	Money        int64
	Features     int
	URL          string
	Selected     bool
	Bar          []Stretch
}

// MoveRow is what became of one feature.
type MoveRow struct {
	clamor.Shift
	Effects []EffectRow
	Bar     []Stretch
}

// Gained is how many places it gained; only where it was on both lists.
func (r MoveRow) Gained() int { return r.Before - r.After }

// Told are the effects that are not rounded to nothing.
func (r MoveRow) Told(currency string) []EffectRow {
	return slices.DeleteFunc(slices.Clone(r.Effects), func(e EffectRow) bool { return signed(e.Money, currency) == "±0" })
}

// EffectRow is how much money a cause brought, or took.
type EffectRow struct {
	Words string
	Money int64
}

// Stretch is one effect in a bar: where it begins and how wide it is, in per cents.
type Stretch struct {
	X, Width float64
	Down     bool
	Title    string
}

// Bars draws rows of effects against one scale: what was brought to the right of zero, what was taken to its left.
func Bars(rows [][]EffectRow) [][]Stretch {
	var up, down int64
	for _, row := range rows {
		u, d := extent(row)
		up, down = max(up, u), max(down, d)
	}
	bars := make([][]Stretch, len(rows))
	if up+down == 0 {
		return bars
	}
	scale := 100 / (float64(up) + float64(down))
	for i, row := range rows {
		right, left := float64(down)*scale, float64(down)*scale
		for _, e := range row {
			s := Stretch{Width: float64(max(e.Money, -e.Money)) * scale, Down: e.Money < 0, Title: e.Words}
			if s.Down {
				left -= s.Width
				s.X = left
			} else {
				s.X = right
				right += s.Width
			}
			bars[i] = append(bars[i], s)
		}
	}
	return bars
}

// extent is how far a row reaches to either side.
func extent(row []EffectRow) (up, down int64) {
	for _, e := range row {
		up, down = up+max(e.Money, 0), down+max(-e.Money, 0)
	}
	return up, down
}
