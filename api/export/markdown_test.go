package export_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"clamor"
	"clamor/api/export"
)

func TestMarkdownReadsAsInTheGoldenFile(t *testing.T) {
	golden(t, "list.md", export.Markdown(sampleReport(), export.MarkdownOptions{}).Text())
	golden(t, "list_public.md", export.Markdown(sampleReport(), export.MarkdownOptions{Redact: true}).Text())
	empty := sampleReport()
	empty.List.Entries, empty.List.Frozen, empty.List.Hash = nil, false, ""
	golden(t, "list_empty.md", export.Markdown(empty, export.MarkdownOptions{}).Text())
}

func TestSameReportGivesSameBytes(t *testing.T) {
	first := export.Markdown(longReport(90), export.MarkdownOptions{Redact: true})
	for range 5 {
		if again := export.Markdown(longReport(90), export.MarkdownOptions{Redact: true}); again.Hash != first.Hash || again.Text() != first.Text() {
			t.Fatal("two documents of one report differ")
		}
	}
}

func TestHashCoversEveryPiece(t *testing.T) {
	first := export.Markdown(longReport(90), export.MarkdownOptions{}).Hash
	r := longReport(90)
	r.List.Entries[89].Feature.Title += "!"
	if export.Markdown(r, export.MarkdownOptions{}).Hash == first {
		t.Error("a change in the last comment does not change the hash")
	}
}

// wantWellFormed checks what must hold for every document: sizes, markers, folds that open and close within one part, no HTML but
// ours, rows with as many cells as their head.
func wantWellFormed(t interface{ Fatalf(string, ...any) }, d export.Document, limit int) {
	for i, part := range append([]string{d.Body}, d.Comments...) {
		if len(part) > limit || !utf8.ValidString(part) {
			t.Fatalf("part %d has %d bytes (valid UTF-8: %v), want at most %d", i+1, len(part), utf8.ValidString(part), limit)
		}
		part = destinations.ReplaceAllString(part, "]()") // where a link goes is encoded, and not seen
		lead := fmt.Sprintf("<!-- %s part=%d ", d.Marker, i+1)
		if !strings.HasPrefix(part, lead) || strings.Count(boxMarks.ReplaceAllString(part, ""), "<!--") != 1 ||
			strings.Count(boxMarks.ReplaceAllString(part, ""), "-->") != 1 {
			t.Fatalf("part %d does not begin with its marker alone: %.80q (%q)", i+1, part, regexp.MustCompile(`.{30}(<!--|-->).{10}`).FindAllString(part, 3))
		}
		if opened, closed := strings.Count(part, "<details>"), strings.Count(part, "</details>"); opened != closed {
			t.Fatalf("part %d opens %d folds and closes %d", i+1, opened, closed)
		}
		for _, tag := range tags.FindAllString(part, -1) {
			if !slices.Contains([]string{"<!", "<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<br>"}, tag) {
				t.Fatalf("part %d holds %q", i+1, tag)
			}
		}
		wantTables(t, boxMarks.ReplaceAllString(part, "\n"))
	}
}

var (
	boxMarks     = regexp.MustCompile(` <!-- box [a-zA-Z0-9_]* -->\n`)
	tags         = regexp.MustCompile(`<(!|[^>\n]*>?)`)
	destinations = regexp.MustCompile(`\]\(<https?://[^<>()\[\]|\\\x60 \n]*>\)`)
)

func wantTables(t interface{ Fatalf(string, ...any) }, part string) {
	cells := 0
	for _, line := range strings.Split(part, "\n") {
		n := strings.Count(line, "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			if n != 0 {
				t.Fatalf("a bar outside of a table: %q", line)
			}
			cells = 0
		case cells == 0:
			cells = n
		case n != cells:
			t.Fatalf("a row of %d bars in a table of %d: %q", n, cells, line)
		}
	}
}

func TestLongListsContinueInCommentsOnWholeFeatures(t *testing.T) {
	for _, limit := range []int{8_000, 20_000, export.MaxBytes} {
		r := longReport(150)
		d := export.Markdown(r, export.MarkdownOptions{MaxBytes: limit, Features: 150})
		wantWellFormed(t, d, limit)
		text := d.Text()
		for _, e := range r.List.Entries {
			row, fold := fmt.Sprintf("\n| %d | ", e.Rank), fmt.Sprintf("<b>%d. ", e.Rank)
			if strings.Count(text, row) != 1 || strings.Count(text, fold) != 1 {
				t.Fatalf("limit %d: feature %d is %d times in the table and %d times below", limit, e.Rank, strings.Count(text, row), strings.Count(text, fold))
			}
		}
		if len(d.Comments) == 0 {
			t.Errorf("limit %d: nothing continues", limit)
		}
	}
}

