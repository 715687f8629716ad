package rank_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
)

// shelf is a store in memory. Its evidence is what read gives; loads counts how often it was asked for.
type shelf struct {
	mu       sync.Mutex
	revision int64
	read     func(ctx context.Context, q clamor.Quarter, asOf clamor.Date) (clamor.Evidence, error)
	loads    []clamor.Date
	frozen   []clamor.Frozen
	settings []clamor.SettingsVersion
	news     []clamor.News // what each revision did, the first for 1, where it is told
	told     []string      // what each version of the settings changed
}

func (m *shelf) RankingSettings(context.Context) (clamor.SettingsVersion, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.settings) == 0 {
		return clamor.SettingsVersion{}, nil
	}
	return m.settings[len(m.settings)-1], nil
}

func (m *shelf) PutRankingSettings(_ context.Context, v clamor.SettingsVersion, what string) (clamor.SettingsVersion, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v.Version != int64(len(m.settings)) {
		return v, clamor.Errorf(clamor.Stale, "there is a newer version")
	}
	v.Version++
	m.settings, m.told = append(m.settings, v), append(m.told, what)
	m.revision++
	return v, nil
}

func (m *shelf) FrozenQuarters(context.Context) (quarters []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.frozen {
		quarters = append(quarters, f.Quarter)
	}
	return quarters, nil
}

func (m *shelf) Revision(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision, nil
}

func (m *shelf) Evidence(ctx context.Context, q clamor.Quarter, asOf clamor.Date) (clamor.Evidence, error) {
	m.mu.Lock()
	m.loads = append(m.loads, asOf)
	revision := m.revision
	m.mu.Unlock()
	e, err := m.read(ctx, q, asOf)
	e.Quarter, e.AsOf, e.From, e.Revision = q.String(), asOf, q.First(), revision
	return e, err
}

func (m *shelf) News(_ context.Context, _ clamor.Date, since int64) (clamor.News, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := clamor.News{Revision: m.revision, Whole: int64(len(m.news)) < m.revision}
	for _, x := range m.news[min(since, int64(len(m.news))):] {
		n.Asks, n.Features, n.Pending = append(n.Asks, x.Asks...), append(n.Features, x.Features...), x.Pending
		n.Gone, n.Accounts, n.Deals, n.Pins = append(n.Gone, x.Gone...), append(n.Accounts, x.Accounts...), append(n.Deals, x.Deals...), x.Pins
	}
	if e, err := m.read(context.Background(), clamor.Quarter{}, ""); err == nil {
		n.Rates = e.Rates
	}
	return n, nil
}

func (m *shelf) AddFrozen(_ context.Context, f clamor.Frozen, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, old := range m.frozen {
		if old.Quarter == f.Quarter && old.Revision == f.Revision {
			return clamor.Errorf(clamor.Conflict, "%s is frozen already", f.Quarter)
		}
	}
	m.frozen = append(m.frozen, f)
	return nil
}

func (m *shelf) FindFrozen(_ context.Context, quarter string) (clamor.Frozen, error) {
	return m.newest(func(f clamor.Frozen) bool { return f.Quarter == quarter })
}

func (m *shelf) FindRevision(_ context.Context, quarter string, revision int) (clamor.Frozen, error) {
	return m.newest(func(f clamor.Frozen) bool { return f.Quarter == quarter && f.Revision == revision })
}

func (m *shelf) FrozenSettings(_ context.Context, quarter string, revision int) ([]byte, error) {
	f, err := m.newest(func(f clamor.Frozen) bool { return f.Quarter == quarter && (revision == 0 || f.Revision == revision) })
	return f.Settings, err
}

func (m *shelf) LastFrozenBefore(_ context.Context, quarter string) (clamor.Frozen, error) {
	return m.newest(func(f clamor.Frozen) bool { return f.Quarter < quarter })
}

func (m *shelf) newest(fits func(clamor.Frozen) bool) (found clamor.Frozen, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.frozen {
		if fits(f) && (f.Quarter > found.Quarter || f.Quarter == found.Quarter && f.Revision > found.Revision) {
			found = f
		}
	}
	if found.Quarter == "" {
		return found, clamor.Errorf(clamor.NotFound, "no such frozen list")
	}
	return found, nil
}

func workedStore(t *testing.T) *shelf {
	e, _ := workedEvidence(t)
	return &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }}
}

