package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clamor"
)

const fathomKind = "fathom"

func fathom() Adapter {
	return Adapter{
		Kind:  fathomKind,
		Title: "Fathom",
		Settings: append([]Setting{
			{Name: "base_url", Meaning: "the address of the API", Default: "https://api.fathom.ai/external/v1"},
			{Name: "days", Meaning: "how many days back the first pull reads", Default: "90"},
		}, houseSettings()...),
		Verify:     verifyFathom,
		Check:      checkJSON,
		DeliveryID: func(header http.Header, _ []byte) string { return header.Get("Webhook-Id") },
		Parse:      parseFathom,
		Pull:       pullFathom,
	}
}

// verifyFathom checks the signature of Standard Webhooks, and takes nothing else for it.
func verifyFathom(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	if r.Header.Get("Webhook-Signature") == "" {
		return clamor.Errorf(clamor.Unauthenticated,
			"webhook-signature is missing: Fathom signs each call with the secret that it showed when the webhook was made")
	}
	return verifyStandard(s.Secret, r, now)
}

// parseFathom reads a webhook, which is the meeting itself, or a page of meetings.
func parseFathom(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if d.Topic != "" {
		for _, m := range root.objects("items") {
			fathomMeeting(m, o).harvest(&h, fathomKind, o, &faults)
		}
		return harvested(h, d, faults)
	}
	if root.word("recording_id") == "" {
		root.fault("recording_id", "is missing: this is no meeting of Fathom")
		return harvested(h, d, faults)
	}
	m := fathomMeeting(root, o)
	if root.m["transcript"] == nil && blank(m.summary) {
		root.fault("transcript", "is missing, and the summary too: tick both in the webhook's settings at Fathom, or let the source pull")
	}
	m.harvest(&h, fathomKind, o, &faults)
	return harvested(h, d, faults)
}

// fathomMeeting reads a meeting. What its webhook was not told to include is null.
func fathomMeeting(o object, options ParseOptions) meeting {
	m := meeting{
		path:     o.path,
		internal: o.word("calendar_invitees_domains_type") == "only_internal",
		summary:  fathomSummary(o),
		note: clamor.Note{
			ExternalID: o.text("recording_id", maxID),
			Title:      cmp.Or(o.text("meeting_title", maxURL), o.text("title", maxURL)),
			URL:        cmp.Or(o.link("share_url"), o.link("url")),
			OccurredAt: o.moment("recording_start_time"),
			Author:     person(o, "recorded_by"),
		},
	}
	if m.note.OccurredAt.IsZero() {
		m.note.OccurredAt = o.moment("created_at")
	}
	for _, invitee := range o.objects("calendar_invitees") {
		g := guest{Person: clamor.Person{Name: invitee.text("name", maxName), Email: invitee.text("email", maxName)},
			alias: invitee.text("matched_speaker_display_name", maxName)}
		if external, ok := invitee.m["is_external"].(bool); ok {
			g.side = sideOurs
			if external {
				g.side = sideTheirs
			}
		}
		m.guests = append(m.guests, g)
	}
	named := map[string]bool{}
	for _, t := range o.objects("transcript") {
		who := t.down("speaker")
		name := who.word("display_name")
		at, _ := clockTime(t.word("timestamp"))
		m.said = append(m.said, utterance{speaker: name, words: t.raw("text"), at: at})
		if email := who.word("matched_calendar_invitee_email"); email != "" && !named[email] {
			named[email] = true
			m.name(email, name)
		}
	}
	m.account, m.deal = fathomCRM(o.down("crm_matches"), options.currency())
	return m
}

// name tells what a recorder calls the guest of an address.
func (m *meeting) name(email, alias string) {
	for i, g := range m.guests {
		if strings.EqualFold(g.Email, email) && g.alias == "" {
			m.guests[i].alias = alias
		}
	}
}

