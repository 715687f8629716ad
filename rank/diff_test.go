package rank_test

import (
	"fmt"
	"slices"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawLater makes what some evidence may have become: days pass, facts change, asks come, go and move, features are
// shipped, merged away and founded.
func drawLater(t *rapid.T, e clamor.Evidence) clamor.Evidence {
	other := drawEvidence(t)
	later := e
	later.AsOf = e.AsOf.AddDays(rapid.SampledFrom([]int{-10, 0, 0, 1, 91}).Draw(t, "days pass"))
	later.Accounts = exchange(t, "accounts", e.Accounts, other.Accounts, func(a clamor.Account) string { return string(a.ID) })
	later.Deals = exchange(t, "deals", e.Deals, other.Deals, func(d clamor.Deal) string { return string(d.ID) })
	later.Features = exchange(t, "features", e.Features, other.Features, func(f clamor.Feature) string { return string(f.ID) })
	later.Asks = exchange(t, "asks", e.Asks, other.Asks, func(a clamor.EvidenceAsk) string { return string(a.ID) })
	return later
}

// exchange takes each element from one side or the other, or drops it.
func exchange[T any](t *rapid.T, label string, a, b []T, id func(T) string) (mixed []T) {
	for _, x := range a {
		i := slices.IndexFunc(b, func(y T) bool { return id(y) == id(x) })
		switch fate := rapid.SampledFrom([]string{"stay", "stay", "change", "go"}).Draw(t, label); {
		case fate == "stay":
			mixed = append(mixed, x)
		case fate == "change" && i >= 0:
			mixed = append(mixed, b[i])
		}
	}
	for _, y := range b {
		if !slices.ContainsFunc(a, func(x T) bool { return id(x) == id(y) }) && rapid.Bool().Draw(t, label+" come") {
			mixed = append(mixed, y)
		}
	}
	return mixed
}

func mustDiff(t *rapid.T, before, after rank.Snapshot) []rank.Change {
	t.Helper()
	changes, err := rank.Diff(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func places(list clamor.List) map[clamor.FeatureID]*rank.Place {
	all := make(map[clamor.FeatureID]*rank.Place)
	for _, e := range list.Entries {
		all[e.Feature.ID] = &rank.Place{Rank: e.Rank, Score: e.Score}
	}
	return all
}

// Whatever the two lists are: the effects add up to the change, and the ends are the lists as ranked.
func TestCausesAddUpToEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rank.Snapshot{Evidence: drawEvidence(t), Settings: drawSettings(t)}
		after := rank.Snapshot{Evidence: drawLater(t, before.Evidence), Settings: before.Settings}
		if rapid.Bool().Draw(t, "other settings") {
			after.Settings = drawSettings(t)
		}
		was, is := places(mustRank(t, before.Evidence, before.Settings)), places(mustRank(t, after.Evidence, after.Settings))
		seen := 0
		for _, c := range mustDiff(t, before, after) {
			id := c.Feature.ID
			if diff := cmp.Diff([]*rank.Place{was[id], is[id]}, []*rank.Place{c.Before, c.After}); diff != "" {
				t.Fatalf("%s (-lists +diff):\n%s", id, diff)
			}
			sum, change := int64(0), int64(0)
			for _, x := range c.Effects {
				sum += x.Money
			}
			if c.After != nil {
				change += c.After.Score
			}
			if c.Before != nil {
				change -= c.Before.Score
			}
			if sum != change || c.Money != change {
				t.Fatalf("%s changed by %d, says %d, of effects %d: %+v", id, change, c.Money, sum, c.Effects)
			}
			delete(was, id)
			delete(is, id)
			seen++
		}
		if len(was)+len(is) > 0 {
			t.Fatalf("not told: %v %v", was, is)
		}
	})
}

func TestAListDiffersInNothingFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rank.Snapshot{Evidence: drawEvidence(t), Settings: drawSettings(t)}
		for _, c := range mustDiff(t, s, s) {
			if len(c.Effects) != 0 || c.Money != 0 || *c.Before != *c.After {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// Where only one thing changes, only one cause is named.
func TestEachCauseIsCalledByItsName(t *testing.T) {
	type change = func(*clamor.Evidence, *rank.Settings)
	ask := func(e *clamor.Evidence, id clamor.AskID) *clamor.EvidenceAsk {
		return &e.Asks[slices.IndexFunc(e.Asks, func(a clamor.EvidenceAsk) bool { return a.ID == id })]
	}
	account := func(e *clamor.Evidence, id clamor.AccountID) *clamor.Account {
		return &e.Accounts[slices.IndexFunc(e.Accounts, func(a clamor.Account) bool { return a.ID == id })]
	}
	deal := func(e *clamor.Evidence, id clamor.DealID) *clamor.Deal {
		return &e.Deals[slices.IndexFunc(e.Deals, func(d clamor.Deal) bool { return d.ID == id })]
	}
	feature := func(e *clamor.Evidence, id clamor.FeatureID) *clamor.Feature {
		return &e.Features[slices.IndexFunc(e.Features, func(f clamor.Feature) bool { return f.ID == id })]
	}
	for name, c := range map[string]struct {
		cause  rank.Cause
		change change
	}{
		"another scenario": {rank.BySettings, func(_ *clamor.Evidence, s *rank.Settings) { s.Scenario = "full" }},
		"other weights":    {rank.BySettings, func(_ *clamor.Evidence, s *rank.Settings) { s.Weights.Blocker /= 2 }},
		"the euro rises":   {rank.ByRates, func(e *clamor.Evidence, _ *rank.Settings) { e.Rates[0].PPM = 1_200_000 }},
		"a rate of a day on": {rank.ByRates, func(e *clamor.Evidence, _ *rank.Settings) {
			e.Rates = append(e.Rates, clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-12-30", PPM: 1_000_000})
		}},
		"health":            {rank.ByUrgency, func(e *clamor.Evidence, _ *rank.Settings) { account(e, "northwind").Health = clamor.Red }},
		"a renewal":         {rank.ByUrgency, func(e *clamor.Evidence, _ *rank.Settings) { account(e, "tailspin").RenewalOn = "2028-01-01" }},
		"a probability":     {rank.ByUrgency, func(e *clamor.Evidence, _ *rank.Settings) { p := 90; deal(e, "fabrikam-new").Probability = &p }},
		"ARR":               {rank.ByRevenue, func(e *clamor.Evidence, _ *rank.Settings) { account(e, "northwind").ARR = dollars(1) }},
		"a median":          {rank.ByRevenue, func(e *clamor.Evidence, _ *rank.Settings) { account(e, "adatum").ARR = dollars(90_000) }},
		"a customer leaves": {rank.ByRevenue, func(e *clamor.Evidence, _ *rank.Settings) { account(e, "tailspin").Lifecycle = clamor.Churned }},
		"a deal grows":      {rank.ByDeals, func(e *clamor.Evidence, _ *rank.Settings) { deal(e, "fabrikam-new").Amount = dollars(1) }},
		"a deal is lost":    {rank.ByDeals, func(e *clamor.Evidence, _ *rank.Settings) { deal(e, "tailspin-seats").Status = clamor.DealLost }},
		"a deal comes": {rank.ByDeals, func(e *clamor.Evidence, _ *rank.Settings) {
			e.Deals = append(e.Deals, clamor.Deal{ID: "z", Account: "litware", Amount: dollars(9), Status: clamor.DealOpen})
		}},
		"a feature ships":      {rank.ByStatus, func(e *clamor.Evidence, _ *rank.Settings) { feature(e, "sso").Status = clamor.StatusShipped }},
		"a feature is revived": {rank.ByStatus, func(e *clamor.Evidence, _ *rank.Settings) { feature(e, "old-api").Status = clamor.StatusPlanned }},
		"features are merged": {rank.ByMerges, func(e *clamor.Evidence, _ *rank.Settings) {
			for i := range e.Asks {
				if e.Asks[i].Feature == "dark" {
					e.Asks[i].Feature = "sso"
				}
			}
			e.Features = slices.DeleteFunc(e.Features, func(f clamor.Feature) bool { return f.ID == "dark" })
		}},
		"a feature is split": {rank.ByMerges, func(e *clamor.Evidence, _ *rank.Settings) {
			e.Features = append(e.Features, clamor.Feature{ID: "scim", Status: clamor.StatusNew})
			ask(e, "t1").Feature = "scim"
		}},
		"an ask comes": {rank.ByAsks, func(e *clamor.Evidence, _ *rank.Settings) {
			e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: "z", Account: "contoso", Feature: "sso", On: today})
		}},
		"an ask was none":  {rank.ByAsks, func(e *clamor.Evidence, _ *rank.Settings) { e.Asks = e.Asks[1:] }},
		"an ask is urgent": {rank.ByAsks, func(e *clamor.Evidence, _ *rank.Settings) { ask(e, "t1").Priority = clamor.Blocker }},
	} {
		e, _ := workedEvidence(t)
		before := rank.Snapshot{Evidence: e, Settings: rank.Defaults()}
		later, _ := workedEvidence(t)
		after := rank.Snapshot{Evidence: later, Settings: rank.Defaults()}
		c.change(&after.Evidence, &after.Settings)
		changes, err := rank.Diff(before, after)
		if err != nil {
			t.Fatal(err)
		}
		effects := 0
		for _, x := range changes {
			for _, effect := range x.Effects {
				if effects++; effect.Cause != c.cause {
					t.Errorf("%s: %s changed by %s", name, x.Feature.ID, effect.Cause)
				}
			}
		}
		if effects == 0 {
			t.Errorf("%s has no effect", name)
		}
	}
}

// A day that passes fades asks and brings renewals nearer: two causes.
func TestTimeAloneIsAgeAndUrgency(t *testing.T) {
	e, _ := workedEvidence(t)
	later := e
	later.AsOf = "2027-01-20" // 40 days to fabrikam's close instead of 60, 25 to tailspin's renewal instead of 45; the euro stays
	changes, err := rank.Diff(rank.Snapshot{Evidence: e, Settings: rank.Defaults()}, rank.Snapshot{Evidence: later, Settings: rank.Defaults()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		for _, x := range c.Effects {
			if x.Cause != rank.ByAge && x.Cause != rank.ByUrgency {
				t.Errorf("%s: %+v", c.Feature.ID, x)
			}
		}
	}
}

// A rate that comes into force between the days of two lists is a rate, not an urgency.
func TestARateThatBeginsBetweenTwoListsIsARate(t *testing.T) {
	e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Prospect}},
		clamor.Deal{ID: "d", Account: "a", Amount: &clamor.Money{Minor: 1000, Currency: "EUR"}, Status: clamor.DealOpen})
	e.Rates = []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1_000_000}, {Currency: "EUR", Into: "USD", From: "2027-01-05", PPM: 1_100_000}}
	later := e
	later.AsOf = "2027-01-10"
	changes, err := rank.Diff(rank.Snapshot{Evidence: e, Settings: rank.Defaults()}, rank.Snapshot{Evidence: later, Settings: rank.Defaults()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]rank.Effect{{Cause: rank.ByRates, Money: 100}}, changes[0].Effects); diff != "" {
		t.Error(diff)
	}
}

