package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"clamor"
)

// hubSpotContext is what HubSpot tells elsewhere of the objects of a page. It is kept with the page, so that reading needs nothing else.
type hubSpotContext struct {
	Owners    map[string]clamor.Person `json:"owners,omitempty"`
	Stages    map[string]hubSpotStage  `json:"stages,omitempty"`
	Companies map[string]hubSpotNamed  `json:"companies,omitempty"`
	Deals     map[string]hubSpotNamed  `json:"deals,omitempty"`
	Contacts  map[string]clamor.Person `json:"contacts,omitempty"`
	Links     map[string]hubSpotLinks  `json:"links,omitempty"` // by the id of an object of the page
}

// hubSpotStage is a stage of a pipeline; its id is that of the stage.
type hubSpotStage struct {
	Label       string `json:"label"`
	Closed      string `json:"closed,omitempty"`      // "true" or "false"
	Probability string `json:"probability,omitempty"` // "0.4"
}

// hubSpotNamed is a company or a deal as far as it is recognised by it; the companies of a deal are its links.
type hubSpotNamed struct {
	Name      string   `json:"name,omitempty"`
	Domain    string   `json:"domain,omitempty"`
	Companies []string `json:"companies,omitempty"`
}

// hubSpotLinks are what an object is associated with.
type hubSpotLinks struct {
	Companies []string `json:"companies,omitempty"`
	Deals     []string `json:"deals,omitempty"`
	Contacts  []string `json:"contacts,omitempty"`
}

// parseHubSpot reads a page of objects, one object as a workflow sends it (by the source's mapping, if it has one), or a webhook, which
// holds ids only.
func parseHubSpot(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	if events, ok := hubSpotEvents(d.Body); ok && d.Topic == "" {
		return clamor.Harvest{Thin: slices.ContainsFunc(events, func(e hubSpotEvent) bool { return e.topic != "" })}, nil
	}
	if d.Topic == "" && len(o.Mapping) > 0 {
		return parseMapped(d, o, false)
	}
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	r := hubSpotReader{options: o, told: toldBy(hubSpotKind, o), alone: true, faults: &[]clamor.Fault{}}
	if err := r.page(d); err != nil {
		return clamor.Harvest{}, err
	}
	for i := range r.harvest.Notes {
		r.harvest.Notes[i].Note.Delivery = d.ID
	}
	return r.harvest, clamor.Refuse("some objects cannot be read", *r.faults)
}

// hubSpotReader makes accounts, deals and notes of objects.
type hubSpotReader struct {
	options ParseOptions
	told    map[string]string
	alone   bool // nobody has looked for what the objects are associated with
	context object
	harvest clamor.Harvest
	faults  *[]clamor.Fault
}

func (r *hubSpotReader) page(d clamor.Delivery) error {
	value, err := decode(withoutBOM(d.Body))
	if err != nil {
		return err
	}
	items, path := []any{value}, ""
	if list, ok := value.([]any); ok {
		items, path = list, "[%d]"
	}
	if m, ok := value.(map[string]any); ok {
		r.context = object{"", m, &[]clamor.Fault{}}.down("context")
		r.alone = r.context.m == nil
		if list, isPage := m["results"].([]any); isPage {
			items, path = list, "results[%d]"
		}
	}
	if len(items) > maxNotes {
		return clamor.Errorf(clamor.Invalid, "the body holds %d objects: send at most %d at once", len(items), maxNotes)
	}
	for i, item := range items {
		at := path
		if path != "" {
			at = fmt.Sprintf(path, i)
		}
		m, ok := item.(map[string]any)
		if !ok {
			*r.faults = append(*r.faults, clamor.Fault{Path: at, Message: "must be an object, not " + typeName(item)})
			continue
		}
		r.read(d.Topic, object{at, m, r.faults})
	}
	return nil
}

// read takes in one object.
func (r *hubSpotReader) read(topic string, o object) {
	if o.word("archived") == "true" {
		return
	}
	p := propertiesOf(o)
	id := cmp.Or(o.text("id", maxID), o.text("objectId", maxID), p.word("hs_object_id"))
	if topic == "" {
		topic = shownTopic(o, p)
	}
	if id == "" {
		o.fault("id", "is missing: send the object as HubSpot's API gives it")
		return
	}
	switch topic {
	case "companies":
		r.harvest.Accounts = append(r.harvest.Accounts, r.company(id, o, p))
	case "deals":
		r.deal(id, o, p)
	case "notes":
		r.note(id, o, p)
	default:
		o.fault("properties", "are of no company, deal or note: send one of these")
	}
}

