package rank

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"clamor"
)

// PreviewMerge tells what the live list of a query would be if one account counted as another, without anything being stored.
func (s *Service) PreviewMerge(ctx context.Context, q Query, from, into clamor.Account, limit int) (Preview, error) {
	settings, err := s.settingsFor(ctx, q.Scenario)
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
	joined, err := Prepare(join(b.evidence, from, into))
	if err != nil {
		return Preview{}, fmt.Errorf("joining account %s with %s: %w", from.ID, into.ID, err)
	}
	p := Preview{Quarter: b.evidence.Quarter, AsOf: b.evidence.AsOf, Currency: settings.Currency, Features: len(b.ground.features)}
	before, err := b.tally(settings, b.ground.rates)
	if err != nil {
		return p, err
	}
	after, err := joined.tally(settings, joined.ground.rates)
	if err != nil {
		return p, err
	}
	b.shifts(&p, before, after, true, limit)
	return p, nil
}

// join is the evidence as it would be if one account counted as another.
func join(e clamor.Evidence, from, into clamor.Account) clamor.Evidence {
	one := into.With(from)
	if one.Parent == one.ID || one.Parent == from.ID {
		one.Parent = ""
	}
	e.Accounts = slices.Clone(e.Accounts)
	known := func(a clamor.Account) bool { return a.ID == from.ID || a.ID == into.ID }
	if slices.ContainsFunc(e.Accounts, known) {
		e.Accounts = append(slices.DeleteFunc(e.Accounts, known), one)
		slices.SortFunc(e.Accounts, func(a, b clamor.Account) int { return cmp.Compare(a.ID, b.ID) })
	}
	for i, a := range e.Accounts {
		if a.Parent == from.ID {
			e.Accounts[i].Parent = into.ID
		}
	}
	e.Deals, e.Asks = slices.Clone(e.Deals), slices.Clone(e.Asks)
	for i := range e.Deals {
		if e.Deals[i].Account == from.ID {
			e.Deals[i].Account = into.ID
		}
	}
	for i := range e.Asks {
		if e.Asks[i].Account == from.ID {
			e.Asks[i].Account = into.ID
		}
	}
	return e
}