func TestTheDiffOfTwoQuartersWorkedByHand(t *testing.T) {
	before, _ := workedEvidence(t)
	after, _ := workedEvidence(t)
	after.Features[0].Status = clamor.StatusShipped // sso: northwind's 78,696.12 go to export and dark, tailspin's half and half
	after.Accounts[3].ARR = dollars(50_000)         // contoso's is known by now: all of it on dark, 10,000 more than estimated
	after.Features = append(after.Features, clamor.Feature{ID: "scim", Title: "scim", Status: clamor.StatusNew})
	after.Asks = append(after.Asks, clamor.EvidenceAsk{ID: "c2", Account: "contoso", Feature: "scim", On: today, Priority: clamor.Nice})
	changes, err := rank.Diff(rank.Snapshot{Evidence: before, Settings: rank.Defaults()}, rank.Snapshot{Evidence: after, Settings: rank.Defaults()})
	if err != nil {
		t.Fatal(err)
	}
	place := func(r int, score int64) *rank.Place { return &rank.Place{Rank: r, Score: score} }
	want := []rank.Change{
		// export gets northwind's 2/2.707107 of 100,000 = 73,879.61, tailspin's 75,000 + 7,500.01 and all of fabrikam's 148,500
		{Feature: clamor.Feature{ID: "export"}, Before: place(1, 194_489_22), After: place(1, 304_879_62), Money: 110_390_40,
			Effects: []rank.Effect{{Cause: rank.ByStatus, Money: 110_390_40}}},
		// dark gets northwind's other 26,120.39, tailspin's 75,000 + 7,500; contoso's 50,000 x 1.678594/2.678594 = 31,333.49
		{Feature: clamor.Feature{ID: "dark"}, Before: place(3, 100_564_66), After: place(2, 139_953_88), Money: 39_389_22,
			Effects: []rank.Effect{{Cause: rank.ByRevenue, Money: 10_000_00}, {Cause: rank.ByStatus, Money: 48_055_73}, {Cause: rank.ByAsks, Money: -18_666_51}}},
		{Feature: clamor.Feature{ID: "scim"}, After: place(3, 18_666_51), Money: 18_666_51,
			Effects: []rank.Effect{{Cause: rank.ByAsks, Money: 18_666_51}}},
		{Feature: clamor.Feature{ID: "sso"}, Before: place(2, 158_446_13), Money: -158_446_13,
			Effects: []rank.Effect{{Cause: rank.ByStatus, Money: -158_446_13}}},
	}
	same := cmpopts.IgnoreFields(clamor.Feature{}, "Title", "Status", "CreatedAt")
	if diff := cmp.Diff(want, changes, same); diff != "" {
		t.Errorf("(-by hand +computed):\n%s", diff)
	}
}

func TestListsInDifferentCurrenciesAreNotCompared(t *testing.T) {
	e, _ := workedEvidence(t)
	euro := rank.Defaults()
	euro.Currency = "EUR"
	_, err := rank.Diff(rank.Snapshot{Evidence: e, Settings: rank.Defaults()}, rank.Snapshot{Evidence: e, Settings: euro})
	if clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("%v", err)
	}
}

func ExampleDiff() {
	before := rank.Snapshot{Settings: rank.Defaults(), Evidence: one([]clamor.Account{{ID: "northwind", ARR: dollars(1000)}})}
	after := rank.Snapshot{Settings: rank.Defaults(), Evidence: one([]clamor.Account{{ID: "northwind", ARR: dollars(1500)}})}
	changes, err := rank.Diff(before, after)
	if err != nil {
		fmt.Println(err)
	}
	for _, c := range changes {
		fmt.Println(c.Feature.Title, c.Before.Score, c.After.Score, c.Effects)
	}
	// Output: SSO 100000 150000 [{arr 50000}]
}
