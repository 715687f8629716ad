package clamor

import "strings"

// Aspect is something that a request needs beside its words, so that it can be weighed.
type Aspect string

// The aspects of a request's context.
const (
	UseCase    Aspect = "use case"
	Workaround Aspect = "workaround"
	Impact     Aspect = "impact"
	Urgency    Aspect = "urgency"
	Link       Aspect = "link"
	Contact    Aspect = "contact"
)

// Aspects lists all aspects in the order in which they are told.
func Aspects() []Aspect { return []Aspect{UseCase, Workaround, Impact, Urgency, Link, Contact} }

// cues are words by which people tell an aspect, in lower case.
func cues(a Aspect) []string {
	switch a {
	case UseCase:
		return []string{"because", "so that", "in order to", "use case", "whenever", "every time", "each time", "our team", "their team", "workflow", "when we", "when they",
			"use it to", "use it for", "to be able to", "needed for", "need it for", "weil", "damit"}
	case Workaround:
		return []string{"workaround", "work around", "manually", "by hand", "currently", "at the moment", "right now", "today we", "today they", "instead", "spreadsheet",
			"copy and paste", "copy-paste", "copying", "zapier", "makeshift", "von hand", "manuell", "derzeit"}
	case Impact:
		return []string{"hour", "minutes", "days a", "days per", "per week", "a week", "per month", "a month", "cost", "lose", "losing", "lost", "churn", "cancel", "renew",
			"can't", "cannot", "blocked", "blocker", "audit", "compliance", "revenue", "users", "people", "customers", "seats", "every day", "stunden", "kosten"}
	case Urgency:
		return []string{"urgent", "asap", "deadline", "before the", "by the end of", "by end of", "this quarter", "next quarter", "this month", "next month", "this week", "go-live",
			"go live", "renewal", "until", "immediately", "by january", "by february", "by march", "by april", "by june", "by july", "by august", "by september",
			"by october", "by november", "by december", "must have", "must-have", "showstopper", "dealbreaker", "deal breaker", "dringend"}
	}
	return nil
}

// aroundAsk is how many bytes of a note before and behind an ask speak of it.
const aroundAsk = 600

// ContextOf says which aspects of a request a note tells: of the first four by the words around the quote, of the others by what the note
// brings along. It can be wrong either way and only serves to ask back.
func ContextOf(n Note, quote string) map[Aspect]bool {
	text := strings.ToLower(n.Text)
	if at := strings.Index(n.Text, quote); at >= 0 && quote != "" && len(text) == len(n.Text) {
		text = text[max(0, at-aroundAsk):min(len(text), at+len(quote)+aroundAsk)]
	}
	told := map[Aspect]bool{Link: n.URL != "", Contact: n.Contact.String() != ""}
	for _, a := range []Aspect{UseCase, Workaround, Impact, Urgency} {
		for _, cue := range cues(a) {
			if holdsWords(text, cue) {
				told[a] = true
				break
			}
		}
	}
	return told
}

// holdsWords reports whether words stand in a text, not begun in the midst of another one.
func holdsWords(text, words string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], words)
		if at < 0 {
			return false
		}
		at += from
		if at == 0 || !letter(text[at-1]) {
			return true
		}
		from = at + 1
	}
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 0x80 }
