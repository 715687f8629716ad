package rank

import (
	"cmp"
	"slices"
	"strings"

	"clamor"
)

// Cause is why a feature's score differs between two lists.
type Cause string

// The causes, in the order in which Diff lets them happen.
const (
	BySettings Cause = "settings" // another scenario, or other settings
	ByRates    Cause = "rates"    // other exchange rates
	ByAge      Cause = "age"      // asks faded as days went by
	ByUrgency  Cause = "urgency"  // health, renewal, probability or close changed, or came nearer
	ByRevenue  Cause = "arr"      // ARR, lifecycle, segment or parent changed
	ByDeals    Cause = "deals"    // deals were opened, won or lost, or changed their amount
	ByStatus   Cause = "status"   // features were shipped, refused or opened again, and their money went elsewhere
	ByMerges   Cause = "merges"   // asks stand elsewhere: features were merged or split, asks moved
	ByAsks     Cause = "asks"     // asks came, changed, or were found to be none
)

// Causes lists them all, in the order in which Diff lets them happen.
func Causes() []Cause {
	return []Cause{BySettings, ByRates, ByAge, ByUrgency, ByRevenue, ByDeals, ByStatus, ByMerges, ByAsks}
}

// Snapshot is what a list is computed from.
type Snapshot struct {
	Evidence clamor.Evidence
	Settings Settings
}

// Place is where a feature stands on a list.
type Place struct {
	Rank  int   `json:"rank"`
	Score int64 `json:"score"`
}

// Effect is how much money a cause brought a feature, or took from it.
type Effect struct {
	Cause Cause `json:"cause"`
	Money int64 `json:"money"`
}

// Change is what became of one feature between two lists.
type Change struct {
	Feature clamor.Feature `json:"feature"`          // as it is after, or was before where it is gone
	Before  *Place         `json:"before,omitempty"` // nil: not on that list
	After   *Place         `json:"after,omitempty"`
	Money   int64          `json:"money"`             // score after less score before
	Effects []Effect       `json:"effects,omitempty"` // those that are not zero; they add up to Money
}

// Diff tells two lists apart: every feature on either, in the order of the later list and then of the earlier, with what
// caused its change of score.
//
// The causes are told apart by letting them happen one after the other, in the order of the constants, from all as before
// to all as after, and ranking each time; a cause's effect is what the scores change when it happens. So the effects
// add up to the change by construction, for every feature, whatever the two lists are. Where causes work together (a new ask of an
// account whose ARR has grown), the later one gets what they do together.
func Diff(before, after Snapshot) ([]Change, error) {
	for _, s := range []Snapshot{before, after} {
		if err := s.Settings.Validate(); err != nil {
			return nil, err
		}
	}
	if a, b := before.Settings.Currency, after.Settings.Currency; a != b {
		return nil, clamor.Errorf(clamor.Invalid, "a list in %s and one in %s cannot be compared: rank one of them in the other's currency", a, b)
	}
	b := newBlend(before, after)
	changes := make(map[clamor.FeatureID]*Change)
	last, err := b.scores()
	if err != nil {
		return nil, err
	}
	for f, place := range last {
		changes[f] = &Change{Before: &place, Money: -place.Score}
	}
	for _, step := range b.steps() {
		if !step.happen() {
			continue
		}
		next, err := b.scores()
		if err != nil {
			return nil, err
		}
		attribute(changes, step.cause, last, next)
		last = next
	}
	for f, place := range last {
		changes[f].After = &place
		changes[f].Money += place.Score
	}
	return inListOrder(changes, before.Evidence.Features, after.Evidence.Features), nil
}

// attribute adds a cause's effect to every feature whose score it changed.
func attribute(changes map[clamor.FeatureID]*Change, cause Cause, last, next map[clamor.FeatureID]Place) {
	add := func(f clamor.FeatureID) {
		c := changes[f]
		if c == nil {
			c = &Change{}
			changes[f] = c
		}
		if money := next[f].Score - last[f].Score; money != 0 {
			c.Effects = append(c.Effects, Effect{cause, money})
		}
	}
	for f := range next {
		add(f)
	}
	for f := range last {
		if _, still := next[f]; !still {
			add(f)
		}
	}
}

// inListOrder drops what is on neither list, and sorts.
func inListOrder(changes map[clamor.FeatureID]*Change, before, after []clamor.Feature) []Change {
	for _, features := range [][]clamor.Feature{before, after} {
		for _, f := range features {
			if c := changes[f.ID]; c != nil {
				c.Feature = f
			}
		}
	}
	all := make([]Change, 0, len(changes))
	for _, c := range changes {
		if c.Before != nil || c.After != nil {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b Change) int {
		switch {
		case (a.After == nil) != (b.After == nil):
			if a.After != nil {
				return -1
			}
			return 1
		case a.After != nil:
			return cmp.Compare(a.After.Rank, b.After.Rank)
		case a.Before.Rank != b.Before.Rank:
			return cmp.Compare(a.Before.Rank, b.Before.Rank)
		}
		return strings.Compare(string(a.Feature.ID), string(b.Feature.ID))
	})
	return all
}
