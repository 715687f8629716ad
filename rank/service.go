package rank

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"clamor"
)

// Store is what ranking needs of the store. All methods may be called concurrently.
type Store interface {
	// Revision grows with every change that could move a list.
	Revision(ctx context.Context) (int64, error)
	Evidence(ctx context.Context, q clamor.Quarter, asOf clamor.Date) (clamor.Evidence, error)
	// News tells what changed for lists as of a day since a revision.
	News(ctx context.Context, asOf clamor.Date, since int64) (clamor.News, error)
	// AddFrozen is a Conflict if that quarter and revision is there.
	AddFrozen(ctx context.Context, f clamor.Frozen, by string) error
	// FindFrozen gives the newest revision; NotFound if the quarter is not frozen.
	FindFrozen(ctx context.Context, quarter string) (clamor.Frozen, error)
	// FindRevision gives one revision; NotFound if it is not there.
	FindRevision(ctx context.Context, quarter string, revision int) (clamor.Frozen, error)
	// FrozenSettings gives the settings of a revision, the newest for 0; NotFound if it is not there.
	FrozenSettings(ctx context.Context, quarter string, revision int) ([]byte, error)
	// LastFrozenBefore gives the newest revision of the latest frozen quarter before the one named; NotFound if there is none.
	LastFrozenBefore(ctx context.Context, quarter string) (clamor.Frozen, error)
	// FrozenQuarters names the quarters that are frozen, newest first.
	FrozenQuarters(ctx context.Context) ([]string, error)
	// RankingSettings gives the newest version of the settings; version 0 where nobody has stored any.
	RankingSettings(ctx context.Context) (clamor.SettingsVersion, error)
	// PutRankingSettings adds the next version after v.Version, with all of its rates; Stale unless that is the newest.
	PutRankingSettings(ctx context.Context, v clamor.SettingsVersion, what string) (clamor.SettingsVersion, error)
}

// Options are what a service needs beside its store.
type Options struct {
	Settings Settings         // those that count until somebody stores others
	Now      func() time.Time // which day is today, and when a list is frozen
}

// Query says which list is wanted.
type Query struct {
	Quarter  clamor.Quarter
	AsOf     clamor.Date // "": the quarter's last day, or today if that is earlier
	Scenario string      // "": the one the settings show; of a frozen list, the one it was frozen with
	Live     bool        // compute the list even if the quarter is frozen
	Revision int         // of the frozen list; 0: the newest
	AtLeast  int64       // the revision of the store that the list should hold, so that people see what they did
}

// Service answers with lists: frozen ones as they were frozen, live ones computed from the evidence by the stored settings. It remembers lists until
// something changes in the store, and may be used concurrently. The lists it gives are shared and must not be changed.
type Service struct {
	store    Store
	defaults Settings
	now      func() time.Time
	memory   memory
	follower follower

	following    atomic.Bool  // Follow runs
	anew         atomic.Int64 // how long it last took to rank the running quarter anew, a time.Duration
	wake, urgent chan struct{}
	ready        func(clamor.List)
}

// Ready has fn called with each list that Follow keeps, before anybody is given it: what readers need beside it is then made at the
// follower's cost. It must be called before the first list is asked for.
func (s *Service) Ready(fn func(clamor.List)) { s.ready = fn }

// NewService makes a service. The settings must hold, and Now must be given: this package reads no clock of its own.
func NewService(store Store, o Options) (*Service, error) {
	if err := o.Settings.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, errors.New("rank.Options.Now is missing")
	}
	return &Service{store: store, defaults: o.Settings, now: o.Now, wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1)}, nil
}

// List gives the list that the query asks for, with each entry's move since the latest frozen quarter before it.
func (s *Service) List(ctx context.Context, q Query) (clamor.List, error) {
	atLeast := q.AtLeast
	q.AtLeast = 0
	want := wanted{q, clamor.DateOf(s.now())}
	for {
		revision, err := s.store.Revision(ctx)
		if err != nil {
			return clamor.List{}, fmt.Errorf("reading the store's revision: %w", err)
		}
		if there := s.memory.find(want, s.now()); there != nil {
			if there.revision >= revision {
				return there.list, nil
			}
			verdict, err := s.soon(ctx, there, min(atLeast, revision))
			if verdict == enough {
				return there.list, err
			}
			if verdict == lookAgain {
				continue
			}
		}
		p, first := s.memory.claim(want, revision, s.now())
		if first {
			return s.fill(ctx, want, p)
		}
		select {
		case <-ctx.Done():
			return clamor.List{}, ctx.Err()
		case <-p.done:
		}
		if p.err != nil && clamor.KindOf(p.err) != clamor.Internal || p.err == nil && p.revision >= revision {
			return p.list, p.err
		}
		// Whoever computed it gave up or met a fault that may have passed: it is our turn.
	}
}

