package dedupe

import (
	"math"
	"slices"
	"sync"

	"clamor"
)

// noFeature is where an ask stands that is out of the index.
const noFeature = -1

// index is the inverted index over placed asks, in memory alone. It is not safe for concurrent use but for read: Service
// guards it.
type index struct {
	options  Options
	analyzer *analyzer
	opposite map[string][]string

	terms    dictionary
	postings [][]uint32 // by term: the members that hold it, in order
	couples  counter
	entries  arena

	members  []member
	shares   []float32 // by member: one part of the length of its vector when it was added; 0: out of the index
	sums     []uint32  // by member: of its text
	vectors  []vector  // by member; a zero vector where the meaning is unknown
	asks     map[clamor.AskID]uint32
	live     int // members in a feature
	filled   int // features with a member
	scale    scale
	features []group
	byID     map[clamor.FeatureID]int32
	lesson   float64 // what people's verdicts on joins add to the bar
	bursts   float64 // how much asks for one thing come in bursts, 0 to 1
	measured int     // members when that was measured
	scratch  *sync.Pool
}

// member is an ask in the index.
type member struct {
	feature int32
	span    span // its terms, couples and title in the arena
}

// group is a feature and its members, in the order of their addition.
type group struct {
	id      clamor.FeatureID
	members []uint32
}

func newIndex(options Options) *index {
	x := &index{options: options, analyzer: newAnalyzer(options), opposite: opposites(), terms: newDictionary(),
		asks: map[clamor.AskID]uint32{}, byID: map[clamor.FeatureID]int32{},
		scratch: &sync.Pool{New: func() any { return new(scratch) }}}
	x.scale.fit(0)
	return x
}

// read analyses a text. It touches nothing that changes and may run beside anything.
func (x *index) read(title, body string) reading { return x.analyzer.read(title, body) }

func (x *index) feature(id clamor.FeatureID) int32 {
	if f, ok := x.byID[id]; ok {
		return f
	}
	f := int32(len(x.features))
	x.features = append(x.features, group{id: id})
	x.byID[id] = f
	return f
}

// put places an ask as the store has it, wherever it stood before. A feature of "" takes it out; its number stays its own,
// so that an ask taken back in stands as if it had never been out.
func (x *index) put(a clamor.PlacedAsk) {
	if m, known := x.asks[a.ID]; known {
		x.stand(m, a.Feature)
		return
	}
	x.add(a.ID, a.Feature, x.read(a.Text, ""))
}

// add puts an analysed ask into the index; if it was in before, it stands where it is added.
func (x *index) add(id clamor.AskID, feature clamor.FeatureID, r reading) {
	x.forget(id)
	m := uint32(len(x.members))
	numbers := make([]uint32, len(r.tokens))
	for i, t := range r.tokens {
		numbers[i] = x.number(t)
		x.postings[numbers[i]] = append(x.postings[numbers[i]], m)
	}
	x.members = append(x.members, member{feature: noFeature, span: x.entries.store(r, numbers)})
	x.shares = append(x.shares, 0)
	x.sums = append(x.sums, r.sum)
	x.vectors = append(x.vectors, r.direction())
	x.asks[id] = m
	x.stand(m, feature)
}

// forget takes an ask out for good.
func (x *index) forget(id clamor.AskID) {
	if m, ok := x.asks[id]; ok {
		x.stand(m, "")
		delete(x.asks, id)
	}
}

// stand moves a member to a feature, or out of all where that is "".
func (x *index) stand(m uint32, feature clamor.FeatureID) {
	from, to := x.members[m].feature, int32(noFeature)
	if feature != "" {
		to = x.feature(feature)
	}
	if from == to {
		return
	}
	x.members[m].feature = to
	if from != noFeature {
		g := &x.features[from]
		g.members = slices.DeleteFunc(g.members, func(o uint32) bool { return o == m })
		x.filled -= oneIf(len(g.members) == 0)
	}
	if to != noFeature {
		g := &x.features[to]
		x.filled += oneIf(len(g.members) == 0)
		g.members = append(g.members, m)
	}
	if from == noFeature || to == noFeature {
		x.tally(m, oneIf(from == noFeature)-oneIf(to == noFeature))
	}
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tally counts a member in, by 1, or out, by -1.
func (x *index) tally(m uint32, change int) {
	c := x.entries.load(x.members[m].span)
	for _, t := range c.terms {
		x.terms.count[t] = uint32(int(x.terms.count[t]) + change)
	}
	for _, p := range c.couples {
		x.couples.add(p, change)
	}
	x.live += change
	x.scale.fit(x.live)
	x.shares[m] = 0
	if change > 0 {
		x.shares[m] = float32(1 / max(1e-9, x.norm(c)))
	}
}

func (r reading) direction() vector {
	if r.vector == nil {
		return vector{}
	}
	return *r.vector
}

func (x *index) number(t token) uint32 {
	n, isNew := x.terms.number(t, x.analyzer.table)
	if isNew {
		x.postings = append(x.postings, nil)
	}
	return n
}

// Weights of terms, found by measuring; README.md says what each gives.
const (
	rarityPower  = 0.8  // softens the weight of rare words
	stopWeight   = 0.4  // of a stop word beside another word as common
	coupleWeight = 0.3  // of two neighbouring words beside one word as common
	emptyCouple  = 0.3  // of two neighbouring stop words beside another couple
	priorTexts   = 200. // how many texts of everyday English the index starts with
)

// weight is how telling a term is here and now.
func (x *index) weight(t uint32) float64 {
	df := float64(x.terms.count[t]) + priorTexts*float64(x.terms.prior[t])
	w := x.rarity(df)
	if x.terms.kind[t]&stopWord != 0 {
		w *= stopWeight
	}
	return w
}

func (x *index) coupleWeight(c uint32, empty bool) float64 {
	w := coupleWeight * x.rarity(float64(x.couples.count(c)))
	if empty {
		w *= emptyCouple
	}
	return w
}

// rarity is the softened inverse document frequency of what df texts hold.
func (x *index) rarity(df float64) float64 { return x.scale.rarity(df) }

// norm is the length of a member's vector here and now.
func (x *index) norm(c content) float64 {
	sum := 0.0
	for i, t := range c.terms {
		v := decode(c.termCounts[i]) * x.weight(t)
		sum += v * v
	}
	for i, p := range c.couples {
		v := decode(c.coupleCounts[i]&^emptyBit) * x.coupleWeight(p, c.coupleCounts[i]&emptyBit != 0)
		sum += v * v
	}
	return math.Sqrt(sum)
}

// round makes scores equal that differ only by the order in which a computer added them up.
func round(s float64) float64 { return math.Round(s*1e6) / 1e6 }
