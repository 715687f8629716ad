package web

import "slices"

// section is the entry of the main bar that a page stands under, "" for none.
func section(page string) string {
	for _, s := range []struct {
		name  string
		pages []string
	}{
		{"list", []string{"list"}},
		{"triage", []string{"triage"}},
		{"accounts", []string{"accounts", "account"}},
		{"quarters", []string{"quarters", "quarter", "freeze", "export", "compare", "scenarios"}},
		{"mine", []string{"mine"}},
		{"send", []string{"send"}},
		{"sources", []string{"sources", "kinds", "connect", "source", "mapping", "deliveries", "delivery"}},
		{"settings", []string{"ranking", "deduper", "teams", "people", "tokens", "log"}},
	} {
		if slices.Contains(s.pages, page) {
			return s.name
		}
	}
	return ""
}
