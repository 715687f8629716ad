package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ImportMap is which columns the files of a source are read from, field by field; empty where nothing was remembered.
func (db *DB) ImportMap(ctx context.Context, source, kind string) (map[string]string, error) {
	var text string
	err := db.reading(ctx).row(`SELECT mapping FROM import_map WHERE source = $1 AND kind = $2`, []any{source, kind}, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the columns of %s: %w", source, err)
	}
	var mapping map[string]string
	return mapping, json.Unmarshal([]byte(text), &mapping)
}

// PutImportMap remembers which columns the files of a source are read from; an empty mapping forgets them.
func (db *DB) PutImportMap(ctx context.Context, source, kind string, mapping map[string]string) error {
	text, err := json.Marshal(mapping)
	if err != nil {
		return fmt.Errorf("encoding the columns of %s: %w", source, err)
	}
	return db.tx(ctx, func(w work) error {
		if len(mapping) == 0 {
			_, err := w.exec(`DELETE FROM import_map WHERE source = $1 AND kind = $2`, source, kind)
			return err
		}
		_, err := w.exec(`INSERT INTO import_map (source, kind, mapping) VALUES ($1, $2, $3)
			ON CONFLICT (source, kind) DO UPDATE SET mapping = excluded.mapping`, source, kind, string(text))
		return err
	})
}

// markLife is how long a cut-off import can be resumed; after that its file is read from the start, which loses only time.
const markLife = 7 * 24 * time.Hour

// ImportMark is how many rows of a file are in, by a hash of all that its reading depends on; 0 if no import of it was cut off.
func (db *DB) ImportMark(ctx context.Context, file string) (int, error) {
	var reached int
	err := db.reading(ctx).row(`SELECT reached FROM import_mark WHERE file = $1 AND at > $2`, []any{file, micros(db.now().Add(-markLife))}, &reached)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return reached, err
}

// PutImportMark notes how many rows of a file are in; 0, when all are, forgets the file, and others that nobody resumed.
func (db *DB) PutImportMark(ctx context.Context, file string, reached int) error {
	return db.tx(ctx, func(w work) error {
		if reached == 0 {
			_, err := w.exec(`DELETE FROM import_mark WHERE file = $1 OR at <= $2`, file, micros(db.now().Add(-markLife)))
			return err
		}
		_, err := w.exec(`INSERT INTO import_mark (file, reached, at) VALUES ($1, $2, $3)
			ON CONFLICT (file) DO UPDATE SET reached = excluded.reached, at = excluded.at`, file, reached, micros(db.now()))
		return err
	})
}
