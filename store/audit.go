package store

import (
	"context"

	"clamor"

	"github.com/google/uuid"
)

// audit records what a person did, in the transaction that does it.
func (db *DB) audit(w work, by, action, subject, detail string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	_, err = w.exec(`INSERT INTO audit (id, at, done_by, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
		id.String(), micros(db.now()), by, action, subject, detail)
	return err
}

// Audit lists what people did, newest first.
func (db *DB) Audit(ctx context.Context, limit int) ([]clamor.AuditEntry, error) {
	return list(db.reading(ctx), func(row scanner) (clamor.AuditEntry, error) {
		var e clamor.AuditEntry
		var at int64
		err := row.Scan(&at, &e.By, &e.Action, &e.Subject, &e.Detail)
		e.At = fromMicros(at)
		return e, err
	}, `SELECT at, done_by, action, subject, detail FROM audit ORDER BY id DESC LIMIT $1`, limit)
}

// Revision grows with every change that could move a list.
func (db *DB) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := db.reading(ctx).row(`SELECT n FROM revision WHERE id = 1`, nil, &n)
	return n, err
}
