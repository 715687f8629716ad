package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"clamor"

	"github.com/google/uuid"
)

// addPerson finds a person by name and role or makes one.
func (db *DB) addPerson(w work, name string, role clamor.Role) (clamor.User, error) {
	u := clamor.User{Name: name, Role: role}
	err := w.row(`SELECT id FROM person WHERE name = $1 AND role = $2`, []any{name, string(role)}, &u.ID)
	if !errors.Is(err, sql.ErrNoRows) {
		return u, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return u, err
	}
	u.ID = clamor.UserID("user_" + id.String())
	_, err = w.exec(`INSERT INTO person (id, name, role, created_at) VALUES ($1, $2, $3, $4)`, string(u.ID), name, string(role), micros(db.now()))
	return u, err
}

// AddToken gives a person or program an API token, known by the SHA-256 of its text in hex.
func (db *DB) AddToken(ctx context.Context, name string, role clamor.Role, hash, by string) (clamor.User, error) {
	var u clamor.User
	err := db.tx(ctx, func(w work) (err error) {
		if u, err = db.addPerson(w, name, role); err != nil {
			return fmt.Errorf("adding a token for %s: %w", name, err)
		}
		_, err = w.exec(`INSERT INTO token (hash, person, created_at) VALUES ($1, $2, $3)`, hash, string(u.ID), micros(db.now()))
		return errors.Join(err, db.audit(w, by, "token create", string(u.ID), string(role)))
	})
	return u, err
}

// UserByToken finds whom a token belongs to; Unauthenticated if there is no such token.
func (db *DB) UserByToken(ctx context.Context, hash string) (clamor.User, error) {
	var u clamor.User
	err := db.reading(ctx).row(`SELECT person.id, person.name, person.role FROM token JOIN person ON person.id = token.person
		WHERE token.hash = $1`, []any{hash}, &u.ID, &u.Name, &u.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return u, clamor.Errorf(clamor.Unauthenticated, "this token is not known: make one with clamor token create")
	}
	return u, err
}

// AddSignIn keeps a one-time sign-in link, known by the SHA-256 of its text in hex.
func (db *DB) AddSignIn(ctx context.Context, name string, role clamor.Role, hash string, expires time.Time) error {
	return db.tx(ctx, func(w work) error {
		u, err := db.addPerson(w, name, role)
		if err != nil {
			return fmt.Errorf("adding a sign-in link for %s: %w", name, err)
		}
		_, err = w.exec(`INSERT INTO sign_in (hash, person, expires_at, used_at) VALUES ($1, $2, $3, 0)`, hash, string(u.ID), micros(expires))
		return err
	})
}

// TakeSignIn uses a sign-in link up and finds whom it belongs to; Unauthenticated if it is unknown, used or expired.
func (db *DB) TakeSignIn(ctx context.Context, hash string, now time.Time) (clamor.User, error) {
	var u clamor.User
	err := db.tx(ctx, func(w work) error {
		n, err := w.exec(`UPDATE sign_in SET used_at = $1 WHERE hash = $2 AND used_at = 0 AND expires_at > $1`, micros(now), hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return clamor.Errorf(clamor.Unauthenticated, "this sign-in link has been used or has expired: print a new one with clamor signin")
		}
		if err := w.row(`SELECT person.id, person.name, person.role FROM sign_in JOIN person ON person.id = sign_in.person
			WHERE sign_in.hash = $1`, []any{hash}, &u.ID, &u.Name, &u.Role); err != nil {
			return err
		}
		return db.audit(w, u.Name, "sign in", string(u.ID), "")
	})
	return u, err
}

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

// replyLife is how long an answer is kept for an idempotency key.
const replyLife = 24 * time.Hour

// Reply gives the answer kept for an idempotency key.
func (db *DB) Reply(ctx context.Context, user clamor.UserID, key string) (clamor.Reply, error) {
	var r clamor.Reply
	var header string
	err := db.reading(ctx).row(`SELECT request, status, header, body FROM reply WHERE person = $1 AND key = $2 AND kept_at > $3`,
		[]any{string(user), key, micros(db.now().Add(-replyLife))}, &r.Request, &r.Status, &header, &r.Body)
	if err != nil {
		return r, missing(err, "answer for the key", key)
	}
	return r, json.Unmarshal([]byte(header), &r.Header)
}

// KeepReply keeps an answer for an idempotency key for a day; the first one stays.
func (db *DB) KeepReply(ctx context.Context, user clamor.UserID, key string, r clamor.Reply) error {
	header, err := json.Marshal(r.Header)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		if _, err := w.exec(`DELETE FROM reply WHERE kept_at <= $1`, micros(db.now().Add(-replyLife))); err != nil {
			return err
		}
		_, err := w.exec(`INSERT INTO reply (person, key, request, status, header, body, kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (person, key) DO NOTHING`, string(user), key, r.Request, r.Status, string(header), r.Body, micros(db.now()))
		return err
	})
}

// Admins are the names of some who may do everything, for those who have to ask one.
func (db *DB) Admins(ctx context.Context, limit int) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT DISTINCT name FROM person WHERE role = $1 ORDER BY name LIMIT $2`, string(clamor.Admin), limit)
}
