package rank_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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
		t.Errorf("%s (-golden +got), rewrite with -update:\n%s", path, diff)
	}
}

func known(e clamor.Evidence) (map[clamor.AccountID]clamor.Account, map[clamor.DealID]clamor.Deal) {
	accounts, deals := make(map[clamor.AccountID]clamor.Account), make(map[clamor.DealID]clamor.Deal)
	for _, a := range e.Accounts {
		accounts[a.ID] = a
	}
	for _, d := range e.Deals {
		deals[d.ID] = d
	}
	return accounts, deals
}

// The sentences for the list worked by hand, under every scenario, with the ranks and the money they speak of.
func TestWhySentences(t *testing.T) {
	e, _ := workedEvidence(t)
	accounts, deals := known(e)
	var text strings.Builder
	for _, name := range rank.Scenarios() {
		s, err := rank.Defaults().For(name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := rank.Rank(e, s)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "== %s\n", name)
		for i, x := range list.Entries {
			fmt.Fprintf(&text, "%d %s %d (ranks %d to %d)\n%s\n", x.Rank, x.Feature.ID, x.Score, x.RankRange[0], x.RankRange[1],
				rank.Why(x, accounts, deals, list.Currency))
			if i > 0 {
				fmt.Fprintln(&text, rank.WhyAbove(list.Entries[i-1], x, accounts, list.Currency))
			}
		}
		for _, n := range list.Notices {
			fmt.Fprintf(&text, "%s: %s %v\n", n.Kind, n.Message, n.IDs)
		}
	}
	golden(t, "why.txt", text.String())
}

func TestWhyWithoutMoneyOrNames(t *testing.T) {
	x := clamor.Entry{Rank: 12, Accounts: 1, Feature: clamor.Feature{ID: "f", Title: "SSO"}}
	if got, want := rank.Why(x, nil, nil, "USD"), "It stands 12th: 1 account asks for it, but no money of theirs counts."; got != want {
		t.Errorf("%s", got)
	}
	e, _ := workedEvidence(t)
	list := listOf(t, e)
	got := rank.Why(list.Entries[0], nil, nil, "USD")
	if !strings.Contains(got, "fabrikam brings 64% of it") || !strings.Contains(got, "fabrikam-new") {
		t.Errorf("%s", got)
	}
}

func TestWhyAboveNamesTheTieBreak(t *testing.T) {
	a := clamor.Entry{Rank: 1, Score: 500, Accounts: 2, Feature: clamor.Feature{ID: "a", Title: "A", CreatedAt: today.Time()}}
	b := a
	b.Rank, b.Feature.ID, b.Feature.Title = 2, "b", "B"
	if got := rank.WhyAbove(b, a, nil, "USD"); got != "“A” stands above “B” only by its id: money, accounts and day of creation are the same." {
		t.Error(got)
	}
	b.Feature.CreatedAt = today.AddDays(1).Time()
	if got := rank.WhyAbove(a, b, nil, "USD"); got != "“A” stands above “B” with the same money and as many accounts, because it has been asked for longer." {
		t.Error(got)
	}
	b.Accounts = 1
	if got := rank.WhyAbove(a, b, nil, "USD"); got != "“A” stands above “B” with the same money, 5 USD, because more accounts want it: 2 to 1." {
		t.Error(got)
	}
}

func TestSmallAndLargeSharesAreNotRoundedAway(t *testing.T) {
	for share, want := range map[int64]string{1: "under 1%", 4_999: "under 1%", 5_000: "1%", 994_999: "99%", 995_000: "over 99%", 999_999: "over 99%", 1_000_000: "100%"} {
		x := clamor.Entry{Rank: 1, Score: 500, Keep: 500, Accounts: 2, RankWithoutLargest: 1, LargestAccount: "a", LargestShare: share}
		if got := rank.Why(x, nil, nil, "USD"); !strings.Contains(got, "a brings "+want+" of it") {
			t.Errorf("%d: %s", share, got)
		}
	}
}
