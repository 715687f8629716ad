package store_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

func TestPromisesAreKeptAndFollowMerges(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		quotes, err := db.Quotes(ctx, clamor.FoundedID(asks[0]))
		must(t, err)
		account := quotes[0].Account
		today := clamor.DateOf(time.Now())
		soon, late, kept, broken := today.AddDays(30), today.AddDays(-3), clamor.PromiseKept, clamor.PromiseBroken
		promised := clamor.Promise{Feature: clamor.FoundedID(asks[0]), Account: account, MadeBy: "Dana", MadeOn: today.AddDays(-10), State: clamor.PromiseOpen}

		_, err = db.AddPromise(ctx, clamor.Promise{State: "maybe"}, clamor.PromiseEdit{DueOn: new(clamor.Date)}, "Ann")
		wantKind(t, err, clamor.Invalid)
		nowhere := promised
		nowhere.Account = "account_none"
		_, err = db.AddPromise(ctx, nowhere, clamor.PromiseEdit{}, "Ann")
		wantKind(t, err, clamor.NotFound)
		first, err := db.AddPromise(ctx, promised, clamor.PromiseEdit{DueOn: &soon}, "Ann")
		must(t, err)
		second, err := db.AddPromise(ctx, promised, clamor.PromiseEdit{DueOn: &late}, "Ann")
		must(t, err)
		if first.Version != 1 || first.AccountName != "Northwind" || first.FeatureTitle == "" || first.Age(today) != 10 || second.Overdue(today) != 3 {
			t.Fatalf("%+v %+v", first, second)
		}
		ids := func(q clamor.PromiseQuery) (ids []clamor.PromiseID) {
			q.Limit = 10
			found, err := db.Promises(ctx, q)
			must(t, err)
			for _, p := range found {
				ids = append(ids, p.ID)
			}
			return ids
		}
		same(t, "those of the account, the next due first", ids(clamor.PromiseQuery{Account: account}), []clamor.PromiseID{second.ID, first.ID})
		same(t, "those that are late", ids(clamor.PromiseQuery{Late: today}), []clamor.PromiseID{second.ID})

		_, err = db.EditPromise(ctx, second.ID, 1, clamor.PromiseEdit{State: &broken}, "Bob")
		wantKind(t, err, clamor.Invalid)
		done, err := db.EditPromise(ctx, second.ID, 1, clamor.PromiseEdit{State: &kept}, "Bob")
		must(t, err)
		if done.State != kept || done.EndedOn != today || done.Version != 2 {
			t.Fatalf("%+v", done)
		}
		_, err = db.EditPromise(ctx, second.ID, 1, clamor.PromiseEdit{State: &kept}, "Bob")
		wantKind(t, err, clamor.Stale)
		same(t, "open ones first", ids(clamor.PromiseQuery{Feature: promised.Feature}), []clamor.PromiseID{first.ID, second.ID})
		same(t, "kept ones", ids(clamor.PromiseQuery{State: kept}), []clamor.PromiseID{second.ID})

		into := clamor.FoundedID(asks[1])
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: promised.Feature, Target: into, By: "Ann"})
		must(t, err)
		same(t, "those of the feature merged into", ids(clamor.PromiseQuery{Feature: into}), []clamor.PromiseID{first.ID, second.ID})
		moved, err := db.FindPromise(ctx, first.ID)
		must(t, err)
		same(t, "the feature", moved.Feature, into)
		audit, err := db.Audit(ctx, 2)
		must(t, err)
		if audit[1].Action != "promise edit" || audit[1].By != "Bob" {
			t.Fatalf("%+v", audit)
		}
	})
}
