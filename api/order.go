package api

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"clamor"
	"clamor/api/web"
)

// order is by which column entries are sorted, and whether the other way round than usual.
type order struct {
	column  string
	reverse bool
}

// columns are those that a list may be sorted by, with what compares entries as a reader expects it at the first click: the most first,
// texts by the alphabet.
func columns() map[string]func(a, b clamor.Entry) int {
	most := func(value func(clamor.Entry) int64) func(a, b clamor.Entry) int {
		return func(a, b clamor.Entry) int { return cmp.Compare(value(b), value(a)) }
	}
	text := func(value func(clamor.Entry) string) func(a, b clamor.Entry) int {
		return func(a, b clamor.Entry) int {
			x, y := strings.ToLower(value(a)), strings.ToLower(value(b))
			if (x == "") != (y == "") {
				return strings.Compare(y, x) // what is unknown comes last
			}
			return strings.Compare(x, y)
		}
	}
	return map[string]func(a, b clamor.Entry) int{
		"rank":     func(a, b clamor.Entry) int { return cmp.Compare(a.Rank, b.Rank) },
		"score":    most(func(e clamor.Entry) int64 { return e.Score }),
		"keep":     most(func(e clamor.Entry) int64 { return e.Keep }),
		"grow":     most(func(e clamor.Entry) int64 { return e.Grow }),
		"accounts": most(func(e clamor.Entry) int64 { return int64(e.Accounts) }),
		"blockers": most(func(e clamor.Entry) int64 { return int64(e.Blockers) }),
		"largest":  most(func(e clamor.Entry) int64 { return e.LargestShare }),
		"asks":     most(func(e clamor.Entry) int64 { return int64(e.Asks) }),
		"trend":    most(func(e clamor.Entry) int64 { return int64(e.QuarterAsks) }),
		"effort":   most(func(e clamor.Entry) int64 { return e.Effort }),
		"value":    most(func(e clamor.Entry) int64 { return e.ValuePerEffort }),
		"title":    text(func(e clamor.Entry) string { return e.Feature.Title }),
		"team":     text(func(e clamor.Entry) string { return e.Feature.Team }),
		"status": func(a, b clamor.Entry) int {
			return cmp.Compare(slices.Index(clamor.Statuses(), a.Feature.Status), slices.Index(clamor.Statuses(), b.Feature.Status))
		},
		"move": most(func(e clamor.Entry) int64 {
			if e.Move == nil {
				return -1 << 40
			}
			return int64(*e.Move)
		}),
	}
}

// readOrder reads "score", or "-score" for the other way round; "" is by rank.
func readOrder(text string) (order, error) {
	column, reverse := strings.CutPrefix(text, "-")
	if column == "" || column == "rank" && !reverse {
		return order{}, nil
	}
	if _, known := columns()[column]; !known {
		return order{}, clamor.Errorf(clamor.Invalid, "%q is no column to sort by: choose rank, title, score, keep, grow, accounts, blockers, largest, asks, trend, status, "+
			"team, effort, value or move, with a - before it for the other way round", clip(text))
	}
	return order{column, reverse}, nil
}

// sorted gives the entries in order; equal ones stay by rank.
func (o order) sorted(entries []clamor.Entry) []clamor.Entry {
	if o.column == "" {
		return entries
	}
	compare := columns()[o.column]
	out := slices.Clone(entries)
	slices.SortStableFunc(out, func(a, b clamor.Entry) int {
		if o.reverse {
			a, b = b, a
		}
		return cmp.Or(compare(a, b), cmp.Compare(a.Rank, b.Rank))
	})
	return out
}

// links are where a click on the head of each column leads.
func (o order) links(params url.Values) map[string]web.Sorting {
	links := map[string]web.Sorting{}
	for column := range columns() {
		v, one := without(params, "cursor", "sort"), web.Sorting{}
		rising := slices.Contains([]string{"rank", "title", "team", "status"}, column)
		here := o.column == column || o.column == "" && column == "rank"
		if here {
			one.Dir = "descending"
			if rising != o.reverse {
				one.Dir = "ascending"
			}
		}
		switch {
		case here && !o.reverse:
			v.Set("sort", "-"+column)
		case column != "rank":
			v.Set("sort", column)
		}
		one.URL = "/?" + v.Encode()
		links[column] = one
	}
	return links
}
