package api

import (
	"context"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"clamor"
)

// codes number texts in the order in which they are first seen; 0 is the empty one.
type codes struct {
	of    map[string]int32
	texts []string
}

func newCodes() codes { return codes{map[string]int32{"": 0}, []string{""}} }

func (c *codes) code(text string) int32 {
	n, known := c.of[text]
	if !known {
		n = int32(len(c.texts))
		c.of[text], c.texts = n, append(c.texts, text)
	}
	return n
}

// sets hold for each feature, by its place, which codes it bears, as bits.
type sets struct {
	width int // words a feature
	words []uint64
	texts []string
}

// newSets makes empty sets for so many features.
func newSets(features int, texts []string) sets {
	width := (len(texts) + 63) / 64
	return sets{width, make([]uint64, features*width), slices.Clip(texts)}
}

func (s *sets) add(place, code int32) {
	if code > 0 {
		s.words[int(place)*s.width+int(code/64)] |= 1 << (code % 64)
	}
}

// of are the words of a feature; none where it is not known to the sets.
func (s *sets) of(place int32) []uint64 {
	if from := int(place) * s.width; place >= 0 && from < len(s.words) {
		return s.words[from : from+s.width]
	}
	return nil
}

// count adds one for each code that a feature bears.
func (s *sets) count(place int32, counts []int) {
	for i, word := range s.of(place) {
		for ; word != 0; word &= word - 1 {
			counts[i*64+bits.TrailingZeros64(word)]++
		}
	}
}

// behind knows who stands behind each feature: what the list is filtered by that the list itself does not say. Features and accounts are
// numbered. Once made it does not change.
type behind struct {
	revision int64
	*numbers                    // shared with later ones
	asking   [][]int32          // by feature: the accounts that ask for it, in order
	through  [][]int32          // by feature: the sources, in order
	times    [][]int64          // by feature: when its asks occurred, in microseconds since 1970
	ids      []clamor.AccountID // by account
	called   []string           // by account, its name
	names    []string           // the same in lower case

	segments, owners, sources sets
}

// numbers number features and accounts for good.
type numbers struct {
	mu       sync.RWMutex
	features map[clamor.FeatureID]int32
	accounts map[clamor.AccountID]int32
}

const nowhere = -1

// placesOf gives the places of the features of entries, nowhere for those that are not known yet.
func (n *numbers) placesOf(entries []clamor.Entry) []int32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	places := make([]int32, len(entries))
	for i := range entries {
		place, known := n.features[entries[i].Feature.ID]
		if !known {
			place = nowhere
		}
		places[i] = place
	}
	return places
}

// accountOf gives the number of an account.
func (n *numbers) accountOf(id clamor.AccountID) (int32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	number, known := n.accounts[id]
	return number, known
}

// gathering makes a behind, from nothing or from the one before.
type gathering struct {
	behind
	sourceCode codes
	facts      []clamor.Account // by account: segment and owner
}

func newGathering() *gathering {
	return &gathering{behind: behind{numbers: &numbers{features: map[clamor.FeatureID]int32{}, accounts: map[clamor.AccountID]int32{}}}, sourceCode: newCodes()}
}

func (g *gathering) place(id clamor.FeatureID) int32 {
	n, known := g.features[id]
	if !known {
		n = int32(len(g.asking))
		g.mu.Lock()
		g.features[id] = n
		g.mu.Unlock()
		g.asking, g.through, g.times = append(g.asking, nil), append(g.through, nil), append(g.times, nil)
	}
	return n
}

func (g *gathering) account(id clamor.AccountID) int32 {
	n, known := g.accounts[id]
	if !known {
		n = int32(len(g.ids))
		g.mu.Lock()
		g.accounts[id] = n
		g.mu.Unlock()
		g.ids, g.facts, g.names, g.called = append(g.ids, id), append(g.facts, clamor.Account{}), append(g.names, ""), append(g.called, "")
	}
	return n
}

// add notes one origin. The slices of features are shared with the behind before, so they are never changed in place.
func (g *gathering) add(o clamor.Origin) {
	place, account, source := g.place(o.Feature), g.account(o.Account), g.sourceCode.code(o.Source)
	g.asking[place], g.through[place] = with(g.asking[place], account), with(g.through[place], source)
	g.times[place] = append(slices.Clip(g.times[place]), o.At)
}

