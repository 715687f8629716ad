package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestREADME runs the README's shell blocks, one after another in one shell, as a new user would paste them.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	must(t, err)
	var script strings.Builder
	script.WriteString("set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())

	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	self, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(self, filepath.Join(dir, "bin", "clamor")))
	cmd := exec.Command("bash", "-c", strings.ReplaceAll(script.String(), "127.0.0.1:8080", address))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), runsAsClamor+"=1", "CLAMOR_LISTEN="+address, "CLAMOR_LOG_LEVEL=error")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{`"duplicate":false`, "1 would be added, 1 changed", "1 added, 1 changed", "deals: 1 added", "2026Q4 is frozen", "comes out the same",
		"clamor:2026Q4", `"entries":[`, "single sign-on"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the README's commands do not print %q", want)
		}
	}
	if t.Failed() {
		t.Log(fmt.Sprint(string(out)))
	}
}
