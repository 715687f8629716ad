package dedupe

import (
	"context"
	"math"
	"slices"

	"clamor"
)

// Trial is what one setting of Options.Caution would do to the asks of this workspace.
type Trial struct {
	Caution float64 `json:"caution"`
	Asks    int     `json:"asks"`   // tried: the latest ones
	Joins   int     `json:"joins"`  // of them, how many would join a feature unasked
	Adds    int     `json:"adds"`   // would join another feature than the one they stand in
	Breaks  int     `json:"breaks"` // stand together with others and would stand alone

	// The same for the asks that a person has ruled on.
	Right  int `json:"right"`  // would join the feature where the person has them
	Wrong  int `json:"wrong"`  // would join another one
	Missed int `json:"missed"` // would not join the others that the person has them with
}

// Lab tries settings of Options.Caution on the latest asks, each as if it came in now and everything else were there
// already. It changes nothing.
func (s *Service) Lab(ctx context.Context, cautions []float64, asks int) ([]Trial, error) {
	trials := make([]Trial, len(cautions))
	for i, c := range cautions {
		trials[i] = Trial{Caution: c}
	}
	for _, id := range s.latest(asks) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if t, ok := s.retry(id); ok {
			for i := range trials {
				trials[i].count(t)
			}
		}
	}
	return trials, nil
}

// latest gives the asks added last, the oldest of them first.
func (s *Service) latest(n int) []clamor.AskID {
	x, _, unlock := s.view()
	defer unlock()
	type added struct {
		member uint32
		id     clamor.AskID
	}
	all := make([]added, 0, len(x.asks))
	for id, m := range x.asks {
		all = append(all, added{m, id})
	}
	slices.SortFunc(all, func(a, b added) int { return int(a.member) - int(b.member) })
	var out []clamor.AskID
	for _, a := range all[max(0, len(all)-n):] {
		out = append(out, a.id)
	}
	return out
}

// retrial is an ask decided on once more.
type retrial struct {
	margin float64 // how far the safest join lies above the bar of caution 0
	found  bool
	same   bool // that join is to where the ask stands
	alone  bool // the ask stands alone
	ruled  bool
}

func (s *Service) retry(id clamor.AskID) (retrial, bool) {
	x, rules, unlock := s.view()
	defer unlock()
	m, ok := x.asks[id]
	if !ok {
		return retrial{}, false
	}
	own := x.rootOf(x.members[m].feature, rules.root)
	t := retrial{alone: len(x.membersOf(x.features[own].id, rules)) == 1, ruled: rules.ruled[id]}
	q := x.queryOfMember(m)
	found := slices.DeleteFunc(x.near(q, x.forPlacing()), func(n near) bool { return n.member == m })
	if hits := x.group(found, rules.root); len(hits) > 0 {
		best, safety := x.safest(q, hits, crowd(hits), math.Inf(-1))
		t.found, t.same, t.margin = true, best.feature == own, safety-x.bar()+x.options.Caution
	}
	return t, true
}

func (t *Trial) count(r retrial) {
	t.Asks++
	joins := r.found && r.margin >= t.Caution
	add := func(n *int, when bool) {
		if when {
			*n++
		}
	}
	add(&t.Joins, joins)
	add(&t.Adds, joins && !r.same)
	add(&t.Breaks, !joins && !r.alone)
	add(&t.Right, r.ruled && joins && r.same)
	add(&t.Wrong, r.ruled && joins && !r.same)
	add(&t.Missed, r.ruled && !joins && !r.alone)
}
