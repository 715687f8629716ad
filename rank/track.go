package rank

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"clamor"
)

// Tracked is a ranked list that is put right after new asks for a small part of what ranking anew costs: an ask changes the wishes of one
// account, and with them the scores of what that account asks for; all else only makes way. It gives the same bytes as ranking anew.
// It is not safe for concurrent use, and adds to the slices of its evidence, which must not be shared with another one.
type Tracked struct {
	evidence clamor.Evidence
	settings Settings
	*ranked
	last     clamor.List
	sorted   int                  // how many of the evidence's features are in order of id: those that it began with
	known    []clamor.EvidenceAsk // the asks that it began with, in order of id
	inOrder  int                  // how many of the evidence's asks are those: none where they began in another order
	added    map[clamor.AskID]bool
	edited   map[clamor.FeatureID]clamor.Feature // as they are now, where the evidence has them otherwise
	sharesOf [][]share                           // by feature, as its parts stand
	places   map[clamor.FeatureID]int32
	tastes   map[taste]*palate
	before   map[clamor.FeatureID]int // ranks on the last frozen list before; nil where there is none
}

// palate is the wishes of a taste, with those groups' that have changed since.
type palate struct {
	*wishes
	changed map[int32][]wish
	fade    *fade
}

func (p *palate) of(group int32) []wish {
	if own, changed := p.changed[group]; changed {
		return own
	}
	return p.wishes.of(group)
}

// Track ranks evidence so that it can be followed. previous is the list frozen before, which entries' moves are counted from; one without
// entries is none.
func (b *Basis) Track(s Settings, previous clamor.List) (*Tracked, clamor.List, error) {
	if err := s.Validate(); err != nil {
		return nil, clamor.List{}, err
	}
	g := *b.ground
	g.features = slices.Clone(g.features)
	g.count, g.fresh = slices.Clone(g.count), slices.Clone(g.fresh)
	g.oldest, g.newest = slices.Clone(g.oldest), slices.Clone(g.newest)
	r, err := g.ranked(s)
	if err != nil {
		return nil, clamor.List{}, err
	}
	t := &Tracked{evidence: b.evidence, settings: s, ranked: r, places: make(map[clamor.FeatureID]int32, len(g.features)), tastes: make(map[taste]*palate)}
	t.sharesOf = make([][]share, len(g.features))
	for f := range g.features {
		t.places[g.features[f].ID] = int32(f)
		t.sharesOf[f] = r.shares[r.from[f]:r.from[f+1]:r.from[f+1]]
	}
	for _, v := range t.views() {
		if key := v.model.taste(); t.tastes[key] == nil {
			t.tastes[key] = &palate{v.purses.wishes, make(map[int32][]wish), newFade(v.model.HalfLifeDays)}
		}
	}
	if len(previous.Entries) > 0 {
		t.before = make(map[clamor.FeatureID]int, len(previous.Entries))
		for _, e := range previous.Entries {
			t.before[e.Feature.ID] = e.Rank
		}
	}
	t.added, t.edited = make(map[clamor.AskID]bool), make(map[clamor.FeatureID]clamor.Feature)
	if t.known, t.inOrder = t.evidence.Asks, len(t.evidence.Asks); !slices.IsSortedFunc(t.known, compareAsks) {
		t.inOrder = 0
		t.known = slices.SortedFunc(slices.Values(t.known), compareAsks)
	}
	t.move(r.entries)
	t.last, t.sorted = r.list(t.evidence, s), len(t.evidence.Features)
	return t, t.last, nil
}

func compareAsks(a, b clamor.EvidenceAsk) int { return strings.Compare(string(a.ID), string(b.ID)) }

// now is the evidence with all that was added.
func (t *Tracked) now() clamor.Evidence {
	e := t.evidence
	if len(t.edited) > 0 {
		e.Features = replaced(e.Features, ordered(e.Features, featureOf), slices.Collect(maps.Values(t.edited)), featureOf, nil)
	}
	return e
}

// views are all scenarios, the one that is shown first.
func (t *Tracked) views() []*other {
	return append([]*other{{*t.model, t.purses, t.tally}}, t.others...)
}

