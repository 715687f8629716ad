package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clamor"
)

// A mapping tells where the fields of the generic note stand in a sender's JSON, one expression a field:
//
//	data.attributes.body     a path: keys from the outermost object inwards
//	deal[stage]  deal__stage the same as deal.stage; senders that flatten what is nested write keys like that
//	["a.b"].c                a key that holds dots, brackets or other marks, in quotation marks
//	lines[0].text            an element of a list, from 0
//	lines[].text             all elements: lines of a text, or one ask each
//	items[*].text            one note for each element; a mapping follows one list only, and other paths stay outside of it
//	summary | body | text    the first that is there and not empty
//	='call'                  these words themselves; a quotation mark is doubled
//	amount @major            with a unit: @minor (the default: cents), @major (whole units), @monthly (major, times twelve), @ms and @s
//	                         (since 1970), @mdy and @dmy (which comes first in 3/4/2026), @html (take the words out)
//
// An empty expression leaves a field out. The fields are those of the generic note, an ask's written as asks[].text.
type mapping struct {
	fields map[string]expression
	each   []step // the list that gives the notes, up to and with [*]; nil where there is none
}

// expression is a list of alternatives.
type expression []alternative

// alternative is a path with its units, or a constant.
type alternative struct {
	text     string // as written
	constant *string
	path     []step
	units    []string
}

// step is one step into a value.
type step struct {
	kind  stepKind
	key   string
	index int
}

type stepKind int

const (
	byKey stepKind = iota
	byIndex
	all  // []
	each // [*]
)

// CheckMapping tells every fault of a mapping by its field.
func CheckMapping(m map[string]string) error {
	_, err := parseMapping(m)
	return err
}

func parseMapping(said map[string]string) (mapping, error) {
	m := mapping{fields: map[string]expression{}}
	var faults []clamor.Fault
	for _, name := range sortedKeys(said) {
		field, known := noteFieldOf(name)
		if !known {
			faults = append(faults, clamor.Fault{Path: name, Message: "is no field of a note: choose " + strings.Join(mappedFieldNames(), ", ")})
			continue
		}
		e, err := parseExpression(said[name])
		if err == nil {
			err = errorsOf(e, field, &m)
		}
		if err != nil {
			faults = append(faults, clamor.Fault{Path: name, Message: err.Error()})
			continue
		}
		m.fields[field.name] = e
	}
	return m, clamor.Refuse("the mapping cannot be read", faults)
}

// errorsOf checks what the field of an expression and the others of the mapping demand of it.
func errorsOf(e expression, f mappedField, m *mapping) error {
	for _, a := range e {
		for _, unit := range a.units {
			if !slices.Contains(f.kind.units(), unit) {
				return clamor.Errorf(clamor.Invalid, "%q: @%s means nothing here; choose of %s", a.text, unit, unitNames(f.kind))
			}
		}
		at := slices.IndexFunc(a.path, func(s step) bool { return s.kind == each })
		if at < 0 {
			continue
		}
		if m.each != nil && !slices.Equal(m.each, a.path[:at+1]) {
			return clamor.Errorf(clamor.Invalid, "%q: [*] follows one list only, and that is %s already; write [] for all elements of another", a.text, pathText(m.each))
		}
		m.each = a.path[:at+1]
	}
	return nil
}

func unitNames(k fieldKind) string {
	if len(k.units()) == 0 {
		return "nothing"
	}
	return "@" + strings.Join(k.units(), ", @")
}

// mapParser reads one expression.
type mapParser struct {
	text string
	at   int
}

func parseExpression(text string) (expression, error) {
	const longest = 1000
	if len(text) > longest {
		return nil, clamor.Errorf(clamor.Invalid, "has more than %d bytes", longest)
	}
	p := &mapParser{text: text}
	var e expression
	if p.space(); p.end() {
		return nil, nil
	}
	for {
		a, err := p.alternative()
		if err != nil {
			return nil, err
		}
		e = append(e, a)
		if p.end() {
			return e, nil
		}
		if !p.take('|') {
			return nil, p.fault("a | between alternatives")
		}
	}
}

func (p *mapParser) end() bool { return p.at >= len(p.text) }

func (p *mapParser) space() {
	for !p.end() && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *mapParser) take(c byte) bool {
	if p.end() || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *mapParser) fault(expected string) error {
	return clamor.Errorf(clamor.Invalid, "%q: at byte %d %s was expected", p.text, p.at, expected)
}

