package rank

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"clamor"
)

// Shift is what other settings do to one feature.
type Shift struct {
	Feature clamor.Feature `json:"feature"`
	Before  Place          `json:"before"`
	After   Place          `json:"after"`
	Places  int            `json:"places"` // gained
	Money   int64          `json:"money"`  // score after less score before
}

// Preview is what settings would do to a list, without anything being stored.
type Preview struct {
	Quarter  string      `json:"quarter"`
	AsOf     clamor.Date `json:"as_of"`
	Currency string      `json:"currency"` // of the draft; Money is 0 where the settings that count name another
	Edits    []Edit      `json:"edits"`    // fields that differ from the settings that count
	Features int         `json:"features"` // on the list
	Moved    int         `json:"moved"`    // of them, those whose place would be another
	Before   int64       `json:"before"`   // the sum of all scores
	After    int64       `json:"after"`
	Top      []Shift     `json:"top"`     // the first ten of either, in the order of the draft; also those that stay
	Winners  []Shift     `json:"winners"` // at most five that gain most money, or places where the currency is another
	Losers   []Shift     `json:"losers"`  // at most five that lose most
	Shifts   []Shift     `json:"shifts"`  // of features whose place or score would change, those that move most first; as many as asked for
}

// Preview ranks the live list of a query by the settings that count and by a draft, and tells what would move and by how much. The query's
// scenario is that of both; "" is the one that each shows. The error is Invalid with every fault where the draft does not hold.
func (s *Service) Preview(ctx context.Context, q Query, d Draft, limit int) (Preview, error) {
	if err := d.Validate(); err != nil {
		return Preview{}, err
	}
	was, err := s.Settings(ctx)
	if err != nil {
		return Preview{}, err
	}
	edits := Compare(was, d.Settings)
	if was, err = was.For(q.Scenario); err != nil {
		return Preview{}, err
	}
	is, err := d.Settings.For(q.Scenario)
	if err != nil {
		return Preview{}, err
	}
	revision, err := s.store.Revision(ctx)
	if err != nil {
		return Preview{}, err
	}
	b, err := s.basis(ctx, revision, q)
	if err != nil {
		return Preview{}, err
	}
	p, err := b.compare(was, is, d.Rates, limit)
	p.Edits = edits
	return p, err
}

// compare ranks by two settings, side by side. Of the two only scores and places are worked out: neither parts nor other scenarios.
func (b *Basis) compare(was, is Settings, rates []clamor.Rate, limit int) (Preview, error) {
	p := Preview{Quarter: b.evidence.Quarter, AsOf: b.evidence.AsOf, Currency: is.Currency, Features: len(b.ground.features)}
	var before *tally
	var failed error
	var beside sync.WaitGroup
	beside.Go(func() { before, failed = b.tally(was, b.ground.rates) })
	after, err := b.tally(is, rates)
	beside.Wait()
	if err = cmp.Or(failed, err); err != nil {
		return p, err
	}
	b.shifts(&p, before, after, was.Currency == is.Currency, limit)
	return p, nil
}

// shifts tells what stands elsewhere, and has another score, by one tally than by another of the same features.
func (b *Basis) shifts(p *Preview, before, after *tally, comparable bool, limit int) {
	var shifted []int32
	for f := range before.score {
		p.Before += before.score[f]
		p.After += after.score[f]
		if before.rank[f] != after.rank[f] {
			p.Moved++
		}
		if before.rank[f] != after.rank[f] || before.score[f] != after.score[f] {
			shifted = append(shifted, int32(f))
		}
	}
	gained := func(f int32) int { return int(before.rank[f] - after.rank[f]) }
	shift := func(f int32) Shift {
		x := Shift{Feature: b.ground.features[f], Before: before.place(f), After: after.place(f), Places: gained(f)}
		if comparable {
			x.Money = after.score[f] - before.score[f]
		}
		return x
	}
	p.Top, p.Winners, p.Losers = topOf(before, after, shift), extremes(shifted, shift, 1), extremes(shifted, shift, -1)
	slices.SortFunc(shifted, func(x, y int32) int {
		return cmp.Or(cmp.Compare(max(gained(y), -gained(y)), max(gained(x), -gained(x))), cmp.Compare(after.rank[x], after.rank[y]))
	})
	for _, f := range shifted[:min(limit, len(shifted))] {
		p.Shifts = append(p.Shifts, shift(f))
	}
}

// The bounds of what a preview shows first.
const (
	previewTop      = 10
	previewExtremes = 5
)

// topOf gives the first features of either list.
func topOf(before, after *tally, shift func(int32) Shift) []Shift {
	var top []Shift
	for _, f := range after.order {
		if min(before.rank[f], after.rank[f]) <= previewTop {
			top = append(top, shift(f))
		}
		if len(top) == 2*previewTop {
			break
		}
	}
	return top
}

// extremes gives those of the shifted features that gain most, or for sign -1 lose most.
func extremes(shifted []int32, shift func(int32) Shift, sign int64) []Shift {
	var all []Shift
	better := func(a, b Shift) int {
		return cmp.Or(cmp.Compare(sign*b.Money, sign*a.Money), cmp.Compare(sign*int64(b.Places), sign*int64(a.Places)),
			cmp.Compare(a.After.Rank, b.After.Rank))
	}
	for _, f := range shifted {
		x := shift(f)
		if sign*x.Money < 0 || x.Money == 0 && sign*int64(x.Places) <= 0 {
			continue
		}
		if at, _ := slices.BinarySearchFunc(all, x, better); at < previewExtremes {
			all = slices.Insert(all, at, x)
			all = all[:min(previewExtremes, len(all))]
		}
	}
	return all
}

// tally ranks by the scenario that settings show, with rates of their own.
func (b *Basis) tally(s Settings, rates []clamor.Rate) (*tally, error) {
	g := *b.ground
	g.rates = rates
	shown := s.Shown()
	common := &commons{ground: &g, currency: s.Currency, wishes: map[taste]*wishes{shown.taste(): b.wishes(shown)}, funds: make(map[Model]*funds)}
	p, err := common.purses(&shown)
	if err != nil {
		return nil, err
	}
	return g.tally(&shown, p, nil), nil
}

func (t *tally) place(f int32) Place { return Place{Rank: int(t.rank[f]), Score: t.score[f]} }
