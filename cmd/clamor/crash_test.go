package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// process is a clamor in a process of its own.
type process struct {
	*exec.Cmd
	url string
}

func startProcess(t *testing.T, args ...string) process {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), runsAsClamor+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			go func() {
				for lines.Scan() { // the rest of what it prints is not wanted, but must be read
				}
			}()
			return process{cmd, url}
		}
	}
	t.Fatalf("the service did not start: %v", cmd.Wait())
	return process{}
}

// waitFor looks until something holds; the test's own time limit ends a wait in vain.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for tick := time.Tick(20 * time.Millisecond); !holds(); <-tick {
		if t.Context().Err() != nil {
			t.Fatal("waited in vain")
		}
	}
}
