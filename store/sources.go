package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"clamor"
)

// AddSource adds a way in; Conflict if the name is taken.
func (db *DB) AddSource(ctx context.Context, s clamor.Source, by string) error {
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`INSERT INTO source (name, kind, secret, is_on, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (name) DO NOTHING`, s.Name, s.Kind, s.Secret, flag(s.On), micros(db.now()))
		if err != nil {
			return fmt.Errorf("adding source %s: %w", s.Name, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "there is a source %q already: choose another name", s.Name)
		}
		return db.audit(w, by, "source add", s.Name, s.Kind)
	})
}

const sourceColumns = `name, kind, secret, is_on, created_at`

func scanSource(row scanner) (clamor.Source, error) {
	var s clamor.Source
	var on, at int64
	err := row.Scan(&s.Name, &s.Kind, &s.Secret, &on, &at)
	s.On, s.CreatedAt = on != 0, fromMicros(at)
	return s, err
}

// FindSource finds a source by its name, switched on or off.
func (db *DB) FindSource(ctx context.Context, name string) (clamor.Source, error) {
	s, err := scanSource(db.reading(ctx).one(`SELECT `+sourceColumns+` FROM source WHERE name = $1`, name))
	return s, missing(err, "source", name)
}

// Sources lists all sources by name.
func (db *DB) Sources(ctx context.Context) ([]clamor.Source, error) {
	return list(db.reading(ctx), scanSource, `SELECT `+sourceColumns+` FROM source ORDER BY name`)
}

// AddDelivery keeps a delivery byte for byte, durably. One that is there already, by its ID, is reported as a duplicate and left as
// it is.
func (db *DB) AddDelivery(ctx context.Context, d clamor.Delivery) (clamor.DeliveryID, bool, error) {
	header, err := json.Marshal(d.Header)
	if err != nil {
		return "", false, fmt.Errorf("encoding the header of delivery %s: %w", d.ID, err)
	}
	var added int64
	add := func(w work) error {
		added, err = w.exec(`INSERT INTO delivery (id, source, external_id, header, body, received_at, state, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
			string(d.ID), d.Source, d.ExternalID, string(header), d.Body, micros(d.ReceivedAt), string(d.State), d.Reason)
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
	return d.ID, added == 0, nil
}

const deliveryColumns = `id, source, external_id, header, body, received_at, state, reason`

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
	var at int64
	if err := row.Scan(&d.ID, &d.Source, &d.ExternalID, &header, body, &at, &d.State, &d.Reason); err != nil {
		return err
	}
	d.ReceivedAt = fromMicros(at)
	return json.Unmarshal([]byte(header), &d.Header)
}

// FindDelivery finds a delivery with its bytes.
func (db *DB) FindDelivery(ctx context.Context, id clamor.DeliveryID) (clamor.Delivery, error) {
	d, err := scanDelivery(db.reading(ctx).one(`SELECT `+deliveryColumns+` FROM delivery WHERE id = $1`, string(id)))
	return d, missing(err, "delivery", id)
}

// PendingDeliveries are those received and not yet taken in, oldest first, with their bytes.
func (db *DB) PendingDeliveries(ctx context.Context, limit int) ([]clamor.Delivery, error) {
	return list(db.reading(ctx), scanDelivery,
		`SELECT `+deliveryColumns+` FROM delivery WHERE state = $1 ORDER BY received_at, id LIMIT $2`, string(clamor.Received), limit)
}

// Deliveries lists the newest first, with their size but without their bytes; state "" means all.
func (db *DB) Deliveries(ctx context.Context, state clamor.DeliveryState, limit int) ([]clamor.Delivery, error) {
	columns := strings.Replace(deliveryColumns, "body", "length(body)", 1)
	if state == "" {
		return list(db.reading(ctx), scanListed, `SELECT `+columns+` FROM delivery ORDER BY received_at DESC, id LIMIT $1`, limit)
	}
	return list(db.reading(ctx), scanListed,
		`SELECT `+columns+` FROM delivery WHERE state = $1 ORDER BY received_at DESC, id LIMIT $2`, string(state), limit)
}
