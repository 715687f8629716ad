package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// patched is evidence with the news in it, as a store that was read anew would give it but for the order. The evidence stays as it is.
func patched(e clamor.Evidence, n clamor.News) clamor.Evidence {
	gone := make(map[clamor.AskID]bool, len(n.Gone))
	for _, id := range n.Gone {
		gone[id] = true
	}
	e.Asks = replaced(e.Asks, n.Asks, func(a *clamor.EvidenceAsk) clamor.AskID { return a.ID }, gone)
	merged := make(map[clamor.FeatureID]bool)
	var features []clamor.Feature
	for _, f := range n.Features {
		if f.Merged != "" {
			merged[f.ID] = true
		} else {
			features = append(features, f)
		}
	}
	e.Features = replaced(e.Features, features, func(f *clamor.Feature) clamor.FeatureID { return f.ID }, merged)
	e.Accounts = replaced(e.Accounts, n.Accounts, func(a *clamor.Account) clamor.AccountID { return a.ID }, nil)
	e.Deals = replaced(e.Deals, n.Deals, func(d *clamor.Deal) clamor.DealID { return d.ID }, nil)
	e.Rates, e.Pins, e.Pending, e.Rulings, e.Revision = n.Rates, n.Pins, n.Pending, n.Rulings, n.Revision
	return e
}

// replaced gives all in order of id, with those that are new in the place of what bore their id, and without some. Where nothing changes
// it is the same slice.
func replaced[T any, K cmp.Ordered](all, fresh []T, id func(*T) K, without map[K]bool) []T {
	if len(fresh)+len(without) == 0 {
		return all
	}
	fresh = slices.Clone(fresh)
	slices.SortFunc(fresh, func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
	if !slices.IsSortedFunc(all, func(a, b T) int { return cmp.Compare(id(&a), id(&b)) }) {
		all = slices.SortedFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
	}
	out := make([]T, 0, len(all)+len(fresh))
	for i := range all {
		key := id(&all[i])
		for len(fresh) > 0 && id(&fresh[0]) < key {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
		switch {
		case len(fresh) > 0 && id(&fresh[0]) == key:
			out, fresh = append(out, fresh[0]), fresh[1:]
		case !without[key]:
			out = append(out, all[i])
		}
	}
	return append(out, fresh...)
}
