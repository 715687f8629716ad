package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// shelf is a PullStore in memory.
type shelf struct {
	mu      sync.Mutex
	sources []clamor.Source
	cursors map[string]string
	kept    map[clamor.DeliveryID]clamor.Delivery
	pulls   map[string]clamor.LastPull
	leases  map[string]string
	full    error // KeepPage fails with it
}

func newShelf(sources ...clamor.Source) *shelf {
	return &shelf{sources: sources, cursors: map[string]string{}, kept: map[clamor.DeliveryID]clamor.Delivery{}, pulls: map[string]clamor.LastPull{},
		leases: map[string]string{}}
}

func (s *shelf) FindSource(_ context.Context, name string) (clamor.Source, error) {
	for _, source := range s.sources {
		if source.Name == name {
			return source, nil
		}
	}
	return clamor.Source{}, clamor.Errorf(clamor.NotFound, "there is no source %q", name)
}

func (s *shelf) Sources(context.Context) ([]clamor.Source, error) { return s.sources, nil }

func (s *shelf) Cursors(_ context.Context, source string) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cursors := map[string]string{}
	for key, place := range s.cursors {
		if topic, ok := strings.CutPrefix(key, source+"/"); ok {
			cursors[topic] = place
		}
	}
	return cursors, nil
}

func (s *shelf) KeepPage(_ context.Context, d clamor.Delivery, cursor string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full != nil {
		return false, s.full
	}
	_, known := s.kept[d.ID]
	if len(d.Body) > 0 {
		s.kept[d.ID] = d
	}
	if cursor != "" {
		s.cursors[d.Source+"/"+d.Topic] = cursor
	}
	return !known && len(d.Body) > 0, nil
}

func (s *shelf) LastPulls(context.Context) (map[string]clamor.LastPull, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pulls := map[string]clamor.LastPull{}
	for name, p := range s.pulls {
		pulls[name] = p
	}
	return pulls, nil
}

func (s *shelf) PutPull(_ context.Context, p clamor.LastPull) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls[p.Source] = p
	return nil
}

func (s *shelf) Lease(_ context.Context, name, owner string, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if holder, held := s.leases[name]; held && holder != owner {
		return false, nil
	}
	s.leases[name] = owner
	return true, nil
}

func (s *shelf) Release(_ context.Context, name, owner string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases[name] == owner {
		delete(s.leases, name)
	}
	return nil
}

// books is a system with numbered pages, read on from the number of the last one.
func books(pull func(ctx context.Context, p ingest.Pull) error) func(string) (ingest.Adapter, error) {
	return func(kind string) (ingest.Adapter, error) {
		switch kind {
		case "books":
			return ingest.Adapter{Kind: kind, Pull: pull, Settings: []ingest.Setting{{Name: "shelf", Meaning: "Which shelf, such as 7.", Required: true}}}, nil
		case "hook":
			return ingest.Adapter{Kind: kind}, nil
		}
		return ingest.Adapter{}, clamor.Errorf(clamor.Invalid, "%q is no kind of source", kind)
	}
}

func readOn(upTo int, before func(page int) error) func(context.Context, ingest.Pull) error {
	return func(ctx context.Context, p ingest.Pull) error {
		last, _ := strconv.Atoi(p.Cursor("pages"))
		for n := last + 1; n <= upTo; n++ {
			if err := before(n); err != nil {
				return err
			}
			if err := p.Keep(ctx, ingest.Page{Topic: "pages", ID: fmt.Sprint(n), Body: fmt.Appendf(nil, `{"page":%d}`, n), Cursor: fmt.Sprint(n)}); err != nil {
				return err
			}
			if p.Cursor("pages") != fmt.Sprint(n) {
				return fmt.Errorf("the cursor is %q after page %d", p.Cursor("pages"), n)
			}
		}
		return nil
	}
}

func crm(every time.Duration) clamor.Source {
	return clamor.Source{Name: "crm", Kind: "books", Settings: map[string]string{"shelf": "7"}, Every: every, On: true}
}

func never(int) error { return nil }

// clock can be set forward.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func puller(s ingest.PullStore, pull func(context.Context, ingest.Pull) error, change ...func(*ingest.PullOptions)) *ingest.Puller {
	o := ingest.PullOptions{Call: patient(), Now: noon, Owner: "one", Find: books(pull)}
	for _, c := range change {
		c(&o)
	}
	return ingest.NewPuller(s, o)
}

