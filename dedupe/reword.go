package dedupe

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"clamor"
)

// Rewording is what other synonyms would do to the latest asks.
type Rewording struct {
	Asks     int       `json:"asks"`     // tried: the latest ones, as if there were no others
	Reworded int       `json:"reworded"` // of them, how many would be read in other words
	Moved    int       `json:"moved"`    // would be joined elsewhere, would be joined where they were not, or would stand alone
	Changes  []Changed `json:"changes"`  // some of those
}

// Reword tries other synonyms in the place of the workspace's own, on the latest asks. It reads those anew by both, each into an index of
// its own, decides on each once more by both, and gives at most limit of those that would go elsewhere. It changes nothing.
func (s *Service) Reword(ctx context.Context, synonyms string, asks, limit int) (Rewording, error) {
	var r Rewording
	if err := CheckSynonyms(synonyms); err != nil {
		return r, err
	}
	placed, err := s.store.PlacedAsks(ctx, s.latest(asks))
	if err != nil {
		return r, fmt.Errorf("reading the latest asks: %w", err)
	}
	placed = slices.DeleteFunc(placed, func(a clamor.PlacedAsk) bool { return a.Feature == "" })
	x, rules, unlock := s.view()
	options, lesson := x.options, x.lesson
	rules = &rulebook{merges: rules.merges, ruled: maps.Clone(rules.ruled)} // rulings go on while this looks
	unlock()
	before := newIndex(options)
	options.Synonyms = s.options.Synonyms + "\n" + synonyms
	after := newIndex(options)
	for _, x := range []*index{before, after} {
		x.lesson = lesson
		x.addAll(placed)
		x.know(rules.merges)
	}
	var differ []retrial
	for _, a := range placed {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Asks++
		if !slices.Equal(before.stems(a.ID), after.stems(a.ID)) {
			r.Reworded++
		}
		was, _, _ := before.retry(a.ID, rules)
		is, _, _ := after.retry(a.ID, rules)
		caution := options.Caution
		if was.joined(caution) != is.joined(caution) || is.joined(caution) && was.joins != is.joins {
			differ = append(differ, is)
		}
	}
	r.Moved = len(differ)
	differ = clip(differ, limit)
	names := after.named(differ)
	for _, t := range differ {
		if now, q, ok := after.retry(t.ask, rules); ok && now.found {
			r.Changes = append(r.Changes, after.changed(now, q, now.joined(options.Caution), names))
		}
	}
	return r, nil
}

// stems are those that an ask is known by.
func (x *index) stems(id clamor.AskID) []string {
	c := x.entries.load(x.members[x.asks[id]].span)
	stems := make([]string, len(c.terms))
	for i, n := range c.terms {
		stems[i] = x.terms.stem[n]
	}
	slices.Sort(stems)
	return stems
}
