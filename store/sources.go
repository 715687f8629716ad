package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"clamor"
)

// AddSource adds a way in; Conflict if the name is taken.
func (db *DB) AddSource(ctx context.Context, s clamor.Source, by string) error {
	if s.Name == clamor.SampleSource {
		return clamor.Errorf(clamor.Conflict, "%q is kept for sample data: choose another name", s.Name)
	}
	settings, mapping, err := encodeSource(s)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`INSERT INTO source (name, kind, secret, token, settings, mapping, every, is_on, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING`,
			s.Name, s.Kind, s.Secret, s.Token, settings, mapping, s.Every.Microseconds(), flag(s.On), micros(db.now()))
		if err != nil {
			return fmt.Errorf("adding source %s: %w", s.Name, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "there is a source %q already: choose another name", s.Name)
		}
		return db.audit(w, by, "source add", s.Name, s.Kind)
	})
}

// PutSource changes all of a source but its name, kind and time of creation; what tells what was changed, for the audit log.
func (db *DB) PutSource(ctx context.Context, s clamor.Source, what, by string) error {
	settings, mapping, err := encodeSource(s)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`UPDATE source SET secret = $1, token = $2, settings = $3, mapping = $4, every = $5, is_on = $6 WHERE name = $7`,
			s.Secret, s.Token, settings, mapping, s.Every.Microseconds(), flag(s.On), s.Name)
		if err != nil {
			return fmt.Errorf("changing source %s: %w", s.Name, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.NotFound, "there is no source %q", s.Name)
		}
		return db.audit(w, by, "source set", s.Name, what)
	})
}

// encodeSource gives settings and mapping as they are kept.
func encodeSource(s clamor.Source) (settings, mapping string, err error) {
	encoded := [2]string{"{}", "{}"}
	for i, m := range []map[string]string{s.Settings, s.Mapping} {
		if len(m) == 0 {
			continue
		}
		text, err := json.Marshal(m)
		if err != nil {
			return "", "", fmt.Errorf("encoding source %s: %w", s.Name, err)
		}
		encoded[i] = string(text)
	}
	return encoded[0], encoded[1], nil
}

const sourceColumns = `name, kind, secret, token, settings, mapping, every, is_on, created_at`

func scanSource(row scanner) (clamor.Source, error) {
	var s clamor.Source
	var settings, mapping string
	var every, on, at int64
	if err := row.Scan(&s.Name, &s.Kind, &s.Secret, &s.Token, &settings, &mapping, &every, &on, &at); err != nil {
		return s, err
	}
	s.Every, s.On, s.CreatedAt = time.Duration(every)*time.Microsecond, on != 0, fromMicros(at)
	return s, errors.Join(decodeTexts(settings, &s.Settings), decodeTexts(mapping, &s.Mapping))
}

// decodeTexts reads an object of texts; an empty one is nil.
func decodeTexts(text string, into *map[string]string) error {
	if text == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
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
