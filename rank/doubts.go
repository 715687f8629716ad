package rank

import (
	"fmt"
	"maps"
	"slices"

	"clamor"
)

// doubt counts what a number on the list does not rest on.
type doubt struct {
	count    int
	accounts []clamor.AccountID // in the order found; one may be there twice
}

func (d *doubt) add(a clamor.AccountID) {
	d.count++
	d.accounts = append(d.accounts, a)
}

// doubts are the things a reader must know of the money.
type doubts struct {
	imputed, unknown, noAmount doubt
	noRate                     map[string]*doubt // by currency
}

func (t *treasury) doubtRate(account int32, currency string) {
	if len(t.wishes.of(t.wishes.root[account])) == 0 {
		return
	}
	if t.doubts.noRate[currency] == nil {
		t.doubts.noRate[currency] = &doubt{}
	}
	t.doubts.noRate[currency].add(t.accounts[account].ID)
}

// notices writes them for a reader, with what to do.
func (d *doubts) notices(into string, day clamor.Date, pending int) []clamor.Notice {
	var all []clamor.Notice
	add := func(kind string, x doubt, one, many string) {
		if x.count > 0 {
			all = append(all, clamor.Notice{Kind: kind, Message: count(x.count, one, many), Count: x.count, IDs: sorted(x.accounts)})
		}
	}
	add("imputed-arr", d.imputed,
		"account has no known ARR: it is estimated as the median of its segment, or of all customers",
		"accounts have no known ARR: it is estimated as the median of their segment, or of all customers")
	add("unknown-arr", d.unknown,
		"account has no known ARR, and no customer has one to estimate it from: it counts as 0. Import the accounts' ARR",
		"accounts have no known ARR, and no customer has one to estimate it from: they count as 0. Import the accounts' ARR")
	for _, currency := range slices.Sorted(maps.Keys(d.noRate)) {
		mend := fmt.Sprintf(" in %s, which has no rate into %s, and count%%s as unknown: clamor rate set %s RATE --from %s", currency, into, currency, day)
		add("no-rate", *d.noRate[currency], "amount is"+fmt.Sprintf(mend, "s"), "amounts are"+fmt.Sprintf(mend, ""))
	}
	add("no-amount", d.noAmount,
		"deal that would count has no amount and adds nothing: give it one in the CRM, or import it",
		"deals that would count have no amount and add nothing: give them one in the CRM, or import it")
	add("pending", doubt{count: pending}, "ask waits to be placed and is not on the list yet", "asks wait to be placed and are not on the list yet")
	return all
}

func sorted(ids []clamor.AccountID) []clamor.AccountID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// count writes a number with the right one of two words.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
