package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"clamor"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect holds the few ways in which the two databases differ.
type dialect struct {
	goose     string
	duplicate func(error) bool // a unique key was there already
	retry     func(error) bool // the transaction lost against another one and may be run again
}

func sqliteDialect() dialect {
	code := func(err error, codes ...int) bool {
		var e *sqlite.Error
		if !errors.As(err, &e) {
			return false
		}
		for _, c := range codes {
			if e.Code() == c {
				return true
			}
		}
		return false
	}
	return dialect{
		goose: "sqlite3",
		duplicate: func(err error) bool {
			return code(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
		},
		retry: func(err error) bool { return code(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) },
	}
}

func postgresDialect() dialect {
	code := func(err error, codes ...string) bool {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			return false
		}
		for _, c := range codes {
			if e.Code == c {
				return true
			}
		}
		return false
	}
	return dialect{
		goose:     "postgres",
		duplicate: func(err error) bool { return code(err, "23505") },
		retry:     func(err error) bool { return code(err, "40001", "40P01") },
	}
}

const attempts = 12

// tx runs fn in one serializable transaction. fn may be run more than once and must have no effect outside the database.
func (db *DB) tx(ctx context.Context, fn func(work) error) error {
	for attempt := 0; ; attempt++ {
		err := db.try(ctx, fn)
		if err == nil || attempt == attempts-1 || !db.dialect.retry(err) {
			return unavailable(err, db.dialect.retry)
		}
		pause := time.Duration(1<<min(attempt, 7)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

func (db *DB) try(ctx context.Context, fn func(work) error) error {
	if db.commits != nil {
		return db.commits.do(ctx, operation{fn: fn})
	}
	tx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	if err := fn(work{ctx, tx, &touched{}}); err != nil {
		return errors.Join(err, ended(tx.Rollback()))
	}
	return tx.Commit()
}

// view runs fn in one transaction that sees one state of the database and writes nothing.
func (db *DB) view(ctx context.Context, fn func(work) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return unavailable(err, db.dialect.retry)
	}
	return errors.Join(fn(work{ctx, tx, nil}), ended(tx.Rollback()))
}

// reading is for single statements, which need no transaction to see one state.
func (db *DB) reading(ctx context.Context) work {
	if db.kept != nil {
		return work{ctx, db.kept, nil}
	}
	return work{ctx, db.read, nil}
}

func ended(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// unavailable marks what is worth trying again later.
func unavailable(err error, busy func(error) bool) error {
	var connect *pgconn.ConnectError
	if err != nil && (busy(err) || errors.As(err, &connect)) {
		return &clamor.Error{Kind: clamor.Unavailable, Message: "the database is busy; try again", Err: err}
	}
	return err
}

// missing turns "no rows" into an error of kind NotFound that names what is missing.
func missing(err error, what string, id any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return clamor.Errorf(clamor.NotFound, "there is no %s %q", what, fmt.Sprint(id))
	}
	return err
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// work is a transaction, or a pool, with the context in which its statements run.
type work struct {
	ctx     context.Context
	q       querier
	touched *touched // nil where nothing is written
}

// exec runs a statement and reports how many rows it touched.
func (w work) exec(query string, args ...any) (int64, error) {
	r, err := w.q.ExecContext(w.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// one is the one row of a query, to be scanned.
func (w work) one(query string, args ...any) *sql.Row {
	return w.q.QueryRowContext(w.ctx, query, args...)
}

// row scans the one row of a query; sql.ErrNoRows if there is none.
func (w work) row(query string, args []any, into ...any) error {
	return w.one(query, args...).Scan(into...)
}

// nested runs fn and takes back what it wrote if it fails, without ending the transaction around it.
func nested(w work, fn func() error) error {
	if _, err := w.exec("SAVEPOINT nested"); err != nil {
		return err
	}
	err := fn()
	if err != nil {
		_, back := w.exec("ROLLBACK TO SAVEPOINT nested")
		err = errors.Join(err, back)
	}
	_, release := w.exec("RELEASE SAVEPOINT nested")
	return errors.Join(err, release)
}

// scanner is a row to be scanned.
type scanner interface{ Scan(into ...any) error }

// each runs scan for every row of a query.
func (w work) each(scan func(scanner) error, query string, args ...any) error {
	rows, err := w.q.QueryContext(w.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// list collects the rows of a query.
func list[T any](w work, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := w.each(func(row scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}

// places writes the placeholders $from, $from+1, … for a list of values, and the values as arguments.
func places[T ~string](from int, values []T) (string, []any) {
	var b strings.Builder
	args := make([]any, len(values))
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
		args[i] = string(v)
	}
	return b.String(), args
}

// chunked runs fn over the values in pieces that stay below the databases' limits of variables.
func chunked[T any](values []T, fn func([]T) error) error {
	for piece := range slices.Chunk(values, 5000) {
		if err := fn(piece); err != nil {
			return err
		}
	}
	return nil
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
