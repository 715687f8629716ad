package ingest

import (
	"slices"
	"strings"

	"clamor"
)

// turn is what one side said in a ticket or a conversation.
type turn struct {
	speaker string
	text    string
	ours    bool // said by our side
	opening bool // what it all began with
}

// talk makes one note of a conversation. Each turn is read by itself, so that no ask spans two speakers.
func talk(n clamor.Note, a clamor.AccountFacts, turns []turn, o ParseOptions) clamor.Intake {
	var text strings.Builder
	var asks []clamor.Ask
	for _, t := range turns {
		if text.Len() > 0 {
			text.WriteString("\n\n")
		}
		if t.speaker != "" && len(turns) > 1 {
			text.WriteString(t.speaker + ": ")
		}
		asks = append(asks, t.asks(text.Len())...)
		text.WriteString(t.text)
	}
	n.Text = text.String()
	if asked := slices.ContainsFunc(turns, func(t turn) bool { return t.opening && !t.ours }); asked && len(asks) == 0 {
		asks = foundAsks(clamor.Note{Title: n.Title})
	}
	in := intakeOf(n, a, nil, o, nil)
	in.Asks = identified(asks, in.Note)
	return in
}

// asks are those of a turn whose text begins at a place of the note's. An opening is read as a note of its own, for there somebody writes
// because of what they want; what follows only for what it words as an ask. Our side asks for nothing; but an opening of ours, as when an
// agent writes a call down, may report what a customer asked for.
func (t turn) asks(at int) []clamor.Ask {
	var asks []clamor.Ask
	switch {
	case t.opening && !t.ours:
		asks = foundAsks(clamor.Note{Text: t.text})
	case t.opening || !t.ours:
		for _, s := range Extract(t.text) {
			asks = append(asks, clamor.Ask{Text: t.text[s.Start:s.said], Quote: s.Text, Start: s.Start, End: s.End, Priority: s.Priority,
				Motive: s.Motive})
		}
	}
	if t.ours {
		asks = slices.DeleteFunc(asks, func(a clamor.Ask) bool { return !reports(a.Quote) })
	}
	for i := range asks {
		asks[i].Start += at
		asks[i].End += at
	}
	return asks
}

// told is what a source was told for a setting, or the default of its kind.
func (o ParseOptions) told(kind, name string) string {
	return setTo(clamor.Source{Kind: kind, Settings: o.Settings}, name)
}

// of says whose notes a delivery holds.
func (o ParseOptions) of(d clamor.Delivery) ParseOptions {
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	return o
}

// harvested gives each note its delivery and each account a time, and tells the faults if there are any.
func harvested(h clamor.Harvest, d clamor.Delivery, faults []clamor.Fault) (clamor.Harvest, error) {
	h.Accounts = slices.DeleteFunc(h.Accounts, func(f clamor.AccountFacts) bool { return !f.Known() })
	for i := range h.Accounts {
		if h.Accounts[i].AsOf.IsZero() {
			h.Accounts[i].AsOf = d.ReceivedAt
		}
	}
	for i := range h.Notes {
		h.Notes[i].Note.Delivery = d.ID
	}
	return h, clamor.Refuse("the payload cannot be read in full", faults)
}

// idBehind is the id of a note in its source, "" where the sender gives none: then the content tells it from others.
func idBehind(prefix, id string) string {
	if id == "" {
		return ""
	}
	return prefix + id
}

// accountCalled makes facts of what a person calls an account: its name, or its domain.
func accountCalled(name string) clamor.AccountFacts {
	name = cleanLine(name)
	if domain, err := clamor.NormalDomain(name); err == nil && !strings.Contains(name, " ") {
		return clamor.AccountFacts{Domains: []string{domain}}
	}
	return clamor.AccountFacts{Name: name}
}

// accountAt is the account of an e-mail address; what is at a public mail domain tells none.
func accountAt(email string) clamor.AccountFacts {
	_, host, ok := strings.Cut(email, "@")
	if domain, err := clamor.NormalDomain(host); ok && err == nil {
		return clamor.AccountFacts{Domains: []string{domain}}
	}
	return clamor.AccountFacts{}
}
