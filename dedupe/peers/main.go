// Command peers asks Clamor, and what a user could take in its place, where new texts belong. The first half of a file is known, each text
// under its label; each text of the second half is looked up, and then known as well. It prints how often the label is among the first
// one and five that a peer names, and how many lookups a second it does, each peer with the same texts, one after the other.
//
//	go run . [-most N] [-lookups N] LABELLED.jsonl...
//
// A file holds a text a line: {"id", "text", "cluster"}; where no label comes twice, only the speed is told. It is a module of its own, so
// that the product needs none of its libraries.
// scikit-learn runs where a Python has it; it is left out, with a word, where none has.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// peer finds texts by their places.
type peer interface {
	name() string
	// fill makes the first n texts known.
	fill(rows []labelled, n int) error
	// add makes one more known, the next.
	add(rows []labelled, place int) error
	// labels gives labels of the texts closest to the one at a place, best first; some may come twice.
	labels(rows []labelled, place int) ([]string, error)
}

// shown is how many features, or texts, a lookup gives. Texts of one label crowd each other out, so that of texts it takes more to tell
// five labels.
const shown, shownTexts = 10, 25

// labelsOf names the labels of texts.
func labelsOf(rows []labelled, places []int) []string {
	var all []string
	for _, p := range places {
		all = append(all, rows[p].Cluster)
	}
	return all
}

type labelled struct {
	Text    string `json:"text"`
	Title   string `json:"title"`
	Body    string `json:"body"`
	Cluster string `json:"cluster"`
}

func main() {
	log.SetFlags(0)
	most := flag.Int("most", 20_000, "how many texts of a file are read")
	lookups := flag.Int("lookups", 2_000, "how many texts are looked up")
	python := flag.String("python", "python3", "a Python that has scikit-learn")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("name the files of labelled texts")
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "set\tknown\tlooked up\tpeer\trecall@1\trecall@5\tlookups/s\tfilled in")
	for _, path := range flag.Args() {
		rows, err := read(path, *most)
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range []peer{&ours{}, &fts5{}, &bm25{}, &tfidf{python: *python}} {
			r, err := measure(p, rows, *lookups)
			if errors.Is(err, errNotHere) {
				log.Print(err)
				continue
			}
			if err != nil {
				log.Fatalf("%s: %v", p.name(), err)
			}
			fmt.Fprintf(out, "%s\t%d\t%d\t%s\t%.3f\t%.3f\t%.0f\t%s\n", filepath.Base(path), len(rows)/2, r.lookups, p.name(), r.first, r.five, r.speed, r.filled.Round(time.Millisecond))
			out.Flush()
		}
	}
}

func read(path string, most int) ([]labelled, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []labelled
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() && len(rows) < most {
		var l labelled
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, len(rows)+1, err)
		}
		if l.Text == "" {
			l.Text = l.Title + "\n" + l.Body
		}
		rows = append(rows, l)
	}
	return rows, in.Err()
}

type result struct {
	first, five float64 // of the texts that have one of the same label, those that find one among so many
	lookups     int
	speed       float64
	filled      time.Duration
}

func measure(p peer, rows []labelled, lookups int) (result, error) {
	half := len(rows) / 2
	began := time.Now()
	if err := p.fill(rows, half); err != nil {
		return result{}, err
	}
	r := result{filled: time.Since(began)}
	known := map[string]bool{}
	for _, l := range rows[:half] {
		known[l.Cluster] = true
	}
	repeats := 0
	var took time.Duration
	for i := half; i < len(rows) && i < half+lookups; i++ {
		began = time.Now()
		labels, err := p.labels(rows, i)
		if err != nil {
			return r, err
		}
		took += time.Since(began)
		r.lookups++
		if known[rows[i].Cluster] {
			repeats++
			r.count(place(labels, rows[i].Cluster))
		}
		known[rows[i].Cluster] = true
		if err := p.add(rows, i); err != nil {
			return r, err
		}
	}
	r.speed = float64(r.lookups) / took.Seconds()
	r.first, r.five = r.first/float64(repeats), r.five/float64(repeats)
	return r, nil
}

func (r *result) count(at int) {
	if at == 0 {
		r.first++
	}
	if at >= 0 && at < 5 {
		r.five++
	}
}

// place is where a label comes among the different ones of a list; -1 if nowhere.
func place(labels []string, want string) int {
	seen := map[string]bool{}
	for _, l := range labels {
		if l == want {
			return len(seen)
		}
		seen[l] = true
	}
	return -1
}
