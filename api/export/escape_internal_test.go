package export

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscapeTakesOutsideTextApart(t *testing.T) {
	const j = joint
	for _, test := range []struct{ name, in, want string }{
		{"plain words stay readable", "We can't roll out (yet): 40% wait, \"now\"!", "We can't roll out (yet): 40% wait, &#34;now&#34;!"},
		{"mention", "ask @octocat", "ask @" + j + "octocat"},
		{"mentions in a row", "@@a @b@c", "@" + j + "@" + j + "a @" + j + "b@" + j + "c"},
		{"team mention", "@acme/security-team", "@" + j + "acme/security-team"},
		{"issue number", "see #123", "see &#35;" + j + "123"},
		{"issue elsewhere", "acme/app#7 is it", "acme/app&#35;" + j + "7 is it"},
		{"short form", "GH-12 and gh-3", "GH-" + j + "12 and gh-" + j + "3"},
		{"closing keyword", "fixes #1, closes acme/app#2", "fixes &#35;" + j + "1, closes acme/app&#35;" + j + "2"},
		{"issue address", "https://github.com/acme/app/issues/1", "https:" + j + "//github.com/acme/app/issues/1"},
		{"bare address", "www.example.com", "www" + j + ".example.com"},
		{"mail link", "mailto:a@b.example", "mailto:" + j + "a@" + j + "b.example"},
		{"script address", "[click](javascript:alert(1))", "&#91;click&#93;(javascript:alert(1))"},
		{"commit", "since 0123456789abcdef0123456789abcdef01234567", "since 0123" + j + "4567" + j + "89ab" + j + "cdef" + j + "0123" + j + "4567" + j + "89ab" + j + "cdef" + j + "0123" + j + "4567"},
		{"short commit", "in 1a2b3c4.", "in 1a2b" + j + "3c4."},
		{"commit elsewhere", "acme/app@1a2b3c4", "acme/app@" + j + "1a2b" + j + "3c4"},
		{"picture", "nice :tada: :a:b:", "nice :" + j + "tada: :" + j + "a:" + j + "b:"},
		{"tag", "<script>alert(1)</script><img src=x onerror=y>", "&#60;script&#62;alert(1)&#60;/script&#62;&#60;img src=x onerror=y&#62;"},
		{"comment's end and our marker", "--> <!-- clamor:2026Q4 part=1 -->", "&#45;-&#62; &#60;!-- clamor:2026Q4 part=1 --&#62;"},
		{"entity", "&lt;b&gt; &copy", "&#38;lt;b&#38;gt; &#38;copy"},
		{"table", "a|b\\|c", "a&#124;b&#92;&#124;c"},
		{"emphasis and code", "*a* _b_ `c` ~~d~~ $e$", "&#42;a&#42; &#95;b&#95; &#96;c&#96; &#126;&#126;d&#126;&#126; &#36;e&#36;"},
		{"image", "![x](y)", "!&#91;x&#93;(y)"},
		{"heading", "# big", "&#35; big"},
		{"list item", "- item", "&#45; item"},
		{"numbered item", "3. item", "3&#46; item"},
		{"rule", "---", "&#45;--"},
		{"setext rule", "===", "&#61;=="},
		{"indented code", "\t    code", "code"},
		{"line ends", "a\r\nb\u2028c\vd\u0085e\rf\ng", "a b c d e f g"},
		{"control characters", "a\x00b\x1b[31mc\x7f", "ab&#91;31mc"},
		{"turned writing", "a\u202eb\u2066c", "abc"},
		{"no UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"other scripts", "日本語 кириллица שלום 👩‍👩‍👧", "日本語 кириллица שלום 👩‍👩‍👧"},
		{"empty", " \n\t", ""},
	} {
		if got := escape(test.in); got != test.want {
			t.Errorf("%s: escape(%q)\n got %q\nwant %q", test.name, test.in, got, test.want)
		}
	}
}

func TestLinksGoToWebPagesOnly(t *testing.T) {
	for in, want := range map[string]string{
		"https://recorder.example/call/81?t=1312&x=2#a":   "[call](<https://recorder.example/call/81?t=1312&amp;x=2#a>)",
		"https://r.example/a b\n<c>(d)[e]|f":              "call",
		"https://r.example/a b<c>(d)[e]|f`g\\h'\"*@i":     "[call](<https://r.example/a%20b%3Cc%3E%28d%29%5Be%5D%7Cf%60g%5Ch%27%22%2A%40i>)",
		"https://r.example/ä":                             "[call](<https://r.example/%C3%A4>)",
		"javascript:alert(1)":                             "call",
		" JavaScript:alert(1)":                            "call",
		"data:text/html,x":                                "call",
		"file:///etc/passwd":                              "call",
		"//r.example/x":                                   "call",
		"/etc":                                            "call",
		"https://user:password@r.example/":                "call",
		"https://github.com/acme/app/issues/1":            "call",
		"https://WWW.GitHub.com/acme/app/pull/1":          "call",
		"https://github.acme.example/a/b/issues/1":        "call",
		"https://r.example/" + strings.Repeat("x", 2_000): "call",
		"https:///no-host":                                "call",
		"":                                                "call",
		"https://r.example/a%2Fb%5D":                      "[call](<https://r.example/a%2Fb%5D>)",
	} {
		if got := link("call", in); got != want {
			t.Errorf("link to %q\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestShortenKeepsWordsAndRunes(t *testing.T) {
	for _, test := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 10, "short"}, {"one two three four", 15, "one two three…"}, {"日本語日本語", 4, "日本語…"}, {"abcdefghij", 5, "abcd…"},
	} {
		if got := shorten(test.in, test.most); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.in, test.most, got, test.want)
		}
	}
}

