package rank

import (
	"slices"

	"clamor"
)

// impute estimates the revenue that nobody knows: from the median of the customers of the same segment whose revenue is
// known, from that of all customers where the segment has none. Of a family that is rolled up one member is estimated,
// and only if the revenue of none is known.
func (t *treasury) impute() {
	segments, all := t.medians()
	settled := make(map[int32]bool) // groups that have revenue, known or estimated
	for i, r := range t.revenue {
		if r.keeps && r.known && t.model.RollUp {
			settled[t.wishes.root[i]] = true
		}
	}
	for i := range t.revenue {
		r := &t.revenue[i]
		root := t.wishes.root[i]
		if !r.keeps || r.known || len(t.wishes.of(root)) == 0 {
			continue
		}
		if settled[root] {
			r.keeps = false
			continue
		}
		settled[root] = true
		t.estimate(r, i, segments, all)
	}
}

func (t *treasury) estimate(r *revenue, account int, segments map[string]int64, all *int64) {
	median, known := segments[t.accounts[account].Segment]
	switch {
	case known:
		r.minor = median
	case all != nil:
		r.minor = *all
	default:
		t.doubts.unknown.add(t.accounts[account].ID)
		return
	}
	t.doubts.imputed.add(t.accounts[account].ID)
}

// medians gives the median revenue by segment, and that of all customers; nil where no revenue is known.
func (t *treasury) medians() (map[string]int64, *int64) {
	var all []int64
	bySegment := make(map[string][]int64)
	for i, r := range t.revenue {
		if a := &t.accounts[i]; r.known && r.keeps && a.Lifecycle != clamor.Churned {
			all = append(all, r.minor)
			if a.Segment != "" {
				bySegment[a.Segment] = append(bySegment[a.Segment], r.minor)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	medians := make(map[string]int64, len(bySegment))
	for segment, revenues := range bySegment {
		medians[segment] = median(revenues)
	}
	m := median(all)
	return medians, &m
}

// median is the middle value, or the mean of the middle two, rounded down.
func median(values []int64) int64 {
	slices.Sort(values)
	low, high := values[(len(values)-1)/2], values[len(values)/2]
	return low + (high-low)/2
}
