package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"clamor"
)

const featureColumns = `id, title, status, status_reason, area, team, effort, timeframe, merged_into, created_at, version`

func scanFeature(row scanner) (clamor.Feature, error) {
	var f clamor.Feature
	var at int64
	err := row.Scan(&f.ID, &f.Title, &f.Status, &f.StatusReason, &f.Area, &f.Team, &f.Effort, &f.Timeframe, &f.Merged, &at, &f.Version)
	f.CreatedAt = fromMicros(at)
	return shownStatus(f), err
}

// shownStatus lets a merged feature show as a duplicate; its own status stays for the undo.
func shownStatus(f clamor.Feature) clamor.Feature {
	if f.Merged != "" {
		f.Status = clamor.StatusDuplicate
	}
	return f
}

// FindFeature finds a feature, merged or not.
func (db *DB) FindFeature(ctx context.Context, id clamor.FeatureID) (clamor.Feature, error) {
	return findFeature(db.reading(ctx), id)
}

func findFeature(w work, id clamor.FeatureID) (clamor.Feature, error) {
	f, err := scanFeature(w.one(`SELECT `+featureColumns+` FROM feature WHERE id = $1`, string(id)))
	return f, missing(err, "feature", id)
}

// Features finds many features at once; ids that are not there are left out.
func (db *DB) Features(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID]clamor.Feature, error) {
	found := map[clamor.FeatureID]clamor.Feature{}
	err := chunked(ids, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			f, err := scanFeature(row)
			found[f.ID] = f
			return err
		}, `SELECT `+featureColumns+` FROM feature WHERE id IN (`+marks+`)`, args...)
	})
	return found, err
}

// Backing counts the asks of features and the accounts behind them, merges followed; a feature without an ask is left out.
func (db *DB) Backing(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID]clamor.Backing, error) {
	found := map[clamor.FeatureID]clamor.Backing{}
	err := chunked(ids, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			var id clamor.FeatureID
			var b clamor.Backing
			err := row.Scan(&id, &b.Asks, &b.Accounts)
			found[id] = b
			return err
		}, `SELECT feature.canonical, COUNT(*), COUNT(DISTINCT account.canonical) FROM feature JOIN ask ON ask.feature = feature.id
			JOIN account ON account.id = ask.account WHERE feature.canonical IN (`+marks+`) AND ask.state = 'placed' GROUP BY feature.canonical`, args...)
	})
	return found, err
}

// Duplicates are the features merged into a feature, directly or by a chain, oldest first.
func (db *DB) Duplicates(ctx context.Context, id clamor.FeatureID) ([]clamor.Feature, error) {
	return list(db.reading(ctx), scanFeature,
		`SELECT `+featureColumns+` FROM feature WHERE canonical = $1 AND id <> $1 ORDER BY created_at, id`, string(id))
}

// EditFeature changes a feature; Stale unless version is the stored one, and version 0 skips that check.
func (db *DB) EditFeature(ctx context.Context, id clamor.FeatureID, version int64, edit clamor.FeatureEdit, by string) (clamor.Feature, error) {
	var f clamor.Feature
	err := db.tx(ctx, func(w work) (err error) {
		f, err = db.editFeature(w, id, version, edit, by)
		return err
	})
	return f, err
}

// editFeature is a change at one go of its own.
func (db *DB) editFeature(w work, id clamor.FeatureID, version int64, edit clamor.FeatureEdit, by string) (clamor.Feature, error) {
	batch, err := newBatch()
	if err != nil {
		return clamor.Feature{}, err
	}
	f, err := db.edit(w, batch, id, version, edit, by)
	if err != nil {
		return f, err
	}
	return f, moved(w)
}

func (db *DB) edit(w work, batch string, id clamor.FeatureID, version int64, edit clamor.FeatureEdit, by string) (clamor.Feature, error) {
	was, err := findFeature(w, id)
	if err != nil {
		return was, err
	}
	if version != 0 && version != was.Version {
		return was, clamor.Errorf(clamor.Stale, "somebody changed this feature in the meantime: load it again and repeat your change")
	}
	if was.Merged != "" && edit.Status != nil {
		return was, clamor.Errorf(clamor.Conflict, "%q is merged into another feature: undo the merge first, or edit the other", was.Title)
	}
	f, err := edit.Apply(was)
	if err != nil {
		return f, err
	}
	f.Version++
	status := f.Status
	if f.Merged != "" {
		if err := w.row(`SELECT status FROM feature WHERE id = $1`, []any{string(id)}, &status); err != nil {
			return f, err
		}
	}
	if err := putFeature(w, f, status); err != nil {
		return f, err
	}
	detail, err := json.Marshal(edit)
	return f, errors.Join(err, db.addEdit(w, batch, was, f, by), db.audit(w, by, "feature edit", string(id), string(detail)))
}

