package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// AddDelivery keeps a delivery byte for byte, durably. One that is there already, by its ID, is reported as a duplicate and left as
// it is; unless that one is dead and came as other bytes: then the sender has corrected it, and it is kept under an ID of its own.
func (db *DB) AddDelivery(ctx context.Context, d clamor.Delivery) (clamor.DeliveryID, bool, error) {
	header, err := json.Marshal(d.Header)
	if err != nil {
		return "", false, fmt.Errorf("encoding the header of delivery %s: %w", d.ID, err)
	}
	// Whoever waits for a commit may go away before it: what the operation finds is its own until it has succeeded.
	added := new(bool)
	add := func(w work) error {
		n, err := insertDelivery(w, d, string(header))
		*added = n == 1
		return err
	}
	if db.commits != nil {
		err = unavailable(db.commits.do(ctx, operation{fn: add, single: true}), db.dialect.retry)
	} else {
		err = db.tx(ctx, add)
	}
	if err != nil {
		return "", false, fmt.Errorf("keeping delivery %s: %w", d.ID, err)
	}
	if *added {
		return d.ID, false, nil
	}
	return db.addCorrected(ctx, d, string(header))
}

// addCorrected keeps a delivery whose ID is taken, where the one that has it is dead and came as other bytes.
func (db *DB) addCorrected(ctx context.Context, d clamor.Delivery, header string) (clamor.DeliveryID, bool, error) {
	again := d
	again.ID = clamor.DeliveryID(clamor.DeriveID("delivery", string(d.ID), d.Hash))
	id, added := new(clamor.DeliveryID), new(bool)
	err := db.tx(ctx, func(w work) error {
		*id, *added = d.ID, false
		corrected, err := corrects(w, d)
		if err != nil || !corrected {
			return err
		}
		n, err := insertDelivery(w, again, header)
		*id, *added = again.ID, n == 1
		return err
	})
	if err != nil {
		return "", false, fmt.Errorf("keeping delivery %s: %w", d.ID, err)
	}
	return *id, !*added, nil
}

func insertDelivery(w work, d clamor.Delivery, header string) (int64, error) {
	return w.exec(`INSERT INTO delivery (id, source, external_id, header, body, received_at, state, reason, topic, sha256, attempts, retry_at, replays)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
		string(d.ID), d.Source, d.ExternalID, header, d.Body, micros(d.ReceivedAt), string(d.State), d.Reason, d.Topic, d.Hash, d.Attempts,
		due(d), d.Replays)
}

// due is when a delivery is to be read, as it is kept: -1 for one that is not pending.
func due(d clamor.Delivery) int64 {
	if !d.Pending() {
		return -1
	}
	return micros(d.RetryAt)
}

// corrects reports whether the delivery stands there dead with other bytes.
func corrects(w work, d clamor.Delivery) (bool, error) {
	var state clamor.DeliveryState
	var hash string
	err := w.row(`SELECT state, sha256 FROM delivery WHERE id = $1`, []any{string(d.ID)}, &state, &hash)
	return err == nil && state == clamor.Dead && hash != d.Hash, err
}

const deliveryColumns = `id, source, external_id, header, body, received_at, state, reason, topic, sha256, attempts, retry_at, replays,
	accounts, deals, issues`

func scanDelivery(row scanner) (d clamor.Delivery, err error) {
	err = scanDeliveryWith(row, &d, &d.Body)
	d.Size = int64(len(d.Body))
	return d, err
}

func scanListed(row scanner) (d clamor.Delivery, err error) {
	return d, scanDeliveryWith(row, &d, &d.Size)
}

func scanDeliveryWith(row scanner, d *clamor.Delivery, body any) error {
	var header string
	var at, retry int64
	if err := row.Scan(&d.ID, &d.Source, &d.ExternalID, &header, body, &at, &d.State, &d.Reason, &d.Topic, &d.Hash, &d.Attempts, &retry,
		&d.Replays, &d.Accounts, &d.Deals, &d.Issues); err != nil {
		return err
	}
	d.ReceivedAt, d.RetryAt = fromMicros(at), fromMicros(max(retry, 0))
	return json.Unmarshal([]byte(header), &d.Header)
}

// FindDelivery finds a delivery with its bytes.
func (db *DB) FindDelivery(ctx context.Context, id clamor.DeliveryID) (clamor.Delivery, error) {
	d, err := scanDelivery(db.reading(ctx).one(`SELECT `+deliveryColumns+` FROM delivery WHERE id = $1`, string(id)))
	return d, missing(err, "delivery", id)
}

// PendingDeliveries are those that are to be read by now, with their bytes: first those never put off, oldest first, then the others
// in the order in which they fall due.
func (db *DB) PendingDeliveries(ctx context.Context, limit int) ([]clamor.Delivery, error) {
	return list(db.reading(ctx), scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE retry_at >= 0 AND retry_at <= $1
		ORDER BY retry_at, received_at, id LIMIT $2`, micros(db.now()), limit)
}

// Deliveries lists the newest first, with their size but without their bytes.
func (db *DB) Deliveries(ctx context.Context, q clamor.DeliveryQuery) (found []clamor.Delivery, err error) {
	if q.Source != "" || q.State != "" {
		return listDeliveries(db.reading(ctx), q)
	}
	// No index is in the order of all deliveries; that of the states gives the newest of each.
	err = db.view(ctx, func(w work) error {
		found = nil
		for _, q.State = range clamor.DeliveryStates() {
			some, err := listDeliveries(w, q)
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b clamor.Delivery) int {
		return cmp.Or(b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.ID, a.ID))
	})
	return found[:min(len(found), q.Limit)], err
}

// listDeliveries lists those of a source, of a state, or of both.
func listDeliveries(w work, q clamor.DeliveryQuery) ([]clamor.Delivery, error) {
	where, args := `received_at <= $1 AND (received_at < $1 OR id < $2)`, []any{int64(latest), "", q.Limit}
	if !q.Before.At.IsZero() {
		args[0], args[1] = micros(q.Before.At), string(q.Before.ID)
	}
	if q.State != "" {
		args = append(args, string(q.State))
		where += fmt.Sprintf(` AND state = $%d`, len(args))
	}
	if q.Source != "" {
		args = append(args, q.Source)
		column := `source`
		if q.State != "" && q.State != clamor.Processed {
			column = `source || ''` // few are in such a state: the databases must not go through all of the source for them
		}
		where += fmt.Sprintf(` AND %s = $%d`, column, len(args))
	}
	columns := strings.Replace(deliveryColumns, "body", "length(body)", 1)
	return list(w, scanListed, `SELECT `+columns+` FROM delivery WHERE `+where+` ORDER BY received_at DESC, id DESC LIMIT $3`, args...)
}

// settleDelivery gives a delivery the state, reason, attempts and time that d bears. One that a person had read anew in the meantime
// stays pending: what was just read may not be what it holds now.
func settleDelivery(w work, d clamor.Delivery) error {
	n, err := w.exec(`UPDATE delivery SET state = $1, reason = $2, attempts = $3, retry_at = $4 WHERE id = $5 AND replays = $6`,
		string(d.State), d.Reason, d.Attempts, due(d), string(d.ID), d.Replays)
	if err != nil {
		return fmt.Errorf("settling delivery %s: %w", d.ID, err)
	}
	if n == 1 {
		return nil
	}
	var there string
	err = w.row(`SELECT id FROM delivery WHERE id = $1`, []any{string(d.ID)}, &there)
	return missing(err, "delivery", d.ID)
}