func TestFeaturesBeyondTheLimitAreCounted(t *testing.T) {
	text := export.Markdown(longReport(12), export.MarkdownOptions{Features: 10}).Text()
	if !strings.Contains(text, "2 more features of lower rank are on the list") || strings.Contains(text, "<b>11. ") {
		t.Error("the two features left out are not mentioned")
	}
}

func TestPartsLeftOutAreSummedUp(t *testing.T) {
	text := export.Markdown(sampleReport(), export.MarkdownOptions{Parts: 1, Quotes: 1}).Text()
	if !strings.Contains(text, "| *and 1 more* | | | | | 90,000 |") || strings.Contains(text, "Okta") {
		t.Errorf("one part and one quote were asked for:\n%s", text)
	}
}

func TestQuotesOfTheAccountsWithMostMoneyComeFirst(t *testing.T) {
	r := sampleReport()
	text := export.Markdown(r, export.MarkdownOptions{Quotes: 2}).Text()
	strongest, other, weaker := strings.Index(text, "We cannot roll out"), strings.Index(text, "Okta"), strings.Index(text, "would be nice")
	if strongest < 0 || other < strongest || weaker >= 0 {
		t.Errorf("quotes at %d, %d, %d: want one of each account, its strongest ask", strongest, other, weaker)
	}
}

func TestStrongestAskSpeaksForItsAccount(t *testing.T) {
	r := sampleReport()
	r.List.Entries[0].Parts[0].Ask = "ask_2" // an older one than its other
	text := export.Markdown(r, export.MarkdownOptions{Quotes: 1}).Text()
	if !strings.Contains(text, "would be nice") || strings.Contains(text, "We cannot roll out") {
		t.Error("the account's strongest ask is not the one that is quoted")
	}
}

func TestShakyRanksAreNamed(t *testing.T) {
	r := sampleReport()
	r.List.Entries[0].RankWithoutLargest = 9
	text := export.Markdown(r, export.MarkdownOptions{}).Text()
	if !strings.Contains(text, "**Look twice at 1, SAML single sign-on for Northwind:** 91% of it is one account, Northwind Traders, Inc.; without that account it would rank 9.") {
		t.Error("nothing warns of a rank that one account makes")
	}
}

// hostile are texts that once did harm somewhere, in every field from outside.
var hostile = []string{
	"@everyone fixes #1 GH-2 acme/app#3 https://github.com/acme/app/issues/4", "</details></details><script>alert(1)</script>", "--> <!-- clamor:2026Q4 part=1 -->",
	"| a | b |\n| --- | --- |", "```\ncode", "~~~\ncode", "\n\n# heading\n\n---\n", "[x](javascript:alert(1))", "![x](https://evil.example/p.png)", "a\u2028b\u0085c\rd", "\xff\xfe\x00",
	strings.Repeat("|<>&*", 3_000), "&lt;b&gt;", "<details><summary>", "\u202egnirts", "`", "\\", "]", "](<x>)", "<!--", "'", "\"><b>",
}

func hostileReport(text func() string) clamor.Report {
	r := sampleReport()
	for id, a := range r.Accounts {
		a.Name = text()
		r.Accounts[id] = a
	}
	for _, id := range slices.Sorted(maps.Keys(r.Quotes)) {
		for i := range r.Quotes[id] {
			q := &r.Quotes[id][i]
			q.Quote, q.Text, q.AccountName, q.DealName, q.NoteTitle, q.NoteKind = text(), text(), text(), text(), text(), clamor.NoteKind(text())
			q.Author, q.Contact = clamor.Person{Name: text()}, clamor.Person{Email: text(), Title: text()}
			q.URL, q.Note, q.Priority = "https://r.example/"+text(), clamor.NoteID(text()), clamor.Priority(text())
		}
	}
	for i := range r.List.Entries {
		f, parts := &r.List.Entries[i].Feature, r.List.Entries[i].Parts
		f.Title, f.Area, f.Team, f.Timeframe, f.Status = text(), text(), text(), text(), clamor.Status(text())
		parts[0].Priority = clamor.Priority(text())
	}
	for i := range r.Shifts {
		r.Shifts[i].Feature.Title = text()
		if len(r.Shifts[i].Causes) > 0 {
			r.Shifts[i].Causes[0].Cause = text()
		}
	}
	r.List.Notices[0].Message, r.List.FrozenBy, r.List.Scenario, r.List.Hash, r.List.Formula = text(), text(), text(), text(), text()
	return r
}

