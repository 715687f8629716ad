package rank

import (
	"slices"
	"sync"

	"clamor"
)

// change is what new asks do to a tracked list.
type change struct {
	*Tracked
	groups   map[int32]bool     // whose wishes change
	before   map[int32]standing // of the features whose scores, asks or accounts may change
	splitter splitter
	split    []int64
}

func (t *Tracked) change(arrivals []arrival) *change {
	c := &change{Tracked: t, groups: make(map[int32]bool), before: make(map[int32]standing)}
	for _, a := range arrivals {
		c.groups[a.group], c.before[a.feature] = true, t.tally.standing(a.feature)
		for _, p := range t.tastes {
			for _, w := range p.of(a.group) {
				c.before[w.feature] = t.tally.standing(w.feature)
			}
		}
	}
	return c
}

// paid is what a wish of a group gets of one of its purses.
type paid struct {
	purse, wish int32 // the wish by its place among the group's own
	money       int64
}

// spread adds what the groups' purses give to their wishes, or with -1 takes it away.
func (c *change) spread(v *other, sign int64) {
	own := c.tastes[v.model.taste()]
	for group := range c.groups {
		if !v.purses.counted[group] {
			continue
		}
		wishes := own.of(group)
		for _, w := range wishes {
			v.tally.accounts[w.feature] += int32(sign)
			if w.blocker {
				v.tally.blockers[w.feature] += int32(sign)
			}
		}
		c.pay(v, group, wishes, func(p paid) {
			f, x := wishes[p.wish].feature, &v.purses.all[p.purse]
			v.tally.score[f] += sign * p.money
			v.tally.full[f] += sign * x.due
			if x.motive == clamor.Grow {
				v.tally.grow[f] += sign * p.money
			}
		})
	}
}

// pay tells what each wish of a group gets of each of its purses.
func (c *change) pay(v *other, group int32, wishes []wish, tell func(paid)) {
	if len(wishes) == 0 {
		return
	}
	strengths := make([]int64, len(wishes))
	for i := range wishes {
		strengths[i] = wishes[i].strength
	}
	c.split = slices.Grow(c.split[:0], len(wishes))[:len(wishes)]
	for p := v.purses.from[group]; p < v.purses.from[group+1]; p++ {
		due := v.purses.all[p].due
		if v.model.Sharing == Budgeted {
			c.splitter.split(c.split, due, strengths)
		}
		for i := range wishes {
			money := due
			if v.model.Sharing == Budgeted {
				money = c.split[i]
			}
			tell(paid{p, int32(i), money})
		}
	}
}

// list puts the order, the guard and the entries right.
func (c *change) list() clamor.List {
	changed := make([]bool, len(c.tally.score))
	for f := range c.before {
		changed[f] = true
	}
	was := c.tally.rank
	var all sync.WaitGroup
	for _, v := range c.views() {
		all.Go(func() { v.tally.rearrange(changed) })
	}
	parts := c.parts(was)
	all.Wait()
	c.guard(changed)
	old := c.entries
	c.entries = make([]clamor.Entry, len(c.tally.order))
	inStretches(len(c.entries), func(from, to int) {
		for i := from; i < to; i++ {
			f := c.tally.order[i]
			e := &c.entries[i]
			if changed[f] {
				*e = c.entry(f, c.whales, parts[f])
			} else {
				*e = old[was[f]-1]
				e.Rank, e.RankWithoutLargest = i+1, int(c.whales.rank[f])
				e.Pin, e.Planned = nil, 0
				c.redescribe(e, f)
			}
			e.RankRange = c.over(f)
		}
	})
	c.move(c.entries)
	return c.ranked.list(c.evidence, c.settings)
}

// move counts each entry's places gained since the last frozen list.
func (t *Tracked) move(entries []clamor.Entry) {
	moves := make([]int, len(entries))
	for i := range entries {
		entries[i].Move = nil
		if rank, was := t.before[entries[i].Feature.ID]; was {
			moves[i] = rank - entries[i].Rank
			entries[i].Move = &moves[i]
		}
	}
}

// rearrange lets the changed features find their places anew among the others, which keep their order.
func (t *tally) rearrange(changed []bool) {
	var moving []standing
	for f, moves := range changed {
		if moves {
			moving = append(moving, t.standing(int32(f)))
		}
	}
	slices.SortFunc(moving, standing.compare)
	order, rank := make([]int32, 0, len(t.order)), make([]int32, len(t.rank))
	take := func(f int32) {
		order = append(order, f)
		rank[f] = int32(len(order))
	}
	for _, f := range t.order {
		if changed[f] {
			continue
		}
		for len(moving) > 0 && moving[0].compare(t.standing(f)) < 0 {
			take(moving[0].feature)
			moving = moving[1:]
		}
		take(f)
	}
	for _, s := range moving {
		take(s.feature)
	}
	t.order, t.rank = order, rank
}

// parts puts the shares and the parts of the changed features right, and gives the parts.
func (c *change) parts(was []int32) map[int32][]clamor.Part {
	all := make(map[int32][]clamor.Part, len(c.before))
	for f := range c.before {
		var old []clamor.Part
		if at := int(was[f]) - 1; at < len(c.entries) && len(c.sharesOf[f]) > 0 {
			old = c.entries[at].Parts
		}
		shares, parts := make([]share, 0, len(old)+8), make([]clamor.Part, 0, len(old)+8)
		for i, s := range c.sharesOf[f] {
			if !c.groups[c.purses.all[s.purse].group] {
				shares, parts = append(shares, s), append(parts, old[i])
			}
		}
		c.sharesOf[f], all[f] = shares, parts
	}
	for group := range c.groups {
		c.addParts(group, all)
	}
	return all
}

// addParts puts the parts of a group where they belong among the others.
func (c *change) addParts(group int32, all map[int32][]clamor.Part) {
	shown := c.views()[0]
	if !shown.purses.counted[group] {
		return
	}
	wishes := c.tastes[shown.model.taste()].of(group)
	var total int64
	for i := range wishes {
		total += wishes[i].strength
	}
	c.pay(shown, group, wishes, func(p paid) {
		w, s := &wishes[p.wish], share{p.money, p.purse, nowhere}
		var part clamor.Part
		c.part(&part, &c.purses.all[p.purse], w, total, p.money)
		at, _ := slices.BinarySearchFunc(c.sharesOf[w.feature], s, c.compareShares)
		c.sharesOf[w.feature] = slices.Insert(c.sharesOf[w.feature], at, s)
		all[w.feature] = slices.Insert(all[w.feature], at, part)
	})
}
