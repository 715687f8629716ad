package rank_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustRank(t *rapid.T, e clamor.Evidence, s rank.Settings) clamor.List {
	t.Helper()
	list, err := rank.Rank(e, s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestScoresAgreeWithASecondComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		want := newNaive(e, s).scores()
		for _, entry := range mustRank(t, e, s).Entries {
			got := naiveScore{entry.Keep, entry.Grow, entry.Full, entry.Accounts}
			if diff := cmp.Diff(want[entry.Feature.ID], got); diff != "" {
				t.Fatalf("%s (-naive +rank):\n%s", entry.Feature.ID, diff)
			}
			delete(want, entry.Feature.ID)
		}
		if len(want) != 0 {
			t.Fatalf("not on the list: %v", want)
		}
	})
}

func TestPartsAddUpToTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, e := range mustRank(t, drawEvidence(t), drawSettings(t)).Entries {
			var keep, grow int64
			for _, p := range e.Parts {
				if p.Motive == clamor.Keep {
					keep += p.Contribution
				} else {
					grow += p.Contribution
				}
			}
			if keep != e.Keep || grow != e.Grow || keep+grow != e.Score {
				t.Fatalf("%s: parts %d + %d, entry %d + %d = %d", e.Feature.ID, keep, grow, e.Keep, e.Grow, e.Score)
			}
		}
	})
}

// Where budgeted, the parts of one purse add up to its money times its urgency, rounded once: no cent is made or lost.
func TestBudgetedMoneyIsSpentExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		list := mustRank(t, drawEvidence(t), s)
		type purse struct {
			account clamor.AccountID
			deal    clamor.DealID
		}
		spent, due := make(map[purse]int64), make(map[purse]int64)
		for _, e := range list.Entries {
			for _, p := range e.Parts {
				spent[purse{p.Account, p.Deal}] += p.Contribution
				due[purse{p.Account, p.Deal}] = (p.Counted*(p.Urgency/1000) + 500) / 1000
				if s.Shown().Size == rank.Revenue && p.Counted > p.Base {
					t.Fatalf("more counts than there is: %+v", p)
				}
			}
		}
		if s.Shown().Sharing == rank.Budgeted {
			if diff := cmp.Diff(due, spent); diff != "" {
				t.Fatalf("(-due +spent):\n%s", diff)
			}
		}
	})
}

func TestAPartCanBeRecomputedFromItsFactors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, e := range mustRank(t, drawEvidence(t), drawSettings(t)).Entries {
			for _, p := range e.Parts {
				exact := float64(p.Counted) * float64(p.Urgency) / 1e6 * float64(p.Share) / 1e6
				slack := 1 + float64(p.Counted)*float64(p.Urgency)/1e6*0.6e-6 // a cent, and the share's last digit
				if diff := float64(p.Contribution) - exact; diff > slack || diff < -slack {
					t.Fatalf("%+v: the factors give %f", p, exact)
				}
			}
		}
	})
}

func TestTheOrderOfTheEvidenceDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		shuffled := e
		shuffled.Accounts = rapid.Permutation(e.Accounts).Draw(t, "shuffled accounts")
		shuffled.Deals = rapid.Permutation(e.Deals).Draw(t, "shuffled deals")
		shuffled.Features = rapid.Permutation(e.Features).Draw(t, "shuffled features")
		shuffled.Asks = rapid.Permutation(e.Asks).Draw(t, "shuffled asks")
		shuffled.Rates = rapid.Permutation(e.Rates).Draw(t, "shuffled rates")
		a, b := encode(t, mustRank(t, e, s)), encode(t, mustRank(t, shuffled, s))
		if !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

func encode(t *rapid.T, list clamor.List) []byte {
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRankingChangesNothingOfItsEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		before, _ := json.Marshal(e)
		mustRank(t, e, drawSettings(t))
		if after, _ := json.Marshal(e); !bytes.Equal(before, after) {
			t.Fatalf("before %s\nafter %s", before, after)
		}
	})
}

