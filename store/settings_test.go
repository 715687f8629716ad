package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

func TestRankingSettingsKeepEveryVersion(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		none, err := db.RankingSettings(ctx)
		must(t, err)
		same(t, "none stored", none, clamor.SettingsVersion{})
		revision, err := db.Revision(ctx)
		must(t, err)

		euro := clamor.Rate{Currency: "EUR", Into: "USD", From: "2026-10-01", PPM: 1_083_200}
		first, err := db.PutRankingSettings(ctx, clamor.SettingsVersion{Body: []byte(`{"a":1}`), Rates: []clamor.Rate{euro}, By: "Ann", Reason: "why not"}, "a 0 → 1")
		must(t, err)
		if first.Version != 1 || first.At.IsZero() {
			t.Fatalf("%+v", first)
		}
		if after, err := db.Revision(ctx); err != nil || after == revision {
			t.Fatalf("new settings do not move the lists: %v", err)
		}
		_, err = db.PutRankingSettings(ctx, clamor.SettingsVersion{Body: []byte(`{"a":2}`), By: "Bob"}, "")
		wantKind(t, err, clamor.Stale)

		yen := clamor.Rate{Currency: "JPY", Into: "USD", From: "2026-10-01", PPM: 6_543}
		must(t, db.AddRate(ctx, yen, "Cyd"))
		newest, err := db.RankingSettings(ctx)
		must(t, err)
		if newest.Version != 2 || string(newest.Body) != `{"a":1}` || newest.By != "Cyd" {
			t.Fatalf("a rate is a version of its own: %+v", newest)
		}
		same(t, "rates", newest.Rates, []clamor.Rate{euro, yen})

		_, err = db.PutRankingSettings(ctx, clamor.SettingsVersion{Version: 2, Body: []byte(`{"a":3}`), Rates: []clamor.Rate{yen}, By: "Ann"}, "a 1 → 3")
		must(t, err)
		held, err := db.Rates(ctx)
		must(t, err)
		same(t, "rates that hold", held, []clamor.Rate{yen})

		old, err := db.FindRankingSettings(ctx, 1)
		must(t, err)
		same(t, "the first version", old, first)
		_, err = db.FindRankingSettings(ctx, 9)
		wantKind(t, err, clamor.NotFound)
		all, err := db.RankingSettingsVersions(ctx, 2)
		must(t, err)
		if len(all) != 2 || all[0].Version != 3 || all[1].Version != 2 {
			t.Fatalf("%+v", all)
		}
		audit, err := db.Audit(ctx, 1)
		must(t, err)
		if audit[0].Action != "ranking settings" || audit[0].By != "Ann" || audit[0].Detail != "a 1 → 3" {
			t.Fatalf("%+v", audit[0])
		}
	})
}
