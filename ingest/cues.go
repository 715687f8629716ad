package ingest

import (
	_ "embed"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"clamor"
)

//go:embed cues.txt
var cueText string

// cue is a pattern of words and what it says about the sentence that holds it.
type cue struct {
	name     string // its line without the weight and the marks behind
	weight   float64
	where    setting // the sentence must stand here
	not      setting // and not here
	pattern  []element
	priority clamor.Priority
	motive   clamor.Motive
	talk     bool // small talk: no ask, however short the note
}

// element is one place of a pattern: one of some words, perhaps missing, or a gap of any words, or either end of the sentence.
type element struct {
	words    map[string]bool
	optional bool
	gap      int
	start    bool
	end      bool
}

// lexicon holds the cues by the words that they may begin with.
type lexicon struct {
	cues    []cue
	by      map[string][]int
	bare    []int // the cues without words, which the setting alone decides
	classes map[string]map[string]bool
}

// cues reads the lexicon that is built in. A fault in it is the programmer's, and the package's tests read it.
var cues = sync.OnceValue(func() lexicon {
	l, err := parseCues(cueText)
	if err != nil {
		panic(err)
	}
	return l
})

func parseCues(text string) (lexicon, error) {
	l := lexicon{by: map[string][]int{}, classes: map[string]map[string]bool{}}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		name, isClass := strings.CutPrefix(line, "@")
		switch {
		case line == "" || line[0] == '#':
		case isClass:
			name, words, ok := strings.Cut(name, " = ")
			if !ok {
				return l, fmt.Errorf("cues, line %d: a class is written @name = word word", n+1)
			}
			if l.classes[name] == nil {
				l.classes[name] = map[string]bool{}
			}
			for word := range strings.FieldsSeq(words) {
				l.classes[name][word] = true
			}
		default:
			c, err := parseCue(line, l.classes)
			if err != nil {
				return l, fmt.Errorf("cues, line %d: %w", n+1, err)
			}
			l.add(c)
		}
	}
	return l, nil
}

// add files a cue under each word that a match may begin with.
func (l *lexicon) add(c cue) {
	l.cues = append(l.cues, c)
	if len(c.pattern) == 0 {
		l.bare = append(l.bare, len(l.cues)-1)
	}
	for _, e := range c.pattern {
		for w := range e.words {
			if at := l.by[w]; len(at) == 0 || at[len(at)-1] != len(l.cues)-1 {
				l.by[w] = append(at, len(l.cues)-1)
			}
		}
		if !e.optional && !e.start {
			return
		}
	}
}

func parseCue(line string, classes map[string]map[string]bool) (cue, error) {
	weight, rest, _ := strings.Cut(line, " ")
	var c cue
	var err error
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		names, after, _ := strings.Cut(inner, "]")
		if c.where, c.not, err = parseSetting(names); err != nil {
			return c, err
		}
		rest = strings.TrimSpace(after)
	}
	pattern, marks, _ := strings.Cut(rest, " = ")
	c.name = cueName(line)
	if c.weight, err = strconv.ParseFloat(weight, 64); err != nil {
		return c, fmt.Errorf("%q is no weight", weight)
	}
	for _, mark := range strings.Fields(marks) {
		switch mark {
		case "blocker", "important", "nice":
			c.priority = clamor.Priority(mark)
		case "keep", "grow", "promise":
			c.motive = clamor.Motive(mark)
		case "talk":
			c.talk = true
		default:
			return c, fmt.Errorf("%q is no mark", mark)
		}
	}
	for _, word := range strings.Fields(pattern) {
		e, err := parseElement(word, classes)
		if err != nil {
			return c, err
		}
		c.pattern = append(c.pattern, e)
	}
	if len(c.pattern) == 0 && c.where|c.not != 0 {
		return c, nil
	}
	if len(c.pattern) == 0 || c.pattern[0].gap > 0 || c.pattern[len(c.pattern)-1].optional {
		return c, fmt.Errorf("%q must begin and end with words", pattern)
	}
	return c, nil
}

// cueName is what a line of the lexicon says apart from its weight and its marks.
func cueName(line string) string {
	_, rest, _ := strings.Cut(line, " ")
	rest, _, _ = strings.Cut(rest, " = ")
	return rest
}

// sum adds up the weights of cues.
func (l lexicon) sum(found []hit) float64 {
	sum := 0.0
	for _, h := range found {
		sum += l.cues[h.cue].weight
	}
	return sum
}

func parseElement(word string, classes map[string]map[string]bool) (element, error) {
	switch word {
	case "^":
		return element{start: true}, nil
	case "$":
		return element{end: true}, nil
	case "..":
		return element{gap: 2}, nil
	case "....":
		return element{gap: 5}, nil
	case "......":
		return element{gap: 25}, nil
	}
	inner, optional := strings.CutPrefix(word, "(")
	e := element{words: map[string]bool{}, optional: optional}
	for w := range strings.SplitSeq(strings.TrimSuffix(inner, ")"), "|") {
		name, isClass := strings.CutPrefix(w, "@")
		if !isClass {
			e.words[w] = true
			continue
		}
		if classes[name] == nil {
			return e, fmt.Errorf("there is no class @%s", name)
		}
		maps.Copy(e.words, classes[name])
	}
	return e, nil
}

