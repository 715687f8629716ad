package store

import (
	"context"
	"fmt"

	"clamor"
)

// putIssue keeps what a tracker tells of an issue, unless something newer is known.
func putIssue(w work, n clamor.IssueNews) (bool, error) {
	moved, err := w.exec(`INSERT INTO issue (url, state, reason, told_at, told_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (url) DO UPDATE
		SET state = excluded.state, reason = excluded.reason, told_at = excluded.told_at, told_by = excluded.told_by
		WHERE issue.told_at < excluded.told_at`, n.URL, n.State, n.Reason, micros(n.At), n.By)
	if err != nil {
		return false, fmt.Errorf("keeping the news of issue %s: %w", n.URL, err)
	}
	return moved > 0, nil
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
