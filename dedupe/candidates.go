package dedupe

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of the candidate search. What they cost in exactness is measured by a test against a scan of everything.
const (
	longPostings   = 2_000  // from so many on it pays to ask first whether they can matter
	meaningMembers = 10_000 // up to so many members, meaning alone may find candidates
	meaningNeeded  = 0.35   // …where shared words find nothing as close as this
	meaningFound   = 24     // how many candidates meaning may add
)

// reach is how far a search goes.
type reach struct {
	candidates int // how many members are compared in full
	sure       int // how many of them are sure to be the best by their words, as far as the postings go
	postings   int // how many are read for one text, once there are enough candidates
}

// forPeople is the reach of a search that somebody waits for. Its first five features are those that a comparison with every ask gives.
func forPeople() reach { return reach{candidates: 384, sure: 384, postings: 20_000} }

// forPlacing is the reach of a search that nobody waits for, of which a million are done: the wider, the fewer asks there are.
func (x *index) forPlacing() reach {
	const most, least, comparisons = 192, 48, 4_000_000
	return reach{candidates: max(least, min(most, comparisons/max(1, len(x.members)))), sure: least, postings: 6_000}
}

// scratch is what one search needs for itself; searches run side by side.
type scratch struct {
	score   []float32 // by member
	touched []uint32
	place   []int32 // by term: its place in the query, plus one
	couple  lookup
}

// query is a text as a vector, in the numbers of the index.
type query struct {
	terms   []queryTerm
	couples []queryCouple
	title   []uint32 // by term number; unknownTerm plus a running number for stems the index has never seen
	vector  *vector
	norm    float64
	words   int
	titled  []float64 // by place among the terms: what it weighs in the title, 0 where it stands in the body alone
	heading float64   // the sum of titled
}

type queryTerm struct {
	number uint32
	known  bool
	kind   wordKind
	value  float64 // saturated count x weight
	count  float64 // saturated
	stem   string
	word   string
}

type queryCouple struct {
	number        uint32
	value         float64
	first, second int // places among the terms
}

// unknownTerm is where the numbers begin that stand for stems the index has never seen.
const unknownTerm = math.MaxUint32 - 1<<16

// queryOf looks a reading up in the index.
func (x *index) queryOf(r reading) query {
	q := query{vector: r.vector}
	for i, t := range r.tokens {
		n, known := x.terms.numbers[t.stem]
		if !known {
			n, known = x.meant(t)
		}
		weight := 0.0
		if known {
			weight = x.weight(n)
		} else {
			n = unknownTerm + uint32(i)
			weight = x.rarity(priorTexts * float64(prior(t.stem, x.analyzer.table)))
			if t.kind&stopWord != 0 {
				weight *= stopWeight
			}
		}
		count := decode(encode(t.count))
		q.terms = append(q.terms, queryTerm{n, known, t.kind, count * weight, count, t.stem, t.word})
	}
	for _, c := range r.couples {
		number := coupleOf(q.terms[c.first].number, q.terms[c.second].number)
		empty := r.tokens[c.first].kind&r.tokens[c.second].kind&stopWord != 0
		q.couples = append(q.couples, queryCouple{number, decode(encode(c.count)) * x.coupleWeight(number, empty), c.first, c.second})
	}
	x.addVariants(&q, r)
	for _, t := range r.title {
		q.title = append(q.title, q.terms[t].number)
	}
	return q.normed()
}

// queryOfMember makes a query of an ask in the index.
func (x *index) queryOfMember(m uint32) query {
	c := x.entries.load(x.members[m].span)
	q := query{title: c.title}
	places := make(map[uint32]int, len(c.terms))
	for i, n := range c.terms {
		places[n] = i
		count := decode(c.termCounts[i])
		q.terms = append(q.terms, queryTerm{n, true, x.terms.kind[n], count * x.weight(n), count, x.terms.stem[n], x.terms.word[n]})
	}
	for i, n := range c.couples {
		value := decode(c.coupleCounts[i]&^emptyBit) * x.coupleWeight(n, c.coupleCounts[i]&emptyBit != 0)
		q.couples = append(q.couples, queryCouple{n, value, -1, -1})
	}
	for i := 1; i < len(c.title); i++ {
		for j := range q.couples {
			if q.couples[j].number == coupleOf(c.title[i-1], c.title[i]) {
				q.couples[j].first, q.couples[j].second = places[c.title[i-1]], places[c.title[i]]
			}
		}
	}
	if x.vectors[m] != (vector{}) {
		q.vector = &x.vectors[m]
	}
	return q.normed()
}

