package store

import (
	"context"
	"fmt"
	"strings"
	"time"

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
	return db.AuditPage(ctx, clamor.AuditQuery{Limit: limit})
}

// AuditPage lists what people did, as far as it is asked for, newest first.
func (db *DB) AuditPage(ctx context.Context, q clamor.AuditQuery) ([]clamor.AuditEntry, error) {
	args := []any{q.Limit}
	var where strings.Builder
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where.WriteString(" AND " + condition)
	}
	if q.By != "" {
		and("done_by = ?", q.By)
	}
	if len(q.Actions) > 0 {
		marks, values := places(len(args)+1, q.Actions)
		where.WriteString(" AND action IN (" + marks + ")")
		args = append(args, values...)
	}
	if q.Day != "" { // ids begin with the time at which they were made
		and("id >= ?", timeID(q.Day.Time()))
		and("id < ?", timeID(q.Day.AddDays(1).Time()))
	}
	if q.Before != "" {
		and("id < ?", q.Before)
	}
	return list(db.reading(ctx), scanAudit, `SELECT id, at, done_by, action, subject, detail FROM audit WHERE 1 = 1`+where.String()+` ORDER BY id DESC LIMIT $1`, args...)
}

func scanAudit(row scanner) (clamor.AuditEntry, error) {
	var e clamor.AuditEntry
	var at int64
	err := row.Scan(&e.ID, &at, &e.By, &e.Action, &e.Subject, &e.Detail)
	e.At = fromMicros(at)
	return e, err
}

// timeID is where the ids of version 7 begin that are made at a time.
func timeID(t time.Time) string {
	digits := fmt.Sprintf("%012x", t.UnixMilli())
	return digits[:8] + "-" + digits[8:]
}

// Revision grows with every change that could move a list.
func (db *DB) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := db.reading(ctx).row(`SELECT n FROM revision WHERE id = 1`, nil, &n)
	return n, err
}