// fill computes the list for all who wait for it. They must not wait for ever, even if computing it panics.
func (s *Service) fill(ctx context.Context, want wanted, p *pending) (clamor.List, error) {
	p.err = errors.New("the computation of the list broke off")
	defer func() { s.memory.settle(want, p, s.now()) }()
	p.list, p.err = s.compute(ctx, p.revision, want.query)
	if p.err == nil && s.ready != nil && s.following.Load() {
		s.ready(p.list)
	}
	return p.list, p.err
}

func (s *Service) compute(ctx context.Context, revision int64, q Query) (clamor.List, error) {
	f, err := s.frozen(ctx, q)
	if err != nil {
		return clamor.List{}, err
	}
	if f == nil && s.follows(q) {
		settings, err := s.Settings(ctx)
		if err != nil {
			return clamor.List{}, err
		}
		return s.follow(ctx, q, settings)
	}
	list, err := s.rank(ctx, revision, q, f)
	if err != nil {
		return clamor.List{}, err
	}
	return s.withMoves(ctx, q.Quarter, list)
}

// rank gives the frozen list, what another scenario makes of its inputs, or the list of the evidence as it is now.
func (s *Service) rank(ctx context.Context, revision int64, q Query, f *clamor.Frozen) (clamor.List, error) {
	switch {
	case f == nil:
		settings, err := s.settingsFor(ctx, q.Scenario)
		if err != nil {
			return clamor.List{}, err
		}
		b, err := s.basis(ctx, revision, q)
		if err != nil {
			return clamor.List{}, err
		}
		return b.Rank(settings)
	case q.Scenario == "" || q.Scenario == f.List.Scenario:
		return f.List, nil
	}
	inputs, err := s.inputs(ctx, q, f)
	if err != nil {
		return clamor.List{}, err
	}
	return Rank(inputs.Evidence, inputs.Settings)
}

