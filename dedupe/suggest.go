package dedupe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// Suggestion is a feature that a text, or another feature, may mean the same as, with the reasons for and against.
type Suggestion struct {
	Feature   clamor.FeatureID `json:"feature"`
	Score     float64          `json:"score"`     // 0 to 1
	Shared    []clamor.Term    `json:"shared"`    // the stems both hold, heaviest first
	Differing []clamor.Term    `json:"differing"` // the telling stems only one of them holds, heaviest first
	Here      []clamor.Term    `json:"only_here"` // of those, what only the text or feature asked about holds
	There     []clamor.Term    `json:"only_there"`
	Why       string           `json:"why"` // the same as a sentence
}

func (x *index) suggest(r reading, root roots, limit int) []Suggestion {
	q := x.queryOf(r)
	var out []Suggestion
	for _, h := range clip(x.nearest(q, forPeople(), root), limit) {
		out = append(out, x.suggestion(q, h))
	}
	return out
}

// similarQueries is how many members of a feature, the latest ones, speak for it when others like it are looked for.
const similarQueries = 8

// leastSimilar is the score below which two features of the sample company had a word in common and nothing else: showing such
// would only teach people to look past the suggestions.
const leastSimilar = 0.15

// similar asks with some members of a feature in turn; what is close to all of them comes first.
func (x *index) similar(feature clamor.FeatureID, rules *rulebook, limit int) []Suggestion {
	members := x.membersOf(feature, rules)
	members = members[max(0, len(members)-similarQueries):]
	apart := rules.apartFrom(feature)
	apart[feature] = true
	places, sums := map[clamor.FeatureID]int{}, []float64{}
	var out []Suggestion
	for _, m := range members {
		q := x.queryOfMember(m)
		for _, h := range clip(x.nearest(q, forPeople(), rules.root), 4*limit+1) {
			id := x.features[h.feature].id
			if apart[id] {
				continue
			}
			at, seen := places[id]
			if !seen {
				at = len(out)
				places[id] = at
				out, sums = append(out, Suggestion{}), append(sums, 0)
			}
			sums[at] += h.score
			if !seen || h.score > out[at].Score {
				out[at] = x.suggestion(q, h)
			}
		}
	}
	for i := range out {
		out[i].Score = round((out[i].Score + sums[i]/float64(len(members))) / 2)
	}
	out = slices.DeleteFunc(out, func(s Suggestion) bool { return s.Score < leastSimilar })
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Feature, b.Feature))
	})
	return clip(out, limit)
}

// membersOf gives the asks of a feature and of all that is merged into it.
func (x *index) membersOf(feature clamor.FeatureID, rules *rulebook) []uint32 {
	var out []uint32
	if f, ok := x.byID[feature]; ok {
		out = append(out, x.features[f].members...)
	}
	for from, to := range rules.merges {
		if f, ok := x.byID[from]; ok && to == feature {
			out = append(out, x.features[f].members...)
		}
	}
	slices.Sort(out)
	return out
}

func (x *index) suggestion(q query, h hit) Suggestion {
	s := Suggestion{Feature: x.features[h.feature].id, Score: h.score}
	var here, there []clamor.Term
	s.Shared, here, there = x.explain(q, h.nearest)
	s.Differing, s.Here, s.There = heaviest(slices.Concat(here, there)), heaviest(here), heaviest(there)
	s.Why = why(s.Shared, s.Differing)
	return s
}

// shownTerms is how many terms an explanation names.
const shownTerms = 6

// explain gives the stems a query shares with a member by the share of the similarity they carry, a pair's divided between
// its two words, and all telling stems that only the query holds, or only the member.
func (x *index) explain(q query, m uint32) (shared, here, there []clamor.Term) {
	c := x.entries.load(x.members[m].span)
	counts := make(map[uint32]float64, len(c.terms))
	for i, n := range c.terms {
		counts[n] = decode(c.termCounts[i])
	}
	carried := make([]float64, len(q.terms))
	for i, t := range q.terms {
		if n, ok := counts[t.number]; ok {
			carried[i] = t.value * n * t.value / t.count
		}
	}
	couples := make(map[uint32]bool, len(c.couples))
	for _, n := range c.couples {
		couples[n] = true
	}
	for _, p := range q.couples {
		if couples[p.number] && p.first >= 0 {
			carried[p.first] += p.value * p.value / 2
			carried[p.second] += p.value * p.value / 2
		}
	}
	for i, t := range q.terms {
		term := clamor.Term{Stem: t.stem, Word: t.word, Weight: carried[i]}
		switch {
		case carried[i] > 0:
			shared = append(shared, term)
		case t.kind&stopWord == 0:
			term.Weight = t.value
			here = append(here, term)
		}
		delete(counts, t.number)
	}
	for _, n := range c.terms {
		if count, left := counts[n]; left && x.terms.kind[n]&stopWord == 0 {
			there = append(there, clamor.Term{Stem: x.terms.stem[n], Word: x.terms.word[n], Weight: count * x.weight(n)})
		}
	}
	return heaviest(shared), here, there
}

// heaviest keeps the heaviest terms, their weights as shares of the whole.
func heaviest(terms []clamor.Term) []clamor.Term {
	total := 0.0
	for _, t := range terms {
		total += t.Weight
	}
	var top []clamor.Term
	for _, t := range terms {
		t.Weight = round(t.Weight / max(total, 1e-9))
		at := len(top)
		for at > 0 && top[at-1].Weight < t.Weight {
			at--
		}
		if at < shownTerms {
			top = clip(slices.Insert(top, at, t), shownTerms)
		}
	}
	return top
}

// why says it as a sentence.
func why(shared, differing []clamor.Term) string {
	if len(shared) == 0 {
		return fmt.Sprintf("Close in meaning, without a word in common: %s.", wordsOf(differing, 4))
	}
	s := fmt.Sprintf("Both speak of %s.", wordsOf(shared, 3))
	if len(differing) > 0 {
		s += fmt.Sprintf(" Only one of them speaks of %s.", wordsOf(differing, 3))
	}
	return s
}

func wordsOf(terms []clamor.Term, limit int) string {
	var ws []string
	for _, t := range clip(terms, limit) {
		ws = append(ws, t.Word)
	}
	return strings.Join(ws, ", ")
}
