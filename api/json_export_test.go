package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"clamor"
	"clamor/api"
	outlet "clamor/api/export"
)

// hub is a GitHub that remembers the issues of one repository.
type hub struct {
	mu      sync.Mutex
	private any // what it says of the repository, nil for nothing
	down    bool
	issues  []map[string]any
	writes  int
	server  *httptest.Server
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	if r.Method != http.MethodGet {
		h.writes++
	}
	const issues = "/repos/acme/plan/issues"
	var n int
	_, err := fmt.Sscanf(r.URL.Path, issues+"/%d", &n)
	switch {
	case h.down:
		answer(http.StatusUnauthorized, map[string]any{"message": "Bad credentials"})
	case r.URL.Path == "/repos/acme/plan":
		answer(http.StatusOK, map[string]any{"full_name": "acme/plan", "private": h.private, "permissions": map[string]bool{"push": true}})
	case r.URL.Path == issues && r.Method == http.MethodPost:
		issue := map[string]any{"user": map[string]any{"login": "clamor-bot", "type": "Bot"}, "state": "open", "number": len(h.issues) + 1,
			"html_url": fmt.Sprintf("%s/acme/plan/issues/%d", h.server.URL, len(h.issues)+1), "repository_url": h.server.URL + "/repos/acme/plan"}
		h.write(r, issue)
		h.issues = append(h.issues, issue)
		answer(http.StatusCreated, issue)
	case r.URL.Path == issues:
		answer(http.StatusOK, h.issues)
	case err == nil && strings.HasSuffix(r.URL.Path, "/labels"):
		h.write(r, h.issues[n-1])
		answer(http.StatusOK, h.issues[n-1]["labels"])
	case strings.HasSuffix(r.URL.Path, "/comments"):
		answer(http.StatusOK, []any{})
	case err == nil && n >= 1 && n <= len(h.issues):
		if r.Method == http.MethodPatch {
			h.write(r, h.issues[n-1])
		}
		answer(http.StatusOK, h.issues[n-1])
	default:
		answer(http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
}

func (h *hub) write(r *http.Request, issue map[string]any) {
	_ = json.NewDecoder(r.Body).Decode(&issue)
	var labels []map[string]any
	if names, ok := issue["labels"].([]any); ok {
		for _, name := range names {
			labels = append(labels, map[string]any{"name": name})
		}
	}
	issue["labels"], issue["updated_at"] = labels, time.Now().UTC().Format(time.RFC3339)
}

// connected is a house with three features that is connected to a GitHub.
func connected(t *testing.T, private any) (*house, *hub) {
	g := &hub{private: private}
	g.server = httptest.NewServer(g)
	t.Cleanup(g.server.Close)
	client, err := outlet.NewGitHub(outlet.GitHubOptions{Token: "secret", APIURL: g.server.URL})
	must(t, err)
	h := build(t, func(o *api.Options) { o.GitHub, o.GitHubRepo = client, "acme/plan" })
	h.feed()
	return h, g
}

type preview struct {
	Title, Body, Hash, Trouble string
	Public, Same               bool
	Issues                     []struct{ Title, Body string }
}

func exportPath() string {
	return "/api/v1/quarters/" + clamor.QuarterOf(clamor.DateOf(time.Now()), 0).String() + "/export"
}

func TestWhatThePreviewShowsIsWhatIsSent(t *testing.T) {
	h, g := connected(t, true)
	var p preview
	h.get(exportPath()+"?repo=acme/plan&issues=1", &p)
	if p.Public || p.Trouble != "" || !strings.Contains(p.Body, "Northwind") || len(p.Issues) != 1 || g.writes > 0 {
		t.Fatalf("%+v after %d writes", p, g.writes)
	}
	send := fmt.Sprintf(`{"repo":"acme/plan","hash":%q}`, p.Hash)
	h.call(clamor.PM, http.MethodPost, exportPath(), send, nil).want(http.StatusOK, `"created"`)
	if g.issues[0]["body"] != p.Body || g.issues[0]["title"] != p.Title {
		t.Errorf("sent is\n%s\nshown was\n%s", g.issues[0]["body"], p.Body)
	}
	writes := g.writes
	h.call(clamor.PM, http.MethodPost, exportPath(), send, nil).want(http.StatusOK, `"unchanged"`)
	if g.writes != writes {
		t.Errorf("sending it again writes %d times", g.writes-writes)
	}
	status := clamor.StatusPlanned
	_, err := h.db.EditFeature(t.Context(), h.titled(saml).ID, 0, clamor.FeatureEdit{Status: &status}, "Ann")
	must(t, err)
	h.call(clamor.PM, http.MethodPost, exportPath(), send, nil).want(http.StatusPreconditionFailed, "look at the preview again").problem()

	h.call(clamor.PM, http.MethodPost, exportPath(), `{"repo":"acme/plan","issues":2}`, nil).want(http.StatusOK, `"updated"`, `/issues/3`)
	if list, _ := g.issues[0]["body"].(string); !strings.Contains(list, "| #2 |") {
		t.Errorf("the list does not name the features' issues:\n%s", list)
	}
	var f struct{ Tracker clamor.Tracked }
	h.get("/api/v1/features/"+string(h.titled(saml).ID), &f)
	if len(f.Tracker.Links) != 1 || f.Tracker.Links[0].Number != 2 || f.Tracker.Links[0].Target != "github:acme/plan" {
		t.Errorf("the feature's links are %+v", f.Tracker.Links)
	}
}

// Names stay inside unless GitHub says that the repository is private: also where it is not asked, does not answer, or says nothing.
func TestExportFailsClosed(t *testing.T) {
	for name, change := range map[string]func(*hub) (query string){
		"public":        func(g *hub) string { g.private = false; return "?repo=acme/plan" },
		"says nothing":  func(g *hub) string { g.private = nil; return "?repo=acme/plan" },
		"no answer":     func(g *hub) string { g.down = true; return "?repo=acme/plan" },
		"no repository": func(*hub) string { return "" },
		"not a name":    func(*hub) string { return "?repo=plan" },
	} {
		t.Run(name, func(t *testing.T) {
			h, g := connected(t, true)
			path := exportPath() + change(g)
			h.must(h.db.PutAccount(t.Context(), "crm:1", clamor.AccountFacts{Name: "Quietly Ltd", AsOf: time.Now()}, "Ann"))
			title := "Reports as Quietly has them"
			_, err := h.db.EditFeature(t.Context(), h.titled(dark).ID, 0, clamor.FeatureEdit{Title: &title}, "Ann")
			must(t, err)
			a := h.call(clamor.PM, http.MethodGet, path+map[bool]string{true: "?issues=3", false: "&issues=3"}[!strings.Contains(path, "?")], "", nil).want(http.StatusOK)
			for _, secret := range []string{"Northwind", "Contoso", "Fabrikam", "Quietly", "48,000", "cannot renew", "Rita"} {
				if strings.Contains(a.body, secret) {
					t.Errorf("the preview tells %q: %s", secret, a.body)
				}
			}
			if name == "no repository" {
				return // the page offers the one that is set
			}
			page := h.visit(clamor.PM).open(strings.TrimPrefix(path, "/api/v1"))
			if strings.Contains(page.body, "Northwind") {
				t.Error("the page tells a name")
			}
		})
	}
}

func (h *house) must(_ clamor.Account, err error) { must(h.t, err) }

func TestExportWithoutGitHubSaysWhatToDo(t *testing.T) {
	h := build(t, nil)
	h.feed()
	h.call(clamor.PM, http.MethodGet, exportPath()+"?repo=acme/plan", "", nil).want(http.StatusOK, "CLAMOR_GITHUB_TOKEN", "Account 1")
	h.call(clamor.PM, http.MethodPost, exportPath(), `{"repo":"acme/plan"}`, nil).want(http.StatusServiceUnavailable, "not connected").problem()
	h.visit(clamor.PM).open(strings.TrimPrefix(exportPath(), "/api/v1")).want(http.StatusOK, "not connected")
}

func TestPMsSendFromThePage(t *testing.T) {
	h, g := connected(t, true)
	b := h.visit(clamor.PM)
	path := strings.TrimPrefix(exportPath(), "/api/v1")
	if front := b.open("/"); !strings.Contains(front.body, `href="`+path) {
		t.Errorf("the list does not lead to %s", path)
	}
	page := b.open(path).want(http.StatusOK, "acme/plan is not public", "Northwind")
	b.submit(path, "repo", "acme/plan", "issues", "1", "scenario", "", "hash", "stale").want(http.StatusPreconditionFailed, "look at the preview again")
	hash := page.find(`name="hash" value="([0-9a-f]{64})"`)
	b.submit(path, "repo", "acme/plan", "issues", "1", "scenario", "", "hash", hash).want(http.StatusOK, "Sent.", "issue 1")
	if len(g.issues) != 2 {
		t.Errorf("%d issues, want the list's and one feature's", len(g.issues))
	}
}

func TestListIsPrintedWithoutControls(t *testing.T) {
	h := build(t, nil)
	h.feed()
	page := h.visit(clamor.Viewer).open("/list/print?q=SAML").want(http.StatusOK, saml, "Northwind", "1 feature of 3")
	if main := page.body[strings.Index(page.body, "<main"):]; strings.Contains(main, "<button") || strings.Contains(main, "<input") || strings.Contains(main, dark) {
		t.Errorf("the page holds controls, or what the filter keeps back: %s", main)
	}
}

// What becomes of an issue reaches the feature, the PM who must decide, and the rep who opens the account.
func TestFeatureFollowsItsIssues(t *testing.T) {
	h, g := connected(t, true)
	b, id := h.visit(clamor.PM), h.titled(saml).ID
	path := "/features/" + string(id)
	link := g.server.URL + "/acme/plan/issues/1"
	h.call(clamor.PM, http.MethodPost, "/api/v1"+path+"/links", `{"url":"APP-7"}`, nil).want(http.StatusBadRequest, "copy it from the tracker").problem()
	h.call(clamor.PM, http.MethodPost, "/api/v1"+path+"/links", fmt.Sprintf(`{"url":%q}`, link), nil).want(http.StatusCreated, link)
	tell := func(state, reason string, after time.Duration) {
		_, err := h.db.PutIssues(t.Context(), "github:acme/plan", "", []clamor.IssueNews{{URL: link, State: state, Reason: reason, At: time.Now().Add(after), By: "dev"}})
		must(t, err)
	}
	tell("closed", "not_planned", 0)
	b.open(path).want(http.StatusOK, "closed as not planned", "Confirm")
	var waiting struct{ Proposals []clamor.TrackerEvent }
	h.get("/api/v1/proposals", &waiting)
	if len(waiting.Proposals) != 1 || waiting.Proposals[0].Proposes != clamor.StatusWontDo {
		t.Fatalf("%+v", waiting)
	}
	proposal := "/proposals/" + waiting.Proposals[0].ID
	h.call(clamor.PM, http.MethodPost, "/api/v1"+proposal, `{}`, nil).want(http.StatusBadRequest, "accept").problem()
	b.submit(proposal, "accept", "yes", "reason", "").want(http.StatusBadRequest, "won&#39;t do needs a reason")
	b.submit(proposal, "accept", "yes", "reason", "Our partners do it better.").want(http.StatusOK, "Our partners do it better.")
	h.call(clamor.PM, http.MethodPost, "/api/v1"+proposal, `{"accept":false}`, nil).want(http.StatusConflict, "confirmed").problem()

	account := b.open(path).find(`href="/accounts/([^"]+)`)
	h.visit(clamor.Reporter).open("/accounts/"+account).want(http.StatusOK, "What became of it", "Our partners do it better.")

	_, err := h.db.Rule(t.Context(), clamor.Ruling{Kind: clamor.RuleMerge, Feature: h.titled(dark).ID, Target: id, By: "Ann"})
	must(t, err)
	h.visit(clamor.Reporter).open("/accounts/"+h.accountOf("Fabrikam")).want(http.StatusOK, "What became of it", "Our partners do it better.")

	other := h.titled(export).ID
	h.call(clamor.PM, http.MethodPost, "/api/v1/features/"+string(other)+"/links", `{"url":"https://jira.example/browse/APP-7"}`, nil).want(http.StatusCreated)
	b.submit("/features/"+string(other)+"/links", "url", "https://jira.example/browse/APP-8").want(http.StatusOK, "APP-8")
	b.submit("/features/"+string(other)+"/links/drop", "url", "https://jira.example/browse/APP-8", "feature", string(other)).want(http.StatusOK)
	h.call(clamor.PM, http.MethodDelete, "/api/v1/features/"+string(other)+"/links?url="+url.QueryEscape("https://jira.example/browse/APP-8"), "", nil).want(http.StatusNotFound).problem()
	_, err = h.db.PutIssues(t.Context(), "jira", "", []clamor.IssueNews{{URL: "https://jira.example/browse/APP-7", State: "closed", Reason: "completed", At: time.Now()}})
	must(t, err)
	var f struct{ Status clamor.Status }
	h.get("/api/v1/features/"+string(other), &f)
	if f.Status != clamor.StatusShipped {
		t.Errorf("the feature is %s, want shipped", f.Status)
	}
}

func (h *house) accountOf(name string) string {
	h.t.Helper()
	e, err := h.db.Evidence(h.t.Context(), clamor.QuarterOf(clamor.DateOf(time.Now()), 0), clamor.DateOf(time.Now()))
	must(h.t, err)
	for _, a := range e.Accounts {
		if a.Name == name {
			return string(a.ID)
		}
	}
	h.t.Fatalf("there is no account %q", name)
	return ""
}

// What a lost webhook did not tell is found by polling, once.
func TestPollingFindsWhatWebhooksLost(t *testing.T) {
	h, g := connected(t, true)
	h.call(clamor.PM, http.MethodPost, exportPath(), `{"repo":"acme/plan","issues":2}`, nil).want(http.StatusOK)
	id := h.titled(saml).ID
	client, err := outlet.NewGitHub(outlet.GitHubOptions{Token: "secret", APIURL: g.server.URL})
	must(t, err)
	x := api.Exporter{Store: h.db, GitHub: client}
	_, err = x.Poll(t.Context())
	must(t, err)
	g.mu.Lock()
	g.issues[1]["state"], g.issues[1]["state_reason"] = "closed", "completed"
	g.issues[1]["closed_at"] = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	g.mu.Unlock()
	for _, want := range []int{1, 0} {
		if fresh, err := x.Poll(t.Context()); err != nil || fresh != want {
			t.Fatalf("%d news, %v, want %d", fresh, err, want)
		}
	}
	f, err := h.db.FindFeature(t.Context(), id)
	must(t, err)
	if f.Status != clamor.StatusShipped {
		t.Errorf("the feature is %s, want shipped", f.Status)
	}
}

// The webhook of a repository tells at once: closed as completed is shipped, and the bots that close things are not listened to.
func TestWebhookOfAnIssueShipsItsFeature(t *testing.T) {
	h := build(t, nil)
	h.feed()
	const secret, link = "only GitHub and we know it", "https://github.com/acme/plan/issues/12"
	must(t, h.db.AddSource(t.Context(), clamor.Source{Name: "tracker", Kind: "github", Secret: secret, On: true}, "test"))
	id := h.titled(saml).ID
	h.call(clamor.PM, http.MethodPost, "/api/v1/features/"+string(id)+"/links", fmt.Sprintf(`{"url":%q}`, link), nil).want(http.StatusCreated)
	tell := func(delivery, action, issue, sender string) {
		body := fmt.Sprintf(`{"action":%q,"issue":{"html_url":%q,%s},"repository":{"full_name":"acme/plan"},"sender":{"login":"dev","type":%q}}`, action, link, issue, sender)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		h.send(http.MethodPost, "/hooks/tracker", body, map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "issues",
			"X-GitHub-Delivery": delivery, "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))}).want(http.StatusAccepted)
		h.work()
	}
	for _, c := range []struct {
		delivery, action, issue, sender string
		want                            clamor.Status
	}{
		{"d1", "closed", `"state":"closed","state_reason":"completed","closed_at":"2026-11-01T10:00:00Z"`, "Bot", clamor.StatusNew},
		{"d2", "closed", `"state":"closed","state_reason":"completed","closed_at":"2026-11-02T10:00:00Z"`, "User", clamor.StatusShipped},
		{"d3", "reopened", `"state":"open","updated_at":"2026-11-03T10:00:00Z"`, "User", clamor.StatusNew},
	} {
		tell(c.delivery, c.action, c.issue, c.sender)
		if f, err := h.db.FindFeature(t.Context(), id); err != nil || f.Status != c.want {
			t.Errorf("after %s: the feature is %s, want %s (%v)", c.delivery, f.Status, c.want, err)
		}
	}
}