// hit is a cue found in a sentence, with the words that it covers.
type hit struct {
	cue        int
	start, end int
}

// hits finds the cues of a sentence, each where it stands first.
func (l lexicon) hits(words []string, at setting) []hit {
	var found []hit
	seen := map[int]bool{}
	for _, c := range l.bare {
		if l.cues[c].fits(at) {
			found = append(found, hit{cue: c})
		}
	}
	for i, w := range words {
		for _, c := range l.by[w] {
			if seen[c] || !l.cues[c].fits(at) {
				continue
			}
			if end := matchAt(l.cues[c].pattern, words, i); end >= 0 {
				seen[c] = true
				found = append(found, hit{c, i, end})
			}
		}
	}
	return found
}

func (c cue) fits(at setting) bool { return c.where&^at == 0 && c.not&at == 0 }

// matchAt gives the word behind the shortest match of a pattern from the word i on, -1 if there is none.
func matchAt(pattern []element, words []string, i int) int {
	if len(pattern) == 0 {
		return i
	}
	e := pattern[0]
	switch {
	case e.start:
		if i != 0 {
			return -1
		}
		return matchAt(pattern[1:], words, i)
	case e.end:
		if i != len(words) {
			return -1
		}
		return i
	case e.gap > 0:
		for n := 0; n <= e.gap && i+n < len(words); n++ {
			if end := matchAt(pattern[1:], words, i+n); end >= 0 {
				return end
			}
		}
		return -1
	}
	if i < len(words) && e.words[words[i]] {
		if end := matchAt(pattern[1:], words, i+1); end >= 0 {
			return end
		}
	}
	if e.optional {
		return matchAt(pattern[1:], words, i)
	}
	return -1
}

// fillers are words that cues look through.
const fillers = " um uh uhm erm er hmm mm really very just also still definitely actually quite extremely incredibly certainly simply " +
	"totally basically truly absolutely highly particularly especially personally honestly honest currently "

// contractions are the short forms without an apostrophe, as people type them.
const contractions = " cant=can not|cannot=can not|dont=do not|doesnt=does not|didnt=did not|wont=will not|isnt=is not|arent=are not|wasnt=was not|" +
	"couldnt=could not|wouldnt=would not|shouldnt=should not|theyd=they would|theyre=they are|thats=that is|itd=it would|ive=i have|im=i am|" +
	"havent=have not|hasnt=has not|gonna=going to|wanna=want to|gotta=have to|wud=would|woud=would|whould=would|pls=please|plz=please|"

// shortForms are the words that stand for others: for the long form of a contraction, and for nothing where they are fillers.
var shortForms = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for filler := range strings.FieldsSeq(fillers) {
		m[filler] = nil
	}
	for pair := range strings.SplitSeq(strings.Trim(contractions, " |"), "|") {
		short, long, _ := strings.Cut(pair, "=")
		m[short] = strings.Fields(long)
	}
	return m
})

// cueWords are the words of a sentence as cues compare them: lower case, contractions written out, fillers, addresses and
// the noises of transcripts left out. A question mark is a word.
func cueWords(sentence string) []string {
	const usual = 5 // bytes of a word and the space behind it
	words := make([]string, 0, len(sentence)/usual+1)
	text := strings.ToLower(strings.ReplaceAll(sentence, "’", "'"))
	for chunk := range strings.FieldsSeq(text) {
		if strings.Contains(chunk, "://") || (chunk[0] == '{' && chunk[len(chunk)-1] == '}') {
			continue
		}
		if strings.HasPrefix(chunk, "+1") {
			words, chunk = append(words, "+1"), chunk[2:]
		}
		for part := range strings.FieldsFuncSeq(chunk, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '+'
		}) {
			words = appendWord(words, strings.Trim(part, "'"))
		}
		if strings.ContainsRune(chunk, '?') {
			words = append(words, "?")
		}
	}
	return words
}

func appendWord(words []string, w string) []string {
	if w == "" || len(words) > 0 && words[len(words)-1] == w { // a restart
		return words
	}
	if long, ok := shortForms()[w]; ok {
		return append(words, long...)
	}
	stem, ending, ok := strings.Cut(w, "'")
	if !ok {
		return append(words, w)
	}
	switch ending {
	case "d":
		return append(words, stem, "would")
	case "ll":
		return append(words, stem, "will")
	case "ve":
		return append(words, stem, "have")
	case "re":
		return append(words, stem, "are")
	case "m":
		return append(words, stem, "am")
	case "t":
		return append(words, negated(stem)...)
	case "s":
		if strings.Contains(" it that there what he she who here let where how ", " "+stem+" ") {
			return append(words, stem, "is")
		}
		return append(words, stem)
	}
	return append(words, stem, ending)
}

// negated writes out "can't", "won't" and their like, of which the apostrophe cuts off the t.
func negated(stem string) []string {
	switch stem {
	case "can":
		return []string{"can", "not"}
	case "won":
		return []string{"will", "not"}
	}
	return []string{strings.TrimSuffix(stem, "n"), "not"}
}
