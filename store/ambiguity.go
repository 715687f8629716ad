package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"clamor"
)

// naming is how a record names its account: the same words again mean the same question.
func naming(f clamor.AccountFacts) string {
	parts := []string{nameKey(f.Name)}
	for _, key := range keysOf(f) {
		parts = append(parts, key[0], key[1])
	}
	return clamor.DeriveID("naming", parts...)
}

// choice gives the account that a person chose for a record. Where nobody has, the record is put into the queue.
func (t *taking) choice(record string, f clamor.AccountFacts, several ambiguous) (clamor.AccountID, error) {
	source, named := t.delivery.Source, naming(f)
	chosen, err := list(t.work, func(row scanner) (id clamor.AccountID, err error) { return id, row.Scan(&id) },
		`SELECT account FROM ambiguity WHERE source = $1 AND naming = $2 AND account <> '' AND (record = $3 OR standing = 1)
		ORDER BY CASE WHEN record = $3 THEN 0 ELSE 1 END, settled_at DESC LIMIT 1`, source, named, record)
	if err != nil || len(chosen) > 0 {
		return first(chosen), err
	}
	facts, err := json.Marshal(clamor.AccountFacts{Name: f.Name, Domains: f.Domains, ExternalIDs: f.ExternalIDs, Source: f.Source})
	if err != nil {
		return "", err
	}
	candidates, err := json.Marshal(several.candidates)
	if err != nil {
		return "", err
	}
	_, err = t.exec(`INSERT INTO ambiguity (id, source, delivery, record, naming, facts, candidates, reason, found_at, account, standing, settled_by, settled_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, '', 0) ON CONFLICT (id) DO UPDATE SET delivery = excluded.delivery,
		candidates = excluded.candidates, reason = excluded.reason`, clamor.DeriveID("ambiguity", source, record, named), source, string(t.delivery.ID),
		record, named, string(facts), string(candidates), several.Error(), micros(t.db.now()))
	return "", err
}

func first(ids []clamor.AccountID) clamor.AccountID {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

const ambiguityColumns = `id, source, delivery, record, facts, candidates, reason, found_at`

// waiting is an ambiguity as it is kept.
type waiting struct {
	clamor.Ambiguity
	facts clamor.AccountFacts
	among []clamor.AccountID
}

func scanAmbiguity(row scanner) (waiting, error) {
	var a waiting
	var facts, among string
	var at int64
	if err := row.Scan(&a.ID, &a.Source, &a.Delivery, &a.Record, &facts, &among, &a.Reason, &at); err != nil {
		return a, err
	}
	err := errors.Join(json.Unmarshal([]byte(facts), &a.facts), json.Unmarshal([]byte(among), &a.among))
	a.FoundAt, a.Name, a.Domains, a.ExternalIDs = fromMicros(at), a.facts.Name, a.facts.Domains, a.facts.ExternalIDs
	return a, err
}

// Ambiguities are the records that wait for a person to say which account they speak of, oldest first.
func (db *DB) Ambiguities(ctx context.Context, limit int) ([]clamor.Ambiguity, error) {
	var all []clamor.Ambiguity
	err := db.view(ctx, func(w work) error {
		found, err := list(w, scanAmbiguity, `SELECT `+ambiguityColumns+` FROM ambiguity WHERE account = '' ORDER BY found_at, id LIMIT $1`, limit)
		if err != nil {
			return err
		}
		for _, a := range found {
			if a.Candidates, err = candidates(w, a.among); err != nil {
				return err
			}
			all = append(all, a.Ambiguity)
		}
		return nil
	})
	return all, err
}

// OpenAmbiguities counts the records that wait for a person to say which account they speak of.
func (db *DB) OpenAmbiguities(ctx context.Context) (int64, error) {
	var n int64
	err := db.reading(ctx).row(`SELECT COUNT(*) FROM ambiguity WHERE account = ''`, nil, &n)
	return n, err
}

// Choose settles which account a record speaks of, and has its delivery read again.
func (db *DB) Choose(ctx context.Context, id string, c clamor.Choice) (clamor.AccountID, error) {
	var chosen clamor.AccountID
	err := db.tx(ctx, func(w work) error {
		a, err := scanAmbiguity(w.one(`SELECT `+ambiguityColumns+` FROM ambiguity WHERE id = $1`, id))
		if err != nil {
			return missing(err, "open question", id)
		}
		if chosen, err = db.chosen(w, a, c); err != nil {
			return err
		}
		n, err := w.exec(`UPDATE ambiguity SET account = $1, standing = $2, settled_by = $3, settled_at = $4 WHERE id = $5 AND account = ''`,
			string(chosen), flag(c.Always), c.By, micros(db.now()), id)
		if err != nil {
			return fmt.Errorf("settling %s: %w", id, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "somebody has answered this already")
		}
		deliveries := []clamor.DeliveryID{a.Delivery}
		if c.Always {
			if deliveries, err = settleAlike(w, id, chosen, c.By, micros(db.now())); err != nil {
				return err
			}
			deliveries = append(deliveries, a.Delivery)
		}
		return errors.Join(reopen(w, deliveries), db.audit(w, c.By, "account choose", string(chosen), strings.TrimSpace(a.Source+" "+a.Record)))
	})
	return chosen, err
}

// chosen is the account of a choice, made if it is to be a new one.
func (db *DB) chosen(w work, a waiting, c clamor.Choice) (id clamor.AccountID, err error) {
	if c.Account != "" {
		err = w.row(`SELECT id FROM account WHERE id = $1`, []any{string(c.Account)}, &id)
		return id, missing(err, "account", c.Account)
	}
	if id, err = db.addAccount(w, a.facts); err != nil {
		return "", err
	}
	_, err = db.recordAccount(w, id, a.facts, false)
	return id, err
}

// settleAlike answers all other questions of the same source and naming the same way, and gives their deliveries.
func settleAlike(w work, id string, chosen clamor.AccountID, by string, at int64) ([]clamor.DeliveryID, error) {
	const alike = `account = '' AND EXISTS (SELECT 1 FROM ambiguity other WHERE other.id = $1 AND other.source = ambiguity.source
		AND other.naming = ambiguity.naming)`
	deliveries, err := list(w, func(row scanner) (id clamor.DeliveryID, err error) { return id, row.Scan(&id) },
		`SELECT delivery FROM ambiguity WHERE `+alike, id)
	if err != nil || len(deliveries) == 0 {
		return nil, err
	}
	_, err = w.exec(`UPDATE ambiguity SET account = $2, settled_by = $3, settled_at = $4 WHERE `+alike, id, string(chosen), by, at)
	return deliveries, err
}

// reopen makes dead deliveries pending again.
func reopen(w work, ids []clamor.DeliveryID) error {
	return chunked(ids, func(ids []clamor.DeliveryID) error {
		marks, args := places(1, ids)
		_, err := w.exec(`UPDATE delivery SET state = 'received', reason = '', attempts = 0, retry_at = 0 WHERE state = 'dead' AND id IN (`+marks+`)`, args...)
		return err
	})
}
