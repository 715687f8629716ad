package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// shifts is how many features the section about what changed names; the rest are counted.
const shifts = 15

const sinceHead = "| Feature | Rank | Money | Because of |\n| :--- | :---: | ---: | :--- |\n"

// since tells what changed since the last frozen list, the most money first, with every cause in money.
func (p *page) since() []section {
	if p.Since == "" {
		return nil
	}
	var changed []clamor.Shift
	for _, s := range p.Shifts {
		if s.Money != 0 || s.Before != s.After {
			changed = append(changed, s)
		}
	}
	title := "### Since " + escape(quarterName(p.Since)) + "\n\n"
	if len(changed) == 0 {
		return []section{{text: title + "Nothing has changed: every feature has its rank and its money of then.\n\n"}}
	}
	slices.SortStableFunc(changed, func(a, b clamor.Shift) int { return cmp.Compare(max(b.Money, -b.Money), max(a.Money, -a.Money)) })
	var sections []section
	for i, s := range changed[:min(shifts, len(changed))] {
		row := section{head: sinceHead, text: p.shift(s)}
		if i == 0 {
			row = section{text: title + sinceHead + row.text}
		}
		sections = append(sections, row)
	}
	after := "\n"
	if rest := len(changed) - shifts; rest > 0 {
		after += fmt.Sprintf("%s changed by less money.\n\n", count(rest, "more feature"))
	}
	return append(sections, section{text: after})
}

func (p *page) shift(s clamor.Shift) string {
	var causes []string
	for _, c := range s.Causes {
		causes = append(causes, causeWords(c.Cause)+" "+p.signed(c.Money))
	}
	because := cmp.Or(strings.Join(causes, ", "), "others moved")
	return fmt.Sprintf("| %s | %s | %s | %s |\n", p.featureLink(s.Feature), travel(s.Before, s.After), p.signed(s.Money), because)
}

// travel writes two ranks of which either may be missing.
func travel(before, after int) string {
	switch {
	case before == 0:
		return fmt.Sprintf("new → %d", after)
	case after == 0:
		return fmt.Sprintf("%d → off the list", before)
	case before == after:
		return fmt.Sprintf("stays %d", after)
	}
	return fmt.Sprintf("%d → %d", before, after)
}

// signed writes a difference of money exactly, so that causes add up for the reader, or as a band.
func (p *page) signed(minor int64) string {
	switch {
	case minor < 0:
		return "−" + p.names.money(-minor, p.List.Currency)
	case minor > 0:
		return "+" + p.names.money(minor, p.List.Currency)
	}
	return "±0"
}

// causeWords says a cause of the ranker's for the table; one that is not known here stands as the ranker calls it.
func causeWords(cause string) string {
	words, known := map[string]string{
		"settings": "other settings", "rates": "exchange rates", "age": "asks growing older", "urgency": "urgency", "arr": "accounts' revenue",
		"deals": "deals", "status": "features shipped, refused or reopened", "merges": "merges and splits", "asks": "asks", "pins": "pins",
	}[cause]
	if !known {
		return brief(cause, 60)
	}
	return words
}
