package store

import (
	"context"
	"errors"
	"strings"

	"clamor"
)

// SaveView keeps a view of the list under a name; one that the person has under the same name is replaced.
func (db *DB) SaveView(ctx context.Context, v clamor.SavedView) (clamor.SavedView, error) {
	v.ID, v.At = clamor.DeriveID("view", string(v.Person), v.Name), fromMicros(micros(db.now()))
	return v, db.tx(ctx, func(w work) error {
		_, err := w.exec(`INSERT INTO saved_view (id, name, query, person, by_name, shared, saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET query = excluded.query, shared = excluded.shared, saved_at = excluded.saved_at`,
			v.ID, v.Name, v.Query, string(v.Person), v.By, flag(v.Shared), micros(v.At))
		return err
	})
}

// DropView forgets a view of a person, or a shared one where anybody may do so; NotFound if there is none.
func (db *DB) DropView(ctx context.Context, id string, person clamor.UserID, by string, anybody bool) error {
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`DELETE FROM saved_view WHERE id = $1 AND (person = $2 OR (shared = 1 AND $3 = 1))`, id, string(person), flag(anybody))
		if err == nil && n == 0 {
			err = clamor.Errorf(clamor.NotFound, "there is no such view of yours")
		}
		return errors.Join(err, db.audit(w, by, "view remove", id, ""))
	})
}

// Views are a person's own views and those that others share, by name.
func (db *DB) Views(ctx context.Context, person clamor.UserID) ([]clamor.SavedView, error) {
	return list(db.reading(ctx), func(row scanner) (clamor.SavedView, error) {
		var v clamor.SavedView
		var shared, at int64
		err := row.Scan(&v.ID, &v.Name, &v.Query, &v.Person, &v.By, &shared, &at)
		v.Shared, v.At = shared != 0, fromMicros(at)
		return v, err
	}, `SELECT id, name, query, person, by_name, shared, saved_at FROM saved_view WHERE person = $1 OR shared = 1 ORDER BY name, id`, string(person))
}

const originSelect = `SELECT feature.canonical, account.canonical, note.source, ask.occurred_at FROM ask JOIN feature ON feature.id = ask.feature
	JOIN account ON account.id = ask.account JOIN note ON note.id = ask.note WHERE ask.state = 'placed'`

func scanOrigin(row scanner) (o clamor.Origin, err error) {
	return o, row.Scan(&o.Feature, &o.Account, &o.Source, &o.At)
}

// EachOrigin calls fn for every ask that stands somewhere: which account asks for which feature through which source, merges followed. It
// says of which revision that is.
func (db *DB) EachOrigin(ctx context.Context, fn func(clamor.Origin)) (revision int64, err error) {
	err = db.view(ctx, func(w work) error {
		if err := w.row(`SELECT n FROM revision WHERE id = 1`, nil, &revision); err != nil {
			return err
		}
		feature, account, err := ends(w)
		if err != nil {
			return err
		}
		// The state is hidden from the planner, so that it reads the asks as they lie and not by an index.
		return w.each(func(row scanner) error {
			o, err := scanOrigin(row)
			o.Feature, o.Account = feature.of(o.Feature), account.of(o.Account)
			fn(o)
			return err
		}, `SELECT ask.feature, ask.account, (SELECT source FROM note WHERE note.id = ask.note), ask.occurred_at FROM ask WHERE ask.state || '' = 'placed'`)
	})
	return revision, err
}

// likeText takes from a text what LIKE reads as more than itself.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}

// AccountPage lists accounts by name, those whose name holds a text, behind the first skip ones.
func (db *DB) AccountPage(ctx context.Context, text string, skip, limit int) ([]clamor.AccountID, error) {
	return list(db.reading(ctx), func(row scanner) (id clamor.AccountID, err error) { return id, row.Scan(&id) },
		`SELECT id FROM account WHERE merged_into = '' AND ($1 = '' OR name_key LIKE $2 ESCAPE '\') ORDER BY name_key, id LIMIT $3 OFFSET $4`,
		text, "%"+likeText(nameKey(text))+"%", limit, skip)
}
