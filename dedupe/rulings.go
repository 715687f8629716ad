package dedupe

import (
	"math"

	"clamor"
)

// pair is two features in the order of their identifiers.
type pair struct{ low, high clamor.FeatureID }

func pairOf(a, b clamor.FeatureID) pair {
	if b < a {
		a, b = b, a
	}
	return pair{a, b}
}

// rulebook is what people's rulings say about pairs of features.
type rulebook struct {
	merges  map[clamor.FeatureID]clamor.FeatureID // duplicate -> what it is finally merged into
	kinds   map[clamor.RulingID]clamor.RulingKind
	refused map[pair]int // how many rulings not undone keep the two apart
	ruled   map[clamor.AskID]bool
	said    map[clamor.RulingID]verdict // what each ruling said of joins made unasked
	verdict verdict                     // all that is not undone
}

// verdict counts the joins made unasked that people found right and wrong.
type verdict struct{ right, wrong int }

func newRulebook() *rulebook {
	return &rulebook{kinds: map[clamor.RulingID]clamor.RulingKind{}, refused: map[pair]int{}, ruled: map[clamor.AskID]bool{},
		said: map[clamor.RulingID]verdict{}}
}

// root is the feature that a feature is finally merged into, or itself.
func (b *rulebook) root(f clamor.FeatureID) clamor.FeatureID {
	if to, ok := b.merges[f]; ok {
		return to
	}
	return f
}

// add notes a ruling. Moving or splitting asks off a feature refuses the pair; so does taking a merge back. Undoing the one
// lifts the refusal, and merging the two by hand overrules it, for a merged pair is never compared again.
func (b *rulebook) add(r clamor.Ruling) {
	b.kinds[r.ID] = r.Kind
	if r.Kind == clamor.RuleAsk || r.Kind == clamor.RuleNothing {
		return // says what is an ask, and nothing of where it belongs
	}
	b.judge(r)
	for _, a := range r.Asks {
		b.ruled[a] = r.Kind != clamor.RuleUndo && r.Kind != clamor.RuleNotAnAsk
	}
	change := 0
	switch r.Kind {
	case clamor.RuleMove, clamor.RuleSplit:
		change = 1
	case clamor.RuleUndo:
		switch b.kinds[r.Undoes] {
		case clamor.RuleMove, clamor.RuleSplit:
			change = -1
		case clamor.RuleMerge:
			change = 1
		}
	}
	if change == 0 || r.Feature == "" || r.Target == "" || r.Feature == r.Target {
		return
	}
	p := pairOf(r.Feature, r.Target)
	if b.refused[p] += change; b.refused[p] <= 0 {
		delete(b.refused, p)
	}
}

// apartFrom gives the features, merges followed, that a person has refused to take for the same as one.
func (b *rulebook) apartFrom(f clamor.FeatureID) map[clamor.FeatureID]bool {
	apart := map[clamor.FeatureID]bool{}
	for p := range b.refused {
		switch f {
		case b.root(p.low):
			apart[b.root(p.high)] = true
		case b.root(p.high):
			apart[b.root(p.low)] = true
		}
	}
	return apart
}

// judge counts what a ruling says of the machine: confirming an ask that it joined to others finds the join right, taking it away
// finds it wrong. An ask that founded its feature was joined to nothing, and one ruled on before stood where a person had put it.
func (b *rulebook) judge(r clamor.Ruling) {
	var v verdict
	switch r.Kind {
	case clamor.RuleUndo:
		v = verdict{-b.said[r.Undoes].right, -b.said[r.Undoes].wrong}
	case clamor.RuleConfirm, clamor.RuleMove, clamor.RuleSplit:
		for _, a := range r.Asks {
			switch joined := !b.ruled[a] && r.Feature != "" && clamor.FoundedID(a) != r.Feature; {
			case joined && r.Kind == clamor.RuleConfirm:
				v.right++
			case joined:
				v.wrong++
			}
		}
		b.said[r.ID] = v
	}
	b.verdict.right += v.right
	b.verdict.wrong += v.wrong
}

// How far the verdicts move the bar for joining unasked.
const (
	lessonRight   = 18. // as if so many joins had been found right…
	lessonWrong   = 2.  // …and so many wrong
	lessonWeight  = 0.05
	lessonLowest  = -0.05
	lessonHighest = 0.15
)

// lesson is what the verdicts add to the bar: by the odds of a wrong join beside those that are expected.
func (b *rulebook) lesson() float64 {
	odds := (float64(b.verdict.wrong) + lessonWrong) / (float64(b.verdict.right) + lessonRight)
	return max(lessonLowest, min(lessonHighest, lessonWeight*math.Log(odds*lessonRight/lessonWrong)))
}
