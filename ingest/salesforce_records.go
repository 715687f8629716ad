package ingest

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// parseSalesforce reads an Outbound Message, the JSON of a Flow or of Apex, a page of a query, or the CSV of a Bulk query. The JSON of a
// Flow may be of any shape: a mapping, where the source has one, says how to read it.
func parseSalesforce(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	if d.Topic == "" && len(o.Mapping) > 0 && !isXML(d.Body) {
		return parseMapped(d, o, false)
	}
	o.Source, o.ReceivedAt = d.Source, d.ReceivedAt
	r := salesforceReader{options: o, told: toldBy(salesforceKind, o), pushed: d.Topic == "", faults: &[]clamor.Fault{}}
	records, instance, err := salesforceRecords(d, r.faults)
	r.instance = cmp.Or(instance, strings.TrimRight(r.told["base_url"], "/"))
	for _, record := range newest(records) {
		r.read(record, nil)
	}
	for i := range r.harvest.Notes {
		r.harvest.Notes[i].Note.Delivery = d.ID
	}
	if err != nil {
		return r.harvest, err
	}
	return r.harvest, clamor.Refuse("some records cannot be read", *r.faults)
}

// toldBy gives all settings of a kind, with the defaults of those that the source was not told.
func toldBy(kind string, o ParseOptions) map[string]string {
	told := map[string]string{}
	if a, err := FindAdapter(kind); err == nil {
		for _, s := range a.Settings {
			told[s.Name] = cmp.Or(o.Settings[s.Name], s.Default)
		}
	}
	return told
}

// sObject is a record of Salesforce, and where it stands in what was sent.
type sObject struct {
	path string
	kind string // Opportunity; "" where nothing says
	m    map[string]any
}

// salesforceRecords takes what was sent apart into records; the instance is told by Outbound Messages only.
func salesforceRecords(d clamor.Delivery, faults *[]clamor.Fault) (records []sObject, instance string, err error) {
	switch {
	case isXML(d.Body):
		m, err := readOutbound(d.Body)
		for i, n := range m.notifications {
			records = append(records, sObject{fmt.Sprintf("Notification[%d]", i), n.kind, n.record})
		}
		if u, bad := url.Parse(m.instance); bad == nil && u.Host != "" {
			instance = u.Scheme + "://" + u.Host
		}
		return records, instance, err
	case d.Topic != "" && !bytes.HasPrefix(bytes.TrimSpace(d.Body), []byte("{")):
		records, err = bulkRecords(d.Body, d.Topic)
	default:
		records, err = jsonRecords(d.Body, faults)
	}
	return records, "", err
}

// jsonRecords reads one record, a list of them, or the answer to a query.
func jsonRecords(body []byte, faults *[]clamor.Fault) ([]sObject, error) {
	value, err := decode(withoutBOM(body))
	if err != nil {
		return nil, err
	}
	path := ""
	if m, ok := value.(map[string]any); ok {
		list, isQuery := m["records"].([]any)
		if !isQuery {
			return []sObject{{"", kindOfRecord(m), m}}, nil
		}
		value, path = list, "records"
	}
	list, ok := value.([]any)
	if !ok {
		return nil, clamor.Errorf(clamor.Invalid, "the body is %s: send a record, or a list of records", typeName(value))
	}
	if len(list) > maxNotes {
		return nil, clamor.Errorf(clamor.Invalid, "the body holds %d records: send at most %d at once", len(list), maxNotes)
	}
	var records []sObject
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		m, ok := item.(map[string]any)
		if !ok {
			*faults = append(*faults, clamor.Fault{Path: at, Message: "must be an object, not " + typeName(item)})
			continue
		}
		records = append(records, sObject{at, kindOfRecord(m), m})
	}
	return records, nil
}

// bulkRecords reads the CSV of a Bulk query: names of the API in the first line, lookups with a dot.
func bulkRecords(body []byte, topic string) ([]sObject, error) {
	r := csv.NewReader(bytes.NewReader(withoutBOM(body)))
	r.ReuseRecord = true
	var header []string
	var records []sObject
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, clamor.Errorf(clamor.Invalid, "the CSV cannot be read: %s", clip(clean(err.Error())))
		}
		if header == nil {
			header = slices.Clone(row)
			continue
		}
		line, _ := r.FieldPos(0)
		m := map[string]any{}
		for i, name := range header {
			if row[i] != "" {
				setAt(m, strings.Split(name, "."), row[i])
			}
		}
		records = append(records, sObject{fmt.Sprintf("line %d", line), topicKinds()[topic], m})
	}
}

