package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clamor"
)

// formats are the functions that templates write values with.
func formats() template.FuncMap {
	return template.FuncMap{
		"money":  money,
		"amount": amount,
		"plain": func(minor int64, currency string) string {
			return clamor.Money{Minor: minor, Currency: currency}.Amount()
		},
		"percent":  percent,
		"share":    func(ppm int64) string { return decimal(ppm, 10_000, 2) + "%" },
		"factor":   func(ppm int64) string { return "×" + decimal(ppm, 1_000_000, 2) },
		"score":    func(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) },
		"hundred":  func(s float64) string { return strconv.FormatFloat(min(max(s, 0), 1)*100, 'f', 1, 64) },
		"width":    func(percent float64) string { return strconv.FormatFloat(percent, 'f', 2, 64) + "%" },
		"day":      day,
		"dayshort": func(t time.Time) string { return t.UTC().Format("2 Jan") },
		"head":     func(v ListView, column, label, class, about string) head { return head{v, column, label, class, about} },
		"part": func(n, of int) string {
			if of == 0 {
				return "0"
			}
			return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 1, 64)
		},
		"signed": signed,
		"rate": func(ppm int64) string {
			if ppm < 0 {
				return "–"
			}
			return percent(ppm)
		},
		"inc":        func(n int64) int64 { return n + 1 },
		"minus":      func(less, n int) int { return n - less },
		"movesOf":    func(currency string, rows []MoveRow) moveTable { return moveTable{rows, currency} },
		"faulty":     func(v interface{ Fault(string) string }, field string) faulty { return faulty{field, v.Fault(field)} },
		"settingOf":  func(form SourceForm, field SettingField) settingOf { return settingOf{form, field} },
		"triageCase": func(v TriageView, c *Case) triageCase { return triageCase{v, c} },
		"date":       func(d clamor.Date) string { return day(d.Time()) },
		"iso":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"moment":     func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
		"clock":      func(t time.Time) string { return t.UTC().Format("15:04") },
		"waits":      Waits,
		"seen":       func(m clamor.Member, now time.Time) seen { return seen{m, Waits(m, now)} },
		"copyable":   func(label, text string) copyable { return copyable{label, text} },
		"count":      count,
		"kilobytes":  kilobytes,
		"megabytes":  func(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" },
		"fieldlabel": FieldLabel,
		"importable": func(u clamor.Upload) int { return u.Added + u.Changed },
		"whole":      whole,
		"quarter":    QuarterName,
		"negate":     func(n int) int { return -n },
		"deref":      func(n *int) int { return *n },
		"deref64":    func(n *int64) int64 { return *n },
		"choice":     func(name string, s Similar) choice { return choice{name, s} },
		"partsOf": func(rows []PartRow, currency string, more int, rest int64, feature clamor.FeatureID, sum int64) partTable {
			return partTable{rows, currency, more, rest, feature, sum}
		},
		"ending":   func(p PromiseRow, back string) ending { return ending{p.ID, back} },
		"link":     outside,
		"sentence": sentence,
		"quoted":   quoted,
		"class":    func(s clamor.Status) string { return strings.NewReplacer(" ", "-", "'", "").Replace(string(s)) },
	}
}

// moveTable is what a table of moves is written from.
type moveTable struct {
	Rows     []MoveRow
	Currency string
}

// faulty is a field of a form with what is wrong with it.
type faulty struct{ Field, Message string }

// settingOf is a setting in its form.
type settingOf struct {
	Form  SourceForm
	Field SettingField
}

// head is the head of a column by which the list can be sorted.
type head struct {
	View                        ListView
	Column, Label, Class, About string
}

// triageCase is a case on its desk.
type triageCase struct {
	View TriageView
	Case *Case
}

// choice is a feature that a form offers under the name of a field.
type choice struct {
	Name    string
	Similar Similar
}

// ending is what the form that ends a promise is written from.
type ending struct {
	ID   clamor.PromiseID
	Back string
}

// partTable is what the table of parts is written from.
type partTable struct {
	Rows     []PartRow
	Currency string
	More     int // parts left out, and what they come to
	Rest     int64
	Feature  clamor.FeatureID
	Sum      int64
}

