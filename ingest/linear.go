package ingest

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"

	"clamor"
)

func linear() Adapter {
	return Adapter{
		Kind:  "linear",
		Title: "Linear",
		Settings: []Setting{
			{Name: "external_ids", Meaning: "the system that a customer's external ids belong to, e.g. salesforce", Default: crmSystem},
			{Name: "revenue", Meaning: "what a customer's revenue in Linear is: yearly or monthly recurring revenue, or none of ours",
				Default: "yearly"},
			{Name: "currency", Meaning: "of that revenue, e.g. EUR; empty is the house's"},
		},
		Verify:     verifyLinear,
		Check:      checkJSON,
		DeliveryID: func(header http.Header, _ []byte) string { return header.Get("Linear-Delivery") },
		Parse:      parseLinear,
	}
}

// linearWindow is how far the signed time may lie from now.
const linearWindow = time.Minute

// verifyLinear checks the signature, and the time in the body: the header that repeats it is not signed.
func verifyLinear(s clamor.Source, r Request, now time.Time) error {
	if err := signedBody(s, r, "Linear-Signature", "", sha256.New, "the webhook's Signing secret, under Settings, API, Webhooks"); err != nil {
		return err
	}
	o, err := rootOf(r.Body, new([]clamor.Fault))
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "the signed body holds no webhookTimestamp, for it is no JSON object")
	}
	at := o.since1970("webhookTimestamp", time.Millisecond)
	if age := now.Sub(at); at.IsZero() || age > linearWindow || age < -linearWindow {
		return clamor.Errorf(clamor.Unauthenticated,
			"webhookTimestamp lies more than %v from now: sign anew for each attempt, and set the clock", linearWindow)
	}
	return nil
}

func parseLinear(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	var h clamor.Harvest
	switch action := root.word("action"); {
	case root.word("type") == "CustomerNeed" && (action == "create" || action == "update"):
		h.Notes = linearNeed(root, o)
	case root.word("type") == "Customer" && (action == "create" || action == "update"):
		if facts := linearCustomer(root.down("data"), o); facts.Known() {
			h.Accounts = []clamor.AccountFacts{facts}
		}
	case root.word("type") == "Issue" && action == "update":
		h.Issues = linearIssue(root, d)
	}
	return harvested(h, d, faults)
}

// linearNeed reads a customer's need. That somebody attached it to an issue says what it asks for, even where its words do not.
func linearNeed(root object, o ParseOptions) []clamor.Intake {
	need := root.down("data")
	issue, customer := need.down("issue"), need.down("customer")
	account := linearCustomer(customer, o)
	if id := need.word("customerId"); id != "" {
		if account.ExternalIDs == nil {
			account.ExternalIDs = map[string]string{}
		}
		account.ExternalIDs["linear"] = id
	}
	title := issue.text("title", maxURL)
	n := clamor.Note{
		ExternalID: idBehind("need:", need.word("id")),
		Kind:       clamor.CRM,
		Title:      title,
		Text:       need.raw("body"),
		URL:        issue.link("url"),
		OccurredAt: need.moment("createdAt"),
		Author:     person(root, "actor"),
	}
	if blank(n.Text) {
		n.Text = title
	}
	if blank(n.Text) || !account.Known() {
		need.fault("customer", "a need is read once it has a customer, and a body or an issue")
		return nil
	}
	account.AsOf = root.moment("createdAt")
	in := intakeOf(n, account, nil, o, nil)
	if len(in.Asks) == 0 {
		in.Asks = statedAsk(title, in.Note)
	}
	if need.word("priority") == "1" {
		emphasize(in.Asks, clamor.Important)
	}
	return []clamor.Intake{in}
}

// statedAsk is the one ask of a note of which the sender says what it is about: the title, with the whole text as the words.
func statedAsk(title string, n clamor.Note) []clamor.Ask {
	if title == "" {
		title = cleanLine(n.Text)
	}
	s := trimmed(n.Text, 0, len(n.Text))
	ask := clamor.Ask{Text: title, Quote: n.Text[s.start:s.end], Start: s.start, End: s.end}
	if len(ask.Text) > maxAsk {
		return nil
	}
	if len(ask.Quote) > maxAsk {
		ask.Quote, ask.Start, ask.End = title, 0, 0
	}
	return identified([]clamor.Ask{ask}, n)
}

// emphasize gives a priority to the asks whose words say none.
func emphasize(asks []clamor.Ask, p clamor.Priority) {
	for i := range asks {
		if asks[i].Priority == "" {
			asks[i].Priority = p
		}
	}
}

func linearCustomer(c object, o ParseOptions) clamor.AccountFacts {
	f := clamor.AccountFacts{Name: c.text("name", maxName), Domains: domains(c, true), AsOf: c.moment("updatedAt"), Source: o.Source}
	external := ""
	for _, v := range c.list("externalIds") {
		if id, ok := v.(string); ok && external == "" && len(id) <= maxID { // an account has one id in a system
			external = cleanLine(id)
		}
	}
	f.ExternalIDs = idsOf("linear", c.text("id", maxID), o.told("linear", "external_ids"), external)
	f.ARR = c.recurring("revenue", o.told("linear", "revenue"), o.inCurrency("linear"))
	return f
}

// linearIssue reads that an issue came to another state. Its address ends in its title, which links leave out as often as not.
func linearIssue(root object, d clamor.Delivery) []clamor.IssueNews {
	if _, moved := root.down("updatedFrom").m["stateId"]; !moved {
		return nil
	}
	data := root.down("data")
	news := clamor.IssueNews{URL: root.link("url"), State: "open", At: root.moment("createdAt"), By: root.down("actor").word("name")}
	if news.At.IsZero() {
		news.At = d.ReceivedAt
	}
	switch data.down("state").word("type") {
	case "completed":
		news.State, news.Reason = "closed", "completed"
	case "canceled":
		news.State, news.Reason = "closed", "not_planned"
	case "duplicate":
		news.State, news.Reason = "closed", "duplicate"
	}
	if news.URL == "" {
		root.fault("url", "is missing: an issue without its address cannot be found")
		return nil
	}
	all := []clamor.IssueNews{news}
	if parts := strings.Split(news.URL, "/"); slices.Contains(parts, "issue") && len(parts) == 7 {
		news.URL = strings.Join(parts[:6], "/")
		all = append(all, news)
	}
	return all
}

// recurring is an amount of recurring revenue, for a year.
func (o object) recurring(key, per, currency string) *clamor.Money {
	switch per {
	case "yearly":
		return o.exact(key, currency)
	case "monthly":
		return yearly(o.exact(key, currency))
	}
	return nil
}

// inCurrency is the currency that a source of a kind tells its amounts in.
func (o ParseOptions) inCurrency(kind string) string {
	if c := o.told(kind, "currency"); c != "" {
		return c
	}
	return o.currency()
}
