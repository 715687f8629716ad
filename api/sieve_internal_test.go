package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api/web"

	difference "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// world is a list, and who stands behind its features, plainly.
type world struct {
	entries  []clamor.Entry
	origins  []clamor.Origin
	accounts map[clamor.AccountID]clamor.Account
}

func drawWorld(t *rapid.T) world {
	w := world{accounts: map[clamor.AccountID]clamor.Account{}}
	for i := range rapid.IntRange(0, 12).Draw(t, "features") {
		w.entries = append(w.entries, clamor.Entry{Rank: i + 1, Score: rapid.Int64Range(0, 4).Draw(t, "score"), Feature: clamor.Feature{ID: clamor.FeatureID(fmt.Sprint("f", i)),
			Title: rapid.SampledFrom([]string{"", "Alpha", "alpha", "Beta box", "Gamma"}).Draw(t, "title"), Area: rapid.SampledFrom([]string{"", "One", "Two"}).Draw(t, "area"),
			Team: rapid.SampledFrom([]string{"", "red", "Blue"}).Draw(t, "team"), Status: rapid.SampledFrom(clamor.Statuses()).Draw(t, "status")}})
	}
	for i := range 5 {
		id := clamor.AccountID(fmt.Sprint("a", i))
		w.accounts[id] = clamor.Account{ID: id, Name: fmt.Sprint("Account ", i), Segment: rapid.SampledFrom([]string{"", "small", "large"}).Draw(t, "segment"),
			Owner: rapid.SampledFrom([]string{"", "Olga", "Omar"}).Draw(t, "owner")}
	}
	for range rapid.IntRange(0, 30).Draw(t, "asks") {
		w.origins = append(w.origins, clamor.Origin{Feature: clamor.FeatureID(fmt.Sprint("f", rapid.IntRange(0, 12).Draw(t, "of"))),
			Account: clamor.AccountID(fmt.Sprint("a", rapid.IntRange(0, 4).Draw(t, "by"))), Source: rapid.SampledFrom([]string{"calls", "crm"}).Draw(t, "through"), At: time.Hour.Microseconds()})
	}
	return w
}

// values are what a feature bears of a facet.
func (w world) values(facet int, f clamor.Feature) []string {
	of := map[string]bool{}
	switch facet {
	case byStatus:
		of[string(f.Status)] = true
	case byArea:
		of[f.Area] = true
	case byTeam:
		of[f.Team] = true
	}
	for _, o := range w.origins {
		switch a := w.accounts[o.Account]; {
		case o.Feature != f.ID:
		case facet == bySegment:
			of[a.Segment] = true
		case facet == byOwner:
			of[a.Owner] = true
		case facet == bySource:
			of[o.Source] = true
		}
	}
	return keysOf(of)
}

// passes reports whether a feature passes a filter, as a reader would say it.
func (w world) passes(f *sieve, facet int, x clamor.Feature) bool {
	wanted := f.wanted(facet)
	return len(wanted) == 0 || slices.ContainsFunc(w.values(facet, x), func(v string) bool {
		return slices.ContainsFunc(wanted, func(one string) bool { return strings.EqualFold(one, v) })
	})
}

// What the columns say is what going through the entries one by one says, also after who stands behind them has changed.
func TestColumnsCountAsEntriesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		g := newGathering()
		later := rapid.IntRange(0, len(w.origins)).Draw(t, "known first")
		for _, o := range w.origins[:later] {
			g.add(o)
		}
		g.describe(w.accounts)
		before := g.done(1)
		for _, o := range w.origins[later:] {
			g.add(o)
		}
		g.describe(w.accounts)
		f := &sieve{behind: g.done(2)}
		f.sheet = newSheet(w.entries, f.behind, &[]titled{})
		f.found = f.sheet.all()
		some := func(of ...string) []string {
			return rapid.SampledFrom([][]string{nil, nil, of[:1], of}).Draw(t, "filter")
		}
		f.q = listQuery{status: some("planned", "new"), areas: some("one", "two"), teams: some("BLUE", "none"), segments: some("small"), owners: some("Olga", "omar"), sources: some("crm")}
		f.filter()
		var matching []int32
		for row, e := range w.entries {
			if !slices.ContainsFunc([]int{byStatus, byArea, byTeam, bySegment, byOwner, bySource}, func(i int) bool { return !w.passes(f, i, e.Feature) }) {
				matching = append(matching, int32(row))
			}
		}
		if !slices.Equal(matching, f.matching) {
			t.Fatalf("rows %v match, want %v", f.matching, matching)
		}
		for facet := range facets {
			if diff := difference.Diff(w.choices(f, facet), f.choices(facet, "all")); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", facets[facet], diff)
			}
		}
		f.add()
		if diff := difference.Diff(w.totals(matching), f.totals); diff != "" {
			t.Fatalf("what matches adds up to (-want +got):\n%s", diff)
		}
		whole := f.sheet.unfiltered(f.behind, false)
		if diff := difference.Diff(w.totals(f.sheet.all()), whole.totals); diff != "" {
			t.Fatalf("the whole list adds up to (-want +got):\n%s", diff)
		}
		if asked := 0; before.revision != 1 || len(before.times) > 0 {
			for _, times := range before.times {
				asked += len(times)
			}
			if asked != later {
				t.Fatalf("what was there before holds %d asks, not %d", asked, later)
			}
		}
	})
}

