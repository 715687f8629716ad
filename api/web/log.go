package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"clamor"
)

// LogView is who did what.
type LogView struct {
	Days  []LogDay
	By    string
	Kinds []Choice
	Day   string
	Known []string // people to choose from
	CSV   string
	Older string
	Any   bool // a filter is set

	Faults map[string]string
}

func (LogView) page() string { return "log" }

// Fault says what is wrong with a field, "" if nothing is.
func (v LogView) Fault(field string) string { return v.Faults[field] }

// LogDay is what was done on one day, the newest first.
type LogDay struct {
	Day   clamor.Date
	Deeds []LogDeed
}

// LogDeed is one thing that somebody did.
type LogDeed struct {
	Entry clamor.AuditEntry
	Words []LogWord
	More  string // a reason, or what was changed
}

// LogWord is a piece of a sentence; it leads somewhere if it has a URL.
type LogWord struct{ Text, URL string }

// Sentence is the deed in plain words.
func (d LogDeed) Sentence() string {
	var b strings.Builder
	for _, w := range d.Words {
		b.WriteString(w.Text)
	}
	return b.String()
}

// LogKinds are the kinds of deeds that the log can be narrowed to.
func LogKinds() []Choice {
	return []Choice{{Value: "decisions", Label: "Decisions on asks"}, {Value: "features", Label: "Features"}, {Value: "accounts", Label: "Accounts and promises"},
		{Value: "quarters", Label: "Quarters"}, {Value: "settings", Label: "Settings"}, {Value: "sources", Label: "Sources"}, {Value: "people", Label: "People and tokens"}}
}

// LogActions are the actions of a kind.
func LogActions(kind string) []string {
	var actions []string
	for _, p := range phrases() {
		if p.kind == kind {
			actions = append(actions, p.action)
		}
	}
	return actions
}

// longHash is a hash, of which the beginning is enough to tell it from others.
var longHash = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// phrase tells an action in words: {s} is what it was done to, {t} the other thing that its detail begins with, {d} the detail.
type phrase struct{ action, kind, words string }

func phrases() []phrase {
	return []phrase{
		{"rule confirm", "decisions", "confirmed where {s} stands"},
		{"rule move", "decisions", "moved {s} to {t}"},
		{"rule split", "decisions", "made {t} of {s}"},
		{"rule not-an-ask", "decisions", "found {s} to be no ask"},
		{"rule ask", "decisions", "marked words of {s} as an ask"},
		{"rule nothing", "decisions", "found no ask in {s}"},
		{"rule merge", "decisions", "merged {s} into {t}"},
		{"rule pin", "decisions", "pinned {s}"},
		{"rule shift", "decisions", "moved {s} from its computed rank"},
		{"rule undo", "decisions", "took back a decision on {s}"},
		{"feature edit", "features", "changed {s}: {d}"},
		{"feature edit undo", "features", "took back a change of {s}: {d}"},
		{"link issue", "features", "linked {s} to {d}"},
		{"unlink issue", "features", "unlinked {s} from {d}"},
		{"proposal confirmed", "features", "accepted a tracker's news: {s} is {d}"},
		{"proposal dismissed", "features", "dismissed a tracker's news that {s} is {d}"},
		{"team add", "features", "added the team {s}"},
		{"team rename", "features", "renamed the team {s} to {d}"},
		{"team remove", "features", "removed the team {s}"},
		{"area add", "features", "added the area {s}"},
		{"area rename", "features", "renamed the area {s} to {d}"},
		{"area remove", "features", "removed the area {s}"},
		{"account put", "accounts", "recorded facts of {s}"},
		{"account merge", "accounts", "merged the account {s} into {t}"},
		{"account unmerge", "accounts", "separated the account {s} from {t}"},
		{"account choose", "accounts", "settled that a record speaks of {s}"},
		{"promise add", "accounts", "recorded a promise of {s}"},
		{"promise edit", "accounts", "changed a promise of {s}"},
		{"freeze", "quarters", "froze {s}"},
		{"publish", "quarters", "published {s}"},
		{"ranking settings", "settings", "changed the ranking settings, now version {s}"},
		{"deduper settings", "settings", "changed the deduper's settings, now version {s}"},
		{"rate set", "settings", "set the rate of {s}"},
		{"prefer triage.mode", "settings", "set how triage works: {d}"},
		{"view remove", "settings", "removed a saved view"},
		{"sample load", "settings", "loaded the sample company"},
		{"sample remove", "settings", "removed the sample company"},
		{"source add", "sources", "added the source {s}"},
		{"source set", "sources", "changed the source {s}"},
		{"source pull", "sources", "had the source {s} read from the start"},
		{"replay", "sources", "had deliveries of {s} read again"},
		{"sign in", "people", "signed in"},
		{"person invite", "people", "invited {s} as {d}"},
		{"person role", "people", "changed the role of {s} to {d}"},
		{"person email", "people", "set the address of {s}"},
		{"person remove", "people", "removed {s}, who was {d}"},
		{"person sessions end", "people", "signed {s} out everywhere"},
		{"link make", "people", "made a new sign-in link for {s}"},
		{"link withdraw", "people", "withdrew the sign-in link of {s}"},
		{"token create", "people", "made a token for {s} with the role {d}"},
		{"token revoke", "people", "revoked a token of {s}"},
	}
}

