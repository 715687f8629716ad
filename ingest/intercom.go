package ingest

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // what Intercom signs with
	"net/http"
	"strings"
	"time"

	"clamor"
)

func intercom() Adapter {
	return Adapter{
		Kind:  "intercom",
		Title: "Intercom",
		Settings: accountSettings("a company's spend",
			Setting{Name: "spend", Meaning: "what a company's monthly_spend is: monthly recurring revenue, yearly, or none of ours",
				Default: "monthly"},
			Setting{Name: "company_ids", Meaning: "the system that a company's own company_id belongs to, e.g. salesforce; empty: none"},
			Setting{Name: "tag", Meaning: "read only conversations with this tag, e.g. feature request; empty reads all"},
			Setting{Name: "base_url", Meaning: "the address of the API; in Europe https://api.eu.intercom.io", Default: "https://api.intercom.io"},
			Setting{Name: "whole", Meaning: "yes: whatever is said, the whole conversation is fetched as one note; needs a token"},
			sinceSetting()),
		Verify: func(s clamor.Source, r Request, _ time.Time) error {
			return signedBody(s, r, "X-Hub-Signature", "sha1=", sha1.New, "the app's Client secret, under Basic information")
		},
		Check:      checkJSON,
		DeliveryID: func(_ http.Header, body []byte) string { return topLevel(body, "id") },
		Parse:      parseIntercom,
		Handshake:  greetIntercom,
		Fetch:      fetchIntercom,
		Pull:       pullIntercom,
	}
}

// topLevel is one field of a body that is a JSON object, "" where there is none.
func topLevel(body []byte, key string) string {
	o, err := rootOf(body, new([]clamor.Fault))
	if err != nil {
		return ""
	}
	return o.word(key)
}

// greetIntercom answers the test of a new address: a HEAD, or a ping.
func greetIntercom(_ clamor.Source, r Request) *Answer {
	if r.Method == http.MethodHead || r.Method == http.MethodPost && topLevel(r.Body, "topic") == "ping" {
		return welcome()
	}
	return nil
}

func parseIntercom(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	var h clamor.Harvest
	item, topic := root.down("data", "item"), root.word("topic")
	switch {
	case d.Topic == "companies":
		for _, c := range root.items("data") {
			h.Accounts = append(h.Accounts, intercomAccount(c, o))
		}
	case d.Topic == "conversation":
		h.Notes = intercomConversation(root, o)
	case topic == "conversation.user.created", topic == "conversation.user.replied":
		if h.Thin = o.told("intercom", "whole") == "yes"; !h.Thin {
			h.Notes = intercomNews(item, o)
		}
	case strings.HasPrefix(topic, "company.") && item.word("type") == "company" && topic != "company.deleted":
		h.Accounts = []clamor.AccountFacts{intercomAccount(item, o)}
	}
	return harvested(h, d, faults)
}

// intercomAccount reads a company.
func intercomAccount(c object, o ParseOptions) clamor.AccountFacts {
	f := clamor.AccountFacts{
		Name:        c.text("name", maxName),
		ExternalIDs: idsOf("intercom", c.text("id", maxID), o.told("intercom", "company_ids"), c.text("company_id", maxID)),
		Domains:     domainsIn(c.word("website")),
		Segment:     c.text("industry", maxName),
		Plan:        c.down("plan").text("name", maxName),
		ARR:         c.recurring("monthly_spend", o.told("intercom", "spend"), o.inCurrency("intercom")),
		AsOf:        c.since1970("updated_at", time.Second),
		Source:      o.Source,
	}
	if f.ARR != nil && f.ARR.Minor == 0 {
		f.ARR = nil // Intercom writes 0 where nobody told it
	}
	return f
}

// intercomNews makes a note of what a customer has just said: the opening of a conversation, or the last of its parts.
func intercomNews(item object, o ParseOptions) []clamor.Intake {
	opening := intercomOpening(item)
	var turns []turn
	id, at, who := "", item.since1970("created_at", time.Second), intercomWho(item, opening)
	for _, part := range item.down("conversation_parts").items("conversation_parts") {
		if t, ok := intercomTurn(part); ok && !t.ours {
			turns, id, at = append(turns, t), ":part:"+part.word("id"), part.since1970("created_at", time.Second)
			who = intercomWho(item, part)
		}
	}
	if len(turns) == 0 {
		if t, ok := intercomTurn(opening); ok && !t.ours {
			t.opening = true
			turns = []turn{t}
		}
	}
	return intercomNote(item, id, at, who, turns, o)
}

// intercomConversation makes one note of a whole conversation, as it is pulled. It grows by versions.
func intercomConversation(item object, o ParseOptions) []clamor.Intake {
	opening := intercomOpening(item)
	var turns []turn
	for _, part := range append([]object{opening}, item.down("conversation_parts").items("conversation_parts")...) {
		if t, ok := intercomTurn(part); ok {
			t.opening = len(turns) == 0
			turns = append(turns, t)
		}
	}
	return intercomNote(item, "", item.since1970("created_at", time.Second), intercomWho(item, opening), turns, o)
}

func intercomNote(item object, part string, at time.Time, who clamor.Person, turns []turn, o ParseOptions) []clamor.Intake {
	if tag := o.told("intercom", "tag"); tag != "" && !intercomTagged(item, tag) {
		return nil
	}
	n := clamor.Note{
		ExternalID: idBehind("conversation:", item.word("id")+part),
		Kind:       clamor.Ticket,
		Title:      cmp.Or(item.text("title", maxURL), plain(intercomOpening(item).raw("subject"))),
		URL:        webAddress(item.down("links").word("conversation_web")),
		OccurredAt: at,
		Contact:    who,
	}
	return ticketNote(n, intercomCompany(item, who, o), turns, o)
}

// intercomCompany is the account of a conversation: its company where the item holds it, else by the address.
func intercomCompany(item object, who clamor.Person, o ParseOptions) clamor.AccountFacts {
	holders := append(item.down("contacts").items("contacts"), item.down("user"), item)
	for _, holder := range holders {
		companies := append(holder.down("companies").items("companies"), holder.down("companies").items("data")...)
		for _, c := range append(companies, holder.down("company")) {
			if facts := intercomAccount(c, o); facts.Known() {
				return facts
			}
		}
	}
	return accountAt(who.Email)
}

// intercomOpening is what a conversation began with, in the shape of today or in the one before.
func intercomOpening(item object) object {
	if source := item.down("source"); source.m != nil {
		return source
	}
	return item.down("conversation_message")
}

// intercomTurn reads what somebody said. A note among admins is said to nobody; and an assignment says nothing.
func intercomTurn(part object) (turn, bool) {
	kind := part.word("part_type")
	if strings.Contains(kind, "note") || part.word("redacted") == "true" {
		return turn{}, false
	}
	text := plain(part.raw("body"))
	author := part.down("author")
	by := author.word("type")
	customer := by == "user" || by == "lead" || by == "contact"
	return turn{speaker: author.text("name", maxName), text: text, ours: !customer}, !blank(text)
}

// intercomWho is who said a part, completed by the user that the old shape names beside it.
func intercomWho(item, part object) clamor.Person {
	author := part.down("author")
	who := clamor.Person{Name: author.text("name", maxName), Email: author.text("email", maxName)}
	if user := item.down("user"); who.Name == "" && who.Email == "" {
		who = clamor.Person{Name: user.text("name", maxName), Email: user.text("email", maxName)}
	}
	return who
}

func intercomTagged(item object, tag string) bool {
	for _, t := range item.down("tags").items("tags") {
		if fold(t.word("name")) == fold(tag) {
			return true
		}
	}
	return false
}
