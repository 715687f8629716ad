package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// TestSpeed measures the pages over a large SQLite database while notes pour in. CLAMOR_TEST_SPEED says how many asks (unset: a few, and
// nothing worth a table is measured), CLAMOR_TEST_SPEED_DIR
// where the database is kept for the next time, CLAMOR_TEST_SPEED_NOTES how many notes a second are sent meanwhile.
func TestSpeed(t *testing.T) {
	asks := setting(t, "CLAMOR_TEST_SPEED", 0)
	measures := asks > 0
	if !measures { // every page is gone through all the same, so that measuring works when it is wanted
		asks = 2000
	}
	dir := os.Getenv("CLAMOR_TEST_SPEED_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	dir = filepath.Join(dir, fmt.Sprint(asks))
	c := newCompany(asks)
	readyDatabase(t, c, dir)
	s := startMeasured(t, dir)
	s.signIn(t, dir)
	began := time.Now()
	s.get(t, "warm", "/")
	t.Logf("first list after %.1f s, resident memory %d MB", time.Since(began).Seconds(), s.resident(t))
	stop := s.pour(t, c, setting(t, "CLAMOR_TEST_SPEED_NOTES", 50))
	rounds := 100
	if !measures {
		rounds = 4
	}
	s.visit(t, setting(t, "CLAMOR_TEST_SPEED_ROUNDS", rounds))
	sent := stop()
	s.print(t)
	t.Logf("%d notes were taken in meanwhile; resident memory %d MB; load %s", sent, s.resident(t), load())
	if measures {
		s.paint(t)
	}
}

func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// readyDatabase fills the database, unless one of an earlier run is there.
func readyDatabase(t *testing.T, c *company, dir string) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	file, done := filepath.Join(dir, "clamor.db"), filepath.Join(dir, "filled")
	if _, err := os.Stat(done); err == nil {
		return
	}
	for _, old := range []string{file, file + "-wal", file + "-shm"} {
		must(t, os.RemoveAll(old))
	}
	db, err := store.Open(t.Context(), "sqlite:"+file)
	must(t, err)
	began := time.Now()
	c.fill(t.Context(), t, db)
	must(t, db.AddSource(t.Context(), clamor.Source{Name: "pour", Kind: "generic", Secret: pourSecret, On: true}, "speed"))
	must(t, db.Close())
	t.Logf("filled in %.0f s", time.Since(began).Seconds())
	must(t, os.WriteFile(done, nil, 0o600))
}

const pourSecret = "speed-secret"

// measured is a service in a process of its own whose access log tells how long it took for each request.
type measured struct {
	process
	client *http.Client
	cookie *http.Cookie
	ids    map[string][]string // pages of the database to visit, by kind

	mu    sync.Mutex
	took  map[string]time.Duration // by request id
	asked map[string][]visit       // by what
}

type visit struct {
	id    string
	bytes int // as sent, compressed
}

func startMeasured(t *testing.T, dir string) *measured {
	t.Helper()
	s := &measured{took: map[string]time.Duration{}, asked: map[string][]visit{}, ids: map[string][]string{}}
	cmd := exec.Command(os.Args[0], "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--log-level", "info")
	cmd.Env = append(os.Environ(), runsAsClamor+"=1")
	errors, err := cmd.StderrPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var readers sync.WaitGroup
	readers.Go(func() { s.listen(errors) })
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		s.url, _ = strings.CutPrefix(lines.Text(), "listening on ")
	}
	s.Cmd = cmd
	readers.Go(func() {
		for lines.Scan() {
		}
	})
	t.Cleanup(func() {
		must(t, cmd.Process.Signal(os.Interrupt))
		readers.Wait()
		must(t, cmd.Wait())
	})
	return s
}

var accessLine = regexp.MustCompile(`msg=request .* took=(\S+) request_id=(\S+)`)

// listen reads the access log.
func (s *measured) listen(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		m := accessLine.FindStringSubmatch(lines.Text())
		if m == nil {
			fmt.Fprintln(os.Stderr, lines.Text())
			continue
		}
		if took, err := time.ParseDuration(m[1]); err == nil && strings.HasPrefix(m[2], "speed-") {
			s.mu.Lock()
			s.took[m[2]] = took
			s.mu.Unlock()
		}
	}
}

