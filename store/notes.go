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
	"strings"
	"time"

	"clamor"
)

// version is the newest of a note, as it is kept.
type version struct {
	clamor.Note
	digest string
}

func newestVersion(w work, source, externalID string) (v version, err error) {
	var occurred, received int64
	var contact, author string
	err = w.row(`SELECT id, version, digest, delivery, kind, account, deal, title, body, url, occurred_at, received_at, contact, author FROM note
		WHERE source = $1 AND external_id = $2 ORDER BY version DESC LIMIT 1`, []any{source, externalID}, &v.ID, &v.Version, &v.digest, &v.Delivery,
		&v.Kind, &v.Account, &v.Deal, &v.Title, &v.Text, &v.URL, &occurred, &received, &contact, &author)
	if errors.Is(err, sql.ErrNoRows) {
		return version{}, nil
	}
	if err != nil {
		return v, err
	}
	v.OccurredAt, v.ReceivedAt = fromMicros(occurred), fromMicros(received)
	return v, errors.Join(json.Unmarshal([]byte(contact), &v.Contact), json.Unmarshal([]byte(author), &v.Author))
}

// says reports whether the version holds what n says, word for word.
func (v version) says(n clamor.Note) bool {
	return v.Kind == n.Kind && v.Account == n.Account && v.Deal == n.Deal && v.Title == n.Title && v.Text == n.Text && v.URL == n.URL &&
		micros(v.OccurredAt) == micros(n.OccurredAt) && v.Contact == n.Contact && v.Author == n.Author
}

// putNote records what a sender says in a note. The same again changes nothing; something else is its next version. Two things are
// no version: what was received before the version known, which only a replay or a late retry brings, and the same words of the same
// delivery read anew, whose asks take the place of those read before.
func (db *DB) putNote(w work, in clamor.Intake, tally *reckoning) (clamor.Outcome, error) {
	n := in.Note
	digest, err := digestOf(in)
	if err != nil {
		return clamor.Refused, err
	}
	before, err := newestVersion(w, n.Source, n.ExternalID)
	if err != nil {
		return clamor.Refused, err
	}
	if before.digest == digest || micros(before.ReceivedAt) > micros(n.ReceivedAt) {
		tally.NotesUnchanged++
		return clamor.Unchanged, nil
	}
	var outcome clamor.Outcome
	if n.Account, outcome, err = db.settle(w, in.Account, false); err != nil {
		return clamor.Refused, err
	}
	tally.facts = tally.facts || outcome != clamor.Unchanged
	if in.Deal != nil {
		if n.Deal, outcome, err = db.putDeal(w, n.Account, *in.Deal); err != nil {
			return clamor.Refused, err
		}
		tally.facts = tally.facts || outcome != clamor.Unchanged
	}
	if n.Delivery != "" && n.Delivery == before.Delivery && before.says(n) {
		n.ID = before.ID
		_, err = w.exec(`UPDATE note SET digest = $1 WHERE id = $2`, digest, string(n.ID))
	} else {
		n.Version = before.Version + 1
		n.ID = clamor.NoteID(clamor.DeriveID("note", n.Source, n.ExternalID, fmt.Sprint(n.Version)))
		err = addNote(w, n, digest)
	}
	if err != nil {
		return clamor.Refused, err
	}
	added, err := replaceAsks(w, before.ID, n, in.Asks)
	if err != nil {
		return clamor.Refused, err
	}
	if err := hush(w, n.ID); err != nil {
		return clamor.Refused, err
	}
	tally.AsksAdded += added
	tally.facts = tally.facts || added < len(in.Asks)
	if before.ID == "" {
		tally.NotesAdded++
		return clamor.Added, nil
	}
	tally.NotesChanged++
	return clamor.Changed, nil
}

