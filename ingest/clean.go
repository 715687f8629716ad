package ingest

import (
	"strings"
	"unicode"
)

// clean makes foreign text storable everywhere, once and before anything is computed from it: PostgreSQL takes neither NUL
// nor invalid UTF-8. All else stays verbatim.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// cleanLine is clean for what stands on one line, such as a name or a title: white space at the ends goes, and inside each
// run becomes one blank.
func cleanLine(text string) string {
	return strings.Join(strings.Fields(clean(text)), " ")
}

// fold makes texts comparable that differ only in case and white space.
func fold(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// blank reports whether a text has nothing to read in it.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
