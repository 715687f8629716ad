package store

import (
	"context"
	"strings"

	"clamor"
)

// Named says what ids of features, accounts, asks, notes, promises and people stand for; what is not there is left out.
func (db *DB) Named(ctx context.Context, ids []string) (map[string]clamor.Named, error) {
	found := map[string]clamor.Named{}
	sorted := map[string][]string{}
	for _, id := range ids {
		kind, _, _ := strings.Cut(id, "_")
		sorted[kind] = append(sorted[kind], id)
	}
	err := db.view(ctx, func(w work) error {
		for kind, query := range namings() {
			err := chunked(sorted[kind], func(ids []string) error {
				marks, args := places(1, ids)
				return w.each(func(row scanner) error {
					var id string
					var n clamor.Named
					err := row.Scan(&id, &n.Name, &n.Note, &n.Of)
					found[id] = n
					return err
				}, query+` IN (`+marks+`)`, args...)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// namings are the queries that name a kind of thing, up to the ids.
func namings() map[string]string {
	return map[string]string{
		"feature": `SELECT id, title, '', '' FROM feature WHERE id`,
		"account": `SELECT id, name, '', '' FROM account WHERE id`,
		"user":    `SELECT id, name, '', '' FROM person WHERE id`,
		"ask":     `SELECT id, statement, note, '' FROM ask WHERE id`,
		"note": `SELECT note.id, CASE WHEN note.title <> '' THEN note.title ELSE account.name END, note.id, '' FROM note
			JOIN account ON account.id = note.account WHERE note.id`,
		"promise": `SELECT promise.id, feature.title, '', feature.id FROM promise JOIN feature ON feature.id = promise.feature WHERE promise.id`,
	}
}
