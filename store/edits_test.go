package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

func TestAChangeOfManyFeaturesIsMadeAndTakenBackAtOneGo(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 3)
		ids := []clamor.FeatureID{clamor.FoundedID(asks[0]), clamor.FoundedID(asks[1])}
		planned, wontDo, none, team := clamor.StatusPlanned, clamor.StatusWontDo, "", "Platform"
		batch, err := db.EditFeatures(ctx, ids, clamor.FeatureEdit{Status: &planned}, "Ann")
		must(t, err)
		statuses := func(want clamor.Status) {
			t.Helper()
			found, err := db.Features(ctx, ids)
			must(t, err)
			for _, id := range ids {
				same(t, "status", found[id].Status, want)
			}
		}
		statuses(planned)
		_, err = db.EditFeatures(ctx, append(ids, "feature_none"), clamor.FeatureEdit{Status: &wontDo, StatusReason: &team}, "Ann")
		wantKind(t, err, clamor.NotFound)
		_, err = db.EditFeatures(ctx, ids, clamor.FeatureEdit{Status: &wontDo, StatusReason: &none}, "Ann")
		wantKind(t, err, clamor.Invalid)
		statuses(planned)

		edits, err := db.Edits(ctx, ids[0])
		must(t, err)
		if len(edits) != 1 || *edits[0].Was.Status != clamor.StatusNew || *edits[0].Became.Status != planned || edits[0].Became.Title != nil || edits[0].By != "Ann" {
			t.Fatalf("the history is %+v", edits)
		}
		later, err := db.EditFeature(ctx, ids[0], 0, clamor.FeatureEdit{Status: &wontDo, StatusReason: &team, Team: &team}, "Bob")
		must(t, err)
		_, err = db.UndoEdit(ctx, batch, "Ann")
		wantKind(t, err, clamor.Conflict) // Bob's change is above it
		edits, err = db.Edits(ctx, ids[0])
		must(t, err)
		_, err = db.UndoEdit(ctx, edits[0].Batch, "Bob")
		must(t, err)
		back, err := db.FindFeature(ctx, ids[0])
		must(t, err)
		if back.Team != "" || back.StatusReason != "" || back.Version <= later.Version {
			t.Fatalf("after the undo: %+v", back)
		}
		undone, err := db.UndoEdit(ctx, batch, "Ann")
		must(t, err)
		same(t, "features taken back", len(undone), 2)
		statuses(clamor.StatusNew)
		_, err = db.UndoEdit(ctx, batch, "Ann")
		wantKind(t, err, clamor.Conflict)
		told, err := db.EditsOf(ctx, batch)
		must(t, err)
		if len(told) != 2 || !told[0].Undone {
			t.Fatalf("the batch is %+v", told)
		}
	})
}

func TestAViewIsKeptForOneselfOrForAll(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, v := range []clamor.SavedView{{Name: "Mine", Query: "area=A", Person: "user_1", By: "Ann"}, {Name: "Ours", Query: "area=B", Person: "user_1", By: "Ann", Shared: true},
			{Name: "Mine", Query: "area=C", Person: "user_1", By: "Ann"}, {Name: "Mine", Query: "area=D", Person: "user_2", By: "Bob"}} {
			_, err := db.SaveView(ctx, v)
			must(t, err)
		}
		seen := func(person clamor.UserID) (queries []string) {
			t.Helper()
			views, err := db.Views(ctx, person)
			must(t, err)
			for _, v := range views {
				queries = append(queries, v.Query)
			}
			return queries
		}
		same(t, "Ann sees", seen("user_1"), []string{"area=C", "area=B"})
		same(t, "Bob sees", seen("user_2"), []string{"area=D", "area=B"})
		views, err := db.Views(ctx, "user_1")
		must(t, err)
		wantKind(t, db.DropView(ctx, views[0].ID, "user_2", "Bob", true), clamor.NotFound) // not shared
		wantKind(t, db.DropView(ctx, views[1].ID, "user_2", "Bob", false), clamor.NotFound)
		must(t, db.DropView(ctx, views[1].ID, "user_2", "Bob", true))
		must(t, db.DropView(ctx, views[0].ID, "user_1", "Ann", false))
		same(t, "Ann sees in the end", seen("user_1"), nil)
	})
}

func TestOriginsFollowMerges(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		one, other := clamor.FoundedID(asks[0]), clamor.FoundedID(asks[1])
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: other, Target: one, By: "Ann"})
		must(t, err)
		var origins []clamor.Origin
		_, err = db.EachOrigin(ctx, func(o clamor.Origin) { origins = append(origins, o) })
		must(t, err)
		if len(origins) != 2 || origins[0].Feature != one || origins[0].Source != "calls" {
			t.Fatalf("origins %+v", origins)
		}
		backing, err := db.Backing(ctx, []clamor.FeatureID{one, other})
		must(t, err)
		same(t, "backing", backing, map[clamor.FeatureID]clamor.Backing{one: {Asks: 2, Accounts: 1}})
		for text, want := range map[string]int{"": 1, "northW": 1, "%": 0, "_orth": 0, "none": 0} {
			ids, err := db.AccountPage(ctx, text, 0, 10)
			must(t, err)
			same(t, "accounts called "+text, len(ids), want)
		}
	})
}