func with(all []int32, one int32) []int32 {
	at, there := slices.BinarySearch(all, one)
	if there {
		return all
	}
	return append(append(append(make([]int32, 0, len(all)+1), all[:at]...), one), all[at:]...)
}

// describe takes over what is known of accounts.
func (g *gathering) describe(known map[clamor.AccountID]clamor.Account) {
	g.names, g.called = slices.Clone(g.names), slices.Clone(g.called)
	for id, a := range known {
		if n, asks := g.accounts[id]; asks {
			g.facts[n] = clamor.Account{Segment: a.Segment, Owner: a.Owner}
			g.called[n], g.names[n] = a.Name, strings.ToLower(a.Name)
		}
	}
}

// done gives the behind as it is now. What is added later leaves it alone.
func (g *gathering) done(revision int64) *behind {
	segment, owner := newCodes(), newCodes()
	of := make([][2]int32, len(g.facts))
	for i, a := range g.facts {
		of[i] = [2]int32{segment.code(a.Segment), owner.code(a.Owner)}
	}
	b := g.behind
	b.revision = revision
	b.segments, b.owners = newSets(len(b.asking), segment.texts), newSets(len(b.asking), owner.texts)
	b.sources = newSets(len(b.asking), g.sourceCode.texts)
	for place, accounts := range b.asking {
		for _, a := range accounts {
			b.segments.add(int32(place), of[a][0])
			b.owners.add(int32(place), of[a][1])
		}
		for _, s := range b.through[place] {
			b.sources.add(int32(place), s)
		}
	}
	g.asking, g.through, g.times = slices.Clone(g.asking), slices.Clone(g.through), slices.Clone(g.times)
	return &b
}

// gather reads all that stands behind the features.
func (s *Server) gather(ctx context.Context) (*gathering, int64, error) {
	g := newGathering()
	asking, through := []map[int32]bool{}, []map[int32]bool{}
	revision, err := s.Store.EachOrigin(ctx, func(o clamor.Origin) {
		place := g.place(o.Feature)
		for int(place) >= len(asking) {
			asking, through = append(asking, map[int32]bool{}), append(through, map[int32]bool{})
		}
		asking[place][g.account(o.Account)] = true
		through[place][g.sourceCode.code(o.Source)] = true
		g.times[place] = append(g.times[place], o.At)
	})
	if err != nil {
		return nil, 0, err
	}
	for place := range asking {
		g.asking[place], g.through[place] = keysOf(asking[place]), keysOf(through[place])
		slices.Sort(g.asking[place])
		slices.Sort(g.through[place])
	}
	known, err := s.Store.Accounts(ctx, g.ids)
	if err != nil {
		return nil, 0, err
	}
	g.describe(known)
	return g, revision, nil
}

// regather brings what was gathered up to date; false where it must be gathered anew.
func (s *Server) regather(ctx context.Context, g *gathering, since int64) (int64, bool, error) {
	told, err := s.Store.Touched(ctx, since)
	if err != nil || told.Whole {
		return 0, false, err
	}
	before := len(g.ids)
	for _, id := range told.Left {
		place := g.place(id)
		g.asking[place], g.through[place], g.times[place] = nil, nil, nil
	}
	for _, o := range told.Origins {
		g.add(o)
	}
	known, err := s.Store.Accounts(ctx, append(told.Accounts, g.ids[before:]...))
	if err != nil {
		return 0, false, err
	}
	g.describe(known)
	return told.Revision, true, nil
}

// placeOf gives the place of a feature, nowhere for one that is not known.
func (n *numbers) placeOf(id clamor.FeatureID) int32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	place, known := n.features[id]
	if !known {
		return nowhere
	}
	return place
}

// timesOf are when the asks of a feature occurred.
func (b *behind) timesOf(id clamor.FeatureID) []int64 {
	if place := b.placeOf(id); place >= 0 && int(place) < len(b.times) {
		return b.times[place]
	}
	return nil
}

// nameOf gives the name of an account, "" for one that is not known.
func (b *behind) nameOf(id clamor.AccountID) string {
	if n, known := b.accountOf(id); known && int(n) < len(b.called) {
		return b.called[n]
	}
	return ""
}
