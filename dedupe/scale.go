package dedupe

import "math"

// scale is a table of rarities. Both the number of texts and how many of them hold a word are taken to within three parts in
// a hundred: a logarithm and a power for each word compared would take longer than all the rest of a search.
type scale struct {
	texts uint32 // step of the number of texts the table is for
	table []float64
}

// A step is the top bits of a float32: its exponent and stepBits bits of its fraction.
const (
	stepBits  = 5
	stepShift = 23 - stepBits
	steps     = 40 << stepBits // up to 2^38 texts
)

const firstStep = 126 << stepBits // the step of one half

func stepOf(v float64) uint32 { return math.Float32bits(float32(v))>>stepShift - firstStep }

func valueOf(step uint32) float64 {
	return float64(math.Float32frombits((step+firstStep)<<stepShift | 1<<(stepShift-1)))
}

// fit prepares the table for a number of texts.
func (s *scale) fit(live int) {
	step := stepOf(float64(live) + priorTexts)
	if s.table != nil && step == s.texts {
		return
	}
	s.texts = step
	s.table = make([]float64, steps)
	n := valueOf(step)
	for i := range s.table {
		df := valueOf(uint32(i))
		s.table[i] = math.Pow(math.Log(1+max(0, n-df)/df), rarityPower)
	}
}

// rarity of what df texts hold.
func (s *scale) rarity(df float64) float64 { return s.table[stepOf(df+0.5)] }