// propertiesOf gives the properties of an object; older workflows put each value into an object of its own.
func propertiesOf(o object) object {
	p := o.down("properties")
	flat := make(map[string]any, len(p.m))
	for name, value := range p.m {
		if m, ok := value.(map[string]any); ok {
			value = m["value"]
		}
		flat[name] = value
	}
	return object{p.path, flat, p.faults}
}

// shownTopic tells of what kind an object is that came by itself.
func shownTopic(o, p object) string {
	if topic := announcedTopic("object.", o.word("objectTypeId")); topic != "" {
		return topic
	}
	for _, kind := range [...][2]string{{"hs_note_body", "notes"}, {"dealname", "deals"}, {"dealstage", "deals"}, {"domain", "companies"},
		{"name", "companies"}} {
		if _, ok := p.m[kind[0]]; ok {
			return kind[1]
		}
	}
	return ""
}

func (r *hubSpotReader) company(id string, o, p object) clamor.AccountFacts {
	f := r.known(id, p)
	currency := cmp.Or(r.told["currency"], r.options.currency())
	f.ARR = propertyAt(p, r.told["arr_property"]).money(currency)
	if f.ARR == nil {
		f.ARR = yearly(propertyAt(p, r.told["mrr_property"]).money(currency))
	}
	f.Segment = propertyAt(p, r.told["segment_property"]).line()
	f.Health = clamor.Health(propertyAt(p, r.told["health_property"]).oneOf(healths(), "green, yellow or red"))
	f.Lifecycle = clamor.Lifecycle(lifecycles()[columnKey(propertyAt(p, r.told["lifecycle_property"]).word(r.told["lifecycle_property"]))])
	f.RenewalOn = hubSpotTime(p, r.told["renewal_property"]).day()
	f.Owner = r.owner(p).Name
	f.Parent = p.text("hs_parent_company_id", maxID)
	f.AsOf = hubSpotHeld(o, p)
	return f
}

// known is what makes a company known again.
func (r *hubSpotReader) known(id string, p object) clamor.AccountFacts {
	f := clamor.AccountFacts{Name: p.text("name", maxName), Domains: domainsIn(p.word("domain")), Source: r.options.Source}
	if id != "" {
		f.ExternalIDs = map[string]string{hubSpotKind: id}
		if r.told["house_crm"] != "no" {
			f.ExternalIDs[crmSystem] = id
		}
	}
	return f
}

// hubSpotHeld is when an object last changed.
func hubSpotHeld(o, p object) time.Time {
	t := hubSpotTime(p, "hs_lastmodifieddate").at
	if t.IsZero() {
		t = hubSpotTime(o, "updatedAt").at
	}
	return t
}

// hubSpotMoment is a time as HubSpot writes it: in ISO, or in milliseconds since 1970.
type hubSpotMoment struct{ at time.Time }

func hubSpotTime(o object, key string) hubSpotMoment {
	text := o.word(key)
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return hubSpotMoment{o.since1970(key, time.Millisecond)}
	}
	return hubSpotMoment{o.moment(key)}
}

func (m hubSpotMoment) day() clamor.Date {
	if m.at.IsZero() {
		return ""
	}
	return clamor.DateOf(m.at)
}

func (r *hubSpotReader) owner(p object) clamor.Person {
	owner := r.context.down("owners", p.word("hubspot_owner_id"))
	return clamor.Person{Name: owner.text("name", maxName), Email: owner.text("email", maxName)}
}

func (r *hubSpotReader) deal(id string, o, p object) {
	stage := r.context.down("stages", p.word("dealstage"))
	account := r.account(id, o)
	d := clamor.DealFacts{
		System:     hubSpotKind,
		ExternalID: id,
		Account:    account,
		Name:       p.text("dealname", maxName),
		Amount:     p.exact("amount", cmp.Or(p.word("deal_currency_code"), r.told["currency"], r.options.currency())),
		Stage:      cmp.Or(stage.text("label", maxName), p.text("dealstage", maxName)),
		CloseOn:    hubSpotTime(p, "closedate").day(),
		LossReason: propertyAt(p, r.told["loss_reason_property"]).line(),
		AsOf:       hubSpotHeld(o, p),
		Source:     r.options.Source,
	}
	d.Status = hubSpotStatus(p, stage)
	if d.Probability = percent(p, "hs_deal_stage_probability", 100); d.Probability == nil {
		d.Probability = percent(stage, "probability", 100)
	}
	if !account.Known() {
		// Deals of nobody that are over are many in some portals, and no money hangs on them.
		if r.alone || d.Status != clamor.DealWon && d.Status != clamor.DealLost {
			o.fault("associations", "name no company and no contact with an address of one: associate the deal with the company it is made "+
				"with, then run clamor pull with --from-start")
		}
		return
	}
	r.harvest.Deals = append(r.harvest.Deals, d)
	for _, name := range named(r.told["request_property"]) {
		if text := rich(p.raw(name)); !blank(text) {
			n := clamor.Note{ExternalID: "deal " + id + "/" + name, Kind: clamor.CRM, Title: d.Name, Text: text, OccurredAt: hubSpotTime(p,
				"createdate").at,
				URL: o.link("url"), Author: r.owner(p)}
			r.keep(o, n, account, &clamor.DealFacts{System: hubSpotKind, ExternalID: id, Name: d.Name}, d.AsOf)
		}
	}
}

