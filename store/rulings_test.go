package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"clamor"
	"clamor/store"

	"pgregory.net/rapid"
)

// seeded is a store with one note whose asks each found a feature.
func seeded(t testing.TB, db *store.DB, n int) []clamor.AskID {
	t.Helper()
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf("We need thing %d.", i))
	}
	in := intake("81", "Northwind", texts...)
	take(t, db, 1, in)
	var asks []clamor.AskID
	for _, a := range in.Asks {
		asks = append(asks, a.ID)
	}
	found(t, db, asks...)
	return asks
}

// standing is where each placed ask stands, merges followed.
func standing(t testing.TB, db *store.DB) map[clamor.AskID]clamor.FeatureID {
	t.Helper()
	e, err := db.Evidence(t.Context(), clamor.Quarter{Year: 2026, Number: 4}, "2026-12-31")
	must(t, err)
	at := map[clamor.AskID]clamor.FeatureID{}
	for _, a := range e.Asks {
		at[a.ID] = a.Feature
	}
	return at
}

func TestMoveHoldsAndUndoRestores(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 3)
		before := standing(t, db)
		moved, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMove, Asks: asks[:1], Target: clamor.FoundedID(asks[1]), By: "Ann", Reason: "same thing"})
		must(t, err)
		same(t, "where it stood", moved.Feature, clamor.FoundedID(asks[0]))
		same(t, "where it stands", standing(t, db)[asks[0]], clamor.FoundedID(asks[1]))
		found(t, db, asks[0]) // the machine comes again and changes nothing
		same(t, "after the machine", standing(t, db)[asks[0]], clamor.FoundedID(asks[1]))
		quotes, err := db.Quotes(ctx, clamor.FoundedID(asks[1]))
		must(t, err)
		if len(quotes) != 2 || quotes[0].AccountName != "Northwind" || quotes[0].Author.Name != "Dana" || quotes[0].URL == "" {
			t.Fatalf("quotes %+v", quotes)
		}
		if by := []string{quotes[0].By, quotes[1].By}; !slices.Contains(by, "Ann") || !slices.Contains(by, clamor.Machine) {
			t.Fatalf("placed by %v", by)
		}
		history, err := db.Rulings(ctx, clamor.FoundedID(asks[0]))
		must(t, err)
		if len(history) != 1 || history[0].ID != moved.ID || history[0].Reason != "same thing" {
			t.Fatalf("history %+v", history)
		}
		_, err = db.Undo(ctx, moved.ID, "Bob", "")
		must(t, err)
		same(t, "after the undo", standing(t, db), before)
		_, err = db.Undo(ctx, moved.ID, "Bob", "")
		wantKind(t, err, clamor.Conflict)
	})
}

func TestMergesChainAndUndoInAnyOrder(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 3)
		a, b, c := clamor.FoundedID(asks[0]), clamor.FoundedID(asks[1]), clamor.FoundedID(asks[2])
		merge := func(from, to clamor.FeatureID) (clamor.Ruling, error) {
			return db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: from, Target: to, By: "Ann"})
		}
		first, err := merge(a, b)
		must(t, err)
		second, err := merge(b, c)
		must(t, err)
		same(t, "both merged", standing(t, db), map[clamor.AskID]clamor.FeatureID{asks[0]: c, asks[1]: c, asks[2]: c})
		f, err := db.FindFeature(ctx, a)
		must(t, err)
		if f.Status != clamor.StatusDuplicate || f.Merged != b {
			t.Fatalf("merged feature %+v", f)
		}
		duplicates, err := db.Duplicates(ctx, c)
		must(t, err)
		if len(duplicates) != 2 {
			t.Fatalf("%d duplicates, want 2", len(duplicates))
		}
		_, err = merge(c, a)
		wantKind(t, err, clamor.Conflict)
		_, err = merge(a, c)
		wantKind(t, err, clamor.Conflict)
		_, err = db.Undo(ctx, second.ID, "Ann", "")
		must(t, err)
		same(t, "the second undone", standing(t, db), map[clamor.AskID]clamor.FeatureID{asks[0]: b, asks[1]: b, asks[2]: c})
		_, err = db.Undo(ctx, first.ID, "Ann", "")
		must(t, err)
		same(t, "both undone", standing(t, db), map[clamor.AskID]clamor.FeatureID{asks[0]: a, asks[1]: b, asks[2]: c})
		f, err = db.FindFeature(ctx, a)
		must(t, err)
		same(t, "status", f.Status, clamor.StatusNew)
	})
}

