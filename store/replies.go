package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"clamor"
)

// replyLife is how long an answer is kept for an idempotency key.
const replyLife = 24 * time.Hour

// BeginReply takes an idempotency key for a request before that is carried out. If the key was taken before, it gives the answer that is
// kept for it, whose status is 0 while none is, and false.
func (db *DB) BeginReply(ctx context.Context, user clamor.UserID, key, request string) (clamor.Reply, bool, error) {
	var r clamor.Reply
	var taken int64
	err := db.tx(ctx, func(w work) error {
		err := db.forgetReplies(w)
		if err != nil {
			return err
		}
		taken, err = w.exec(`INSERT INTO reply (person, key, request, status, header, body, kept_at) VALUES ($1, $2, $3, 0, '{}', $4, $5)
			ON CONFLICT (person, key) DO NOTHING`, string(user), key, request, []byte{}, micros(db.now()))
		if err != nil || taken == 1 {
			return err
		}
		r, err = findReply(w, user, key)
		return err
	})
	return r, taken == 1, err
}

// forgetReplies forgets the answers that were kept for a day.
func (db *DB) forgetReplies(w work) error {
	_, err := w.exec(`DELETE FROM reply WHERE kept_at <= $1`, micros(db.now().Add(-replyLife)))
	return err
}

func findReply(w work, user clamor.UserID, key string) (clamor.Reply, error) {
	var r clamor.Reply
	var header string
	err := w.row(`SELECT request, status, header, body FROM reply WHERE person = $1 AND key = $2`, []any{string(user), key}, &r.Request, &r.Status, &header, &r.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return r, missing(err, "answer for the key", key)
	}
	return r, errors.Join(err, json.Unmarshal([]byte(header), &r.Header))
}

// Reply gives the answer kept for an idempotency key.
func (db *DB) Reply(ctx context.Context, user clamor.UserID, key string) (clamor.Reply, error) {
	return findReply(db.reading(ctx), user, key)
}

// KeepReply keeps an answer for an idempotency key for a day; the first one stays.
func (db *DB) KeepReply(ctx context.Context, user clamor.UserID, key string, r clamor.Reply) error {
	header, err := json.Marshal(r.Header)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		if err := db.forgetReplies(w); err != nil {
			return err
		}
		_, err := w.exec(`INSERT INTO reply (person, key, request, status, header, body, kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (person, key) DO UPDATE SET status = excluded.status, header = excluded.header, body = excluded.body WHERE reply.status = 0`,
			string(user), key, r.Request, r.Status, string(header), r.Body, micros(db.now()))
		return err
	})
}

// DropReply gives a key back whose request was not carried out, so that it may be sent again.
func (db *DB) DropReply(ctx context.Context, user clamor.UserID, key string) error {
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`DELETE FROM reply WHERE person = $1 AND key = $2 AND status = 0`, string(user), key)
		return err
	})
}
