package api

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"clamor"
)

// ListStore is what the pages around the list need of the store.
type ListStore interface {
	// Revision grows with every change that could move a list.
	Revision(ctx context.Context) (int64, error)
	// EachOrigin calls fn for every ask that stands somewhere, merges followed. It says of which revision that is. Touched names what changed
	// since a revision.
	EachOrigin(ctx context.Context, fn func(clamor.Origin)) (revision int64, err error)
	Touched(ctx context.Context, since int64) (clamor.Touched, error)
	// DealNames finds many deals by name alone.
	DealNames(ctx context.Context, ids []clamor.DealID) (map[clamor.DealID]clamor.Deal, error)
	// AccountPage lists accounts whose name holds a text, by name, behind the first skip ones.
	AccountPage(ctx context.Context, text string, skip, limit int) ([]clamor.AccountID, error)
	// SaveView keeps a view; DropView forgets one of a person's, or anybody's shared one.
	SaveView(ctx context.Context, v clamor.SavedView) (clamor.SavedView, error)
	DropView(ctx context.Context, id string, person clamor.UserID, by string, anybody bool) error
	// Views are a person's own and those that others share.
	Views(ctx context.Context, person clamor.UserID) ([]clamor.SavedView, error)
	// EditFeatures makes the same change to many features, or to none, and says under which batch it can be taken back.
	EditFeatures(ctx context.Context, ids []clamor.FeatureID, edit clamor.FeatureEdit, by string) (batch string, err error)
	// Edits are the changes to a feature, newest first; EditsOf those made at one go.
	Edits(ctx context.Context, id clamor.FeatureID) ([]clamor.Edited, error)
	EditsOf(ctx context.Context, batch string) ([]clamor.Edited, error)
	// Notes finds many notes at once; ids that are not there are left out.
	Notes(ctx context.Context, ids []clamor.NoteID) (map[clamor.NoteID]clamor.Note, error)
	// UndoEdit takes back what was changed at one go; Conflict where somebody has changed it since.
	UndoEdit(ctx context.Context, batch, by string) ([]clamor.Edited, error)
}

// lens keeps what stands behind the features, and the sheets of lists. While Follow runs nobody waits for it to be brought up to date.
type lens struct {
	gathering sync.Mutex // one gathers at a time
	mine      *gathering // of who holds gathering; nil where all must be gathered anew
	following atomic.Bool

	making sync.Mutex // one makes a sheet at a time
	titles []titled   // of who holds making: by place of a feature, as the last sheet had it

	mu     sync.Mutex
	kept   *behind
	sheets []*sheet // the last used first
}

// look gives what stands behind the features.
func (l *lens) look(ctx context.Context, s *Server) (*behind, error) {
	l.mu.Lock()
	kept := l.kept
	l.mu.Unlock()
	if kept != nil && l.following.Load() {
		return kept, nil
	}
	return l.refresh(ctx, s)
}

// refresh brings what stands behind the features up to date.
func (l *lens) refresh(ctx context.Context, s *Server) (*behind, error) {
	l.gathering.Lock()
	defer l.gathering.Unlock()
	revision, err := s.Store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	if l.kept != nil && l.kept.revision == revision {
		return l.kept, nil
	}
	g, known := l.mine, false
	l.mine = nil // what breaks off in the middle is of no more use
	if g != nil {
		if revision, known, err = s.regather(ctx, g, l.kept.revision); err != nil {
			return nil, err
		}
	}
	if !known {
		if g, revision, err = s.gather(ctx); err != nil {
			return nil, err
		}
	}
	b := g.done(revision)
	l.mine = g
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = b
	return b, nil
}

// Follow keeps what the pages need beside the lists up to date until ctx ends, for at most a tenth of the time.
func (s *Server) Follow(ctx context.Context) {
	s.lens.following.Store(true)
	defer s.lens.following.Store(false)
	var counted *behind
	for ctx.Err() == nil {
		began := time.Now()
		switch b, err := s.lens.refresh(ctx, s); {
		case err == nil && b != counted:
			s.lens.recount(b)
			counted = b
		case err != nil && ctx.Err() == nil:
			s.Logger.ErrorContext(ctx, "what stands behind the features could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(10*time.Since(began), 500*time.Millisecond)):
		}
	}
}
