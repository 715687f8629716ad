package export_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/api/export"
)

// office remembers what was published, as the store does.
type office struct {
	publication *clamor.Publication
	links       map[clamor.FeatureID][]clamor.TrackerLink
}

func (o *office) order(r clamor.Report, issues int) export.Order {
	r.Links = maps.Clone(o.links)
	return export.Order{Report: r, Previous: o.publication, Issues: issues,
		Keep: func(_ context.Context, p clamor.Publication) error { o.publication = &p; return nil },
		Link: func(_ context.Context, l clamor.TrackerLink) error {
			if o.links == nil {
				o.links = map[clamor.FeatureID][]clamor.TrackerLink{}
			}
			o.links[l.Feature] = append(o.links[l.Feature], l)
			return nil
		}}
}

// wantLinked checks that the list and each feature have exactly one issue, which name each other.
func wantLinked(t *testing.T, f *fakeGitHub, features ...clamor.FeatureID) {
	t.Helper()
	lists := f.with(marker)
	if len(lists) != 1 {
		t.Fatalf("%d issues for the list, want 1", len(lists))
	}
	for _, id := range features {
		found := f.with("clamor:" + string(id))
		if len(found) != 1 {
			t.Fatalf("%d issues for %s, want 1; requests:\n%s", len(found), id, strings.Join(f.requests, "\n"))
		}
		if !strings.Contains(found[0].Body, fmt.Sprintf("(the list: #%d)", lists[0].Number)) {
			t.Errorf("the issue of %s does not name the list's:\n%s", id, found[0].Body)
		}
		if !strings.Contains(lists[0].Body, fmt.Sprintf("| #%d |\n", found[0].Number)) {
			t.Errorf("the list does not name issue %d of %s:\n%.4000s", found[0].Number, id, lists[0].Body)
		}
	}
}

func TestEachTopFeatureGetsOneIssueLinkedBothWays(t *testing.T) {
	f, o := newFake(t), &office{}
	sent, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(sampleReport(), 2))
	if err != nil || sent.Outcome != export.Created || len(sent.Issues) != 2 || len(f.issues) != 3 {
		t.Fatalf("%v, %+v, %d issues", err, sent, len(f.issues))
	}
	wantLinked(t, f, "feature_sso", "feature_xls")
	golden(t, "feature.md", "# "+f.issues[1].Title+"\n\n"+f.issues[1].Body)
	writes := f.writes()
	sent, err = f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(sampleReport(), 2))
	if err != nil || sent.Outcome != export.Unchanged || f.writes() != writes {
		t.Errorf("again: %v, %s with %d writes", err, sent.Outcome, f.writes()-writes)
	}
}

// Whatever request is the last of a run, and whatever was forgotten with it, the next run leaves one issue for each.
func TestIssuesOfFeaturesSurviveAnyFault(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for n := 1; ; n++ {
			f, o := newFake(t), &office{}
			ctx, cancel := context.WithCancel(t.Context())
			fail := func(m int) bool {
				if m == n {
					cancel()
				}
				return m == n
			}
			if lost { // carried out, but nobody heard of it
				f.lose = func(m int, _ *http.Request) bool { return fail(m) }
			} else {
				f.before = func(m int, w http.ResponseWriter, _ *http.Request) bool {
					if fail(m) {
						panic(http.ErrAbortHandler)
					}
					return false
				}
			}
			_, err := f.publisher(t, newClock()).Send(ctx, "acme/roadmap", o.order(sampleReport(), 3))
			cancel()
			done := len(f.requests) < n
			if done && err != nil {
				t.Fatal(err)
			}
			f.before, f.lose = nil, nil
			if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(sampleReport(), 3)); err != nil {
				t.Fatal(err)
			}
			wantLinked(t, f, "feature_sso", "feature_xls", "feature_dark")
			if done {
				if n < 15 {
					t.Fatalf("only %d requests were tried", n)
				}
				break
			}
		}
	}
}

func TestWhatPeopleWriteIntoAFeaturesIssueStays(t *testing.T) {
	for name, edit := range map[string]func(body string) string{
		"below":               func(b string) string { return b + "\n## Plan\n\n1. Talk to Maria\n" },
		"above":               func(b string) string { return "Owner: Kim\n\n" + b },
		"around, as browsers": func(b string) string { return strings.ReplaceAll("Owner: Kim\n\n"+b+"\n## Plan", "\n", "\r\n") },
		"without the end":     func(b string) string { return strings.ReplaceAll(b, "<!-- /clamor:feature_sso -->", "## Plan") },
		"ours is gone":        func(string) string { return "## Plan" },
	} {
		t.Run(name, func(t *testing.T) {
			f, o, r := newFake(t), &office{}, sampleReport()
			if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(r, 1)); err != nil {
				t.Fatal(err)
			}
			i := f.issues[1]
			i.Title, i.Body = "SAML (spec)", edit(i.Body)
			if name == "ours is gone" {
				i.Title = "SAML single sign-on for Northwind" // else it would not be ours any more
			}
			r.List.Entries[0].Score = 42_000_000
			for range 2 {
				if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(r, 1)); err != nil {
					t.Fatal(err)
				}
			}
			for _, wanted := range []string{"Plan", "420,000 USD"} {
				if name == "above" && wanted == "Plan" {
					wanted = "Owner: Kim"
				}
				if !strings.Contains(i.Body, wanted) {
					t.Errorf("%q is gone:\n%s", wanted, i.Body)
				}
			}
			if len(f.issues) != 2 || strings.Count(i.Body, "<!-- clamor:feature_sso ") != 1 || name != "ours is gone" && i.Title != "SAML (spec)" {
				t.Errorf("%d issues, %q:\n%s", len(f.issues), i.Title, i.Body)
			}
		})
	}
}

