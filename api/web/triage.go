package web

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"clamor"
)

// TriageView is the desk where a person goes through what the machine did: what waits on the left, one case on the right.
type TriageView struct {
	Auto   bool   // what the machine joined counts as done, and may be looked through afterwards
	Tab    string // which heap is shown
	Tabs   []Choice
	Items  []TriageItem
	Older  string // where the items behind these are
	Case   *Case  // what is looked at, nil where nothing is left
	Done   []Deed // what people ruled last, on the heap of what is done
	Mine   *Deed  // the reader's own last ruling: what an undo takes back
	Back   string // where an undo leads
	Notice string // what came of the last step
	Bad    bool   // it was not done
}

func (TriageView) page() string { return "triage" }

// Title names the heap that is shown.
func (v TriageView) Title() string {
	for _, t := range v.Tabs {
		if t.Selected {
			return t.Label
		}
	}
	return ""
}

// TriageItem is one line of what waits.
type TriageItem struct {
	URL      string
	Look     clamor.Look // "" for a note without an ask
	Account  string
	Text     string
	At       string // the id of the ask or the note
	Quote    clamor.Quote
	Selected bool
}

// Deed is a ruling as it is told to somebody who may take it back.
type Deed struct {
	Ruling clamor.Ruling
	Text   string
	Quote  string
	Where  string // the note
}

// Case is one ask, or a note without one, with all that is needed to decide on it.
type Case struct {
	Key      string // the id of the ask or the note
	Next     string // the key of what follows
	Ask      *clamor.Quote
	Note     clamor.Note
	Account  clamor.Account
	Deal     *clamor.Deal
	Segments []Segment
	Asks     []NoteAsk // of the note
	Cut      bool      // only a part of the note is shown
	Offset   int       // at which byte of the note the part begins
	Choices  []Option
	Title    string // of a feature of its own
	Founded  bool   // it stands in a feature of its own
	Ruled    *Deed  // somebody has ruled on it
	Question string // what to ask the reporter
}

// Option is a feature that the case may belong to, chosen by a number key.
type Option struct {
	Similar
	Number   int
	Here     bool // it stands there now
	Accounts int
	Why      string
}

// Mail is a mailto link that asks the reporter, "" where no address is known.
func (c Case) Mail() string { return Mail(c.Note, c.Account.Name, c.Question) }

// Mail is a mailto link to the person who wrote a note down, "" where no address is known.
func Mail(n clamor.Note, account, question string) string {
	to := n.Author.Email
	if to == "" || strings.ContainsAny(to, " \r\n?&") {
		return ""
	}
	q := url.Values{"subject": {"Question on " + cmp.Or(n.Title, "your note") + ", " + account}, "body": {question}}
	return "mailto:" + url.PathEscape(to) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Ask writes a question to the person who wrote a note down: what they heard, and what is missing to weigh it.
func Ask(n clamor.Note, account, quote string, missing []string) string {
	var b strings.Builder
	if name, _, _ := strings.Cut(n.Author.Name, " "); name != "" {
		fmt.Fprintf(&b, "Hi %s,\n\n", name)
	}
	what := cmp.Or(n.Title, string(n.Kind))
	if quote == "" {
		fmt.Fprintf(&b, "in “%s” of %s I find no request of %s. Is there one I should know of?\n", what, day(n.OccurredAt), account)
		return b.String()
	}
	fmt.Fprintf(&b, "in “%s” of %s you noted of %s:\n\n“%s”\n\n", what, day(n.OccurredAt), account, quote)
	if len(missing) == 0 {
		b.WriteString("Did I understand it right, and is it still open?\n")
		return b.String()
	}
	b.WriteString("To weigh it, we would need to know:\n")
	for _, m := range missing {
		fmt.Fprintf(&b, "- %s\n", m)
	}
	return b.String()
}

// shownAround is how many bytes of a note a case shows before and behind its ask.
const shownAround = 1500

// Window is the part of a text around a span, cut between words; the whole where it is short.
func Window(text string, start, end int) (from, to int) {
	if len(text) <= 3*shownAround {
		return 0, len(text)
	}
	from, to = max(0, start-shownAround), min(len(text), end+shownAround)
	if at := strings.IndexAny(text[from:min(from+200, start)], " \n"); from > 0 && at >= 0 {
		from += at + 1
	} else {
		from = runeStart(text, from)
	}
	if at := strings.LastIndexAny(text[max(to-200, end):to], " \n"); to < len(text) && at >= 0 {
		to = max(to-200, end) + at
	} else {
		to = runeStart(text, to)
	}
	return from, to
}

// ToldRuling is a ruling told by what it did, without the name of who made it.
func ToldRuling(r clamor.Ruling, titles map[clamor.FeatureID]clamor.Feature) string {
	title := func(id clamor.FeatureID) string { return "“" + cmp.Or(titles[id].Title, string(id)) + "”" }
	what := "it"
	if len(r.Asks) > 1 {
		what = count(len(r.Asks), "ask")
	}
	switch r.Kind {
	case clamor.RuleConfirm:
		return "confirmed " + what + " under " + title(r.Feature)
	case clamor.RuleMove:
		return "put " + what + " under " + title(r.Target)
	case clamor.RuleSplit:
		return "made " + what + " the feature " + title(r.Target)
	case clamor.RuleNotAnAsk:
		return "ruled that " + what + " is no ask"
	case clamor.RuleAsk:
		return "marked words as an ask"
	case clamor.RuleNothing:
		return "ruled that the note holds no ask"
	case clamor.RuleUndo:
		return "took a ruling back"
	}
	return string(r.Kind)
}
