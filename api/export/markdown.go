package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clamor"
)

// MarkdownOptions say how much of a list a document shows, and to whom. Zero values mean the defaults.
type MarkdownOptions struct {
	File     bool            // for a file, in which there is nothing to tick
	Target   string          // the repository that it is for, "github:owner/repo": links to issues there are written as their numbers
	Redact   bool            // aliases and bands instead of names and amounts, and no quotes
	Features int             // how many features it lists: 100
	Quotes   int             // how many quotes a feature shows: 3
	Parts    int             // how many of a feature's parts it shows: 10
	secrets  func() *secrets // of the report, where several documents of it are made
	MaxBytes int             // of the body and of each comment: MaxBytes
}

func (o MarkdownOptions) withDefaults() MarkdownOptions {
	o.Features = cmp.Or(max(o.Features, 0), 100)
	o.Quotes = cmp.Or(max(o.Quotes, 0), 3)
	o.Parts = cmp.Or(max(o.Parts, 0), 10)
	o.MaxBytes = cmp.Or(max(o.MaxBytes, 0), MaxBytes)
	return o
}

// Markdown writes a report as a document for GitHub: summary, how to read it, boxes to tick, the table, what changed since the
// last frozen list, how it was computed, each feature folded with its best quotes and its parts. It is a pure function: the same report and options give the same bytes.
func Markdown(r clamor.Report, o MarkdownOptions) Document {
	p := &page{Report: r, o: o.withDefaults(), names: newNames(r, o)}
	p.shown = p.List.Entries[:min(len(p.List.Entries), p.o.Features)]
	d := Document{Title: p.title(), Quarter: r.List.Quarter, Marker: "clamor:" + r.List.Quarter, Redacted: o.Redact}
	d.Labels = p.labels()
	sections := slices.Concat([]section{{text: p.summary()}, {text: p.howToRead()}}, p.decide(), p.table(), p.since(),
		[]section{{text: p.howComputed()}}, p.features())
	parts := split(sections, p.o.MaxBytes, func(part int) string { return p.lead(d.Marker, part) })
	d.Body, d.Comments = parts[0], parts[1:]
	d.Hash = d.hash()
	return d
}

// page is a document being written.
type page struct {
	clamor.Report
	o     MarkdownOptions
	names *names
	shown []clamor.Entry
}

// lead begins a part: the hidden line by which Clamor finds it again, and a word to the reader of a comment.
func (p *page) lead(marker string, part int) string {
	shown := "shown"
	if p.o.Redact {
		shown = "hidden"
	}
	line := fmt.Sprintf("<!-- %s part=%d names=%s -->\n\n", marker, part, shown)
	if part > 1 {
		line += "*" + quarterName(p.List.Quarter) + ", continued.*\n\n"
	}
	return line
}

func (p *page) title() string {
	return clean(fmt.Sprintf("What customers ask for: %s, ranked", quarterName(p.List.Quarter)))
}

func (p *page) summary() string {
	l := p.List
	var b strings.Builder
	if len(l.Entries) == 0 {
		fmt.Fprintf(&b, "Nothing is on the list for %s: no open feature has an ask. %s\n\n", escape(quarterName(l.Quarter)), p.standing())
		return b.String()
	}
	var score, keep, grow int64
	accounts := map[clamor.AccountID]bool{}
	for _, e := range l.Entries {
		score, keep, grow = score+e.Score, keep+e.Keep, grow+e.Grow
		for _, part := range e.Parts {
			accounts[part.Account] = true
		}
	}
	fmt.Fprintf(&b, "**%s**, asked for by **%s**. Together they score **%s %s**: %s to keep, %s to grow. %s\n\n",
		count(len(l.Entries), "feature"), count(len(accounts), "account"), p.whole(score), escape(l.Currency), p.whole(keep), p.whole(grow), p.standing())
	for _, line := range slices.Concat(p.first(score), p.moved(), p.fragile(), p.notices()) {
		b.WriteString("- " + line + "\n")
	}
	if p.o.Redact {
		b.WriteString("- This repository is public, so accounts appear under aliases, amounts as bands, and no quote is shown.\n")
	}
	return b.String() + "\n"
}

// standing says from when the list is and whether it still moves.
func (p *page) standing() string {
	l := p.List
	text := "As of " + day(l.AsOf.Time())
	if !l.Frozen {
		return text + "; not frozen, so the numbers still move."
	}
	text += ", frozen on " + day(l.FrozenAt)
	if l.FrozenBy != "" && !p.o.Redact {
		text += " by " + brief(l.FrozenBy, 100)
	}
	return text + "."
}

// first says what leads the list and how much of the money the leaders hold.
func (p *page) first(total int64) []string {
	top := p.shown[0]
	out := []string{fmt.Sprintf("**First: %s.** %s.", p.featureLink(top.Feature), p.worth(top))}
	leaders := p.shown[:min(5, len(p.shown))]
	var sum int64
	for _, e := range leaders {
		sum += e.Score
	}
	if len(p.List.Entries) > len(leaders) && total > 0 {
		out = append(out, fmt.Sprintf("**The first %d** hold %s of the money.", len(leaders), percent(ratio(sum, total))))
	}
	return out
}

// moved names what climbed most and what is new among the first ten, where there is a list to compare with.
func (p *page) moved() []string {
	var fresh []string
	var best *clamor.Entry
	compared := false
	for i := range p.shown {
		e := &p.shown[i]
		switch {
		case e.Move == nil && e.Rank <= 10:
			fresh = append(fresh, fmt.Sprintf("%s (rank %d)", p.featureTitle(e.Feature), e.Rank))
		case e.Move != nil:
			compared = true
			if *e.Move > 0 && (best == nil || *e.Move > *best.Move) {
				best = e
			}
		}
	}
	var out []string
	if compared && best != nil {
		out = append(out, fmt.Sprintf("**Climbed most:** %s, up %s to rank %d.", p.featureTitle(best.Feature), count(*best.Move, "place"), best.Rank))
	}
	if compared && len(fresh) > 0 {
		out = append(out, "**New in the first ten:** "+strings.Join(fresh, ", ")+".")
	}
	return out
}

