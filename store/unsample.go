package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"clamor"
)

// RemoveSample takes the sample company out of the workspace, wholly and at one go. What came in beside it stays: a feature in which asks of
// others stand is kept, without what the sample's people decided about it, and so is an account that other records name.
func (db *DB) RemoveSample(ctx context.Context, by string) error {
	return db.tx(ctx, func(w work) error {
		if err := db.clearSample(w); err != nil {
			return err
		}
		_, err := w.exec(`DELETE FROM sample WHERE id = 1`)
		return errors.Join(err, db.audit(w, by, "sample remove", clamor.SampleSource, ""))
	})
}

// ResetSample takes out what is there of a sample company that was cut off on its way in, so that it can be loaded from the beginning.
func (db *DB) ResetSample(ctx context.Context, source clamor.Source) error {
	return db.tx(ctx, func(w work) error {
		s, _, err := findSample(w)
		if err != nil {
			return err
		}
		if err := db.clearSample(w); err != nil {
			return err
		}
		if _, err := w.exec(`UPDATE sample SET share = 0, fault = '', loaded_at = 0, keeps = '{}' WHERE id = 1`); err != nil {
			return err
		}
		return addSampleSource(w, source, micros(s.BegunAt))
	})
}

// unsampling is the sample company on its way out.
type unsampling struct {
	db *DB
	work
	sample   clamor.Sample
	keeps    sampleKeeps
	until    int64 // when its people had decided all that they decided
	doomed   []clamor.FeatureID
	accounts []clamor.AccountID
}

func (db *DB) clearSample(w work) error {
	u := unsampling{db: db, work: w}
	var err error
	if u.sample, u.keeps, err = findSample(w); err != nil {
		return err
	}
	if !u.sample.There() {
		return clamor.Errorf(clamor.Conflict, "there is no sample data here, or it has been removed already")
	}
	if u.until = micros(u.sample.LoadedAt); u.until == 0 {
		u.until = latest
	}
	for _, step := range []func() error{u.findFeatures, u.rulings, u.features, u.notes, u.revertEdits, u.deals, u.findAccounts, u.questions, u.forgetAccounts, u.rest} {
		if err := step(); err != nil {
			return fmt.Errorf("removing the sample company: %w", err)
		}
	}
	if _, err := w.exec(`UPDATE revision SET n = n + 1 WHERE id = 2`); err != nil {
		return err
	}
	w.touched.whole() // much is gone that no news would name
	return moved(w)
}

// theirs are the asks of the sample's notes, ours those of all others.
const (
	theirs = `SELECT ask.id FROM ask JOIN note ON note.id = ask.note WHERE note.source = $1`
	ours   = `SELECT ask.id FROM ask JOIN note ON note.id = ask.note WHERE note.source <> $1`
)

// standsIn are the features to which asks are tied: where they stand, where they were placed, and what rulings on them speak of.
func standsIn(asks string) string {
	return `SELECT feature FROM ask WHERE feature <> '' AND id IN (` + asks + `) UNION SELECT feature FROM placement WHERE ask IN (` + asks + `)
		UNION SELECT target FROM ruling JOIN ruling_ask ON ruling_ask.seq = ruling.seq WHERE target <> '' AND ask IN (` + asks + `)`
}

// findFeatures finds the features that go: those to which asks of the sample are tied and no others, unless one that stays is merged into them.
func (u *unsampling) findFeatures() error {
	read := func(row scanner) (id clamor.FeatureID, err error) { return id, row.Scan(&id) }
	tied, err := list(u.work, read, standsIn(theirs), clamor.SampleSource)
	if err != nil {
		return err
	}
	kept, err := list(u.work, read, standsIn(ours), clamor.SampleSource)
	if err != nil {
		return err
	}
	into := map[clamor.FeatureID]clamor.FeatureID{}
	if err := u.each(func(row scanner) error {
		var id, target clamor.FeatureID
		err := row.Scan(&id, &target)
		into[id] = target
		return err
	}, `SELECT id, merged_into FROM feature WHERE merged_into <> ''`); err != nil {
		return err
	}
	stays := map[clamor.FeatureID]bool{}
	for _, id := range kept {
		for ; id != "" && !stays[id]; id = into[id] {
			stays[id] = true
		}
	}
	u.doomed = slices.DeleteFunc(tied, func(id clamor.FeatureID) bool { return stays[id] })
	return nil
}

