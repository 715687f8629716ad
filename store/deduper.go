package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"clamor"
)

const deduperColumns = `version, synonyms, caution, reason, set_by, set_at`

func scanDeduper(row scanner) (s clamor.DeduperSettings, err error) {
	var at int64
	err = row.Scan(&s.Version, &s.Synonyms, &s.Caution, &s.Reason, &s.By, &at)
	s.At = fromMicros(at)
	return s, err
}

// DeduperSettings finds the newest version of the deduper's settings; version 0 where there is none.
func (db *DB) DeduperSettings(ctx context.Context) (clamor.DeduperSettings, error) {
	return newestDeduper(db.reading(ctx))
}

func newestDeduper(w work) (clamor.DeduperSettings, error) {
	s, err := scanDeduper(w.one(`SELECT ` + deduperColumns + ` FROM deduper_settings ORDER BY version DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return clamor.DeduperSettings{}, nil
	}
	return s, err
}

// DeduperSettingsVersions lists the versions of the deduper's settings, newest first.
func (db *DB) DeduperSettingsVersions(ctx context.Context, limit int) ([]clamor.DeduperSettings, error) {
	return list(db.reading(ctx), scanDeduper, `SELECT `+deduperColumns+` FROM deduper_settings ORDER BY version DESC LIMIT $1`, limit)
}

// PutDeduperSettings adds the next version of the deduper's settings and gives it back. It is Stale unless s.Version is the version
// stored now.
func (db *DB) PutDeduperSettings(ctx context.Context, s clamor.DeduperSettings) (clamor.DeduperSettings, error) {
	asked := s
	err := db.tx(ctx, func(w work) error {
		s = asked
		newest, err := newestDeduper(w)
		if err != nil {
			return err
		}
		if newest.Version != s.Version {
			return clamor.Errorf(clamor.Stale, "%s changed the deduper's settings in the meantime: load version %d and repeat your change",
				newest.By, newest.Version)
		}
		s.Version++
		s.At = fromMicros(micros(db.now()))
		if _, err := w.exec(`INSERT INTO deduper_settings (`+deduperColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			s.Version, s.Synonyms, s.Caution, s.Reason, s.By, micros(s.At)); err != nil {
			return fmt.Errorf("adding version %d of the deduper's settings: %w", s.Version, err)
		}
		what := fmt.Sprintf("caution %g → %g", newest.Caution, s.Caution)
		if newest.Synonyms != s.Synonyms {
			what += ", other synonyms"
		}
		return errors.Join(moved(w), db.audit(w, s.By, "deduper settings", fmt.Sprint(s.Version), what))
	})
	return s, err
}
