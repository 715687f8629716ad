package dedupe_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clamor"
)

// memory is a store in memory, as plain as can be: what stands where is computed anew from the log of rulings each time.
type memory struct {
	asks     []clamor.Ask
	placed   []clamor.AskID // in order of placement
	machine  map[clamor.AskID]clamor.Placement
	rulings  []clamor.Ruling
	titles   map[clamor.FeatureID]string
	settings clamor.DeduperSettings
	fail     error // of the next Place
	retired  map[clamor.AskID]bool
	restood  []clamor.AskID // one for each count
}

func newMemory() *memory {
	return &memory{machine: map[clamor.AskID]clamor.Placement{}, titles: map[clamor.FeatureID]string{}, retired: map[clamor.AskID]bool{}}
}

func (m *memory) add(text string) clamor.AskID {
	id := clamor.AskID(fmt.Sprintf("ask_%04d", len(m.asks)))
	m.asks = append(m.asks, clamor.Ask{ID: id, Text: text})
	return id
}

func (m *memory) rule(r clamor.Ruling) {
	r.Seq = int64(len(m.rulings) + 1)
	r.ID = clamor.RulingID(fmt.Sprintf("ruling_%d", r.Seq))
	if r.Kind == clamor.RuleUndo {
		for i := range m.rulings {
			if m.rulings[i].ID == r.Undoes {
				m.rulings[i].Undone = true
				r.Asks, r.Feature, r.Target = m.rulings[i].Asks, m.rulings[i].Feature, m.rulings[i].Target
			}
		}
	}
	m.rulings = append(m.rulings, r)
}

// version takes an ask out, as a new version of its note does, or back in.
func (m *memory) version(id clamor.AskID, holds bool) {
	m.retired[id] = !holds
	m.restood = append(m.restood, id)
}

func (m *memory) Generation(context.Context) (int64, error) { return 1, nil }

func (m *memory) RestoodAsks(_ context.Context, after int64) ([]clamor.AskID, int64, error) {
	last := int64(len(m.restood))
	return slices.Clone(m.restood[min(after, last):]), last, nil
}

// feature is where an ask stands, merges not followed.
func (m *memory) feature(id clamor.AskID) clamor.FeatureID {
	if m.retired[id] {
		return ""
	}
	at := m.machine[id].Feature
	for _, r := range m.rulings {
		if r.Undone || !slices.Contains(r.Asks, id) {
			continue
		}
		switch r.Kind {
		case clamor.RuleConfirm:
			at = r.Feature
		case clamor.RuleMove, clamor.RuleSplit:
			at = r.Target
		case clamor.RuleNotAnAsk:
			at = ""
		}
	}
	return at
}

func (m *memory) text(id clamor.AskID) string {
	return m.asks[slices.IndexFunc(m.asks, func(a clamor.Ask) bool { return a.ID == id })].Text
}

func (m *memory) EachPlacedAsk(_ context.Context, fn func(clamor.PlacedAsk) error) error {
	for _, id := range m.placed {
		if m.retired[id] {
			continue
		}
		if err := fn(clamor.PlacedAsk{ID: id, Text: m.text(id), Feature: m.feature(id)}); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) PlacedAsks(_ context.Context, ids []clamor.AskID) ([]clamor.PlacedAsk, error) {
	var out []clamor.PlacedAsk
	for _, id := range ids {
		if _, ok := m.machine[id]; ok {
			out = append(out, clamor.PlacedAsk{ID: id, Text: m.text(id), Feature: m.feature(id)})
		}
	}
	return out, nil
}

func (m *memory) Merges(context.Context) (map[clamor.FeatureID]clamor.FeatureID, error) {
	into := map[clamor.FeatureID]clamor.FeatureID{}
	for _, r := range m.rulings {
		if r.Kind == clamor.RuleMerge && !r.Undone {
			into[r.Feature] = r.Target
		}
	}
	final := map[clamor.FeatureID]clamor.FeatureID{}
	for from := range into {
		to := into[from]
		for next, ok := into[to]; ok; next, ok = into[to] {
			to = next
		}
		final[from] = to
	}
	return final, nil
}

func (m *memory) RulingsAfter(_ context.Context, seq int64) ([]clamor.Ruling, error) {
	return slices.Clone(m.rulings[min(int(seq), len(m.rulings)):]), nil
}

func (m *memory) DeduperSettings(context.Context) (clamor.DeduperSettings, error) {
	return m.settings, nil
}

func (m *memory) PendingAsks(_ context.Context, limit int) ([]clamor.Ask, error) {
	var out []clamor.Ask
	for _, a := range m.asks {
		if _, ok := m.machine[a.ID]; !ok && !m.retired[a.ID] && len(out) < limit {
			out = append(out, a)
		}
	}
	return out, nil
}

func (m *memory) Place(_ context.Context, placements []clamor.Placement) error {
	if err := m.fail; err != nil {
		m.fail = nil
		return err
	}
	for _, p := range placements {
		if _, twice := m.machine[p.Ask]; twice {
			return fmt.Errorf("ask %s is placed twice", p.Ask)
		}
		if _, there := m.titles[p.Feature]; !there && p.Founds == "" {
			return fmt.Errorf("ask %s is placed in %s, which does not exist", p.Ask, p.Feature)
		}
		if p.Founds != "" {
			m.titles[p.Feature] = p.Founds
		}
		m.machine[p.Ask] = p
		m.placed = append(m.placed, p.Ask)
	}
	return nil
}

func fixedTime() time.Time { return time.Date(2026, 10, 3, 14, 0, 0, 0, time.UTC) }
