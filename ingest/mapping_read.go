package ingest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"clamor"
)

// mapped reads notes out of a sender's values.
type mapped struct {
	mapping mapping
	options ParseOptions
	guesses map[string]expression // of fields that are not mapped
	money   bool                  // amounts under their own names are those of the generic note
}

// newMapped makes a reader for a source's mapping.
func newMapped(o ParseOptions, money bool) (mapped, error) {
	m, err := parseMapping(o.Mapping)
	return mapped{mapping: m, options: o, guesses: guesses(), money: money}, err
}

// valueOf reads a body as JSON or as a form, whichever it is.
func valueOf(body []byte) (any, error) {
	if !isForm(body) {
		return decode(withoutBOM(body))
	}
	form, err := url.ParseQuery(strings.TrimSpace(string(withoutBOM(body))))
	if err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the body is neither JSON nor a form: %w", err)
	}
	m := map[string]any{}
	for name, values := range form {
		key, isList := strings.CutSuffix(name, "[]")
		if !isList && len(values) == 1 {
			m[key] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		m[key] = list
	}
	return m, nil
}

// portion is what one note is read from: a root, and the element of its list that the note is about.
type portion struct {
	root found
	own  found
}

// elements finds what the notes are read from; of more than are read at once, it finds one more.
func (r mapped) elements(value any) []portion {
	roots := []found{{value, ""}}
	list, isList := value.([]any)
	if isList && (len(r.mapping.each) == 0 || r.mapping.each[0].kind != each) {
		roots = nil
		for i, v := range list[:min(len(list), maxNotes+1)] {
			roots = append(roots, found{v, fmt.Sprintf("[%d]", i)})
		}
	}
	var all []portion
	for _, root := range roots {
		root.value = unflattened(root.value)
		for _, own := range r.owns(root) {
			own.value = unflattened(own.value)
			all = append(all, portion{root, own})
		}
	}
	return all
}

func (r mapped) owns(root found) []found {
	if r.mapping.each != nil {
		return follow(root, r.mapping.each)
	}
	if m, ok := root.value.(map[string]any); ok && len(r.mapping.fields) == 0 {
		if notes, ok := m["notes"].([]any); ok && len(notes) > 0 && isObject(notes[0]) {
			return follow(root, []step{{key: "notes"}, {kind: each}})
		}
	}
	return []found{root}
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// unflattened nests what stands under keys such as deal__stage or deal[stage], beside those keys.
func unflattened(v any) any {
	m, ok := v.(map[string]any)
	if !ok || !slices.ContainsFunc(sortedKeys(m), isFlat) {
		return v
	}
	nested := maps.Clone(m)
	own := map[string]bool{} // objects made here, which may be written to
	for _, key := range sortedKeys(m) {
		if isFlat(key) {
			nest(nested, own, flatParts(key), m[key])
		}
	}
	return nested
}

func isFlat(key string) bool { return strings.Contains(key, "__") || strings.Contains(key, "[") }

func flatParts(key string) []string {
	key = strings.NewReplacer("[", "__", "]", "").Replace(key)
	return strings.Split(key, "__")
}

func nest(m map[string]any, own map[string]bool, parts []string, value any) {
	const deepest = 8
	if len(parts) > deepest || slices.Contains(parts, "") {
		return
	}
	path := ""
	for _, part := range parts[:len(parts)-1] {
		path += part + "\x00"
		child, ok := m[part].(map[string]any)
		switch {
		case m[part] == nil:
			child = map[string]any{}
		case !ok:
			return // something else stands there
		case !own[path]:
			child = maps.Clone(child)
		}
		own[path], m[part] = true, child
		m = child
	}
	if last := parts[len(parts)-1]; m[last] == nil {
		m[last] = value
	}
}

// harvest reads the notes of a payload's value.
func (r mapped) harvest(d clamor.Delivery, value any) (clamor.Harvest, error) {
	elements := r.elements(value)
	if len(elements) == 0 {
		return clamor.Harvest{}, clamor.Errorf(clamor.Invalid, "the body holds no note: %s", r.nowhere(value))
	}
	if len(elements) > maxNotes {
		return clamor.Harvest{}, clamor.Errorf(clamor.Invalid, "the body holds more than %d notes: send fewer at once", maxNotes)
	}
	reader := noteReader{options: r.options, seen: map[string]int{}}
	var h clamor.Harvest
	var faults []clamor.Fault
	bad := 0
	for i, e := range elements {
		in, fresh, wrong := r.read(reader, i, e)
		faults = append(faults, wrong...)
		if len(wrong) > 0 {
			bad++
		} else if fresh {
			in.Note.Delivery = d.ID
			h.Notes = append(h.Notes, in)
		}
	}
	return h, clamor.Refuse(fmt.Sprintf("%d of %d notes cannot be read", bad, len(elements)), faults)
}

func (r mapped) nowhere(value any) string {
	if r.mapping.each == nil {
		return "send at least one"
	}
	return "nothing stands at " + pathText(r.mapping.each) + "; " + stands(value)
}

// read reads one note, and tells its faults by the sender's own paths.
func (r mapped) read(reader noteReader, i int, p portion) (clamor.Intake, bool, []clamor.Fault) {
	note, faults := r.note(p)
	in, fresh, wrong := reader.read(p.own.at, i, note)
	if len(faults) > 0 {
		return in, false, faults
	}
	return in, fresh, r.told(p, wrong)
}

// told adds to the faults of missing fields where they were looked for.
func (r mapped) told(p portion, faults []clamor.Fault) []clamor.Fault {
	for i, f := range faults {
		name := strings.TrimPrefix(strings.TrimPrefix(f.Path, p.own.at), ".")
		if !strings.Contains(f.Message, "is missing") && !strings.Contains(f.Message, "has neither") {
			continue
		}
		looked := r.mapping.fields[name]
		if name == "account" {
			looked = slices.Concat(r.mapping.fields["account.name"], r.mapping.fields["account.domain"], r.mapping.fields["account.id"])
		}
		if len(looked) > 0 {
			faults[i].Message = "nothing stands at " + looked.String() + ": correct the mapping; " + stands(p.own.value)
		} else {
			faults[i].Message += ", or map it; " + stands(p.own.value)
		}
	}
	return faults
}

// String writes an expression as it stands in the mapping.
func (e expression) String() string {
	var parts []string
	for _, a := range e {
		parts = append(parts, a.text)
	}
	return strings.Join(parts, " | ")
}

// stands tells what keys there are, for whoever corrects a mapping.
func stands(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return "there is " + typeName(v)
	}
	return "there are " + quoteAll(sortedKeys(m))
}

