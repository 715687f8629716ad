package api

import (
	"context"
	"fmt"

	"clamor"
)

// Report gathers the context that leaves the house with a list: the accounts behind all entries, and the quotes of the first
// so many of them.
func Report(ctx context.Context, store Store, list clamor.List, baseURL string, features int) (clamor.Report, error) {
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
	return r, nil
}
