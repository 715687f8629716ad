package rank

import (
	"cmp"
	"slices"
	"sync"

	"clamor"
)

// Rank computes the list of the evidence under the settings. Everything of an entry is filled but its move, which needs the
// list before. The error is of kind Invalid: settings that do not hold, or money that no list can hold.
func Rank(e clamor.Evidence, s Settings) (clamor.List, error) {
	b, err := Prepare(e)
	if err != nil {
		return clamor.List{}, err
	}
	return b.Rank(s)
}

// Basis is evidence made ready for ranking. It can be ranked by many settings, also at the same time, for less than ranking
// the evidence anew each time. It keeps the evidence, which must not be changed meanwhile.
type Basis struct {
	evidence clamor.Evidence
	ground   *ground

	mu     sync.Mutex
	tastes map[taste]*wishes // remembered of previews: most drafts leave them as they are
}

// mostTastes bounds how many wishes are remembered: some 30 bytes for each ask.
const mostTastes = 2

// wishes gives those of a model, worked out by one caller for all.
func (b *Basis) wishes(m Model) *wishes {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.tastes[m.taste()]
	if w == nil {
		w = b.ground.wishes(&m)
		if len(b.tastes) == mostTastes || b.tastes == nil {
			b.tastes = make(map[taste]*wishes)
		}
		b.tastes[m.taste()] = w
	}
	return w
}

// Prepare makes evidence ready for ranking.
func Prepare(e clamor.Evidence) (*Basis, error) {
	if e.AsOf.Time().IsZero() {
		return nil, clamor.Errorf(clamor.Invalid, "a list is computed as of a day: %q is none, write it as 2026-10-03", string(e.AsOf))
	}
	return &Basis{evidence: e, ground: newGround(e)}, nil
}

// Rank computes the list as the function of the same name does.
func (b *Basis) Rank(s Settings) (clamor.List, error) {
	if err := s.Validate(); err != nil {
		return clamor.List{}, err
	}
	r, err := b.ground.ranked(s)
	if err != nil {
		return clamor.List{}, err
	}
	return r.list(b.evidence, s), nil
}

// ranked is the ground ranked by all scenarios.
type ranked struct {
	*result
	whales  *whales
	others  []*other // the scenarios that are not shown
	entries []clamor.Entry
}

// list is the list of what is ranked.
func (r *ranked) list(e clamor.Evidence, s Settings) clamor.List {
	plan(r.entries, e.Pins)
	return clamor.List{
		Quarter:  e.Quarter,
		AsOf:     e.AsOf,
		Scenario: s.Scenario,
		Currency: s.Currency,
		Formula:  Formula,
		Settings: s.Version,
		Entries:  r.entries,
		Notices:  r.notices(e, s),
	}
}

func (r *ranked) notices(e clamor.Evidence, s Settings) []clamor.Notice {
	return r.purses.doubts.notices(s.Currency, cmp.Or(e.From, e.AsOf), e.Pending)
}

// ranked computes the entries of the scenario that is shown, and beside it, on another processor, the ranks by the others.
func (g *ground) ranked(s Settings) (*ranked, error) {
	common := &commons{ground: g, currency: s.Currency, wishes: make(map[taste]*wishes), funds: make(map[Model]*funds)}
	shown := s.Shown()
	p, err := common.purses(&shown)
	if err != nil {
		return nil, err
	}
	others, err := common.others(s, shown)
	if err != nil {
		return nil, err
	}
	var beside sync.WaitGroup
	beside.Go(func() {
		for _, o := range others {
			o.tally = g.tally(&o.model, o.purses, nil)
		}
	})
	r := &ranked{result: g.result(&shown, p), others: others}
	r.whales = r.tally.whales(r.purses)
	r.entries = r.result.entries(r.whales)
	beside.Wait()
	for i := range r.entries {
		r.entries[i].RankRange = r.over(r.tally.order[i])
	}
	return r, nil
}

// over is the lowest and the highest rank of a feature over the scenarios.
func (r *ranked) over(f int32) [2]int {
	low, high := r.tally.rank[f], r.tally.rank[f]
	for _, o := range r.others {
		low, high = min(low, o.tally.rank[f]), max(high, o.tally.rank[f])
	}
	return [2]int{int(low), int(high)}
}

// commons are the wishes and funds of all scenarios, worked out once for those that agree on them.
type commons struct {
	*ground
	currency string
	wishes   map[taste]*wishes
	funds    map[Model]*funds
}

func (c *commons) purses(m *Model) (*purses, error) {
	w := c.wishes[m.taste()]
	if w == nil {
		w = c.ground.wishes(m)
		c.wishes[m.taste()] = w
	}
	key := *m
	key.Sharing, key.Size = "", ""
	f := c.funds[key]
	if f == nil {
		var err error
		if f, err = c.ground.funds(m, w, c.currency); err != nil {
			return nil, err
		}
		c.funds[key] = f
	}
	return f.purses(m.Size)
}

// other is a scenario that is not shown.
type other struct {
	model  Model
	purses *purses
	tally  *tally
}

func (c *commons) others(s Settings, shown Model) ([]*other, error) {
	var all []*other
	for _, scenario := range s.Scenarios {
		o := &other{model: scenario.apply(s.Model)}
		if o.model == shown {
			continue
		}
		var err error
		if o.purses, err = c.purses(&o.model); err != nil {
			return nil, clamor.Errorf(clamor.KindOf(err), "scenario %s: %w", scenario.Name, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// result is the ground ranked by the model that is shown.
type result struct {
	*ground
	model  *Model
	wishes *wishes
	purses *purses
	tally  *tally
	shares []share // in the end by feature, as its parts stand
	from   []int32 // by feature: where its shares begin; one longer than features
}

func (g *ground) result(m *Model, p *purses) *result {
	r := &result{ground: g, model: m, wishes: p.wishes, purses: p}
	n := 0
	for group := range p.counted {
		n += len(p.wishes.of(int32(group))) * len(p.of(int32(group)))
	}
	r.shares = make([]share, 0, n)
	r.tally = g.tally(m, p, func(s share) { r.shares = append(r.shares, s) })
	return r
}

func (r *result) entries(whales *whales) []clamor.Entry {
	parts := r.parts()
	entries := make([]clamor.Entry, len(r.features))
	for i, f := range r.tally.order {
		entries[i] = r.entry(f, whales, parts[f])
	}
	return entries
}

func (r *result) entry(f int32, w *whales, parts []clamor.Part) clamor.Entry {
	t, feature := r.tally, r.features[f]
	e := clamor.Entry{
		Rank:               int(t.rank[f]),
		Feature:            feature,
		Score:              t.score[f],
		Keep:               t.score[f] - t.grow[f],
		Grow:               t.grow[f],
		Full:               t.full[f],
		Accounts:           int(t.accounts[f]),
		Asks:               int(r.count[f]),
		QuarterAsks:        int(r.fresh[f]),
		Blockers:           int(t.blockers[f]),
		LargestShare:       ratio(w.money[f], t.score[f]),
		RankWithoutLargest: int(w.rank[f]),
		OldestAsk:          r.oldest[f],
		NewestAsk:          r.newest[f],
		Effort:             feature.Effort,
		Estimated:          slices.ContainsFunc(parts, func(p clamor.Part) bool { return p.Estimated }),
		Parts:              parts,
	}
	if w.account[f] >= 0 {
		e.LargestAccount = r.accounts[w.account[f]].ID
	}
	if feature.Effort > 0 {
		e.ValuePerEffort, _ = mulDiv(e.Score, 1, feature.Effort)
	}
	return e
}