// hubSpotStatus is told by the deal, by its stage in the pipeline, or by the id that its stage bears in pipelines as they come.
func hubSpotStatus(p, stage object) clamor.DealStatus {
	isClosed := cmp.Or(p.word("hs_is_closed"), stage.word("closed"))
	isWon := p.word("hs_is_closed_won")
	if isWon == "" && isClosed == "true" {
		isWon = map[string]string{"1.0": "true", "1": "true", "0.0": "false", "0": "false"}[stage.word("probability")]
	}
	if s := closed(isClosed, isWon, p.word("dealstage")); s != "" {
		return s
	}
	return statusOf(stage.word("label"))
}

// account is the company that an object is associated with: its own, else that of its deal, else that of its contact's address.
func (r *hubSpotReader) account(id string, o object) clamor.AccountFacts {
	company := firstOf(r.linked(id, o, "companies"))
	for _, deal := range r.linked(id, o, "deals") {
		if company == "" {
			company = firstOf(textsOf(r.context.down("deals", deal).list("companies")))
		}
	}
	if company != "" {
		return r.known(company, r.context.down("companies", company))
	}
	for _, contact := range r.linked(id, o, "contacts") {
		if domains := domainsIn(r.context.down("contacts", contact).word("email")); domains != nil {
			return clamor.AccountFacts{Domains: domains}
		}
	}
	return clamor.AccountFacts{}
}

// linked are the ids that an object is associated with, as the page tells beside it or inside it.
func (r *hubSpotReader) linked(id string, o object, topic string) []string {
	ids := textsOf(r.context.down("links", id).list(topic))
	for _, item := range o.down("associations", topic).list("results") {
		m, _ := item.(map[string]any)
		if id := (object{m: m}).word("id"); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func firstOf(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

func textsOf(list []any) (texts []string) {
	for _, item := range list {
		if text := (object{m: map[string]any{"": item}}).word(""); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func (r *hubSpotReader) note(id string, o, p object) {
	text := plain(p.raw("hs_note_body"))
	if blank(text) {
		return
	}
	n := clamor.Note{ExternalID: id, Kind: clamor.CRM, Text: text, OccurredAt: hubSpotTime(p, "hs_timestamp").at, URL: o.link("url"),
		Author: r.owner(p)}
	if n.OccurredAt.IsZero() {
		n.OccurredAt = hubSpotTime(p, "hs_createdate").at
	}
	if contact := firstOf(r.linked(id, o, "contacts")); contact != "" {
		c := r.context.down("contacts", contact)
		n.Contact = clamor.Person{Name: c.text("name", maxName), Email: c.text("email", maxName), Title: c.text("title", maxName)}
	}
	var deal *clamor.DealFacts
	if d := firstOf(r.linked(id, o, "deals")); d != "" {
		deal = &clamor.DealFacts{System: hubSpotKind, ExternalID: d, Name: r.context.down("deals", d).text("name", maxName)}
	}
	r.keep(o, n, r.account(id, o), deal, hubSpotHeld(o, p))
}

// keep keeps a note of an account that can be known again. Of one that is associated with no company, a person hears if it asks for
// something, or if nobody has looked.
func (r *hubSpotReader) keep(o object, n clamor.Note, account clamor.AccountFacts, deal *clamor.DealFacts, asOf time.Time) {
	account.AsOf = asOf
	in := intakeOf(n, account, deal, r.options, nil)
	if account.Known() {
		r.harvest.Notes = append(r.harvest.Notes, in)
	} else if r.alone || len(in.Asks) > 0 {
		o.fault("associations", "name no company: associate the note with the company it is about")
	}
}