// Quotes are the asks of a feature and of what is merged into it, newest first.
func (db *DB) Quotes(ctx context.Context, id clamor.FeatureID) ([]clamor.Quote, error) {
	return list(db.reading(ctx), scanQuote, `SELECT `+quoteColumns+` WHERE ask.state = 'placed'
		AND ask.feature IN (SELECT id FROM feature WHERE canonical = $1) ORDER BY ask.occurred_at DESC, ask.ordinal DESC`, string(id))
}

// QuotePage are the newest asks of a feature and of what is merged into it, behind the one named where one is.
func (db *DB) QuotePage(ctx context.Context, id clamor.FeatureID, behind clamor.AskID, limit int) ([]clamor.Quote, error) {
	var page []clamor.Quote
	err := db.view(ctx, func(w work) error {
		at, ordinal := latest, latest
		if behind != "" {
			if err := w.row(`SELECT occurred_at, ordinal FROM ask WHERE id = $1`, []any{string(behind)}, &at, &ordinal); err != nil {
				return missing(err, "ask", behind)
			}
		}
		members, err := list(w, func(row scanner) (id string, err error) { return id, row.Scan(&id) }, `SELECT id FROM feature WHERE canonical = $1`, string(id))
		if err != nil {
			return err
		}
		var asks []numbered
		for _, member := range members { // one by one: each is in order already
			some, err := list(w, func(row scanner) (a numbered, err error) { return a, row.Scan(&a.at, &a.ordinal, &a.id) },
				`SELECT occurred_at, ordinal, id FROM ask WHERE feature = $1 AND state = 'placed' AND (occurred_at, ordinal) < ($2, $3)
				ORDER BY occurred_at DESC, ordinal DESC LIMIT $4`, member, at, ordinal, limit)
			if err != nil {
				return err
			}
			asks = append(asks, some...)
		}
		slices.SortFunc(asks, func(a, b numbered) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.ordinal, a.ordinal)) })
		asks = asks[:min(limit, len(asks))]
		ids := make([]clamor.AskID, len(asks))
		for i, a := range asks {
			ids[i] = a.id
		}
		if len(ids) == 0 {
			return nil
		}
		marks, args := places(1, ids)
		page, err = list(w, scanQuote, `SELECT `+quoteColumns+` WHERE ask.id IN (`+marks+`) ORDER BY ask.occurred_at DESC, ask.ordinal DESC`, args...)
		return err
	})
	return page, err
}

// AccountQuotes are the newest asks of an account on all features.
func (db *DB) AccountQuotes(ctx context.Context, id clamor.AccountID, limit int) ([]clamor.Quote, error) {
	return list(db.reading(ctx), scanQuote, `SELECT `+quoteColumns+` WHERE ask.state = 'placed' AND ask.account IN (`+group+`)
		ORDER BY ask.occurred_at DESC, ask.ordinal DESC LIMIT $2`, string(id), limit)
}

const quoteColumns = askColumns + `, account.name, COALESCE(deal.name, ''), note.title, note.kind, note.author, note.contact, note.url, ask.moment,
	COALESCE(placement.feature, ''), COALESCE(placement.score, 0), COALESCE(placement.terms, 'null'), COALESCE(placement.placed_by, ''),
	COALESCE((SELECT ruled_by FROM ruling JOIN ruling_ask ON ruling_ask.seq = ruling.seq WHERE ruling_ask.ask = ask.id AND ruling.undone = 0
		AND ruling.kind NOT IN ('undo', 'ask') ORDER BY ruling.seq DESC LIMIT 1), '')
	FROM ask JOIN account own ON own.id = ask.account JOIN account ON account.id = own.canonical JOIN note ON note.id = ask.note LEFT JOIN deal ON deal.id = ask.deal
	LEFT JOIN placement ON placement.ask = ask.id`

func scanQuote(row scanner) (clamor.Quote, error) {
	var q clamor.Quote
	var author, contact, terms, ruledBy string
	var placedIn clamor.FeatureID
	var moment int
	fields, finish := askFields(&q.Ask)
	err := row.Scan(append(fields, &q.AccountName, &q.DealName, &q.NoteTitle, &q.NoteKind, &author, &contact, &q.URL, &moment,
		&placedIn, &q.Score, &terms, &q.By, &ruledBy)...)
	if err != nil {
		return q, err
	}
	finish()
	q.URL = clamor.LinkAt(q.URL, moment)
	if ruledBy != "" {
		q.By = ruledBy
	}
	if placedIn == q.Feature {
		err = json.Unmarshal([]byte(terms), &q.Terms)
	} else {
		q.Score = 0
	}
	return q, errors.Join(err, json.Unmarshal([]byte(author), &q.Author), json.Unmarshal([]byte(contact), &q.Contact))
}

