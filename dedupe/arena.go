package dedupe

import "math"

// arena keeps what members hold in large blocks: a million small slices would cost more than what is in them.
type arena struct {
	numbers [][]uint32 // terms, couples and title of one member after the other
	counts  [][]uint8  // of the terms and the couples
}

// span is where a member's content lies.
type span struct {
	block                 uint32
	numbers, counts       uint32
	terms, couples, title uint16
}

// content is what a member holds. The slices belong to the arena.
type content struct {
	terms        []uint32
	couples      []uint32
	title        []uint32
	termCounts   []uint8
	coupleCounts []uint8 // emptyBit set for two stop words
}

const blockSize = 1 << 16

// A saturated count lies between 0 and saturation+1 and is kept in countSteps steps a unit; the highest bit of a couple's
// count marks two stop words.
const (
	countSteps = 50
	emptyBit   = 0x80
)

func encode(count float64) uint8 { return uint8(max(1, math.Round(saturate(count)*countSteps))) }

func decode(c uint8) float64 { return float64(c) / countSteps }

// store keeps a reading whose tokens have these numbers.
func (a *arena) store(r reading, numbers []uint32) span {
	need := len(r.tokens) + len(r.couples) + len(r.title)
	last := len(a.numbers) - 1
	if last < 0 || len(a.numbers[last])+need > cap(a.numbers[last]) {
		a.numbers = append(a.numbers, make([]uint32, 0, a.nextBlock(need)))
		a.counts = append(a.counts, make([]uint8, 0, a.nextBlock(need)))
		last++
	}
	ns, cs := a.numbers[last], a.counts[last]
	s := span{uint32(last), uint32(len(ns)), uint32(len(cs)), uint16(len(r.tokens)), uint16(len(r.couples)), uint16(len(r.title))}
	for i, t := range r.tokens {
		ns, cs = append(ns, numbers[i]), append(cs, encode(t.count))
	}
	for _, c := range r.couples {
		count := encode(c.count)
		if r.tokens[c.first].kind&r.tokens[c.second].kind&stopWord != 0 {
			count |= emptyBit
		}
		ns, cs = append(ns, coupleOf(numbers[c.first], numbers[c.second])), append(cs, count)
	}
	for _, t := range r.title {
		ns = append(ns, numbers[t])
	}
	a.numbers[last], a.counts[last] = ns, cs
	return s
}

// nextBlock keeps the first block small, so that a small index is small.
func (a *arena) nextBlock(need int) int {
	return max(need, min(blockSize, 4096<<min(4, len(a.numbers))))
}

func (a *arena) load(s span) content {
	ns, cs := a.numbers[s.block][s.numbers:], a.counts[s.block][s.counts:]
	t, c := int(s.terms), int(s.couples)
	return content{terms: ns[:t], couples: ns[t : t+c], title: ns[t+c : t+c+int(s.title)], termCounts: cs[:t], coupleCounts: cs[t : t+c]}
}
