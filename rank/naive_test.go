package rank_test

import (
	"math"
	"math/big"
	"slices"
	"sort"

	"clamor"
	"clamor/rank"
)

// naive computes scores a second time, in the plainest way: maps, loops and rationals, and nothing of the package's code
// but its settings. It knows no parts, notices or ranks.
type naive struct {
	e        clamor.Evidence
	s        rank.Settings
	m        rank.Model
	accounts map[clamor.AccountID]clamor.Account
	open     map[clamor.FeatureID]clamor.Feature
}

// naivePurse is money with the account (or family) whose wishes it serves.
type naivePurse struct {
	group   clamor.AccountID
	account clamor.Account
	grow    bool
	real    bool // revenue or a deal, not the voice of an account without money
	counted *big.Rat
	urgency int64
}

// naiveScore is what a feature gets.
type naiveScore struct {
	Keep, Grow, Full int64
	Accounts         int
}

func newNaive(e clamor.Evidence, s rank.Settings) *naive {
	n := &naive{e, s, s.Shown(), make(map[clamor.AccountID]clamor.Account), make(map[clamor.FeatureID]clamor.Feature)}
	for _, a := range e.Accounts {
		n.accounts[a.ID] = a
	}
	for _, f := range e.Features {
		if f.Status.Open() {
			n.open[f.ID] = f
		}
	}
	return n
}

func (n *naive) family(id clamor.AccountID) clamor.AccountID {
	if !n.m.RollUp {
		return id
	}
	seen := []clamor.AccountID{id}
	for {
		parent := n.accounts[id].Parent
		if _, known := n.accounts[parent]; !known {
			return id
		}
		if i := slices.Index(seen, parent); i >= 0 {
			return slices.Min(seen[i:])
		}
		seen = append(seen, parent)
		id = parent
	}
}

func (n *naive) strengths() map[clamor.AccountID]map[clamor.FeatureID]int64 {
	all := make(map[clamor.AccountID]map[clamor.FeatureID]int64)
	weights := map[clamor.Priority]int64{clamor.Blocker: n.m.Weights.Blocker, clamor.Important: n.m.Weights.Important,
		clamor.Nice: n.m.Weights.Nice, "": n.m.Weights.Unset}
	for _, a := range n.e.Asks {
		if _, open := n.open[a.Feature]; !open || a.On > n.e.AsOf || weights[a.Priority] == 0 {
			continue
		}
		decay := 1e6
		if n.m.HalfLifeDays > 0 {
			age := n.e.AsOf.Time().Sub(a.On.Time()).Hours() / 24
			decay = max(1, math.Floor(1e6*math.Pow(2, -age/float64(n.m.HalfLifeDays))+0.5))
		}
		strength := max(1, roundRat(new(big.Rat).SetFrac64(weights[a.Priority]*int64(decay), 1_000_000)))
		group := n.family(a.Account)
		if all[group] == nil {
			all[group] = make(map[clamor.FeatureID]int64)
		}
		all[group][a.Feature] = max(all[group][a.Feature], strength)
	}
	return all
}

func roundRat(r *big.Rat) int64 {
	r = new(big.Rat).Add(r, big.NewRat(1, 2))
	return new(big.Int).Div(r.Num(), r.Denom()).Int64()
}

// money is an amount in the list's currency, nil if that is unknown.
func (n *naive) money(m *clamor.Money) *int64 {
	if m == nil {
		return nil
	}
	units := map[string]int64{"USD": 100, "EUR": 100, "JPY": 1, "CHF": 100}
	var best *clamor.Rate
	for i, r := range n.e.Rates {
		if r.Currency == m.Currency && r.From <= n.e.AsOf && (best == nil || r.From > best.From) {
			best = &n.e.Rates[i]
		}
	}
	minor := m.Minor
	if m.Currency != n.s.Currency {
		if best == nil {
			return nil
		}
		r := big.NewRat(m.Minor, units[m.Currency])
		r.Mul(r, big.NewRat(best.PPM, 1_000_000))
		minor = roundRat(r.Mul(r, big.NewRat(units[n.s.Currency], 1)))
	}
	return &minor
}

