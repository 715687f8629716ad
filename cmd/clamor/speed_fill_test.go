package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// company is an invented one of a size: what its customers asked for in two years, and what was decided on it.
type company struct {
	asks, features, accounts int
	random                   *rand.Rand
	popular                  *rand.Zipf
	titles                   []string
	now                      time.Time
}

func newCompany(asks int) *company {
	r := rand.New(rand.NewPCG(7, uint64(asks)))
	c := &company{asks: asks, features: asks / 10, accounts: max(200, asks/40), random: r, now: time.Now().UTC()}
	c.popular = rand.NewZipf(r, 1.1, 20, uint64(c.features-1))
	c.titles = c.invent()
	return c
}

// reporter wrote one note in twenty-five.
const reporter = "Sam Reporter"

func words(text string) []string { return strings.Fields(text) }

// invent makes as many titles as there are features, none of them twice.
func (c *company) invent() []string {
	verbs := words("Export Import Schedule Archive Share Filter Approve Duplicate Lock Rename Sort Print Merge Translate Encrypt Preview Restore Tag Assign Audit")
	things := words("invoices dashboards tickets contracts workflows templates reports accounts forms calendars webhooks budgets timesheets shipments pipelines " +
		"surveys permissions comments attachments catalogues quotas certificates tenants playbooks vehicles meters permits orders routes rosters " +
		"payslips campaigns recipes sensors blueprints leases refunds vouchers badges agendas")
	means := words("by-region per-team from-Excel into-Snowflake with-approval on-mobile offline via-SAML in-bulk by-hierarchy through-the-API at-midnight " +
		"without-VPN for-auditors with-signatures in-Japanese by-keyboard under-embargo per-tenant with-versions across-sites before-renewal after-closing " +
		"on-tablets within-Slack with-barcodes by-postcode for-contractors in-dark-mode with-retention to-SharePoint from-Outlook as-PDF with-webhooks " +
		"by-cost-centre per-currency under-SOX by-voice in-maps with-QR-codes by-seniority on-kiosks from-scanners with-holidays per-warehouse by-supplier " +
		"with-thresholds for-franchises between-regions by-lot")
	when := []string{"", " daily", " once approved", " as drafts"}
	titles := make([]string, c.features)
	for i, at := range c.random.Perm(len(verbs) * len(things) * len(means) * len(when))[:c.features] {
		v, at := verbs[at%len(verbs)], at/len(verbs)
		t, at := things[at%len(things)], at/len(things)
		titles[i] = v + " " + t + " " + strings.ReplaceAll(means[at%len(means)], "-", " ") + when[at/len(means)]
	}
	return titles
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// fill puts a company into a database by the store's own ways, its asks placed as given.
func (c *company) fill(ctx context.Context, t *testing.T, db *store.DB) {
	t.Helper()
	t.Logf("filling a database with %d asks for %d features by %d accounts", c.asks, c.features, c.accounts)
	c.putAccounts(ctx, t, db)
	founded := make([]bool, c.features)
	for from := 0; from < c.asks; from += 1000 {
		c.putNotes(ctx, t, db, from, min(from+1000, c.asks), founded)
		if from%100_000 == 0 {
			t.Logf("%s: %d asks", time.Now().Format(time.TimeOnly), from)
		}
	}
	c.decide(ctx, t, db, founded)
}

func (c *company) account(i int) clamor.AccountFacts {
	return clamor.AccountFacts{ExternalIDs: map[string]string{"salesforce": fmt.Sprintf("001%012d", i)}}
}

func (c *company) putAccounts(ctx context.Context, t *testing.T, db *store.DB) {
	r := c.random
	accounts, deals := make([]clamor.AccountFacts, c.accounts), []clamor.DealFacts(nil)
	for i := range accounts {
		a := c.account(i)
		a.Name, a.Domains = fmt.Sprintf("%s %s %d", pick(r, words("Northern Blue Alpine Harbor Summit Cedar Granite Velvet Copper Coastal")...),
			pick(r, words("Logistics Foods Energy Health Bank Works Media Motors Retail Labs")...), i), []string{fmt.Sprintf("a%d.example", i)}
		a.Segment, a.Plan = pick(r, "enterprise", "mid-market", "mid-market", "small", "small", "small"), pick(r, "team", "business", "scale")
		a.Lifecycle = pick(r, clamor.Customer, clamor.Customer, clamor.Customer, clamor.Customer, clamor.Prospect, clamor.Churned)
		a.Health, a.Owner = pick(r, clamor.Green, clamor.Green, clamor.Yellow, clamor.Red), fmt.Sprintf("Owner %02d", r.IntN(40))
		a.RenewalOn, a.AsOf, a.Source = clamor.DateOf(c.now).AddDays(r.IntN(400)), c.now.AddDate(-2, 0, 0), "crm"
		if a.Lifecycle == clamor.Customer && r.IntN(10) > 0 {
			a.ARR = &clamor.Money{Minor: int64(r.ExpFloat64() * 4_000_000), Currency: "USD"}
		}
		if r.IntN(3) == 0 {
			p := r.IntN(101)
			deals = append(deals, clamor.DealFacts{System: "salesforce", ExternalID: fmt.Sprintf("006%012d", i), Account: c.account(i), Name: "Expansion",
				Amount: &clamor.Money{Minor: r.Int64N(9_000_000), Currency: "USD"}, Stage: "Proposal", Probability: &p,
				CloseOn: clamor.DateOf(c.now).AddDays(r.IntN(200) - 20), Status: pick(r, clamor.DealOpen, clamor.DealOpen, clamor.DealWon, clamor.DealLost),
				AsOf: c.now.AddDate(-1, 0, 0), Source: "crm"})
		}
		accounts[i] = a
	}
	results, err := db.PutAccounts(ctx, accounts, "speed", false)
	must(t, err)
	more, err := db.PutDeals(ctx, deals, "speed", false)
	must(t, err)
	for _, one := range append(results, more...) {
		if one.Outcome == clamor.Refused {
			t.Fatal(one.Reason)
		}
	}
}

// asked is one ask and the feature where it shall stand.
type asked struct {
	clamor.Ask
	feature int
}

// note is one with some of a company's asks, each in a sentence of its own.
func (c *company) note(n int, asks []asked) clamor.Intake {
	r, at := c.random, c.now.Add(-time.Duration(c.random.Int64N(int64(730*24*time.Hour))))
	source := pick(r, "gong", "gong", "salesforce", "zendesk", "intercom")
	in := clamor.Intake{Account: c.account(r.IntN(c.accounts)), Note: clamor.Note{Source: source, ExternalID: fmt.Sprint("n", n),
		Kind: pick(r, clamor.Call, clamor.Call, clamor.CRM, clamor.Ticket), Title: pick(r, "Renewal call", "Quarterly review", "Support", "Kick-off"),
		URL: fmt.Sprintf("https://recorder.example/call/%d", n), OccurredAt: at, ReceivedAt: at.Add(time.Hour),
		Author: clamor.Person{Name: fmt.Sprintf("Rep %d", r.IntN(60))}, Contact: clamor.Person{Name: fmt.Sprintf("Contact %d", r.IntN(c.accounts))}}}
	if r.IntN(25) == 0 {
		in.Note.Author = clamor.Person{Name: reporter}
	}
	text := "We went through last month first, and they are mostly happy with the roll-out. "
	for _, a := range asks {
		a.Quote = pick(r, "We need to ", "It would help us to ", "Please let us ", "Our team has to ") + strings.ToLower(c.titles[a.feature][:1]) + c.titles[a.feature][1:] + "."
		text += pick(r, "Then they said: ", "They came back to an old point. ", "")
		a.Start = len(text)
		text += a.Quote + pick(r, " Today they do that by hand in a spreadsheet. ", " Finance waits for it each month. ", " ")
		a.End, a.Text = a.Start+len(a.Quote), c.titles[a.feature]
		a.Priority = pick(r, "", "", "", clamor.Nice, clamor.Important, clamor.Blocker)
		a.ID = clamor.AskID(clamor.DeriveID("ask", source, in.Note.ExternalID, fmt.Sprint(a.Start)))
		in.Asks = append(in.Asks, a.Ask)
	}
	in.Note.Text = text + "Next call in two weeks."
	return in
}

// putNotes adds the asks of a stretch, one to three a note, and places them.
func (c *company) putNotes(ctx context.Context, t *testing.T, db *store.DB, from, to int, founded []bool) {
	var intakes []clamor.Intake
	var placements []clamor.Placement
	for from < to {
		var asks []asked
		for range min(1+c.random.IntN(3), to-from) {
			f := int(c.popular.Uint64())
			if from%10 == 0 { // every feature is founded once, all the time
				f = from / 10 % c.features
			}
			asks, from = append(asks, asked{feature: f}), from+1
		}
		in := c.note(from, asks)
		intakes = append(intakes, in)
		for i, a := range in.Asks {
			f := asks[i].feature
			p := clamor.Placement{Ask: a.ID, Feature: clamor.FeatureID(clamor.DeriveID("feature", c.titles[f])), By: clamor.Machine, At: in.Note.ReceivedAt,
				Score: 0.6 + 0.4*c.random.Float64(), Terms: []clamor.Term{{Stem: strings.ToLower(words(c.titles[f])[1]), Weight: 0.5}}}
			if !founded[f] {
				founded[f], p.Founds, p.Score, p.Terms, p.Close = true, c.titles[f], 0, nil, c.random.IntN(10) == 0
			}
			placements = append(placements, p)
		}
	}
	results, err := db.PutNotes(ctx, intakes, false)
	must(t, err)
	for _, one := range results {
		if one.Outcome != clamor.Added {
			t.Fatal(one)
		}
	}
	must(t, db.Place(ctx, placements))
}

// decide gives two of three features an area, a team, a status or an effort.
func (c *company) decide(ctx context.Context, t *testing.T, db *store.DB, founded []bool) {
	type decision struct {
		area, team string
		status     clamor.Status
		effort     int64
	}
	of := map[decision][]clamor.FeatureID{}
	for f, is := range founded {
		if !is || c.random.IntN(3) == 0 {
			continue
		}
		d := decision{pick(c.random, words("Billing Reporting Mobile Platform Security Integrations Workflow Search Admin Support")...), fmt.Sprintf("Team %d", 1+c.random.IntN(12)),
			pick(c.random, clamor.StatusNew, clamor.StatusNew, clamor.StatusNew, clamor.StatusConsidered, clamor.StatusConsidered, clamor.StatusPlanned,
				clamor.StatusInProgress, clamor.StatusShipped), int64(c.random.IntN(4))}
		of[d] = append(of[d], clamor.FeatureID(clamor.DeriveID("feature", c.titles[f])))
	}
	for d, ids := range of {
		edit := clamor.FeatureEdit{Area: &d.area, Team: &d.team, Effort: &d.effort}
		if d.status != clamor.StatusNew {
			edit.Status = &d.status
		}
		for piece := range slices.Chunk(ids, 500) {
			_, err := db.EditFeatures(ctx, piece, edit, "Priya (product)")
			must(t, err)
		}
	}
}
