package api

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"clamor"
	"clamor/api/web"
)

// sieve holds what the search let through, and what the filters let through of that, as rows of a sheet.
type sieve struct {
	q        listQuery
	sheet    *sheet
	behind   *behind
	found    []int32
	matching []int32 // in the order asked for
	counts   [len(facets)]tallied
	totals   web.Totals // of what matches; the accounts are those that ask now
	top      int64      // the highest score of what matches
}

// facets are the filters, each of which is a bit.
var facets = [...]string{"status", "area", "team", "segment", "owner", "source"}

const (
	byStatus = iota
	byArea
	byTeam
	bySegment
	byOwner
	bySource
)

// tallied is how many rows bear each value of a facet, and how many rows the other filters let through.
type tallied struct {
	counts []int
	total  int
}

// sift searches titles, the words of asks, and where names are wanted those of the accounts that ask; then it filters and sorts.
func (s *Server) sift(ctx context.Context, q listQuery, list clamor.List, names bool) (sieve, error) {
	f := sieve{q: q}
	var err error
	if f.sheet, f.behind, err = s.sheetOf(ctx, list); err != nil {
		return f, err
	}
	switch {
	case q.text != "":
		f.found = f.search(s.Dedupe.Search(q.text, mostFound), names)
		f.work()
	case q.narrow():
		f.found = f.sheet.all()
		f.work()
	default:
		whole := f.sheet.unfiltered(f.behind, s.lens.following.Load())
		whole.q = q
		f = whole
	}
	f.matching = f.sheet.sorted(f.matching, q.order)
	return f, nil
}

// work filters, counts and adds up.
func (f *sieve) work() {
	f.filter()
	f.add()
}

// unfiltered is the list with nothing filtered from it: what most readers want, worked out once. It may be counted by who stood behind the
// features a moment ago where somebody follows that.
func (s *sheet) unfiltered(b *behind, followed bool) sieve {
	s.mu.Lock()
	whole := s.whole
	s.mu.Unlock()
	if whole == nil || whole.behind != b && !followed {
		whole = s.count(b)
	}
	return *whole
}

// count works out what nothing is filtered from.
func (s *sheet) count(b *behind) *sieve {
	whole := &sieve{sheet: s, behind: b, found: s.all()}
	whole.work()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = whole
	return whole
}

// search gives the rows that hold a text: by what the deduper knows of their asks, by title, or by the name of an account.
func (f *sieve) search(known []clamor.FeatureID, names bool) []int32 {
	text := strings.ToLower(f.q.text)
	told := make([]bool, len(f.sheet.entries))
	for _, id := range known {
		if row := f.sheet.row(f.behind, id); row >= 0 {
			told[row] = true
		}
	}
	var asking []bool
	if names {
		asking = f.behind.named(text)
	}
	var rows []int32
	for i := range told {
		if told[i] || strings.Contains(f.sheet.lower[i], text) || f.behind.anyAsks(f.sheet.places[i], asking) {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// named marks the accounts whose name holds a text; nil where there is none.
func (b *behind) named(text string) []bool {
	text = strings.Join(strings.Fields(text), " ")
	var marks []bool
	for i, name := range b.names {
		if strings.Contains(name, text) {
			if marks == nil {
				marks = make([]bool, len(b.names))
			}
			marks[i] = true
		}
	}
	return marks
}

// askers are the accounts that ask for a feature.
func (b *behind) askers(place int32) []int32 {
	if place < 0 || int(place) >= len(b.asking) {
		return nil
	}
	return b.asking[place]
}

func (b *behind) anyAsks(place int32, marked []bool) bool {
	if marked == nil {
		return false
	}
	for _, a := range b.askers(place) {
		if marked[a] {
			return true
		}
	}
	return false
}

// allowed are the codes of a facet that a filter lets through, whatever their case; nil where it lets everything through.
func allowed(texts, wanted []string) []bool {
	if len(wanted) == 0 {
		return nil
	}
	through := make([]bool, len(texts))
	for i, text := range texts {
		through[i] = slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, text) })
	}
	return through
}

// filter finds the rows that pass all filters, and counts for each facet those that pass all others.
func (f *sieve) filter() {
	columns := [...]*column{&f.sheet.status, &f.sheet.area, &f.sheet.team}
	sets := [...]*sets{&f.behind.segments, &f.behind.owners, &f.behind.sources}
	var through [len(facets)][]bool
	for i := range facets {
		texts := f.texts(i)
		through[i] = allowed(texts, f.wanted(i))
		f.counts[i].counts = make([]int, len(texts)+64)
	}
	f.matching = make([]int32, 0, len(f.found))
	for _, row := range f.found {
		fails, place := 0, f.sheet.places[row]
		for i, c := range columns {
			if through[i] != nil && !through[i][c.code[row]] {
				fails |= 1 << i
			}
		}
		for i, s := range sets {
			if at := i + bySegment; through[at] != nil && !s.any(place, through[at]) {
				fails |= 1 << at
			}
		}
		if fails == 0 {
			f.matching = append(f.matching, row)
		}
		for i := range facets {
			if fails&^(1<<i) != 0 {
				continue
			}
			f.counts[i].total++
			if i < bySegment {
				f.counts[i].counts[columns[i].code[row]]++
			} else {
				sets[i-bySegment].count(place, f.counts[i].counts)
			}
		}
	}
}

