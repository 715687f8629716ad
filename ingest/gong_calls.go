package ingest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// parseGong reads a webhook, which tells all of a call but what was said, and pages of calls with their transcripts.
func parseGong(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	if currency := o.told(gongKind, "currency"); currency != "" {
		o.Currency = currency
	}
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if d.Topic == "" {
		data, ok := root.child("callData")
		if !ok {
			root.fault("callData", "is missing: this is no call of a Gong webhook")
			return harvested(h, d, faults)
		}
		if test, _ := root.m["isTest"].(bool); !test {
			gongFacts(data, o).into(&h)
			h.Thin = data.down("metaData").word("id") != ""
		}
		return harvested(h, d, faults)
	}
	spoken := gongTranscripts(root)
	for _, call := range root.objects("calls") {
		gongCall(call, spoken, &h, o)
	}
	return harvested(h, d, faults)
}

// objects are the elements of an array that are objects.
func (o object) objects(key string) []object {
	var all []object
	for i, v := range o.list(key) {
		if m, ok := v.(map[string]any); ok {
			all = append(all, object{o.at(key) + "[" + strconv.Itoa(i) + "]", m, o.faults})
		}
	}
	return all
}

// gongTranscripts are the transcripts of a page by the ids of their calls.
func gongTranscripts(root object) map[string][]object {
	spoken := map[string][]object{}
	for _, t := range root.objects("callTranscripts") {
		id := t.word("callId")
		spoken[id] = append(spoken[id], t.objects("transcript")...)
	}
	return spoken
}

// gongCall adds a call. One that is private at Gong stays there.
func gongCall(call object, spoken map[string][]object, h *clamor.Harvest, o ParseOptions) {
	facts := gongFacts(call, o)
	facts.into(h)
	meta := call.down("metaData")
	if meta.word("isPrivate") == "true" {
		return
	}
	m := meeting{
		path:     call.path,
		internal: strings.EqualFold(meta.word("scope"), "Internal"),
		summary:  gongSummary(call.down("content")),
		note: clamor.Note{
			ExternalID: meta.text("id", maxID),
			Title:      meta.text("title", maxURL),
			URL:        meta.link("url"),
			OccurredAt: meta.moment("started"),
		},
	}
	m.account, m.deal = facts.mentioned()
	speakers := map[string]string{}
	for _, p := range call.objects("parties") {
		g := gongParty(p)
		m.guests = append(m.guests, g)
		if id := p.word("speakerId"); id != "" {
			speakers[id] = g.String()
		}
		if id := p.word("userId"); id != "" && id == meta.word("primaryUserId") {
			m.note.Author = g.Person
		}
	}
	m.said = gongWords(spoken[m.note.ExternalID], speakers)
	m.harvest(h, gongKind, o, call.faults)
}

func gongParty(p object) guest {
	g := guest{Person: clamor.Person{Name: p.text("name", maxName), Email: p.text("emailAddress", maxName), Title: p.text("title", maxName)}}
	switch p.word("affiliation") {
	case "Internal":
		g.side = sideOurs
	case "External":
		g.side = sideTheirs
	}
	return g
}

// gongWords are the sentences of a transcript. Their times are milliseconds, whatever those of a webhook are.
func gongWords(parts []object, speakers map[string]string) []utterance {
	var said []utterance
	for _, part := range parts {
		id := part.word("speakerId")
		if speakers[id] == "" {
			speakers[id] = "Speaker " + strconv.Itoa(len(speakers)+1)
		}
		for _, s := range part.objects("sentences") {
			said = append(said, utterance{speaker: speakers[id], words: s.raw("text"), at: momentIn(s.word("start"), time.Millisecond)})
		}
	}
	return said
}

