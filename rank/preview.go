package rank

import (
	"cmp"
	"context"
	"slices"

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
	Shifts   []Shift     `json:"shifts"` // of features whose place or score would change: those that move most first
}

// Preview ranks the live list of a query by the settings that count and by a draft, and tells what would move and by how much. The query's
// scenario is that of both; "" is the one that each shows. The error is Invalid with every fault where the draft does not hold.
func (s *Service) Preview(ctx context.Context, q Query, d Draft) (Preview, error) {
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
	p, err := b.compare(was, is, d.Rates)
	p.Edits = edits
	return p, err
}

// compare ranks by two settings. Of the two only scores and places are worked out: neither parts nor other scenarios.
func (b *Basis) compare(was, is Settings, rates []clamor.Rate) (Preview, error) {
	p := Preview{Quarter: b.evidence.Quarter, AsOf: b.evidence.AsOf, Currency: is.Currency, Features: len(b.ground.features)}
	before, err := b.tally(was, b.ground.rates)
	if err != nil {
		return p, err
	}
	after, err := b.tally(is, rates)
	if err != nil {
		return p, err
	}
	for f := range before.score {
		p.Before += before.score[f]
		p.After += after.score[f]
		x := Shift{Before: before.place(f), After: after.place(f), Places: int(before.rank[f] - after.rank[f])}
		if was.Currency == is.Currency {
			x.Money = after.score[f] - before.score[f]
		}
		if x.Places != 0 {
			p.Moved++
		}
		if x.Places != 0 || x.Money != 0 {
			x.Feature = b.ground.features[f]
			p.Shifts = append(p.Shifts, x)
		}
	}
	slices.SortFunc(p.Shifts, func(a, b Shift) int {
		return cmp.Or(cmp.Compare(max(b.Places, -b.Places), max(a.Places, -a.Places)), cmp.Compare(a.After.Rank, b.After.Rank))
	})
	return p, nil
}

// tally ranks by the scenario that settings show, with rates of their own.
func (b *Basis) tally(s Settings, rates []clamor.Rate) (*tally, error) {
	g := *b.ground
	g.rates = rates
	common := &commons{ground: &g, currency: s.Currency, wishes: make(map[taste]*wishes), funds: make(map[Model]*funds)}
	shown := s.Shown()
	p, err := common.purses(&shown)
	if err != nil {
		return nil, err
	}
	return g.tally(&shown, p, nil), nil
}

func (t *tally) place(f int) Place { return Place{Rank: int(t.rank[f]), Score: t.score[f]} }
