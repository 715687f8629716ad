package ingest

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// vitallyKind is the kind of the source, and the system under which ids of Vitally are known.
const vitallyKind = "vitally"

func vitally() Adapter {
	return Adapter{
		Kind:       vitallyKind,
		Title:      "Vitally",
		Settings:   vitallySettings(),
		Verify:     func(s clamor.Source, r Request, _ time.Time) error { return provenBySecret(s, r) },
		Mapped:     plainValue,
		Check:      checkJSON,
		DeliveryID: genericDeliveryID,
		Parse:      parseVitally,
		Pull:       pullVitally,
	}
}

func vitallySettings() []Setting {
	return []Setting{
		{Name: "base_url", Meaning: "the address of the API: https://SUBDOMAIN.rest.vitally.io/resources, or " +
			"https://rest.vitally-eu.io/resources in the EU", Required: true},
		{Name: "topics", Meaning: "what is pulled, of accounts, notes and nps", Default: "accounts,notes,nps"},
		{Name: "currency", Meaning: "the currency of MRR, such as EUR: Vitally names none; without it the house's own"},
		{Name: "health_red_below", Meaning: "a health score, of 0 to 10, below this is red", Default: "4"},
		{Name: "health_yellow_below", Meaning: "a health score below this is yellow, any other green", Default: "7"},
		{Name: "domain_trait", Meaning: "traits that hold an account's domain, the first that is there counts",
			Default: "domain,website,hspot.domain,hspot.website,sfdc.Website"},
		{Name: "salesforce_trait", Meaning: "the trait that holds an account's id in Salesforce", Default: "sfdc.Id"},
		{Name: "hubspot_trait", Meaning: "the trait that holds an account's id in HubSpot", Default: "hspot.id"},
		{Name: "plan_trait", Meaning: "the trait that holds an account's plan", Default: "plan"},
		{Name: "external_system", Meaning: "which system the external ids of accounts belong to", Default: "product"},
	}
}

