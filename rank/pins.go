package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// plan sets beside the computed ranks the order that people want: what is pinned takes its place, what is shifted moves from where it
// is computed, and all others fill the places left in the computed order. Where two want one place, the later decision gets it and
// the other the next free place below, or above where there is none. Neither score nor rank changes.
func plan(entries []clamor.Entry, pins []clamor.Pin) {
	held := pinned(entries, pins)
	if len(held) == 0 {
		return
	}
	taken := make([]bool, len(entries)+1) // by place, from 1
	for _, i := range held {
		place := free(taken, placeWanted(entries[i], len(entries)))
		taken[place], entries[i].Planned = true, place
	}
	next := 1
	for i := range entries {
		if entries[i].Pin != nil {
			continue
		}
		for taken[next] {
			next++
		}
		if next != entries[i].Rank {
			entries[i].Planned = next
		}
		next++
	}
}

// pinned marks the entries that somebody pinned or shifted, and gives their places in the order in which they choose: by the place they
// want, then the later decision first.
func pinned(entries []clamor.Entry, pins []clamor.Pin) []int {
	by := make(map[clamor.FeatureID]*clamor.Pin, len(pins))
	for i := range pins {
		by[pins[i].Feature] = &pins[i]
	}
	var held []int
	for i := range entries {
		if p := by[entries[i].Feature.ID]; p != nil {
			entries[i].Pin = p
			held = append(held, i)
		}
	}
	slices.SortFunc(held, func(a, b int) int {
		x, y := entries[a], entries[b]
		return cmp.Or(cmp.Compare(placeWanted(x, len(entries)), placeWanted(y, len(entries))), y.Pin.At.Compare(x.Pin.At), cmp.Compare(x.Rank, y.Rank))
	})
	return held
}

// placeWanted is the place that a pinned entry wants, within the list.
func placeWanted(e clamor.Entry, places int) int {
	place := e.Pin.Place
	if e.Pin.Kind == clamor.RuleShift {
		place = e.Rank - e.Pin.Place
	}
	return max(1, min(place, places))
}

// free is the first free place from one on, or else the last before it.
func free(taken []bool, from int) int {
	for place := from; place < len(taken); place++ {
		if !taken[place] {
			return place
		}
	}
	for taken[from] {
		from--
	}
	return from
}
