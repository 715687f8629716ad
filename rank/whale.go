package rank

import (
	"slices"
	"sort"
)

// whales guard against one account carrying a feature alone: by feature, the account that brings most, what it brings, and
// the feature's rank if that account asked for nothing.
type whales struct {
	account []int32 // -1 where nobody brings anything
	money   []int64
	rank    []int32
}

func (t *tally) whales(p *purses) *whales {
	w := p.wishes
	n := len(t.score)
	all := &whales{make([]int32, n), make([]int64, n), slices.Clone(t.rank)}
	for f := range all.account {
		all.account[f] = -1
	}
	groups := int32(len(w.from) - 1)
	for group := range groups {
		for i := w.from[group]; i < w.from[group+1]; i++ {
			if f := w.all[i].feature; t.money[i] > all.money[f] {
				all.account[f], all.money[f] = group, t.money[i]
			}
		}
	}
	for group := range groups {
		if p.counted[group] {
			t.without(group, w.of(group), t.money[w.from[group]:w.from[group+1]], all)
		}
	}
	return all
}

// without ranks the features that the group leads as if it asked for nothing; money is what it brings to each of its own wishes. That changes the standing of its own
// features alone, so a rank is counted, not sorted anew: of the others, those that stood above where the feature falls
// to; and of its own, those that end above it.
func (t *tally) without(group int32, own []wish, money []int64, all *whales) {
	if !slices.ContainsFunc(own, func(x wish) bool { return all.account[x.feature] == group }) {
		return
	}
	ranks := make([]int32, len(own))
	after := make([]standing, len(own))
	for i, x := range own {
		s := t.standing(x.feature)
		after[i] = standing{s.score - money[i], s.accounts - 1, s.feature}
		ranks[i] = t.rank[x.feature]
	}
	slices.Sort(ranks)
	slices.SortFunc(after, standing.compare)
	for i, s := range after {
		if all.account[s.feature] != group {
			continue
		}
		above := sort.Search(len(t.order), func(k int) bool { return t.standing(t.order[k]).compare(s) >= 0 })
		ownAbove, _ := slices.BinarySearch(ranks, int32(above)+1)
		all.rank[s.feature] = int32(1 + above - ownAbove + i)
	}
}
