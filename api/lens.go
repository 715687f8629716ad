package api

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"clamor"
)

// ListStore is what the pages around the list need of the store.
type ListStore interface {
	// Revision grows with every change that could move a list.
	Revision(ctx context.Context) (int64, error)
	// Origins are which accounts ask for which features through which sources, merges followed.
	Origins(ctx context.Context) ([]clamor.Origin, error)
	// AskTimes gives the times of the asks of features, in microseconds since 1970.
	AskTimes(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID][]int64, error)
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

// behind knows who stands behind each feature: what the list is filtered by that the list itself does not say. The values are sorted.
type behind struct {
	segments, owners, sources map[clamor.FeatureID][]string
}

// lens keeps what stands behind the features until something changes. Where gathering it takes long and things change all the time, it
// shows what was gathered a little before: at most a tenth of the time is spent on gathering.
type lens struct {
	mu       sync.Mutex
	revision int64
	at       time.Time
	took     time.Duration
	kept     behind
}

func (l *lens) look(ctx context.Context, s *Server) (behind, error) {
	revision, err := s.Store.Revision(ctx)
	if err != nil {
		return behind{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	began := time.Now()
	if !l.at.IsZero() && (revision == l.revision || began.Sub(l.at) < 10*l.took-time.Second) {
		return l.kept, nil
	}
	kept, err := s.gather(ctx)
	if err != nil {
		return behind{}, err
	}
	l.kept, l.revision, l.at, l.took = kept, revision, time.Now(), time.Since(began)
	return kept, nil
}

func (s *Server) gather(ctx context.Context) (behind, error) {
	origins, err := s.Store.Origins(ctx)
	if err != nil {
		return behind{}, err
	}
	ids := map[clamor.AccountID]bool{}
	for _, o := range origins {
		ids[o.Account] = true
	}
	accounts, err := s.Store.Accounts(ctx, keysOf(ids))
	if err != nil {
		return behind{}, err
	}
	segments, owners, sources := map[clamor.FeatureID]map[string]bool{}, map[clamor.FeatureID]map[string]bool{}, map[clamor.FeatureID]map[string]bool{}
	for _, o := range origins {
		note(segments, o.Feature, accounts[o.Account].Segment)
		note(owners, o.Feature, accounts[o.Account].Owner)
		note(sources, o.Feature, o.Source)
	}
	return behind{sorts(segments), sorts(owners), sorts(sources)}, nil
}

func note(all map[clamor.FeatureID]map[string]bool, id clamor.FeatureID, value string) {
	if value == "" {
		return
	}
	if all[id] == nil {
		all[id] = map[string]bool{}
	}
	all[id][value] = true
}

func sorts(all map[clamor.FeatureID]map[string]bool) map[clamor.FeatureID][]string {
	out := make(map[clamor.FeatureID][]string, len(all))
	for id, values := range all {
		out[id] = slices.Sorted(maps.Keys(values))
	}
	return out
}
