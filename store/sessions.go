package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// FindCtx finds a session that has not expired.
func (db *DB) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := db.reading(ctx).row(`SELECT data FROM session WHERE token = $1 AND expires_at > $2`, []any{token, micros(db.now())}, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx keeps a session until it expires, and forgets those that have expired.
func (db *DB) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`INSERT INTO session (token, data, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, micros(expiry))
		if err != nil {
			return err
		}
		_, err = w.exec(`DELETE FROM session WHERE expires_at <= $1`, micros(db.now()))
		return err
	})
}

// DeleteCtx ends a session.
func (db *DB) DeleteCtx(ctx context.Context, token string) error {
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`DELETE FROM session WHERE token = $1`, token)
		return err
	})
}

// Find is FindCtx without a context, as the session library's plainer interface has it.
func (db *DB) Find(token string) ([]byte, bool, error) {
	return db.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (db *DB) Commit(token string, data []byte, expiry time.Time) error {
	return db.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (db *DB) Delete(token string) error { return db.DeleteCtx(context.Background(), token) }
