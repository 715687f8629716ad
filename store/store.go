package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"clamor"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// DB is an open store.
type DB struct {
	read    *sql.DB // on SQLite a pool of its own that cannot write
	write   *sql.DB
	kept    *statements // for reading; nil on PostgreSQL
	commits *committer  // holds SQLite's one writing connection; nil on PostgreSQL, whose server shares commits itself
	dialect dialect
	path    string // SQLite's file
	now     func() time.Time
}

// Open opens a store by its URL, "sqlite:PATH" or "postgres://…", and brings its tables up to date. The directory of a
// SQLite file is made if missing. Close it when done.
func Open(ctx context.Context, url string) (*DB, error) { return OpenAt(ctx, url, time.Now) }

// OpenAt is Open with a clock.
func OpenAt(ctx context.Context, url string, now func() time.Time) (*DB, error) {
	var db *DB
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		db, err = openSQLite(strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		db, err = openPostgres(url)
	default:
		return nil, clamor.Errorf(clamor.Invalid, "the database must be sqlite:PATH or postgres://…")
	}
	if err != nil {
		return nil, err
	}
	db.now = now
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrating the database: %w", err), db.Close())
	}
	if db.path != "" {
		conn, err := db.write.Conn(ctx)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		db.commits = startCommitter(conn)
	}
	return db, nil
}

// openSQLite opens one handle that writes and a pool that only reads. Pragmas stand in the DSN because a PRAGMA run once
// would hold for one connection of a pool only.
func openSQLite(path string) (*DB, error) {
	if path == "" || path == ":memory:" {
		return nil, clamor.Errorf(clamor.Invalid, "sqlite: needs the path of a file")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the database's directory: %w", err)
	}
	dsn := func(pragmas ...string) string {
		q := url.Values{"_pragma": append(pragmas, "busy_timeout(10000)", "foreign_keys(1)", "temp_store(memory)")}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	}
	write, err := sql.Open("sqlite", dsn("journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn("query_only(1)", "cache_size(-16000)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(max(4, runtime.NumCPU()))
	read.SetMaxIdleConns(4)
	return &DB{read: read, write: write, dialect: sqliteDialect(), path: path, kept: keepStatements(read)}, nil
}

func openPostgres(url string) (*DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the database's URL cannot be read: %w", err)
	}
	pool.SetMaxOpenConns(32)
	pool.SetMaxIdleConns(16)
	return &DB{read: pool, write: pool, dialect: postgresDialect()}, nil
}

// Close ends what is under way and closes the database.
func (db *DB) Close() error {
	var err error
	if db.commits != nil {
		err = db.commits.stop()
	}
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	return errors.Join(err, db.write.Close())
}

// Writers is how many writers at once gain time: many on SQLite, where they share a commit; one on PostgreSQL, where serializable
// transactions that add to the same tables make each other start again.
func (db *DB) Writers() int {
	if db.commits != nil {
		return 32
	}
	return 1
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return &clamor.Error{Kind: clamor.Unavailable, Message: "the database does not answer", Err: err}
	}
	return nil
}

// Backup writes a copy of a SQLite database to a new file while others read and write.
func (db *DB) Backup(ctx context.Context, file string) error {
	if db.path == "" {
		return clamor.Errorf(clamor.Unsupported, "backup copies a SQLite file; use pg_dump for PostgreSQL")
	}
	if _, err := os.Stat(file); err == nil {
		return clamor.Errorf(clamor.Conflict, "%s is there already: choose another name", file)
	}
	conn, err := sql.Open("sqlite", "file:"+(&url.URL{Path: db.path}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO $1", file)
	return errors.Join(err, conn.Close())
}
