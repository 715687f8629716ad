package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"clamor"
)

// AddTrackerLink ties a feature to an issue; one that is tied to it already is left as it is. What is known of the issue counts from
// then on.
func (db *DB) AddTrackerLink(ctx context.Context, l clamor.TrackerLink) error {
	address, err := clamor.TrackerURL(l.URL)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		if _, err := findFeature(w, l.Feature); err != nil {
			return err
		}
		n, err := w.exec(`INSERT INTO tracker_link (feature, url, target, number, linked_by, linked_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (feature, url) DO NOTHING`, string(l.Feature), address, l.Target, l.Number, l.By, micros(db.now()))
		if err != nil || n == 0 {
			return err
		}
		if err := db.audit(w, l.By, "link issue", string(l.Feature), address); err != nil {
			return err
		}
		news, err := findIssue(w, address)
		if err != nil || news.State == "" {
			return err
		}
		return db.followOne(w, l.Feature, news)
	})
}

// DropTrackerLink unties a feature from an issue; what the issue's news did stays.
func (db *DB) DropTrackerLink(ctx context.Context, feature clamor.FeatureID, url, by string) error {
	address, err := clamor.TrackerURL(url)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(w work) error {
		n, err := w.exec(`DELETE FROM tracker_link WHERE feature = $1 AND url = $2`, string(feature), address)
		if err != nil {
			return err
		}
		if n == 0 {
			return clamor.Errorf(clamor.NotFound, "this feature is not linked to %s", address)
		}
		return errors.Join(withdraw(w, feature, address, by, micros(db.now())), db.audit(w, by, "unlink issue", string(feature), address))
	})
}

const linkColumns = `tracker_link.feature, tracker_link.url, target, number, COALESCE(issue.state, ''), COALESCE(issue.reason, ''), linked_by, linked_at
	FROM tracker_link LEFT JOIN issue ON issue.url = tracker_link.url`

func scanLink(row scanner) (clamor.TrackerLink, error) {
	var l clamor.TrackerLink
	var at int64
	err := row.Scan(&l.Feature, &l.URL, &l.Target, &l.Number, &l.State, &l.Reason, &l.By, &at)
	l.At = fromMicros(at)
	return l, err
}

// TrackerLinks are the links of many features at once, oldest first.
func (db *DB) TrackerLinks(ctx context.Context, features []clamor.FeatureID) (map[clamor.FeatureID][]clamor.TrackerLink, error) {
	found := map[clamor.FeatureID][]clamor.TrackerLink{}
	err := chunked(features, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		return db.reading(ctx).each(func(row scanner) error {
			l, err := scanLink(row)
			found[l.Feature] = append(found[l.Feature], l)
			return err
		}, `SELECT `+linkColumns+` WHERE feature IN (`+marks+`) ORDER BY linked_at, tracker_link.url`, args...)
	})
	return found, err
}

// TrackerTargets are the repositories in which Clamor made issues for features: those to poll.
func (db *DB) TrackerTargets(ctx context.Context) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (t string, err error) { return t, row.Scan(&t) },
		`SELECT DISTINCT target FROM tracker_link WHERE target <> '' ORDER BY target`)
}

const eventColumns = `id, feature, url, state, reason, told_by, told_at, was, became, proposes, proposal, settled_by, settled_at, answer FROM tracker_event`

func scanEvent(row scanner) (clamor.TrackerEvent, error) {
	var e clamor.TrackerEvent
	var at, settled int64
	err := row.Scan(&e.ID, &e.Feature, &e.URL, &e.State, &e.Reason, &e.By, &at, &e.Was, &e.Became, &e.Proposes, &e.Proposal, &e.SettledBy, &settled, &e.Answer)
	e.At, e.SettledAt = fromMicros(at), fromMicros(settled)
	return e, err
}

// group of a feature: itself and what is merged into it.
const together = `(SELECT id FROM feature WHERE canonical = $1)`

// Tracked is what trackers know of a feature and of what is merged into it.
func (db *DB) Tracked(ctx context.Context, feature clamor.FeatureID) (clamor.Tracked, error) {
	var t clamor.Tracked
	err := db.view(ctx, func(w work) (err error) {
		if t.Links, err = list(w, scanLink, `SELECT `+linkColumns+` WHERE feature IN `+together+` OR feature = $1 ORDER BY linked_at, tracker_link.url`, string(feature)); err != nil {
			return err
		}
		t.Events, err = events(w, feature)
		return err
	})
	return t, err
}

func events(w work, feature clamor.FeatureID) ([]clamor.TrackerEvent, error) {
	return list(w, scanEvent, `SELECT `+eventColumns+` WHERE feature IN `+together+` OR feature = $1 ORDER BY told_at DESC, id DESC`, string(feature))
}

// Proposals are those that wait for a person, oldest first.
func (db *DB) Proposals(ctx context.Context, limit int) ([]clamor.TrackerEvent, error) {
	return list(db.reading(ctx), scanEvent, `SELECT `+eventColumns+` WHERE proposal = 'open' ORDER BY told_at, id LIMIT $1`, limit)
}

