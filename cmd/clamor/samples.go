package main

import (
	"context"
	"sync"
	"time"

	"clamor"
	"clamor/api"
)

// samples loads the sample company into a workspace that people use, beside the workers, and takes it out again. What is to be loaded stands
// in the store: a load that was cut off begins anew when the service next starts.
type samples struct {
	*service
	wake chan struct{}
}

func newSamples(s *service) *samples { return &samples{service: s, wake: make(chan struct{}, 1)} }

const sampleLease = "sample"

// Load is part of api.Samples.
func (x *samples) Load(ctx context.Context, by string) error {
	if err := x.db.BeginSample(ctx, sampleOrigin(), by); err != nil {
		return err
	}
	select {
	case x.wake <- struct{}{}:
	default:
	}
	return nil
}

// Remove is part of api.Samples.
func (x *samples) Remove(ctx context.Context, by string) error {
	state, err := x.db.Sample(ctx)
	if err != nil {
		return err
	}
	if state.Loading() {
		return clamor.Errorf(clamor.Conflict, "the sample data is still being loaded, which takes some seconds: remove it then")
	}
	err = x.db.RemoveSample(ctx, by)
	x.stir()
	return err
}

// State is part of api.Samples.
func (x *samples) State(ctx context.Context) (clamor.Sample, error) { return x.db.Sample(ctx) }

func sampleOrigin() clamor.Source {
	secret, _ := api.NewSecret("")
	return clamor.Source{Kind: "generic", Secret: secret}
}

// run loads whenever there is something to load, until ctx ends.
func (x *samples) run(ctx context.Context) {
	ticker := time.NewTicker(leaseTime)
	defer ticker.Stop()
	for {
		if err := x.once(ctx); err != nil && ctx.Err() == nil {
			x.logger.Error("loading the sample data", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-x.wake:
		case <-ticker.C: // another process may have been asked to, or have ended in the middle of it
		}
	}
}

// once loads the sample company where it is to be loaded and nobody else is at it.
func (x *samples) once(ctx context.Context) error {
	state, err := x.db.Sample(ctx)
	if err != nil || !state.Loading() {
		return err
	}
	owner := processName()
	mine, err := x.db.Lease(ctx, sampleLease, owner, leaseTime)
	if err != nil || !mine {
		return err
	}
	defer x.hold(ctx, owner)()
	if state.Share > 0 {
		if err := x.db.ResetSample(ctx, sampleOrigin()); err != nil {
			return err
		}
	}
	err = x.fill(ctx)
	switch {
	case ctx.Err() != nil: // goes on at the next start
		return nil
	case err != nil:
		return x.db.PutSample(ctx, 0, err.Error())
	}
	return x.db.PutSample(ctx, 100, "")
}

// hold renews the lease on the load until what it gives is called.
func (x *samples) hold(ctx context.Context, owner string) (release func()) {
	holding, stop := context.WithCancel(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() {
		for {
			select {
			case <-holding.Done():
				return
			case <-time.After(leaseTime / 3):
				_, _ = x.db.Lease(holding, sampleLease, owner, leaseTime) // what goes wrong shows in the load itself
			}
		}
	})
	return func() {
		stop()
		renewer.Wait()
		_ = x.db.Release(context.WithoutCancel(ctx), sampleLease, owner) // it ends by itself
	}
}

func (x *samples) fill(ctx context.Context) error {
	told := func(ctx context.Context, share int) error { return x.db.PutSample(ctx, share, "") }
	if err := told(ctx, 1); err != nil {
		return err
	}
	company := fieldwren{service: x.service, source: clamor.SampleSource, importer: clamor.SampleBy, decider: clamor.SampleBy, settle: x.await, told: told}
	return company.load(ctx, time.Now())
}

// await lets the workers take in and place what was sent.
func (x *samples) await(ctx context.Context) error {
	const look = 100 * time.Millisecond
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		x.stir()
		pending, fault, err := x.db.SamplePending(ctx)
		switch {
		case err != nil:
			return err
		case fault != "":
			return clamor.Errorf(clamor.Internal, "a note of the sample could not be read: %s", fault)
		case pending == 0:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
