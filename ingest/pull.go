package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"clamor"
)

// PullStore is what pulls need of the store. All methods may be called concurrently, and each is one transaction.
type PullStore interface {
	FindSource(ctx context.Context, name string) (clamor.Source, error)
	Sources(ctx context.Context) ([]clamor.Source, error)
	Cursors(ctx context.Context, source string) (map[string]string, error)
	// KeepPage keeps a page and moves the cursor of its topic, and tells whether the page is new.
	KeepPage(ctx context.Context, d clamor.Delivery, cursor string) (bool, error)
	LastPulls(ctx context.Context) (map[string]clamor.LastPull, error)
	PutPull(ctx context.Context, p clamor.LastPull) error
	// Lease takes or renews a job that only one may do at a time; Release gives it back.
	Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error)
	Release(ctx context.Context, name, owner string) error
}

// PullOptions are the settings of a Puller.
type PullOptions struct {
	Call   Caller
	Now    func() time.Time
	Owner  string                             // what this process is called where several share a store
	Look   time.Duration                      // how often the schedule looks for what is due; 0 means five seconds
	Wake   func()                             // told after each new page; nil: nobody waits for it
	Logger *slog.Logger                       // nil: silent
	Find   func(kind string) (Adapter, error) // nil: FindAdapter
}

// Puller reads sources' APIs: one when told to, or all by their schedules.
type Puller struct {
	store   PullStore
	options PullOptions
	slots   chan struct{}
	asked   chan string // sources that somebody wants to be pulled now
	group   sync.WaitGroup
	mu      sync.Mutex
	under   map[string]bool // sources being pulled by this process
}

const (
	mostPulling   = 4 // at once
	mostAsked     = 64
	pullLease     = 30 * time.Second
	firstRetry    = time.Minute // after a pull that failed; it doubles with each
	longestRetry  = 6 * time.Hour
	pullJitter    = 10 // per cent of the interval, either way, so that sources do not march in step
	usualLook     = 5 * time.Second
	maxPullReason = 1000
)

// NewPuller makes a Puller over a store.
func NewPuller(store PullStore, o PullOptions) *Puller {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Find == nil {
		o.Find = FindAdapter
	}
	if o.Look <= 0 {
		o.Look = usualLook
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Puller{store: store, options: o, slots: make(chan struct{}, mostPulling), asked: make(chan string, mostAsked), under: map[string]bool{}}
}

// Progress is how far a pull is.
type Progress struct {
	Topic string // of the newest page
	Pages int
	Kept  int // pages that became deliveries
}

// Pull pulls one source now, from where its last pull ended, and records how it went. Conflict if it is being pulled already; what came
// before a fault stays, and the next pull goes on from there. told, if any, is called after each page.
func (p *Puller) Pull(ctx context.Context, name string, told func(Progress)) (clamor.LastPull, error) {
	source, err := p.store.FindSource(ctx, name)
	if err != nil {
		return clamor.LastPull{}, err
	}
	if _, err := p.pullable(source); err != nil {
		return clamor.LastPull{}, err
	}
	if !p.begin(name) {
		return clamor.LastPull{}, beingPulled(name)
	}
	defer p.end(name)
	return p.pullAlone(ctx, source, told, func(clamor.LastPull) bool { return true })
}

func beingPulled(name string) error {
	return clamor.Errorf(clamor.Conflict, "%s is being pulled already: wait until that ends", name)
}

// pullable finds the adapter of a source that can be pulled.
func (p *Puller) pullable(source clamor.Source) (Adapter, error) {
	a, err := p.options.Find(source.Kind)
	switch {
	case err != nil:
		return a, err
	case a.Pull == nil:
		return a, clamor.Errorf(clamor.Unsupported, "%s is of kind %s, which is not pulled: it sends by itself, or is imported from files", source.Name, source.Kind)
	}
	var missing []clamor.Fault
	for _, s := range a.Settings {
		if s.Required && source.Settings[s.Name] == "" && s.Default == "" {
			missing = append(missing, clamor.Fault{Path: s.Name, Message: "is not set: " + s.Meaning})
		}
	}
	return a, clamor.Refuse(source.Name+" cannot be pulled yet", missing)
}

// begin notes that a source is being pulled; false if it is already.
func (p *Puller) begin(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under[name] {
		return false
	}
	p.under[name] = true
	return true
}

func (p *Puller) end(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.under, name)
}

