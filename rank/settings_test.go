package rank_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultsHoldAndSurviveStorage(t *testing.T) {
	s := rank.Defaults()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again rank.Settings
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"budget", "full", "balanced", "breadth"}, rank.Scenarios()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryFaultOfTheSettingsIsNamedAtOnce(t *testing.T) {
	s := rank.Defaults()
	s.Currency = "usd"
	s.Weights.Blocker = -1
	s.HalfLifeDays = 100_000
	s.Keep.Window = rank.Window{FarOver: 10, NearUnder: 20}
	s.Keep.Red.Near = 101_000_000
	s.Grow.PossibleFrom = 70
	s.Recovery.LostDeals = 1_000_001
	s.Scenario = "none"
	s.Scenarios = append(s.Scenarios, rank.Scenario{Name: "full"}, rank.Scenario{Name: "Whales first"},
		rank.Scenario{Name: "odd", Sharing: "all", Recovery: &rank.Recovery{Churned: -5}})
	err := s.Validate()
	var refused *clamor.Error
	if !errors.As(err, &refused) || refused.Kind != clamor.Invalid {
		t.Fatalf("%v", err)
	}
	var got []string
	for _, f := range refused.Faults {
		got = append(got, f.Path)
	}
	want := []string{"currency", "weights.blocker", "half_life_days", "keep_urgency.window.near_under", "keep_urgency.red.near",
		"grow_urgency.possible_from", "recovery.lost_deals", "scenarios[4].name", "scenarios[5].name", "scenarios[6].sharing",
		"scenarios[6].recovery.churned", "scenario"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := rank.Rank(clamor.Evidence{AsOf: today}, s); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("settings that do not hold are ranked by: %v", err)
	}
}

func TestSettingsWithoutAnyWeightOrScenarioAreRefused(t *testing.T) {
	s := rank.Defaults()
	s.Weights = rank.Weights{}
	s.Scenarios = nil
	err := s.Validate()
	for _, want := range []string{"weights: at least one", "scenarios: name at least one"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestAScenarioChangesWhatItSetsAndNothingElse(t *testing.T) {
	s := rank.Defaults()
	s.RollUp = true
	year := 365
	s.Scenarios = append(s.Scenarios, rank.Scenario{Name: "slow", HalfLifeDays: &year})
	slow, err := s.For("slow")
	if err != nil {
		t.Fatal(err)
	}
	want := s.Model
	want.HalfLifeDays = 365
	if diff := cmp.Diff(want, slow.Shown()); diff != "" {
		t.Error(diff)
	}
	back, err := slow.For("budget")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Model, back.Shown()); diff != "" {
		t.Error(diff)
	}
	if same, err := slow.For(""); err != nil || same.Scenario != "slow" {
		t.Errorf("no name gives %q: %v", same.Scenario, err)
	}
	if _, err := s.For("wild"); clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "budget, full, balanced, breadth, slow") {
		t.Errorf("an unknown scenario: %v", err)
	}
}

func TestEverySignalSaysWhatItIs(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range rank.Signals() {
		if s.Name == "" || s.Unit == "" || s.Meaning == "" || seen[s.Name] {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
	}
}
