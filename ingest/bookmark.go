package ingest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Imports is what an import needs to be remembered from one time to the next.
type Imports interface {
	ImportMap(ctx context.Context, source, kind string) (map[string]string, error)
	PutImportMap(ctx context.Context, source, kind string, mapping map[string]string) error
	// ImportMark is how many rows of a file are in, by a hash of all that its reading depends on; PutImportMark with 0 forgets it.
	ImportMark(ctx context.Context, file string) (int, error)
	PutImportMark(ctx context.Context, file string, rows int) error
}

// bookmark notes how far an import is, so that one that was cut off goes on there.
type bookmark struct {
	store   Imports
	file    string // the hash; "" where nothing is noted, as in a dry run
	reached int    // rows that were in when this run began
	noted   int
}

// markEvery is how many rows may have to be read again after a cut; reading them twice changes nothing, it only takes its time.
const markEvery = 5000

// bookmarkOf finds how far an earlier import of the same file, read the same way, came.
func (s *Service) bookmarkOf(ctx context.Context, kind string, file *sheet, o ImportOptions, t *table) (bookmark, error) {
	const worthIt = 1 << 20
	if o.DryRun || file.size < worthIt {
		return bookmark{}, nil
	}
	how, err := json.Marshal([]any{kind, o.Map, o.DateOrder, file.header, t.source, t.system, t.currency, o.AsOf})
	if err != nil {
		return bookmark{}, fmt.Errorf("describing the import: %w", err)
	}
	if _, err := file.file.Seek(0, io.SeekStart); err != nil {
		return bookmark{}, fmt.Errorf("reading the file from its start: %w", err)
	}
	h := sha256.New()
	h.Write(how)
	if _, err := io.Copy(h, bufio.NewReaderSize(file.file, 1<<18)); err != nil {
		return bookmark{}, fmt.Errorf("reading the file: %w", err)
	}
	m := bookmark{store: s.store, file: hex.EncodeToString(h.Sum(nil))}
	m.reached, err = s.store.ImportMark(ctx, m.file)
	m.noted = m.reached
	return m, err
}

// reach notes that the first rows are in, now and then.
func (m *bookmark) reach(ctx context.Context, rows int) error {
	if m.file == "" || rows < m.noted+markEvery {
		return nil
	}
	m.noted = rows
	return m.put(ctx, rows)
}

func (m *bookmark) put(ctx context.Context, rows int) error {
	if m.file == "" {
		return nil
	}
	if err := m.store.PutImportMark(ctx, m.file, rows); err != nil {
		return fmt.Errorf("noting how far the import is: %w", err)
	}
	return nil
}
