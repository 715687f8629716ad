package store

import (
	"context"
	"errors"
	"fmt"

	"clamor"
)

// labelled finds features by a label; there is one text for each kind.
func labelled(kind clamor.LabelKind) string {
	if kind == clamor.TeamLabel {
		return `SELECT id FROM feature WHERE team = $1 AND team <> '' ORDER BY id`
	}
	return `SELECT id FROM feature WHERE area = $1 AND area <> '' ORDER BY id`
}

// bearLabels lets the names that a feature bears be chosen for others too.
func bearLabels(w work, f clamor.Feature) error {
	for kind, name := range map[clamor.LabelKind]string{clamor.TeamLabel: f.Team, clamor.AreaLabel: f.Area} {
		if name == "" {
			continue
		}
		if _, err := w.exec(`INSERT INTO label (kind, name) VALUES ($1, $2) ON CONFLICT (kind, name) DO NOTHING`, string(kind), name); err != nil {
			return fmt.Errorf("adding the %s %s: %w", kind, name, err)
		}
	}
	return nil
}

// forgetLabels forgets the names that no feature bears any more and no person added.
func forgetLabels(w work) error {
	_, err := w.exec(`DELETE FROM label WHERE kept = 0 AND NOT EXISTS (SELECT 1 FROM feature WHERE feature.team = label.name AND feature.team <> '' AND label.kind = 'team')
		AND NOT EXISTS (SELECT 1 FROM feature WHERE feature.area = label.name AND feature.area <> '' AND label.kind = 'area')`)
	return err
}

// keepLabel keeps a name that a person added; 0 if it is there.
func keepLabel(w work, l clamor.Label) (int64, error) {
	return w.exec(`INSERT INTO label (kind, name, kept) VALUES ($1, $2, 1) ON CONFLICT (kind, name) DO NOTHING`, string(l.Kind), l.Name)
}

// Labels are the teams and areas by name, with how many features bear each.
func (db *DB) Labels(ctx context.Context) ([]clamor.Label, error) {
	return list(db.reading(ctx), func(row scanner) (l clamor.Label, err error) { return l, row.Scan(&l.Kind, &l.Name, &l.Features) },
		`SELECT kind, name, CASE kind WHEN 'team' THEN (SELECT COUNT(*) FROM feature WHERE team = label.name AND team <> '')
			ELSE (SELECT COUNT(*) FROM feature WHERE area = label.name AND area <> '') END
		FROM label ORDER BY kind DESC, LOWER(name), name`)
}

// LabelNames are the names of a kind.
func (db *DB) LabelNames(ctx context.Context, kind clamor.LabelKind) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM label WHERE kind = $1 ORDER BY LOWER(name), name`, string(kind))
}

// AddLabel adds a name to choose from; Conflict if it is there.
func (db *DB) AddLabel(ctx context.Context, l clamor.Label, by string) (clamor.Label, error) {
	l, err := l.Checked()
	if err != nil {
		return l, err
	}
	return l, db.tx(ctx, func(w work) error {
		n, err := keepLabel(w, l)
		if err == nil && n == 0 {
			err = clamor.Errorf(clamor.Conflict, "there is a %s %q already", l.Kind, l.Name)
		}
		return errors.Join(err, db.audit(w, by, string(l.Kind)+" add", l.Name, ""))
	})
}

// RenameLabel gives all features that bear a name another one, at one go, and says under which batch that can be taken back: "" if no
// feature bore it. Where the other name is there already, the two become one.
func (db *DB) RenameLabel(ctx context.Context, l clamor.Label, to, by string) (string, error) {
	became, err := clamor.Label{Kind: l.Kind, Name: to}.Checked()
	if err != nil {
		return "", err
	}
	batch := ""
	err = db.tx(ctx, func(w work) error {
		if err := dropLabel(w, l); err != nil {
			return err
		}
		if _, err := keepLabel(w, became); err != nil {
			return err
		}
		edit := clamor.FeatureEdit{Team: &became.Name}
		if l.Kind == clamor.AreaLabel {
			edit = clamor.FeatureEdit{Area: &became.Name}
		}
		ids, err := list(w, func(row scanner) (id clamor.FeatureID, err error) { return id, row.Scan(&id) }, labelled(l.Kind), l.Name)
		if err != nil {
			return err
		}
		if batch, err = db.editAll(w, ids, edit, by); err != nil {
			return err
		}
		return db.audit(w, by, string(l.Kind)+" rename", l.Name, became.Name)
	})
	return batch, err
}

func dropLabel(w work, l clamor.Label) error {
	n, err := w.exec(`DELETE FROM label WHERE kind = $1 AND name = $2`, string(l.Kind), l.Name)
	if err == nil && n == 0 {
		err = clamor.Errorf(clamor.NotFound, "there is no %s %q", l.Kind, l.Name)
	}
	return err
}

// DropLabel removes a name that no feature bears.
func (db *DB) DropLabel(ctx context.Context, l clamor.Label, by string) error {
	return db.tx(ctx, func(w work) error {
		if err := dropLabel(w, l); err != nil {
			return err
		}
		var bearers int
		if err := w.row(`SELECT COUNT(*) FROM (`+labelled(l.Kind)+`) AS bearers`, []any{l.Name}, &bearers); err != nil {
			return err
		}
		if bearers > 0 {
			return clamor.Errorf(clamor.Conflict, "features bear the %s %q: rename it, or give them another one first", l.Kind, l.Name)
		}
		return db.audit(w, by, string(l.Kind)+" remove", l.Name, "")
	})
}