func (p *mapParser) alternative() (a alternative, err error) {
	p.space()
	start := p.at
	if p.take('=') {
		text, err := p.quoted('\'')
		if err != nil {
			return a, err
		}
		a.constant = &text
	} else if a.path, err = p.path(); err != nil {
		return a, err
	}
	a.text = strings.TrimSpace(p.text[start:p.at])
	for p.space(); p.take('@'); p.space() {
		unit := p.until(" |@")
		if !slices.Contains(allUnits(), unit) {
			return a, p.fault("one of the units @" + strings.Join(allUnits(), ", @"))
		}
		a.units = append(a.units, unit)
	}
	return a, nil
}

func (p *mapParser) until(marks string) string {
	n := strings.IndexAny(p.text[p.at:], marks)
	if n < 0 {
		n = len(p.text) - p.at
	}
	word := p.text[p.at : p.at+n]
	p.at += n
	return word
}

// quoted reads up to the closing mark; a doubled mark stands for one.
func (p *mapParser) quoted(mark byte) (string, error) {
	if !p.take(mark) {
		return "", p.fault("a " + string(mark))
	}
	var b strings.Builder
	for !p.end() {
		c := p.text[p.at]
		p.at++
		if c == mark && !p.take(mark) {
			return b.String(), nil
		}
		b.WriteByte(c)
	}
	return "", p.fault("a closing " + string(mark))
}

func (p *mapParser) path() (path []step, err error) {
	const deepest = 32
	for first := true; len(path) <= deepest; first = false {
		switch {
		case p.take('['):
			s, err := p.bracket()
			if err != nil {
				return nil, err
			}
			path = append(path, s)
		case first || p.take('.'):
			key := strings.TrimSpace(p.until(".[]|@"))
			if key == "" {
				return nil, p.fault("a key")
			}
			for part := range strings.SplitSeq(key, "__") {
				if part == "" {
					path = append(path[:len(path):len(path)], step{key: key}) // no flattened key: one that is written so
					break
				}
				path = append(path, step{key: part})
			}
		default:
			return path, nil
		}
	}
	return nil, p.fault("a shorter path")
}

func (p *mapParser) bracket() (step, error) {
	if !p.end() && p.text[p.at] == '"' {
		key, err := p.quoted('"')
		if err == nil && !p.take(']') {
			err = p.fault("a ]")
		}
		return step{key: key}, err
	}
	inner := p.until("]")
	if !p.take(']') {
		return step{}, p.fault("a ]")
	}
	switch inner {
	case "":
		return step{kind: all}, nil
	case "*":
		return step{kind: each}, nil
	}
	if n, err := strconv.Atoi(inner); err == nil && n >= 0 {
		return step{kind: byIndex, index: n, key: inner}, nil
	}
	return step{key: inner}, nil
}

// pathText writes a path as it may be read again.
func pathText(path []step) string {
	var b strings.Builder
	for i, s := range path {
		switch {
		case s.kind == all:
			b.WriteString("[]")
		case s.kind == each:
			b.WriteString("[*]")
		case s.kind == byIndex:
			fmt.Fprintf(&b, "[%d]", s.index)
		case i == 0:
			b.WriteString(s.key)
		default:
			b.WriteString("." + s.key)
		}
	}
	return b.String()
}

// found is a value with where it stands.
type found struct {
	value any
	at    string
}

// follow gives what stands at a path, in order; nothing where it does not lead anywhere.
func follow(from found, path []step) []found {
	if len(path) == 0 {
		if from.value == nil {
			return nil
		}
		return []found{from}
	}
	s, rest := path[0], path[1:]
	list, isList := from.value.([]any)
	object, isObject := from.value.(map[string]any)
	switch {
	case s.kind == each:
		return followAll(from, list[:min(len(list), maxNotes+1)], isList, rest)
	case s.kind == all:
		return followAll(from, list, isList, rest)
	case s.kind == byIndex && isList:
		if s.index < len(list) {
			return follow(found{list[s.index], at(from.at, s)}, rest)
		}
	case isObject:
		if v, ok := object[s.key]; ok {
			return follow(found{v, at(from.at, s)}, rest)
		}
	}
	return nil
}

// followAll follows every element; what is no list is taken for a list of one, as senders write it.
func followAll(from found, list []any, isList bool, rest []step) []found {
	if !isList {
		return follow(from, rest)
	}
	var values []found
	for i, v := range list {
		values = append(values, follow(found{v, fmt.Sprintf("%s[%d]", from.at, i)}, rest)...)
	}
	return values
}

func at(path string, s step) string {
	switch {
	case s.kind == byIndex:
		return path + "[" + s.key + "]"
	case path == "":
		return s.key
	}
	return path + "." + s.key
}
