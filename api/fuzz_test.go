package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"clamor"
	"clamor/api"
)

// A cursor is ours or it is refused; nothing else gets through, and nothing panics.
func FuzzCursor(f *testing.F) {
	f.Add(api.NewCursor(7, "a1b2c3"), "a1b2c3")
	f.Add("", "")
	f.Add("!", "x")
	f.Add("LTEuYQ", "a")
	f.Fuzz(func(t *testing.T, text, mark string) {
		after, err := api.ReadCursor(text, mark)
		if err == nil && (after < 1 || api.NewCursor(after, mark) != text) {
			t.Errorf("%q of %q was read as %d", text, mark, after)
		}
		if err != nil && clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// A body is refused with its faults or fits: then it is UTF-8 without NUL, and no field of it was passed over.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"title":"A","effort":1}`, `{"title":null}`, `{"titel":"A"}`, `[]`, `{"title":"\u0000"}`, `{"effort":1e99}`,
		`{"status":{"a":[1]}}`, "\xff", `{"title":"A"}{}`, `{"Title":"A"}`, `null`, strings.Repeat(`{"title":`, 50)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var edit clamor.FeatureEdit
		err := api.DecodeStrict(body, &edit)
		if err != nil {
			if clamor.KindOf(err) != clamor.Invalid || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		var given map[string]any
		if err := json.Unmarshal(body, &given); err != nil {
			t.Fatalf("%q was accepted: %v", body, err)
		}
		again, err := json.Marshal(edit)
		must(t, err)
		if strings.Contains(string(again), `\u0000`) {
			t.Errorf("%q let a NUL through", body)
		}
		for name, value := range given {
			if value != nil && !strings.Contains(string(again), `"`+name+`"`) {
				t.Errorf("%q: %s was passed over: %s", body, name, again)
			}
		}
	})
}