func newService(t *testing.T, store rank.Store, now string) *rank.Service {
	t.Helper()
	at, err := time.Parse(time.DateOnly, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := rank.NewService(store, rank.Options{Settings: rank.Defaults(), Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var q4 = clamor.Quarter{Year: 2026, Number: 4}

func mustList(t *testing.T, s *rank.Service, q rank.Query) clamor.List {
	t.Helper()
	list, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestALiveListIsComputedOnceUntilSomethingChanges(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2026-11-21")
	first := mustList(t, s, rank.Query{Quarter: q4})
	if diff := cmp.Diff(first, mustList(t, s, rank.Query{Quarter: q4})); diff != "" || len(store.loads) != 1 {
		t.Errorf("asked twice, read %d times: %s", len(store.loads), diff)
	}
	if full := mustList(t, s, rank.Query{Quarter: q4, Scenario: "full"}); full.Scenario != "full" || len(store.loads) != 1 {
		t.Errorf("another scenario of the same evidence: %s, read %d times", full.Scenario, len(store.loads))
	}
	if old := mustList(t, s, rank.Query{Quarter: q4, AsOf: "2026-10-15"}); old.AsOf != "2026-10-15" || len(store.loads) != 2 {
		t.Errorf("another day: %s, read %d times", old.AsOf, len(store.loads))
	}
	store.revision++
	mustList(t, s, rank.Query{Quarter: q4})
	if len(store.loads) != 3 {
		t.Errorf("after a change, read %d times", len(store.loads))
	}
}

func TestAsOfIsTodayOrTheQuartersLastDay(t *testing.T) {
	for _, c := range []struct {
		now  string
		want clamor.Date
	}{{"2026-11-21", "2026-11-21"}, {"2027-02-01", "2026-12-31"}, {"2026-08-01", "2026-08-01"}} {
		if got := mustList(t, newService(t, workedStore(t), c.now), rank.Query{Quarter: q4}).AsOf; got != c.want {
			t.Errorf("on %s: as of %s, want %s", c.now, got, c.want)
		}
	}
}

func TestManyWhoAskAtOnceWaitForOneComputation(t *testing.T) {
	e, _ := workedEvidence(t)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) {
			<-release
			return e, nil
		}}
		s := newService(t, store, "2026-12-31")
		var all sync.WaitGroup
		lists := make([]clamor.List, 20)
		for i := range lists {
			all.Go(func() { lists[i], _ = s.List(t.Context(), rank.Query{Quarter: q4}) })
		}
		synctest.Wait() // all of them wait by now
		close(release)
		all.Wait()
		if len(store.loads) != 1 {
			t.Errorf("read %d times", len(store.loads))
		}
		for i, l := range lists {
			if len(l.Entries) != 3 {
				t.Errorf("the %d. got %d entries", i+1, len(l.Entries))
			}
		}
	})
}

// Who gives up must not take the list away from those who wait with him.
func TestOneWhoGivesUpHarmsNobody(t *testing.T) {
	e, _ := workedEvidence(t)
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{revision: 1, read: func(ctx context.Context, _ clamor.Quarter, _ clamor.Date) (clamor.Evidence, error) {
			if ctx.Value(hurried{}) != nil {
				<-ctx.Done()
				return clamor.Evidence{}, ctx.Err()
			}
			return e, nil
		}}
		s := newService(t, store, "2026-12-31")
		impatient, giveUp := context.WithCancel(context.WithValue(t.Context(), hurried{}, true))
		ask := func(ctx context.Context) chan error {
			answer := make(chan error, 1)
			go func() {
				_, err := s.List(ctx, rank.Query{Quarter: q4})
				answer <- err
			}()
			synctest.Wait()
			return answer
		}
		first := ask(impatient)
		second := ask(t.Context())
		third := ask(impatient)
		giveUp()
		for name, err := range map[string]error{"who computed": <-first, "who waited and gave up": <-third} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := <-second; err != nil || len(store.loads) != 2 {
			t.Errorf("who waited: %v, read %d times", err, len(store.loads))
		}
	})
}

// hurried marks the context of one who will give up.
type hurried struct{}

func TestAFrozenQuarterStaysWhateverChanges(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-01-04")
	frozen, err := s.Freeze(t.Context(), q4, "", "Priya")
	if err != nil {
		t.Fatal(err)
	}
	if !frozen.Frozen || frozen.FrozenBy != "Priya" || frozen.AsOf != "2026-12-31" || frozen.Hash == "" {
		t.Errorf("%+v", frozen)
	}
	if err := rank.Verify(store.frozen[0]); err != nil {
		t.Error(err)
	}
	e, _ := workedEvidence(t)
	e.Asks = e.Asks[:3]
	store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
	store.revision++
	for _, q := range []rank.Query{{Quarter: q4}, {Quarter: q4, Scenario: "budget"}, {Quarter: q4, AsOf: "2026-12-31"}} {
		if diff := cmp.Diff(frozen, mustList(t, s, q)); diff != "" {
			t.Errorf("%+v:\n%s", q, diff)
		}
	}
	if live := mustList(t, s, rank.Query{Quarter: q4, Live: true}); live.Frozen || len(live.Entries) != 2 {
		t.Errorf("live: %+v", live)
	}
	if earlier := mustList(t, s, rank.Query{Quarter: q4, AsOf: "2026-12-01"}); earlier.Frozen || earlier.AsOf != "2026-12-01" {
		t.Errorf("another day: %+v", earlier)
	}
	full := mustList(t, s, rank.Query{Quarter: q4, Scenario: "full"}) // from the frozen inputs
	if full.Frozen || full.Scenario != "full" || len(full.Entries) != 3 || full.Entries[0].Score != 413_500_01 {
		t.Errorf("another scenario: %+v", full)
	}
}

