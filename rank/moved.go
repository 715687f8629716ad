package rank

import (
	"fmt"
	"strings"
)

// Words say what a cause is, for a reader of a diff.
func (c Cause) Words() string {
	switch c {
	case BySettings:
		return "other settings"
	case ByRates:
		return "exchange rates"
	case ByAge:
		return "asks growing older"
	case ByUrgency:
		return "urgency (health, renewal, probability, close)"
	case ByRevenue:
		return "accounts' revenue"
	case ByDeals:
		return "deals"
	case ByStatus:
		return "features shipped, refused or opened again"
	case ByMerges:
		return "merges, splits and moved asks"
	case ByAsks:
		return "new, changed or withdrawn asks"
	}
	return string(c)
}

// WhyMoved says in a sentence what became of a feature between two lists, with every cause in money.
func WhyMoved(c Change, currency string) string {
	w := wording{currency: currency}
	var effects []string
	for _, x := range c.Effects {
		effects = append(effects, fmt.Sprintf("%s %s", w.signed(x.Money), x.Cause.Words()))
	}
	text := fmt.Sprintf("“%s” %s", c.Feature.Title, w.travel(c))
	if len(effects) > 0 {
		text += ": " + strings.Join(effects, ", ")
	}
	return text + "."
}

// travel tells where it stood and stands.
func (w wording) travel(c Change) string {
	switch {
	case c.Before == nil && c.After == nil:
		return "is on neither list"
	case c.Before == nil:
		return fmt.Sprintf("is new, %s with %s", ordinal(c.After.Rank), w.money(c.After.Score))
	case c.After == nil:
		return fmt.Sprintf("left the list, where it was %s with %s", ordinal(c.Before.Rank), w.money(c.Before.Score))
	}
	gained := c.Before.Rank - c.After.Rank
	where := fmt.Sprintf("stays %s", ordinal(c.After.Rank))
	if gained > 0 {
		where = fmt.Sprintf("rose %s to %s", count(gained, "place", "places"), ordinal(c.After.Rank))
	} else if gained < 0 {
		where = fmt.Sprintf("fell %s to %s", count(-gained, "place", "places"), ordinal(c.After.Rank))
	}
	if c.Money == 0 {
		return fmt.Sprintf("%s with the same %s", where, w.money(c.After.Score))
	}
	return fmt.Sprintf("%s with %s, %s", where, w.money(c.After.Score), w.signed(c.Money))
}

// signed writes an amount with its sign; a true minus lines up with the plus.
func (w wording) signed(minor int64) string {
	if minor < 0 {
		return "−" + w.money(-minor)
	}
	return "+" + w.money(minor)
}