func TestSplitAndNotAnAsk(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		split, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleSplit, Asks: asks, Title: "A thing of its own", By: "Ann"})
		must(t, err)
		same(t, "split", standing(t, db), map[clamor.AskID]clamor.FeatureID{asks[0]: split.Target, asks[1]: split.Target})
		none, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: asks[:1], By: "Ann"})
		must(t, err)
		same(t, "not an ask", standing(t, db), map[clamor.AskID]clamor.FeatureID{asks[1]: split.Target})
		_, err = db.Undo(ctx, none.ID, "Ann", "")
		must(t, err)
		same(t, "an ask again, where the split had it", standing(t, db)[asks[0]], split.Target)
	})
}

func TestRulingsThatMakeNoSenseAreRefused(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		asks := seeded(t, db, 2)
		a := clamor.FoundedID(asks[0])
		for _, c := range []struct {
			ruling clamor.Ruling
			kind   clamor.Kind
		}{
			{clamor.Ruling{Kind: clamor.RuleMove, Asks: asks[:1], Target: a}, clamor.Invalid}, // by nobody
			{clamor.Ruling{Kind: clamor.RuleMove, Target: a, By: "Ann"}, clamor.Invalid},
			{clamor.Ruling{Kind: clamor.RuleMove, Asks: asks[:1], Target: "feature_none", By: "Ann"}, clamor.NotFound},
			{clamor.Ruling{Kind: clamor.RuleMove, Asks: []clamor.AskID{"ask_none"}, Target: a, By: "Ann"}, clamor.NotFound},
			{clamor.Ruling{Kind: clamor.RuleSplit, Asks: asks, By: "Ann"}, clamor.Invalid},
			{clamor.Ruling{Kind: clamor.RuleConfirm, Asks: asks, By: "Ann"}, clamor.Conflict},
			{clamor.Ruling{Kind: clamor.RuleMerge, Feature: a, Target: a, By: "Ann"}, clamor.Conflict},
			{clamor.Ruling{Kind: clamor.RuleMerge, Feature: a, Target: "feature_none", By: "Ann"}, clamor.NotFound},
			{clamor.Ruling{Kind: "guess", Asks: asks, By: "Ann"}, clamor.Invalid},
		} {
			_, err := db.Rule(t.Context(), c.ruling)
			wantKind(t, err, c.kind)
		}
		rulings, err := db.RulingsAfter(t.Context(), 0)
		must(t, err)
		if len(rulings) != 0 {
			t.Fatalf("refused rulings were kept: %+v", rulings)
		}
	})
}

// TestRulingsAreLaw runs random rulings and undos beside a model that replays the log of rulings from the start.
func TestRulingsAreLaw(t *testing.T) {
	db := open(t, "sqlite:"+t.TempDir()+"/clamor.db")
	asks := seeded(t, db, 6)
	machine := standing(t, db)
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			act(r, t, db, asks)
		}
		rulings, err := db.RulingsAfter(t.Context(), 0)
		must(t, err)
		want := replay(rulings, machine)
		if got := standing(t, db); !maps.Equal(got, want) {
			r.Fatalf("asks stand at %v, the rulings say %v", got, want)
		}
	})
}

// act makes one ruling or undo; those that make no sense at this moment are refused, which is fine.
func act(r *rapid.T, t *testing.T, db *store.DB, asks []clamor.AskID) {
	ask := rapid.SampledFrom(asks)
	feature := rapid.Map(ask, clamor.FoundedID)
	kind := rapid.SampledFrom([]clamor.RulingKind{clamor.RuleMove, clamor.RuleMerge, clamor.RuleSplit, clamor.RuleNotAnAsk, clamor.RuleConfirm,
		clamor.RuleUndo, clamor.RuleUndo}).Draw(r, "kind")
	ruling := clamor.Ruling{Kind: kind, By: "Ann", Title: "split", Target: feature.Draw(r, "target")}
	var err error
	switch kind {
	case clamor.RuleUndo:
		rulings, listed := db.RulingsAfter(t.Context(), 0)
		must(t, listed)
		if len(rulings) == 0 {
			return
		}
		_, err = db.Undo(t.Context(), rapid.SampledFrom(rulings).Draw(r, "undoes").ID, "Ann", "")
	case clamor.RuleMerge:
		ruling.Feature = feature.Draw(r, "feature")
		_, err = db.Rule(t.Context(), ruling)
	default:
		ruling.Asks = rapid.SliceOfN(ask, 1, 2).Draw(r, "asks")
		_, err = db.Rule(t.Context(), ruling)
	}
	if err != nil && clamor.KindOf(err) != clamor.Conflict {
		r.Fatalf("%s: %v", kind, err)
	}
}

