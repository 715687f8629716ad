package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// waiting is what waits for a look, newest first, with why.
func waiting(t testing.TB, db *store.DB, look clamor.Look) []clamor.AskID {
	t.Helper()
	quotes, err := db.Waiting(t.Context(), []clamor.Look{look}, "", 100)
	must(t, err)
	var ids []clamor.AskID
	for _, q := range quotes {
		ids = append(ids, q.ID)
	}
	return ids
}

// placed places an ask as the machine would.
func placed(t testing.TB, db *store.DB, p clamor.Placement) {
	t.Helper()
	p.By, p.At = clamor.Machine, day
	if p.Feature == "" {
		p.Feature, p.Founds = clamor.FoundedID(p.Ask), "title"
	}
	must(t, db.Place(t.Context(), []clamor.Placement{p}))
}

func TestWhatTheMachinePlacedWaitsUntilAPersonRules(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		in := intake("81", "Northwind", "We need SSO.", "Single sign-on please.", "Dark mode.")
		take(t, db, 1, in)
		asks := []clamor.AskID{in.Asks[0].ID, in.Asks[1].ID, in.Asks[2].ID}
		placed(t, db, clamor.Placement{Ask: asks[0]})
		placed(t, db, clamor.Placement{Ask: asks[1], Feature: clamor.FoundedID(asks[0]), Score: 0.7})
		placed(t, db, clamor.Placement{Ask: asks[2], Close: true})
		for look, ask := range map[clamor.Look]clamor.AskID{clamor.LookFounded: asks[0], clamor.LookJoined: asks[1], clamor.LookClose: asks[2]} {
			same(t, string(look), waiting(t, db, look), []clamor.AskID{ask})
		}
		all, err := db.Waiting(ctx, []clamor.Look{clamor.LookClose, clamor.LookJoined, clamor.LookFounded}, "", 2)
		must(t, err)
		if len(all) != 2 || all[0].ID != asks[2] || all[1].ID != asks[1] {
			t.Fatalf("the newest two are %+v", all)
		}
		older, err := db.Waiting(ctx, []clamor.Look{clamor.LookClose, clamor.LookJoined, clamor.LookFounded}, asks[1], 2)
		must(t, err)
		if len(older) != 1 || older[0].ID != asks[0] {
			t.Fatalf("before the second came %+v", older)
		}
		r, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleConfirm, Asks: asks[1:2], By: "Ann"})
		must(t, err)
		same(t, "joined, after Ann", waiting(t, db, clamor.LookJoined), nil)
		n, err := db.CountWaiting(ctx, 10)
		must(t, err)
		same(t, "counts", n, clamor.Waiting{Asks: map[clamor.Look]int{clamor.LookClose: 1, clamor.LookJoined: 0, clamor.LookFounded: 1}})
		mine, err := db.LatestRulings(ctx, "Ann", 10)
		must(t, err)
		if len(mine) != 1 || mine[0].ID != r.ID {
			t.Fatalf("Ann's rulings: %+v", mine)
		}
		_, err = db.Undo(ctx, r.ID, "Ann", "")
		must(t, err)
		same(t, "joined, after the undo", waiting(t, db, clamor.LookJoined), []clamor.AskID{asks[1]})
		if mine, err = db.LatestRulings(ctx, "", 10); err != nil || len(mine) != 0 {
			t.Fatalf("in force: %+v, %v", mine, err)
		}
	})
}

func TestOfTwoRulingsAtOnceTheFirstHoldsAndTheSecondIsTold(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 3)
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleMove, Asks: asks[:1], Target: clamor.FoundedID(asks[1]), By: "Ann", Unruled: true})
		must(t, err)
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: asks[:2], By: "Bob", Unruled: true})
		wantKind(t, err, clamor.Conflict)
		if text := err.Error(); !strings.Contains(text, "Ann came first") || !strings.Contains(text, "put it under “") {
			t.Errorf("Bob reads %q", text)
		}
		same(t, "where Ann's ask stands", standing(t, db)[asks[0]], clamor.FoundedID(asks[1]))
		same(t, "where the other stands", standing(t, db)[asks[1]], clamor.FoundedID(asks[1]))
	})
}

