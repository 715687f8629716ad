//go:build unix

package rank_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"clamor"
	"clamor/rank"
)

// bulk makes evidence of a size: as many accounts and features as a company with so many asks has, where few features are
// asked for by many.
func bulk(asks int) clamor.Evidence {
	r := rand.New(rand.NewPCG(1, uint64(asks)))
	accounts, features := max(1, asks/20), max(1, asks/10)
	e := clamor.Evidence{AsOf: today, Quarter: "2026Q4", From: "2026-10-01"}
	for i := range accounts {
		id := clamor.AccountID(clamor.DeriveID("account", fmt.Sprint(i)))
		a := clamor.Account{ID: id, Name: fmt.Sprintf("Account %d", i), Lifecycle: clamor.Customer, Segment: []string{"small", "middle", "large"}[i%3],
			Health: []clamor.Health{clamor.Green, clamor.Yellow, clamor.Red}[r.IntN(3)], RenewalOn: today.AddDays(r.IntN(365))}
		if i%10 > 0 {
			a.ARR = &clamor.Money{Minor: int64(r.ExpFloat64() * 5_000_000), Currency: "USD"}
		}
		e.Accounts = append(e.Accounts, a)
		if i%3 == 0 {
			p := r.IntN(101)
			e.Deals = append(e.Deals, clamor.Deal{ID: clamor.DealID(clamor.DeriveID("deal", fmt.Sprint(i))), Account: id,
				Amount: &clamor.Money{Minor: r.Int64N(10_000_000), Currency: "USD"}, Probability: &p, CloseOn: today.AddDays(r.IntN(200)), Status: clamor.DealOpen})
		}
	}
	for i := range features {
		e.Features = append(e.Features, clamor.Feature{ID: clamor.FeatureID(clamor.DeriveID("feature", fmt.Sprint(i))), Title: fmt.Sprintf("Feature %d", i),
			Status: clamor.StatusNew, CreatedAt: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC)})
	}
	popular := rand.NewZipf(r, 1.1, 20, uint64(features-1))
	priorities := []clamor.Priority{"", "", clamor.Nice, clamor.Important, clamor.Blocker}
	for i := range asks {
		e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: clamor.AskID(clamor.DeriveID("ask", fmt.Sprint(i))), Account: e.Accounts[r.IntN(accounts)].ID,
			Feature: e.Features[popular.Uint64()].ID, Priority: priorities[r.IntN(len(priorities))], On: today.AddDays(-r.IntN(730))})
	}
	return e
}

// processorTime is what the process has used of all processors: on a busy machine it tells more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRank(b *testing.B) {
	for _, asks := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("asks=%d", asks), func(b *testing.B) {
			e, s := bulk(asks), rank.Defaults()
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				if _, err := rank.Rank(e, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// Settings are tried out on evidence that is there.
func BenchmarkRankPrepared(b *testing.B) {
	basis, err := rank.Prepare(bulk(1_000_000))
	if err != nil {
		b.Fatal(err)
	}
	s := rank.Defaults()
	before := processorTime(b)
	for b.Loop() {
		if _, err := basis.Rank(s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

func BenchmarkDiff(b *testing.B) {
	for _, asks := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("asks=%d", asks), func(b *testing.B) {
			before := rank.Snapshot{Evidence: bulk(asks), Settings: rank.Defaults()}
			after := rank.Snapshot{Evidence: bulk(asks), Settings: rank.Defaults()}
			after.Evidence.AsOf = today.AddDays(91)
			after.Evidence.Asks = after.Evidence.Asks[asks/20:]
			after.Evidence.Features[3].Status = clamor.StatusShipped
			used := processorTime(b)
			for b.Loop() {
				if _, err := rank.Diff(before, after); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-used).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// What a draft of the settings would move, for somebody who looks at the list: its evidence is in memory.
func BenchmarkPreview(b *testing.B) {
	e := bulk(1_000_000)
	store := &shelf{revision: 1, read: func(context.Context, clamor.Quarter, clamor.Date) (clamor.Evidence, error) { return e, nil }}
	s, err := rank.NewService(store, rank.Options{Settings: rank.Defaults(), Now: func() time.Time { return today.Time() }})
	must(b, err)
	urgency, weights := rank.Defaults(), rank.Defaults()
	urgency.Keep.Red.Near, weights.Weights.Important = 5_000_000, 5_000_000
	_, err = s.Preview(b.Context(), rank.Query{Quarter: q4}, rank.Draft{Settings: urgency}, 100)
	must(b, err)
	for name, d := range map[string]rank.Settings{"urgency": urgency, "weights": weights} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for i := 0; b.Loop(); i++ {
				d.Weights.Unset += int64(i % 2) // weights that were not seen before; with urgency alone they stay
				if name == "urgency" {
					d.Weights.Unset = rank.Defaults().Weights.Unset
				}
				_, err := s.Preview(b.Context(), rank.Query{Quarter: q4}, rank.Draft{Settings: d}, 100)
				must(b, err)
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// One more ask of an account that asks already, and the whole list is right again.
func BenchmarkTracked(b *testing.B) {
	for _, asks := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("asks=%d", asks), func(b *testing.B) {
			e := bulk(asks)
			basis, err := rank.Prepare(e)
			must(b, err)
			t, _, err := basis.Track(rank.Defaults(), clamor.List{})
			must(b, err)
			r := rand.New(rand.NewPCG(2, 3))
			before := processorTime(b)
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				a := clamor.EvidenceAsk{ID: clamor.AskID(fmt.Sprint("new", i)), Account: e.Asks[r.IntN(asks)].Account, Feature: e.Asks[r.IntN(asks)].Feature, On: today}
				if _, ok := t.Add(clamor.News{Asks: []clamor.EvidenceAsk{a}}); !ok {
					b.Fatal("not followed")
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-heap")
			runtime.KeepAlive(t)
		})
	}
}
