package ingest

import (
	"encoding/json"
	"strings"
	"time"
)

// parseSpoken reads a conversation as people export it: "Kim Buyer: words", "[21:52] Kim Buyer: words", or a line with who speaks and when,
// "Kim Buyer  21:52", above the words. What comes before anybody is named belongs to nobody.
func parseSpoken(text string) []utterance {
	var all []utterance
	now := utterance{at: untimed}
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(clean(text)), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if speaker, at, ok := introduced(line); ok {
			now = utterance{speaker: speaker, at: at}
			continue
		}
		at, rest := now.at, line
		if n := timestamp(line); n > 0 {
			at, _ = clockTime(strings.Trim(line[:n], "[]() "))
			rest = strings.TrimSpace(line[n:])
		}
		if n := speakerEnd(rest); n > 0 {
			now = utterance{speaker: strings.TrimRight(rest[:n], ": \t"), at: at}
			rest = strings.TrimSpace(rest[n:])
		}
		if !blank(rest) {
			all = append(all, utterance{speaker: now.speaker, words: rest, at: at})
		}
	}
	return all
}

// introduced reads a line that only says who speaks from when on.
func introduced(line string) (speaker string, at time.Duration, ok bool) {
	gap := strings.LastIndexAny(line, " \t")
	if gap < 0 {
		return "", untimed, false
	}
	at, ok = clockTime(strings.Trim(line[gap+1:], "[]()"))
	name := cleanLine(line[:gap])
	const mostWords = 6
	if !ok || len(strings.Fields(name)) > mostWords || strings.ContainsAny(name, ".?!,;:") || blank(name) {
		return "", untimed, false
	}
	return name, at, true
}

// prose gives the words of a value whose shape nobody documents: a text, the text in an object, or the lines of a list of either.
func prose(value any) string { return proseWithin(value, 4) }

func proseWithin(value any, depth int) string {
	if depth == 0 {
		return ""
	}
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(clean(v))
	case json.Number:
		return v.String()
	case []any:
		var lines []string
		for _, item := range v {
			if line := proseWithin(item, depth-1); line != "" {
				lines = append(lines, "- "+line)
			}
		}
		return strings.Join(lines, "\n")
	case map[string]any:
		for _, key := range [...]string{"text", "content", "summary", "description", "title"} {
			if line := proseWithin(v[key], depth-1); line != "" {
				return line
			}
		}
	}
	return ""
}
