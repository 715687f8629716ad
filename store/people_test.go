package store_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// joined invites somebody who signs in at once.
func joined(t *testing.T, db *store.DB, name string, role clamor.Role) clamor.Member {
	t.Helper()
	hash := name + string(role)
	m, err := db.Invite(t.Context(), clamor.Invitation{Name: name, Role: role, Hash: hash, Expires: day.Add(time.Hour)}, "Ann")
	must(t, err)
	_, err = db.TakeSignIn(t.Context(), hash, day)
	must(t, err)
	return m
}

func TestWhoMayComeInIsKnownAtOnce(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		ann, rita := joined(t, db, "Ann", clamor.Admin), joined(t, db, "Rita", clamor.Reporter)
		role, mail := clamor.PM, " Rita@Ours.example "
		changed, err := db.EditMember(ctx, rita.ID, clamor.MemberEdit{Role: &role, Mail: &mail}, "Ann")
		must(t, err)
		same(t, "the id", changed.ID, rita.ID)
		a, err := db.UserByID(ctx, rita.ID)
		must(t, err)
		same(t, "who she is now", a, clamor.Access{User: clamor.User{ID: rita.ID, Name: "Rita", Role: clamor.PM, Mail: "rita@ours.example"}, Seen: day})
		must(t, db.EndSessions(ctx, rita.ID, "Ann"))
		if a, err = db.UserByID(ctx, rita.ID); err != nil || a.Era != 1 {
			t.Fatalf("after her sessions ended she is %+v, %v", a, err)
		}
		_, err = db.AddToken(ctx, clamor.NewToken{Name: "Rita", Role: clamor.PM, Hash: "0123456789abcdef01", Tail: "wxyz"}, "Ann")
		must(t, err)
		_, err = db.AddLink(ctx, rita.ID, "another", day.Add(time.Hour), "Ann")
		must(t, err)
		must(t, db.RemoveMember(ctx, rita.ID, "Ann"))
		for what, err := range map[string]error{"session": fault(db.UserByID(ctx, rita.ID)), "token": fault(db.UserByToken(ctx, "0123456789abcdef01")),
			"link": fault(db.TakeSignIn(ctx, "another", day))} {
			if clamor.KindOf(err) != clamor.Unauthenticated {
				t.Errorf("her %s still works: %v", what, err)
			}
		}
		wantKind(t, db.RemoveMember(ctx, rita.ID, "Ann"), clamor.Conflict)
		gone, err := db.Member(ctx, rita.ID)
		must(t, err)
		if !gone.Removed || gone.Name != "Rita" {
			t.Errorf("what is left of her is %+v", gone)
		}
		people, err := db.Members(ctx)
		must(t, err)
		if len(people) != 1 || people[0].ID != ann.ID {
			t.Errorf("the people are %+v", people)
		}
	})
}

func fault[T any](_ T, err error) error { return err }

func TestSomebodyIsLeftToAdminister(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		ann := joined(t, db, "Ann", clamor.Admin)
		viewer := clamor.Viewer
		last := func() {
			t.Helper()
			_, err := db.EditMember(ctx, ann.ID, clamor.MemberEdit{Role: &viewer}, "Ann")
			wantKind(t, err, clamor.Conflict)
			wantKind(t, db.RemoveMember(ctx, ann.ID, "Ann"), clamor.Conflict)
		}
		last()
		_, err := db.Invite(ctx, clamor.Invitation{Name: "Bob", Role: clamor.Admin, Hash: "bob", Expires: day.Add(time.Hour)}, "Ann")
		must(t, err)
		_, err = db.AddToken(ctx, clamor.NewToken{Name: "script", Role: clamor.Admin, Hash: "script"}, "Ann")
		must(t, err)
		last() // who never came, and programs, administer nothing
		_, err = db.TakeSignIn(ctx, "bob", day)
		must(t, err)
		must(t, db.RemoveMember(ctx, ann.ID, "Bob"))
	})
}

