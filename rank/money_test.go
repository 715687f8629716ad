package rank_test

import (
	"strings"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
)

func dollars(n int64) *clamor.Money { return &clamor.Money{Minor: n * 100, Currency: "USD"} }

// one is evidence of the given accounts and deals, where every account asks for the same feature today.
func one(accounts []clamor.Account, deals ...clamor.Deal) clamor.Evidence {
	e := clamor.Evidence{AsOf: today, Quarter: "2026Q4", From: "2026-10-01", Accounts: accounts, Deals: deals,
		Features: []clamor.Feature{{ID: "f", Title: "SSO", Status: clamor.StatusNew}}}
	for _, a := range accounts {
		e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: clamor.AskID("ask of " + a.ID), Account: a.ID, Feature: "f", On: today})
	}
	return e
}

func TestUrgencyMultipliesRevenueByHealthAndRenewal(t *testing.T) {
	days := []int{400, 181, 180, 60, 59, 0, -30}
	for health, want := range map[clamor.Health][]int64{
		"":            {100, 100, 100, 100, 100, 100, 100},
		clamor.Green:  {100, 100, 100, 100, 100, 100, 100},
		clamor.Yellow: {150, 150, 200, 200, 250, 250, 250},
		clamor.Red:    {200, 200, 300, 300, 400, 400, 400},
	} {
		for i, d := range days {
			list := listOf(t, one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: dollars(1), Health: health, RenewalOn: today.AddDays(d)}}))
			if got := list.Entries[0].Score; got != want[i] {
				t.Errorf("health %q, %d days to renewal: %d, want %d", health, d, got, want[i])
			}
		}
	}
	unknown := listOf(t, one([]clamor.Account{{ID: "a", ARR: dollars(1), Health: clamor.Red}}))
	if got := unknown.Entries[0].Score; got != 200 {
		t.Errorf("an unknown renewal day is far: %d", got)
	}
}

func TestUrgencyMultipliesDealsByProbabilityAndClose(t *testing.T) {
	days := []int{91, 90, 30, 29, 0, -1}
	for probability, want := range map[int][]int64{
		100: {100, 100, 100, 100, 100, 100},
		61:  {100, 100, 100, 100, 100, 100},
		60:  {125, 150, 150, 200, 200, 200},
		40:  {125, 150, 150, 200, 200, 200},
		39:  {150, 200, 200, 250, 250, 250},
		0:   {150, 200, 200, 250, 250, 250},
		-1:  {100, 100, 100, 100, 100, 100}, // unknown
	} {
		for i, d := range days {
			deal := clamor.Deal{ID: "d", Account: "a", Amount: dollars(1), Status: clamor.DealOpen, CloseOn: today.AddDays(d), Probability: &probability}
			if probability < 0 {
				deal.Probability = nil
			}
			list := listOf(t, one([]clamor.Account{{ID: "a", Lifecycle: clamor.Prospect}}, deal))
			if got := list.Entries[0].Score; got != want[i] {
				t.Errorf("%d%%, %d days to close: %d, want %d", probability, d, got, want[i])
			}
		}
	}
}

