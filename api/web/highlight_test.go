package web_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clamor"
	"clamor/api/web"
)

func spans(pairs ...int) []clamor.Ask {
	var asks []clamor.Ask
	for i := 0; i+1 < len(pairs); i += 2 {
		asks = append(asks, clamor.Ask{Start: pairs[i], End: pairs[i+1]})
	}
	return asks
}

func TestHighlightCutsWhereAsksBeginAndEnd(t *testing.T) {
	for _, c := range []struct {
		name, text string
		asks       []clamor.Ask
		want       []web.Segment
	}{
		{"nothing to mark", "plain", nil, []web.Segment{{Text: "plain"}}},
		{"no text", "", spans(0, 0), nil},
		{"one ask", "we need SSO.", spans(8, 11), []web.Segment{{Text: "we need "}, {Text: "SSO", Marks: []int{0}, Closes: []int{0}}, {Text: "."}}},
		{"the whole text", "SSO", spans(0, 3), []web.Segment{{Text: "SSO", Marks: []int{0}, Closes: []int{0}}}},
		{"side by side", "abcd", spans(0, 2, 2, 4), []web.Segment{{Text: "ab", Marks: []int{0}, Closes: []int{0}}, {Text: "cd", Marks: []int{1}, Closes: []int{1}}}},
		{"overlapping: the shorter is named first", "abcdef", spans(0, 4, 3, 6), []web.Segment{{Text: "abc", Marks: []int{0}},
			{Text: "d", Marks: []int{1, 0}, Closes: []int{0}}, {Text: "ef", Marks: []int{1}, Closes: []int{1}}}},
		{"one within the other", "abcd", spans(0, 4, 1, 2), []web.Segment{{Text: "a", Marks: []int{0}}, {Text: "b", Marks: []int{1, 0}, Closes: []int{1}},
			{Text: "cd", Marks: []int{0}, Closes: []int{0}}}},
		{"the same words twice", "ab", spans(0, 2, 0, 2), []web.Segment{{Text: "ab", Marks: []int{0, 1}, Closes: []int{0, 1}}}},
		{"characters of several bytes", "für 🙏 alle", spans(5, 9), []web.Segment{{Text: "für "}, {Text: "🙏", Marks: []int{0}, Closes: []int{0}}, {Text: " alle"}}},
		{"an offset within a character", "🙏!", spans(1, 3), []web.Segment{{Text: "🙏", Marks: []int{0}, Closes: []int{0}}, {Text: "!"}}},
		{"outside the text", "abc", spans(-1, 2, 2, 9, 2, 1), []web.Segment{{Text: "abc"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, web.Highlight(c.text, c.asks)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// checkHighlight states what holds for every text and all spans.
func checkHighlight(t interface{ Errorf(string, ...any) }, text string, asks []clamor.Ask) {
	var joined strings.Builder
	covered := map[int]int{}
	for _, s := range web.Highlight(text, asks) {
		if s.Text == "" || utf8.ValidString(text) && !utf8.ValidString(s.Text) {
			t.Errorf("the segment %q is empty or cuts a character", s.Text)
		}
		joined.WriteString(s.Text)
		for _, m := range s.Marks {
			covered[m] += len(s.Text)
		}
	}
	if joined.String() != text {
		t.Errorf("the segments are %q, the text %q", joined.String(), text)
	}
	for i, a := range asks {
		sound := a.Start >= 0 && a.Start < a.End && a.End <= len(text)
		if sound && covered[i] < a.End-a.Start || !sound && covered[i] > 0 {
			t.Errorf("ask %d [%d:%d] covers %d bytes of %q", i, a.Start, a.End, covered[i], text)
		}
		if sound && utf8.ValidString(text) && utf8.ValidString(text[:a.Start]) && utf8.ValidString(text[:a.End]) && covered[i] != a.End-a.Start {
			t.Errorf("ask %d [%d:%d] covers %d bytes of %q, more than its words", i, a.Start, a.End, covered[i], text)
		}
	}
}

func TestHighlightLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab é🙏<&ش\u0301\n"))).Draw(t, "text")
		offset := rapid.IntRange(-1, len(text)+1)
		var asks []clamor.Ask
		for range rapid.IntRange(0, 5).Draw(t, "asks") {
			asks = append(asks, clamor.Ask{Start: offset.Draw(t, "start"), End: offset.Draw(t, "end")})
		}
		checkHighlight(t, text, asks)
	})
}

func FuzzHighlight(f *testing.F) {
	f.Add("we need SSO 🙏", 3, 7, 8, 16)
	f.Add("\xff\xf0\x9f", 1, 2, 0, 3)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) { checkHighlight(t, text, spans(a, b, c, d)) })
}

func TestTheNoteReadsAsItWasWritten(t *testing.T) {
	body := page(t, site(t), sample{"note", signedIn(clamor.Viewer), sampleNote()})
	_, article, _ := strings.Cut(body, `aria-label="The note, verbatim" dir="auto">`)
	article, _, _ = strings.Cut(article, "</article>")
	if got := withoutTags(article); got != noteText {
		t.Errorf("the page shows\n%q, the note is\n%q", got, noteText)
	}
}
