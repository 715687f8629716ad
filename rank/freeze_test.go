package rank_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var frozenAt = time.Date(2027, 1, 4, 9, 30, 0, 123456789, time.FixedZone("CET", 3600))

func freezeWorked(t *testing.T) clamor.Frozen {
	t.Helper()
	e, _ := workedEvidence(t)
	f, err := rank.Freeze(e, rank.Defaults(), "", 1, "Priya", frozenAt)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFrozenListIsProvenFromItsInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		f, err := rank.Freeze(e, s, "", 1, "Priya", frozenAt)
		if err != nil {
			t.Fatal(err)
		}
		if err := rank.Verify(f); err != nil {
			t.Fatal(err)
		}
		inputs, settings, err := rank.Inputs(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rank.Freeze(inputs, settings, "", 1, "Priya", frozenAt)
		if err != nil {
			t.Fatal(err)
		}
		if again.List.Hash != f.List.Hash || !bytes.Equal(again.Evidence, f.Evidence) || !bytes.Equal(again.Settings, f.Settings) {
			t.Fatal("what is read back from the record freezes to another record")
		}
	})
}

func TestTheSameInputsInAnotherOrderFreezeToTheSameHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		shuffled := e
		shuffled.Accounts = rapid.Permutation(e.Accounts).Draw(t, "shuffled accounts")
		shuffled.Asks = rapid.Permutation(e.Asks).Draw(t, "shuffled asks")
		shuffled.Rates = rapid.Permutation(e.Rates).Draw(t, "shuffled rates")
		a, err := rank.Freeze(e, rank.Defaults(), "full", 1, "Priya", frozenAt)
		if err != nil {
			t.Fatal(err)
		}
		b, err := rank.Freeze(shuffled, rank.Defaults(), "full", 1, "Priya", frozenAt)
		if err != nil {
			t.Fatal(err)
		}
		if a.List.Hash != b.List.Hash {
			t.Fatal(a.List.Hash, b.List.Hash)
		}
	})
}

func TestFreezingMarksTheList(t *testing.T) {
	f := freezeWorked(t)
	l := f.List
	if !l.Frozen || l.FrozenBy != "Priya" || !l.FrozenAt.Equal(time.Date(2027, 1, 4, 8, 30, 0, 123456000, time.UTC)) || len(l.Hash) != 64 ||
		f.Quarter != "2026Q4" || f.Revision != 1 || l.Scenario != "budget" || l.Formula != rank.Formula {
		t.Errorf("%+v", l)
	}
	if _, err := rank.Freeze(clamor.Evidence{AsOf: today}, rank.Defaults(), "wild", 1, "Priya", frozenAt); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("an unknown scenario: %v", err)
	}
}

// stored is a frozen list as a store keeps it.
type stored struct {
	Quarter  string          `json:"quarter"`
	Revision int             `json:"revision"`
	Settings json.RawMessage `json:"settings"`
	Evidence json.RawMessage `json:"evidence"`
	List     clamor.List     `json:"list"`
}

// What was frozen once must be provable for ever. The file holds a list that an earlier build froze; should it no longer
// verify, then the numbers of a formula or the form of its record have changed, and Formula needs a new name.
func TestAListFrozenByAnEarlierBuildStillHolds(t *testing.T) {
	path := filepath.Join("testdata", "frozen-"+rank.Formula+".json")
	if *update {
		f := freezeWorked(t)
		text, err := json.Marshal(stored{f.Quarter, f.Revision, f.Settings, f.Evidence, f.List})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f stored
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	if err := rank.Verify(clamor.Frozen{Quarter: f.Quarter, Revision: f.Revision, Settings: f.Settings, Evidence: f.Evidence, List: f.List}); err != nil {
		t.Error(err)
	}
}

// Moves belong to the list as it is shown, not to the record.
func TestMovesDoNotBreakTheHash(t *testing.T) {
	f := freezeWorked(t)
	f.List = rank.WithMoves(f.List, f.List)
	if err := rank.Verify(f); err != nil {
		t.Error(err)
	}
}

func TestTamperingIsFoundAndNamed(t *testing.T) {
	for _, c := range []struct {
		what   string
		tamper func(*clamor.Frozen)
		says   string
	}{
		{"a score", func(f *clamor.Frozen) { f.List.Entries[1].Score++ }, "entry 2 (sso) differs in score: stored 15844614, computed 15844613"},
		{"a part", func(f *clamor.Frozen) { f.List.Entries[0].Parts[2].Contribution = 0 }, "entry 1 (export) differs in parts[2].contribution: stored 0, computed 1573922"},
		{"a title", func(f *clamor.Frozen) { f.List.Entries[2].Feature.Title = "Light mode" }, `differs in title: stored "Light mode", computed "dark"`},
		{"an entry left out", func(f *clamor.Frozen) { f.List.Entries = f.List.Entries[1:] }, "the list has 3 entries, not 2"},
		{"a notice", func(f *clamor.Frozen) { f.List.Notices = nil }, "differs in notices"},
		{"the currency", func(f *clamor.Frozen) { f.List.Currency = "EUR" }, `differs in currency: stored "EUR", computed "USD"`},
		{"an ask", func(f *clamor.Frozen) { f.Evidence = bytes.Replace(f.Evidence, []byte("blocker"), []byte("nice"), 1) }, "differs in"},
		{"what changes no number", func(f *clamor.Frozen) {
			f.Evidence = bytes.Replace(f.Evidence, []byte(`"name":"Adatum"`), []byte(`"name":"Adatom"`), 1)
		}, "its hash is"},
		{"a setting", func(f *clamor.Frozen) {
			f.Settings = bytes.Replace(f.Settings, []byte(`"half_life_days":182`), []byte(`"half_life_days":91`), 1)
		}, "differs in"},
		{"who froze it", func(f *clamor.Frozen) { f.List.FrozenBy = "Mallory" }, "its hash is"},
		{"when", func(f *clamor.Frozen) { f.List.FrozenAt = f.List.FrozenAt.AddDate(0, 0, -9) }, "its hash is"},
		{"the revision", func(f *clamor.Frozen) { f.Revision = 2 }, "its hash is"},
		{"the hash", func(f *clamor.Frozen) { f.List.Hash = strings.Repeat("0", 64) }, "its hash is"},
		{"the formula", func(f *clamor.Frozen) { f.List.Formula = "clamor-0" }, `formula "clamor-0", which this program does not know`},
		{"broken evidence", func(f *clamor.Frozen) { f.Evidence = f.Evidence[:40] }, "the evidence stored with 2026Q4 cannot be read"},
		{"broken settings", func(f *clamor.Frozen) { f.Settings = nil }, "the settings stored with 2026Q4 cannot be read"},
		{"settings that do not hold", func(f *clamor.Frozen) { f.Settings = []byte(`{}`) }, "cannot be ranked again"},
	} {
		f := freezeWorked(t)
		before := f
		c.tamper(&f)
		if cmp.Equal(before, f) && c.what != "a score" && c.what != "a part" && c.what != "a title" {
			t.Errorf("%s: nothing was changed", c.what)
		}
		err := rank.Verify(f)
		if clamor.KindOf(err) != clamor.Conflict || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "2026Q4") {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