// signIn opens a session by a link, as a person does.
func (s *measured) signIn(t *testing.T, dir string) {
	t.Helper()
	text, err := s.run("signin", "--data-dir", dir, "--listen", strings.TrimPrefix(s.url, "http://"), "--name", reporter, "--role", "admin")
	must(t, err)
	at := strings.Index(text, "/signin?token=")
	if at < 0 {
		t.Fatal(text)
	}
	jar, err := cookiejar.New(nil)
	must(t, err)
	s.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8}}
	resp, err := s.client.Get(s.url + strings.TrimSpace(text[at:]))
	must(t, err)
	must(t, resp.Body.Close())
	base, err := url.Parse(s.url)
	must(t, err)
	if len(jar.Cookies(base)) == 0 {
		t.Fatalf("no session: status %d", resp.StatusCode)
	}
	s.cookie = jar.Cookies(base)[0]
}

func (s *measured) run(args ...string) (string, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), runsAsClamor+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return string(out), err
}

var visits atomic.Int64

// do sends a request as a browser does, and gives the answer's body, uncompressed where it was not compressed.
func (s *measured) do(t *testing.T, what, method, path string, form url.Values) ([]byte, *http.Response) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	must(t, err)
	id := fmt.Sprint("speed-", visits.Add(1))
	r.Header.Set("X-Request-Id", id)
	r.Header.Set("Accept-Encoding", "gzip")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.url)
	}
	resp, err := s.client.Do(r)
	must(t, err)
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode >= 400 && resp.StatusCode != http.StatusConflict {
		t.Fatalf("%s %s: status %d", method, path, resp.StatusCode)
	}
	s.asked[what] = append(s.asked[what], visit{id, len(text)})
	return text, resp
}

func (s *measured) get(t *testing.T, what, path string) string {
	t.Helper()
	text, resp := s.do(t, what, http.MethodGet, path, nil)
	return plain(t, text, resp)
}

// print tells what was measured.
func (s *measured) print(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%-28s %6s %8s %8s %8s %8s %9s\n", "server time in ms", "n", "p50", "p95", "p99", "most", "kB gzip")
	for _, what := range slices.Sorted(mapKeys(s.asked)) {
		var times []time.Duration
		most := 0
		s.mu.Lock()
		for _, v := range s.asked[what] {
			if took, known := s.took[v.id]; known {
				times = append(times, took)
			}
			most = max(most, v.bytes)
		}
		s.mu.Unlock()
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		at := func(percent int) float64 {
			return float64(times[min(len(times)*percent/100, len(times)-1)].Microseconds()) / 1000
		}
		fmt.Fprintf(&b, "%-28s %6d %8.1f %8.1f %8.1f %8.1f %9.1f\n", what, len(times), at(50), at(95), at(99), at(100), float64(most)/1000)
	}
	t.Log(b.String())
}

// resident is how much memory the service holds, in MB.
func (s *measured) resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	n, _ := strconv.Atoi(string(m[1]))
	return n / 1000
}

// pour sends so many notes a second through the hook until it is stopped, and then says how many.
func (s *measured) pour(t *testing.T, c *company, rate int) (stop func() int) {
	t.Helper()
	quit, ended, sent := make(chan struct{}), make(chan struct{}), 0
	go func() {
		defer close(ended)
		for tick := time.NewTicker(100 * time.Millisecond); rate > 0; {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			var notes []map[string]any
			for range max(1, rate/10) {
				sent++
				title := c.titles[c.popular.Uint64()]
				account := map[string]any{"external_ids": map[string]string{"salesforce": fmt.Sprintf("001%012d", c.random.IntN(c.accounts))}}
				if sent%20 == 0 { // now and then a note brings news of its account
					account["health"] = pick(c.random, "green", "yellow", "red")
				}
				notes = append(notes, map[string]any{"id": fmt.Sprint(time.Now().UnixNano(), sent), "kind": "call", "title": "Renewal call",
					"text": "They were happy on the whole. We need to " + strings.ToLower(title) + ". It would save them a day each month.", "account": account})
			}
			body, err := json.Marshal(map[string]any{"notes": notes})
			if err == nil {
				err = s.hook(body)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	return func() int { close(quit); <-ended; return sent }
}

func (s *measured) hook(body []byte) error {
	r, err := http.NewRequest(http.MethodPost, s.url+"/hooks/pour", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+pourSecret)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the hook answers %d", resp.StatusCode)
	}
	return nil
}
