package rank

// closing is how urgent a deal's amount is: by its probability and the days to its close. The less likely a deal is, the
// more a feature may turn it. A closing day that has passed is near, an unknown one far; an unknown probability is likely.
func closing(m *Model, f *facts) int64 {
	if f.deal == nil {
		return ppm
	}
	factors := m.Grow.Likely
	if p := f.deal.Probability; p != nil {
		switch {
		case *p < m.Grow.PossibleFrom:
			factors = m.Grow.Unlikely
		case *p < m.Grow.LikelyFrom:
			factors = m.Grow.Possible
		}
	}
	if f.deal.CloseOn == "" {
		return factors.Far
	}
	return m.Grow.Window.of(factors, f.today.until(f.deal.CloseOn))
}
