package ingest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"clamor"
)

// panicky is an error that breaks when it is looked at, as a fault of our own in an adapter would.
type panicky struct{ error }

func (panicky) As(any) bool { panic("index out of range") }

func TestAPanicFailsOneDeliveryOnly(t *testing.T) {
	s := NewService(nil, time.Now, Options{})
	r := s.readSafely(clamor.Delivery{ID: "delivery_x"}, origin{err: panicky{errors.New("no source")}})
	if d := r.delivery; d.State != clamor.Failed || d.Attempts != 1 || !strings.Contains(d.Reason, "please report it") || strings.Contains(d.Reason, "index") {
		t.Errorf("the delivery is %s with the reason %q", d.State, d.Reason)
	}
}
