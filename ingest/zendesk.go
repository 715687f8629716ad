package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"clamor"
)

func zendesk() Adapter {
	return Adapter{
		Kind:  "zendesk",
		Title: "Zendesk",
		Settings: accountSettings("that field",
			Setting{Name: "base_url", Meaning: "the address of your Zendesk, e.g. https://acme.zendesk.com", Required: true},
			Setting{Name: "user", Meaning: "the e-mail address whose API token the source has, e.g. ops@acme.example", Required: true},
			Setting{Name: "tag", Meaning: "read only tickets with this tag, e.g. feature_request; empty reads all"},
			Setting{Name: "arr_field", Meaning: "the organization field that holds the yearly recurring revenue, e.g. arr; empty: none does"},
			Setting{Name: "external_ids", Meaning: "the system that an organization's external id belongs to, e.g. salesforce; empty: none"},
			sinceSetting()),
		Verify:     verifyZendesk,
		Check:      checkZendesk,
		DeliveryID: zendeskDeliveryID,
		Parse:      parseZendesk,
		Blank:      func(body []byte) []byte { return blankJSON(body, "metadata.system") },
		Fetch:      fetchZendesk,
		Pull:       pullZendesk,
	}
}

// verifyZendesk checks HMAC-SHA256 over time and body. The secret is used as the text that Zendesk shows, although it looks like base64.
func verifyZendesk(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	stamp := r.Header.Get("X-Zendesk-Webhook-Signature-Timestamp")
	signed, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "X-Zendesk-Webhook-Signature-Timestamp must be a time such as 2026-10-03T14:00:00Z")
	}
	if err := timely(signed, now); err != nil {
		return err
	}
	given := r.Header.Get("X-Zendesk-Webhook-Signature")
	if !macFits(sha256.New, []byte(s.Secret), append([]byte(stamp), r.Body...), given, base64.StdEncoding.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated, "X-Zendesk-Webhook-Signature does not fit: the secret is under Reveal secret at the webhook")
	}
	return nil
}

// checkZendesk accepts JSON, and the body of a trigger whose JSON a quotation mark in a comment broke.
func checkZendesk(header http.Header, body []byte) error {
	err := checkJSON(header, body)
	if err != nil && clamor.KindOf(err) == clamor.Invalid && firstInvalid(body) < 0 && pasted(string(body))["ticket_id"] != "" {
		return nil
	}
	return err
}

// zendeskRoot reads an event, a page of ours, or the body that an admin pasted into a trigger.
func zendeskRoot(body []byte, faults *[]clamor.Fault) (o object, trigger bool, err error) {
	o, err = rootOf(body, faults)
	if _, own := o.m["ticket_id"]; err == nil && !own {
		return o, false, nil
	}
	fields := pasted(string(withoutBOM(body)))
	if fields["ticket_id"] == "" {
		return o, false, err
	}
	m := map[string]any{}
	for name, value := range fields {
		m[name] = value
	}
	return object{"", m, faults}, true, nil
}

func zendeskDeliveryID(header http.Header, body []byte) string {
	if o, trigger, err := zendeskRoot(body, new([]clamor.Fault)); err == nil && !trigger && strings.HasPrefix(o.word("type"), "zen:") {
		return o.word("id")
	}
	return header.Get("X-Zendesk-Webhook-Invocation-Id")
}

