package web_test

import (
	"strings"

	"clamor"
	"clamor/api/web"
)

func sampleKept() web.FrozenQuarter {
	return web.FrozenQuarter{Quarter: "2026Q3", Revisions: []clamor.Revision{
		{Quarter: "2026Q3", Revision: 2, Reason: hostile, Hash: strings.Repeat("cd", 32), FrozenBy: "Ada Pérez", FrozenAt: sunday},
		{Quarter: "2026Q3", Revision: 1, Hash: strings.Repeat("ab", 32), FrozenBy: "Jonas Weber", FrozenAt: sunday.AddDate(0, 0, -3)}},
		Publications: []clamor.Publication{{Target: "github:acme/roadmap", Quarter: "2026Q3", Number: 7, URL: "https://recorder.example/acme/roadmap/issues/7",
			PublishedAt: sunday.AddDate(0, 0, -2)}, {Target: hostile, Quarter: "2026Q3", Number: 8, URL: "javascript:alert(8)", PublishedAt: sunday.AddDate(0, 0, 2)}}}
}

func sampleCard(top int) web.QuarterCard {
	l := sampleList()
	c := web.QuarterCard{Quarter: l.Quarter, First: "2026-10-01", Last: "2026-12-31", Left: 46, Totals: web.Sum(l.Entries), Features: len(l.Entries), Top: l.Entries[:top],
		Before: "2026Q3"}
	c.List = l
	c.List.Entries = nil
	return c
}

func sampleChecks() []web.Check {
	return []web.Check{{Key: "early", Title: "The quarter is not over: 47 days left", Count: 47, Said: true, Detail: "What comes in until its last day will not be on the frozen list."},
		{Key: "joined", Title: "Asks were joined by the machine, and nobody has looked at them", Count: 1000, AtMost: true, URL: "/triage?tab=joined", Link: "Triage"},
		{Key: "pins", Title: "Features stand where somebody pinned them", Count: 1, Items: []web.CheckItem{{Text: hostile, URL: "/features/feature_03", Note: hostile}}},
		{Key: "ambiguous", Title: "Records may speak of any of several accounts, and wait", Count: 30, Items: []web.CheckItem{{Text: hostile}}},
		{Key: "no-rate", Title: "Every currency has a rate"}}
}

func sampleMoves() []web.MoveRow {
	l := sampleList()
	rows := []web.MoveRow{
		{Shift: clamor.Shift{Feature: l.Entries[0].Feature, Before: 3, After: 1, Money: 90_000_00},
			Effects: []web.EffectRow{{Words: "asks growing older", Money: -10_000_00}, {Words: "new, changed or withdrawn asks", Money: 100_000_00}}},
		{Shift: clamor.Shift{Feature: l.Entries[4].Feature, Before: 1, After: 2, Money: -40_000_00}, Effects: []web.EffectRow{{Words: "deals", Money: -40_000_00}}},
		{Shift: clamor.Shift{Feature: l.Entries[5].Feature, Before: 5, After: 5}}}
	for i, bar := range web.Bars([][]web.EffectRow{rows[0].Effects, rows[1].Effects, nil}) {
		rows[i].Bar = bar
	}
	return rows
}

func quarterSamples() []sample {
	kept, proven := sampleKept(), sampleKept()
	proven.Proof = &web.Proof{Revision: 1, Fault: "entry 1 differs in score"}
	over := sampleCard(0)
	over.Quarter, over.Over, over.Left = "2026Q2", true, 0
	frozen := sampleCard(8)
	frozen.Quarter, frozen.Frozen, frozen.Before, frozen.Over = "2026Q3", true, "", true
	move := sampleMoves()
	compare := web.CompareView{From: "2026Q3", To: "2026Q4", FromName: "Q3 2026, frozen", ToName: "Q4 2026, live", Currency: "USD", Before: 100_000_00, After: 150_000_00,
		Froms: []web.Choice{{Value: "2026Q3", Label: "Q3 2026, frozen", Selected: true}}, Tos: []web.Choice{{Value: "2026Q4", Label: "Q4 2026, live", Selected: true}},
		Causes: []web.CauseTotal{{Cause: "asks", Words: "new, changed or withdrawn asks", Money: 100_000_00, Features: 1, URL: "/quarters/compare?cause=asks", Selected: true, Bar: move[0].Bar[1:]},
			{Cause: "deals", Words: "deals", Money: -50_000_00, Features: 2, URL: "/quarters/compare?cause=deals", Bar: move[1].Bar}},
		Cause: "asks", CauseWords: "new, changed or withdrawn asks", Moves: move, All: 120, Unmoved: 3, Next: "/quarters/compare?at=50",
		New: []web.MoveRow{{Shift: clamor.Shift{Feature: sampleList().Entries[6].Feature, After: 7, Money: 4_00}}}, AllNew: 1,
		Gone: []web.MoveRow{{Shift: clamor.Shift{Feature: clamor.Feature{ID: "feature_99", Title: hostile}, Before: 7, Money: -4_00}}}, AllGone: 60}
	twin := web.ScenariosView{Quarter: "2026Q4", Currency: "USD", A: "budget", B: "full", Sort: "shift", AsA: []web.Choice{{Value: "budget", Label: "budget", Selected: true}},
		AsB: []web.Choice{{Value: "full", Label: "full", Selected: true}}}
	other := sampleList().Entries
	other[0].Rank, other[4].Rank = 5, 1
	twin.Compare(sampleList().Entries, other)
	return []sample{
		{"quarters", signedIn(clamor.PM), web.QuartersView{Running: sampleCard(3), Due: &over, Frozen: []web.FrozenQuarter{proven, {Quarter: "2026Q1", Revisions: kept.Revisions[1:]}}}},
		{"quarters-none", signedIn(clamor.Viewer), web.QuartersView{Running: web.QuarterCard{Quarter: "2026Q4", First: "2026-10-01", Last: "2026-12-31"}}},
		{"quarter", signedIn(clamor.PM), web.QuarterView{Card: frozen, Kept: proven, Scenarios: 4, Faults: map[string]string{"reason": "say why"}, Reason: hostile}},
		{"quarter-live", signedIn(clamor.Viewer), web.QuarterView{Card: sampleCard(3), Kept: web.FrozenQuarter{Quarter: "2026Q4"}}},
		{"freeze", signedIn(clamor.PM), web.FreezeView{List: sampleList(), Totals: web.Sum(sampleList().Entries), Count: 8, Action: "/quarters/2026Q4/freeze", Checks: sampleChecks(),
			Scenarios: []web.Choice{{Value: "budget", Label: "budget", Selected: true}, {Value: "full", Label: "full"}}}},
		{"compare", signedIn(clamor.Viewer), compare},
		{"compare-trouble", signedIn(clamor.Viewer), web.CompareView{Trouble: hostile}},
		{"scenarios", signedIn(clamor.Viewer), twin},
		{"scenarios-empty", signedIn(clamor.Viewer), web.ScenariosView{Quarter: "2026Q4", A: "budget", B: "full"}},
	}
}
