package rank

import (
	"testing"

	"clamor"
)

// Lists that are together too large push each other out, so that no number of different queries fills the memory.
func TestListsThatAreTooLargeTogetherAreForgotten(t *testing.T) {
	var m memory
	keep := func(asOf clamor.Date, parts int) {
		want := wanted{query: Query{AsOf: asOf}}
		p, mine := m.claim(1, want)
		if !mine {
			t.Fatalf("%s is there already", asOf)
		}
		p.list.Entries = []clamor.Entry{{Parts: make([]clamor.Part, parts)}}
		m.settle(want, p)
	}
	there := func(asOf clamor.Date) bool { return m.lists[wanted{query: Query{AsOf: asOf}}] != nil }
	keep("2026-01-01", maxRemembered/2-10)
	keep("2026-01-02", maxRemembered/2-10)
	if !there("2026-01-01") || !there("2026-01-02") {
		t.Error("two lists that fit are not both there")
	}
	keep("2026-01-03", 100)
	if there("2026-01-01") || there("2026-01-02") || !there("2026-01-03") {
		t.Error("the third list did not push out the others")
	}
	keep("2026-01-04", 2*maxRemembered)
	if !there("2026-01-04") {
		t.Error("a list too large for the memory is not even kept while nothing else is")
	}
	if _, mine := m.claim(2, wanted{query: Query{AsOf: "2026-01-04"}}); !mine {
		t.Error("a list of an older revision is still there")
	}
}
