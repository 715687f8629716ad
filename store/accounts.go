package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"clamor"
)

// domainKind and idKind are the kinds of an account's keys.
const domainKind = "domain"

func idKind(system string) string { return "id:" + system }

// keysOf are the keys that facts name an account by, ids before domains, in a stated order.
func keysOf(f clamor.AccountFacts) (keys [][2]string) {
	for _, system := range slices.Sorted(maps.Keys(f.ExternalIDs)) {
		keys = append(keys, [2]string{idKind(system), f.ExternalIDs[system]})
	}
	for _, domain := range f.Domains {
		keys = append(keys, [2]string{domainKind, domain})
	}
	return keys
}

// nameKey folds what people vary in writing one name: case and white space.
func nameKey(name string) string { return strings.Join(strings.Fields(strings.ToLower(name)), " ") }

// match finds the account that facts speak of: by external id, then by domain, then by exact name; "" if there is none. It never
// guesses: keys that lead to two accounts, and a name that several bear, are refused; and an account that bears another id in
// the same system, or other domains than the facts name beside an equal name, is another account.
func match(w work, f clamor.AccountFacts) (clamor.AccountID, error) {
	if f.Chosen != "" {
		return f.Chosen, nil
	}
	for _, kinds := range []func(string) bool{func(k string) bool { return k != domainKind }, func(k string) bool { return k == domainKind }} {
		found := map[clamor.AccountID]string{}
		for _, key := range keysOf(f) {
			if !kinds(key[0]) {
				continue
			}
			var id clamor.AccountID
			err := w.row(`SELECT account FROM account_key WHERE kind = $1 AND value = $2`, []any{key[0], key[1]}, &id)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return "", err
			}
			found[id] = strings.TrimPrefix(key[0], "id:") + " " + key[1]
		}
		if one, err := merged(w, slices.Sorted(maps.Keys(found))); err != nil || one != "" && len(found) > 1 {
			return one, err
		}
		if len(found) > 1 {
			return "", ambiguous{clamor.Errorf(clamor.Invalid, "%s belong to different accounts: send one record for each, or correct its keys",
				strings.Join(slices.Sorted(maps.Values(found)), " and ")), slices.Sorted(maps.Keys(found))}
		}
		for id := range found {
			other, err := contradicts(w, id, f, false)
			if err != nil {
				return "", err
			}
			if !other {
				return id, nil
			}
		}
	}
	return matchName(w, f)
}

