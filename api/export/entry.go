package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// features are the folded sections, each made smaller until a part can hold it.
func (p *page) features() []section {
	if len(p.shown) == 0 {
		return nil
	}
	sections := make([]section, 0, len(p.shown))
	room := p.o.MaxBytes - len(p.lead("clamor:"+p.List.Quarter, 1_000_000))
	for _, e := range p.shown {
		quotes, parts := p.o.Quotes, p.o.Parts
		text := p.feature(e, quotes, parts)
		for len(text) > room && quotes+parts > 0 {
			quotes, parts = quotes/2, parts/2
			text = p.feature(e, quotes, parts)
		}
		sections = append(sections, section{text: text})
	}
	sections[0].text = "### The features\n\n" + sections[0].text
	return sections
}

func (p *page) feature(e clamor.Entry, quotes, parts int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><b>%d. %s</b> · %s</summary>\n\n", e.Rank, p.featureTitle(e.Feature), p.worth(e))
	return b.String() + p.inside(e, quotes, parts) + "\n</details>\n\n"
}

// inside is what stands behind a feature: facts, the best quotes, the parts of its score.
func (p *page) inside(e clamor.Entry, quotes, parts int) string {
	var b strings.Builder
	b.WriteString(strings.Join(p.facts(e), " · ") + "\n\n")
	if !p.o.Redact {
		for _, q := range best(e, p.Quotes[e.Feature.ID], quotes) {
			b.WriteString(p.quote(q) + "\n\n")
		}
		if rest := e.Asks - quotes; rest > 0 {
			fmt.Fprintf(&b, "%s in all: %s.\n\n", count(e.Asks, "ask"), link("every quote, with its call", featureURL(p.BaseURL, e.Feature.ID)))
		}
	}
	return b.String() + p.parts(e, parts)
}

func (p *page) worth(e clamor.Entry) string {
	text := fmt.Sprintf("%s %s from %s", p.whole(e.Score), escape(p.List.Currency), count(e.Accounts, "account"))
	if e.Blockers > 0 {
		text += fmt.Sprintf(", %d blocked", e.Blockers)
	}
	return text
}

// facts say where the feature stands and how firmly.
func (p *page) facts(e clamor.Entry) []string {
	f := e.Feature
	facts := []string{"Status: " + brief(string(f.Status), 60)}
	for _, fact := range []struct{ name, value string }{{"area", f.Area}, {"team", f.Team}, {"for", f.Timeframe}} {
		if fact.value != "" {
			facts = append(facts, fact.name+": "+brief(p.names.words(fact.value), 100))
		}
	}
	if effort := cmp.Or(e.Effort, f.Effort); effort > 0 {
		facts = append(facts, fmt.Sprintf("effort: %d", effort))
	}
	if e.Pin != nil {
		facts = append(facts, fmt.Sprintf("planned place: %d", e.Planned))
		if !p.o.Redact {
			facts = append(facts, "because "+brief(p.names.words(e.Pin.Reason), 200)+" ("+brief(e.Pin.By, 100)+")")
		}
	}
	if e.RankRange[1] > e.RankRange[0] {
		facts = append(facts, fmt.Sprintf("ranks %d to %d over the scenarios", e.RankRange[0], e.RankRange[1]))
	}
	if e.RankWithoutLargest > 0 && e.RankWithoutLargest != e.Rank {
		facts = append(facts, fmt.Sprintf("rank %d without %s", e.RankWithoutLargest, p.account(e.LargestAccount)))
	}
	if e.QuarterAsks > 0 {
		facts = append(facts, fmt.Sprintf("%d of %s this quarter", e.QuarterAsks, count(e.Asks, "ask")))
	}
	return facts
}

