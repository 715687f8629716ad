package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// parts lays out every share as a part, by feature: the largest contribution first, then by account and deal.
func (r *result) parts() [][]clamor.Part {
	from := make([]int32, len(r.features)+1)
	for _, s := range r.shares {
		from[r.wishes.all[s.wish].feature+1]++
	}
	sumUp(from)
	next := slices.Clone(from)
	byFeature := make([]share, len(r.shares))
	for _, s := range r.shares {
		f := r.wishes.all[s.wish].feature
		byFeature[next[f]] = s
		next[f]++
	}
	totals := r.strengths()
	r.shares, r.from = byFeature, from
	all := make([]clamor.Part, len(byFeature))
	parts := make([][]clamor.Part, len(r.features))
	inStretches(len(parts), func(first, end int) {
		for f := first; f < end; f++ {
			low, high := from[f], from[f+1]
			slices.SortFunc(byFeature[low:high], r.compareShares)
			for i := low; i < high; i++ {
				p := &r.purses.all[byFeature[i].purse]
				r.part(&all[i], p, &r.wishes.all[byFeature[i].wish], totals[p.group], byFeature[i].money)
			}
			parts[f] = all[low:high:high]
		}
	})
	return parts
}

func (r *result) compareShares(a, b share) int {
	if c := cmp.Compare(b.money, a.money); c != 0 {
		return c
	}
	p, q := &r.purses.all[a.purse], &r.purses.all[b.purse]
	if c := cmp.Compare(p.account, q.account); c != 0 {
		return c
	}
	return cmp.Compare(p.deal, q.deal)
}

// strengths gives the sum of every group's wishes.
func (r *result) strengths() []int64 {
	sums := make([]int64, len(r.accounts))
	for group := range sums {
		for _, w := range r.wishes.of(int32(group)) {
			sums[group] += w.strength
		}
	}
	return sums
}

// part lays out what one wish gets of one purse; total is the sum of the group's wishes.
func (r *result) part(to *clamor.Part, p *purse, w *wish, total, money int64) {
	ask := &r.asks[w.ask]
	*to = clamor.Part{
		Account:      r.accounts[p.account].ID,
		Motive:       p.motive,
		Ask:          ask.ID,
		Priority:     ask.Priority,
		Base:         p.base,
		Counted:      p.counted,
		Strength:     w.strength,
		Decay:        w.decay,
		Share:        ppm,
		Urgency:      p.urgency,
		Estimated:    p.estimated,
		Contribution: money,
	}
	if p.deal != noDeal {
		to.Deal = r.deals[p.deal].ID
	}
	if r.model.Sharing == Budgeted {
		to.Share = ratio(w.strength, total)
	}
}

// WithMoves gives the list with each entry's move since the list before: places gained, nil where it was not on that list.
// Neither list is changed.
func WithMoves(list clamor.List, previous clamor.List) clamor.List {
	before := make(map[clamor.FeatureID]int, len(previous.Entries))
	for _, e := range previous.Entries {
		before[e.Feature.ID] = e.Rank
	}
	list.Entries = slices.Clone(list.Entries)
	for i := range list.Entries {
		e := &list.Entries[i]
		e.Move = nil
		if rank, was := before[e.Feature.ID]; was {
			move := rank - e.Rank
			e.Move = &move
		}
	}
	return list
}
