package rank

import (
	"fmt"
	"slices"
	"strings"

	"clamor"
)

// Why says in one or two plain sentences why an entry stands where it stands. What accounts and deals do not hold is named
// by its id.
func Why(e clamor.Entry, accounts map[clamor.AccountID]clamor.Account, deals map[clamor.DealID]clamor.Deal, currency string) string {
	if e.Score == 0 {
		return fmt.Sprintf("It stands %s: %s %s for it, but no money of theirs counts.", ordinal(e.Rank), count(e.Accounts, "account", "accounts"),
			verb(e.Accounts, "asks", "ask"))
	}
	w := wording{accounts, deals, currency}
	first := fmt.Sprintf("It stands %s with %s: %s.", ordinal(e.Rank), w.money(e.Score), w.composition(e))
	return first + " " + w.lead(e)
}

// WhyAbove says in a sentence or two why a stands above b on the same list.
func WhyAbove(a, b clamor.Entry, accounts map[clamor.AccountID]clamor.Account, currency string) string {
	w := wording{accounts: accounts, currency: currency}
	if a.Rank > b.Rank {
		a, b = b, a
	}
	above := fmt.Sprintf("“%s” stands above “%s”", a.Feature.Title, b.Feature.Title)
	switch {
	case a.Score > b.Score:
		return fmt.Sprintf("%s by %s (%s to %s). %s", above, w.money(a.Score-b.Score), w.money(a.Score), w.money(b.Score), w.contrast(a, b))
	case a.Accounts > b.Accounts:
		return fmt.Sprintf("%s with the same money, %s, because more accounts want it: %d to %d.", above, w.money(a.Score), a.Accounts, b.Accounts)
	case !a.Feature.CreatedAt.Equal(b.Feature.CreatedAt):
		return fmt.Sprintf("%s with the same money and as many accounts, because it has been asked for longer.", above)
	}
	return fmt.Sprintf("%s only by its id: money, accounts and day of creation are the same.", above)
}

// wording writes numbers and names for people.
type wording struct {
	accounts map[clamor.AccountID]clamor.Account
	deals    map[clamor.DealID]clamor.Deal
	currency string
}

// money writes whole units where cents tell nothing.
func (w wording) money(minor int64) string {
	unit := minorUnits(w.currency)
	if minor >= 1000*unit {
		minor = (minor + unit/2) / unit * unit
	}
	return clamor.Money{Minor: minor, Currency: w.currency}.String()
}

func (w wording) account(id clamor.AccountID) string {
	if a, known := w.accounts[id]; known && a.Name != "" {
		return a.Name
	}
	return string(id)
}

// composition tells what the score consists of.
func (w wording) composition(e clamor.Entry) string {
	keeps, deals := make(map[clamor.AccountID]bool), 0
	for _, p := range e.Parts {
		switch {
		case p.Contribution == 0:
		case p.Motive == clamor.Keep:
			keeps[p.Account] = true
		case p.Deal != "":
			deals++
		}
	}
	var of []string
	if e.Keep > 0 {
		of = append(of, fmt.Sprintf("%s to keep from %s", w.money(e.Keep), count(len(keeps), "account", "accounts")))
	}
	if e.Grow > 0 && deals > 0 {
		of = append(of, fmt.Sprintf("%s to win in %s", w.money(e.Grow), count(deals, "deal", "deals")))
	} else if e.Grow > 0 {
		of = append(of, w.money(e.Grow)+" for accounts without revenue or a deal")
	}
	text := strings.Join(of, " and ")
	if e.Blockers > 0 {
		text += fmt.Sprintf("; %s it a blocker", count(e.Blockers, "account calls", "accounts call"))
	}
	if e.Estimated {
		text += "; some of the revenue is estimated"
	}
	return text
}