// arrival is a new ask by its places in the ground.
type arrival struct{ ask, feature, group int32 }

// Add gives the list with the news in it. It reports false, and is of no more use, where they change more than the wishes of accounts that
// count already, and how features are described: then the list must be ranked anew.
func (t *Tracked) Add(n clamor.News) (clamor.List, bool) {
	if n.Whole || len(n.Gone)+len(n.Accounts)+len(n.Deals) > 0 || !slices.Equal(n.Rates, t.evidence.Rates) ||
		slices.ContainsFunc(n.Asks, t.has) {
		return clamor.List{}, false
	}
	edits, ok := t.describe(n.Features)
	if !ok {
		return clamor.List{}, false
	}
	arrivals, ok := t.arrive(n)
	if !ok {
		return clamor.List{}, false
	}
	pinned := !slices.Equal(n.Pins, t.evidence.Pins)
	t.evidence.Pins, t.evidence.Rulings, t.evidence.Revision = n.Pins, n.Rulings, n.Revision
	if len(arrivals) == 0 {
		if edits || pinned {
			t.republish()
		}
		t.last.Notices = t.notices(t.evidence, t.settings)
		return t.last, true
	}
	c := t.change(arrivals)
	for _, a := range arrivals {
		t.countAsk(a)
	}
	for _, v := range t.views() {
		c.spread(v, -1)
	}
	for _, a := range arrivals {
		for taste, p := range t.tastes {
			p.wish(t, taste, a)
		}
	}
	for _, v := range t.views() {
		c.spread(v, 1)
	}
	t.last = c.list()
	return t.last, true
}

// has reports whether the evidence holds an ask, as it was or is.
func (t *Tracked) has(a clamor.EvidenceAsk) bool {
	_, known := slices.BinarySearchFunc(t.known, a, compareAsks)
	return known || t.added[a.ID]
}

// describe takes over how features on the list are described now, and reports whether any differs; false where more of one changed.
func (t *Tracked) describe(features []clamor.Feature) (differ, ok bool) {
	for _, f := range features {
		if f.Merged != "" {
			return false, false
		}
		place, live := t.places[f.ID]
		if !live {
			was, known := t.unlisted(f.ID)
			if known && was != f {
				return false, false
			}
			if !known {
				t.edited[f.ID] = f // a new one, whether it comes to stand on the list or not
			}
			continue
		}
		was := &t.features[place]
		if *was == f {
			continue
		}
		if !f.Status.Open() || !f.CreatedAt.Equal(was.CreatedAt) {
			return false, false
		}
		*was, t.edited[f.ID], differ = f, f, true
	}
	return differ, true
}

// unlisted finds a feature of the evidence that the list began without.
func (t *Tracked) unlisted(id clamor.FeatureID) (clamor.Feature, bool) {
	known := t.evidence.Features[:t.sorted]
	at, there := slices.BinarySearchFunc(known, id, func(f clamor.Feature, id clamor.FeatureID) int { return strings.Compare(string(f.ID), string(id)) })
	if !there {
		return clamor.Feature{}, false
	}
	return known[at], true
}

// republish gives the entries anew, described as the features are now and planned as the pins want it.
func (t *Tracked) republish() {
	t.entries = slices.Clone(t.entries)
	for i := range t.entries {
		e := &t.entries[i]
		t.redescribe(e, t.tally.order[i])
		e.Pin, e.Planned = nil, 0
	}
	t.last = t.list(t.evidence, t.settings)
}

// redescribe sets of an entry what follows from its feature alone.
func (t *Tracked) redescribe(e *clamor.Entry, f int32) {
	e.Feature = t.features[f]
	e.Effort, e.ValuePerEffort = e.Feature.Effort, 0
	if e.Effort > 0 {
		e.ValuePerEffort, _ = mulDiv(e.Score, 1, e.Effort)
	}
}

