package export_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"clamor"
	"clamor/api/export"
)

// fakeGitHub is one repository that remembers: issues, comments, limits and the faults a test asks for.
type fakeGitHub struct {
	mu       sync.Mutex
	name     string // "acme/roadmap"
	private  any    // what GitHub says of it; nil leaves it out
	push     bool   // whether the caller may push: labels stay only then
	archived bool
	login    string // who calls
	lagging  bool   // the search index knows nothing yet
	app      *fakeApp
	tree     fakeTree
	issues   []*fakeIssue
	lastID   int64

	requests []string // "METHOD /path", in order
	before   func(n int, w http.ResponseWriter, r *http.Request) (done bool)
	lose     func(n int, r *http.Request) bool // carry out, then drop the connection
	server   *httptest.Server
}

type fakeIssue struct {
	Number      int              `json:"number"`
	Title       string           `json:"title"`
	Body        string           `json:"body"`
	State       string           `json:"state"`
	StateReason string           `json:"state_reason,omitempty"`
	Labels      []map[string]any `json:"labels"`
	User        map[string]any   `json:"user"`
	Association string           `json:"author_association"`
	HTMLURL     string           `json:"html_url"`
	Repository  string           `json:"repository_url"`
	PullRequest map[string]any   `json:"pull_request,omitempty"`
	comments    []*fakeComment
	deleted     bool
}

type fakeComment struct {
	ID          int64          `json:"id"`
	Body        string         `json:"body"`
	User        map[string]any `json:"user"`
	Association string         `json:"author_association"`
}

func newFake(t *testing.T) *fakeGitHub {
	t.Helper()
	f := &fakeGitHub{name: "acme/roadmap", private: true, push: true, login: "ana", lastID: 100}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	n, before, lose := len(f.requests), f.before, f.lose
	f.mu.Unlock()
	if before != nil && before(n, w, r) {
		return
	}
	answer := httptest.NewRecorder()
	f.route(answer, r)
	if lose != nil && lose(n, r) {
		panic(http.ErrAbortHandler)
	}
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (f *fakeGitHub) route(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.app != nil && f.app.route(w, r) {
		return
	}
	if credential := r.Header.Get("Authorization"); f.app == nil && credential != "Bearer secret-token" || f.app != nil && !f.app.gave(credential) ||
		r.Header.Get("User-Agent") == "" {
		refuse(w, 401, "github-error-401.json")
		return
	}
	rest, inRepo := strings.CutPrefix(r.URL.Path, "/repos/"+f.name)
	part := strings.Split(rest, "/")
	switch {
	case r.URL.Path == "/user":
		reply(w, 200, map[string]any{"login": f.login, "type": "User"})
	case r.URL.Path == "/search/issues":
		f.search(w, r)
	case !inRepo:
		refuse(w, 404, "github-error-404.json")
	case rest == "":
		f.describe(w)
	case strings.HasPrefix(rest, "/git/"), strings.HasPrefix(rest, "/contents/"), strings.HasPrefix(rest, "/pulls"):
		f.tree.route(f, w, r, rest)
	case rest == "/issues" && r.Method == "GET":
		f.list(w, r)
	case rest == "/issues" && r.Method == "POST":
		f.create(w, r)
	case len(part) == 4 && part[2] == "comments":
		f.comment(w, r, part[3])
	default:
		f.issue(w, r, part)
	}
}

func (f *fakeGitHub) describe(w http.ResponseWriter) {
	answer := map[string]any{"full_name": f.name, "archived": f.archived, "permissions": map[string]bool{"push": f.push, "pull": true}}
	if f.private != nil {
		answer["private"] = f.private
	}
	reply(w, 200, answer)
}

func (f *fakeGitHub) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []*fakeIssue
	for _, i := range f.issues {
		named := slices.ContainsFunc(i.Labels, func(l map[string]any) bool { return l["name"] == q.Get("labels") })
		if (q.Get("labels") == "" || named) && !i.deleted && (q.Get("state") == "all" || i.State == "open") {
			found = append(found, i)
		}
	}
	if q.Get("direction") != "asc" {
		slices.Reverse(found)
	}
	page(w, r, found)
}

// page answers one page with GitHub's Link header.
func page[T any](w http.ResponseWriter, r *http.Request, all []T) {
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("per_page"))
	number, _ := strconv.Atoi(q.Get("page"))
	size, number = min(max(size, 1), 100), max(number, 1)
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		q.Set("page", strconv.Itoa(number+1))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.Path, q.Encode()))
	}
	reply(w, 200, append([]T{}, all[from:to]...))
}

func (f *fakeGitHub) search(w http.ResponseWriter, r *http.Request) {
	var found []*fakeIssue
	for _, i := range f.issues {
		if f.lagging {
			break
		}
		words := strings.Split(r.URL.Query().Get("q"), `"`)
		if len(words) == 3 && i.PullRequest == nil && strings.Contains(i.Body, words[1]) {
			found = append(found, i)
		}
	}
	reply(w, 200, map[string]any{"total_count": len(found), "items": found})
}

type fakeRequest struct {
	Title, Body, State *string
	StateReason        *string `json:"state_reason"`
	Labels             *[]string
}

// read decodes a write, and refuses what is too long for GitHub.
func (f *fakeGitHub) read(w http.ResponseWriter, r *http.Request) (in fakeRequest, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		reply(w, 400, map[string]any{"message": "Problems parsing JSON"})
		return in, false
	}
	if in.Body != nil && utf8.RuneCountInString(*in.Body) > 65536 {
		refuse(w, 422, "github-error-422-body-too-long.json")
		return in, false
	}
	return in, true
}

