package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// operation is one unit of work that waits for its own commit.
type operation struct {
	fn     func(work) error
	single bool // fn is one statement, which undoes itself if it fails: no savepoint is needed
	done   chan error
}

// committer carries out operations one after another on SQLite's one writing connection and lets those that wait share a
// commit. An operation that fails is rolled back alone, to its savepoint. If the commit itself fails, all of its operations
// fail, and none has happened.
type committer struct {
	conn  *sql.Conn
	kept  *statements
	queue chan operation
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once
}

// most bounds how many operations share a commit, and so how long the first of them waits.
const most = 256

func startCommitter(conn *sql.Conn) *committer {
	c := &committer{conn: conn, kept: keepStatements(conn), queue: make(chan operation, most), quit: make(chan struct{}), ended: make(chan struct{})}
	go c.run()
	return c
}

// stop lets the operations that were handed over end, and refuses later ones.
func (c *committer) stop() error {
	c.once.Do(func() { close(c.quit) })
	<-c.ended
	return c.conn.Close()
}

// do hands over an operation and waits for its commit. If ctx ends first the operation may still be carried out.
func (c *committer) do(ctx context.Context, op operation) error {
	op.done = make(chan error, 1)
	select {
	case <-c.quit:
		return errClosed
	default:
	}
	select {
	case c.queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.quit:
		return errClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ended:
		select {
		case err := <-op.done:
			return err
		default:
			return errClosed
		}
	}
}

var errClosed = errors.New("the database is closed")

func (c *committer) run() {
	defer close(c.ended)
	for {
		select {
		case op := <-c.queue:
			c.commit(op)
		case <-c.quit:
			for {
				select {
				case op := <-c.queue:
					c.commit(op)
				default:
					return
				}
			}
		}
	}
}

// commit carries out first and whatever waits behind it, commits once, and tells each what became of it.
func (c *committer) commit(first operation) {
	// Never a context that may end: interrupting a statement would make SQLite roll back the whole transaction, with the
	// operations of others in it.
	w := work{context.Background(), c.kept, nil}
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		first.done <- fmt.Errorf("beginning a transaction: %w", err)
		return
	}
	var waiting []operation
	for op, n := first, 1; ; n++ {
		if err := perform(w, op); err != nil {
			op.done <- err
		} else {
			waiting = append(waiting, op)
		}
		if n == most {
			break
		}
		var more bool
		if op, more = c.next(); !more {
			break
		}
	}
	_, err := w.exec("COMMIT")
	if err != nil {
		_, back := w.exec("ROLLBACK")
		err = errors.Join(fmt.Errorf("committing: %w", err), back)
	}
	for _, op := range waiting {
		op.done <- err
	}
}

func (c *committer) next() (operation, bool) {
	select {
	case op := <-c.queue:
		return op, true
	default:
		return operation{}, false
	}
}

func perform(w work, op operation) error {
	w.touched = &touched{}
	if op.single {
		return guarded(w, op.fn)
	}
	return nested(w, func() error { return guarded(w, op.fn) })
}

// guarded turns a panic into an error, because the other operations of the commit must not go down with it.
func guarded(w work, fn func(work) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return fn(w)
}
