package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clamor"
)

// FeatureView is one feature with everything behind it.
type FeatureView struct {
	Feature    clamor.Feature
	Back       string          // the list that it was looked up on
	Into       *clamor.Feature // what it is merged into
	List       clamor.List     // the head of the list it was looked up on
	Model      Model
	Entry      *clamor.Entry // its place there; nil where it has none
	Of         int           // how many places there are
	Why        string
	Parts      []PartRow
	More       int // parts not shown
	Rest       int64
	Groups     []QuoteGroup
	Quotes     int
	Older      string // where the quotes are that are not shown; "" where all are
	Similar    []Similar
	Duplicates []Duplicate
	History    []Event
	Promises   []PromiseRow
	Form       FeatureForm
	Context    Context
	Trend      Trend
	Statuses   []clamor.Status // what the form offers
	Areas      []string        // known ones, to pick from
	Teams      []string
	Tracked    TrackedView
}

func (FeatureView) page() string { return "feature" }

// Standing are all parts of its place.
func (v FeatureView) Standing() []clamor.Part {
	if v.Entry == nil {
		return nil
	}
	return v.Entry.Parts
}

// Whale reports whether one account carries the score.
func (v FeatureView) Whale() bool { return v.Entry != nil && v.Entry.LargestShare >= whaleShare }

// QuoteGroup is what one account said.
type QuoteGroup struct {
	Account      clamor.Account
	Contribution int64
	Quotes       []clamor.Quote // newest first
}

// Group sorts quotes by account: those with the most money in the feature first, then those who spoke last.
func Group(quotes []clamor.Quote, parts []clamor.Part, accounts map[clamor.AccountID]clamor.Account) []QuoteGroup {
	contribution := map[clamor.AccountID]int64{}
	for _, p := range parts {
		contribution[p.Account] += p.Contribution
	}
	at := map[clamor.AccountID]int{}
	var groups []QuoteGroup
	for _, q := range quotes {
		i, ok := at[q.Account]
		if !ok {
			account, known := accounts[q.Account]
			if !known {
				account = clamor.Account{ID: q.Account}
			}
			account.Name = cmp.Or(account.Name, q.AccountName, string(q.Account))
			i = len(groups)
			at[q.Account] = i
			groups = append(groups, QuoteGroup{Account: account, Contribution: contribution[q.Account]})
		}
		groups[i].Quotes = append(groups[i].Quotes, q)
	}
	slices.SortStableFunc(groups, func(a, b QuoteGroup) int { return cmp.Compare(b.Contribution, a.Contribution) })
	return groups
}

// Similar is another feature that reads like this one.
type Similar struct {
	Feature   clamor.Feature
	Score     float64
	Shared    []clamor.Term
	OnlyHere  []clamor.Term // telling stems that only the one looked at has
	OnlyThere []clamor.Term // and only this one
	Asks      int
}

// Duplicate is a feature merged into this one, with the ruling that did it.
type Duplicate struct {
	Feature clamor.Feature
	Ruling  *clamor.Ruling
}

// MoveView lets a person say where an ask belongs.
type MoveView struct {
	Feature clamor.Feature // where it stands
	Quote   clamor.Quote
	Query   string
	Targets []Similar
}

func (MoveView) page() string { return "move" }

// MergeView shows what a merge would join, before it does.
type MergeView struct {
	Feature clamor.Feature // the page the reader comes from
	Query   string
	Targets []Similar // to choose from, where none is chosen yet
	Keeps   *Side     // what stays
	Goes    *Side     // what becomes a duplicate of it
	Common  int       // accounts that ask for both
	Total   int       // distinct accounts afterwards
}

func (MergeView) page() string { return "merge" }

// Side is one of the two features of a merge.
type Side struct {
	Feature  clamor.Feature
	Entry    *clamor.Entry
	Asks     int
	Accounts int
	Quotes   []clamor.Quote // some, newest first
	Currency string
}

// NoteView is a note as it was received, with its asks marked.
type NoteView struct {
	Note     clamor.Note
	Account  clamor.Account
	Deal     *clamor.Deal
	Segments []Segment
	Asks     []NoteAsk
	Delivery *clamor.Delivery
	Currency string
}

func (NoteView) page() string { return "note" }

// NoteAsk is an ask of a note with the feature it stands under.
type NoteAsk struct {
	clamor.Ask
	Title   string // the feature's, "" where it has none
	InText  bool   // its words stand in the text
	Ordinal int
}

// Event is a ruling as the history of a feature tells it.
type Event struct {
	Ruling clamor.Ruling // of an edit: who made it, when, and whether it was undone
	Text   string        // what was done, behind the name of who did it
	Edit   string        // the batch of an edit, "" for a ruling
}

// TellEdits makes events of the changes to a feature's fields.
func TellEdits(edits []clamor.Edited) []Event {
	var events []Event
	for _, e := range edits {
		r := clamor.Ruling{ID: clamor.RulingID(e.Batch), By: e.By, At: e.At, Undone: e.Undone}
		if e.Became.StatusReason != nil {
			r.Reason = *e.Became.StatusReason
		}
		events = append(events, Event{Ruling: r, Edit: e.Batch, Text: "set " + strings.Join(changes(e), ", ")})
	}
	return events
}

