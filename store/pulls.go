package store

import (
	"context"
	"encoding/json"
	"fmt"

	"clamor"
)

// KeepPage keeps a pulled page and moves the cursor of its topic, in one transaction, and tells whether the page is new. A page kept
// before, by its ID, moves only the cursor, and so does one without a body; a cursor of "" stays where it is.
func (db *DB) KeepPage(ctx context.Context, d clamor.Delivery, cursor string) (bool, error) {
	header, err := json.Marshal(d.Header)
	if err != nil {
		return false, fmt.Errorf("encoding the header of page %s: %w", d.ID, err)
	}
	added := new(bool)
	err = db.tx(ctx, func(w work) error {
		*added = false
		if len(d.Body) > 0 {
			n, err := insertDelivery(w, d, string(header))
			if err != nil {
				return err
			}
			*added = n == 1
		}
		if cursor == "" {
			return nil
		}
		_, err := w.exec(`INSERT INTO pull_cursor (source, topic, place) VALUES ($1, $2, $3)
			ON CONFLICT (source, topic) DO UPDATE SET place = excluded.place`, d.Source, d.Topic, cursor)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("keeping a page of %s from %s: %w", d.Topic, d.Source, err)
	}
	return *added, nil
}

// Cursors are where the next pull of a source goes on, by topic.
func (db *DB) Cursors(ctx context.Context, source string) (map[string]string, error) {
	cursors := map[string]string{}
	err := db.reading(ctx).each(func(row scanner) error {
		var topic, place string
		err := row.Scan(&topic, &place)
		cursors[topic] = place
		return err
	}, `SELECT topic, place FROM pull_cursor WHERE source = $1`, source)
	if err != nil {
		return nil, fmt.Errorf("reading the cursors of %s: %w", source, err)
	}
	return cursors, nil
}

// DropCursors lets the next pull of a source begin from the start.
func (db *DB) DropCursors(ctx context.Context, source, by string) error {
	return db.tx(ctx, func(w work) error {
		if _, err := w.exec(`DELETE FROM pull_cursor WHERE source = $1`, source); err != nil {
			return fmt.Errorf("dropping the cursors of %s: %w", source, err)
		}
		return db.audit(w, by, "source pull", source, "from the start")
	})
}

// PutPull records how a pull went.
func (db *DB) PutPull(ctx context.Context, p clamor.LastPull) error {
	err := db.tx(ctx, func(w work) error {
		_, err := w.exec(`INSERT INTO last_pull (source, at, pages, kept, fault, failures, next_at, well_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (source) DO UPDATE SET at = excluded.at, pages = excluded.pages, kept = excluded.kept, fault = excluded.fault,
			failures = excluded.failures, next_at = excluded.next_at, well_at = excluded.well_at`,
			p.Source, micros(p.At), p.Pages, p.Kept, p.Fault, p.Failures, micros(p.NextAt), micros(p.WellAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("recording the pull of %s: %w", p.Source, err)
	}
	return nil
}

// LastPulls tells of every source that was ever pulled how its last pull went.
func (db *DB) LastPulls(ctx context.Context) (map[string]clamor.LastPull, error) {
	pulls := map[string]clamor.LastPull{}
	err := db.reading(ctx).each(func(row scanner) error {
		var p clamor.LastPull
		var at, next, well int64
		err := row.Scan(&p.Source, &at, &p.Pages, &p.Kept, &p.Fault, &p.Failures, &next, &well)
		p.At, p.NextAt, p.WellAt = fromMicros(at), fromMicros(next), fromMicros(well)
		pulls[p.Source] = p
		return err
	}, `SELECT source, at, pages, kept, fault, failures, next_at, well_at FROM last_pull`)
	if err != nil {
		return nil, fmt.Errorf("reading the last pulls: %w", err)
	}
	return pulls, nil
}
