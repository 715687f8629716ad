package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// hub is a GitHub that remembers the issues of one repository, and which writes it was asked for.
type hub struct {
	mu     sync.Mutex
	issues []map[string]any
	writes []string
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method != http.MethodGet {
		h.writes = append(h.writes, r.Method+" "+r.URL.Path)
	}
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	user := map[string]any{"login": "clamor-bot", "type": "User"}
	switch path := r.URL.Path; {
	case path == "/user":
		answer(http.StatusOK, user)
	case path == "/repos/acme/plan":
		answer(http.StatusOK, map[string]any{"full_name": "acme/plan", "private": true, "permissions": map[string]bool{"push": true}})
	case path == "/repos/acme/plan/issues" && r.Method == http.MethodPost:
		var issue map[string]any
		_ = json.NewDecoder(r.Body).Decode(&issue)
		n := len(h.issues) + 1
		issue["number"], issue["state"], issue["user"] = n, "open", user
		issue["html_url"] = fmt.Sprintf("https://github.example/acme/plan/issues/%d", n)
		var labels []map[string]any
		given, _ := issue["labels"].([]any)
		for _, l := range given {
			labels = append(labels, map[string]any{"name": l})
		}
		issue["labels"], issue["created_at"] = labels, time.Now().UTC().Format(time.RFC3339)
		h.issues = append(h.issues, issue)
		answer(http.StatusCreated, issue)
	case path == "/repos/acme/plan/issues":
		answer(http.StatusOK, h.issues)
	case strings.HasSuffix(path, "/comments"):
		answer(http.StatusOK, []any{})
	case strings.HasPrefix(path, "/repos/acme/plan/issues/"):
		issue := h.issues[0]
		if r.Method == http.MethodPatch {
			_ = json.NewDecoder(r.Body).Decode(&issue)
		}
		answer(http.StatusOK, issue)
	case strings.HasPrefix(path, "/repos/acme/plan/labels"):
		answer(http.StatusOK, map[string]any{"name": "clamor"})
	case path == "/search/issues":
		answer(http.StatusOK, map[string]any{"total_count": 0, "items": []any{}})
	default:
		answer(http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
}

// TestExportingAQuarterTwiceLeavesOneIssueAsItIs runs the command as a user would, also on a machine that has lost its memory of
// the first run.
func TestExportingAQuarterTwiceLeavesOneIssueAsItIs(t *testing.T) {
	github := &hub{}
	server := httptest.NewServer(github)
	defer server.Close()
	dir := t.TempDir()
	env := map[string]string{"CLAMOR_GITHUB_TOKEN": "token", "CLAMOR_DATA_DIR": dir, "CLAMOR_LOG_LEVEL": "error"}
	clamor := func(stdin string, args ...string) string {
		var out bytes.Buffer
		w := world{env: func(k string) (string, bool) { v, ok := env[k]; return v, ok }, stdin: strings.NewReader(stdin), stdout: &out, stderr: t.Output()}
		must(t, run(t.Context(), args, w))
		return out.String()
	}
	clamor("name,arr\nNorthwind,48000\n", "import", "accounts", "-")
	clamor("id,text,account,occurred_at\nn1,They need @single sign-on.,Northwind,2026-10-03\n", "import", "notes", "-")
	clamor("", "quarter", "freeze", "2026Q3")
	clamor("", "quarter", "freeze", "2026Q4")
	export := []string{"export", "github", "--repo", "acme/plan", "--quarter", "2026Q4", "--api-url", server.URL + "/"}

	if first := clamor("", export...); !strings.HasPrefix(first, "created https://github.example/acme/plan/issues/1") {
		t.Fatalf("first run: %s", first)
	}
	body, _ := github.issues[0]["body"].(string)
	if !strings.Contains(body, "Northwind") || strings.Contains(body, "@single") {
		t.Fatalf("a private repository is told names, and nobody is mentioned:\n%s", body)
	}
	if !strings.Contains(body, "### Since Q3 2026") || !strings.Contains(body, "| new → 1 | +48,000 | asks +48,000 |") {
		t.Fatalf("the issue does not tell what changed since the last frozen quarter:\n%s", body)
	}
	github.writes = nil
	if second := clamor("", export...); !strings.HasPrefix(second, "unchanged") || len(github.writes) > 0 || len(github.issues) != 1 {
		t.Fatalf("second run: %s, writes %v, %d issues", second, github.writes, len(github.issues))
	}
}

func TestListIsWrittenAsAFile(t *testing.T) {
	env := map[string]string{"CLAMOR_DATA_DIR": t.TempDir(), "CLAMOR_LOG_LEVEL": "error"}
	clamor := func(stdin string, args ...string) (string, error) {
		var out bytes.Buffer
		w := world{env: func(k string) (string, bool) { v, ok := env[k]; return v, ok }, stdin: strings.NewReader(stdin), stdout: &out, stderr: t.Output()}
		err := run(t.Context(), args, w)
		return out.String(), err
	}
	_, err := clamor("name,arr\nNorthwind,48000\nQuietly Ltd,1\n", "import", "accounts", "-")
	must(t, err)
	_, err = clamor("id,text,account,occurred_at\nn1,They need single sign-on like Quietly.,Northwind,2026-10-03\n", "import", "notes", "-")
	must(t, err)
	path := filepath.Join(t.TempDir(), "list.md")
	_, err = clamor("", "export", "file", path, "--quarter", "2026Q4")
	must(t, err)
	written, err := os.ReadFile(path)
	must(t, err)
	shown, err := clamor("", "export", "file", "--quarter", "2026Q4", "--public")
	must(t, err)
	if !strings.Contains(string(written), "Northwind") || strings.Contains(shown, "Northwind") || strings.Contains(shown, "Quietly") || !strings.Contains(shown, "Account 1") {
		t.Errorf("for the house:\n%s\nfor the public:\n%s", written, shown)
	}
	for says, env2 := range map[string]map[string]string{
		"App's id is missing":        {"CLAMOR_GITHUB_APP_KEY": "key"},
		"private key cannot be read": {"CLAMOR_GITHUB_APP_ID": "7"},
		"take one of them away":      {"CLAMOR_GITHUB_APP_ID": "7", "CLAMOR_GITHUB_TOKEN": "t"},
		"no GitHub token":            {},
		"must look like https://api": {"CLAMOR_GITHUB_TOKEN": "t", "CLAMOR_API_URL": "github"},
	} {
		maps.Copy(env, env2)
		if _, err := clamor("", "export", "github", "--repo", "acme/plan"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want one that says %q", env2, err, says)
		}
		for key := range env2 {
			delete(env, key)
		}
	}
}
