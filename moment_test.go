package clamor_test

import (
	"strings"
	"testing"

	"clamor"
)

func TestAPlaceInATranscriptHasItsMoment(t *testing.T) {
	text := "Notes of [00:07] a call\n[21:52] Kim Buyer: We need SSO.\nAnd more.\n[1:02:03] Dana: Yes, für alle.\n[1:2] No: x\n[99] No: y\n[00:61] No: z"
	for words, want := range map[string]int{"a call": -1, "We need": 1312, "And more": -1, "für": 3723, "x": -1, "y": -1, "z": -1, "[21:52]": 1312} {
		if got := clamor.MomentOf(text, strings.LastIndex(text, words)); got != want {
			t.Errorf("%q is at %d, want %d", words, got, want)
		}
	}
	for _, at := range []int{-1, len(text) + 1} {
		if got := clamor.MomentOf(text, at); got != -1 {
			t.Errorf("outside of the text is at %d", got)
		}
	}
}

func TestALinkLeadsToItsMomentWhereTheRecorderCan(t *testing.T) {
	for link, want := range map[string]string{
		"https://fathom.video/share/abc":                   "https://fathom.video/share/abc?timestamp=1312",
		"https://fathom.video/share/abc?timestamp=7":       "https://fathom.video/share/abc?timestamp=7",
		"https://app.fireflies.ai/view/Call::01K":          "https://app.fireflies.ai/view/Call::01K?t=1312",
		"https://us-1.app.gong.io/call?id=7":               "https://us-1.app.gong.io/call?id=7&highlights=%5B%7B%22type%22%3A%22SHARE%22%2C%22from%22%3A1312%2C%22to%22%3A1342%7D%5D",
		"https://acme.zoom.us/rec/share/x":                 "https://acme.zoom.us/rec/share/x",
		"https://recorder.example/call/81?t=1312":          "https://recorder.example/call/81?t=1312",
		"https://fathom.video.evil.example/share/abc":      "https://fathom.video.evil.example/share/abc",
		"https://app.fireflies.ai/view/a?x=1%20b&y=c#part": "https://app.fireflies.ai/view/a?x=1%20b&y=c&t=1312#part",
		"": "", "://": "://",
	} {
		if got := clamor.LinkAt(link, 1312); got != want {
			t.Errorf("%s leads to %s, want %s", link, got, want)
		}
		if got := clamor.LinkAt(link, -1); got != link {
			t.Errorf("%s without a moment leads to %s", link, got)
		}
	}
}
