package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"clamor"
)

// salesforceKind is the kind of the source, and the system under which ids of Salesforce are known.
const salesforceKind = "salesforce"

func salesforce() Adapter {
	return Adapter{
		Kind:       salesforceKind,
		Title:      "Salesforce",
		Settings:   salesforceSettings(),
		Verify:     verifySalesforce,
		Mapped:     plainValue,
		Check:      checkSalesforce,
		DeliveryID: salesforceDeliveryID,
		Parse:      parseSalesforce,
		Blank:      blankSessionID,
		Accepted:   acceptedBySalesforce,
		Pull:       pullSalesforce,
	}
}

func salesforceSettings() []Setting {
	return []Setting{
		{Name: "base_url", Meaning: "the address of your Salesforce, such as https://northwind.my.salesforce.com", Required: true},
		{Name: "organization_id", Meaning: "the only organisation whose Outbound Messages are accepted, 15 or 18 characters; without it the " +
			"secret alone decides"},
		{Name: "api", Meaning: "what pulls read with: rest, or bulk where there are many thousand records", Default: "rest"},
		{Name: "version", Meaning: "the version of the API", Default: "59.0"},
		{Name: "topics", Meaning: "what is pulled, of accounts, deals, tasks, events and cases", Default: "accounts,deals,tasks,events"},
		{Name: "since", Meaning: "the day from which the first pull reads, such as 2026-01-01; all if empty"},
		{Name: "arr_field", Meaning: "the field of Account that holds what the customer pays a year, such as ARR__c; AnnualRevenue is the " +
			"customer's own turnover"},
		{Name: "mrr_field", Meaning: "the field of Account that holds what the customer pays a month, such as MRR__c; read where arr_field is " +
			"empty"},
		{Name: "currency", Meaning: "the currency of amounts that bring none, such as EUR"},
		{Name: "multi_currency", Meaning: "yes where records have a CurrencyIsoCode", Default: "no"},
		{Name: "health_field", Meaning: "the field of Account that holds green, yellow or red, such as Health__c"},
		{Name: "segment_field", Meaning: "the field of Account that holds the segment, such as Segment__c"},
		{Name: "renewal_field", Meaning: "the field of Account that holds the day of renewal, such as Renewal_Date__c"},
		{Name: "lifecycle_field", Meaning: "the field of Account that holds prospect, customer or churned"},
		{Name: "account_request_field", Meaning: "fields of Account that hold what the customer asks for, with commas between them"},
		{Name: "request_field", Meaning: "fields of Opportunity, and of objects of your own, that hold what the customer asks for, with commas " +
			"between them; - for none", Default: "Description"},
		{Name: "loss_reason_field", Meaning: "the field of Opportunity that says why it was lost, such as Loss_Reason__c"},
		{Name: "house_crm", Meaning: "no where another CRM owns the ids that notes and imports give without a system", Default: "yes"},
	}
}

// verifySalesforce accepts the secret in the address or as a bearer token, since Salesforce signs nothing, and then looks whether an
// Outbound Message comes from the right organisation.
func verifySalesforce(s clamor.Source, r Request, _ time.Time) error {
	if err := provenBySecret(s, r); err != nil {
		return err
	}
	want := s.Settings["organization_id"]
	if want == "" || !isXML(r.Body) {
		return nil
	}
	m, err := readOutbound(r.Body)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "the message names no organisation that can be read: %w", err)
	}
	if !sameSecret(salesforceID(m.organization), salesforceID(want)) {
		return clamor.Errorf(clamor.Unauthenticated, "the message comes from organisation %q, which is not this source's organization_id",
			clip(m.organization))
	}
	return nil
}

func isXML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(withoutBOM(body), " \t\r\n"), []byte("<"))
}

// checkSalesforce accepts an Outbound Message, or the JSON of a Flow or of Apex.
func checkSalesforce(header http.Header, body []byte) error {
	if !isXML(body) {
		return checkJSON(header, body)
	}
	if kind := header.Get("Content-Type"); kind != "" && !strings.Contains(strings.ToLower(kind), "xml") {
		return clamor.Errorf(clamor.Unsupported, "the body is XML but its content type %q is not: send Content-Type: text/xml", clip(kind))
	}
	_, err := readOutbound(body)
	return err
}

// salesforceDeliveryID knows an Outbound Message again whose session has changed: by its notifications and what they say. Salesforce
// sends a notification again with what the record holds by then, so that its id alone would lose news.
func salesforceDeliveryID(_ http.Header, body []byte) string {
	if !isXML(body) {
		return ""
	}
	m, err := readOutbound(body)
	if err != nil || len(m.notifications) == 0 {
		return ""
	}
	sum := sha256.Sum256(blankSessionID(body))
	return m.notifications[0].id + ":" + hex.EncodeToString(sum[:])
}

// acknowledgement is what ends the repeats of an Outbound Message; anything else asks for it again.
const acknowledgement = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
	`<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>` +
	"</soapenv:Body></soapenv:Envelope>\n"

// acceptedBySalesforce answers an Outbound Message; a Flow gets the usual receipt, told by an empty answer.
func acceptedBySalesforce(r Request) Answer {
	if !isXML(r.Body) {
		return Answer{}
	}
	return Answer{Status: http.StatusOK, ContentType: "text/xml; charset=utf-8", Body: []byte(acknowledgement)}
}

// salesforceID gives the 18 characters of an id of 15, so that a report, which shows 15, and the API mean the same record. The last three
// tell which of the 15 are capitals. What is no id of 15 characters stays as it is.
func salesforceID(id string) string {
	id = strings.TrimSpace(id)
	if len(id) != 15 {
		return id
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	long := []byte(id)
	for chunk := 0; chunk < 15; chunk += 5 {
		capitals := 0
		for i := range 5 {
			c := id[chunk+i]
			if c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
				return id
			}
			if c >= 'A' && c <= 'Z' {
				capitals |= 1 << i
			}
		}
		long = append(long, digits[capitals])
	}
	return string(long)
}
