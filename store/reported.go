package store

import (
	"cmp"
	"context"
	"slices"

	"clamor"
)

// writtenBy holds for the notes of a person whose name is $1, whose address is $2 and whose id is $3: those that bear the address, and those
// that bear the name and not the address of somebody else of the workspace.
const writtenBy = `(author_mail = $2 AND author_mail <> '' OR author_name = $1 AND author_name <> '' AND NOT EXISTS (SELECT 1 FROM person other
	WHERE other.mail = note.author_mail AND other.mail <> '' AND other.id <> $3 AND other.removed_at = 0) OR author_mail = $1 AND author_mail <> '')`

// Reported are the newest versions of the notes that a person wrote down, by name or address, the newest first, with what became of
// them; behind the first skip ones.
func (db *DB) Reported(ctx context.Context, person clamor.User, skip, limit int) ([]clamor.Reported, error) {
	if nameKey(person.Name) == "" {
		return nil, nil
	}
	var all []clamor.Reported
	err := db.view(ctx, func(w work) error {
		ids, err := authored(w, person, skip+limit)
		if ids = ids[min(skip, len(ids)):]; err != nil || len(ids) == 0 {
			return err
		}
		marks, args := places(1, ids)
		notes, err := list(w, scanNote, `SELECT `+noteColumns+` FROM note WHERE id IN (`+marks+`) ORDER BY received_at DESC, id DESC`, args...)
		if err != nil {
			return err
		}
		all, err = reportedNotes(w, notes)
		return err
	})
	return all, err
}

// reportedNotes tells what became of notes.
func reportedNotes(w work, notes []clamor.Note) ([]clamor.Reported, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	ids, all := make([]clamor.NoteID, len(notes)), make([]clamor.Reported, len(notes))
	for i, n := range notes {
		ids[i], all[i] = n.ID, clamor.Reported{Note: n, Looks: map[clamor.AskID]clamor.Look{}}
	}
	return all, reportedAsks(w, ids, all)
}

// ownName holds for notes that bear the name $1 and not the address of somebody of the workspace other than $3, ownMail for those that bear
// an address.
const (
	ownName = `author_name = $1 AND author_name <> '' AND NOT EXISTS (SELECT 1 FROM person other
		WHERE other.mail = note.author_mail AND other.mail <> '' AND other.id <> $3 AND other.removed_at = 0)`
	ownMail = `author_mail = $1 AND author_mail <> '' AND CAST($3 AS TEXT) IS NOT NULL`
)

// authored are the newest notes of a reporter by name and by address, each found in the order of an index of its own.
func authored(w work, person clamor.User, limit int) ([]clamor.NoteID, error) {
	type dated struct {
		at int64
		id clamor.NoteID
	}
	var found []dated
	name, mail := nameKey(person.Name), nameKey(person.Mail)
	for _, by := range [][2]string{{ownName, name}, {ownMail, name}, {ownMail, mail}} {
		some, err := list(w, func(row scanner) (d dated, err error) { return d, row.Scan(&d.at, &d.id) },
			`SELECT received_at, id FROM note WHERE `+by[0]+` AND NOT EXISTS (SELECT 1 FROM note newer
			WHERE newer.source = note.source AND newer.external_id = note.external_id AND newer.version > note.version)
			ORDER BY received_at DESC, id DESC LIMIT $2`, by[1], limit, string(person.ID))
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b dated) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.id, a.id)) })
	found = slices.Compact(found)
	ids := make([]clamor.NoteID, min(limit, len(found)))
	for i := range ids {
		ids[i] = found[i].id
	}
	return ids, nil
}

// reportedAsks adds the asks of notes and the names of their accounts.
func reportedAsks(w work, ids []clamor.NoteID, all []clamor.Reported) error {
	at := func(id clamor.NoteID) *clamor.Reported {
		return &all[slices.IndexFunc(all, func(r clamor.Reported) bool { return r.Note.ID == id })]
	}
	marks, args := places(1, ids)
	err := w.each(func(row scanner) error {
		var a clamor.Ask
		var canonical clamor.FeatureID
		var look clamor.Look
		fields, finish := askFields(&a)
		if err := row.Scan(append(fields, &canonical, &look)...); err != nil {
			return err
		}
		finish()
		a.Feature = canonical
		r := at(a.Note)
		r.Asks, r.Looks[a.ID] = append(r.Asks, a), look
		return nil
	}, `SELECT `+askColumns+`, COALESCE(feature.canonical, ''), ask.look FROM ask LEFT JOIN feature ON feature.id = ask.feature
		WHERE ask.note IN (`+marks+`) AND ask.state <> 'retired' ORDER BY ask.span_start, ask.id`, args...)
	if err != nil {
		return err
	}
	return w.each(func(row scanner) error {
		var note clamor.NoteID
		var name string
		err := row.Scan(&note, &name)
		at(note).AccountName = name
		return err
	}, `SELECT note.id, account.name FROM note JOIN account own ON own.id = note.account JOIN account ON account.id = own.canonical
		WHERE note.id IN (`+marks+`)`, args...)
}

// Notes finds many notes at once; ids that are not there are left out.
func (db *DB) Notes(ctx context.Context, ids []clamor.NoteID) (map[clamor.NoteID]clamor.Note, error) {
	found := map[clamor.NoteID]clamor.Note{}
	err := chunked(ids, func(ids []clamor.NoteID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			n, err := scanNote(row)
			found[n.ID] = n
			return err
		}, `SELECT `+noteColumns+` FROM note WHERE id IN (`+marks+`)`, args...)
	})
	return found, err
}

// Wishes counts the asks of accounts and the features they ask for, merges followed.
func (db *DB) Wishes(ctx context.Context, ids []clamor.AccountID) (map[clamor.AccountID]clamor.Wished, error) {
	found := map[clamor.AccountID]clamor.Wished{}
	err := chunked(ids, func(ids []clamor.AccountID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			var id clamor.AccountID
			var n clamor.Wished
			var last int64
			err := row.Scan(&id, &n.Asks, &n.Features, &last)
			n.Last = fromMicros(last)
			found[id] = n
			return err
		}, `SELECT account.canonical, COUNT(*), COUNT(DISTINCT feature.canonical), MAX(ask.occurred_at) FROM account JOIN ask ON ask.account = account.id
			JOIN feature ON feature.id = ask.feature WHERE account.canonical IN (`+marks+`) AND ask.state = 'placed' GROUP BY account.canonical`, args...)
	})
	return found, err
}