func TestTwoPeopleMayBearOneName(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var ids []clamor.UserID
		for _, mail := range []string{"dana@north.example", "dana@south.example"} {
			m, err := db.Invite(ctx, clamor.Invitation{Name: "Dana", Role: clamor.Reporter, Mail: mail, Hash: mail, Expires: day.Add(time.Hour)}, "Ann")
			must(t, err)
			ids = append(ids, m.ID)
		}
		if ids[0] == ids[1] {
			t.Fatal("the two are one")
		}
		unmarked, north, south := intake("1", "Northwind", "We need SSO."), intake("2", "Northwind", "Dark mode."), intake("3", "Northwind", "Maps.")
		north.Note.Author = clamor.Person{Name: "Dana", Email: "Dana@North.example"}
		south.Note.Author = clamor.Person{Name: "D.", Email: "dana@south.example"}
		take(t, db, 1, unmarked, north, south)
		for i, want := range []int{2, 2} { // the unmarked note may be either's; the others are one's
			a, err := db.UserByID(ctx, ids[i])
			must(t, err)
			notes, err := db.Reported(ctx, a.User, 0, 10)
			must(t, err)
			m, err := db.Member(ctx, ids[i])
			must(t, err)
			if len(notes) != want || m.Notes != want {
				t.Errorf("%s finds %d notes, and %d are counted; want %d", a.Mail, len(notes), m.Notes, want)
			}
		}
		wrong := clamor.Invitation{Name: " ", Role: "boss", Mail: "nobody", Hash: "x"}
		_, err := db.Invite(ctx, wrong, "Ann")
		wantKind(t, err, clamor.Invalid)
	})
}

func TestLinksAreTakenBackAndReplaced(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		m, err := db.Invite(ctx, clamor.Invitation{Name: "Rita", Role: clamor.Reporter, Hash: "first", Expires: day.Add(time.Hour)}, "Ann")
		must(t, err)
		same(t, "until", m.LinkUntil, day.Add(time.Hour))
		must(t, fault(db.AddLink(ctx, m.ID, "second", day.Add(2*time.Hour), "Ann")))
		wantKind(t, fault(db.SignInOf(ctx, "first", day)), clamor.Unauthenticated)
		looked, err := db.SignInOf(ctx, "second", day)
		must(t, err)
		same(t, "whose", looked.ID, m.ID)
		must(t, db.DropLinks(ctx, m.ID, "Ann"))
		wantKind(t, fault(db.TakeSignIn(ctx, "second", day)), clamor.Unauthenticated)
	})
}

func TestTokensAreListedAndRevoked(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		made, err := db.AddToken(ctx, clamor.NewToken{Name: "ci", Role: clamor.Reporter, Hash: "0123456789abcdef01", Tail: "wxyz"}, "Ann")
		must(t, err)
		a, err := db.UserByToken(ctx, "0123456789abcdef01")
		must(t, err)
		must(t, db.Saw(ctx, a, day))
		made.UsedAt = day
		all, err := db.Tokens(ctx)
		must(t, err)
		same(t, "tokens", all, []clamor.Token{made})
		must(t, db.DropToken(ctx, made.ID, "Ann"))
		wantKind(t, fault(db.UserByToken(ctx, "0123456789abcdef01")), clamor.Unauthenticated)
		wantKind(t, db.DropToken(ctx, made.ID, "Ann"), clamor.NotFound)
	})
}

