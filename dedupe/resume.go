package dedupe

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"clamor"
)

// snapshotFrom is how many asks make a snapshot worth its while: fewer are analysed in less than a second.
const snapshotFrom = 20_000

// openSnapshot reads the index from a file; errSnapshot and fs.ErrNotExist mean that there is none to be used.
func openSnapshot(path string, o Options) (*index, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const sumLength = 4
	size := info.Size() - sumLength
	if size < 0 {
		return nil, errSnapshot
	}
	sum := castagnoli()
	if _, err := io.CopyN(sum, bufio.NewReaderSize(f, 1<<20), size); err != nil {
		return nil, err
	}
	stored := make([]byte, sumLength)
	if _, err := f.ReadAt(stored, size); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(stored) != sum.Sum32() {
		return nil, errSnapshot
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readSnapshot(f, size, o)
}

// saveSnapshot puts the index into a file in the place of the one before, whole or not at all.
func (x *index) saveSnapshot(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(x.writeSnapshot(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// resume gives the index that the store's asks make, from the snapshot as far as it fits. fresh is how many asks had to be analysed.
func resume(ctx context.Context, store Store, o Options) (x *index, fresh int, err error) {
	if o.Snapshot != "" {
		x, err = openSnapshot(o.Snapshot, o)
		if err == nil {
			fresh, err = x.catchUp(ctx, store)
		}
		if err == nil {
			return x, fresh, nil
		}
		if !errors.Is(err, errSnapshot) && !errors.Is(err, fs.ErrNotExist) {
			return nil, 0, err
		}
	}
	x = newIndex(o)
	err = x.fill(ctx, store)
	return x, len(x.members), err
}

// probes is how many asks of a snapshot are analysed again to see whether this version still reads them so.
const probes = 200

// catchUp makes the index what the store's asks make of it: it adds what is new, moves what stands elsewhere, and takes out what is gone.
func (x *index) catchUp(ctx context.Context, store Store) (fresh int, err error) {
	seen := make([]bool, len(x.members))
	var changed []clamor.PlacedAsk
	every, n := 1+len(x.members)/probes, 0
	err = store.EachPlacedAsk(ctx, func(a clamor.PlacedAsk) error {
		m, known := x.asks[a.ID]
		known = known && x.sums[m] == sumOf(a.Text, "")
		if n++; known && n%every == 0 && !x.readsAs(m, x.read(a.Text, "")) {
			return errSnapshot
		}
		if known {
			seen[m] = true
		}
		if !known || x.standsAt(m) != a.Feature {
			changed = append(changed, a)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for id, m := range x.asks {
		if !seen[m] {
			x.stand(m, "")
			delete(x.asks, id)
		}
	}
	return x.follow(changed), nil
}

// follow adds or moves asks and reports how many it had to analyse.
func (x *index) follow(asks []clamor.PlacedAsk) (fresh int) {
	for batch := range slices.Chunk(asks, fillBatch) {
		isNew := slices.Collect(func(yield func(clamor.PlacedAsk) bool) {
			for _, a := range batch {
				if m, known := x.asks[a.ID]; known {
					x.stand(m, a.Feature)
				} else if !yield(a) {
					return
				}
			}
		})
		x.addAll(isNew)
		fresh += len(isNew)
	}
	return fresh
}

func (x *index) standsAt(m uint32) clamor.FeatureID {
	if f := x.members[m].feature; f != noFeature {
		return x.features[f].id
	}
	return ""
}

// readsAs reports whether a member holds what a reading says.
func (x *index) readsAs(m uint32, r reading) bool {
	c := x.entries.load(x.members[m].span)
	if len(c.terms) != len(r.tokens) || len(c.couples) != len(r.couples) || len(c.title) != len(r.title) || x.vectors[m] != r.direction() {
		return false
	}
	for i, t := range r.tokens {
		if x.terms.stem[c.terms[i]] != t.stem || c.termCounts[i] != encode(t.count) {
			return false
		}
	}
	for i, t := range r.title {
		if c.title[i] != c.terms[t] {
			return false
		}
	}
	return true
}

// Save writes the snapshot, if there is to be one, when the index has grown by more than a share since the last one: 0.25 by a quarter.
// Small indexes need none. Readers go on meanwhile; Step waits. A snapshot that cannot be written costs time at the next start, nothing else.
func (s *Service) Save(growth float64) error {
	s.step.Lock()
	defer s.step.Unlock()
	x, _, unlock := s.view()
	defer unlock()
	n := len(x.members)
	if s.options.Snapshot == "" || n < s.worth || float64(n) <= (1+growth)*float64(s.saved) {
		return nil
	}
	if err := x.saveSnapshot(s.options.Snapshot); err != nil {
		return fmt.Errorf("writing the snapshot of the index to %s: %w", s.options.Snapshot, err)
	}
	s.saved = n
	return nil
}
