package rank

import "math"

// guard puts right who leads the changed features, and every feature's rank without the account that leads it.
func (c *change) guard(changed []bool) {
	money, asks := make([]int64, len(c.accounts)), make([]bool, len(c.accounts)) // by group: what it brings the feature at hand
	leaders, alone := make(map[int32]bool), c.alone(changed)
	for f := range c.before {
		c.lead(f, money, asks)
		if c.tally.standing(f) != c.before[f] {
			c.passBy(f, money, asks, alone)
		}
		for _, s := range c.sharesOf[f] {
			group := c.purses.all[s.purse].group
			money[group], asks[group] = 0, false
		}
		if leader := c.whales.account[f]; leader != nowhere {
			leaders[leader] = true
		}
	}
	shown := c.views()[0]
	for group := range leaders {
		own := c.tastes[shown.model.taste()].of(group)
		brings := make([]int64, len(own))
		c.pay(shown, group, own, func(p paid) { brings[p.wish] += p.money })
		c.tally.without(group, own, brings, c.whales)
	}
	for f, leader := range c.whales.account {
		if leader == nowhere {
			c.whales.rank[f] = c.tally.rank[f]
		}
	}
}

// lead finds the account that brings a feature most, and leaves in money what each group brings.
func (c *change) lead(f int32, money []int64, asks []bool) {
	for _, s := range c.sharesOf[f] {
		group := c.purses.all[s.purse].group
		money[group] += s.money
		asks[group] = true
	}
	w := c.whales
	w.account[f], w.money[f] = nowhere, 0
	for _, s := range c.sharesOf[f] {
		group := c.purses.all[s.purse].group
		if m := money[group]; m > w.money[f] || m == w.money[f] && m > 0 && group < w.account[f] {
			w.account[f], w.money[f] = group, m
		}
	}
}

// passBy counts a changed feature g anew in the ranks of all unchanged ones without their leaders: it may have stood above one
// and now stand below, or the other way round. What a leader brings g has not changed, for whoever's wishes did leads changed features
// alone. alone holds the score of each without its leader, and a score that none reaches for those that are not meant.
func (c *change) passBy(g int32, money []int64, asks []bool, alone []int64) {
	before, after, w := c.before[g], c.tally.standing(g), c.whales
	low, high := min(before.score, after.score)-w.money[g], max(before.score, after.score)
	for f, score := range alone {
		if score < low || score > high { // it stays where it is, whatever its leader brings g: none brings more than g's own
			continue
		}
		own := standing{score, c.tally.accounts[f] - 1, int32(f)}
		was, is := before, after
		if leader := w.account[f]; asks[leader] {
			was.score, was.accounts = was.score-money[leader], was.accounts-1
			is.score, is.accounts = is.score-money[leader], is.accounts-1
		}
		switch above := is.compare(own) < 0; {
		case above == (was.compare(own) < 0):
		case above:
			w.rank[f]++
		default:
			w.rank[f]--
		}
	}
}

// alone gives each feature's score without its leader; of changed ones and of those without a leader one that is out of reach.
func (c *change) alone(changed []bool) []int64 {
	scores := make([]int64, len(changed))
	for f, leader := range c.whales.account {
		scores[f] = c.tally.score[f] - c.whales.money[f]
		if changed[f] || leader == nowhere {
			scores[f] = math.MaxInt64
		}
	}
	return scores
}
