package web_test

import (
	"time"

	"clamor"
	"clamor/api/web"
)

func member(id, name string, role clamor.Role, mail string) clamor.Member {
	return clamor.Member{User: clamor.User{ID: clamor.UserID("user_" + id), Name: name, Role: role, Mail: mail}, CreatedAt: sunday.AddDate(0, -3, 0), SeenAt: sunday,
		Joined: true, Notes: 42, Rulings: clamor.MostCounted, Tokens: 1}
}

// houseSamples are the pages about who may come in.
func houseSamples() []sample {
	admin := web.Frame{User: clamor.User{ID: "user_1", Name: "Ada Pérez", Role: clamor.Admin}}
	ada, hostileOne, waiting, late := member("1", "Ada Pérez", clamor.Admin, "ada@ours.example"), member("2", hostile, clamor.PM, ""), member("3", "Jonas Weber", clamor.Reporter,
		"jonas@ours.example"), member("4", rtl, clamor.Viewer, "")
	waiting.Joined, waiting.SeenAt, waiting.LinkUntil, waiting.Notes, waiting.Rulings = false, time.Time{}, sunday.AddDate(0, 0, 7), 0, 0
	late.Joined, late.LinkUntil = false, sunday.AddDate(0, 0, -1)
	link := &web.MadeLink{Person: waiting, Link: "https://clamor.example/join?token=abc"}
	removed := member("9", "Gone", clamor.PM, "")
	removed.Removed = true
	token := clamor.Token{ID: "token_1", Owner: ada.User, Tail: "x7qa", MadeAt: sunday, MadeBy: "command line", UsedAt: sunday}
	unknown := clamor.Token{ID: "token_2", Owner: clamor.User{ID: "user_8", Name: hostile, Role: clamor.Reporter}, MadeAt: sunday}
	return []sample{
		{"welcome", web.Frame{}, web.WelcomeView{Name: hostile, Role: clamor.Reporter, Token: "abc"}},
		{"people", admin, web.PeopleView{People: []clamor.Member{ada, hostileOne, waiting, late}, Now: sunday, Made: link, Role: clamor.Reporter}},
		{"people-faults", admin, web.PeopleView{Now: sunday, Name: hostile, Mail: "x", Role: clamor.PM, Faults: map[string]string{"email": "Write an address."}}},
		{"person", admin, web.PersonView{Person: waiting, Now: sunday, Made: link, Tokens: []clamor.Token{token}, Log: "/settings/log?by=Jonas+Weber"}},
		{"person-self", admin, web.PersonView{Person: ada, Now: sunday, Self: true, Log: "/settings/log?by=Ada", Faults: map[string]string{"role": "Ada is the last admin."}}},
		{"person-removed", admin, web.PersonView{Person: removed, Now: sunday, Log: "/settings/log?by=Gone"}},
		{"tokens", admin, web.TokensView{Tokens: []clamor.Token{token, unknown}, Made: &token, Text: "clamor_abcx7qa", Role: clamor.Reporter,
			Curl: `curl -H "Authorization: Bearer clamor_abcx7qa" https://clamor.example/api/v1/list`}},
		{"teams", admin, web.TeamsView{Groups: []web.LabelGroup{{Kind: clamor.TeamLabel, Title: "Teams", About: "Who would build it.", Name: hostile, Faults: map[string]string{"name": "It is there."},
			Labels: []clamor.Label{{Kind: clamor.TeamLabel, Name: "Platform", Features: 3}, {Kind: clamor.TeamLabel, Name: hostile}}},
			{Kind: clamor.AreaLabel, Title: "Areas", About: "Which part of the product it is about."}}}},
		{"log", admin, sampleLog()},
		{"log-empty", admin, web.LogView{Kinds: web.LogKinds(), Any: true, Day: "soon", Faults: map[string]string{"day": "Write the day as 2026-10-03."}, CSV: "/settings/log.csv?"}},
	}
}

// sampleLog is one deed of each kind, with words that try to break out.
func sampleLog() web.LogView {
	names := map[string]clamor.Named{"feature_1": {Name: "Single sign-on"}, "feature_2": {Name: hostile}, "account_1": {Name: "Helios Bank"}, "user_2": {Name: hostile},
		"ask_1": {Name: "We need SSO", Note: "note_1"}, "promise_1": {Name: "Single sign-on", Of: "feature_1"}}
	var day web.LogDay
	day.Day = clamor.DateOf(sunday)
	for _, e := range []clamor.AuditEntry{
		{Action: "rule move", Subject: "ask_1", Detail: "feature_1 they meant " + hostile},
		{Action: "rule merge", Subject: "feature_2", Detail: "feature_1"},
		{Action: "rule not-an-ask", Subject: "ask_1", Detail: "thinking aloud"},
		{Action: "rule undo", Subject: "feature_9"},
		{Action: "feature edit", Subject: "feature_2", Detail: `{"status":"planned","team":"Core","effort":5}`},
		{Action: "link issue", Subject: "feature_1", Detail: "https://tracker.example/1"},
		{Action: "account merge", Subject: "account_1", Detail: "into account_9 the same"},
		{Action: "promise add", Subject: "promise_1", Detail: `{"words":"x"}`},
		{Action: "freeze", Subject: "2026Q3", Detail: "revision 1 abc"},
		{Action: "source set", Subject: "calls", Detail: "mapping"},
		{Action: "person role", Subject: "user_2", Detail: "pm, was viewer"},
		{Action: "person email", Subject: "user_2"},
		{Action: "sign in", Subject: "user_2"},
		{Action: "something new", Subject: hostile, Detail: "as recorded"},
	} {
		e.At, e.By = sunday, hostile
		day.Deeds = append(day.Deeds, web.NewLogDeed(e, names))
	}
	kinds := web.LogKinds()
	kinds[0].Selected = true
	return web.LogView{Days: []web.LogDay{day}, By: hostile, Kinds: kinds, Any: true, Known: []string{"Ada Pérez", hostile}, CSV: "/settings/log.csv?by=Ada", Older: "/settings/log?before=1"}
}