// An issue that people linked is theirs: the list names it, and nothing is written there.
func TestIssueThatPeopleLinkedIsLeftAlone(t *testing.T) {
	f := newFake(t)
	theirs := f.add("Our SAML work", "hands off")
	o := &office{links: map[clamor.FeatureID][]clamor.TrackerLink{"feature_sso": {{Feature: "feature_sso", URL: theirs.HTMLURL, Target: "github:acme/roadmap"}}}}
	if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(sampleReport(), 1)); err != nil {
		t.Fatal(err)
	}
	if theirs.Body != "hands off" || len(f.issues) != 2 || !strings.Contains(f.issues[1].Body, "| #1 |") {
		t.Errorf("%d issues; theirs: %q; the list:\n%.3000s", len(f.issues), theirs.Body, f.issues[1].Body)
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	for _, private := range []bool{true, false} {
		f, o, r := newFake(t), &office{}, longReport(90)
		f.private = private
		for step := range 3 {
			r.List.Entries[0].Score += int64(step) * 200_000_000
			order := o.order(r, 0)
			render := func(public bool) export.Document {
				return export.Markdown(order.Report, export.MarkdownOptions{Redact: public, Target: "github:acme/roadmap"})
			}
			if step == 2 {
				f.issues[0].Body = strings.Replace(f.issues[0].Body, "- [ ] 3. ", "- [x] 3. ", 1)
			}
			writes := f.writes()
			v, err := f.publisher(t, newClock()).Preview(t.Context(), "acme/roadmap", render, o.publication)
			if err != nil || f.writes() != writes || v.Public == private || v.Redacted == private || v.Same || v.Number != min(step, 1) {
				t.Fatalf("step %d: %v, %d writes, public %v, redacted %v, same %v, issue %d", step, err, f.writes()-writes, v.Public, v.Redacted, v.Same, v.Number)
			}
			order.Expect = v.Hash
			if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", order); err != nil {
				t.Fatal(err)
			}
			wantOne(t, f, v.Document)
			order = o.order(r, 0)
			if v, err := f.publisher(t, newClock()).Preview(t.Context(), "acme/roadmap", render, o.publication); err != nil || !v.Same {
				t.Errorf("step %d: what was just sent would be sent again: %v", step, err)
			}
		}
	}
}

func TestDraftShowsFeaturesIssuesAsTheyWillBe(t *testing.T) {
	f, o, r := newFake(t), &office{}, sampleReport()
	if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(r, 2)); err != nil {
		t.Fatal(err)
	}
	f.issues[1].Body = "Owner: Kim\n\n" + f.issues[1].Body + "\n## Plan\n"
	r.List.Entries[0].Score += 100_000
	writes := f.writes()
	d, err := f.publisher(t, newClock()).Draft(t.Context(), "acme/roadmap", o.order(r, 2))
	if err != nil || f.writes() != writes || len(d.Issues) != 2 || d.Issues[0].Same || !d.Issues[1].Same {
		t.Fatalf("%v, %d writes, %+v", err, f.writes()-writes, d.Issues)
	}
	if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(r, 2)); err != nil {
		t.Fatal(err)
	}
	for i, shown := range []export.Document{d.Document, d.Issues[0].Document, d.Issues[1].Document} {
		if diff := cmp.Diff(shown.Title+"\n"+shown.Body, f.issues[i].Title+"\n"+f.issues[i].Body); diff != "" {
			t.Errorf("issue %d (-shown +sent):\n%s", i+1, diff)
		}
	}
}

func TestWhatNobodyHasSeenIsNotSent(t *testing.T) {
	f, o := newFake(t), &office{}
	order := o.order(sampleReport(), 0)
	order.Expect = export.Markdown(order.Report, export.MarkdownOptions{Target: "github:acme/roadmap"}).Hash
	order.Report.List.Entries = slices.Clone(order.Report.List.Entries)
	order.Report.List.Entries[0].Score += 100_000
	_, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", order)
	if clamor.KindOf(err) != clamor.Stale || f.writes() > 0 {
		t.Errorf("%v with %d writes", err, f.writes())
	}
}

func TestPublicFeatureIssueTellsNoName(t *testing.T) {
	f, o := newFake(t), &office{}
	f.private = nil
	if _, err := f.publisher(t, newClock()).Send(t.Context(), "acme/roadmap", o.order(sampleReport(), 3)); err != nil {
		t.Fatal(err)
	}
	for _, i := range f.issues {
		for _, secret := range []string{"northwind", "globex", "initech", "umbrella", "maria", "480,000", "okta"} {
			if strings.Contains(strings.ToLower(i.Title+i.Body+strings.Join(labelsOf(i), " ")), secret) {
				t.Errorf("issue %d tells %q", i.Number, secret)
			}
		}
	}
}
