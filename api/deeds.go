package api

import (
	"context"
	"sync"

	"clamor"
	"clamor/rank"
)

// reader is the key under which a request's context bears who reads.
type reader struct{}

// deeds remembers up to which revision of the store a list holds what each person did last, so that people see it.
type deeds struct {
	mu sync.Mutex
	of map[clamor.UserID]int64
}

// note remembers that somebody did something just now.
func (d *deeds) note(ctx context.Context, store Store) error {
	user, _ := ctx.Value(reader{}).(clamor.UserID)
	if user == "" {
		return nil
	}
	revision, err := store.Revision(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of[user] = revision
	return nil
}

// last is what the reader did last.
func (d *deeds) last(ctx context.Context) int64 {
	user, _ := ctx.Value(reader{}).(clamor.UserID)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of[user]
}

// own gives each person lists that hold what that person did, where that does not take long.
type own struct {
	Lister
	deeds *deeds
}

func (o own) List(ctx context.Context, q rank.Query) (clamor.List, error) {
	q.AtLeast = max(q.AtLeast, o.deeds.last(ctx))
	return o.Lister.List(ctx, q)
}
