package ingest

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed model.txt
var modelText string

// model weighs the traits of sentences: the sum of the weights is the logarithm of the odds that a sentence asks.
type model struct {
	bias    float64
	rules   float64 // of one point of the cues' sum above 1
	weights map[string]weight
}

// weight is what a trait adds, with the number of its line: a trait counts once.
type weight struct {
	line  int
	value float64
}

// weights reads the model that is built in. A fault in it is the programmer's, and the package's tests read it.
var weights = sync.OnceValue(func() model {
	m, err := parseModel(modelText)
	if err != nil {
		panic(err)
	}
	return m
})

// parseModel reads lines of a trait's name, a tab and its weight; "bias" and "rules" are no traits.
func parseModel(text string) (model, error) {
	m := model{weights: map[string]weight{}}
	for n, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, number, _ := strings.Cut(line, "\t")
		value, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			return m, fmt.Errorf("model, line %d: %q is no weight", n+1, number)
		}
		switch name {
		case "bias":
			m.bias = value
		case "rules":
			m.rules = value
		default:
			m.weights[name] = weight{n, value}
		}
	}
	return m, nil
}

// chance is how likely a sentence asks, from 0 to 1, in steps of a thousandth.
func (m model) chance(l *lexicon, e evidence) float64 {
	sum := m.bias + m.rules*cueWeight(l.sum(e.found))
	counted := make([]int, 0, 64)
	l.traits(e, func(name []byte) {
		if w, ok := m.weights[string(name)]; ok && !slices.Contains(counted, w.line) {
			counted = append(counted, w.line)
			sum += w.value
		}
	})
	return math.Round(1000/(1+math.Exp(-sum))) / 1000
}

// cueWeight is what the cues' sum counts for: its distance to 1, where the rules alone would say yes, but never more than two, since what
// lies farther away tells no more.
func cueWeight(sum float64) float64 { return max(-2, min(2, sum-1)) }

// Candidate is a sentence of a text, or an item of a list, with all that bears on whether it asks: what the model is
// trained on.
type Candidate struct {
	Start, End int
	Rules      float64  // what the cues say together, bounded; 0 is an even chance
	Traits     []string // by name, each once
	Score      float64  // what the built-in model makes of them, from 0 to 1
}

// Candidates reads a text as Extract does and tells of each sentence what bears on whether it asks.
func Candidates(text string) []Candidate {
	var all []Candidate
	l, m := cues(), weights()
	for _, s := range read(text) {
		said := text[s.start:s.end]
		if s.at&spoken != 0 && seller(s.speaker, "") && !reports(said) {
			continue
		}
		e := l.evidence(said, s.at)
		c := Candidate{Start: s.start, End: s.end, Rules: cueWeight(l.sum(e.found)), Score: m.chance(&l, e)}
		l.traits(e, func(name []byte) { c.Traits = append(c.Traits, string(name)) })
		slices.Sort(c.Traits)
		c.Traits = slices.Compact(c.Traits)
		all = append(all, c)
	}
	return all
}
