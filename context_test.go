package clamor_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"clamor"
)

func TestContextIsReadFromTheWordsAroundTheQuote(t *testing.T) {
	quote := "an export to PDF"
	for text, want := range map[string]string{
		"They want an export to PDF.": "",
		"They want an export to PDF because the auditor asks for it. Today they copy it by hand, 3 hours per week.": "use case workaround impact",
		"They want an export to PDF before the go-live.":                                                            "urgency",
		"They want an export to PDF." + strings.Repeat(" bla", 300) + " deadline":                                   "",
		"They want an export to PDF. The inspiration is outcosting us.":                                             "",
	} {
		told := clamor.ContextOf(clamor.Note{Text: text}, quote)
		var got []string
		for _, a := range clamor.Aspects() {
			if told[a] {
				got = append(got, string(a))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q tells %q, want %q", text, got, want)
		}
	}
	told := clamor.ContextOf(clamor.Note{URL: "https://recorder.example/1", Contact: clamor.Person{Email: "kim@northwind.example"}}, "")
	if !told[clamor.Link] || !told[clamor.Contact] {
		t.Errorf("a link and a contact are there, told is %v", slices.Collect(maps.Keys(told)))
	}
}
