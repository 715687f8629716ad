package rank

import (
	"context"
	"fmt"
	"sync"

	"clamor"
)

// follower keeps the list that people look at most, that of the running quarter, and puts it right as asks come in.
type follower struct {
	mu       sync.Mutex
	of       followed
	revision int64 // of the store, as far as it has been followed
	tracked  *Tracked
}

// followed is what must be as it was for a list to be followed.
type followed struct {
	quarter  clamor.Quarter
	asOf     clamor.Date
	settings int64
	scenario string
}

// follows reports whether a query means the list that is followed.
func (s *Service) follows(q Query) bool {
	today := clamor.DateOf(s.now())
	return q.Scenario == "" && q.AsOf == "" && q.Quarter.First() <= today && today <= q.Quarter.Last()
}

// follow gives the live list of the running quarter, with its moves: from what changed since it was last asked for where that is
// a few asks, else from the evidence.
func (s *Service) follow(ctx context.Context, q Query, settings Settings) (clamor.List, error) {
	f := &s.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	of := followed{q.Quarter, s.asOf(q), settings.Version, settings.Scenario}
	if f.tracked != nil && f.of.quarter == of.quarter && f.of.asOf == of.asOf {
		news, err := s.store.News(ctx, of.asOf, f.revision)
		if err != nil {
			return clamor.List{}, err
		}
		t := f.tracked
		f.tracked = nil // what breaks off in the middle is of no more use
		if f.of == of {
			if list, ok := t.Add(news); ok {
				f.revision, f.tracked = news.Revision, t
				return list, nil
			}
		}
		if !news.Whole {
			return s.followFrom(ctx, patched(t.now(), t.inOrder, news), q, of, settings)
		}
	}
	e, err := s.evidence(ctx, q)
	if err != nil {
		return clamor.List{}, err
	}
	return s.followFrom(ctx, e, q, of, settings)
}

// followFrom ranks evidence so that it can be followed.
func (s *Service) followFrom(ctx context.Context, e clamor.Evidence, q Query, of followed, settings Settings) (clamor.List, error) {
	began := s.now()
	defer func() { s.anew.Store(int64(s.now().Sub(began))) }()
	b, err := Prepare(e)
	if err != nil {
		return clamor.List{}, err
	}
	previous, err := s.store.LastFrozenBefore(ctx, q.Quarter.String())
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return clamor.List{}, fmt.Errorf("finding the list frozen before %s: %w", q.Quarter, err)
	}
	t, list, err := b.Track(settings, previous.List)
	if err != nil {
		return clamor.List{}, err
	}
	s.memory.keepBasis(lastBasis{e.Revision, of.quarter, of.asOf, b})
	s.follower.of, s.follower.revision, s.follower.tracked = of, e.Revision, t
	return list, nil
}

// evidenceFollowed is the evidence of a list that is followed, brought up to a revision without reading it anew; false where it is of no use.
func (s *Service) evidenceFollowed(ctx context.Context, want lastBasis) (clamor.Evidence, bool, error) {
	f := &s.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tracked == nil || f.of.quarter != want.quarter || f.of.asOf != want.asOf {
		return clamor.Evidence{}, false, nil
	}
	known := f.tracked.now()
	if f.revision >= want.revision {
		return known, true, nil
	}
	news, err := s.store.News(ctx, want.asOf, f.revision)
	if err != nil || news.Whole {
		return known, false, err
	}
	return patched(known, f.tracked.inOrder, news), true, nil
}