// whole writes a number with thousands separators.
func whole(n any) string {
	v, err := strconv.ParseInt(fmt.Sprint(n), 10, 64)
	if err != nil {
		return fmt.Sprint(n)
	}
	return grouped(v)
}

// minorDigits is how many decimals a currency has, as its smallest amount is written.
func minorDigits(currency string) int {
	_, decimals, _ := strings.Cut(clamor.Money{Minor: 1, Currency: currency}.Amount(), ".")
	return len(decimals)
}

// money writes minor units as whole units, rounded: "412,351". The pages say which currency once.
func money(minor int64, currency string) string {
	unit := int64(1)
	for range minorDigits(currency) {
		unit *= 10
	}
	half := unit / 2
	if minor < 0 {
		half = -half
	}
	return grouped((minor + half) / unit)
}

// amount writes an amount to its last decimal, so that a column of them adds up before the reader's eyes.
func amount(minor int64, currency string) string {
	digits, sign := minorDigits(currency), ""
	if minor < 0 {
		sign, minor = "−", -minor
	}
	text := fmt.Sprintf("%0*d", digits+1, minor)
	whole, _ := strconv.ParseInt(text[:len(text)-digits], 10, 64)
	if digits == 0 {
		return sign + grouped(whole)
	}
	return sign + grouped(whole) + "." + text[len(text)-digits:]
}

func grouped(n int64) string {
	sign, text := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, text = "−", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// percent writes parts per million as whole per cents, and says so where there is less than one.
func percent(ppm int64) string {
	if ppm > 0 && ppm < 10_000 {
		return "<1%"
	}
	return strconv.FormatInt((ppm+5_000)/10_000, 10) + "%"
}

// decimal writes n/unit with at most the given decimals, without zeros at the end.
func decimal(n, unit int64, decimals int) string {
	text := strconv.FormatFloat(float64(n)/float64(unit), 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006")
}

// signed writes an amount rounded, with its sign; a true minus lines up with the plus.
func signed(minor int64, currency string) string {
	text := money(minor, currency)
	if text == "0" || text == "−0" {
		return "±0"
	}
	if minor > 0 {
		return "+" + text
	}
	return text
}

// Count writes a number with its noun: "1 account", "2 accounts".
func Count(n int, one string) string { return count(n, one) }

// count writes a number with its noun: "1 account", "2 accounts".
func count(n any, one string) string {
	text := whole(n)
	if text == "1" {
		return "1 " + one
	}
	return text + " " + one + "s"
}

// QuarterName writes "2026Q4" as "Q4 2026".
func QuarterName(name string) string {
	if q, err := clamor.ParseQuarter(name, 0); err == nil {
		return fmt.Sprintf("Q%d %d", q.Number, q.Year)
	}
	return name
}

// ListName says which list is meant by a name as in "2026Q3", "2026Q3.1" or "2026Q3.live".
func ListName(name string, frozen bool) string {
	quarter, which, _ := strings.Cut(name, ".")
	switch {
	case which == "live":
		return QuarterName(quarter) + ", as of now"
	case which != "":
		return QuarterName(quarter) + ", revision " + which
	case frozen:
		return QuarterName(quarter) + ", frozen"
	}
	return QuarterName(quarter) + ", live"
}

// sentence begins with a capital and ends with a full stop, which what an error says need not.
func sentence(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	text = string(unicode.ToUpper(r)) + text[n:]
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// quoted reports whether words come with quotation marks of their own.
func quoted(text string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(text))
	return unicode.In(r, unicode.Pi, unicode.Pf) || strings.ContainsRune(`"„‚`, r)
}

// outside lets through only links that a browser opens as pages: what senders write as a URL is theirs, not ours.
func outside(url string) string {
	lower := strings.ToLower(url)
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return url
	}
	return ""
}

// kilobytes writes how large a file is.
func kilobytes(n int64) string {
	switch {
	case n < 1000:
		return whole(n) + " bytes"
	case n < 1_000_000:
		return whole((n+500)/1000) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}
