package rank

import (
	"slices"

	"clamor"
)

// roots gives each account's place, or with roll-up that of its topmost parent that is known.
func (g *ground) roots(rollUp bool) []int32 {
	root := make([]int32, len(g.accounts))
	for i := range root {
		root[i] = int32(i)
	}
	if !rollUp {
		return root
	}
	place := g.placeByID()
	for i := range root {
		root[i] = g.climb(int32(i), place)
	}
	return root
}

// climb follows the parents up. Accounts that are each other's parents by mistake meet at the first of them.
func (g *ground) climb(account int32, place map[clamor.AccountID]int32) int32 {
	path := []int32{account}
	for {
		up, known := place[g.accounts[account].Parent]
		if !known {
			return account
		}
		if i := slices.Index(path, up); i >= 0 {
			return slices.Min(path[i:])
		}
		path = append(path, up)
		account = up
	}
}

// regrouped gives the live asks by root, then by feature.
func (g *ground) regrouped(root []int32) []row {
	rows := make([]row, len(g.live))
	for i, r := range g.live {
		rows[i] = row{root[r.account], r.feature, r.ask}
	}
	return g.sortRows(rows)
}
