package ingest

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// dateOrder is how the dates of one column are written where they are not ISO.
type dateOrder int

const (
	undecided dateOrder = iota
	monthFirst
	dayFirst
)

func parseDateOrder(text string) (dateOrder, error) {
	switch strings.ToLower(text) {
	case "":
		return undecided, nil
	case "mdy":
		return monthFirst, nil
	case "dmy":
		return dayFirst, nil
	}
	return undecided, clamor.Errorf(clamor.Invalid, "date order %q is unknown: choose mdy (10/31/2026) or dmy (31/10/2026)", text)
}

// dateFields are the fields that hold a day or a time.
func dateFields() []string { return []string{"renewal_on", "close_on", "occurred_at", "as_of"} }

// dateOrders decides for each column of dates, over all its rows, whether the day or the month comes first. A single value
// such as 31/10/2026 decides; a column of which none does is refused rather than read wrongly.
func (s *sheet) dateOrders(c columns, said dateOrder) (map[string]dateOrder, error) {
	orders := map[string]dateOrder{}
	doubtful := map[string]doubt{}
	for _, name := range dateFields() {
		if _, ok := c[name]; ok {
			orders[name] = said
		}
	}
	if len(orders) == 0 || said != undecided {
		return orders, nil
	}
	if err := s.eachRow(func(record []string, line int) {
		for name := range orders {
			text := record[c[name]]
			if order, ok := orderShown(text); !ok {
				continue
			} else if order != undecided {
				orders[name] = order
			} else if _, known := doubtful[name]; !known {
				doubtful[name] = doubt{text, line}
			}
		}
	}); err != nil {
		return nil, err
	}
	var faults []clamor.Fault
	for _, name := range sortedKeys(doubtful) {
		if d := doubtful[name]; orders[name] == undecided {
			faults = append(faults, clamor.Fault{Path: s.header[c[name]], Message: "line " + strconv.Itoa(d.line) + " has " +
				strconv.Quote(d.text) + ", and no row shows whether the day or the month comes first: say --date-order mdy or --date-order dmy"})
		}
	}
	return orders, clamor.Refuse("dates can be read two ways", faults)
}

// doubt is a date that can be read two ways.
type doubt struct {
	text string
	line int
}

// eachRow visits the rows that can be read, up to where a broken quote ends the file.
func (s *sheet) eachRow(visit func(record []string, line int)) error {
	rows, err := s.rows()
	if err != nil {
		return err
	}
	if _, _, err := rows.next(); err != nil {
		return err
	}
	for {
		record, line, err := rows.next()
		var refused *rowError
		switch {
		case err == nil:
			visit(record, line)
		case errors.As(err, &refused):
		case errors.Is(err, io.EOF), clamor.KindOf(err) == clamor.Invalid:
			return nil
		default:
			return err
		}
	}
}

// numericDate takes apart "10/31/2026 2:05 PM": two numbers, a year, and the rest.
func numericDate(text string) (first, second, year int, mark byte, rest string, ok bool) {
	text = strings.TrimSpace(text)
	at := strings.IndexAny(text, "/.-")
	if at <= 0 || at > 2 {
		return
	}
	mark = text[at]
	parts := strings.SplitN(text, string(mark), 3)
	if len(parts) != 3 || len(parts[2]) < 4 {
		return
	}
	var errs [3]error
	first, errs[0] = strconv.Atoi(parts[0])
	second, errs[1] = strconv.Atoi(parts[1])
	year, errs[2] = strconv.Atoi(parts[2][:4])
	rest = strings.TrimLeft(parts[2][4:], ", T")
	ok = errors.Join(errs[:]...) == nil && first > 0 && second > 0 && (parts[2][4:] == "" || len(rest) < len(parts[2][4:]))
	return
}

// orderShown is what one value shows of its column's order. Dots are day first wherever they are used.
func orderShown(text string) (order dateOrder, numeric bool) {
	first, second, _, mark, _, ok := numericDate(text)
	switch {
	case !ok || first == second:
		return undecided, false
	case mark == '.' || first > 12:
		return dayFirst, true
	case second > 12:
		return monthFirst, true
	}
	return undecided, true
}

// isoMoment rewrites a date of a spreadsheet as parseTime reads it; what is no such date stays as it is.
func isoMoment(text string, order dateOrder) string {
	text = strings.TrimSpace(text)
	first, second, year, mark, rest, ok := numericDate(text)
	if !ok {
		return namedMonth(text)
	}
	month, day := first, second
	if mark == '.' || order == dayFirst {
		month, day = second, first
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if month > 12 || date.Day() != day {
		return text
	}
	if rest == "" {
		return date.Format(time.DateOnly)
	}
	for _, layout := range [...]string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM", "3:04PM"} {
		if t, err := time.Parse(layout, strings.ToUpper(rest)); err == nil {
			return date.Format(time.DateOnly) + t.Format("T15:04:05Z")
		}
	}
	return text
}

// namedMonth reads dates whose month is a word, and days without leading zeros; both leave no doubt.
func namedMonth(text string) string {
	for _, layout := range [...]string{"Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006", "2006/1/2", "2006-1-2"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return text
}