// rulings forgets the decisions that were about nothing but the sample. One that was about other asks too stays for those.
func (u *unsampling) rulings() error {
	gone, err := list(u.work, func(row scanner) (id clamor.AskID, err error) { return id, row.Scan(&id) }, theirs, clamor.SampleSource)
	if err != nil {
		return err
	}
	isGone := map[clamor.AskID]bool{}
	for _, id := range gone {
		isGone[id] = true
	}
	all, err := list(u.work, scanRuling, `SELECT `+rulingColumns+` FROM ruling WHERE ruled_at >= $1 ORDER BY seq`, micros(u.sample.BegunAt))
	if err != nil {
		return err
	}
	for _, r := range all {
		left := slices.DeleteFunc(slices.Clone(r.Asks), func(a clamor.AskID) bool { return isGone[a] })
		about := slices.Contains(u.doomed, r.Feature) || slices.Contains(u.doomed, r.Target) || r.By == clamor.SampleBy && micros(r.At) <= u.until
		if r.Note != "" && len(r.Asks) == 0 {
			var source string
			if err := u.row(`SELECT source FROM note WHERE id = $1`, []any{string(r.Note)}, &source); err != nil {
				return err
			}
			about = about || source == clamor.SampleSource
		}
		switch {
		case len(r.Asks) > 0 && len(left) == 0 || len(r.Asks) == 0 && about:
			err = u.forgetRuling(r.Seq)
		case len(left) < len(r.Asks):
			err = u.narrow(r.Seq, left, isGone, r.Asks)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unsampling) forgetRuling(seq int64) error {
	_, err := u.exec(`DELETE FROM ruling_ask WHERE seq = $1`, seq)
	_, last := u.exec(`DELETE FROM ruling WHERE seq = $1`, seq)
	return errors.Join(err, last)
}

// narrow leaves a ruling with the asks that stay.
func (u *unsampling) narrow(seq int64, left []clamor.AskID, gone map[clamor.AskID]bool, all []clamor.AskID) error {
	text, err := json.Marshal(left)
	if err != nil {
		return err
	}
	for _, ask := range all {
		if !gone[ask] {
			continue
		}
		if _, err := u.exec(`DELETE FROM ruling_ask WHERE seq = $1 AND ask = $2`, seq, string(ask)); err != nil {
			return err
		}
	}
	_, err = u.exec(`UPDATE ruling SET asks = $1 WHERE seq = $2`, string(text), seq)
	return err
}

// features forgets the placements of the sample's asks, and the features that go with all that hangs on them.
func (u *unsampling) features() error {
	if _, err := u.exec(`DELETE FROM placement WHERE ask IN (`+theirs+`)`, clamor.SampleSource); err != nil {
		return err
	}
	return chunked(u.doomed, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		for _, table := range [...]string{"promise", "tracker_link", "tracker_event", "feature_edit"} {
			if _, err := u.exec(`DELETE FROM `+table+` WHERE feature IN (`+marks+`)`, args...); err != nil {
				return err
			}
		}
		_, err := u.exec(`DELETE FROM feature WHERE id IN (`+marks+`)`, args...)
		return err
	})
}

func (u *unsampling) notes() error {
	for _, statement := range [...]string{`DELETE FROM ask WHERE note IN (SELECT id FROM note WHERE source = $1)`, `DELETE FROM note WHERE source = $1`,
		`DELETE FROM delivery WHERE source = $1`, `DELETE FROM source WHERE name = $1`} {
		if _, err := u.exec(statement, clamor.SampleSource); err != nil {
			return err
		}
	}
	return nil
}

// revertEdits takes from the features that stay what the sample's people decided about them, unless somebody has changed that since.
func (u *unsampling) revertEdits() error {
	edits, err := list(u.work, scanEdited, `SELECT `+editedColumns+` FROM feature_edit WHERE edited_by = $1 AND edited_at BETWEEN $2 AND $3
		ORDER BY edited_at DESC, batch DESC`, clamor.SampleBy, micros(u.sample.BegunAt), u.until)
	if err != nil {
		return err
	}
	for _, e := range edits {
		now, err := findFeature(u.work, e.Feature)
		if err != nil {
			return err
		}
		if err := u.row(`SELECT status FROM feature WHERE id = $1`, []any{string(e.Feature)}, &now.Status); err != nil { // its own, merged or not
			return err
		}
		was := unedited(now, e)
		if err := putFeature(u.work, was, was.Status); err != nil {
			return err
		}
		if _, err := u.exec(`DELETE FROM feature_edit WHERE batch = $1 AND feature = $2`, e.Batch, string(e.Feature)); err != nil {
			return err
		}
	}
	return nil
}

// unedited is a feature without what an edit changed, as far as that still stands.
func unedited(f clamor.Feature, e clamor.Edited) clamor.Feature {
	for _, field := range []struct{ now, was, became *string }{{&f.Title, e.Was.Title, e.Became.Title}, {&f.StatusReason, e.Was.StatusReason, e.Became.StatusReason},
		{&f.Area, e.Was.Area, e.Became.Area}, {&f.Team, e.Was.Team, e.Became.Team}, {&f.Timeframe, e.Was.Timeframe, e.Became.Timeframe}} {
		if field.became != nil && *field.now == *field.became {
			*field.now = *field.was
		}
	}
	if e.Became.Status != nil && f.Status == *e.Became.Status {
		f.Status = *e.Was.Status
	}
	if e.Became.Effort != nil && f.Effort == *e.Became.Effort {
		f.Effort = *e.Was.Effort
	}
	f.Version++
	return f
}

// deals forgets what the sample said of deals and accounts, and the deals that no other record names.
func (u *unsampling) deals() error {
	_, said := u.exec(`DELETE FROM fact WHERE source = $1`, clamor.SampleSource)
	_, keys := u.exec(`DELETE FROM account_key WHERE sample = 1`)
	_, deals := u.exec(`DELETE FROM deal WHERE sample = 1`)
	return errors.Join(said, keys, deals)
}

// findAccounts finds the accounts that go: those that only the sample named.
func (u *unsampling) findAccounts() (err error) {
	u.accounts, err = list(u.work, func(row scanner) (id clamor.AccountID, err error) { return id, row.Scan(&id) }, `SELECT id FROM account WHERE sample = 1
		AND id NOT IN (SELECT account FROM note) AND id NOT IN (SELECT account FROM ask) AND id NOT IN (SELECT account FROM deal)
		AND id NOT IN (SELECT account FROM account_key) AND id NOT IN (SELECT account FROM ambiguity WHERE source <> $1)
		AND id NOT IN (SELECT subject FROM fact) AND id NOT IN (SELECT value FROM fact WHERE name = 'parent')`, clamor.SampleSource)
	if err == nil {
		_, err = u.exec(`UPDATE account SET sample = 0 WHERE sample = 1`) // those that stay are nobody's sample any more
	}
	return err
}

// questions asks anew what others' records were asked about accounts that go.
func (u *unsampling) questions() error {
	if _, err := u.exec(`DELETE FROM ambiguity WHERE source = $1`, clamor.SampleSource); err != nil {
		return err
	}
	open, err := list(u.work, scanAmbiguity, `SELECT `+ambiguityColumns+` FROM ambiguity WHERE account = ''`)
	if err != nil {
		return err
	}
	for _, a := range open {
		if !slices.ContainsFunc(a.among, func(id clamor.AccountID) bool { return slices.Contains(u.accounts, id) }) {
			continue
		}
		if _, err := u.exec(`DELETE FROM ambiguity WHERE id = $1`, a.ID); err != nil {
			return err
		}
		if err := reopen(u.work, []clamor.DeliveryID{a.Delivery}); err != nil {
			return err
		}
	}
	return nil
}

func (u *unsampling) forgetAccounts() error {
	return chunked(u.accounts, func(ids []clamor.AccountID) error {
		marks, args := places(1, ids)
		merged, err := list(u.work, func(row scanner) (id clamor.AccountID, err error) { return id, row.Scan(&id) },
			`SELECT id FROM account WHERE merged_into IN (`+marks+`)`, args...)
		if err != nil {
			return err
		}
		for _, id := range merged {
			if err := link(u.work, id, ""); err != nil {
				return err
			}
		}
		_, promises := u.exec(`DELETE FROM promise WHERE account IN (`+marks+`)`, args...)
		_, accounts := u.exec(`DELETE FROM account WHERE id IN (`+marks+`)`, args...)
		return errors.Join(promises, accounts)
	})
}

// rest forgets the rates and settings that the sample brought, the lists that were frozen with it, and what its people are told to have done.
func (u *unsampling) rest() error {
	for _, r := range u.keeps.Rates {
		if _, err := u.exec(`DELETE FROM rate WHERE currency = $1 AND into_currency = $2 AND from_on = $3 AND ppm = $4`,
			r.Currency, r.Into, string(r.From), r.PPM); err != nil {
			return err
		}
	}
	for _, version := range u.keeps.Versions {
		if _, err := u.exec(`DELETE FROM ranking_settings WHERE version = $1`, version); err != nil {
			return err
		}
	}
	_, frozen := u.exec(`DELETE FROM frozen WHERE frozen_at >= $1`, micros(u.sample.BegunAt))
	_, audit := u.exec(`DELETE FROM audit WHERE done_by = $1 AND at BETWEEN $2 AND $3`, clamor.SampleBy, micros(u.sample.BegunAt), u.until)
	return errors.Join(frozen, audit, forgetLabels(u.work))
}
