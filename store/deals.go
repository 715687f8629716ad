package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"clamor"
)

// putDeal records what a record says of a deal of an account.
func (db *DB) putDeal(w work, account clamor.AccountID, f clamor.DealFacts) (clamor.DealID, clamor.Outcome, error) {
	if f.ExternalID == "" {
		return "", clamor.Refused, clamor.Errorf(clamor.Invalid, "the deal has no id: without one it cannot be recognised again")
	}
	id := clamor.DealID(clamor.DeriveID("deal", f.System, f.ExternalID))
	outcome := clamor.Unchanged
	var holder, end, name string
	var mark int64
	err := w.row(`SELECT deal.account, account.canonical, deal.name, deal.sample FROM deal JOIN account ON account.id = deal.account WHERE deal.id = $1`,
		[]any{string(id)}, &holder, &end, &name, &mark)
	if err == nil && holder != string(account) {
		ends, _, err := groups(w, []clamor.AccountID{account})
		if err != nil {
			return "", clamor.Refused, err
		}
		if string(ends[account]) == end { // the two count as one: the deal stays where it was recorded
			account = clamor.AccountID(holder)
		}
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		outcome = clamor.Added
		_, err = w.exec(`INSERT INTO deal (id, account, system, external_id, name, created_at, sample) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			string(id), string(account), f.System, f.ExternalID, f.Name, micros(db.now()), sampled(f.Source))
	case err == nil && (holder != string(account) || f.Name != "" && f.Name != name || mark > sampled(f.Source)):
		outcome = clamor.Changed
		if f.Name == "" {
			f.Name = name
		}
		_, err = w.exec(`UPDATE deal SET account = $1, name = $2, sample = $4 WHERE id = $3`, string(account), f.Name, string(id), min(mark, sampled(f.Source)))
	}
	if err != nil {
		return "", clamor.Refused, fmt.Errorf("putting deal %s: %w", f.ExternalID, err)
	}
	news, err := recordAll(w, string(id), orNow(f.AsOf, db.now()), f.Source, [2]string{"amount", moneyText(f.Amount)}, [2]string{"stage", f.Stage},
		[2]string{"probability", numberText(f.Probability)}, [2]string{"close_on", string(f.CloseOn)}, [2]string{"status", string(f.Status)},
		[2]string{"loss_reason", f.LossReason})
	if news && outcome == clamor.Unchanged {
		outcome = clamor.Changed
	}
	if outcome != clamor.Unchanged {
		w.touched.deal(id)
	}
	return id, outcome, err
}

// PutDeals records deal records, each with its outcome; the same records again change nothing. A deal's account must be known.
func (db *DB) PutDeals(ctx context.Context, records []clamor.DealFacts, by string, dryRun bool) ([]clamor.RowResult, error) {
	now := db.now()
	return putRows(ctx, db, records, dryRun, func(w work, f clamor.DealFacts) (clamor.Outcome, error) {
		f.AsOf = orNow(f.AsOf, now)
		return db.settleDeal(w, f)
	})
}

// settleDeal records a deal of an account that must be known.
func (db *DB) settleDeal(w work, f clamor.DealFacts) (clamor.Outcome, error) {
	if !f.Account.Known() {
		return clamor.Refused, clamor.Errorf(clamor.Invalid, "no account is named: give its name, domain or external id")
	}
	account, err := match(w, f.Account)
	if err != nil {
		return clamor.Refused, err
	}
	if account == "" {
		return clamor.Refused, awaited{clamor.Errorf(clamor.Invalid, "the account %s is not known: import accounts first, or correct the name",
			f.Account.Label())}
	}
	_, outcome, err := db.putDeal(w, account, f)
	return outcome, err
}

// Deals finds many deals at once with their facts as known now; ids that are not there are left out.
func (db *DB) Deals(ctx context.Context, ids []clamor.DealID) (map[clamor.DealID]clamor.Deal, error) {
	found := map[clamor.DealID]clamor.Deal{}
	err := db.view(ctx, func(w work) error {
		return chunked(ids, func(ids []clamor.DealID) error {
			marks, args := places(1, ids)
			deals, err := deals(w, latest, "WHERE id IN ("+marks+")", "WHERE subject IN ("+marks+")", args...)
			for _, d := range deals {
				found[d.ID] = d
			}
			return err
		})
	})
	return found, err
}

// DealNames finds many deals at once with their names alone; ids that are not there are left out.
func (db *DB) DealNames(ctx context.Context, ids []clamor.DealID) (map[clamor.DealID]clamor.Deal, error) {
	found := map[clamor.DealID]clamor.Deal{}
	err := chunked(ids, func(ids []clamor.DealID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			var d clamor.Deal
			err := row.Scan(&d.ID, &d.Name)
			found[d.ID] = d
			return err
		}, `SELECT id, name FROM deal WHERE id IN (`+marks+`)`, args...)
	})
	return found, err
}

// deals reads deals with their facts as of a time, in order of ID.
func deals(w work, at int64, where, whereFact string, args ...any) ([]clamor.Deal, error) {
	known, err := facts(w, at, whereFact, args...)
	if err != nil {
		return nil, err
	}
	return list(w, func(row scanner) (clamor.Deal, error) {
		var d clamor.Deal
		if err := row.Scan(&d.ID, &d.Account, &d.Name); err != nil {
			return d, err
		}
		f := known[string(d.ID)]
		d.Amount, d.Probability = textMoney(f["amount"]), textNumber[int](f["probability"])
		d.Stage, d.CloseOn, d.LossReason = f["stage"], clamor.Date(f["close_on"]), f["loss_reason"]
		d.Status = clamor.DealStatus(f["status"])
		if d.Status == "" {
			d.Status = clamor.DealOpen
		}
		return d, nil
	}, `SELECT id, (SELECT canonical FROM account WHERE account.id = deal.account), name FROM deal `+where+` ORDER BY id`, args...)
}

// Lease takes or renews a job that only one process may do at a time, until now + ttl; false if another process holds it.
func (db *DB) Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error) {
	var n int64
	err := db.tx(ctx, func(w work) error {
		now := db.now()
		var err error
		n, err = w.exec(`INSERT INTO lease (name, owner, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE
			SET owner = excluded.owner, until = excluded.until WHERE lease.owner = excluded.owner OR lease.until < $4`,
			name, owner, micros(now.Add(ttl)), micros(now))
		return err
	})
	return n == 1, err
}

// Release gives a job back.
func (db *DB) Release(ctx context.Context, name, owner string) error {
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`DELETE FROM lease WHERE name = $1 AND owner = $2`, name, owner)
		return err
	})
}
