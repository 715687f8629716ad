package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"clamor"
)

// putIssue keeps what a tracker tells of an issue, unless something newer is known, and lets the features linked to it follow. News
// that come late are history only.
func (db *DB) putIssue(w work, n clamor.IssueNews) (bool, error) {
	n = addressed(n)
	known, err := findIssue(w, n.URL)
	if err != nil {
		return false, err
	}
	moved, err := w.exec(`INSERT INTO issue (url, state, reason, told_at, told_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (url) DO UPDATE
		SET state = excluded.state, reason = excluded.reason, told_at = excluded.told_at, told_by = excluded.told_by
		WHERE issue.told_at < excluded.told_at`, n.URL, n.State, n.Reason, micros(n.At), n.By)
	if err != nil {
		return false, fmt.Errorf("keeping the news of issue %s: %w", n.URL, err)
	}
	switch {
	case moved == 0:
		err = db.remember(w, n)
	case known.State != n.State || known.Reason != n.Reason:
		err = db.follow(w, n)
	}
	return moved > 0, err
}

// PutIssues keeps the news of issues that were asked for, and says how many were new. place is where the next poll of the topic goes on.
func (db *DB) PutIssues(ctx context.Context, topic, place string, news []clamor.IssueNews) (int, error) {
	fresh := new(int)
	err := db.tx(ctx, func(w work) error {
		*fresh = 0
		for _, n := range news {
			n = addressed(n)
			known, err := findIssue(w, n.URL)
			if err != nil {
				return err
			}
			if _, err := db.putIssue(w, n); err != nil {
				return err
			}
			if known.State != n.State || known.Reason != n.Reason {
				*fresh++
			}
		}
		_, err := w.exec(`INSERT INTO pull_cursor (source, topic, place) VALUES ($1, $2, $3) ON CONFLICT (source, topic) DO UPDATE SET place = excluded.place`,
			trackerSource, topic, place)
		return err
	})
	return *fresh, err
}

// addressed gives the issue's address the form in which features are linked to it.
func addressed(n clamor.IssueNews) clamor.IssueNews {
	if address, err := clamor.TrackerURL(n.URL); err == nil {
		n.URL = address
	}
	return n
}

// trackerSource is under what name the places of polls are kept; no source can bear it.
const trackerSource = "(tracker)"

// PolledUntil is where the next poll of a topic goes on, "" before the first.
func (db *DB) PolledUntil(ctx context.Context, topic string) (string, error) {
	cursors, err := db.Cursors(ctx, trackerSource)
	return cursors[topic], err
}

func findIssue(w work, url string) (clamor.IssueNews, error) {
	n := clamor.IssueNews{URL: url}
	var at int64
	err := w.row(`SELECT state, reason, told_at, told_by FROM issue WHERE url = $1`, []any{url}, &n.State, &n.Reason, &at, &n.By)
	n.At = fromMicros(at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n, err
}

// Issues finds the newest that is known of many issues at once, by their addresses; those nothing is known of are left out.
func (db *DB) Issues(ctx context.Context, urls []string) (map[string]clamor.IssueNews, error) {
	found := map[string]clamor.IssueNews{}
	err := db.view(ctx, func(w work) error {
		return chunked(urls, func(urls []string) error {
			marks, args := places(1, urls)
			return w.each(func(row scanner) error {
				var n clamor.IssueNews
				var at int64
				err := row.Scan(&n.URL, &n.State, &n.Reason, &at, &n.By)
				n.At = fromMicros(at)
				found[n.URL] = n
				return err
			}, `SELECT url, state, reason, told_at, told_by FROM issue WHERE url IN (`+marks+`)`, args...)
		})
	})
	return found, err
}