// topicKinds says of which kind the records of a topic are.
func topicKinds() map[string]string {
	return map[string]string{"accounts": "Account", "deals": "Opportunity", "tasks": "Task", "events": "Event", "cases": "Case"}
}

// kindOfRecord is told by the record's attributes or by the first characters of its id, which are the same in every organisation.
func kindOfRecord(m map[string]any) string {
	o := object{m: m}
	if kind := o.down("attributes").word("type"); kind != "" {
		return kind
	}
	id := o.word("Id")
	kinds := map[string]string{"001": "Account", "006": "Opportunity", "00T": "Task", "00U": "Event", "500": "Case", "003": "Contact",
		"005": "User", "00Q": "Lead"}
	return kinds[id[:min(3, len(id))]]
}

// newest leaves of several states of one record the last: notifications repeat, and come in any order.
func newest(records []sObject) []sObject {
	latest := map[string]int{}
	for i, r := range records {
		id := salesforceID(object{m: r.m}.word("Id"))
		if before, again := latest[id]; id == "" || !again || !heldAt(records[before].m).After(heldAt(r.m)) {
			latest[id] = i
		}
	}
	var kept []sObject
	for i, r := range records {
		if id := salesforceID(object{m: r.m}.word("Id")); id == "" || latest[id] == i {
			kept = append(kept, r)
		}
	}
	return kept
}

