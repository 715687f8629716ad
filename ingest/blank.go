package ingest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// blanked stands where a secret stood in a body that is kept.
const blanked = "blanked"

// blankJSON blanks the values of the keys named, wherever they stand; "metadata.system" names a key only below another. All other
// bytes stay. A body that is not JSON is blanked as far as it can be read.
func blankJSON(body []byte, keys ...string) []byte {
	w := walk{body: body, decoder: json.NewDecoder(bytes.NewReader(body)), secret: keys}
	w.decoder.UseNumber()
	for w.step() {
	}
	return append(w.out, body[w.copied:]...)
}

// deepest is how far JSON may nest: encoding/json reads nothing deeper either.
const deepest = 10_000

// walk goes through the tokens of a JSON text. It holds its place in a list, not in calls, so that no nesting can exhaust the stack.
type walk struct {
	body    []byte
	decoder *json.Decoder
	secret  []string
	out     []byte
	copied  int      // bytes of body that out accounts for
	opened  []opened // the objects and arrays around the place
	cutAt   int      // where a secret value begins: behind its key
	cutting int      // the depth at which it ends, 0 while there is none
}

type opened struct {
	object bool
	name   string // under which it stands
	key    string // the last one read
	value  bool   // the next token is one, in an object
}

func (w *walk) step() bool {
	token, err := w.decoder.Token()
	if err != nil || len(w.opened) > deepest {
		return false
	}
	if mark, ok := token.(json.Delim); ok && (mark == '}' || mark == ']') {
		w.opened = w.opened[:len(w.opened)-1]
		w.valued()
		return true
	}
	top := w.top()
	if key, ok := token.(string); ok && top != nil && top.object && !top.value {
		top.key, top.value = key, true
		if w.cutting == 0 && w.isSecret(*top) {
			w.cutAt, w.cutting = int(w.decoder.InputOffset()), len(w.opened)
		}
		return true
	}
	if mark, ok := token.(json.Delim); ok {
		name := ""
		if top != nil {
			name = top.key
			if !top.object {
				name = top.name
			}
		}
		w.opened = append(w.opened, opened{object: mark == '{', name: name})
		return true
	}
	w.valued()
	return true
}

func (w *walk) top() *opened {
	if len(w.opened) == 0 {
		return nil
	}
	return &w.opened[len(w.opened)-1]
}

// valued ends a value, and with it the secret that it is or belongs to.
func (w *walk) valued() {
	if top := w.top(); top != nil {
		top.value = false
	}
	if w.cutting > 0 && w.cutting == len(w.opened) {
		w.out = append(append(w.out, w.body[w.copied:w.cutAt]...), `: "`+blanked+`"`...)
		w.copied, w.cutting = int(w.decoder.InputOffset()), 0
	}
}

func (w *walk) isSecret(o opened) bool {
	return slices.ContainsFunc(w.secret, func(name string) bool {
		above, key, below := strings.Cut(name, ".")
		if !below {
			return strings.EqualFold(name, o.key)
		}
		return strings.EqualFold(key, o.key) && strings.EqualFold(above, o.name)
	})
}

// blankForm blanks fields of a form; payload names one that holds JSON, whose keys are blanked too.
func blankForm(body []byte, payload string, keys ...string) []byte {
	pairs := bytes.Split(body, []byte("&"))
	for i, pair := range pairs {
		name, value, _ := strings.Cut(string(pair), "=")
		plainName, err := url.QueryUnescape(name)
		if err != nil {
			continue
		}
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, plainName) }) {
			pairs[i] = []byte(name + "=" + blanked)
		}
		if text, err := url.QueryUnescape(value); plainName == payload && payload != "" && err == nil {
			pairs[i] = []byte(name + "=" + url.QueryEscape(string(blankJSON([]byte(text), keys...))))
		}
	}
	return bytes.Join(pairs, []byte("&"))
}
