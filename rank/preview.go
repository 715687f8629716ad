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
	Shifts   []Shift     `json:"shifts"` // of features whose place or score would change, those that move most first; as many as asked for
}

// Preview ranks the live list of a query by the settings that count and by a draft, and tells what would move and by how much. The query's
// scenario is that of both; "" is the one that each shows. The error is Invalid with every fault where the draft does not hold.
func (s *Service) Preview(ctx context.Context, q Query, d Draft, limit int) (Preview, error) {
	if err := d.validate(); err != nil {
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
	slices.SortFunc(shifted, func(x, y int32) int {
		return cmp.Or(cmp.Compare(max(gained(y), -gained(y)), max(gained(x), -gained(x))), cmp.Compare(after.rank[x], after.rank[y]))
	})
	for _, f := range shifted[:min(limit, len(shifted))] {
		x := Shift{Feature: b.ground.features[f], Before: before.place(f), After: after.place(f), Places: gained(f)}
		if was.Currency == is.Currency {
			x.Money = after.score[f] - before.score[f]
		}
		p.Shifts = append(p.Shifts, x)
	}
	return p, nil
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
