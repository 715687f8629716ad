package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// hubSpotKind is the kind of the source, and the system under which ids of HubSpot are known.
const hubSpotKind = "hubspot"

func hubSpot() Adapter {
	return Adapter{
		Kind:       hubSpotKind,
		Title:      "HubSpot",
		Settings:   hubSpotSettings(),
		Verify:     verifyHubSpot,
		Mapped:     plainValue,
		Check:      checkJSON,
		DeliveryID: hubSpotDeliveryID,
		Parse:      parseHubSpot,
		Fetch:      fetchHubSpot,
		Pull:       pullHubSpot,
	}
}

func hubSpotSettings() []Setting {
	return []Setting{
		{Name: "base_url", Meaning: "the address of HubSpot's API", Default: "https://api.hubapi.com"},
		{Name: "topics", Meaning: "what is pulled, of companies, deals and notes", Default: "companies,deals,notes"},
		{Name: "arr_property", Meaning: "the property of companies that holds what the customer pays a year, such as hs_arr or arr; " +
			"annualrevenue is the customer's own turnover"},
		{Name: "mrr_property", Meaning: "the property of companies that holds what the customer pays a month, such as hs_mrr; read where " +
			"arr_property is empty"},
		{Name: "currency", Meaning: "the currency of amounts that bring none, such as EUR"},
		{Name: "health_property", Meaning: "the property of companies that holds green, yellow or red"},
		{Name: "segment_property", Meaning: "the property of companies that holds the segment"},
		{Name: "renewal_property", Meaning: "the property of companies that holds the day of renewal"},
		{Name: "lifecycle_property", Meaning: "the property of companies that holds the lifecycle", Default: "lifecyclestage"},
		{Name: "request_property", Meaning: "properties of deals that hold what the customer asks for, with commas between them; - for none",
			Default: "description"},
		{Name: "loss_reason_property", Meaning: "the property of deals that says why they were lost", Default: "closed_lost_reason"},
		{Name: "house_crm", Meaning: "no where another CRM owns the ids that notes and imports give without a system", Default: "yes"},
	}
}

// verifyHubSpot checks the newest signature that the request bears. A workflow without an app signs nothing: it proves the secret itself.
func verifyHubSpot(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	if given := r.Header.Get("X-HubSpot-Signature-v3"); given != "" {
		return verifyHubSpotV3(s.Secret, r, given, now)
	}
	given := r.Header.Get("X-HubSpot-Signature")
	if given == "" {
		return provenBySecret(s, r)
	}
	prefixes := []string{s.Secret}
	if r.Header.Get("X-HubSpot-Signature-Version") == "v2" {
		prefixes = nil
		for _, address := range signedAddresses(r.URL) {
			prefixes = append(prefixes, s.Secret+r.Method+address)
		}
	}
	for _, prefix := range prefixes {
		sum := sha256.Sum256(append([]byte(prefix), r.Body...))
		if sameSecret(strings.ToLower(given), hex.EncodeToString(sum[:])) {
			return nil
		}
	}
	return badHubSpotSignature()
}

func verifyHubSpotV3(secret string, r Request, given string, now time.Time) error {
	stamp := r.Header.Get("X-HubSpot-Request-Timestamp")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "X-HubSpot-Request-Timestamp must be the milliseconds since 1970, digits only")
	}
	if err := timely(time.UnixMilli(ms), now); err != nil {
		return err
	}
	for _, address := range signedAddresses(r.URL) {
		content := slices.Concat([]byte(r.Method+address), r.Body, []byte(stamp))
		if macFits(sha256.New, []byte(secret), content, given, base64.StdEncoding.DecodeString) {
			return nil
		}
	}
	return badHubSpotSignature()
}

func badHubSpotSignature() error {
	return clamor.Errorf(clamor.Unauthenticated,
		"the signature fits neither this source's secret nor this address: the secret is the app's client secret, and --public-url must be the "+
			"address HubSpot calls")
}

// signedAddresses are the forms of our address that HubSpot may have signed: as it stands, with those percent codes decoded that its
// documentation lists, and with all of them.
func signedAddresses(address string) []string {
	all := []string{address}
	some := strings.NewReplacer("%3A", ":", "%3a", ":", "%2F", "/", "%2f", "/", "%3F", "?", "%3f", "?", "%40", "@", "%21", "!", "%24", "$",
		"%27", "'",
		"%28", "(", "%29", ")", "%2A", "*", "%2a", "*", "%2C", ",", "%2c", ",", "%3B", ";", "%3b", ";").Replace(address)
	if some != address {
		all = append(all, some)
	}
	if whole, err := url.PathUnescape(address); err == nil && whole != address {
		all = append(all, whole)
	}
	return all
}

// hubSpotEvent is what a webhook announces.
type hubSpotEvent struct {
	portal, subscription, object, occurred, property string

	topic  string // companies, deals or notes; "" where nothing is to be fetched
	wanted string // the id of what is to be fetched
}

// hubSpotEvents reads the array that a webhook is; ok is false for anything else.
func hubSpotEvents(body []byte) (events []hubSpotEvent, ok bool) {
	value, err := decode(withoutBOM(body))
	list, isList := value.([]any)
	if err != nil || !isList {
		return nil, false
	}
	for _, item := range list {
		m, _ := item.(map[string]any)
		o := object{m: m}
		kind := o.word("subscriptionType")
		if kind == "" || o.word("objectId") == "" {
			return nil, false
		}
		e := hubSpotEvent{portal: o.word("portalId"), subscription: o.word("subscriptionId"), object: o.word("objectId"),
			occurred: o.word("occurredAt"),
			property: o.word("propertyName"), wanted: o.word("objectId")}
		e.topic = announcedTopic(kind, o.word("objectTypeId"))
		if merged := o.word("primaryObjectId"); merged != "" {
			e.wanted = merged
		}
		events = append(events, e)
	}
	return events, true
}

// announcedTopic is the topic of which an event announces something to be fetched; what was deleted cannot be.
func announcedTopic(subscription, typeID string) string {
	of, event, _ := strings.Cut(subscription, ".")
	if event == "deletion" || event == "privacyDeletion" {
		return ""
	}
	if of == "object" {
		of = typeID
	}
	return map[string]string{"company": "companies", "0-2": "companies", "deal": "deals", "0-3": "deals", "note": "notes", "0-46": "notes"}[of]
}

// hubSpotDeliveryID knows a webhook again that is sent once more: the number of the attempt is another, and the ids of events are not
// always unique, so that what happened to which object decides.
func hubSpotDeliveryID(_ http.Header, body []byte) string {
	events, ok := hubSpotEvents(body)
	if !ok || len(events) == 0 {
		return ""
	}
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%q", []string{e.portal, e.subscription, e.object, e.occurred, e.property}))
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:])
}