func parseZendesk(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, trigger, err := zendeskRoot(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	var h clamor.Harvest
	switch {
	case d.Topic == "organizations":
		for _, org := range root.items("organizations") {
			h.Accounts = append(h.Accounts, zendeskAccount(org, o))
		}
	case d.Topic == "ticket":
		h.Notes = zendeskTicket(root, o)
	case zendeskTicketID(root) == "" || !zendeskSpoken(root, trigger):
	case o.told("zendesk", "base_url") != "" && o.told("zendesk", "user") != "":
		h.Thin = true
	case trigger:
		h.Notes = zendeskPasted(root, o)
	default:
		h.Notes = zendeskEvent(root, o)
	}
	return harvested(h, d, faults)
}

// zendeskTicketID is that of the ticket that a webhook speaks of.
func zendeskTicketID(root object) string {
	if id := root.word("ticket_id"); id != "" {
		return id
	}
	if id := root.down("detail").word("id"); id != "" {
		return id
	}
	return strings.TrimPrefix(root.word("subject"), "zen:ticket:")
}

// zendeskSpoken reports whether a webhook tells of words that a customer can see. What is not called public is private.
func zendeskSpoken(root object, trigger bool) bool {
	switch root.word("type") {
	case "zen:event-type:ticket.created":
		return root.down("detail").word("is_public") == "true"
	case "zen:event-type:ticket.comment_added":
		comment := root.down("event", "comment")
		return comment.word("is_public") == "true" || comment.word("public") == "true"
	}
	return trigger
}

// zendeskEvent makes a note of one comment, for a source that cannot ask for the whole ticket.
func zendeskEvent(root object, o ParseOptions) []clamor.Intake {
	detail, comment := root.down("detail"), root.down("event", "comment")
	if tag := o.told("zendesk", "tag"); tag != "" && !tagged(detail, tag) {
		return nil
	}
	id := zendeskTicketID(root)
	n := clamor.Note{
		ExternalID: "ticket:" + id,
		Kind:       clamor.Ticket,
		Title:      detail.text("subject", maxURL),
		URL:        zendeskURL(o, id),
		OccurredAt: root.moment("time"),
	}
	author := comment.down("author")
	said := turn{text: comment.raw("body"), ours: author.word("is_staff") == "true"}
	switch {
	case comment.m == nil:
		said = turn{text: detail.raw("description"), ours: detail.word("submitter_id") != detail.word("requester_id"), opening: true}
	case fold(said.text) == fold(detail.raw("description")):
		said.opening = true
	default:
		n.ExternalID += ":comment:" + comment.word("id")
	}
	who := clamor.Person{Name: author.text("name", maxName)}
	if said.ours {
		n.Author = who
	} else {
		n.Contact = who
	}
	account := clamor.AccountFacts{ExternalIDs: idsOf("zendesk", detail.text("organization_id", maxID))}
	return ticketNote(n, account, []turn{said}, o)
}

// zendeskPasted makes a note of the body of a trigger.
func zendeskPasted(root object, o ParseOptions) []clamor.Intake {
	if tag := o.told("zendesk", "tag"); tag != "" && !strings.Contains(" "+fold(root.word("tags"))+" ", " "+fold(tag)+" ") {
		return nil
	}
	text := root.raw("comment")
	sum := sha256.Sum256([]byte(text))
	email := root.text("requester_email", maxName)
	account := accountAt(email)
	account.Name = root.text("organization", maxName)
	n := clamor.Note{
		ExternalID: "ticket:" + root.word("ticket_id") + ":said:" + hex.EncodeToString(sum[:8]),
		Kind:       clamor.Ticket,
		Title:      root.text("title", maxURL),
		URL:        webAddress(root.word("url")),
		Contact:    clamor.Person{Name: root.text("requester_name", maxName), Email: email},
	}
	return ticketNote(n, account, []turn{{text: text, opening: true}}, o)
}

// ticketNote makes a note of what was said in a ticket, unless nothing was, or nobody knows whose ticket it is.
func ticketNote(n clamor.Note, account clamor.AccountFacts, turns []turn, o ParseOptions) []clamor.Intake {
	account = o.orDefault(account)
	said := false
	for _, t := range turns {
		said = said || !blank(t.text)
	}
	if !said || !account.Known() {
		return nil
	}
	return []clamor.Intake{talk(n, account, turns, o)}
}

func zendeskURL(o ParseOptions, id string) string {
	if site := o.told("zendesk", "base_url"); site != "" {
		return strings.TrimRight(site, "/") + "/agent/tickets/" + id
	}
	return ""
}

// webAddress completes an address that came without its scheme, as a placeholder for a ticket's link does.
func webAddress(text string) string {
	if text == "" || strings.ContainsAny(text, " {}<>\"") || len(text) > maxURL {
		return ""
	}
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return "https://" + text
	}
	return text
}

func tagged(o object, tag string) bool {
	for _, v := range o.list("tags") {
		if name, ok := v.(string); ok && fold(name) == fold(tag) {
			return true
		}
	}
	return false
}

// zendeskAccount reads an organization.
func zendeskAccount(org object, o ParseOptions) clamor.AccountFacts {
	f := clamor.AccountFacts{Name: org.text("name", maxName), AsOf: org.moment("updated_at"), Source: o.Source}
	f.ExternalIDs = idsOf("zendesk", org.text("id", maxID), o.told("zendesk", "external_ids"), org.text("external_id", maxID))
	for _, v := range org.list("domain_names") {
		if name, ok := v.(string); ok {
			f.Domains = append(f.Domains, domainsIn(name)...)
		}
	}
	if field := o.told("zendesk", "arr_field"); field != "" {
		f.ARR = org.down("organization_fields").exact(field, o.inCurrency("zendesk"))
	}
	return f
}