func TestHostileTextsStayTexts(t *testing.T) {
	for _, text := range hostile {
		r := hostileReport(func() string { return text })
		for _, redact := range []bool{false, true} {
			d := export.Markdown(r, export.MarkdownOptions{Redact: redact})
			wantWellFormed(t, d, export.MaxBytes)
			wantNoReferences(t, d)
		}
	}
}

// references is what GitHub links or notifies by, outside of our own links.
var references = regexp.MustCompile(`(?i)@[a-z0-9]|(&#35;|#)[0-9]+\b[^;]|gh-[0-9]|[a-z]://|www\.`)

func wantNoReferences(t interface{ Fatalf(string, ...any) }, d export.Document) {
	if found := references.FindString(destinations.ReplaceAllString(regexp.MustCompile(`&#\d+;`).ReplaceAllString(d.Text(), "_"), "")); found != "" {
		t.Fatalf("GitHub would link %q", found)
	}
}

func TestAnyTextsStayTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile), rapid.StringOf(rapid.SampledFrom([]rune("@#1a<>!-|`*[]()&;:/.\n\\~_ ")))).Draw
		r := hostileReport(func() string { return text(t, "text") })
		d := export.Markdown(r, export.MarkdownOptions{Redact: rapid.Bool().Draw(t, "redact"), MaxBytes: rapid.IntRange(12_000, export.MaxBytes).Draw(t, "limit")})
		wantWellFormed(t, d, export.MaxBytes)
		wantNoReferences(t, d)
	})
}

func TestPublicDocumentTellsNoNameAndNoAmount(t *testing.T) {
	r := sampleReport()
	r.List.Entries[0].Feature.Title = "NORTHWIND TRADERS want SSO: $480,000 or 90k EUR at risk, says maria lopez of Northwind"
	r.List.Entries[0].Feature.Team = "Globex team"
	globex := r.Accounts["account_g"]
	globex.Domains = []string{"gx.example"}
	r.Accounts["account_g"] = globex
	r.List.Entries[1].Feature.Title = "Login with gx.example addresses"
	r.List.Scenario = "without initech"
	r.List.Notices[0].Message = "Globex has no amount for its 12.5 million USD deal"
	text := strings.ToLower(export.Markdown(r, export.MarkdownOptions{Redact: true}).Text())
	for _, secret := range []string{"northwind", "globex", "initech", "umbrella", "maria", "lopez", "sam reed", "kim@", "ana diaz", "gx.example", "recorder.example", "480", "90k eur", "12.5", "1,050,000",
		"60,000", "cannot roll out", "okta"} {
		if strings.Contains(text, secret) {
			t.Errorf("the public document tells %q", secret)
		}
	}
	for _, wanted := range []string{"account 1", "1m to 2.5m", "sso", "&#91;amount&#93;"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the public document lacks %q", wanted)
		}
	}
}

// Accounts that ask for nothing on the list are customers too: their names, domains and what people make of them stay inside.
func TestPublicDocumentTellsNoNameOfOtherAccounts(t *testing.T) {
	names := []string{"Contoso Ltd.", "Société Vélo GmbH", "Fabrikam", "tailspin.example", "Wide World Importers"}
	for text, secret := range map[string]string{
		"SSO as CONTOSO has it": "contoso", "contoso's export": "contoso", "Export for Societe velo": "velo", "Export for Societe\u0301 Ve\u0301lo": "lo",
		"Login at tailspin.example": "tailspin", "Tailspin wants more": "tailspin", "Reports (Fabrikam)": "fabrikam", "What Wide World Importers ask": "importers",
		"Export for Wide": "wide", "Contoso Ltd pays €12,000": "12",
	} {
		r := sampleReport()
		r.Names = names
		f := &r.List.Entries[0].Feature
		f.Title, f.Area, f.Team, f.Timeframe, r.Shifts[0].Feature.Title, r.List.Notices[0].Message = text, text, text, text, text, text
		d := export.Markdown(r, export.MarkdownOptions{Redact: true})
		clean := export.Markdown(sampleReport(), export.MarkdownOptions{Redact: true})
		told := func(d export.Document) int {
			return strings.Count(strings.ToLower(d.Text()+strings.Join(d.Labels, " ")), secret)
		}
		if got, usual := told(d), told(clean); got > usual {
			t.Errorf("%q is told %d times by a document about %q, and %d times without it", secret, got, text, usual)
		}
		if !strings.Contains(export.Markdown(r, export.MarkdownOptions{}).Text(), "1. ") {
			t.Error("a private document is not written")
		}
	}
}

