package dedupe

import (
	"cmp"
	"slices"
	"strings"

	"clamor"
)

// Search answers the search box of the list page: features whose asks hold the words, by stem, the last word also as the
// beginning of a word. Best first. One word too many costs rank, not the match; two are another search.
func (s *Service) Search(text string, limit int) []clamor.FeatureID {
	x, rules, unlock := s.view()
	defer unlock()
	return x.search(text, rules.root, limit)
}

// startsCredit is what a word counts that only begins with what was typed.
const startsCredit = 0.8

func (x *index) search(text string, root roots, limit int) []clamor.FeatureID {
	best := x.matches(x.read(text, ""), root)
	for _, name := range x.analyzer.synonyms.holding(split(fold(text))) {
		for f, score := range x.matches(x.read(name, ""), root) {
			best[f] = max(best[f], score)
		}
	}
	type found struct {
		id    clamor.FeatureID
		score float64
	}
	var all []found
	for f, score := range best {
		all = append(all, found{x.features[f].id, score})
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id)) })
	var ids []clamor.FeatureID
	for _, f := range clip(all, limit) {
		ids = append(ids, f.id)
	}
	return ids
}

// matches scores the features that hold words of a query: the more of them, and the more telling they are, the better.
func (x *index) matches(r reading, root roots) map[int32]float64 {
	scores, held := map[int32]float64{}, map[int32]float64{}
	wanted := 0.0
	for i, t := range r.tokens {
		best := x.holders(t, i == len(r.tokens)-1, root)
		share := 1.
		if t.kind&stopWord != 0 {
			share = stopWeight
		}
		wanted += share
		for f, w := range best {
			scores[f] += w
			held[f] += share
		}
	}
	for f, score := range scores {
		if held[f] < wanted-1 {
			delete(scores, f)
			continue
		}
		scores[f] = round(score * held[f] / wanted)
	}
	return scores
}

// holders gives the features that hold a word, or where it is the last one typed a word that begins with it, and what that
// is worth.
func (x *index) holders(t token, last bool, root roots) map[int32]float64 {
	best := map[int32]float64{}
	credit := func(n uint32, factor float64) {
		w := factor * (1 + x.weight(n))
		for _, m := range x.postings[n] {
			if f := x.members[m].feature; f != noFeature {
				f = x.rootOf(f, root)
				best[f] = max(best[f], w)
			}
		}
	}
	if n, ok := x.terms.numbers[t.stem]; ok {
		credit(n, 1)
	}
	if !last {
		return best
	}
	for n, stem := range x.terms.stem {
		if stem != t.stem && (strings.HasPrefix(stem, t.word) || strings.HasPrefix(x.terms.word[n], t.word)) {
			credit(uint32(n), startsCredit)
		}
	}
	return best
}
