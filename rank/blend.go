package rank

import (
	"maps"
	"reflect"
	"slices"

	"clamor"
)

// blend is evidence on its way from before to after.
type blend struct {
	before, after Snapshot
	now           clamor.Evidence
	settings      Settings
	fading, today clamor.Date
}

// step lets one cause happen; it reports false where that changes nothing.
type step struct {
	cause  Cause
	happen func() bool
}

func newBlend(before, after Snapshot) *blend {
	before.Evidence, after.Evidence = own(before), own(after)
	b := &blend{before: before, after: after, now: before.Evidence, settings: before.Settings,
		fading: before.Evidence.AsOf, today: before.Evidence.AsOf}
	b.now.AsOf = max(before.Evidence.AsOf, after.Evidence.AsOf) // each list's asks were chosen by its own day
	return b
}

// own is evidence in its own order, with the asks and rates that count by its own day alone.
func own(s Snapshot) clamor.Evidence {
	e := canonical(s.Evidence)
	e.Asks = slices.DeleteFunc(e.Asks, func(a clamor.EvidenceAsk) bool { return a.On > e.AsOf })
	rates := ratesOn(s.Settings.Currency, e.AsOf, e.Rates)
	e.Rates = e.Rates[:0]
	for _, currency := range slices.Sorted(maps.Keys(rates)) {
		r := rates[currency]
		r.From = "" // it holds on any day: time passes in steps of its own
		e.Rates = append(e.Rates, r)
	}
	return e
}

// steps are the causes in order. The last leaves everything exactly as after.
func (b *blend) steps() []step {
	return []step{
		{BySettings, func() bool { return replace(&b.settings, b.after.Settings) }},
		{ByRates, func() bool { return replace(&b.now.Rates, b.after.Evidence.Rates) }},
		{ByAge, func() bool { return replace(&b.fading, b.after.Evidence.AsOf) }},
		{ByUrgency, b.urgency},
		{ByRevenue, func() bool {
			return replace(&b.now.Accounts, union(b.now.Accounts, b.after.Evidence.Accounts, accountID))
		}},
		{ByDeals, func() bool { return replace(&b.now.Deals, b.after.Evidence.Deals) }},
		{ByStatus, func() bool {
			return replace(&b.now.Features, union(b.now.Features, b.after.Evidence.Features, featureID))
		}},
		{ByMerges, b.merges},
		{ByAsks, func() bool {
			end := b.after.Evidence
			end.AsOf = b.now.AsOf
			return replace(&b.now, end)
		}},
	}
}

// replace reports whether it changed anything.
func replace[T any](to *T, by T) bool {
	if reflect.DeepEqual(*to, by) {
		return false
	}
	*to = by
	return true
}

func accountID(a clamor.Account) clamor.AccountID { return a.ID }
func featureID(f clamor.Feature) clamor.FeatureID { return f.ID }

// union gives those after, and those that are there no more as they were, in order of id.
func union[T any, ID ~string](before, after []T, id func(T) ID) []T {
	there := make(map[ID]bool, len(after))
	for _, x := range after {
		there[id(x)] = true
	}
	all := slices.Clone(after)
	for _, x := range before {
		if !there[id(x)] {
			all = append(all, x)
		}
	}
	return inOrder(all, func(x T) string { return string(id(x)) })
}

// urgency moves the day, and what the urgency of accounts and deals rests on, for those that are on both sides.
func (b *blend) urgency() bool {
	accounts, deals := slices.Clone(b.now.Accounts), slices.Clone(b.now.Deals)
	accountsAfter, dealsAfter := make(map[clamor.AccountID]clamor.Account), make(map[clamor.DealID]clamor.Deal)
	for _, a := range b.after.Evidence.Accounts {
		accountsAfter[a.ID] = a
	}
	for _, d := range b.after.Evidence.Deals {
		dealsAfter[d.ID] = d
	}
	for i := range accounts {
		if after, still := accountsAfter[accounts[i].ID]; still {
			accounts[i].Health, accounts[i].RenewalOn = after.Health, after.RenewalOn
		}
	}
	for i := range deals {
		if after, still := dealsAfter[deals[i].ID]; still {
			deals[i].Probability, deals[i].CloseOn = after.Probability, after.CloseOn
		}
	}
	changed := []bool{replace(&b.today, b.after.Evidence.AsOf), replace(&b.now.Accounts, accounts), replace(&b.now.Deals, deals)}
	return slices.Contains(changed, true)
}

// merges moves the asks that are on both sides to where they stand after.
func (b *blend) merges() bool {
	stands := make(map[clamor.AskID]clamor.FeatureID, len(b.after.Evidence.Asks))
	for _, a := range b.after.Evidence.Asks {
		stands[a.ID] = a.Feature
	}
	asks := slices.Clone(b.now.Asks)
	for i := range asks {
		if feature, still := stands[asks[i].ID]; still {
			asks[i].Feature = feature
		}
	}
	return replace(&b.now.Asks, asks)
}

// scores ranks what is there now.
func (b *blend) scores() (map[clamor.FeatureID]Place, error) {
	g := newGround(b.now)
	g.fading, g.today = b.fading, b.today
	m := b.settings.Shown()
	f, err := g.funds(&m, g.wishes(&m), b.settings.Currency)
	if err != nil {
		return nil, err
	}
	p, err := f.purses(m.Size)
	if err != nil {
		return nil, err
	}
	t := g.tally(&m, p, nil)
	places := make(map[clamor.FeatureID]Place, len(g.features))
	for i := range g.features {
		places[g.features[i].ID] = Place{int(t.rank[i]), t.score[i]}
	}
	return places, nil
}
