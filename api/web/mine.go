package web

import (
	"cmp"
	"slices"

	"clamor"
)

// MineView shows a reporter what became of the notes that bear their name.
type MineView struct {
	Name, Mail     string
	Notes          []SentNote
	Previous, Next string
}

func (MineView) page() string { return "mine" }

// SentNote is a note with what became of each of its asks.
type SentNote struct {
	Note    clamor.Note
	Account string
	Asks    []SentAsk
	Open    int // asks that a person has yet to look at
}

// SentAsk is an ask and where it stands.
type SentAsk struct {
	Ask     clamor.Ask
	Feature clamor.Feature
	State   string // what became of it, as a short sentence
}

// NewSentNote tells what became of a note.
func NewSentNote(r clamor.Reported, features map[clamor.FeatureID]clamor.Feature) SentNote {
	n := SentNote{Note: r.Note, Account: r.AccountName}
	for _, a := range r.Asks {
		one := SentAsk{Ask: a, Feature: features[a.Feature], State: "confirmed by a product manager"}
		switch {
		case a.NotAnAsk:
			one.State = "found to be no request"
		case a.Feature == "":
			one.State = "being read"
			n.Open++
		case r.Looks[a.ID] != "":
			one.State = "placed by its words; a product manager will look at it"
			n.Open++
		}
		n.Asks = append(n.Asks, one)
	}
	return n
}

// SendView is the form by which a note is sent, with what was wrong with it.
type SendView struct {
	ID, Account, Text, Kind, On, Title, Link, Contact, Priority string

	Faults map[string]string // by field
}

func (SendView) page() string { return "send" }

// Fault says what is wrong with a field, "" if nothing is.
func (v SendView) Fault(field string) string { return v.Faults[field] }

// Kinds are those that a person may choose.
func (SendView) Kinds() []Choice {
	return []Choice{{Value: "call", Label: "Call"}, {Value: "chat", Label: "Mail or chat"}, {Value: "crm", Label: "CRM entry"}, {Value: "ticket", Label: "Ticket"}, {Value: "survey", Label: "Survey"}}
}

// NamesView is what a field offers while it is filled in; it is a part of a page.
type NamesView struct{ Names []string }

func (NamesView) page() string { return "names" }

// AccountsView lists accounts.
type AccountsView struct {
	Query          string
	Accounts       []AccountLine
	Ambiguous      int64 // records that wait for a person to say which account they speak of
	Previous, Next string
}

func (AccountsView) page() string { return "accounts" }

// AccountLine is an account with how much it asks for.
type AccountLine struct {
	clamor.Account
	Wished clamor.Wished
}

// Outcome is what an account asked for that has come to the same.
type Outcome struct {
	Title    string
	Features []Answer
}

// Answer is a feature that an account asked for, with its newest words.
type Answer struct {
	Feature clamor.Feature
	Asks    int
	Quote   clamor.Quote
}

// Outcomes sorts what an account asked for by what became of it: what a rep can bring as good news first, what needs an explanation next.
func Outcomes(quotes []clamor.Quote, features map[clamor.FeatureID]clamor.Feature) []Outcome {
	all := []Outcome{{Title: "Done: tell them"}, {Title: "Coming"}, {Title: "Will not be done: explain it"}, {Title: "Not decided yet"}}
	place := map[clamor.FeatureID][2]int{}
	for _, q := range quotes {
		f, known := features[q.Feature]
		if !known {
			continue
		}
		id := cmp.Or(f.Merged, f.ID)
		if at, seen := place[id]; seen {
			all[at[0]].Features[at[1]].Asks++
			continue
		}
		group := slices.IndexFunc([]bool{f.Status == clamor.StatusShipped || f.Status == clamor.StatusAvailable,
			f.Status == clamor.StatusPlanned || f.Status == clamor.StatusInProgress, f.Status == clamor.StatusWontDo, true}, func(is bool) bool { return is })
		place[id] = [2]int{group, len(all[group].Features)}
		all[group].Features = append(all[group].Features, Answer{Feature: f, Asks: 1, Quote: q})
	}
	return slices.DeleteFunc(all, func(o Outcome) bool { return len(o.Features) == 0 })
}
