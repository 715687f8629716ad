package rank_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/rank"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawPins pins and shifts some features, also such as are on no list.
func drawPins(t *rapid.T, features int) []clamor.Pin {
	var pins []clamor.Pin
	for i := range features + 1 {
		if rapid.IntRange(0, 2).Draw(t, "pinned") > 0 {
			continue
		}
		p := clamor.Pin{Feature: featureID(i), Kind: clamor.RulePin, Place: rapid.IntRange(1, 10).Draw(t, "place"), Reason: "because", By: "Ann",
			At: time.Date(2026, 12, 1, 0, rapid.IntRange(0, 2).Draw(t, "minute"), 0, 0, time.UTC)}
		if rapid.Bool().Draw(t, "shift") {
			p.Kind, p.Place = clamor.RuleShift, rapid.IntRange(-9, 9).Draw(t, "by")
		}
		pins = append(pins, p)
	}
	return pins
}

// planned is an entry's place in the order that people want.
func planned(e clamor.Entry) int {
	if e.Planned > 0 {
		return e.Planned
	}
	return e.Rank
}

func TestPinsChangeNeitherScoreNorRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		plain := mustRank(t, e, s)
		e.Pins = drawPins(t, len(e.Features))
		if diff := cmp.Diff(plain, mustRank(t, e, s), cmpopts.IgnoreFields(clamor.Entry{}, "Pin", "Planned")); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The planned order, worked out a second time: the pinned choose one after the other, the others queue for what is left.
func TestThePlannedOrderAgreesWithASecondComputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, s := drawEvidence(t), drawSettings(t)
		e.Pins = drawPins(t, len(e.Features))
		list := mustRank(t, e, s)
		n := len(list.Entries)
		want := make([]clamor.FeatureID, n) // by place
		type chooser struct {
			entry clamor.Entry
			place int
			pin   clamor.Pin
		}
		var choosers []chooser
		var queue []clamor.FeatureID
		for _, entry := range list.Entries {
			i := slices.IndexFunc(e.Pins, func(p clamor.Pin) bool { return p.Feature == entry.Feature.ID })
			if i < 0 {
				queue = append(queue, entry.Feature.ID)
				continue
			}
			place := e.Pins[i].Place
			if e.Pins[i].Kind == clamor.RuleShift {
				place = entry.Rank - place
			}
			choosers = append(choosers, chooser{entry, min(max(place, 1), n), e.Pins[i]})
		}
		for len(choosers) > 0 {
			best := 0
			for i, c := range choosers {
				b := choosers[best]
				if c.place < b.place || c.place == b.place && (c.pin.At.After(b.pin.At) || c.pin.At.Equal(b.pin.At) && c.entry.Rank < b.entry.Rank) {
					best = i
				}
			}
			at := choosers[best].place - 1
			for at < n && want[at] != "" {
				at++
			}
			if at == n {
				for at--; want[at] != ""; at-- {
				}
			}
			want[at] = choosers[best].entry.Feature.ID
			choosers = slices.Delete(choosers, best, best+1)
		}
		for i := range want {
			if want[i] == "" {
				want[i], queue = queue[0], queue[1:]
			}
		}
		got := make([]clamor.FeatureID, n)
		for _, entry := range list.Entries {
			got[planned(entry)-1] = entry.Feature.ID
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAFrozenListKeepsAndProvesItsPins(t *testing.T) {
	e, _ := workedEvidence(t)
	e.Pins = []clamor.Pin{{Ruling: "r1", Feature: "dark", Kind: clamor.RulePin, Place: 1, Reason: "promised on stage", By: "Priya", At: frozenAt}}
	f, err := rank.Freeze(e, rank.Defaults(), "", 1, "Priya", frozenAt)
	if err != nil {
		t.Fatal(err)
	}
	if err := rank.Verify(f); err != nil {
		t.Fatal(err)
	}
	dark := f.List.Entries[2]
	if dark.Rank != 3 || dark.Planned != 1 || dark.Pin.Reason != "promised on stage" || planned(f.List.Entries[0]) != 2 {
		t.Errorf("%+v", dark)
	}
	f.List.Entries[2].Planned = 2
	if err := rank.Verify(f); err == nil || !strings.Contains(err.Error(), "differs in planned: stored 2, computed 1") {
		t.Error(err)
	}
}
