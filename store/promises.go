package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"clamor"

	"github.com/google/uuid"
)

const promiseSelect = `SELECT promise.id, feature.id, feature.title, feature.status, account.id, account.name, made_by, made_on, due_on, words, note, promise.state,
	reason, ended_on, recorded_by, recorded_at, promise.version FROM promise JOIN feature named ON named.id = promise.feature
	JOIN feature ON feature.id = named.canonical JOIN account own ON own.id = promise.account JOIN account ON account.id = own.canonical`

func scanPromise(row scanner) (clamor.Promise, error) {
	var p clamor.Promise
	var at int64
	err := row.Scan(&p.ID, &p.Feature, &p.FeatureTitle, &p.FeatureStatus, &p.Account, &p.AccountName, &p.MadeBy, &p.MadeOn, &p.DueOn, &p.Words, &p.Note,
		&p.State, &p.Reason, &p.EndedOn, &p.RecordedBy, &at, &p.Version)
	p.RecordedAt = fromMicros(at)
	return p, err
}

func findPromise(w work, id clamor.PromiseID) (clamor.Promise, error) {
	p, err := scanPromise(w.one(promiseSelect+` WHERE promise.id = $1`, string(id)))
	return p, missing(err, "promise", id)
}

// Promises lists promises: the open ones first, by the day on which they are due, then those that ended, the last first.
func (db *DB) Promises(ctx context.Context, q clamor.PromiseQuery) ([]clamor.Promise, error) {
	var where []string
	var args []any
	only := func(condition string, value string) {
		if value != "" {
			args = append(args, value)
			where = append(where, fmt.Sprintf(condition, len(args)))
		}
	}
	only(`promise.feature IN (SELECT id FROM feature WHERE canonical = $%d)`, string(q.Feature))
	only(`promise.account IN (`+strings.Replace(group, "$1", "$%d", 1)+`)`, string(q.Account))
	only(`promise.state = $%d`, string(q.State))
	only(`promise.state = 'open' AND due_on <> '' AND due_on < $%d`, string(q.Late))
	query := promiseSelect
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, ` AND `)
	}
	args = append(args, max(q.Limit, 1))
	query += fmt.Sprintf(` ORDER BY CASE promise.state WHEN 'open' THEN 0 ELSE 1 END, ended_on DESC, CASE due_on WHEN '' THEN '9' ELSE due_on END,
		recorded_at, promise.id LIMIT $%d`, len(args))
	return list(db.reading(ctx), scanPromise, query, args...)
}

// AddPromise records a promise, in the words of its edit.
func (db *DB) AddPromise(ctx context.Context, p clamor.Promise, e clamor.PromiseEdit, by string) (clamor.Promise, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return p, err
	}
	p.ID, p.RecordedBy, p.RecordedAt, p.Version = clamor.PromiseID("promise_"+id.String()), by, fromMicros(micros(db.now())), 1
	if p, err = e.Apply(p, clamor.DateOf(db.now())); err != nil {
		return p, err
	}
	err = db.tx(ctx, func(w work) error {
		if err := checkPromise(w, p); err != nil {
			return err
		}
		_, err := w.exec(`INSERT INTO promise (id, feature, account, made_by, made_on, due_on, words, note, state, reason, ended_on, recorded_by, recorded_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, string(p.ID), string(p.Feature), string(p.Account), p.MadeBy, string(p.MadeOn),
			string(p.DueOn), p.Words, string(p.Note), string(p.State), p.Reason, string(p.EndedOn), p.RecordedBy, micros(p.RecordedAt), p.Version)
		if err != nil {
			return fmt.Errorf("recording a promise: %w", err)
		}
		return db.noted(w, &p, "promise add", e, by)
	})
	return p, err
}

// checkPromise refuses a promise of what is not there.
func checkPromise(w work, p clamor.Promise) error {
	var n int64
	if _, err := findFeature(w, p.Feature); err != nil {
		return err
	}
	if err := w.row(`SELECT 1 FROM account WHERE id = $1`, []any{string(p.Account)}, &n); err != nil {
		return missing(err, "account", p.Account)
	}
	if p.Note == "" {
		return nil
	}
	return missing(w.row(`SELECT 1 FROM note WHERE id = $1`, []any{string(p.Note)}, &n), "note", p.Note)
}

// noted records who did what to a promise, and reads it anew.
func (db *DB) noted(w work, p *clamor.Promise, action string, e clamor.PromiseEdit, by string) error {
	detail, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := db.audit(w, by, action, string(p.ID), string(detail)); err != nil {
		return err
	}
	*p, err = findPromise(w, p.ID)
	return err
}

// EditPromise changes a promise; Stale unless version is the stored one, and version 0 skips that check.
func (db *DB) EditPromise(ctx context.Context, id clamor.PromiseID, version int64, e clamor.PromiseEdit, by string) (clamor.Promise, error) {
	var p clamor.Promise
	err := db.tx(ctx, func(w work) error {
		was, err := findPromise(w, id)
		if err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			return clamor.Errorf(clamor.Stale, "somebody changed this promise in the meantime: load it again and repeat your change")
		}
		if p, err = e.Apply(was, clamor.DateOf(db.now())); err != nil {
			return err
		}
		_, err = w.exec(`UPDATE promise SET made_by = $1, made_on = $2, due_on = $3, words = $4, state = $5, reason = $6, ended_on = $7, version = version + 1
			WHERE id = $8`, p.MadeBy, string(p.MadeOn), string(p.DueOn), p.Words, string(p.State), p.Reason, string(p.EndedOn), string(id))
		if err != nil {
			return fmt.Errorf("changing promise %s: %w", id, err)
		}
		return db.noted(w, &p, "promise edit", e, by)
	})
	return p, err
}

// FindPromise finds a promise.
func (db *DB) FindPromise(ctx context.Context, id clamor.PromiseID) (clamor.Promise, error) {
	return findPromise(db.reading(ctx), id)
}
