package web

import (
	"slices"
	"unicode/utf8"

	"clamor"
)

// Segment is a piece of a note's text that the same asks cover from end to end.
type Segment struct {
	Text   string
	Marks  []int // the asks that cover it, by index, the shortest first: its link is the most telling
	Closes []int // the asks that end with it
}

// Highlight cuts a text where asks begin and end. The segments joined are the text, whatever the asks say: spans that are
// empty or lie outside are left out, and one that cuts a character in two is widened to hold all of it.
func Highlight(text string, asks []clamor.Ask) []Segment {
	spans, cuts := spansOf(text, asks)
	var segments []Segment
	var open []span // those that cover the segment, of which there are few
	for i := 1; i < len(cuts); i++ {
		from, to := cuts[i-1], cuts[i]
		open = slices.DeleteFunc(open, func(s span) bool { return s.end <= from })
		for len(spans) > 0 && spans[0].start == from {
			open, spans = append(open, spans[0]), spans[1:]
		}
		slices.SortStableFunc(open, func(a, b span) int { return (a.end - a.start) - (b.end - b.start) })
		seg := Segment{Text: text[from:to]}
		for _, s := range open {
			seg.Marks = append(seg.Marks, s.ask)
			if s.end == to {
				seg.Closes = append(seg.Closes, s.ask)
			}
		}
		slices.Sort(seg.Closes)
		segments = append(segments, seg)
	}
	return segments
}

// span is where an ask stands, on the borders of characters.
type span struct{ start, end, ask int }

// spansOf gives the sound spans by their start, and where the text is to be cut.
func spansOf(text string, asks []clamor.Ask) (spans []span, cuts []int) {
	cuts = []int{0, len(text)}
	for i, a := range asks {
		if a.Start < 0 || a.End > len(text) || a.Start >= a.End {
			continue
		}
		s := span{runeStart(text, a.Start), runeStart(text, a.End), i}
		if s.end < a.End {
			_, n := utf8.DecodeRuneInString(text[s.end:])
			s.end += n
		}
		spans = append(spans, s)
		cuts = append(cuts, s.start, s.end)
	}
	slices.SortStableFunc(spans, func(a, b span) int { return a.start - b.start })
	slices.Sort(cuts)
	return spans, slices.Compact(cuts)
}

// runeStart is the last position up to i at which a character begins.
func runeStart(text string, i int) int {
	for back := 0; back < utf8.UTFMax && i-back >= 0 && i < len(text); back++ {
		if utf8.RuneStart(text[i-back]) {
			if _, n := utf8.DecodeRuneInString(text[i-back:]); back < n {
				return i - back
			}
			break
		}
	}
	return i
}
