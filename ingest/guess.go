package ingest

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
)

// guesses are where the fields of a note stand in payloads whose sender nobody told us about: under the generic note's own names, which
// base takes over, or under what tools call them. No guess is made about money: a wrong unit is wrong by a hundred.
func guesses() map[string]expression {
	fields := map[string]expression{}
	for name, text := range map[string]string{
		"id":             "id | external_id | event_id",
		"occurred_at":    "occurred_at | timestamp | created_at | date",
		"title":          "title | subject",
		"text":           "text | note | notes | body | description | content | message | feedback | comment | quote | request",
		"url":            "url | link | call_url | permalink",
		"account.name":   "account | account_name | company | company_name | customer | organization",
		"account.domain": "account_domain | domain | company_domain | website",
		"account.id":     "account_id | accountId | company_id",
		"contact.name":   "contact_name",
		"contact.email":  "contact_email | email | user_email",
		"author.name":    "rep | author_name | owner",
		"author.email":   "rep_email | author_email | owner_email",
		"deal.id":        "deal_id | opportunity_id",
		"asks[].text":    "request | feature_request | ask",
		"asks[].quote":   "quote",
	} {
		e, err := parseExpression(text)
		if err != nil {
			panic("a guess cannot be read: " + err.Error()) // a mistake in the table above
		}
		fields[name] = e
	}
	return fields
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// base takes over what has the shape of the generic note already.
func (r mapped) base(v any) map[string]any {
	note := map[string]any{}
	m, ok := v.(map[string]any)
	if !ok {
		if s, isText := v.(string); isText {
			note["text"] = s
		}
		return note
	}
	for _, key := range [...]string{"account", "deal"} {
		if child, ok := m[key].(map[string]any); ok {
			note[key] = r.numbers(child)
		}
	}
	for _, key := range [...]string{"contact", "author"} {
		switch child := m[key].(type) {
		case map[string]any:
			note[key] = child
		case string:
			note[key] = personIn(child)
		}
	}
	if asks, ok := m["asks"].([]any); ok && len(asks) > 0 && isObject(asks[0]) {
		note["asks"] = asks
	}
	if kind, ok := m["kind"].(string); ok && r.money {
		note["kind"] = kind
	}
	return note
}

// numbers mends the numbers of senders that write everything as text, and leaves out amounts whose unit nobody told.
func (r mapped) numbers(child map[string]any) map[string]any {
	child = maps.Clone(child)
	for _, key := range [...]string{"arr", "amount"} {
		if !r.money {
			delete(child, key)
		}
	}
	for _, key := range [...]string{"arr", "amount", "seats", "probability"} {
		if s, ok := child[key].(string); ok && digits.MatchString(s) {
			child[key] = json.Number(strings.TrimLeft(s[:len(s)-1], "0") + s[len(s)-1:])
		}
	}
	return child
}

// personIn reads a person written as one text: an address, or a name.
func personIn(text string) map[string]any {
	if at := strings.IndexByte(text, '@'); at > 0 && !strings.ContainsAny(text, " <") {
		return map[string]any{"email": text}
	}
	return map[string]any{"name": text}
}

// holds reports whether a note has a field already.
func holds(note map[string]any, name string) bool {
	if strings.HasPrefix(name, "asks[]") {
		_, given := note["asks"].([]any)
		return given && !guessed(note)
	}
	parent, key, nested := strings.Cut(name, ".")
	if !nested {
		return note[name] != nil
	}
	m, _ := note[parent].(map[string]any)
	return m[key] != nil
}

// guessedAsks marks asks that a mapping or a guess made, rather than the sender.
const guessedAsks = "\x00guessed"

func guessed(note map[string]any) bool { return note[guessedAsks] != nil }

func drop(note map[string]any, name string) {
	if strings.HasPrefix(name, "asks[]") {
		if !guessed(note) {
			delete(note, "asks")
		}
		return
	}
	parent, key, nested := strings.Cut(name, ".")
	if !nested {
		delete(note, name)
	} else if m, ok := note[parent].(map[string]any); ok {
		m = maps.Clone(m)
		delete(m, key)
		note[parent] = m
	}
}

// put sets a field of a note.
func put(note map[string]any, f mappedField, values []any) {
	if len(values) == 0 {
		return
	}
	if key, ok := strings.CutPrefix(f.name, "asks[]."); ok {
		putAsks(note, key, values)
		return
	}
	value := values[0]
	if f.kind == longText && len(values) > 1 {
		var lines []string
		for _, v := range values {
			lines = append(lines, v.(string))
		}
		value = strings.Join(lines, "\n")
	}
	names := strings.Split(f.name, ".")
	for _, name := range names[:len(names)-1] {
		child, _ := note[name].(map[string]any)
		child = maps.Clone(child)
		if child == nil {
			child = map[string]any{}
		}
		note[name] = child
		note = child
	}
	note[names[len(names)-1]] = value
}

func putAsks(note map[string]any, key string, values []any) {
	asks, _ := note["asks"].([]any)
	for i, v := range values {
		if i >= len(asks) {
			asks = append(asks, map[string]any{})
		}
		if v != nil {
			asks[i].(map[string]any)[key] = v
		}
	}
	note["asks"], note[guessedAsks] = asks, true
}
