package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clamor"
)

// utterance is what one speaker says at one go in a recording.
type utterance struct {
	speaker string
	words   string
	at      time.Duration // into the recording; untimed where nobody tells
	ours    bool          // said by our side
}

const untimed = time.Duration(-1)

// momentIn is a moment of a recording that is told in some unit, as a number or a text; untimed where it is none.
func momentIn(text string, unit time.Duration) time.Duration {
	const longest = 7 * 24 * time.Hour
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= float64(longest/unit)) {
		return untimed
	}
	return time.Duration(n * float64(unit))
}

// transcript is a recorded conversation as the text of a note: a line for each turn, with its moment and its speaker before the words, and
// the stretches that our side said.
type transcript struct {
	text string
	ours []stretch
}

// breath is how long a speaker goes on in one line, so that the moment of what is said stands near by.
const breath = time.Minute

// transcribe writes a conversation down. What one speaker says in a row is one turn; a recorder cuts it anywhere, even within words of one
// sentence.
func transcribe(said []utterance) transcript {
	var b strings.Builder
	var t transcript
	var line utterance // the one being written
	for _, u := range said {
		words := cleanLine(u.words)
		if blank(words) {
			continue
		}
		start := b.Len()
		switch {
		case start > 0 && line.goesOn(u):
			b.WriteByte(' ')
		case start > 0:
			b.WriteByte('\n')
			start++
			fallthrough
		default:
			line = u
			b.WriteString(heading(u))
		}
		b.WriteString(words)
		line.words = words
		if u.ours {
			t.claim(start, b.Len())
		}
	}
	t.text = b.String()
	return t
}

// goesOn reports whether the next words belong into the line of those before.
func (u utterance) goesOn(next utterance) bool {
	if u.speaker != next.speaker || u.ours != next.ours {
		return false
	}
	return u.at < 0 || next.at < u.at+breath || !isStop(lastRune(u.words))
}

// claim notes down a stretch that our side said; one that follows the last without another speaker between goes on in it.
func (t *transcript) claim(start, end int) {
	if n := len(t.ours); n > 0 && start <= t.ours[n-1].end+1 {
		t.ours[n-1].end = end
		return
	}
	t.ours = append(t.ours, stretch{start, end})
}

// heading is what a line begins with: "[21:52] Kim Buyer: ".
func heading(u utterance) string {
	if u.at < 0 {
		return speakerName(u.speaker) + ": "
	}
	return "[" + clock(u.at) + "] " + speakerName(u.speaker) + ": "
}

// clock writes a moment of a recording as people read it: 21:52, or 1:02:03.
func clock(d time.Duration) string {
	s := int(d / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// speakerName writes a name so that it is known for one before a colon: at most four words with capitals, and nothing in brackets.
func speakerName(name string) string {
	const longest, mostWords = 40, 4
	name = cleanLine(name)
	if at := strings.IndexAny(name, "[(|/"); at >= 0 {
		name = name[:at]
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("!?,;:\"<>", r) {
			return -1
		}
		return r
	}, name)
	words := strings.Fields(name)
	words = words[:min(len(words), mostWords)]
	for i, w := range words {
		r, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(r)) + w[size:]
	}
	for len(words) > 0 && len(strings.Join(words, " ")) > longest {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return "Speaker"
	}
	return strings.Join(words, " ")
}

// asks are what the conversation asks for: what our side says asks for nothing unless it reports what a customer said, and no ask reaches
// from the customer's words into ours.
func (t transcript) asks(author string) []clamor.Ask {
	var asks []clamor.Ask
	found := extract(t.text, author)
	if len(found) == 0 && len(t.ours) == 0 {
		found = wholeOrSpans(t.text, author) // somebody marked these few words
	}
	for _, s := range found {
		own, ours := t.after(s.Start)
		if ours && own.start <= s.Start {
			if !reports(s.Text) {
				continue
			}
		} else if ours && own.start < s.End {
			cut := trimmed(t.text, s.Start, own.start)
			s.End, s.said = cut.end, min(s.said, cut.end)
		}
		asks = append(asks, clamor.Ask{Text: t.text[s.Start:s.said], Quote: t.text[s.Start:s.End], Start: s.Start, End: s.End,
			Priority: s.Priority, Motive: s.Motive})
	}
	return asks
}

// after is the first stretch of our side that ends behind a place.
func (t transcript) after(at int) (stretch, bool) {
	i, _ := slices.BinarySearchFunc(t.ours, at, func(s stretch, at int) int {
		if s.end <= at {
			return -1
		}
		return 1
	})
	if i == len(t.ours) {
		return stretch{}, false
	}
	return t.ours[i], true
}

// conversation completes the note of a recording, which has an id, with what was said.
func conversation(n clamor.Note, a clamor.AccountFacts, d *clamor.DealFacts, t transcript, o ParseOptions) clamor.Intake {
	in := intakeOf(n, a, d, o, nil)
	in.Note.Text = t.text
	in.Asks = identified(t.asks(n.Author.Name), in.Note)
	return in
}