// note makes a generic note of an element.
func (r mapped) note(p portion) (map[string]any, []clamor.Fault) {
	note := r.base(p.own.value)
	var faults []clamor.Fault
	fill := func(name string, x expression, guess bool) {
		f, _ := noteFieldOf(name)
		values, wrong := r.values(p, f, x, currencyOf(note, name, r.options.currency()), guess)
		faults = append(faults, wrong...)
		put(note, f, values)
	}
	for _, f := range fillOrder(r.guesses) {
		if _, said := r.mapping.fields[f]; !said && !holds(note, f) {
			fill(f, r.guesses[f], true)
		}
	}
	for _, f := range fillOrder(r.mapping.fields) {
		drop(note, f)
		fill(f, r.mapping.fields[f], false)
	}
	r.finishAsks(note)
	return note, faults
}

// finishAsks lets a mapped quote stand for an ask without words of its own; a quote that was guessed is no ask.
func (r mapped) finishAsks(note map[string]any) {
	if !guessed(note) {
		return
	}
	delete(note, guessedAsks)
	_, said := r.mapping.fields["asks[].quote"]
	asks := slices.DeleteFunc(note["asks"].([]any), func(ask any) bool {
		m := ask.(map[string]any)
		if m["text"] == nil && said {
			m["text"] = m["quote"]
		}
		return m["text"] == nil
	})
	if note["asks"] = asks; len(asks) == 0 {
		delete(note, "asks")
	}
}

// fillOrder puts currencies before the amounts that they are of.
func fillOrder(fields map[string]expression) []string {
	names := sortedKeys(fields)
	slices.SortStableFunc(names, func(a, b string) int {
		return rank(a) - rank(b)
	})
	return names
}

func rank(field string) int {
	if strings.HasSuffix(field, ".currency") {
		return 0
	}
	return 1
}

// currencyOf is the currency that the note names beside an amount.
func currencyOf(note map[string]any, name, usual string) string {
	parent, _, _ := strings.Cut(name, ".")
	if m, ok := note[parent].(map[string]any); ok {
		if c, ok := m["currency"].(string); ok && c != "" {
			return c
		}
	}
	return usual
}

// values gives what an expression finds, converted; of an ask's field, a value or nil for each ask. Of a guess, what does not fit is
// passed over.
func (r mapped) values(p portion, f mappedField, x expression, currency string, guess bool) (values []any, faults []clamor.Fault) {
	for _, a := range x {
		values, faults = nil, nil
		some := false
		for _, one := range r.groups(p, f, a) {
			held := len(values)
			for _, v := range one {
				converted, err := f.read(v.value, a.units, currency)
				if err != nil {
					faults = append(faults, clamor.Fault{Path: at(p.own.at, step{key: f.name}), Message: v.at + ": " + err.Error()})
				} else if converted != nil {
					values, some = append(values, converted), true
				}
			}
			if f.ofAsk() {
				values = append(values[:min(len(values), held+1)], make([]any, max(0, held+1-len(values)))...)
			}
		}
		if some {
			return values, nil
		}
	}
	if guess {
		return nil, nil
	}
	return nil, faults
}

// groups gives what stands at a path: of an ask's field, apart for each element of its list, so that the fields of an ask stay together.
func (r mapped) groups(p portion, f mappedField, a alternative) [][]found {
	from, path := r.start(p, a)
	list := slices.IndexFunc(path, func(s step) bool { return s.kind == all })
	if a.constant != nil || !f.ofAsk() || list < 0 {
		return [][]found{r.find(p, a)}
	}
	var groups [][]found
	for _, element := range follow(from, path[:list+1]) {
		groups = append(groups, follow(element, path[list+1:]))
	}
	return groups
}

func (r mapped) find(p portion, a alternative) []found {
	if a.constant != nil {
		return []found{{*a.constant, "the mapping"}}
	}
	from, path := r.start(p, a)
	return follow(from, path)
}

// start is where an alternative's path begins: at the note's own element, or at the root where the path leads elsewhere.
func (r mapped) start(p portion, a alternative) (found, []step) {
	switch n := len(r.mapping.each); {
	case n > 0 && len(a.path) >= n && slices.Equal(a.path[:n], r.mapping.each):
		return p.own, a.path[n:]
	case n > 0:
		return p.root, a.path
	}
	return p.own, a.path
}
