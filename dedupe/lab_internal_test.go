package dedupe

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// BenchmarkLab is one look into the lab, as its page makes it: 2,000 asks, nine settings, twenty examples.
func BenchmarkLab(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := NewService(nil, time.Now, Options{})
			s.index = filled(b, madeUp(b, n))
			for b.Loop() {
				e, err := s.Lab(context.Background(), make([]float64, 9), -0.1, 2_000, 20)
				if err != nil || e.Trials[0].Asks != min(n, 2_000) {
					b.Fatalf("%+v %v", e, err)
				}
			}
		})
	}
}
