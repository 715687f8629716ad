package ingest

import (
	"slices"
	"strings"
	"unicode"

	"clamor"
)

// field is something that a column of an import may hold. Its aliases are what CRMs, customer-success platforms and people
// call the column in their exports, as columnKey writes them. What is called "revenue" there is the customer's turnover
// and not what they pay us, and so is no alias of arr; nor are health scores, whose scale differs by product.
type field struct {
	name    string
	aliases []string
}

func accountFields() []field {
	return []field{
		{"name", []string{"name", "account name", "account", "company name", "company", "customer", "customer name", "organization", "organisation", "client"}},
		{"domain", []string{"domain", "domains", "company domain name", "company domain", "website", "website url", "web site"}},
		{"id", []string{"id", "account id", "accountid", "external id", "externalid", "record id", "company id", "hs object id", "account id 18"}},
		{"system", []string{"system"}},
		{"arr", []string{"arr", "annual recurring revenue", "current arr", "total arr", "contracted arr", "hs arr", "arr c"}},
		{"currency", []string{"currency", "currency code", "currencyisocode", "currency iso code", "account currency", "arr currency"}},
		{"segment", []string{"segment", "customer segment", "account segment", "tier"}},
		{"plan", []string{"plan", "plan name", "subscription plan"}},
		{"seats", []string{"seats", "seat count", "licenses", "licences", "license count", "licensed users"}},
		{"lifecycle", []string{"lifecycle", "lifecycle stage", "lifecyclestage"}},
		{"health", []string{"health", "health color", "health colour", "health status", "account health"}},
		{"renewal_on", []string{"renewal on", "renewal date", "renewal", "next renewal date", "next renewal", "contract end date", "contract renewal date", "subscription end date"}},
		{"owner", []string{"owner", "account owner", "company owner", "owner name", "csm", "customer success manager", "account executive", "key roles csm"}},
		{"parent", []string{"parent", "parent account", "parent account name", "parent account id", "parentid", "parent company", "subsidiary of"}},
		{"as_of", []string{"as of", "as of date", "snapshot date"}},
	}
}

func dealFields() []field {
	return append([]field{
		{"id", []string{"id", "deal id", "opportunity id", "opportunityid", "record id", "external id", "externalid", "hs object id", "opportunity id 18"}},
		{"system", []string{"system"}},
		{"name", []string{"name", "deal name", "dealname", "opportunity name", "opportunity", "deal"}},
		{"amount", []string{"amount", "deal amount", "close value", "deal value", "value"}},
		{"currency", []string{"currency", "currency code", "currencyisocode", "currency iso code", "deal currency code", "opportunity currency", "amount currency"}},
		{"stage", []string{"stage", "deal stage", "dealstage", "stage name", "stagename"}},
		{"probability", []string{"probability", "deal probability", "probability c", "win probability"}},
		{"close_on", []string{"close on", "close date", "closedate", "expected close date", "closed date"}},
		{"status", []string{"status", "deal status"}},
		{"loss_reason", []string{"loss reason", "closed lost reason", "lost reason", "reason lost"}},
		{"as_of", []string{"as of", "as of date", "snapshot date"}},
	}, whoseFields()...)
}

func noteFields() []field {
	return append([]field{
		{"id", []string{"id", "note id", "task id", "activity id", "call id", "record id", "external id", "externalid"}},
		{"text", []string{"text", "note", "notes", "note body", "body", "description", "comments", "full comments", "comment", "content", "call notes", "feedback", "details"}},
		{"title", []string{"title", "subject", "topic", "summary"}},
		{"url", []string{"url", "link", "permalink", "call url", "recording url", "source url"}},
		{"occurred_at", []string{"occurred at", "occurred on", "date", "created date", "createddate", "create date", "created at", "activity date", "call date", "timestamp"}},
		{"kind", []string{"kind"}},
		{"contact_name", []string{"contact name", "contact", "customer contact", "user name"}},
		{"contact_email", []string{"contact email", "email", "user email"}},
		{"contact_title", []string{"contact title", "job title"}},
		{"author_name", []string{"author name", "author", "rep", "assigned", "assigned to", "created by", "activity owner", "owner", "submitter name"}},
		{"author_email", []string{"author email", "rep email", "owner email", "submitter email"}},
		{"deal_id", []string{"deal id", "opportunity id", "opportunityid"}},
		{"ask", []string{"ask", "request", "feature request"}},
		{"priority", []string{"priority", "importance"}},
		{"motive", []string{"motive"}},
		{"system", []string{"system"}},
	}, whoseFields()...)
}

