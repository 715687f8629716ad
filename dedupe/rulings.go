package dedupe

import "clamor"

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
}

func newRulebook() *rulebook {
	return &rulebook{kinds: map[clamor.RulingID]clamor.RulingKind{}, refused: map[pair]int{}, ruled: map[clamor.AskID]bool{}}
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
