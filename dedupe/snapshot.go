package dedupe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strconv"

	"clamor"
)

// A snapshot is the index as a file, so that a start need not analyse every ask anew. It is a cache: it says nothing that is not in the
// store as well, and whatever does not fit the store is left out (resume.go). The file is a line that names the format, what its readings
// depend on, the parts of the index as lengths and little-endian numbers in the order of encode, and a CRC-32C of all before it.

const snapshotFormat = "clamor index 1\n"

var errSnapshot = errors.New("the snapshot is cut off, damaged, or of another version")

func castagnoli() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }

// sumOf tells texts apart, given in parts.
func sumOf(parts ...string) uint32 {
	sum := uint32(0)
	for _, part := range parts {
		sum = crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), append([]byte(part), 0))
	}
	return sum
}

// fingerprint is a sum over what readings depend on beside the text, as far as it is data.
func fingerprint(o Options) uint32 {
	return sumOf(stopWords, synonymTable, o.Synonyms, backgroundFile, strconv.FormatBool(o.WordsOnly))
}

// writeSnapshot writes the index. It may run beside other readers.
func (x *index) writeSnapshot(w io.Writer) error {
	sum := castagnoli()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	x.encode(&encoder{w: out})
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

func (x *index) encode(e *encoder) {
	e.bytes([]byte(snapshotFormat))
	e.number(uint64(fingerprint(x.options)))
	e.number(uint64(x.live))
	e.number(uint64(x.filled))
	e.number(uint64(x.measured))
	e.number(math.Float64bits(x.bursts))
	encodeStrings(e, x.terms.stem)
	encodeStrings(e, x.terms.word)
	encodeBytes(e, x.terms.kind)
	encodeAll(e, x.terms.prior, math.Float32bits)
	encodeAll(e, x.terms.count, same)
	e.number(uint64(x.couples.used))
	encodeAll(e, x.couples.keys, same)
	encodeAll(e, x.couples.counts, same)
	e.number(uint64(len(x.entries.numbers)))
	for i := range x.entries.numbers {
		encodeAll(e, x.entries.numbers[i], same)
		encodeBytes(e, x.entries.counts[i])
	}
	x.encodeMembers(e)
	x.encodeFeatures(e)
}

func (x *index) encodeMembers(e *encoder) {
	ids := make([]clamor.AskID, len(x.members)) // "" of those forgotten
	for id, m := range x.asks {
		ids[m] = id
	}
	encodeStrings(e, ids)
	spans := make([]uint32, 0, spanNumbers*len(x.members))
	for _, m := range x.members {
		s := m.span
		spans = append(spans, s.block, s.numbers, s.counts, uint32(s.terms), uint32(s.couples), uint32(s.title))
	}
	encodeAll(e, spans, same)
	encodeAll(e, x.sums, same)
	encodeAll(e, x.shares, math.Float32bits)
	for i := range x.vectors {
		for _, v := range x.vectors[i] {
			e.byte(byte(v))
		}
	}
}

const spanNumbers = 6

func (x *index) encodeFeatures(e *encoder) {
	ids := make([]clamor.FeatureID, len(x.features))
	for i, f := range x.features {
		ids[i] = f.id
	}
	encodeStrings(e, ids)
	for _, f := range x.features {
		encodeAll(e, f.members, same)
	}
}

// readSnapshot reads an index that was written with the same options. It trusts the bytes: their sum must have been compared before.
func readSnapshot(r io.Reader, size int64, o Options) (x *index, err error) {
	d := &decoder{r: bufio.NewReaderSize(r, 1<<16), left: size}
	if format := d.bytes(len(snapshotFormat)); string(format) != snapshotFormat || uint32(d.number()) != fingerprint(o) {
		return nil, errSnapshot
	}
	x = newIndex(o)
	x.decode(d)
	if d.err != nil {
		return nil, d.err
	}
	return x, nil
}

func (x *index) decode(d *decoder) {
	x.live, x.filled, x.measured = int(d.number()), int(d.number()), int(d.number())
	x.bursts = math.Float64frombits(d.number())
	x.terms.stem, x.terms.word = decodeStrings[string](d), decodeStrings[string](d)
	x.terms.kind = decodeBytes[wordKind](d)
	x.terms.prior = decodeAll(d, math.Float32frombits)
	x.terms.count = decodeAll(d, same)
	x.couples.used = int(d.number())
	x.couples.keys, x.couples.counts = decodeAll(d, same), decodeAll(d, same)
	for range d.length(1) {
		x.entries.numbers = append(x.entries.numbers, decodeAll(d, same))
		x.entries.counts = append(x.entries.counts, decodeBytes[uint8](d))
	}
	x.decodeMembers(d)
	x.decodeFeatures(d)
	if d.err != nil {
		return
	}
	x.terms.numbers = make(map[string]uint32, len(x.terms.stem))
	for i, stem := range x.terms.stem {
		x.terms.numbers[stem] = uint32(i)
	}
	x.post()
	x.scale.fit(x.live)
}

func (x *index) decodeMembers(d *decoder) {
	ids := decodeStrings[clamor.AskID](d)
	spans := decodeAll(d, same)
	x.sums = decodeAll(d, same)
	x.shares = decodeAll(d, math.Float32frombits)
	n := len(ids)
	if len(spans) != spanNumbers*n || len(x.sums) != n || len(x.shares) != n {
		d.err = errSnapshot
		return
	}
	x.members, x.vectors = make([]member, n), make([]vector, n)
	x.asks = make(map[clamor.AskID]uint32, n)
	for i, id := range ids {
		s := spans[spanNumbers*i:]
		x.members[i] = member{noFeature, span{s[0], s[1], s[2], uint16(s[3]), uint16(s[4]), uint16(s[5])}}
		if id != "" {
			x.asks[id] = uint32(i)
		}
		for j, b := range d.bytes(dimensions) {
			x.vectors[i][j] = int8(b)
		}
	}
}

func (x *index) decodeFeatures(d *decoder) {
	for i, id := range decodeStrings[clamor.FeatureID](d) {
		g := group{id: id, members: decodeAll(d, same)}
		for _, m := range g.members {
			if int(m) >= len(x.members) {
				d.err = errSnapshot
				return
			}
			x.members[m].feature = int32(i)
		}
		x.features = append(x.features, g)
		x.byID[id] = int32(i)
	}
}

// post makes the postings out of what the members hold.
func (x *index) post() {
	lengths := make([]int, len(x.terms.stem))
	for _, m := range x.members {
		for _, t := range x.entries.load(m.span).terms {
			lengths[t]++
		}
	}
	x.postings = make([][]uint32, len(lengths))
	for t, n := range lengths {
		x.postings[t] = make([]uint32, 0, n)
	}
	for i, m := range x.members {
		for _, t := range x.entries.load(m.span).terms {
			x.postings[t] = append(x.postings[t], uint32(i))
		}
	}
}

func same(n uint32) uint32 { return n }

// encoder writes the parts of a snapshot; what goes wrong comes out of the writer's Flush.
type encoder struct{ w *bufio.Writer }

func (e *encoder) bytes(b []byte) { e.w.Write(b) } //nolint:errcheck // Flush tells

func (e *encoder) byte(b byte) { e.w.WriteByte(b) } //nolint:errcheck // Flush tells

func (e *encoder) number(n uint64) {
	e.bytes(binary.LittleEndian.AppendUint64(e.w.AvailableBuffer(), n))
}

func encodeAll[T any](e *encoder, list []T, bits func(T) uint32) {
	e.number(uint64(len(list)))
	for _, v := range list {
		e.bytes(binary.LittleEndian.AppendUint32(e.w.AvailableBuffer(), bits(v)))
	}
}

func encodeBytes[T ~uint8](e *encoder, list []T) {
	e.number(uint64(len(list)))
	for _, v := range list {
		e.byte(byte(v))
	}
}

// encodeStrings writes their lengths and then all of them as one text, so that they are read as parts of one.
func encodeStrings[S ~string](e *encoder, list []S) {
	lengths := make([]uint32, len(list))
	total := 0
	for i, s := range list {
		lengths[i] = uint32(len(s))
		total += len(s)
	}
	encodeAll(e, lengths, same)
	e.number(uint64(total))
	for _, s := range list {
		e.w.WriteString(string(s)) //nolint:errcheck // Flush tells
	}
}

// decoder reads the parts of a snapshot of which left bytes are to come; after a fault it reads nothing more.
type decoder struct {
	r      *bufio.Reader
	left   int64
	err    error
	buffer []byte
}

// bytes reads n bytes into a buffer that the next call uses again.
func (d *decoder) bytes(n int) []byte {
	if d.err == nil && int64(n) > d.left {
		d.err = errSnapshot
	}
	if d.err != nil {
		return nil
	}
	d.buffer = slices.Grow(d.buffer[:0], n)[:n]
	d.left -= int64(n)
	if _, err := io.ReadFull(d.r, d.buffer); err != nil {
		d.err = errors.Join(errSnapshot, err)
		return nil
	}
	return d.buffer
}

func (d *decoder) number() uint64 {
	if b := d.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads how many parts of at least a size follow.
func (d *decoder) length(size int64) int {
	n := d.number()
	if n > uint64(d.left/size) {
		d.err = errSnapshot
		return 0
	}
	return int(n)
}

func decodeAll[T any](d *decoder, value func(uint32) T) []T {
	n := d.length(4)
	list := make([]T, 0, n)
	for n > 0 {
		const most = 1 << 14
		b := d.bytes(4 * min(n, most))
		if b == nil {
			return nil
		}
		n -= len(b) / 4
		for ; len(b) > 0; b = b[4:] {
			list = append(list, value(binary.LittleEndian.Uint32(b)))
		}
	}
	return list
}

func decodeBytes[T ~uint8](d *decoder) []T {
	n := d.length(1)
	list := make([]T, n)
	for i, b := range d.bytes(n) {
		list[i] = T(b)
	}
	return list
}

func decodeStrings[S ~string](d *decoder) []S {
	lengths := decodeAll(d, same)
	all := string(d.bytes(d.length(1)))
	list := make([]S, len(lengths))
	for i, n := range lengths {
		if int(n) > len(all) {
			d.err = errSnapshot
			return nil
		}
		list[i], all = S(all[:n]), all[n:]
	}
	return list
}
