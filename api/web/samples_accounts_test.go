package web_test

import (
	"clamor"
	"clamor/api/web"
)

// accountSamples are accounts that wait for a person, and the merge of two.
func accountSamples() []sample {
	a, b := names().Accounts["account_03"], names().Accounts["account_04"]
	waits := clamor.Ambiguity{ID: "ambiguity_1", Source: "gong", Delivery: "delivery_1", Record: "note 81", Name: hostile, Domains: []string{"helios.example"},
		ExternalIDs: map[string]string{"salesforce": hostile}, Reason: "2 accounts are called so: name a domain or an external id as well", Candidates: []clamor.Account{a, b}, FoundAt: sunday}
	bare := waits
	bare.ID, bare.Name, bare.Domains, bare.ExternalIDs = "ambiguity_2", "", nil, nil
	goes, stays := web.AccountLine{Account: a, Wished: clamor.Wished{Asks: 3, Features: 2, Last: sunday}}, web.AccountLine{Account: b}
	f := sampleFeature().Feature
	weighed := web.JoinView{Account: a, Goes: &goes, Stays: &stays, Both: b.With(a), Quarter: "2026Q4", Currency: "USD", Moved: 1, Before: 500_000_00, After: 480_000_00, Fault: "Say how you know that the two are one.",
		Shifts: []web.Shifted{{Feature: f, Before: 3, After: 1, Places: 2, Money: 12_000_00}, {Feature: f, Before: 1, After: 3, Places: -2, Money: -32_000_00}}}
	quiet := weighed
	quiet.Shifts, quiet.Fault, quiet.Moved = nil, "", 0
	return []sample{
		{"ambiguous", signedIn(clamor.Admin), web.AmbiguousView{Open: []clamor.Ambiguity{waits, bare}, All: 120}},
		{"ambiguous-empty", signedIn(clamor.PM), web.AmbiguousView{}},
		{"accounts-waiting", signedIn(clamor.PM), web.AccountsView{Ambiguous: 3}},
		{"account-merged", signedIn(clamor.PM), web.AccountView{Account: a, List: sampleList(), Merged: []clamor.MergedAccount{
			{Account: "account_07", Name: hostile, Domains: []string{"helios.invalid"}, By: "Ada Pérez", At: sunday, Reason: hostile}, {Account: "account_08", Name: "Old"}}}},
		{"merge-accounts", signedIn(clamor.PM), web.JoinView{Account: a, Targets: []web.AccountLine{goes, stays}}},
		{"merge-accounts-none", signedIn(clamor.PM), web.JoinView{Account: a, Query: hostile}},
		{"merge-accounts-weighed", signedIn(clamor.PM), weighed},
		{"merge-accounts-quiet", signedIn(clamor.PM), quiet},
	}
}
