package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clamor"
)

// Evidence is all that a list is computed from as of the end of a day, in one state of the database. Accounts and deals come with
// their facts of that day, asks with the feature in which they stand now.
func (db *DB) Evidence(ctx context.Context, q clamor.Quarter, asOf clamor.Date) (clamor.Evidence, error) {
	e := clamor.Evidence{AsOf: asOf, Quarter: q.String(), From: q.First()}
	at := micros(asOf.End())
	err := db.view(ctx, func(w work) error {
		var err error
		if e.Accounts, err = accounts(w, at, only{fact: "WHERE subject IN (SELECT id FROM account)"}); err != nil {
			return err
		}
		if e.Deals, err = deals(w, at, "", "WHERE subject IN (SELECT id FROM deal)"); err != nil {
			return err
		}
		if e.Features, err = list(w, scanFeature, `SELECT `+featureColumns+` FROM feature WHERE merged_into = '' ORDER BY id`); err != nil {
			return err
		}
		if e.Rates, err = rates(w); err != nil {
			return err
		}
		if e.Asks, err = evidenceAsks(w, at); err != nil {
			return err
		}
		if e.Pins, err = pins(w); err != nil {
			return err
		}
		if err := w.row(`SELECT n FROM revision WHERE id = 1`, nil, &e.Revision); err != nil {
			return err
		}
		return w.row(`SELECT (SELECT COUNT(*) FROM ask WHERE state = 'pending'), (SELECT COALESCE(MAX(seq), 0) FROM ruling)`,
			nil, &e.Pending, &e.Rulings)
	})
	if err != nil {
		return e, fmt.Errorf("gathering the evidence of %s as of %s: %w", q, asOf, err)
	}
	return e, nil
}

// evidenceAsks reads all asks in the order in which they lie, and follows merges and sorts here: looking up two more rows for each of a
// million asks, in an order of their own, takes several times as long.
func evidenceAsks(w work, at int64) ([]clamor.EvidenceAsk, error) {
	feature, account, err := ends(w)
	if err != nil {
		return nil, err
	}
	days := map[int64]clamor.Date{}
	const day = int64(24 * time.Hour / time.Microsecond)
	asks, err := list(w, func(row scanner) (a clamor.EvidenceAsk, err error) {
		var on int64
		err = row.Scan(&a.ID, &a.Note, &a.Account, &a.Deal, &a.Feature, &a.Priority, &a.Motive, &on)
		if on < 0 || days[on/day] == "" { // before 1970 a day does not begin at a multiple
			days[on/day] = clamor.DateOf(fromMicros(on))
		}
		a.On = days[on/day]
		a.Account, a.Feature = account.of(a.Account), feature.of(a.Feature)
		return a, err
	}, `SELECT id, note, account, deal, feature, priority, motive, occurred_at FROM ask WHERE state = 'placed' AND occurred_at <= $1`, at)
	slices.SortFunc(asks, func(a, b clamor.EvidenceAsk) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return asks, err
}

// followed maps ids to what they are merged into. Equal ids share their bytes.
type followed[T ~string] map[T]T

func (f followed[T]) of(id T) T {
	end, known := f[id]
	if !known {
		f[id], end = id, id
	}
	return end
}

// ends are what merged features and accounts count as.
func ends(w work) (followed[clamor.FeatureID], followed[clamor.AccountID], error) {
	features, accounts := followed[clamor.FeatureID]{}, followed[clamor.AccountID]{}
	err := w.each(func(row scanner) error {
		var id, end clamor.FeatureID
		err := row.Scan(&id, &end)
		features[id] = end
		return err
	}, `SELECT id, canonical FROM feature WHERE merged_into <> ''`)
	if err != nil {
		return nil, nil, err
	}
	return features, accounts, w.each(func(row scanner) error {
		var id, end clamor.AccountID
		err := row.Scan(&id, &end)
		accounts[id] = end
		return err
	}, `SELECT id, canonical FROM account WHERE merged_into <> ''`)
}

// evidenceAskSelect selects the placed asks up to the time $1.
const evidenceAskSelect = `SELECT ask.id, ask.note, account.canonical, ask.deal, feature.canonical, ask.priority, ask.motive, ask.occurred_at
	FROM ask JOIN feature ON feature.id = ask.feature JOIN account ON account.id = ask.account WHERE ask.state = 'placed' AND ask.occurred_at <= $1`

func scanEvidenceAsk(row scanner) (clamor.EvidenceAsk, error) {
	var a clamor.EvidenceAsk
	var on int64
	err := row.Scan(&a.ID, &a.Note, &a.Account, &a.Deal, &a.Feature, &a.Priority, &a.Motive, &on)
	a.On = clamor.DateOf(fromMicros(on))
	return a, err
}

// AddFrozen keeps a frozen list; Conflict if that quarter and revision is there. Nothing ever changes it.
func (db *DB) AddFrozen(ctx context.Context, f clamor.Frozen, by string) error {
	encoded, err := json.Marshal(f.List)
	if err != nil {
		return fmt.Errorf("encoding the list of %s: %w", f.Quarter, err)
	}
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`INSERT INTO frozen (quarter, revision, settings, evidence, list, hash, frozen_by, frozen_at, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (quarter, revision) DO NOTHING`,
			f.Quarter, f.Revision, f.Settings, f.Evidence, encoded, f.List.Hash, by, micros(f.List.FrozenAt), f.Reason)
		if err != nil {
			return fmt.Errorf("freezing %s: %w", f.Quarter, err)
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "revision %d of %s is there already, and a frozen list never changes", f.Revision, f.Quarter)
		}
		w.touched.whole() // what moves are counted from
		return errors.Join(moved(w), db.audit(w, by, "freeze", f.Quarter, strings.TrimSpace(fmt.Sprintf("revision %d %s %s", f.Revision, f.List.Hash, f.Reason))))
	})
}