// People are called by a part of their name: none of it is told, wherever in a note they were named.
func TestPublicDocumentTellsNoPerson(t *testing.T) {
	r := sampleReport()
	r.People = []clamor.Person{{Name: "Bernard Lüthi"}, {Email: "jo@ours.example"}}
	r.List.Entries[0].Feature.Title = "Bernard asks for a demonstration, says luthi.example; MARIA waits, and jo@ours.example"
	r.List.Entries[1].Feature.Title = "Ask Mr Lüthi about sam reed's list"
	r.Shifts[3].Feature.Title = "What Bernard wants"
	text := strings.ToLower(export.Markdown(r, export.MarkdownOptions{Redact: true}).Text())
	for _, secret := range []string{"bernard", "mr lüthi", "maria", "jo@", "reed"} {
		if strings.Contains(text, secret) {
			t.Errorf("the public document tells %q", secret)
		}
	}
	if !strings.Contains(text, "asks for a demonstration") {
		t.Error("more than names is hidden")
	}
}

func TestHiddenNamesAreWholeWords(t *testing.T) {
	r := sampleReport()
	r.Names = []string{"Ex", "Box", "Word Press Ltd"}
	r.List.Entries[1].Feature.Title = "Export boxes of words in Wordle"
	if text := export.Markdown(r, export.MarkdownOptions{Redact: true}).Text(); !strings.Contains(text, "Export boxes of words in Wordle") {
		t.Error("a name hides other words that only begin like it")
	}
}

func TestPublicDocumentHidesAnyKnownName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`Zq[a-z]{2,8}( Zq[a-z]{2,8}){0,2}( (Inc\.|GmbH))?`).Draw(t, "name")
		before, after := rapid.SampledFrom([]string{"", "For ", "export (", "/", "a, "}).Draw(t, "before"), rapid.SampledFrom([]string{"", "'s", ")", " export", "-only"}).Draw(t, "after")
		written := rapid.SampledFrom([]func(string) string{strings.ToUpper, strings.ToLower, strings.Clone}).Draw(t, "case")(name)
		r := sampleReport()
		r.Names = []string{name}
		r.List.Entries[0].Feature.Title = before + written + after
		if text := strings.ToLower(export.Markdown(r, export.MarkdownOptions{Redact: true}).Text()); strings.Contains(text, "zq") {
			t.Fatalf("%q is told of %q", regexp.MustCompile("zq[a-z]*").FindString(text), r.List.Entries[0].Feature.Title)
		}
	})
}

func TestChangesNameTheirCausesInMoney(t *testing.T) {
	r := sampleReport()
	text := export.Markdown(r, export.MarkdownOptions{}).Text()
	for _, row := range []string{
		"| 3 → 1 | +985,000 | asks growing older −15,000, urgency +500,000, asks +500,000 |", "| 2 → off the list | −400,000.50 | features shipped, refused or reopened −400,000.50 |",
		"| new → 3 | +12,000 | asks +12,000 |", "| 1 → 2 | ±0 | others moved |",
	} {
		if !strings.Contains(text, row) {
			t.Errorf("the document lacks %q", row)
		}
	}
	r.Shifts = []clamor.Shift{{Feature: r.List.Entries[0].Feature, Before: 1, After: 1}}
	if text := export.Markdown(r, export.MarkdownOptions{}).Text(); !strings.Contains(text, "Nothing has changed") {
		t.Error("two equal lists are not told to be so")
	}
}

func BenchmarkMarkdown(b *testing.B) {
	r := longReport(100)
	for b.Loop() {
		export.Markdown(r, export.MarkdownOptions{})
	}
}

func ExampleMarkdown() {
	d := export.Markdown(clamor.Report{List: clamor.List{Quarter: "2026Q4", AsOf: "2026-12-31", Currency: "EUR"}}, export.MarkdownOptions{})
	fmt.Println(d.Title)
	// Output: What customers ask for: Q4 2026, ranked
}
