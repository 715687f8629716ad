package dedupe

import (
	_ "embed" // for background.bin
	"encoding/binary"
	"math"
	"sort"
)

// dimensions is the length of a vector in background.bin.
const dimensions = 64

// vector is what a text means, as the direction of the mean of its words' vectors, one signed byte a dimension.
type vector [dimensions]int8

//go:embed background.bin
var backgroundFile string

// background is a table of English stems: how often they occur and what they mean. It is read in place, so that only the
// pages that are looked at take memory. background_gen.go makes the file and says where it comes from.
type background struct {
	rows    int
	offsets string // of names, 4 bytes each
	shares  string // 2 bytes each: -1000 ln(share of running words)
	names   string
	vectors string
}

// embedded opens the table in the binary.
func embedded() *background {
	const header = 16
	file := backgroundFile
	rows, names := int(u32(file[4:])), int(u32(file[12:]))
	b := &background{rows: rows}
	file = file[header:]
	b.offsets, file = file[:4*(rows+1)], file[4*(rows+1):]
	b.shares, file = file[:2*rows], file[2*rows:]
	b.names, b.vectors = file[:names], file[names:]
	return b
}

func u32(s string) uint32 { return binary.LittleEndian.Uint32([]byte(s[:4])) }

func (b *background) name(row int) string {
	return b.names[u32(b.offsets[4*row:]):u32(b.offsets[4*row+4:])]
}

// find gives the row of a stem, or -1.
func (b *background) find(stem string) int {
	row := sort.Search(b.rows, func(i int) bool { return b.name(i) >= stem })
	if row < b.rows && b.name(row) == stem {
		return row
	}
	return -1
}

// share is how much of running English text a stem makes up.
func (b *background) share(row int) float64 {
	return math.Exp(-float64(uint16(b.shares[2*row])|uint16(b.shares[2*row+1])<<8) / 1000)
}

// commonShare is the share of running text above which a word's vector counts for less.
const commonShare = 1e-3

// mean gives the direction in which the vectors of some tokens point together, nil if none has one.
func (b *background) mean(tokens []token) *vector {
	var sum [dimensions]float64
	for _, t := range tokens {
		row := b.find(t.stem)
		if row < 0 {
			continue
		}
		w := commonShare / (commonShare + b.share(row)) * saturate(t.count)
		for i := range sum {
			sum[i] += w * float64(int8(b.vectors[row*dimensions+i]))
		}
	}
	length := 0.0
	for _, v := range sum {
		length += v * v
	}
	if length == 0 {
		return nil
	}
	var out vector
	scale := vectorLength / math.Sqrt(length)
	for i, v := range sum {
		out[i] = int8(max(-127, min(127, math.Round(v*scale))))
	}
	return &out
}

// vectorLength is the length of every vector: hardly any part of a unit vector is longer than a half.
const vectorLength = 254.

// cosine compares two directions.
func (v *vector) cosine(o *vector) float64 {
	var dot int32
	for i, x := range v {
		dot += int32(x) * int32(o[i])
	}
	return float64(dot) / (vectorLength * vectorLength)
}