// risky is what must not stand in a text as GitHub sees it after rendering: what it would link, or show as a picture.
var risky = regexp.MustCompile(`(?i)@[a-z0-9]|#[0-9]|gh-[0-9]|[a-z0-9]://|www\.|mailto:[^\x{200b}]|:[a-z0-9_+-]+:|\b[0-9a-f]{7,64}\b`)

// FuzzEscape: whatever comes from outside is one line without markup, links nothing, and reads as it was written.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"@a #1 GH-1", "-->", "a|b", "&#64;x", "<!-- clamor:2026Q4 -->", "\u200b@\u200ba", "1. x", "::a::b::", "\xff@", "0000000@0000000", "https://https://", "wWw.www.x", "- @-", "١. x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := escape(in)
		if strings.ContainsAny(out, "\n\r<>|`*_[]\\~$\"") || !utf8.ValidString(out) {
			t.Fatalf("%q: markup is left in %q", in, out)
		}
		if strings.ContainsAny(strings.TrimSuffix(out[:min(1, len(out))], "\x00"), "-+=#> \t") {
			t.Fatalf("%q: %q begins a block", in, out)
		}
		shown := html.UnescapeString(out)
		if found := risky.FindString(shown); found != "" {
			t.Fatalf("%q: GitHub would link %q in %q", in, found, shown)
		}
		if visible(shown) != visible(clean(in)) {
			t.Fatalf("%q reads as %q", in, shown)
		}
	})
}

// visible is a text without blanks and joints.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || string(r) == joint {
			return -1
		}
		return r
	}, s)
}

func TestSplitNeverCutsASection(t *testing.T) {
	sections := []section{{text: "head\n"}, {head: "H ", text: "one "}, {head: "H ", text: "two "}, {head: "H ", text: "three "}}
	got := split(sections, 15, func(part int) string { return strings.Repeat("<", part) })
	want := []string{"<head\none two ", "<<H three "}
	if strings.Join(got, "\n--\n") != strings.Join(want, "\n--\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}
