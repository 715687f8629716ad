package web_test

import (
	"clamor"
	"clamor/api/web"
)

func sampleRanking() web.RankingView {
	v := web.RankingView{Version: 3, By: "Ada Pérez", At: sunday, Reason: hostile, Fields: map[string]*web.Field{}, Stale: hostile, Using: 2,
		Meanwhile: []web.EditLine{{Label: "Weight of a blocker", Was: "10", Is: "8"}}, Shown: []web.Choice{{Value: "budget", Label: "budget", Selected: true}},
		Months: []web.Choice{{Value: "1", Label: "January", Selected: true}}, Faults: map[string]string{"reason": hostile}}
	field := func(name string) *web.Field {
		f := &web.Field{Name: name, Label: "Label of " + name, Unit: "×", Value: "2.5"}
		v.Fields[name] = f
		return f
	}
	for _, name := range []string{"weights.blocker", "weights.important", "weights.unset", "weights.nice", "half_life_days", "sharing", "size", "recovery.lost_deals", "recovery.churned",
		"roll_up", "keep_urgency.window.far_over", "keep_urgency.window.near_under", "grow_urgency.window.far_over", "grow_urgency.window.near_under", "grow_urgency.likely_from",
		"grow_urgency.possible_from", "currency", "fiscal_year_start"} {
		field(name)
	}
	for _, row := range []string{"keep_urgency.green", "keep_urgency.yellow", "keep_urgency.red", "grow_urgency.likely", "grow_urgency.possible", "grow_urgency.unlikely"} {
		for _, column := range []string{"far", "middle", "near"} {
			field(row + "." + column)
		}
	}
	v.Fields["keep_urgency.red.near"].Value, v.Fields["keep_urgency.red.near"].Fault = hostile, "write a number"
	v.Fields["roll_up"].Switch, v.Fields["roll_up"].On = true, true
	v.Fields["size"].Choices = []web.Choice{{Value: "revenue", Label: "by their revenue", Selected: true}}
	own := []*web.Field{{Name: "scenarios[0].sharing", Label: "An account's money", Choices: []web.Choice{{Label: "as above"}}}, {Name: "scenarios[0].half_life_days", Label: "Half-life", Unit: "days"}}
	v.Scenarios = []web.ScenarioForm{{Name: &web.Field{Name: "scenarios[0].name", Value: hostile, Fault: "no"}, Own: own, Summary: "all as above", Tables: true, Was: hostile, Faulty: true},
		{Index: 1, Name: &web.Field{Name: "scenarios[1].name"}, Added: true}}
	v.Rates = []web.RateRow{{Key: "EUR USD 2026-10-01", Rate: clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: 1_083_200}, Value: "1.0832", Dropped: true}}
	v.NewRates = []web.RateForm{{Currency: &web.Field{Name: "new_rates[0].currency", Label: "One unit of"}, Into: &web.Field{Name: "new_rates[0].into", Label: "in"},
		From: &web.Field{Name: "new_rates[0].from", Label: "from the day"}, Value: &web.Field{Name: "new_rates[0].ppm", Label: "is worth", Value: hostile, Fault: hostile}}}
	v.History = []web.RankingVersion{{Version: 3, By: hostile, At: sunday, Newest: true}, {Version: 2, By: "Ada Pérez", At: sunday, Reason: hostile, Edits: v.Meanwhile}}
	p := samplePreview()
	v.Preview = &p
	return v
}

func samplePreview() web.RankingPreview {
	l := sampleList()
	shift := func(i, before, after int, money int64) web.PreviewShift {
		return web.PreviewShift{Feature: l.Entries[i].Feature, Before: before, After: after, Places: before - after, ScoreAfter: 100_00 + money, Money: money}
	}
	return web.RankingPreview{Currency: "USD", Features: 8, Moved: 2, Before: 100_000_00, After: 90_000_00, Same: true, Hint: hostile, Edits: []web.EditLine{{Label: "Currency", Was: "USD", Is: "EUR"}},
		Top: []web.PreviewShift{shift(0, 1, 1, 0), shift(4, 5, 2, 7_000_00), shift(1, 2, 3, -7_000_00)}, Winners: []web.PreviewShift{shift(4, 5, 2, 7_000_00)},
		Losers: []web.PreviewShift{shift(1, 2, 3, -7_000_00)}}
}

func sampleExample(joins, same bool) web.Example {
	x := web.Example{Ask: quote(1, 3, hostile, clamor.Machine, .6), Near: quote(2, 4, "“We need SSO”", clamor.Machine, .6), Stands: sampleList().Entries[0].Feature, Other: sampleList().Entries[4].Feature,
		Joins: joins, Same: same, Ruled: same, Shared: similar(3, "", 1).Shared, Here: []clamor.Term{{Stem: "scim", Word: "SCIM", Weight: .4}}, There: []clamor.Term{{Stem: hostile}}, Why: hostile, Score: .61}
	return x
}

func sampleDeduper() web.DeduperView {
	return web.DeduperView{Version: 2, By: hostile, At: sunday, Caution: "0.1", Reason: hostile, Stale: hostile, Lines: []web.SynonymLine{{Word: "sso", Others: hostile, Remark: hostile, Drop: true}},
		NewWord: hostile, Faults: map[string]string{"word": hostile, "caution": "no"}, Asks: 2000, Ruled: 40, Other: "+0.10",
		Trials: []web.TrialRow{{Caution: -0.1, Joins: 1500, Adds: 80, Breaks: 10, Right: 30, Wrong: 6, Missed: 4, Shared: 40, URL: "/settings/deduper?other=-0.1"},
			{Joins: 1200, Adds: 20, Breaks: 60, Right: 28, Wrong: 1, Missed: 11, Shared: 40, Set: true}, {Caution: 0.1, Joins: 900, URL: "/settings/deduper?other=0.1"}},
		Examples: []web.Example{sampleExample(true, false), sampleExample(true, true), sampleExample(false, true), sampleExample(false, false)},
		Reworded: &web.RewordedView{Asks: 1000, Reworded: 3, Moved: 1, Examples: []web.Example{sampleExample(true, false)}},
		History:  []web.RankingVersion{{Version: 2, By: "Ada Pérez", At: sunday, Newest: true, Edits: []web.EditLine{{Label: hostile, Was: hostile, Is: hostile}}}, {Version: 1, By: hostile, At: sunday, Reason: hostile}}}
}

func settingsSamples() []sample {
	plain := sampleRanking()
	plain.Stale, plain.Using, plain.Preview, plain.History, plain.Version, plain.Rates = "", 0, nil, nil, 0, nil
	faults := samplePreview()
	faults.Faults = []clamor.Fault{{Path: "weights", Message: hostile}}
	return []sample{
		{"ranking", signedIn(clamor.Admin), sampleRanking()},
		{"ranking-pm", signedIn(clamor.PM), plain},
		{"deduper", signedIn(clamor.Admin), sampleDeduper()},
		{"deduper-none", signedIn(clamor.PM), web.DeduperView{Caution: "0"}},
		{"doubts", signedIn(clamor.PM), web.DoubtsView{Asks: 2000, Doubts: []web.Example{sampleExample(true, false)}}},
		{"doubts-none", signedIn(clamor.PM), web.DoubtsView{Asks: 2000}},
	}
}