// One basis serves many rankings at the same time, each as if it were alone.
func TestOneBasisIsRankedByManyAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		b, err := rank.Prepare(e)
		if err != nil {
			t.Fatal(err)
		}
		settings := []rank.Settings{drawSettings(t), drawSettings(t), drawSettings(t)}
		lists, faults := make([]clamor.List, len(settings)), make([]error, len(settings))
		var all sync.WaitGroup
		for i := range settings {
			all.Go(func() { lists[i], faults[i] = b.Rank(settings[i]) })
		}
		all.Wait()
		for i := range settings {
			if faults[i] != nil {
				t.Fatal(faults[i])
			}
			if alone := encode(t, mustRank(t, e, settings[i])); !bytes.Equal(alone, encode(t, lists[i])) {
				t.Fatalf("alone %s", alone)
			}
		}
	})
}

// What accounts and asks are called must not matter; ids of features matter only between features made at the same moment.
func TestNamesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		s.RollUp = false // of accounts that are each other's parents, the first by id is the root
		for i := range e.Features {
			e.Features[i].CreatedAt = e.Features[i].CreatedAt.AddDate(0, 0, 10*i)
		}
		if s.Shown().Size != rank.Revenue {
			t.Skip("a left-over cent goes to the first account by id")
		}
		renamed := rename(e, rapid.Permutation([]string{"p", "q", "r", "s", "t", "u", "v", "w"}).Draw(t, "names"))
		a, b := mustRank(t, e, s), mustRank(t, renamed, s)
		if len(a.Entries) != len(b.Entries) {
			t.Fatalf("%d entries, renamed %d", len(a.Entries), len(b.Entries))
		}
		for i := range a.Entries {
			x, y := a.Entries[i], b.Entries[i]
			if x.Feature.Title != y.Feature.Title || x.Score != y.Score || x.LargestShare != y.LargestShare || x.Rank != y.Rank {
				t.Fatalf("%+v\n%+v", x, y)
			}
		}
	})
}

func rename(e clamor.Evidence, names []string) clamor.Evidence {
	number := func(id string) string {
		var i int
		fmt.Sscanf(id[strings.LastIndexByte(id, '_')+1:], "%d", &i)
		return names[i%len(names)]
	}
	e.Accounts, e.Deals, e.Features, e.Asks = slices.Clone(e.Accounts), slices.Clone(e.Deals), slices.Clone(e.Features), slices.Clone(e.Asks)
	account := func(id *clamor.AccountID) { *id = clamor.AccountID("account_" + number(string(*id))) }
	feature := func(id *clamor.FeatureID) { *id = clamor.FeatureID("feature_" + number(string(*id))) }
	for i := range e.Accounts {
		account(&e.Accounts[i].ID)
		e.Accounts[i].Parent = ""
	}
	for i := range e.Deals {
		account(&e.Deals[i].Account)
	}
	for i := range e.Features {
		feature(&e.Features[i].ID)
	}
	for i := range e.Asks {
		account(&e.Asks[i].Account)
		feature(&e.Asks[i].Feature)
	}
	return e
}

// row is what an order rests on.
type row struct {
	feature  clamor.Feature
	score    int64
	accounts int
}

func rankOf(rows []row, id clamor.FeatureID) int {
	slices.SortFunc(rows, func(a, b row) int {
		switch {
		case a.score != b.score:
			return map[bool]int{true: -1, false: 1}[a.score > b.score]
		case a.accounts != b.accounts:
			return b.accounts - a.accounts
		case !a.feature.CreatedAt.Equal(b.feature.CreatedAt):
			return a.feature.CreatedAt.Compare(b.feature.CreatedAt)
		}
		return strings.Compare(string(a.feature.ID), string(b.feature.ID))
	})
	return 1 + slices.IndexFunc(rows, func(r row) bool { return r.feature.ID == id })
}

func TestEntriesStandInTheStatedOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := mustRank(t, drawEvidence(t), drawSettings(t)).Entries
		var rows []row
		for _, e := range entries {
			rows = append(rows, row{e.Feature, e.Score, e.Accounts})
		}
		for i, e := range entries {
			if e.Rank != i+1 || rankOf(rows, e.Feature.ID) != e.Rank {
				t.Fatalf("entry %d has rank %d", i, e.Rank)
			}
		}
	})
}