func (q query) normed() query {
	sum := 0.0
	for _, t := range q.terms {
		sum += t.value * t.value
		q.words += int(math.Ceil(t.count))
	}
	for _, c := range q.couples {
		sum += c.value * c.value
	}
	q.norm = math.Sqrt(sum)
	q.titled = make([]float64, len(q.terms))
	for i, t := range q.terms {
		if slices.Contains(q.title, t.number) && t.count > 0 {
			q.titled[i] = t.value / t.count
			q.heading += q.titled[i]
		}
	}
	return q
}

// near is a member close to a query.
type near struct {
	member   uint32
	score    float64
	evidence float64 // the weight of the telling words they share
	alike    float64 // closeness of words and meaning alone
	covered  float64 // how much of the query's title the member holds, 0 to 1
}

func closer(a, b near) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.member, b.member))
}

// near gives the members closest to a query, best first.
//
// The most telling terms are read first. What the terms not yet read can still add to any member is at most the length of
// the query's rest (by Cauchy and Schwarz, both vectors being of length one): once that is less than what the last
// candidate has, no member not yet seen can become one, and the long postings of common words are never read.
func (x *index) near(q query, far reach) []near {
	if q.norm == 0 {
		return nil
	}
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	found := x.gather(q, s, far)
	x.rescore(q, s, found)
	if q.vector != nil && len(x.members) <= meaningMembers {
		found = x.addMeaning(q, s, found)
	}
	x.blend(q, found)
	slices.SortFunc(found, closer)
	return found
}

func (x *index) gather(q query, s *scratch, far reach) []near {
	if len(s.score) < len(x.members) {
		s.score = append(s.score, make([]float32, len(x.members)+len(x.members)/4+64-len(s.score))...)
	}
	order := slices.Clone(q.terms)
	slices.SortStableFunc(order, func(a, b queryTerm) int { return cmp.Compare(b.value, a.value) })
	rest := q.norm * q.norm
	read := 0
	for _, t := range order {
		if !t.known || len(x.postings[t.number]) == 0 {
			rest -= t.value * t.value
			continue
		}
		long := len(x.postings[t.number])
		if len(s.touched) >= far.sure && long > max(longPostings, len(s.touched)) &&
			(read+long > far.postings || math.Sqrt(max(0, rest))/q.norm < float64(s.bar(far.sure))) {
			break
		}
		read += long
		x.accumulate(t, q.norm, s)
		rest -= t.value * t.value
	}
	return s.best(far.candidates)
}

func (x *index) accumulate(t queryTerm, norm float64, s *scratch) {
	step := float32(t.value * x.weight(t.number) / norm)
	score, shares := s.score, x.shares
	for _, m := range x.postings[t.number] {
		share := shares[m]
		if share == 0 {
			continue
		}
		if score[m] == 0 {
			s.touched = append(s.touched, m)
		}
		score[m] += step * share
	}
}

// bar is the score of the last sure candidate so far.
func (s *scratch) bar(sure int) float32 {
	heap := s.top(sure)
	if len(heap) < sure {
		return 0
	}
	return s.score[heap[0]]
}

// top gives the n touched members of the highest scores as a heap, the lowest of them first.
func (s *scratch) top(n int) []uint32 {
	heap := make([]uint32, 0, n)
	lowest := float32(-1) // in a full heap
	for _, m := range s.touched {
		if s.score[m] < lowest {
			continue
		}
		if len(heap) < n {
			heap = append(heap, m)
			if len(heap) == n {
				for i := n/2 - 1; i >= 0; i-- {
					s.sink(heap, i)
				}
				lowest = s.score[heap[0]]
			}
			continue
		}
		if s.below(heap[0], m) {
			heap[0] = m
			s.sink(heap, 0)
			lowest = s.score[heap[0]]
		}
	}
	return heap
}

// below orders members by score, the later one being the lower where scores are equal.
func (s *scratch) below(a, b uint32) bool {
	if s.score[a] != s.score[b] {
		return s.score[a] < s.score[b]
	}
	return a > b
}

func (s *scratch) sink(heap []uint32, i int) {
	for {
		low := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(heap) && s.below(heap[c], heap[low]) {
				low = c
			}
		}
		if low == i {
			return
		}
		heap[i], heap[low] = heap[low], heap[i]
		i = low
	}
}

// best takes the best members and wipes the scores for the next search.
func (s *scratch) best(n int) []near {
	var out []near
	for _, m := range s.top(n) {
		out = append(out, near{member: m})
	}
	for _, m := range s.touched {
		s.score[m] = 0
	}
	s.touched = s.touched[:0]
	return out
}

// rescore compares the query with each member in full.
func (x *index) rescore(q query, s *scratch, found []near) {
	x.mark(q, s)
	for i := range found {
		found[i].score, found[i].evidence, found[i].covered = x.similarity(q, s, found[i].member)
	}
	x.unmark(q, s)
}

