package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"clamor"

	"github.com/google/uuid"
)

// differing gives the fields in which two states of a feature differ, as they were and as they became.
func differing(was, became clamor.Feature) (before, after clamor.FeatureEdit) {
	text := func(a, b string, into, to **string) {
		if a != b {
			*into, *to = &a, &b
		}
	}
	text(was.Title, became.Title, &before.Title, &after.Title)
	text(was.StatusReason, became.StatusReason, &before.StatusReason, &after.StatusReason)
	text(was.Area, became.Area, &before.Area, &after.Area)
	text(was.Team, became.Team, &before.Team, &after.Team)
	text(was.Timeframe, became.Timeframe, &before.Timeframe, &after.Timeframe)
	if was.Status != became.Status {
		before.Status, after.Status = &was.Status, &became.Status
	}
	if was.Effort != became.Effort {
		before.Effort, after.Effort = &was.Effort, &became.Effort
	}
	return before, after
}

// addEdit keeps what an edit changed, so that it can be told and taken back.
func (db *DB) addEdit(w work, batch string, was, became clamor.Feature, by string) error {
	before, after := differing(was, became)
	if after == (clamor.FeatureEdit{}) {
		return nil
	}
	old, err := json.Marshal(before)
	if err != nil {
		return err
	}
	fresh, err := json.Marshal(after)
	if err != nil {
		return err
	}
	_, err = w.exec(`INSERT INTO feature_edit (batch, feature, was, became, edited_by, edited_at, undone) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		batch, string(became.ID), string(old), string(fresh), by, micros(db.now()))
	return err
}

func newBatch() (string, error) {
	id, err := uuid.NewV7()
	return "edit_" + id.String(), err
}

// EditFeatures makes the same change to many features at one go, or to none, and says under which batch it can be taken back.
func (db *DB) EditFeatures(ctx context.Context, ids []clamor.FeatureID, edit clamor.FeatureEdit, by string) (string, error) {
	batch := ""
	err := db.tx(ctx, func(w work) (err error) {
		batch, err = db.editAll(w, ids, edit, by)
		return err
	})
	return batch, err
}

func (db *DB) editAll(w work, ids []clamor.FeatureID, edit clamor.FeatureEdit, by string) (string, error) {
	if len(ids) == 0 {
		return "", nil
	}
	batch, err := newBatch()
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if _, err := db.edit(w, batch, id, 0, edit, by); err != nil {
			return "", err
		}
	}
	return batch, moved(w)
}

func scanEdited(row scanner) (clamor.Edited, error) {
	var e clamor.Edited
	var was, became string
	var at, undone int64
	if err := row.Scan(&e.Batch, &e.Feature, &was, &became, &e.By, &at, &undone); err != nil {
		return e, err
	}
	e.At, e.Undone = fromMicros(at), undone != 0
	return e, errors.Join(json.Unmarshal([]byte(was), &e.Was), json.Unmarshal([]byte(became), &e.Became))
}

const editedColumns = `batch, feature, was, became, edited_by, edited_at, undone`

// Edits are the changes that people made to a feature, newest first.
func (db *DB) Edits(ctx context.Context, id clamor.FeatureID) ([]clamor.Edited, error) {
	return list(db.reading(ctx), scanEdited, `SELECT `+editedColumns+` FROM feature_edit WHERE feature = $1 ORDER BY edited_at DESC, batch DESC`, string(id))
}

// EditsOf are the changes that were made at one go.
func (db *DB) EditsOf(ctx context.Context, batch string) ([]clamor.Edited, error) {
	return list(db.reading(ctx), scanEdited, `SELECT `+editedColumns+` FROM feature_edit WHERE batch = $1 ORDER BY feature`, batch)
}

// UndoEdit takes back what was changed at one go, in all features or in none: Conflict where somebody has changed a field since.
func (db *DB) UndoEdit(ctx context.Context, batch, by string) ([]clamor.Edited, error) {
	var edits []clamor.Edited
	err := db.tx(ctx, func(w work) (err error) {
		edits, err = list(w, scanEdited, `SELECT `+editedColumns+` FROM feature_edit WHERE batch = $1 AND undone = 0 ORDER BY feature`, batch)
		if err != nil {
			return err
		}
		if len(edits) == 0 {
			return clamor.Errorf(clamor.Conflict, "this change has been taken back already, or there is none")
		}
		for _, e := range edits {
			if err := db.revert(w, e, by); err != nil {
				return err
			}
		}
		_, err = w.exec(`UPDATE feature_edit SET undone = 1 WHERE batch = $1`, batch)
		return errors.Join(err, moved(w))
	})
	return edits, err
}

// revert sets the fields of one feature back.
func (db *DB) revert(w work, e clamor.Edited, by string) error {
	now, err := findFeature(w, e.Feature)
	if err != nil {
		return err
	}
	if now.Merged != "" {
		return clamor.Errorf(clamor.Conflict, "%q is merged into another feature since: undo that first", now.Title)
	}
	same, err := e.Became.Apply(now)
	if err != nil || same != now {
		return clamor.Errorf(clamor.Conflict, "%q was changed again since: take the later change back first", now.Title)
	}
	back, err := e.Was.Apply(now)
	if err != nil {
		return fmt.Errorf("taking back a change of feature %s: %w", e.Feature, err)
	}
	back.Version++
	if err := putFeature(w, back, back.Status); err != nil {
		return err
	}
	detail, err := json.Marshal(e.Was)
	return errors.Join(err, db.audit(w, by, "feature edit undo", string(e.Feature), string(detail)))
}

func putFeature(w work, f clamor.Feature, status clamor.Status) error {
	_, err := w.exec(`UPDATE feature SET title = $1, status = $2, status_reason = $3, area = $4, team = $5, effort = $6, timeframe = $7,
		version = $8 WHERE id = $9`, f.Title, string(status), f.StatusReason, f.Area, f.Team, f.Effort, f.Timeframe, f.Version, string(f.ID))
	if err != nil {
		return fmt.Errorf("editing feature %s: %w", f.ID, err)
	}
	w.touched.feature(f.ID)
	return bearLabels(w, f)
}
