package rank_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clamor"
	"clamor/rank"
)

// slow is a store whose evidence takes a while to be read, in a bubble of its own time.
func slow(t *testing.T, while time.Duration) (*shelf, *rank.Service) {
	e, _ := workedEvidence(t)
	store := &shelf{revision: 1, read: func(ctx context.Context, _ clamor.Quarter, _ clamor.Date) (clamor.Evidence, error) {
		if ctx != context.Background() { // as News does
			<-time.After(while)
		}
		return e, nil
	}}
	s, err := rank.NewService(store, rank.Options{Settings: rank.Defaults(), Now: time.Now})
	must(t, err)
	return store, s
}

func following(t *testing.T, s *rank.Service) {
	ctx, stop := context.WithCancel(t.Context())
	var follower sync.WaitGroup
	follower.Go(func() { s.Follow(ctx) })
	t.Cleanup(func() { stop(); follower.Wait() })
}

// A list that takes long to compute is shown as it was, and soon as it is; who changed something sees that at once.
func TestNobodyWaitsForAListThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := slow(t, 300*time.Millisecond)
		running := rank.Query{Quarter: clamor.QuarterOf(clamor.DateOf(time.Now()), rank.Defaults().FiscalStart)}
		following(t, s)
		waited := func(q rank.Query) time.Duration {
			t.Helper()
			began := time.Now()
			mustList(t, s, q)
			return time.Since(began)
		}
		if took := waited(running); took != 300*time.Millisecond {
			t.Errorf("the first list took %s", took)
		}
		<-time.After(time.Minute)
		store.mu.Lock()
		store.revision++
		store.mu.Unlock()
		if took := waited(running); took != 0 {
			t.Errorf("who looks waits %s for what somebody else did", took)
		}
		if lag, err := s.Lag(t.Context(), running); err != nil || lag.Changes != 1 || time.Since(lag.Since) < time.Minute {
			t.Errorf("the list is told to be of %s, %d changes behind: %v", lag.Since, lag.Changes, err)
		}
		own := running
		own.AtLeast = store.revision
		if took := waited(own); took == 0 || took > 350*time.Millisecond {
			t.Errorf("who changed something waits %s for it", took)
		}
		if lag, _ := s.Lag(t.Context(), running); lag.Changes != 0 {
			t.Errorf("the list is told to be %d changes behind", lag.Changes)
		}
	})
}

// Who changed something does not wait for ever either.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := slow(t, time.Minute)
		running := rank.Query{Quarter: clamor.QuarterOf(clamor.DateOf(time.Now()), rank.Defaults().FiscalStart)}
		following(t, s)
		mustList(t, s, running)
		<-time.After(10 * time.Minute)
		store.mu.Lock()
		store.revision++
		store.mu.Unlock()
		own := running
		own.AtLeast = store.revision
		began := time.Now()
		mustList(t, s, own)
		if took := time.Since(began); took > time.Second {
			t.Errorf("they waited %s", took)
		}
	})
}
