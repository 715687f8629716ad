package export_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"clamor"
	"clamor/api/export"
)

// GitHub's own OpenAPI description, served by a mock that somebody else wrote, judges every request of the publisher: paths,
// queries and bodies. It remembers nothing and always answers with the examples; what follows from answers is tested on
// fakeGitHub.
func TestIndependentMockAcceptsEveryCall(t *testing.T) {
	if testing.Short() && os.Getenv("CI") != "true" {
		t.Skip("starting the mock takes some seconds")
	}
	mock := startMock(t)
	t.Run("it does judge", func(t *testing.T) {
		const issues = "/repos/octocat/Hello-World/issues"
		for _, wrong := range []struct{ method, path, body string }{
			{"POST", issues, `{"body":"no title"}`},
			{"POST", issues, `{"title":"t","labels":7}`},
			{"PATCH", issues + "/1", `{"state_reason":"nonsense"}`},
			{"POST", issues + "/1/comments", `{}`},
		} {
			if code := mock.send(t, wrong.method, wrong.path, wrong.body); code != http.StatusUnprocessableEntity {
				t.Errorf("%s %s %s is answered with %d, want 422", wrong.method, wrong.path, wrong.body, code)
			}
		}
	})
	t.Run("a pull request", func(t *testing.T) {
		judge := &judge{change: atBranch}
		g, err := export.NewGitHub(export.GitHubOptions{Token: "secret-token", APIURL: mock.url, Transport: judge, Now: newClock().now, Sleep: newClock().sleep})
		if err != nil {
			t.Fatal(err)
		}
		result, err := g.PullRequest(t.Context(), "octocat/Hello-World", "docs/roadmap/2026Q4.md", file(sampleReport()))
		if err != nil || result.Number != 1347 || len(judge.refused) > 0 {
			t.Errorf("%+v, %v; the mock refuses %v", result, err, judge.refused)
		}
		for _, want := range []string{"GET /repos/octocat/Hello-World/pulls", "PATCH /repos/octocat/Hello-World/git/refs/heads/clamor/2026Q4",
			"PUT /repos/octocat/Hello-World/contents/docs/roadmap/2026Q4.md", "POST /repos/octocat/Hello-World/pulls"} {
			if !judge.saw(want) {
				t.Errorf("no %s among\n%s", want, strings.Join(judge.calls, "\n"))
			}
		}
	})
	for name, test := range map[string]struct {
		features int
		previous *clamor.Publication
		change   func(r *http.Request, body string) string
		wants    []string
	}{
		"create, edit, comment": {90, nil, nil,
			[]string{"GET /repos/octocat/Hello-World", "GET /repos/octocat/Hello-World/issues", "POST /repos/octocat/Hello-World/issues",
				"PATCH /repos/octocat/Hello-World/issues/1347", "GET /repos/octocat/Hello-World/issues/1347/comments", "POST /repos/octocat/Hello-World/issues/1347/comments"}},
		"known issue and comment": {90, &clamor.Publication{Number: 1347, Comments: []int64{1}}, nil,
			[]string{"GET /repos/octocat/Hello-World/issues/1347", "PATCH /repos/octocat/Hello-World/issues/comments/1"}},
		"surplus comment": {1, &clamor.Publication{Comments: []int64{1}}, nil, []string{"DELETE /repos/octocat/Hello-World/issues/comments/1"}},
		"duplicates, written by we do not know whom": {1, nil, twice, []string{"GET /user", "PATCH /repos/octocat/Hello-World/issues/1348"}},
		"an app, which labels": {1, nil, nil, []string{"GET /repos/octocat/Hello-World/installation", "POST /app/installations/1/access_tokens",
			"POST /repos/octocat/Hello-World/issues/1347/labels"}},
		"more issues than are listed": {1, nil, nil, []string{"GET /search/issues"}},
	} {
		t.Run(name, func(t *testing.T) {
			judge := &judge{change: test.change, endless: name == "more issues than are listed"}
			o := export.GitHubOptions{Token: "secret-token", APIURL: mock.url, Transport: judge, Now: newClock().now, Sleep: newClock().sleep}
			if name == "an app, which labels" {
				asApp(0)(&o)
			}
			g, err := export.NewGitHub(o)
			if err != nil {
				t.Fatal(err)
			}
			result, err := g.Publish(t.Context(), "octocat/Hello-World", rendered(longReport(test.features)), test.previous)
			if err != nil || result.Outcome == export.Unchanged {
				t.Errorf("%s, error %v", result.Outcome, err)
			}
			for _, want := range test.wants {
				if !judge.saw(want) {
					t.Errorf("no %s among\n%s", want, strings.Join(judge.calls, "\n"))
				}
			}
			for _, refused := range judge.refused {
				t.Errorf("the mock refuses %s", refused)
			}
		})
	}
}

// atBranch answers with a file where the mock's example is a folder.
func atBranch(r *http.Request, body string) string {
	if r.Method == "GET" && strings.Contains(r.URL.Path, "/contents/") {
		return `{"type":"file","sha":"3d21ec53a331a6f037a91c368710b99387d012c1"}`
	}
	return body
}

// twice makes every listed issue ours, two times, by somebody without a role in the repository.
func twice(r *http.Request, body string) string {
	if r.Method != "GET" || !strings.HasSuffix(r.URL.Path, "/issues") {
		return body
	}
	var issues []map[string]any
	if json.Unmarshal([]byte(body), &issues) != nil || len(issues) == 0 {
		return body
	}
	other := map[string]any{}
	for key, value := range issues[0] {
		other[key] = value
	}
	delete(issues[0], "pull_request")
	delete(other, "pull_request")
	issues[0]["body"], issues[0]["author_association"] = "<!-- clamor:2026Q4 part=1 -->", "NONE"
	other["body"], other["author_association"], other["number"] = "<!-- clamor:2026Q4 part=1 -->", "NONE", 1348
	out, _ := json.Marshal([]any{issues[0], other})
	return string(out)
}

