package web

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAreWrittenForReading(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{money(123_456_789, "USD"), "1,234,568"}, {money(49, "USD"), "0"}, {money(50, "USD"), "1"}, {money(-150, "USD"), "−2"}, {money(0, "USD"), "0"},
		{money(1_234_567, "JPY"), "1,234,567"}, {money(1_234_567, "KWD"), "1,235"},
		{amount(123_456_789, "USD"), "1,234,567.89"}, {amount(5, "USD"), "0.05"}, {amount(0, "USD"), "0.00"}, {amount(-5, "USD"), "−0.05"},
		{amount(1_234, "JPY"), "1,234"}, {amount(1_234_567, "KWD"), "1,234.567"},
		{percent(0), "0%"}, {percent(1), "<1%"}, {percent(9_999), "<1%"}, {percent(412_000), "41%"}, {percent(1_000_000), "100%"},
		{decimal(1_500_000, 1_000_000, 2), "1.5"}, {decimal(1_000_000, 1_000_000, 2), "1"}, {decimal(412_345, 10_000, 2), "41.23"}, {decimal(1_000_000, 10_000, 2), "100"},
		{count(1, "account"), "1 account"}, {count(0, "ask"), "0 asks"}, {count(1234, "quote"), "1,234 quotes"},
		{QuarterName("2026Q4"), "Q4 2026"}, {QuarterName("soon"), "soon"},
		{outside("https://a.example/b?c=d"), "https://a.example/b?c=d"}, {outside("HTTP://a.example"), "HTTP://a.example"},
		{outside("javascript:alert(1)"), ""}, {outside("data:text/html,x"), ""}, {outside("//a.example"), ""}, {outside(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestQuotationMarksAreNotDoubled(t *testing.T) {
	for text, want := range map[string]bool{`"SSO please"`: true, "“SSO”": true, "„SSO“": true, "«SSO»": true, " \"x": true, "SSO": false, "'s": false, "": false} {
		if quoted(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestSentencesBeginAndEnd(t *testing.T) {
	for text, want := range map[string]string{"this is wrong": "This is wrong.", "Done.": "Done.", "ärger?": "Ärger?", "": ""} {
		if got := sentence(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What a reader adds up by hand is what the last line says.
func TestAColumnOfAmountsAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]string{"USD", "JPY", "KWD"}).Draw(t, "currency")
		var sum, read int64
		for range rapid.IntRange(1, 20).Draw(t, "parts") {
			part := rapid.Int64Range(-1_000_000, 1_000_000_000_000).Draw(t, "part")
			sum += part
			read += readAmount(t, amount(part, currency))
		}
		if last := readAmount(t, amount(sum, currency)); last != read {
			t.Errorf("the column adds up to %d, its last line says %d", read, last)
		}
	})
}

func readAmount(t *rapid.T, text string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer(",", "", ".", "", "−", "-").Replace(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
