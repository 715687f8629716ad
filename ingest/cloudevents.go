package ingest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clamor"
)

// cloudEvents reads CloudEvents 1.0 over HTTP: binary, structured and batches. The mapping is read from an event's data, with what is
// said about the event under "event", as in event.subject.
func cloudEvents() Adapter {
	return Adapter{
		Kind: "cloudevents", Title: "CloudEvents",
		Settings: append(signatureSettings(), Setting{Name: "allowed_origins",
			Meaning: "Which senders may ask by OPTIONS whether they may deliver, divided by commas, such as events.example.com.", Default: "*"}),
		Verify: verifySender, Check: checkEvent, DeliveryID: eventDeliveryID, Parse: parseEvents, Handshake: allowEvents, Mapped: mappedEvents,
	}
}

const eventType = "application/cloudevents"

// allowEvents answers the question whether a sender may deliver, which comes before the first event and without a secret.
func allowEvents(s clamor.Source, r Request) *Answer {
	if r.Method != http.MethodOptions {
		return nil
	}
	origin := r.Header.Get("WebHook-Request-Origin")
	header := map[string]string{"Allow": "OPTIONS, POST"}
	if allowedOrigin(setTo(s, "allowed_origins"), origin) {
		header["WebHook-Allowed-Origin"] = origin
		header["WebHook-Allowed-Rate"] = "*"
	}
	return &Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Header: header}
}

// allowedOrigin lets through names of hosts only: what is not one is not echoed.
func allowedOrigin(allowed, origin string) bool {
	const longest = 253
	if origin == "" || len(origin) > longest || strings.Trim(strings.ToLower(origin), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" {
		return false
	}
	return slices.ContainsFunc(strings.Split(allowed, ","), func(one string) bool {
		one = strings.TrimSpace(one)
		return one == "*" || strings.EqualFold(one, origin)
	})
}

// checkEvent accepts events whole, several or in headers.
func checkEvent(header http.Header, body []byte) error {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case strings.HasPrefix(media, eventType) && media != eventType+"+json" && media != eventType+"-batch+json":
		return clamor.Errorf(clamor.Unsupported, "events in %q are not read here: send them as %s+json", clip(media), eventType)
	case strings.HasPrefix(media, eventType):
		_, err := decode(withoutBOM(body))
		return err
	case header.Get("Ce-Id") == "" && header.Get("Ce-Specversion") == "" && !json.Valid(body):
		return clamor.Errorf(clamor.Invalid, "this is no event: send it as %s+json, or its attributes as ce- headers", eventType)
	case isJSONType(media):
		return checkJSON(header, body)
	}
	return nil
}

func isJSONType(media string) bool {
	return media == "" || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// eventDeliveryID is the source and id of a single event, which are unique together.
func eventDeliveryID(header http.Header, body []byte) string {
	if id := header.Get("Ce-Id"); id != "" {
		return eventKey(unescaped(header.Get("Ce-Source")), unescaped(id))
	}
	var one struct{ SpecVersion, Source, ID string }
	if err := json.Unmarshal(withoutBOM(body), &one); err != nil || one.SpecVersion == "" || one.ID == "" {
		return ""
	}
	return eventKey(one.Source, one.ID)
}

func eventKey(source, id string) string { return source + " " + id }

// unescaped undoes the escapes in which headers hold what is not ASCII.
func unescaped(value string) string {
	if plain, err := url.PathUnescape(value); err == nil {
		return clean(plain)
	}
	return clean(value)
}

// parseEvents reads events that can be read, and tells the others' faults. An empty batch is legal.
func parseEvents(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	events, faults, err := eventsIn(d)
	if err != nil {
		return clamor.Harvest{}, err
	}
	h := clamor.Harvest{}
	if len(events) > 0 {
		h, err = parseEnvelopes(d, o, events)
	}
	return h, joinFaults("the events cannot all be read", faults, err)
}

func mappedEvents(d clamor.Delivery) ([]any, error) {
	events, _, err := eventsIn(d)
	return events, err
}

// eventsIn tells the modes apart by the body itself, so that a delivery that is read again needs no header but its attributes.
func eventsIn(d clamor.Delivery) (events []any, faults []clamor.Fault, err error) {
	value, err := decode(withoutBOM(d.Body))
	if d.Header["ce-id"] != "" {
		if err != nil && isJSONType(mediaOf(d.Header["content-type"])) {
			return nil, nil, err
		}
		if err != nil {
			value = string(d.Body)
		}
		return []any{binaryEvent(d, value)}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	list, isBatch := value.([]any)
	if !isBatch {
		list = []any{value}
	}
	for i, item := range list {
		path := ""
		if isBatch {
			path = fmt.Sprintf("[%d]", i)
		}
		if event, fault := structuredEvent(item); fault != nil {
			fault.Path = strings.Trim(path+"."+fault.Path, ".")
			faults = append(faults, *fault)
		} else {
			events = append(events, event)
		}
	}
	return events, faults, nil
}

// joinFaults puts the faults of events before those of their notes.
func joinFaults(message string, faults []clamor.Fault, err error) error {
	if len(faults) == 0 {
		return err
	}
	if err != nil {
		faults = append(faults, clamor.Fault{Path: "data", Message: err.Error()})
	}
	return clamor.Refuse(message, faults)
}

func mediaOf(contentType string) string {
	media, _, _ := mime.ParseMediaType(contentType)
	return media
}

func binaryEvent(d clamor.Delivery, data any) any {
	about := map[string]any{}
	for name, value := range d.Header {
		if attribute, ok := strings.CutPrefix(name, "ce-"); ok {
			about[attribute] = unescaped(value)
		}
	}
	return eventOf(about, data)
}

// eventOf gives the data of an event; its id, unique with its source, is the note's where the data has none.
func eventOf(about map[string]any, data any) any {
	event, _ := withEvent(data, about, about["time"]).(map[string]any)
	source, _ := about["source"].(string)
	id, _ := about["id"].(string)
	if event["id"] == nil && id != "" {
		event["id"] = eventKey(source, id)
	}
	return event
}

// structuredEvent takes an event apart into its data and what is said about it.
func structuredEvent(item any) (any, *clamor.Fault) {
	m, ok := item.(map[string]any)
	if !ok {
		return nil, &clamor.Fault{Path: "", Message: "is " + typeName(item) + ", not an event"}
	}
	if version, ok := m["specversion"].(string); !ok || !strings.HasPrefix(version, "1.") {
		return nil, &clamor.Fault{Path: "specversion", Message: `must be "1.0"`}
	}
	about := map[string]any{}
	for key, v := range m {
		if key != "data" && key != "data_base64" {
			about[key] = v
		}
	}
	data, fault := eventData(m)
	if fault != nil {
		return nil, fault
	}
	return eventOf(about, data), nil
}

// eventData is an event's data as a value: JSON, or a text.
func eventData(m map[string]any) (any, *clamor.Fault) {
	contentType, _ := m["datacontenttype"].(string)
	encoded, isBytes := m["data_base64"].(string)
	if !isBytes {
		return m["data"], nil
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, &clamor.Fault{Path: "data_base64", Message: "is not base64"}
	}
	switch media := mediaOf(contentType); {
	case isJSONType(media):
		value, err := decode(raw)
		if err != nil {
			return nil, &clamor.Fault{Path: "data_base64", Message: err.Error()}
		}
		return value, nil
	case strings.HasPrefix(media, "text/"):
		return string(raw), nil
	default:
		return nil, &clamor.Fault{Path: "datacontenttype", Message: fmt.Sprintf("%q is not read here: send JSON or text", clip(media))}
	}
}
