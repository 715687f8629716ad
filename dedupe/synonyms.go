package dedupe

import (
	_ "embed" // for synonyms.txt
	"fmt"
	"slices"
	"strings"

	"clamor"
)

//go:embed synonyms.txt
var synonymTable string

// synonyms replaces the many ways to write a thing by one, before stemming.
type synonyms struct {
	byFirst map[string][]phrase // longest first
}

type phrase struct {
	from []string
	to   []string
}

// parseSynonyms reads a table of lines "name: other, ways, to write it". What is no such line is left out; later lines win.
func parseSynonyms(table string) synonyms {
	s := synonyms{byFirst: map[string][]phrase{}}
	for line := range strings.Lines(table) {
		line, _, _ = strings.Cut(line, "#")
		name, rest, ok := strings.Cut(line, ":")
		to := split(fold(name))
		if !ok || len(to) == 0 {
			continue
		}
		for _, other := range strings.Split(rest, ",") {
			if from := split(fold(other)); len(from) > 0 && !slices.Equal(from, to) {
				s.byFirst[from[0]] = append([]phrase{{from, to}}, s.byFirst[from[0]]...)
			}
		}
	}
	for _, list := range s.byFirst {
		slices.SortStableFunc(list, func(a, b phrase) int { return len(b.from) - len(a.from) })
	}
	return s
}

// mostSynonyms bounds a workspace's own table, in bytes.
const mostSynonyms = 256 << 10

// CheckSynonyms tells what is wrong with a workspace's own table, by line; nil if nothing is.
func CheckSynonyms(table string) error {
	var faults []clamor.Fault
	fault := func(line int, message string) {
		faults = append(faults, clamor.Fault{Path: fmt.Sprintf("synonyms, line %d", line), Message: message})
	}
	if len(table) > mostSynonyms {
		return clamor.Errorf(clamor.Invalid, "the synonyms are larger than %d bytes: keep those that matter", mostSynonyms)
	}
	n := 0
	for line := range strings.Lines(table) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		switch name, rest, ok := strings.Cut(line, ":"); {
		case !ok:
			fault(n, "has no colon: write \"sso: single sign-on, one login\"")
		case len(split(fold(name))) == 0:
			fault(n, "names nothing before the colon: write the word that the others stand for")
		case len(split(fold(rest))) == 0:
			fault(n, "names nothing behind the colon: write the other ways, with commas between them")
		}
	}
	return clamor.Refuse("the synonyms cannot be read", faults)
}

// apply gives the words with every listed phrase replaced, the longest one first.
func (s synonyms) apply(words []string) []string {
	for i := range words {
		if len(s.byFirst[words[i]]) > 0 {
			return s.rewrite(words, i)
		}
	}
	return words
}

func (s synonyms) rewrite(words []string, from int) []string {
	out := slices.Clone(words[:from])
	for i := from; i < len(words); {
		p, ok := s.at(words[i:])
		if !ok {
			out = append(out, words[i])
			i++
			continue
		}
		out = append(out, p.to...)
		i += len(p.from)
	}
	return out
}

func (s synonyms) at(words []string) (phrase, bool) {
	for _, p := range s.byFirst[words[0]] {
		if len(p.from) <= len(words) && slices.Equal(p.from, words[:len(p.from)]) {
			return p, true
		}
	}
	return phrase{}, false
}

// holding gives what the phrases are replaced by that hold these words in a row: whoever searches for "sign-on" also looks
// for what "single sign-on" has become.
func (s synonyms) holding(words []string) []string {
	var out []string
	for _, list := range s.byFirst {
		for _, p := range list {
			for i := 0; i+len(words) <= len(p.from); i++ {
				if slices.Equal(p.from[i:i+len(words)], words) {
					out = append(out, strings.Join(p.to, " "))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
