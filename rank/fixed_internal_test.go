package rank

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"clamor"

	"pgregory.net/rapid"
)

func TestProductsAreExactAndNeverWrapAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, math.MaxInt64).Draw(t, "a")
		b := rapid.Int64Range(0, 1000*ppm).Draw(t, "b")
		c := rapid.Int64Range(1, 1000*ppm).Draw(t, "c")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want.Add(want, big.NewInt(c/2)).Div(want, big.NewInt(c))
		got, fits := mulDiv(a, b, c)
		if fits != want.IsInt64() || fits && got != want.Int64() {
			t.Fatalf("%d x %d / %d = %d (fits: %v), want %s", a, b, c, got, fits, want)
		}
	})
}

func TestSharesAreTheExactOnesRoundedAndAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(0, 9*clamor.MaxMinor).Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1000*ppm), 1, 40).Draw(t, "weights")
		shares := make([]int64, len(weights))
		new(splitter).split(shares, total, weights)
		var sum, whole int64
		for i := range weights {
			sum, whole = sum+shares[i], whole+weights[i]
		}
		if sum != total {
			t.Fatalf("the shares add up to %d, not %d", sum, total)
		}
		for i, share := range shares {
			if whole == 0 {
				continue
			}
			// exact - 1 < share < exact + 1, in integers
			off := new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i]))
			off.Sub(off, new(big.Int).Mul(big.NewInt(share), big.NewInt(whole)))
			if off.CmpAbs(big.NewInt(whole)) >= 0 {
				t.Fatalf("share %d of %d by %v is %d", i, total, weights, share)
			}
		}
	})
}

func TestLeftOverCentsGoToTheLargestRemainders(t *testing.T) {
	for _, c := range []struct {
		name    string
		total   int64
		weights []int64
		want    []int64
	}{
		{"one takes all", 7, []int64{3}, []int64{7}},
		{"nothing left over", 10, []int64{1, 4}, []int64{2, 8}},
		{"equal remainders: the earlier", 10, []int64{1, 1, 1}, []int64{4, 3, 3}},
		{"two cents over", 11, []int64{1, 1, 1}, []int64{4, 4, 3}},
		{"larger remainder, though later", 10, []int64{10, 11, 12}, []int64{3, 3, 4}},
		{"a wish of weight 0 gets nothing", 5, []int64{0, 2, 1}, []int64{0, 3, 2}},
		{"no weight at all counts as equal", 5, []int64{0, 0}, []int64{3, 2}},
		{"nothing to share", 0, []int64{5, 6}, []int64{0, 0}},
	} {
		got := make([]int64, len(c.weights))
		new(splitter).split(got, c.total, c.weights)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d by %v gives %v, want %v", c.name, c.total, c.weights, got, c.want)
		}
	}
}

// An ask's decay is the exact 2^(-age/half-life), rounded: x is, where (2x-1)/2 <= 10^6 x 2^(-age/h) < (2x+1)/2, both
// sides to the power of h.
func TestDecayIsExactToTheLastDigit(t *testing.T) {
	for _, halfLife := range []int{1, 7, 91, 182, 365} {
		f := newFade(halfLife)
		for age := 1; age < 3*halfLife; age += 1 + halfLife/97 {
			x := f.at(age)
			middle := power(2*ppm, halfLife)
			low, high := power(2*x-1, halfLife), power(2*x+1, halfLife)
			low.Lsh(low, uint(age))
			high.Lsh(high, uint(age))
			if low.Cmp(middle) > 0 || high.Cmp(middle) <= 0 {
				t.Fatalf("after %d days of a half-life of %d: %d is not the nearest", age, halfLife, x)
			}
		}
	}
}

func power(n int64, e int) *big.Int {
	return new(big.Int).Exp(big.NewInt(n), big.NewInt(int64(e)), nil)
}

func TestDecayHalvesWithEveryHalfLife(t *testing.T) {
	f := newFade(182)
	for age, want := range map[int]int64{
		-3: 1_000_000, 0: 1_000_000, 91: 707_107, 182: 500_000, 273: 353_553, 364: 250_000, 546: 125_000,
		1820: 977, 182 * 20: 1, 182 * 21: 1, 182 * 64: 1, math.MaxInt32: 1,
	} {
		if got := f.at(age); got != want {
			t.Errorf("after %d days: %d, want %d", age, got, want)
		}
	}
	for age := 1; age < 4000; age++ {
		if f.at(age) > f.at(age-1) {
			t.Fatalf("an ask of %d days weighs more than one of %d", age, age-1)
		}
	}
	if got := newFade(0).at(9999); got != ppm {
		t.Errorf("with a half-life of 0 asks fade: %d", got)
	}
}
