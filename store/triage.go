package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"clamor"
)

// Waiting lists asks that wait for a look of the kinds named, the newest first; those before an ask, where one is named.
func (db *DB) Waiting(ctx context.Context, looks []clamor.Look, before clamor.AskID, limit int) ([]clamor.Quote, error) {
	var all []numbered
	for _, look := range looks { // one by one: a list of kinds would have the database sort all that waits
		some, err := list(db.reading(ctx), scanNumbered, `SELECT ordinal, id FROM ask WHERE look = $1 AND look <> ''
			AND ordinal < COALESCE((SELECT ordinal FROM ask WHERE id = $2), 9223372036854775807) ORDER BY ordinal DESC LIMIT $3`,
			string(look), string(before), limit)
		if err != nil {
			return nil, fmt.Errorf("listing what waits as %s: %w", look, err)
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b numbered) int { return int(b.ordinal - a.ordinal) })
	ids := make([]clamor.AskID, 0, limit)
	for _, a := range all[:min(limit, len(all))] {
		ids = append(ids, a.id)
	}
	return db.AskQuotes(ctx, ids)
}

// numbered is an ask by the order in which it came.
type numbered struct {
	at      int64 // when it occurred, where that is what counts
	ordinal int64
	id      clamor.AskID
}

func scanNumbered(row scanner) (a numbered, err error) { return a, row.Scan(&a.ordinal, &a.id) }

// AskQuotes finds asks with their context, wherever they stand, the newest first; those that are gone are left out.
func (db *DB) AskQuotes(ctx context.Context, ids []clamor.AskID) ([]clamor.Quote, error) {
	var all []clamor.Quote
	err := chunked(ids, func(ids []clamor.AskID) error {
		marks, args := places(1, ids)
		some, err := list(db.reading(ctx), scanQuote, `SELECT `+quoteColumns+` WHERE ask.id IN (`+marks+`) AND ask.state <> 'retired'
			ORDER BY ask.ordinal DESC`, args...)
		all = append(all, some...)
		return err
	})
	return all, err
}

// CountWaiting counts what waits for a look, each kind up to a limit.
func (db *DB) CountWaiting(ctx context.Context, limit int) (clamor.Waiting, error) {
	n := clamor.Waiting{Asks: map[clamor.Look]int{}}
	err := db.view(ctx, func(w work) error {
		for _, look := range []clamor.Look{clamor.LookClose, clamor.LookJoined, clamor.LookFounded} {
			var count int
			if err := w.row(`SELECT COUNT(*) FROM (SELECT 1 FROM ask WHERE look = $1 AND look <> '' LIMIT $2) counted`, []any{string(look), limit},
				&count); err != nil {
				return err
			}
			n.Asks[look] = count
		}
		return w.row(`SELECT COUNT(*) FROM (SELECT 1 FROM note WHERE silent = 1 LIMIT $1) counted`, []any{limit}, &n.Silent)
	})
	return n, err
}

// SilentNotes lists notes in which no ask was found and that nobody has looked at, the newest first; those received before a note,
// where one is named.
func (db *DB) SilentNotes(ctx context.Context, before clamor.NoteID, limit int) ([]clamor.Note, error) {
	if before == "" {
		return list(db.reading(ctx), scanNote, `SELECT `+noteColumns+` FROM note WHERE silent = 1 ORDER BY received_at DESC, id DESC LIMIT $1`, limit)
	}
	return list(db.reading(ctx), scanNote, `SELECT `+noteColumns+` FROM note WHERE silent = 1
		AND (received_at, id) < (SELECT received_at, id FROM note WHERE id = $1) ORDER BY received_at DESC, id DESC LIMIT $2`, string(before), limit)
}

// LatestRulings are the newest rulings in force, of one person or, for "", of all; what is said of merges and undos is left out.
func (db *DB) LatestRulings(ctx context.Context, by string, limit int) ([]clamor.Ruling, error) {
	const inForce = ` FROM ruling WHERE undone = 0 AND kind NOT IN ('undo', 'merge')`
	if by == "" {
		return list(db.reading(ctx), scanRuling, `SELECT `+rulingColumns+inForce+` ORDER BY seq DESC LIMIT $1`, limit)
	}
	return list(db.reading(ctx), scanRuling, `SELECT `+rulingColumns+inForce+` AND ruled_by = $1 ORDER BY seq DESC LIMIT $2`, by, limit)
}

// AddAsk makes an ask of words that a person marked in a note. The ruling that says so can be undone, and outlives every later reading
// of the note.
func (db *DB) AddAsk(ctx context.Context, m clamor.MarkedAsk) (clamor.Ask, clamor.Ruling, error) {
	var ask clamor.Ask
	r := clamor.Ruling{}
	err := db.tx(ctx, func(w work) error {
		n, err := newestNote(w, m.Note)
		if err != nil {
			return err
		}
		if ask, err = marked(n, m); err != nil {
			return err
		}
		if err := unmarkedYet(w, ask); err != nil {
			return err
		}
		if _, err := putAsks(w, n, []clamor.Ask{ask}); err != nil {
			return err
		}
		r = clamor.Ruling{Kind: clamor.RuleAsk, Asks: []clamor.AskID{ask.ID}, Note: n.ID, By: m.By}
		if err := db.addRuling(w, &r); err != nil {
			return err
		}
		// What was marked and taken back before comes to life again.
		if _, err := w.exec(`UPDATE ask SET state = 'pending' WHERE id = $1`, string(ask.ID)); err != nil {
			return err
		}
		return db.enforce(w, r)
	})
	return ask, r, err
}