// digestOf tells whether a note says the same as before: over all that the sender said, and nothing of when and how it reached us.
func digestOf(in clamor.Intake) (string, error) {
	if in.Note.OccurredAt.Equal(in.Note.ReceivedAt) {
		in.Note.OccurredAt = time.Time{}
	}
	in.Note.ReceivedAt, in.Note.Delivery, in.Account.AsOf = time.Time{}, "", time.Time{}
	in.Account.Chosen = ""
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
		received_at, contact, author, author_name, author_mail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		string(n.ID), n.Source, n.ExternalID, n.Version, digest, string(n.Delivery), string(n.Kind), string(n.Account), string(n.Deal), n.Title,
		n.Text, n.URL, micros(n.OccurredAt), micros(n.ReceivedAt), string(contact), string(author),
		nameKey(n.Author.Name), nameKey(n.Author.Email))
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
			moment, state, feature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'pending', '')
			ON CONFLICT (id) DO UPDATE SET note = excluded.note, account = excluded.account, deal = excluded.deal, statement = excluded.statement,
			quote = excluded.quote, span_start = excluded.span_start, span_end = excluded.span_end, priority = excluded.priority,
			motive = excluded.motive, occurred_at = excluded.occurred_at, moment = excluded.moment,
			state = 'pending', look = '', restood = (SELECT COALESCE(MAX(restood), 0) + 1 FROM ask WHERE restood > 0) RETURNING ordinal`,
			[]any{string(a.ID), ordinal, string(n.ID), string(n.Account), string(n.Deal), a.Text, a.Quote, a.Start, a.End, string(a.Priority),
				string(a.Motive), micros(n.OccurredAt), momentOf(n, a)}, &given)
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

// momentOf is when in its recording an ask was said; -1 where its words do not stand in the text.
func momentOf(n clamor.Note, a clamor.Ask) int {
	if a.End == 0 {
		return -1
	}
	return clamor.MomentOf(n.Text, a.Start)
}

// replaceAsks puts the asks of a note in the place of those that the version before held. What a person has ruled on stays as
// long as its words stand in the text, and what overlaps it is the same ask read otherwise: a ruling outlives any better reading.
func replaceAsks(w work, before clamor.NoteID, n clamor.Note, asks []clamor.Ask) (added int, err error) {
	if before == "" {
		return putAsks(w, n, asks)
	}
	ruled, err := ruledAsks(w, before)
	if err != nil {
		return 0, err
	}
	ruled = slices.DeleteFunc(ruled, func(a clamor.Ask) bool { return !stands(&a, n.Text) })
	for i := range ruled {
		stands(&ruled[i], n.Text)
	}
	if err := touchAsks(w, before); err != nil {
		return 0, err
	}
	// They keep their rows: history stays.
	if _, err := w.exec(`UPDATE ask SET state = 'retired', look = '', restood = (SELECT COALESCE(MAX(restood), 0) + 1 FROM ask WHERE restood > 0) WHERE note = $1`,
		string(before)); err != nil {
		return 0, err
	}
	asks = slices.DeleteFunc(slices.Clone(asks), func(a clamor.Ask) bool {
		return slices.ContainsFunc(ruled, func(r clamor.Ask) bool { return r.ID != a.ID && a.Start < r.End && r.Start < a.End })
	})
	for _, a := range ruled {
		if slices.ContainsFunc(asks, func(b clamor.Ask) bool { return a.ID == b.ID }) {
			continue
		}
		if _, err := w.exec(`UPDATE ask SET note = $1, account = $2, deal = $3, span_start = $4, span_end = $5, occurred_at = $6, state = 'pending'
			WHERE id = $7`, string(n.ID), string(n.Account), string(n.Deal), a.Start, a.End, micros(n.OccurredAt), string(a.ID)); err != nil {
			return 0, err
		}
		if err := restand(w, a.ID); err != nil {
			return 0, err
		}
	}
	return putAsks(w, n, asks)
}

// touchAsks names the asks of a note, and where they stand, as changed.
func touchAsks(w work, note clamor.NoteID) error {
	return w.each(func(row scanner) error {
		var ask clamor.AskID
		var feature clamor.FeatureID
		err := row.Scan(&ask, &feature)
		w.touched.ask(ask)
		w.touched.left(feature)
		return err
	}, `SELECT id, feature FROM ask WHERE note = $1 AND state <> 'retired'`, string(note))
}

// ruledAsks are the asks of a note on which a ruling is in force.
func ruledAsks(w work, note clamor.NoteID) ([]clamor.Ask, error) {
	return list(w, scanAsk, `SELECT `+askColumns+` FROM ask WHERE note = $1 AND state <> 'retired' AND EXISTS (SELECT 1 FROM ruling_ask
		JOIN ruling ON ruling.seq = ruling_ask.seq WHERE ruling_ask.ask = ask.id AND ruling.undone = 0 AND ruling.kind <> 'undo')
		ORDER BY span_start, span_end, id`, string(note))
}

// stands finds the words of an ask in a text, where they were or elsewhere.
func stands(a *clamor.Ask, text string) bool {
	if a.End <= len(text) && a.Start < a.End && text[a.Start:a.End] == a.Quote {
		return true
	}
	at := strings.Index(text, a.Quote)
	if at >= 0 && a.Start < a.End {
		a.Start, a.End = at, at+len(a.Quote)
	}
	return at >= 0
}

const askColumns = `ask.id, ask.note, (SELECT canonical FROM account WHERE account.id = ask.account), ask.deal, ask.statement, ask.quote, ask.span_start, ask.span_end, ask.priority, ask.motive,
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

const noteColumns = `id, source, external_id, version, delivery, kind, (SELECT canonical FROM account WHERE account.id = note.account), deal, title,
	body, url, occurred_at, received_at, contact, author`

func scanNote(row scanner) (n clamor.Note, err error) {
	var occurred, received int64
	var contact, author string
	err = row.Scan(&n.ID, &n.Source, &n.ExternalID, &n.Version, &n.Delivery, &n.Kind, &n.Account, &n.Deal, &n.Title, &n.Text, &n.URL,
		&occurred, &received, &contact, &author)
	if err != nil {
		return n, err
	}
	n.OccurredAt, n.ReceivedAt = fromMicros(occurred), fromMicros(received)
	return n, errors.Join(json.Unmarshal([]byte(contact), &n.Contact), json.Unmarshal([]byte(author), &n.Author))
}

// FindNote finds a note and its asks in order of their spans. An ask's Feature has merges followed.
func (db *DB) FindNote(ctx context.Context, id clamor.NoteID) (clamor.Note, []clamor.Ask, error) {
	var n clamor.Note
	var asks []clamor.Ask
	err := db.view(ctx, func(w work) error {
		var err error
		if n, err = scanNote(w.one(`SELECT `+noteColumns+` FROM note WHERE id = $1`, string(id))); err != nil {
			return missing(err, "note", id)
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
			WHERE ask.note = $1 AND ask.state <> 'retired' ORDER BY ask.span_start, ask.span_end, ask.id`, string(id))
		return err
	})
	return n, asks, err
}

// People are all who are named in notes, as contact or author.
func (db *DB) People(ctx context.Context) ([]clamor.Person, error) {
	var people []clamor.Person
	err := db.reading(ctx).each(func(row scanner) error {
		var encoded string
		var p clamor.Person
		if err := row.Scan(&encoded); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(encoded), &p); err != nil {
			return fmt.Errorf("reading a person: %w", err)
		}
		if p != (clamor.Person{}) {
			people = append(people, p)
		}
		return nil
	}, `SELECT contact FROM note UNION SELECT author FROM note`)
	return people, err
}
