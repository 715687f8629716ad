package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clamor"
	"clamor/api"
	"clamor/api/export"
	"clamor/dedupe"
	"clamor/ingest"
	"clamor/rank"
	"clamor/store"
)

// service is the store with the stages above it, built bottom up.
type service struct {
	db      *store.DB
	ingest  *ingest.Service
	puller  *ingest.Puller
	dedupe  *dedupe.Service
	rank    *rank.Service
	logger  *slog.Logger
	globals *globals
	now     func() time.Time
	wake    chan struct{}
	hub     *export.GitHub         // nil: not connected
	repo    string                 // that the export page offers
	arrived atomic.Int64           // deliveries since the start, as the hooks announce them
	held    atomic.Bool            // this process holds the workers' lease
	trouble atomic.Pointer[string] // why the workers do not get on, if they do not
}

// openService opens the store and builds the stages; close ends it.
func openService(ctx context.Context, g *globals, w world) (*service, error) {
	start, err := g.fiscalStart()
	if err != nil {
		return nil, err
	}
	currency, err := clamor.ParseCurrency(g.Currency)
	if err != nil {
		return nil, err
	}
	options, err := g.deduper()
	if err != nil {
		return nil, err
	}
	inside, err := g.inside()
	if err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(g.LogLevel)); err != nil {
		return nil, err
	}
	logger := slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: level}))
	if err := os.MkdirAll(g.DataDir, 0o700); err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the data directory cannot be made: %w", err)
	}
	now := w.clock()
	db, err := store.OpenAt(ctx, g.database(), now)
	if err != nil {
		return nil, err
	}
	settings := rank.Defaults()
	settings.Currency, settings.FiscalStart = currency, start
	ranker, err := rank.NewService(db, rank.Options{Settings: settings, Now: now})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &service{
		db: db, rank: ranker, logger: logger, globals: g, now: now, wake: make(chan struct{}, 1),
		dedupe: dedupe.NewService(db, now, options),
	}
	call := ingest.NewCaller(ingest.CallOptions{Private: inside, Logger: logger})
	s.ingest = ingest.NewService(db, now, ingest.Options{Currency: currency, Parallel: db.Writers(), Logger: logger, Wake: s.stir,
		Caller: func(clamor.Source) ingest.Caller { return call }})
	s.puller = ingest.NewPuller(db, ingest.PullOptions{Call: call, Now: now, Owner: processName(), Wake: s.stir, Logger: logger})
	return s, nil
}

// close lets fetches that are under way end before it closes the store.
func (s *service) close() error {
	s.ingest.Wait()
	return s.db.Close()
}

