package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// tally is what a model makes of the ground: each feature's score, and the order.
type tally struct {
	score    []int64 // by feature
	grow     []int64 // by feature: the part of the score that is deals
	full     []int64 // by feature: the score if every wish got all of its account's money
	accounts []int32 // by feature: accounts whose wishes count
	blockers []int32 // by feature: those for which it is a blocker
	money    []int64 // by wish: what it gets of all purses of its account
	order    []int32 // features, the first first
	rank     []int32 // by feature, from 1
}

// share is what one wish gets of one purse.
type share struct {
	money       int64
	purse, wish int32
}

// keepShare is called with every share of a purse in a wish.
type keepShare func(s share)

func (g *ground) tally(m *Model, p *purses, keep keepShare) *tally {
	w := p.wishes
	n := len(g.features)
	t := &tally{score: make([]int64, n), grow: make([]int64, n), full: make([]int64, n),
		accounts: make([]int32, n), blockers: make([]int32, n), money: make([]int64, len(w.all))}
	c := counter{tally: t, wishes: w, purses: p, budgeted: m.Sharing == Budgeted, keep: keep}
	for group := range int32(len(g.accounts)) {
		if p.counted[group] {
			c.count(group)
		}
	}
	t.arrange()
	return t
}

// counter adds one group after the other to a tally.
type counter struct {
	*tally
	wishes    *wishes
	purses    *purses
	budgeted  bool
	keep      keepShare
	splitter  splitter
	strengths []int64
	shares    []int64
}

func (c *counter) count(group int32) {
	own, first := c.wishes.of(group), c.wishes.from[group]
	c.strengths = c.strengths[:0]
	for i := range own {
		c.strengths = append(c.strengths, own[i].strength)
		c.accounts[own[i].feature]++
		if own[i].blocker {
			c.blockers[own[i].feature]++
		}
	}
	c.shares = slices.Grow(c.shares[:0], len(own))[:len(own)]
	for p := c.purses.from[group]; p < c.purses.from[group+1]; p++ {
		c.spend(p, own, first)
	}
}

// spend spreads one purse over the wishes of its group.
func (c *counter) spend(p int32, own []wish, first int32) {
	purse := &c.purses.all[p]
	if c.budgeted {
		c.splitter.split(c.shares, purse.due, c.strengths)
	}
	for i := range own {
		money := purse.due
		if c.budgeted {
			money = c.shares[i]
		}
		f := own[i].feature
		c.score[f] += money
		c.full[f] += purse.due
		if purse.motive == clamor.Grow {
			c.grow[f] += money
		}
		c.money[first+int32(i)] += money
		if c.keep != nil {
			c.keep(share{money, p, first + int32(i)})
		}
	}
}

// standing is what a feature's place depends on; its ordinal is its age and id.
type standing struct {
	score    int64
	accounts int32
	feature  int32
}

func (t *tally) standing(f int32) standing { return standing{t.score[f], t.accounts[f], f} }

// compare puts the higher score first, then the more accounts, then the older feature, then the first id.
func (a standing) compare(b standing) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	if c := cmp.Compare(b.accounts, a.accounts); c != 0 {
		return c
	}
	return cmp.Compare(a.feature, b.feature)
}

func (t *tally) arrange() {
	all := make([]standing, len(t.score))
	for f := range all {
		all[f] = t.standing(int32(f))
	}
	slices.SortFunc(all, standing.compare)
	t.order = make([]int32, len(all))
	t.rank = make([]int32, len(all))
	for i, s := range all {
		t.order[i] = s.feature
		t.rank[s.feature] = int32(i) + 1
	}
}
