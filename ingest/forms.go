package ingest

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"

	"clamor"
)

// Some systems send forms, some JSON, and some either.

// formType is the content type of a form.
const formType = "application/x-www-form-urlencoded"

// isForm tells a form from JSON by its bytes: a delivery that is read again may have lost its content type.
func isForm(body []byte) bool {
	body = bytes.TrimLeft(withoutBOM(body), " \t\r\n")
	return len(body) > 0 && body[0] != '{' && body[0] != '['
}

// checkFormOrJSON accepts what rootOrForm can read.
func checkFormOrJSON(header http.Header, body []byte) error {
	if media, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || media != formType {
		return checkJSON(header, body)
	}
	var faults []clamor.Fault
	_, err := rootOfForm(body, &faults)
	return err
}

// rootOrForm reads a body as one JSON object or as a form, whichever it is.
func rootOrForm(body []byte, faults *[]clamor.Fault) (object, error) {
	if isForm(body) {
		return rootOfForm(body, faults)
	}
	return rootOf(body, faults)
}

func rootOfForm(body []byte, faults *[]clamor.Fault) (object, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return object{}, clamor.Errorf(clamor.Invalid, "the body is no form: %w", err)
	}
	m := map[string]any{}
	for name := range form {
		m[clean(name)] = form.Get(name)
	}
	return object{"", m, faults}, nil
}

// within reads a field that holds JSON as a text.
func (o object) within(key string) (object, error) {
	var text string
	if s, ok := o.m[key].(string); ok {
		text = s
	}
	return rootOf([]byte(text), o.faults)
}

// ephemeral is the answer to a command that only who gave it gets to see; chat systems read it from JSON.
func ephemeral(text string) Answer {
	body, _ := json.Marshal(map[string]string{"response_type": "ephemeral", "text": text}) // a map of strings is always JSON
	return Answer{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}
}

// welcome is the answer to a handshake that wants nothing but a 200.
func welcome() *Answer {
	return &Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("ok\n")}
}
