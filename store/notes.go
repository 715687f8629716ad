package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"clamor"
)

// TakeIn records what a delivery says and settles the delivery, in one transaction: accounts and deals are matched and their facts
// recorded, notes and asks added. What is there already is left as it is. A note that cannot be recorded is left out, and
// the delivery fails with the reason; the other notes go in.
func (db *DB) TakeIn(ctx context.Context, id clamor.DeliveryID, intakes []clamor.Intake, state clamor.DeliveryState, reason string) (clamor.Tally, error) {
	var tally clamor.Tally
	err := db.tx(ctx, func(w work) error {
		tally = clamor.Tally{}
		faults := ""
		for i, in := range intakes {
			in.Note.Delivery = id
			added := clamor.Tally{}
			_, err := db.takeNote(w, in, &added)
			switch {
			case clamor.KindOf(err) == clamor.Invalid:
				faults += fmt.Sprintf("notes[%d]: %v; ", i, err)
			case err != nil:
				return fmt.Errorf("taking in note %s of delivery %s: %w", in.Note.ExternalID, id, err)
			default:
				tally.NotesAdded += added.NotesAdded
				tally.NotesChanged += added.NotesChanged
				tally.NotesUnchanged += added.NotesUnchanged
				tally.AsksAdded += added.AsksAdded
			}
		}
		if faults != "" {
			state, reason = clamor.Failed, faults+reason
		}
		n, err := w.exec(`UPDATE delivery SET state = $1, reason = $2 WHERE id = $3`, string(state), reason, string(id))
		if err != nil {
			return fmt.Errorf("settling delivery %s: %w", id, err)
		}
		if n == 0 {
			return missing(sql.ErrNoRows, "delivery", id)
		}
		if tally.NotesAdded+tally.NotesChanged > 0 {
			return moved(w)
		}
		return nil
	})
	return tally, err
}

// PutNotes records notes that come without a delivery, each with its outcome; the same notes again change nothing.
func (db *DB) PutNotes(ctx context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error) {
	return putRows(ctx, db, intakes, dryRun, func(w work, in clamor.Intake) (clamor.Outcome, error) {
		return db.takeNote(w, in, &clamor.Tally{})
	})
}

// takeNote records one note, whole or not at all.
func (db *DB) takeNote(w work, in clamor.Intake, tally *clamor.Tally) (outcome clamor.Outcome, err error) {
	err = nested(w, func() error {
		outcome, err = db.putNote(w, in, tally)
		return err
	})
	return outcome, err
}

func (db *DB) putNote(w work, in clamor.Intake, tally *clamor.Tally) (clamor.Outcome, error) {
	n := in.Note
	digest, err := digestOf(in)
	if err != nil {
		return clamor.Refused, err
	}
	var before clamor.NoteID
	var known string
	err = w.row(`SELECT id, version, digest FROM note WHERE source = $1 AND external_id = $2 ORDER BY version DESC LIMIT 1`,
		[]any{n.Source, n.ExternalID}, &before, &n.Version, &known)
	switch {
	case err == nil && known == digest:
		tally.NotesUnchanged++
		return clamor.Unchanged, nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return clamor.Refused, err
	}
	n.Version++
	n.ID = clamor.NoteID(clamor.DeriveID("note", n.Source, n.ExternalID, fmt.Sprint(n.Version)))
	if n.Account, _, err = db.settle(w, in.Account, false); err != nil {
		return clamor.Refused, err
	}
	if in.Deal != nil {
		if n.Deal, _, err = db.putDeal(w, n.Account, *in.Deal); err != nil {
			return clamor.Refused, err
		}
	}
	if err := addNote(w, n, digest); err != nil {
		return clamor.Refused, err
	}
	added, err := putAsks(w, n, in.Asks)
	if err != nil {
		return clamor.Refused, err
	}
	tally.AsksAdded += added
	if before == "" {
		tally.NotesAdded++
		return clamor.Added, nil
	}
	tally.NotesChanged++
	return clamor.Changed, retire(w, before)
}

// digestOf tells whether a note says the same as before: over all that the sender said, and nothing of when and how it reached us.
func digestOf(in clamor.Intake) (string, error) {
	if in.Note.OccurredAt.Equal(in.Note.ReceivedAt) {
		in.Note.OccurredAt = time.Time{}
	}
	in.Note.ReceivedAt, in.Note.Delivery, in.Account.AsOf = time.Time{}, "", time.Time{}
	if in.Deal != nil {
		deal := *in.Deal
		deal.AsOf, deal.Account = time.Time{}, clamor.AccountFacts{}
		in.Deal = &deal
	}
	in.Asks = slices.Clone(in.Asks)
	for i := range in.Asks {
		in.Asks[i].OccurredAt = time.Time{}
	}
	encoded, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("encoding note %s: %w", in.Note.ExternalID, err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), nil
}

