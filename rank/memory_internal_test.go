package rank

import (
	"testing"
	"time"

	"clamor"
)

// Lists that are together too large push each other out, so that no number of different queries fills the memory.
func TestListsThatAreTooLargeTogetherAreForgotten(t *testing.T) {
	var m memory
	now := time.Date(2026, 12, 31, 9, 0, 0, 0, time.UTC)
	keep := func(asOf clamor.Date, parts int) {
		want := wanted{query: Query{AsOf: asOf}}
		p, mine := m.claim(want, 1, now)
		if !mine {
			t.Fatalf("%s is there already", asOf)
		}
		p.list.Entries = []clamor.Entry{{Parts: make([]clamor.Part, parts)}}
		now = now.Add(time.Second)
		m.settle(want, p, now)
	}
	there := func(asOf clamor.Date) bool { return m.find(wanted{query: Query{AsOf: asOf}}, now) != nil }
	keep("2026-01-01", maxRemembered/2-10)
	keep("2026-01-02", maxRemembered/2-10)
	if !there("2026-01-01") || !there("2026-01-02") {
		t.Error("two lists that fit are not both there")
	}
	there("2026-01-01")
	now = now.Add(time.Second)
	there("2026-01-02")
	keep("2026-01-03", 100)
	if there("2026-01-01") || !there("2026-01-02") || !there("2026-01-03") {
		t.Error("the third list did not push out the one that nobody wanted for longest")
	}
	keep("2026-01-04", 2*maxRemembered)
	if !there("2026-01-04") {
		t.Error("a list too large for the memory is not even kept while nothing else is")
	}
	if m.behind(2, "2026-12-31", now) != nil || there("2026-01-04") {
		t.Error("a list of another day is still there")
	}
}
