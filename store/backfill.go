package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"clamor"

	"github.com/pressly/goose/v3"
)

// backfills are the migrations that no one text of SQL can tell both databases.
func backfills() goose.ProviderOption {
	return goose.WithGoMigrations(goose.NewGoMigration(91, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		return keyAuthors(work{ctx: ctx, q: tx})
	}}, &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}))
}

// keyAuthors writes by which name and address authors are found beside the notes that came in before that was kept.
func keyAuthors(w work) error {
	type authored struct {
		id     string
		author clamor.Person
	}
	const chunk = 1000
	for last := ""; ; {
		notes, err := list(w, func(row scanner) (n authored, err error) {
			var author string
			if err = row.Scan(&n.id, &author); err == nil {
				err = json.Unmarshal([]byte(author), &n.author)
			}
			return n, err
		}, `SELECT id, author FROM note WHERE id > $1 AND author_name = '' AND author_mail = '' AND author <> '{}' ORDER BY id LIMIT $2`, last, chunk)
		if err != nil {
			return fmt.Errorf("reading the authors of notes: %w", err)
		}
		for _, n := range notes {
			if _, err := w.exec(`UPDATE note SET author_name = $1, author_mail = $2 WHERE id = $3`, nameKey(n.author.Name), nameKey(n.author.Email), n.id); err != nil {
				return fmt.Errorf("noting the author of note %s: %w", n.id, err)
			}
			last = n.id
		}
		if len(notes) < chunk {
			return nil
		}
	}
}