// zendeskTicket reads a ticket with its comments, users and organization, as fetchTicket puts them together: the whole public talk is one
// note, which grows by versions.
func zendeskTicket(root object, o ParseOptions) []clamor.Intake {
	ticket := root.down("ticket")
	if tag := o.told("zendesk", "tag"); tag != "" && !tagged(ticket, tag) || ticket.word("status") == "deleted" {
		return nil
	}
	users := map[string]object{}
	for _, u := range root.items("users") {
		users[u.word("id")] = u
	}
	requester := users[ticket.word("requester_id")]
	n := clamor.Note{
		ExternalID: idBehind("ticket:", ticket.word("id")),
		Kind:       clamor.Ticket,
		Title:      ticket.text("subject", maxURL),
		URL:        zendeskURL(o, ticket.word("id")),
		OccurredAt: ticket.moment("created_at"),
		Contact:    clamor.Person{Name: requester.text("name", maxName), Email: requester.text("email", maxName)},
	}
	if agent, ok := users[ticket.word("assignee_id")]; ok {
		n.Author = clamor.Person{Name: agent.text("name", maxName), Email: agent.text("email", maxName)}
	}
	var turns []turn
	for _, c := range root.items("comments") {
		if text := zendeskWords(c); c.word("public") == "true" && !blank(text) {
			author := users[c.word("author_id")]
			turns = append(turns, turn{author.text("name", maxName), text, author.word("role") != "end-user", len(turns) == 0})
		}
	}
	account := zendeskAccount(root.down("organization"), o)
	if !account.Known() {
		account = accountAt(n.Contact.Email)
	}
	return ticketNote(n, account, turns, o)
}

func zendeskWords(comment object) string {
	if text := comment.raw("plain_body"); text != "" {
		return text
	}
	return comment.raw("body")
}

// pastedKeys are the fields of the body that an admin pastes into a trigger.
const pastedKeys = " ticket_id title url organization requester_name requester_email comment tags "

// pasted reads the body of a trigger, whose values Zendesk writes in without escaping them: a comment may hold quotation marks and break
// the JSON. A value ends where a field begins that has not been seen yet; the first of a field counts, so that no comment, which comes
// last in our text for it, can set the fields before.
func pasted(body string) map[string]string {
	fields := map[string]string{}
	name, rest := "", body
	for {
		at, end, next := nextField(rest, fields)
		if name != "" {
			fields[name] = unpasted(rest[:at], next == "")
		}
		if next == "" {
			return fields
		}
		fields[next], name, rest = "", next, rest[end:]
	}
}

// nextField finds where the next unseen field begins and where its value does; with none, at is the end.
func nextField(text string, seen map[string]string) (at, end int, name string) {
	for from := 0; ; {
		open := strings.IndexByte(text[from:], '"')
		if open < 0 {
			return len(text), len(text), ""
		}
		open += from
		inner := text[open+1:]
		name, after, closed := strings.Cut(inner, `"`)
		_, known := seen[name]
		colon := strings.TrimLeft(after, " \t\r\n")
		before := strings.TrimRight(text[:open], " \t\r\n")
		fresh := len(seen) == 0 || strings.HasSuffix(before, ",")
		if closed && !known && fresh && name != "" && strings.Contains(pastedKeys, " "+name+" ") && strings.HasPrefix(colon, ":") {
			value := strings.TrimLeft(colon[1:], " \t\r\n")
			return open, len(text) - len(value), name
		}
		from = open + 1
	}
}

// unpasted takes a value out of its quotation marks, and undoes what escaping there is.
func unpasted(value string, last bool) string {
	value = strings.TrimSpace(value)
	if last {
		value = strings.TrimSpace(strings.TrimSuffix(value, "}"))
	}
	value = strings.TrimSpace(strings.TrimSuffix(value, ","))
	value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	var text string
	if json.Unmarshal([]byte(`"`+value+`"`), &text) == nil {
		return text
	}
	return strings.NewReplacer(`\"`, `"`, `\n`, "\n", `\r`, "", `\\`, `\`, `\/`, "/").Replace(value)
}