// fragile names what stands so high because of one account alone.
func (p *page) fragile() []string {
	var out []string
	for _, e := range p.shown[:min(10, len(p.shown))] {
		if e.LargestShare > 500_000 && e.RankWithoutLargest > e.Rank+2 && len(out) < 3 {
			out = append(out, fmt.Sprintf("**Look twice at %d, %s:** %s of it is one account, %s; without that account it would rank %d.",
				e.Rank, p.featureTitle(e.Feature), percent(e.LargestShare), p.account(e.LargestAccount), e.RankWithoutLargest))
		}
	}
	return out
}

func (p *page) notices() []string {
	var out []string
	for _, n := range p.List.Notices[:min(20, len(p.List.Notices))] {
		out = append(out, "**Note:** "+brief(p.names.words(n.Message), 500))
	}
	return out
}

func (p *page) howToRead() string {
	return "<details><summary>How to read this list</summary>\n\n" +
		"- **Score** is money, weighed by urgency: *keep* is the yearly revenue of the customers who ask, *grow* the open deals of those who ask. " +
		"By default an account's money is spent once, spread over all it asks for: more on what blocks it, less on what it asked for long ago.\n" +
		"- **Blocked** counts the accounts that cannot go on without it. **Largest** is the part of the score that comes from one account: " +
		"the closer to 100%, the more the rank is that account's alone.\n" +
		"- **Move** is against the last frozen quarter: ▲ up, ▼ down, *new* not on that list.\n" +
		"- Amounts are whole units of " + escape(p.List.Currency) + "; ≈ marks those with an estimate in them.\n\n</details>\n\n"
}

func (p *page) howComputed() string {
	l := p.List
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>How it was computed</summary>\n\n- Ranking model %s, scenario %s, as of %s; %s, amounts in %s.\n",
		brief(l.Formula, 60), brief(p.names.words(l.Scenario), 100), day(l.AsOf.Time()), count(len(l.Entries), "feature"), escape(l.Currency))
	b.WriteString("- A feature's score is the sum of its parts, to the last unit. One part is the yearly revenue or a deal of one account, times this " +
		"feature's share of all the account asks for, times urgency: health and time to renewal, or probability and time to close.\n")
	if hash := strings.Map(hexOnly, l.Hash); hash != "" {
		fmt.Fprintf(&b, "- SHA-256 of the frozen record with all inputs and settings: `%s`\n", shorten(hash, 128))
	}
	if p.BaseURL != "" {
		fmt.Fprintf(&b, "- %s, with every number open down to the call it comes from.\n", link("The list in Clamor", p.BaseURL+"/?quarter="+l.Quarter))
	}
	return b.String() + "\n</details>\n\n"
}

func hexOnly(r rune) rune {
	if strings.ContainsRune("0123456789abcdefABCDEF", r) {
		return r
	}
	return -1
}

// tableHead is the head of the table, with a column for the features' own issues where there are any.
func (p *page) tableHead() string {
	titles, lines := "| Rank | Move | Feature | Score | Keep | Grow | Accounts | Blocked | Largest | Status | Effort |",
		"| ---: | :---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | :--- | ---: |"
	if p.hasIssues() {
		return titles + " Issue |\n" + lines + " :--- |\n"
	}
	return titles + "\n" + lines + "\n"
}

func (p *page) table() []section {
	if len(p.shown) == 0 {
		return nil
	}
	head, issues := p.tableHead(), p.hasIssues()
	sections := []section{{text: head + p.row(p.shown[0], issues)}}
	for _, e := range p.shown[1:] {
		sections = append(sections, section{head: head, text: p.row(e, issues)})
	}
	after := "\n"
	if rest := len(p.List.Entries) - len(p.shown); rest > 0 {
		after += count(rest, "more feature") + " of lower rank " + map[bool]string{true: "is", false: "are"}[rest == 1] + " on the list but not in this issue.\n\n"
	}
	return append(sections, section{text: after})
}

func (p *page) row(e clamor.Entry, issues bool) string {
	cells := []string{
		strconv.Itoa(e.Rank), moveMark(e.Move), p.featureLink(e.Feature), p.scoreCell(e), p.some(e.Keep), p.some(e.Grow), strconv.Itoa(e.Accounts),
		dash(int64(e.Blockers)), percent(e.LargestShare), brief(string(e.Feature.Status), 60), dash(cmp.Or(e.Effort, e.Feature.Effort)),
	}
	if issues {
		cells = append(cells, p.issues(e.Feature.ID))
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func (p *page) scoreCell(e clamor.Entry) string {
	if e.Estimated {
		return "≈ **" + p.whole(e.Score) + "**"
	}
	return "**" + p.whole(e.Score) + "**"
}

func (p *page) account(id clamor.AccountID) string { return brief(p.names.account(id), 100) }

func (p *page) whole(minor int64) string { return p.names.whole(minor, p.List.Currency) }

// some is whole, with a dash for nothing.
func (p *page) some(minor int64) string {
	if minor == 0 {
		return "–"
	}
	return p.whole(minor)
}

func (p *page) featureTitle(f clamor.Feature) string {
	return escape(cmp.Or(shorten(p.names.words(strings.Join(strings.Fields(clean(f.Title)), " ")), 120), "(no title)"))
}

func (p *page) featureLink(f clamor.Feature) string {
	return link(p.featureTitle(f), featureURL(p.BaseURL, f.ID))
}
