package store

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps statements prepared: reading the text of a small statement costs SQLite more than carrying it out.
// PostgreSQL's driver keeps them itself.
type statements struct {
	on   preparer
	mu   sync.Mutex
	kept map[string]*sql.Stmt
}

// preparer is a connection or a pool.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	querier
}

// mostKept bounds how many are kept. Those whose text grows with their arguments go by unkept once it is reached.
const mostKept = 256

func keepStatements(on preparer) *statements {
	return &statements{on: on, kept: map[string]*sql.Stmt{}}
}

// of finds or prepares a statement; nil where it is not kept.
func (s *statements) of(ctx context.Context, query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.kept[query]; ok || len(s.kept) == mostKept {
		return stmt
	}
	stmt, err := s.on.PrepareContext(ctx, query)
	if err != nil {
		return nil // carried out unprepared, it fails with the same error
	}
	s.kept[query] = stmt
	return stmt
}

// QueryContext is part of querier.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.on.QueryContext(ctx, query, args...)
}

// QueryRowContext is part of querier.
func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.on.QueryRowContext(ctx, query, args...)
}

// ExecContext is part of querier.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.of(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return s.on.ExecContext(ctx, query, args...)
}