// newestNote finds a note; Conflict if a newer version of it is there.
func newestNote(w work, id clamor.NoteID) (clamor.Note, error) {
	n, err := scanNote(w.one(`SELECT `+noteColumns+` FROM note WHERE id = $1`, string(id)))
	if err != nil {
		return n, missing(err, "note", id)
	}
	newest, err := newestVersion(w, n.Source, n.ExternalID)
	if err == nil && newest.ID != n.ID {
		err = clamor.Errorf(clamor.Conflict, "the sender has changed this note since: open its newest version")
	}
	n.Account = newest.Account // as recorded, not as merged
	return n, err
}

// maxMarked is how many bytes of a note one ask may hold.
const maxMarked = 4000

// marked is the ask that a mark makes, or what is wrong with the mark. Blanks around the words are left out.
func marked(n clamor.Note, m clamor.MarkedAsk) (clamor.Ask, error) {
	var faults []clamor.Fault
	fault := func(wrong bool, path, message string) {
		if wrong {
			faults = append(faults, clamor.Fault{Path: path, Message: message})
		}
	}
	fault(m.By == "", "by", "a ruling needs a person")
	fault(!slices.Contains([]clamor.Priority{"", clamor.Blocker, clamor.Important, clamor.Nice}, m.Priority), "priority", "choose blocker, important or nice")
	fault(!slices.Contains([]clamor.Motive{"", clamor.Keep, clamor.Grow, clamor.Promised}, m.Motive), "motive", "choose keep, grow or promise")
	fault(len(m.Text) > maxMarked, "text", fmt.Sprintf("at most %d bytes", maxMarked))
	within := m.Start >= 0 && m.Start < m.End && m.End <= len(n.Text)
	fault(!within, "start", fmt.Sprintf("mark words of the note: 0 <= start < end <= %d", len(n.Text)))
	if !within {
		return clamor.Ask{}, clamor.Refuse("this is no ask", faults)
	}
	quote := n.Text[m.Start:m.End]
	fault(!utf8.ValidString(quote), "start", "start and end must stand between characters")
	start := m.Start + len(quote) - len(strings.TrimLeft(quote, " \t\r\n"))
	quote = strings.TrimSpace(quote)
	fault(quote == "", "start", "mark at least one word")
	fault(len(quote) > maxMarked, "end", fmt.Sprintf("mark at most %d bytes: the words that say what is asked for", maxMarked))
	a := clamor.Ask{ID: clamor.AskID(clamor.DeriveID("ask", n.Source, n.ExternalID, "marked", quote, fmt.Sprint(strings.Count(n.Text[:start], quote)))),
		Note: n.ID, Account: n.Account, Deal: n.Deal, Text: strings.TrimSpace(m.Text), Quote: quote, Start: start, End: start + len(quote),
		Priority: m.Priority, Motive: m.Motive, OccurredAt: n.OccurredAt}
	if a.Text == "" {
		a.Text = quote
	}
	return a, clamor.Refuse("this is no ask", faults)
}

// unmarkedYet refuses words that are an ask already.
func unmarkedYet(w work, a clamor.Ask) error {
	var same int64
	err := w.row(`SELECT COUNT(*) FROM ask WHERE note = $1 AND span_start = $2 AND span_end = $3 AND state IN ('pending', 'placed')`,
		[]any{string(a.Note), a.Start, a.End}, &same)
	if err == nil && same > 0 {
		err = clamor.Errorf(clamor.Conflict, "these words are an ask already: move or confirm that one")
	}
	return err
}

// checkNothing refuses to call a note empty that holds asks.
func checkNothing(w work, r *clamor.Ruling) error {
	r.Asks, r.Feature, r.Target, r.Title = nil, "", "", ""
	if _, err := newestNote(w, r.Note); err != nil {
		return err
	}
	var asks int64
	err := w.row(`SELECT COUNT(*) FROM ask WHERE note = $1 AND state IN ('pending', 'placed')`, []any{string(r.Note)}, &asks)
	if err == nil && asks > 0 {
		err = clamor.Errorf(clamor.Conflict, "this note holds an ask: rule on that one")
	}
	return err
}

// hush sets whether a note waits for a look because no ask was found in it. What its sender has changed since waits no longer, and
// neither does a note that somebody has found empty, whatever its version.
func hush(w work, id clamor.NoteID) error {
	_, err := w.exec(`UPDATE note SET silent = CASE WHEN note.id = $1 AND NOT EXISTS (SELECT 1 FROM ask WHERE ask.note = $1 AND ask.state <> 'retired')
		AND NOT EXISTS (SELECT 1 FROM note said JOIN ruling ON ruling.note = said.id AND ruling.note <> '' AND ruling.kind = 'nothing' AND ruling.undone = 0
			WHERE said.source = note.source AND said.external_id = note.external_id AND said.body = note.body) THEN 1 ELSE 0 END
		WHERE (source, external_id) = (SELECT source, external_id FROM note this WHERE this.id = $1)`, string(id))
	if err != nil {
		return fmt.Errorf("noting whether note %s is silent: %w", id, err)
	}
	return nil
}

// Preference is what a person, or for "" the workspace, prefers; "" where nothing is chosen.
func (db *DB) Preference(ctx context.Context, person clamor.UserID, name string) (string, error) {
	var value string
	err := db.reading(ctx).row(`SELECT COALESCE(MAX(value), '') FROM preference WHERE person = $1 AND name = $2`, []any{string(person), name}, &value)
	return value, err
}

// PutPreference keeps what a person prefers. What the whole workspace prefers is audited.
func (db *DB) PutPreference(ctx context.Context, person clamor.UserID, name, value, by string) error {
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`INSERT INTO preference (person, name, value) VALUES ($1, $2, $3)
			ON CONFLICT (person, name) DO UPDATE SET value = excluded.value`, string(person), name, value)
		if person == "" {
			err = errors.Join(err, db.audit(w, by, "prefer "+name, "", value))
		}
		return err
	})
}
