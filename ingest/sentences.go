package ingest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// segment is a sentence or a sentence-like piece of a text, by byte offsets.
type segment struct {
	start, end int
	speaker    string // who says it, in a transcript; "" elsewhere
	listed     bool   // behind a bullet or an ordinal
	apart      bool   // below an empty line, or the first
	title      bool   // a label alone on its line
	last       bool   // of its passage
}

// part is a piece of a segment.
func (s segment) part(start, end int) segment {
	s.start, s.end = start, end
	return s
}

// longest bounds one segment: what runs on without a stop, as transcripts do, is cut at a clause or a word.
const longest = 500

// sentences cuts a text into segments, in order and without overlap. What lies between two of them is white space, bullets
// and speakers' names.
func sentences(text string) []segment {
	var all []segment
	for _, p := range passages(text) {
		if p.title {
			all = append(all, p)
			continue
		}
		for _, s := range stops(text, p) {
			all = append(all, shorten(text, s)...)
		}
		all[len(all)-1].last = true
	}
	return all
}

// passages cuts a text at its lines, joining those that an editor wrapped in the middle of a sentence.
func passages(text string) []segment {
	var all []segment
	above := segment{} // the line above, where it may go on in this one
	apart := true
	for start := 0; start < len(text); {
		end := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			end = start + n
		}
		line := trimmed(text, start, end)
		s, marked := unmarked(text, line)
		s.apart = apart
		switch {
		case s.start >= s.end && s.speaker == "":
			above = s
		case s.start >= s.end:
			s.start, s.end, s.title, s.last = line.start, line.end, true, true
			all, above = append(all, s), segment{}
		case !marked && above.end > above.start && wraps(text, above, s):
			all[len(all)-1].end = s.end
			above = s
		default:
			all = append(all, s)
			above = s
		}
		apart = line.start >= line.end
		start = end + 1
	}
	return all
}

// trimmed is the range without white space at its ends.
func trimmed(text string, start, end int) segment {
	part := text[start:end]
	start += len(part) - len(strings.TrimLeftFunc(part, unicode.IsSpace))
	return segment{start: start, end: start + len(strings.TrimSpace(part))}
}

// wraps reports whether an editor broke a sentence between two lines: neither is longer than editors make them, the first
// has no stop and no room for the next word, and that goes on in lower case.
func wraps(text string, above, s segment) bool {
	const narrow, wide = 60, 100
	first, next := text[above.start:above.end], text[s.start:s.end]
	word, _, _ := strings.Cut(next, " ")
	r, _ := utf8.DecodeRuneInString(next)
	if !strings.ContainsAny(next, " .!?") {
		return false // a heading
	}
	return len(first)+len(word) >= narrow && len(first) <= wide && len(next) <= wide &&
		!strings.ContainsRune(".!?:;…", lastRune(first)) && (unicode.IsLower(r) || r == '(')
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "\"'”’)]"))
	return r
}

// unmarked steps over what a line begins with before anybody says something: quotation marks of mail, bullets, numbers,
// times and speakers. marked reports that there was any, which begins a new passage.
func unmarked(text string, s segment) (rest segment, marked bool) {
	for {
		line := text[s.start:s.end]
		n := bullet(line)
		s.listed = s.listed || n > 0 && line[0] != '>' && line[0] != '#'
		if n == 0 {
			n = timestamp(line)
		}
		if n == 0 && s.speaker == "" {
			if n = speakerEnd(line); n > 0 {
				s.speaker = strings.TrimRight(line[:n], ": \t")
			}
		}
		if n == 0 {
			return s, marked
		}
		rest := trimmed(text, s.start+n, s.end)
		s, marked = s.part(rest.start, rest.end), true
	}
}

// bullet is the length of a bullet, a quotation mark of mail or an ordinal at the beginning of a line.
func bullet(line string) int {
	for _, b := range [...]string{"- [ ]", "- [x]", "•", "◦", "▪", "–", "—", "→", "=>", "->", ">", "-", "*", "#"} {
		if rest, ok := strings.CutPrefix(line, b); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t' || rest[0] == b[0]) {
			return len(b)
		}
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits > 0 && digits <= 2 && len(line) > digits+1 && (line[digits] == '.' || line[digits] == ')') && line[digits+1] == ' ' {
		return digits + 2
	}
	return 0
}

// timestamp is the length of a time such as "[00:12:03]", "(12:03)" or "00:12 " at the beginning of a line.
func timestamp(line string) int {
	n := 0
	colons := 0
	for n < len(line) && strings.IndexByte("0123456789:.[]()", line[n]) >= 0 {
		if line[n] == ':' {
			colons++
		}
		n++
	}
	if colons == 0 || n < 4 || (n < len(line) && line[n] != ' ' && line[n] != '\t') {
		return 0
	}
	return n
}

// speakerEnd is the length of "Name: " at the beginning of a line, or of a heading that stands alone on it.
func speakerEnd(line string) int {
	const longestName = 48
	colon := strings.IndexByte(line[:min(len(line), longestName)], ':')
	if colon <= 0 || (colon+1 < len(line) && line[colon+1] != ' ' && line[colon+1] != '\t') {
		return 0
	}
	name := line[:colon]
	if cut := strings.IndexAny(name, "[("); cut > 0 {
		name = name[:cut]
	}
	words := strings.Fields(name)
	heading := strings.TrimSpace(line[colon+1:]) == ""
	if len(words) == 0 || len(words) > 4 || slices.ContainsFunc(words, unnamed) || telling(words) && !heading {
		return 0
	}
	return colon + 1
}

