package dedupe

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
)

// madeUp gives variants of the excerpts' texts, so that words are as common as in real ones.
func madeUp(t testing.TB, n int) []string {
	var seeds [][]string
	for _, name := range []string{"seamonkey", "banking77"} {
		f, err := os.Open("testdata/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		for in.Scan() {
			l, err := parseLine(in.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			text := l.Title
			if l.Text != nil {
				text = *l.Text
			}
			seeds = append(seeds, strings.Fields(text))
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, n)
	for i := range texts {
		words := slices.Clone(seeds[rnd.IntN(len(seeds))])
		for range 1 + rnd.IntN(3) {
			other := seeds[rnd.IntN(len(seeds))]
			words = slices.Insert(words, rnd.IntN(len(words)+1), other[rnd.IntN(len(other))])
		}
		if rnd.IntN(2) == 0 {
			words = append(words, fmt.Sprintf("name%d", rnd.IntN(1+i/4)))
		}
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

func filled(t testing.TB, texts []string) *index {
	x := newIndex(Options{})
	asks := make([]clamor.PlacedAsk, len(texts))
	for i, text := range texts {
		asks[i] = clamor.PlacedAsk{ID: clamor.AskID(fmt.Sprint("ask", i)), Text: text, Feature: clamor.FeatureID(fmt.Sprint("feature", i))}
	}
	x.addAll(asks)
	return x
}

// The ten nearest asks are those that a comparison with every ask finds, for at least 99 of 100.
func TestCandidatesAreTheNearest(t *testing.T) {
	texts := madeUp(t, 20_300)
	x := filled(t, texts[:20_000])
	agree, all := 0, 0
	for _, text := range texts[20_000:] {
		q := x.queryOf(x.read(text, ""))
		every := make([]near, len(x.members))
		for m := range every {
			every[m].member = uint32(m)
		}
		x.rescore(q, new(scratch), every)
		x.blend(q, every)
		slices.SortFunc(every, closer)
		got := clip(x.near(q, forPeople()), 10)
		for _, want := range every[:10] {
			all++
			if slices.ContainsFunc(got, func(n near) bool { return n.member == want.member || n.score == want.score }) {
				agree++
			}
		}
	}
	t.Logf("%d of %d nearest asks found", agree, all)
	if agree*100 < all*99 {
		t.Errorf("%d of %d nearest asks found, want 99 of 100", agree, all)
	}
}

var mostAsks = flag.Int("asks", 100_000, "up to how many asks the benchmarks fill an index with")

// sizes are those of the indexes that benchmarks look at.
func sizes() []int {
	return slices.DeleteFunc([]int{1_000, 10_000, 100_000, 1_000_000, 10_000_000}, func(n int) bool { return n > *mostAsks })
}

// BenchmarkPlace decides on one ask and puts it into the index.
func BenchmarkPlace(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			texts := madeUp(b, n+1000)
			x := filled(b, texts[:n])
			var took []time.Duration
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				r := x.read(texts[n+i%1000], "")
				x.decide(r, nil)
				x.grow(clamor.AskID(fmt.Sprint("new", i)), clamor.FeatureID(fmt.Sprint("new", i)), r)
				took = append(took, time.Since(began))
			}
			reportP99(b, took)
		})
	}
}

// BenchmarkSuggestBesideWriter asks for similar features while another goroutine places as fast as it can.
func BenchmarkSuggestBesideWriter(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			texts := madeUp(b, n+1000)
			s := NewService(nil, time.Now, Options{})
			s.index = filled(b, texts[:n])
			end, ended := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(ended)
				for i := 0; ; i++ {
					select {
					case <-end:
						return
					default:
						s.place(clamor.Ask{ID: clamor.AskID(fmt.Sprint("new", i)), Text: texts[n+i%1000]})
					}
				}
			}()
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				s.Suggest(texts[n+i%1000], 10)
				took = append(took, time.Since(began))
			}
			close(end)
			<-ended
			reportP99(b, took)
		})
	}
}

func reportP99(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