// basis gives the evidence made ready for ranking. The last one is remembered: who looks at one scenario looks at the
// next, and reading the evidence takes longer than ranking it.
func (s *Service) basis(ctx context.Context, revision int64, q Query) (*Basis, error) {
	want := lastBasis{revision: revision, quarter: q.Quarter, asOf: s.asOf(q)}
	if b := s.memory.basis(want); b != nil {
		return b, nil
	}
	e, known, err := s.evidenceFollowed(ctx, want)
	if err == nil && !known {
		e, err = s.evidence(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	if want.basis, err = Prepare(e); err != nil {
		return nil, err
	}
	s.memory.keepBasis(want)
	return want.basis, nil
}

func (s *Service) asOf(q Query) clamor.Date {
	return cmp.Or(q.AsOf, min(q.Quarter.Last(), clamor.DateOf(s.now())))
}

func (s *Service) evidence(ctx context.Context, q Query) (clamor.Evidence, error) {
	asOf := s.asOf(q)
	e, err := s.store.Evidence(ctx, q.Quarter, asOf)
	if err != nil {
		return e, fmt.Errorf("reading the evidence of %s as of %s: %w", q.Quarter, asOf, err)
	}
	return e, nil
}

// frozen finds the frozen list that a query means, or nil where a live one is meant.
func (s *Service) frozen(ctx context.Context, q Query) (*clamor.Frozen, error) {
	if q.Live {
		return nil, nil
	}
	if q.Revision > 0 {
		f, err := s.store.FindRevision(ctx, q.Quarter.String(), q.Revision)
		return &f, err
	}
	switch f, err := s.store.FindFrozen(ctx, q.Quarter.String()); {
	case err == nil && (q.AsOf == "" || q.AsOf == f.List.AsOf):
		return &f, nil
	case err != nil && clamor.KindOf(err) != clamor.NotFound:
		return nil, fmt.Errorf("finding the frozen list of %s: %w", q.Quarter, err)
	}
	return nil, nil
}

// inputs are those of the frozen list, or the evidence as it is now.
func (s *Service) inputs(ctx context.Context, q Query, f *clamor.Frozen) (Snapshot, error) {
	if f != nil {
		e, settings, err := Inputs(*f)
		if err != nil {
			return Snapshot{}, err
		}
		settings, err = settings.For(q.Scenario)
		return Snapshot{e, settings}, err
	}
	settings, err := s.settingsFor(ctx, q.Scenario)
	if err != nil {
		return Snapshot{}, err
	}
	e, err := s.evidence(ctx, q)
	return Snapshot{e, settings}, err
}

// Snapshot gives what the list of a query is computed from.
func (s *Service) Snapshot(ctx context.Context, q Query) (Snapshot, error) {
	f, err := s.frozen(ctx, q)
	if err != nil {
		return Snapshot{}, err
	}
	return s.inputs(ctx, q, f)
}

// SettingsOf gives the settings that the list of a query is computed with, and whether they are those of a frozen quarter.
func (s *Service) SettingsOf(ctx context.Context, q Query) (settings Settings, frozen bool, err error) {
	if q.Live || q.AsOf != "" && q.Revision == 0 {
		settings, err = s.settingsFor(ctx, q.Scenario)
		return settings, false, err
	}
	switch body, err := s.store.FrozenSettings(ctx, q.Quarter.String(), q.Revision); {
	case err == nil:
		if err := json.Unmarshal(body, &settings); err != nil {
			return settings, true, clamor.Errorf(clamor.Conflict, "the settings stored with %s cannot be read: %w", q.Quarter, err)
		}
		settings, err = settings.For(q.Scenario)
		return settings, true, err
	case clamor.KindOf(err) != clamor.NotFound || q.Revision > 0:
		return settings, false, fmt.Errorf("finding the settings that %s was frozen with: %w", q.Quarter, err)
	}
	settings, err = s.settingsFor(ctx, q.Scenario)
	return settings, false, err
}

// Diff tells the lists of two queries apart.
func (s *Service) Diff(ctx context.Context, before, after Query) ([]Change, error) {
	a, err := s.Snapshot(ctx, before)
	if err != nil {
		return nil, err
	}
	b, err := s.Snapshot(ctx, after)
	if err != nil {
		return nil, err
	}
	return Diff(a, b)
}

// Freeze freezes a quarter by a scenario, as of its last day or of today if that is earlier. It is a Conflict if the quarter is
// frozen already: unfreezing does not exist.
func (s *Service) Freeze(ctx context.Context, q clamor.Quarter, scenario, by string) (clamor.List, error) {
	switch f, err := s.store.FindFrozen(ctx, q.String()); {
	case err == nil:
		return clamor.List{}, clamor.Errorf(clamor.Conflict, "%s was frozen by %s on %s and stays as it is: a correction is a new revision, with a reason",
			q, f.List.FrozenBy, clamor.DateOf(f.List.FrozenAt))
	case clamor.KindOf(err) != clamor.NotFound:
		return clamor.List{}, fmt.Errorf("finding the frozen list of %s: %w", q, err)
	}
	inputs, err := s.inputs(ctx, Query{Quarter: q, Scenario: scenario}, nil)
	if err != nil {
		return clamor.List{}, err
	}
	f, err := Freeze(inputs.Evidence, inputs.Settings, "", 1, by, s.now())
	if err != nil {
		return clamor.List{}, err
	}
	if err := s.store.AddFrozen(ctx, f, by); err != nil {
		return clamor.List{}, fmt.Errorf("storing the frozen list of %s: %w", q, err)
	}
	return s.withMoves(ctx, q, f.List)
}

// Correction is what somebody wants of a frozen quarter that turned out wrong.
type Correction struct {
	Reason   string // mandatory
	Scenario string // "": the one that it was frozen with
	Current  bool   // by the settings that count now, not by those that it was frozen with
}

// Revise freezes a quarter again, as of the same day, from what is known now: the next revision, beside those before, which stay as
// they are. It is NotFound where the quarter is not frozen.
func (s *Service) Revise(ctx context.Context, q clamor.Quarter, c Correction, by string) (clamor.List, error) {
	c.Reason = strings.TrimSpace(c.Reason)
	var wrong faults
	wrong.when(c.Reason == "", "reason", "say why the frozen list is corrected")
	wrong.when(len(c.Reason) > maxReason, "reason", "at most 2000 bytes")
	if err := clamor.Refuse("the quarter cannot be frozen again", wrong); err != nil {
		return clamor.List{}, err
	}
	last, err := s.store.FindFrozen(ctx, q.String())
	if err != nil {
		return clamor.List{}, err
	}
	_, settings, err := Inputs(last)
	if c.Current {
		settings, err = s.Settings(ctx)
	}
	if err != nil {
		return clamor.List{}, err
	}
	e, err := s.evidence(ctx, Query{Quarter: q, AsOf: last.List.AsOf})
	if err != nil {
		return clamor.List{}, err
	}
	f, err := Revise(e, settings, c.Scenario, last.Revision+1, c.Reason, by, s.now())
	if err != nil {
		return clamor.List{}, err
	}
	if err := s.store.AddFrozen(ctx, f, by); err != nil {
		return clamor.List{}, fmt.Errorf("storing revision %d of %s: %w", f.Revision, q, err)
	}
	return s.withMoves(ctx, q, f.List)
}

// Verify proves a revision of a frozen quarter, the newest for 0, and gives it. The error says what does not hold.
func (s *Service) Verify(ctx context.Context, q clamor.Quarter, revision int) (clamor.List, error) {
	f, err := s.store.FindFrozen(ctx, q.String())
	if revision > 0 {
		f, err = s.store.FindRevision(ctx, q.String(), revision)
	}
	if err != nil {
		return clamor.List{}, err
	}
	return f.List, Verify(f)
}

func (s *Service) withMoves(ctx context.Context, q clamor.Quarter, list clamor.List) (clamor.List, error) {
	previous, err := s.store.LastFrozenBefore(ctx, q.String())
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return clamor.List{}, fmt.Errorf("finding the list frozen before %s: %w", q, err)
	}
	return WithMoves(list, previous.List), nil // without one, nothing moved
}
