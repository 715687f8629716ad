package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clamor"
	"clamor/ingest"
)

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// The two files hold sentences as sellers write and customers say them, in four languages.
func TestAsksAreFoundAndSmallTalkIsNot(t *testing.T) {
	for _, sentence := range lines(t, "testdata/asks.txt") {
		if len(ingest.Extract(sentence)) == 0 {
			t.Errorf("no ask is found in %q", sentence)
		}
	}
	for _, sentence := range lines(t, "testdata/others.txt") {
		for _, s := range ingest.Extract(sentence) {
			t.Errorf("%q is taken for an ask (%.3f)", s.Text, s.Score)
		}
	}
}

func TestPriorityAndMotiveAreWhatTheWordsSay(t *testing.T) {
	for sentence, want := range map[string]struct {
		priority clamor.Priority
		motive   clamor.Motive
	}{
		"They need SAML single sign-on.":                                     {"", ""},
		"SSO is a blocker for them.":                                         {clamor.Blocker, ""},
		"They can't roll out without SSO.":                                   {clamor.Blocker, ""},
		"No SSO is a deal-breaker, they would not renew without it.":         {clamor.Blocker, clamor.Keep},
		"They want dark mode, but it's not a blocker.":                       {clamor.Nice, ""},
		"Dark mode would be nice to have.":                                   {clamor.Nice, ""},
		"They'd like dark mode, low priority.":                               {clamor.Nice, ""},
		"An audit log is a must-have for them.":                              {clamor.Important, ""},
		"They urgently need an audit log.":                                   {clamor.Important, ""},
		"They need an export, otherwise they will cancel.":                   {"", clamor.Keep},
		"They would buy 50 more seats if we had a Jira integration.":         {"", clamor.Grow},
		"They are still waiting for the export that we promised in March.":   {"", clamor.Promised},
		"Ohne SSO können sie nicht verlängern.":                              {clamor.Blocker, clamor.Keep},
		"Un export est indispensable, ils ont besoin de données mensuelles.": {clamor.Important, ""},
		"Es imprescindible: necesitan integración con SAP.":                  {clamor.Important, ""},
	} {
		spans := ingest.Extract(sentence)
		if len(spans) != 1 {
			t.Errorf("%q holds %d asks, want 1", sentence, len(spans))
			continue
		}
		if spans[0].Priority != want.priority || spans[0].Motive != want.motive {
			t.Errorf("%q: priority %q and motive %q, want %q and %q", sentence, spans[0].Priority, spans[0].Motive, want.priority, want.motive)
		}
	}
}