func listOf(t *testing.T, e clamor.Evidence, change ...func(*rank.Settings)) clamor.List {
	t.Helper()
	s := rank.Defaults()
	for _, c := range change {
		c(&s)
	}
	list, err := rank.Rank(e, s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWhoseRevenueCounts(t *testing.T) {
	half := func(s *rank.Settings) { s.Recovery.Churned = 500_000 }
	for _, c := range []struct {
		name    string
		account clamor.Account
		change  []func(*rank.Settings)
		score   int64
		asking  int
	}{
		{"a customer's", clamor.Account{ARR: dollars(7), Lifecycle: clamor.Customer}, nil, 700, 1},
		{"of unknown lifecycle, with revenue", clamor.Account{ARR: dollars(7)}, nil, 700, 1},
		{"of unknown lifecycle, without revenue", clamor.Account{ARR: dollars(0)}, nil, 0, 1},
		{"a prospect's is nothing to keep", clamor.Account{ARR: dollars(7), Lifecycle: clamor.Prospect}, nil, 0, 1},
		{"a churned account's does not", clamor.Account{ARR: dollars(7), Lifecycle: clamor.Churned}, nil, 0, 0},
		{"a churned account's half, if so set", clamor.Account{ARR: dollars(7), Lifecycle: clamor.Churned}, []func(*rank.Settings){half}, 350, 1},
	} {
		c.account.ID = "a"
		x := listOf(t, one([]clamor.Account{c.account}), c.change...).Entries[0]
		if x.Score != c.score || x.Accounts != c.asking || x.Asks != 1 {
			t.Errorf("%s: %d of %d accounts with %d asks", c.name, x.Score, x.Accounts, x.Asks)
		}
	}
}

func TestWhichDealsCount(t *testing.T) {
	third := func(s *rank.Settings) { s.Recovery.LostDeals = 333_333 }
	for _, c := range []struct {
		status clamor.DealStatus
		change []func(*rank.Settings)
		want   int64
	}{
		{clamor.DealOpen, nil, 10_000_00},
		{clamor.DealWon, nil, 0}, // its money is revenue by now
		{clamor.DealLost, nil, 0},
		{clamor.DealLost, []func(*rank.Settings){third}, 3_333_33},
	} {
		deal := clamor.Deal{ID: "d", Account: "a", Amount: dollars(10_000), Status: c.status}
		x := listOf(t, one([]clamor.Account{{ID: "a", Lifecycle: clamor.Prospect}}, deal), c.change...).Entries[0]
		if x.Score != c.want || x.Grow != c.want {
			t.Errorf("a deal that is %s: %d, want %d", c.status, x.Score, c.want)
		}
	}
}

func TestUnknownRevenueIsEstimatedAndSaid(t *testing.T) {
	customer := func(id clamor.AccountID, segment string, arr *clamor.Money) clamor.Account {
		return clamor.Account{ID: id, Segment: segment, ARR: arr, Lifecycle: clamor.Customer}
	}
	e := one([]clamor.Account{
		customer("a", "small", dollars(10)), customer("b", "small", dollars(20)), customer("c", "small", dollars(90)),
		customer("d", "large", dollars(1000)), customer("x", "small", nil), customer("y", "elsewhere", nil),
		{ID: "z", Segment: "small"}, {ID: "prospect", Segment: "small", Lifecycle: clamor.Prospect},
	})
	list := listOf(t, e)
	bases := make(map[clamor.AccountID]int64)
	for _, p := range list.Entries[0].Parts {
		if p.Estimated {
			bases[p.Account] = p.Base
		}
	}
	want := map[clamor.AccountID]int64{"x": 20_00, "z": 20_00, "y": 55_00} // of all four: between 20 and 90
	if diff := cmp.Diff(want, bases); diff != "" {
		t.Error(diff)
	}
	if !list.Entries[0].Estimated {
		t.Error("the entry does not say that it is estimated")
	}
	wantNotice := []clamor.Notice{{Kind: "imputed-arr", Count: 3, IDs: []clamor.AccountID{"x", "y", "z"},
		Message: "3 accounts have no known ARR: it is estimated as the median of their segment, or of all customers"}}
	if diff := cmp.Diff(wantNotice, list.Notices); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownRevenueWithNothingToEstimateFromIsSaid(t *testing.T) {
	list := listOf(t, one([]clamor.Account{{ID: "a"}}))
	if len(list.Notices) != 1 || list.Notices[0].Kind != "unknown-arr" || list.Entries[0].Score != 0 || !list.Entries[0].Estimated {
		t.Errorf("%+v", list)
	}
}

func TestOtherCurrenciesAreConvertedByTheNewestRateOfTheDay(t *testing.T) {
	euro := func(n int64) *clamor.Money { return &clamor.Money{Minor: n, Currency: "EUR"} }
	yen := func(n int64) *clamor.Money { return &clamor.Money{Minor: n, Currency: "JPY"} }
	dinar := func(n int64) *clamor.Money { return &clamor.Money{Minor: n, Currency: "KWD"} }
	rates := []clamor.Rate{
		{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: 1_083_200},
		{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 2_000_000},
		{Currency: "EUR", Into: "USD", From: "2027-01-01", PPM: 9_000_000},
		{Currency: "EUR", Into: "GBP", From: "2026-12-01", PPM: 5_000_000},
		{Currency: "JPY", Into: "USD", From: today, PPM: 6_543},
		{Currency: "KWD", Into: "USD", From: "2026-10-01", PPM: 3_250_000},
		{Currency: "USD", Into: "JPY", From: "2026-10-01", PPM: 152_800_000},
	}
	for _, c := range []struct {
		amount *clamor.Money
		into   string
		want   int64
	}{
		{euro(100_00), "USD", 108_32},
		{euro(1), "USD", 1},
		{euro(6), "USD", 6},                                  // 6.4992
		{euro(7), "USD", 8},                                  // 7.5824
		{yen(1_000_000), "USD", 6_543_00},                    // whole yen into cents
		{yen(1), "USD", 1},                                   // 0.6543 cents
		{dinar(1_000), "USD", 3_25},                          // thousandths into cents
		{dinar(1), "USD", 0},                                 // 0.325 cents
		{dollars(100), "JPY", 15_280},                        // cents into whole yen
		{&clamor.Money{Minor: 1, Currency: "USD"}, "JPY", 2}, // 1.528
	} {
		e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: c.amount}})
		e.Rates = rates
		list := listOf(t, e, func(s *rank.Settings) { s.Currency = c.into })
		if got := list.Entries[0].Score; got != c.want || len(list.Notices) != 0 {
			t.Errorf("%s in %s: %d, want %d; %v", c.amount, c.into, got, c.want, list.Notices)
		}
	}
}