// totals are added up one by one, and the accounts are those that ask.
func (w world) totals(rows []int32) web.Totals {
	var t web.Totals
	asking := map[clamor.AccountID]bool{}
	for _, row := range rows {
		t.Score += w.entries[row].Score
		for _, o := range w.origins {
			if o.Feature == w.entries[row].Feature.ID {
				asking[o.Account] = true
			}
		}
	}
	t.Accounts = len(asking)
	return t
}

// choices are counted one by one.
func (w world) choices(f *sieve, facet int) []web.Choice {
	counts, total := map[string]int{}, 0
	for _, e := range w.entries {
		others := true
		for i := range facets {
			others = others && (i == facet || w.passes(f, i, e.Feature))
		}
		if !others {
			continue
		}
		total++
		for _, v := range w.values(facet, e.Feature) {
			if v != "" {
				counts[v]++
			}
		}
	}
	chosen := f.wanted(facet)
	for _, v := range chosen {
		counts[v] += 0
	}
	choices := []web.Choice{{Label: "all", Count: total, Selected: len(chosen) == 0}}
	for v, n := range counts {
		choices = append(choices, web.Choice{Value: v, Label: v, Count: n, Selected: slices.Contains(chosen, v)})
	}
	slices.SortFunc(choices[1:], func(a, b web.Choice) int { return strings.Compare(a.Value, b.Value) })
	if len(choices) == 1 {
		return nil
	}
	return choices
}

// Every order is that of comparing two entries, with equal ones by rank; turned round, equal ones still are.
func TestOrdersOfColumnsAreThoseOfEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		s := newSheet(w.entries, newGathering().done(1), &[]titled{})
		o := order{rapid.SampledFrom([]string{"title", "team", "score", "rank", "status"}).Draw(t, "column"), rapid.Bool().Draw(t, "reverse")}
		text := func(a, b string) int {
			if (a == "") != (b == "") {
				return strings.Compare(b, a)
			}
			return strings.Compare(strings.ToLower(a), strings.ToLower(b))
		}
		want := s.all()
		slices.SortStableFunc(want, func(x, y int32) int {
			a, b := w.entries[x], w.entries[y]
			if o.reverse {
				a, b = b, a
			}
			switch o.column {
			case "title":
				return text(a.Feature.Title, b.Feature.Title)
			case "team":
				return text(a.Feature.Team, b.Feature.Team)
			case "score":
				return cmp.Compare(b.Score, a.Score)
			case "status":
				return cmp.Compare(slices.Index(clamor.Statuses(), a.Feature.Status), slices.Index(clamor.Statuses(), b.Feature.Status))
			}
			return cmp.Compare(a.Rank, b.Rank)
		})
		if got := s.sorted(s.all(), o); !slices.Equal(got, want) {
			t.Fatalf("%+v: %v, want %v", o, got, want)
		}
		some := slices.DeleteFunc(s.all(), func(int32) bool { return rapid.Bool().Draw(t, "left out") })
		want = slices.DeleteFunc(want, func(row int32) bool { return !slices.Contains(some, row) })
		if got := s.sorted(some, o); !slices.Equal(got, want) {
			t.Fatalf("of some, %+v: %v, want %v", o, got, want)
		}
	})
}
