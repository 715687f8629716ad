package ingest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"clamor"
)

// The bounds of an Outbound Message: Salesforce sends at most 100 notifications, and no object has more than 800 fields.
const (
	maxNotifications = 100
	maxFields        = 1000
	maxElements      = 12 // one in another
)

// outbound is an Outbound Message.
type outbound struct {
	organization  string
	instance      string // the address of the organisation's own API
	notifications []notification
}

// notification is one record as it stood when the message went out.
type notification struct {
	id     string
	kind   string // Opportunity
	record map[string]any
}

// readOutbound reads an Outbound Message by the local names of its elements: prefixes and namespaces vary with version and WSDL.
func readOutbound(body []byte) (outbound, error) {
	d := xml.NewDecoder(bytes.NewReader(withoutBOM(body)))
	r := outboundReader{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.take(token)
		}
		if err != nil {
			return outbound{}, notOutbound(err)
		}
	}
	if !r.found {
		return outbound{}, clamor.Errorf(clamor.Invalid, "the XML holds no notifications: send an Outbound Message")
	}
	return r.outbound, nil
}

func notOutbound(err error) error {
	var known *clamor.Error
	if errors.As(err, &known) {
		return err
	}
	return clamor.Errorf(clamor.Invalid, "the body is no XML that can be read: %s", clip(clean(err.Error())))
}

// outboundReader follows the elements of a message.
type outboundReader struct {
	outbound
	found  bool
	path   []string
	text   strings.Builder
	fields int
	empty  bool // the element is marked as nil
}

func (r *outboundReader) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		r.path = append(r.path, t.Name.Local)
		if len(r.path) > maxElements {
			return clamor.Errorf(clamor.Invalid, "the XML nests more than %d elements: send an Outbound Message", maxElements)
		}
		r.text.Reset()
		r.empty = attribute(t, "nil") == "true" || attribute(t, "nil") == "1"
		return r.open(t)
	case xml.CharData:
		r.text.Write(t)
	case xml.EndElement:
		r.closed(r.inside(), clean(r.text.String()))
		r.path = r.path[:len(r.path)-1]
		r.text.Reset()
		r.empty = true // of the element around it nothing is left but white space
	}
	return nil
}

// inside is the path below the notifications, nil outside of them.
func (r *outboundReader) inside() []string {
	if at := slices.Index(r.path, "notifications"); at >= 0 {
		return r.path[at+1:]
	}
	return nil
}

func (r *outboundReader) open(t xml.StartElement) error {
	in := r.inside()
	r.found = r.found || in != nil
	switch {
	case len(in) == 1 && in[0] == "Notification":
		if len(r.notifications) == maxNotifications {
			return clamor.Errorf(clamor.Invalid, "the message holds more than %d notifications", maxNotifications)
		}
		r.notifications, r.fields = append(r.notifications, notification{record: map[string]any{}}), 0
	case len(in) == 2 && in[0] == "Notification" && in[1] == "sObject":
		kind := attribute(t, "type")
		r.notifications[len(r.notifications)-1].kind = clean(kind[strings.LastIndex(kind, ":")+1:])
	case len(in) > 2:
		if r.fields++; r.fields > maxFields {
			return clamor.Errorf(clamor.Invalid, "a record has more than %d fields", maxFields)
		}
	}
	return nil
}

func (r *outboundReader) closed(in []string, text string) {
	last := len(r.notifications) - 1
	switch {
	case len(in) == 1 && in[0] == "OrganizationId":
		r.organization = strings.TrimSpace(text)
	case len(in) == 1 && in[0] == "EnterpriseUrl":
		r.instance = strings.TrimSpace(text)
	case last < 0 || r.empty:
	case len(in) == 2 && in[0] == "Notification" && in[1] == "Id":
		r.notifications[last].id = strings.TrimSpace(text)
	case len(in) > 2 && in[0] == "Notification" && in[1] == "sObject":
		setAt(r.notifications[last].record, in[2:], text)
	}
}

// setAt sets a value in objects within objects; what stands in its way stays.
func setAt(m map[string]any, path []string, value any) {
	for _, key := range path[:len(path)-1] {
		child, ok := m[key].(map[string]any)
		if !ok {
			if m[key] != nil {
				return
			}
			child = map[string]any{}
			m[key] = child
		}
		m = child
	}
	if m[path[len(path)-1]] == nil {
		m[path[len(path)-1]] = value
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// blankSessionID takes the session, with which anybody could act for its user, out of an Outbound Message. It looks at bytes and not
// at XML, so that a message that is broken further down keeps no session either.
func blankSessionID(body []byte) []byte {
	const name = "SessionId"
	if !isXML(body) {
		return body
	}
	var kept []byte
	rest := body
	for {
		at := bytes.Index(rest, []byte(name))
		if at < 0 {
			break
		}
		at += len(name)
		end := bytes.IndexByte(rest[at:], '>')
		opens := end >= 0 && opensElement(rest[:at-len(name)]) && rest[at+max(end-1, 0)] != '/'
		if !opens || end > 0 && !bytes.ContainsAny(rest[at:at+1], " \t\r\n") {
			kept, rest = append(kept, rest[:at]...), rest[at:]
			continue
		}
		kept, rest = append(kept, rest[:at+end+1]...), rest[at+end+1:]
		rest = rest[sessionEnd(rest, name):]
	}
	if kept == nil {
		return body
	}
	return append(kept, rest...)
}

// opensElement reports whether what stands before a name begins an element: "<", or "<" and a prefix.
func opensElement(before []byte) bool {
	at := bytes.LastIndexByte(before, '<')
	if at < 0 {
		return false
	}
	prefix := before[at+1:]
	return len(prefix) == 0 || prefix[len(prefix)-1] == ':' && !bytes.ContainsAny(prefix, " /!?>\t\r\n")
}

// sessionEnd is where the closing tag of the element begins, the end of all where there is none.
func sessionEnd(rest []byte, name string) int {
	for at := 0; ; {
		i := bytes.Index(rest[at:], []byte("</"))
		if i < 0 {
			return len(rest)
		}
		at += i
		tag, _, _ := bytes.Cut(rest[at+2:min(len(rest), at+100)], []byte(">"))
		if local := bytes.TrimSpace(tag); string(local[bytes.LastIndexByte(local, ':')+1:]) == name {
			return at
		}
		at += 2
	}
}
