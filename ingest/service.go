package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"clamor"
)

// Store is what ingest needs of the store. All methods may be called concurrently, each is one transaction, and each can
// be repeated without a second effect.
type Store interface {
	// PendingDeliveries are those received and not yet dealt with, oldest first, with their bodies.
	PendingDeliveries(ctx context.Context, limit int) ([]clamor.Delivery, error)
	FindSource(ctx context.Context, name string) (clamor.Source, error)
	// TakeIn resolves and records accounts and deals, adds notes and asks, and gives the delivery its state and reason.
	TakeIn(ctx context.Context, id clamor.DeliveryID, intakes []clamor.Intake, state clamor.DeliveryState, reason string) (clamor.Tally, error)
	// The Put methods answer with one result a row, in the order given; a dry run changes nothing.
	PutAccounts(ctx context.Context, facts []clamor.AccountFacts, by string, dryRun bool) ([]clamor.RowResult, error)
	PutDeals(ctx context.Context, facts []clamor.DealFacts, by string, dryRun bool) ([]clamor.RowResult, error)
	PutNotes(ctx context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error)
}

// Options are the settings of a Service.
type Options struct {
	Currency string       // of amounts that name none; "" means USD
	Batch    int          // deliveries of one step; 0 means 256
	Parallel int          // deliveries taken in at once, so that the store can commit them together; 0 means 16
	Logger   *slog.Logger // nil: silent
}

// Service reads what was received. One Step at a time; Import may run beside it.
type Service struct {
	store   Store
	now     func() time.Time
	options Options
}

// NewService makes a Service over a store.
func NewService(store Store, now func() time.Time, o Options) *Service {
	if o.Batch <= 0 {
		o.Batch = 256
	}
	if o.Parallel <= 0 {
		o.Parallel = 16
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, now: now, options: o}
}

// reading is a delivery as its adapter reads it, ready to be taken in.
type reading struct {
	delivery clamor.Delivery
	intakes  []clamor.Intake
	state    clamor.DeliveryState
	reason   string
	err      error // the store could not be asked: the delivery stays pending
}

// Step reads one batch of pending deliveries and says how many are done with. A delivery that cannot be read is failed with
// its reason, and never holds up the others; an error means that the store could not be used.
func (s *Service) Step(ctx context.Context) (done int, err error) {
	pending, err := s.store.PendingDeliveries(ctx, s.options.Batch)
	if err != nil {
		return 0, fmt.Errorf("finding pending deliveries: %w", err)
	}
	var readings []reading
	var faults []error
	for _, d := range pending {
		r := s.readSafely(ctx, d)
		if r.err != nil {
			faults = append(faults, r.err)
			continue
		}
		readings = append(readings, r)
	}
	for _, wave := range waves(readings, s.options.Parallel) {
		n, err := s.takeInAll(ctx, wave)
		done += n
		if err != nil {
			faults = append(faults, err)
		}
	}
	return done, errors.Join(faults...)
}

// readSafely keeps a panic inside one delivery: it is failed like any other that cannot be read.
func (s *Service) readSafely(ctx context.Context, d clamor.Delivery) (r reading) {
	defer func() {
		if cause := recover(); cause != nil {
			s.options.Logger.Error("reading a delivery panicked", "delivery", d.ID, "source", d.Source, "panic", cause, "stack", string(debug.Stack()))
			r = failed(d, "reading it broke: this is a fault of Clamor, please report it with the delivery's id; its bytes are kept")
		}
	}()
	return s.read(ctx, d)
}

func (s *Service) read(ctx context.Context, d clamor.Delivery) reading {
	source, err := s.store.FindSource(ctx, d.Source)
	if err != nil {
		if clamor.KindOf(err) == clamor.NotFound {
			return failed(d, fmt.Sprintf("the source %q is gone: add it again under this name", d.Source))
		}
		return reading{err: fmt.Errorf("finding source %s: %w", d.Source, err)}
	}
	adapter, err := FindAdapter(source.Kind)
	if err != nil {
		return failed(d, reasonOf(err))
	}
	intakes, err := adapter.Parse(d, ParseOptions{Currency: s.options.Currency, Source: d.Source, ReceivedAt: d.ReceivedAt})
	if err != nil {
		return reading{delivery: d, intakes: intakes, state: clamor.Failed, reason: reasonOf(err)}
	}
	return reading{delivery: d, intakes: intakes, state: clamor.Processed}
}

func failed(d clamor.Delivery, reason string) reading {
	return reading{delivery: d, state: clamor.Failed, reason: reason}
}

// maxReason bounds the stored reason: a payload of ten thousand bad notes is told by its first faults.
const maxReason = 4000

func reasonOf(err error) string {
	reason := clean(err.Error())
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "… and more"
}

// waves cuts the readings into groups that may be taken in side by side: no two of a group hold the same note, so that its
// versions come in the order in which they were received.
func waves(readings []reading, size int) [][]reading {
	var all [][]reading
	var wave []reading
	held := map[string]bool{}
	for _, r := range readings {
		if len(wave) == size || r.sharesNote(held) {
			all, wave, held = append(all, wave), nil, map[string]bool{}
		}
		wave = append(wave, r)
		for _, in := range r.intakes {
			held[noteKey(in)] = true
		}
	}
	if len(wave) > 0 {
		all = append(all, wave)
	}
	return all
}

func noteKey(in clamor.Intake) string { return in.Note.Source + "\x00" + in.Note.ExternalID }

func (r reading) sharesNote(held map[string]bool) bool {
	for _, in := range r.intakes {
		if held[noteKey(in)] {
			return true
		}
	}
	return false
}

func (s *Service) takeInAll(ctx context.Context, wave []reading) (done int, err error) {
	errs := make([]error, len(wave))
	var group sync.WaitGroup
	for i, r := range wave {
		group.Go(func() { errs[i] = s.takeIn(ctx, r) })
	}
	group.Wait()
	for _, e := range errs {
		if e == nil {
			done++
		}
	}
	return done, errors.Join(errs...)
}

// takeIn records a reading. If the store refuses it but can still record the refusal, then the fault lies in this delivery,
// which is failed and kept; if it cannot, the delivery stays pending.
func (s *Service) takeIn(ctx context.Context, r reading) error {
	tally, err := s.store.TakeIn(ctx, r.delivery.ID, r.intakes, r.state, r.reason)
	if err != nil && ctx.Err() == nil && clamor.KindOf(err) != clamor.Unavailable {
		s.options.Logger.Error("taking in a delivery", "delivery", r.delivery.ID, "source", r.delivery.Source, "error", err)
		tally, err = s.store.TakeIn(ctx, r.delivery.ID, nil, clamor.Failed, refusal(err))
	}
	if err != nil {
		return fmt.Errorf("taking in delivery %s: %w", r.delivery.ID, err)
	}
	s.options.Logger.Debug("delivery taken in", "delivery", r.delivery.ID, "source", r.delivery.Source, "state", r.state,
		"notes", tally.NotesAdded+tally.NotesChanged, "asks", tally.AsksAdded)
	return nil
}

// refusal tells why the store did not take a delivery; what was not written for a reader's eye stays in the log.
func refusal(err error) string {
	if clamor.KindOf(err) == clamor.Internal {
		return "the store refused its notes: this is a fault of Clamor, please report it with the delivery's id; its bytes are kept"
	}
	return reasonOf(err)
}
