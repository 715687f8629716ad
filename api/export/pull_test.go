package export_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"clamor"
	"clamor/api/export"
)

// fakeTree is the part of a repository with branches, files and pull requests. A branch is its files.
type fakeTree struct {
	branches map[string]map[string]string
	pulls    []map[string]any
}

func (b *fakeTree) on(branch string) map[string]string {
	if b.branches == nil {
		b.branches = map[string]map[string]string{"main": {"README.md": "hello"}}
	}
	return b.branches[branch]
}

func gitBlob(text string) string {
	sum := sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(text), text)))
	return hex.EncodeToString(sum[:])
}

func (b *fakeTree) route(f *fakeGitHub, w http.ResponseWriter, r *http.Request, rest string) {
	b.on("main")
	var in struct {
		Ref, Branch, Title, Head, Base, Message, SHA string
		Content                                      []byte
	}
	if r.Body != nil {
		_ = json.NewDecoder(r.Body).Decode(&in)
	}
	ref := func(name string) map[string]any {
		return map[string]any{"ref": "refs/heads/" + name, "object": map[string]any{"sha": strings.Repeat("a", 40), "type": "commit"}}
	}
	name, asked := strings.CutPrefix(rest, "/git/ref/heads/")
	moved, moving := strings.CutPrefix(rest, "/git/refs/heads/")
	file, isFile := strings.CutPrefix(rest, "/contents/")
	switch {
	case asked && b.on(name) == nil:
		refuse(w, 404, "github-error-404.json")
	case asked:
		reply(w, 200, ref(name))
	case moving:
		b.branches[moved] = maps.Clone(b.on("main"))
		reply(w, 200, ref(moved))
	case rest == "/git/refs":
		name := strings.TrimPrefix(in.Ref, "refs/heads/")
		if b.on(name) != nil {
			reply(w, 422, map[string]any{"message": "Reference already exists"})
			return
		}
		b.branches[name] = maps.Clone(b.on("main"))
		reply(w, 201, ref(name))
	case isFile && r.Method == "GET":
		text, found := b.on(r.URL.Query().Get("ref"))[file]
		if !found {
			refuse(w, 404, "github-error-404.json")
			return
		}
		reply(w, 200, map[string]any{"type": "file", "sha": gitBlob(text), "html_url": "https://github.com/" + f.name + "/blob/main/" + file})
	case isFile:
		if text, found := b.on(in.Branch)[file]; found && in.SHA != gitBlob(text) || !found && in.SHA != "" {
			reply(w, 409, map[string]any{"message": file + " does not match " + in.SHA})
			return
		}
		b.on(in.Branch)[file] = string(in.Content)
		reply(w, 200, map[string]any{"content": map[string]any{"sha": gitBlob(string(in.Content))}})
	case r.Method == "GET":
		var open []map[string]any
		for _, p := range b.pulls {
			if p["state"] == "open" {
				open = append(open, p)
			}
		}
		page(w, r, open)
	default:
		for _, p := range b.pulls {
			if p["state"] == "open" {
				reply(w, 422, map[string]any{"message": "Validation Failed", "errors": []any{map[string]any{"message": "A pull request already exists for acme:" + in.Head + "."}}})
				return
			}
		}
		p := map[string]any{"number": len(b.pulls) + 1, "state": "open", "title": in.Title, "html_url": fmt.Sprintf("https://github.com/%s/pull/%d", f.name, len(b.pulls)+1),
			"head": map[string]any{"ref": in.Head}, "base": map[string]any{"ref": in.Base}}
		b.pulls = append(b.pulls, p)
		reply(w, 201, p)
	}
}

const roadmap = "docs/roadmap/2026Q4.md"

