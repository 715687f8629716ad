package ingest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// Lengths that keep names usable on a page and identifiers indexable in every database.
const (
	maxID   = 500
	maxName = 500
	maxURL  = 4000
)

// object reads the fields of one JSON object, and notes down every fault it meets rather than stopping at the first.
type object struct {
	path   string // where it stands, "" for the outermost
	m      map[string]any
	faults *[]clamor.Fault
}

func (o object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

func (o object) fault(key, format string, args ...any) {
	*o.faults = append(*o.faults, clamor.Fault{Path: o.at(key), Message: fmt.Sprintf(format, args...)})
}

// faulty notes down an error of the root package, whose message is written for the sender.
func (o object) faulty(key string, err error) bool {
	if err != nil {
		o.fault(key, "%s", err.Error())
	}
	return err != nil
}

// raw is a text as it stands, cleaned; a number is taken for its digits, since identifiers often come so.
func (o object) raw(key string) string {
	switch v := o.m[key].(type) {
	case nil:
		return ""
	case string:
		return clean(v)
	case json.Number:
		return v.String()
	default:
		o.fault(key, "must be a text, not %s", typeName(v))
		return ""
	}
}

// text is one line of text of a bounded length.
func (o object) text(key string, limit int) string {
	s := cleanLine(o.raw(key))
	if len(s) > limit {
		o.fault(key, "has %d bytes: at most %d", len(s), limit)
		return ""
	}
	return s
}

func (o object) child(key string) (object, bool) {
	switch v := o.m[key].(type) {
	case nil:
		return object{}, false
	case map[string]any:
		return object{o.at(key), v, o.faults}, true
	default:
		o.fault(key, "must be an object, not %s", typeName(v))
		return object{}, false
	}
}

// list gives the elements of an array; a missing one is empty.
func (o object) list(key string) []any {
	switch v := o.m[key].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		o.fault(key, "must be an array, not %s", typeName(v))
		return nil
	}
}

// whole is an integer within bounds, nil where the field is missing. A number in quotes or with a fraction is refused:
// guessing whether it means cents is how amounts get wrong by a hundred.
func (o object) whole(key, hint string, low, high int64) *int64 {
	switch v := o.m[key].(type) {
	case nil:
		return nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil {
			o.fault(key, "%s is no whole number within bounds: %s", clip(v.String()), hint)
		} else if n < low {
			o.fault(key, "%d is below %d: %s", n, low, hint)
		} else if n > high {
			o.fault(key, "%d is above %d: %s", n, high, hint)
		} else {
			return &n
		}
	case string:
		o.fault(key, "%q is a text: %s, without quotes", clip(v), hint)
	default:
		o.fault(key, "must be a number, not %s", typeName(v))
	}
	return nil
}

// money is an amount in minor units with the currency beside it.
func (o object) money(key, currency string) *clamor.Money {
	if given := o.text("currency", maxName); given != "" {
		currency = given
	}
	code, err := clamor.ParseCurrency(currency)
	if o.faulty("currency", err) {
		code = "USD" // only so that a fault of the amount is told as well
	}
	minor := o.whole(key, "write minor units, such as 4800000 for 48,000.00", 0, clamor.MaxMinor)
	if minor == nil || err != nil {
		return nil
	}
	return &clamor.Money{Minor: *minor, Currency: code}
}

func (o object) date(key string) clamor.Date {
	s := o.text(key, maxName)
	if s == "" {
		return ""
	}
	t, err := parseTime(s)
	if err != nil {
		o.fault(key, "%q is no day: write it as 2026-10-03", clip(s))
		return ""
	}
	return clamor.DateOf(t)
}

// moment is a point in time; the zero time where the field is missing.
func (o object) moment(key string) time.Time {
	s := o.text(key, maxName)
	if s == "" {
		return time.Time{}
	}
	t, err := parseTime(s)
	if err != nil {
		o.fault(key, "%q is no time: write it as 2026-10-03T14:00:00Z", clip(s))
	}
	return t
}

// link is an address that a page may offer to click on.
func (o object) link(key string) string {
	s := o.text(key, maxURL)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		o.fault(key, "%q is no link: write the whole address, beginning with https://", clip(s))
		return ""
	}
	return s
}

// choice is one of a few words, in any case; "" where the field is missing.
func choice[T ~string](o object, key string, allowed ...T) T {
	s := strings.ToLower(o.text(key, maxName))
	if s == "" || slices.Contains(allowed, T(s)) {
		return T(s)
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	o.fault(key, "%q is unknown: choose %s", clip(s), strings.Join(names, ", "))
	return ""
}

// parseTime reads the forms in which systems write a time: RFC 3339, its variants without colon or zone, and a mere day.
// A time without a zone is UTC.
func parseTime(text string) (time.Time, error) {
	layouts := [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		if err == nil && t.Year() >= 1970 && t.Year() < 2200 {
			return t.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, clamor.Errorf(clamor.Invalid, "%q is no time: write it as 2026-10-03T14:00:00Z", clip(text))
}

func typeName(v any) string {
	switch v.(type) {
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "an array"
	}
	return "an object"
}

// clip keeps what a message cites from a payload short.
func clip(s string) string {
	const limit = 60
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