// changes tells the fields that an edit changed, each with what it was.
func changes(e clamor.Edited) []string {
	var all []string
	add := func(name string, was, became *string) {
		switch {
		case became == nil:
		case *was == "":
			all = append(all, name+" “"+*became+"”")
		case *became == "":
			all = append(all, "no "+name+" (was “"+*was+"”)")
		default:
			all = append(all, name+" “"+*became+"” (was “"+*was+"”)")
		}
	}
	if e.Became.Status != nil {
		all = append(all, "the status "+string(*e.Became.Status)+" (was "+string(*e.Was.Status)+")")
	}
	add("title", e.Was.Title, e.Became.Title)
	add("area", e.Was.Area, e.Became.Area)
	add("team", e.Was.Team, e.Became.Team)
	add("timeframe", e.Was.Timeframe, e.Became.Timeframe)
	if e.Became.Effort != nil {
		all = append(all, "effort "+whole(*e.Became.Effort)+" (was "+whole(*e.Was.Effort)+")")
	}
	if len(all) == 0 {
		all = append(all, "the reason")
	}
	return all
}

// FeatureForm is what the form for a feature's fields shows: the feature's own, or what a reader sent that cannot be saved.
type FeatureForm struct {
	Title, Status, StatusReason, Area, Team, Effort, Timeframe string

	Version int64
	Open    bool
	Faults  map[string]string // by field
	Notice  string            // what is wrong beside the fields
}

// Form fills the form from a feature.
func Form(f clamor.Feature) FeatureForm {
	form := FeatureForm{Title: f.Title, Status: string(f.Status), StatusReason: f.StatusReason, Area: f.Area, Team: f.Team, Timeframe: f.Timeframe, Version: f.Version}
	if f.Effort != 0 {
		form.Effort = strconv.FormatInt(f.Effort, 10)
	}
	return form
}

// Told is how much of the context of a feature's asks is known.
type Told struct {
	Aspect clamor.Aspect
	Known  int
}

// Context is what is known beside the words of the newest asks, and what to ask back.
type Context struct {
	Of        int // asks looked at
	Told      []Told
	Questions map[clamor.AskID]Question
}

// Question is what to ask the person who wrote a note down.
type Question struct {
	Missing []string // aspects
	Text    string
	Mail    string // a mailto link, "" where no address is known
}

// Percent is how much of all that could be known is.
func (c Context) Percent() int {
	known := 0
	for _, t := range c.Told {
		known += t.Known
	}
	if c.Of == 0 {
		return 0
	}
	return 100 * known / (c.Of * len(c.Told))
}

// Tell makes the history of a feature. Titles knows the features that the rulings name.
func Tell(here clamor.FeatureID, rulings []clamor.Ruling, titles map[clamor.FeatureID]clamor.Feature) []Event {
	byID := map[clamor.RulingID]clamor.Ruling{}
	for _, r := range rulings {
		byID[r.ID] = r
	}
	events := make([]Event, len(rulings))
	for i, r := range rulings {
		events[i] = Event{Ruling: r, Text: tell(here, r, titles)}
		if r.Kind == clamor.RuleUndo {
			events[i].Text = "took back a ruling"
			if old, known := byID[r.Undoes]; known {
				events[i].Text = "took back what " + old.By + " did: " + tell(here, old, titles)
			}
		}
	}
	return events
}

func tell(here clamor.FeatureID, r clamor.Ruling, titles map[clamor.FeatureID]clamor.Feature) string {
	title := func(id clamor.FeatureID) string { return "“" + cmp.Or(titles[id].Title, string(id)) + "”" }
	asks := count(len(r.Asks), "ask")
	if len(r.Asks) == 1 {
		asks = "an ask"
	}
	switch r.Kind {
	case clamor.RuleConfirm:
		return "confirmed " + asks
	case clamor.RuleNotAnAsk:
		return "took " + asks + " out: not an ask"
	case clamor.RuleSplit:
		if r.Target == here {
			return "made this feature of " + asks + " from " + title(r.Feature)
		}
		return "made " + title(r.Target) + " of " + asks + " from here"
	case clamor.RuleMove:
		if r.Target == here {
			return "moved " + asks + " here from " + title(r.Feature)
		}
		return "moved " + asks + " to " + title(r.Target)
	case clamor.RulePin:
		return fmt.Sprintf("pinned this to place %d", r.Place)
	case clamor.RuleShift:
		if r.Place < 0 {
			return "moved this " + count(-r.Place, "place") + " down from its computed rank"
		}
		return "moved this " + count(r.Place, "place") + " up from its computed rank"
	case clamor.RuleMerge:
		if r.Feature == here {
			return "merged this into " + title(r.Target)
		}
		return "merged " + title(r.Feature) + " into this"
	}
	return string(r.Kind)
}

// Fault says what is wrong with a field, "" if nothing is.
func (f FeatureForm) Fault(field string) string { return f.Faults[field] }
