package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
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

// TestKilledInTheMiddleOfAFeedLosesNothingAcknowledged kills the service ten times while notes stream in, starting it again on the
// same files each time.
func TestKilledInTheMiddleOfAFeedLosesNothingAcknowledged(t *testing.T) {
	const kills, senders = 10, 8
	dir := t.TempDir()
	secret := addSource(t, dir, "feed")
	var acknowledged sync.Map
	var sent atomic.Int64
	for kill := range kills {
		p := startProcess(t, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--log-level", "error")
		var taken atomic.Int64
		enough := make(chan struct{})
		var once sync.Once
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for {
					id := fmt.Sprint("note-", sent.Add(1))
					if !send(p.url+"/hooks/feed", secret, id) {
						return // killed: this one was not acknowledged
					}
					acknowledged.Store(id, true)
					if taken.Add(1) > int64(40+60*kill) {
						once.Do(func() { close(enough) })
					}
				}
			})
		}
		<-enough
		must(t, p.Process.Kill())
		wg.Wait()
		_ = p.Wait() // ends with the signal
	}
	checkFeed(t, dir, &acknowledged, sent.Load())
}

func addSource(t *testing.T, dir, name string) string {
	t.Helper()
	var out bytes.Buffer
	w := world{env: func(string) (string, bool) { return "", false }, stdin: strings.NewReader(""), stdout: &out, stderr: os.Stderr}
	must(t, run(t.Context(), []string{"source", "add", "--kind", "generic", "--name", name, "--data-dir", dir}, w))
	var made shownSource
	must(t, json.Unmarshal(out.Bytes(), &made))
	return made.Secret
}

// send sends one note and reports whether it was acknowledged.
func send(url, secret, id string) bool {
	body := fmt.Sprintf(`{"id": %q, "text": "They need %s thing number %s.", "account": {"name": "Acme"}}`, id, id, id)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusAccepted
}

func checkFeed(t *testing.T, dir string, acknowledged *sync.Map, sent int64) {
	t.Helper()
	s := startService(t, dir)
	s.stir()
	waitFor(t, func() bool {
		stats, err := s.db.Stats(t.Context())
		must(t, err)
		return stats.Deliveries[clamor.Received] == 0 && stats.Pending == 0
	})
	stats, err := s.db.Stats(t.Context())
	must(t, err)
	n := int64(0)
	acknowledged.Range(func(id, _ any) bool {
		n++
		if _, asks, err := s.db.FindNote(t.Context(), noteID("feed", id.(string))); err != nil || len(asks) != 1 {
			t.Errorf("%s was acknowledged: %d asks, %v", id, len(asks), err)
		}
		return true
	})
	if stats.Notes < n || stats.Notes > sent || stats.Asks != stats.Notes || stats.Deliveries[clamor.Failed]+stats.Deliveries[clamor.Dead] != 0 {
		t.Errorf("%d sent, %d acknowledged, but %+v", sent, n, stats)
	}
	t.Logf("%d notes acknowledged through 10 kills, all there once", n)
}

func noteID(source, id string) clamor.NoteID {
	return clamor.NoteID(clamor.DeriveID("note", source, id, "1"))
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
