package ingest

import (
	"context"
	"strings"
	"testing"
	"time"

	"clamor"
)

// panicky is a store whose look-up of a source breaks, as a fault of our own in an adapter would.
type panicky struct{ Store }

func (panicky) FindSource(context.Context, string) (clamor.Source, error) {
	panic("index out of range")
}

func TestAPanicFailsOneDeliveryOnly(t *testing.T) {
	s := NewService(panicky{}, time.Now, Options{})
	r := s.readSafely(context.Background(), clamor.Delivery{ID: "delivery_x"})
	if d := r.delivery; d.State != clamor.Failed || d.Attempts != 1 || !strings.Contains(d.Reason, "please report it") || strings.Contains(d.Reason, "index") {
		t.Errorf("the delivery is %s with the reason %q", d.State, d.Reason)
	}
}
