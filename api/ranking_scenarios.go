package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// scenarioFields are what a form may set of a scenario. What is empty is as in the settings.
func scenarioFields(prefix string, c *rank.Scenario, m rank.Model) []setting {
	fields := []setting{choiceOf(prefix+"sharing", "An account's money", &c.Sharing, "", rank.Budgeted, rank.Full),
		choiceOf(prefix+"size", "Large beside small accounts", &c.Size, "", rank.Revenue, rank.Balanced, rank.Breadth),
		optional(daysOf(prefix+"half_life_days", "Half-life of an ask", new(int)), &c.HalfLifeDays, m.HalfLifeDays,
			func(at *int) setting { return daysOf("", "", at) }),
		rollUp(prefix, c)}
	for i, name := range []string{"blocker", "important", "nice", "unset"} {
		at := func(w *rank.Weights) *int64 { return []*int64{&w.Blocker, &w.Important, &w.Nice, &w.Unset}[i] }
		label := weightFields("", &rank.Weights{})[i].label
		fields = append(fields, ofGroup(factorOf(prefix+"weights."+name, label, new(int64)), &c.Weights, m.Weights, at,
			func(at *int64) setting { return factorOf("", "", at) }))
	}
	for i, name := range []string{"lost_deals", "churned"} {
		at := func(r *rank.Recovery) *int64 { return []*int64{&r.LostDeals, &r.Churned}[i] }
		label := []string{"Of lost deals, counts", "Of churned accounts, counts"}[i]
		fields = append(fields, ofGroup(percentOf(prefix+"recovery."+name, label, new(int64)), &c.Recovery, m.Recovery, at,
			func(at *int64) setting { return percentOf("", "", at) }))
	}
	return fields
}

// optional is a field that may be left empty.
func optional[T any](f setting, at **T, usual T, of func(*T) setting) setting {
	f.write = func() string {
		if *at == nil {
			return ""
		}
		return of(*at).write()
	}
	f.read = func(text string) error {
		if strings.TrimSpace(text) == "" {
			*at = nil
			return nil
		}
		v := usual
		*at = &v
		return of(*at).read(text)
	}
	return f
}

// ofGroup is a field of several that are set together: where one is given, the others are as in the settings unless given too.
func ofGroup[T any](f setting, group **T, usual T, at func(*T) *int64, of func(*int64) setting) setting {
	f.write = func() string {
		if *group == nil {
			return ""
		}
		return of(at(*group)).write()
	}
	f.read = func(text string) error {
		if strings.TrimSpace(text) == "" {
			return nil
		}
		if *group == nil {
			v := usual
			*group = &v
		}
		return of(at(*group)).read(text)
	}
	return f
}

func rollUp(prefix string, c *rank.Scenario) setting {
	f := setting{path: prefix + "roll_up", label: "Subsidiaries count with their parent", choices: []string{"", "yes", "no"}}
	f.write = func() string {
		if c.RollUp == nil {
			return ""
		}
		return yesNo(*c.RollUp)
	}
	f.read = func(text string) error {
		c.RollUp = nil
		if text != "" {
			on := text == "yes"
			c.RollUp = &on
		}
		return nil
	}
	return f
}

// showScenarios readies the forms of all scenarios, and an empty one.
func showScenarios(s rank.Settings) []web.ScenarioForm {
	var all []web.ScenarioForm
	for i, c := range append(slices.Clone(s.Scenarios), rank.Scenario{}) {
		prefix := fmt.Sprintf("scenarios[%d].", i)
		f := web.ScenarioForm{Index: i, Name: &web.Field{Name: prefix + "name", Label: "Name", Value: c.Name}, Was: c.Name,
			Tables: c.Keep != nil || c.Grow != nil, Added: i == len(s.Scenarios)}
		var said []string
		for _, field := range scenarioFields(prefix, &c, s.Model) {
			shown := field.newField()
			if shown.Value != "" {
				said = append(said, strings.ToLower(field.label[:1])+field.label[1:]+" "+valueWords(field, shown.Value))
			}
			f.Own = append(f.Own, shown)
		}
		if f.Tables {
			said = append(said, "urgency tables of its own")
		}
		f.Summary = strings.Join(said, "; ")
		if f.Summary == "" {
			f.Summary = "all as above"
		}
		all = append(all, f)
	}
	return all
}

// valueWords is the value of a field for a reader.
func valueWords(f setting, value string) string {
	switch {
	case f.choices != nil:
		return choiceWords(value)
	case f.unit == "×" || f.unit == "" || value == "":
		return value
	case f.unit == "%":
		return value + "%"
	}
	return value + " " + f.unit
}

// readScenarios reads the scenarios that a form holds. where says for each by which index the form names it.
func readScenarios(fields url.Values, base rank.Settings, m rank.Model, wrong *faults) (all []rank.Scenario, where []int) {
	for i := 0; i <= maxScenarioForms && fields.Has(fmt.Sprintf("scenarios[%d].name", i)); i++ {
		prefix := fmt.Sprintf("scenarios[%d].", i)
		name := strings.TrimSpace(fields.Get(prefix + "name"))
		was := fields.Get(prefix + "was")
		if name == "" && was == "" || fields.Has(prefix+"remove") {
			continue
		}
		c := rank.Scenario{Name: name}
		at := slices.IndexFunc(base.Scenarios, func(old rank.Scenario) bool { return old.Name == was })
		if at >= 0 && fields.Has(prefix+"tables") {
			c.Keep, c.Grow = base.Scenarios[at].Keep, base.Scenarios[at].Grow
		}
		for _, f := range scenarioFields(prefix, &c, m) {
			wrong.add(f.path, f.read(fields.Get(f.path)))
		}
		all, where = append(all, c), append(where, i)
	}
	return all, where
}

const maxScenarioForms = 40

// readRates are the rates that hold, less those that the form drops, and those that it adds.
func readRates(fields url.Values, held []clamor.Rate, wrong *faults) (rates []clamor.Rate, where []int) {
	for _, r := range held {
		if !slices.Contains(fields["drop_rate"], rateKey(r)) {
			rates, where = append(rates, r), append(where, -1)
		}
	}
	for i := range newRates {
		prefix := fmt.Sprintf("new_rates[%d].", i)
		typed := func(name string) string { return strings.TrimSpace(fields.Get(prefix + name)) }
		r := clamor.Rate{Currency: strings.ToUpper(typed("currency")), Into: strings.ToUpper(typed("into")), From: clamor.Date(typed("from"))}
		text := typed("ppm")
		if r.Currency == "" && text == "" {
			continue
		}
		var err error
		r.PPM, err = clamor.ParseRate(text)
		wrong.add(prefix+"ppm", err)
		if err != nil {
			r.PPM = 1 // told already
		}
		rates, where = append(rates, r), append(where, i)
	}
	return rates, where
}

// newRates is how many rates a form may add.
const newRates = 3

func rateKey(r clamor.Rate) string { return r.Currency + " " + r.Into + " " + string(r.From) }