func propose(t *testing.T, f *fakeGitHub, r clamor.Report) export.Result {
	t.Helper()
	result, err := f.publisher(t, newClock()).PullRequest(t.Context(), "acme/roadmap", roadmap, file(r))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func file(r clamor.Report) func(public bool) export.Document {
	return func(public bool) export.Document { return export.FileFor(r, public) }
}

func TestOnePullRequestProposesTheFileUntilItIsMerged(t *testing.T) {
	f, r := newFake(t), longReport(90)
	first := propose(t, f, r)
	if first.Outcome != export.Created || first.URL != "https://github.com/acme/roadmap/pull/1" || len(f.tree.pulls) != 1 {
		t.Fatalf("%+v", first)
	}
	if got := f.tree.on("clamor/2026Q4")[roadmap]; got != file(r)(false).Text() || strings.Contains(got, "- [ ]") || strings.Contains(got, "part=2") {
		t.Fatalf("the file is not the list in one piece: %.400s", got)
	}
	writes := f.writes()
	if again := propose(t, f, r); again.Outcome != export.Unchanged || f.writes() != writes {
		t.Errorf("again: %s with %d writes", again.Outcome, f.writes()-writes)
	}
	r.List.Entries[0].Score += 100_000
	if next := propose(t, f, r); next.Outcome != export.Updated || len(f.tree.pulls) != 1 {
		t.Errorf("a changed list: %s, %d pull requests", next.Outcome, len(f.tree.pulls))
	}
	f.tree.pulls[0]["state"] = "closed" // merged
	f.tree.branches["main"] = maps.Clone(f.tree.on("clamor/2026Q4"))
	if merged := propose(t, f, r); merged.Outcome != export.Unchanged || len(f.tree.pulls) != 1 || !strings.Contains(merged.URL, "/blob/main/") {
		t.Errorf("merged: %s, %s", merged.Outcome, merged.URL)
	}
	r.List.Entries[0].Score += 100_000
	if later := propose(t, f, r); later.Outcome != export.Created || len(f.tree.pulls) != 2 || f.tree.on("clamor/2026Q4")[roadmap] != file(r)(false).Text() {
		t.Errorf("changed after the merge: %s, %d pull requests", later.Outcome, len(f.tree.pulls))
	}
}

func TestPullRequestSurvivesAnyFault(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for n := 1; ; n++ {
			f := newFake(t)
			ctx, cancel := context.WithCancel(t.Context())
			fail := func(m int) bool {
				if m == n {
					cancel()
				}
				return m == n
			}
			if lost {
				f.lose = func(m int, _ *http.Request) bool { return fail(m) }
			} else {
				f.before = func(m int, _ http.ResponseWriter, _ *http.Request) bool {
					if fail(m) {
						panic(http.ErrAbortHandler)
					}
					return false
				}
			}
			_, err := f.publisher(t, newClock()).PullRequest(ctx, "acme/roadmap", roadmap, file(sampleReport()))
			cancel()
			done := len(f.requests) < n
			if done && err != nil {
				t.Fatal(err)
			}
			f.before, f.lose = nil, nil
			propose(t, f, sampleReport())
			if len(f.tree.pulls) != 1 || f.tree.on("clamor/2026Q4")[roadmap] != file(sampleReport())(false).Text() {
				t.Fatalf("request %d: %d pull requests", n, len(f.tree.pulls))
			}
			if done {
				break
			}
		}
	}
}

func TestRepliesLostToWritesOfAPullRequestMakeNoSecond(t *testing.T) {
	f := newFake(t)
	f.lose = func(_ int, r *http.Request) bool { return r.Method == "POST" || r.Method == "PUT" && f.writes() < 4 }
	if result := propose(t, f, sampleReport()); result.Number != 1 || len(f.tree.pulls) != 1 {
		t.Errorf("%+v, %d pull requests", result, len(f.tree.pulls))
	}
}

func TestPublicFileTellsNoName(t *testing.T) {
	f := newFake(t)
	f.private = false
	propose(t, f, sampleReport())
	text := strings.ToLower(f.tree.on("clamor/2026Q4")[roadmap])
	for _, secret := range []string{"northwind", "globex", "initech", "maria", "okta", "480,000"} {
		if strings.Contains(text, secret) {
			t.Errorf("the file tells %q", secret)
		}
	}
	named := func(bool) export.Document { return export.FileFor(sampleReport(), false) }
	if _, err := f.publisher(t, newClock()).PullRequest(t.Context(), "acme/roadmap", roadmap, named); clamor.KindOf(err) != clamor.Forbidden {
		t.Errorf("names for the public: %v", err)
	}
}

func TestOnlyMarkdownFilesInsideARepositoryAreProposed(t *testing.T) {
	f := newFake(t)
	for _, path := range []string{"", "/etc/list.md", "../list.md", "list.txt", ".git/list.md", "a/../../list.md", "."} {
		_, err := f.publisher(t, newClock()).PullRequest(t.Context(), "acme/roadmap", path, file(sampleReport()))
		if clamor.KindOf(err) != clamor.Invalid || len(f.requests) > 0 {
			t.Errorf("%q: %v", path, err)
		}
	}
}
