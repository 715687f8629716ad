package rank

import "clamor"

// wish is what one account wants of one feature: the strongest of its live asks.
type wish struct {
	feature  int32
	ask      int32
	strength int64
	decay    int64
	blocker  bool // one of the asks is a blocker
}

// wishes holds every account's wishes; where parents are rolled up, those of the family stand under its root.
type wishes struct {
	all  []wish  // by account, then by feature
	from []int32 // by account: where its wishes begin; one longer than accounts
	root []int32 // by account: whose wishes its money is spread over
}

// taste is the part of a model that wishes depend on.
type taste struct {
	weights  Weights
	halfLife int
	rollUp   bool
}

func (m *Model) taste() taste { return taste{m.Weights, m.HalfLifeDays, m.RollUp} }

func (w *wishes) of(account int32) []wish { return w.all[w.from[account]:w.from[account+1]] }

func (g *ground) wishes(m *Model) *wishes {
	w := &wishes{root: g.roots(m.RollUp), from: make([]int32, len(g.accounts)+1)}
	live := g.live
	if m.RollUp {
		live = g.regrouped(w.root)
	}
	weighed := g.weigh(m)
	w.all = make([]wish, 0, len(live))
	last := row{nowhere, nowhere, nowhere}
	for _, r := range live {
		x := &weighed[r.ask]
		next := wish{r.feature, r.ask, x.strength, x.decay, x.blocker}
		switch {
		case next.strength == 0:
		case r.account == last.account && r.feature == last.feature:
			g.strengthen(&w.all[len(w.all)-1], next)
		default:
			w.all = append(w.all, next)
			w.from[r.account+1]++
			last = r
		}
	}
	sumUp(w.from)
	return w
}

// weighed is what an ask weighs.
type weighed struct {
	strength, decay int64
	blocker         bool
}

// weigh goes through the asks in the order in which they lie in memory, which is several times as fast as going by account.
func (g *ground) weigh(m *Model) []weighed {
	all := make([]weighed, len(g.asks))
	gauge, ages := gaugeOf(OnWish), newCalendar(g.fading)
	f := facts{fade: newFade(m.HalfLifeDays)}
	for i := range g.asks {
		f.ask = &g.asks[i]
		f.age = -ages.until(f.ask.On)
		all[i] = weighed{gauge.of(m, &f), f.fade.at(f.age), f.ask.Priority == clamor.Blocker}
	}
	return all
}

// strengthen lets the stronger ask stand for the wish; of equal ones the newer, then the first by id.
func (g *ground) strengthen(w *wish, other wish) {
	blocker := w.blocker || other.blocker
	a, b := &g.asks[w.ask], &g.asks[other.ask]
	switch {
	case other.strength != w.strength:
		if other.strength > w.strength {
			*w = other
		}
	case b.On != a.On:
		if b.On > a.On {
			*w = other
		}
	case b.ID < a.ID:
		*w = other
	}
	w.blocker = blocker
}

// calendar counts days from one day, and remembers them: there are few different ones.
type calendar struct {
	from clamor.Date
	days map[clamor.Date]int
}

func newCalendar(from clamor.Date) *calendar { return &calendar{from, make(map[clamor.Date]int)} }

// until is negative for a day before.
func (c *calendar) until(day clamor.Date) int {
	days, known := c.days[day]
	if !known {
		days = c.from.DaysUntil(day)
		c.days[day] = days
	}
	return days
}
