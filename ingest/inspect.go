package ingest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// Inspection is a payload as a mapping reads it, for whoever makes the mapping.
type Inspection struct {
	Fields []SeenField `json:"fields"`
	Paths  []SeenPath  `json:"paths"` // what can be named, as the payload has it
	Notes  int         `json:"notes"` // how many the mapping makes of it; Fields are those of the first
	Trial  Trial       `json:"trial"`
}

// SeenField is a field of the generic note with what the mapping finds for it.
type SeenField struct {
	Name   string   `json:"field"`
	Path   string   `json:"path,omitempty"`  // as the mapping says it
	Guess  string   `json:"guess,omitempty"` // where it is looked for without a mapping
	Values []string `json:"values"`
	Fault  string   `json:"fault,omitempty"`
}

// SeenPath leads to a value of the payload.
type SeenPath struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Inspect shows what a source's mapping, which need not be saved, makes of a delivery. Nothing is kept.
func Inspect(ctx context.Context, store Recogniser, source clamor.Source, d clamor.Delivery, currency string, now time.Time) (Inspection, error) {
	adapter, err := FindAdapter(source.Kind)
	if err != nil {
		return Inspection{}, err
	}
	if adapter.Mapped == nil {
		return Inspection{}, clamor.Errorf(clamor.Unsupported, "sources of kind %s are read as the vendor writes them: they have no mapping", source.Kind)
	}
	header := http.Header{}
	for name, value := range d.Header {
		header.Set(name, value)
	}
	source.Mapping = fullNames(source.Mapping)
	var i Inspection
	if i.Trial, err = Try(ctx, store, source, header, d.Body, currency, now); err != nil {
		return i, err
	}
	values, err := adapter.Mapped(d)
	if err != nil {
		values = nil // the trial tells why
	}
	i.see(source, parseOptions(source, adapter, d, currency), values)
	return i, nil
}

// see fills in fields and paths.
func (i *Inspection) see(source clamor.Source, o ParseOptions, values []any) {
	r, err := newMapped(o, source.Kind == "generic")
	faults := faultsOf(err)
	if source.Kind == "generic" && len(o.Mapping) == 0 {
		r.guesses = ownNames(r.guesses)
	}
	var portions []portion
	for _, value := range values {
		portions = append(portions, r.elements(value)...)
	}
	i.Notes = len(portions)
	i.Fields, i.Paths = []SeenField{}, []SeenPath{}
	var first *portion
	if len(portions) > 0 {
		first = &portions[0]
		w := pathWalk{each: r.mapping.each}
		w.walk(first.root.value, nil)
		i.Paths = append(i.Paths, w.seen...)
	}
	for _, name := range inspectedFields(source.Mapping) {
		field := SeenField{Name: name, Path: source.Mapping[name], Values: []string{}, Fault: faults[name]}
		if e := r.guesses[name]; e != nil {
			field.Guess = e.String()
		}
		if first != nil && field.Fault == "" {
			field.look(r, *first)
		}
		i.Fields = append(i.Fields, field)
	}
}

// ownNames are the guesses by the generic note's own names: the first of each, of fields that stand outermost.
func ownNames(guesses map[string]expression) map[string]expression {
	own := map[string]expression{}
	for name, e := range guesses {
		if e[0].text == name {
			own[name] = e[:1]
		}
	}
	return own
}

// look finds what a field gets of a portion.
func (f *SeenField) look(r mapped, p portion) {
	note, _ := r.note(p)
	field, known := noteFieldOf(f.Name)
	if !known {
		return
	}
	said := r.mapping.fields[field.name]
	if said == nil {
		f.Values = append(f.Values, valuesAt(note, field.name)...)
		return
	}
	values, wrong := r.values(p, field, said, currencyOf(note, field.name, r.options.currency()), false)
	for _, v := range values {
		if text, simple := scalar(v); simple && text != "" {
			f.Values = append(f.Values, text)
		}
	}
	switch {
	case len(wrong) > 0:
		f.Fault = wrong[0].Message
	case len(f.Values) == 0:
		f.Fault = "nothing stands there"
	}
}

// valuesAt are the texts that a generic note has in a field.
func valuesAt(note map[string]any, name string) []string {
	list, key, ofAsk := strings.Cut(name, "[].")
	if ofAsk {
		var all []string
		asks, _ := note[list].([]any)
		for _, ask := range asks {
			if m, ok := ask.(map[string]any); ok {
				all = append(all, valuesAt(m, key)...)
			}
		}
		return all
	}
	parent, rest, nested := strings.Cut(name, ".")
	if m, ok := note[parent].(map[string]any); nested && ok {
		return valuesAt(m, rest)
	}
	if text, simple := scalar(note[name]); simple && text != "" {
		return []string{text}
	}
	return nil
}

// fullNames gives a mapping by the fields' full names: a bare account is account.name.
func fullNames(said map[string]string) map[string]string {
	full := map[string]string{}
	for name, path := range said {
		if f, known := noteFieldOf(name); known {
			name = f.name
		}
		full[name] = path
	}
	return full
}

// inspectedFields are all fields by their own names, with those ids of other systems that a mapping names.
func inspectedFields(said map[string]string) []string {
	var names []string
	for _, f := range mappedFields() {
		names = append(names, f.name)
	}
	for _, name := range sortedKeys(said) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func faultsOf(err error) map[string]string {
	told := map[string]string{}
	var wrong *clamor.Error
	if errors.As(err, &wrong) {
		for _, f := range wrong.Faults {
			told[f.Path] = f.Message
		}
	}
	return told
}

// The bounds of what is listed of a payload.
const (
	mostPaths   = 200
	deepestPath = 8
	mostShown   = 120 // bytes of a value
)

// pathWalk lists the paths of a payload. Of a list it goes into the first element, since the others have the same.
type pathWalk struct {
	each []step // the list that gives the notes
	seen []SeenPath
}

func (w *pathWalk) walk(value any, path []step) {
	if len(w.seen) >= mostPaths || len(path) > deepestPath {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			w.walk(v[key], append(path[:len(path):len(path)], step{key: key}))
		}
	case []any:
		if len(v) > 0 {
			w.walk(v[0], append(path[:len(path):len(path)], step{kind: all}))
		}
	default:
		if text, simple := scalar(v); simple && text != "" && len(path) > 0 {
			w.seen = append(w.seen, SeenPath{w.text(path), shortened(text)})
		}
	}
}

// text writes a path so that it can stand in the mapping at hand.
func (w *pathWalk) text(path []step) string {
	if n := len(w.each); n > 0 && n <= len(path) && pathText(path[:n-1]) == pathText(w.each[:n-1]) && path[n-1].kind == all {
		path = slices.Concat(w.each, path[n:])
	}
	var b strings.Builder
	for i, s := range path {
		switch {
		case s.kind == each:
			b.WriteString("[*]")
		case s.kind == all:
			b.WriteString("[]")
		case s.kind == byIndex:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case plainKey(s.key) && i == 0:
			b.WriteString(s.key)
		case plainKey(s.key):
			b.WriteString("." + s.key)
		default:
			b.WriteString(`["` + strings.ReplaceAll(s.key, `"`, `""`) + `"]`)
		}
	}
	return b.String()
}

// plainKey reports whether a key can be written without quotation marks.
func plainKey(key string) bool {
	return key != "" && !strings.ContainsAny(key, `.[]|@"='`) && !strings.Contains(key, "__") && strings.TrimSpace(key) == key
}

func shortened(text string) string {
	text = cleanLine(text)
	if len(text) <= mostShown {
		return text
	}
	return strings.ToValidUTF8(text[:mostShown], "") + "…"
}
