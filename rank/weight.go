package rank

import "clamor"

// weight is how much an ask weighs by its priority.
func weight(m *Model, f *facts) int64 {
	switch f.ask.Priority {
	case clamor.Blocker:
		return m.Weights.Blocker
	case clamor.Important:
		return m.Weights.Important
	case clamor.Nice:
		return m.Weights.Nice
	}
	return m.Weights.Unset
}
