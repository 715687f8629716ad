// Command peers finds the texts closest to each text with Clamor and with what a user could take in its place, on the same texts, one after
// the other, and prints how often the first five hold one of the same label and how many texts a second each looks up.
//
//	go run . [-most N] LABELLED.jsonl...
//
// A file holds a text a line: {"id", "text", "cluster"}. It is a module of its own, so that the product needs none of its libraries.
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
	// fill makes all texts known.
	fill(texts []string) error
	// nearest gives the places of the texts closest to one of them, best first, which may hold itself.
	nearest(texts []string, place, limit int) ([]int, error)
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
	fmt.Fprintln(out, "set\ttexts\tpeer\trecall@1\trecall@5\tlookups/s\tfilled in")
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
			fmt.Fprintf(out, "%s\t%d\t%s\t%.3f\t%.3f\t%.0f\t%s\n", filepath.Base(path), len(rows), p.name(), r.first, r.five, r.speed, r.filled.Round(time.Millisecond))
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
	speed       float64
	filled      time.Duration
}

func measure(p peer, rows []labelled, lookups int) (result, error) {
	texts, sizes := make([]string, len(rows)), map[string]int{}
	for i, r := range rows {
		texts[i] = r.Text
		sizes[r.Cluster]++
	}
	began := time.Now()
	if err := p.fill(texts); err != nil {
		return result{}, err
	}
	r := result{filled: time.Since(began)}
	step := max(1, len(rows)/lookups)
	asked, repeats := 0, 0
	began = time.Now()
	for i := 0; i < len(rows); i += step {
		near, err := p.nearest(texts, i, 11)
		if err != nil {
			return r, err
		}
		asked++
		if sizes[rows[i].Cluster] < 2 {
			continue
		}
		repeats++
		switch at := found(rows, i, near); {
		case at == 0:
			r.first++
			fallthrough
		case at > 0 && at < 5:
			r.five++
		}
	}
	r.speed = float64(asked) / time.Since(began).Seconds()
	r.first, r.five = r.first/float64(repeats), r.five/float64(repeats)
	return r, nil
}

// found is where the first text of the same label stands, the text itself left out; -1 if nowhere.
func found(rows []labelled, place int, near []int) int {
	at := 0
	for _, n := range near {
		if n == place {
			continue
		}
		if rows[n].Cluster == rows[place].Cluster {
			return at
		}
		at++
	}
	return -1
}