// The guard must say what ranking again would say if the largest account had asked for nothing.
func TestRankWithoutTheLargestAccountIsThatOfRankingAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		s.RollUp = false
		if s.Shown().Size != rank.Revenue {
			t.Skip("size weighting gives what the account had to the others; see the next property")
		}
		list := mustRank(t, e, s)
		for _, entry := range list.Entries {
			without := e
			without.Asks = slices.DeleteFunc(slices.Clone(e.Asks), func(a clamor.EvidenceAsk) bool { return a.Account == entry.LargestAccount })
			again := make(map[clamor.FeatureID]clamor.Entry)
			for _, x := range mustRank(t, without, s).Entries {
				again[x.Feature.ID] = x
			}
			var rows []row
			for _, x := range list.Entries { // a feature nobody else asks for falls to the end, not off the list
				rows = append(rows, row{x.Feature, again[x.Feature.ID].Score, again[x.Feature.ID].Accounts})
			}
			if want := rankOf(rows, entry.Feature.ID); want != entry.RankWithoutLargest {
				t.Fatalf("%s without %s: %d, ranked again %d", entry.Feature.ID, entry.LargestAccount, entry.RankWithoutLargest, want)
			}
		}
	})
}

func TestTheLargestAccountAndTheRankWithoutItFollowFromTheParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		n := newNaive(e, s)
		asking := n.strengths()
		list := mustRank(t, e, s)
		brings := func(entry clamor.Entry, group clamor.AccountID) (sum int64) {
			for _, p := range entry.Parts {
				if n.family(p.Account) == group {
					sum += p.Contribution
				}
			}
			return sum
		}
		for _, entry := range list.Entries {
			if entry.Score == 0 {
				if entry.LargestAccount != "" || entry.LargestShare != 0 || entry.RankWithoutLargest != entry.Rank {
					t.Fatalf("nobody brings anything, but %+v", entry)
				}
				continue
			}
			most := brings(entry, entry.LargestAccount)
			for _, a := range e.Accounts {
				if m := brings(entry, n.family(a.ID)); m > most || m == most && m > 0 && n.family(a.ID) < entry.LargestAccount {
					t.Fatalf("%s brings %d to %s, %s only %d", a.ID, m, entry.Feature.ID, entry.LargestAccount, most)
				}
			}
			if off := float64(entry.LargestShare)/1e6 - float64(most)/float64(entry.Score); off > 1e-6 || off < -1e-6 {
				t.Fatalf("%d of %d is not %d ppm", most, entry.Score, entry.LargestShare)
			}
			var rows []row
			for _, x := range list.Entries {
				r := row{x.Feature, x.Score - brings(x, entry.LargestAccount), x.Accounts}
				if asking[entry.LargestAccount][x.Feature.ID] > 0 {
					r.accounts--
				}
				rows = append(rows, r)
			}
			if want := rankOf(rows, entry.Feature.ID); want != entry.RankWithoutLargest {
				t.Fatalf("%s without %s: %d, counted %d", entry.Feature.ID, entry.LargestAccount, entry.RankWithoutLargest, want)
			}
		}
	})
}

func TestTheRangeOfRanksIsThatOfTheScenarios(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		list := mustRank(t, e, s)
		want := make(map[clamor.FeatureID][2]int)
		for _, name := range s.Names() {
			other, err := s.For(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range mustRank(t, e, other).Entries {
				r, seen := want[x.Feature.ID]
				if !seen {
					r = [2]int{x.Rank, x.Rank}
				}
				want[x.Feature.ID] = [2]int{min(r[0], x.Rank), max(r[1], x.Rank)}
			}
		}
		for _, x := range list.Entries {
			if x.RankRange != want[x.Feature.ID] {
				t.Fatalf("%s: %v, want %v", x.Feature.ID, x.RankRange, want[x.Feature.ID])
			}
		}
	})
}

// Size weighting only shifts money between accounts.
func TestTotalsOfAllSizeWeightingsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		totals := make(map[string]int64)
		for _, name := range []string{"budget", "balanced", "breadth"} {
			shown, err := s.For(name)
			if err != nil {
				t.Fatal(err)
			}
			counted := make(map[string]int64)
			for _, x := range mustRank(t, e, shown).Entries {
				for _, p := range x.Parts {
					counted[string(p.Account)+string(p.Deal)] = p.Counted
				}
			}
			for _, m := range counted {
				totals[name] += m
			}
		}
		if totals["balanced"] != totals["budget"] || totals["breadth"] != totals["budget"] {
			t.Fatal(totals)
		}
	})
}
