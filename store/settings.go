package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"clamor"
)

const settingsColumns = `version, body, rates, reason, set_by, set_at`

func scanSettings(row scanner) (clamor.SettingsVersion, error) {
	var v clamor.SettingsVersion
	var rates string
	var at int64
	if err := row.Scan(&v.Version, &v.Body, &rates, &v.Reason, &v.By, &at); err != nil {
		return v, err
	}
	v.At = fromMicros(at)
	return v, json.Unmarshal([]byte(rates), &v.Rates)
}

// RankingSettings finds the newest version of the ranking settings; version 0 where there is none. Its rates are those that hold.
func (db *DB) RankingSettings(ctx context.Context) (clamor.SettingsVersion, error) {
	var v clamor.SettingsVersion
	err := db.view(ctx, func(w work) (err error) {
		v, err = newestSettings(w)
		return err
	})
	return v, err
}

func newestSettings(w work) (clamor.SettingsVersion, error) {
	v, err := scanSettings(w.one(`SELECT ` + settingsColumns + ` FROM ranking_settings ORDER BY version DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		v, err = clamor.SettingsVersion{}, nil
	}
	if err != nil {
		return v, fmt.Errorf("reading the ranking settings: %w", err)
	}
	v.Rates, err = rates(w)
	return v, err
}

// FindRankingSettings finds one version of the ranking settings.
func (db *DB) FindRankingSettings(ctx context.Context, version int64) (clamor.SettingsVersion, error) {
	v, err := scanSettings(db.reading(ctx).one(`SELECT `+settingsColumns+` FROM ranking_settings WHERE version = $1`, version))
	return v, missing(err, "version of the ranking settings", version)
}

// RankingSettingsVersions lists the versions of the ranking settings, newest first.
func (db *DB) RankingSettingsVersions(ctx context.Context, limit int) ([]clamor.SettingsVersion, error) {
	return list(db.reading(ctx), scanSettings, `SELECT `+settingsColumns+` FROM ranking_settings ORDER BY version DESC LIMIT $1`, limit)
}

// PutRankingSettings adds the next version of the ranking settings, whose rates take the place of all others, and gives it back. It is
// Stale unless v.Version is the version stored now; what says what was changed.
func (db *DB) PutRankingSettings(ctx context.Context, v clamor.SettingsVersion, what string) (clamor.SettingsVersion, error) {
	asked := v
	err := db.tx(ctx, func(w work) error {
		v = asked
		newest, err := newestSettings(w)
		if err != nil {
			return err
		}
		if newest.Version != v.Version {
			return clamor.Errorf(clamor.Stale, "%s changed the ranking settings in the meantime: load version %d and repeat your change",
				newest.By, newest.Version)
		}
		if _, err := w.exec(`DELETE FROM rate`); err != nil {
			return err
		}
		for _, r := range v.Rates {
			if err := putRate(w, r); err != nil {
				return err
			}
		}
		if err := db.addSettings(w, &v); err != nil {
			return err
		}
		return errors.Join(moved(w), db.audit(w, v.By, "ranking settings", fmt.Sprint(v.Version), what))
	})
	return v, err
}

// addSettings adds v as the next version after it, with the rates that hold.
func (db *DB) addSettings(w work, v *clamor.SettingsVersion) error {
	var err error
	if v.Rates, err = rates(w); err != nil {
		return err
	}
	if v.Rates == nil {
		v.Rates = []clamor.Rate{}
	}
	encoded, err := json.Marshal(v.Rates)
	if err != nil {
		return err
	}
	v.Version++
	v.At = fromMicros(micros(db.now()))
	_, err = w.exec(`INSERT INTO ranking_settings (`+settingsColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		v.Version, string(v.Body), string(encoded), v.Reason, v.By, micros(v.At))
	if err != nil {
		return fmt.Errorf("adding version %d of the ranking settings: %w", v.Version, err)
	}
	return nil
}

// AddRate records what a currency is worth from a day on, as the next version of the settings.
func (db *DB) AddRate(ctx context.Context, r clamor.Rate, by string) error {
	return db.tx(ctx, func(w work) error {
		if err := putRate(w, r); err != nil {
			return err
		}
		v, err := newestSettings(w)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%d ppm %s from %s", r.PPM, r.Into, r.From)
		v.By, v.Reason = by, "the rate of "+r.Currency+": "+what
		if err := db.addSettings(w, &v); err != nil {
			return err
		}
		return errors.Join(moved(w), db.audit(w, by, "rate set", r.Currency, what))
	})
}

func putRate(w work, r clamor.Rate) error {
	_, err := w.exec(`INSERT INTO rate (currency, into_currency, from_on, ppm) VALUES ($1, $2, $3, $4)
		ON CONFLICT (currency, into_currency, from_on) DO UPDATE SET ppm = excluded.ppm`, r.Currency, r.Into, string(r.From), r.PPM)
	if err != nil {
		return fmt.Errorf("setting the rate of %s: %w", r.Currency, err)
	}
	return nil
}

// rates lists all rates by currency and day.
func rates(w work) ([]clamor.Rate, error) {
	return list(w, func(row scanner) (r clamor.Rate, err error) {
		return r, row.Scan(&r.Currency, &r.Into, &r.From, &r.PPM)
	}, `SELECT currency, into_currency, from_on, ppm FROM rate ORDER BY currency, into_currency, from_on`)
}

// Rates lists all rates by currency and day.
func (db *DB) Rates(ctx context.Context) ([]clamor.Rate, error) { return rates(db.reading(ctx)) }
