package ingest

import (
	"fmt"
	"slices"
	"strings"
)

// setting is where a sentence stands, as far as that bears on whether it asks: a set of marks.
type setting uint16

// The marks, by which the lexicon names them in brackets.
const (
	among     setting = 1 << iota // among other sentences
	told                          // in a text that tells of other people
	spoken                        // in the turn of a speaker
	listed                        // an item of a list
	asked                         // under a heading that announces asks
	elsewhere                     // under a heading that announces something else
	fragment                      // without a finite verb
	cited                         // in quotation marks
	first                         // the text begins with it
	final                         // the text ends with it
	long                          // in a talk of many turns, most of which ask for nothing
)

// marks are the names of the marks, in their order.
var marks = [...]string{"among", "told", "spoken", "listed", "asked", "elsewhere", "fragment", "cited", "first", "final", "long"}

// longTalk is the number of sentences above which a talk counts as long: no summary of a call, but its transcript.
const longTalk = 80

// parseSetting reads the marks that a cue demands, and with a "!" those that it forbids.
func parseSetting(names string) (where, not setting, err error) {
	for name := range strings.FieldsSeq(names) {
		bare, forbidden := strings.CutPrefix(name, "!")
		i := slices.Index(marks[:], bare)
		mark := setting(1) << max(i, 0)
		switch {
		case i < 0:
			return 0, 0, fmt.Errorf("%q is no setting", bare)
		case forbidden:
			not |= mark
		default:
			where |= mark
		}
	}
	return where, not, nil
}

// sentence is a segment with where it stands.
type sentence struct {
	segment
	at    setting
	label string // what names it: "Must" of "Must: SSO"
}

// read cuts a text into sentences and items of lists, and tells where each stands. Headings are left out.
func read(text string) []sentence {
	segments := sentences(text)
	common := setting(0)
	if len(segments) > 1 {
		common |= among
		if tells(text) {
			common |= told
		}
	}
	dialogue := isDialogue(segments)
	if dialogue {
		common |= spoken
	}
	if dialogue && len(segments) > longTalk {
		common |= long
	}
	var all []sentence
	var scope scope
	quotes := 0
	for i, s := range segments {
		next := segment{}
		if i+1 < len(segments) {
			next = segments[i+1]
		}
		if !dialogue && heads(text, s, next) {
			scope.open(text[s.start:s.end])
			continue
		}
		if i == 0 || segments[i-1].last {
			quotes = 0
		}
		at := common | scope.over(s)
		if quotes%2 == 1 || cites(text[s.start:s.end]) {
			at |= cited
		}
		quotes += strings.Count(text[s.start:s.end], "\"")
		if !blank(text[s.start:s.end]) {
			all = append(all, itemsOf(text, s, at)...)
		}
	}
	if len(all) > 1 {
		all[0].at |= first
		all[len(all)-1].at |= final
	}
	return all
}

// tells reports whether a text speaks of somebody else, as those who report do.
func tells(text string) bool {
	others := cues().classes["others"]
	return slices.ContainsFunc(cueWords(text), func(w string) bool { return others[w] })
}

// isDialogue reports whether the labels before lines are speakers: one comes twice.
func isDialogue(segments []segment) bool {
	turns := map[string]int{}
	for i, s := range segments {
		if s.speaker != "" && !s.title && (i == 0 || segments[i-1].last) {
			turns[s.speaker]++
			if turns[s.speaker] > 1 {
				return true
			}
		}
	}
	return false
}

// scope is what a heading announces for the lines below it.
type scope struct {
	at   setting
	list bool // a list has begun
}

func (c *scope) open(heading string) { *c = scope{at: announced(heading)} }

// over gives what the heading above says of a segment, and ends where a list or a paragraph does.
func (c *scope) over(s segment) setting {
	if !s.listed && (c.list || s.apart) {
		*c = scope{}
	}
	c.list = c.list || s.listed
	if s.listed {
		return c.at | listed
	}
	return c.at
}

// announced tells what a heading or a label announces: asks, something else, or nothing that bears on it.
func announced(heading string) setting {
	classes, at := cues().classes, setting(0)
	for _, w := range cueWords(heading) {
		if classes["elsewhere"][w] {
			return elsewhere
		}
		if classes["asked"][w] {
			at = asked
		}
	}
	return at
}

