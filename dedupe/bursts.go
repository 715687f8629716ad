package dedupe

import (
	"math"

	"clamor"
)

// Asks for one thing come in bursts: after a release, a price change, a rival's news. Where they do, of two features that are as alike
// the one that was asked for lately is likelier meant. How bursty a workspace is, is measured on what stands together in it already.

const (
	lateWeight = 0.035
	lateFloor  = 0.002 // of an age: what is nearer is no likelier
	burstAsks  = 128.  // how many asks are looked at, the latest
	burstPrior = 8.    // as if so many asks had been seen…
	burstStart = 0.3   // …in a workspace this bursty
	burstEvery = 1.5   // measured anew each time the index has grown by this factor…
	burstFirst = 16    // …from so many asks on
)

// late says how much likelier it is, by its age alone, that a member is meant than one of average age: the logarithm of the ratio of two
// densities of the age as a share of the index. That of what is meant falls with the age to the power of -bursts; that of all is even.
func (x *index) late(m uint32, floor float64) float64 {
	if x.bursts == 0 {
		return 0
	}
	age := float64(len(x.members)-int(m)) / float64(len(x.members)+1)
	return x.bursts * (-math.Log(age+floor) - 1)
}

// burstsDue reports whether it is time to measure again.
func (x *index) burstsDue() bool {
	return len(x.members) >= burstFirst && float64(len(x.members)) >= burstEvery*float64(x.measured)
}

// grow adds an ask and measures what depends on size when that is due.
func (x *index) grow(id clamor.AskID, feature clamor.FeatureID, r reading) {
	if x.burstsDue() {
		x.setBursts(x.measureBursts())
	}
	x.add(id, feature, r)
}

func (x *index) setBursts(b float64) { x.bursts, x.measured = b, len(x.members) }

// measureBursts fits bursts to the ages of the asks that the latest asks were put beside: the most likely exponent is one less the inverse
// of the mean of -ln(age). It is kept to tenths, so that an index built again from the store decides as the one before.
func (x *index) measureBursts() float64 {
	sum, n := burstPrior/(1-burstStart), burstPrior
	for m := len(x.members) - 1; m > 0 && n < burstPrior+burstAsks; m-- {
		f := x.members[m].feature
		if f == noFeature || len(x.features[f].members) < 2 || x.features[f].members[0] >= uint32(m) {
			continue
		}
		if beside, ok := x.beside(uint32(m)); ok {
			sum -= math.Log(float64(m-int(beside)) / float64(m))
			n++
		}
	}
	return math.Round(10*max(0, 1-n/sum)) / 10
}

// beside gives the ask of the same feature that was there before and is closest.
func (x *index) beside(m uint32) (uint32, bool) {
	best, closest := uint32(0), 0.0
	for _, n := range x.near(x.queryOfMember(m), x.forPlacing()) {
		if n.member < m && x.members[n.member].feature == x.members[m].feature && n.alike > closest {
			best, closest = n.member, n.alike
		}
	}
	return best, closest > 0
}
