package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"clamor"
)

// sampled marks what a record brings as the sample company's.
func sampled(source string) int64 { return flag(source == clamor.SampleSource) }

// sampleKeeps are rows that bear no mark of their own: what the sample company brought of them.
type sampleKeeps struct {
	Rates    []clamor.Rate `json:"rates,omitempty"`
	Versions []int64       `json:"versions,omitempty"` // of the ranking settings
}

// Sample tells whether the sample company is in the workspace.
func (db *DB) Sample(ctx context.Context) (clamor.Sample, error) {
	s, _, err := findSample(db.reading(ctx))
	return s, err
}

func findSample(w work) (s clamor.Sample, keeps sampleKeeps, err error) {
	var begun, loaded int64
	var kept string
	err = w.row(`SELECT by_name, begun_at, loaded_at, share, fault, keeps FROM sample WHERE id = 1`, nil, &s.By, &begun, &loaded, &s.Share, &s.Fault, &kept)
	if errors.Is(err, sql.ErrNoRows) {
		return clamor.Sample{}, keeps, nil
	}
	if err != nil {
		return s, keeps, fmt.Errorf("reading the state of the sample company: %w", err)
	}
	s.BegunAt, s.LoadedAt = fromMicros(begun), fromMicros(loaded)
	return s, keeps, json.Unmarshal([]byte(kept), &keeps)
}

// BeginSample opens the workspace for the sample company: Conflict unless it holds no accounts, notes, features and frozen lists. source is
// that of its notes.
func (db *DB) BeginSample(ctx context.Context, source clamor.Source, by string) error {
	now := micros(db.now())
	return db.tx(ctx, func(w work) error {
		var held, named int64
		err := w.row(`SELECT (SELECT COUNT(*) FROM sample) + (SELECT COUNT(*) FROM account) + (SELECT COUNT(*) FROM note) + (SELECT COUNT(*) FROM feature)
			+ (SELECT COUNT(*) FROM frozen), (SELECT COUNT(*) FROM source WHERE name = $1)`, []any{clamor.SampleSource}, &held, &named)
		switch {
		case err != nil:
			return err
		case held > 0:
			return clamor.Errorf(clamor.Conflict, "sample data is for an empty workspace, and this one holds something already")
		case named > 0:
			return clamor.Errorf(clamor.Conflict, "a source of yours is called %q, as the sample's would be: sample data cannot be told from yours here", clamor.SampleSource)
		}
		if _, err := w.exec(`INSERT INTO sample (id, by_name, begun_at, loaded_at, share, fault, keeps) VALUES (1, $1, $2, 0, 0, '', '{}')`,
			by, now); err != nil {
			return fmt.Errorf("beginning the sample company: %w", err)
		}
		return errors.Join(addSampleSource(w, source, now), db.audit(w, by, "sample load", clamor.SampleSource, ""))
	})
}

func addSampleSource(w work, s clamor.Source, at int64) error {
	_, err := w.exec(`INSERT INTO source (name, kind, secret, token, settings, mapping, every, is_on, created_at)
		VALUES ($1, $2, $3, '', '{}', '{}', 0, 0, $4)`, clamor.SampleSource, s.Kind, s.Secret, at)
	if err != nil {
		return fmt.Errorf("adding the sample's source: %w", err)
	}
	return nil
}

// SampleRates adds the rates that the sample company's amounts need and that are not there, as the next version of the settings.
func (db *DB) SampleRates(ctx context.Context, wanted []clamor.Rate) error {
	return db.tx(ctx, func(w work) error {
		_, keeps, err := findSample(w)
		if err != nil {
			return err
		}
		known, err := rates(w)
		if err != nil {
			return err
		}
		for _, r := range wanted {
			if slices.ContainsFunc(known, func(k clamor.Rate) bool { return k.Currency == r.Currency && k.Into == r.Into && k.From == r.From }) {
				continue
			}
			if err := putRate(w, r); err != nil {
				return err
			}
			keeps.Rates = append(keeps.Rates, r)
		}
		v, err := newestSettings(w)
		if err != nil {
			return err
		}
		v.By, v.Reason = clamor.SampleBy, "the rates of the sample data"
		if err := db.addSettings(w, &v); err != nil {
			return err
		}
		keeps.Versions = append(keeps.Versions, v.Version)
		text, err := json.Marshal(keeps)
		if err != nil {
			return err
		}
		_, err = w.exec(`UPDATE sample SET keeps = $1 WHERE id = 1`, string(text))
		w.touched.whole()
		return errors.Join(err, moved(w))
	})
}

// PutSample notes how far the sample company is loaded: a share in per cent, the whole at 100, or why it cannot be.
func (db *DB) PutSample(ctx context.Context, share int, fault string) error {
	return db.tx(ctx, func(w work) error {
		loaded := int64(0)
		if share >= 100 && fault == "" {
			loaded = micros(db.now())
		}
		n, err := w.exec(`UPDATE sample SET share = $1, fault = $2, loaded_at = $3 WHERE id = 1`, share, fault, loaded)
		if err == nil && n == 0 {
			err = clamor.Errorf(clamor.Conflict, "the sample data was removed in the meantime")
		}
		return err
	})
}

// SamplePending counts what of the sample company is still to be read or placed, and tells why a delivery of it could not be read.
func (db *DB) SamplePending(ctx context.Context) (pending int64, fault string, err error) {
	err = db.view(ctx, func(w work) error {
		faults, err := list(w, func(row scanner) (reason string, err error) { return reason, row.Scan(&reason) },
			`SELECT reason FROM delivery WHERE source = $1 AND state IN ('dead', 'failed') LIMIT 1`, clamor.SampleSource)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			fault = faults[0]
		}
		return w.row(`SELECT (SELECT COUNT(*) FROM delivery WHERE source = $1 AND retry_at >= 0)
			+ (SELECT COUNT(*) FROM ask JOIN note ON note.id = ask.note WHERE ask.state = 'pending' AND note.source = $1)`, []any{clamor.SampleSource}, &pending)
	})
	return pending, fault, err
}

// Generation grows when asks or rulings are taken out for good, so that who keeps an index of them builds it anew.
func (db *DB) Generation(ctx context.Context) (int64, error) {
	var n int64
	err := db.reading(ctx).row(`SELECT n FROM revision WHERE id = 2`, nil, &n)
	return n, err
}
