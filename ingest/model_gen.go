//go:build ignore

// Command model_gen trains the model of package ingest, prints how well it does on rows that it was not trained on, and
// writes model.txt.
//
//	go run model_gen.go -sentences SENTENCES.jsonl -notes NOTES.jsonl -labels LABELS.jsonl -asks testdata/asks.txt \
//		-others testdata/others.txt -measure FORUM.jsonl -out model.txt
//
// Sentences are lines of {"text","label","project"}; a label that begins with "feature" is wanted. Notes and labels are those
// of the sample company: half of its accounts, by a hash of their domain, are trained on, the others are left out. Asks and
// others hold one sentence a line. What is given to measure is never trained on.
//
// The model is a logistic regression with L1 and L2 penalties, fitted by coordinate descent from zero in a fixed order, so
// that the same files give the same bytes. A trait needs minRows rows; a word or pair of words also minOrigins projects, so
// that no product's words decide and no sentence can be read back.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strings"

	"clamor/ingest"
)

const (
	minRows    = 6
	minOrigins = 3
	l1, l2     = 0.3, 7
	l2Broad    = 3
	passes     = 40
	folds      = 5

	// How much further to the side of asking the even chance lies than where the odds are even: F1 is best there for
	// sentences, of which one in ten asks, and the more so for notes, where a missed ask costs more than one to reject.
	// Long talks, of which none are labelled, hold few asks in many turns.
	lean, leanNote, leanLong = 0.2, 0.7, -2.2
)

// row is a sentence with whether it asks.
type row struct {
	origin string // a project, "notes" or "ours"
	group  string // what folds keep together: the text or the account
	text   int    // the text it is of
	asks   []int  // of the text, those that it overlaps
	wanted bool
	rules  float64
	traits []string
}

// table is rows with the number of asks in each text that tells.
type table struct {
	rows []row
	asks map[int]int
}

var texts int // read so far

