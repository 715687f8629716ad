package dedupe

import (
	"cmp"
	"math"
	"slices"

	"clamor"
)

// nearestMembers is how many of a feature's members its score is the mean of.
const nearestMembers = 2

// sizeWeight is what the logarithm of a feature's size counts: what many ask for is likelier asked for again.
const sizeWeight = 0.02

// roots follows merges: it gives the feature that a feature is finally merged into, or itself.
type roots func(clamor.FeatureID) clamor.FeatureID

// hit is a feature close to a query.
type hit struct {
	feature  int32   // merges followed
	nearest  uint32  // member
	closest  float64 // similarity of that member
	evidence float64
	score    float64 // mean similarity of the nearest members
}

// nearest gives the features closest to a query, best first.
func (x *index) nearest(q query, far reach, root roots) []hit { return x.group(x.near(q, far), root) }

// group gathers members by feature.
func (x *index) group(found []near, root roots) []hit {
	var hits []hit
	var counts []int
	for _, n := range found {
		f := x.rootOf(x.members[n.member].feature, root)
		at := slices.IndexFunc(hits, func(h hit) bool { return h.feature == f })
		if at < 0 {
			at = len(hits)
			hits, counts = append(hits, hit{feature: f, nearest: n.member, closest: n.alike, evidence: n.evidence}), append(counts, 0)
		}
		if counts[at] < nearestMembers {
			hits[at].score += n.score
			counts[at]++
		}
	}
	for i, h := range hits {
		size := len(x.features[h.feature].members)
		mean := h.score / float64(min(nearestMembers, max(counts[i], size)))
		hits[i].score = round(max(0, min(1, mean+sizeWeight*math.Log(float64(max(1, size))))))
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(x.features[a.feature].id, x.features[b.feature].id))
	})
	return hits
}

func (x *index) rootOf(f int32, root roots) int32 {
	if root == nil {
		return f
	}
	if r, ok := x.byID[root(x.features[f].id)]; ok {
		return r
	}
	return f
}

// closeScore is the similarity to another feature from which an ask that founds one of its own is worth a person's look.
const closeScore = 0.3

// decision is what becomes of an ask: feature is "" where it founds one.
type decision struct {
	feature clamor.FeatureID
	score   float64 // similarity to the feature joined, or else to the nearest one
	terms   []clamor.Term
	hits    []hit
}

// examined is how many of the nearest features are compared word by word.
const examined = 6

// decide finds the features close to a text and joins it to one where that is safe.
func (x *index) decide(r reading, root roots) decision {
	q := x.queryOf(r)
	d := decision{hits: x.nearest(q, x.forPlacing(), root)}
	if len(d.hits) == 0 {
		return d
	}
	bar := x.bar()
	best, safety := x.safest(q, d.hits, crowd(d.hits), bar)
	joins := safety >= bar
	if !joins {
		best = d.hits[0]
	}
	d.score = best.score
	d.terms, _, _ = x.explain(q, best.nearest)
	if joins {
		d.feature = x.features[x.members[best.nearest].feature].id
	}
	return d
}

// safest gives the feature among the nearest that is safest to join. Titles are not compared where even equal ones would stay below the
// floor.
func (x *index) safest(q query, hits []hit, crowd, floor float64) (best hit, safety float64) {
	own := x.sideOf(q)
	floor -= safeWords * math.Log(float64(1+q.words))
	best, safety = hits[0], math.Inf(-1)
	for i, h := range clip(hits, examined) {
		s := x.safety(h, crowd) + safeLead*lead(hits, i)
		late := safeLate * x.late(h.nearest, safeLateFloor)
		if s+safeCover+max(0, late) < max(floor, safety) {
			continue
		}
		if s = round(s + x.safetyOfTitles(own, h.nearest, late)); s > safety {
			best, safety = h, s
		}
	}
	return best, safety + safeWords*math.Log(float64(1+q.words))
}

// lead is how far a feature lies before the next one, or behind the first.
func lead(hits []hit, i int) float64 {
	rival := 0.0
	switch {
	case i > 0:
		rival = hits[0].score
	case len(hits) > 1:
		rival = hits[1].score
	}
	return max(-mostLead/2, min(mostLead, hits[i].score-rival))
}

// Weights of what makes a join safe, measured on all sets together: README.md says what each gives.
const (
	safeCover      = 0.6
	safeSimilarity = 0.4
	safeEvidence   = 0.03
	safeLead       = 0.2
	mostLead       = 0.4
	safeLate       = 0.03
	safeLateFloor  = 0.01
	safeWords      = 0.01 // times the logarithm of the number of words: the more there was to differ in, the more agreeing says
	usualEvidence  = 10.  // weight of telling words shared by two everyday texts
	crowdPenalty   = 0.5
	slotPenalty    = 0.5
	exactPenalty   = 0.1 // where one of the two has a number that the other lacks
	exactsPenalty  = 0.4 // where each of them has
	notPenalty     = 0.05
	oppositeGap    = 0.5
	farPenalty     = 0.8 // where the titles agree but the whole texts hardly do
	farBelow       = 0.35
)

// crowdSize is how many of the nearest features tell how crowded it is around a text.
const crowdSize = 10

// crowd is how close the nearest features come on average: where many come about as close as the best, being close says
// little. It is what lets one bar serve short texts, which all look alike, and long ones, which never do.
func crowd(hits []hit) float64 {
	sum := 0.0
	for _, h := range clip(hits, crowdSize) {
		sum += h.closest
	}
	return sum / crowdSize
}

// safety says how safe it is to join a text to a feature unasked, by all but their titles.
func (x *index) safety(h hit, crowd float64) float64 {
	return safeSimilarity*h.closest + safeEvidence*math.Log((h.evidence+1)/usualEvidence) - crowdPenalty*crowd - farPenalty*max(0, farBelow-h.closest)
}

// safetyOfTitles is what the titles add to that, at most safeCover and what coming late adds.
func (x *index) safetyOfTitles(own side, m uint32, late float64) float64 {
	c := x.compare(own, m)
	s := safeCover*c.cover() - c.penalty()
	if !c.slot {
		s += late
	}
	return s
}

// penalty is that of the difference which tells most.
func (c comparison) penalty() float64 {
	p := 0.0
	for _, d := range []struct {
		holds bool
		costs float64
	}{{c.slot, slotPenalty}, {c.exact == 1, exactPenalty}, {c.exact == 2, exactsPenalty}, {c.negation, notPenalty}, {c.opposite, oppositeGap}} {
		if d.holds {
			p = max(p, d.costs)
		}
	}
	return p
}

// Where the bar for joining unasked lies.
const (
	barBase     = 0.25
	barFounding = 0.10 // times the log odds that a text founds a feature: where few texts repeat, a join is likelier wrong
	barFeatures = 0.08 // a tenfold of features: the more there are, the more near misses
	barLowest   = 0.20
	barHighest  = 0.85
	fewFeatures = 300.
	manyFeature = 1000.
	priorFounds = 48. // the index starts as if so many texts had founded a feature…
	priorJoins  = 2.  // …and so many had not
)

// bar is how safe a join must be to be made unasked: it learns from how often texts repeat here, and from people's verdicts.
func (x *index) bar() float64 {
	founding := math.Log((float64(x.filled) + priorFounds) / (float64(x.live-x.filled) + priorJoins))
	b := barBase + barFounding*founding + barFeatures*math.Log10(max(fewFeatures, float64(x.filled))/manyFeature)
	return x.options.Caution + x.lesson + min(barHighest, max(barLowest, b))
}
