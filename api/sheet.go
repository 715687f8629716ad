package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"clamor"
)

// sheet is a list by columns, so that filtering, counting, adding up and sorting are passes over small numbers. A row is an entry by its
// place in the list. What takes long is worked out when somebody first wants it.
type sheet struct {
	entries  []clamor.Entry
	places   []int32  // of the features behind
	lower    []string // titles
	status   column
	area     column
	team     column
	sums     []sum
	unplaced []int32 // rows that the lens did not know when the sheet was made

	mu     sync.Mutex
	whole  *sieve // what nothing is filtered from, as who stood behind last had it
	orders map[order][]int32
	rows   []int32 // by place of a feature; nowhere where it is not on the list
}

// sum is what of an entry is added up on the page: beside each other, so that adding up does not walk through whole entries.
type sum struct{ score, keep, grow, asks int64 }

// column holds one code a row.
type column struct {
	texts []string
	code  []int32
}

const (
	keptSheets = 6
	keptOrders = 6 // that a new sheet is readied in
)

// sheet gives the columns of a list. Lists never change, so one that begins with the same entry in memory is the same.
func (l *lens) sheet(entries []clamor.Entry, b *behind) *sheet {
	if one := l.find(entries); one != nil {
		return one
	}
	l.making.Lock()
	defer l.making.Unlock()
	if one := l.find(entries); one != nil {
		return one
	}
	one := newSheet(entries, b, &l.titles)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sheets = slices.Insert(l.sheets[:min(len(l.sheets), keptSheets-1)], 0, one)
	return one
}

// find gives the sheet of a list, nil where there is none.
func (l *lens) find(entries []clamor.Entry) *sheet {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.sheets, func(s *sheet) bool {
		return len(s.entries) == len(entries) && (len(entries) == 0 || &s.entries[0] == &entries[0])
	})
	if at < 0 {
		return nil
	}
	one := l.sheets[at]
	copy(l.sheets[1:at+1], l.sheets[:at])
	l.sheets[0] = one
	return one
}

// ready makes the sheet of a list before anybody is given the list.
func (l *lens) ready(list clamor.List) {
	l.mu.Lock()
	kept := l.kept
	l.mu.Unlock()
	if kept == nil {
		return
	}
	wanted := l.orders()
	one := l.sheet(list.Entries, kept)
	one.count(kept)
	for _, o := range wanted {
		one.order(o)
	}
}

// orders are those that people have lately looked at lists in.
func (l *lens) orders() []order {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []order
	for _, one := range l.sheets {
		one.mu.Lock()
		for o := range one.orders {
			if !slices.Contains(all, o) && len(all) < keptOrders {
				all = append(all, o)
			}
		}
		one.mu.Unlock()
	}
	return all
}

// recount counts the sheets that are there by who stands behind the features now.
func (l *lens) recount(b *behind) {
	l.mu.Lock()
	sheets := slices.Clone(l.sheets)
	l.mu.Unlock()
	for _, one := range sheets {
		one.count(b)
	}
}

// titled is a title, and what it is in lower case.
type titled struct{ title, lower string }

// lowerTitle gives a title in lower case, mostly the one of the sheet before.
func lowerTitle(place int32, title string, known *[]titled) string {
	if place < 0 {
		return strings.ToLower(title)
	}
	if n := int(place) + 1 - len(*known); n > 0 {
		*known = append(*known, make([]titled, n)...)
	}
	if one := &(*known)[place]; one.title != title || one.lower == "" {
		*one = titled{title, strings.ToLower(title)}
	}
	return (*known)[place].lower
}

func newSheet(entries []clamor.Entry, b *behind, known *[]titled) *sheet {
	s := &sheet{entries: entries, places: b.placesOf(entries), lower: make([]string, len(entries)), sums: make([]sum, len(entries)), orders: map[order][]int32{}}
	status, area, team := newCodes(), newCodes(), newCodes()
	for _, c := range []*column{&s.status, &s.area, &s.team} {
		c.code = make([]int32, len(entries))
	}
	for i := range entries {
		e := &entries[i]
		f := &e.Feature
		if s.places[i] < 0 {
			s.unplaced = append(s.unplaced, int32(i))
		}
		s.sums[i] = sum{e.Score, e.Keep, e.Grow, int64(e.Asks)}
		s.lower[i] = lowerTitle(s.places[i], f.Title, known)
		s.status.code[i], s.area.code[i], s.team.code[i] = status.code(string(f.Status)), area.code(f.Area), team.code(f.Team)
	}
	s.status.texts, s.area.texts, s.team.texts = status.texts, area.texts, team.texts
	return s
}

