package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

func TestDeduperSettingsKeepEveryVersion(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		none, err := db.DeduperSettings(ctx)
		must(t, err)
		same(t, "none stored", none, clamor.DeduperSettings{})
		first, err := db.PutDeduperSettings(ctx, clamor.DeduperSettings{Synonyms: "sso: one login", Caution: -0.125, By: "Ann", Reason: "ours"})
		must(t, err)
		if first.Version != 1 || first.At.IsZero() {
			t.Fatalf("%+v", first)
		}
		_, err = db.PutDeduperSettings(ctx, clamor.DeduperSettings{By: "Bob"})
		wantKind(t, err, clamor.Stale)
		second, err := db.PutDeduperSettings(ctx, clamor.DeduperSettings{Version: 1, By: "Bob"})
		must(t, err)
		newest, err := db.DeduperSettings(ctx)
		must(t, err)
		same(t, "the newest", newest, second)
		all, err := db.DeduperSettingsVersions(ctx, 10)
		must(t, err)
		same(t, "all", all, []clamor.DeduperSettings{second, first})
	})
}

// An index of asks that runs along hears of those that a new version of their note drops, and of those that it takes up again.
func TestAsksThatStandAnewAreTold(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		_, start, err := db.RestoodAsks(ctx, 0)
		must(t, err)
		for _, says := range [][]string{{"SSO", "Dark mode"}, {"SSO"}, {"SSO", "Dark mode"}} {
			_, err := db.PutNotes(ctx, []clamor.Intake{intake("81", "Acme", says...)}, false)
			must(t, err)
		}
		ids, last, err := db.RestoodAsks(ctx, start)
		must(t, err)
		if len(ids) != 2 || last <= start {
			t.Errorf("told are %v up to %d", ids, last)
		}
		if ids, again, err := db.RestoodAsks(ctx, last); err != nil || len(ids) != 0 || again != last {
			t.Errorf("then %v up to %d, %v", ids, again, err)
		}
	})
}
