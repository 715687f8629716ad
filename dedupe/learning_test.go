package dedupe_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/dedupe"
)

// plain are features without a word in common.
var plain = []string{"Export the ranked list to CSV", "Dark mode for the dashboard", "Audit log of all admin actions", "Webhook retries with backoff",
	"Slack notification when a deal is lost", "Bulk edit of accounts in the table", "SAML single sign-on with Okta", "Custom fields on deals",
	"Two-factor authentication for staff", "Calendar sync with Outlook"}

// again are other wordings of plain that are joined to them unasked.
var again = []string{"csv export of rankings", "dark theme on dashboard", "audit trail of admin actions", "retry webhooks with exponential backoff",
	"bulk editing accounts", "custom deal fields", "sync the calendar to Outlook"}

func TestJoinsThatPeopleTakeBackMakeItWarier(t *testing.T) {
	const doubtful = "log of what admins do"
	joins := func(prepare func(m *memory)) bool {
		m := newMemory()
		for _, text := range append(plain[:len(plain):len(plain)], again...) {
			m.add(text)
			m.add(text + ", please")
		}
		s := serviceOver(t, m)
		step(t, s)
		prepare(m)
		ask := m.add(doubtful)
		step(t, s)
		return m.feature(ask) != clamor.FoundedID(ask)
	}
	split := func(m *memory) {
		for _, p := range m.machine {
			if p.Founds == "" && !strings.Contains(m.text(p.Ask), "audit") {
				target := clamor.FeatureID("split_" + string(p.Ask))
				m.titles[target] = "a part"
				m.rule(clamor.Ruling{Kind: clamor.RuleSplit, Asks: []clamor.AskID{p.Ask}, Feature: p.Feature, Target: target, By: "pat"})
			}
		}
	}
	if !joins(func(*memory) {}) {
		t.Fatalf("%q is not joined to begin with", doubtful)
	}
	if joins(split) {
		t.Errorf("after all joins were taken back, %q is joined unasked", doubtful)
	}
	if !joins(func(m *memory) {
		split(m)
		for _, r := range m.rulings {
			m.rule(clamor.Ruling{Kind: clamor.RuleUndo, Undoes: r.ID, By: "pat"})
		}
	}) {
		t.Errorf("once that is undone, %q is not joined", doubtful)
	}
}

func TestSpellingsAreLearntFromWhatPeopleWrite(t *testing.T) {
	m := newMemory()
	for _, text := range []string{"Drop down for the region", "A nicer datepicker", "Deploy on Kubernetes", "Kubernetes operator", "Kubernetes health checks"} {
		m.add(text)
	}
	s := serviceOver(t, m)
	step(t, s)
	for query, want := range map[string]int{"regional dropdown": 0, "the date picker": 1, "operator on kubernets": 3} {
		if got := s.Suggest(query, 1); len(got) == 0 || got[0].Feature != m.feature(m.asks[want].ID) {
			t.Errorf("%q is offered %v, want %q", query, got, m.asks[want].Text)
		}
	}
}

// Of two features as alike, the one asked for lately comes first where asks for one thing come in bursts, and only there.
func TestWhatWasAskedForLatelyComesFirstWhereAsksComeInBursts(t *testing.T) {
	const features, early, late = 100, 5, 90
	ask := func(m *memory, f int) {
		text := fmt.Sprintf("word%d thing%d", f, f)
		if f == early || f == late {
			text = fmt.Sprintf("report as pdf%d", f)
		}
		id, feature := m.add(text), clamor.FeatureID(fmt.Sprintf("feature_%02d", f))
		m.titles[feature] = text
		m.machine[id] = clamor.Placement{Ask: id, Feature: feature}
		m.placed = append(m.placed, id)
	}
	bursts, even := newMemory(), newMemory()
	for f := range features {
		ask(bursts, f)
		ask(bursts, f)
		ask(even, f)
	}
	for f := range features {
		ask(even, features-1-f) // of all ages
	}
	if got := serviceOver(t, bursts).Suggest("report as pdf", 1)[0].Feature; got != "feature_90" {
		t.Errorf("in bursts, %s comes first", got)
	}
	if got := serviceOver(t, even).Suggest("report as pdf", 1)[0].Feature; got != "feature_05" {
		t.Errorf("evenly, %s comes first", got)
	}
}

// slow is a store whose transactions last until they are let go.
type slow struct {
	*memory
	begun, end chan struct{}
}

func (s slow) Place(ctx context.Context, p []clamor.Placement) error {
	s.begun <- struct{}{}
	<-s.end
	return s.memory.Place(ctx, p)
}

func TestReadersDoNotWaitForTheStore(t *testing.T) {
	m := newMemory()
	for _, text := range plain {
		m.add(text)
	}
	store := slow{m, make(chan struct{}), make(chan struct{})}
	s := dedupe.NewService(store, fixedTime, dedupe.Options{})
	stepped := make(chan error)
	go func() {
		_, err := s.Step(context.Background())
		stepped <- err
	}()
	<-store.begun
	read := make(chan struct{})
	go func() {
		s.Suggest("dark mode", 3)
		s.Similar("nothing", 3)
		s.Search("dark mode", 3)
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(time.Minute):
		t.Error("readers wait for a transaction")
	}
	close(store.end)
	if err := <-stepped; err != nil {
		t.Fatal(err)
	}
}
