package export

import "strings"

// section is a piece of a document that is never cut: a paragraph, a row of a table, a folded feature.
type section struct {
	head string // repeated above it where a new part begins with it: the head of its table
	text string
}

// split fills parts of at most limit bytes with sections, in order, each part under its lead. A section alone fits.
func split(sections []section, limit int, lead func(part int) string) []string {
	var parts []string
	var b strings.Builder
	b.WriteString(lead(1))
	for _, s := range sections {
		if b.Len()+len(s.text) > limit {
			parts = append(parts, b.String())
			b.Reset()
			b.WriteString(lead(len(parts) + 1))
			b.WriteString(s.head)
		}
		b.WriteString(s.text)
	}
	return append(parts, b.String())
}