func (x *index) mark(q query, s *scratch) {
	if len(s.place) < len(x.terms.stem) {
		s.place = append(s.place, make([]int32, len(x.terms.stem)+len(x.terms.stem)/4+64-len(s.place))...)
	}
	for i, t := range q.terms {
		if t.known {
			s.place[t.number] = int32(i + 1)
		}
	}
	s.couple.reset(len(q.couples))
	for i, c := range q.couples {
		s.couple.set(c.number, i)
	}
}

func (x *index) unmark(q query, s *scratch) {
	for _, t := range q.terms {
		if t.known {
			s.place[t.number] = 0
		}
	}
}

// similarity is the cosine of the query and a member, the weight of the telling words they share, and how much of the query's title
// the member holds: a word of its title in full, one of its body in part.
func (x *index) similarity(q query, s *scratch, m uint32) (cosine, evidence, covered float64) {
	c := x.entries.load(x.members[m].span)
	dot, sum := 0.0, 0.0
	for i, t := range c.terms {
		count, w := decode(c.termCounts[i]), x.weight(t)
		v := count * w
		sum += v * v
		if p := s.place[t]; p != 0 {
			dot += v * q.terms[p-1].value
			covered += q.titled[p-1] * min(1, count)
			if x.terms.kind[t]&stopWord == 0 {
				evidence += w * min(1, count, q.terms[p-1].count)
			}
		}
	}
	for i, p := range c.couples {
		v := decode(c.coupleCounts[i]&^emptyBit) * x.coupleWeight(p, c.coupleCounts[i]&emptyBit != 0)
		sum += v * v
		if j := s.couple.find(p); j >= 0 {
			dot += v * q.couples[j].value
		}
	}
	if dot == 0 {
		return 0, 0, 0
	}
	return dot / (q.norm * math.Sqrt(sum)), evidence, covered / max(q.heading, 1e-9)
}

// lookup finds the place of a couple in a query. It is a small table that is used again and again.
type lookup struct {
	keys   []uint32
	places []int32
}

// reset empties the table and makes room for n keys.
func (l *lookup) reset(n int) {
	size := 16
	for size < 4*n {
		size *= 2
	}
	if len(l.keys) != size {
		l.keys, l.places = make([]uint32, size), make([]int32, size)
		return
	}
	clear(l.keys)
}

func (l *lookup) at(key uint32) int {
	mask := uint32(len(l.keys) - 1)
	i := (key * 0x9E3779B1) & mask
	for l.keys[i] != 0 && l.keys[i] != key {
		i = (i + 1) & mask
	}
	return int(i)
}

func (l *lookup) set(key uint32, place int) {
	i := l.at(key)
	l.keys[i], l.places[i] = key, int32(place)
}

func (l *lookup) find(key uint32) int {
	i := l.at(key)
	if l.keys[i] == 0 {
		return -1
	}
	return int(l.places[i])
}

// addMeaning adds members that mean nearly the same in other words, where words find nothing close.
func (x *index) addMeaning(q query, s *scratch, found []near) []near {
	have := make(map[uint32]bool, len(found))
	for _, n := range found {
		if n.score >= meaningNeeded {
			return found
		}
		have[n.member] = true
	}
	var close []near
	for m := range x.members {
		if x.members[m].feature == noFeature || have[uint32(m)] {
			continue
		}
		if c := q.vector.cosine(&x.vectors[m]); c > 0.5 {
			close = append(close, near{member: uint32(m), score: c})
		}
	}
	slices.SortFunc(close, closer)
	close = close[:min(meaningFound, len(close))]
	x.rescore(q, s, close)
	return append(found, close...)
}

// meaningWeight is what the closeness of meanings counts beside that of words; it is halved for every meaningWords words of
// the text: long texts are told apart better by their words alone.
const (
	meaningWeight = 0.4
	meaningWords  = 12.
)

// coverWeight is what covering the title counts beside the closeness of the whole texts.
const coverWeight = 0.2

// blend joins what else tells to the closeness of words: that of meanings, how much of the title is covered, and how lately it was
// asked for.
func (x *index) blend(q query, found []near) {
	g := 0.0
	if q.vector != nil {
		g = meaningWeight * math.Exp2(-float64(q.words)/meaningWords)
	}
	for i, n := range found {
		c := 0.0
		if g > 0 {
			c = max(0, q.vector.cosine(&x.vectors[n.member]))
		}
		found[i].alike = (n.score + g*c) / (1 + g)
		found[i].score = (found[i].alike+coverWeight*n.covered)/(1+coverWeight) + lateWeight*x.late(n.member, lateFloor)
	}
}
