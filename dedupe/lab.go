package dedupe

import (
	"cmp"
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
	Shared int `json:"shared"` // stand with others; the same for every setting
}

// Changed is an ask on which two settings decide differently.
type Changed struct {
	Ask     clamor.AskID     `json:"ask"`
	Feature clamor.FeatureID `json:"feature"` // where it stands
	Joins   bool             `json:"joins"`   // by the other setting; else it would stand alone
	Better  Suggestion       `json:"better"`  // the feature that it would join, or would not join any more
	Nearest clamor.AskID     `json:"nearest"` // the ask there that it is closest to
	Margin  float64          `json:"margin"`  // the caution up to which it joins
	Ruled   bool             `json:"ruled"`   // a person has said where it belongs
}

// Experiment is what the lab finds in one look.
type Experiment struct {
	Caution float64   `json:"caution"` // as it is set now
	Trials  []Trial   `json:"trials"`
	Changes []Changed `json:"changes"` // by the caution asked for beside the one that is set, the narrowest first
}

// Lab tries settings of Options.Caution on the latest asks, each as if it came in now and everything else were there
// already, and gives at most limit of the asks on which another setting would decide differently. It changes nothing.
func (s *Service) Lab(ctx context.Context, cautions []float64, other float64, asks, limit int) (Experiment, error) {
	x, _, unlock := s.view()
	e := Experiment{Caution: x.options.Caution, Trials: make([]Trial, len(cautions))}
	unlock()
	for i, c := range cautions {
		e.Trials[i] = Trial{Caution: c}
	}
	var differ []retrial
	for _, id := range s.latest(asks) {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		t, ok := s.retry(id)
		if !ok {
			continue
		}
		for i := range e.Trials {
			e.Trials[i].count(t)
		}
		if joins := t.joined(other); joins != t.joined(e.Caution) && (!t.same || !joins && !t.alone) {
			differ = append(differ, t)
		}
	}
	slices.SortFunc(differ, func(a, b retrial) int {
		return cmp.Or(cmp.Compare(math.Abs(a.margin-e.Caution), math.Abs(b.margin-e.Caution)), cmp.Compare(a.ask, b.ask))
	})
	e.Changes = s.explainAll(clip(differ, limit), other)
	return e, nil
}

// explainAll says why asks are close to where a setting would put them.
func (s *Service) explainAll(all []retrial, caution float64) []Changed {
	x, rules, unlock := s.view()
	defer unlock()
	names := x.named(all)
	changed := make([]Changed, 0, len(all))
	for _, t := range all {
		if now, q, ok := x.retry(t.ask, rules); ok && now.found {
			changed = append(changed, x.changed(now, q, now.joined(caution), names))
		}
	}
	return changed
}

func (x *index) changed(t retrial, q query, joins bool, names map[uint32]clamor.AskID) Changed {
	return Changed{Ask: t.ask, Feature: t.stands, Joins: joins, Better: x.suggestion(q, t.best),
		Nearest: names[t.nearest], Margin: round(t.margin), Ruled: t.ruled}
}

// named finds the asks that the nearest members are.
func (x *index) named(all []retrial) map[uint32]clamor.AskID {
	names := make(map[uint32]clamor.AskID, len(all))
	for _, t := range all {
		names[t.nearest] = ""
	}
	for id, m := range x.asks {
		if _, wanted := names[m]; wanted {
			names[m] = id
		}
	}
	return names
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
	ask     clamor.AskID
	stands  clamor.FeatureID
	joins   clamor.FeatureID // where the safest join leads
	best    hit
	nearest uint32  // the member there that is closest
	margin  float64 // the caution up to which it joins
	found   bool
	same    bool // that join is to where the ask stands
	alone   bool // the ask stands alone
	ruled   bool
}

func (s *Service) retry(id clamor.AskID) (retrial, bool) {
	x, rules, unlock := s.view()
	defer unlock()
	t, _, ok := x.retry(id, rules)
	return t, ok
}

// retry decides on an ask as if it came in now and all others were there already.
func (x *index) retry(id clamor.AskID, rules *rulebook) (retrial, query, bool) {
	m, ok := x.asks[id]
	if !ok || x.members[m].feature == noFeature {
		return retrial{}, query{}, false
	}
	own := x.rootOf(x.members[m].feature, rules.root)
	t := retrial{ask: id, stands: x.features[own].id, alone: len(x.membersOf(x.features[own].id, rules)) == 1, ruled: rules.ruled[id]}
	q := x.queryOfMember(m)
	found := slices.DeleteFunc(x.near(q, x.forPlacing()), func(n near) bool { return n.member == m })
	if hits := x.group(found, rules.root); len(hits) > 0 {
		best, safety := x.safest(q, hits, crowd(hits), math.Inf(-1))
		t.found, t.same, t.margin = true, best.feature == own, safety-x.bar()+x.options.Caution
		t.joins, t.best, t.nearest = x.features[best.feature].id, best, best.nearest
	}
	return t, q, true
}

func (r retrial) joined(caution float64) bool { return r.found && r.margin >= caution }

func (t *Trial) count(r retrial) {
	t.Asks++
	joins := r.joined(t.Caution)
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
	add(&t.Shared, r.ruled && !r.alone)
}
