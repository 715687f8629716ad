// Package dedupe decides which asks mean the same. It owns the reading of texts as weighted stems, the in-memory index over
// all placed asks, the decision to join an ask to a feature unasked or to found a new one, and the suggestions and
// explanations that people see. It does not own the asks, the rulings or the features: those are the store's, and the index
// can be thrown away and built again from them at any time.
//
// The package has no clock and no randomness: the same asks in the same order give the same features, scores and words.
package dedupe

import (
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"clamor"
)

// Store is what the deduper needs of the store.
type Store interface {
	// EachPlacedAsk gives all placed asks in the order of their placement.
	EachPlacedAsk(ctx context.Context, fn func(clamor.PlacedAsk) error) error
	// PlacedAsks gives some of them; those unknown or not placed are left out.
	PlacedAsks(ctx context.Context, ids []clamor.AskID) ([]clamor.PlacedAsk, error)
	// Merges maps each merged feature to the one it is finally merged into.
	Merges(ctx context.Context) (map[clamor.FeatureID]clamor.FeatureID, error)
	// RulingsAfter gives the rulings behind a sequence number, in order; an undo carries the asks and features of what it
	// undoes.
	RulingsAfter(ctx context.Context, seq int64) ([]clamor.Ruling, error)
	// RestoodAsks gives the asks that new versions of notes took out or back in after a count, and the count as it is now.
	RestoodAsks(ctx context.Context, after int64) (ids []clamor.AskID, last int64, err error)
	// Generation grows when asks or rulings are taken out for good: what is known of them must then be forgotten.
	Generation(ctx context.Context) (int64, error)
	// DeduperSettings gives what the workspace has stored; version 0 where that is nothing.
	DeduperSettings(ctx context.Context) (clamor.DeduperSettings, error)
	// PendingAsks gives asks placed nowhere yet, oldest first.
	PendingAsks(ctx context.Context, limit int) ([]clamor.Ask, error)
	// Place stores placements in one transaction; one that founds a feature makes it first.
	Place(ctx context.Context, placements []clamor.Placement) error
}

// Options are the settings of the deduper. The zero value is the default that every figure in README.md was measured with.
type Options struct {
	Synonyms  string  // more lines of the form of synonyms.txt
	WordsOnly bool    // do without vectors: only shared words count
	Snapshot  string  // a file to keep the index in between starts, made and renewed as needed; "": every start reads all asks
	Caution   float64 // added to how safe a join must be: 0.1 joins clearly less, -0.1 clearly more
}

// with gives the options with what the workspace has stored: its synonyms come after those given, its caution in the place of that given.
func (o Options) with(s clamor.DeduperSettings) Options {
	if s.Version > 0 {
		o.Synonyms, o.Caution = o.Synonyms+"\n"+s.Synonyms, s.Caution
	}
	return o
}

// batchSize is how many asks one Step places: small enough that the store's transaction stays short.
const batchSize = 500

// Service keeps the index beside the store and places what is pending. All methods may be called concurrently; Step is
// meant for one worker. Readers hold the lock only against the insertion of one ask at a time.
type Service struct {
	store   Store
	now     func() time.Time
	options Options

	step   sync.Mutex // serialises Load and Step
	mu     sync.RWMutex
	index  *index
	rules  *rulebook
	seq    int64 // of the last ruling applied
	told   int64 // the version of the workspace's settings
	stood  int64 // the count of the last asks that stood anew
	born   int64 // the generation of asks and rulings that was loaded
	loaded bool
	saved  int // members in the snapshot
	worth  int // from how many members on there is one
}

// NewService makes a service over a store. Load must be called before anything else.
func NewService(store Store, now func() time.Time, options Options) *Service {
	return &Service{store: store, now: now, options: options, index: newIndex(options), rules: newRulebook(),
		worth: snapshotFrom}
}

// Load builds the index from the store, from nothing.
func (s *Service) Load(ctx context.Context) error {
	s.step.Lock()
	defer s.step.Unlock()
	return s.load(ctx)
}

func (s *Service) load(ctx context.Context) error {
	born, err := s.store.Generation(ctx)
	if err != nil {
		return fmt.Errorf("reading the generation of asks: %w", err)
	}
	// The rulings come first: one made while the asks are read is then applied again by the next Step, which does no harm.
	rulings, err := s.store.RulingsAfter(ctx, 0)
	if err != nil {
		return fmt.Errorf("reading rulings: %w", err)
	}
	settings, err := s.store.DeduperSettings(ctx)
	if err != nil {
		return fmt.Errorf("reading the deduper's settings: %w", err)
	}
	_, stood, err := s.store.RestoodAsks(ctx, math.MaxInt64)
	if err != nil {
		return fmt.Errorf("counting the asks that stand anew: %w", err)
	}
	rules, seq := newRulebook(), int64(0)
	for _, r := range rulings {
		rules.add(r)
		seq = max(seq, r.Seq)
	}
	fresh, analysed, err := resume(ctx, s.store, s.options.with(settings))
	if err != nil {
		return fmt.Errorf("reading placed asks: %w", err)
	}
	merges, err := s.store.Merges(ctx)
	if err != nil {
		return fmt.Errorf("reading merges: %w", err)
	}
	rules.merges = merges
	fresh.know(merges)
	fresh.lesson = rules.lesson()
	s.mu.Lock()
	s.index, s.rules, s.seq, s.stood, s.told, s.born, s.loaded = fresh, rules, seq, stood, settings.Version, born, true
	s.saved = len(fresh.members) - analysed
	s.mu.Unlock()
	return nil
}

