package api

import (
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

// columns are those that a list may be sorted by, with the number whose highest a reader expects at the first click; those of texts have none,
// and are sorted by the alphabet.
func columns() map[string]func(e *clamor.Entry) int64 {
	return map[string]func(e *clamor.Entry) int64{
		"rank":     func(e *clamor.Entry) int64 { return -int64(e.Rank) },
		"score":    func(e *clamor.Entry) int64 { return e.Score },
		"keep":     func(e *clamor.Entry) int64 { return e.Keep },
		"grow":     func(e *clamor.Entry) int64 { return e.Grow },
		"accounts": func(e *clamor.Entry) int64 { return int64(e.Accounts) },
		"blockers": func(e *clamor.Entry) int64 { return int64(e.Blockers) },
		"largest":  func(e *clamor.Entry) int64 { return e.LargestShare },
		"asks":     func(e *clamor.Entry) int64 { return int64(e.Asks) },
		"trend":    func(e *clamor.Entry) int64 { return int64(e.QuarterAsks) },
		"effort":   func(e *clamor.Entry) int64 { return e.Effort },
		"value":    func(e *clamor.Entry) int64 { return e.ValuePerEffort },
		"title":    nil,
		"team":     nil,
		"status":   func(e *clamor.Entry) int64 { return -int64(slices.Index(clamor.Statuses(), e.Feature.Status)) },
		"move": func(e *clamor.Entry) int64 {
			if e.Move == nil {
				return -1 << 40
			}
			return int64(*e.Move)
		},
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
