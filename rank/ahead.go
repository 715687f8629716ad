package rank

import (
	"context"
	"fmt"
	"time"

	"clamor"
)

const (
	quick    = 25 * time.Millisecond  // a list computed faster than this is worth waiting for
	patience = 400 * time.Millisecond // how long somebody waits to see what they did themselves
	lookout  = time.Second            // between looks for changes that nobody announced
	keptLive = 10 * time.Minute       // how long a list that nobody wants any more is kept up to date
)

// Follow keeps the list of the running quarter, and others that people look at, up to date until ctx ends. While it runs nobody waits
// for a list that is there to be computed anew: they get the last one, unless it lacks what they did themselves. It computes for at most
// a quarter of the time.
func (s *Service) Follow(ctx context.Context) {
	s.following.Store(true)
	defer s.following.Store(false)
	for ctx.Err() == nil {
		began := s.now()
		err := s.freshen(ctx)
		took := s.now().Sub(began)
		pause := max(3*took, 20*time.Millisecond)
		if err != nil {
			pause = max(pause, lookout) // whoever wants the list next meets the same fault, and is told
		}
		rest(ctx, pause, s.urgent)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(lookout):
		}
	}
}

// rest waits for a while, or until something is urgent.
func rest(ctx context.Context, pause time.Duration, urgent <-chan struct{}) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-urgent:
	}
}

// stir has the follower look for changes; at once where somebody waits for them.
func (s *Service) stir(urgent bool) {
	announce(s.wake)
	if urgent {
		announce(s.urgent)
	}
}

func announce(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// freshen brings the list of the running quarter up to date, and then those that people look at.
func (s *Service) freshen(ctx context.Context) error {
	settings, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	today := clamor.DateOf(s.now())
	running := wanted{Query{Quarter: clamor.QuarterOf(today, settings.FiscalStart)}, today}
	if err := s.renew(ctx, running); err != nil {
		return err
	}
	revision, err := s.store.Revision(ctx)
	if err != nil {
		return fmt.Errorf("reading the store's revision: %w", err)
	}
	for _, want := range s.memory.behind(revision, today, s.now().Add(-keptLive)) {
		if err := s.renew(ctx, want); err != nil {
			return err
		}
	}
	return nil
}

// renew computes a list anew where it is behind the store.
func (s *Service) renew(ctx context.Context, want wanted) error {
	revision, err := s.store.Revision(ctx)
	if err != nil {
		return fmt.Errorf("reading the store's revision: %w", err)
	}
	s.memory.mu.Lock()
	there := s.memory.there[want]
	s.memory.mu.Unlock()
	if there != nil && there.revision >= revision {
		return nil
	}
	p, mine := s.memory.claim(want, revision, s.now())
	if !mine {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return p.err
		}
	}
	_, err = s.fill(ctx, want, p)
	return err
}

// verdict is what to do about a list that is behind the store.
type verdict int

const (
	compute   verdict = iota // the list anew
	enough                   // it will do
	lookAgain                // another one has taken its place
)

// soon tells whether the list that is there will do while the follower runs: it holds what the caller should
// see, and waiting for more would take long. Where there is a better one to wait for, it waits, but not for ever, and not in vain.
func (s *Service) soon(ctx context.Context, there *pending, atLeast int64) (verdict, error) {
	age := s.now().Sub(there.at)
	if !s.following.Load() || age > time.Minute+20*there.took {
		return compute, nil
	}
	if there.revision >= atLeast && there.took > quick {
		s.stir(false)
		return enough, nil
	}
	s.stir(true)
	if there.revision < atLeast && time.Duration(s.anew.Load()) > patience {
		return enough, nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return enough, ctx.Err()
	case <-there.next:
		return lookAgain, nil
	case <-timer.C:
		return enough, nil
	}
}

// Lag is how far a list is behind the store.
type Lag struct {
	Since   time.Time // when the list was as the store is
	Changes int64     // since; 0: it is not behind
	Holds   int64     // the revision that the list is of
}

// Lag tells how far the list of a query is behind the store.
func (s *Service) Lag(ctx context.Context, q Query) (Lag, error) {
	revision, err := s.store.Revision(ctx)
	if err != nil {
		return Lag{}, fmt.Errorf("reading the store's revision: %w", err)
	}
	q.AtLeast = 0
	there := s.memory.find(wanted{q, clamor.DateOf(s.now())}, s.now())
	if there == nil || there.list.Frozen || there.revision >= revision {
		return Lag{Holds: revision}, nil
	}
	return Lag{there.at, revision - there.revision, there.revision}, nil
}