func TestSpansEndWhereSentencesDo(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                {"", nil},
		"abbreviations":          {"They need exports, e.g. to Excel, approx. 20 a day. Call went fine.", []string{"They need exports, e.g. to Excel, approx. 20 a day."}},
		"decimals and addresses": {"They want v2.1 of https://api.example.com/a.b to stay. Bye.", []string{"They want v2.1 of https://api.example.com/a.b to stay."}},
		"lower case":             {"they want sso. also they need audit logs. call back tue.", []string{"they want sso.", "also they need audit logs."}},
		"bullets":                {"Asks:\n- They want SSO\n* They need audit logs\n2) Is there a way to export it?\n", []string{"They want SSO", "They need audit logs", "Is there a way to export it?"}},
		"hard wraps":             {"They told us that over there they need an export to Excel of all\nthe invoices that were paid, every month.\nThey left.", []string{"They told us that over there they need an export to Excel of all\nthe invoices that were paid, every month."}},
		"a title":                {"Add a sync button to the preferences\nthe sync stopped last week and nobody noticed, which " + strings.Repeat("happens ", 40), []string{"Add a sync button to the preferences"}},
		"mail":                   {"> They want SSO.\n>> They need logs.", []string{"They want SSO.", "They need logs."}},
		"speakers and times":     {"[00:12:03] Ana Costa: We need an audit log.\n00:14 Ben: Sure.", []string{"We need an audit log."}},
		"sellers":                {"AE: I want to see your invoice report.\nAE: They want an invoice report.\nAna: We want an invoice report.", []string{"They want an invoice report.", "We want an invoice report."}},
		"restarts":               {"Ana: So we um we need... we need an export to Excel. Right?", []string{"So we um we need... we need an export to Excel."}},
		"a remark on it":         {"They want SSO. That's a blocker for the renewal. We had lunch.", []string{"They want SSO. That's a blocker for the renewal."}},
		"questions":              {"Is there a way to export it? He asked twice!! They need it.", []string{"Is there a way to export it?", "They need it."}},
		"a list under asks":      {"Wishlist:\n- packing slips by mail\n- the old colours, please\n\nNext steps:\n- contract to legal\n- packing slips by mail", []string{"packing slips by mail", "the old colours, please"}},
		"items on a line":        {"Good call. Must: SAML, audit log; bulk edit (all sites). Competitor: none.", []string{"SAML", "audit log", "bulk edit (all sites)."}},
		"a lead-in":              {"They need:\n1) SCIM\n2) nightly exports\n", []string{"SCIM", "nightly exports"}},
		"a clause is no item":    {"They met Ana, who left, and Ben. They want exports, e.g. to Excel, soon.", []string{"They want exports, e.g. to Excel, soon."}},
		"questions of customers": {"We have 40 forms, all alike. Is there a copy button? Thanks, Jo", []string{"Is there a copy button?"}},
		"reported speech": {"Short call with her, all is well. The warehouse lead wants the packing slip on her tablet. He wondered if the approvals could be delegated. Lunch was good.",
			[]string{"The warehouse lead wants the packing slip on her tablet.", "He wondered if the approvals could be delegated."}},
		"labels": {"Feature request: keyboard shortcuts", []string{"Feature request: keyboard shortcuts"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range ingest.Extract(c.text) {
				got = append(got, s.Text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestALongTextWithoutStopsIsCutIntoPieces(t *testing.T) {
	text := strings.Repeat("and so they need the export and the import but not the rest ", 200)
	spans := ingest.Extract(text)
	if len(spans) < 10 {
		t.Errorf("%d spans of %d bytes", len(spans), len(text))
	}
	checkSpans(t, text, spans)
	word := strings.Repeat("x", 5000)
	for _, text := range []string{word, "they need " + word, "they need " + strings.Repeat("ü", 3000)} {
		checkSpans(t, text, ingest.Extract(text))
	}
}

// What the items of a list have in common is said once, by its name.
func TestTheNameOfAListSaysHowMuchItsItemsAreWanted(t *testing.T) {
	var got []clamor.Priority
	for _, s := range ingest.Extract("Call went fine. Must haves: audit log, SAML. Would be nice: dark mode.") {
		got = append(got, s.Priority)
	}
	if diff := cmp.Diff([]clamor.Priority{clamor.Important, clamor.Important, clamor.Nice}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A title stands in for a text that asks for nothing, if it asks; and a rep's own words in a call are no ask.
func TestTitlesAndAuthors(t *testing.T) {
	for name, c := range map[string]struct {
		title, text, author string
		want                []string
	}{
		"a title that asks": {"Please add a dark mode", "Hi there.", "", []string{"Please add a dark mode 0-0"}},
		"a plain title":     {"Renewal call Northwind", "Thanks for the call.", "", nil},
		"a weekly":          {"Weekly call", "Thanks for the call.", "", nil},
		"the author sells": {"Call", "Bea: I want a report by site.\nCy: I want an export to Excel.\nBea: Noted.", "Bea Lund",
			[]string{"I want an export to Excel. 34-60"}},
	} {
		body, err := json.Marshal(map[string]any{"title": c.title, "text": c.text, "account": "a.example", "author": map[string]any{"name": c.author}})
		if err != nil {
			t.Fatal(err)
		}
		intakes, err := ingest.ParseNotes(body, ingest.ParseOptions{Source: "test", ReceivedAt: noon()})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range intakes[0].Asks {
			got = append(got, fmt.Sprintf("%s %d-%d", a.Text, a.Start, a.End))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// Each of these would take minutes if the time grew with the square of the length.
func TestHostileTextsAreReadInTheTimeTheirLengthDemands(t *testing.T) {
	for _, piece := range []string{">", "- ", "a.", ". ", "[1:1] ", "Ana: ", "they need ", "?\n", " \n", "ü", "will not sign ", "can not we ", "a, ", "(b; ", "how can i ", "- a:\n", "a = ", "\"x "} {
		text := strings.Repeat(piece, 1<<18/len(piece))
		checkSpans(t, text, ingest.Extract(text))
	}
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

func checkSpans(t failer, text string, spans []ingest.Span) {
	t.Helper()
	end := 0
	for _, s := range spans {
		if s.Start < end || s.End <= s.Start || s.End > len(text) {
			t.Errorf("span %d to %d is out of order or bounds", s.Start, s.End)
			return
		}
		if text[s.Start:s.End] != s.Text {
			t.Errorf("span %d to %d is %q in the text, but says %q", s.Start, s.End, text[s.Start:s.End], s.Text)
		}
		if s.Score < 0.5 || s.Score > 1 {
			t.Errorf("span %q has the score %v", s.Text, s.Score)
		}
		if utf8.ValidString(text) && !utf8.ValidString(s.Text) {
			t.Errorf("span %q cuts a letter in two", s.Text)
		}
		end = s.End
	}
}

// However sentences are strung together, the spans keep to them, and nearly every ask is found that is found alone. What
// stands around a sentence may still tip the balance: in a note about a customer other things count than in a post.
func TestAsksAreFoundAmongOtherSentences(t *testing.T) {
	asks, others := lines(t, "testdata/asks.txt"), lines(t, "testdata/others.txt")
	wanted, lost := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var want []string
		for range rapid.IntRange(1, 12).Draw(t, "sentences") {
			if rapid.Bool().Draw(t, "ask") {
				ask := rapid.SampledFrom(asks).Draw(t, "which")
				want = append(want, ask)
				text.WriteString(ask)
			} else {
				text.WriteString(rapid.SampledFrom(others).Draw(t, "which"))
			}
			text.WriteString(rapid.SampledFrom([]string{" \n\n", "\n\n", "\r\n\r\n", "\n\n- "}).Draw(t, "gap"))
		}
		spans := ingest.Extract(text.String())
		checkSpans(t, text.String(), spans)
		all := ""
		for _, s := range spans {
			all += s.Text + "\n"
		}
		for _, ask := range want {
			for _, s := range ingest.Extract(ask) {
				wanted++
				if !strings.Contains(all, s.Text) {
					lost++
				}
			}
		}
	})
	if lost*4 > wanted {
		t.Errorf("of %d asks that are found alone, %d are lost among others", wanted, lost)
	}
}

func FuzzExtract(f *testing.F) {
	for _, path := range []string{"testdata/asks.txt", "testdata/others.txt"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("Ana: \xff we need\x00 it... \n- [ ] +1?!\n> e.g. İ ẞ\u2028 they can't go live without it。")
	f.Fuzz(func(t *testing.T, text string) {
		spans := ingest.Extract(text)
		checkSpans(t, text, spans)
		if again := ingest.Extract(text); len(again) != len(spans) {
			t.Errorf("read twice, it holds %d asks and %d", len(spans), len(again))
		}
	})
}

func TestTheStreamAnswersLineByLine(t *testing.T) {
	in := "\ufeff" + `{"id": 7, "text": "They need SSO & <more>.\nBye."}` + "\n\n" + `{"text": "Bye.", "id": "b", "label": "x"}` + "\r\n"
	want := `{"id":7,"asks":[{"start":0,"end":22,"text":"They need SSO & <more>.","score":` + "S" + `,"priority":""}]}` + "\n" + `{"id":"b","asks":[]}` + "\n"
	var out bytes.Buffer
	if err := ingest.ExtractStream(context.Background(), strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	from := strings.Index(got, `"score":`) + len(`"score":`)
	to := from + strings.IndexByte(got[from:], ',')
	if diff := cmp.Diff(strings.Replace(want, `"end":22`, `"end":23`, 1), got[:from]+"S"+got[to:]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestABadLineOfTheStreamIsNamed(t *testing.T) {
	for in, says := range map[string]string{
		`{"id": 1, "text": "a"}` + "\nnope\n":          "line 2: not a JSON object",
		`{"id": 1}`:                                    "line 1: lacks id or text",
		`{"text": "a"}`:                                "line 1: lacks id or text",
		"{\"id\": 1, \"text\": \"\xe9\"}":              "line 1: not UTF-8 at byte 19",
		`{"id": 1, "text": ["a"]}`:                     "line 1: not a JSON object",
		"\n\n" + `{"id": 1, "text": "a"}` + "\n" + `[`: "line 4: not a JSON object",
	} {
		var out bytes.Buffer
		err := ingest.ExtractStream(context.Background(), strings.NewReader(in), &out)
		if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(errorText(err), says) {
			t.Errorf("%q gives %v, want %q", in, err, says)
		}
		if strings.Contains(in, `"a"}`+"\n") && !strings.Contains(out.String(), `"asks"`) {
			t.Errorf("%q: the lines before the bad one are not answered", in)
		}
	}
}
