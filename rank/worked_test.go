package rank_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
)

// table reads the table under a heading of a Markdown page: each row by its column's name.
func table(t *testing.T, page, heading string) []map[string]string {
	t.Helper()
	_, text, found := strings.Cut(page, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the page has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var names []string
	var rows []map[string]string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---"):
		case names == nil:
			names = cells
		default:
			row := make(map[string]string)
			for i, name := range names {
				row[strings.TrimSpace(name)] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func amount(t *testing.T, text string) *clamor.Money {
	t.Helper()
	if text == "" {
		return nil
	}
	number, currency, found := strings.Cut(text, " ")
	if !found {
		currency = "USD"
	}
	m, err := clamor.ParseMoney(number, currency)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// workedEvidence is the evidence of the page.
func workedEvidence(t *testing.T) (clamor.Evidence, string) {
	t.Helper()
	text, err := os.ReadFile("testdata/worked.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	e := clamor.Evidence{AsOf: "2026-12-31", Quarter: "2026Q4", From: "2026-10-01",
		Rates: []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: 1_100_000}}}
	for _, r := range table(t, page, "Accounts") {
		e.Accounts = append(e.Accounts, clamor.Account{ID: clamor.AccountID(r["account"]), Name: strings.ToUpper(r["account"][:1]) + r["account"][1:],
			Lifecycle: clamor.Lifecycle(r["lifecycle"]), ARR: amount(t, r["ARR"]), Segment: r["segment"], Health: clamor.Health(r["health"]),
			RenewalOn: clamor.Date(r["renewal"])})
	}
	for _, r := range table(t, page, "Deals") {
		p := atoi(t, r["probability"])
		e.Deals = append(e.Deals, clamor.Deal{ID: clamor.DealID(r["deal"]), Account: clamor.AccountID(r["account"]), Name: r["deal"],
			Amount: amount(t, r["amount"]), Probability: &p, CloseOn: clamor.Date(r["close"]), Status: clamor.DealStatus(r["status"])})
	}
	for _, r := range table(t, page, "Features") {
		e.Features = append(e.Features, clamor.Feature{ID: clamor.FeatureID(r["feature"]), Title: r["feature"],
			Status: clamor.Status(r["status"]), CreatedAt: clamor.Date(r["created"]).Time()})
	}
	for _, r := range table(t, page, "Asks") {
		e.Asks = append(e.Asks, clamor.EvidenceAsk{ID: clamor.AskID(r["ask"]), Account: clamor.AccountID(r["account"]),
			Feature: clamor.FeatureID(r["feature"]), Priority: clamor.Priority(r["priority"]), On: clamor.Date(r["on"])})
	}
	return e, page
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheListWorkedByHand(t *testing.T) {
	e, page := workedEvidence(t)
	list, err := rank.Rank(e, rank.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	money := func(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
	factor := func(ppm int64) string { return fmt.Sprintf("%d.%06d", ppm/1_000_000, ppm%1_000_000) }
	plain := func(rows []map[string]string) []map[string]string { // amounts without separators, factors with all digits
		for _, r := range rows {
			for name, cell := range r {
				r[name] = strings.ReplaceAll(cell, ",", "")
			}
			if u, has := r["urgency"]; has {
				whole, fraction, _ := strings.Cut(u, ".")
				r["urgency"] = fmt.Sprintf("%s.%s", whole, (fraction + "000000")[:6])
			}
		}
		return rows
	}
	var entries, parts []map[string]string
	for _, x := range list.Entries {
		entries = append(entries, map[string]string{"rank": fmt.Sprint(x.Rank), "feature": string(x.Feature.ID), "score": money(x.Score),
			"keep": money(x.Keep), "grow": money(x.Grow), "full": money(x.Full), "accounts": fmt.Sprint(x.Accounts), "asks": fmt.Sprint(x.Asks),
			"asks this quarter": fmt.Sprint(x.QuarterAsks), "blockers": fmt.Sprint(x.Blockers), "largest": string(x.LargestAccount),
			"largest share": factor(x.LargestShare), "rank without": fmt.Sprint(x.RankWithoutLargest)})
		for _, p := range x.Parts {
			parts = append(parts, map[string]string{"feature": string(x.Feature.ID), "account": string(p.Account), "deal": string(p.Deal),
				"ask": string(p.Ask), "base": money(p.Base), "urgency": factor(p.Urgency), "contribution": money(p.Contribution)})
		}
	}
	if diff := cmp.Diff(plain(table(t, page, "Parts")), parts); diff != "" {
		t.Errorf("parts (-by hand +computed):\n%s", diff)
	}
	if diff := cmp.Diff(plain(table(t, page, "The list")), entries); diff != "" {
		t.Errorf("list (-by hand +computed):\n%s", diff)
	}
}
