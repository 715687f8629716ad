package export_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/name, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; look at it, then run the test with -update (-want +got):\n%s", name, diff)
	}
}

func at(day string) time.Time { return clamor.Date(day).Time().Add(14 * time.Hour) }

func moved(places int) *int { return &places }

func account(id, name string, arr int64, domains ...string) clamor.Account {
	a := clamor.Account{ID: clamor.AccountID(id), Name: name, Domains: domains}
	if arr > 0 {
		a.ARR = &clamor.Money{Minor: arr, Currency: "USD"}
	}
	return a
}

func quote(id, accountID, accountName, text, day string) clamor.Quote {
	return clamor.Quote{
		Ask: clamor.Ask{ID: clamor.AskID(id), Note: clamor.NoteID("note_" + id), Account: clamor.AccountID(accountID), Text: text, Quote: text,
			OccurredAt: at(day)},
		AccountName: accountName, NoteKind: clamor.Call, NoteTitle: "Renewal call",
		URL: "https://recorder.example/call/" + id + "?t=1312&v=2", By: clamor.Machine,
	}
}

// sampleReport is a made-up quarter of three features.
func sampleReport() clamor.Report {
	sso := quote("ask_1", "account_n", "Northwind Traders, Inc.", "We cannot roll out to the other 400 people before SAML works.\nOur security team has said no twice.", "2026-12-02")
	sso.Priority, sso.Motive, sso.Contact, sso.Author = clamor.Blocker, clamor.Keep, clamor.Person{Name: "Maria Lopez", Title: "CTO"}, clamor.Person{Name: "Sam Reed"}
	older := quote("ask_2", "account_n", "Northwind Traders, Inc.", "Single sign-on would be nice.", "2026-10-09")
	deal := quote("ask_3", "account_g", "Globex", "They'd sign the $90k expansion with Okta login; asked @sam to check #12.", "2026-11-17")
	deal.Deal, deal.DealName, deal.URL, deal.NoteTitle, deal.NoteKind = "deal_g", "Globex expansion", "", "", clamor.CRM
	export := quote("ask_4", "account_i", "Initech", "Every Monday I copy 2,000 rows by hand into Excel.", "2026-12-11")
	export.Author = clamor.Person{Email: "kim@clamor.example"}
	dark := quote("ask_5", "account_u", "Umbrella | Partners", "Dark mode, please <3", "2026-12-20")
	dark.Priority = clamor.Nice
	return clamor.Report{
		BaseURL: "https://clamor.example",
		Since:   "2026Q3",
		Shifts: []clamor.Shift{
			{Feature: clamor.Feature{ID: "feature_sso", Title: "SAML single sign-on for Northwind"}, Before: 3, After: 1, Money: 98_500_000,
				Causes: []clamor.Caused{{Cause: "age", Money: -1_500_000}, {Cause: "urgency", Money: 50_000_000}, {Cause: "asks", Money: 50_000_000}}},
			{Feature: clamor.Feature{ID: "feature_xls", Title: "Export to Excel"}, Before: 1, After: 2},
			{Feature: clamor.Feature{ID: "feature_dark", Title: "Dark mode | night theme"}, After: 3, Money: 1_200_000,
				Causes: []clamor.Caused{{Cause: "asks", Money: 1_200_000}}},
			{Feature: clamor.Feature{ID: "feature_sla", Title: "Status page for Northwind"}, Before: 2, Money: -40_000_050,
				Causes: []clamor.Caused{{Cause: "status", Money: -40_000_050}}},
		},
		Accounts: map[clamor.AccountID]clamor.Account{
			"account_n": account("account_n", "Northwind Traders, Inc.", 48_000_000, "northwind.example"),
			"account_g": account("account_g", "Globex", 0, "globex.example"),
			"account_i": account("account_i", "Initech", 6_000_050, "initech.example"),
			"account_u": account("account_u", "Umbrella | Partners", 1_200_000),
		},
		Quotes: map[clamor.FeatureID][]clamor.Quote{
			"feature_sso": {sso, deal, older}, "feature_xls": {export}, "feature_dark": {dark},
		},
		List: clamor.List{
			Quarter: "2026Q4", AsOf: "2026-12-31", Scenario: "default", Currency: "USD", Formula: "1",
			Frozen: true, FrozenAt: at("2027-01-02"), FrozenBy: "Ana Diaz",
			Hash:    "5f0b6c1f6a0e4a7ab1f0d2c3b4a59687f0e1d2c3b4a5968778695a4b3c2d1e0f",
			Notices: []clamor.Notice{{Kind: "imputed-arr", Message: "1 account has no known yearly revenue; the median of its segment stands for it.", Count: 1}},
			Entries: []clamor.Entry{
				{
					Rank: 1, Score: 105_000_000, Keep: 96_000_000, Grow: 9_000_000, Full: 120_000_000, Accounts: 2, Asks: 3, QuarterAsks: 3, Blockers: 1,
					LargestShare: 914_286, LargestAccount: "account_n", RankWithoutLargest: 2, RankRange: [2]int{1, 3}, Move: moved(2), Effort: 8,
					Feature: clamor.Feature{ID: "feature_sso", Title: "SAML single sign-on for Northwind", Status: clamor.StatusPlanned, Area: "Identity", Team: "Core", Timeframe: "Q1"},
					Parts: []clamor.Part{
						{Account: "account_n", Motive: clamor.Keep, Ask: "ask_1", Priority: clamor.Blocker, Base: 48_000_000, Strength: 10_000_000, Decay: 1_000_000,
							Share: 1_000_000, Urgency: 2_000_000, Contribution: 96_000_000},
						{Account: "account_g", Deal: "deal_g", Motive: clamor.Grow, Ask: "ask_3", Base: 9_000_000, Share: 1_000_000, Urgency: 1_000_000, Contribution: 9_000_000},
					},
				},
				{
					Rank: 2, Score: 6_000_050, Keep: 6_000_050, Accounts: 1, Asks: 1, QuarterAsks: 1, LargestShare: 1_000_000, LargestAccount: "account_i",
					RankWithoutLargest: 3, RankRange: [2]int{2, 2}, Move: moved(-1), Feature: clamor.Feature{ID: "feature_xls", Title: "Export to Excel", Status: clamor.StatusNew},
					Parts: []clamor.Part{{Account: "account_i", Motive: clamor.Keep, Ask: "ask_4", Base: 6_000_050, Share: 1_000_000, Urgency: 1_000_000, Contribution: 6_000_050}},
				},
				{
					Rank: 3, Score: 1_200_000, Keep: 1_200_000, Accounts: 1, Asks: 1, QuarterAsks: 1, LargestShare: 1_000_000, LargestAccount: "account_u", Estimated: true,
					RankWithoutLargest: 3, RankRange: [2]int{3, 3}, Feature: clamor.Feature{ID: "feature_dark", Title: "Dark mode | night theme", Status: clamor.StatusConsidered},
					Parts: []clamor.Part{{Account: "account_u", Motive: clamor.Keep, Ask: "ask_5", Priority: clamor.Nice, Base: 1_200_000, Share: 1_000_000, Urgency: 1_000_000,
						Estimated: true, Contribution: 1_200_000}},
				},
			},
		},
	}
}

// longReport has so many features that they do not fit into one body.
func longReport(features int) clamor.Report {
	r := sampleReport()
	entry, quotes := r.List.Entries[0], r.Quotes["feature_sso"]
	r.List.Entries = nil
	for i := range features {
		e := entry
		e.Rank, e.Feature.ID = i+1, clamor.FeatureID(fmt.Sprintf("feature_%03d", i))
		e.Feature.Title = fmt.Sprintf("Feature number %d with a title of some length", i+1)
		r.List.Entries = append(r.List.Entries, e)
		r.Quotes[e.Feature.ID] = quotes
	}
	return r
}
