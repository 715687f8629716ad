package dedupe_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clamor"
	"clamor/dedupe"
)

var wishes = []string{
	"Export the ranked list to CSV", "export ranked list as csv", "We need to export the ranked list to CSV please",
	"Import accounts from CSV", "import the accounts from a csv file",
	"SAML single sign-on with Okta", "Let our people log in with Okta (SAML SSO)", "single sign on through SAML and Okta",
	"Dark mode for the dashboard", "a dark theme for the dashboard", "Dark mode on mobile",
	"Audit log of all admin actions", "audit trail of what admins do",
	"Webhook retries with backoff", "Slack notification when a deal is lost", "", "the of and", "Mehr Sprachen, bitte", "ダークモードが欲しい",
}

func serviceOver(t testing.TB, m *memory) *dedupe.Service {
	t.Helper()
	s := dedupe.NewService(m, fixedTime, dedupe.Options{})
	if err := s.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func step(t testing.TB, s *dedupe.Service) {
	t.Helper()
	if _, err := s.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Whatever people rule and take back, in whatever order and with restarts in between, from snapshots old and new: each ask is placed once by the machine
// and stays where the rulings have it, what is refused or merged away is not offered, and a service built anew from the
// store gives the same answers as one that has followed along.
func TestRulingsHold(t *testing.T) {
	dir, count := t.TempDir(), atomic.Int64{}
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		options := dedupe.Options{Snapshot: filepath.Join(dir, strconv.Itoa(int(count.Add(1))))}
		s := dedupe.NewService(m, fixedTime, options)
		if err := s.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		run := func() {
			for n := -1; n != 0; {
				var err error
				if n, err = s.Step(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range rapid.IntRange(1, 25).Draw(t, "deeds") {
			deed(t, m)
			switch rapid.IntRange(0, 6).Draw(t, "then") {
			case 6:
				dedupe.SnapshotFrom(s, 1)
				if err := s.Save(0); err != nil {
					t.Fatal(err)
				}
			case 0:
				s = dedupe.NewService(m, fixedTime, options)
				if err := s.Load(context.Background()); err != nil {
					t.Fatal(err)
				}
			case 1, 2, 3:
				run()
			}
		}
		run()
		rebuilt := dedupe.NewService(m, fixedTime, dedupe.Options{})
		if err := rebuilt.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		checkOffers(t, m, s, rebuilt)
	})
}

// deed is one thing that happens to a workspace.
func deed(t *rapid.T, m *memory) {
	if len(m.placed) == 0 || rapid.IntRange(0, 2).Draw(t, "deed") == 0 {
		m.add(rapid.SampledFrom(wishes).Draw(t, "wish"))
		return
	}
	ask := rapid.SampledFrom(m.placed).Draw(t, "ask")
	here := m.feature(ask)
	other := m.machine[rapid.SampledFrom(m.placed).Draw(t, "other")].Feature
	r := clamor.Ruling{Asks: []clamor.AskID{ask}, Feature: here, By: "pat"}
	switch r.Kind = rapid.SampledFrom([]clamor.RulingKind{clamor.RuleConfirm, clamor.RuleMove, clamor.RuleSplit, clamor.RuleNotAnAsk,
		clamor.RuleMerge, clamor.RuleUndo}).Draw(t, "kind"); r.Kind {
	case clamor.RuleConfirm:
		if here == "" {
			return
		}
	case clamor.RuleMove:
		r.Target = other
	case clamor.RuleSplit:
		r.Target = clamor.FeatureID("split_" + string(ask))
		m.titles[r.Target] = "a part"
	case clamor.RuleMerge:
		merges, _ := m.Merges(context.Background())
		if r.Asks = nil; here == "" || here == other || merges[here] != "" || merges[other] == here {
			return
		}
		r.Target = other
	case clamor.RuleUndo:
		live := slices.DeleteFunc(slices.Clone(m.rulings), func(r clamor.Ruling) bool { return r.Undone || r.Kind == clamor.RuleUndo })
		if len(live) == 0 {
			return
		}
		r = clamor.Ruling{Kind: clamor.RuleUndo, Undoes: rapid.SampledFrom(live).Draw(t, "undone").ID, By: "pat"}
	}
	m.rule(r)
}

func checkOffers(t *rapid.T, m *memory, s, rebuilt *dedupe.Service) {
	merges, _ := m.Merges(context.Background())
	root := func(f clamor.FeatureID) clamor.FeatureID {
		if to, ok := merges[f]; ok {
			return to
		}
		return f
	}
	live := map[clamor.FeatureID]bool{}
	for _, id := range m.placed {
		live[root(m.feature(id))] = true
	}
	for _, w := range wishes {
		offered := s.Suggest(w, 10)
		for _, o := range offered {
			if !live[o.Feature] {
				t.Fatalf("%q is offered %s, which is merged away or holds no ask", w, o.Feature)
			}
		}
		if diff := cmp.Diff(offered, rebuilt.Suggest(w, 10)); diff != "" {
			t.Fatalf("built anew, %q is offered other features:\n%s", w, diff)
		}
		if diff := cmp.Diff(s.Search(w, 10), rebuilt.Search(w, 10)); diff != "" {
			t.Fatalf("built anew, the search for %q finds other features:\n%s", w, diff)
		}
	}
	refused := refusals(m)
	for _, id := range m.placed {
		f := root(m.feature(id))
		offered := s.Similar(f, 10)
		for _, o := range offered {
			if o.Feature == f || !live[o.Feature] || refused[[2]clamor.FeatureID{f, o.Feature}] {
				t.Fatalf("%s is offered %s: itself, merged away, empty, or refused", f, o.Feature)
			}
		}
		if diff := cmp.Diff(offered, rebuilt.Similar(f, 10)); diff != "" {
			t.Fatalf("built anew, other features are similar to %s:\n%s", f, diff)
		}
	}
}

// refusals are the pairs that a ruling in force keeps apart by a move or a split.
func refusals(m *memory) map[[2]clamor.FeatureID]bool {
	out := map[[2]clamor.FeatureID]bool{}
	for _, r := range m.rulings {
		if !r.Undone && (r.Kind == clamor.RuleMove || r.Kind == clamor.RuleSplit) && r.Feature != "" {
			out[[2]clamor.FeatureID{r.Feature, r.Target}], out[[2]clamor.FeatureID{r.Target, r.Feature}] = true, true
		}
	}
	return out
}

// An ask that a person has moved off a feature draws what comes in later with it, and the two features are not offered to
// each other again, until the move is taken back.
func TestAMoveIsRemembered(t *testing.T) {
	m := newMemory()
	first, second := m.add("Export the ranked list to CSV"), m.add("export ranked list as CSV")
	other := m.add("Webhook retries with backoff")
	s := serviceOver(t, m)
	step(t, s)
	from, to := m.feature(first), m.feature(other)
	if m.feature(second) != from {
		t.Fatalf("the second ask stands in %s, want it joined to %s", m.feature(second), from)
	}
	m.rule(clamor.Ruling{Kind: clamor.RuleMove, Asks: []clamor.AskID{second}, Feature: from, Target: to, By: "pat"})
	step(t, s)
	if offers := s.Similar(from, 5); len(offers) != 0 {
		t.Errorf("after the move, %s is still offered %v", from, offers)
	}
	m.rule(clamor.Ruling{Kind: clamor.RuleUndo, Undoes: m.rulings[0].ID, By: "pat"})
	step(t, s)
	if got := m.feature(second); got != from {
		t.Errorf("after the undo it stands in %s, want %s", got, from)
	}
}

func TestWhatANoteNoLongerSaysIsNotOffered(t *testing.T) {
	m := newMemory()
	ask := m.add("Webhook retries with backoff")
	s := serviceOver(t, m)
	step(t, s)
	feature := m.feature(ask)
	m.version(ask, false)
	step(t, s)
	if got := s.Suggest("retry webhooks", 3); len(got) != 0 {
		t.Errorf("its note says it no more, and it is offered: %v", got)
	}
	m.version(ask, true)
	step(t, s)
	if got := s.Suggest("retry webhooks", 3); len(got) != 1 || got[0].Feature != feature {
		t.Errorf("its note says it again, and offered is %v", got)
	}
}

func TestWhatTheWorkspaceTellsHoldsAtOnce(t *testing.T) {
	m := newMemory()
	m.add("Let the team mark deals as whales")
	s := serviceOver(t, m)
	step(t, s)
	const query = "flag for leviathans"
	if got := s.Suggest(query, 1); len(got) != 0 {
		t.Fatalf("%q is offered %v to begin with", query, got)
	}
	m.settings = clamor.DeduperSettings{Version: 1, Synonyms: "whales: leviathans # our word", Caution: 1}
	ask := m.add("Let the team mark deals as whales")
	step(t, s)
	if got := s.Suggest(query, 1); len(got) != 1 {
		t.Error("a synonym just stored is not known")
	}
	if m.feature(ask) != clamor.FoundedID(ask) {
		t.Error("the utmost caution still joins unasked")
	}
	m.settings = clamor.DeduperSettings{Version: 2}
	again := m.add("Let the team mark deals as whales")
	step(t, s)
	if got := s.Suggest(query, 1); len(got) != 0 || m.feature(again) == clamor.FoundedID(again) {
		t.Errorf("after a return to the defaults, %q is offered %v, and the same text joins %s", query, got, m.feature(again))
	}
}

func TestSynonymsAreCheckedLineByLine(t *testing.T) {
	if err := dedupe.CheckSynonyms("# ours\n\nsso: single sign-on, one login # often\nkündigen: cancel\n"); err != nil {
		t.Error(err)
	}
	for table, want := range map[string]string{"sso = single sign-on": "line 1: has no colon", "\n: login": "line 2: names nothing before", "sso: ,": "line 1: names nothing behind",
		strings.Repeat("a: b\n", 100_000): "keep those that matter"} {
		if err := dedupe.CheckSynonyms(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gives %v, want %q", table, err, want)
		}
	}
}

// Two asks that say the same and came to stand apart are told to people, until one of them says that this is right.
func TestPlacementsThatBecameDoubtfulAreTold(t *testing.T) {
	m := newMemory()
	place := func(text string, feature clamor.FeatureID) clamor.AskID {
		id := m.add(text)
		m.titles[feature] = text
		m.machine[id] = clamor.Placement{Ask: id, Feature: feature}
		m.placed = append(m.placed, id)
		return id
	}
	place("Webhook retries with backoff", "hooks")
	first, second := place("Dark mode for the dashboard", "dark"), place("We need a dark mode for the dashboard", "theme")
	s := serviceOver(t, m)
	doubts := func() map[clamor.AskID]clamor.FeatureID {
		t.Helper()
		step(t, s)
		found, err := s.Doubts(context.Background(), 100, 10)
		if err != nil {
			t.Fatal(err)
		}
		better := map[clamor.AskID]clamor.FeatureID{}
		for _, d := range found {
			better[d.Ask] = d.Better.Feature
			if d.Feature != m.feature(d.Ask) || d.Better.Why == "" {
				t.Errorf("the doubt %+v tells neither where it stands nor why", d)
			}
		}
		return better
	}
	if diff := cmp.Diff(map[clamor.AskID]clamor.FeatureID{first: "theme", second: "dark"}, doubts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.rule(clamor.Ruling{Kind: clamor.RuleConfirm, Asks: []clamor.AskID{second}, Feature: "theme", By: "pat"})
	if diff := cmp.Diff(map[clamor.AskID]clamor.FeatureID{first: "theme"}, doubts()); diff != "" {
		t.Errorf("what a person confirmed is in doubt (-want +got):\n%s", diff)
	}
	m.rule(clamor.Ruling{Kind: clamor.RuleMove, Asks: []clamor.AskID{second}, Feature: "theme", Target: "dark", By: "pat"})
	m.rule(clamor.Ruling{Kind: clamor.RuleMove, Asks: []clamor.AskID{second}, Feature: "dark", Target: "theme", By: "pat"})
	if got := doubts(); len(got) != 0 {
		t.Errorf("a pair that a person keeps apart is in doubt: %v", got)
	}
}

func TestStepAfterAFailureOfTheStore(t *testing.T) {
	m := newMemory()
	m.add("Dark mode for the dashboard")
	s := serviceOver(t, m)
	m.fail = errors.New("disk full")
	if _, err := s.Step(context.Background()); !errors.Is(err, m.fail) && err == nil {
		t.Fatal("a failure of the store is not reported")
	}
	if got := s.Suggest("dark mode", 3); len(got) != 0 {
		t.Errorf("an ask that was not stored is offered: %v", got)
	}
	step(t, s)
	if len(m.placed) != 1 || len(s.Suggest("dark mode", 3)) != 1 {
		t.Error("the ask is not placed at the next try")
	}
}

func TestFoundingAndJoining(t *testing.T) {
	m := newMemory()
	for _, w := range wishes {
		m.add(w)
	}
	s := serviceOver(t, m)
	step(t, s)
	together := func(a, b int) bool {
		return m.feature(m.asks[a].ID) == m.feature(m.asks[b].ID)
	}
	for _, p := range [][2]int{{0, 1}, {3, 4}, {8, 9}} {
		if !together(p[0], p[1]) {
			t.Errorf("%q and %q stand apart", wishes[p[0]], wishes[p[1]])
		}
	}
	for _, p := range [][2]int{{0, 3}, {1, 4}, {5, 8}, {13, 14}, {15, 16}, {8, 10}} {
		if together(p[0], p[1]) {
			t.Errorf("%q and %q stand together", wishes[p[0]], wishes[p[1]])
		}
	}
	if got := s.Suggest("log in with Okta", 3); len(got) == 0 || got[0].Feature != m.feature(m.asks[6].ID) && got[0].Feature != m.feature(m.asks[5].ID) {
		t.Errorf("a wish for Okta is offered %v", got)
	}
	for _, p := range m.machine {
		if p.Founds == "" && (p.Score <= 0 || len(p.Terms) == 0) {
			t.Errorf("ask %s joined %s without a score or a reason", p.Ask, p.Feature)
		}
	}
}

func TestSearch(t *testing.T) {
	m := newMemory()
	for _, w := range wishes {
		m.add(w)
	}
	s := serviceOver(t, m)
	step(t, s)
	for _, c := range []struct {
		query string
		want  int // the wish found first
	}{
		{"dark dashboards", 8}, {"sign-on", 5}, {"webhook retry", 13}, {"webh", 13}, {"notificat", 14}, {"slack gibberishword deal", 14}, {"audit trail", 11},
		{"ダークモード", 18},
	} {
		got := s.Search(c.query, 3)
		if want := m.feature(m.asks[c.want].ID); len(got) == 0 || got[0] != want {
			t.Errorf("%q finds %v, want %q (%s) first", c.query, got, wishes[c.want], want)
		}
	}
	if got := s.Search("zeppelin", 3); len(got) != 0 {
		t.Errorf("a word that nothing holds finds %v", got)
	}
}

func TestLabCountsAgainstRulings(t *testing.T) {
	m := newMemory()
	for _, w := range wishes[:15] {
		m.add(w)
	}
	s := serviceOver(t, m)
	step(t, s)
	here := m.feature(m.asks[1].ID)
	m.rule(clamor.Ruling{Kind: clamor.RuleConfirm, Asks: []clamor.AskID{m.asks[1].ID}, Feature: here, By: "pat"})
	step(t, s)
	e, err := s.Lab(context.Background(), []float64{-0.2, 0, 2}, 2, 100, 50)
	if err != nil {
		t.Fatal(err)
	}
	low, now, never := e.Trials[0], e.Trials[1], e.Trials[2]
	if low.Joins < now.Joins || now.Joins == 0 || now.Right != 1 {
		t.Errorf("lower: %+v\nnow: %+v", low, now)
	}
	if never.Joins != 0 || never.Missed != 1 || never.Breaks == 0 {
		t.Errorf("a setting that never joins: %+v", never)
	}
	broken := 0
	for _, c := range e.Changes {
		if c.Joins || c.Margin < 0 || c.Margin >= 2 || c.Nearest == "" || c.Nearest == c.Ask || len(c.Better.Shared) == 0 {
			t.Errorf("by a setting that never joins: %+v", c)
		}
		if c.Better.Feature == c.Feature {
			broken++
		}
	}
	if broken == 0 || len(e.Changes) > now.Joins {
		t.Errorf("%d of %d examples would stand alone, %d join now", broken, len(e.Changes), now.Joins)
	}
	if same, err := s.Lab(context.Background(), nil, e.Caution, 100, 50); err != nil || len(same.Changes) != 0 {
		t.Errorf("the setting that holds changes %v, %v", same.Changes, err)
	}
}

// What other synonyms would do is found without storing them, and storing them then does it.
func TestSynonymsAreTriedBeforeTheyAreStored(t *testing.T) {
	m := newMemory()
	m.add("Please give us the flurble screen for our dispatchers in the evening")
	m.add("Please give us the night wombat screen for our dispatchers in the evening")
	m.add("Invoices by e-mail")
	s := serviceOver(t, m)
	step(t, s)
	const table = "wombat: flurble, night wombat"
	none, err := s.Reword(context.Background(), "", 100, 10)
	if err != nil || none.Asks != 3 || none.Reworded != 0 || none.Moved != 0 {
		t.Fatalf("nothing changed, and yet %+v, %v", none, err)
	}
	r, err := s.Reword(context.Background(), table, 100, 10)
	if err != nil || r.Reworded != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if again, err := s.Reword(context.Background(), "", 100, 10); err != nil || again.Reworded != 0 {
		t.Errorf("trying has changed how asks are read: %+v, %v", again, err)
	}
	if _, err := s.Reword(context.Background(), "no colon", 100, 10); clamor.KindOf(err) != clamor.Invalid {
		t.Errorf("%v", err)
	}
}
