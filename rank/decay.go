package rank

import (
	"math/big"
	"math/bits"
)

// decay is how much is left of an ask after its age: half of it after each half-life.
func decay(_ *Model, f *facts) int64 { return f.fade.at(f.age) }

// fade computes 2^(-age/half-life) in integers, since floating point need not give the same last digit on every
// platform. The exponent's whole part is a shift; its fraction is taken bit by bit, each bit i being a
// multiplication by 2^(-1/2^i), an integer square root of the one before. All values are fixed-point with 64 bits behind
// the point, which leaves more than 35 bits to spare when the result is rounded to parts per million.
type fade struct {
	halfLife int
	roots    [64]uint64 // 2^(-1/2), 2^(-1/4), 2^(-1/8), …
	known    []int64    // by age in days, as far as asked for; 0 where it was not
}

func newFade(halfLife int) *fade {
	f := &fade{halfLife: halfLife}
	x := new(big.Int).Lsh(big.NewInt(1), 127) // a half, with 128 bits behind the point: its root has 64
	for i := range f.roots {
		x.Sqrt(x)
		f.roots[i] = x.Uint64()
		x.Lsh(x, 64)
	}
	return f
}

// at is the decay of an age in days: a million for today, never less than one. It remembers what it computed.
func (f *fade) at(age int) int64 {
	if age <= 0 || f.halfLife == 0 {
		return ppm
	}
	if age >= longAgo {
		return f.compute(age)
	}
	if f.known == nil {
		f.known = make([]int64, longAgo)
	}
	if f.known[age] == 0 {
		f.known[age] = f.compute(age)
	}
	return f.known[age]
}

// longAgo is the age in days from which decays are not remembered.
const longAgo = 4096

func (f *fade) compute(age int) int64 {
	halvings, days := uint(age/f.halfLife), age%f.halfLife
	whole, rest := uint64(ppm), uint64(0) // parts per million, with 64 bits behind the point
	if days > 0 {
		whole, rest = bits.Mul64(f.fraction(days), ppm)
	}
	if halvings == 0 {
		return int64(whole + rest>>63)
	}
	if halvings > 30 {
		return 1
	}
	return max(1, int64((whole+1<<(halvings-1))>>halvings))
}

// fraction is 2^(-days/half-life) for less than a half-life.
func (f *fade) fraction(days int) uint64 {
	var y uint64 // 0 stands for one, which has no room behind the point
	for i, left := 0, days; i < len(f.roots) && left > 0; i++ {
		left *= 2
		if left < f.halfLife {
			continue
		}
		left -= f.halfLife
		if y == 0 {
			y = f.roots[i]
		} else {
			y, _ = bits.Mul64(y, f.roots[i])
		}
	}
	return y
}
