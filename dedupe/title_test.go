package dedupe_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"clamor/dedupe"
)

func TestTitle(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Customers would love the ability to export the list. They asked twice.", "Export the list"},
		{"we need SAML single sign-on!!", "SAML single sign-on"},
		{"\n\n- please add dark mode", "Dark mode"},
		{"v2.3 breaks the import. Fix it", "V2.3 breaks the import"},
		{"", "Untitled request"}, {"\xff\x00", "Untitled request"}, {"🙂🙂", "Untitled request"},
		{"exporter la liste", "Exporter la liste"},
		{"検索を速くしてほしい。お願いします。", "検索を速くしてほしい"},
		{"we need", "We need"},
	} {
		if got := dedupe.Title(c.text); got != c.want {
			t.Errorf("%q is titled %q, want %q", c.text, got, c.want)
		}
	}
	long := dedupe.Title(strings.Repeat("word ", 100))
	if n := utf8.RuneCountInString(long); n > 90 || !strings.HasSuffix(long, "word") {
		t.Errorf("a long text is titled %q, of %d letters", long, n)
	}
}
