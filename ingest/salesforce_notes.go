package ingest

import (
	"cmp"
	"strings"
	"time"

	"clamor"
)

// property is one field of a record that a setting names; a lookup has a dot. No key means that there is none.
type property struct {
	object
	key string
}

// custom is the field that a setting names.
func (r *salesforceReader) custom(o object, setting string) property {
	return propertyAt(o, r.told[setting])
}

func propertyAt(o object, path string) property {
	keys := strings.Split(strings.TrimSpace(path), ".")
	last := len(keys) - 1
	return property{o.down(keys[:last]...), keys[last]}
}

func (p property) line() string { return p.text(p.key, maxName) }

func (p property) money(currency string) *clamor.Money { return p.exact(p.key, currency) }

func (p property) day() clamor.Date { return p.date(p.key) }

// oneOf is a word that people have several names for.
func (p property) oneOf(known map[string]string, choose string) string {
	text := p.word(p.key)
	if text == "" {
		return ""
	}
	word, ok := known[columnKey(text)]
	if !ok {
		p.fault(p.key, "%q is unknown: choose %s", clip(text), choose)
	}
	return word
}

// named takes apart a setting that lists names with commas between them; a dash stands for none.
func named(list string) []string {
	var names []string
	for name := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ',' || c == ';' }) {
		if name = strings.TrimSpace(name); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// rich takes the words out of a field that may hold HTML. In a field that holds plain text, a "<" is a word of its own.
func rich(text string) string {
	if strings.Contains(text, "</") || strings.Contains(strings.ToLower(text), "<br") {
		return plain(text)
	}
	return text
}

// requests makes a note of each of the fields that hold what the customer asks for.
func (r *salesforceReader) requests(o object, account clamor.AccountFacts, deal *clamor.DealFacts, fields string) {
	id := salesforceID(o.text("Id", maxID))
	for _, name := range named(fields) {
		p := propertyAt(o, name)
		text := rich(p.raw(p.key))
		if blank(text) {
			continue
		}
		n := clamor.Note{Kind: clamor.CRM, Title: o.text("Name", maxName), Text: text, OccurredAt: r.past(o, "CreatedDate"), URL: r.link(id),
			Author: r.owner(o)}
		if id != "" {
			n.ExternalID = id + "/" + name
		}
		r.note(o, n, account, deal)
	}
}

// activity is a note of a call, a meeting or a case.
func (r *salesforceReader) activity(kind string, o object, parent *sObject) {
	text := o.raw("Description")
	if blank(text) {
		return
	}
	id := salesforceID(o.text("Id", maxID))
	n := clamor.Note{ExternalID: id, Kind: clamor.CRM, Title: o.text("Subject", maxName), Text: text, URL: r.link(id), Author: r.owner(o)}
	who := o.down("Who")
	switch kind {
	case "Case":
		n.Kind, n.Author, who = clamor.Ticket, clamor.Person{}, o.down("Contact")
		n.OccurredAt = r.past(o, "CreatedDate")
	case "Event":
		n.Kind, n.OccurredAt = clamor.Call, r.past(o, "StartDateTime", "CreatedDate")
	default:
		if o.word("TaskSubtype") == "Call" || o.word("CallType") != "" || cmp.Or(o.word("CallDurationInSeconds"), "0") != "0" {
			n.Kind = clamor.Call
		}
		n.OccurredAt = r.performed(o)
	}
	n.Contact = clamor.Person{Name: who.text("Name", maxName), Email: who.text("Email", maxName), Title: who.text("Title", maxName)}
	r.note(o, n, r.whose(o, parent), r.dealOf(o, parent))
}

func (r *salesforceReader) owner(o object) clamor.Person {
	owner := o.down("Owner")
	return clamor.Person{Name: owner.text("Name", maxName), Email: owner.text("Email", maxName)}
}

// performed is when a task was done: its day is the day it is due, which counts only where it was written down later.
func (r *salesforceReader) performed(o object) time.Time {
	created := r.past(o, "CreatedDate", "CompletedDateTime")
	day := r.past(o, "ActivityDate")
	if !day.IsZero() && (created.IsZero() || clamor.DateOf(day) < clamor.DateOf(created)) {
		return day
	}
	return created
}

// past is the first of some times that is there and has come.
func (r *salesforceReader) past(o object, keys ...string) time.Time {
	for _, key := range keys {
		t := o.moment(key)
		if !t.IsZero() && (r.options.ReceivedAt.IsZero() || !t.After(r.options.ReceivedAt)) {
			return t
		}
	}
	return time.Time{}
}

func (r *salesforceReader) link(id string) string {
	link := r.instance + "/" + id
	if id == "" || !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") || len(link) > maxURL {
		return ""
	}
	return link
}

// note keeps a note of an account that can be known again.
func (r *salesforceReader) note(o object, n clamor.Note, account clamor.AccountFacts, deal *clamor.DealFacts) {
	account.AsOf = heldAt(o.m)
	in := intakeOf(n, account, deal, r.options, nil)
	if account.Known() {
		r.harvest.Notes = append(r.harvest.Notes, in)
	} else if r.pushed || len(in.Asks) > 0 {
		o.fault("AccountId", "is missing: a note needs its account")
	}
}
