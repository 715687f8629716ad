// Package demo holds a made-up company's quarter: the accounts, deals and notes of Fieldwren, an invented work-order product,
// as its sales people would have left them. Nobody in it is real. It owns the data and turns their relative dates into
// days; it does not load them: that is the command's part.
package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	"clamor"
)

//go:embed *.csv *.jsonl
var files embed.FS

// Accounts is the CSV of all accounts as they stood about a year before the day, for `clamor import accounts`.
func Accounts(day time.Time) []byte { return resolve("accounts.csv", day) }

// LaterAccounts is the CSV of those accounts whose revenue, health or lifecycle has changed since, with later as_of days.
func LaterAccounts(day time.Time) []byte { return resolve("accounts_later.csv", day) }

// Deals is the CSV of the deals as they stand on the day, for `clamor import deals`.
func Deals(day time.Time) []byte { return resolve("deals.csv", day) }

// Notes are the bodies to post to a generic source, in order of time: single notes, arrays and {"notes": […]} objects. All
// occurred before the day began.
func Notes(day time.Time) [][]byte {
	return bytes.Split(bytes.TrimSpace(resolve("notes.jsonl", day)), []byte("\n"))
}

// Rates are what the euro and the pound are worth in dollars from a day before all notes on.
func Rates(day time.Time) []clamor.Rate {
	from := clamor.DateOf(day).AddDays(-800)
	return []clamor.Rate{
		{Currency: "EUR", Into: "USD", From: from, PPM: 1_090_000},
		{Currency: "GBP", Into: "USD", From: from, PPM: 1_270_000},
	}
}

// RatesInto are rates into another currency than the dollar, where the company's own rates tell them; none elsewhere.
func RatesInto(currency string, day time.Time) []clamor.Rate {
	const ppm = 1_000_000
	all := Rates(day)
	for _, base := range all {
		if base.Currency != currency {
			continue
		}
		into := []clamor.Rate{{Currency: "USD", Into: currency, From: base.From, PPM: ppm * ppm / base.PPM}}
		for _, r := range all {
			if r.Currency != currency {
				into = append(into, clamor.Rate{Currency: r.Currency, Into: currency, From: r.From, PPM: r.PPM * ppm / base.PPM})
			}
		}
		return into
	}
	if currency != "USD" {
		return nil
	}
	return all
}

// Triaged is a note that the sample company's product managers have gone through.
type Triaged struct {
	Note  string // its id as sent
	Spans []Span // what it asks for; none: nothing in it is an ask
}

// Span is a stretch of a note's text, in byte offsets, and the title of the feature that the product managers saw in it.
type Span struct {
	Start, End int
	Feature    string
}

// Triage is what the product managers decided about the notes up to about a week ago. What came in since is waiting for them.
func Triage() []Triaged {
	text, err := files.ReadFile("triage.jsonl")
	if err != nil {
		panic(err) // the file is embedded: only a misspelt name gets here
	}
	var all []Triaged
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var one Triaged
		if err := json.Unmarshal(line, &one); err != nil {
			panic(err) // the file is embedded, and a test reads it
		}
		all = append(all, one)
	}
	return all
}

// Seen is how many of the notes came in before the product managers' last triage: those up to the last one that they decided on.
func Seen(notes [][]byte) int {
	triaged := Triage()
	for i := len(notes); i > 0; i-- {
		for _, t := range triaged {
			if bytes.Contains(notes[i-1], []byte(strconv.Quote(t.Note))) {
				return i
			}
		}
	}
	return 0
}

// relative matches a date written as days from the day of loading, such as {-34d}, {-34d 14:30} and {+75d}.
var relative = regexp.MustCompile(`\{([+-][0-9]+)d(?: ([0-9]{2}:[0-9]{2}))?\}`)

func resolve(name string, day time.Time) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is embedded: only a misspelt name gets here
	}
	today := clamor.DateOf(day)
	return relative.ReplaceAllFunc(text, func(match []byte) []byte {
		part := relative.FindSubmatch(match)
		days, _ := strconv.Atoi(string(part[1])) // the pattern admits digits only
		date := string(today.AddDays(days))
		if len(part[2]) > 0 {
			date += "T" + string(part[2]) + ":00Z"
		}
		return []byte(date)
	})
}
