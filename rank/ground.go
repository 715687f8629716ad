package rank

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"clamor"
)

// ground is the evidence by small numbers: a feature, account or deal is its place in a slice. The places are the
// tie-breaks too: features stand oldest first, then by id; accounts by id; deals by account, then by id.
type ground struct {
	asOf      clamor.Date // asks up to it count
	fading    clamor.Date // the day until which asks age; asOf but in a diff
	today     clamor.Date // the day from which renewals and closes are far or near; asOf but in a diff
	features  []clamor.Feature
	accounts  []clamor.Account
	deals     []clamor.Deal
	dealsFrom []int32 // by account: where its deals begin; one longer than accounts
	rates     []clamor.Rate
	asks      []clamor.EvidenceAsk
	live      []row         // by account, then by feature
	count     []int32       // by feature: live asks
	fresh     []int32       // by feature: live asks of the quarter
	oldest    []clamor.Date // by feature: the day of its first live ask
	newest    []clamor.Date // and of its last
}

// row is one live ask.
type row struct{ account, feature, ask int32 }

// nowhere is the place of what is not there.
const nowhere = -1

func newGround(e clamor.Evidence) *ground {
	g := &ground{asOf: e.AsOf, fading: e.AsOf, today: e.AsOf, rates: e.Rates, asks: e.Asks}
	g.accounts = slices.Clone(e.Accounts)
	rows := g.resolve(e)
	features := g.placeFeatures(e.Features, rows)
	accounts := g.placeAccounts()
	for i := range rows {
		rows[i].feature, rows[i].account = features[rows[i].feature], accounts[rows[i].account]
	}
	g.placeDeals(e.Deals)
	g.placeAsks(e.From, rows)
	return g
}

// resolve finds the live asks, with feature and account still by their place in the evidence. Looking up the ids is
// most of the work for large evidence, so all processors share it.
func (g *ground) resolve(e clamor.Evidence) []row {
	features := make(map[clamor.FeatureID]int32, len(e.Features))
	for i := range e.Features {
		if e.Features[i].Status.Open() {
			features[e.Features[i].ID] = int32(i)
		}
	}
	accounts := make(map[clamor.AccountID]int32, len(e.Accounts))
	for i := range e.Accounts {
		accounts[e.Accounts[i].ID] = int32(i)
	}
	rows := make([]row, len(e.Asks))
	inStretches(len(rows), func(from, to int) {
		for i := from; i < to; i++ {
			rows[i] = g.lookUp(int32(i), features, accounts)
		}
	})
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.feature == nowhere })
	for i := range rows {
		if rows[i].account == nowhere {
			rows[i].account = g.addAccount(g.asks[rows[i].ask].Account, accounts)
		}
	}
	return rows
}

// inStretches has every processor work on a stretch of n things.
func inStretches(n int, work func(from, to int)) {
	stretch := n/runtime.GOMAXPROCS(0) + 1
	var all sync.WaitGroup
	for from := 0; from < n; from += stretch {
		all.Go(func() { work(from, min(from+stretch, n)) })
	}
	all.Wait()
}

func (g *ground) lookUp(ask int32, features map[clamor.FeatureID]int32, accounts map[clamor.AccountID]int32) row {
	a := &g.asks[ask]
	feature, open := features[a.Feature]
	if !open || a.On > g.asOf {
		return row{nowhere, nowhere, ask}
	}
	account, known := accounts[a.Account]
	if !known {
		account = nowhere
	}
	return row{account, feature, ask}
}

// addAccount makes an account without facts for one that asks and that nobody described.
func (g *ground) addAccount(id clamor.AccountID, accounts map[clamor.AccountID]int32) int32 {
	place, known := accounts[id]
	if !known {
		place = int32(len(g.accounts))
		accounts[id] = place
		g.accounts = append(g.accounts, clamor.Account{ID: id})
	}
	return place
}

// placeFeatures keeps the features that are asked for, and tells where each of the evidence's went.
func (g *ground) placeFeatures(all []clamor.Feature, rows []row) []int32 {
	place := make([]int32, len(all))
	var asked []int32
	for _, r := range rows {
		if place[r.feature] == 0 {
			place[r.feature] = 1
			asked = append(asked, r.feature)
		}
	}
	slices.SortFunc(asked, func(a, b int32) int {
		if c := all[a].CreatedAt.Compare(all[b].CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(all[a].ID), string(all[b].ID))
	})
	g.features = make([]clamor.Feature, len(asked))
	for i, f := range asked {
		g.features[i], place[f] = all[f], int32(i)
	}
	return place
}

// placeAccounts sorts the accounts by id, and tells where each went.
func (g *ground) placeAccounts() []int32 {
	order := make([]int32, len(g.accounts))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(string(g.accounts[a].ID), string(g.accounts[b].ID)) })
	place, sorted := make([]int32, len(order)), make([]clamor.Account, len(order))
	for i, a := range order {
		place[a], sorted[i] = int32(i), g.accounts[a]
	}
	g.accounts = sorted
	return place
}

func (g *ground) placeDeals(all []clamor.Deal) {
	place := g.placeByID()
	g.dealsFrom = make([]int32, len(g.accounts)+1)
	for i := range all {
		if a, known := place[all[i].Account]; known {
			g.deals = append(g.deals, all[i])
			g.dealsFrom[a+1]++
		}
	}
	slices.SortFunc(g.deals, func(a, b clamor.Deal) int {
		if c := strings.Compare(string(a.Account), string(b.Account)); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	sumUp(g.dealsFrom)
}

func (g *ground) placeByID() map[clamor.AccountID]int32 {
	place := make(map[clamor.AccountID]int32, len(g.accounts))
	for i := range g.accounts {
		place[g.accounts[i].ID] = int32(i)
	}
	return place
}

// placeAsks sorts the live asks by feature and then stably by account.
func (g *ground) placeAsks(from clamor.Date, rows []row) {
	g.count = make([]int32, len(g.features))
	g.fresh = make([]int32, len(g.features))
	g.oldest = make([]clamor.Date, len(g.features))
	g.newest = make([]clamor.Date, len(g.features))
	for _, r := range rows {
		f, on := r.feature, g.asks[r.ask].On
		g.count[f]++
		if from != "" && on >= from {
			g.fresh[f]++
		}
		if g.oldest[f] == "" || on < g.oldest[f] {
			g.oldest[f] = on
		}
		g.newest[f] = max(g.newest[f], on)
	}
	g.live = g.sortRows(rows)
}

// sortRows sorts by account, then by feature, by counting: linear, as there may be millions.
func (g *ground) sortRows(rows []row) []row {
	byFeature := make([]row, len(rows))
	from := make([]int32, len(g.features)+1)
	for i := range rows {
		from[rows[i].feature+1]++
	}
	sumUp(from)
	for _, r := range rows {
		byFeature[from[r.feature]] = r
		from[r.feature]++
	}
	byAccount := make([]row, len(rows))
	from = make([]int32, len(g.accounts)+1)
	for i := range rows {
		from[rows[i].account+1]++
	}
	sumUp(from)
	for _, r := range byFeature {
		byAccount[from[r.account]] = r
		from[r.account]++
	}
	return byAccount
}

// sumUp turns counts into the places where each begins.
func sumUp(counts []int32) {
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
}
