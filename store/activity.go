package store

import (
	"context"
	"fmt"
	"time"

	"clamor"
)

const oneDay = 24 * time.Hour

// Activity tells of every source what has come from it of late: on the seven days that end with today.
func (db *DB) Activity(ctx context.Context) (map[string]clamor.Activity, error) {
	first := db.now().UTC().Truncate(oneDay).Add(-6 * oneDay)
	all := map[string]clamor.Activity{}
	err := db.view(ctx, func(w work) error {
		if err := lastDeliveries(w, all); err != nil {
			return fmt.Errorf("finding the last deliveries: %w", err)
		}
		if err := dailyDeliveries(w, all, first); err != nil {
			return fmt.Errorf("counting the deliveries of a week: %w", err)
		}
		return unreadDeliveries(w, all)
	})
	return all, err
}

func lastDeliveries(w work, all map[string]clamor.Activity) error {
	return w.each(func(row scanner) error {
		var name string
		var last int64
		err := row.Scan(&name, &last)
		all[name] = clamor.Activity{Last: fromMicros(last)}
		return err
	}, `SELECT name, COALESCE((SELECT MAX(received_at) FROM delivery WHERE delivery.source = source.name), 0) FROM source`)
}

func dailyDeliveries(w work, all map[string]clamor.Activity, first time.Time) error {
	return w.each(func(row scanner) error {
		var name string
		var day, n int64
		if err := row.Scan(&name, &day, &n); err != nil {
			return err
		}
		a := all[name]
		if day >= 0 && day < int64(len(a.Days)) {
			a.Days[day] = n
		}
		all[name] = a
		return nil
	}, `SELECT source.name, (received_at - $1) / 86400000000, COUNT(*) FROM source JOIN delivery ON delivery.source = source.name
		WHERE received_at >= $1 GROUP BY source.name, (received_at - $1) / 86400000000`, micros(first))
}

// unreadDeliveries counts what a person or the workers have yet to see to.
func unreadDeliveries(w work, all map[string]clamor.Activity) error {
	err := w.each(func(row scanner) error {
		var name string
		var state clamor.DeliveryState
		var n int64
		err := row.Scan(&name, &state, &n)
		a := all[name]
		switch state {
		case clamor.Dead:
			a.Dead = n
		case clamor.Failed:
			a.Failed = n
		case clamor.Received:
			a.Waiting = n
		}
		all[name] = a
		return err
	}, `SELECT source, state, COUNT(*) FROM delivery WHERE state IN ('dead', 'failed', 'received') GROUP BY source, state`)
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