// replay says where asks stand by the rulings in force alone.
func replay(rulings []clamor.Ruling, machine map[clamor.AskID]clamor.FeatureID) map[clamor.AskID]clamor.FeatureID {
	at := maps.Clone(machine)
	merged := map[clamor.FeatureID]clamor.FeatureID{}
	for _, r := range rulings {
		if r.Undone || r.Kind == clamor.RuleUndo {
			continue
		}
		for _, a := range r.Asks {
			switch r.Kind {
			case clamor.RuleConfirm:
				at[a] = r.Feature
			case clamor.RuleNotAnAsk:
				delete(at, a)
			default:
				at[a] = r.Target
			}
		}
		if r.Kind == clamor.RuleMerge {
			merged[r.Feature] = r.Target
		}
	}
	for a, f := range at {
		for merged[f] != "" {
			f = merged[f]
		}
		at[a] = f
	}
	return at
}

func TestEditFeatureKeepsTheLaterOfTwoEditorsFromOverwriting(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		id := clamor.FoundedID(seeded(t, db, 1)[0])
		title, status := "Single sign-on", clamor.StatusPlanned
		f, err := db.EditFeature(t.Context(), id, 1, clamor.FeatureEdit{Title: &title, Status: &status}, "Ann")
		must(t, err)
		if f.Version != 2 || f.Title != title || f.Status != status {
			t.Fatalf("%+v", f)
		}
		_, err = db.EditFeature(t.Context(), id, 1, clamor.FeatureEdit{Title: &title}, "Bob")
		wantKind(t, err, clamor.Stale)
		wontDo := clamor.StatusWontDo
		_, err = db.EditFeature(t.Context(), id, 2, clamor.FeatureEdit{Status: &wontDo}, "Bob")
		wantKind(t, err, clamor.Invalid)
	})
}

func TestAFrozenListNeverChanges(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		f := clamor.Frozen{Quarter: "2026Q3", Revision: 1, Settings: []byte("{}"), Evidence: []byte("{}"),
			List: clamor.List{Quarter: "2026Q3", Frozen: true, Revision: 1, FrozenAt: day, FrozenBy: "Ann", Hash: "abc", Entries: []clamor.Entry{{Rank: 1, Score: 7}}}}
		must(t, db.AddFrozen(ctx, f, "Ann"))
		wantKind(t, db.AddFrozen(ctx, f, "Ann"), clamor.Conflict)
		got, err := db.FindFrozen(ctx, "2026Q3")
		must(t, err)
		same(t, "frozen", got, f)
		second := f
		second.Revision, second.Reason, second.List.Revision, second.List.Reason, second.List.Hash = 2, "a wrong ARR", 2, "a wrong ARR", "def"
		must(t, db.AddFrozen(ctx, second, "Bob"))
		wantKind(t, db.AddFrozen(ctx, second, "Bob"), clamor.Conflict)
		for revision, want := range map[int]clamor.Frozen{1: f, 2: second} {
			got, err := db.FindRevision(ctx, "2026Q3", revision)
			must(t, err)
			same(t, "a revision", got, want)
		}
		for revision, want := range map[int]int{0: 2, 1: 1} {
			settings, err := db.FrozenSettings(ctx, "2026Q3", revision)
			must(t, err)
			f, err := db.FindRevision(ctx, "2026Q3", want)
			must(t, err)
			same(t, "the settings alone", settings, f.Settings)
		}
		_, err = db.FrozenSettings(ctx, "2026Q3", 3)
		wantKind(t, err, clamor.NotFound)
		_, err = db.FindRevision(ctx, "2026Q3", 3)
		wantKind(t, err, clamor.NotFound)
		told, err := db.Revisions(ctx, "")
		must(t, err)
		same(t, "revisions", told, []clamor.Revision{{Quarter: "2026Q3", Revision: 2, Reason: "a wrong ARR", Hash: "def", FrozenBy: "Bob", FrozenAt: day},
			{Quarter: "2026Q3", Revision: 1, Hash: "abc", FrozenBy: "Ann", FrozenAt: day}})
		got, err = db.LastFrozenBefore(ctx, "2026Q4")
		must(t, err)
		same(t, "before the next quarter", got.Revision, 2)
		_, err = db.LastFrozenBefore(ctx, "2026Q3")
		wantKind(t, err, clamor.NotFound)
	})
}

func TestPublicationIsOnePerTargetAndQuarter(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		p := clamor.Publication{Target: "github:acme/plan", Quarter: "2026Q3", Number: 7, URL: "https://github.example/7", Comments: []int64{1, 2}, BodyHash: "a", PublishedAt: day}
		must(t, db.PutPublication(ctx, p, "Ann"))
		p.BodyHash = "b"
		must(t, db.PutPublication(ctx, p, "Ann"))
		got, err := db.FindPublication(ctx, p.Target, p.Quarter)
		must(t, err)
		p.ID = got.ID
		same(t, "publication", got, p)
		for _, quarter := range []string{p.Quarter, ""} {
			all, err := db.Publications(ctx, quarter)
			must(t, err)
			same(t, "publications of "+quarter, all, []clamor.Publication{got})
		}
		none, err := db.Publications(ctx, "2026Q4")
		if err != nil || len(none) > 0 {
			t.Errorf("%v %v", none, err)
		}
		_, err = db.FindPublication(ctx, p.Target, "2026Q4")
		wantKind(t, err, clamor.NotFound)
	})
}

