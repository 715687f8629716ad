package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// Standing is what one account's wish amounts to on a list.
type Standing struct {
	Feature  clamor.Feature `json:"feature"`
	Rank     int            `json:"rank"`
	Parts    []clamor.Part  `json:"parts"`     // the account's own
	Money    int64          `json:"money"`     // their sum
	OfWishes int64          `json:"of_wishes"` // of all that the account brings to the list, in parts per million
	OfScore  int64          `json:"of_score"`  // of the feature's score, in parts per million
}

// Brief is what an account brings to a list, the largest first: what a rep reads before a call. Features that are no longer
// open are not on a list, and what an account without revenue or deals wishes has no part to show.
func Brief(list clamor.List, account clamor.AccountID) []Standing {
	var all []Standing
	var total int64
	for _, e := range list.Entries {
		s := Standing{Feature: e.Feature, Rank: e.Rank}
		for _, p := range e.Parts {
			if p.Account == account {
				s.Parts = append(s.Parts, p)
				s.Money += p.Contribution
			}
		}
		if s.Parts == nil {
			continue
		}
		s.OfScore = ratio(s.Money, e.Score)
		total += s.Money
		all = append(all, s)
	}
	for i := range all {
		all[i].OfWishes = ratio(all[i].Money, total)
	}
	slices.SortStableFunc(all, func(a, b Standing) int { return cmp.Compare(b.Money, a.Money) })
	return all
}