// know makes room for features that others are merged into, should they hold no ask of their own.
func (x *index) know(merges map[clamor.FeatureID]clamor.FeatureID) {
	for _, from := range slices.Sorted(maps.Keys(merges)) {
		x.feature(merges[from])
	}
}

// fillBatch is how many asks are analysed side by side.
const fillBatch = 4096

// fill adds all placed asks. Analysing them takes longest and needs nothing of the index, so all processors share in it.
func (x *index) fill(ctx context.Context, store Store) error {
	var batch []clamor.PlacedAsk
	err := store.EachPlacedAsk(ctx, func(a clamor.PlacedAsk) error {
		if batch = append(batch, a); len(batch) == fillBatch {
			x.addAll(batch)
			batch = batch[:0]
		}
		return nil
	})
	x.addAll(batch)
	return err
}

func (x *index) addAll(asks []clamor.PlacedAsk) {
	readings := make([]reading, len(asks))
	var work sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		work.Go(func() {
			for i := w; i < len(asks); i += workers {
				readings[i] = x.read(asks[i].Text, "")
			}
		})
	}
	work.Wait()
	for i, a := range asks {
		x.grow(a.ID, a.Feature, readings[i])
	}
}

// Step applies the rulings made since the last one and places a batch of pending asks. It reports how many it placed.
func (s *Service) Step(ctx context.Context) (placed int, err error) {
	s.step.Lock()
	defer s.step.Unlock()
	settings, err := s.store.DeduperSettings(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the deduper's settings: %w", err)
	}
	born, err := s.store.Generation(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the generation of asks: %w", err)
	}
	if !s.loaded || s.told != settings.Version || s.born != born {
		if err := s.load(ctx); err != nil {
			return 0, err
		}
	}
	if err := s.applyRulings(ctx); err != nil {
		return 0, err
	}
	if err := s.applyVersions(ctx); err != nil {
		return 0, err
	}
	asks, err := s.store.PendingAsks(ctx, batchSize)
	if err != nil {
		return 0, fmt.Errorf("reading pending asks: %w", err)
	}
	if len(asks) == 0 {
		return 0, nil
	}
	placements := make([]clamor.Placement, len(asks))
	for i, a := range asks {
		placements[i] = s.place(a)
	}
	if err := s.store.Place(ctx, placements); err != nil {
		s.forget(asks)
		return 0, fmt.Errorf("storing %d placements: %w", len(placements), err)
	}
	return len(placements), nil
}

// place decides on one ask and puts it into the index, so that the next one sees it.
func (s *Service) place(a clamor.Ask) clamor.Placement {
	r := s.index.read(a.Text, "")
	s.mu.RLock()
	d := s.index.decide(r, s.rules.root)
	bursts, due := s.index.bursts, s.index.burstsDue()
	if due {
		bursts = s.index.measureBursts()
	}
	s.mu.RUnlock()
	p := clamor.Placement{Ask: a.ID, Feature: d.feature, Score: d.score, Terms: d.terms, By: clamor.Machine, At: s.now().UTC()}
	if d.feature == "" {
		p.Feature, p.Founds, p.Score, p.Terms = clamor.FoundedID(a.ID), Title(a.Text), 0, nil
		p.Close = d.score >= closeScore
	}
	s.mu.Lock()
	if due {
		s.index.setBursts(bursts)
	}
	s.index.add(a.ID, p.Feature, r)
	s.mu.Unlock()
	return p
}

func (s *Service) forget(asks []clamor.Ask) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range asks {
		s.index.forget(a.ID)
	}
}

func (s *Service) applyRulings(ctx context.Context) error {
	rulings, err := s.store.RulingsAfter(ctx, s.seq)
	if err != nil {
		return fmt.Errorf("reading rulings: %w", err)
	}
	if len(rulings) == 0 {
		return nil
	}
	var ids []clamor.AskID
	for _, r := range rulings {
		ids = append(ids, r.Asks...)
	}
	asks, err := s.store.PlacedAsks(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading ruled asks: %w", err)
	}
	merges, err := s.store.Merges(ctx)
	if err != nil {
		return fmt.Errorf("reading merges: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rulings {
		s.rules.add(r)
		s.seq = max(s.seq, r.Seq)
	}
	s.rules.merges = merges
	s.index.know(merges)
	s.index.lesson = s.rules.lesson()
	for _, a := range asks {
		s.index.put(a)
	}
	return nil
}

// applyVersions takes asks out of the index that a new version of their note no longer holds, and those back in that it holds again.
func (s *Service) applyVersions(ctx context.Context) error {
	ids, last, err := s.store.RestoodAsks(ctx, s.stood)
	if err != nil {
		return fmt.Errorf("reading the asks that stand anew: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	asks, err := s.store.PlacedAsks(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading the asks that stand anew: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stood = last
	for _, a := range asks {
		if _, known := s.index.asks[a.ID]; known || a.Feature != "" {
			s.index.put(a)
		}
	}
	return nil
}

// view gives the index and the rules for reading, until unlock is called.
func (s *Service) view() (x *index, rules *rulebook, unlock func()) {
	s.mu.RLock()
	return s.index, s.rules, s.mu.RUnlock
}

// Similar gives other features close to one, best first: merges followed, refused pairs left out.
func (s *Service) Similar(feature clamor.FeatureID, limit int) []Suggestion {
	x, rules, unlock := s.view()
	defer unlock()
	return x.similar(rules.root(feature), rules, limit)
}

// Suggest gives the features closest to a text, best first.
func (s *Service) Suggest(text string, limit int) []Suggestion {
	x, rules, unlock := s.view()
	defer unlock()
	return x.suggest(x.read(text, ""), rules.root, limit)
}
