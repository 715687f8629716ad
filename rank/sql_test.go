//go:build unix

package rank_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	_ "modernc.org/sqlite"
)

// scoresInSQL computes every feature's score as one would in the database: by the default settings, in floating point, without parts,
// remainders, guard or scenarios.
const scoresInSQL = `
WITH wish AS (
  SELECT account, feature, MAX(CASE priority WHEN 'blocker' THEN 10.0 WHEN 'important' THEN 4.0 WHEN 'nice' THEN 1.0 ELSE 2.0 END
    * pow(0.5, (julianday($1) - julianday(asked_on)) / 182.0)) AS strength
  FROM ask JOIN feature ON feature.id = ask.feature WHERE asked_on <= $1 AND feature.status = 'new' GROUP BY account, feature),
total AS (SELECT account, SUM(strength) AS strength FROM wish GROUP BY account),
known AS (SELECT segment, arr, ROW_NUMBER() OVER (PARTITION BY segment ORDER BY arr) AS n, COUNT(*) OVER (PARTITION BY segment) AS of
  FROM account WHERE arr IS NOT NULL),
median AS (SELECT segment, CAST(AVG(arr) AS INTEGER) AS arr FROM known WHERE n IN ((of + 1) / 2, of / 2 + 1) GROUP BY segment),
purse AS (
  SELECT account.id AS account, COALESCE(account.arr, median.arr) * CASE health
    WHEN 'yellow' THEN CASE WHEN days > 180 THEN 1.5 WHEN days < 60 THEN 2.5 ELSE 2 END
    WHEN 'red' THEN CASE WHEN days > 180 THEN 2 WHEN days < 60 THEN 4 ELSE 3 END ELSE 1 END AS due
  FROM (SELECT *, julianday(renewal_on) - julianday($1) AS days FROM account) account JOIN median USING (segment)
  UNION ALL
  SELECT account, amount * CASE WHEN probability >= 61 THEN 1
    WHEN probability >= 40 THEN CASE WHEN days > 90 THEN 1.25 WHEN days < 30 THEN 2 ELSE 1.5 END
    ELSE CASE WHEN days > 90 THEN 1.5 WHEN days < 30 THEN 2.5 ELSE 2 END END
  FROM (SELECT *, julianday(close_on) - julianday($1) AS days FROM deal WHERE status = 'open')),
due AS (SELECT account, SUM(due) AS due FROM purse GROUP BY account)
SELECT wish.feature, SUM(due.due * wish.strength / total.strength) AS score, COUNT(*) AS accounts
FROM wish JOIN total USING (account) JOIN due USING (account) GROUP BY wish.feature ORDER BY score DESC, accounts DESC, wish.feature`

// inSQLite puts evidence into tables with the indexes that the query can use.
func inSQLite(tb testing.TB, e clamor.Evidence) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "list.db")+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-500000)&_pragma=temp_store(memory)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	ctx := context.Background()
	do := func(statement string, args ...any) {
		if _, err := db.ExecContext(ctx, statement, args...); err != nil {
			tb.Fatal(err)
		}
	}
	do(`CREATE TABLE account (id TEXT PRIMARY KEY, arr INTEGER, segment TEXT, health TEXT, renewal_on TEXT) WITHOUT ROWID`)
	do(`CREATE TABLE deal (id TEXT PRIMARY KEY, account TEXT, amount INTEGER, probability INTEGER, close_on TEXT, status TEXT) WITHOUT ROWID`)
	do(`CREATE TABLE feature (id TEXT PRIMARY KEY, status TEXT) WITHOUT ROWID`)
	do(`CREATE TABLE ask (account TEXT, feature TEXT, priority TEXT, asked_on TEXT)`)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		tb.Fatal(err)
	}
	add := func(table string, marks string, rows int, row func(int) []any) {
		insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES ("+marks+")")
		if err != nil {
			tb.Fatal(err)
		}
		defer insert.Close()
		for i := range rows {
			if _, err := insert.ExecContext(ctx, row(i)...); err != nil {
				tb.Fatal(err)
			}
		}
	}
	add("account", "?,?,?,?,?", len(e.Accounts), func(i int) []any {
		a := e.Accounts[i]
		var arr any
		if a.ARR != nil {
			arr = a.ARR.Minor
		}
		return []any{string(a.ID), arr, a.Segment, string(a.Health), string(a.RenewalOn)}
	})
	add("deal", "?,?,?,?,?,?", len(e.Deals), func(i int) []any {
		d := e.Deals[i]
		return []any{string(d.ID), string(d.Account), d.Amount.Minor, *d.Probability, string(d.CloseOn), string(d.Status)}
	})
	add("feature", "?,?", len(e.Features), func(i int) []any { return []any{string(e.Features[i].ID), string(e.Features[i].Status)} })
	add("ask", "?,?,?,?", len(e.Asks), func(i int) []any {
		a := e.Asks[i]
		return []any{string(a.Account), string(a.Feature), string(a.Priority), string(a.On)}
	})
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
	do(`CREATE INDEX ask_account ON ask (account, feature, priority, asked_on)`)
	do(`ANALYZE`)
	return db
}

