package rank

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// ppm is the unit of every factor: parts per million.
const ppm = 1_000_000

// scale multiplies an amount by a factor, rounding half up. It reports false where the result does not fit.
func scale(amount, factor int64) (int64, bool) {
	return mulDiv(amount, factor, ppm)
}

// mulDiv is a x b / c in 128 bits, rounded half up; none may be negative, and c is above zero.
func mulDiv(a, b, c int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c)/2, 0)
	hi += carry
	if hi >= uint64(c) {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q), q <= math.MaxInt64
}

// ratio is part of whole in parts per million, rounded half up; 0 of nothing.
func ratio(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	r, _ := mulDiv(part, ppm, whole)
	return r
}

// root is the integer square root of n x 2^20: enough digits that cents still tell large amounts apart.
func root(n int64) int64 {
	x := new(big.Int).Lsh(big.NewInt(n), 20)
	return x.Sqrt(x).Int64()
}

// remainder is what a share lost by rounding down, and whose it is.
type remainder struct {
	lost uint64
	of   int32
}

// splitter apportions totals; it keeps its scratch space between calls.
type splitter struct{ rest []remainder }

// split writes into out the shares of total in proportion to weights by largest remainder: each share is the exact one
// rounded up or down, and together they are the total. Of equal remainders the earlier place wins. Weights that are all zero
// count as equal.
func (s *splitter) split(out []int64, total int64, weights []int64) {
	if len(weights) == 1 {
		out[0] = total
		return
	}
	var sum uint64
	for _, w := range weights {
		sum += uint64(w)
	}
	equal := sum == 0
	if equal {
		sum = uint64(len(weights))
	}
	s.rest = s.rest[:0]
	left := total
	for i, w := range weights {
		if equal {
			w = 1
		}
		hi, lo := bits.Mul64(uint64(total), uint64(w))
		share, lost := bits.Div64(hi, lo, sum)
		out[i] = int64(share)
		left -= int64(share)
		if lost > 0 {
			s.rest = append(s.rest, remainder{lost, int32(i)})
		}
	}
	if left == 0 {
		return
	}
	slices.SortFunc(s.rest, func(a, b remainder) int {
		if a.lost != b.lost {
			if a.lost > b.lost {
				return -1
			}
			return 1
		}
		return int(a.of - b.of)
	})
	for _, r := range s.rest[:left] {
		out[r.of]++
	}
}
