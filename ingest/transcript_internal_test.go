package ingest

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clamor"
)

// toldOf writes utterances as "seconds speaker|words".
func toldOf(said []utterance) []string {
	var lines []string
	for _, u := range said {
		at := "-"
		if u.at >= 0 {
			at = strconv.FormatFloat(u.at.Seconds(), 'f', -1, 64)
		}
		lines = append(lines, at+" "+u.speaker+"|"+u.words)
	}
	return lines
}

func TestCaptionsAreReadHoweverTheyAreWritten(t *testing.T) {
	const first, second = "00:21:52.500 --> 00:21:58.200\n", "00:21:59.000 --> 00:22:01.400\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"as Zoom writes them": {"WEBVTT\n\n1\n" + first + "Kim Buyer: We need SSO.\n\n2\n" + second + "Dana Rep: I see.\n",
			[]string{"1312.5 Kim Buyer|We need SSO.", "1319 Dana Rep|I see."}},
		"with a byte order mark and other line ends": {"\ufeffWEBVTT\r\n\r\n" + strings.ReplaceAll(first, "\n", "\r\n") + "Kim: We need SSO.\r\n",
			[]string{"1312.5 Kim|We need SSO."}},
		"without a header":   {first + "Kim: We need SSO.", []string{"1312.5 Kim|We need SSO."}},
		"with commas":        {"1\n00:21:52,5 --> 00:21:58,2\nKim: We need SSO.", []string{"1312.5 Kim|We need SSO."}},
		"with minutes alone": {"WEBVTT\n\n21:52.500 --> 21:58.200 align:start position:0%\nKim: Yes.", []string{"1312.5 Kim|Yes."}},
		"with voices": {first + "<v.loud Kim Buyer>We need <i>SSO</i> &amp; SCIM.</v>",
			[]string{"1312.5 Kim Buyer|We need SSO & SCIM."}},
		"with times among the words": {first + "Kim: We <00:21:53.000>need <c>SSO</c>.", []string{"1312.5 Kim|We need SSO."}},
		"over several lines":         {first + "Kim: We need\nSSO.", []string{"1312.5 Kim|We need", "1312.5 Kim|SSO."}},
		"with names in small letters": {first + "kim b: We need it.\n\n" + second + "kim b: Really.",
			[]string{"1312.5 kim b|We need it.", "1319 kim b|Really."}},
		"with a colon that ends no name": {first + "Kim: We need it.\n\n" + second + "it does this: nothing.",
			[]string{"1312.5 Kim|We need it.", "1319 Kim|it does this: nothing."}},
		"with notes and styles": {"WEBVTT\n\nNOTE made by a machine\n\nSTYLE\n::cue { color: red }\n\n" + first + "Kim: Yes.",
			[]string{"1312.5 Kim|Yes."}},
		"without empty lines":       {"WEBVTT\n" + first + "Kim: Yes.\n" + second + "Dana: No.", []string{"1312.5 Kim|Yes.", "1319 Dana|No."}},
		"with cues that come late":  {second + "Dana: No.\n\n" + first + "Kim: Yes.", []string{"1319 Dana|No.", "1312.5 Kim|Yes."}},
		"with less than":            {first + "Kim: We want < 5 seconds.", []string{"1312.5 Kim|We want < 5 seconds."}},
		"cut off":                   {"WEBVTT\n\n" + first + "Kim: Yes.\n\n00:22", []string{"1312.5 Kim|Yes."}},
		"a page to sign in":         {"<!DOCTYPE html>\n<html><body>Sign in --> here</body></html>", nil},
		"nothing":                   {"", nil},
		"a time beyond any meeting": {"9999:00:00.000 --> 9999:00:01.000\nKim: Yes.", nil},
	} {
		if diff := cmp.Diff(c.want, toldOf(parseVTT(c.text))); diff != "" {
			t.Errorf("captions %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestConversationsAreReadAsPeopleExportThem(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"with who and when above": {"Kim Buyer  21:52\nWe need SSO.\nReally.\n\nDana Rep  1:02:03\nI see.",
			[]string{"1312 Kim Buyer|We need SSO.", "1312 Kim Buyer|Really.", "3723 Dana Rep|I see."}},
		"with names before":           {"Kim Buyer: We need SSO.\nDana Rep: I see.", []string{"- Kim Buyer|We need SSO.", "- Dana Rep|I see."}},
		"with times before":           {"[21:52] Kim: We need SSO.\n00:22:01 Dana: I see.", []string{"1312 Kim|We need SSO.", "1321 Dana|I see."}},
		"without names":               {"We need SSO.\nSoon.", []string{"- |We need SSO.", "- |Soon."}},
		"with a time that is no head": {"Kim: We meet at 12:30\nthen.", []string{"- Kim|We meet at 12:30", "- Kim|then."}},
	} {
		if diff := cmp.Diff(c.want, toldOf(parseSpoken(c.text))); diff != "" {
			t.Errorf("a conversation %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestATurnIsALineWithItsMomentAndItsSpeaker(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	got := transcribe([]utterance{
		{speaker: "kim (Northwind)", words: "We need an export of", at: s(1)},
		{speaker: "kim (Northwind)", words: "the audit log.", at: s(62)}, // within a sentence
		{speaker: "kim (Northwind)", words: "And SSO.", at: s(63)},       // a minute after the line began
		{speaker: "Dana Rep", words: "  ", at: s(64)},
		{speaker: "Dana Rep", words: "I want\nto note that.", at: s(3700), ours: true},
		{speaker: "Sam: Lee", words: "Me too.", at: s(3701), ours: true},
		{words: "Okay.", at: untimed},
	})
	want := "[00:01] Kim: We need an export of the audit log.\n[01:03] Kim: And SSO.\n" +
		"[1:01:40] Dana Rep: I want to note that.\n[1:01:41] Sam Lee: Me too.\nSpeaker: Okay."
	if diff := cmp.Diff(want, got.text); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}
	const ours = "[1:01:40] Dana Rep: I want to note that.\n[1:01:41] Sam Lee: Me too."
	if len(got.ours) != 1 || got.text[got.ours[0].start:got.ours[0].end] != ours {
		t.Errorf("our side is heard at %v", got.ours)
	}
}

