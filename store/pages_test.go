package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

// Page by page, the quotes of a feature are all of its quotes, also where others are merged into it.
func TestQuotesComePageByPage(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 5)
		into := clamor.FoundedID(asks[0])
		for _, ask := range asks[1:4] {
			_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMerge, Feature: clamor.FoundedID(ask), Target: into, By: "Ann"})
			must(t, err)
		}
		want, err := db.Quotes(ctx, into)
		must(t, err)
		var got []clamor.Quote
		for behind := clamor.AskID(""); ; {
			page, err := db.QuotePage(ctx, into, behind, 3)
			must(t, err)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			behind = page[len(page)-1].ID
		}
		if len(got) != 4 {
			t.Fatalf("%d quotes", len(got))
		}
		same(t, "all pages", got, want)
		_, err = db.QuotePage(ctx, into, "none", 3)
		if clamor.KindOf(err) != clamor.NotFound {
			t.Errorf("behind an ask that is not there: %v", err)
		}
	})
}

// A reporter is found by name and by address, and a note that bears both is shown once.
func TestReportedNotesComePageByPage(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, author := range []clamor.Person{{Name: "Dana"}, {Email: "dana"}, {Name: "Dana", Email: "dana"}, {Name: "Kim"}} {
			in := intake(string(rune('a'+i)), "Northwind", "We need thing 0.")
			in.Note.Author = author
			take(t, db, 10+i, in)
		}
		seen := map[clamor.NoteID]bool{}
		for skip := range 4 {
			page, err := db.Reported(ctx, clamor.User{Name: "Dana"}, skip, 1)
			must(t, err)
			for _, r := range page {
				seen[r.Note.ID] = true
			}
			same(t, "notes on the page", len(page), min(1, max(0, 3-skip)))
		}
		same(t, "different notes", len(seen), 3)
	})
}
