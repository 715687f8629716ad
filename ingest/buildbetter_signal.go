package ingest

import (
	"cmp"
	"slices"
	"strings"

	"clamor"
)

// harvest adds a signal as a note with one ask. What one of ours said is none, unless it tells what a customer said.
func (s signal) harvest(h *clamor.Harvest, o ParseOptions, faults *[]clamor.Fault) {
	house, err := houseOf(buildBetterKind, o, clamor.Person{})
	if err != nil {
		*faults = append(*faults, clamor.Fault{Path: accountOf(s.path), Message: err.Error()})
		return
	}
	speaker := guest{Person: s.who, side: sideTheirs}
	speaker.side = house.sideOf(speaker)
	if speaker.side == sideOurs {
		s.account = clamor.AccountFacts{} // their company is ours
	}
	m := meeting{note: clamor.Note{Title: s.call}, guests: []guest{speaker}, said: parseSpoken(s.quote), account: s.account}
	quote, theirs := s.cited(m.said, m.seat(house), speaker.side)
	if s.id == "" || blank(s.summary+quote) || !theirs && !reports(s.summary+" "+quote) {
		return
	}
	account := m.whose(house)
	if !account.Known() {
		*faults = append(*faults, clamor.Fault{Path: accountOf(s.path), Message: "the signal names nobody of a company, " +
			"so that no account is told: name the person at BuildBetter, or set account_in_title, and replay the delivery"})
		return
	}
	note, ask := s.written(quote)
	if speaker.side != sideOurs {
		note.Contact = s.who
	}
	in := intakeOf(note, account, nil, o, nil)
	for _, found := range in.Asks {
		ask.Priority, ask.Motive = cmp.Or(ask.Priority, found.Priority), cmp.Or(ask.Motive, found.Motive)
	}
	in.Asks = identified([]clamor.Ask{ask}, in.Note)
	h.Notes = append(h.Notes, in)
}

// cited gives the words that a signal's ask may cite, and whether a customer said them. A quote may hold the words of several people: then
// those of the person whom the signal names count, and where they are none of them BuildBetter's own words have to do.
func (s signal) cited(said []utterance, seats map[string]guest, person side) (quote string, theirs bool) {
	if len(said) == 0 || !slices.ContainsFunc(said, func(u utterance) bool { return u.speaker != said[0].speaker }) {
		return strings.TrimSpace(s.quote), person != sideOurs
	}
	for _, u := range said {
		if seats[u.speaker].side == sideTheirs {
			return u.words, true
		}
	}
	return "", person != sideOurs
}

// written gives the note of a signal and the ask in it.
func (s signal) written(quote string) (clamor.Note, clamor.Ask) {
	summary, whole := strings.TrimSpace(s.summary), strings.TrimSpace(s.quote)
	parts := nonBlank(summary, whole, strings.TrimSpace(s.context))
	if whole == summary {
		parts = nonBlank(whole, strings.TrimSpace(s.context))
	}
	n := clamor.Note{ExternalID: s.id, Kind: clamor.Call, Title: s.call, URL: s.url, OccurredAt: s.at, Text: strings.Join(parts, "\n\n")}
	ask := clamor.Ask{Text: cmp.Or(cleanLine(summary), cleanLine(quote)), Quote: cmp.Or(quote, summary)}
	from := 0 // the quote stands below the summary, which may say the same
	if quote != "" && whole != summary && !blank(summary) {
		from = len(summary)
	}
	if at := strings.Index(n.Text[from:], ask.Quote); at >= 0 {
		ask.Start, ask.End = from+at, from+at+len(ask.Quote)
	}
	return n, ask
}

func nonBlank(texts ...string) []string {
	var some []string
	for _, t := range texts {
		if !blank(t) {
			some = append(some, t)
		}
	}
	return some
}
