package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// titleRunes is how long a founding title may be.
const titleRunes = 90

// boilerplate opens many asks and says nothing about what is asked for. Longest first where one begins another.
func boilerplate() []string {
	return []string{
		"our customers would love the ability to ", "customers would love the ability to ", "they would love the ability to ",
		"would love the ability to ", "would love to be able to ", "would like the ability to ", "would like to be able to ",
		"we would really like to ", "we would like to be able to ", "we would like to ", "we would love to ", "it would be great to be able to ", "it would be great to have ",
		"it would be great if ", "it would be nice to have ", "it would be nice if ", "it would be nice to ", "it would be great to ",
		"it would be helpful if ", "it would be helpful to ", "would be great to have ", "would be nice to have ",
		"the customer asks for ", "the customer asked for ", "customer asks for ", "customer asked for ", "the customer needs ", "customer needs ",
		"the customer wants ", "customer wants ", "they are asking for ", "they're asking for ", "they asked again about ", "asked again about ",
		"they asked for ", "asked for ", "asks for ", "asking for ", "they really need ", "they need to be able to ", "they need ", "they want to be able to ", "they want ",
		"we need to be able to ", "we really need ", "we need ", "we want to be able to ", "we want ", "i need ", "i want ", "i wish ", "i would like to ", "i'd like to ", "we'd like to ", "we'd love to ",
		"please add support for ", "please add ", "please support ", "please ", "feature request: ", "feature request - ", "[feature request] ", "feature: ", "rfe: ", "request: ", "ask: ",
		"the ability to ", "ability to ", "hi, ", "hello, ", "hi team, ", "also, ", "also ", "so ", "and ", "but ",
	}
}

// Title makes the founding title of a feature from an ask's text: its first sentence without boilerplate, cut at a word.
func Title(text string) string {
	line := firstSentence(strings.ToValidUTF8(text, ""))
	for trimmed := true; trimmed; {
		line, trimmed = trimBoilerplate(line)
	}
	line = strings.TrimRight(cutAtWord(line, titleRunes), " .,;:!?-")
	if strings.TrimSpace(line) == "" {
		return "Untitled request"
	}
	r, size := utf8.DecodeRuneInString(line)
	return string(unicode.ToUpper(r)) + line[size:]
}

func trimBoilerplate(line string) (string, bool) {
	for _, b := range boilerplate() {
		if len(line) > len(b)+3 && strings.EqualFold(line[:len(b)], b) {
			return strings.TrimSpace(line[len(b):]), true
		}
	}
	return line, false
}

// firstSentence is the first line that holds a word, up to the end of its first sentence.
func firstSentence(text string) string {
	for line := range strings.Lines(text) {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
		line = strings.TrimLeft(line, "-*•>#\"'“” ")
		if !strings.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			continue
		}
		for i, r := range line {
			next := i + utf8.RuneLen(r)
			if (r == '.' || r == '!' || r == '?') && i > 12 && next < len(line) && line[next] == ' ' {
				return line[:i]
			}
			if r == '。' || r == '！' || r == '？' {
				return line[:i]
			}
		}
		return line
	}
	return ""
}

func cutAtWord(line string, limit int) string {
	if utf8.RuneCountInString(line) <= limit {
		return line
	}
	runes := []rune(line)[:limit]
	for i := limit - 1; i > limit/2; i-- {
		if unicode.IsSpace(runes[i]) {
			return string(runes[:i])
		}
	}
	return string(runes)
}
