package rank

import (
	"cmp"
	"maps"
	"slices"

	"clamor"
)

// patched is evidence with the news in it, as a store that was read anew would give it. The evidence stays as it is; the first so many of its
// asks are in order of id.
func patched(e clamor.Evidence, asksInOrder int, n clamor.News) clamor.Evidence {
	gone := make(map[clamor.AskID]bool, len(n.Gone))
	for _, id := range n.Gone {
		gone[id] = true
	}
	e.Asks = replaced(e.Asks, asksInOrder, n.Asks, func(a *clamor.EvidenceAsk) clamor.AskID { return a.ID }, gone)
	merged := make(map[clamor.FeatureID]bool)
	var features []clamor.Feature
	for _, f := range n.Features {
		if f.Merged != "" {
			merged[f.ID] = true
		} else {
			features = append(features, f)
		}
	}
	e.Features = replaced(e.Features, ordered(e.Features, featureOf), features, featureOf, merged)
	account, deal := func(a *clamor.Account) clamor.AccountID { return a.ID }, func(d *clamor.Deal) clamor.DealID { return d.ID }
	e.Accounts = replaced(e.Accounts, ordered(e.Accounts, account), n.Accounts, account, nil)
	e.Deals = replaced(e.Deals, ordered(e.Deals, deal), n.Deals, deal, nil)
	e.Rates, e.Pins, e.Pending, e.Rulings, e.Revision = n.Rates, n.Pins, n.Pending, n.Rulings, n.Revision
	return e
}

func featureOf(f *clamor.Feature) clamor.FeatureID { return f.ID }

// replaced gives all in order of id, with those that are new in the place of what bore their id, and without some. Where nothing changes
// it is the same slice. The first so many are in order already: of those only stretches are copied.
func replaced[T any, K cmp.Ordered](all []T, inOrder int, fresh []T, id func(*T) K, without map[K]bool) []T {
	if len(fresh)+len(without) == 0 {
		return all
	}
	changes := make(map[K]*T, len(fresh)+len(without)+len(all)-inOrder)
	for i := range all[inOrder:] {
		one := &all[inOrder+i]
		changes[id(one)] = one
	}
	for key := range without {
		changes[key] = nil
	}
	for i := range fresh {
		changes[id(&fresh[i])] = &fresh[i]
	}
	out, rest := make([]T, 0, len(all)+len(fresh)), all[:inOrder]
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		at, there := slices.BinarySearchFunc(rest, key, func(one T, key K) int { return cmp.Compare(id(&one), key) })
		out = append(out, rest[:at]...)
		if rest = rest[at:]; there {
			rest = rest[1:]
		}
		if one := changes[key]; one != nil {
			out = append(out, *one)
		}
	}
	return append(out, rest...)
}

// ordered is how many of the first are in order of id.
func ordered[T any, K cmp.Ordered](all []T, id func(*T) K) int {
	for i := 1; i < len(all); i++ {
		if id(&all[i-1]) >= id(&all[i]) {
			return i
		}
	}
	return len(all)
}