func TestCredentialsWorkOnceOrAsLongAsTheyLast(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		_, err := db.AddToken(ctx, clamor.NewToken{Name: "ci", Role: clamor.Reporter, Hash: "hash1"}, "Ann")
		must(t, err)
		u, err := db.UserByToken(ctx, "hash1")
		must(t, err)
		same(t, "role", u.Role, clamor.Reporter)
		_, err = db.UserByToken(ctx, "hash2")
		wantKind(t, err, clamor.Unauthenticated)

		must(t, db.AddSignIn(ctx, "local admin", clamor.Admin, "link", day.Add(time.Hour)))
		_, err = db.TakeSignIn(ctx, "link", day.Add(2*time.Hour))
		wantKind(t, err, clamor.Unauthenticated)
		_, err = db.TakeSignIn(ctx, "link", day)
		must(t, err)
		_, err = db.TakeSignIn(ctx, "link", day)
		wantKind(t, err, clamor.Unauthenticated)

		must(t, db.CommitCtx(ctx, "s1", []byte("data"), time.Now().Add(time.Hour)))
		must(t, db.CommitCtx(ctx, "s2", []byte("data"), time.Now().Add(-time.Hour)))
		data, ok, err := db.FindCtx(ctx, "s1")
		must(t, err)
		if !ok || string(data) != "data" {
			t.Fatalf("session %q, %v", data, ok)
		}
		if _, ok, err = db.FindCtx(ctx, "s2"); err != nil || ok {
			t.Fatalf("an expired session was found: %v %v", ok, err)
		}
		must(t, db.DeleteCtx(ctx, "s1"))
		if _, ok, err = db.FindCtx(ctx, "s1"); err != nil || ok {
			t.Fatalf("an ended session was found: %v %v", ok, err)
		}
	})
}

func TestOneProcessHoldsALease(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		take := func(owner string, ttl time.Duration) bool {
			ok, err := db.Lease(t.Context(), "dedupe", owner, ttl)
			must(t, err)
			return ok
		}
		first, renewed, other := take("a", time.Hour), take("a", time.Hour), take("b", time.Hour)
		if !first || !renewed || other {
			t.Fatal("a lease is held by the first, renewed by the first, and refused to the second")
		}
		must(t, db.Release(t.Context(), "dedupe", "a"))
		if !take("b", -time.Second) || !take("a", time.Hour) {
			t.Fatal("a lease given back or run out is there for the next")
		}
	})
}

func TestPinsHoldUntilTheyAreUndone(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		feature := clamor.FoundedID(asks[0])
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RulePin, Feature: feature, Place: 1, Reason: "  ", By: "Ann"})
		wantKind(t, err, clamor.Invalid)
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleShift, Feature: feature, Reason: "why not", By: "Ann"})
		wantKind(t, err, clamor.Invalid)
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RulePin, Feature: "feature_none", Place: 1, Reason: "why not", By: "Ann"})
		wantKind(t, err, clamor.NotFound)

		day := clamor.DateOf(time.Now())
		quarter := clamor.QuarterOf(day, 0)
		pins := func(on clamor.Date) []clamor.Pin {
			e, err := db.Evidence(ctx, quarter, on)
			must(t, err)
			return e.Pins
		}
		before, err := db.FindFeature(ctx, feature)
		must(t, err)
		pin, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RulePin, Feature: feature, Place: 4, Reason: "promised on stage", By: "Ann"})
		must(t, err)
		shift, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleShift, Feature: feature, Place: -2, Reason: "too early", By: "Bob"})
		must(t, err)
		same(t, "pins of today", pins(day), []clamor.Pin{{Ruling: shift.ID, Feature: feature, Kind: clamor.RuleShift, Place: -2, Reason: "too early", By: "Bob", At: shift.At}})
		_, err = db.Undo(ctx, shift.ID, "Bob", "")
		must(t, err)
		if left := pins(day); len(left) != 1 || left[0].Ruling != pin.ID || left[0].Place != 4 {
			t.Fatalf("after the undo: %+v", left)
		}
		_, err = db.Undo(ctx, pin.ID, "Bob", "")
		must(t, err)
		if left := pins(day); len(left) != 0 {
			t.Fatalf("after both undos: %+v", left)
		}
		after, err := db.FindFeature(ctx, feature)
		must(t, err)
		same(t, "the feature itself", after, before)
		told, err := db.Rulings(ctx, feature)
		must(t, err)
		if len(told) != 4 || told[3].Place != 4 {
			t.Fatalf("the history is %+v", told)
		}
	})
}
