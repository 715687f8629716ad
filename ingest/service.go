package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clamor"
)

// Store is what ingest needs of the store. All methods may be called concurrently, each is one transaction, and each can
// be repeated without a second effect.
type Store interface {
	// PendingDeliveries are those that are to be read by now, with their bodies: first those never put off, oldest first.
	PendingDeliveries(ctx context.Context, limit int) ([]clamor.Delivery, error)
	FindSource(ctx context.Context, name string) (clamor.Source, error)
	// TakeIn records what a delivery holds and gives it the state, reason, attempts and time that d bears; where a record cannot be
	// kept the delivery is dead with the faults, or fails if what is missing may still come.
	TakeIn(ctx context.Context, d clamor.Delivery, h clamor.Harvest) (clamor.Tally, error)
	// AddDelivery keeps a delivery; one that is there already is reported as a duplicate.
	AddDelivery(ctx context.Context, d clamor.Delivery) (id clamor.DeliveryID, duplicate bool, err error)
	// The Put methods answer with one result a row, in the order given; a dry run changes nothing.
	PutAccounts(ctx context.Context, facts []clamor.AccountFacts, by string, dryRun bool) ([]clamor.RowResult, error)
	PutDeals(ctx context.Context, facts []clamor.DealFacts, by string, dryRun bool) ([]clamor.RowResult, error)
	PutNotes(ctx context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error)
	Imports
}

// Options are the settings of a Service.
type Options struct {
	Currency string       // of amounts that name none; "" means USD
	Batch    int          // deliveries of one step; 0 means 256
	Parallel int          // deliveries taken in at once, so that the store can commit them together; 0 means 16
	Logger   *slog.Logger // nil: silent
	// Caller gives what a source's API is called with; nil: what is only announced cannot be fetched here.
	Caller func(clamor.Source) Caller
	Wake   func() // tells whoever calls Step that there is work; may be nil
}

// Service reads what was received. One Step at a time; Import may run beside it. Wait ends it.
type Service struct {
	store   Store
	now     func() time.Time
	options Options
	fetches fetches
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
	if o.Wake == nil {
		o.Wake = func() {}
	}
	return &Service{store: store, now: now, options: o, fetches: newFetches()}
}

// reading is a delivery as its adapter reads it: in the state it shall have, with what it holds.
type reading struct {
	delivery clamor.Delivery
	harvest  clamor.Harvest
	fetch    *job  // what it only announces is to be fetched first
	err      error // the store could not be asked: the delivery stays pending
}

// Step reads one batch of pending deliveries and says how many are done with. A delivery that cannot be read is dead with
// its reason, one that cannot be read now is tried again later, and neither holds up the others; an error means that the store could
// not be used. What a delivery only announces is fetched beside the steps.
func (s *Service) Step(ctx context.Context) (done int, err error) {
	pending, err := s.store.PendingDeliveries(ctx, s.options.Batch)
	if err != nil {
		return 0, fmt.Errorf("finding pending deliveries: %w", err)
	}
	var readings []reading
	var faults []error
	for _, r := range s.readAll(ctx, pending) {
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

// readAll reads deliveries side by side, since each is read by itself, and gives them in their order.
func (s *Service) readAll(ctx context.Context, pending []clamor.Delivery) []reading {
	sources := s.sourcesOf(ctx, pending)
	readings := make([]reading, len(pending))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(pending)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(pending)); i = next.Add(1) - 1 {
				readings[i] = s.readSafely(pending[i], sources[pending[i].Source])
			}
		})
	}
	group.Wait()
	return readings
}

// origin is the source of deliveries, or why it cannot be had.
type origin struct {
	source clamor.Source
	err    error
}

// sourcesOf finds each source of a batch once.
func (s *Service) sourcesOf(ctx context.Context, pending []clamor.Delivery) map[string]origin {
	all := map[string]origin{}
	for _, d := range pending {
		if _, known := all[d.Source]; !known {
			source, err := s.store.FindSource(ctx, d.Source)
			all[d.Source] = origin{source, err}
		}
	}
	return all
}

