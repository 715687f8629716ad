package dedupe

import (
	"slices"
	"strings"
)

// Other spellings that nobody listed, found in the corpus itself: "drop down" beside "dropdown", and a slip of the pen in a word that
// no text had before. A text is looked up under them; what the index holds stays as it was written.

const (
	variantWeight  = 0.7 // what a spelling guessed counts beside the one written
	compoundLength = 3   // letters of each half of a compound
	slipLength     = 6   // letters of a word that may be misspelt: of shorter ones too many are one letter apart
	slipCount      = 3   // texts that hold a spelling, for it to be taken for the right one
)

// addVariants adds the compounds that a text writes as two words, and the halves of those it writes as one.
func (x *index) addVariants(q *query, r reading) {
	for _, c := range r.couples {
		if n, ok := x.joined(r.tokens[c.first], r.tokens[c.second], r.lang); ok {
			q.addVariant(x, n, c.count)
		}
	}
	for _, t := range r.tokens {
		if first, second, ok := x.halves(t, r.lang); ok {
			q.addVariant(x, first, t.count)
			q.addVariant(x, second, t.count)
		}
	}
}

func (q *query) addVariant(x *index, n uint32, count float64) {
	if slices.ContainsFunc(q.terms, func(t queryTerm) bool { return t.number == n }) {
		return
	}
	count = decode(encode(variantWeight * count))
	q.terms = append(q.terms, queryTerm{n, true, x.terms.kind[n], count * x.weight(n), count, x.terms.stem[n], x.terms.word[n]})
}

// joined gives the term that two neighbouring words make when written as one, if texts here write it so.
func (x *index) joined(a, b token, lang int) (uint32, bool) {
	if len(a.word) < compoundLength || len(b.word) < compoundLength || a.kind&b.kind&stopWord != 0 {
		return 0, false
	}
	n, known := x.terms.numbers[x.analyzer.stem(a.word+b.word, lang)]
	return n, known && x.terms.count[n] > 0
}

// halves gives the two terms that a word is written as elsewhere, side by side.
func (x *index) halves(t token, lang int) (first, second uint32, ok bool) {
	if t.kind != 0 {
		return 0, 0, false
	}
	for i := compoundLength; i+compoundLength <= len(t.word); i++ {
		a, knownA := x.terms.numbers[x.analyzer.stem(t.word[:i], lang)]
		if !knownA {
			continue
		}
		b, knownB := x.terms.numbers[x.analyzer.stem(t.word[i:], lang)]
		if knownA && knownB && x.couples.count(coupleOf(a, b)) > 0 {
			return a, b, true
		}
	}
	return 0, 0, false
}

// meant gives the term that a word nobody wrote before is one slip away from: the one that most texts hold.
func (x *index) meant(t token) (uint32, bool) {
	if len(t.stem) < slipLength || t.kind != 0 || x.analyzer.table.find(t.stem) >= 0 {
		return 0, false // what English knows is no slip
	}
	best, most := uint32(0), uint32(slipCount-1)
	slips(t.stem, func(spelling []byte) {
		if n, known := x.terms.numbers[string(spelling)]; known && x.terms.count[n] > most && x.terms.kind[n] == 0 {
			best, most = n, x.terms.count[n]
		}
	})
	return best, most >= slipCount
}

// slips calls fn with all words of letters a to z that are one letter more, less, other or swapped away from a word; fn must not keep them.
func slips(word string, fn func(spelling []byte)) {
	if strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return
	}
	buffer := make([]byte, 0, len(word)+1)
	for i := range len(word) + 1 {
		for letter := byte('a'); letter <= 'z'; letter++ {
			fn(append(append(append(buffer, word[:i]...), letter), word[i:]...))
			if i < len(word) && word[i] != letter {
				fn(append(append(append(buffer, word[:i]...), letter), word[i+1:]...))
			}
		}
		if i < len(word) {
			fn(append(append(buffer, word[:i]...), word[i+1:]...))
		}
		if i+1 < len(word) {
			fn(append(append(append(buffer, word[:i]...), word[i+1], word[i]), word[i+2:]...))
		}
	}
}
