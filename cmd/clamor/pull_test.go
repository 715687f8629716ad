package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clamor"
)

// clamorRun runs one command line on a data directory and gives what it wrote.
func clamorRun(t *testing.T, dir string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"CLAMOR_DATA_DIR": filepath.Join(dir, "data"), "CLAMOR_LOG_LEVEL": "error"}[name]
		return value, ok
	}
	err = run(context.Background(), args, world{env: env, stdin: strings.NewReader(""), stdout: &out, stderr: &log})
	return out.String(), log.String(), err
}

// A source is added, pulled, pulled again without anything new, refused, and read from the start, all by commands.
func TestPullReadsASourceFromTheCommandLine(t *testing.T) {
	asked, token := 0, "Bearer t0ken"
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("Authorization") != token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"results": []any{}})
	}))
	defer vendor.Close()
	dir := t.TempDir()
	tokenFile := filepath.Join(dir, "token")
	if err := os.WriteFile(tokenFile, []byte("t0ken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := clamorRun(t, dir, "source", "add", "--kind", "generic", "--name", "hooked"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"hooked": "is not pulled", "nobody": "there is no source"} {
		if _, _, err := clamorRun(t, dir, "pull", name); err == nil || !strings.Contains(err.Error(), want) || status(err, &bytes.Buffer{}) != 1 {
			t.Errorf("pull %s: %v", name, err)
		}
	}
	if _, _, err := clamorRun(t, dir, "source", "add", "--kind", "hubspot", "--name", "crm", "--token-file", tokenFile, "--set", "base_url="+vendor.URL); err != nil {
		t.Fatal(err)
	}
	_, _, err := clamorRun(t, dir, "pull", "crm")
	if err == nil || asked != 0 || !strings.Contains(err.Error(), "https") && !strings.Contains(err.Error(), "--allow-networks") {
		t.Errorf("the inside was called (%d requests): %v", asked, err)
	}
	out, _, err := clamorRun(t, dir, "pull", "crm", "--allow-networks", "127.0.0.0/8", "--json")
	var last clamor.LastPull
	if err != nil || asked == 0 || json.Unmarshal([]byte(out), &last) != nil || last.Source != "crm" || last.Fault != "" {
		t.Errorf("%d requests, %q, %v", asked, out, err)
	}
	token = "Bearer another"
	if _, _, err = clamorRun(t, dir, "pull", "crm", "--allow-networks", "127.0.0.0/8"); clamor.KindOf(err) != clamor.Unauthenticated {
		t.Errorf("a refused token: %v", err)
	}
}

func TestProgressElsewhereThanOnATerminalIsLines(t *testing.T) {
	var out bytes.Buffer
	l := newProgressLine(&out)
	for n := range 250 {
		l.show(fmt.Sprintf("%d pages", n+1), (n+1)%100 == 0)
	}
	l.end()
	if out.String() != "100 pages\n200 pages\n" {
		t.Errorf("it wrote %q", out.String())
	}
}