func TestMoneyWithoutARateIsNotCountedAndTheNoticeSaysWhatToDo(t *testing.T) {
	e := one([]clamor.Account{
		{ID: "a", Lifecycle: clamor.Customer, ARR: &clamor.Money{Minor: 5_000_000, Currency: "EUR"}},
		{ID: "b", Lifecycle: clamor.Customer, ARR: dollars(300)},
		{ID: "c", Lifecycle: clamor.Prospect},
	}, clamor.Deal{ID: "d", Account: "c", Amount: &clamor.Money{Minor: 9_000_000, Currency: "EUR"}, Status: clamor.DealOpen})
	e.Rates = []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2027-01-01", PPM: 1_000_000}} // not yet
	list := listOf(t, e)
	if got := list.Entries[0].Score; got != 600_00 { // a's is estimated from b's
		t.Errorf("score %d", got)
	}
	if len(list.Notices) != 2 || list.Notices[1].Kind != "no-rate" || list.Notices[1].Count != 2 ||
		!strings.Contains(list.Notices[1].Message, "clamor rate set EUR RATE --from 2026-10-01") {
		t.Errorf("%+v", list.Notices)
	}
}

func TestDealsWithoutAnAmountAndWaitingAsksAreSaid(t *testing.T) {
	e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: dollars(1)}},
		clamor.Deal{ID: "d", Account: "a", Status: clamor.DealOpen}, clamor.Deal{ID: "lost", Account: "a", Status: clamor.DealLost})
	e.Pending = 4
	want := []clamor.Notice{
		{Kind: "no-amount", Count: 1, IDs: []clamor.AccountID{"a"}, Message: "1 deal that would count has no amount and adds nothing: give it one in the CRM, or import it"},
		{Kind: "pending", Count: 4, Message: "4 asks wait to be placed and are not on the list yet"},
	}
	if diff := cmp.Diff(want, listOf(t, e).Notices); diff != "" {
		t.Error(diff)
	}
}