// unnamed reports whether a word is no part of a name or role: those begin with a capital or are numbers.
func unnamed(word string) bool {
	const particles = " de da di la le van von der den und and of "
	first, _ := utf8.DecodeRuneInString(word)
	small := !unicode.IsUpper(first) && !unicode.IsDigit(first) && !strings.Contains(particles, " "+word+" ")
	return small || strings.ContainsAny(word, "!?,;\"/")
}

// telling reports whether a label belongs to what is said rather than naming who says it, as in "Feature request: …".
func telling(label []string) bool {
	const words = " ask asks need needs want wants wish wishes wishlist request requests requested missing gap gaps blocker blockers feature " +
		"requirement requirements problem pain issue complaint must wunsch wünsche bedarf besoin demande petición necesidad "
	return slices.ContainsFunc(label, func(w string) bool { return strings.Contains(words, " "+strings.ToLower(w)+" ") })
}

// stops cuts a passage after each full stop, exclamation or question mark that ends a sentence.
func stops(text string, p segment) []segment {
	var all []segment
	start := p.start
	for i := p.start; i < p.end; {
		r, size := utf8.DecodeRuneInString(text[i:p.end])
		i += size
		if !isStop(r) {
			continue
		}
		end := afterStops(text, i, p.end)
		if end == p.end || endsSentence(text, start, i-size, end, p.end) {
			all = append(all, p.part(start, end))
			start = trimmed(text, end, p.end).start
		}
		i = end
	}
	if s := trimmed(text, start, p.end); s.start < s.end {
		all = append(all, p.part(s.start, s.end))
	}
	return all
}

func isStop(r rune) bool {
	return r == '.' || r == '!' || r == '?' || r == '…' || r == '。' || r == '？' || r == '！'
}

// afterStops steps over further stops, and over quotation marks and brackets that close behind them.
func afterStops(text string, i, end int) int {
	for i < end {
		r, size := utf8.DecodeRuneInString(text[i:end])
		if !isStop(r) && !strings.ContainsRune("\"'”’»)]", r) {
			break
		}
		i += size
	}
	return i
}

// endsSentence decides about a stop at the byte at, with what follows from next on. Only white space behind it makes it an
// end, so that decimals, versions and addresses survive; a full stop must not be an abbreviation's or a restart's.
func endsSentence(text string, start, at, next, end int) bool {
	mark, size := utf8.DecodeRuneInString(text[at:])
	if mark >= 0x3000 {
		return true
	}
	follower, _ := utf8.DecodeRuneInString(text[next:end])
	if !unicode.IsSpace(follower) {
		return false
	}
	after := strings.TrimLeftFunc(text[next:end], unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(after)
	if mark == '…' || strings.HasPrefix(text[at+size:], "..") {
		return !unicode.IsLower(first)
	}
	return mark != '.' || !abbreviates(text[start:at], first)
}

// abbreviations that a full stop follows inside a sentence, in the four languages that notes come in.
const abbreviations = " e.g i.e eg ie etc vs mr mrs ms dr prof st no nr approx ca inc ltd corp co dept est fig min max incl excl " +
	"resp z.b u.a d.h bzw evtl ggf usw inkl p.ej ej sr sra ud uds p.ex ex env "

// abbreviates reports whether the last word before a full stop is cut short by it: a listed one, or a lone initial. Where
// a capital follows, "etc." and the like may as well end the sentence, so only those that never do are believed.
func abbreviates(before string, next rune) bool {
	word := strings.ToLower(before[strings.LastIndexAny(before, " \t\n([\"'")+1:])
	if word == "" {
		return false
	}
	if utf8.RuneCountInString(word) == 1 {
		return word != "i" && unicode.IsLetter([]rune(word)[0])
	}
	if !strings.Contains(abbreviations, " "+word+" ") {
		return false
	}
	final := word == "etc" || word == "usw" || word == "inc" || word == "ltd" || word == "co" || word == "no"
	return !final || unicode.IsLower(next)
}

// shorten cuts a segment that is too long: before a conjunction or after a comma if there is one in reach, else between words.
func shorten(text string, s segment) []segment {
	var all []segment
	for s.end-s.start > longest {
		cut := s.start + cutAt(text[s.start:s.end])
		if left := trimmed(text, s.start, cut); left.start < left.end {
			all = append(all, s.part(left.start, left.end))
		}
		s.start = trimmed(text, cut, s.end).start
	}
	if s.start < s.end {
		all = append(all, s)
	}
	return all
}

// cutAt is where a piece that is too long is best cut, always behind its beginning and never inside a letter.
func cutAt(piece string) int {
	for _, mark := range [...]string{"; ", " but ", " and ", " so ", ", ", " "} {
		if at := strings.LastIndex(piece[:longest], mark); at > longest/3 {
			return at + len(strings.TrimRight(mark[:1], " "))
		}
	}
	cut := longest
	for cut > longest-utf8.UTFMax && !utf8.RuneStart(piece[cut]) {
		cut--
	}
	return cut
}