// NewLogDeed tells an entry of the log in plain words. What has no words yet is told as it was recorded.
func NewLogDeed(e clamor.AuditEntry, names map[string]clamor.Named) LogDeed {
	all := phrases()
	at := slices.IndexFunc(all, func(p phrase) bool { return p.action == e.Action })
	if at < 0 {
		return LogDeed{Entry: e, Words: []LogWord{{Text: e.Action}, {Text: space(e.Subject)}}, More: e.Detail}
	}
	d := LogDeed{Entry: e}
	detail := e.Detail
	other, rest := otherOf(detail)
	if strings.Contains(all[at].words, "{t}") || all[at].kind == "decisions" {
		detail = rest
	}
	if strings.HasPrefix(e.Action, "feature edit") {
		detail = editWords(detail)
	}
	detail = longHash.ReplaceAllString(detail, "$1…")
	text := all[at].words
	for text != "" {
		before, after, found := strings.Cut(text, "{")
		d.Words = append(d.Words, LogWord{Text: before})
		if !found {
			break
		}
		switch mark, behind, _ := strings.Cut(after, "}"); mark {
		case "s":
			d.Words, text = append(d.Words, subjectWord(e.Subject, names)), behind
		case "t":
			d.Words, text = append(d.Words, subjectWord(other, names)), behind
		default:
			d.Words, text = append(d.Words, detailWord(detail)), behind
			detail = ""
		}
	}
	if !strings.HasPrefix(e.Action, "promise ") {
		d.More = detail
	}
	return d
}

func space(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// otherOf is the id that a detail begins with, and what stands behind it.
func otherOf(detail string) (id, rest string) {
	for _, word := range []string{"into ", "from "} {
		detail = strings.TrimPrefix(detail, word)
	}
	first, rest, _ := strings.Cut(detail, " ")
	for _, kind := range []string{"feature_", "account_"} {
		if strings.HasPrefix(first, kind) {
			return first, rest
		}
	}
	return "", detail
}

// LogIDs are the ids of an entry that stand for something with a name.
func LogIDs(e clamor.AuditEntry) []string {
	ids := []string{e.Subject}
	if other, _ := otherOf(e.Detail); other != "" {
		ids = append(ids, other)
	}
	return ids
}

// longestWord is how much of a name a sentence of the log shows.
const longestWord = 90

func subjectWord(id string, names map[string]clamor.Named) LogWord {
	n, known := names[id]
	kind, _, _ := strings.Cut(id, "_")
	word := LogWord{Text: "“" + cut(n.Name, longestWord) + "”"}
	switch {
	case id == "":
		return LogWord{Text: "nothing"}
	case isQuarter(id):
		return LogWord{id, "/?quarter=" + url.QueryEscape(id)}
	case !known:
		return LogWord{Text: id}
	case kind == "user":
		return LogWord{n.Name, "/settings/people/" + url.PathEscape(id)}
	case kind == "account":
		return LogWord{n.Name, "/accounts/" + url.PathEscape(id)}
	case n.Note != "":
		word.URL = "/notes/" + url.PathEscape(string(n.Note))
	case n.Of != "":
		word.URL = "/features/" + url.PathEscape(string(n.Of))
	default:
		word.URL = "/features/" + url.PathEscape(id)
	}
	return word
}

func isQuarter(id string) bool {
	_, err := clamor.ParseQuarter(id, 0)
	return err == nil
}

func detailWord(detail string) LogWord {
	if detail == "" {
		return LogWord{Text: "nothing"}
	}
	return LogWord{Text: cut(detail, 3*longestWord)}
}

func cut(text string, limit int) string {
	if r := []rune(text); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return text
}

// editWords tells a change of a feature by field.
func editWords(detail string) string {
	var e clamor.FeatureEdit
	if json.Unmarshal([]byte(detail), &e) != nil {
		return detail
	}
	var words []string
	add := func(name string, value *string) {
		if value != nil {
			words = append(words, name+" “"+*value+"”")
		}
	}
	add("title", e.Title)
	if e.Status != nil {
		words = append(words, "status "+string(*e.Status))
	}
	add("reason", e.StatusReason)
	add("area", e.Area)
	add("team", e.Team)
	add("timeframe", e.Timeframe)
	if e.Effort != nil {
		words = append(words, "effort "+whole(*e.Effort))
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
