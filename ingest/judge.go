package ingest

import (
	"slices"
	"strings"
	"unicode"

	"clamor"
)

// judgement is what a sentence says, all in all.
type judgement struct {
	score    float64 // the chance that it asks for something, from 0 to 1
	priority clamor.Priority
	motive   clamor.Motive
	loud     string // the words that say the priority, as they stand in the sentence
	why      string // and those that say the motive
	talk     bool   // it holds small talk
}

// judge weighs what a sentence says that stands somewhere.
func judge(sentence string, at setting) judgement {
	l := cues()
	e := l.evidence(sentence, at)
	j := l.marks(e)
	j.score = weights().chance(&l, e)
	j.talk = slices.ContainsFunc(e.found, func(h hit) bool { return l.cues[h.cue].talk })
	return j
}

// evidence reads a sentence that stands somewhere.
func (l *lexicon) evidence(sentence string, at setting) evidence {
	words := cueWords(sentence)
	return evidence{sentence, words, l.hits(words, at), at}
}

// marks gives the priority and the motive that the words say. A longer cue overrules one inside of it, as "not a blocker"
// does "blocker"; among the others the strongest counts.
func (l *lexicon) marks(e evidence) (j judgement) {
	rank := map[clamor.Priority]int{clamor.Nice: 1, clamor.Important: 2, clamor.Blocker: 3}
	for _, h := range e.found {
		c := l.cues[h.cue]
		if rank[c.priority] > rank[j.priority] && !l.overruled(h, e.found) {
			j.priority, j.loud = c.priority, verbatim(e.sentence, h)
		}
		if j.motive == "" && c.motive != "" {
			j.motive, j.why = c.motive, verbatim(e.sentence, h)
		}
	}
	return j
}

func (l *lexicon) overruled(h hit, found []hit) bool {
	for _, other := range found {
		if l.cues[other.cue].priority != "" && other.start <= h.start && other.end >= h.end && other.end-other.start > h.end-h.start {
			return true
		}
	}
	return false
}

// verbatim gives the stretch of a sentence that a hit covers, in whole words as they were written.
func verbatim(sentence string, h hit) string {
	start, end := -1, 0
	var last string
	count := 0
	for at := 0; at < len(sentence); {
		chunk := trimmed(sentence, at, len(sentence))
		if n := strings.IndexFunc(sentence[chunk.start:], unicode.IsSpace); n >= 0 {
			chunk.end = chunk.start + n
		}
		for _, w := range cueWords(sentence[chunk.start:chunk.end]) {
			if w == last {
				continue
			}
			last = w
			if count == h.start {
				start = chunk.start
			}
			if count == h.end-1 {
				end = chunk.end
			}
			count++
		}
		at = max(chunk.end, at+1)
	}
	if start < 0 || end <= start {
		return ""
	}
	return strings.TrimRight(sentence[start:end], ".,;:!?\"'”’)]")
}
