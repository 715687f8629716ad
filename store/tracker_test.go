package store_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// tells lets a tracker tell of an issue, as a webhook's delivery or as the answer to a poll.
type tells func(url, state, reason string, at time.Time)

// tracking runs a promise for news by webhook and by polling alike, with a feature that is linked to one issue.
func tracking(t *testing.T, promise func(t *testing.T, db *store.DB, f clamor.FeatureID, tell tells)) {
	t.Helper()
	both(t, func(t *testing.T, db *store.DB) {
		for _, way := range []string{"webhook", "poll"} {
			t.Run(way, func(t *testing.T) {
				n := len(way) * 1000
				in := intake(way, "Northwind", "We need "+way+" badly.")
				take(t, db, n, in)
				found(t, db, in.Asks[0].ID)
				f := clamor.FoundedID(in.Asks[0].ID)
				must(t, db.AddTrackerLink(t.Context(), clamor.TrackerLink{Feature: f, URL: issueOf(way), By: "Ann"}))
				promise(t, db, f, func(url, state, reason string, at time.Time) {
					news := clamor.IssueNews{URL: issueOf(way) + url, State: state, Reason: reason, At: at, By: "dev"}
					if way == "poll" {
						_, err := db.PutIssues(t.Context(), "github:acme/app", at.Format(time.RFC3339), []clamor.IssueNews{news})
						must(t, err)
						return
					}
					n++
					d := delivery(n, "{}")
					_, _, err := db.AddDelivery(t.Context(), d)
					must(t, err)
					_, err = db.TakeIn(t.Context(), d.Done(), clamor.Harvest{Issues: []clamor.IssueNews{news}})
					must(t, err)
				})
			})
		}
	})
}

func issueOf(way string) string { return "https://github.com/acme/" + way + "/issues/1" }

func statusOf(t *testing.T, db *store.DB, id clamor.FeatureID) clamor.Status {
	t.Helper()
	f, err := db.FindFeature(t.Context(), id)
	must(t, err)
	return f.Status
}

func set(t *testing.T, db *store.DB, id clamor.FeatureID, status clamor.Status) {
	t.Helper()
	_, err := db.EditFeature(t.Context(), id, 0, clamor.FeatureEdit{Status: &status}, "Ann")
	must(t, err)
}

func TestCompletedIssueShipsItsFeatureAndOpeningItAgainTakesThatBack(t *testing.T) {
	tracking(t, func(t *testing.T, db *store.DB, f clamor.FeatureID, tell tells) {
		set(t, db, f, clamor.StatusInProgress)
		tell("", "closed", "completed", day)
		same(t, "closed", statusOf(t, db, f), clamor.StatusShipped)
		tell("", "closed", "completed", day) // the webhook, and later the poll
		tell("", "closed", "completed", day.Add(time.Minute))
		tell("", "open", "", day.Add(time.Hour))
		same(t, "opened again", statusOf(t, db, f), clamor.StatusInProgress)
		tell("", "closed", "not_planned", day.Add(30*time.Minute)) // late
		same(t, "after late news", statusOf(t, db, f), clamor.StatusInProgress)
		tracked, err := db.Tracked(t.Context(), f)
		must(t, err)
		var told []string
		for _, e := range tracked.Events {
			told = append(told, e.State+" "+e.Reason+" "+string(e.Became))
		}
		same(t, "history", told, []string{"open  in progress", "closed not_planned ", "closed completed shipped"})
	})
}

