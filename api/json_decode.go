package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"clamor"
)

// decodeBody reads the JSON body of a request into v, a pointer to a struct. An unknown field or a wrong type is a fault that
// names its path, and all of them are told at once: a misspelt field must not look like a success.
func (s *Server) decodeBody(c *gin.Context, v any) error {
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	if err := checkJSONType(c.GetHeader("Content-Type")); err != nil {
		return err
	}
	return decodeStrict(body, v)
}

func checkJSONType(given string) error {
	if given == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(given)
	if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
		return clamor.Errorf(clamor.Unsupported, "content type %.60q is not read here: send Content-Type: application/json", given)
	}
	return nil
}

func decodeStrict(body []byte, v any) error {
	if !utf8.Valid(body) {
		return clamor.Errorf(clamor.Invalid, "the body is not UTF-8: send JSON in UTF-8")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return clamor.Errorf(clamor.Invalid, "the body is empty: send a JSON object")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return clamor.Errorf(clamor.Invalid, "the body is not JSON: %w", err)
	}
	if faults := misfitFields(reflect.TypeOf(v).Elem(), raw, ""); len(faults) > 0 {
		return clamor.Refuse("the body does not fit", faults)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return clamor.Errorf(clamor.Invalid, "the body does not fit: %w", err)
	}
	return nil
}

// misfits are the faults of a JSON value that shall become a value of type t.
func misfits(t reflect.Type, raw json.RawMessage, path string) []clamor.Fault {
	if string(raw) == "null" {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return misfits(t.Elem(), raw, path)
	case reflect.Struct:
		return misfitFields(t, raw, path)
	case reflect.Slice:
		return misfitElements(t, raw, path)
	}
	v := reflect.New(t)
	if json.Unmarshal(raw, v.Interface()) != nil {
		return []clamor.Fault{{Path: path, Message: "must be " + typeName(t) + ", not " + clip(string(raw))}}
	}
	if t.Kind() == reflect.String && strings.IndexByte(v.Elem().String(), 0) >= 0 {
		return []clamor.Fault{{Path: path, Message: "holds a NUL character, which is no text: leave it out"}}
	}
	return nil
}

func misfitFields(t reflect.Type, raw json.RawMessage, path string) []clamor.Fault {
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil || given == nil {
		return []clamor.Fault{{Path: path, Message: "must be an object, not " + clip(string(raw))}}
	}
	known := map[string]reflect.Type{}
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = f.Type
		names = append(names, name)
	}
	var faults []clamor.Fault
	for name, value := range given {
		field, ok := known[name]
		if !ok {
			faults = append(faults, clamor.Fault{Path: join(path, clip(name)), Message: "is unknown: the fields are " + strings.Join(names, ", ")})
			continue
		}
		faults = append(faults, misfits(field, value, join(path, name))...)
	}
	return sorted(faults)
}

// sorted puts faults in the order of their paths, since Go walks maps in none.
func sorted(faults []clamor.Fault) []clamor.Fault {
	slices.SortStableFunc(faults, func(a, b clamor.Fault) int { return strings.Compare(a.Path, b.Path) })
	return faults
}

func misfitElements(t reflect.Type, raw json.RawMessage, path string) []clamor.Fault {
	var given []json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return []clamor.Fault{{Path: path, Message: "must be an array, not " + clip(string(raw))}}
	}
	var faults []clamor.Fault
	for i, value := range given {
		faults = append(faults, misfits(t.Elem(), value, fmt.Sprintf("%s[%d]", path, i))...)
	}
	return faults
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Map:
		return "an object of texts"
	}
	return "a " + t.Kind().String()
}

// clip keeps what a message cites from a body short.
func clip(text string) string {
	const limit = 60
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// writeJSON answers with a value. HTML is not escaped: a quote stays as it was said.
func writeJSON(c *gin.Context, status int, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	c.Data(status, "application/json; charset=utf-8", b.Bytes())
	return nil
}

// etag names a version of a feature, strongly.
func etag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// ifMatch reads the version that a change was made from; 0, which skips the check, where none is told.
func ifMatch(r *http.Request) (int64, error) {
	given := strings.TrimSpace(r.Header.Get("If-Match"))
	if given == "" || given == "*" {
		return 0, nil
	}
	var version int64
	if _, err := fmt.Sscanf(given, `"%d"`, &version); err != nil || version < 1 || etag(version) != given {
		return 0, clamor.Errorf(clamor.Stale, "If-Match %s is no ETag of this feature: send the ETag that you were given", clip(given))
	}
	return version, nil
}