// sheetOf gives the columns of a list, with who stands behind its features.
func (s *Server) sheetOf(ctx context.Context, list clamor.List) (*sheet, *behind, error) {
	b, err := s.lens.look(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return s.lens.sheet(list.Entries, b), b, nil
}

// all are all rows, by rank.
func (s *sheet) all() []int32 {
	rows := make([]int32, len(s.entries))
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// find gives a feature's entry, nil where it has none.
func (s *sheet) find(b *behind, id clamor.FeatureID) *clamor.Entry {
	if row := s.row(b, id); row >= 0 {
		return &s.entries[row]
	}
	return nil
}

// row gives a feature's row, nowhere where it has none.
func (s *sheet) row(b *behind, id clamor.FeatureID) int32 {
	if place := b.placeOf(id); place >= 0 {
		if row := s.rowOf(place); row >= 0 {
			return row
		}
	}
	for _, row := range s.unplaced {
		if s.entries[row].Feature.ID == id {
			return row
		}
	}
	return nowhere
}

// rowOf gives the row of a feature by its place, nowhere where it has none.
func (s *sheet) rowOf(place int32) int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = make([]int32, 0, len(s.places))
		for row, place := range s.places {
			for int(place) >= len(s.rows) {
				s.rows = append(s.rows, nowhere)
			}
			if place >= 0 {
				s.rows[place] = int32(row)
			}
		}
	}
	if int(place) >= len(s.rows) {
		return nowhere
	}
	return s.rows[place]
}

// sorted puts rows, which are by rank, in an order; equal ones stay by rank.
func (s *sheet) sorted(rows []int32, o order) []int32 {
	if o.column == "" {
		return rows
	}
	place := s.order(o)
	out := slices.Clone(rows)
	if len(out) == len(place) { // all of them
		for row, at := range place {
			out[at] = int32(row)
		}
		return out
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(place[a], place[b]) })
	return out
}

// order gives each row's place in an order.
func (s *sheet) order(o order) []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place := s.orders[o]; place != nil {
		return place
	}
	type keyed struct {
		key int64
		row int32
	}
	keys := make([]keyed, len(s.entries))
	for i, key := range s.keys(o.column) {
		if o.reverse {
			key = -key
		}
		keys[i] = keyed{key, int32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.row, b.row)) })
	place := make([]int32, len(keys))
	for at, k := range keys {
		place[k.row] = int32(at)
	}
	s.orders[o] = place
	return place
}

// keys are what rows are sorted by, the highest first.
func (s *sheet) keys(column string) []int64 {
	keys := make([]int64, len(s.entries))
	switch column {
	case "title":
		alphabetical(s.lower, keys)
	case "team":
		names := make([]string, len(s.team.texts))
		for i, t := range s.team.texts {
			names[i] = strings.ToLower(t)
		}
		byName := make([]int64, len(names))
		alphabetical(names, byName)
		for i, code := range s.team.code {
			keys[i] = byName[code]
		}
	default:
		key := columns()[column]
		for i := range s.entries {
			keys[i] = key(&s.entries[i])
		}
	}
	return keys
}

// alphabetical gives texts keys that fall from A to Z, equal ones the same; what is empty comes last.
func alphabetical(texts []string, keys []int64) {
	at := make([]int32, len(texts))
	for i := range at {
		at[i] = int32(i)
	}
	slices.SortFunc(at, func(a, b int32) int { return strings.Compare(texts[a], texts[b]) })
	for i, one := range at {
		keys[one] = -int64(i + 1)
		if i > 0 && texts[at[i-1]] == texts[one] {
			keys[one] = keys[at[i-1]]
		}
		if texts[one] == "" {
			keys[one] = -int64(len(texts) + 1)
		}
	}
}
