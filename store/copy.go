package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"clamor"
)

// tables are all tables that hold what Clamor knows, those that others refer to first. Leases and the
// news of the lists are not among them: they belong to processes.
func tables() []string {
	return []string{"source", "delivery", "account", "account_key", "fact", "deal", "note", "ask", "feature", "placement", "ruling", "ruling_ask",
		"revision", "rate", "frozen", "publication", "person", "token", "sign_in", "session", "reply", "audit", "issue", "ambiguity", "pull_cursor",
		"last_pull", "import_map", "ranking_settings", "deduper_settings", "promise", "tracker_link", "tracker_event",
		"preference", "feature_edit", "saved_view", "sample", "upload", "label"}
}

// CopyFrom fills an empty store with all that another one knows, in one transaction: how one moves from SQLite to PostgreSQL, or
// back. Conflict if this store holds anything already.
func (db *DB) CopyFrom(ctx context.Context, from *DB) (rows int64, err error) {
	err = db.tx(ctx, func(to work) error {
		rows = 0
		var held int64
		if err := to.row(`SELECT (SELECT COUNT(*) FROM delivery) + (SELECT COUNT(*) FROM account) + (SELECT COUNT(*) FROM person)`, nil, &held); err != nil {
			return err
		}
		if held > 0 {
			return clamor.Errorf(clamor.Conflict, "the database copied to holds something already: give an empty one")
		}
		for _, seeded := range []string{"DELETE FROM source", "DELETE FROM revision"} {
			if _, err := to.exec(seeded); err != nil {
				return err
			}
		}
		return from.view(ctx, func(from work) error {
			for _, table := range tables() {
				n, err := copyTable(to, from, table)
				if err != nil {
					return fmt.Errorf("copying the table %s: %w", table, err)
				}
				rows += n
			}
			return nil
		})
	})
	return rows, err
}

// copyTable copies a table whose name is one of ours.
func copyTable(to, from work, table string) (n int64, err error) {
	rows, err := from.q.QueryContext(from.ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	marks := make([]string, len(columns))
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range columns {
		marks[i], into[i] = fmt.Sprintf("$%d", i+1), &values[i]
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", "))
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		if _, err := to.exec(insert, values...); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}
