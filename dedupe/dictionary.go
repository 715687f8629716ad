package dedupe

import "math"

// dictionary numbers the stems of the index.
type dictionary struct {
	numbers map[string]uint32
	stem    []string // by number
	word    []string // the first word that gave the stem
	kind    []wordKind
	prior   []float32 // how likely an everyday English text of an ask's length holds it
	count   []uint32  // how many live members hold it
}

func newDictionary() dictionary { return dictionary{numbers: map[string]uint32{}} }

// everydayLength is the length of text for which prior is stated.
const everydayLength = 15

// mostCommon bounds prior: even "the" is missing from some texts.
const mostCommon = 0.9

func (d *dictionary) number(t token, table *background) (n uint32, isNew bool) {
	if n, ok := d.numbers[t.stem]; ok {
		return n, false
	}
	n = uint32(len(d.stem))
	d.numbers[t.stem] = n
	d.stem, d.word, d.kind, d.count = append(d.stem, t.stem), append(d.word, t.word), append(d.kind, t.kind), append(d.count, 0)
	d.prior = append(d.prior, prior(t.stem, table))
	return n, true
}

func prior(stem string, table *background) float32 {
	row := table.find(stem)
	if row < 0 {
		return 0
	}
	return float32(min(mostCommon, 1-math.Pow(1-table.share(row), everydayLength)))
}

// coupleOf gives two neighbouring terms a number. Two couples may share one; that only makes both look a little more common.
func coupleOf(first, second uint32) uint32 {
	h := (uint64(first)<<32 | uint64(second)) * 0x9E3779B97F4A7C15
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	return uint32(h>>32) | 1 // never 0, which marks a free place in counter
}

// counter counts by number: open addressing over two arrays, a quarter of the memory of a map.
type counter struct {
	keys   []uint32
	counts []uint32
	used   int
}

func (c *counter) place(key uint32) int {
	mask := uint32(len(c.keys) - 1)
	i := (key * 0x9E3779B1) & mask
	for c.keys[i] != 0 && c.keys[i] != key {
		i = (i + 1) & mask
	}
	return int(i)
}

func (c *counter) count(key uint32) uint32 {
	if len(c.keys) == 0 {
		return 0
	}
	return c.counts[c.place(key)]
}

func (c *counter) add(key uint32, change int) {
	if c.used*4 >= len(c.keys)*3 {
		c.grow()
	}
	i := c.place(key)
	if c.keys[i] == 0 {
		c.keys[i] = key
		c.used++
	}
	c.counts[i] = uint32(int(c.counts[i]) + change)
}

func (c *counter) grow() {
	keys, counts := c.keys, c.counts
	size := max(1<<10, 2*len(keys))
	c.keys, c.counts, c.used = make([]uint32, size), make([]uint32, size), 0
	for i, k := range keys {
		if k != 0 {
			j := c.place(k)
			c.keys[j], c.counts[j] = k, counts[i]
			c.used++
		}
	}
}
