package rank_test

import (
	"strings"
	"testing"

	"clamor"
	"clamor/rank"
)

func TestWhyAFeatureMoved(t *testing.T) {
	sso := clamor.Feature{ID: "f", Title: "SSO"}
	place := func(r int, units int64) *rank.Place { return &rank.Place{Rank: r, Score: units * 100} }
	for _, c := range []struct {
		change rank.Change
		want   string
	}{
		{rank.Change{Before: place(4, 1000), After: place(2, 5000), Money: 4000_00,
			Effects: []rank.Effect{{Cause: rank.ByAge, Money: -50_25}, {Cause: rank.ByAsks, Money: 4050_25}}},
			"“SSO” rose 2 places to second with 5,000 USD, +4,000 USD: −50.25 USD asks growing older, +4,050 USD new, changed or withdrawn asks."},
		{rank.Change{Before: place(1, 5000), After: place(2, 5000)}, "“SSO” fell 1 place to second with the same 5,000 USD."},
		{rank.Change{Before: place(3, 9), After: place(3, 8), Money: -100, Effects: []rank.Effect{{Cause: rank.ByDeals, Money: -100}}},
			"“SSO” stays third with 8 USD, −1 USD: −1 USD deals."},
		{rank.Change{After: place(11, 7), Money: 700, Effects: []rank.Effect{{Cause: rank.ByMerges, Money: 700}}},
			"“SSO” is new, 11th with 7 USD: +7 USD merges, splits and moved asks."},
		{rank.Change{Before: place(22, 7), Money: -700, Effects: []rank.Effect{{Cause: rank.ByStatus, Money: -700}}},
			"“SSO” left the list, where it was 22nd with 7 USD: −7 USD features shipped, refused or opened again."},
	} {
		c.change.Feature = sso
		if got := rank.WhyMoved(c.change, "USD"); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestOrdinalsAreWrittenAsPeopleDo(t *testing.T) {
	for n, want := range map[int]string{1: "first", 10: "tenth", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd", 23: "23rd", 101: "101st", 111: "111th", 112: "112th"} {
		got := rank.Why(clamor.Entry{Rank: n, Accounts: 2}, nil, nil, "USD")
		if !strings.HasPrefix(got, "It stands "+want+": 2 accounts ask for it") {
			t.Errorf("%d: %s", n, got)
		}
	}
}