// fathomSummary is what Fathom makes of a meeting, for one whose words were not included.
func fathomSummary(o object) string {
	var tasks []string
	for _, item := range o.objects("action_items") {
		if text := cleanLine(item.raw("description")); text != "" {
			tasks = append(tasks, "- "+text)
		}
	}
	return summed(unmarkedDown(o.down("default_summary").raw("markdown_formatted")), strings.Join(tasks, "\n"))
}

// unmarkedDown takes from Markdown what is not said of the meeting: the addresses of links, and the heading that all of it stands under.
func unmarkedDown(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if fold(strings.TrimLeft(line, "# ")) == "summary" {
			continue
		}
		for {
			before, link, ok := strings.Cut(line, "](")
			_, after, closed := strings.Cut(link, ")")
			at := strings.LastIndexByte(before, '[')
			if !ok || !closed || at < 0 {
				break
			}
			b.WriteString(before[:at] + before[at+1:])
			line = after
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimSpace(b.String())
}

// fathomCRM is the account and the deal that a meeting was matched with, where it is one. Fathom knows them by their addresses in the CRM.
func fathomCRM(o object, currency string) (a clamor.AccountFacts, d *clamor.DealFacts) {
	if companies := o.objects("companies"); len(companies) == 1 {
		a.Name = companies[0].text("name", maxName)
		if system, id := crmRecord(companies[0].word("record_url")); id != "" {
			a.ExternalIDs = map[string]string{system: id}
		}
	}
	deals := o.objects("deals")
	if len(deals) != 1 {
		return a, nil
	}
	system, id := crmRecord(deals[0].word("record_url"))
	if id == "" {
		return a, nil
	}
	return a, completeDeal(clamor.DealFacts{System: system, ExternalID: id, Name: deals[0].text("name", maxName),
		Amount: deals[0].exact("amount", currency)})
}

// crmRecord reads the id of a record from its address in HubSpot or Salesforce.
func crmRecord(address string) (system, id string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	host, parts := strings.ToLower(u.Hostname()), strings.Split(strings.Trim(u.Path, "/"), "/")
	last := parts[len(parts)-1]
	switch {
	case strings.HasSuffix(host, "hubspot.com"):
		return hubSpotKind, last
	case strings.HasSuffix(host, ".force.com") || strings.HasSuffix(host, ".salesforce.com"):
		if last == "view" && len(parts) > 1 {
			last = parts[len(parts)-2]
		}
		if n := len(last); n == 15 || n == 18 {
			return salesforceKind, salesforceID(last)
		}
	}
	return "", ""
}

// fathomTopic is that of pages of meetings.
const fathomTopic = "meetings"

// pullFathom reads the meetings since the last pull with all that belongs to them.
func pullFathom(ctx context.Context, p Pull) error {
	at, err := p.place(fathomTopic)
	if err != nil {
		return err
	}
	for {
		query := url.Values{"created_after": {at.From.Format(time.RFC3339)}, "include_transcript": {"true"}, "include_summary": {"true"},
			"include_action_items": {"true"}, "include_crm_matches": {"true"}}
		if at.Page != "" {
			query.Set("cursor", at.Page)
		}
		body, err := p.ask(ctx, "Fathom", Call{URL: strings.TrimRight(p.Setting("base_url"), "/") + "/meetings?" + query.Encode(),
			Header: http.Header{"X-Api-Key": {p.Source.Token}}})
		if err != nil {
			return err
		}
		var answer struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next_cursor"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return clamor.Errorf(clamor.Unavailable, "Fathom's answer is no list of meetings: look at base_url, or try again later")
		}
		page := Page{Topic: fathomTopic, Cursor: at.next(answer.Next)}
		if len(answer.Items) > 0 {
			page.Body = body
		}
		if err := p.Keep(ctx, page); err != nil {
			return err
		}
		if answer.Next == "" || answer.Next == at.Page {
			return nil
		}
		at.Page = answer.Next
	}
}