// parseVitally reads a page, or what a playbook sends: in the shape that its documentation here proposes, or by the source's mapping.
func parseVitally(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	if d.Topic == "" && len(o.Mapping) > 0 {
		return parseMapped(d, o, false)
	}
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	faults := &[]clamor.Fault{}
	root, err := rootOf(d.Body, faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	r := vitallyReader{options: o, told: toldBy(vitallyKind, o), pushed: d.Topic == "", context: root.down("context")}
	if d.Topic == "" && root.m["results"] == nil {
		r.playbook(root)
	}
	for i, item := range root.list("results") {
		at := fmt.Sprintf("results[%d]", i)
		m, ok := item.(map[string]any)
		if !ok {
			root.fault(at, "must be an object, not %s", typeName(item))
			continue
		}
		r.read(d.Topic, object{at, m, faults})
	}
	for i := range r.harvest.Notes {
		r.harvest.Notes[i].Note.Delivery = d.ID
	}
	return r.harvest, clamor.Refuse("some records cannot be read", *faults)
}

// vitallyReader makes accounts and notes of records.
type vitallyReader struct {
	options ParseOptions
	told    map[string]string
	pushed  bool   // and not pulled
	context object // what Vitally tells elsewhere of the records of a page: people and accounts by their ids
	harvest clamor.Harvest
}

// read takes in one record. A page whose topic is not told shows it by what its records hold.
func (r *vitallyReader) read(topic string, o object) {
	_, isNote := o.m["note"]
	_, isSurvey := o.m["score"]
	switch {
	case topic == "notes" || topic == "" && isNote:
		r.note(o)
	case topic == "nps" || topic == "" && isSurvey:
		r.survey(o)
	default:
		if f := r.account(o); f.Known() {
			r.harvest.Accounts = append(r.harvest.Accounts, f)
		} else {
			o.fault("id", "is missing: an account needs its id or its name")
		}
	}
}

// account reads an account. Vitally holds no yearly revenue and no currency.
func (r *vitallyReader) account(o object) clamor.AccountFacts {
	currency := cmp.Or(r.told["currency"], r.options.currency())
	traits := o.down("traits")
	f := r.known(o.text("id", maxID), o.text("externalId", maxID))
	f.Name = o.text("name", maxName)
	f.ARR = yearly(o.exact("mrr", currency))
	f.Plan = traits.word(r.told["plan_trait"])
	f.Health = r.health(o)
	f.RenewalOn = o.date("nextRenewalDate")
	f.Owner = r.keeper(o)
	f.AsOf = o.moment("updatedAt")
	if churned := o.moment("churnedAt"); !churned.IsZero() && !churned.After(r.options.ReceivedAt) {
		f.Lifecycle = clamor.Churned
	}
	for _, trait := range named(r.told["domain_trait"]) {
		if f.Domains == nil {
			f.Domains = domainsIn(traits.word(trait))
		}
	}
	if segment, ok := firstObject(o, "segments"); ok {
		f.Segment = segment.text("name", maxName)
	}
	if id := salesforceID(traits.text(r.told["salesforce_trait"], maxID)); id != "" {
		f.ExternalIDs[salesforceKind] = id
	}
	if id := traits.text(r.told["hubspot_trait"], maxID); id != "" {
		f.ExternalIDs[hubSpotKind] = id
	}
	return f
}

// known is an account as far as its ids tell it.
func (r *vitallyReader) known(id, external string) clamor.AccountFacts {
	f := clamor.AccountFacts{ExternalIDs: map[string]string{}, Source: r.options.Source}
	if id != "" {
		f.ExternalIDs[vitallyKind] = id
	}
	if external != "" {
		f.ExternalIDs[r.told["external_system"]] = external
	}
	return f
}

// health reads the score, of 0 to 10.
func (r *vitallyReader) health(o object) clamor.Health {
	text := o.word("healthScore")
	if text == "" {
		return ""
	}
	score, err := strconv.ParseFloat(text, 64)
	red, redErr := strconv.ParseFloat(r.told["health_red_below"], 64)
	yellow, yellowErr := strconv.ParseFloat(r.told["health_yellow_below"], 64)
	switch {
	case err != nil:
		o.fault("healthScore", "%q is no score", clip(text))
		return ""
	case redErr != nil || yellowErr != nil:
		o.fault("healthScore", "cannot be judged: health_red_below and health_yellow_below must be numbers")
		return ""
	case score < red:
		return clamor.Red
	case score < yellow:
		return clamor.Yellow
	}
	return clamor.Green
}

// keeper is who looks after the account: its CSM, else whoever has the first role.
func (r *vitallyReader) keeper(o object) string {
	name := ""
	for _, item := range o.list("keyRoles") {
		m, _ := item.(map[string]any)
		role := object{m: m, faults: o.faults}
		person := role.down("vitallyUser").word("name")
		if label := role.down("keyRole").word("label"); name == "" || strings.EqualFold(label, "CSM") {
			name = cmp.Or(person, name)
		}
	}
	return name
}

// firstObject is the first element of a list, where it is an object.
func firstObject(o object, key string) (object, bool) {
	list := o.list(key)
	if len(list) == 0 {
		return object{}, false
	}
	m, ok := list[0].(map[string]any)
	return object{o.at(key) + "[0]", m, o.faults}, ok
}

func (r *vitallyReader) note(o object) {
	text := plain(o.raw("note"))
	if blank(text) || o.word("archivedAt") != "" {
		return
	}
	author := r.context.down("people", o.word("authorId"))
	n := clamor.Note{
		ExternalID: o.text("id", maxID),
		Kind:       clamor.CRM,
		Title:      o.text("subject", maxName),
		Text:       text,
		OccurredAt: o.moment("noteDate"),
		Author:     clamor.Person{Name: author.word("name"), Email: author.word("email")},
	}
	if n.OccurredAt.IsZero() || n.OccurredAt.After(r.options.ReceivedAt) {
		n.OccurredAt = o.moment("createdAt")
	}
	r.keep(o, n, r.known(o.text("accountId", maxID), ""), "accountId", "is missing: attach the note to an account")
}

// survey is the words that somebody gave with a score; the score alone asks for nothing.
func (r *vitallyReader) survey(o object) {
	text := o.raw("feedback")
	if blank(text) {
		return
	}
	user := r.context.down("people", o.word("userId"))
	n := clamor.Note{
		ExternalID: o.text("id", maxID),
		Kind:       clamor.Survey,
		Title:      strings.TrimSpace("NPS " + o.word("score")),
		Text:       text,
		OccurredAt: o.moment("respondedAt"),
		Contact:    clamor.Person{Name: user.word("name"), Email: user.word("email")},
	}
	account := r.known(cmp.Or(o.text("accountId", maxID), user.word("account")), "")
	if len(account.ExternalIDs) == 0 {
		account.Domains = domainsIn(user.word("email"))
	}
	r.keep(o, n, account, "userId", "belongs to no account that can be told: give the user an account in Vitally")
}

// playbook reads what a playbook's webhook sends in the proposed shape.
func (r *vitallyReader) playbook(o object) {
	account := r.known(o.text("accountId", maxID), o.text("accountExternalId", maxID))
	account.Name = o.text("accountName", maxName)
	account.Domains = domainsIn(o.word("accountDomain"))
	n := clamor.Note{
		ExternalID: o.text("noteId", maxID),
		Kind:       clamor.CRM,
		Title:      o.text("subject", maxName),
		Text:       plain(o.raw("note")),
		URL:        o.link("url"),
		OccurredAt: o.moment("noteDate"),
		Author:     clamor.Person{Name: o.text("authorName", maxName), Email: o.text("authorEmail", maxName)},
	}
	if blank(n.Text) {
		o.fault("note", "is missing: have the playbook send {\"accountId\", \"accountName\", \"note\"}, or give the source a mapping")
		return
	}
	r.keep(o, n, account, "accountId", "is missing, and so are accountExternalId and accountName: send one of them")
}

// keep keeps a note of an account that can be told. Of a pulled one without, a person hears only if it asks for something.
func (r *vitallyReader) keep(o object, n clamor.Note, account clamor.AccountFacts, key, fault string) {
	if len(account.ExternalIDs) == 0 {
		account.ExternalIDs = nil
	}
	in := intakeOf(n, account, nil, r.options, nil)
	if account.Known() {
		r.harvest.Notes = append(r.harvest.Notes, in)
	} else if r.pushed || len(in.Asks) > 0 {
		o.fault(key, "%s", fault)
	}
}