func scanFrozen(row scanner) (clamor.Frozen, error) {
	var f clamor.Frozen
	var encoded []byte
	if err := row.Scan(&f.Quarter, &f.Revision, &f.Settings, &f.Evidence, &encoded, &f.Reason); err != nil {
		return f, err
	}
	err := json.Unmarshal(encoded, &f.List)
	f.List.Revision, f.List.Reason = f.Revision, f.Reason
	return f, err
}

const frozenColumns = `quarter, revision, settings, evidence, list, reason`

// FindFrozen finds the newest revision of a quarter's frozen list.
func (db *DB) FindFrozen(ctx context.Context, quarter string) (clamor.Frozen, error) {
	f, err := scanFrozen(db.reading(ctx).one(`SELECT `+frozenColumns+` FROM frozen WHERE quarter = $1
		ORDER BY revision DESC LIMIT 1`, quarter))
	return f, missing(err, "frozen list of", quarter)
}

// FindRevision finds one revision of a quarter's frozen list.
func (db *DB) FindRevision(ctx context.Context, quarter string, revision int) (clamor.Frozen, error) {
	f, err := scanFrozen(db.reading(ctx).one(`SELECT `+frozenColumns+` FROM frozen WHERE quarter = $1 AND revision = $2`, quarter, revision))
	return f, missing(err, fmt.Sprintf("revision %d of the frozen list of", revision), quarter)
}

// FrozenSettings finds the settings of a revision of a quarter's frozen list, the newest for 0, without all the rest.
func (db *DB) FrozenSettings(ctx context.Context, quarter string, revision int) ([]byte, error) {
	var settings []byte
	err := db.reading(ctx).row(`SELECT settings FROM frozen WHERE quarter = $1 AND (revision = $2 OR $2 = 0) ORDER BY revision DESC LIMIT 1`,
		[]any{quarter, revision}, &settings)
	return settings, missing(err, "frozen list of", quarter)
}

// Revisions lists what is frozen of a quarter, or of all where that is "": the newest first.
func (db *DB) Revisions(ctx context.Context, quarter string) ([]clamor.Revision, error) {
	return list(db.reading(ctx), func(row scanner) (clamor.Revision, error) {
		var r clamor.Revision
		var at int64
		err := row.Scan(&r.Quarter, &r.Revision, &r.Reason, &r.Hash, &r.FrozenBy, &at)
		r.FrozenAt = fromMicros(at)
		return r, err
	}, `SELECT quarter, revision, reason, hash, frozen_by, frozen_at FROM frozen WHERE quarter = $1 OR $1 = '' ORDER BY quarter DESC, revision DESC`, quarter)
}

