package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// FeatureIssue writes the document of one feature of a report: an issue of its own, which people write their plans around. number is the
// issue of the whole list in the same repository, 0 if there is none. ok is false if the feature is not on the list.
func FeatureIssue(r clamor.Report, id clamor.FeatureID, number int, o MarkdownOptions) (d Document, ok bool) {
	at := slices.IndexFunc(r.List.Entries, func(e clamor.Entry) bool { return e.Feature.ID == id })
	if at < 0 {
		return Document{}, false
	}
	e := r.List.Entries[at]
	p := &page{Report: r, o: o.withDefaults(), names: newNames(r, o), shown: []clamor.Entry{e}}
	title := shorten(p.names.words(strings.Join(strings.Fields(clean(e.Feature.Title)), " ")), 200)
	d = Document{Title: cmp.Or(title, "(no title)"), Quarter: r.List.Quarter, Marker: "clamor:" + strings.Map(idOnly, string(id)), Redacted: o.Redact, Shared: true}
	d.Labels = p.labels()
	quotes, parts := p.o.Quotes, p.o.Parts
	for d.Body = p.issue(d, e, number, quotes, parts); len(d.Body) > p.o.MaxBytes-10_000 && quotes+parts > 0; { // people need room too
		quotes, parts = quotes/2, parts/2
		d.Body = p.issue(d, e, number, quotes, parts)
	}
	d.Hash = d.hash()
	return d, true
}

func (p *page) issue(d Document, e clamor.Entry, number, quotes, parts int) string {
	var b strings.Builder
	b.WriteString(p.lead(d.Marker, 1))
	fmt.Fprintf(&b, "**%s.** Rank %d of %d in %s", p.worth(e), e.Rank, len(p.List.Entries), escape(quarterName(p.List.Quarter)))
	if number > 0 {
		fmt.Fprintf(&b, " (the list: #%d)", number)
	}
	b.WriteString(". " + p.standing() + "\n\n")
	b.WriteString(p.inside(e, quotes, parts))
	if address := featureURL(p.BaseURL, e.Feature.ID); address != "" {
		b.WriteString("\n" + link("Every ask with its call, in Clamor", address) + "\n")
	}
	return b.String() + "\n*Clamor keeps what stands above up to date. Below is yours.*\n" + ending(d.Marker)
}

// ending is the hidden line behind what Clamor writes into an issue that it shares with people.
func ending(marker string) string { return "<!-- /" + marker + " -->\n" }

// splice puts the document in the place of its last version, and leaves what people wrote around it. Where the last version's end is lost,
// all of it stays, below.
func splice(body string, d Document) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	begin := "<!-- " + d.Marker + " "
	start := strings.Index("\n"+body, "\n"+begin)
	if start < 0 {
		return strings.TrimRight(body, "\n") + "\n\n" + d.Body
	}
	before, rest := body[:start], body[start:]
	if end := strings.Index(rest, ending(d.Marker)); end >= 0 {
		return before + d.Body + rest[end+len(ending(d.Marker)):]
	}
	if end := strings.TrimSuffix(ending(d.Marker), "\n"); strings.HasSuffix(rest, end) {
		return before + d.Body
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return before + d.Body + "\n" + rest
}

// issues is the column with the issues that features have of their own: those of this repository by number, which makes GitHub show the
// way back, others by address, which the public does not get: it may tell what is inside.
func (p *page) issues(f clamor.FeatureID) string {
	var all []string
	for _, l := range p.Links[f] {
		switch {
		case l.Target != "" && strings.EqualFold(l.Target, p.o.Target) && l.Issue() > 0:
			all = append(all, fmt.Sprintf("#%d", l.Issue()))
		case !p.o.Redact && webAddress(l.URL) != "":
			all = append(all, link(brief(lastStep(l.URL), 30), l.URL))
		}
	}
	return cmp.Or(strings.Join(all, ", "), "–")
}

func lastStep(address string) string {
	return address[strings.LastIndex(strings.TrimRight(address, "/"), "/")+1:]
}

// hasIssues reports whether any feature shown has an issue of its own.
func (p *page) hasIssues() bool {
	return slices.ContainsFunc(p.shown, func(e clamor.Entry) bool { return p.issues(e.Feature.ID) != "–" })
}
