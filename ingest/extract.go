package ingest

import (
	"slices"
	"strings"
	"unicode"

	"clamor"
)

// Span is a stretch of a text that asks for something. Text is text[Start:End], always.
type Span struct {
	Start    int
	End      int
	Text     string
	Score    float64 // how sure, 0.5 to 1
	Priority clamor.Priority
	Motive   clamor.Motive

	PriorityWords string // the words that say the priority, as they stand in the text or in the name of its list
	MotiveWords   string

	said int // where the asking ends; what follows up to End only says how loudly
}

// even is the score from which on a sentence is taken for an ask.
const even = 0.5

// Extract finds the asks in a text: its sentences that word a wish, a need, a blocker, or a complaint that implies a wish,
// and the items of its lists of such. Rules (cues.txt) find what words say it, and a model (model.txt) weighs them with the
// rest of the sentence. The spans are in order and do not overlap. The same text gives the same spans.
func Extract(text string) []Span { return extract(text, "") }

// extract is Extract for a note whose author, who sells, may be one of its speakers.
func extract(text, author string) []Span {
	var spans []Span
	following := false // the sentence before, sellers' aside, ends the last span
	speaker := ""      // who says the last span
	for _, s := range read(text) {
		said := text[s.start:s.end]
		if s.at&spoken != 0 && seller(s.speaker, author) && !reports(said) {
			continue
		}
		j := judge(said, s.at)
		if s.label != "" {
			j.label(s.label)
		}
		switch {
		case following && s.speaker == speaker && refersBack(said, j):
			spans[len(spans)-1].extend(text, s.end, j)
		case j.score >= even:
			spans = append(spans, Span{s.start, s.end, said, j.score, j.priority, j.motive, j.loud, j.why, s.end})
			following, speaker = true, s.speaker
		default:
			following = false
		}
	}
	return spans
}

// extend adds the sentence behind a span that says how much the span is wanted, or why.
func (s *Span) extend(text string, end int, j judgement) {
	s.End, s.Text = end, text[s.Start:end]
	if s.Priority == "" {
		s.Priority, s.PriorityWords = j.priority, j.loud
	}
	if s.Motive == "" {
		s.Motive, s.MotiveWords = j.motive, j.why
	}
}

// label adds what the name of a list says of each item: the asks under "Must" are musts.
func (j *judgement) label(name string) {
	over := judge(name, 0)
	if j.priority == "" {
		j.priority, j.loud = over.priority, over.loud
	}
	if j.motive == "" {
		j.motive, j.why = over.motive, over.why
	}
}

// refersBack reports whether a sentence only says of the one before how much it is wanted, as "That is a blocker." does.
func refersBack(sentence string, j judgement) bool {
	const longestRemark = 14
	words := cueWords(sentence)
	if (j.priority == "" && j.motive == "") || len(words) < 2 || len(words) > longestRemark {
		return false
	}
	pointing := " this that it which "
	return words[0] == "otherwise" || strings.Contains(pointing, " "+words[0]+" ") ||
		words[0] == "without" && strings.Contains(pointing, " "+words[1]+" ")
}

// seller reports whether a speaker sells, as the author of the note does and as a role says, so that what they want is no ask.
func seller(speaker, author string) bool {
	if first, _, _ := strings.Cut(author, " "); first != "" && (speaker == author || speaker == first) {
		return true
	}
	const roles = " rep ae am csm se sdr bdr sales seller vendor agent interviewer presenter host "
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(speaker), func(r rune) bool { return !unicode.IsLetter(r) }),
		func(w string) bool { return strings.Contains(roles, " "+w+" ") })
}

// reports reports whether a sentence tells of somebody else: hearsay is evidence, whoever repeats it.
func reports(sentence string) bool {
	const others = " they he she customer customers client clients prospect their them his her "
	return slices.ContainsFunc(cueWords(sentence), func(w string) bool { return strings.Contains(others, " "+w+" ") })
}

// wholeOrSpans gives the asks of a note that names none: of a short one what is left of it without small talk, as one ask
// unless several of its sentences ask; of a longer one what Extract finds, which may be nothing.
func wholeOrSpans(text, author string) []Span {
	found := extract(text, author)
	if len(found) > 1 || len(text) > shortNote {
		return found
	}
	if len(sentences(text)) > shortSentences {
		return found
	}
	var said []sentence
	for _, s := range read(text) {
		if !smallTalk(text[s.start:s.end], s.at) {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return found
	}
	start, end := said[0].start, said[len(said)-1].end
	whole := Span{Start: start, End: end, Text: text[start:end], Score: even, said: end}
	if len(found) == 1 {
		whole.Score, whole.Priority, whole.Motive = found[0].Score, found[0].Priority, found[0].Motive
		whole.PriorityWords, whole.MotiveWords = found[0].PriorityWords, found[0].MotiveWords
	}
	return []Span{whole}
}

// smallTalk reports whether a sentence of a short note only greets, thanks or tells what the rep did. A long one is given
// the benefit of the doubt.
func smallTalk(sentence string, at setting) bool {
	const longestTalk = 14
	if blank(sentence) {
		return true
	}
	j := judge(sentence, at)
	return j.talk && j.score < even && len(cueWords(sentence)) <= longestTalk
}
