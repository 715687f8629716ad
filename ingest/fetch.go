package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"clamor"
)

// Some webhooks only announce what is to be fetched. The network has time of its own: a few fetches run beside the steps, and what
// waits for them is put off in the store, so that it holds up nothing and a crash forgets nothing.
const (
	mostFetching = 8               // at once
	mostWaiting  = 256             // in memory, those at work counted
	fetchTime    = 2 * time.Minute // of one delivery
	fetchLease   = time.Minute     // how long a delivery under way is left alone: after a crash it is read again then
)

// patience is how often what is announced and not there is asked for, over some quarter of an hour: recorders announce what is not
// ready yet. After that it is taken for gone, and what is known without it has to do.
const patience = 6

// job is a delivery that only announces what is to be fetched.
type job struct {
	source  clamor.Source
	adapter Adapter
	harvest clamor.Harvest // what it holds by itself
}

// fetches are those that wait or are under way.
type fetches struct {
	mu    *sync.Mutex
	group *sync.WaitGroup
	slots chan struct{}
	under map[clamor.DeliveryID]bool
}

func newFetches() fetches {
	return fetches{mu: new(sync.Mutex), group: new(sync.WaitGroup), slots: make(chan struct{}, mostFetching), under: map[clamor.DeliveryID]bool{}}
}

// begin reserves a place for a delivery; false if it has one already, or none is free.
func (f fetches) begin(id clamor.DeliveryID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.under[id] || len(f.under) >= mostWaiting {
		return false
	}
	f.under[id] = true
	return true
}

func (f fetches) end(id clamor.DeliveryID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.under, id)
}

// Wait returns when no fetch is under way any more. Whoever ended the context of Step calls it before closing the store.
func (s *Service) Wait() { s.fetches.group.Wait() }

// announced puts a delivery off while what it announces is fetched.
func (s *Service) announced(d clamor.Delivery, j job) reading {
	if s.options.Caller == nil {
		return reading{delivery: d.Again("what it announces cannot be fetched by this process: run clamor serve", s.now())}
	}
	d.State, d.RetryAt = clamor.Received, s.now().Add(fetchLease).UTC().Truncate(time.Microsecond)
	d.Attempts-- // waiting is no attempt
	return reading{delivery: d, fetch: &j}
}

// fetch gets what a delivery announces, beside the steps. One that finds no place is met again when its lease has run out.
func (s *Service) fetch(ctx context.Context, d clamor.Delivery, j job) {
	if !s.fetches.begin(d.ID) {
		return
	}
	s.fetches.group.Go(func() {
		defer s.fetches.end(d.ID)
		select {
		case s.fetches.slots <- struct{}{}:
			defer func() { <-s.fetches.slots }()
		case <-ctx.Done():
			return
		}
		s.fetchNow(ctx, d, j)
	})
}

// fetchNow fetches and settles a delivery. A process that ends in the middle leaves it pending.
func (s *Service) fetchNow(ctx context.Context, d clamor.Delivery, j job) {
	d.Attempts++
	within, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	err := s.fetchSafely(within, d, j)
	if ctx.Err() != nil {
		return
	}
	r := reading{delivery: d.Done(), harvest: j.harvest}
	switch {
	case gone(err) && d.Attempts >= patience:
		r.delivery = d.Ended("what it announces is not there: " + reasonOf(err) + ". If it was deleted there, nothing is to be done; else look at the " +
			"source's settings and replay the delivery")
	case err != nil:
		s.options.Logger.Warn("fetching what a delivery announces", "delivery", d.ID, "source", d.Source, "error", err)
		r = reading{delivery: d.Again(fetchReason(err), s.now())}
	}
	if err := s.takeIn(ctx, r); err != nil {
		s.options.Logger.Error("settling a fetched delivery", "error", err)
	}
	s.options.Wake()
}

func (s *Service) fetchSafely(ctx context.Context, d clamor.Delivery, j job) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = clamor.Errorf(clamor.Unavailable, "%s", s.broken(d, cause))
		}
	}()
	return j.adapter.Fetch(ctx, Pull{Source: j.source, Now: s.now(), Call: s.options.Caller(j.source),
		Cursor: func(string) string { return "" }, Keep: s.keeper(j.source)}, d)
}

// keeper makes the pages of a fetch deliveries of the source. A fetch reads no topic on, so that it has no cursors.
func (s *Service) keeper(source clamor.Source) func(context.Context, Page) error {
	return func(ctx context.Context, p Page) error {
		if len(p.Body) == 0 {
			return nil
		}
		_, _, err := s.store.AddDelivery(ctx, NewPage(source, p, s.now()))
		if err != nil {
			return fmt.Errorf("keeping a page of %s: %w", p.Topic, err)
		}
		return nil
	}
}

// fetchReason tells a person why nothing was fetched; what was not written for a reader's eye stays in the log.
func fetchReason(err error) string {
	if clamor.KindOf(err) == clamor.Internal {
		return "what it announces could not be fetched: the log holds the cause"
	}
	return "what it announces could not be fetched: " + reasonOf(err)
}
