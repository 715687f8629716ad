package api

import (
	"context"
	"fmt"
	"slices"

	"clamor"
	"clamor/rank"
)

// Report gathers the context that leaves the house with a list: the accounts behind all entries, the quotes of the first so many of
// them, what changed since the last frozen list, and all names that the public must not read. q is the query that the list answers.
func Report(ctx context.Context, store Store, lister Lister, q rank.Query, list clamor.List, baseURL string, features int) (clamor.Report, error) {
	r := clamor.Report{List: list, Quotes: map[clamor.FeatureID][]clamor.Quote{}, BaseURL: baseURL}
	var ids []clamor.AccountID
	seen := map[clamor.AccountID]bool{}
	for i, e := range list.Entries {
		for _, p := range e.Parts {
			if !seen[p.Account] {
				seen[p.Account] = true
				ids = append(ids, p.Account)
			}
		}
		if i >= features {
			continue
		}
		quotes, err := store.Quotes(ctx, e.Feature.ID)
		if err != nil {
			return r, fmt.Errorf("gathering the quotes of feature %s: %w", e.Feature.ID, err)
		}
		r.Quotes[e.Feature.ID] = quotes
	}
	var err error
	if r.Accounts, err = store.Accounts(ctx, ids); err != nil {
		return r, fmt.Errorf("gathering the accounts of %s: %w", list.Quarter, err)
	}
	if r.Names, err = store.AccountNames(ctx); err != nil {
		return r, fmt.Errorf("gathering the names to hide: %w", err)
	}
	return r, addShifts(ctx, store, lister, q, &r)
}

// addShifts adds what changed since the last frozen list. Two lists that cannot be compared are no reason to publish nothing: the report
// says why instead.
func addShifts(ctx context.Context, store Store, lister Lister, q rank.Query, r *clamor.Report) error {
	quarters, err := store.FrozenQuarters(ctx)
	if err != nil {
		return fmt.Errorf("finding the list frozen before %s: %w", q.Quarter, err)
	}
	at := slices.IndexFunc(quarters, func(name string) bool { return name < q.Quarter.String() })
	if at < 0 {
		return nil
	}
	before, err := clamor.ParseQuarter(quarters[at], q.Quarter.Start)
	if err != nil {
		return err
	}
	changes, err := lister.Diff(ctx, rank.Query{Quarter: before}, q)
	if kind := clamor.KindOf(err); err != nil && (kind == clamor.Invalid || kind == clamor.Conflict) {
		r.List.Notices = append(slices.Clone(r.List.Notices), clamor.Notice{Kind: "no-diff", Message: err.Error()})
		return nil
	}
	if err != nil {
		return fmt.Errorf("comparing %s with %s: %w", q.Quarter, before, err)
	}
	r.Since = before.String()
	for _, c := range changes {
		r.Shifts = append(r.Shifts, shiftOf(c))
	}
	return nil
}

func shiftOf(c rank.Change) clamor.Shift {
	s := clamor.Shift{Feature: c.Feature, Money: c.Money}
	if c.Before != nil {
		s.Before = c.Before.Rank
	}
	if c.After != nil {
		s.After = c.After.Rank
	}
	for _, e := range c.Effects {
		s.Causes = append(s.Causes, clamor.Caused{Cause: string(e.Cause), Money: e.Money})
	}
	return s
}