// pullAlone pulls under the source's lease, if what another process did in the meantime leaves it wanted.
func (p *Puller) pullAlone(ctx context.Context, source clamor.Source, told func(Progress), wanted func(clamor.LastPull) bool) (last clamor.LastPull, err error) {
	lease := "pull " + source.Name
	mine, err := p.store.Lease(ctx, lease, p.options.Owner, pullLease)
	if err != nil {
		return last, fmt.Errorf("taking the lease of %s: %w", source.Name, err)
	}
	if !mine {
		return last, beingPulled(source.Name)
	}
	ending := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, p.store.Release(ending, lease, p.options.Owner)) }()
	pulls, err := p.store.LastPulls(ctx)
	if err != nil || !wanted(pulls[source.Name]) {
		return pulls[source.Name], err
	}
	run := &pulling{puller: p, source: source, told: told, last: clamor.LastPull{Source: source.Name, At: p.options.Now().UTC()}}
	err = p.leased(ctx, lease, run.pull)
	err = errors.Join(err, p.settle(ending, run, pulls[source.Name], err, ctx.Err() != nil))
	return run.last, err
}

// leased renews a lease as long as do lasts; losing it ends do.
func (p *Puller) leased(ctx context.Context, lease string, do func(context.Context) error) error {
	within, cancel := context.WithCancelCause(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() { p.renew(within, lease, cancel) })
	err := do(within)
	if cause := context.Cause(within); err != nil && errors.Is(cause, errLeaseLost) {
		err = cause
	}
	cancel(nil)
	renewer.Wait()
	return err
}

var errLeaseLost = clamor.Errorf(clamor.Unavailable, "another process took the pull over")

func (p *Puller) renew(ctx context.Context, lease string, lost context.CancelCauseFunc) {
	tick := time.NewTicker(pullLease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if mine, err := p.store.Lease(ctx, lease, p.options.Owner, pullLease); err == nil && !mine {
			lost(errLeaseLost)
			return
		}
	}
}

// settle records how a pull went and when the next is due. One that was told to end is due again at once.
func (p *Puller) settle(ctx context.Context, run *pulling, before clamor.LastPull, err error, ended bool) error {
	now := p.options.Now().UTC()
	run.last.WellAt = before.WellAt
	switch {
	case ended:
		run.last.Failures, run.last.Fault, run.last.NextAt = before.Failures, "it was told to end: the next pull goes on from there", now
	case err != nil:
		run.last.Failures, run.last.Fault = before.Failures+1, pullReason(err)
		run.last.NextAt = now.Add(retryIn(run.last.Failures, run.source.Every, run.asked, err))
	default:
		run.last.NextAt, run.last.WellAt = now.Add(jittered(run.source.Every)), run.last.At
	}
	return p.store.PutPull(ctx, run.last)
}

// retryIn is when a failed pull is tried again: later each time, but as often as the source is pulled anyway if that is seldomer, and
// not before the other side allows. What a person must mend first is tried no more often than the schedule says.
func retryIn(failures int, every, asked time.Duration, err error) time.Duration {
	wait := min(firstRetry<<min(failures-1, 16), longestRetry)
	switch clamor.KindOf(err) {
	case clamor.Unauthenticated, clamor.Forbidden, clamor.Invalid, clamor.Unsupported, clamor.NotFound:
		wait = max(wait, every)
	}
	return max(jittered(wait), asked)
}

func jittered(d time.Duration) time.Duration {
	spread := d * pullJitter / 100
	return d - spread + rand.N(2*spread+1)
}