type sqlScore struct {
	score    float64
	accounts int
}

func queryScores(tb testing.TB, db *sql.DB) map[clamor.FeatureID]sqlScore {
	tb.Helper()
	rows, err := db.QueryContext(context.Background(), scoresInSQL, string(today))
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	scores := make(map[clamor.FeatureID]sqlScore)
	for rows.Next() {
		var f clamor.FeatureID
		var s sqlScore
		if err := rows.Scan(&f, &s.score, &s.accounts); err != nil {
			tb.Fatal(err)
		}
		scores[f] = s
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return scores
}

// A third computation, which shares nothing with the others but the evidence, comes to the same scores. It neither rounds decays to
// parts per million nor amounts to cents, so that each account may differ by some cents.
func TestScoresAgreeWithPlainSQL(t *testing.T) {
	e := bulk(5_000)
	list, err := rank.Rank(e, rank.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	scores := queryScores(t, inSQLite(t, e))
	if len(scores) != len(list.Entries) {
		t.Fatalf("%d features in SQL, %d on the list", len(scores), len(list.Entries))
	}
	for _, entry := range list.Entries {
		want := scores[entry.Feature.ID]
		slack := 2*float64(entry.Accounts) + 2e-6*want.score
		if off := float64(entry.Score) - want.score; want.accounts != entry.Accounts || off > slack || off < -slack {
			t.Errorf("%s: %d from %d accounts, in SQL %.1f from %d", entry.Feature.ID, entry.Score, entry.Accounts, want.score, want.accounts)
		}
	}
}

// The same scores by the query over its tables, and by ranking: of evidence that is in memory, for two settings (a preview), and the whole
// list made of the evidence anew, with parts, guard and four scenarios.
func BenchmarkAgainstSQL(b *testing.B) {
	for _, asks := range []int{10_000, 100_000, 1_000_000} {
		e := bulk(asks)
		db := inSQLite(b, e)
		measure := func(name string, do func()) {
			b.Run(fmt.Sprintf("%s/asks=%d", name, asks), func(b *testing.B) {
				before := processorTime(b)
				for b.Loop() {
					do()
				}
				b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
			})
		}
		measure("sql", func() { queryScores(b, db) })
		store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }}
		s, err := rank.NewService(store, rank.Options{Settings: rank.Defaults(), Now: func() time.Time { return today.Time() }})
		must(b, err)
		draft := rank.Draft{Settings: rank.Defaults()}
		draft.Settings.Keep.Red.Near++
		preview := func() { _, err := s.Preview(b.Context(), rank.Query{Quarter: q4}, draft, 100); must(b, err) }
		preview()
		measure("two-settings", preview)
		measure("list-anew", func() { must(b, func() error { _, err := rank.Rank(e, rank.Defaults()); return err }()) })
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