// heads reports whether a segment only leads in what comes next.
func heads(text string, s, next segment) bool {
	const longestTitle = 8
	words := strings.TrimRight(text[s.start:s.end], "\"”»* ")
	switch {
	case s.title:
		return true
	case !s.last:
		return false
	case strings.HasSuffix(words, ":"):
		return next.end > 0
	}
	return next.listed && !next.apart && !s.listed && len(strings.Fields(words)) <= longestTitle && !isStop(lastRune(words))
}

// cites reports whether somebody's words stand in a sentence: three or more in quotation marks.
func cites(sentence string) bool {
	at := strings.IndexAny(sentence, "\"“„«")
	return at >= 0 && len(strings.Fields(sentence[at:])) > 2
}

// label is the length of what names a line: at most four words before a colon, a dash or an equals sign.
func label(line string) int {
	const longestLabel, mostWords = 40, 4
	head := line[:min(len(line), longestLabel)]
	n := 0
	for _, mark := range [...]string{": ", " = ", " – ", " — "} {
		if at := strings.Index(head, mark); at > 0 && (n == 0 || at < n) {
			n = at + len(mark)
		}
	}
	if n == 0 || len(strings.Fields(head[:n])) > mostWords+1 || strings.ContainsAny(head[:n], ".,;!?\"") {
		return 0
	}
	return n
}

// itemsOf gives a segment as one sentence, or as the items that it lists.
func itemsOf(text string, s segment, at setting) []sentence {
	named, n := "", 0
	if at&spoken == 0 {
		n = label(text[s.start:s.end])
		named = strings.TrimRight(text[s.start:s.start+n], " :=–—")
		if n == 0 {
			named = s.speaker
		}
		if a := announced(named); named != "" && a != 0 {
			at = at&^(asked|elsewhere) | a
		}
	}
	if n > 0 {
		at |= among
	}
	parts := enumerated(text, s.part(s.start+n, s.end), at)
	if len(parts) < 2 || at&among == 0 {
		return []sentence{{s, at | fragmentary(text[s.start+n:s.end]), named}}
	}
	var all []sentence
	for _, p := range parts {
		all = append(all, sentence{p, at | listed | fragmentary(text[p.start:p.end]), named})
	}
	return all
}

// enumerated cuts a segment at its semicolons, commas, pluses and inner ordinals, if what lies between is short and mostly
// without a finite verb, as items are and clauses are not.
func enumerated(text string, s segment, at setting) []segment {
	const longestItem = 12
	if at&spoken != 0 {
		return nil
	}
	var parts []segment
	clauses := 0
	for _, p := range cut(text, s) {
		words := len(strings.Fields(text[p.start:p.end]))
		if words > longestItem || len(parts) > 0 && goesOn(text[p.start:p.end]) {
			return nil
		}
		if fragmentary(text[p.start:p.end]) == 0 {
			clauses++
			if len(parts) == 0 {
				return nil
			}
		}
		parts = append(parts, p)
	}
	if clauses*3 > len(parts) {
		return nil
	}
	return parts
}

// goesOn reports whether words behind a comma belong to what stands before it rather than being an item of their own.
func goesOn(words string) bool {
	const links = " but which so because since as e please where who whose when and|that and|they and|it "
	all := cueWords(words)
	if len(all) > 1 && strings.Contains(links, " "+all[0]+"|"+all[1]+" ") {
		return true
	}
	return len(all) > 0 && strings.Contains(links, " "+all[0]+" ")
}

// cut cuts a segment where an item may end, outside of brackets and quotation marks.
func cut(text string, s segment) []segment {
	var parts []segment
	depth, start := 0, s.start
	add := func(end, next int) {
		if p := trimmed(text, start, end); p.start < p.end && !blank(text[p.start:p.end]) {
			parts = append(parts, s.part(p.start, p.end))
		}
		start = next
	}
	for i := s.start; i < s.end; i++ {
		switch c := text[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth = max(0, depth-1)
		case depth > 0 || i+1 >= s.end || text[i+1] != ' ':
		case c == ';' || c == ',':
			add(i, i+1)
		case (c == '+' || c == '>') && text[i-1] == ' ':
			add(i, i+1)
		}
	}
	add(s.end, s.end)
	return parts
}

// fragmentary marks words without a finite verb or a subject that could have one.
func fragmentary(words string) setting {
	const longest = 14
	all := cueWords(words)
	finite := cues().classes["finite"]
	if len(all) > longest || slices.ContainsFunc(all, func(w string) bool { return finite[w] || w == "?" }) {
		return 0
	}
	return fragment
}