// LastFrozenBefore finds the newest frozen list of a quarter before the named one.
func (db *DB) LastFrozenBefore(ctx context.Context, quarter string) (clamor.Frozen, error) {
	f, err := scanFrozen(db.reading(ctx).one(`SELECT `+frozenColumns+` FROM frozen WHERE quarter < $1
		ORDER BY quarter DESC, revision DESC LIMIT 1`, quarter))
	return f, missing(err, "frozen list before", quarter)
}

// FrozenQuarters lists the quarters that are frozen, newest first.
func (db *DB) FrozenQuarters(ctx context.Context) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (q string, err error) { return q, row.Scan(&q) },
		`SELECT DISTINCT quarter FROM frozen ORDER BY quarter DESC`)
}

// PutPublication records where and when a list went out; a later one of the same target and quarter takes its place.
func (db *DB) PutPublication(ctx context.Context, p clamor.Publication, by string) error {
	comments, err := json.Marshal(p.Comments)
	if err != nil {
		return err
	}
	id := clamor.DeriveID("publication", p.Target, p.Quarter)
	return db.tx(ctx, func(w work) error {
		_, err := w.exec(`INSERT INTO publication (id, target, quarter, number, url, comments, body_hash, published_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (target, quarter) DO UPDATE SET number = excluded.number, url = excluded.url,
			comments = excluded.comments, body_hash = excluded.body_hash, published_at = excluded.published_at`,
			id, p.Target, p.Quarter, p.Number, p.URL, string(comments), p.BodyHash, micros(p.PublishedAt))
		if err != nil {
			return fmt.Errorf("recording the publication of %s: %w", p.Quarter, err)
		}
		return db.audit(w, by, "publish", p.Quarter, p.URL)
	})
}

// Publications lists where a quarter's list went out, or where all went for "": the latest first.
func (db *DB) Publications(ctx context.Context, quarter string) ([]clamor.Publication, error) {
	return list(db.reading(ctx), scanPublication, `SELECT `+publicationColumns+` FROM publication WHERE quarter = $1 OR $1 = ''
		ORDER BY published_at DESC, id`, quarter)
}

const publicationColumns = `id, target, quarter, number, url, comments, body_hash, published_at`

func scanPublication(row scanner) (clamor.Publication, error) {
	var p clamor.Publication
	var comments string
	var at int64
	if err := row.Scan(&p.ID, &p.Target, &p.Quarter, &p.Number, &p.URL, &comments, &p.BodyHash, &at); err != nil {
		return p, err
	}
	p.PublishedAt = fromMicros(at)
	return p, json.Unmarshal([]byte(comments), &p.Comments)
}

// FindPublication finds where a quarter's list went out to a target.
func (db *DB) FindPublication(ctx context.Context, target, quarter string) (clamor.Publication, error) {
	p, err := scanPublication(db.reading(ctx).one(`SELECT `+publicationColumns+` FROM publication WHERE target = $1 AND quarter = $2`, target, quarter))
	return p, missing(err, "publication of "+quarter+" at", target)
}

// Stats counts what the store holds.
func (db *DB) Stats(ctx context.Context) (clamor.Stats, error) {
	s := clamor.Stats{Deliveries: map[clamor.DeliveryState]int64{}}
	for _, state := range clamor.DeliveryStates() {
		s.Deliveries[state] = 0
	}
	err := db.view(ctx, func(w work) error {
		err := w.each(func(row scanner) error {
			var state clamor.DeliveryState
			var n int64
			err := row.Scan(&state, &n)
			s.Deliveries[state] = n
			return err
		}, `SELECT state, COUNT(*) FROM delivery GROUP BY state`)
		if err != nil {
			return err
		}
		return w.row(`SELECT (SELECT COUNT(*) FROM note), (SELECT COUNT(*) FROM ask), (SELECT COUNT(*) FROM ask WHERE state = 'pending'),
			(SELECT COUNT(*) FROM feature WHERE merged_into = ''), (SELECT COUNT(*) FROM account WHERE merged_into = '')`, nil,
			&s.Notes, &s.Asks, &s.Pending, &s.Features, &s.Accounts)
	})
	return s, err
}