func matchName(w work, f clamor.AccountFacts) (clamor.AccountID, error) {
	if f.Name == "" {
		return "", nil
	}
	named, err := list(w, func(row scanner) (id clamor.AccountID, err error) { return id, row.Scan(&id) },
		`SELECT id FROM account WHERE name_key = $1 ORDER BY id`, nameKey(f.Name))
	if err != nil {
		return "", err
	}
	var fit []clamor.AccountID
	for _, id := range named {
		other, err := contradicts(w, id, f, true)
		if err != nil {
			return "", err
		}
		if !other {
			fit = append(fit, id)
		}
	}
	if one, err := merged(w, fit); err != nil || one != "" && len(fit) > 1 {
		return one, err
	}
	if len(fit) > 1 {
		return "", ambiguous{clamor.Errorf(clamor.Invalid, "%d accounts are called %q: name a domain or an external id as well", len(fit), f.Name), fit}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	return "", nil
}

// contradicts reports whether the facts name a key of a kind of which the account bears only others. Domains count only where the
// match is by name: a company may have many.
func contradicts(w work, id clamor.AccountID, f clamor.AccountFacts, domains bool) (bool, error) {
	borne := map[string][]string{}
	err := w.each(func(row scanner) error {
		var kind, value string
		err := row.Scan(&kind, &value)
		borne[kind] = append(borne[kind], value)
		return err
	}, `SELECT kind, value FROM account_key WHERE account IN (`+group+`)`, string(id))
	if err != nil {
		return false, err
	}
	for system, value := range f.ExternalIDs {
		if has := borne[idKind(system)]; len(has) > 0 && !slices.Contains(has, value) {
			return true, nil
		}
	}
	if has := borne[domainKind]; domains && len(has) > 0 && len(f.Domains) > 0 {
		return !slices.ContainsFunc(f.Domains, func(d string) bool { return slices.Contains(has, d) }), nil
	}
	return false, nil
}

// settle finds the account that facts speak of or makes it, and records the facts. renames says that the record is the
// account's own, whose name counts, and not a mention in a note.
func (db *DB) settle(w work, f clamor.AccountFacts, renames bool) (clamor.AccountID, clamor.Outcome, error) {
	if !f.Known() {
		return "", clamor.Refused, clamor.Errorf(clamor.Invalid, "no account is named: give a name, a domain or an external id")
	}
	id, err := match(w, f)
	if err != nil {
		return "", clamor.Refused, err
	}
	outcome := clamor.Unchanged
	if id == "" {
		if id, err = db.addAccount(w, f); err != nil {
			return "", clamor.Refused, fmt.Errorf("adding account %q: %w", f.Name, err)
		}
		outcome = clamor.Added
	}
	news, err := db.recordAccount(w, id, f, renames)
	if err != nil {
		return "", clamor.Refused, fmt.Errorf("recording facts of account %s: %w", id, err)
	}
	if news && outcome == clamor.Unchanged {
		outcome = clamor.Changed
	}
	return id, outcome, nil
}

func (db *DB) addAccount(w work, f clamor.AccountFacts) (clamor.AccountID, error) {
	keys := keysOf(f)
	name := f.Name
	if name == "" {
		name = keys[len(keys)-1][1]
	}
	parts := []string{"name", nameKey(name)}
	for _, key := range keys {
		parts = append(parts, key[0], key[1])
	}
	for {
		id := clamor.AccountID(clamor.DeriveID("account", parts...))
		n, err := w.exec(`INSERT INTO account (id, name, name_key, created_at, canonical, sample) VALUES ($1, $2, $3, $4, $1, $5)
			ON CONFLICT (id) DO NOTHING`,
			string(id), name, nameKey(name), micros(db.now()), sampled(f.Source))
		if err != nil || n == 1 {
			w.touched.account(id)
			return id, err
		}
		parts = append(parts, "again")
	}
}

func (db *DB) recordAccount(w work, id clamor.AccountID, f clamor.AccountFacts, renames bool) (bool, error) {
	news := int64(0)
	for _, key := range keysOf(f) {
		n, err := w.exec(`INSERT INTO account_key (kind, value, account, sample) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, value)
			DO UPDATE SET sample = 0 WHERE account_key.sample = 1 AND excluded.sample = 0 AND account_key.account = excluded.account`,
			key[0], key[1], string(id), sampled(f.Source))
		if err != nil {
			return false, err
		}
		news += n
	}
	parent, err := db.parentOf(w, id, f.Parent)
	if err != nil {
		return false, err
	}
	at := f.AsOf
	if at.IsZero() {
		at = db.now()
	}
	if renames && f.Name != "" {
		renamed, err := rename(w, id, f.Name, at, f.Source)
		if err != nil {
			return false, err
		}
		news += renamed
	}
	changed, err := recordAll(w, string(id), at, f.Source, [2]string{"arr", moneyText(f.ARR)}, [2]string{"segment", f.Segment},
		[2]string{"plan", f.Plan}, [2]string{"seats", numberText(f.Seats)}, [2]string{"lifecycle", string(f.Lifecycle)},
		[2]string{"health", string(f.Health)}, [2]string{"renewal_on", string(f.RenewalOn)}, [2]string{"owner", f.Owner},
		[2]string{"parent", parent})
	if changed || news > 0 {
		w.touched.account(id)
	}
	return changed || news > 0, err
}

// rename gives an account the name of its youngest record, which need not be the last one read.
func rename(w work, id clamor.AccountID, name string, at time.Time, source string) (int64, error) {
	if _, err := record(w, string(id), "name", name, at, source); err != nil {
		return 0, err
	}
	if err := w.row(`SELECT value FROM fact WHERE subject = $1 AND name = 'name' ORDER BY at DESC LIMIT 1`, []any{string(id)}, &name); err != nil {
		return 0, err
	}
	return w.exec(`UPDATE account SET name = $1, name_key = $2 WHERE id = $3 AND name <> $1`, name, nameKey(name), string(id))
}

// parentOf finds the parent account that a record names by an id of any system, by domain or by exact name.
func (db *DB) parentOf(w work, child clamor.AccountID, parent string) (string, error) {
	if parent == "" {
		return "", nil
	}
	domain, err := clamor.NormalDomain(parent)
	if err != nil {
		domain = parent
	}
	ids, err := list(w, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
		`SELECT canonical FROM account_key JOIN account ON account.id = account_key.account
		WHERE (kind <> 'domain' AND value = $1) OR (kind = 'domain' AND value = $2) UNION SELECT canonical FROM account WHERE name_key = $3`, parent, domain, nameKey(parent))
	if err != nil {
		return "", err
	}
	switch {
	case len(ids) > 1:
		return "", clamor.Errorf(clamor.Invalid, "%d accounts answer to the parent %q: name it by an external id", len(ids), parent)
	case len(ids) == 1 && ids[0] != string(child):
		return ids[0], nil
	case len(ids) == 1:
		return "", clamor.Errorf(clamor.Invalid, "the account names itself as its parent")
	}
	return "", awaited{clamor.Errorf(clamor.Invalid, "the parent %q is not known: import its row too, or correct the name", parent)}
}

// Accounts finds many accounts at once with their facts as known now; ids that are not there are left out. One that is merged into
// another gives that one.
func (db *DB) Accounts(ctx context.Context, ids []clamor.AccountID) (map[clamor.AccountID]clamor.Account, error) {
	found := map[clamor.AccountID]clamor.Account{}
	err := db.view(ctx, func(w work) error {
		return chunked(ids, func(ids []clamor.AccountID) error { return findAccounts(w, ids, latest, found) })
	})
	return found, err
}

func findAccounts(w work, ids []clamor.AccountID, at int64, found map[clamor.AccountID]clamor.Account) error {
	ends, members, err := groups(w, ids)
	if err != nil || len(members) == 0 {
		return err
	}
	marks, args := places(1, members)
	all, err := accounts(w, at, only{"WHERE id IN (" + marks + ")", "WHERE account IN (" + marks + ")", "WHERE subject IN (" + marks + ")"}, args...)
	if err != nil {
		return err
	}
	by := map[clamor.AccountID]clamor.Account{}
	for _, a := range all {
		by[a.ID] = a
	}
	for id, end := range ends {
		found[id] = by[end]
	}
	return nil
}

// only restricts a query over accounts to some of them; all empty means all accounts.
type only struct{ account, key, fact string }

// accounts reads accounts with their facts as of a time, in order of ID, what is merged folded into what it is merged into.
func accounts(w work, at int64, where only, args ...any) ([]clamor.Account, error) {
	known, err := facts(w, at, where.fact, args...)
	if err != nil {
		return nil, err
	}
	keys := map[clamor.AccountID][][2]string{}
	err = w.each(func(row scanner) error {
		var id clamor.AccountID
		var kind, value string
		err := row.Scan(&id, &kind, &value)
		keys[id] = append(keys[id], [2]string{kind, value})
		return err
	}, `SELECT account, kind, value FROM account_key `+where.key+` ORDER BY account, kind, value`, args...)
	if err != nil {
		return nil, err
	}
	ends := map[clamor.AccountID]clamor.AccountID{}
	all, err := list(w, func(row scanner) (clamor.Account, error) {
		var a clamor.Account
		var end clamor.AccountID
		if err := row.Scan(&a.ID, &a.Name, &end); err != nil {
			return a, err
		}
		ends[a.ID] = end
		bear(&a, keys[a.ID])
		f := known[string(a.ID)]
		a.ARR, a.Seats = textMoney(f["arr"]), textNumber[int64](f["seats"])
		a.Segment, a.Plan, a.Owner = f["segment"], f["plan"], f["owner"]
		a.Lifecycle, a.Health = clamor.Lifecycle(f["lifecycle"]), clamor.Health(f["health"])
		a.RenewalOn, a.Parent = clamor.Date(f["renewal_on"]), clamor.AccountID(f["parent"])
		return a, nil
	}, `SELECT id, name, canonical FROM account `+where.account+` ORDER BY id`, args...)
	return folded(all, ends), err
}

// bear gives an account its keys.
func bear(a *clamor.Account, keys [][2]string) {
	for _, key := range keys {
		if system, isID := strings.CutPrefix(key[0], "id:"); isID {
			if a.ExternalIDs == nil {
				a.ExternalIDs = map[string]string{}
			}
			a.ExternalIDs[system] = key[1]
		} else {
			a.Domains = append(a.Domains, key[1])
		}
	}
}

// FindAccount finds an account by its ID, with its facts as known now.
func (db *DB) FindAccount(ctx context.Context, id clamor.AccountID) (clamor.Account, error) {
	found, err := db.Accounts(ctx, []clamor.AccountID{id})
	if err != nil {
		return clamor.Account{}, err
	}
	a, ok := found[id]
	if !ok {
		return a, missing(sql.ErrNoRows, "account", id)
	}
	return a, nil
}

// PutAccount records facts of the account with this ID, or with this "system:id" elsewhere, which is made if there is none.
func (db *DB) PutAccount(ctx context.Context, id string, f clamor.AccountFacts, by string) (clamor.Account, error) {
	var settled clamor.AccountID
	err := db.tx(ctx, func(w work) error {
		var err error
		if system, external, ok := strings.Cut(id, ":"); ok {
			f.ExternalIDs = maps.Clone(f.ExternalIDs)
			if f.ExternalIDs == nil {
				f.ExternalIDs = map[string]string{}
			}
			f.ExternalIDs[system] = external
			settled, _, err = db.settle(w, f, true)
		} else {
			if err := w.row(`SELECT canonical FROM account WHERE id = $1`, []any{id}, &settled); err != nil {
				return missing(err, "account", id)
			}
			_, err = db.recordAccount(w, settled, f, true)
		}
		if err != nil {
			return err
		}
		return errors.Join(moved(w), db.audit(w, by, "account put", string(settled), f.Name))
	})
	if err != nil {
		return clamor.Account{}, err
	}
	return db.FindAccount(ctx, settled)
}

// errDryRun rolls back what was tried.
var errDryRun = errors.New("dry run")

// awaited refuses a record for the lack of another one that may still come: further down in the same import, or in a later delivery.
type awaited struct{ error }

func (a awaited) Unwrap() error { return a.error }

func isAwaited(err error) bool {
	var a awaited
	return errors.As(err, &a)
}

// putRows carries out one function per row, so many rows a transaction that a large import keeps nobody waiting for long; a
// dry run sees all rows in one transaction and leaves no trace. A refused row leaves no trace either. Rows that name a parent
// which is not there yet are tried again at the end.
func putRows[T any](ctx context.Context, db *DB, rows []T, dryRun bool, put func(work, T) (clamor.Outcome, error)) ([]clamor.RowResult, error) {
	results := make([]clamor.RowResult, len(rows))
	pass := func(w work, indexes []int) (later []int, err error) {
		news := false
		for _, i := range indexes {
			err := nested(w, func() (err error) { results[i].Outcome, err = put(w, rows[i]); return err })
			if err != nil && clamor.KindOf(err) != clamor.Invalid {
				return later, err
			}
			results[i].Reason = ""
			if err != nil {
				results[i] = clamor.RowResult{Outcome: clamor.Refused, Reason: err.Error()}
			}
			if isAwaited(err) {
				later = append(later, i)
			}
			news = news || results[i].Outcome == clamor.Added || results[i].Outcome == clamor.Changed
		}
		if news && !dryRun {
			return later, moved(w)
		}
		return later, nil
	}
	all := make([]int, len(rows))
	for i := range all {
		all[i] = i
	}
	if dryRun {
		err := db.tx(ctx, func(w work) error {
			later, err := pass(w, all)
			if err != nil {
				return err
			}
			if _, err = pass(w, later); err != nil {
				return err
			}
			return errDryRun
		})
		if errors.Is(err, errDryRun) {
			err = nil
		}
		return results, err
	}
	var later []int
	for piece := range slices.Chunk(all, 200) {
		var again []int
		if err := db.tx(ctx, func(w work) (err error) { again, err = pass(w, piece); return err }); err != nil {
			return results, err
		}
		later = append(later, again...)
	}
	return results, db.tx(ctx, func(w work) error { _, err := pass(w, later); return err })
}

// PutAccounts records account records, each with its outcome; the same records again change nothing.
func (db *DB) PutAccounts(ctx context.Context, records []clamor.AccountFacts, by string, dryRun bool) ([]clamor.RowResult, error) {
	now := db.now()
	return putRows(ctx, db, records, dryRun, func(w work, f clamor.AccountFacts) (clamor.Outcome, error) {
		f.AsOf = orNow(f.AsOf, now)
		_, outcome, err := db.settle(w, f, true)
		return outcome, err
	})
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// AccountNames are all names and domains by which accounts are known, merged ones included.
func (db *DB) AccountNames(ctx context.Context) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM account WHERE name <> '' UNION SELECT value FROM account_key WHERE kind = 'domain' ORDER BY 1`)
}