// whoseFields name the account to which a deal or a note belongs.
func whoseFields() []field {
	return []field{
		{"account", []string{"account", "account name", "company", "company name", "associated company", "customer", "organization"}},
		{"account_domain", []string{"account domain", "account website", "company domain name", "company domain", "domain", "website"}},
		{"account_id", []string{"account id", "accountid", "company id", "associated company ids", "associated company id"}},
	}
}

// layout says how the columns of one kind of import are found, and what it cannot do without: of each group one field.
type layout struct {
	fields   []field
	required [][]string
}

func layoutOf(kind string) (layout, error) {
	whose := []string{"account", "account_domain", "account_id"}
	switch kind {
	case "accounts":
		return layout{accountFields(), [][]string{{"name", "domain", "id"}}}, nil
	case "deals":
		return layout{dealFields(), [][]string{{"id", "name"}, whose}}, nil
	case "notes":
		return layout{noteFields(), [][]string{{"text"}, whose}}, nil
	}
	return layout{}, clamor.Errorf(clamor.Invalid, "%q cannot be imported: choose accounts, deals or notes", kind)
}

// columns says in which column of the file each field stands.
type columns map[string]int

// find places the fields: first where the caller says, then by alias, the more telling alias first. A column serves one
// field only, unless the caller says otherwise.
func (l layout) find(header []string, said map[string]string) (columns, error) {
	found, faults := l.placeSaid(header, said)
	keys := make([]string, len(header))
	for i, name := range header {
		keys[i] = columnKey(name)
	}
	taken := map[int]bool{}
	for _, i := range found {
		taken[i] = true
	}
	for _, f := range l.fields {
		if _, told := said[f.name]; told {
			continue
		}
		for _, alias := range f.aliases {
			if i := slices.Index(keys, alias); i >= 0 && !taken[i] {
				found[f.name], taken[i] = i, true
				break
			}
		}
	}
	for _, group := range l.required {
		if !slices.ContainsFunc(group, func(name string) bool { _, ok := found[name]; return ok }) {
			faults = append(faults, clamor.Fault{Path: strings.Join(group, " or "),
				Message: "no such column: name it with --map " + group[0] + "=COLUMN"})
		}
	}
	return found, clamor.Refuse("the columns do not fit; the file has "+quoteAll(header), faults)
}

// placeSaid follows what the caller says, and tells every field and column of it that does not exist. A field that is said to have no column
// is not read.
func (l layout) placeSaid(header []string, said map[string]string) (columns, []clamor.Fault) {
	found := columns{}
	var faults []clamor.Fault
	for _, name := range sortedKeys(said) {
		known := slices.ContainsFunc(l.fields, func(f field) bool { return f.name == name })
		at := slices.IndexFunc(header, func(column string) bool { return columnKey(column) == columnKey(said[name]) })
		switch {
		case !known:
			faults = append(faults, clamor.Fault{Path: "--map " + name, Message: "no such field: choose " + strings.Join(l.names(), ", ")})
		case said[name] == "":
		case at < 0:
			faults = append(faults, clamor.Fault{Path: "--map " + name, Message: "the file has no column " + quoteAll([]string{said[name]})})
		default:
			found[name] = at
		}
	}
	return found, faults
}

func (l layout) names() []string {
	var names []string
	for _, f := range l.fields {
		names = append(names, f.name)
	}
	return names
}

// columnKey makes names of columns comparable: "Close_Date", "close date" and "Close Date*" are one, and so is "ARR__c"
// and "arr c".
func columnKey(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

func quoteAll(names []string) string {
	const most = 40
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, `"`+clip(name)+`"`)
	}
	if len(names) > most {
		quoted = append(quoted, "…")
	}
	return strings.Join(quoted, ", ")
}
