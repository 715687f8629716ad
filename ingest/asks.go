package ingest

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"clamor"
)

// A short note is an ask as a whole: a rep who writes one or two sentences writes them because of the ask.
const (
	shortNote      = 280
	shortSentences = 2
)

// Bounds of what a sender may state: the bytes of one ask, and the asks of one note.
const (
	maxAsk  = 2000
	maxAsks = 200
)

// asksOf gives the asks of a note: those the sender names, else those its text holds.
func asksOf(o object, n clamor.Note) []clamor.Ask {
	var asks []clamor.Ask
	given := o.list("asks")
	if len(given) > maxAsks {
		o.fault("asks", "has %d elements: at most %d", len(given), maxAsks)
		return nil
	}
	whole := sync.OnceValue(func() foldedText { return folded(n.Text) })
	for i, item := range given {
		path := o.at("asks") + "[" + strconv.Itoa(i) + "]"
		if text, ok := item.(string); ok {
			item = map[string]any{"text": text}
		}
		m, ok := item.(map[string]any)
		if !ok {
			*o.faults = append(*o.faults, clamor.Fault{Path: path, Message: "must be an object, not " + typeName(item)})
			continue
		}
		asks = append(asks, givenAsk(object{path, m, o.faults}, n.Text, whole))
	}
	if len(asks) == 0 {
		asks = foundAsks(n)
	}
	return identified(asks, n)
}

func askPriority(o object) clamor.Priority {
	return choice(o, "priority", clamor.Blocker, clamor.Important, clamor.Nice)
}

func askMotive(o object) clamor.Motive {
	return choice(o, "motive", clamor.Keep, clamor.Grow, clamor.Promised)
}

// givenAsk reads an ask as the sender states it, and finds its words in the text.
func givenAsk(o object, text string, whole func() foldedText) clamor.Ask {
	a := clamor.Ask{
		Text:     o.text("text", maxAsk),
		Quote:    strings.TrimSpace(o.raw("quote")),
		Priority: askPriority(o),
		Motive:   askMotive(o),
	}
	if a.Text == "" {
		a.Text = cleanLine(a.Quote)
	}
	if blank(a.Text) {
		o.fault("text", "is missing: say what is asked for")
	}
	return quoted(a, text, whole)
}

// quoted sets the words of an ask to where they stand in the text. Where they stand nowhere, the whole of a short note is
// what was said; for a long one the sender's words stay, without a place.
func quoted(a clamor.Ask, text string, whole func() foldedText) clamor.Ask {
	words := a.Quote
	if words == "" {
		words = a.Text
	}
	if start, end, ok := locate(text, words, whole); ok {
		a.Start, a.End, a.Quote = start, end, text[start:end]
		return a
	}
	if a.Quote == "" && len(text) <= shortNote {
		s := trimmed(text, 0, len(text))
		a.Start, a.End, a.Quote = s.start, s.end, text[s.start:s.end]
		return a
	}
	a.Quote = words
	return a
}

// locate finds words in a text: exactly, else whatever their case and white space, for which whole gives the text folded.
func locate(text, words string, whole func() foldedText) (start, end int, ok bool) {
	if words == "" {
		return 0, 0, false
	}
	if at := strings.Index(text, words); at >= 0 {
		return at, at + len(words), true
	}
	wanted, all := folded(words), whole()
	at := strings.Index(all.text, wanted.text)
	if wanted.text == "" || at < 0 {
		return 0, 0, false
	}
	return int(all.starts[at]), int(all.ends[at+len(wanted.text)-1]), true
}

// foldedText is a text in lower case with single blanks, and for each of its bytes where the rune behind it stood.
type foldedText struct {
	text   string
	starts []int32 // of the rune's first byte in the original
	ends   []int32 // of the byte after the rune
}

func folded(text string) foldedText {
	var f foldedText
	var b strings.Builder
	gap := false
	for at, r := range text {
		size := utf8.RuneLen(r)
		if strings.ContainsRune(" \t\r\n\u00a0\u202f", r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			f.starts, f.ends = append(f.starts, int32(at)), append(f.ends, int32(at))
			gap = false
		}
		lower := plainQuotes(strings.ToLower(string(r)))
		for range len(lower) {
			f.starts, f.ends = append(f.starts, int32(at)), append(f.ends, int32(at+size))
		}
		b.WriteString(lower)
	}
	f.text = b.String()
	return f
}

// plainQuotes makes typographic quotation marks equal to typed ones: editors change them on the way.
func plainQuotes(s string) string {
	switch s {
	case "’", "‘":
		return "'"
	case "“", "”", "„":
		return "\""
	}
	return s
}

// foundAsks are the asks of a note whose sender named none: those that its text holds, else its title if that asks.
func foundAsks(n clamor.Note) []clamor.Ask {
	var asks []clamor.Ask
	for _, s := range wholeOrSpans(n.Text, n.Author.Name) {
		asks = append(asks, clamor.Ask{Text: n.Text[s.Start:s.said], Quote: s.Text, Start: s.Start, End: s.End, Priority: s.Priority, Motive: s.Motive})
	}
	if title := strings.TrimSpace(n.Title); len(asks) == 0 && title != "" {
		if j := judge(title, among); j.score >= even {
			asks = append(asks, clamor.Ask{Text: title, Quote: title, Priority: j.priority, Motive: j.motive})
		}
	}
	return asks
}

// identified gives each ask its identifier: from the note and what is asked, so that the same ask in the next version of
// the note is the same one. An ask stated twice in one note counts up.
func identified(asks []clamor.Ask, n clamor.Note) []clamor.Ask {
	stated := map[string]int{}
	for i := range asks {
		what := fold(asks[i].Text)
		stated[what]++
		asks[i].ID = clamor.AskID(clamor.DeriveID("ask", n.Source, n.ExternalID, what, strconv.Itoa(stated[what])))
		asks[i].OccurredAt = n.OccurredAt
	}
	return asks
}