func (n *naive) keeps(a clamor.Account) bool {
	unknownOrSome := a.ARR == nil || a.ARR.Minor > 0
	return a.Lifecycle == clamor.Customer || a.Lifecycle == "" && unknownOrSome || a.Lifecycle == clamor.Churned && n.m.Recovery.Churned > 0
}

func (n *naive) median(segment string, any bool) *int64 {
	var known []int64
	for _, a := range n.e.Accounts {
		if arr := n.money(a.ARR); arr != nil && n.keeps(a) && a.Lifecycle != clamor.Churned && (any || a.Segment == segment) {
			known = append(known, *arr)
		}
	}
	if len(known) == 0 || segment == "" && !any {
		return nil
	}
	slices.Sort(known)
	m := (known[(len(known)-1)/2] + known[len(known)/2]) / 2
	return &m
}

func (n *naive) revenue(a clamor.Account, group clamor.AccountID) *int64 {
	if arr := n.money(a.ARR); arr != nil {
		return arr
	}
	for _, other := range n.e.Accounts { // of a family without any known revenue, the first member is estimated
		if n.m.RollUp && n.keeps(other) && n.family(other.ID) == group && (n.money(other.ARR) != nil || other.ID < a.ID) {
			return nil
		}
	}
	zero := int64(0)
	for _, m := range []*int64{n.median(a.Segment, false), n.median("", true), &zero} {
		if m != nil {
			return m
		}
	}
	return nil
}

func (n *naive) keepUrgency(a clamor.Account) int64 {
	f := map[clamor.Health]rank.Factors{"": n.m.Keep.Green, clamor.Green: n.m.Keep.Green, clamor.Yellow: n.m.Keep.Yellow, clamor.Red: n.m.Keep.Red}[a.Health]
	return byDay(f, n.m.Keep.Window, n.e.AsOf, a.RenewalOn)
}

func (n *naive) growUrgency(d clamor.Deal) int64 {
	f := n.m.Grow.Likely
	if d.Probability != nil && *d.Probability < 61 {
		f = n.m.Grow.Possible
	}
	if d.Probability != nil && *d.Probability < 40 {
		f = n.m.Grow.Unlikely
	}
	return byDay(f, n.m.Grow.Window, n.e.AsOf, d.CloseOn)
}

func byDay(f rank.Factors, w rank.Window, from, to clamor.Date) int64 {
	days := to.Time().Sub(from.Time()).Hours() / 24
	switch {
	case to == "" || days > float64(w.FarOver):
		return f.Far
	case days >= float64(w.NearUnder):
		return f.Middle
	}
	return f.Near
}

func (n *naive) purses(asking map[clamor.AccountID]map[clamor.FeatureID]int64) (all []*naivePurse, counted map[clamor.AccountID]bool) {
	counted = make(map[clamor.AccountID]bool)
	part := func(minor int64, recovery int64) *big.Rat {
		return big.NewRat(roundRat(new(big.Rat).Mul(big.NewRat(minor, 1), big.NewRat(recovery, 1_000_000))), 1)
	}
	for _, a := range n.e.Accounts {
		group := n.family(a.ID)
		if len(asking[group]) == 0 {
			continue
		}
		before := len(all)
		if n.keeps(a) {
			recovery := int64(1_000_000)
			if a.Lifecycle == clamor.Churned {
				recovery = n.m.Recovery.Churned
			}
			if arr := n.revenue(a, group); arr != nil {
				all = append(all, &naivePurse{group, a, false, true, part(*arr, recovery), n.keepUrgency(a)})
			}
		}
		for _, d := range n.e.Deals {
			recovery := map[clamor.DealStatus]int64{clamor.DealOpen: 1_000_000, clamor.DealLost: n.m.Recovery.LostDeals}[d.Status]
			if amount := n.money(d.Amount); d.Account == a.ID && amount != nil && recovery > 0 {
				all = append(all, &naivePurse{group, a, true, true, part(*amount, recovery), n.growUrgency(d)})
			}
		}
		if a.Lifecycle != clamor.Churned || len(all) > before {
			counted[group] = true
		}
	}
	return all, counted
}

