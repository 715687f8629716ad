package rank

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clamor"
)

// Bounds of the settings. They leave room for every sensible model and none for an overflow.
const (
	maxWeight   = 1000 * ppm
	maxFactor   = 100 * ppm
	maxHalfLife = 36_500 // days
	maxDays     = 3_660
)

// Validate names every fault of the settings at once.
func (s Settings) Validate() error {
	return clamor.Refuse("the ranking settings do not hold", s.faults())
}

func (s Settings) faults() faults {
	var f faults
	f.currency("currency", s.Currency)
	f.when(s.FiscalStart < 0 || s.FiscalStart > time.December, "fiscal_year_start", "write the month by its number, 1 to 12")
	f.model("", s.Model)
	f.when(len(s.Scenarios) == 0, "scenarios", "name at least one")
	f.when(len(s.Scenarios) > 20, "scenarios", "at most 20")
	for i, c := range s.Scenarios {
		path := fmt.Sprintf("scenarios[%d].", i)
		f.when(!plainName(c.Name), path+"name", "1 to 40 lower-case letters, digits and dashes")
		f.when(slices.Contains(s.Names()[:i], c.Name), path+"name", "there is another of this name")
		before := len(f)
		f.model(path, c.apply(s.Model))
		f = slices.DeleteFunc(f, func(x clamor.Fault) bool { // what the scenario only takes over was named above
			return strings.HasPrefix(x.Path, path) && slices.Contains(f[:before], clamor.Fault{Path: x.Path[len(path):], Message: x.Message})
		})
	}
	f.when(!slices.Contains(s.Names(), s.Scenario), "scenario", "is none of the scenarios: "+strings.Join(s.Names(), ", "))
	return f
}

func plainName(name string) bool {
	return name != "" && len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// faults collects what is wrong.
type faults []clamor.Fault

func (f *faults) when(wrong bool, path, message string) {
	if wrong {
		*f = append(*f, clamor.Fault{Path: path, Message: message})
	}
}

func (f *faults) currency(path, code string) {
	parsed, err := clamor.ParseCurrency(code)
	f.when(err != nil || parsed != code, path, "write an ISO 4217 code in capitals, such as USD")
}

func (f *faults) between(path string, n, low, high int64) {
	f.when(n < low || n > high, path, fmt.Sprintf("%d is outside %d to %d", n, low, high))
}

func (f *faults) model(path string, m Model) {
	f.when(m.Sharing != Budgeted && m.Sharing != Full, path+"sharing", "choose budget or full")
	f.when(m.Size != Revenue && m.Size != Balanced && m.Size != Breadth, path+"size", "choose revenue, balanced or breadth")
	for _, w := range []struct {
		name  string
		value int64
	}{{"blocker", m.Weights.Blocker}, {"important", m.Weights.Important}, {"nice", m.Weights.Nice}, {"unset", m.Weights.Unset}} {
		f.between(path+"weights."+w.name, w.value, 0, maxWeight)
	}
	f.when(m.Weights == Weights{}, path+"weights", "at least one must be above 0, or no ask counts")
	f.between(path+"half_life_days", int64(m.HalfLifeDays), 0, maxHalfLife)
	f.window(path+"keep_urgency.window", m.Keep.Window)
	f.factors(path+"keep_urgency.green", m.Keep.Green)
	f.factors(path+"keep_urgency.yellow", m.Keep.Yellow)
	f.factors(path+"keep_urgency.red", m.Keep.Red)
	f.window(path+"grow_urgency.window", m.Grow.Window)
	f.between(path+"grow_urgency.likely_from", int64(m.Grow.LikelyFrom), 0, 101)
	f.between(path+"grow_urgency.possible_from", int64(m.Grow.PossibleFrom), 0, 101)
	f.when(m.Grow.PossibleFrom > m.Grow.LikelyFrom, path+"grow_urgency.possible_from", "must not be above likely_from")
	f.factors(path+"grow_urgency.likely", m.Grow.Likely)
	f.factors(path+"grow_urgency.possible", m.Grow.Possible)
	f.factors(path+"grow_urgency.unlikely", m.Grow.Unlikely)
	f.between(path+"recovery.lost_deals", m.Recovery.LostDeals, 0, ppm)
	f.between(path+"recovery.churned", m.Recovery.Churned, 0, ppm)
}

func (f *faults) window(path string, w Window) {
	f.between(path+".far_over", int64(w.FarOver), 0, maxDays)
	f.between(path+".near_under", int64(w.NearUnder), 0, maxDays)
	f.when(w.NearUnder > w.FarOver, path+".near_under", "must not be above far_over")
}

func (f *faults) factors(path string, x Factors) {
	f.between(path+".far", x.Far, 0, maxFactor)
	f.between(path+".middle", x.Middle, 0, maxFactor)
	f.between(path+".near", x.Near, 0, maxFactor)
}