// PendingAsks are the asks that stand nowhere yet, in the order in which they came.
func (db *DB) PendingAsks(ctx context.Context, limit int) ([]clamor.Ask, error) {
	return list(db.reading(ctx), scanAsk, `SELECT `+askColumns+` FROM ask WHERE state = 'pending' ORDER BY ordinal LIMIT $1`, limit)
}

// EachPlacedAsk calls fn for every ask that has been placed, in the order in which they came; those that a person ruled to be
// no ask come with an empty Feature.
func (db *DB) EachPlacedAsk(ctx context.Context, fn func(clamor.PlacedAsk) error) error {
	return db.reading(ctx).each(func(row scanner) error {
		var a clamor.PlacedAsk
		if err := row.Scan(&a.ID, &a.Text, &a.Feature); err != nil {
			return err
		}
		return fn(a)
	}, `SELECT id, statement, feature FROM ask WHERE state IN ('placed', 'none') ORDER BY ordinal`)
}

// PlacedAsks finds some placed asks; those that stand nowhere come with an empty Feature.
func (db *DB) PlacedAsks(ctx context.Context, ids []clamor.AskID) ([]clamor.PlacedAsk, error) {
	var found []clamor.PlacedAsk
	err := chunked(ids, func(ids []clamor.AskID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			var a clamor.PlacedAsk
			err := row.Scan(&a.ID, &a.Text, &a.Feature)
			found = append(found, a)
			return err
		}, `SELECT id, statement, CASE WHEN state = 'placed' THEN feature ELSE '' END FROM ask WHERE id IN (`+marks+`) ORDER BY ordinal`, args...)
	})
	return found, err
}

// RestoodAsks finds the asks that new versions of notes took out or back in after a count, and gives the count as it is now.
func (db *DB) RestoodAsks(ctx context.Context, after int64) (ids []clamor.AskID, last int64, err error) {
	err = db.view(ctx, func(w work) error {
		if err := w.row(`SELECT COALESCE(MAX(restood), 0) FROM ask WHERE restood > 0`, nil, &last); err != nil {
			return err
		}
		ids, err = list(w, func(row scanner) (id clamor.AskID, err error) { return id, row.Scan(&id) },
			`SELECT id FROM ask WHERE restood > $1 AND restood > 0 ORDER BY +ordinal`, after) // the plus keeps the planner from reading all in order
		return err
	})
	return ids, last, err
}

// Merges maps each merged feature to the one it is finally merged into.
func (db *DB) Merges(ctx context.Context) (map[clamor.FeatureID]clamor.FeatureID, error) {
	merges := map[clamor.FeatureID]clamor.FeatureID{}
	err := db.reading(ctx).each(func(row scanner) error {
		var from, to clamor.FeatureID
		err := row.Scan(&from, &to)
		merges[from] = to
		return err
	}, `SELECT id, canonical FROM feature WHERE merged_into <> ''`)
	return merges, err
}

// Place records placements in one transaction, and makes the features that asks found. An ask that is no longer pending is left as
// it is, so that the same batch twice does no harm.
func (db *DB) Place(ctx context.Context, placements []clamor.Placement) error {
	return db.tx(ctx, func(w work) error {
		for _, p := range placements {
			if err := place(w, p); err != nil {
				return fmt.Errorf("placing ask %s: %w", p.Ask, err)
			}
		}
		return moved(w)
	})
}

func place(w work, p clamor.Placement) error {
	terms, err := json.Marshal(p.Terms)
	if err != nil {
		return err
	}
	var state string
	if err := w.row(`SELECT state FROM ask WHERE id = $1`, []any{string(p.Ask)}, &state); err != nil || state != "pending" {
		return missing(err, "ask", p.Ask)
	}
	if p.Founds != "" {
		if err := addFeature(w, p.Feature, p.Founds, p.At); err != nil {
			return err
		}
	}
	_, err = w.exec(`INSERT INTO placement (ask, feature, score, terms, placed_by, placed_at, close) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (ask) DO NOTHING`, string(p.Ask), string(p.Feature), p.Score, string(terms), p.By, micros(p.At), flag(p.Close))
	if err != nil {
		return err
	}
	return restand(w, p.Ask)
}

func addFeature(w work, id clamor.FeatureID, title string, at time.Time) error {
	_, err := w.exec(`INSERT INTO feature (id, title, status, status_reason, area, team, effort, timeframe, merged_into, canonical, created_at,
		version) VALUES ($1, $2, $3, '', '', '', 0, '', '', $1, $4, 1) ON CONFLICT (id) DO NOTHING`,
		string(id), title, string(clamor.StatusNew), micros(at))
	w.touched.feature(id)
	return err
}
