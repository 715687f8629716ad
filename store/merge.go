package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"clamor"
)

// group names the accounts that count as one with the account $1.
const group = `SELECT b.id FROM account a JOIN account b ON b.canonical = a.canonical WHERE a.id = $1`

// groups finds the end of the chain of merges of each account, and all accounts that count as one with any of them.
func groups(w work, ids []clamor.AccountID) (ends map[clamor.AccountID]clamor.AccountID, members []clamor.AccountID, err error) {
	ends = map[clamor.AccountID]clamor.AccountID{}
	if len(ids) == 0 {
		return ends, nil, nil
	}
	marks, args := places(1, ids)
	err = w.each(func(row scanner) error {
		var id, end, member clamor.AccountID
		err := row.Scan(&id, &end, &member)
		ends[id] = end
		members = append(members, member)
		return err
	}, `SELECT a.id, a.canonical, b.id FROM account a JOIN account b ON b.canonical = a.canonical WHERE a.id IN (`+marks+`)`, args...)
	slices.Sort(members)
	return ends, slices.Compact(members), err
}

// merged gives the account that all of these count as; "" if they are several, or none.
func merged(w work, ids []clamor.AccountID) (clamor.AccountID, error) {
	if len(ids) < 2 {
		return "", nil
	}
	ends, _, err := groups(w, ids)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if ends[id] != ends[ids[0]] {
			return "", nil
		}
	}
	return ends[ids[0]], nil
}

// folded leaves of accounts in order of ID those that are merged into no other, with what only the merged ones know.
func folded(all []clamor.Account, ends map[clamor.AccountID]clamor.AccountID) []clamor.Account {
	at := map[clamor.AccountID]int{}
	var left []clamor.Account
	for _, a := range all {
		if ends[a.ID] == a.ID {
			at[a.ID] = len(left)
			left = append(left, a)
		}
	}
	for _, a := range all {
		if i, ok := at[ends[a.ID]]; ok && a.ID != ends[a.ID] {
			left[i] = left[i].With(a)
		}
	}
	for i := range left {
		left[i].Parent = cmp.Or(ends[left[i].Parent], left[i].Parent)
		if left[i].Parent == left[i].ID {
			left[i].Parent = ""
		}
	}
	return left
}

// MergeAccounts lets an account count as another. All that was recorded of either stays as it is, so that an undo restores it.
func (db *DB) MergeAccounts(ctx context.Context, id, into clamor.AccountID, by, reason string) error {
	return db.tx(ctx, func(w work) error {
		var already, end clamor.AccountID
		if err := w.row(`SELECT merged_into FROM account WHERE id = $1`, []any{string(id)}, &already); err != nil {
			return missing(err, "account", id)
		}
		if err := w.row(`SELECT canonical FROM account WHERE id = $1`, []any{string(into)}, &end); err != nil {
			return missing(err, "account", into)
		}
		switch {
		case already != "":
			return clamor.Errorf(clamor.Conflict, "this account is merged already: undo that first")
		case end == id:
			return clamor.Errorf(clamor.Conflict, "the two count as one already")
		}
		return errors.Join(link(w, id, end), db.mergedBy(w, id, by, reason), db.audit(w, by, "account merge", string(id), fmt.Sprintf("into %s %s", end, reason)))
	})
}

// UnmergeAccount takes a merge back; Conflict if there is none.
func (db *DB) UnmergeAccount(ctx context.Context, id clamor.AccountID, by, reason string) error {
	return db.tx(ctx, func(w work) error {
		var into clamor.AccountID
		if err := w.row(`SELECT merged_into FROM account WHERE id = $1`, []any{string(id)}, &into); err != nil {
			return missing(err, "account", id)
		}
		if into == "" {
			return clamor.Errorf(clamor.Conflict, "this account is merged into no other")
		}
		return errors.Join(link(w, id, ""), db.audit(w, by, "account unmerge", string(id), fmt.Sprintf("from %s %s", into, reason)))
	})
}

// mergedBy notes who lets an account count as another.
func (db *DB) mergedBy(w work, id clamor.AccountID, by, reason string) error {
	_, err := w.exec(`UPDATE account SET merged_by = $1, merged_at = $2, merge_reason = $3 WHERE id = $4`, by, micros(db.now()), reason, string(id))
	return err
}

// MergedAccounts are those that count as an account, directly or by a chain, the last merged first.
func (db *DB) MergedAccounts(ctx context.Context, id clamor.AccountID) ([]clamor.MergedAccount, error) {
	var all []clamor.MergedAccount
	err := db.view(ctx, func(w work) (err error) {
		all, err = list(w, func(row scanner) (m clamor.MergedAccount, err error) {
			var at int64
			err = row.Scan(&m.Account, &m.Name, &m.By, &at, &m.Reason)
			m.At = fromMicros(at)
			return m, err
		}, `SELECT id, name, merged_by, merged_at, merge_reason FROM account WHERE canonical = $1 AND id <> $1 ORDER BY merged_at DESC, id`, string(id))
		for i := range all {
			if err == nil {
				all[i].Domains, err = list(w, func(row scanner) (d string, err error) { return d, row.Scan(&d) },
					`SELECT value FROM account_key WHERE account = $1 AND kind = 'domain' ORDER BY value`, string(all[i].Account))
			}
		}
		return err
	})
	return all, err
}

// link sets what an account is merged into, and follows all chains anew.
func link(w work, id, into clamor.AccountID) error {
	if _, err := w.exec(`UPDATE account SET merged_into = $1, canonical = $2, merged_by = '', merged_at = 0, merge_reason = '' WHERE id = $2`, string(into), string(id)); err != nil {
		return fmt.Errorf("linking account %s: %w", id, err)
	}
	next, was := map[string]string{}, map[string]string{}
	err := w.each(func(row scanner) error {
		var id, into, end string
		err := row.Scan(&id, &into, &end)
		next[id], was[id] = into, end
		return err
	}, `SELECT id, merged_into, canonical FROM account WHERE merged_into <> ''`)
	if err != nil {
		return err
	}
	for id := range next {
		end := id
		for next[end] != "" {
			end = next[end]
		}
		if end == was[id] {
			continue
		}
		if _, err := w.exec(`UPDATE account SET canonical = $1 WHERE id = $2`, end, id); err != nil {
			return err
		}
	}
	w.touched.whole() // whatever stood under one account counts for another
	return moved(w)
}
