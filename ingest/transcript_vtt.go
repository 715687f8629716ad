package ingest

import (
	"html"
	"strings"
	"time"
)

// parseVTT reads the captions of a WebVTT file, and of what is nearly one: without its header, with a comma in its times as SubRip has
// them, with cues that overlap or come late, or cut off in the middle. What is no caption is passed over. Who speaks stands in a voice
// tag, or before a colon as Zoom writes it; a caption that names nobody goes on with who spoke last.
func parseVTT(text string) []utterance {
	all := captions(text)
	names := map[string]int{}
	for _, c := range all {
		if name, _, ok := beforeColon(c.words); ok && c.speaker == "" {
			names[name]++
		}
	}
	speaker, said := "", all[:0]
	for _, c := range all {
		if name, words, ok := beforeColon(c.words); ok && c.speaker == "" && (names[name] > 1 || speakerEnd(c.words) > 0) {
			c.speaker, c.words = name, words
		}
		if c.speaker != "" {
			speaker = c.speaker
		}
		c.speaker = speaker
		if !blank(c.words) {
			said = append(said, c)
		}
	}
	return said
}

// captions are the lines of the cues, each with who speaks by its tag.
func captions(text string) []utterance {
	var all []utterance
	at, inside := untimed, false
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(clean(text), "\ufeff"))
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if start, ok := cueTime(line); ok {
			at, inside = start, true
			continue
		}
		inside = inside && line != ""
		if speaker, words := voice(line); inside && !blank(words) {
			all = append(all, utterance{speaker: speaker, words: words, at: at})
		}
	}
	return all
}

// cueTime is when a cue begins, read from its line of times: "00:21:52.500 --> 00:21:58.200 align:start".
func cueTime(line string) (time.Duration, bool) {
	from, _, ok := strings.Cut(line, "-->")
	if !ok {
		return untimed, false
	}
	return clockTime(strings.TrimSpace(from))
}

// clockTime reads a moment of a recording: 21:52, 00:21:52.500 or 0:21:52,5.
func clockTime(text string) (time.Duration, bool) {
	const longest = 16
	if len(text) > longest {
		return untimed, false
	}
	whole, fraction, _ := strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return untimed, false
	}
	total := 0
	for i, part := range parts {
		n, ok := shortNumber(part)
		if !ok || i > 0 && n > 59 {
			return untimed, false
		}
		total = total*60 + n
	}
	d, err := time.ParseDuration("0." + fraction + "0s")
	if err != nil || strings.Trim(fraction, "0123456789") != "" {
		return untimed, false
	}
	return time.Duration(total)*time.Second + d, true
}

// shortNumber reads one to three digits.
func shortNumber(text string) (int, bool) {
	if text == "" || len(text) > 3 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n := 0
	for _, digit := range text {
		n = n*10 + int(digit-'0')
	}
	return n, true
}

// voice reads a line of a cue: who speaks by its tag, as in "<v Kim Buyer>", and the words without tags.
func voice(line string) (speaker, words string) {
	if tag, ok := strings.CutPrefix(line, "<v"); ok {
		if name, rest, ok := strings.Cut(tag, ">"); ok {
			_, name, _ = strings.Cut(name, " ") // behind its classes, as in <v.loud Kim>
			return cleanLine(html.UnescapeString(name)), untagged(rest)
		}
	}
	return "", untagged(line)
}

// beforeColon reads a name before a colon, in small letters too. Whether it is one is seen where it comes twice.
func beforeColon(line string) (name, words string, ok bool) {
	const longest, mostWords = 60, 6
	name, words, ok = strings.Cut(line, ": ")
	if !ok || len(name) > longest || strings.ContainsAny(name, "!?;\"") || len(strings.Fields(name)) > mostWords || blank(name) {
		return "", line, false
	}
	return name, strings.TrimSpace(words), true
}

// untagged takes the tags of WebVTT out of a line, and reads its escapes.
func untagged(line string) string {
	var b strings.Builder
	for {
		before, tag, ok := strings.Cut(line, "<")
		b.WriteString(before)
		if !ok {
			break
		}
		inner, after, ok := strings.Cut(tag, ">")
		if !ok || inner == "" || strings.ContainsRune(" =0123456789", rune(inner[0])) && !isClock(inner) { // an arithmetic sign
			b.WriteByte('<')
			line = tag
			continue
		}
		line = after
	}
	return strings.TrimSpace(html.UnescapeString(b.String()))
}

func isClock(text string) bool {
	_, ok := clockTime(text)
	return ok
}
