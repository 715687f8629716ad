package rank

import "clamor"

// recovery is how much still counts of a lost deal's amount and of a churned account's revenue.
func recovery(m *Model, f *facts) int64 {
	switch {
	case f.deal != nil && f.deal.Status == clamor.DealOpen:
		return ppm
	case f.deal != nil && f.deal.Status == clamor.DealLost:
		return m.Recovery.LostDeals
	case f.deal != nil:
		return 0 // won: its money is in the account's revenue
	case f.account.Lifecycle == clamor.Churned:
		return m.Recovery.Churned
	}
	return ppm
}