// stir tells the workers that there is work, without waiting for them.
func (s *service) stir() {
	s.arrived.Add(1)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// alive says why the workers do not get on, nil while they do.
func (s *service) alive() error {
	if why := s.trouble.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}

const (
	leaseName = "workers"
	leaseTime = 6 * time.Second // how long the workers' place stays empty when their process is killed
	idle      = time.Second     // between looks for work that nobody announced: another process may have taken it in
)

// work takes in deliveries and places asks until ctx ends. Of several processes on one database one works at a time: the one that
// holds the lease.
func (s *service) work(ctx context.Context) {
	owner := processName()
	var renewing sync.WaitGroup
	renewing.Go(func() { s.renew(ctx, owner) })
	defer func() {
		s.save(0)
		renewing.Wait()
		if err := s.db.Release(context.WithoutCancel(ctx), leaseName, owner); err != nil {
			s.logger.Error("giving back the workers' lease", "error", err)
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for index := (freshness{}); ; {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		err := s.refresh(ctx, &index)
		if err == nil {
			err = s.drain(ctx)
		}
		s.report(ctx, err)
		timer.Reset(idle)
	}
}

// freshness says how far the deduper's index can be trusted.
type freshness struct {
	own      bool // every placement since the load was this process's own
	revision int64
	at       time.Time
}

// refresh loads the deduper's index when this process begins to place asks, and now and then while another one places them.
func (s *service) refresh(ctx context.Context, f *freshness) error {
	held := s.held.Load()
	if f.own && held {
		return nil
	}
	revision, err := s.db.Revision(ctx)
	if err != nil {
		return err
	}
	if !held && (revision == f.revision || time.Since(f.at) < time.Minute) {
		return nil
	}
	if err := s.dedupe.Load(ctx); err != nil {
		return fmt.Errorf("loading the index: %w", err)
	}
	s.save(snapshotGrowth)
	*f = freshness{own: held, revision: revision, at: time.Now()}
	return nil
}

// snapshotGrowth is the share by which the index grows before its snapshot is written anew.
const snapshotGrowth = 0.25

func (s *service) save(growth float64) {
	if err := s.dedupe.Save(growth); err != nil {
		s.logger.Warn("the next start will take longer", "error", err)
	}
}

// renew takes the lease as soon as it is free and holds it until ctx ends.
func (s *service) renew(ctx context.Context, owner string) {
	for ctx.Err() == nil {
		mine, err := s.db.Lease(ctx, leaseName, owner, leaseTime)
		if err != nil && ctx.Err() == nil {
			s.logger.Error("renewing the workers' lease", "error", err)
		}
		if s.held.Swap(mine && err == nil) != mine && mine {
			s.stir()
		}
		select {
		case <-ctx.Done():
		case <-time.After(leaseTime / 3):
		}
	}
}

func (s *service) report(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		s.trouble.Store(nil)
		return
	}
	why := err.Error()
	s.trouble.Store(&why)
	s.logger.Error("the workers do not get on", "error", err)
}

// drain works until nothing is left to do, or the lease is lost.
func (s *service) drain(ctx context.Context) error {
	for s.held.Load() {
		began, arrived := time.Now(), s.arrived.Load()
		taken, placed, err := s.step(ctx)
		if err != nil || taken+placed == 0 {
			return err
		}
		s.save(snapshotGrowth)
		s.giveWay(ctx, time.Since(began), s.arrived.Load()-arrived, int64(taken))
	}
	return nil
}

// step takes in a batch of deliveries and, beside that, places the asks of those before, and says how many of each.
func (s *service) step(ctx context.Context) (taken, placed int, err error) {
	var failed error
	var placing sync.WaitGroup
	placing.Go(func() { placed, failed = s.dedupe.Step(ctx) })
	taken, err = s.ingest.Step(ctx)
	placing.Wait()
	if err != nil {
		err = fmt.Errorf("taking in deliveries: %w", err)
	}
	if failed != nil {
		failed = fmt.Errorf("placing asks: %w", failed)
	}
	return taken, placed, errors.Join(err, failed)
}

// giveWay lets the hooks go first: while more pours in than is taken, the workers rest nine times as long as their step took. What has
// been acknowledged can wait; a sender cannot.
func (s *service) giveWay(ctx context.Context, took time.Duration, arrived, taken int64) {
	if arrived <= taken {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(min(9*took, time.Second)):
	}
}

// processName tells this process from all others that share the store.
func processName() string {
	return fmt.Sprintf("%s-%d-%d", hostname(), os.Getpid(), time.Now().UnixNano())
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "host"
	}
	return name
}

// today is the day it is.
func today() clamor.Date { return clamor.DateOf(time.Now()) }

// quarter reads a quarter's name by the settings' fiscal year, "" being the one of today.
func (s *service) quarter(ctx context.Context, name string) (clamor.Quarter, error) {
	settings, err := s.rank.Settings(ctx)
	if err != nil {
		return clamor.Quarter{}, err
	}
	if name == "" {
		return clamor.QuarterOf(clamor.DateOf(s.now()), settings.FiscalStart), nil
	}
	return clamor.ParseQuarter(name, settings.FiscalStart)
}

// overruled tells which flags do not count because the stored ranking settings say otherwise.
func (s *service) overruled(ctx context.Context) ([]string, error) {
	stored, err := s.rank.Settings(ctx)
	if err != nil {
		return nil, err
	}
	start, err := s.globals.fiscalStart()
	var flags []string
	if s.globals.Currency != "USD" && !strings.EqualFold(s.globals.Currency, stored.Currency) {
		flags = append(flags, fmt.Sprintf("--currency %s: the list is in %s by version %d of the ranking settings", s.globals.Currency, stored.Currency, stored.Version))
	}
	if start != time.January && start != max(stored.FiscalStart, time.January) {
		flags = append(flags, fmt.Sprintf("--fiscal-year-start %s: the fiscal year starts in month %d by version %d of the ranking settings",
			s.globals.FiscalStart, max(stored.FiscalStart, time.January), stored.Version))
	}
	return flags, err
}

// listen opens the address and says which URL people reach it by.
func (s *service) listen() (net.Listener, string, error) {
	l, err := net.Listen("tcp", s.globals.Listen)
	if err != nil {
		return nil, "", clamor.Errorf(clamor.Unavailable, "cannot listen on %s: %w; choose another address with --listen", s.globals.Listen, err)
	}
	url := s.globals.PublicURL
	if url == "" {
		url = "http://" + l.Addr().String()
	}
	return l, url, nil
}

// serve answers on the listener and works until ctx ends, then lets what is under way end.
func (s *service) serve(ctx context.Context, l net.Listener, url string) error {
	flags, err := s.overruled(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	for _, flag := range flags {
		s.logger.Warn("a flag that does not count", "flag", flag)
	}
	samples := newSamples(s)
	uploads := ingest.NewUploads(s.ingest, s.db, ingest.UploadOptions{Dir: filepath.Join(s.globals.DataDir, "uploads"), Owner: processName(), Now: s.now, Logger: s.logger})
	server, err := api.New(api.Options{Store: s.db, Samples: samples, Uploads: uploads, Rank: s.rank, Dedupe: s.dedupe, PublicURL: url, Now: s.now, Logger: s.logger,
		Currency: s.globals.Currency, Wake: s.stir, Alive: s.alive, Pull: s.puller.Ask,
		GitHub: s.hub, GitHubRepo: s.repo})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	web := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug)}
	var workers sync.WaitGroup
	working, stop := context.WithCancel(ctx)
	workers.Go(func() { s.work(working) })
	workers.Go(func() { s.rank.Follow(working) })
	workers.Go(func() { server.Follow(working) })
	workers.Go(func() { s.puller.Run(working) })
	workers.Go(func() { samples.run(working) })
	workers.Go(func() { uploads.Run(working) })
	if s.hub != nil {
		workers.Go(func() { s.poll(working, s.hub) })
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(l) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = web.Shutdown(ending)
	}
	stop()
	workers.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