func TestAPullGoesOnWhereTheLastOneBroke(t *testing.T) {
	s := newShelf(crm(0))
	var woken int
	broken := errors.New("the line went dead")
	p := puller(s, readOn(5, func(page int) error {
		if page == 4 && broken != nil {
			return broken
		}
		return nil
	}), func(o *ingest.PullOptions) { o.Wake = func() { woken++ } })
	last, err := p.Pull(t.Context(), "crm", nil)
	if !errors.Is(err, broken) || last.Pages != 3 || last.Failures != 1 || last.Fault == "" {
		t.Fatalf("%+v, %v", last, err)
	}
	broken = nil
	var told []string
	last, err = p.Pull(t.Context(), "crm", func(g ingest.Progress) { told = append(told, g.String()) })
	if err != nil || last.Pages != 2 || last.Kept != 2 || last.Failures != 0 || last.Fault != "" {
		t.Fatalf("%+v, %v", last, err)
	}
	if len(s.kept) != 5 || woken != 5 || len(s.leases) != 0 {
		t.Errorf("kept %d pages, woke %d times, leases %v", len(s.kept), woken, s.leases)
	}
	if diff := cmp.Diff([]string{"pages: 1 pages, 1 new", "pages: 2 pages, 2 new"}, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(last, s.pulls["crm"]); diff != "" {
		t.Errorf("recorded is another pull (-returned +recorded):\n%s", diff)
	}
	if again, err := p.Pull(t.Context(), "crm", nil); err != nil || again.Pages != 0 || again.Failures != 0 {
		t.Errorf("with nothing new: %+v, %v", again, err)
	}
}

func TestAPageReadTwiceIsKeptOnce(t *testing.T) {
	s := newShelf(crm(0))
	p := puller(s, readOn(3, never))
	if _, err := p.Pull(t.Context(), "crm", nil); err != nil {
		t.Fatal(err)
	}
	s.cursors = map[string]string{} // as after a restored backup
	last, err := p.Pull(t.Context(), "crm", nil)
	if err != nil || last.Pages != 3 || last.Kept != 0 || len(s.kept) != 3 {
		t.Errorf("%+v, %v, %d kept", last, err, len(s.kept))
	}
}

func TestWhatCannotBePulledSaysWhy(t *testing.T) {
	unset := crm(0)
	unset.Settings = nil
	s := newShelf(unset, clamor.Source{Name: "hook", Kind: "hook"}, clamor.Source{Name: "odd", Kind: "odd"})
	for name, c := range map[string]struct {
		kind clamor.Kind
		says string
	}{
		"crm":  {clamor.Invalid, "shelf: is not set: Which shelf, such as 7."},
		"hook": {clamor.Unsupported, "which is not pulled"},
		"odd":  {clamor.Invalid, "no kind of source"},
		"gone": {clamor.NotFound, "there is no source"},
	} {
		_, err := puller(s, readOn(1, never)).Pull(t.Context(), name, nil)
		if clamor.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%v)", name, err, clamor.KindOf(err))
		}
	}
}

// What the other side refuses is told with what to do, whatever the adapter makes of the answer.
func TestAFaultOfTheOtherSideIsTold(t *testing.T) {
	for status, c := range map[int]struct {
		kind clamor.Kind
		says string
		next time.Duration // at least until the next try
	}{
		401: {clamor.Unauthenticated, "clamor source set", 50 * time.Minute},
		403: {clamor.Forbidden, "give it the right there", 50 * time.Minute},
		429: {clamor.Limited, "goes on later by itself", 2 * time.Hour},
		500: {clamor.Unavailable, "answered 500", 30 * time.Second},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			url, _ := otherSide(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7200")
				w.WriteHeader(status)
			})
			s := newShelf(crm(time.Hour))
			_, err := puller(s, func(ctx context.Context, p ingest.Pull) error {
				r, err := p.Call(ctx, ingest.Call{URL: url})
				if err != nil {
					return err
				}
				return clamor.Errorf(clamor.Unavailable, "it answered %d", r.Status)
			}).Pull(t.Context(), "crm", nil)
			last := s.pulls["crm"]
			if clamor.KindOf(err) != c.kind || !strings.Contains(last.Fault, c.says) || last.NextAt.Before(noon().Add(c.next)) {
				t.Errorf("%v (%v), recorded as %+v", err, clamor.KindOf(err), last)
			}
		})
	}
}

func TestFailuresAreTriedAgainLaterEachTime(t *testing.T) {
	s, c := newShelf(crm(15*time.Minute)), &clock{t: noon()}
	p := puller(s, func(context.Context, ingest.Pull) error { return clamor.Errorf(clamor.Unavailable, "down") },
		func(o *ingest.PullOptions) { o.Now = c.now })
	for n, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute} {
		if _, err := p.Pull(t.Context(), "crm", nil); err == nil {
			t.Fatal("it went well")
		}
		last := s.pulls["crm"]
		if wait := last.NextAt.Sub(c.now()); last.Failures != n+1 || wait < want*9/10 || wait > want*11/10 {
			t.Errorf("after %d failures the next try is in %v, want about %v", last.Failures, wait, want)
		}
		c.set(last.NextAt)
	}
}