func TestWordsThatAPersonMarksAreAnAskUntilThatIsTakenBack(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		in := intake("81", "Northwind", "We need SSO.")
		in.Note.Text = "We need SSO. The café wants receipts by mail."
		take(t, db, 1, in)
		note := clamor.NoteID(clamor.DeriveID("note", "calls", "81", "1"))
		words := " The café wants receipts"
		mark := clamor.MarkedAsk{Note: note, Start: strings.Index(in.Note.Text, words), By: "Ann", Priority: clamor.Nice}
		mark.End = mark.Start + len(words)
		ask, r, err := db.AddAsk(ctx, mark)
		must(t, err)
		same(t, "quote", in.Note.Text[ask.Start:ask.End], strings.TrimSpace(words))
		placed(t, db, clamor.Placement{Ask: ask.ID})
		same(t, "where it stands", standing(t, db)[ask.ID], clamor.FoundedID(ask.ID))
		if w := waiting(t, db, clamor.LookFounded); !slices.Contains(w, ask.ID) {
			t.Error("the marked ask waits for nobody")
		}
		_, _, err = db.AddAsk(ctx, mark)
		wantKind(t, err, clamor.Conflict)
		for _, bad := range []clamor.MarkedAsk{{Note: note, Start: 5, End: 5, By: "Ann"}, {Note: note, Start: 0, End: 900, By: "Ann"}, {Note: note, Start: -1, End: 4, By: "Ann"},
			{Note: note, Start: 0, End: strings.Index(in.Note.Text, "é") + 1, By: "Ann"}, {Note: note, Start: 12, End: 13, By: "Ann"}, {Note: note, Start: 0, End: 4}} {
			_, _, err := db.AddAsk(ctx, bad)
			wantKind(t, err, clamor.Invalid)
		}
		_, _, err = db.AddAsk(ctx, clamor.MarkedAsk{Note: "note_none", End: 1, By: "Ann"})
		wantKind(t, err, clamor.NotFound)

		// The note is read again and changes: the mark stays as long as its words do.
		in.Note.Text, in.Note.ReceivedAt = "Hello. "+in.Note.Text, in.Note.ReceivedAt.Add(time.Hour)
		in.Asks = nil
		take(t, db, 2, in)
		second := clamor.NoteID(clamor.DeriveID("note", "calls", "81", "2"))
		_, asks, err := db.FindNote(ctx, second)
		must(t, err)
		if len(asks) != 1 || asks[0].ID != ask.ID || in.Note.Text[asks[0].Start:asks[0].End] != ask.Quote {
			t.Fatalf("the next version holds %+v", asks)
		}
		_, _, err = db.AddAsk(ctx, mark)
		wantKind(t, err, clamor.Conflict) // of an old version

		_, err = db.Undo(ctx, r.ID, "Ann", "")
		must(t, err)
		if _, asks, err = db.FindNote(ctx, second); err != nil || len(asks) != 0 {
			t.Fatalf("after the undo: %+v, %v", asks, err)
		}
		if _, counted := standing(t, db)[ask.ID]; counted {
			t.Error("what is taken back still counts")
		}
		mark.Note, mark.Start, mark.End = second, mark.Start+7, mark.End+7
		again, _, err := db.AddAsk(ctx, mark)
		must(t, err)
		same(t, "the same words again", again.ID, ask.ID)
		same(t, "where they stand", standing(t, db)[ask.ID], clamor.FoundedID(ask.ID))
	})
}

func TestWhatWasRejectedIsNeverAnAskAgain(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		in := intake("81", "Northwind", "We need coffee.", "We need SSO.")
		take(t, db, 1, in)
		placed(t, db, clamor.Placement{Ask: in.Asks[0].ID})
		placed(t, db, clamor.Placement{Ask: in.Asks[1].ID})
		_, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: []clamor.AskID{in.Asks[0].ID}, By: "Ann"})
		must(t, err)
		// A better reading finds the same words under another id, and a little more of them.
		next := intake("81", "Northwind", "We need coffee.", "We need SSO.")
		next.Note.Text += " Bye."
		next.Note.ReceivedAt = next.Note.ReceivedAt.Add(time.Hour)
		next.Asks[0].ID, next.Asks[0].End, next.Asks[0].Quote = "ask_other", next.Asks[0].End-1, "We need coffee"
		take(t, db, 2, next)
		pending, err := db.PendingAsks(ctx, 10)
		must(t, err)
		if len(pending) != 0 {
			t.Errorf("asked again: %+v", pending)
		}
		_, asks, err := db.FindNote(ctx, clamor.NoteID(clamor.DeriveID("note", "calls", "81", "2")))
		must(t, err)
		if len(asks) != 2 || !asks[0].NotAnAsk || asks[1].NotAnAsk {
			t.Errorf("the next version holds %+v", asks)
		}
	})
}

