package ingest

import (
	"context"
	"fmt"
	"time"

	"clamor"
)

// Run pulls all sources by their schedules until ctx ends, and returns when the pulls under way have ended.
func (p *Puller) Run(ctx context.Context) {
	defer p.group.Wait()
	for timer := time.NewTimer(0); ; timer.Reset(p.options.Look) {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case name := <-p.asked:
			p.beginAsked(ctx, name)
		}
		if err := p.Begin(ctx); err != nil && ctx.Err() == nil {
			p.options.Logger.Error("looking for sources to pull", "error", err)
		}
	}
}

// Begin begins to pull what is due, and does not wait for it: Wait does.
func (p *Puller) Begin(ctx context.Context) error {
	sources, err := p.store.Sources(ctx)
	if err != nil {
		return fmt.Errorf("listing the sources: %w", err)
	}
	pulls, err := p.store.LastPulls(ctx)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if p.due(source, pulls[source.Name], p.options.Now()) && p.begin(source.Name) {
			p.group.Go(func() {
				defer p.end(source.Name)
				p.pullBeside(ctx, source, func(last clamor.LastPull) bool { return p.due(source, last, p.options.Now()) })
			})
		}
	}
	return nil
}

// Ask has Run pull a source soon, whether it is due or not; the error says why that cannot be.
func (p *Puller) Ask(ctx context.Context, name string) error {
	source, err := p.store.FindSource(ctx, name)
	if err != nil {
		return err
	}
	if _, err := p.pullable(source); err != nil {
		return err
	}
	select {
	case p.asked <- source.Name:
		return nil
	default:
		return clamor.Errorf(clamor.Unavailable, "many sources wait to be pulled already: try again in a minute")
	}
}

// beginAsked begins to pull a source that somebody asked for. One that is being pulled already is left at that.
func (p *Puller) beginAsked(ctx context.Context, name string) {
	source, err := p.store.FindSource(ctx, name)
	if err != nil {
		p.options.Logger.Error("finding a source to pull", "source", name, "error", err)
		return
	}
	if p.begin(name) {
		p.group.Go(func() {
			defer p.end(name)
			p.pullBeside(ctx, source, func(clamor.LastPull) bool { return true })
		})
	}
}

// Wait returns when no scheduled pull is under way.
func (p *Puller) Wait() { p.group.Wait() }

// due reports whether a source is to be pulled now. A schedule that was shortened since the last pull counts at once.
func (p *Puller) due(source clamor.Source, last clamor.LastPull, now time.Time) bool {
	if !source.On || source.Every <= 0 {
		return false
	}
	if _, err := p.pullable(source); err != nil && clamor.KindOf(err) == clamor.Unsupported {
		return false
	}
	next := last.NextAt
	if soon := last.At.Add(source.Every + source.Every*pullJitter/100); last.Failures == 0 && soon.Before(next) {
		next = soon
	}
	return !next.After(now)
}

// pullBeside pulls a source beside others, as soon as there is a place, and logs how it went.
func (p *Puller) pullBeside(ctx context.Context, source clamor.Source, wanted func(clamor.LastPull) bool) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return
	}
	last, err := p.pullAlone(ctx, source, nil, wanted)
	switch {
	case ctx.Err() != nil, clamor.KindOf(err) == clamor.Conflict:
	case err != nil:
		p.options.Logger.Warn("pulling a source", "source", source.Name, "pages", last.Pages, "failures", last.Failures, "next", last.NextAt, "error", err)
	default:
		p.options.Logger.Info("pulled a source", "source", source.Name, "pages", last.Pages, "kept", last.Kept, "next", last.NextAt)
	}
}
