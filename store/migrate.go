package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. Several processes may do it at once: on PostgreSQL a row in a table is the lock. On
// SQLite each migration is one transaction, so whoever loses the race has changed nothing and finds the work done when it looks
// again.
func (db *DB) migrate(ctx context.Context) error {
	provider, err := db.provider(db.write)
	if err != nil {
		return err
	}
	for range 5 {
		if _, err = provider.Up(ctx); err == nil || db.path == "" {
			return err
		}
	}
	return err
}

// Version is the number of the newest migration that has been applied.
func (db *DB) Version(ctx context.Context) (int64, error) {
	provider, err := db.provider(db.read)
	if err != nil {
		return 0, err
	}
	return provider.GetDBVersion(ctx)
}

func (db *DB) provider(on *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{backfills(), goose.WithAllowOutofOrder(true)} // migrations that were written side by side bear numbers with gaps
	if db.path == "" {
		locker, err := lock.NewPostgresTableLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	return goose.NewProvider(database.Dialect(db.dialect.goose), on, files, options...)
}