func TestMoneyThatNoListCanHoldIsRefusedByName(t *testing.T) {
	red := clamor.Account{Lifecycle: clamor.Customer, Health: clamor.Red, RenewalOn: today, ARR: &clamor.Money{Minor: clamor.MaxMinor, Currency: "USD"}}
	var accounts []clamor.Account
	for i := range 2400 {
		red.ID, red.Name = accountID(i), "Account"
		accounts = append(accounts, red)
	}
	if got := listOf(t, one(accounts[:2000])).Entries[0].Score; got != 2000*4*clamor.MaxMinor {
		t.Errorf("2000 accounts of the largest ARR: %d", got)
	}
	s := rank.Defaults()
	for _, name := range s.Names() {
		shown, _ := s.For(name)
		_, err := rank.Rank(one(accounts), shown)
		if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "account_") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAmountsOutOfRangeAreRefusedByName(t *testing.T) {
	for _, m := range []clamor.Money{{Minor: -1, Currency: "USD"}, {Minor: clamor.MaxMinor + 1, Currency: "USD"}, {Minor: clamor.MaxMinor, Currency: "EUR"}} {
		e := one([]clamor.Account{{ID: "a", Name: "Northwind", Lifecycle: clamor.Customer, ARR: &m}})
		e.Rates = []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1_000_001}}
		if _, err := rank.Rank(e, rank.Defaults()); clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), "Northwind") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestAFamilyCountsOnceIfParentsAreRolledUp(t *testing.T) {
	parent := clamor.Account{ID: "parent", Lifecycle: clamor.Customer, ARR: dollars(100)}
	child := clamor.Account{ID: "child", Parent: "parent", Lifecycle: clamor.Customer, ARR: dollars(30)}
	unknown := clamor.Account{ID: "unknown", Parent: "child", Lifecycle: clamor.Customer}
	e := one([]clamor.Account{child, parent, unknown})
	e.Features = append(e.Features, clamor.Feature{ID: "g", Status: clamor.StatusNew, CreatedAt: today.Time()})
	e.Asks = []clamor.EvidenceAsk{
		{ID: "1", Account: "child", Feature: "f", On: today, Priority: clamor.Nice},
		{ID: "2", Account: "unknown", Feature: "f", On: today, Priority: clamor.Blocker},
		{ID: "3", Account: "parent", Feature: "g", On: today, Priority: clamor.Blocker},
	}
	alone, family := listOf(t, e), listOf(t, e, func(s *rank.Settings) { s.RollUp = true })
	if x := alone.Entries[1]; x.Accounts != 2 || x.Score != 30_00+65_00 { // the unknown one's is the median of 30 and 100
		t.Errorf("each for itself: %d from %d accounts", x.Score, x.Accounts)
	}
	if x := family.Entries[0]; x.Accounts != 1 || x.Score != 65_00 || x.LargestAccount != "parent" || x.Blockers != 1 {
		t.Errorf("as a family: %d from %d accounts, most from %s", x.Score, x.Accounts, x.LargestAccount)
	}
	if total := family.Entries[0].Score + family.Entries[1].Score; total != 130_00 || len(family.Notices) != 0 {
		t.Errorf("the family's money is %d; %v", total, family.Notices)
	}
}

func TestAFamilyOfUnknownRevenueIsEstimatedOnce(t *testing.T) {
	list := listOf(t, one([]clamor.Account{
		{ID: "a", Parent: "c", Lifecycle: clamor.Customer}, {ID: "b", Parent: "c", Lifecycle: clamor.Customer},
		{ID: "c", Lifecycle: clamor.Customer}, {ID: "known", Lifecycle: clamor.Customer, ARR: dollars(10)},
	}), func(s *rank.Settings) { s.RollUp = true })
	if x := list.Entries[0]; x.Score != 20_00 || x.Accounts != 2 || list.Notices[0].Count != 1 {
		t.Errorf("%d from %d accounts, %v", x.Score, x.Accounts, list.Notices)
	}
}