func TestANoteWithoutAnAskWaitsUntilAPersonSaysThatItHoldsNone(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		silent := func() []clamor.NoteID {
			t.Helper()
			notes, err := db.SilentNotes(ctx, "", 10)
			must(t, err)
			var ids []clamor.NoteID
			for _, n := range notes {
				ids = append(ids, n.ID)
			}
			return ids
		}
		id := func(external, version string) clamor.NoteID {
			return clamor.NoteID(clamor.DeriveID("note", "calls", external, version))
		}
		small, other := intake("1", "Northwind"), intake("2", "Contoso")
		small.Note.Text, other.Note.Text = "Nice weather.", "Receipts by mail, please."
		other.Note.ReceivedAt = other.Note.ReceivedAt.Add(time.Second)
		take(t, db, 1, small, other, intake("3", "Fabrikam", "We need SSO."))
		same(t, "silent", silent(), []clamor.NoteID{id("2", "1"), id("1", "1")})
		older, err := db.SilentNotes(ctx, id("2", "1"), 10)
		must(t, err)
		if len(older) != 1 || older[0].ID != id("1", "1") {
			t.Fatalf("received before: %+v", older)
		}
		r, err := db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNothing, Note: id("1", "1"), By: "Ann", Unruled: true})
		must(t, err)
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNothing, Note: id("1", "1"), By: "Bob", Unruled: true})
		wantKind(t, err, clamor.Conflict)
		_, err = db.Rule(ctx, clamor.Ruling{Kind: clamor.RuleNothing, Note: id("3", "1"), By: "Bob"})
		wantKind(t, err, clamor.Conflict)
		_, marked, err := db.AddAsk(ctx, clamor.MarkedAsk{Note: id("2", "1"), Start: 0, End: 16, By: "Ann"})
		must(t, err)
		same(t, "silent, after both", silent(), nil)
		small.Note.Title, small.Note.ReceivedAt = "The same words under another title", small.Note.ReceivedAt.Add(time.Hour)
		take(t, db, 2, small)
		same(t, "silent, after a new version of the same words", silent(), nil)
		_, err = db.Undo(ctx, r.ID, "Ann", "")
		must(t, err)
		_, err = db.Undo(ctx, marked.ID, "Ann", "")
		must(t, err)
		if got := silent(); !slices.Contains(got, id("2", "1")) {
			t.Errorf("after the undo %v are silent", got)
		}
	})
}

func TestPreferencesAreKeptForEachPersonAndForAll(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, c := range []struct {
			person clamor.UserID
			value  string
		}{{"user_1", "rank"}, {"", "auto"}, {"user_1", "title"}} {
			must(t, db.PutPreference(ctx, c.person, "x", c.value, "Ann"))
		}
		for person, want := range map[clamor.UserID]string{"user_1": "title", "": "auto", "user_2": ""} {
			got, err := db.Preference(ctx, person, "x")
			must(t, err)
			same(t, "of "+string(person), got, want)
		}
	})
}

func TestAReporterFindsTheirOwnNotesByNameOrAddress(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		first, second := intake("1", "Northwind", "We need SSO.", "Dark mode."), intake("2", "Contoso", "Receipts.")
		second.Note.Author = clamor.Person{Name: "Someone else", Email: "Dana"}
		second.Note.ReceivedAt = second.Note.ReceivedAt.Add(time.Minute)
		other := intake("3", "Fabrikam", "Maps.")
		other.Note.Author = clamor.Person{Name: "Bob"}
		take(t, db, 1, first, second, other)
		placed(t, db, clamor.Placement{Ask: first.Asks[0].ID})
		first.Note.Title, first.Note.ReceivedAt = "A new title", first.Note.ReceivedAt.Add(time.Hour)
		take(t, db, 2, first)
		mine, err := db.Reported(ctx, clamor.User{Name: " dANA "}, 0, 10)
		must(t, err)
		if len(mine) != 2 || mine[0].Note.Title != "A new title" || mine[0].AccountName != "Northwind" || len(mine[0].Asks) != 2 || mine[1].Note.ExternalID != "2" {
			t.Fatalf("Dana finds %+v", mine)
		}
		if a := mine[0].Asks[0]; a.Feature != clamor.FoundedID(a.ID) || mine[0].Looks[a.ID] != clamor.LookFounded || mine[0].Asks[1].Feature != "" {
			t.Fatalf("her asks: %+v", mine[0])
		}
		if rest, err := db.Reported(ctx, clamor.User{Name: "Dana"}, 1, 10); err != nil || len(rest) != 1 {
			t.Fatalf("behind the first: %+v, %v", rest, err)
		}
		if none, err := db.Reported(ctx, clamor.User{Name: " "}, 0, 10); err != nil || len(none) != 0 {
			t.Fatalf("nobody finds %+v, %v", none, err)
		}
		wishes, err := db.Wishes(ctx, []clamor.AccountID{mine[0].Note.Account})
		must(t, err)
		same(t, "wishes", wishes[mine[0].Note.Account], clamor.Wished{Asks: 1, Features: 1, Last: day})
		notes, err := db.Notes(ctx, []clamor.NoteID{mine[1].Note.ID, "note_none"})
		must(t, err)
		same(t, "notes", len(notes), 1)
	})
}