// pullReason tells a person why a pull failed; what was not written for a reader's eye stays in the log.
func pullReason(err error) string {
	if clamor.KindOf(err) == clamor.Internal {
		return "the pull broke off: the log holds the cause, and it is tried again"
	}
	reason := reasonOf(err)
	return reason[:min(len(reason), maxPullReason)]
}

// pulling is one pull of a source.
type pulling struct {
	puller *Puller
	source clamor.Source
	told   func(Progress)
	mu     sync.Mutex
	last   clamor.LastPull
	asked  time.Duration // how long the other side wants to be left alone
	status int           // of its last answer
}

func (r *pulling) pull(ctx context.Context) error {
	adapter, err := r.puller.pullable(r.source)
	if err != nil {
		return err
	}
	cursors, err := r.puller.store.Cursors(ctx, r.source.Name)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	err = r.guarded(ctx, adapter, Pull{
		Source: r.source, Now: r.puller.options.Now().UTC(), Call: r.call,
		Cursor: func(topic string) string {
			mu.Lock()
			defer mu.Unlock()
			return cursors[topic]
		},
		Keep: func(ctx context.Context, page Page) error {
			if err := r.keep(ctx, page); err != nil || page.Cursor == "" {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			cursors[page.Topic] = page.Cursor
			return nil
		},
	})
	return r.explained(err)
}

// guarded keeps a panic inside one pull.
func (r *pulling) guarded(ctx context.Context, a Adapter, p Pull) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			r.puller.options.Logger.Error("a pull panicked", "source", r.source.Name, "panic", cause, "stack", string(debug.Stack()))
			err = clamor.Errorf(clamor.Unavailable, "reading the answer broke: this is a fault of Clamor, please report it with the log")
		}
	}()
	return a.Pull(ctx, p)
}

// call notes what the other side answers, so that a refused token and a limit are told and kept to, whichever adapter asks.
func (r *pulling) call(ctx context.Context, c Call) (Reply, error) {
	reply, err := r.puller.options.Call(ctx, c)
	if err != nil {
		return reply, err
	}
	wait, limited := askedWait(reply, r.puller.options.Now())
	if c.Limited != nil {
		own, too := c.Limited(reply)
		wait, limited = max(wait, own), limited || too
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.asked = reply.Status, 0
	if limited {
		r.asked, r.status = wait, http.StatusTooManyRequests
	}
	return reply, nil
}

// explained says what a person can do about an error that came of the other side's last answer.
func (r *pulling) explained(err error) error {
	r.mu.Lock()
	status := r.status
	r.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case status == http.StatusUnauthorized:
		return clamor.Errorf(clamor.Unauthenticated, "the other side refuses our token (401): make a new one there and give it to %s with `clamor source set`; it said: %w",
			r.source.Name, err)
	case status == http.StatusForbidden:
		return clamor.Errorf(clamor.Forbidden, "the other side does not let our token read this (403): give it the right there; it said: %w", err)
	case status == http.StatusNotFound:
		return clamor.Errorf(clamor.NotFound, "the vendor answered 404: check the address and the workspace's name in the settings of %s; it said: %w",
			r.source.Name, err)
	case status == http.StatusTooManyRequests:
		return clamor.Errorf(clamor.Limited, "the other side wants to be left alone for a while: the pull goes on later by itself; it said: %w", err)
	}
	return err
}

func (r *pulling) keep(ctx context.Context, page Page) error {
	d := NewPage(r.source, page, r.puller.options.Now())
	fresh, err := r.puller.store.KeepPage(ctx, d, page.Cursor)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(page.Body) > 0 {
		r.last.Pages++
	}
	if fresh {
		r.last.Kept++
		r.puller.options.Wake()
	}
	if r.told != nil {
		r.told(Progress{Topic: page.Topic, Pages: r.last.Pages, Kept: r.last.Kept})
	}
	return nil
}

// String tells a progress in one line.
func (p Progress) String() string {
	return p.Topic + ": " + strconv.Itoa(p.Pages) + " pages, " + strconv.Itoa(p.Kept) + " new"
}
