package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"clamor"
	"clamor/ingest"
)

func (m *memory) receive(bodies ...string) {
	source := m.sources["crm"]
	for _, body := range bodies {
		m.deliveries = append(m.deliveries, ingest.NewDelivery(source, http.Header{}, []byte(body), noon()))
	}
}

func (m *memory) states() []string {
	var states []string
	for _, d := range m.deliveries {
		states = append(states, string(d.State))
	}
	return states
}

func step(t *testing.T, m *memory) (int, error) {
	t.Helper()
	return ingest.NewService(m, noon, ingest.Options{}).Step(context.Background())
}

func TestOneBadDeliveryHoldsUpNoOther(t *testing.T) {
	m := newMemory()
	m.receive(
		`{"text": "They need SSO.", "account": "A"}`,
		`{"text": "No account."}`,
		`{"notes": [{"text": "Good.", "account": "B"}, {"text": "Bad.", "account": {"name": "C", "arr": -1}}]}`,
		`no JSON at all`,
		`{"text": "They want dark mode.", "account": "D"}`,
	)
	m.deliveries = append(m.deliveries, clamor.Delivery{ID: "delivery_orphan", Source: "gone", Body: []byte(`{}`), State: clamor.Received})
	done, err := step(t, m)
	if err != nil || done != 6 {
		t.Errorf("Step says %d, %v; want all 6 done with", done, err)
	}
	want := []string{"processed", "dead", "dead", "dead", "processed", "dead"}
	if got := m.states(); !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
	for i, says := range map[int]string{1: "account: is missing", 2: "notes[1].account.arr", 3: "not JSON at byte", 5: `the source "gone" is gone`} {
		if reason := m.deliveries[i].Reason; !strings.Contains(reason, says) {
			t.Errorf("delivery %d is dead with %q, which does not say %q", i, reason, says)
		}
	}
	got := m.texts()
	slices.Sort(got)
	if want := []string{"Good.", "They need SSO.", "They want dark mode."}; !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q: the good ones of a partly bad delivery go in", got, want)
	}
	if done, err := step(t, m); done != 0 || err != nil {
		t.Errorf("a second step does %d, %v; want nothing left", done, err)
	}
}

func TestVersionsOfANoteComeInTheOrderReceived(t *testing.T) {
	m := newMemory()
	var want []string
	for i := range 40 {
		text := fmt.Sprintf("They need export number %d.", i)
		want = append(want, text)
		m.receive(fmt.Sprintf(`{"id": "n1", "text": %q, "account": "A"}`, text), fmt.Sprintf(`{"id": "other-%d", "text": "x", "account": "A"}`, i))
	}
	if done, err := step(t, m); err != nil || done != 80 {
		t.Fatalf("Step: %d, %v", done, err)
	}
	got := slices.DeleteFunc(m.versions, func(text string) bool { return text == "x" })
	if !slices.Equal(got, want) {
		t.Errorf("the versions came as %q", got)
	}
}

func TestADeliveryThatTheStoreRefusesIsKeptAndTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		says string
		not  string
	}{
		{"a reason for people", clamor.Errorf(clamor.Conflict, "two accounts own northwind.example: merge them"), "two accounts own", ""},
		{"a reason for the log", errors.New("constraint ask_note violated"), "please report it", "constraint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			m.refuse = func(in clamor.Intake) error {
				if in.Account.Name == "Poison" {
					return c.err
				}
				return nil
			}
			m.receive(`{"text": "They need SSO.", "account": "Poison"}`, `{"text": "They need SSO.", "account": "Fine"}`)
			if done, err := step(t, m); err != nil || done != 2 {
				t.Errorf("Step says %d, %v", done, err)
			}
			if got := m.states(); !slices.Equal(got, []string{"failed", "processed"}) {
				t.Errorf("states %v", got)
			}
			reason := m.deliveries[0].Reason
			if !strings.Contains(reason, c.says) || (c.not != "" && strings.Contains(reason, c.not)) {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

func TestWhileTheStoreIsDownDeliveriesStayPending(t *testing.T) {
	m := newMemory()
	m.receive(`{"text": "They need SSO.", "account": "A"}`)
	m.down = errors.New("connection refused")
	if done, err := step(t, m); err == nil || done != 0 {
		t.Errorf("Step says %d, %v; want an error", done, err)
	}
	m.down = nil
	if done, err := step(t, m); err != nil || done != 1 || m.states()[0] != "processed" {
		t.Errorf("once the store is back, Step says %d, %v and the delivery is %s", done, err, m.states()[0])
	}
}