func addNote(w work, n clamor.Note, digest string) error {
	contact, err := json.Marshal(n.Contact)
	if err != nil {
		return err
	}
	author, err := json.Marshal(n.Author)
	if err != nil {
		return err
	}
	_, err = w.exec(`INSERT INTO note (id, source, external_id, version, digest, delivery, kind, account, deal, title, body, url, occurred_at,
		received_at, contact, author) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		string(n.ID), n.Source, n.ExternalID, n.Version, digest, string(n.Delivery), string(n.Kind), string(n.Account), string(n.Deal), n.Title,
		n.Text, n.URL, micros(n.OccurredAt), micros(n.ReceivedAt), string(contact), string(author))
	if err != nil {
		return fmt.Errorf("adding note %s: %w", n.ExternalID, err)
	}
	return nil
}

// putAsks adds the asks of a note. An ask that an earlier version of the note held keeps its placement and its rulings.
func putAsks(w work, n clamor.Note, asks []clamor.Ask) (added int, err error) {
	var ordinal int64
	if err := w.row(`SELECT COALESCE(MAX(ordinal), 0) FROM ask`, nil, &ordinal); err != nil {
		return 0, err
	}
	for _, a := range asks {
		ordinal++
		var given int64
		err := w.row(`INSERT INTO ask (id, ordinal, note, account, deal, statement, quote, span_start, span_end, priority, motive, occurred_at,
			state, feature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', '')
			ON CONFLICT (id) DO UPDATE SET note = excluded.note, account = excluded.account, deal = excluded.deal, statement = excluded.statement,
			quote = excluded.quote, span_start = excluded.span_start, span_end = excluded.span_end, priority = excluded.priority,
			motive = excluded.motive, occurred_at = excluded.occurred_at,
			state = 'pending' RETURNING ordinal`,
			[]any{string(a.ID), ordinal, string(n.ID), string(n.Account), string(n.Deal), a.Text, a.Quote, a.Start, a.End, string(a.Priority),
				string(a.Motive), micros(n.OccurredAt)}, &given)
		if err != nil {
			return added, fmt.Errorf("adding ask %s: %w", a.ID, err)
		}
		if given == ordinal {
			added++
		} else if err := restand(w, a.ID); err != nil {
			return added, err
		}
	}
	return added, nil
}

// retire takes the asks that only an older version of a note held off the lists. They keep their rows: history stays.
func retire(w work, older clamor.NoteID) error {
	_, err := w.exec(`UPDATE ask SET state = 'retired' WHERE note = $1`, string(older))
	return err
}

const askColumns = `ask.id, ask.note, ask.account, ask.deal, ask.statement, ask.quote, ask.span_start, ask.span_end, ask.priority, ask.motive,
	ask.occurred_at, ask.state, ask.feature`

// askFields are where askColumns are scanned into; settle finishes the ask afterwards.
func askFields(a *clamor.Ask) (fields []any, finish func()) {
	var at int64
	var state string
	return []any{&a.ID, &a.Note, &a.Account, &a.Deal, &a.Text, &a.Quote, &a.Start, &a.End, &a.Priority, &a.Motive, &at, &state, &a.Feature},
		func() { a.OccurredAt, a.NotAnAsk = fromMicros(at), state == "none" }
}

func scanAsk(row scanner) (a clamor.Ask, err error) {
	fields, finish := askFields(&a)
	err = row.Scan(fields...)
	finish()
	return a, err
}

// FindNote finds a note and its asks in order of their spans. An ask's Feature has merges followed.
func (db *DB) FindNote(ctx context.Context, id clamor.NoteID) (clamor.Note, []clamor.Ask, error) {
	var n clamor.Note
	var asks []clamor.Ask
	err := db.view(ctx, func(w work) error {
		var occurred, received int64
		var contact, author string
		err := w.row(`SELECT id, source, external_id, version, delivery, kind, account, deal, title, body, url, occurred_at, received_at, contact,
			author FROM note WHERE id = $1`, []any{string(id)}, &n.ID, &n.Source, &n.ExternalID, &n.Version, &n.Delivery, &n.Kind, &n.Account,
			&n.Deal, &n.Title, &n.Text, &n.URL, &occurred, &received, &contact, &author)
		if err != nil {
			return missing(err, "note", id)
		}
		n.OccurredAt, n.ReceivedAt = fromMicros(occurred), fromMicros(received)
		if err := errors.Join(json.Unmarshal([]byte(contact), &n.Contact), json.Unmarshal([]byte(author), &n.Author)); err != nil {
			return err
		}
		asks, err = list(w, func(row scanner) (clamor.Ask, error) {
			var a clamor.Ask
			var canonical clamor.FeatureID
			fields, finish := askFields(&a)
			err := row.Scan(append(fields, &canonical)...)
			finish()
			a.Feature = canonical
			return a, err
		}, `SELECT `+askColumns+`, COALESCE(feature.canonical, '') FROM ask LEFT JOIN feature ON feature.id = ask.feature
			WHERE ask.note = $1 ORDER BY ask.span_start, ask.span_end, ask.id`, string(id))
		return err
	})
	return n, asks, err
}