// arrive finds the places of new asks, and makes room for new features.
func (t *Tracked) arrive(n clamor.News) ([]arrival, bool) {
	t.evidence.Pending = n.Pending
	var arrivals []arrival
	for _, a := range n.Asks {
		t.added[a.ID] = true
		t.evidence.Asks = append(t.evidence.Asks, a)
		t.asks = t.evidence.Asks
		if a.On > t.asOf {
			continue
		}
		feature, live := t.places[a.Feature]
		if !live {
			was, there := t.unlisted(a.Feature)
			if there && !was.Status.Open() {
				continue // it has shipped
			}
			if there {
				return nil, false
			}
			if feature, live = t.found(n.Features, a.Feature); !live {
				return nil, false
			}
		}
		group, counts := t.groupOf(a.Account)
		if !counts {
			return nil, false
		}
		arrivals = append(arrivals, arrival{int32(len(t.asks) - 1), feature, group})
	}
	return arrivals, true
}

// found makes room for a feature that was just founded, and therefore is the youngest.
func (t *Tracked) found(features []clamor.Feature, id clamor.FeatureID) (int32, bool) {
	i := slices.IndexFunc(features, func(f clamor.Feature) bool { return f.ID == id })
	if i < 0 {
		return 0, false
	}
	f := features[i]
	if n := len(t.features); !f.Status.Open() || n > 0 && cmp.Or(t.features[n-1].CreatedAt.Compare(f.CreatedAt), strings.Compare(string(t.features[n-1].ID), string(f.ID))) >= 0 {
		return 0, false
	}
	place := int32(len(t.features))
	t.features, t.evidence.Features = append(t.features, f), append(t.evidence.Features, f)
	t.places[id] = place
	t.sharesOf = append(t.sharesOf, nil)
	t.count, t.fresh = append(t.count, 0), append(t.fresh, 0)
	t.oldest, t.newest = append(t.oldest, ""), append(t.newest, "")
	for _, v := range t.views() {
		y := v.tally
		y.score, y.grow, y.full = append(y.score, 0), append(y.grow, 0), append(y.full, 0)
		y.accounts, y.blockers = append(y.accounts, 0), append(y.blockers, 0)
		y.order, y.rank = append(y.order, place), append(y.rank, place+1)
	}
	w := t.whales
	w.account, w.money, w.rank = append(w.account, nowhere), append(w.money, 0), append(w.rank, place+1)
	return place, true
}

// groupOf is whose wishes an account's ask belongs to, in every scenario the same; false where the account did not count before.
func (t *Tracked) groupOf(id clamor.AccountID) (int32, bool) {
	at, known := slices.BinarySearchFunc(t.accounts, id, func(a clamor.Account, id clamor.AccountID) int { return strings.Compare(string(a.ID), string(id)) })
	if !known {
		return 0, false
	}
	group := t.tastes[t.model.taste()].root[at]
	for _, v := range t.views() {
		p := t.tastes[v.model.taste()]
		if p.root[at] != group || len(p.of(group)) == 0 {
			return 0, false
		}
	}
	return group, true
}

func (t *Tracked) countAsk(a arrival) {
	on, f := t.asks[a.ask].On, a.feature
	t.count[f]++
	if t.evidence.From != "" && on >= t.evidence.From {
		t.fresh[f]++
	}
	if t.oldest[f] == "" || on < t.oldest[f] {
		t.oldest[f] = on
	}
	t.newest[f] = max(t.newest[f], on)
}

// wish lets a new ask strengthen a wish of its group, or begin one.
func (p *palate) wish(t *Tracked, by taste, a arrival) {
	ask := &t.asks[a.ask]
	m := Model{Weights: by.weights, HalfLifeDays: by.halfLife}
	f := facts{ask: ask, age: ask.On.DaysUntil(t.fading), fade: p.fade}
	next := wish{a.feature, a.ask, gaugeOf(OnWish).of(&m, &f), p.fade.at(f.age), ask.Priority == clamor.Blocker}
	if next.strength == 0 {
		return
	}
	own := slices.Clone(p.of(a.group))
	at, there := slices.BinarySearchFunc(own, a.feature, func(w wish, f int32) int { return cmp.Compare(w.feature, f) })
	if there {
		t.strengthen(&own[at], next)
	} else {
		own = slices.Insert(own, at, next)
	}
	p.changed[a.group] = own
}
