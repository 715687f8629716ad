package rank

import (
	"slices"
	"strings"
	"time"

	"clamor"
)

// Formula is the version of the model. A list computed by another version cannot be ranked again by this one.
const Formula = "clamor-1"

// Sharing says how much of an account's money one of its wishes gets.
type Sharing string

// The ways of sharing.
const (
	Budgeted Sharing = "budget" // the money is spent once, spread over all wishes
	Full     Sharing = "full"   // every wish gets all of it
)

// Size says how an account's money weighs beside other accounts' money.
type Size string

// The size weightings. The total over all accounts is the same in each.
const (
	Revenue  Size = "revenue"  // as it is
	Balanced Size = "balanced" // by its square root
	Breadth  Size = "breadth"  // each account the same
)

// Weights say how much an ask of each priority weighs, in parts per million; 0 leaves such asks out.
type Weights struct {
	Blocker   int64 `json:"blocker"`
	Important int64 `json:"important"`
	Nice      int64 `json:"nice"`
	Unset     int64 `json:"unset"`
}

// Factors multiply money by how far away a day is, in parts per million.
type Factors struct {
	Far    int64 `json:"far"`
	Middle int64 `json:"middle"`
	Near   int64 `json:"near"`
}

// Window tells far from near, in days: more than FarOver is far, less than NearUnder is near.
type Window struct {
	FarOver   int `json:"far_over"`
	NearUnder int `json:"near_under"`
}

func (w Window) of(f Factors, days int) int64 {
	switch {
	case days > w.FarOver:
		return f.Far
	case days < w.NearUnder:
		return f.Near
	}
	return f.Middle
}

// KeepUrgency multiplies recurring revenue by the account's health and the time to its renewal.
type KeepUrgency struct {
	Window Window  `json:"window"`
	Green  Factors `json:"green"` // and unknown
	Yellow Factors `json:"yellow"`
	Red    Factors `json:"red"`
}

// GrowUrgency multiplies a deal's amount by its probability and the time to its close.
type GrowUrgency struct {
	Window       Window  `json:"window"`
	LikelyFrom   int     `json:"likely_from"`   // per cent
	PossibleFrom int     `json:"possible_from"` // per cent; below it a deal is unlikely
	Likely       Factors `json:"likely"`        // and unknown
	Possible     Factors `json:"possible"`
	Unlikely     Factors `json:"unlikely"`
}

// Recovery says how much of the money of what is lost still counts, in parts per million.
type Recovery struct {
	LostDeals int64 `json:"lost_deals"`
	Churned   int64 `json:"churned"`
}

// Model is everything a scenario may set.
type Model struct {
	Sharing      Sharing     `json:"sharing"`
	Size         Size        `json:"size"`
	Weights      Weights     `json:"weights"`
	HalfLifeDays int         `json:"half_life_days"` // 0: asks never fade
	Keep         KeepUrgency `json:"keep_urgency"`
	Grow         GrowUrgency `json:"grow_urgency"`
	Recovery     Recovery    `json:"recovery"`
	RollUp       bool        `json:"roll_up"` // a parent and its children count as one account
}

// Scenario is a named set of settings: what it does not set is as in Settings.
type Scenario struct {
	Name         string       `json:"name"`
	Sharing      Sharing      `json:"sharing,omitempty"`
	Size         Size         `json:"size,omitempty"`
	Weights      *Weights     `json:"weights,omitempty"`
	HalfLifeDays *int         `json:"half_life_days,omitempty"`
	Keep         *KeepUrgency `json:"keep_urgency,omitempty"`
	Grow         *GrowUrgency `json:"grow_urgency,omitempty"`
	Recovery     *Recovery    `json:"recovery,omitempty"`
	RollUp       *bool        `json:"roll_up,omitempty"`
}

func (c Scenario) apply(m Model) Model {
	if c.Sharing != "" {
		m.Sharing = c.Sharing
	}
	if c.Size != "" {
		m.Size = c.Size
	}
	set(&m.Weights, c.Weights)
	set(&m.HalfLifeDays, c.HalfLifeDays)
	set(&m.Keep, c.Keep)
	set(&m.Grow, c.Grow)
	set(&m.Recovery, c.Recovery)
	set(&m.RollUp, c.RollUp)
	return m
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Settings are the whole ranking model as data.
type Settings struct {
	Version     int64      `json:"version,omitempty"`           // which of the stored ones these are; 0: nobody has stored any
	Currency    string     `json:"currency"`                    // the list's
	FiscalStart time.Month `json:"fiscal_year_start,omitempty"` // the first month of the fiscal year; 0 means January
	Scenario    string     `json:"scenario"`                    // the one that is shown
	Model
	Scenarios []Scenario `json:"scenarios"` // the first is the default
}

// Defaults are the settings a new installation starts with: amounts in US dollars, the scenario "budget".
func Defaults() Settings {
	return Settings{
		Currency:    "USD",
		FiscalStart: time.January,
		Scenario:    "budget",
		Model: Model{
			Sharing:      Budgeted,
			Size:         Revenue,
			Weights:      Weights{Blocker: 10 * ppm, Important: 4 * ppm, Nice: 1 * ppm, Unset: 2 * ppm},
			HalfLifeDays: 182, // two quarters
			Keep: KeepUrgency{
				Window: Window{FarOver: 180, NearUnder: 60},
				Green:  Factors{1_000_000, 1_000_000, 1_000_000},
				Yellow: Factors{1_500_000, 2_000_000, 2_500_000},
				Red:    Factors{2_000_000, 3_000_000, 4_000_000},
			},
			Grow: GrowUrgency{
				Window:     Window{FarOver: 90, NearUnder: 30},
				LikelyFrom: 61, PossibleFrom: 40,
				Likely:   Factors{1_000_000, 1_000_000, 1_000_000},
				Possible: Factors{1_250_000, 1_500_000, 2_000_000},
				Unlikely: Factors{1_500_000, 2_000_000, 2_500_000},
			},
		},
		Scenarios: []Scenario{
			{Name: "budget", Sharing: Budgeted, Size: Revenue},
			{Name: "full", Sharing: Full, Size: Revenue},
			{Name: "balanced", Sharing: Budgeted, Size: Balanced},
			{Name: "breadth", Sharing: Budgeted, Size: Breadth},
		},
	}
}

// Scenarios names the scenarios of the defaults, the default one first.
func Scenarios() []string { return Defaults().Names() }

// Names lists the scenarios, the default one first.
func (s Settings) Names() []string {
	names := make([]string, len(s.Scenarios))
	for i, c := range s.Scenarios {
		names[i] = c.Name
	}
	return names
}

// For gives the settings with another scenario shown; "" keeps the one that is.
func (s Settings) For(name string) (Settings, error) {
	if name == "" {
		return s, nil
	}
	if !slices.Contains(s.Names(), name) {
		return Settings{}, clamor.Errorf(clamor.Invalid, "there is no scenario %q: choose %s", name, strings.Join(s.Names(), ", "))
	}
	s.Scenario = name
	return s, nil
}

// Shown is the model of the scenario that is shown.
func (s Settings) Shown() Model {
	for _, c := range s.Scenarios {
		if c.Name == s.Scenario {
			return c.apply(s.Model)
		}
	}
	return s.Model
}
