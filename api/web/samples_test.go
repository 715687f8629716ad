package web_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clamor"
	"clamor/api/web"
)

// The samples are one of each page as a company might see it, with texts on them that try to break out.

const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{.}}&amp;`

var (
	long   = strings.Repeat("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", 4)[:300]
	rtl    = "تصدير التقارير إلى إكسل \u202eevil\u202c 📊👩‍👩‍👧‍👦"
	sunday = time.Date(2026, 11, 15, 9, 30, 0, 0, time.UTC)
)

func account(n int, name string, arr int64, segment string, health clamor.Health, renews clamor.Date) clamor.Account {
	a := clamor.Account{ID: clamor.AccountID(fmt.Sprintf("account_%02d", n)), Name: name, Segment: segment, Health: health, RenewalOn: renews}
	if arr > 0 {
		a.ARR = &clamor.Money{Minor: arr * 100, Currency: "USD"}
	}
	return a
}

func names() web.Names {
	n := web.Names{Accounts: map[clamor.AccountID]clamor.Account{}, Deals: map[clamor.DealID]clamor.Deal{}}
	for _, a := range []clamor.Account{
		account(1, "Northwind Traders", 480000, "enterprise", clamor.Yellow, "2027-01-31"),
		account(2, "Tidewater Insurance", 312000, "enterprise", clamor.Green, "2027-06-30"),
		account(3, "Helios Bank", 1250000, "enterprise", clamor.Red, "2026-12-31"),
		account(4, "Bramble & Co", 0, "mid-market", "", ""),
		account(5, "Øresund Logistik A/S", 96000, "mid-market", clamor.Green, "2027-03-15"),
		account(6, hostile, 18000, "small", clamor.Green, "2027-02-01"),
		account(7, "شركة الواحة", 54000, "mid-market", clamor.Yellow, "2027-02-01"),
	} {
		n.Accounts[a.ID] = a
	}
	n.Deals["deal_1"] = clamor.Deal{ID: "deal_1", Account: "account_04", Name: "Bramble platform", Status: clamor.DealOpen}
	n.Deals["deal_2"] = clamor.Deal{ID: "deal_2", Account: "account_01", Name: "Northwind expansion", Status: clamor.DealOpen}
	return n
}

func part(account int, deal clamor.DealID, base, share, urgency, contribution int64, p clamor.Priority) clamor.Part {
	motive := clamor.Keep
	if deal != "" {
		motive = clamor.Grow
	}
	return clamor.Part{Account: clamor.AccountID(fmt.Sprintf("account_%02d", account)), Deal: deal, Motive: motive, Ask: "ask_1",
		Priority: p, Base: base * 100, Share: share, Urgency: urgency, Decay: 870_551, Contribution: contribution}
}

func entry(rank int, title string, move *int, parts ...clamor.Part) clamor.Entry {
	e := clamor.Entry{Rank: rank, Move: move, Parts: parts, Feature: clamor.Feature{ID: clamor.FeatureID(fmt.Sprintf("feature_%02d", rank)),
		Title: title, Status: clamor.Statuses()[rank%4], Area: []string{"Access", "Reporting", "", "Integrations"}[rank%4],
		Team: []string{"Platform", "", "Insights"}[rank%3], Version: 3}, RankWithoutLargest: rank + rank%3, RankRange: [2]int{max(1, rank-2), rank + 3}}
	seen := map[clamor.AccountID]int64{}
	for _, p := range parts {
		seen[p.Account] += p.Contribution
		e.Score += p.Contribution
		if p.Deal == "" {
			e.Keep += p.Contribution
		} else {
			e.Grow += p.Contribution
		}
		if p.Priority == clamor.Blocker {
			e.Blockers++
		}
		e.Estimated = e.Estimated || p.Estimated
		e.Asks++
	}
	for _, sum := range seen {
		e.LargestShare = max(e.LargestShare, sum*1_000_000/max(e.Score, 1))
	}
	e.Accounts, e.Full = len(seen), e.Score*3
	if rank%3 == 1 {
		e.Effort, e.Feature.Effort = int64(3*rank+5), int64(3*rank+5)
		e.ValuePerEffort = e.Score / e.Effort
	}
	return e
}

func places(n int) *int { return &n }

func sampleList() clamor.List {
	estimated := part(4, "", 120000, 500_000, 1_000_000, 5_223_307, clamor.Nice)
	estimated.Estimated = true
	l := clamor.List{Quarter: "2026Q4", AsOf: "2026-11-15", Scenario: "budget", Currency: "USD", Formula: "1",
		Notices: []clamor.Notice{{Kind: "imputed-arr", Count: 1, Message: "The revenue of 1 account is not known and is estimated from its segment's median: Bramble & Co."},
			{Kind: "pending", Count: 3, Message: "3 asks are not placed yet and not on this list."}},
		Entries: []clamor.Entry{
			entry(1, "Single sign-on with SAML and Okta", places(2), part(3, "", 1250000, 412_000, 3_000_000, 134_494_817, clamor.Blocker),
				part(1, "", 480000, 355_072, 1_500_000, 22_256_400, clamor.Blocker), part(4, "deal_1", 240000, 500_000, 1_250_000, 13_059_002, clamor.Important),
				part(5, "", 96000, 1_000_000, 1_000_000, 8_357_293, ""), part(6, "", 18000, 250_000, 1_000_000, 391_748, clamor.Nice)),
			entry(2, "Audit log export to the customer's own storage", places(-1), part(3, "", 1250000, 300_000, 3_000_000, 97_937_000, clamor.Important),
				part(2, "", 312000, 600_000, 1_000_000, 16_297_140, "")),
			entry(3, "Scheduled reports by e-mail", places(0), part(2, "", 312000, 400_000, 1_000_000, 10_864_760, clamor.Important),
				part(1, "deal_2", 180000, 200_000, 2_000_000, 6_267_967, ""), estimated),
			entry(4, "Export to CSV keeps the filters", nil, part(1, "", 480000, 120_000, 1_500_000, 7_521_560, clamor.Nice)),
			entry(5, hostile, places(12), part(6, "", 18000, 750_000, 1_000_000, 1_175_243, "")),
			entry(6, long, nil, part(5, "", 96000, 1_000, 1_000_000, 96_01, "")),
			entry(7, rtl, places(-3), part(7, "", 54000, 1_000_000, 1_500_000, 70_51_463, clamor.Blocker)),
			entry(8, "Dark mode", nil),
		}}
	l.Entries[2].Planned, l.Entries[2].OldestAsk, l.Entries[2].NewestAsk = 1, "2025-02-03", "2026-11-09"
	l.Entries[2].Pin = &clamor.Pin{Ruling: "ruling_7", Kind: clamor.RulePin, Place: 1, Reason: hostile, By: "Ada Pérez", At: sunday}
	return l
}

func signedIn(role clamor.Role) web.Frame {
	return web.Frame{User: clamor.User{ID: "user_1", Name: "Ada Pérez", Role: role}}
}

func sampleListView() web.ListView {
	l := sampleList()
	rows := web.Rows(l.Entries, l.Entries[0].Score, 4, names())
	rows[0].Trend = web.NewTrend([]int64{sunday.UnixMicro(), sunday.AddDate(0, 0, -40).UnixMicro(), sunday.AddDate(0, 0, -300).UnixMicro()}, l.AsOf)
	return web.ListView{List: l, Model: web.Model{Size: "revenue"}, Rows: rows, Totals: web.Sum(l.Entries), All: 8, Matching: 8,
		Quarters:  []web.Choice{{Value: "2026Q4", Label: "Q4 2026, live", Selected: true}, {Value: "2026Q3", Label: "Q3 2026, frozen"}},
		Scenarios: []web.Choice{{Value: "budget", Label: "budget", Selected: true}, {Value: "breadth", Label: "breadth"}},
		Statuses: []web.Choice{{Label: "all", Count: 8, URL: "/", Selected: true}, {Label: "new", Count: 2, URL: "/?status=new"},
			{Label: "under consideration", Count: 2, URL: "/?status=under+consideration"}, {Label: "planned", Count: 2, URL: "/?status=planned"},
			{Label: "in progress", Count: 2, URL: "/?status=in+progress"}},
		Filters: []web.Filter{{Name: "area", Label: "Area", Choices: []web.Choice{{Label: "All areas", Count: 8, Selected: true}, {Value: "Access", Label: "Access", Count: 2}}},
			{Name: "segment", Label: "Segment", Choices: []web.Choice{{Label: "All segments", Count: 8, Selected: true}, {Value: hostile, Label: hostile, Count: 2}}}},
		Columns: sampleColumns(), Offered: web.Settable(), Sorts: sampleSorts(),
		Views: []web.ViewLink{{SavedView: clamor.SavedView{ID: "view_1", Name: hostile, Query: "area=Access&sort=score", By: hostile, Shared: true}, Mine: true},
			{SavedView: clamor.SavedView{ID: "view_2", Name: "Everything", By: "Ada Pérez"}, Selected: true}}, ViewQuery: "area=Access", Here: "/?area=Access",
		Clear: "/", CSV: "/list.csv", Markdown: "/list.md", Freeze: "/quarters/2026Q4/freeze", Next: "/?page=2",
		Print: "/list/print", Export: "/quarters/2026Q4/export"}
}

func sampleColumns() map[string]bool {
	columns := map[string]bool{}
	for _, c := range web.Settable() {
		columns[c.Value] = true
	}
	return columns
}

func sampleSorts() map[string]web.Sorting {
	sorts := map[string]web.Sorting{"rank": {URL: "/?sort=-rank", Dir: "ascending"}, "title": {URL: "/?sort=title"}}
	for _, c := range web.Settable() {
		sorts[c.Value] = web.Sorting{URL: "/?sort=" + c.Value}
	}
	return sorts
}

func quote(n, account int, text string, by string, score float64) clamor.Quote {
	id := clamor.AccountID(fmt.Sprintf("account_%02d", account))
	q := clamor.Quote{AccountName: names().Account(id), NoteTitle: "Renewal call", NoteKind: clamor.Call, URL: "https://recorder.example/call/81?t=1312",
		Author: clamor.Person{Name: "Jonas Weber", Email: "jonas@ours.example"}, Contact: clamor.Person{Name: "Priya Nair", Title: "Head of IT"}, By: by, Score: score}
	q.Ask = clamor.Ask{ID: clamor.AskID(fmt.Sprintf("ask_%d", n)), Note: "note_1", Account: id, Text: text, Quote: text,
		OccurredAt: sunday.AddDate(0, 0, -9*n), Feature: "feature_01", Priority: []clamor.Priority{clamor.Blocker, "", clamor.Important}[n%3]}
	if score > 0 {
		q.Terms = []clamor.Term{{Stem: "sso", Word: "SSO", Weight: .51}, {Stem: "okta", Word: "Okta", Weight: .32}, {Stem: "log", Word: "login", Weight: .17}}
	}
	return q
}

func similar(n int, title string, score float64) web.Similar {
	return web.Similar{Feature: clamor.Feature{ID: clamor.FeatureID(fmt.Sprintf("feature_%02d", n)), Title: title, Status: clamor.StatusNew}, Score: score, Asks: n,
		Shared:   []clamor.Term{{Stem: "login", Word: "login", Weight: .7}, {Stem: "user", Word: "users", Weight: .3}},
		OnlyHere: []clamor.Term{{Stem: "scim", Word: "SCIM", Weight: .4}}, OnlyThere: []clamor.Term{{Stem: "provis", Word: "provisioning", Weight: .2}}}
}

func promises() []web.PromiseRow {
	open := clamor.Promise{ID: "promise_1", Feature: "feature_01", FeatureTitle: "Single sign-on", FeatureStatus: clamor.StatusPlanned, Account: "account_03", AccountName: "Helios Bank",
		MadeBy: "Jonas Weber", MadeOn: "2026-08-01", DueOn: "2026-11-01", Words: hostile, Note: "note_1", State: clamor.PromiseOpen}
	kept := open
	kept.ID, kept.State, kept.EndedOn, kept.Reason, kept.DueOn = "promise_2", clamor.PromiseKept, "2026-10-01", "in release 4.2", ""
	return []web.PromiseRow{{Promise: open, Open: 106, Overdue: 14}, {Promise: kept, Open: 61}}
}

func sampleFeature() web.FeatureView {
	l := sampleList()
	e := l.Entries[0]
	e.Feature.StatusReason = "Planned for the first half of the year, together with user provisioning."
	quotes := []clamor.Quote{
		quote(1, 3, "We cannot roll this out to the branches before our people can log in with Okta. That is a hard requirement from our security team, and it was one last year.", clamor.Machine, .62),
		quote(2, 3, "SAML SSO please", "Ada Pérez", 0),
		quote(3, 1, "without single sign-on I have 400 people with yet another password", clamor.Machine, .48),
		quote(4, 4, hostile, clamor.Machine, 0),
		quote(5, 7, "نحتاج إلى تسجيل الدخول الموحد 🙏", clamor.Machine, .33),
		quote(6, 5, long, clamor.Machine, .41),
	}
	quotes[2].DealName, quotes[2].Motive = "Northwind expansion", clamor.Grow
	quotes[3].URL = "javascript:alert(3)"
	merge := clamor.Ruling{ID: "ruling_1", Kind: clamor.RuleMerge, Feature: "feature_20", Target: e.Feature.ID, By: "Ada Pérez", At: sunday, Reason: "same need, other words"}
	tracked := clamor.Tracked{Links: []clamor.TrackerLink{{Feature: e.Feature.ID, URL: "https://recorder.example/acme/app/issues/12", State: "closed", Reason: "not_planned", By: "Ada Pérez", At: sunday},
		{Feature: "feature_20", URL: "https://recorder.example/browse/APP-7", By: hostile, At: sunday}}, Events: []clamor.TrackerEvent{
		{ID: "event_2", Feature: e.Feature.ID, URL: "https://recorder.example/acme/app/issues/12", State: "closed", Reason: "not_planned", By: "kim", At: sunday, Proposes: clamor.StatusWontDo, Proposal: clamor.ProposalOpen},
		{ID: "event_1", Feature: e.Feature.ID, URL: "https://recorder.example/acme/app/issues/12", State: "open", At: sunday.AddDate(0, 0, -3), Became: clamor.StatusInProgress},
		{ID: "event_0", Feature: e.Feature.ID, URL: "https://recorder.example/acme/app/issues/12", State: "closed", At: sunday.AddDate(0, 0, -5), Proposes: clamor.StatusShipped,
			Proposal: clamor.ProposalDismissed, SettledBy: "Ada Pérez", Answer: hostile}}}
	return web.FeatureView{Tracked: web.TrackedView{Tracked: tracked, Feature: e.Feature.ID, May: true}, Feature: e.Feature, Back: "/?quarter=2026Q4", List: l, Model: web.Model{Full: true, Size: "breadth"}, Entry: &e, Of: 8, Parts: web.PartRows(e.Parts, names()), Quotes: len(quotes),
		Promises: promises(),
		Why:      "5 accounts want it, for 2 it is a blocker. Helios Bank carries 75% of the score: its renewal is 46 days away and its health is red.",
		Groups:   web.Group(quotes, e.Parts, names().Accounts), Statuses: clamor.Statuses()[:7], Areas: []string{"Access", "Reporting"}, Teams: []string{"Platform"},
		Similar:    []web.Similar{similar(3, "Provision users by SCIM", .44), similar(9, hostile, .31)},
		Duplicates: []web.Duplicate{{Feature: clamor.Feature{ID: "feature_20", Title: "Okta login"}, Ruling: &merge}},
		History: []web.Event{{Ruling: merge, Text: "merged “Okta login” into this"},
			{Ruling: clamor.Ruling{ID: "ruling_0", Kind: clamor.RuleMove, By: "Ada Pérez", Undone: true, At: sunday.AddDate(0, 0, -2)}, Text: "moved an ask here"}}}
}

const noteText = "Call with Priya (Head of IT), 42 min.\n\nThey like the new dashboard 🎉 but the rollout is stuck: “We cannot roll this out before our people can log in with Okta”. " +
	"Jonas asked whether SCIM would do; no, both.\n\nAlso: Berichte sollten automatisch per E-Mail kommen – jede Woche, für die Geschäftsführung.\n\n" + hostile + "\n"

func span(id, part string, feature clamor.FeatureID, p clamor.Priority) clamor.Ask {
	at := strings.Index(noteText, part)
	return clamor.Ask{ID: clamor.AskID(id), Text: part, Quote: part, Start: at, End: at + len(part), Feature: feature, Priority: p}
}

func sampleNote() web.NoteView {
	asks := []clamor.Ask{span("ask_1", "We cannot roll this out before our people can log in with Okta", "feature_01", clamor.Blocker),
		span("ask_2", "log in with Okta”. Jonas asked whether SCIM", "feature_03", ""), span("ask_3", "Berichte sollten automatisch per E-Mail kommen – jede Woche", "feature_09", ""),
		{ID: "ask_4", Text: "Audit log", Quote: "they also mentioned the audit log", Feature: "feature_02"}, span("ask_5", "<img src=x", "", ""), span("ask_6", "dashboard 🎉", "", "")}
	asks[5].NotAnAsk = true
	v := web.NoteView{Account: names().Accounts["account_03"], Segments: web.Highlight(noteText, asks), Currency: "USD",
		Note: clamor.Note{ID: "note_1", Source: "gong", ExternalID: "call-81", Version: 2, Kind: clamor.Call, Title: "Renewal call", Text: noteText,
			URL: "https://recorder.example/call/81", OccurredAt: sunday, Account: "account_03", Contact: clamor.Person{Name: "Priya Nair", Email: "priya@helios.example", Title: "Head of IT"},
			Author: clamor.Person{Name: "Jonas Weber", Email: "jonas@ours.example"}},
		Delivery: &clamor.Delivery{ID: "delivery_1", Source: "gong", ReceivedAt: sunday, State: clamor.Processed}}
	probability := 40
	v.Deal = &clamor.Deal{ID: "deal_2", Name: "Expansion", Amount: &clamor.Money{Minor: 18_000_000, Currency: "USD"}, Stage: "Proposal", Probability: &probability, CloseOn: "2026-12-15", Status: clamor.DealOpen}
	titles := map[clamor.FeatureID]string{"feature_01": "Single sign-on with SAML and Okta", "feature_03": "Provision users by SCIM", "feature_02": "Audit log export", "feature_09": "Scheduled reports"}
	for i, a := range asks {
		v.Asks = append(v.Asks, web.NoteAsk{Ask: a, Title: titles[a.Feature], InText: a.End > 0, Ordinal: i + 1})
	}
	return v
}

// sample is a page that a golden file keeps.
type sample struct {
	name  string
	frame web.Frame
	view  web.View
}

func samples() []sample {
	feature, l := sampleFeature(), sampleList()
	empty := clamor.List{Quarter: "2026Q4", AsOf: "2026-11-15", Scenario: "budget", Currency: "USD"}
	frozen := sampleListView()
	frozen.List.Frozen, frozen.List.FrozenBy, frozen.List.FrozenAt, frozen.List.Hash = true, "Ada Pérez", sunday, strings.Repeat("ab", 32)
	frozen.List.Revision, frozen.List.Reason = 2, hostile
	frozen.Freeze = ""
	flash := signedIn(clamor.PM)
	flash.Flash = &web.Flash{Message: "Merged. Its asks are counted here now.", Undo: "ruling_1", Back: "/features/feature_01"}
	side := func(i int) *web.Side {
		e := l.Entries[i]
		return &web.Side{Feature: e.Feature, Entry: &e, Asks: e.Asks, Accounts: e.Accounts, Currency: "USD", Quotes: []clamor.Quote{quote(1, 3, "SAML SSO please", clamor.Machine, .6), quote(4, 4, hostile, clamor.Machine, .6)}}
	}
	failed := clamor.Delivery{ID: "delivery_2", Source: "gong", ReceivedAt: sunday, State: clamor.Failed, Body: []byte("{\"text\": 1"), Size: 10,
		Header: map[string]string{"Content-Type": "application/json"}, Reason: "The body is no JSON: it ends in the middle. Send it again whole."}
	return slices.Concat(quarterSamples(), settingsSamples(), startSamples(), []sample{
		{"list", signedIn(clamor.PM), sampleListView()},
		{"list-frozen-viewer", signedIn(clamor.Viewer), frozen},
		{"list-empty", signedIn(clamor.Admin), web.ListView{List: empty, Clear: "/", CSV: "/list.csv", Markdown: "/list.md"}},
		{"list-nothing", signedIn(clamor.PM), web.ListView{List: l, All: 8, Query: hostile, Clear: "/", CSV: "/list.csv", Markdown: "/list.md"}},
		{"feature", flash, feature},
		{"feature-viewer", signedIn(clamor.Viewer), readOnly(feature)},
		{"feature-bare", signedIn(clamor.PM), web.FeatureView{Back: "/", Feature: clamor.Feature{ID: "feature_30", Title: "Old", Status: clamor.StatusDuplicate, Merged: "feature_01"},
			Into: &clamor.Feature{ID: "feature_01", Title: hostile}, List: empty}},
		{"mine", signedIn(clamor.Reporter), sampleMine()},
		{"mine-empty", signedIn(clamor.Reporter), web.MineView{Name: hostile}},
		{"send", signedIn(clamor.Reporter), web.SendView{ID: "x", Kind: "chat", On: "2026-11-15"}},
		{"send-faults", signedIn(clamor.Reporter), web.SendView{ID: "x", Account: hostile, Text: hostile, Link: "recorder", Faults: map[string]string{"url": "Paste a whole link.", "on": "Write the day as 2026-10-03."}}},
		{"accounts", signedIn(clamor.Viewer), web.AccountsView{Query: "a", Next: "/accounts?page=1", Accounts: []web.AccountLine{{Account: names().Accounts["account_03"], Wished: clamor.Wished{Asks: 12, Features: 3, Last: sunday}},
			{Account: names().Accounts["account_04"]}, {Account: names().Accounts["account_06"]}}}},
		{"triage", signedIn(clamor.PM), sampleTriage()},
		{"triage-silent", signedIn(clamor.PM), sampleSilent()},
		{"triage-done", signedIn(clamor.PM), web.TriageView{Tab: "done", Tabs: sampleTriage().Tabs, Back: "/triage?tab=done", Done: []web.Deed{
			{Ruling: clamor.Ruling{ID: "ruling_9", By: "Ada Pérez", At: sunday}, Text: "put it under “Okta”", Quote: hostile, Where: "note_1"}}}},
		{"triage-empty", signedIn(clamor.PM), web.TriageView{Auto: true}},
		{"note", signedIn(clamor.Admin), sampleNote()},
		{"move", signedIn(clamor.PM), web.MoveView{Feature: feature.Feature, Quote: quote(1, 3, "SAML SSO please", clamor.Machine, .6), Query: hostile, Targets: feature.Similar}},
		{"merge-choose", signedIn(clamor.PM), web.MergeView{Feature: feature.Feature, Targets: feature.Similar}},
		{"merge", signedIn(clamor.PM), web.MergeView{Feature: feature.Feature, Keeps: side(0), Goes: side(4), Common: 1, Total: 5}},
		{"account", signedIn(clamor.Viewer), web.AccountView{Promises: promises(), Account: names().Accounts["account_03"], List: l, Total: 232_431_817, Features: []web.AccountFeature{
			{Feature: l.Entries[0].Feature, Rank: 1, Contribution: 134_494_817, Share: 753_200, Priority: clamor.Blocker, Width: 100},
			{Feature: l.Entries[4].Feature, Rank: 5, Contribution: 97_937_000, Share: 857_000, Width: 72.8}},
			Answered: []web.Answered{{Feature: clamor.Feature{ID: "feature_40", Title: "Dark mode", Status: clamor.StatusShipped}, At: sunday, URL: "https://recorder.example/1"},
				{Feature: clamor.Feature{ID: "feature_41", Title: hostile, Status: clamor.StatusWontDo, StatusReason: hostile}}},
			Quotes: feature.Groups[0].Quotes, Asked: map[clamor.FeatureID]clamor.Feature{feature.Groups[0].Quotes[0].Feature: feature.Feature},
			Outcomes: web.Outcomes(feature.Groups[0].Quotes, map[clamor.FeatureID]clamor.Feature{"feature_01": {ID: "feature_01", Title: hostile, Status: clamor.StatusWontDo, StatusReason: hostile}})}},
		{"account-bare", signedIn(clamor.Viewer), web.AccountView{Account: names().Accounts["account_04"], List: empty}},
		{"deliveries", signedIn(clamor.Admin), web.DeliveriesView{Deliveries: []clamor.Delivery{failed}, Back: "/deliveries",
			States: []web.Choice{{Label: "all", Count: 1, URL: "/deliveries", Selected: true}, {Label: "failed", Count: 1, URL: "/deliveries?state=failed"}}}},
		{"delivery", signedIn(clamor.Admin), web.DeliveryView{Delivery: failed, Headers: []string{"Content-Type"}, Body: "{\"text\": 1"}},
		{"delivery-read", signedIn(clamor.Admin), sampleDelivery()},
		{"deliveries-source", signedIn(clamor.Admin), sampleDeliveries()},
		{"sources", signedIn(clamor.Admin), web.SourcesView{Sources: sampleSources()}},
		{"sources-empty", signedIn(clamor.Admin), web.SourcesView{}},
		{"kinds", signedIn(clamor.Admin), web.KindsView{Query: hostile, Groups: []web.KindGroup{{Title: "Calls", Kinds: []web.KindCard{{Kind: "gong", Title: "Gong", Brings: "Calls", Ways: "webhook"}}}}}},
		{"kinds-none", signedIn(clamor.Admin), web.KindsView{Query: hostile}},
		{"connect", signedIn(clamor.Admin), web.ConnectView{Kind: "zendesk", Title: "Zendesk", Sender: "Zendesk", Brings: "Tickets", Form: sampleSourceForm(), Steps: web.Guide(sampleGuide)}},
		{"source", signedIn(clamor.Admin), sampleSource()},
		{"source-waiting", signedIn(clamor.Admin), sampleWaiting()},
		{"mapping", signedIn(clamor.Admin), sampleMapping()},
		{"mapping-empty", signedIn(clamor.Admin), web.MappingView{Source: "survey", Nothing: true}},
		{"markdown", signedIn(clamor.Viewer), web.MarkdownView{List: l, Text: "# Q4 2026\n\n" + hostile, Back: "/", Download: "/list.md?download=1"}},
		{"print", signedIn(clamor.Viewer), web.PrintView{List: frozen.List, Rows: web.Rows(l.Entries, 0, 0, names()), Totals: web.Sum(l.Entries), All: 9, Back: "/"}},
		{"print-empty", signedIn(clamor.Viewer), web.PrintView{List: empty, Back: "/"}},
		{"export", signedIn(clamor.PM), web.ExportView{Quarter: "2026Q4", Repo: "acme/roadmap", Issues: 1, Connected: true, Number: 7, Hash: strings.Repeat("ab", 32),
			Labels: []string{"area: Access", "team: " + hostile}, Ticked: 2, Published: &clamor.Publication{Number: 7, URL: "https://recorder.example/acme/roadmap/issues/7", PublishedAt: sunday},
			Documents: []web.Outgoing{{Title: "What customers ask for", Parts: []string{"# Q4 2026\n\n" + hostile, "continued"}}, {Title: hostile, Parts: []string{"an issue of its own"}}}}},
		{"export-public", signedIn(clamor.PM), web.ExportView{Quarter: "2026Q4", Repo: "acme/open", Connected: true, Public: true, Same: true, Number: 1,
			Documents: []web.Outgoing{{Title: "What customers ask for", Parts: []string{"Account 1"}}}}},
		{"export-unconnected", signedIn(clamor.PM), web.ExportView{Quarter: "2026Q4", Public: true, Trouble: "Clamor is not connected to GitHub",
			Documents: []web.Outgoing{{Title: "What customers ask for", Parts: []string{"Account 1"}}}}},
		{"signin", web.Frame{}, web.SignInView{Message: "This sign-in link was used already or has expired."}},
		{"error", signedIn(clamor.PM), web.ErrorView{Status: 400, Title: "The input is wrong", Message: "The change cannot be made.", RequestID: "4f2a",
			Faults: []clamor.Fault{{Path: "title", Message: hostile}}, Back: "/features/feature_01"}},
	})
}

// readOnly is a feature as somebody sees it who may not link issues.
func readOnly(v web.FeatureView) web.FeatureView {
	v.Tracked.May = false
	return v
}
