package dedupe

import (
	"math"
	"slices"
)

// comparison says how far two titles say the same, and what keeps them apart.
type comparison struct {
	query, member float64 // how much of each one's telling words the other one holds, 0 to 1
	slot          bool    // in the same place, one says this and the other that
	exact         int     // how many of the two hold a number, version or address that the other lacks
	negation      bool    // one says not, the other nothing of the kind
	opposite      bool    // one says the opposite of a word of the other
}

// cover is the share that both titles have in common: the mean of the two shares that punishes what is one-sided.
func (c comparison) cover() float64 { return math.Sqrt(c.query * c.member) }

// bodyCredit is what a title's word counts that the other text holds only in its body.
const bodyCredit = 0.5

// compare reads the two titles side by side.
func (x *index) compare(a side, m uint32) comparison {
	b := x.sideOfMember(x.entries.load(x.members[m].span))
	var c comparison
	var left, right []int
	c.query, left = a.coverBy(b)
	c.member, right = b.coverBy(a)
	c.opposite = x.opposed(a, b)
	left, right = a.telling(left), b.telling(right)
	c.slot = sameSlot(a, b, left, right)
	if a.any(left, exact) {
		c.exact++
	}
	if b.any(right, exact) {
		c.exact++
	}
	c.negation = a.says(negative) && !b.says(negative|adverse) || b.says(negative) && !a.says(negative|adverse)
	return c
}

// side is one of two titles that are compared.
type side struct {
	run    []uint32 // the title as it runs
	all    []uint32 // all terms of the text
	weight []float64
	kind   []wordKind
	stem   []string
}

func (x *index) sideOf(q query) side {
	s := side{run: q.title, all: make([]uint32, len(q.terms))}
	for i, t := range q.terms {
		s.all[i] = t.number
	}
	for _, n := range q.title {
		t := q.terms[slices.Index(s.all, n)]
		s.weight, s.kind, s.stem = append(s.weight, t.value/t.count), append(s.kind, t.kind), append(s.stem, t.stem)
	}
	return s
}

func (x *index) sideOfMember(c content) side {
	s := side{run: c.title, all: c.terms}
	for _, n := range c.title {
		s.weight, s.kind, s.stem = append(s.weight, x.weight(n)), append(s.kind, x.terms.kind[n]), append(s.stem, x.terms.stem[n])
	}
	return s
}

// coverBy gives the share of a title's weight that the other text holds, and the places of the words it lacks.
func (s side) coverBy(o side) (share float64, lacking []int) {
	held, all := 0.0, 0.0
	for i, n := range s.run {
		if slices.Contains(s.run[:i], n) {
			continue
		}
		all += s.weight[i]
		switch {
		case slices.Contains(o.run, n):
			held += s.weight[i]
		case slices.Contains(o.all, n):
			held += s.weight[i] * bodyCredit
		default:
			lacking = append(lacking, i)
		}
	}
	if all == 0 {
		return 0, nil
	}
	return held / all, lacking
}

func (s side) telling(places []int) []int {
	var out []int
	for _, i := range places {
		if s.kind[i]&stopWord == 0 {
			out = append(out, i)
		}
	}
	return out
}

func (s side) any(places []int, k wordKind) bool {
	return slices.ContainsFunc(places, func(i int) bool { return s.kind[i]&k != 0 })
}

func (s side) says(k wordKind) bool {
	return slices.ContainsFunc(s.kind, func(own wordKind) bool { return own&k != 0 })
}

// opposed reports whether a word that only one title holds excludes one that only the other holds.
func (x *index) opposed(a, b side) bool {
	for i, n := range a.run {
		listed := x.opposite[a.stem[i]]
		if a.kind[i]&stopWord != 0 && len(listed) == 0 || slices.Contains(b.run, n) {
			continue
		}
		for j, m := range b.run {
			if exclude(listed, a.stem[i], b.stem[j]) && !slices.Contains(a.run, m) {
				return true
			}
		}
	}
	return false
}

// sameFrame is how many of the telling words of the longer title must run through both of them in the same order to make one frame of them.
const sameFrame = 0.6

// slotWords is how many words may stand in one slot of a frame.
const slotWords = 4

// sameSlot reports whether the titles are one frame with different telling words in the same slot: "… tour for the Lao block"
// and "… tour for the Thai block".
func sameSlot(a, b side, left, right []int) bool {
	if len(left)+len(right) == 0 {
		return false
	}
	allLeft, allRight := a.telling(places(len(a.run))), b.telling(places(len(b.run)))
	shared := commonRun(a.run, b.run, allLeft, allRight)
	if float64(len(shared)) < sameFrame*float64(max(len(allLeft), len(allRight))) {
		return false
	}
	from := [2]int{-1, -1}
	for _, to := range append(shared, [2]int{len(a.run), len(b.run)}) {
		if slotHolds(left, from[0], to[0]) && slotHolds(allRight, from[1], to[1]) ||
			slotHolds(allLeft, from[0], to[0]) && slotHolds(right, from[1], to[1]) {
			return true
		}
		from = to
	}
	return false
}

func places(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// slotHolds reports whether one of the places lies between two others that are close enough.
func slotHolds(places []int, from, to int) bool {
	if to-from-1 > slotWords {
		return false
	}
	return slices.ContainsFunc(places, func(p int) bool { return p > from && p < to })
}

// commonRun is the longest sequence of words that both runs hold in the same order at these places, as pairs of places.
func commonRun(a, b []uint32, left, right []int) [][2]int {
	var length [titleWords + 1][titleWords + 1]uint8
	for i := len(left) - 1; i >= 0; i-- {
		for j := len(right) - 1; j >= 0; j-- {
			if a[left[i]] == b[right[j]] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(left) && j < len(right); {
		switch {
		case a[left[i]] == b[right[j]]:
			out = append(out, [2]int{left[i], right[j]})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