// readSafely keeps a panic inside one delivery. It is tried again, since a version of Clamor without the fault may come.
func (s *Service) readSafely(d clamor.Delivery, from origin) (r reading) {
	d.Attempts++
	defer func() {
		if cause := recover(); cause != nil {
			r = reading{delivery: d.Again(s.broken(d, cause), s.now())}
		}
	}()
	return s.read(d, from)
}

// broken logs a panic and gives the reason that people see.
func (s *Service) broken(d clamor.Delivery, cause any) string {
	s.options.Logger.Error("reading a delivery panicked", "delivery", d.ID, "source", d.Source, "panic", cause, "stack", string(debug.Stack()))
	return "reading it broke: this is a fault of Clamor, please report it with the delivery's id; its bytes are kept"
}

func (s *Service) read(d clamor.Delivery, from origin) reading {
	source, err := from.source, from.err
	if err != nil {
		if clamor.KindOf(err) == clamor.NotFound {
			return reading{delivery: d.Ended(fmt.Sprintf("the source %q is gone: add it again under this name and replay the delivery", d.Source))}
		}
		return reading{err: fmt.Errorf("finding source %s: %w", d.Source, err)}
	}
	adapter, err := FindAdapter(source.Kind)
	if err != nil {
		return reading{delivery: d.Ended(reasonOf(err))}
	}
	harvest, err := adapter.Parse(d, parseOptions(source, adapter, d, s.options.Currency))
	if err != nil {
		return reading{delivery: d.Ended(reasonOf(err)), harvest: harvest}
	}
	if harvest.Thin && adapter.Fetch != nil {
		return s.announced(d, job{source: source, adapter: adapter, harvest: harvest})
	}
	return reading{delivery: d.Done(), harvest: harvest}
}

// parseOptions are what reading a delivery of a source depends on. What the source was not told has the default of its kind.
func parseOptions(s clamor.Source, a Adapter, d clamor.Delivery, currency string) ParseOptions {
	settings := s.Settings
	for _, one := range a.Settings {
		if _, told := settings[one.Name]; told || one.Default == "" {
			continue
		}
		if len(settings) == len(s.Settings) {
			settings = maps.Clone(settings)
		}
		if settings == nil {
			settings = map[string]string{}
		}
		settings[one.Name] = one.Default
	}
	return ParseOptions{Currency: currency, Source: s.Name, ReceivedAt: d.ReceivedAt, Settings: settings, Mapping: s.Mapping}
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
		for _, in := range r.harvest.Notes {
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
	for _, in := range r.harvest.Notes {
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
// which is kept and tried again; if it cannot, the delivery stays pending.
func (s *Service) takeIn(ctx context.Context, r reading) error {
	d := r.delivery
	tally, err := s.store.TakeIn(ctx, d, r.harvest)
	if err != nil && ctx.Err() == nil && clamor.KindOf(err) != clamor.Unavailable {
		s.options.Logger.Error("taking in a delivery", "delivery", d.ID, "source", d.Source, "error", err)
		d = d.Again(refusal(err), s.now())
		tally, err = s.store.TakeIn(ctx, d, clamor.Harvest{})
	}
	if err != nil {
		return fmt.Errorf("taking in delivery %s: %w", d.ID, err)
	}
	if r.fetch != nil && d.State == clamor.Received {
		s.fetch(ctx, d, *r.fetch)
	}
	s.options.Logger.Debug("delivery taken in", "delivery", d.ID, "source", d.Source, "state", d.State,
		"notes", tally.NotesAdded+tally.NotesChanged, "asks", tally.AsksAdded)
	return nil
}

// refusal tells why the store did not take a delivery; what was not written for a reader's eye stays in the log.
func refusal(err error) string {
	if clamor.KindOf(err) == clamor.Internal {
		return "the store refused what it holds: this is a fault of Clamor, please report it with the delivery's id; its bytes are kept"
	}
	return reasonOf(err)
}
