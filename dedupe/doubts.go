package dedupe

import (
	"cmp"
	"context"
	"slices"

	"clamor"
)

// Doubt is an ask that stands where nobody but the deduper put it, and that would be joined to another feature today: later asks,
// rulings or synonyms have made that one closer. It is told to people and never acted on.
type Doubt struct {
	Ask     clamor.AskID     `json:"ask"`
	Feature clamor.FeatureID `json:"feature"` // where it stands, merges followed
	Better  Suggestion       `json:"better"`  // where it rather belongs
	Nearest clamor.AskID     `json:"nearest"` // the ask there that it is closest to

	margin float64
	member uint32 // of Nearest
}

// Doubts decides once more on the latest asks and gives at most limit of those that would be joined elsewhere, the surest first. Asks
// that a person has ruled on, and pairs of features that a person keeps apart, are left alone. It changes nothing.
func (s *Service) Doubts(ctx context.Context, asks, limit int) ([]Doubt, error) {
	var all []Doubt
	for _, id := range s.latest(asks) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if d, ok := s.doubt(id); ok {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b Doubt) int { return cmp.Or(cmp.Compare(b.margin, a.margin), cmp.Compare(a.Ask, b.Ask)) })
	all = clip(all, limit)
	x, _, unlock := s.view()
	defer unlock()
	near := make([]retrial, len(all))
	for i, d := range all {
		near[i].nearest = d.member
	}
	names := x.named(near)
	for i := range all {
		all[i].Nearest = names[all[i].member]
	}
	return all, nil
}

func (s *Service) doubt(id clamor.AskID) (Doubt, bool) {
	x, rules, unlock := s.view()
	defer unlock()
	m, known := x.asks[id]
	if !known || rules.ruled[id] || x.members[m].feature == noFeature {
		return Doubt{}, false
	}
	own := x.rootOf(x.members[m].feature, rules.root)
	q := x.queryOfMember(m)
	hits := x.group(slices.DeleteFunc(x.near(q, x.forPlacing()), func(n near) bool { return n.member == m }), rules.root)
	if len(hits) == 0 {
		return Doubt{}, false
	}
	bar := x.bar()
	best, safety := x.safest(q, hits, crowd(hits), bar)
	d := Doubt{Ask: id, Feature: x.features[own].id, margin: safety - bar}
	if safety < bar || best.feature == own || rules.apartFrom(d.Feature)[x.features[best.feature].id] {
		return Doubt{}, false
	}
	d.Better, d.member = x.suggestion(q, best), best.nearest
	return d, true
}