func TestAQuarterIsFrozenOnce(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-01-04")
	if _, err := s.Freeze(t.Context(), q4, "full", "Priya"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Freeze(t.Context(), q4, "", "Sam")
	if clamor.KindOf(err) != clamor.Conflict || !strings.Contains(err.Error(), "2026Q4 was frozen by Priya on 2027-01-04") {
		t.Errorf("%v", err)
	}
	if _, err := s.Freeze(t.Context(), q4.Next(), "wild", "Sam"); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("an unknown scenario: %v", err)
	}
}

func TestACorrectionIsANewRevisionWithAReason(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-01-04")
	if _, err := s.Revise(t.Context(), q4, rank.Correction{Reason: "why not"}, "Sam"); clamor.KindOf(err) != clamor.NotFound {
		t.Errorf("nothing is frozen: %v", err)
	}
	first, err := s.Freeze(t.Context(), q4, "", "Priya")
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, func(d *rank.Draft) { d.Settings.HalfLifeDays = 30 })
	e, _ := workedEvidence(t)
	e.Accounts[0].ARR = dollars(200_000)
	var asked clamor.Date
	store.read = func(_ context.Context, _ clamor.Quarter, asOf clamor.Date) (clamor.Evidence, error) {
		asked = asOf
		return e, nil
	}
	if _, err := s.Revise(t.Context(), q4, rank.Correction{Reason: " "}, "Sam"); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	second, err := s.Revise(t.Context(), q4, rank.Correction{Reason: "an ARR was wrong"}, "Sam")
	if err != nil {
		t.Fatal(err)
	}
	if second.Revision != 2 || second.Reason != "an ARR was wrong" || second.FrozenBy != "Sam" || second.Settings != 0 || asked != "2026-12-31" ||
		second.Hash == first.Hash || second.Entries[0].Score == first.Entries[0].Score {
		t.Errorf("%+v", second)
	}
	third, err := s.Revise(t.Context(), q4, rank.Correction{Reason: "newer settings", Current: true, Scenario: "full"}, "Sam")
	if err != nil || third.Revision != 3 || third.Settings != 1 || third.Scenario != "full" {
		t.Errorf("%v %+v", err, third)
	}
	for revision, want := range map[int]clamor.List{0: third, 1: first, 2: second, 3: third} {
		if diff := cmp.Diff(want, mustList(t, s, rank.Query{Quarter: q4, Revision: revision})); diff != "" {
			t.Errorf("revision %d:\n%s", revision, diff)
		}
		if proven, err := s.Verify(t.Context(), q4, revision); err != nil || proven.Hash != want.Hash {
			t.Errorf("revision %d: %v", revision, err)
		}
	}
	store.frozen[1].Reason = "no reason at all"
	if _, err := s.Verify(t.Context(), q4, 2); err == nil || !strings.Contains(err.Error(), "its hash is") {
		t.Errorf("another reason: %v", err)
	}
	if _, err := s.List(t.Context(), rank.Query{Quarter: q4, Revision: 9}); clamor.KindOf(err) != clamor.NotFound {
		t.Errorf("a revision that is not there: %v", err)
	}
}