// gongSummary is what Gong makes of a call, for one whose words are missing.
func gongSummary(content object) string {
	lines := []string{content.raw("brief")}
	for _, p := range content.objects("keyPoints") {
		lines = append(lines, "- "+cleanLine(p.raw("text")))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// crmFacts are what the CRM told Gong of a call.
type crmFacts struct {
	accounts []clamor.AccountFacts
	deals    []clamor.DealFacts
}

// gongFacts reads the objects of the CRM that a call is tied to, each once: as they are now where Gong tells that beside what they were.
func gongFacts(call object, o ParseOptions) crmFacts {
	var f crmFacts
	seen := map[string]bool{}
	started := call.down("metaData").moment("started")
	for _, context := range call.objects("context") {
		system := strings.ToLower(context.text("system", maxID))
		things := context.objects("objects")
		slices.SortStableFunc(things, func(a, b object) int { return strings.Compare(a.word("timing"), b.word("timing")) }) // Now, TimeOfCall
		for _, thing := range things {
			id, kind, at := thing.text("objectId", maxID), thing.word("objectType"), started
			if system == salesforceKind {
				id = salesforceID(id)
			}
			if system == "" || id == "" || seen[kind+id] {
				continue
			}
			seen[kind+id] = true
			if thing.word("timing") == "Now" {
				at = o.ReceivedAt
			}
			switch fields := gongFields(thing); kind {
			case "Account", "Company":
				f.accounts = append(f.accounts, gongAccount(system, id, fields, at, o))
			case "Opportunity", "Deal":
				f.deals = append(f.deals, gongDeal(system, id, fields, at, o))
			}
		}
	}
	for i := range f.deals {
		if len(f.accounts) == 1 {
			f.deals[i].Account = f.accounts[0]
		}
	}
	return f
}

// gongFields makes one object of pairs of name and value, under Salesforce's names where HubSpot has its own.
func gongFields(thing object) object {
	names := map[string]string{"name": "Name", "domain": "Website", "website": "Website", "amount": "Amount", "dealstage": "StageName",
		"closedate": "CloseDate"}
	fields := object{thing.at("fields"), map[string]any{}, thing.faults}
	for _, f := range thing.objects("fields") {
		name := f.word("name")
		if ours, ok := names[name]; ok {
			name = ours
		}
		if v := f.m["value"]; v != nil {
			fields.m[name] = v
		}
	}
	return fields
}

func gongAccount(system, id string, fields object, at time.Time, o ParseOptions) clamor.AccountFacts {
	a := clamor.AccountFacts{
		Name:        fields.text("Name", maxName),
		Domains:     domainsIn(fields.word("Website")),
		ExternalIDs: map[string]string{system: id},
		AsOf:        at,
		Source:      o.Source,
	}
	currency := fields.word("CurrencyIsoCode")
	if currency == "" {
		currency = o.currency()
	}
	if name := o.told(gongKind, "arr_field"); name != "" {
		a.ARR = fields.exact(name, currency)
	} else if name := o.told(gongKind, "mrr_field"); name != "" {
		a.ARR = yearly(fields.exact(name, currency))
	}
	return a
}

func gongDeal(system, id string, fields object, at time.Time, o ParseOptions) clamor.DealFacts {
	currency := fields.word("CurrencyIsoCode")
	if currency == "" {
		currency = o.currency()
	}
	d := clamor.DealFacts{
		System:     system,
		ExternalID: id,
		Name:       fields.text("Name", maxName),
		Amount:     fields.exact("Amount", currency),
		Stage:      fields.text("StageName", maxName),
		CloseOn:    fields.date("CloseDate"),
		AsOf:       at,
		Source:     o.Source,
	}
	if n, err := strconv.ParseFloat(fields.word("Probability"), 64); err == nil && n >= 0 && n <= 100 {
		percent := int(n)
		d.Probability = &percent
	}
	return *completeDeal(d)
}

// mentioned are the account and the deal that a call is about, where the CRM names just one.
func (f crmFacts) mentioned() (a clamor.AccountFacts, d *clamor.DealFacts) {
	if len(f.accounts) == 1 {
		a = f.accounts[0]
	}
	if len(f.deals) == 1 {
		d = &f.deals[0]
	}
	return a, d
}

// into adds the accounts, and the deals whose account is known.
func (f crmFacts) into(h *clamor.Harvest) {
	h.Accounts = append(h.Accounts, f.accounts...)
	for _, d := range f.deals {
		if d.Account.Known() {
			h.Deals = append(h.Deals, d)
		}
	}
}
