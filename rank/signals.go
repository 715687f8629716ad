package rank

import "clamor"

// Aim says what a signal multiplies.
type Aim string

// The aims.
const (
	OnWish    Aim = "wish"    // the strength of an account's wish
	OnMoney   Aim = "money"   // how much of a base counts
	OnUrgency Aim = "urgency" // how urgent that money is
)

// Signal is one pure function of the facts, in parts per million, that multiplies what it aims at.
type Signal struct {
	Name    string
	Aim     Aim
	Unit    string
	Meaning string
	of      func(*Model, *facts) int64
}

// Signals lists all signals. A new one is a file with its function and a line here.
func Signals() []Signal {
	return []Signal{
		{"weight", OnWish, "parts per million", "how much the account says it wants it", weight},
		{"decay", OnWish, "parts per million", "how much is left of the wish after its age", decay},
		{"recovery", OnMoney, "parts per million", "how much counts of what is lost", recovery},
		{"renewal", OnUrgency, "parts per million", "the account's health by the time to its renewal", renewal},
		{"closing", OnUrgency, "parts per million", "the deal's probability by the time to its close", closing},
	}
}

// facts are what a signal may look at: an ask of some age, or an account's recurring revenue (deal is nil) or one deal.
type facts struct {
	ask     *clamor.EvidenceAsk
	age     int // days
	fade    *fade
	account *clamor.Account
	deal    *clamor.Deal
	today   *calendar
}

// gauge is the product of the signals of one aim.
type gauge []Signal

func gaugeOf(aim Aim) gauge {
	var g gauge
	for _, s := range Signals() {
		if s.Aim == aim {
			g = append(g, s)
		}
	}
	return g
}

// of multiplies; what is not zero stays at least one part per million, so that an old wish never vanishes.
func (g gauge) of(m *Model, f *facts) int64 {
	product := int64(ppm)
	for _, s := range g {
		factor := s.of(m, f)
		if factor == 0 {
			return 0
		}
		product, _ = scale(product, factor) // bounded by Validate: weights and factors are far from 2^63
		product = max(product, 1)
	}
	return product
}
