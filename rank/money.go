package rank

import (
	"cmp"
	"slices"

	"clamor"
)

// purse is money that is spent as one: an account's recurring revenue, or one of its deals.
type purse struct {
	group     int32 // whose wishes it is spread over
	account   int32
	deal      int32 // noDeal for revenue, and for the voice of an account without money
	motive    clamor.Motive
	base      int64
	counted   int64 // of the base, after recovery and size weighting
	urgency   int64
	due       int64 // counted x urgency
	estimated bool
}

const noDeal = -1

// funds are the purses of a model but for the size weighting, and what a reader must know of them.
type funds struct {
	*ground
	model    *Model
	wishes   *wishes
	currency string
	all      []purse // by group, then by account, revenue before deals
	counted  []bool  // by account as a group: whether its wishes count
	doubts   doubts
}

// treasury works out funds.
type treasury struct {
	*funds
	exchange *exchange
	calendar *calendar
	revenue  []revenue // by account
	base     gauge
	urgency  gauge
	facts    facts
}

// revenue is what is known of an account's ARR, in the list's currency.
type revenue struct {
	minor int64
	known bool
	keeps bool // it has a keep base
}

func (g *ground) funds(m *Model, w *wishes, currency string) (*funds, error) {
	t := &treasury{
		funds:    &funds{ground: g, model: m, wishes: w, currency: currency, counted: make([]bool, len(g.accounts))},
		exchange: newExchange(currency, g.today, g.rates),
		calendar: newCalendar(g.today),
		base:     gaugeOf(OnMoney),
		urgency:  gaugeOf(OnUrgency),
	}
	t.doubts.noRate = make(map[string]*doubt)
	if err := t.readRevenue(); err != nil {
		return nil, err
	}
	t.impute()
	t.all = make([]purse, 0, len(g.accounts)+len(g.deals))
	for i := range int32(len(g.accounts)) {
		if len(w.of(w.root[i])) == 0 {
			continue
		}
		if err := t.fill(i); err != nil {
			return nil, err
		}
	}
	if m.RollUp {
		slices.SortStableFunc(t.all, func(a, b purse) int { return cmp.Compare(a.group, b.group) })
	}
	return t.funds, nil
}

// readRevenue converts every account's ARR, whether it asks or not: the medians are taken over all.
func (t *treasury) readRevenue() error {
	t.revenue = make([]revenue, len(t.accounts))
	for i := range t.accounts {
		a, r := &t.accounts[i], &t.revenue[i]
		if a.ARR != nil {
			var err error
			if r.minor, r.known, err = t.exchange.convert(*a.ARR); err != nil {
				return clamor.Errorf(clamor.KindOf(err), "account %s (%s): %w", a.ID, a.Name, err)
			}
		}
		r.keeps = t.keeps(a)
		if a.ARR != nil && !r.known && r.keeps {
			t.doubtRate(int32(i), a.ARR.Currency)
		}
	}
	return nil
}

// keeps reports whether an account has revenue to keep: a customer has, and one of unknown lifecycle unless its ARR is
// known to be nothing. A churned one has if what is lost still counts.
func (t *treasury) keeps(a *clamor.Account) bool {
	switch a.Lifecycle {
	case clamor.Customer:
		return true
	case clamor.Prospect:
		return false
	case clamor.Churned:
		return t.model.Recovery.Churned > 0
	}
	return a.ARR == nil || a.ARR.Minor > 0
}

// fill makes the purses of one account.
func (t *treasury) fill(i int32) error {
	a := &t.accounts[i]
	group := t.wishes.root[i]
	before := len(t.all)
	t.facts = facts{account: a, today: t.calendar}
	if r := t.revenue[i]; r.keeps {
		t.add(purse{group: group, account: i, deal: noDeal, motive: clamor.Keep, base: r.minor, estimated: !r.known})
	}
	for d := t.dealsFrom[i]; d < t.dealsFrom[i+1]; d++ {
		if err := t.fillDeal(group, i, d); err != nil {
			return err
		}
	}
	if a.Lifecycle != clamor.Churned || len(t.all) > before {
		t.counted[group] = true
	}
	return nil
}

func (t *treasury) fillDeal(group, account, d int32) error {
	deal := &t.deals[d]
	t.facts.deal = deal
	if t.base.of(t.model, &t.facts) == 0 {
		return nil
	}
	if deal.Amount == nil {
		t.doubts.noAmount.add(t.accounts[account].ID)
		return nil
	}
	amount, known, err := t.exchange.convert(*deal.Amount)
	if err != nil {
		return clamor.Errorf(clamor.KindOf(err), "deal %s (%s): %w", deal.ID, deal.Name, err)
	}
	if !known {
		t.doubtRate(account, deal.Amount.Currency)
		return nil
	}
	t.add(purse{group: group, account: account, deal: d, motive: clamor.Grow, base: amount})
	return nil
}

// add weighs the purse by the signals.
func (t *treasury) add(p purse) {
	p.counted, _ = scale(p.base, t.base.of(t.model, &t.facts)) // a part of the base: it fits
	p.urgency = t.urgency.of(t.model, &t.facts)
	t.all = append(t.all, p)
}

// purses are the money behind a list.
type purses struct {
	*funds
	all  []purse // as in funds, with the voices that a size weighting may need
	from []int32 // by account as a group: where its purses begin; one longer than accounts
}

func (p *purses) of(group int32) []purse { return p.all[p.from[group]:p.from[group+1]] }

// purses applies the size weighting and the urgency, and refuses money that adds up to more than a list can hold.
func (f *funds) purses(size Size) (*purses, error) {
	p := &purses{funds: f, all: f.withVoices(size), from: make([]int32, len(f.accounts)+1)}
	for i := range p.all {
		p.from[p.all[i].group+1]++
	}
	sumUp(p.from)
	if !p.resize(size) || !p.makeDue() {
		return nil, f.tooMuch()
	}
	return p, nil
}

// makeDue reports false where the sum does not fit into 64 bits. If it does, so does every sum that a list holds: nothing
// is counted in two places at once but by Full, where no feature can get more than everything.
func (p *purses) makeDue() bool {
	var total int64
	for i := range p.all {
		x := &p.all[i]
		due, fits := scale(x.counted, x.urgency)
		if total += due; !fits || total < 0 {
			return false
		}
		x.due = due
	}
	return true
}

func (f *funds) tooMuch() error {
	largest := slices.MaxFunc(f.all, func(a, b purse) int { return cmp.Compare(a.base, b.base) })
	a := &f.accounts[largest.account]
	return clamor.Errorf(clamor.Invalid, "the accounts' money adds up to more than a list can hold: check the amounts, the largest is %s of %s (%s)",
		clamor.Money{Minor: largest.base, Currency: f.currency}, a.ID, a.Name)
}
