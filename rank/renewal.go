package rank

import "clamor"

// renewal is how urgent an account's revenue is: by its health and the days to its renewal. A renewal day that has passed is
// near, an unknown one far.
func renewal(m *Model, f *facts) int64 {
	if f.deal != nil {
		return ppm
	}
	factors := m.Keep.Green
	switch f.account.Health {
	case clamor.Yellow:
		factors = m.Keep.Yellow
	case clamor.Red:
		factors = m.Keep.Red
	}
	if f.account.RenewalOn == "" {
		return factors.Far
	}
	return m.Keep.Window.of(factors, f.today.until(f.account.RenewalOn))
}