// lead tells who carries the entry, and what it would be without.
func (w wording) lead(e clamor.Entry) string {
	name := w.account(e.LargestAccount)
	var text strings.Builder
	fmt.Fprintf(&text, "%s brings %s of it%s", name, percent(e.LargestShare), w.because(e))
	switch {
	case e.Accounts == 1:
		text.WriteString(", and nobody else asks")
	case e.RankWithoutLargest == e.Rank:
		text.WriteString("; without that account it would still stand " + ordinal(e.Rank))
	default:
		text.WriteString("; without that account it would stand " + ordinal(e.RankWithoutLargest))
	}
	text.WriteString(".")
	return text.String()
}

// because tells from the largest account's largest part what makes it large.
func (w wording) because(e clamor.Entry) string {
	i := slices.IndexFunc(e.Parts, func(p clamor.Part) bool { return p.Account == e.LargestAccount })
	if i < 0 || e.Parts[i].Motive == clamor.Grow && e.Parts[i].Deal == "" {
		return ""
	}
	p := e.Parts[i]
	money := w.money(p.Base)
	if p.Estimated {
		money += " by estimate"
	}
	if p.Counted != p.Base {
		money += ", weighed as " + w.money(p.Counted)
	}
	what := "ARR"
	if p.Deal != "" {
		what = "deal " + w.deal(p.Deal)
	}
	return fmt.Sprintf(", as %s of its %s (%s%s) goes here", portion(p.Share), what, money, w.urgency(p))
}

func portion(share int64) string {
	if share == ppm {
		return "all"
	}
	return percent(share)
}

func (w wording) deal(id clamor.DealID) string {
	if d, known := w.deals[id]; known && d.Name != "" {
		return "“" + d.Name + "”"
	}
	return string(id)
}

// urgency tells the factor and where it comes from, where it is not one.
func (w wording) urgency(p clamor.Part) string {
	if p.Urgency == ppm {
		return ""
	}
	text := ", counted " + times(p.Urgency)
	if p.Deal != "" {
		if d, known := w.deals[p.Deal]; known && d.Probability != nil {
			text += fmt.Sprintf(" at %d%% probability", *d.Probability)
		}
		return text
	}
	if a, known := w.accounts[p.Account]; known && a.Health != "" {
		text += " at " + string(a.Health) + " health"
	}
	return text
}

// contrast names the account that differs most between two entries, and the width of both.
func (w wording) contrast(a, b clamor.Entry) string {
	gap := make(map[clamor.AccountID]int64)
	here, there := byAccount(a.Parts), byAccount(b.Parts)
	for id, m := range here {
		gap[id] += m
	}
	for id, m := range there {
		gap[id] -= m
	}
	var most clamor.AccountID
	for id, m := range gap {
		if most == "" || m > gap[most] || m == gap[most] && id < most {
			most = id
		}
	}
	return fmt.Sprintf("The largest difference is %s, with %s here and %s there; %s %s the first, %d the second.", w.account(most),
		w.money(here[most]), w.money(there[most]), count(a.Accounts, "account", "accounts"), verb(a.Accounts, "wants", "want"), b.Accounts)
}

func byAccount(parts []clamor.Part) map[clamor.AccountID]int64 {
	sums := make(map[clamor.AccountID]int64)
	for _, p := range parts {
		sums[p.Account] += p.Contribution
	}
	return sums
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// percent writes parts per million; what is little is not written as nothing, nor what is nearly all as all.
func percent(share int64) string {
	switch n := (share + 5_000) / 10_000; {
	case share > 0 && n == 0:
		return "under 1%"
	case share < ppm && n == 100:
		return "over 99%"
	default:
		return fmt.Sprintf("%d%%", n)
	}
}

// times writes a factor: "2.5 times".
func times(factor int64) string {
	text := fmt.Sprintf("%d.%06d", factor/ppm, factor%ppm)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + " times"
}

func ordinal(n int) string {
	words := [...]string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if n > 0 && n < len(words) {
		return words[n]
	}
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}
