package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"clamor"

	"github.com/google/uuid"
)

// AddUpload records a file that came in, and gives it an ID.
func (db *DB) AddUpload(ctx context.Context, u clamor.Upload) (clamor.Upload, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return u, err
	}
	u.ID, u.At = clamor.UploadID("upload_"+id.String()), fromMicros(micros(db.now()))
	body, err := json.Marshal(u)
	if err != nil {
		return u, err
	}
	return u, db.tx(ctx, func(w work) error {
		if _, err := w.exec(`INSERT INTO upload (id, state, at, body) VALUES ($1, $2, $3, $4)`, string(u.ID), string(u.State), micros(u.At), string(body)); err != nil {
			return fmt.Errorf("recording the upload %s: %w", u.File, err)
		}
		return db.audit(w, u.By, "import upload", string(u.ID), u.Kind+" "+u.File)
	})
}

// PutUpload changes an upload that is in a state; Conflict if it has left that in the meantime. deed, where it is not empty, goes into the
// log as done by by.
func (db *DB) PutUpload(ctx context.Context, u clamor.Upload, from clamor.UploadState, deed, by string) error {
	body, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`UPDATE upload SET state = $1, body = $2 WHERE id = $3 AND state = $4`, string(u.State), string(body), string(u.ID), string(from))
		if err != nil {
			return fmt.Errorf("changing the upload %s: %w", u.ID, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "this import has moved on in the meantime: load its page again")
		}
		if deed == "" {
			return nil
		}
		return db.audit(w, by, deed, string(u.ID), uploadDetail(u))
	})
}

func uploadDetail(u clamor.Upload) string {
	if u.EndedAt.IsZero() {
		return u.Kind + " " + u.File
	}
	return fmt.Sprintf("%s %s: %d added, %d changed, %d unchanged, %d refused %s", u.Kind, u.File, u.Added, u.Changed, u.Unchanged, u.Refused, u.Fault)
}

// DropUpload forgets an upload at which no machine is at work.
func (db *DB) DropUpload(ctx context.Context, id clamor.UploadID, by string) error {
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`DELETE FROM upload WHERE id = $1 AND state IN ('received', 'tried')`, string(id))
		if err == nil && n == 0 {
			err = clamor.Errorf(clamor.Conflict, "this import has begun, and stays in the history")
		}
		return errors.Join(err, db.audit(w, by, "import drop", string(id), ""))
	})
}

func scanUpload(row scanner) (u clamor.Upload, err error) {
	var body string
	if err := row.Scan(&body); err != nil {
		return u, err
	}
	return u, json.Unmarshal([]byte(body), &u)
}

// FindUpload finds an upload.
func (db *DB) FindUpload(ctx context.Context, id clamor.UploadID) (clamor.Upload, error) {
	u, err := scanUpload(db.reading(ctx).one(`SELECT body FROM upload WHERE id = $1`, string(id)))
	return u, missing(err, "import", id)
}

// Uploads lists the newest first.
func (db *DB) Uploads(ctx context.Context, limit int) ([]clamor.Upload, error) {
	return list(db.reading(ctx), scanUpload, `SELECT body FROM upload ORDER BY at DESC, id DESC LIMIT $1`, limit)
}

// MovingUploads are those at which a machine is at work, or is to be, oldest first.
func (db *DB) MovingUploads(ctx context.Context) ([]clamor.Upload, error) {
	return list(db.reading(ctx), scanUpload, `SELECT body FROM upload WHERE state IN ('trying', 'running') ORDER BY at, id`)
}
