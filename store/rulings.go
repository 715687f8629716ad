package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clamor"
)

const rulingColumns = `seq, id, kind, asks, feature, target, title, note, place, undoes, undone, reason, ruled_by, ruled_at`

func scanRuling(row scanner) (clamor.Ruling, error) {
	var r clamor.Ruling
	var asks string
	var undone, at int64
	err := row.Scan(&r.Seq, &r.ID, &r.Kind, &asks, &r.Feature, &r.Target, &r.Title, &r.Note, &r.Place, &r.Undoes, &undone, &r.Reason, &r.By, &at)
	if err != nil {
		return r, err
	}
	r.Undone, r.At = undone != 0, fromMicros(at)
	return r, json.Unmarshal([]byte(asks), &r.Asks)
}

// Rule records a person's decision and puts it into force.
func (db *DB) Rule(ctx context.Context, r clamor.Ruling) (clamor.Ruling, error) {
	asked := r
	err := db.tx(ctx, func(w work) error {
		r = asked
		if r.Unruled {
			if err := unruled(w, r); err != nil {
				return err
			}
		}
		if err := checkRuling(w, &r); err != nil {
			return err
		}
		if err := db.addRuling(w, &r); err != nil {
			return fmt.Errorf("ruling %s: %w", r.Kind, err)
		}
		if r.Kind == clamor.RuleSplit {
			if err := addFeature(w, r.Target, r.Title, r.At); err != nil {
				return err
			}
		}
		return db.enforce(w, r)
	})
	return r, err
}

// Undo takes a ruling back; Conflict if that was done already. What the ruling changed stands again as the rulings that are left,
// and the machine, would have it.
func (db *DB) Undo(ctx context.Context, id clamor.RulingID, by, reason string) (clamor.Ruling, error) {
	var r clamor.Ruling
	err := db.tx(ctx, func(w work) error {
		old, err := scanRuling(w.one(`SELECT `+rulingColumns+` FROM ruling WHERE id = $1`, string(id)))
		if err != nil {
			return missing(err, "ruling", id)
		}
		if old.Kind == clamor.RuleUndo {
			return clamor.Errorf(clamor.Conflict, "an undo is not undone: rule again instead")
		}
		n, err := w.exec(`UPDATE ruling SET undone = 1 WHERE seq = $1 AND undone = 0`, old.Seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return clamor.Errorf(clamor.Conflict, "this ruling has been undone already")
		}
		r = clamor.Ruling{Kind: clamor.RuleUndo, Asks: old.Asks, Feature: old.Feature, Target: old.Target, Note: old.Note, Place: old.Place, Undoes: id, Reason: reason, By: by}
		if err := db.addRuling(w, &r); err != nil {
			return err
		}
		return db.enforce(w, r)
	})
	return r, err
}

