package export_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/api/export"
)

const marker = "clamor:2026Q4"

// refuse answers with one of GitHub's errors.
func refuse(w http.ResponseWriter, code int, fixture string) {
	body, err := os.ReadFile(filepath.Join("testdata", "github", fixture))
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

// wantOne checks that exactly one issue carries the marker and says all that the document says, in order.
func wantOne(t *testing.T, f *fakeGitHub, doc export.Document) *fakeIssue {
	t.Helper()
	found := f.with(marker)
	if len(found) != 1 {
		t.Fatalf("%d issues carry the marker, want 1; requests:\n%s", len(found), strings.Join(f.requests, "\n"))
	}
	if diff := cmp.Diff(append([]string{doc.Body}, doc.Comments...), found[0].bodies()); diff != "" {
		t.Fatalf("issue %d (-document +issue):\n%s", found[0].Number, diff)
	}
	return found[0]
}

func publish(t *testing.T, g *export.GitHub, r clamor.Report, previous *clamor.Publication) (clamor.Publication, export.Outcome) {
	t.Helper()
	result, err := g.Publish(t.Context(), "acme/roadmap", rendered(r), previous)
	if err != nil {
		t.Fatal(err)
	}
	return result.Publication, result.Outcome
}

func TestExportingTwiceLeavesOneIssueAndSecondWritesNothing(t *testing.T) {
	for _, r := range map[string]clamor.Report{"one body": sampleReport(), "with comments": longReport(90)} {
		for _, remembered := range []bool{true, false} {
			for _, push := range []bool{true, false} {
				f := newFake(t)
				f.push = push
				first, outcome := publish(t, f.publisher(t, newClock()), r, nil)
				if outcome != export.Created {
					t.Fatalf("first run: %s, want created", outcome)
				}
				writes, previous := f.writes(), &first
				if !remembered {
					previous = nil
				}
				second, outcome := publish(t, f.publisher(t, newClock()), r, previous)
				if outcome != export.Unchanged || f.writes() != writes {
					t.Errorf("second run (remembered %v, push %v): %s with %d writes, want unchanged with none", remembered, push, outcome, f.writes()-writes)
				}
				if diff := cmp.Diff(first, second); diff != "" {
					t.Errorf("the publication changed (-first +second):\n%s", diff)
				}
				wantOne(t, f, rendered(r)(false))
			}
		}
	}
}

func TestPublicationSaysWhereTheListIs(t *testing.T) {
	f := newFake(t)
	got, _ := publish(t, f.publisher(t, newClock()), longReport(90), nil)
	doc := rendered(longReport(90))(false)
	want := clamor.Publication{
		ID: got.ID, Target: "github:acme/roadmap", Quarter: "2026Q4", Number: 1, URL: "https://github.com/acme/roadmap/issues/1",
		BodyHash: doc.Hash, PublishedAt: got.PublishedAt,
	}
	for _, c := range f.issues[0].comments {
		want.Comments = append(want.Comments, c.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" || got.ID == "" || len(got.Comments) != len(doc.Comments) || got.PublishedAt.IsZero() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdatesInPlaceWhenTheListGrowsAndShrinks(t *testing.T) {
	f, c := newFake(t), newClock()
	var previous *clamor.Publication
	for _, features := range []int{3, 90, 40, 90, 1} {
		r := longReport(features)
		p, outcome := publish(t, f.publisher(t, c), r, previous)
		if want := map[bool]export.Outcome{true: export.Created, false: export.Updated}[previous == nil]; outcome != want {
			t.Errorf("%d features: %s, want %s", features, outcome, want)
		}
		previous = &p
		wantOne(t, f, rendered(r)(false))
	}
}

func TestAnotherQuarterIsAnotherIssue(t *testing.T) {
	f, c := newFake(t), newClock()
	publish(t, f.publisher(t, c), sampleReport(), nil)
	next := sampleReport()
	next.List.Quarter = "2027Q1"
	if p, outcome := publish(t, f.publisher(t, c), next, nil); outcome != export.Created || p.Number != 2 {
		t.Errorf("%s issue %d, want a second issue", outcome, p.Number)
	}
}

func TestPeoplesCommentsAndIssuesAreLeftAlone(t *testing.T) {
	f, c := newFake(t), newClock()
	f.add("Crash on start", "It crashes. See the list:\n> <!-- clamor:2026Q4 part=1 names=shown -->")
	first, _ := publish(t, f.publisher(t, c), longReport(90), nil)
	f.issues[1].comments = append(f.issues[1].comments, &fakeComment{ID: 9_000, Body: "Great list!"})
	f.issues[1].State = "closed"
	publish(t, f.publisher(t, c), sampleReport(), &first)
	if got := f.issues[1].bodies(); len(got) != 2 || got[1] != "Great list!" {
		t.Errorf("comments left: %q", got[1:])
	}
	if f.issues[0].Body[:11] != "It crashes." || f.issues[1].State != "closed" {
		t.Errorf("somebody else's issue, or a closed state, was changed")
	}
}

func TestEditsByHandAreSetRight(t *testing.T) {
	for name, harm := range map[string]func(*fakeIssue){
		"body":            func(i *fakeIssue) { i.Body += "\nnonsense" },
		"title":           func(i *fakeIssue) { i.Title = "Old" },
		"marker lost":     func(i *fakeIssue) { i.Body = "gone" },
		"comment":         func(i *fakeIssue) { i.comments[0].Body = "gone" },
		"comment deleted": func(i *fakeIssue) { i.comments = i.comments[1:] },
		"line ends":       func(i *fakeIssue) { i.Body = strings.ReplaceAll(i.Body, "\n", "\r\n") + "\r\n" },
	} {
		t.Run(name, func(t *testing.T) {
			f, c := newFake(t), newClock()
			first, _ := publish(t, f.publisher(t, c), longReport(90), nil)
			harm(f.issues[0])
			_, outcome := publish(t, f.publisher(t, c), longReport(90), &first)
			if name == "line ends" {
				if outcome != export.Unchanged {
					t.Errorf("line ends alone are no change, got %s", outcome)
				}
				return
			}
			if outcome != export.Updated {
				t.Errorf("%s, want updated", outcome)
			}
			wantOne(t, f, rendered(longReport(90))(false))
		})
	}
}

func TestIssueDeletedOrMovedAwayIsMadeAnew(t *testing.T) {
	for name, harm := range map[string]func(*fakeGitHub){
		"deleted": func(f *fakeGitHub) { f.issues[0].deleted = true },
		"transferred": func(f *fakeGitHub) {
			f.issues[0].Repository = "https://api.github.com/repos/acme/elsewhere"
			f.issues[0].Body = "moved"
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, c := newFake(t), newClock()
			first, _ := publish(t, f.publisher(t, c), sampleReport(), nil)
			harm(f)
			second, outcome := publish(t, f.publisher(t, c), sampleReport(), &first)
			if outcome != export.Created || second.Number != 2 {
				t.Errorf("%s issue %d, want a new one", outcome, second.Number)
			}
		})
	}
}

func TestLabelsDroppedInSilenceAreReported(t *testing.T) {
	f := newFake(t)
	f.push = false
	var log bytes.Buffer
	g := f.publisher(t, newClock(), func(o *export.GitHubOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	result, err := g.Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if diff := cmp.Diff([]string{"clamor", "area: Identity", "team: Core"}, result.Dropped); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !strings.Contains(log.String(), "no push right") {
		t.Errorf("the log says nothing of the labels:\n%s", log.String())
	}
}

func labelsOf(i *fakeIssue) []string {
	var names []string
	for _, l := range i.Labels {
		names = append(names, l["name"].(string))
	}
	return names
}

// Labels for areas and teams follow the list; those that people gave stay.
func TestLabelsFollowTheList(t *testing.T) {
	f, r := newFake(t), sampleReport()
	first, _ := publish(t, f.publisher(t, newClock()), r, nil)
	if diff := cmp.Diff([]string{"clamor", "area: Identity", "team: Core"}, labelsOf(f.issues[0])); diff != "" {
		t.Fatalf("created with (-want +got):\n%s", diff)
	}
	f.issues[0].Labels = append(f.issues[0].Labels, map[string]any{"name": "planning"})
	r.List.Entries[0].Feature.Area, r.List.Entries[1].Feature.Team = "Access/rights, and more", "Data"
	publish(t, f.publisher(t, newClock()), r, &first)
	if diff := cmp.Diff([]string{"clamor", "team: Core", "planning", "area: Access/rights and more", "team: Data"}, labelsOf(f.issues[0])); diff != "" {
		t.Fatalf("after the list has changed (-want +got):\n%s", diff)
	}
}

// What a meeting has ticked stays ticked however often the list is written anew, wherever the box has gone.
func TestTickedBoxesStayTicked(t *testing.T) {
	f, r := newFake(t), sampleReport()
	first, _ := publish(t, f.publisher(t, newClock()), r, nil)
	i := f.issues[0]
	i.Body = strings.Replace(i.Body, "- [ ] 2. ", "- [x] 2. ", 1)
	r.List.Entries[1].Feature.Title, r.List.Entries[0].Score = "Export to spreadsheets", 7
	result, err := f.publisher(t, newClock()).Publish(t.Context(), "acme/roadmap", rendered(r), &first)
	if diff := cmp.Diff([]string{"feature_xls"}, result.Ticked); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !strings.Contains(i.Body, "- [x] 2. [Export to spreadsheets]") || strings.Count(i.Body, "- [x] ") != 1 {
		t.Errorf("the box is not as it was left:\n%.3000s", i.Body)
	}
	if _, outcome := publish(t, f.publisher(t, newClock()), r, &first); outcome != export.Unchanged {
		t.Errorf("nothing has changed, but it is %s", outcome)
	}
}

func TestFindsTheIssueBehindManyOthers(t *testing.T) {
	for _, others := range []int{250, 2_100} { // the second is more than is listed: the search finds it
		f := newFake(t)
		f.push, f.lagging = false, others < 2_000
		publish(t, f.publisher(t, newClock()), sampleReport(), nil)
		for i := range others {
			f.add("Other", fmt.Sprint("Nothing to see ", i))
			if i%3 == 0 {
				f.issues[i+1].PullRequest = map[string]any{"url": "x"}
				f.issues[i+1].Body = f.issues[0].Body
			}
		}
		p, outcome := publish(t, f.publisher(t, newClock()), sampleReport(), nil)
		if outcome != export.Unchanged || p.Number != 1 {
			t.Errorf("behind %d others: %s issue %d, want issue 1 unchanged", others, outcome, p.Number)
		}
	}
}

func TestRenamedRepositoryIsFollowedByItsNewName(t *testing.T) {
	f := newFake(t)
	f.name = "acme/plans"
	f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if rest, old := strings.CutPrefix(r.URL.Path, "/repos/acme/roadmap"); old {
			http.Redirect(w, r, "/repos/acme/plans"+rest, http.StatusMovedPermanently)
			return true
		}
		return false
	}
	p, _ := publish(t, f.publisher(t, newClock()), sampleReport(), nil)
	wantOne(t, f, rendered(sampleReport())(false))
	if p.Target != "github:acme/roadmap" {
		t.Errorf("target %s: the publication must be found again by the name it was asked for", p.Target)
	}
}

func TestRedirectToAnotherHostIsRefused(t *testing.T) {
	f, reached := newFake(t), false
	other := newFake(t)
	other.before = func(int, http.ResponseWriter, *http.Request) bool { reached = true; return false }
	f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == "POST" {
			http.Redirect(w, r, strings.Replace(other.server.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	_, err := f.publisher(t, newClock()).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if err == nil || !strings.Contains(err.Error(), "redirects to localhost") || reached || clamor.KindOf(err) != clamor.Unavailable {
		t.Errorf("error %v, other host reached: %v", err, reached)
	}
	if len(f.with(marker)) != 0 || f.writes() != 1 {
		t.Errorf("%d writes, want the one that was redirected", f.writes())
	}
}

func TestPublicRepositoryGetsNeitherNamesNorAmounts(t *testing.T) {
	for name, private := range map[string]any{"public": false, "GitHub does not say": nil} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.private = private
			publish(t, f.publisher(t, newClock()), sampleReport(), nil)
			for _, secret := range []string{"Northwind", "Globex", "Initech", "Umbrella", "Maria", "Sam Reed", "480,000", "90k expansion", "1,122,001", "Monday"} {
				if strings.Contains(f.issues[0].Body+f.issues[0].Title, secret) {
					t.Errorf("the issue tells %q", secret)
				}
			}
			named := func(bool) export.Document { return export.Markdown(sampleReport(), export.MarkdownOptions{}) }
			before := f.writes()
			_, err := f.publisher(t, newClock()).Publish(t.Context(), "acme/roadmap", named, nil)
			if clamor.KindOf(err) != clamor.Forbidden || f.writes() != before {
				t.Errorf("a document with names: error %v, %d writes", err, f.writes()-before)
			}
		})
	}
}

func TestStrangersMarkerInPublicRepositoryIsNotAdopted(t *testing.T) {
	f := newFake(t)
	f.private = false
	f.push, f.login = false, "stranger"
	f.add("Mine now", rendered(sampleReport())(true).Body)
	f.push, f.login = true, "ana"
	p, outcome := publish(t, f.publisher(t, newClock()), sampleReport(), nil)
	if outcome != export.Created || p.Number != 2 || f.issues[0].Title != "Mine now" || f.issues[0].State != "open" {
		t.Errorf("%s issue %d; the stranger's is %q, %s", outcome, p.Number, f.issues[0].Title, f.issues[0].State)
	}
}

func TestRepositoryMadePublicIsToldOfTheEditHistory(t *testing.T) {
	f, c := newFake(t), newClock()
	first, _ := publish(t, f.publisher(t, c), sampleReport(), nil)
	f.private = false
	var log bytes.Buffer
	_, outcome := publish(t, f.publisher(t, c, func(o *export.GitHubOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) }), sampleReport(), &first)
	if outcome != export.Updated || !strings.Contains(log.String(), "edit history") {
		t.Errorf("%s; log:\n%s", outcome, log.String())
	}
	wantOne(t, f, rendered(sampleReport())(true))
}

func TestWritesAreASecondApart(t *testing.T) {
	f, c := newFake(t), newClock()
	var times []time.Time
	f.before = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method != "GET" {
			times = append(times, c.now())
		}
		return false
	}
	publish(t, f.publisher(t, c), longReport(90), nil)
	if len(times) < 3 {
		t.Fatalf("%d writes, the test wants several", len(times))
	}
	for i := range times[1:] {
		if gap := times[i+1].Sub(times[i]); gap < time.Second {
			t.Errorf("writes %d and %d are %v apart", i+1, i+2, gap)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]export.GitHubOptions{
		"no token":          {Token: " \n"},
		"two words":         {Token: "a b"},
		"not an address":    {Token: "x", APIURL: "ghe.example"},
		"another scheme":    {Token: "x", APIURL: "ftp://ghe.example/"},
		"credentials in it": {Token: "x", APIURL: "https://a:b@ghe.example/"},
	} {
		if _, err := export.NewGitHub(o); clamor.KindOf(err) != clamor.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := export.NewGitHub(export.GitHubOptions{Token: "ghs_" + strings.Repeat("a.b", 400) + "\n", APIURL: "https://ghe.example/api/v3"}); err != nil {
		t.Errorf("a long token from a file with a line end: %v", err)
	}
}
