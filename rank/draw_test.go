package rank_test

import (
	"fmt"
	"time"

	"clamor"
	"clamor/rank"

	"pgregory.net/rapid"
)

const today = clamor.Date("2026-12-31")

// drawEvidence makes small evidence with everything in it that can go wrong: unknown money, foreign money, money without a
// rate, money as large as it may be, features of every status, lost deals, families, asks of the future.
func drawEvidence(t *rapid.T) clamor.Evidence {
	e := clamor.Evidence{AsOf: today, Quarter: "2026Q4", From: "2026-10-01", Pending: rapid.IntRange(0, 3).Draw(t, "pending"),
		Rates: []clamor.Rate{
			{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1_100_000},
			{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: 1_083_200},
			{Currency: "EUR", Into: "USD", From: "2027-01-01", PPM: 9_000_000},
			{Currency: "JPY", Into: "USD", From: "2026-10-01", PPM: 6_543},
		}}
	accounts := rapid.IntRange(1, 7).Draw(t, "accounts")
	for i := range accounts {
		e.Accounts = append(e.Accounts, drawAccount(t, i, accounts))
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "deals") {
		e.Deals = append(e.Deals, drawDeal(t, i, accounts))
	}
	features := rapid.IntRange(1, 8).Draw(t, "features")
	for i := range features {
		e.Features = append(e.Features, clamor.Feature{
			ID: featureID(i), Title: fmt.Sprintf("Feature %d", i), Status: drawStatus(t),
			Effort:    rapid.SampledFrom([]int64{0, 0, 3, 8}).Draw(t, "effort"),
			CreatedAt: time.Date(2026, 1, 1+rapid.IntRange(0, 2).Draw(t, "created"), 9, 0, 0, 0, time.UTC),
		})
	}
	for i := range rapid.IntRange(0, 30).Draw(t, "asks") {
		e.Asks = append(e.Asks, clamor.EvidenceAsk{
			ID:       clamor.AskID(fmt.Sprintf("ask_%02d", i)),
			Account:  accountID(rapid.IntRange(0, accounts-1).Draw(t, "asking")),
			Feature:  featureID(rapid.IntRange(0, features-1).Draw(t, "for")),
			Priority: rapid.SampledFrom([]clamor.Priority{"", clamor.Blocker, clamor.Important, clamor.Nice}).Draw(t, "priority"),
			On:       today.AddDays(-rapid.SampledFrom([]int{-1, 0, 1, 30, 91, 182, 400, 5000}).Draw(t, "age")),
		})
	}
	return e
}

func accountID(i int) clamor.AccountID { return clamor.AccountID(fmt.Sprintf("account_%02d", i)) }
func featureID(i int) clamor.FeatureID { return clamor.FeatureID(fmt.Sprintf("feature_%02d", i)) }

func drawStatus(t *rapid.T) clamor.Status {
	return rapid.SampledFrom([]clamor.Status{clamor.StatusNew, clamor.StatusNew, clamor.StatusPlanned, clamor.StatusInProgress,
		clamor.StatusShipped, clamor.StatusWontDo}).Draw(t, "status")
}

func drawAccount(t *rapid.T, i, accounts int) clamor.Account {
	a := clamor.Account{
		ID:        accountID(i),
		Name:      fmt.Sprintf("Account %d", i),
		ARR:       drawMoney(t),
		Segment:   rapid.SampledFrom([]string{"", "small", "large"}).Draw(t, "segment"),
		Lifecycle: rapid.SampledFrom([]clamor.Lifecycle{"", clamor.Customer, clamor.Customer, clamor.Prospect, clamor.Churned}).Draw(t, "lifecycle"),
		Health:    rapid.SampledFrom([]clamor.Health{"", clamor.Green, clamor.Yellow, clamor.Red}).Draw(t, "health"),
		RenewalOn: drawDay(t, "renewal"),
	}
	if rapid.Bool().Draw(t, "child") {
		a.Parent = accountID(rapid.IntRange(0, accounts).Draw(t, "parent"))
	}
	return a
}

func drawDay(t *rapid.T, label string) clamor.Date {
	if rapid.Bool().Draw(t, label+" unknown") {
		return ""
	}
	return today.AddDays(rapid.SampledFrom([]int{-400, -1, 0, 29, 30, 59, 60, 90, 91, 180, 181}).Draw(t, label))
}

func drawMoney(t *rapid.T) *clamor.Money {
	currency := rapid.SampledFrom([]string{"", "USD", "USD", "USD", "EUR", "JPY", "CHF"}).Draw(t, "currency")
	if currency == "" {
		return nil
	}
	amount := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 99_999_99), rapid.Just(int64(clamor.MaxMinor)/20)).Draw(t, "minor")
	return &clamor.Money{Minor: amount, Currency: currency}
}

func drawDeal(t *rapid.T, i, accounts int) clamor.Deal {
	d := clamor.Deal{
		ID:      clamor.DealID(fmt.Sprintf("deal_%02d", i)),
		Account: accountID(rapid.IntRange(0, accounts-1).Draw(t, "deal of")),
		Amount:  drawMoney(t),
		CloseOn: drawDay(t, "close"),
		Status:  rapid.SampledFrom([]clamor.DealStatus{clamor.DealOpen, clamor.DealOpen, clamor.DealWon, clamor.DealLost}).Draw(t, "deal status"),
	}
	if rapid.Bool().Draw(t, "probable") {
		p := rapid.SampledFrom([]int{0, 39, 40, 60, 61, 100}).Draw(t, "probability")
		d.Probability = &p
	}
	return d
}

// drawSettings varies the scenario, the roll-up and what is recovered. Beside the scenarios of the defaults there are some
// that share nothing with them.
func drawSettings(t *rapid.T) rank.Settings {
	s := rank.Defaults()
	never, family := 0, true
	s.Scenarios = append(s.Scenarios,
		rank.Scenario{Name: "salvage", Recovery: &rank.Recovery{LostDeals: 1_000_000, Churned: 1_000_000}},
		rank.Scenario{Name: "patient", HalfLifeDays: &never, Keep: &rank.KeepUrgency{Green: rank.Factors{Far: 1_000_000, Middle: 500_000}}},
		rank.Scenario{Name: "families", RollUp: &family, Size: rank.Breadth, Weights: &rank.Weights{Unset: 1_000_000}})
	s.Scenario = rapid.SampledFrom(s.Names()).Draw(t, "scenario")
	s.RollUp = rapid.Bool().Draw(t, "roll up")
	s.HalfLifeDays = rapid.SampledFrom([]int{0, 30, 182}).Draw(t, "half-life")
	s.Weights.Nice = rapid.SampledFrom([]int64{0, 1_000_000, 333_333}).Draw(t, "nice")
	s.Recovery.Churned = rapid.SampledFrom([]int64{0, 0, 250_000, 1_000_000}).Draw(t, "churned")
	s.Recovery.LostDeals = rapid.SampledFrom([]int64{0, 0, 333_333}).Draw(t, "lost deals")
	return s
}