// addRuling appends a ruling.
func (db *DB) addRuling(w work, r *clamor.Ruling) error {
	if err := w.row(`SELECT COALESCE(MAX(seq), 0) + 1 FROM ruling`, nil, &r.Seq); err != nil {
		return err
	}
	r.At = fromMicros(micros(db.now()))
	r.ID = clamor.RulingID(clamor.DeriveID("ruling", fmt.Sprint(r.Seq), string(r.Kind), r.At.String()))
	if r.Kind == clamor.RuleSplit {
		r.Target = clamor.FeatureID(clamor.DeriveID("feature", string(r.ID)))
	}
	asks, err := json.Marshal(r.Asks)
	if err != nil {
		return err
	}
	_, err = w.exec(`INSERT INTO ruling (`+rulingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13)`,
		r.Seq, string(r.ID), string(r.Kind), string(asks), string(r.Feature), string(r.Target), r.Title, string(r.Note), r.Place, string(r.Undoes), r.Reason, r.By, micros(r.At))
	if err != nil {
		return err
	}
	for _, ask := range r.Asks {
		if _, err := w.exec(`INSERT INTO ruling_ask (ask, seq) VALUES ($1, $2)`, string(ask), r.Seq); err != nil {
			return err
		}
	}
	return nil
}

// enforce makes asks and features stand as the rulings have it.
func (db *DB) enforce(w work, r clamor.Ruling) error {
	for _, ask := range r.Asks {
		if err := restand(w, ask); err != nil {
			return err
		}
	}
	subject := string(r.Feature)
	switch {
	case r.Note != "":
		subject = string(r.Note)
		if err := hush(w, r.Note); err != nil {
			return err
		}
	case len(r.Asks) > 0:
		subject = string(r.Asks[0])
	case r.Place == 0: // a merge, or the undo of one
		if err := relink(w, r.Feature); err != nil {
			return err
		}
	}
	return errors.Join(moved(w), db.audit(w, r.By, "rule "+string(r.Kind), subject, strings.TrimSpace(string(r.Target)+" "+r.Reason)))
}

// restand sets where an ask stands: by the latest ruling on it that is not undone, else as the machine placed it, else nowhere. What a
// person marked as an ask is none once that is taken back.
func restand(w work, ask clamor.AskID) error {
	var stood clamor.FeatureID
	if err := w.row(`SELECT COALESCE(MAX(feature), '') FROM ask WHERE id = $1 AND state = 'placed'`, []any{string(ask)}, &stood); err != nil {
		return err
	}
	gone, err := unmarked(w, ask)
	if err != nil {
		return err
	}
	if gone {
		w.touched.ask(ask)
		w.touched.left(stood)
		_, err := w.exec(`UPDATE ask SET state = 'retired', look = '' WHERE id = $1`, string(ask))
		return err
	}
	var kind clamor.RulingKind
	var look clamor.Look
	var feature, target string
	err = w.row(`SELECT kind, feature, target FROM ruling JOIN ruling_ask ON ruling_ask.seq = ruling.seq
		WHERE ruling_ask.ask = $1 AND ruling.undone = 0 AND ruling.kind NOT IN ('undo', 'ask') ORDER BY ruling.seq DESC LIMIT 1`,
		[]any{string(ask)}, &kind, &feature, &target)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = w.row(`SELECT feature, CASE WHEN score > 0 THEN 'joined' WHEN close = 1 THEN 'close' ELSE 'founded' END FROM placement
			WHERE ask = $1`, []any{string(ask)}, &target, &look)
		if errors.Is(err, sql.ErrNoRows) {
			target, err = "", nil
		}
	case kind == clamor.RuleConfirm:
		target = feature
	}
	if err != nil {
		return err
	}
	state := "placed"
	switch {
	case kind == clamor.RuleNotAnAsk:
		state, target = "none", ""
	case target == "":
		state = "pending"
	}
	if string(stood) != target {
		w.touched.ask(ask)
		w.touched.left(stood)
	}
	_, err = w.exec(`UPDATE ask SET state = $1, feature = $2, look = $3 WHERE id = $4 AND state <> 'retired'`, state, target, string(look), string(ask))
	return err
}

// unmarked reports whether an ask was marked by people only, none of whom stands by it.
func unmarked(w work, ask clamor.AskID) (bool, error) {
	var marks, held int64
	err := w.row(`SELECT COUNT(*), COALESCE(SUM(1 - undone), 0) FROM ruling JOIN ruling_ask ON ruling_ask.seq = ruling.seq
		WHERE ruling_ask.ask = $1 AND ruling.kind = 'ask'`, []any{string(ask)}, &marks, &held)
	return marks > 0 && held == 0, err
}

// unruled refuses a ruling where another one on the same is in force, and says which.
func unruled(w work, r clamor.Ruling) error {
	marks, args := places(1, r.Asks)
	if len(r.Asks) == 0 {
		marks = "''"
	}
	args = append(args, string(r.Note))
	old, err := scanRuling(w.one(fmt.Sprintf(`SELECT `+rulingColumns+` FROM ruling WHERE undone = 0 AND kind NOT IN ('undo', 'ask')
		AND (seq IN (SELECT seq FROM ruling_ask WHERE ask IN (`+marks+`)) OR note = $%d AND note <> '') ORDER BY seq DESC LIMIT 1`, len(args)), args...))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return clamor.Errorf(clamor.Conflict, "%s came first: %s at %s. That stands, and yours was not made",
		old.By, deed(w, old), old.At.Format("15:04 UTC"))
}

// deed says what a ruling on asks or a note did.
func deed(w work, r clamor.Ruling) string {
	title := func() string {
		f, err := findFeature(w, r.Target)
		if err != nil {
			return "another feature"
		}
		return "“" + f.Title + "”"
	}
	switch r.Kind {
	case clamor.RuleConfirm:
		return "confirmed it where it stands"
	case clamor.RuleMove:
		return "put it under " + title()
	case clamor.RuleSplit:
		return "made it the feature " + title()
	case clamor.RuleNotAnAsk:
		return "ruled that it is no ask"
	}
	return "ruled that the note holds no ask"
}

// relink sets what a feature is merged into by the latest merge of it that is not undone, and follows all chains anew.
func relink(w work, feature clamor.FeatureID) error {
	var target string
	err := w.row(`SELECT target FROM ruling WHERE kind = 'merge' AND feature = $1 AND undone = 0 ORDER BY seq DESC LIMIT 1`,
		[]any{string(feature)}, &target)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var stood clamor.FeatureID
	if err := w.row(`SELECT canonical FROM feature WHERE id = $1`, []any{string(feature)}, &stood); err != nil {
		return err
	}
	w.touched.left(stood)
	if _, err := w.exec(`UPDATE feature SET merged_into = $1, canonical = $2, version = version + 1 WHERE id = $2`,
		target, string(feature)); err != nil {
		return err
	}
	w.touched.relinked(feature)
	into := map[string]string{}
	was := map[string]string{}
	err = w.each(func(row scanner) error {
		var id, merged, canonical string
		err := row.Scan(&id, &merged, &canonical)
		into[id], was[id] = merged, canonical
		return err
	}, `SELECT id, merged_into, canonical FROM feature WHERE merged_into <> ''`)
	if err != nil {
		return err
	}
	for id := range into {
		end := id
		for into[end] != "" {
			end = into[end]
		}
		if end == was[id] {
			continue
		}
		if _, err := w.exec(`UPDATE feature SET canonical = $1 WHERE id = $2`, end, id); err != nil {
			return err
		}
		w.touched.relinked(clamor.FeatureID(id))
		w.touched.left(clamor.FeatureID(was[id]))
	}
	return nil
}

// checkRuling refuses what makes no sense, and fills in what the ruling leaves open.
func checkRuling(w work, r *clamor.Ruling) error {
	if r.By == "" {
		return clamor.Errorf(clamor.Invalid, "a ruling needs a person")
	}
	switch r.Kind {
	case clamor.RuleMerge:
		return checkMerge(w, r)
	case clamor.RuleConfirm, clamor.RuleMove, clamor.RuleSplit, clamor.RuleNotAnAsk:
		r.Note, r.Place = "", 0
		return checkAsks(w, r)
	case clamor.RuleNothing:
		r.Place = 0
		return checkNothing(w, r)
	case clamor.RulePin, clamor.RuleShift:
		return checkPin(w, r)
	}
	return clamor.Errorf(clamor.Invalid, "%q is no ruling: choose confirm, move, split, not-an-ask, nothing, merge, pin or shift", r.Kind)
}

// checkPin refuses a place without a reason: who reads the list must learn why an entry stands elsewhere than its money has it.
func checkPin(w work, r *clamor.Ruling) error {
	r.Asks, r.Target, r.Note, r.Reason = nil, "", "", strings.TrimSpace(r.Reason)
	switch {
	case r.Reason == "":
		return clamor.Errorf(clamor.Invalid, "say why: a place that is not computed needs a reason")
	case r.Kind == clamor.RulePin && r.Place < 1:
		return clamor.Errorf(clamor.Invalid, "name the place that the feature shall take, 1 being the first")
	case r.Place == 0:
		return clamor.Errorf(clamor.Invalid, "say by how many places: 3 is three places up, -3 three places down")
	}
	f, err := findFeature(w, r.Feature)
	if err == nil && f.Merged != "" {
		err = clamor.Errorf(clamor.Conflict, "%q is merged into another feature: pin that one", f.Title)
	}
	return err
}

// pins are those in force, one a feature: the latest that has not been undone. Like where asks stand, they are as people have it now.
func pins(w work) ([]clamor.Pin, error) {
	latest := map[clamor.FeatureID]clamor.Pin{}
	err := w.each(func(row scanner) error {
		var p clamor.Pin
		var on int64
		err := row.Scan(&p.Ruling, &p.Feature, &p.Kind, &p.Place, &p.Reason, &p.By, &on)
		p.At = fromMicros(on)
		latest[p.Feature] = p
		return err
	}, `SELECT id, feature, kind, place, reason, ruled_by, ruled_at FROM ruling WHERE kind IN ('pin', 'shift') AND undone = 0 ORDER BY seq`)
	return slices.SortedFunc(maps.Values(latest), func(a, b clamor.Pin) int { return strings.Compare(string(a.Feature), string(b.Feature)) }), err
}

func checkMerge(w work, r *clamor.Ruling) error {
	r.Asks, r.Note, r.Place = nil, "", 0
	from, err := findFeature(w, r.Feature)
	if err != nil {
		return err
	}
	if from.Merged != "" {
		return clamor.Errorf(clamor.Conflict, "%q is merged already: undo that first", from.Title)
	}
	if _, err := findFeature(w, r.Target); err != nil {
		return err
	}
	// The end of the target's chain, so that a merge into a duplicate reaches the feature that people see.
	if err := w.row(`SELECT canonical FROM feature WHERE id = $1`, []any{string(r.Target)}, &r.Target); err != nil {
		return err
	}
	if r.Target == r.Feature {
		return clamor.Errorf(clamor.Conflict, "a feature is not merged into itself or into one of its own duplicates")
	}
	return nil
}

func checkAsks(w work, r *clamor.Ruling) error {
	r.Asks = slices.Compact(slices.Sorted(slices.Values(r.Asks)))
	if len(r.Asks) == 0 {
		return clamor.Errorf(clamor.Invalid, "name the asks that the ruling is about")
	}
	for i, id := range r.Asks {
		ask, err := scanAsk(w.one(`SELECT `+askColumns+` FROM ask WHERE id = $1`, string(id)))
		if err != nil {
			return missing(err, "ask", id)
		}
		if i == 0 {
			r.Feature = ask.Feature
		}
		if r.Kind == clamor.RuleConfirm && (ask.Feature == "" || ask.Feature != r.Feature) {
			return clamor.Errorf(clamor.Conflict, "the asks stand in no feature, or in different ones: move them instead")
		}
	}
	switch r.Kind {
	case clamor.RuleMove:
		if _, err := findFeature(w, r.Target); err != nil {
			return err
		}
	case clamor.RuleSplit:
		r.Target, r.Title = "", strings.TrimSpace(r.Title)
		if r.Title == "" {
			return clamor.Errorf(clamor.Invalid, "a split makes a new feature: give it a title")
		}
	default:
		r.Target = ""
	}
	return nil
}

// Rulings are those on a feature, on its asks and on merges of or into it, newest first.
func (db *DB) Rulings(ctx context.Context, id clamor.FeatureID) ([]clamor.Ruling, error) {
	return list(db.reading(ctx), scanRuling, `SELECT `+rulingColumns+` FROM ruling
		WHERE feature IN (SELECT id FROM feature WHERE canonical = $1 OR id = $1)
		OR target IN (SELECT id FROM feature WHERE canonical = $1 OR id = $1)
		ORDER BY seq DESC`, string(id))
}

// RulingsAfter are the rulings after a sequence number, in order; an undo carries the asks and features of what it undoes.
func (db *DB) RulingsAfter(ctx context.Context, seq int64) ([]clamor.Ruling, error) {
	return list(db.reading(ctx), scanRuling, `SELECT `+rulingColumns+` FROM ruling WHERE seq > $1 ORDER BY seq`, seq)
}
