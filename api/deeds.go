package api

import (
	"context"
	"sync"

	"clamor"
	"clamor/rank"
)

// reader is the key under which a request's context bears who reads.
type reader struct{}

// deeds remembers up to which revision of the store the lists must be that each person sees next, so that people see what they did.
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

// next gives up to which revision a list must be, once: the list that somebody sees after what they did holds it, or says that it does not yet.
func (d *deeds) next(ctx context.Context) int64 {
	user, _ := ctx.Value(reader{}).(clamor.UserID)
	d.mu.Lock()
	defer d.mu.Unlock()
	revision := d.of[user]
	delete(d.of, user)
	return revision
}

// own gives each person lists that hold what that person did.
type own struct {
	Lister
	deeds *deeds
}

func (o own) List(ctx context.Context, q rank.Query) (clamor.List, error) {
	q.AtLeast = max(q.AtLeast, o.deeds.next(ctx))
	return o.Lister.List(ctx, q)
}
