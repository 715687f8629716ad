package store

import (
	"path/filepath"
	"testing"
)

// Notes from before authors' keys were kept are found by their authors as all others are.
func TestAuthorsOfOlderNotesAreKeyed(t *testing.T) {
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "clamor.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	err = db.tx(t.Context(), func(w work) error {
		if _, err := w.exec(`INSERT INTO account (id, name, name_key, created_at) VALUES ('account_1', 'A', 'a', 0)`); err != nil {
			return err
		}
		for id, author := range map[string]string{"note_1": `{"name":" Dana  Reyes","email":"Dana@Ours.example"}`, "note_2": `{}`} {
			if _, err := w.exec(`INSERT INTO note (id, source, external_id, version, digest, delivery, kind, account, deal, title, body, url, occurred_at, received_at,
				contact, author) VALUES ($1, 's', $1, 1, '', '', 'call', 'account_1', '', '', '', '', 0, 0, '{}', $2)`, id, author); err != nil {
				return err
			}
		}
		return keyAuthors(w)
	})
	if err != nil {
		t.Fatal(err)
	}
	var name, mail string
	if err := db.reading(t.Context()).row(`SELECT author_name, author_mail FROM note WHERE id = 'note_1'`, nil, &name, &mail); err != nil {
		t.Fatal(err)
	}
	if name != "dana reyes" || mail != "dana@ours.example" {
		t.Errorf("the author is known by %q and %q", name, mail)
	}
}
