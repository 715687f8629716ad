package web

import "slices"

// section is the entry of the main bar that a page stands under, "" for none.
func section(page string) string {
	for _, s := range []struct {
		name  string
		pages []string
	}{
		{"list", []string{"list", "sample", "unsample"}},
		{"triage", []string{"triage"}},
		{"accounts", []string{"accounts", "account", "ambiguous", "mergeaccounts"}},
		{"quarters", []string{"quarters", "quarter", "freeze", "export", "compare", "scenarios"}},
		{"mine", []string{"mine"}},
		{"send", []string{"send"}},
		{"sources", []string{"sources", "kinds", "connect", "source", "mapping", "deliveries", "delivery", "imports", "import", "newimport"}},
		{"settings", []string{"ranking", "deduper", "doubts", "teams", "people", "person", "tokens", "log"}},
	} {
		if slices.Contains(s.pages, page) {
			return s.name
		}
	}
	return ""
}