// best picks the words to show: those of the accounts with most money on the feature, one quote each, then the rest with
// what blocks first.
func best(e clamor.Entry, quotes []clamor.Quote, most int) []clamor.Quote {
	weight := map[clamor.AccountID]int64{}
	strongest := map[clamor.AskID]bool{}
	for _, part := range e.Parts {
		weight[part.Account] += part.Contribution
		strongest[part.Ask] = true
	}
	sorted := slices.Clone(quotes)
	slices.SortStableFunc(sorted, func(a, b clamor.Quote) int {
		return cmp.Or(cmp.Compare(weight[b.Account], weight[a.Account]), cmp.Compare(a.Account, b.Account),
			first(strongest[a.ID], strongest[b.ID]), first(a.Priority == clamor.Blocker, b.Priority == clamor.Blocker),
			b.OccurredAt.Compare(a.OccurredAt), cmp.Compare(a.ID, b.ID))
	})
	var picked, rest []clamor.Quote
	for i, q := range sorted {
		if i == 0 || q.Account != sorted[i-1].Account {
			picked = append(picked, q)
		} else {
			rest = append(rest, q)
		}
	}
	slices.SortStableFunc(rest, func(a, b clamor.Quote) int { return first(a.Priority == clamor.Blocker, b.Priority == clamor.Blocker) })
	picked = append(picked, rest...)
	return picked[:min(most, len(picked))]
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// quote is the verbatim words, with who said them, when, for which account, and the way to the call.
func (p *page) quote(q clamor.Quote) string {
	text := cmp.Or(strings.TrimSpace(q.Quote), q.Text)
	who := "**" + brief(q.AccountName, 100) + "**"
	if contact := q.Contact.String(); contact != "" {
		if q.Contact.Title != "" {
			contact += ", " + q.Contact.Title
		}
		who += ", " + brief(contact, 120)
	}
	facts := []string{who, day(q.OccurredAt)}
	if q.Priority != "" {
		facts = append(facts, brief(string(q.Priority), 40))
	}
	facts = append(facts, p.source(q))
	if author := q.Author.String(); author != "" {
		facts = append(facts, "noted by "+brief(author, 100))
	}
	return "> “" + lines(shorten(text, 600)) + "”\n>\n> " + strings.Join(facts, " · ")
}

// source links the call or CRM record; without an address of its own, the note as Clamor keeps it.
func (p *page) source(q clamor.Quote) string {
	label := brief(cmp.Or(q.NoteTitle, string(q.NoteKind), "note"), 100)
	if address := webAddress(q.URL); address != "" || p.BaseURL == "" {
		return link(label, q.URL)
	}
	return link(label, p.BaseURL+"/notes/"+string(q.Note))
}

// parts is the table whose last column adds up to the score.
func (p *page) parts(e clamor.Entry, most int) string {
	if len(e.Parts) == 0 || most == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Account | Why | Money | Share of its asks | Urgency | Counts |\n| :--- | :--- | ---: | ---: | ---: | ---: |\n")
	shown := e.Parts[:min(most, len(e.Parts))]
	for _, part := range shown {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | ×%s | %s |\n", p.account(part.Account), p.why(e, part), p.base(part),
			percent(part.Share), decimal(part.Urgency, 1_000_000, 2), p.counts(part.Contribution, e.Score))
	}
	if rest := e.Parts[len(shown):]; len(rest) > 0 {
		var sum int64
		for _, part := range rest {
			sum += part.Contribution
		}
		fmt.Fprintf(&b, "| *and %d more* | | | | | %s |\n", len(rest), p.counts(sum, e.Score))
	}
	return b.String()
}

func (p *page) base(part clamor.Part) string {
	text := p.names.money(part.Base, p.List.Currency)
	if part.Estimated {
		return "≈ " + text
	}
	return text
}

// counts is what a part adds to the score: to the last minor unit, or in per cent where amounts are not for the reader.
func (p *page) counts(contribution, score int64) string {
	if p.o.Redact {
		return percent(ratio(contribution, score))
	}
	return p.names.money(contribution, p.List.Currency)
}

func (p *page) why(e clamor.Entry, part clamor.Part) string {
	why := "keep"
	if part.Deal != "" {
		why = "grow"
		for _, q := range p.Quotes[e.Feature.ID] {
			if q.Deal == part.Deal && q.DealName != "" && !p.o.Redact {
				why += ": " + brief(q.DealName, 80)
				break
			}
		}
	}
	if part.Priority != "" {
		why += ", " + brief(string(part.Priority), 40)
	}
	return why
}