func TestTheScheduleIsKept(t *testing.T) {
	off, manual := crm(time.Hour), crm(0)
	off.Name, off.On, manual.Name = "off", false, "manual"
	hook := clamor.Source{Name: "hook", Kind: "hook", Every: time.Hour, On: true}
	s, c := newShelf(crm(time.Hour), off, manual, hook), &clock{t: noon()}
	pulled := 0
	p := puller(s, func(context.Context, ingest.Pull) error { pulled++; return nil }, func(o *ingest.PullOptions) { o.Now = c.now })
	look := func(at time.Time, want int) {
		t.Helper()
		c.set(at)
		if err := p.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Wait()
		if pulled != want {
			t.Fatalf("at %v: %d pulls, want %d", at, pulled, want)
		}
	}
	look(noon(), 1)
	look(noon(), 1)
	next := s.pulls["crm"].NextAt
	if wait := next.Sub(noon()); wait < 54*time.Minute || wait > 66*time.Minute {
		t.Errorf("the next pull is due in %v", wait)
	}
	look(next.Add(-time.Second), 1)
	look(next, 2)
	s.sources[0].Every = time.Minute // a shorter schedule counts at once
	look(next.Add(2*time.Minute), 3)
	for name := range s.pulls {
		if name != "crm" {
			t.Errorf("%s was pulled", name)
		}
	}
}

func TestASourceIsPulledByOneAtATime(t *testing.T) {
	s := newShelf(crm(time.Hour))
	begun, goOn := make(chan struct{}), make(chan struct{})
	slow := func(context.Context, ingest.Pull) error { close(begun); <-goOn; return nil }
	one := puller(s, slow)
	done := make(chan error, 1)
	go func() { _, err := one.Pull(t.Context(), "crm", nil); done <- err }()
	<-begun
	other := puller(s, readOn(1, never), func(o *ingest.PullOptions) { o.Owner = "other" })
	for name, p := range map[string]*ingest.Puller{"this process": one, "another process": other} {
		if _, err := p.Pull(t.Context(), "crm", nil); clamor.KindOf(err) != clamor.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := other.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := other.Begin(t.Context()); err != nil { // just pulled: not due any more, whoever looks
		t.Fatal(err)
	}
	other.Wait()
	if len(s.kept) != 0 {
		t.Error("the other one pulled as well")
	}
}

func TestAPanicIsOnePullsFault(t *testing.T) {
	var log bytes.Buffer
	s := newShelf(crm(time.Hour))
	p := puller(s, func(context.Context, ingest.Pull) error { panic("nil map") },
		func(o *ingest.PullOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	if err := p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Wait()
	if last := s.pulls["crm"]; last.Failures != 1 || !strings.Contains(last.Fault, "fault of Clamor") || !strings.Contains(log.String(), "nil map") {
		t.Errorf("%+v\n%s", last, log.String())
	}
}

func TestAPullThatIsToldToEndGoesOnNextTime(t *testing.T) {
	s := newShelf(crm(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := puller(s, readOn(5, func(page int) error {
		if page == 3 {
			cancel()
			return ctx.Err()
		}
		return nil
	})).Pull(ctx, "crm", nil)
	last := s.pulls["crm"]
	if !errors.Is(err, context.Canceled) || last.Failures != 0 || last.NextAt.After(noon()) || s.cursors["crm/pages"] != "2" || len(s.leases) != 0 {
		t.Errorf("%v, %+v, cursors %v, leases %v", err, last, s.cursors, s.leases)
	}
}

func TestAFullStoreEndsThePullWithoutMovingOn(t *testing.T) {
	s := newShelf(crm(time.Hour))
	s.full = errors.New("no space left on device")
	_, err := puller(s, readOn(5, never)).Pull(t.Context(), "crm", nil)
	if last := s.pulls["crm"]; !errors.Is(err, s.full) || last.Pages != 0 || strings.Contains(last.Fault, "device") || len(s.cursors) != 0 {
		t.Errorf("%v, %+v, cursors %v", err, s.pulls["crm"], s.cursors)
	}
}

func TestRunEndsWithItsPulls(t *testing.T) {
	s := newShelf(crm(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	ended := false
	p := puller(s, func(ctx context.Context, _ ingest.Pull) error {
		cancel()
		<-ctx.Done()
		ended = true
		return ctx.Err()
	})
	p.Run(ctx)
	if !ended {
		t.Error("Run returned before the pull it had begun")
	}
}

// A source without a schedule is pulled when somebody asks, by whoever runs the schedules.
func TestASourceIsPulledWhenAskedFor(t *testing.T) {
	s := newShelf(crm(0), clamor.Source{Name: "hook", Kind: "hook", On: true})
	ctx, cancel := context.WithCancel(t.Context())
	p := puller(s, func(context.Context, ingest.Pull) error {
		cancel()
		return nil
	})
	if err := p.Ask(ctx, "crm"); err != nil {
		t.Fatal(err)
	}
	if err := p.Ask(ctx, "hook"); clamor.KindOf(err) != clamor.Unsupported {
		t.Errorf("what is not pulled: %v", err)
	}
	if err := p.Ask(ctx, "none"); clamor.KindOf(err) != clamor.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	p.Run(ctx)
	if last := s.pulls["crm"]; last.At.IsZero() {
		t.Errorf("it was not pulled: %+v", last)
	}
}