// What our side says asks for nothing unless it reports, and no quote holds words of both sides.
func TestOurWordsAreNeverTheCustomers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SampledFrom([]string{"We need an export of the audit log.", "I would like to show you something.",
			"They need SSO for the audit.", "That is a blocker for us.", "Is there a way to filter?", "Hello there.", "can't do without", "It would be great to have"})
		said := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) utterance {
			u := utterance{speaker: rapid.SampledFrom([]string{"Kim", "Lee", "Dana", "Sam"}).Draw(t, "speaker"), words: lines.Draw(t, "words"),
				at: time.Duration(rapid.IntRange(-1, 100).Draw(t, "at")) * time.Second}
			u.ours = u.speaker == "Dana" || u.speaker == "Sam"
			return u
		}), 0, 12).Draw(t, "said")
		asksAreClean(t, transcribe(said))
	})
}

type complains interface {
	Errorf(format string, args ...any)
}

func asksAreClean(t complains, got transcript) {
	for _, a := range got.asks("") {
		if got.text[a.Start:a.End] != a.Quote || !strings.HasPrefix(a.Quote, a.Text) {
			t.Errorf("the quote %q with the text %q is not at %d in %q", a.Quote, a.Text, a.Start, got.text)
		}
		for _, s := range got.ours {
			if a.Start < s.end && s.start < a.End && (a.Start < s.start || !reports(a.Quote)) {
				t.Errorf("the ask %q holds words of ours, %q", a.Quote, got.text[s.start:s.end])
			}
		}
	}
}

func TestAShortPieceIsAnAskAsAWhole(t *testing.T) {
	said := []utterance{{speaker: "Kim Buyer", words: "We can't roll this out until you support SAML single sign-on.", at: untimed}}
	got := conversation(clamor.Note{ExternalID: "1"}, clamor.AccountFacts{}, nil, transcribe(said), ParseOptions{})
	if len(got.Asks) != 1 || got.Asks[0].Quote != said[0].words {
		t.Errorf("the asks of one sentence that somebody marked are %+v", got.Asks)
	}
}

func TestALongTranscriptIsReadWhole(t *testing.T) {
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	cues := 0
	for b.Len() < 10<<20 {
		at := "0" + strconv.Itoa(cues/3600%10) + ":" + strconv.Itoa(10+cues/60%50) + ":" + strconv.Itoa(10+cues%50) + ".000"
		b.WriteString(at + " --> " + at + "\nSpeaker " + strconv.Itoa(cues%7) + ": these are some words of the conversation\n\n")
		cues++
	}
	if got := len(parseVTT(b.String())); got != cues {
		t.Errorf("%d cues are read of %d", got, cues)
	}
}

func FuzzVTT(f *testing.F) {
	f.Add("WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nKim: We need SSO.\n")
	f.Add("\ufeff00:01,5 --> \r\n<v Kim>A <00:00:01> & B</v>\r\n\r\nx --> y\n")
	f.Add("Kim  00:10\nWe need it.\n[00:11] Dana: They want it.\nLee: no")
	f.Fuzz(func(t *testing.T, text string) {
		for _, said := range [][]utterance{parseVTT(text), parseSpoken(text)} {
			for i := range said {
				said[i].ours = strings.HasPrefix(said[i].speaker, "D")
				if said[i].at < untimed || blank(said[i].words) {
					t.Errorf("an utterance at %v of %q", said[i].at, said[i].words)
				}
			}
			got := transcribe(said)
			if !utf8.ValidString(got.text) || strings.ContainsRune(got.text, 0) {
				t.Errorf("the text %q cannot be stored", got.text)
			}
			asksAreClean(t, got)
		}
	})
}