func main() {
	log.SetFlags(0)
	sentences := flag.String("sentences", "", "labelled sentences")
	forum := flag.String("measure", "", "labelled sentences that are only measured")
	notes, labels := flag.String("notes", "", "the sample company's notes"), flag.String("labels", "", "their labels")
	asks, others := flag.String("asks", "", "sentences that ask"), flag.String("others", "", "sentences that do not")
	out, held := flag.String("out", "model.txt", "the model"), flag.Bool("held", false, "measure the notes that were left out, too")
	flag.Parse()

	threads, apart := readSentences(*sentences), readSentences(*forum)
	own := readOwn(*asks, *others)
	developed, leftOut := readNotes(*notes, *labels)
	with := func(more []row) []row { return slices.Concat(own, more) }

	fold := func(r row) int { return part(r.group, 0) }
	fmt.Println("sentences, rules alone:           ", judged(threads, rulesOf(threads)))
	for round := range 5 {
		fold := func(r row) int { return part(r.group, round) }
		fmt.Println("sentences, 5 folds:               ", judged(threads, crossed(threads, with(developed.rows), fold, folds)))
	}
	projects := origins(threads)
	project := func(r row) int { return slices.Index(projects, r.origin) }
	fmt.Println("sentences, a project left out:    ", judged(threads, crossed(threads, with(developed.rows), project, len(projects))))
	fmt.Println("notes, rules alone:               ", developed.spans(rulesOf(developed.rows)))
	fmt.Println("notes, 5 folds of accounts:       ", developed.spans(crossed(developed.rows, with(threads), fold, folds)))
	m := train(slices.Concat(own, threads, developed.rows))
	fmt.Println("measured apart, rules alone:      ", judged(apart, rulesOf(apart)))
	fmt.Println("measured apart:                   ", judged(apart, m.chances(apart)))
	if *held {
		fmt.Println("notes left out, rules alone:      ", leftOut.spans(rulesOf(leftOut.rows)))
		fmt.Println("notes left out:                   ", leftOut.spans(m.chances(leftOut.rows)))
	}
	if err := os.WriteFile(*out, m.text(), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d weights, %d bytes\n", *out, len(m.weights), len(m.text()))
}

// part is the fold of a text or an account, another one in each round.
func part(group string, round int) int { return int(sha256.Sum256([]byte(group))[1+round]) % folds }

func readFile(path string, each func(line []byte)) {
	if path == "" {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		each(lines.Bytes())
	}
}

func decode(line []byte, into any) {
	if err := json.Unmarshal(line, into); err != nil {
		log.Fatalf("%v in %.100s", err, line)
	}
}

// rowsOf gives the sentences of a text as rows like the one given; a text without any is a row without traits.
func rowsOf(text string, like row) []row {
	texts++
	like.text = texts
	var all []row
	for _, c := range ingest.Candidates(text) {
		r := like
		r.rules, r.traits = c.Rules, c.Traits
		all = append(all, r)
	}
	if len(all) == 0 {
		like.rules = -2
		return []row{like}
	}
	return all
}

func readSentences(path string) (all []row) {
	readFile(path, func(line []byte) {
		var s struct{ Text, Label, Project string }
		decode(line, &s)
		all = append(all, rowsOf(s.Text, row{origin: s.Project, group: s.Text, wanted: strings.HasPrefix(s.Label, "feature")})...)
	})
	return all
}

// readOwn gives sentences that ask, and others.
func readOwn(asks, others string) (all []row) {
	for path, wanted := range map[string]bool{asks: true, others: false} {
		readFile(path, func(line []byte) {
			all = append(all, rowsOf(string(line), row{origin: "ours", group: string(line), wanted: wanted})...)
		})
	}
	slices.SortFunc(all, func(a, b row) int { return strings.Compare(a.group, b.group) })
	return slices.Concat(all, all) // twice, for they are few
}

type note struct {
	ID, Text string
	Account  struct{ Domain string }
	Asks     json.RawMessage
}

// notesIn reads a delivery: a note, several, or {"notes": […]}.
func notesIn(line []byte) (all []note) {
	switch {
	case line[0] == '[':
		decode(line, &all)
	case bytes.HasPrefix(line, []byte(`{"notes"`)):
		var wrapped struct{ Notes []note }
		decode(line, &wrapped)
		all = wrapped.Notes
	default:
		var one note
		decode(line, &one)
		all = append(all, one)
	}
	return all
}

// readNotes gives the notes that name no asks themselves, by halves of the accounts.
func readNotes(path, labels string) (developed, leftOut table) {
	type span struct{ Start, End int }
	labelled := map[string][]span{}
	readFile(labels, func(line []byte) {
		var l struct {
			Note string
			Asks []span
		}
		decode(line, &l)
		labelled[l.Note] = l.Asks
	})
	developed.asks, leftOut.asks = map[int]int{}, map[int]int{}
	readFile(path, func(line []byte) {
		for _, n := range notesIn(line) {
			spans, fresh := labelled[n.ID]
			if n.Asks != nil || !fresh {
				continue
			}
			delete(labelled, n.ID)
			domain := strings.TrimPrefix(n.Account.Domain, "www.")
			into := &developed
			if sha256.Sum256([]byte(domain))[0]%2 != 0 {
				into = &leftOut
			}
			rows := rowsOf(n.Text, row{origin: "notes", group: domain})
			for i, c := range ingest.Candidates(n.Text) {
				for a, s := range spans {
					if s.Start < c.End && c.Start < s.End {
						rows[i].asks, rows[i].wanted = append(rows[i].asks, a), true
					}
				}
			}
			into.asks[texts] = len(spans)
			into.rows = append(into.rows, rows...)
		}
	})
	return developed, leftOut
}

func origins(rows []row) (all []string) {
	for _, r := range rows {
		all = append(all, r.origin)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// crossed judges each row by a model that was trained without the rows of its part.
func crossed(rows, also []row, part func(row) int, parts int) []float64 {
	chances := make([]float64, len(rows))
	for p := range parts {
		training := slices.Clone(also)
		for _, r := range rows {
			if part(r) != p {
				training = append(training, r)
			}
		}
		m := train(training)
		for i, r := range rows {
			if part(r) == p {
				chances[i] = m.chance(r)
			}
		}
	}
	return chances
}

func rulesOf(rows []row) []float64 {
	chances := make([]float64, len(rows))
	for i, r := range rows {
		chances[i] = sigmoid(r.rules + 1e-9) // a sum of 1 was a yes, whatever its last digit
	}
	return chances
}

type model struct {
	names   []string // of the traits
	weights map[string]float64
	bias    float64
	rules   float64
}

func (m model) chance(r row) float64 {
	sum := m.bias + m.rules*r.rules
	for _, t := range r.traits {
		sum += m.weights[t]
	}
	return sigmoid(sum)
}

func (m model) chances(rows []row) []float64 {
	all := make([]float64, len(rows))
	for i, r := range rows {
		all[i] = m.chance(r)
	}
	return all
}

func (m model) text() []byte {
	var b bytes.Buffer
	b.WriteString("# What the traits of a sentence say about whether it asks: see traits.go. Made by model_gen.go; not to be edited.\n")
	fmt.Fprintf(&b, "bias\t%.3f\nrules\t%.3f\n", m.bias, m.rules)
	for _, n := range m.names {
		fmt.Fprintf(&b, "%s\t%.3f\n", n, m.weights[n])
	}
	return b.Bytes()
}

// telling gives the traits that are frequent and general enough, sorted.
func telling(rows []row) (all []string) {
	count, from := map[string]int{}, map[string]map[string]bool{}
	for _, r := range rows {
		for _, t := range r.traits {
			count[t]++
			if from[t] == nil {
				from[t] = map[string]bool{}
			}
			from[t][r.origin] = true
		}
	}
	for t, n := range count {
		worded := strings.HasPrefix(t, "word ") || strings.HasPrefix(t, "pair ")
		if n >= minRows && (!worded || len(from[t]) >= minOrigins) {
			all = append(all, t)
		}
	}
	slices.Sort(all)
	return all
}

// penalty is the L2 penalty of a trait: settings and shapes are few, and hold of many sentences.
func penalty(trait string) float64 {
	if strings.HasPrefix(trait, "at ") || strings.HasPrefix(trait, "shape ") || strings.HasPrefix(trait, "note ") {
		return l2Broad
	}
	return l2
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// fit is a regression under way: the rows of each trait, and the log-odds of each row.
type fit struct {
	rows []row
	odds []float64
}

// step moves one weight, given the rows that it touches, and says by how much.
func (f fit) step(old float64, rows []int32, value func(row) float64, l1, l2, leastCurve float64) float64 {
	slope, curve := l2*old, l2
	for _, i := range rows {
		p, x := sigmoid(f.odds[i]), value(f.rows[i])
		y := 0.0
		if f.rows[i].wanted {
			y = 1
		}
		slope += (p - y) * x
		curve += max(p*(1-p), leastCurve) * x * x
	}
	target := old*curve - slope
	move := math.Copysign(max(0, math.Abs(target)-l1)/curve, target) - old
	for _, i := range rows {
		f.odds[i] += move * value(f.rows[i])
	}
	return move
}

func train(rows []row) model {
	m := model{weights: map[string]float64{}}
	at := map[string][]int32{}
	every := make([]int32, len(rows))
	for i, r := range rows {
		every[i] = int32(i)
		for _, t := range r.traits {
			at[t] = append(at[t], int32(i))
		}
	}
	one := func(row) float64 { return 1 }
	f := fit{rows, make([]float64, len(rows))}
	all := telling(rows)
	for range passes {
		m.bias += f.step(m.bias, every, one, 0, 1e-6, 0.01)
		m.rules += f.step(m.rules, every, func(r row) float64 { return r.rules }, 0, 0.1, 0.05)
		for _, t := range all {
			m.weights[t] += f.step(m.weights[t], at[t], one, l1, penalty(t), 0.05)
		}
	}
	for _, t := range all {
		if math.Abs(m.weights[t]) < 0.0005 {
			delete(m.weights, t)
		}
	}
	m.bias += lean
	m.weights["at note"] += leanNote
	m.weights["at long"] += leanLong
	for t := range m.weights {
		m.names = append(m.names, t)
	}
	slices.Sort(m.names)
	return m
}

// judged measures texts: one that holds a sentence with an even chance is a yes.
func judged(rows []row, chances []float64) string {
	yes, wanted := map[int]bool{}, map[int]bool{}
	for i, r := range rows {
		yes[r.text] = yes[r.text] || chances[i] >= 0.5
		wanted[r.text] = r.wanted
	}
	var right, said, all, others, alarms float64
	for t, w := range wanted {
		if yes[t] {
			said++
		}
		switch {
		case w && yes[t]:
			right, all = right+1, all+1
		case w:
			all++
		default:
			others++
			if yes[t] {
				alarms++
			}
		}
	}
	return fmt.Sprintf("%s, false alarms %.2f %%", measures(right, said, right, all), 100*alarms/max(1, others))
}

// spans counts what the labelled asks and the sentences taken for asks have in common.
func (t table) spans(chances []float64) string {
	found := map[[2]int]bool{}
	right, said, all := 0.0, 0.0, 0.0
	for i, r := range t.rows {
		if chances[i] < 0.5 {
			continue
		}
		said++
		if r.wanted {
			right++
		}
		for _, a := range r.asks {
			found[[2]int{r.text, a}] = true
		}
	}
	for _, n := range t.asks {
		all += float64(n)
	}
	return measures(right, said, float64(len(found)), all)
}

func measures(right, said, found, all float64) string {
	p, r := right/max(1, said), found/max(1, all)
	return fmt.Sprintf("precision %.3f, recall %.3f, F1 %.3f", p, r, 2*p*r/max(1e-9, p+r))
}
