package web

import (
	"fmt"
	"strings"
	"time"

	"clamor"
)

// Trend is how often something was asked for in each of the last twelve months of thirty days, the oldest first.
type Trend struct {
	Months [12]int
	Shown  bool
}

// NewTrend counts asks by their times in microseconds since 1970, up to the end of a day.
func NewTrend(times []int64, asOf clamor.Date) Trend {
	t := Trend{Shown: true}
	end := asOf.End().UnixMicro()
	const month = int64(30 * 24 * time.Hour / time.Microsecond)
	for _, at := range times {
		if age := (end - at) / month; at <= end && age < int64(len(t.Months)) {
			t.Months[len(t.Months)-1-int(age)]++
		}
	}
	return t
}

// Lately and Before count the last three months and the three before.
func (t Trend) Lately() int { return t.Months[9] + t.Months[10] + t.Months[11] }

// Before counts the three months before the last three.
func (t Trend) Before() int { return t.Months[6] + t.Months[7] + t.Months[8] }

// Points is the line of a chart of 60 by 18.
func (t Trend) Points() string {
	most := 1
	for _, n := range t.Months {
		most = max(most, n)
	}
	var b strings.Builder
	for i, n := range t.Months {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.1f,%.1f", 1+58*float64(i)/11, 16.5-15*float64(n)/float64(most))
	}
	return b.String()
}

// ToldEdits says what a change at one go did to features.
func ToldEdits(edits []clamor.Edited) string {
	text := "Changed " + count(len(edits), "feature")
	if s := edits[0].Became.Status; s != nil {
		text = "Set " + count(len(edits), "feature") + " to " + string(*s)
	}
	if edits[0].Undone {
		return text + ", and took it back."
	}
	return text + "."
}

// BarOf is one month of a chart of 240 by 60.
type BarOf struct {
	X, Y, Height, Count int
}

// Bars is the chart.
func (t Trend) Bars() []BarOf {
	most := 1
	for _, n := range t.Months {
		most = max(most, n)
	}
	bars := make([]BarOf, len(t.Months))
	for i, n := range t.Months {
		height := max(1, 56*n/most)
		bars[i] = BarOf{X: 2 + 20*i, Y: 58 - height, Height: height, Count: n}
	}
	return bars
}
