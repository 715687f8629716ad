package rank

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// Verify proves a frozen list: ranking its stored inputs again must give the same bytes, and the record the hash it bears.
// The error says what differs.
func Verify(f clamor.Frozen) error {
	name := fmt.Sprintf("%s revision %d", f.Quarter, f.Revision)
	if f.List.Formula != Formula {
		return clamor.Errorf(clamor.Conflict, "%s was ranked by formula %q, which this program does not know (it computes %q): verify it with the version that froze it",
			name, f.List.Formula, Formula)
	}
	e, s, err := Inputs(f)
	if err != nil {
		return err
	}
	again, err := Rank(e, s)
	if err != nil {
		return clamor.Errorf(clamor.Conflict, "%s cannot be ranked again: %w", name, err)
	}
	err = sameList(newRecord(f.List), newRecord(again))
	if err == nil {
		err = samePlan(f.List, again)
	}
	if err != nil {
		return clamor.Errorf(clamor.Conflict, "%s does not hold: ranked again from its inputs, %w", name, err)
	}
	sum, err := hash(f)
	if err != nil {
		return err
	}
	if sum != f.List.Hash {
		return clamor.Errorf(clamor.Conflict, "%s does not hold: its hash is %s, the record bears %s: settings, evidence, revision, name or time were changed together with the list, or the hash was",
			name, sum, f.List.Hash)
	}
	return nil
}

// sameList compares byte for byte, and names the first difference.
func sameList(stored, again record) error {
	a, err := stored.encode()
	if err != nil {
		return err
	}
	b, err := again.encode()
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return nil
	}
	if len(stored.Entries) != len(again.Entries) {
		return fmt.Errorf("the list has %d entries, not %d", len(again.Entries), len(stored.Entries))
	}
	for i := range stored.Entries {
		if path, was, is := difference(stored.Entries[i], again.Entries[i]); path != "" {
			return fmt.Errorf("entry %d (%s) differs in %s: stored %s, computed %s", i+1, stored.Entries[i].Feature, path, was, is)
		}
	}
	stored.Entries, again.Entries = nil, nil
	path, was, is := difference(stored, again)
	return fmt.Errorf("the list differs in %s: stored %s, computed %s", path, was, is)
}

// samePlan compares where people wanted the entries to stand.
func samePlan(stored, again clamor.List) error {
	for i, e := range stored.Entries {
		if was, is := e.Planned, again.Entries[i].Planned; was != is {
			return fmt.Errorf("entry %d (%s) differs in planned: stored %d, computed %d", i+1, e.Feature.ID, was, is)
		}
		if path, was, is := difference(e.Pin, again.Entries[i].Pin); path != "" {
			return fmt.Errorf("entry %d (%s) differs in pin.%s: stored %s, computed %s", i+1, e.Feature.ID, path, was, is)
		}
	}
	return nil
}

// difference names the first field in which two values' JSON forms differ.
func difference(a, b any) (path, was, is string) {
	return differs("", generic(a), generic(b))
}

func generic(v any) any {
	var out any
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil
	}
	return out
}

func differs(path string, a, b any) (where, was, is string) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return fieldsDiffer(path, x, y)
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				if where, was, is = differs(fmt.Sprintf("%s[%d]", path, i), x[i], y[i]); where != "" {
					return where, was, is
				}
			}
			return "", "", ""
		}
	default:
		if a == b {
			return "", "", ""
		}
	}
	return strings.TrimPrefix(path, "."), brief(a), brief(b)
}

func fieldsDiffer(path string, a, b map[string]any) (where, was, is string) {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if where, was, is = differs(path+"."+name, a[name], b[name]); where != "" {
			return where, was, is
		}
	}
	return "", "", ""
}

// brief writes a value so that a long one stays readable.
func brief(v any) string {
	text, err := json.Marshal(v)
	if err != nil || len(text) > 120 {
		return fmt.Sprintf("%.117s…", text)
	}
	return string(text)
}
