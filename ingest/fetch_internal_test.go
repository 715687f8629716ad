package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clamor"
)

// shelf is a store of deliveries alone.
type shelf struct {
	Store
	mu   sync.Mutex
	kept []clamor.Delivery
}

func (s *shelf) TakeIn(_ context.Context, d clamor.Delivery, _ clamor.Harvest) (clamor.Tally, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.kept {
		if s.kept[i].ID == d.ID {
			s.kept[i] = d
		}
	}
	return clamor.Tally{}, nil
}

func (s *shelf) AddDelivery(_ context.Context, d clamor.Delivery) (clamor.DeliveryID, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, d)
	return d.ID, false, nil
}

func (s *shelf) find(id clamor.DeliveryID) clamor.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(d clamor.Delivery) bool { return d.ID == id })
	return s.kept[i]
}

// announce puts deliveries off as a step does, and begins to fetch what they announce.
func announce(ctx context.Context, s *Service, store *shelf, n int, fetch func(context.Context, Pull, clamor.Delivery) error) {
	j := job{source: clamor.Source{Name: "crm", Kind: "generic"}, adapter: Adapter{Fetch: fetch}}
	for i := range n {
		d := clamor.Delivery{ID: clamor.DeliveryID(fmt.Sprint("delivery_", i)), Source: "crm", State: clamor.Received, Attempts: 1}
		_, _, _ = store.AddDelivery(ctx, d)
		_ = s.takeIn(ctx, s.announced(d, j))
	}
}

func fetching(store *shelf) *Service {
	return NewService(store, time.Now, Options{Caller: func(clamor.Source) Caller { return nil }})
}

func TestWhatIsAnnouncedIsFetchedAndKept(t *testing.T) {
	store := &shelf{}
	s := fetching(store)
	announce(t.Context(), s, store, 1, func(ctx context.Context, p Pull, d clamor.Delivery) error {
		return errors.Join(p.Keep(ctx, Page{Topic: "deals", ID: "7", Body: []byte(`{}`)}), p.Keep(ctx, Page{Topic: "deals", Cursor: "next"}))
	})
	s.Wait()
	if d := store.find("delivery_0"); d.State != clamor.Processed || d.Attempts != 1 {
		t.Errorf("the delivery is %+v", d)
	}
	if len(store.kept) != 2 || store.kept[1].Topic != "deals" || store.kept[1].ExternalID != "7" || !store.kept[1].Pending() {
		t.Errorf("kept %+v, want the delivery and one page to be read", store.kept)
	}
}

func TestAFetchThatFailsIsTriedAgainLater(t *testing.T) {
	for name, c := range map[string]struct {
		fetch func(context.Context, Pull, clamor.Delivery) error
		says  string
		not   string
	}{
		"the other side is down": {func(context.Context, Pull, clamor.Delivery) error {
			return clamor.Errorf(clamor.Unavailable, "crm.example does not answer")
		}, "crm.example does not answer", ""},
		"a reason for the log": {func(context.Context, Pull, clamor.Delivery) error { return errors.New("token abc refused") }, "the log holds", "abc"},
		"it breaks":            {func(context.Context, Pull, clamor.Delivery) error { panic("index out of range") }, "please report it", "index"},
	} {
		t.Run(name, func(t *testing.T) {
			store := &shelf{}
			s := fetching(store)
			announce(t.Context(), s, store, 1, c.fetch)
			s.Wait()
			d := store.find("delivery_0")
			if d.State != clamor.Failed || !d.RetryAt.After(time.Now()) || d.Attempts != 1 {
				t.Errorf("the delivery is %+v", d)
			}
			if !strings.Contains(d.Reason, c.says) || c.not != "" && strings.Contains(d.Reason, c.not) {
				t.Errorf("the reason is %q", d.Reason)
			}
		})
	}
}

// What is announced may come a little later, or have been deleted meanwhile: it is asked for a while, and then a person is told, together
// with what the announcement itself held.
func TestWhatIsGoneEndsAfterAWhile(t *testing.T) {
	store := &shelf{}
	s := fetching(store)
	deleted := func(context.Context, Pull, clamor.Delivery) error { return answered("Zoom", Reply{Status: 404}) }
	for attempt := 1; attempt <= patience; attempt++ {
		if attempt == 1 {
			announce(t.Context(), s, store, 1, deleted)
		} else {
			s.fetch(t.Context(), store.find("delivery_0"), job{source: clamor.Source{Name: "crm"}, adapter: Adapter{Fetch: deleted}})
		}
		s.Wait()
		want := clamor.Failed
		if attempt == patience {
			want = clamor.Dead
		}
		if d := store.find("delivery_0"); d.State != want || d.Attempts != attempt || !strings.Contains(d.Reason, "not any more") {
			t.Errorf("after attempt %d the delivery is %+v, want it %s", attempt, d, want)
		}
	}
}

// However slow the other side is, the steps go on, few connections are open, and each fetch ends.
func TestASlowSideHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{}
		s := fetching(store)
		var mu sync.Mutex
		var open, most int
		begun := time.Now()
		announce(t.Context(), s, store, mostWaiting+10, func(ctx context.Context, _ Pull, _ clamor.Delivery) error {
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			open--
			mu.Unlock()
			return ctx.Err()
		})
		if took := time.Since(begun); took != 0 {
			t.Errorf("the steps waited %v", took)
		}
		synctest.Wait()
		if d := store.find("delivery_3"); d.State != clamor.Received || !d.RetryAt.After(time.Now()) || d.Attempts != 0 {
			t.Errorf("under way, the delivery is %+v; want it put off", d)
		}
		s.Wait()
		if most != mostFetching {
			t.Errorf("%d were fetched at once, want %d", most, mostFetching)
		}
		if d := store.find("delivery_3"); d.State != clamor.Failed {
			t.Errorf("in the end the delivery is %+v", d)
		}
		if d := store.find(clamor.DeliveryID(fmt.Sprint("delivery_", mostWaiting+5))); d.State != clamor.Received || d.RetryAt.IsZero() {
			t.Errorf("one that found no place is %+v; want it put off", d)
		}
	})
}

func TestAProcessThatEndsLeavesWhatItFetchedPending(t *testing.T) {
	store := &shelf{}
	s := fetching(store)
	ctx, end := context.WithCancel(t.Context())
	announce(ctx, s, store, 1, func(ctx context.Context, _ Pull, _ clamor.Delivery) error {
		end()
		<-ctx.Done()
		return ctx.Err()
	})
	s.Wait()
	if d := store.find("delivery_0"); d.State != clamor.Received {
		t.Errorf("the delivery is %+v", d)
	}
}