// SettleProposal lets a person confirm what news of a tracker propose, or dismiss it; Conflict if that was done already. A "won't do"
// needs a reason.
func (db *DB) SettleProposal(ctx context.Context, id string, accept bool, reason, by string) (clamor.TrackerEvent, error) {
	var e clamor.TrackerEvent
	err := db.tx(ctx, func(w work) (err error) {
		if e, err = scanEvent(w.one(`SELECT `+eventColumns+` WHERE id = $1`, id)); err != nil {
			return missing(err, "proposal", id)
		}
		if e.Proposal != clamor.ProposalOpen {
			return clamor.Errorf(clamor.Conflict, "this proposal does not wait any more: it is %s", cmp.Or(string(e.Proposal), "news only"))
		}
		e.Proposal, e.SettledBy, e.SettledAt, e.Answer = clamor.ProposalDismissed, by, db.now().UTC().Truncate(time.Microsecond), reason
		if accept {
			e.Proposal = clamor.ProposalConfirmed
			if _, err := db.editFeature(w, e.Feature, 0, clamor.FeatureEdit{Status: &e.Proposes, StatusReason: &reason}, by); err != nil {
				return err
			}
		}
		_, err = w.exec(`UPDATE tracker_event SET proposal = $1, settled_by = $2, settled_at = $3, answer = $4 WHERE id = $5`,
			string(e.Proposal), by, micros(e.SettledAt), reason, id)
		return errors.Join(err, db.audit(w, by, "proposal "+string(e.Proposal), string(e.Feature), string(e.Proposes)))
	})
	return e, err
}

// linked are the features that an issue is tied to, merges followed.
func linked(w work, url string) ([]clamor.FeatureID, error) {
	return list(w, func(row scanner) (f clamor.FeatureID, err error) { return f, row.Scan(&f) },
		`SELECT DISTINCT feature.canonical FROM tracker_link JOIN feature ON feature.id = tracker_link.feature WHERE url = $1 ORDER BY 1`, url)
}

// follow lets the features tied to an issue follow its news.
func (db *DB) follow(w work, n clamor.IssueNews) error {
	features, err := linked(w, n.URL)
	for _, f := range features {
		err = errors.Join(err, db.followOne(w, f, n))
	}
	return err
}

func (db *DB) followOne(w work, id clamor.FeatureID, n clamor.IssueNews) error {
	if err := w.row(`SELECT canonical FROM feature WHERE id = $1`, []any{string(id)}, &id); err != nil {
		return err
	}
	f, err := findFeature(w, id)
	if err != nil {
		return err
	}
	links, err := list(w, scanLink, `SELECT `+linkColumns+` WHERE feature IN `+together+` ORDER BY linked_at, tracker_link.url`, string(id))
	if err != nil {
		return err
	}
	history, err := events(w, id)
	if err != nil {
		return err
	}
	by := cmp.Or(n.By, "the tracker")
	if err := withdraw(w, id, n.URL, by, micros(n.At)); err != nil {
		return err
	}
	others := slices.DeleteFunc(links, func(l clamor.TrackerLink) bool { return l.URL == n.URL })
	became, proposes := clamor.Follow(f.Status, n, others, history)
	e := clamor.TrackerEvent{Feature: id, Was: f.Status, Became: became, Proposes: proposes}
	if proposes != "" {
		e.Proposal = clamor.ProposalOpen
	}
	if became != "" {
		if _, err := db.editFeature(w, id, 0, clamor.FeatureEdit{Status: &became}, by+" at "+n.URL); err != nil {
			return err
		}
	}
	return addEvent(w, e, n)
}

// remember keeps late news as history.
func (db *DB) remember(w work, n clamor.IssueNews) error {
	features, err := linked(w, n.URL)
	for _, f := range features {
		err = errors.Join(err, addEvent(w, clamor.TrackerEvent{Feature: f}, n))
	}
	return err
}

func addEvent(w work, e clamor.TrackerEvent, n clamor.IssueNews) error {
	id := clamor.DeriveID("event", string(e.Feature), n.URL, fmt.Sprint(micros(n.At)), n.State, n.Reason)
	_, err := w.exec(`INSERT INTO tracker_event (id, feature, url, state, reason, told_by, told_at, was, became, proposes, proposal, settled_by, settled_at, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, '') ON CONFLICT (id) DO NOTHING`, id, string(e.Feature), n.URL, n.State, n.Reason, n.By,
		micros(n.At), string(e.Was), string(e.Became), string(e.Proposes), string(e.Proposal))
	if err != nil {
		return fmt.Errorf("keeping the news of issue %s for feature %s: %w", n.URL, e.Feature, err)
	}
	return nil
}

// withdraw takes back what an issue's earlier news propose: newer ones have come, or it is tied to the feature no more.
func withdraw(w work, feature clamor.FeatureID, url, by string, at int64) error {
	_, err := w.exec(`UPDATE tracker_event SET proposal = 'withdrawn', settled_by = $1, settled_at = $2
		WHERE feature = $3 AND url = $4 AND proposal = 'open'`, by, at, string(feature), url)
	return err
}