func TestNotPlannedIsAProposalThatAPersonSettles(t *testing.T) {
	tracking(t, func(t *testing.T, db *store.DB, f clamor.FeatureID, tell tells) {
		ctx := t.Context()
		tell("", "closed", "not_planned", day)
		same(t, "until somebody says so", statusOf(t, db, f), clamor.StatusNew)
		tracked, err := db.Tracked(ctx, f)
		must(t, err)
		open := tracked.Open()
		if len(open) != 1 || open[0].Proposes != clamor.StatusWontDo {
			t.Fatalf("%+v", open)
		}
		_, err = db.SettleProposal(ctx, open[0].ID, true, "", "Ann")
		wantKind(t, err, clamor.Invalid) // won't do needs a reason
		e, err := db.SettleProposal(ctx, open[0].ID, true, "Too few ask for it.", "Ann")
		must(t, err)
		feature, err := db.FindFeature(ctx, f)
		must(t, err)
		if feature.Status != clamor.StatusWontDo || feature.StatusReason != "Too few ask for it." || e.Proposal != clamor.ProposalConfirmed {
			t.Fatalf("%+v, %+v", feature, e)
		}
		_, err = db.SettleProposal(ctx, open[0].ID, false, "", "Ben")
		wantKind(t, err, clamor.Conflict)

		tell("", "open", "", day.Add(time.Hour))
		same(t, "an answer to customers is not taken back unasked", statusOf(t, db, f), clamor.StatusWontDo)
		proposals, err := db.Proposals(ctx, 10)
		must(t, err)
		if len(proposals) != 1 || proposals[0].Proposes != clamor.StatusConsidered {
			t.Fatalf("%+v", proposals)
		}
		_, err = db.SettleProposal(ctx, proposals[0].ID, false, "", "Ann")
		must(t, err)
		same(t, "dismissed", statusOf(t, db, f), clamor.StatusWontDo)
	})
}

func TestProposalIsWithdrawnWhenTheIssueIsOpenedAgain(t *testing.T) {
	tracking(t, func(t *testing.T, db *store.DB, f clamor.FeatureID, tell tells) {
		tell("", "closed", "not_planned", day)
		tell("", "open", "", day.Add(time.Hour))
		tracked, err := db.Tracked(t.Context(), f)
		must(t, err)
		if len(tracked.Open()) > 0 || len(tracked.Events) != 2 || tracked.Events[1].Proposal != clamor.ProposalWithdrawn {
			t.Fatalf("%+v", tracked)
		}
	})
}

func TestFeatureOfTwoIssuesShipsWithTheLast(t *testing.T) {
	tracking(t, func(t *testing.T, db *store.DB, f clamor.FeatureID, tell tells) {
		tracked, err := db.Tracked(t.Context(), f)
		must(t, err)
		must(t, db.AddTrackerLink(t.Context(), clamor.TrackerLink{Feature: f, URL: tracked.Links[0].URL + "2/", By: "Ann"}))
		tell("", "closed", "completed", day)
		same(t, "one of two", statusOf(t, db, f), clamor.StatusNew)
		tell("2", "closed", "completed", day)
		same(t, "both", statusOf(t, db, f), clamor.StatusShipped)
	})
}

func TestLinkCountsWhatIsKnownAlreadyAndFollowsMerges(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		kept, gone := clamor.FoundedID(asks[0]), clamor.FoundedID(asks[1])
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: gone, Target: kept, By: "Ann"})
		must(t, err)
		_, err = db.PutIssues(ctx, "github:acme/app", "", []clamor.IssueNews{{URL: "https://github.com/Acme/app/issues/9", State: "closed", Reason: "completed", At: day}})
		must(t, err)
		again, err := db.PutIssues(ctx, "github:acme/app", "", []clamor.IssueNews{{URL: "https://github.com/Acme/App/issues/9", State: "closed", Reason: "completed", At: day}})
		must(t, err)
		same(t, "the same news again", again, 0)
		link := clamor.TrackerLink{Feature: gone, URL: "https://github.com/acme/app/issues/9", Target: "github:acme/app", Number: 9, By: "Ann"}
		must(t, db.AddTrackerLink(ctx, link))
		must(t, db.AddTrackerLink(ctx, link))
		same(t, "what it is merged into", statusOf(t, db, kept), clamor.StatusShipped)
		tracked, err := db.Tracked(ctx, kept)
		must(t, err)
		if len(tracked.Links) != 1 || tracked.Links[0].State != "closed" || tracked.Links[0].Number != 9 || len(tracked.Events) != 1 {
			t.Fatalf("%+v", tracked)
		}
		targets, err := db.TrackerTargets(ctx)
		must(t, err)
		same(t, "targets", targets, []string{"github:acme/app"})
		must(t, db.DropTrackerLink(ctx, gone, link.URL, "Ann"))
		wantKind(t, db.DropTrackerLink(ctx, gone, link.URL, "Ann"), clamor.NotFound)
		wantKind(t, db.AddTrackerLink(ctx, clamor.TrackerLink{Feature: "feature_none", URL: link.URL, By: "Ann"}), clamor.NotFound)
		wantKind(t, db.AddTrackerLink(ctx, clamor.TrackerLink{Feature: kept, URL: "somewhere", By: "Ann"}), clamor.Invalid)
	})
}