// any reports whether a feature bears any of the codes marked.
func (s *sets) any(place int32, marked []bool) bool {
	words := s.of(place)
	for code, is := range marked {
		if is && code > 0 && code/64 < len(words) && words[code/64]&(1<<(code%64)) != 0 {
			return true
		}
	}
	return false
}

// texts are the values of a facet, by code.
func (f *sieve) texts(facet int) []string {
	switch facet {
	case byStatus:
		return f.sheet.status.texts
	case byArea:
		return f.sheet.area.texts
	case byTeam:
		return f.sheet.team.texts
	case bySegment:
		return f.behind.segments.texts
	case byOwner:
		return f.behind.owners.texts
	}
	return f.behind.sources.texts
}

// wanted are the values that the reader chose.
func (f *sieve) wanted(facet int) []string {
	return [...][]string{f.q.status, f.q.areas, f.q.teams, f.q.segments, f.q.owners, f.q.sources}[facet]
}

// choices are what each value of a facet would show. Its own setting is left out: it is what a click would change.
func (f *sieve) choices(facet int, all string) []web.Choice {
	counts, texts, selected := f.counts[facet], f.texts(facet), f.wanted(facet)
	choices := []web.Choice{{Label: all, Count: counts.total, Selected: len(selected) == 0}}
	for code, text := range texts {
		if n := counts.counts[code]; text != "" && (n > 0 || slices.Contains(selected, text)) {
			choices = append(choices, web.Choice{Value: text, Label: text, Count: n, Selected: slices.Contains(selected, text)})
		}
	}
	for _, text := range selected {
		if !slices.Contains(texts, text) {
			choices = append(choices, web.Choice{Value: text, Label: text, Selected: true})
		}
	}
	if len(choices) == 1 {
		return nil
	}
	slices.SortFunc(choices[1:], func(a, b web.Choice) int { return strings.Compare(a.Value, b.Value) })
	return choices
}

// filters are those that have something to choose from.
func (f *sieve) filters() []web.Filter {
	var all []web.Filter
	for facet, label := range map[int]string{byArea: "Area", byTeam: "Team", bySegment: "Segment", byOwner: "Account owner", bySource: "Source"} {
		if choices := f.choices(facet, "All"); choices != nil {
			all = append(all, web.Filter{Name: facets[facet], Label: label, Choices: choices})
		}
	}
	slices.SortFunc(all, func(a, b web.Filter) int {
		return cmp.Compare(slices.Index(facets[:], a.Name), slices.Index(facets[:], b.Name))
	})
	return all
}

// statuses are links, in the order of a feature's life.
func (f *sieve) statuses(params url.Values) []web.Choice {
	choices, life := f.choices(byStatus, "all"), clamor.Statuses()
	slices.SortStableFunc(choices, func(a, b web.Choice) int {
		return cmp.Compare(slices.Index(life, clamor.Status(a.Value)), slices.Index(life, clamor.Status(b.Value)))
	})
	for i := range choices {
		v := without(params, "cursor", "status")
		if choices[i].Value != "" {
			v.Set("status", choices[i].Value)
		}
		choices[i].URL = "/?" + v.Encode()
	}
	return choices
}

// entries are those of some rows.
func (f *sieve) entries(rows []int32) []clamor.Entry {
	all := make([]clamor.Entry, len(rows))
	for i, row := range rows {
		all[i] = f.sheet.entries[row]
	}
	return all
}

// add adds up what matches.
func (f *sieve) add() {
	t, seen := web.Totals{}, make([]bool, len(f.behind.names))
	for _, row := range f.matching {
		e := &f.sheet.sums[row]
		t.Score, t.Keep, t.Grow, t.Asks = t.Score+e.score, t.Keep+e.keep, t.Grow+e.grow, t.Asks+int(e.asks)
		f.top = max(f.top, e.score)
		for _, a := range f.behind.askers(f.sheet.places[row]) {
			if !seen[a] {
				seen[a] = true
				t.Accounts++
			}
		}
	}
	f.totals = t
}

// current reports whether a list is as of today, so that who asks now is who stands behind it.
func (s *Server) current(list clamor.List) bool {
	return !list.Frozen && list.AsOf == clamor.DateOf(s.Now())
}

// totals adds up a whole list.
func (s *Server) totals(ctx context.Context, list clamor.List) (web.Totals, error) {
	columns, b, err := s.sheetOf(ctx, list)
	if err != nil {
		return web.Totals{}, err
	}
	whole := columns.unfiltered(b, s.lens.following.Load())
	return whole.totalsOf(s.current(list)), nil
}

// totalsOf are those of what matches; of a list of another day the accounts are those that stand on it.
func (f *sieve) totalsOf(now bool) web.Totals {
	if !now {
		return web.Sum(f.entries(f.matching))
	}
	return f.totals
}