func TestMovesAreThoseSinceTheLatestFrozenQuarterBefore(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-02-01")
	for _, e := range mustList(t, s, rank.Query{Quarter: q4}).Entries {
		if e.Move != nil {
			t.Errorf("%s moved by %d, but nothing was frozen before", e.Feature.ID, *e.Move)
		}
	}
	if _, err := s.Freeze(t.Context(), q4, "", "Priya"); err != nil { // export, sso, dark
		t.Fatal(err)
	}
	e, _ := workedEvidence(t)
	e.Features = append(e.Features, clamor.Feature{ID: "new", Status: clamor.StatusNew})
	e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: "n9", Account: "northwind", Feature: "new", On: "2027-01-20", Priority: clamor.Blocker})
	e.Asks = append(e.Asks[:8], e.Asks[9:]...) // fabrikam no longer asks for export
	store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
	store.revision++
	got := make(map[clamor.FeatureID]int)
	for _, x := range mustList(t, s, rank.Query{Quarter: q4.Next()}).Entries {
		if x.Move == nil {
			got[x.Feature.ID] = 99
			continue
		}
		got[x.Feature.ID] = *x.Move
	}
	if diff := cmp.Diff(map[clamor.FeatureID]int{"sso": 1, "dark": 1, "export": -2, "new": 99}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTwoQuartersAreToldApartFromTheirFrozenInputs(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2026-12-31")
	if _, err := s.Freeze(t.Context(), q4, "", "Priya"); err != nil {
		t.Fatal(err)
	}
	e, _ := workedEvidence(t)
	e.Accounts[0].ARR = dollars(200_000) // northwind's
	store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
	store.revision++
	changes, err := s.Diff(t.Context(), rank.Query{Quarter: q4}, rank.Query{Quarter: q4, Live: true})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[clamor.FeatureID][]rank.Effect)
	for _, c := range changes {
		got[c.Feature.ID] = c.Effects
	}
	want := map[clamor.FeatureID][]rank.Effect{ // the double of what northwind gave each before
		"sso": {{Cause: rank.ByRevenue, Money: 78_696_12}}, "export": {{Cause: rank.ByRevenue, Money: 15_739_23}}, "dark": {{Cause: rank.ByRevenue, Money: 5_564_65}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	same, err := s.Diff(t.Context(), rank.Query{Quarter: q4}, rank.Query{Quarter: q4, Scenario: "full"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range same {
		for _, x := range c.Effects {
			if x.Cause != rank.BySettings {
				t.Errorf("another scenario of the same inputs: %+v", c)
			}
		}
	}
}

func TestAPanicLeavesNobodyWaiting(t *testing.T) {
	e, _ := workedEvidence(t)
	store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { panic("a fault of ours") }}
	s := newService(t, store, "2026-12-31")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		s.List(t.Context(), rank.Query{Quarter: q4})
	}()
	store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
	if _, err := s.List(t.Context(), rank.Query{Quarter: q4}); err != nil {
		t.Error(err)
	}
}

func TestAStoreThatFailsIsAskedAgainNextTime(t *testing.T) {
	e, _ := workedEvidence(t)
	broken := errors.New("disk on fire")
	store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) {
		return clamor.Evidence{}, broken
	}}
	s := newService(t, store, "2026-12-31")
	if _, err := s.List(t.Context(), rank.Query{Quarter: q4}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := s.Freeze(t.Context(), q4, "", "Priya"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	store.read = func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }
	if _, err := s.List(t.Context(), rank.Query{Quarter: q4}); err != nil {
		t.Error(err)
	}
	if _, err := s.List(t.Context(), rank.Query{Quarter: q4, Scenario: "wild"}); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("%v", err)
	}
}

func TestAServiceNeedsSettingsThatHoldAndAClock(t *testing.T) {
	if _, err := rank.NewService(workedStore(t), rank.Options{Now: time.Now}); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("without settings: %v", err)
	}
	if _, err := rank.NewService(workedStore(t), rank.Options{Settings: rank.Defaults()}); err == nil {
		t.Error("without a clock there is no error")
	}
}

// A frozen list is explained by the settings that it was frozen with, whatever has been stored since.
func TestAFrozenListKeepsItsSettings(t *testing.T) {
	store := workedStore(t)
	s := newService(t, store, "2027-01-02")
	q := clamor.Quarter{Year: 2026, Number: 4}
	if _, err := s.Freeze(t.Context(), q, "breadth", "Ann"); err != nil {
		t.Fatal(err)
	}
	other := rank.Defaults()
	other.Scenario, other.HalfLifeDays = "full", 7
	if _, err := s.PutSettings(t.Context(), rank.Draft{Settings: other}, "Ann"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q        rank.Query
		scenario string
		days     int
		frozen   bool
	}{
		{rank.Query{Quarter: q}, "breadth", 182, true},
		{rank.Query{Quarter: q, Revision: 1, Scenario: "budget"}, "budget", 182, true},
		{rank.Query{Quarter: q, Live: true}, "full", 7, false},
		{rank.Query{Quarter: q, AsOf: "2026-11-01"}, "full", 7, false},
		{rank.Query{Quarter: q.Previous(), Scenario: "budget"}, "budget", 7, false},
	} {
		got, frozen, err := s.SettingsOf(t.Context(), c.q)
		if err != nil || got.Scenario != c.scenario || got.HalfLifeDays != c.days || frozen != c.frozen {
			t.Errorf("%+v gives scenario %s with %d days, frozen %v, %v", c.q, got.Scenario, got.HalfLifeDays, frozen, err)
		}
	}
	if _, _, err := s.SettingsOf(t.Context(), rank.Query{Quarter: q, Revision: 2}); clamor.KindOf(err) != clamor.NotFound {
		t.Errorf("a revision that is not there: %v", err)
	}
}
