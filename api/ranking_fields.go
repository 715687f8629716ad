package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// setting is one field of the ranking settings as people write it: its path is its name in the form, in faults and in the history.
type setting struct {
	path, label, unit string
	read              func(text string) error
	write             func() string
	choices           []string
	isSwitch          bool
}

// rankingFields are the fields of settings, each tied to its place there.
func rankingFields(s *rank.Settings) []setting {
	fields := []setting{
		textOf("currency", "Currency of the list", &s.Currency),
		monthOf("fiscal_year_start", "Fiscal year starts in", s),
		choiceOf("sharing", "An account's money", &s.Sharing, rank.Budgeted, rank.Full),
		choiceOf("size", "Large beside small accounts", &s.Size, rank.Revenue, rank.Balanced, rank.Breadth),
		daysOf("half_life_days", "Half-life of an ask", &s.HalfLifeDays),
		switchOf("roll_up", "Subsidiaries count with their parent", &s.RollUp),
		percentOf("recovery.lost_deals", "Of lost deals, counts", &s.Recovery.LostDeals),
		percentOf("recovery.churned", "Of churned accounts, counts", &s.Recovery.Churned),
		daysOf("keep_urgency.window.far_over", "Renewal is far over", &s.Keep.Window.FarOver),
		daysOf("keep_urgency.window.near_under", "Renewal is near under", &s.Keep.Window.NearUnder),
		daysOf("grow_urgency.window.far_over", "Close is far over", &s.Grow.Window.FarOver),
		daysOf("grow_urgency.window.near_under", "Close is near under", &s.Grow.Window.NearUnder),
		wholeOf("grow_urgency.likely_from", "A deal is likely from", "%", &s.Grow.LikelyFrom),
		wholeOf("grow_urgency.possible_from", "A deal is possible from", "%", &s.Grow.PossibleFrom),
	}
	fields = append(fields, weightFields("weights.", &s.Weights)...)
	for _, row := range []struct {
		path, label string
		f           *rank.Factors
	}{{"keep_urgency.green", "Green or unknown health", &s.Keep.Green}, {"keep_urgency.yellow", "Yellow health", &s.Keep.Yellow},
		{"keep_urgency.red", "Red health", &s.Keep.Red}, {"grow_urgency.likely", "Likely or unknown deal", &s.Grow.Likely},
		{"grow_urgency.possible", "Possible deal", &s.Grow.Possible}, {"grow_urgency.unlikely", "Unlikely deal", &s.Grow.Unlikely}} {
		fields = append(fields, factorOf(row.path+".far", row.label+", far", &row.f.Far),
			factorOf(row.path+".middle", row.label+", between", &row.f.Middle), factorOf(row.path+".near", row.label+", near", &row.f.Near))
	}
	return fields
}

func weightFields(prefix string, w *rank.Weights) []setting {
	return []setting{factorOf(prefix+"blocker", "Weight of a blocker", &w.Blocker), factorOf(prefix+"important", "Weight of important", &w.Important),
		factorOf(prefix+"nice", "Weight of nice to have", &w.Nice), factorOf(prefix+"unset", "Weight where unset", &w.Unset)}
}

// newField is the field as a form shows it.
func (f setting) newField() *web.Field {
	v := &web.Field{Name: f.path, Label: f.label, Unit: f.unit, Value: f.write(), Switch: f.isSwitch}
	v.On = f.isSwitch && v.Value == "yes"
	for _, c := range f.choices {
		v.Choices = append(v.Choices, web.Choice{Value: c, Label: choiceWords(c), Selected: c == v.Value})
	}
	return v
}

// choiceWords say what a choice of the settings means.
func choiceWords(value string) string {
	words, known := map[string]string{"": "as above", "budget": "is spent once, over all it asks for", "full": "counts in full for every wish",
		"revenue": "by their revenue", "balanced": "by its square root", "breadth": "each the same"}[value]
	if !known {
		return value
	}
	return words
}

func textOf(path, label string, at *string) setting {
	return setting{path: path, label: label, write: func() string { return *at }, read: func(text string) error {
		*at = strings.ToUpper(strings.TrimSpace(text))
		return nil
	}}
}

func choiceOf[T ~string](path, label string, at *T, choices ...T) setting {
	f := setting{path: path, label: label, write: func() string { return string(*at) }, read: func(text string) error {
		*at = T(strings.TrimSpace(text))
		return nil
	}}
	for _, c := range choices {
		f.choices = append(f.choices, string(c))
	}
	return f
}

func monthOf(path, label string, s *rank.Settings) setting {
	return setting{path: path, label: label, write: func() string { return strconv.Itoa(int(max(s.FiscalStart, 1))) }, read: func(text string) error {
		n, err := readWhole(text)
		if err == nil && n < 1 {
			err = clamor.Errorf(clamor.Invalid, "choose a month")
		}
		s.FiscalStart = time.Month(n)
		return err
	}}
}

func switchOf(path, label string, at *bool) setting {
	return setting{path: path, label: label, isSwitch: true, write: func() string { return yesNo(*at) }, read: func(text string) error {
		*at = text == "yes"
		return nil
	}}
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func daysOf(path, label string, at *int) setting { return wholeOf(path, label, "days", at) }

func wholeOf(path, label, unit string, at *int) setting {
	return setting{path: path, label: label, unit: unit, write: func() string { return strconv.Itoa(*at) }, read: func(text string) (err error) {
		*at, err = readWhole(text)
		return err
	}}
}

func readWhole(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no whole number, 0 or more", clip(text))
	}
	return n, nil
}

func factorOf(path, label string, at *int64) setting {
	return setting{path: path, label: label, unit: "×", write: func() string { return decimals(*at, 1_000_000) }, read: func(text string) (err error) {
		*at, err = readDecimals(text, 6)
		return err
	}}
}

func percentOf(path, label string, at *int64) setting {
	return setting{path: path, label: label, unit: "%", write: func() string { return decimals(*at, 10_000) }, read: func(text string) (err error) {
		*at, err = readDecimals(text, 4)
		return err
	}}
}

// decimals writes n/unit without zeros at the end; unit is a power of ten.
func decimals(n, unit int64) string {
	digits := len(strconv.FormatInt(unit, 10)) - 1
	text := fmt.Sprintf("%d.%0*d", n/unit, digits, n%unit)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// readDecimals reads a number with at most so many decimals, as that many times ten. A comma may stand for the point.
func readDecimals(text string, digits int) (int64, error) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1)
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	number := whole + fraction
	if number == "" || strings.Trim(number, "0123456789") != "" || len(whole) > 9 || len(fraction) > digits {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no number: write one such as 2.5, with at most %d decimals", clip(text), digits)
	}
	return strconv.ParseInt(number+strings.Repeat("0", digits-len(fraction)), 10, 64)
}
