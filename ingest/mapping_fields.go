package ingest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// mappedField is a field of the generic note that a mapping may fill.
type mappedField struct {
	name string
	kind fieldKind
}

// fieldKind is what a field holds.
type fieldKind int

const (
	oneText  fieldKind = iota // one line
	longText                  // the words of the note
	amount                    // money
	count                     // a whole number
	moment                    // a point in time
	oneDay
)

// units are those that a value of this kind may come in.
func (k fieldKind) units() []string {
	switch k {
	case longText, oneText:
		return []string{"html"}
	case amount:
		return []string{"minor", "major", "monthly"}
	case moment, oneDay:
		return []string{"ms", "s", "mdy", "dmy"}
	}
	return nil
}

func allUnits() []string {
	return []string{"minor", "major", "monthly", "ms", "s", "mdy", "dmy", "html"}
}

// mappedFields are all fields but the account's ids elsewhere, which are written account.external_ids.SYSTEM.
func mappedFields() []mappedField {
	return []mappedField{
		{"id", oneText}, {"kind", oneText}, {"occurred_at", moment}, {"title", oneText}, {"text", longText}, {"url", oneText},
		{"account.id", oneText}, {"account.name", oneText}, {"account.domain", oneText}, {"account.parent", oneText},
		{"account.arr", amount}, {"account.currency", oneText}, {"account.segment", oneText}, {"account.plan", oneText},
		{"account.seats", count}, {"account.lifecycle", oneText}, {"account.health", oneText}, {"account.renewal_on", oneDay},
		{"account.owner", oneText}, {"account.as_of", moment},
		{"deal.id", oneText}, {"deal.system", oneText}, {"deal.name", oneText}, {"deal.amount", amount}, {"deal.currency", oneText},
		{"deal.stage", oneText}, {"deal.probability", count}, {"deal.close_on", oneDay}, {"deal.status", oneText}, {"deal.loss_reason", oneText},
		{"contact.name", oneText}, {"contact.email", oneText}, {"contact.title", oneText},
		{"author.name", oneText}, {"author.email", oneText},
		{"asks[].text", longText}, {"asks[].quote", longText}, {"asks[].priority", oneText}, {"asks[].motive", oneText},
	}
}

const idsPrefix = "account.external_ids."

func mappedFieldNames() []string {
	names := []string{idsPrefix + "SYSTEM"}
	for _, f := range mappedFields() {
		names = append(names, f.name)
	}
	return names
}

// noteFieldOf finds a field by its name; a bare account, contact or author is its name.
func noteFieldOf(name string) (mappedField, bool) {
	if system, ok := strings.CutPrefix(name, idsPrefix); ok && system != "" && !strings.Contains(system, ".") {
		return mappedField{name, oneText}, true
	}
	switch name {
	case "account", "contact", "author":
		name += ".name"
	}
	all := mappedFields()
	i := slices.IndexFunc(all, func(f mappedField) bool { return f.name == name })
	if i < 0 {
		return mappedField{}, false
	}
	return all[i], true
}

// scalar is a value as text; false for what is a list or an object.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v), true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", v == nil
}

// ofAsk reports whether the field is one of each ask.
func (f mappedField) ofAsk() bool { return strings.HasPrefix(f.name, "asks[].") }

// read gives a value as the generic note has it, nil where there is nothing; the error says what is wrong with it.
func (f mappedField) read(value any, units []string, currency string) (any, error) {
	text, simple := scalar(value)
	switch {
	case !simple:
		return nil, clamor.Errorf(clamor.Invalid, "is %s: name a field in it", typeName(value))
	case text == "":
		return nil, nil
	}
	if n, isNumber := value.(json.Number); isNumber && f.kind == amount && (slices.Contains(units, "major") || slices.Contains(units, "monthly")) {
		text = cents(n)
	}
	converted, err := f.converted(text, units, currency)
	if err != nil && !strings.HasPrefix(err.Error(), `"`) {
		err = clamor.Errorf(clamor.Invalid, "%q %w", clip(text), err)
	}
	return converted, err
}

// cents writes a number of JSON so that its point is taken for a decimal one, whatever follows it.
func cents(n json.Number) string {
	f, err := n.Float64()
	if err != nil || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// converted gives a text in the form in which the generic note has it; the error says what is wrong with it.
func (f mappedField) converted(text string, units []string, currency string) (any, error) {
	has := func(unit string) bool { return slices.Contains(units, unit) }
	switch f.kind {
	case amount:
		return minorUnits(text, currency, has)
	case count:
		return wholeNumber(text)
	case moment, oneDay:
		t, err := momentOf(text, has)
		if err != nil {
			return nil, err
		}
		if f.kind == oneDay {
			return t.Format(time.DateOnly), nil
		}
		return t.Format(time.RFC3339Nano), nil
	}
	if has("html") {
		return plain(text), nil
	}
	return text, nil
}

func minorUnits(text, currency string, has func(string) bool) (any, error) {
	if !has("major") && !has("monthly") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, clamor.Errorf(clamor.Invalid, "is no whole number of minor units such as 4800000 for 48,000.00: write @major behind the path if it is in whole units")
		}
		return json.Number(strconv.FormatInt(n, 10)), nil
	}
	m, err := clamor.ParseMoney(text, currency)
	if err != nil {
		return nil, err
	}
	if has("monthly") {
		m = *yearly(&m)
	}
	return json.Number(strconv.FormatInt(m.Minor, 10)), nil
}

func wholeNumber(text string) (any, error) {
	digits := strings.NewReplacer(",", "", " ", "", "'", "", "%", "").Replace(text)
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n != float64(int64(n)) {
		return nil, clamor.Errorf(clamor.Invalid, "is no whole number")
	}
	return json.Number(strconv.FormatInt(int64(n), 10)), nil
}

func momentOf(text string, has func(string) bool) (time.Time, error) {
	unit := time.Duration(0)
	switch {
	case has("ms"):
		unit = time.Millisecond
	case has("s"):
		unit = time.Second
	}
	if unit > 0 {
		var faults []clamor.Fault
		t := object{"", map[string]any{"": text}, &faults}.since1970("", unit)
		if len(faults) > 0 {
			return t, clamor.Errorf(clamor.Invalid, "is no time since 1970")
		}
		return t, nil
	}
	order, numeric := orderShown(text)
	switch {
	case has("mdy"):
		order = monthFirst
	case has("dmy"):
		order = dayFirst
	case numeric && order == undecided:
		return time.Time{}, clamor.Errorf(clamor.Invalid, "can be read two ways: write @mdy or @dmy behind the path")
	}
	t, err := parseTime(isoMoment(text, order))
	if err != nil {
		return t, clamor.Errorf(clamor.Invalid, "is no time that is read here: write it as 2026-10-03T14:00:00Z, or @s or @ms behind the path if it counts from 1970")
	}
	return t, nil
}