// heldAt is when a record last changed, as far as it says.
func heldAt(m map[string]any) time.Time {
	for _, key := range []string{"SystemModstamp", "LastModifiedDate"} {
		if t, err := parseTime(object{m: m}.word(key)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// salesforceReader makes accounts, deals and notes of records.
type salesforceReader struct {
	options  ParseOptions
	told     map[string]string
	instance string
	pushed   bool // nobody pulls what the records lead to
	harvest  clamor.Harvest
	faults   *[]clamor.Fault
}

// read takes one record in. parent is the record that holds it, nil for one that stands alone.
func (r *salesforceReader) read(s sObject, parent *sObject) {
	o := object{s.path, s.m, r.faults}
	if o.word("IsDeleted") == "true" || o.word("MasterRecordId") != "" {
		return
	}
	switch s.kind {
	case "Account":
		f := r.account(o.text("Id", maxID), o)
		if !f.Known() {
			o.fault("Id", "is missing: tick it in the message, or send it")
			return
		}
		r.harvest.Accounts = append(r.harvest.Accounts, f)
		r.requests(o, r.known(o.word("Id"), o), nil, r.told["account_request_field"])
	case "Opportunity":
		r.opportunity(o, parent)
	case "Task", "Event", "Case":
		r.activity(s.kind, o, parent)
	case "Contact", "User", "Lead":
		o.fault("attributes.type", "%s is not read here: send Account, Opportunity, Task, Event, Case or an object of your own", s.kind)
	case "":
		o.fault("attributes.type", "is missing, and the Id tells nothing: send records as Salesforce writes them, with attributes")
	default:
		r.requests(o, r.whose(o, parent), r.dealOf(o, parent), r.told["request_field"])
	}
	if parent == nil {
		r.children(s)
	}
}

// children are records in a list below a record, as queries within queries give them.
func (r *salesforceReader) children(s sObject) {
	for _, key := range sortedKeys(s.m) {
		list, ok := object{m: s.m}.down(key).m["records"].([]any)
		if !ok {
			continue
		}
		for i, item := range list {
			if m, ok := item.(map[string]any); ok && kindOfRecord(m) != "" {
				at := object{path: s.path}.at(key)
				r.read(sObject{fmt.Sprintf("%s.records[%d]", at, i), kindOfRecord(m), m}, &s)
			}
		}
	}
}

func (r *salesforceReader) account(id string, o object) clamor.AccountFacts {
	f := r.known(id, o)
	f.Parent = salesforceID(o.text("ParentId", maxID))
	f.ARR = r.arr(o)
	f.Segment = r.custom(o, "segment_field").line()
	f.Health = clamor.Health(r.custom(o, "health_field").oneOf(healths(), "green, yellow or red"))
	f.Lifecycle = clamor.Lifecycle(r.custom(o, "lifecycle_field").oneOf(lifecycles(), "prospect, customer or churned"))
	f.RenewalOn = r.custom(o, "renewal_field").day()
	f.Owner = o.down("Owner").text("Name", maxName)
	f.AsOf = heldAt(o.m)
	return f
}

// known is what makes an account known again.
func (r *salesforceReader) known(id string, o object) clamor.AccountFacts {
	f := clamor.AccountFacts{Name: o.text("Name", maxName), Domains: domainsIn(o.word("Website")), Source: r.options.Source}
	if id = salesforceID(id); id != "" {
		f.ExternalIDs = map[string]string{salesforceKind: id}
		if r.told["house_crm"] != "no" {
			f.ExternalIDs[crmSystem] = id
		}
	}
	return f
}

func (r *salesforceReader) arr(o object) *clamor.Money {
	currency := r.currency(o)
	if m := r.custom(o, "arr_field").money(currency); m != nil {
		return m
	}
	return yearly(r.custom(o, "mrr_field").money(currency))
}

func (r *salesforceReader) currency(o object) string {
	return cmp.Or(o.word("CurrencyIsoCode"), r.told["currency"], r.options.currency())
}

// opportunity is a deal, and a note for each of its texts. Of its account it may tell more than the id.
func (r *salesforceReader) opportunity(o object, parent *sObject) {
	account := r.whose(o, parent)
	d := clamor.DealFacts{
		System:      salesforceKind,
		ExternalID:  salesforceID(o.text("Id", maxID)),
		Account:     account,
		Name:        o.text("Name", maxName),
		Amount:      o.exact("Amount", r.currency(o)),
		Stage:       o.text("StageName", maxName),
		Probability: percent(o, "Probability", 1),
		CloseOn:     property{o, "CloseDate"}.day(),
		LossReason:  r.custom(o, "loss_reason_field").line(),
		AsOf:        heldAt(o.m),
		Source:      r.options.Source,
	}
	d.Status = closed(o.word("IsClosed"), o.word("IsWon"), d.Stage)
	if d.ExternalID == "" {
		o.fault("Id", "is missing: tick it in the message, or send it")
		return
	}
	if lookup := o.down("Account"); r.pushed && account.Name != "" && account.ExternalIDs != nil && len(lookup.m) > 0 {
		r.harvest.Accounts = append(r.harvest.Accounts, r.account(account.ExternalIDs[salesforceKind], lookup))
	}
	if !account.Known() {
		o.fault("AccountId", "is missing: a deal needs its account")
		return
	}
	r.harvest.Deals = append(r.harvest.Deals, d)
	r.requests(o, account, &clamor.DealFacts{System: d.System, ExternalID: d.ExternalID, Name: d.Name}, r.told["request_field"])
}

// closed reads a deal's status from the two marks of a stage, or from the stage's name where they were not sent.
func closed(isClosed, isWon, stage string) clamor.DealStatus {
	switch {
	case isWon == "true":
		return clamor.DealWon
	case isClosed == "true" && isWon == "false":
		return clamor.DealLost
	case isClosed == "false":
		return clamor.DealOpen
	}
	return statusOf(stage)
}

// percent is a probability, as per cent where scale is 1 and as a fraction of one where it is 100; nil where there is none.
func percent(o object, key string, scale float64) *int {
	text := o.word(key)
	if text == "" {
		return nil
	}
	p, err := strconv.ParseFloat(text, 64)
	if p *= scale; err != nil || math.IsNaN(p) || p < 0 || p > 100 {
		o.fault(key, "%q is no probability", clip(text))
		return nil
	}
	n := int(math.Round(p))
	return &n
}

// whose is the account of a record: its own lookup, or the record that holds it.
func (r *salesforceReader) whose(o object, parent *sObject) clamor.AccountFacts {
	id, lookup := "", o.down("Account")
	for _, key := range []string{"AccountId", "Account__c"} {
		id = cmp.Or(id, o.text(key, maxID))
	}
	id = cmp.Or(id, lookup.word("Id"), idFrom(o.word("WhatId"), "001"))
	if id == "" && len(lookup.m) == 0 && parent != nil {
		above := object{m: parent.m, faults: &[]clamor.Fault{}}
		if parent.kind == "Account" {
			return r.known(above.word("Id"), above)
		}
		return r.whose(above, nil)
	}
	return r.known(id, lookup)
}

// dealOf is the deal that a record hangs on, as far as it is known again by it.
func (r *salesforceReader) dealOf(o object, parent *sObject) *clamor.DealFacts {
	id := cmp.Or(idFrom(o.word("WhatId"), "006"), o.word("OpportunityId"), o.word("Opportunity__c"))
	if id == "" && parent != nil && parent.kind == "Opportunity" {
		id = object{m: parent.m}.word("Id")
	}
	if id == "" {
		return nil
	}
	return &clamor.DealFacts{System: salesforceKind, ExternalID: salesforceID(id)}
}

func idFrom(id, prefix string) string {
	if strings.HasPrefix(id, prefix) {
		return id
	}
	return ""
}
