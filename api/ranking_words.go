package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// editLines say edits of the settings as the page calls its fields.
func editLines(edits []rank.Edit) []web.EditLine {
	fields := map[string]setting{}
	for _, f := range rankingFields(&rank.Settings{}) {
		fields[f.path] = f
	}
	for _, f := range scenarioFields("scenario ", &rank.Scenario{}, rank.Model{}) {
		fields[f.path] = f
	}
	lines := make([]web.EditLine, len(edits))
	for i, e := range edits {
		lines[i] = editLine(e, fields)
	}
	return lines
}

func editLine(e rank.Edit, fields map[string]setting) web.EditLine {
	path, label := e.Path, ""
	if list, rest, found := strings.Cut(path, "]."); found {
		if n, err := strconv.Atoi(strings.TrimPrefix(list, "scenarios[")); err == nil {
			label = fmt.Sprintf("Scenario %d: ", n+1)
			path = rest
			if _, known := fields["scenario "+rest]; known {
				path = "scenario " + rest
			}
		}
	}
	f, known := fields[path]
	switch {
	case path == "scenario":
		f.label = "Scenario that is shown"
	case path == "name" && label != "":
		f.label = "name"
	case !known:
		f.label = path
	}
	if label != "" {
		f.label = strings.ToLower(f.label[:1]) + f.label[1:]
	}
	return web.EditLine{Label: label + f.label, Was: editValue(f, e.Was), Is: editValue(f, e.Is)}
}

// editValue writes a value of the settings as its field shows it.
func editValue(f setting, raw json.RawMessage) string {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return string(raw)
	}
	switch v := value.(type) {
	case nil:
		return "not set"
	case bool:
		return yesNo(v)
	case string:
		if f.choices == nil {
			return v
		}
		return choiceWords(v)
	case float64:
		switch {
		case f.unit == "×":
			return decimals(int64(v), 1_000_000)
		case f.unit == "%" && !strings.HasPrefix(f.path, "grow_urgency"):
			return decimals(int64(v), 10_000) + "%"
		case f.path == "fiscal_year_start":
			return time.Month(int(v)).String()
		}
		return strings.TrimSpace(strconv.FormatInt(int64(v), 10) + " " + f.unit)
	}
	return string(raw)
}

// rateLines say which rates came and went.
func rateLines(was, is []clamor.Rate) []web.EditLine {
	var lines []web.EditLine
	find := func(all []clamor.Rate, r clamor.Rate) string {
		for _, o := range all {
			if rateKey(o) == rateKey(r) {
				return decimals(o.PPM, 1_000_000)
			}
		}
		return "not set"
	}
	add := func(r clamor.Rate) {
		a, b := find(was, r), find(is, r)
		if a != b {
			lines = append(lines, web.EditLine{Label: fmt.Sprintf("One %s in %s from %s", r.Currency, r.Into, r.From), Was: a, Is: b})
		}
	}
	for _, r := range is {
		add(r)
	}
	for _, r := range was {
		if find(is, r) == "not set" {
			add(r)
		}
	}
	return lines
}

// overruled says why edits of the settings move nothing: the scenario that is shown sets the same itself.
func overruled(edits []rank.Edit, s rank.Settings) string {
	at := slices.IndexFunc(s.Scenarios, func(c rank.Scenario) bool { return c.Name == s.Scenario })
	if at < 0 {
		return ""
	}
	c := s.Scenarios[at]
	own := map[string]bool{"sharing": c.Sharing != "", "size": c.Size != "", "weights": c.Weights != nil, "half_life_days": c.HalfLifeDays != nil,
		"recovery": c.Recovery != nil, "roll_up": c.RollUp != nil, "keep_urgency": c.Keep != nil, "grow_urgency": c.Grow != nil}
	for _, e := range edits {
		if top, _, _ := strings.Cut(e.Path, "."); own[top] {
			return fmt.Sprintf("The scenario %s, which is shown, sets that itself: change it there.", c.Name)
		}
	}
	return ""
}

// rankingHistory tells the versions with what each changed, the newest first.
func (s *Server) rankingHistory(ctx context.Context, newest int64) ([]web.RankingVersion, error) {
	versions, err := s.versions(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]web.RankingVersion, len(versions))
	for i, v := range versions {
		all[i] = web.RankingVersion{Version: v.Version, By: v.By, At: v.At, Reason: v.Reason, Edits: editLines(v.Edits),
			Newest: v.Version == newest}
		var before []clamor.Rate
		if i+1 < len(versions) {
			before = versions[i+1].SettingsVersion.Rates
		}
		if i+1 < len(versions) || v.Version == 1 {
			all[i].Edits = append(all[i].Edits, rateLines(before, v.SettingsVersion.Rates)...)
		}
	}
	return all, nil
}

// scenarioForms are the scenarios as stored, or as typed.
func (d draft) scenarioForms() []web.ScenarioForm {
	if d.typed == nil {
		return showScenarios(d.Settings)
	}
	typed := d.Settings
	typed.Scenarios = nil
	for i := 0; i < maxScenarioForms && d.typed.Has(fmt.Sprintf("scenarios[%d].name", i)); i++ {
		typed.Scenarios = append(typed.Scenarios, rank.Scenario{})
	}
	typed.Scenarios = typed.Scenarios[:max(len(typed.Scenarios)-1, 0)] // the last is the one that may be added
	forms := showScenarios(typed)
	for i := range forms {
		f := &forms[i]
		prefix := fmt.Sprintf("scenarios[%d].", f.Index)
		d.fill(f.Name)
		for _, field := range f.Own {
			d.fill(field)
			f.Faulty = f.Faulty || field.Fault != ""
		}
		f.Was, f.Removed, f.Tables = d.typed.Get(prefix+"was"), d.typed.Has(prefix+"remove"), d.typed.Has(prefix+"tables")
		f.Faulty = f.Faulty || f.Name.Fault != ""
		f.Summary = ""
	}
	return forms
}

// rateForms are the rates that hold, and those that may be added.
func (d draft) rateForms(held []clamor.Rate) ([]web.RateRow, []web.RateForm) {
	typed := d.typed
	if typed == nil {
		typed = url.Values{}
	}
	var rows []web.RateRow
	for _, r := range held {
		rows = append(rows, web.RateRow{Key: rateKey(r), Rate: r, Value: decimals(r.PPM, 1_000_000),
			Dropped: slices.Contains(typed["drop_rate"], rateKey(r))})
	}
	var added []web.RateForm
	for i := range newRates {
		field := func(name, label string) *web.Field {
			f := &web.Field{Name: fmt.Sprintf("new_rates[%d].%s", i, name), Label: label}
			if name == "into" {
				f.Value = d.Settings.Currency
			}
			return d.fill(f)
		}
		added = append(added, web.RateForm{Currency: field("currency", "One unit of"), Into: field("into", "in"), From: field("from", "from the day"),
			Value: field("ppm", "is worth")})
	}
	return rows, added
}