func (f *fakeGitHub) create(w http.ResponseWriter, r *http.Request) {
	in, ok := f.read(w, r)
	if !ok {
		return
	}
	var labels []string
	if f.push && in.Labels != nil {
		labels = *in.Labels
	}
	reply(w, 201, f.add(*in.Title, *in.Body, labels...))
}

// add puts an issue of the caller's into the repository.
func (f *fakeGitHub) add(title, body string, labels ...string) *fakeIssue {
	number := len(f.issues) + 1
	i := &fakeIssue{
		Number: number, Title: title, Body: body, State: "open", Association: "MEMBER", User: map[string]any{"login": f.login, "type": "User"},
		HTMLURL: fmt.Sprintf("https://github.com/%s/issues/%d", f.name, number), Repository: "https://api.github.com/repos/" + f.name,
		Labels: []map[string]any{},
	}
	if !f.push {
		i.Association = "NONE"
	}
	for _, l := range labels {
		i.Labels = append(i.Labels, map[string]any{"name": l})
	}
	f.issues = append(f.issues, i)
	return i
}

func (f *fakeGitHub) issue(w http.ResponseWriter, r *http.Request, part []string) {
	number, _ := strconv.Atoi(part[2])
	if number < 1 || number > len(f.issues) {
		refuse(w, 404, "github-error-404.json")
		return
	}
	i := f.issues[number-1]
	switch {
	case i.deleted:
		reply(w, 410, map[string]any{"message": "This issue was deleted"})
	case len(part) >= 4 && part[3] == "labels":
		f.label(w, r, i, part)
	case len(part) == 4 && r.Method == "GET":
		page(w, r, i.comments)
	case len(part) == 4:
		if in, ok := f.read(w, r); ok {
			f.lastID++
			c := &fakeComment{ID: f.lastID, Body: *in.Body, User: map[string]any{"login": f.login, "type": "User"}, Association: i.Association}
			i.comments = append(i.comments, c)
			reply(w, 201, c)
		}
	case r.Method == "PATCH":
		if in, ok := f.read(w, r); ok {
			set(&i.Title, in.Title)
			set(&i.Body, in.Body)
			set(&i.State, in.State)
			set(&i.StateReason, in.StateReason)
			reply(w, 200, i)
		}
	default:
		reply(w, 200, i)
	}
}

// label adds labels to an issue or takes one away, for those who may push.
func (f *fakeGitHub) label(w http.ResponseWriter, r *http.Request, i *fakeIssue, part []string) {
	if !f.push {
		refuse(w, 403, "github-error-403-permission.json")
		return
	}
	if r.Method == "DELETE" {
		name, _ := url.PathUnescape(part[4])
		i.Labels = slices.DeleteFunc(i.Labels, func(l map[string]any) bool { return l["name"] == name })
	} else {
		var names struct{ Labels []string }
		var bare []string
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &bare) != nil {
			_ = json.Unmarshal(body, &names)
		}
		for _, name := range append(bare, names.Labels...) {
			i.Labels = append(i.Labels, map[string]any{"name": name})
		}
	}
	reply(w, 200, i.Labels)
}

func (f *fakeGitHub) comment(w http.ResponseWriter, r *http.Request, id string) {
	for _, i := range f.issues {
		for n, c := range i.comments {
			if strconv.FormatInt(c.ID, 10) != id {
				continue
			}
			if r.Method == "DELETE" {
				i.comments = slices.Delete(i.comments, n, n+1)
				w.WriteHeader(204)
			} else if in, ok := f.read(w, r); ok {
				set(&c.Body, in.Body)
				reply(w, 200, c)
			}
			return
		}
	}
	refuse(w, 404, "github-error-404.json")
}

func set(to, from *string) {
	if from != nil {
		*to = *from
	}
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

// writes counts the requests that were to change something.
func (f *fakeGitHub) writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if !strings.HasPrefix(r, "GET ") {
			n++
		}
	}
	return n
}

// with lists the issues that carry a marker.
func (f *fakeGitHub) with(marker string) []*fakeIssue {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*fakeIssue
	for _, i := range f.issues {
		if !i.deleted && strings.HasPrefix(i.Body, "<!-- "+marker+" ") {
			found = append(found, i)
		}
	}
	return found
}

// bodies are an issue's body and comments.
func (i *fakeIssue) bodies() []string {
	out := []string{i.Body}
	for _, c := range i.comments {
		out = append(out, c.Body)
	}
	return out
}

// clock is a time that passes only when somebody sleeps.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{t: at("2027-01-02")} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t, c.slept = c.t.Add(d), append(c.slept, d)
	return ctx.Err()
}

func (c *clock) sleptFor(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.slept, d)
}

// publisher is a new client of the fake, as a new run of the program has it.
func (f *fakeGitHub) publisher(t *testing.T, c *clock, change ...func(*export.GitHubOptions)) *export.GitHub {
	t.Helper()
	o := export.GitHubOptions{Token: "secret-token", APIURL: f.server.URL, Transport: f.server.Client().Transport, Now: c.now, Sleep: c.sleep}
	for _, f := range change {
		f(&o)
	}
	g, err := export.NewGitHub(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// rendered renders a report as the publisher asks for it, once for each kind of reader.
func rendered(r clamor.Report) func(public bool) export.Document {
	named := sync.OnceValue(func() export.Document { return export.Markdown(r, export.MarkdownOptions{}) })
	redacted := sync.OnceValue(func() export.Document { return export.Markdown(r, export.MarkdownOptions{Redact: true}) })
	return func(public bool) export.Document {
		if public {
			return redacted()
		}
		return named()
	}
}