// judge stands before the mock: it asks for the media type the mock has, and notes what the mock refuses.
type judge struct {
	change  func(r *http.Request, body string) string
	endless bool // the whole list of issues never ends
	mu      sync.Mutex
	calls   []string
	refused []string
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	for _, before := range []string{"/contents/", "/git/ref/", "/git/refs/"} { // one step in the description, any number on GitHub
		if at := strings.Index(r.URL.Path, before); at >= 0 {
			rest := r.URL.Path[at+len(before):]
			r.URL.RawPath = r.URL.Path[:at+len(before)] + url.PathEscape(rest)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, r.Method+" "+r.URL.Path)
	// Some of GitHub's own examples do not fit its own schemas: only what the mock says of the request is about us.
	violations := resp.Header.Get("Sl-Violations")
	if resp.StatusCode >= 300 || strings.Contains(violations, `"request"`) {
		j.refused = append(j.refused, fmt.Sprintf("%s %s: %d %s %.500s", r.Method, r.URL, resp.StatusCode, violations, body))
	}
	if j.change != nil {
		body = []byte(j.change(r, string(body)))
	}
	if j.endless && strings.HasSuffix(r.URL.Path, "/issues") && r.URL.Query().Get("labels") == "" && r.URL.Path != "/search/issues" {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		resp.Header.Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, max(page, 1)+1))
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

func (j *judge) saw(call string) bool {
	return slices.Contains(j.calls, call)
}

type mockServer struct{ url string }

func (m mockServer) send(t *testing.T, method, path, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, m.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

// without ends a test that cannot run here: in CI that is a failure.
func without(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("the independent mock of GitHub cannot run: %s", why)
	}
	t.Skipf("NOT TESTED against the independent mock of GitHub: %s", why)
}

// startMock installs the mock where it is missing, and starts it with the part of GitHub's description that we use.
func startMock(t *testing.T) mockServer {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		without(t, "there is no node; install Node.js 20 or newer")
	}
	folder, err := filepath.Abs(filepath.Join("testdata", "mock"))
	if err != nil {
		t.Fatal(err)
	}
	install(t, folder)
	spec := filepath.Join(t.TempDir(), "github.json")
	if err := os.WriteFile(spec, describeGitHub(t, filepath.Join(folder, "node_modules", "@octokit", "openapi", "generated", "api.github.com.json")), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, filepath.Join(folder, "node_modules", "@stoplight", "prism-cli", "dist", "index.js"), "mock", "-h", host, "-p", port, spec)
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan struct{}), make(chan string, 1)
	go func() { ended <- watch(r, started) }()
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = r.Close()
	})
	select {
	case <-started:
	case log := <-ended:
		t.Fatalf("the mock did not start:\n%s", log)
	}
	return mockServer{"http://" + address}
}

// watch reads what the mock prints until it ends, and tells when it listens.
func watch(r io.Reader, started chan<- struct{}) string {
	var log strings.Builder
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if started != nil && strings.Contains(lines.Text(), "listening") {
			close(started)
			started = nil
		}
		if log.Len() < 10_000 {
			log.WriteString(lines.Text() + "\n")
		}
	}
	return log.String()
}

func install(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@stoplight", "prism-cli", "dist", "index.js")); err == nil {
		return
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		without(t, "there is no npm; install it, or run npm ci in api/export/testdata/mock")
	}
	cmd := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		without(t, fmt.Sprintf("npm ci: %v\n%s", err, out))
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// describeGitHub cuts the description to what we call and whatever that refers to, so that the mock starts in seconds. It takes
// "nullable" away where no type stands beside it: the mock's validator cannot compile that and then checks nothing at all.
func describeGitHub(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	paths := all["paths"].(map[string]any)
	for path := range paths {
		if path != "/user" && path != "/app" && path != "/app/installations/{installation_id}/access_tokens" && path != "/repos/{owner}/{repo}/installation" && path != "/search/issues" && path != "/repos/{owner}/{repo}" && !slices.ContainsFunc([]string{"issues", "pulls", "git/ref", "contents"}, func(part string) bool { return strings.HasPrefix(path, "/repos/{owner}/{repo}/"+part) }) {
			delete(paths, path)
		}
	}
	used := map[string]bool{}
	follow(all, paths, used)
	components := all["components"].(map[string]any)
	for kind, named := range components {
		for name := range named.(map[string]any) {
			if !used["#/components/"+kind+"/"+name] {
				delete(named.(map[string]any), name)
			}
		}
	}
	delete(all, "webhooks")
	delete(all, "x-webhooks")
	straighten(all)
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// follow marks every component that is referred to from part, directly or by another.
func follow(all map[string]any, part any, used map[string]bool) {
	switch v := part.(type) {
	case []any:
		for _, x := range v {
			follow(all, x, used)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && !used[ref] {
			used[ref] = true
			target := any(all)
			for _, step := range strings.Split(ref, "/")[1:] {
				target = target.(map[string]any)[step]
			}
			follow(all, target, used)
		}
		for _, x := range v {
			follow(all, x, used)
		}
	}
}

func straighten(part any) {
	switch v := part.(type) {
	case []any:
		for _, x := range v {
			straighten(x)
		}
	case map[string]any:
		if _, typed := v["type"]; !typed && v["nullable"] == true {
			delete(v, "nullable")
		}
		for _, x := range v {
			straighten(x)
		}
	}
}
