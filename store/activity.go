package store

import (
	"context"
	"fmt"
	"time"

	"clamor"
)

const oneDay = 24 * time.Hour

// Activity tells of a source, or of every one where none is named, what has come from it of late: on the seven days that end with today.
func (db *DB) Activity(ctx context.Context, source string) (map[string]clamor.Activity, error) {
	first := db.now().UTC().Truncate(oneDay).Add(-6 * oneDay)
	all := map[string]clamor.Activity{}
	err := db.view(ctx, func(w work) error {
		if err := lastDeliveries(w, source, all); err != nil {
			return fmt.Errorf("finding the last deliveries: %w", err)
		}
		if err := dailyDeliveries(w, source, all, first); err != nil {
			return fmt.Errorf("counting the deliveries of a week: %w", err)
		}
		return unreadDeliveries(w, source, all)
	})
	return all, err
}

func lastDeliveries(w work, source string, all map[string]clamor.Activity) error {
	return w.each(func(row scanner) error {
		var name string
		var last int64
		err := row.Scan(&name, &last)
		all[name] = clamor.Activity{Last: fromMicros(last)}
		return err
	}, `SELECT name, COALESCE((SELECT MAX(received_at) FROM delivery WHERE delivery.source = source.name), 0) FROM source
		WHERE $1 = '' OR name = $1`, source)
}

// dailyDeliveries counts each day of each source by itself: that reads the index alone and sorts nothing.
func dailyDeliveries(w work, source string, all map[string]clamor.Activity, first time.Time) error {
	return w.each(func(row scanner) error {
		var name string
		var day int
		var n int64
		if err := row.Scan(&name, &day, &n); err != nil {
			return err
		}
		a := all[name]
		a.Days[day] = n
		all[name] = a
		return nil
	}, `SELECT source.name, day.n, (SELECT COUNT(*) FROM delivery WHERE delivery.source = source.name AND received_at >= CAST($2 AS BIGINT) + day.n * CAST($3 AS BIGINT)
			AND received_at < CAST($2 AS BIGINT) + (day.n + 1) * CAST($3 AS BIGINT))
		FROM source CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6) day
		WHERE $1 = '' OR source.name = $1`, source, micros(first), oneDay.Microseconds())
}

// unreadDeliveries counts what a person or the workers have yet to see to.
func unreadDeliveries(w work, source string, all map[string]clamor.Activity) error {
	err := w.each(func(row scanner) error {
		var name string
		var state clamor.DeliveryState
		var n int64
		if err := row.Scan(&name, &state, &n); err != nil {
			return err
		}
		a, known := all[name]
		if !known {
			return nil // the source is gone
		}
		switch state {
		case clamor.Dead:
			a.Dead = n
		case clamor.Failed:
			a.Failed = n
		case clamor.Received:
			a.Waiting = n
		}
		all[name] = a
		return nil
	}, `SELECT source, state, COUNT(*) FROM delivery WHERE state IN ('dead', 'failed', 'received') AND ($1 = '' OR source = $1) GROUP BY source, state`, source)
	if err != nil {
		return fmt.Errorf("counting unread deliveries: %w", err)
	}
	return nil
}

// DeliveryNotes are the notes that a delivery brought, the first ones by their time, with what became of them.
func (db *DB) DeliveryNotes(ctx context.Context, id clamor.DeliveryID, limit int) ([]clamor.Reported, error) {
	var all []clamor.Reported
	err := db.view(ctx, func(w work) (err error) {
		notes, err := list(w, scanNote, `SELECT `+noteColumns+` FROM note WHERE delivery = $1 ORDER BY occurred_at, id LIMIT $2`, string(id), limit)
		if err != nil {
			return fmt.Errorf("finding the notes of delivery %s: %w", id, err)
		}
		all, err = reportedNotes(w, notes)
		return err
	})
	return all, err
}

// noteMoved counts the records that a delivery brought something new of.
func noteMoved(w work, id clamor.DeliveryID, t clamor.Tally) error {
	if t.AccountsMoved+t.DealsMoved+t.IssuesMoved == 0 {
		return nil
	}
	_, err := w.exec(`UPDATE delivery SET accounts = accounts + $1, deals = deals + $2, issues = issues + $3 WHERE id = $4`,
		t.AccountsMoved, t.DealsMoved, t.IssuesMoved, string(id))
	return err
}
