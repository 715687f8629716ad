package web_test

import (
	"clamor"
	"clamor/api/web"
)

// sampleTriage is the desk with an ask that the machine joined, and hostile words beside it.
func sampleTriage() web.TriageView {
	n := sampleNote()
	q := quote(1, 3, "We cannot roll this out before our people can log in with Okta", clamor.Machine, .62)
	deed := web.Deed{Ruling: clamor.Ruling{ID: "ruling_7", By: "Ada Pérez", At: sunday}, Text: "confirmed it under “Single sign-on with SAML and Okta”"}
	one := web.Case{Key: "ask_1", Next: "ask_4", Ask: &q, Note: n.Note, Account: n.Account, Deal: n.Deal, Segments: n.Segments, Asks: n.Asks, Cut: true, Offset: 40,
		Title: hostile, Question: web.Ask(n.Note, n.Account.Name, q.Quote, []string{"How do they get by today?"}), Ruled: &deed,
		Choices: []web.Option{{Similar: similar(1, "Single sign-on with SAML and Okta", .62), Number: 1, Here: true, Accounts: 5}, {Similar: similar(9, hostile, .31), Number: 2, Accounts: 1}}}
	return web.TriageView{Tabs: []web.Choice{{Label: "To decide", Count: 1000, URL: "/triage", Selected: true}, {Label: "Decided", Count: -1, URL: "/triage?tab=done"}},
		Items: []web.TriageItem{{URL: "/triage?at=ask_1", Look: clamor.LookJoined, Account: "Helios Bank", Text: q.Text, At: "ask_1", Quote: q, Selected: true},
			{URL: "/triage?at=ask_4", Look: clamor.LookClose, Account: hostile, Text: hostile, At: "ask_4", Quote: quote(4, 4, hostile, clamor.Machine, 0)}},
		Older: "/triage?before=ask_4", Case: &one, Mine: &deed, Back: "/triage?at=ask_1", Notice: "Ann came first.", Bad: true}
}

// sampleSilent is the desk with a note in which no ask was found.
func sampleSilent() web.TriageView {
	v, n := sampleTriage(), sampleNote()
	v.Tab, v.Mine, v.Notice, v.Bad = "silent", nil, "", false
	v.Items = []web.TriageItem{{URL: "/triage?tab=silent&at=note_1", Account: "Helios Bank", Text: "Renewal call", At: "note_1", Selected: true}}
	n.Note.Author = clamor.Person{}
	v.Case = &web.Case{Key: "note_1", Note: n.Note, Account: n.Account, Segments: web.Highlight(noteText, nil), Question: web.Ask(n.Note, n.Account.Name, "", nil)}
	return v
}

// sampleMine is what became of two notes.
func sampleMine() web.MineView {
	features := map[clamor.FeatureID]clamor.Feature{"feature_01": {ID: "feature_01", Title: hostile, Status: clamor.StatusWontDo, StatusReason: "Not with our data centres."}}
	note := sampleNote().Note
	no := quote(3, 3, "no such thing", "", 0).Ask
	no.Feature, no.NotAnAsk = "", true
	waits := quote(2, 3, hostile, "", 0).Ask
	return web.MineView{Name: "Jonas Weber", Next: "/my-notes?page=1", Notes: []web.SentNote{
		web.NewSentNote(clamor.Reported{Note: note, AccountName: "Helios Bank", Asks: []clamor.Ask{quote(1, 3, "SSO please", "", 0).Ask, waits, no},
			Looks: map[clamor.AskID]clamor.Look{waits.ID: clamor.LookJoined}}, features),
		web.NewSentNote(clamor.Reported{Note: clamor.Note{ID: "note_2", OccurredAt: sunday}, AccountName: hostile}, features)}}
}