// Where every account weighs the same, one whom nobody sold anything yet is heard like a customer, and so is a family of
// which only the parent has left.
func TestBreadthHearsAccountsWithoutMoney(t *testing.T) {
	e := one([]clamor.Account{
		{ID: "customer", Lifecycle: clamor.Customer, ARR: dollars(90)}, {ID: "prospect", Lifecycle: clamor.Prospect},
		{ID: "left", Lifecycle: clamor.Churned, ARR: dollars(50)}, {ID: "child", Parent: "left", Lifecycle: clamor.Prospect},
	})
	list := listOf(t, e, func(s *rank.Settings) { s.Scenario, s.RollUp = "breadth", true })
	got := make(map[clamor.AccountID]int64)
	for _, p := range list.Entries[0].Parts {
		got[p.Account] = p.Contribution
	}
	if diff := cmp.Diff(map[clamor.AccountID]int64{"customer": 30_00, "prospect": 30_00, "left": 30_00}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAWishNeverFadesToNothing(t *testing.T) {
	e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: dollars(7)}})
	e.Asks[0].On, e.Asks[0].Priority = "1990-01-01", clamor.Nice
	list := listOf(t, e, func(s *rank.Settings) { s.Weights.Nice = 1 })
	if p := list.Entries[0].Parts; len(p) != 1 || p[0].Strength != 1 || p[0].Decay != 1 || p[0].Contribution != 7_00 {
		t.Errorf("%+v", p)
	}
}

// The part names the ask to open: the strongest, of equal ones the newest, then the first by id.
func TestThePartNamesTheStrongestAsk(t *testing.T) {
	e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: dollars(7)}})
	e.Asks = nil
	for _, a := range []struct {
		id       clamor.AskID
		priority clamor.Priority
		on       clamor.Date
	}{{"old", clamor.Nice, "2026-10-02"}, {"m", clamor.Important, "2026-10-03"}, {"z", clamor.Important, "2026-10-05"},
		{"b", clamor.Important, "2026-10-05"}, {"c", clamor.Important, "2026-10-05"}, {"k", clamor.Important, "2026-10-04"}} {
		e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: a.id, Account: "a", Feature: "f", Priority: a.priority, On: a.on})
	}
	noFade := func(s *rank.Settings) { s.HalfLifeDays = 0 }
	if p := listOf(t, e, noFade).Entries[0].Parts[0]; p.Ask != "b" || p.Priority != clamor.Important {
		t.Errorf("%+v", p)
	}
}

func TestPartsStandByMoneyThenByAccountThenByDeal(t *testing.T) {
	deal := func(id clamor.DealID, a clamor.AccountID, units int64) clamor.Deal {
		return clamor.Deal{ID: id, Account: a, Amount: dollars(units), Status: clamor.DealOpen}
	}
	e := one([]clamor.Account{{ID: "b", ARR: dollars(5)}, {ID: "a", ARR: dollars(5)}, {ID: "c", ARR: dollars(4)}},
		deal("z", "a", 5), deal("y", "a", 5), deal("x", "b", 9))
	var got []string
	for _, p := range listOf(t, e).Entries[0].Parts {
		got = append(got, string(p.Account)+" "+string(p.Deal))
	}
	if diff := cmp.Diff([]string{"b x", "a ", "a y", "a z", "b ", "c "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfTwoRatesOfOneDayTheHigherHolds(t *testing.T) {
	e := one([]clamor.Account{{ID: "a", Lifecycle: clamor.Customer, ARR: &clamor.Money{Minor: 100, Currency: "EUR"}}})
	for _, ppm := range []int64{1_500_000, 2_000_000, 1_000_000} {
		e.Rates = append(e.Rates, clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: ppm})
	}
	if got := listOf(t, e).Entries[0].Score; got != 200 {
		t.Errorf("%d", got)
	}
}

func TestAccountsThatAreEachOthersParentsAreOneFamily(t *testing.T) {
	list := listOf(t, one([]clamor.Account{
		{ID: "a", Parent: "b", ARR: dollars(1)}, {ID: "b", Parent: "a", ARR: dollars(2)}, {ID: "c", Parent: "b", ARR: dollars(4)},
		{ID: "d", Parent: "d", ARR: dollars(8)}, {ID: "e", Parent: "nobody", ARR: dollars(16)},
	}), func(s *rank.Settings) { s.RollUp = true })
	if x := list.Entries[0]; x.Accounts != 3 || x.Score != 31_00 {
		t.Errorf("%d from %d accounts", x.Score, x.Accounts)
	}
}