func TestTheLogIsNarrowedAndPaged(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, by := range []string{"Ann", "Bob", "Ann"} {
			must(t, fault(db.AddLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: by + time.Now().String()}, by)))
		}
		must(t, db.DropLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: labels(t, db)[0].Name}, "Ann"))
		page := func(q clamor.AuditQuery) []clamor.AuditEntry {
			t.Helper()
			q.Limit = max(q.Limit, 1)
			found, err := db.AuditPage(ctx, q)
			must(t, err)
			return found
		}
		all := page(clamor.AuditQuery{Limit: 10})
		first := page(clamor.AuditQuery{Limit: 2})
		rest := page(clamor.AuditQuery{Limit: 10, Before: first[1].ID})
		same(t, "two pages", append(first, rest...), all)
		same(t, "Ann's", len(page(clamor.AuditQuery{By: "Ann", Limit: 10})), 3)
		same(t, "additions", len(page(clamor.AuditQuery{Actions: []string{"team add", "area add"}, Limit: 10})), 3)
		today := clamor.DateOf(all[0].At)
		same(t, "of today by Ann", len(page(clamor.AuditQuery{By: "Ann", Actions: []string{"team remove"}, Day: today, Limit: 10})), 1)
		same(t, "of tomorrow", len(page(clamor.AuditQuery{Day: today.AddDays(1), Limit: 10})), 0)
	})
}

func labels(t *testing.T, db *store.DB) []clamor.Label {
	t.Helper()
	all, err := db.Labels(t.Context())
	must(t, err)
	return all
}

func TestARenamedTeamIsRenamedEverywhereAndBack(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		asks := seeded(t, db, 2)
		core, sso := "Core", clamor.FoundedID(asks[0])
		_, err := db.EditFeatures(ctx, []clamor.FeatureID{sso}, clamor.FeatureEdit{Team: &core}, "Ann")
		must(t, err)
		same(t, "what was written is there to choose", labels(t, db), []clamor.Label{{Kind: clamor.TeamLabel, Name: "Core", Features: 1}})
		wantKind(t, db.DropLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: "Core"}, "Ann"), clamor.Conflict)
		batch, err := db.RenameLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: "Core"}, " Platform  team ", "Ann")
		must(t, err)
		f, err := db.FindFeature(ctx, sso)
		must(t, err)
		same(t, "its team", f.Team, "Platform team")
		names, err := db.LabelNames(ctx, clamor.TeamLabel)
		must(t, err)
		same(t, "to choose from", names, []string{"Platform team"})
		must(t, fault(db.UndoEdit(ctx, batch, "Ann")))
		if f, err = db.FindFeature(ctx, sso); err != nil || f.Team != "Core" {
			t.Fatalf("after the undo its team is %q, %v", f.Team, err)
		}
		must(t, db.DropLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: "Platform team"}, "Ann"))
		wantKind(t, fault(db.RenameLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: "Nobody"}, "Core", "Ann")), clamor.NotFound)
		wantKind(t, fault(db.AddLabel(ctx, clamor.Label{Kind: clamor.TeamLabel, Name: "Core"}, "Ann")), clamor.Conflict)
		wantKind(t, fault(db.AddLabel(ctx, clamor.Label{Kind: "squad", Name: ""}, "Ann")), clamor.Invalid)
	})
}

func TestAKeyIsTakenBeforeTheDeed(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		_, begun, err := db.BeginReply(ctx, "user_1", "k", "request")
		must(t, err)
		left, again, err := db.BeginReply(ctx, "user_1", "k", "request")
		must(t, err)
		if !begun || again || left.Status != 0 || left.Request != "request" {
			t.Fatalf("begun %v, again %v with %+v", begun, again, left)
		}
		must(t, db.DropReply(ctx, "user_1", "k"))
		if _, begun, err = db.BeginReply(ctx, "user_1", "k", "request"); err != nil || !begun {
			t.Fatalf("a key given back is not taken again: %v, %v", begun, err)
		}
		kept := clamor.Reply{Request: "request", Status: 201, Header: map[string]string{"Location": "/x"}, Body: []byte("done")}
		must(t, db.KeepReply(ctx, "user_1", "k", kept))
		must(t, db.DropReply(ctx, "user_1", "k"))
		must(t, db.KeepReply(ctx, "user_1", "k", clamor.Reply{Request: "request", Status: 500, Body: []byte("late")}))
		got, begun, err := db.BeginReply(ctx, "user_1", "k", "request")
		must(t, err)
		if begun {
			t.Fatal("an answer that is kept was thrown away")
		}
		same(t, "the answer", got, kept)
	})
}
