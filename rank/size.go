package rank

import (
	"slices"

	"clamor"
)

// withVoices copies the purses. Where each account weighs the same, an account that counts, but has neither revenue nor
// a deal, gets an empty purse of its own, so that it is heard.
func (f *funds) withVoices(size Size) []purse {
	if size != Breadth {
		return slices.Clone(f.all)
	}
	all := make([]purse, 0, len(f.all))
	next := 0
	for group := range int32(len(f.accounts)) {
		from := next
		for next < len(f.all) && f.all[next].group == group {
			next++
		}
		all = append(all, f.all[from:next]...)
		if f.counted[group] && from == next {
			all = append(all, purse{group: group, account: group, deal: noDeal, motive: clamor.Grow, urgency: ppm})
		}
	}
	return all
}

// resize shifts what counts between the groups by the size weighting, and keeps the total: each group gets of it in
// proportion to its size, and each of the group's purses in proportion to what counted of it before, both by largest remainder.
// It reports false where the total does not fit into 64 bits.
func (p *purses) resize(size Size) bool {
	if size == Revenue {
		return true
	}
	var total int64
	var groups []int32
	var sizes []int64
	for group := range int32(len(p.accounts)) {
		own := p.of(group)
		if len(own) == 0 {
			continue
		}
		var sum int64
		for i := range own {
			sum += own[i].counted
			if total += own[i].counted; total < 0 {
				return false
			}
		}
		groups, sizes = append(groups, group), append(sizes, p.size(size, own, sum))
	}
	if len(groups) == 0 {
		return true
	}
	var s splitter
	shares := make([]int64, len(groups))
	s.split(shares, total, sizes)
	var before, after []int64
	for i, group := range groups {
		own := p.of(group)
		before = before[:0]
		for k := range own {
			before = append(before, own[k].counted)
		}
		after = slices.Grow(after[:0], len(own))[:len(own)]
		s.split(after, shares[i], before)
		for k := range own {
			own[k].counted = after[k]
		}
	}
	return true
}

// size is how large a group is beside the others.
func (p *purses) size(size Size, own []purse, sum int64) int64 {
	switch {
	case size == Balanced:
		return root(sum)
	case p.lost(own):
		return p.model.Recovery.Churned
	}
	return ppm
}

// lost reports whether all that counts of a group is the revenue of churned accounts.
func (p *purses) lost(own []purse) bool {
	return !slices.ContainsFunc(own, func(x purse) bool {
		return x.motive != clamor.Keep || p.accounts[x.account].Lifecycle != clamor.Churned
	})
}
