package clamor

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the calendar as "2026-10-03", without a time zone; "" means unknown. Dates compare as strings.
type Date string

// DateOf is the day on which t falls in UTC.
func DateOf(t time.Time) Date { return Date(t.UTC().Format(time.DateOnly)) }

// ParseDate reads an ISO day, and the day of an RFC 3339 time.
func ParseDate(text string) (Date, error) {
	if len(text) > len(time.DateOnly) {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return DateOf(t), nil
		}
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", Errorf(Invalid, "%q is no day: write it as 2026-10-03", text)
	}
	return DateOf(t), nil
}

// Time is the first instant of the day in UTC, the zero time for an unknown day.
func (d Date) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// End is the last microsecond of the day in UTC: what happened "up to" a day happened up to its end.
func (d Date) End() time.Time { return d.Time().AddDate(0, 0, 1).Add(-time.Microsecond) }

// AddDays moves the day.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// DaysUntil counts the days from d to later; negative if later lies before d.
func (d Date) DaysUntil(later Date) int {
	return int(later.Time().Sub(d.Time()) / (24 * time.Hour))
}

// Quarter is a fiscal quarter: a value, with the month in which the fiscal year starts. Where that is not January, the
// fiscal year bears the number of the calendar year in which it ends.
type Quarter struct {
	Year   int
	Number int        // 1 to 4
	Start  time.Month // first month of the fiscal year; 0 means January
}

func (q Quarter) start() time.Month { return max(q.Start, time.January) }

// ParseQuarter reads "2026Q4", also in lower case and with a dash.
func ParseQuarter(text string, start time.Month) (Quarter, error) {
	y, n, _ := strings.Cut(strings.Replace(strings.ToUpper(text), "-Q", "Q", 1), "Q")
	year, errYear := strconv.Atoi(y)
	number, errNumber := strconv.Atoi(n)
	if errYear != nil || errNumber != nil || len(y) != 4 || len(n) != 1 || year < 1900 || number < 1 || number > 4 {
		return Quarter{}, Errorf(Invalid, "%q is no quarter: write it as 2026Q4", text)
	}
	return Quarter{year, number, start}, nil
}

// QuarterOf is the quarter in which a day falls.
func QuarterOf(d Date, start time.Month) Quarter {
	t, start := d.Time(), max(start, time.January)
	months := (int(t.Month()) - int(start) + 12) % 12
	year := t.Year()
	if start > time.January && t.Month() >= start {
		year++
	}
	return Quarter{year, months/3 + 1, start}
}

// First is the quarter's first day.
func (q Quarter) First() Date {
	year := q.Year
	if q.start() > time.January {
		year--
	}
	return DateOf(time.Date(year, q.start()+time.Month(3*(q.Number-1)), 1, 0, 0, 0, 0, time.UTC))
}

// Last is the quarter's last day.
func (q Quarter) Last() Date { return q.Next().First().AddDays(-1) }

// Next is the quarter after q.
func (q Quarter) Next() Quarter {
	if q.Number == 4 {
		return Quarter{q.Year + 1, 1, q.Start}
	}
	return Quarter{q.Year, q.Number + 1, q.Start}
}

// Previous is the quarter before q.
func (q Quarter) Previous() Quarter {
	if q.Number == 1 {
		return Quarter{q.Year - 1, 4, q.Start}
	}
	return Quarter{q.Year, q.Number - 1, q.Start}
}

// String is the form that ParseQuarter reads: "2026Q4".
func (q Quarter) String() string { return fmt.Sprintf("%04dQ%d", q.Year, q.Number) }