// resize shifts money between the groups by their sizes.
func (n *naive) resize(all []*naivePurse, counted map[clamor.AccountID]bool) []*naivePurse {
	if n.m.Size == rank.Revenue {
		return all
	}
	total := new(big.Rat)
	sums := make(map[clamor.AccountID]*big.Rat)
	for _, p := range all {
		if sums[p.group] == nil {
			sums[p.group] = new(big.Rat)
		}
		sums[p.group].Add(sums[p.group], p.counted)
		total.Add(total, p.counted)
	}
	for group := range counted {
		if sums[group] == nil && n.m.Size == rank.Breadth {
			sums[group] = new(big.Rat)
			all = append(all, &naivePurse{group, clamor.Account{ID: group}, true, false, new(big.Rat), 1_000_000})
		}
	}
	var groups []string
	for group := range sums {
		groups = append(groups, string(group))
	}
	sort.Strings(groups)
	var sizes []*big.Int
	for _, group := range groups {
		sizes = append(sizes, n.size(clamor.AccountID(group), sums[clamor.AccountID(group)], all))
	}
	for i, share := range apportion(total.Num(), sizes) {
		var own []*naivePurse
		var old []*big.Int
		for _, p := range all {
			if string(p.group) == groups[i] {
				own, old = append(own, p), append(old, p.counted.Num())
			}
		}
		for k, minor := range apportion(share, old) {
			own[k].counted = new(big.Rat).SetInt(minor)
		}
	}
	return all
}

func (n *naive) size(group clamor.AccountID, sum *big.Rat, all []*naivePurse) *big.Int {
	if n.m.Size == rank.Balanced {
		return new(big.Int).Sqrt(new(big.Int).Mul(sum.Num(), big.NewInt(1<<20)))
	}
	for _, p := range all {
		if p.group == group && (p.grow || p.account.Lifecycle != clamor.Churned) {
			return big.NewInt(1_000_000)
		}
	}
	return big.NewInt(n.m.Recovery.Churned)
}

// apportion gives everybody the exact share rounded down, and then one each to the largest remainders.
func apportion(total *big.Int, weights []*big.Int) []*big.Int {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	shares, rests := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	left := new(big.Int).Set(total)
	for i, w := range weights {
		if sum.Sign() == 0 {
			w = big.NewInt(1)
		}
		whole := sum
		if sum.Sign() == 0 {
			whole = big.NewInt(int64(len(weights)))
		}
		shares[i], rests[i] = new(big.Int).QuoRem(new(big.Int).Mul(total, w), whole, new(big.Int))
		left.Sub(left, shares[i])
	}
	for ; left.Sign() > 0; left.Sub(left, big.NewInt(1)) {
		best := 0
		for i := range rests {
			if rests[i].Cmp(rests[best]) > 0 {
				best = i
			}
		}
		shares[best].Add(shares[best], big.NewInt(1))
		rests[best] = big.NewInt(-1)
	}
	return shares
}

// scores computes every open feature's money.
func (n *naive) scores() map[clamor.FeatureID]naiveScore {
	asking := n.strengths()
	purses, counted := n.purses(asking)
	scores := make(map[clamor.FeatureID]naiveScore)
	for group := range counted {
		for f := range asking[group] {
			s := scores[f]
			s.Accounts++
			scores[f] = s
		}
	}
	for _, p := range n.resize(purses, counted) {
		var features []clamor.FeatureID
		for f := range asking[p.group] {
			features = append(features, f)
		}
		slices.SortFunc(features, func(a, b clamor.FeatureID) int { // the older first, then by id
			if c := n.open[a].CreatedAt.Compare(n.open[b].CreatedAt); c != 0 {
				return c
			}
			return map[bool]int{true: -1, false: 1}[a < b]
		})
		var strengths []*big.Int
		for _, f := range features {
			strengths = append(strengths, big.NewInt(asking[p.group][f]))
		}
		due := roundRat(new(big.Rat).Mul(p.counted, big.NewRat(p.urgency, 1_000_000)))
		for i, share := range apportion(big.NewInt(due), strengths) {
			s := scores[features[i]]
			money := share.Int64()
			if n.m.Sharing == rank.Full {
				money = due
			}
			if p.grow {
				s.Grow += money
			} else {
				s.Keep += money
			}
			s.Full += due
			scores[features[i]] = s
		}
	}
	return scores
}
