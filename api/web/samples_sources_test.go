package web_test

import (
	"time"

	"clamor"
	"clamor/api/web"
)

const sampleGuide = "**First** read [this](https://recorder.example/docs) and [that](javascript:alert(1)):\n\n1. Make a `token`.\n2. Paste <script>alert(1)</script>\n   here.\n\n" +
	"```json\n{\"a\": 1}\n```\n\n| setting | |\n|---|---|\n| `tag` | this \\| that |"

func sampleLine() web.SourceLine {
	return web.SourceLine{Name: "gong", Kind: "gong", Title: "Gong", On: true, Every: "15m", Now: sunday,
		Activity: clamor.Activity{Last: sunday.Add(-3 * time.Minute), Days: [7]int64{0, 4, 100, 1, 0, 20, 3}, Dead: 1200, Failed: 1, Waiting: 2},
		Pull:     &clamor.LastPull{Source: "gong", At: sunday.Add(-time.Hour), Pages: 3, Kept: 1, NextAt: sunday.Add(5 * time.Minute), WellAt: sunday.Add(-time.Hour)}}
}

func sampleSources() []web.SourceLine {
	ill, off := sampleLine(), sampleLine()
	ill.Name, ill.Pull = "zendesk", &clamor.LastPull{At: sunday, Fault: hostile, Failures: 3, NextAt: sunday}
	off.Name, off.On, off.Pull, off.Activity, off.Every = "old", false, nil, clamor.Activity{}, ""
	return []web.SourceLine{sampleLine(), ill, off}
}

func sampleSourceForm() web.SourceForm {
	return web.SourceForm{Name: hostile, Secret: hostile, SecretAt: "under Reveal secret", TokenAt: "an API token", Pulled: true,
		First:  []web.SettingField{{Name: "base_url", Label: "Base URL", Help: "the address, e.g. https://acme.example"}},
		More:   []web.SettingField{{Name: "tag", Label: "Tag", Help: "only these", Default: "none", Value: hostile}},
		Every:  []web.Choice{{Value: "15m", Label: "every 15 minutes", Selected: true}, {Value: "0", Label: "only when told to"}},
		Faults: map[string]string{"name": "use letters", "settings.base_url": "its API cannot be read without"}}
}

func sampleArrival() web.ArrivalView {
	features := map[clamor.FeatureID]clamor.Feature{"feature_01": {ID: "feature_01", Title: hostile}}
	d := clamor.Delivery{ID: "delivery_1", Source: "gong", ReceivedAt: sunday, State: clamor.Processed, Accounts: 2, Deals: 1, Issues: 1}
	return web.ArrivalView{Source: "gong", On: true, Delivery: &d, Notes: []web.SentNote{
		web.NewSentNote(clamor.Reported{Note: sampleNote().Note, AccountName: "Helios Bank", Asks: []clamor.Ask{quote(1, 3, "SSO please", "", 0).Ask}}, features),
		web.NewSentNote(clamor.Reported{Note: clamor.Note{ID: "note_2"}, AccountName: hostile}, features)}}
}

func sampleSource() web.SourceView {
	form := sampleSourceForm()
	form.HasToken, form.Faults = true, nil
	return web.SourceView{Line: sampleSources()[1], Sender: "Zendesk", URL: "https://clamor.example/hooks/zendesk", Form: form, Test: "Press Test.", Mappable: true, Mapped: 2,
		Arrival: sampleArrival(), Recent: []clamor.Delivery{*sampleArrival().Delivery}}
}

func sampleWaiting() web.SourceView {
	line := sampleLine()
	line.Pull, line.Activity = nil, clamor.Activity{}
	return web.SourceView{Line: line, Sender: "the sender", URL: "https://clamor.example/hooks/gong", Secret: "s3cret", SecretURL: "https://clamor.example/hooks/gong/s3cret", Command: "SECRET='s3cret'\ncurl <x>\n",
		Steps: web.Guide(sampleGuide), Arrival: web.ArrivalView{Source: "gong", On: true, Pull: &clamor.LastPull{Fault: hostile}, Refused: hostile, RefusedAgo: "5 seconds ago"}}
}

func sampleDelivery() web.DeliveryView {
	a := sampleArrival()
	a.Delivery.Attempts, a.Delivery.Replays, a.Delivery.Topic, a.Delivery.Hash = 3, 1, "tickets", "abcd"
	return web.DeliveryView{Delivery: *a.Delivery, Body: "{\n  \"text\": 1\n}", Pretty: true, Notes: a.Notes, More: true, Mapping: "/sources/gong/mapping?delivery=delivery_1"}
}

func sampleDeliveries() web.DeliveriesView {
	dead := clamor.Delivery{ID: "delivery_3", Source: "gong", ReceivedAt: sunday, State: clamor.Dead, Reason: hostile, Size: 12_000}
	return web.DeliveriesView{Source: "gong", State: clamor.Dead, Deliveries: []clamor.Delivery{dead}, Dead: 1200, Back: "/deliveries?source=gong&state=dead",
		Newest: "/deliveries?source=gong&state=dead", Next: "/deliveries?cursor=x&source=gong&state=dead",
		States: []web.Choice{{Label: "all", Count: -1, URL: "/deliveries?source=gong"}, {Label: "dead", Count: 1200, URL: "/deliveries?source=gong&state=dead", Selected: true}}}
}

func sampleMapping() web.MappingView {
	return web.MappingView{Source: "survey", Delivery: "delivery_1", Pasted: hostile, Into: "text", Notes: 2,
		Deliveries: []web.Choice{{Value: "delivery_1", Label: "15 Nov, dead", Selected: true}},
		Groups: []web.FieldGroup{{Title: "Note", Open: true, Fields: []web.MappedField{{Name: "text", Path: hostile, Value: hostile}, {Name: "title", Guess: "title | subject", Fault: hostile}}},
			{Title: "Asks", Fields: []web.MappedField{{Name: "asks[].text"}}}},
		Paths:    []web.PathLine{{Path: `["` + hostile + `"]`, Value: hostile}},
		Tried:    []web.TriedNote{{Title: hostile, Text: hostile, Account: hostile, Match: "would be a new account", Deal: hostile, Author: hostile, At: sunday, Asks: []string{hostile}}, {Account: "Acme", At: sunday}},
		Problems: []string{hostile}}
}
