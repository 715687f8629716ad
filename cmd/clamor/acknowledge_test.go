package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
	"clamor/store"
)

// noteBody is a note of about a kilobyte, unlike all others.
func noteBody(n int) []byte {
	text := fmt.Sprintf("Call %d with the operations team. They need to export work orders to CSV with the custom columns of depot %d, because "+
		"finance closes the month in a spreadsheet. ", n, n%97)
	body, err := json.Marshal(map[string]any{"id": fmt.Sprint("bench-", n), "kind": "call", "occurred_at": "2026-10-03T14:00:00Z",
		"title": "Weekly call", "text": text + strings.Repeat("Small talk about the weather and the trains. ", 14),
		"account": map[string]any{"name": fmt.Sprint("Account ", n%500)}})
	if err != nil {
		panic(err)
	}
	return body
}

const connections = 64

// BenchmarkAcknowledge compares, in one run on one disk, how many notes a second are kept durably by bare inserts that share
// commits and how many webhooks the whole running service acknowledges, each over 64 connections:
//
//	go test ./cmd/clamor -run - -bench Acknowledge -benchtime 50000x -count 3
func BenchmarkAcknowledge(b *testing.B) {
	b.Run("bare", benchBare)
	b.Run("webhook", benchWebhook)
}

// benchBare inserts the rows that the service would, from 64 goroutines through one connection, as many a commit as wait.
func benchBare(b *testing.B) {
	file := filepath.Join(b.TempDir(), "bare.db")
	made, err := store.Open(b.Context(), "sqlite:"+file) // for its table
	must(b, err)
	must(b, made.Close())
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	must(b, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	type insert struct {
		d    clamor.Delivery
		done chan error
	}
	queue := make(chan insert, connections)
	go func() {
		for first := range queue {
			tx, err := db.Begin()
			batch := []insert{first}
			for len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			for _, i := range batch {
				if err == nil {
					_, err = tx.Exec(`INSERT INTO delivery (id, source, external_id, header, body, received_at, state, reason) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
						ON CONFLICT (id) DO NOTHING`, string(i.d.ID), i.d.Source, i.d.ExternalID, "{}", i.d.Body, i.d.ReceivedAt.UnixMicro(), string(i.d.State), "")
				}
			}
			if err == nil {
				err = tx.Commit()
			}
			for _, i := range batch {
				i.done <- err
			}
		}
	}()
	source, header := clamor.Source{Name: "bench", Kind: "generic"}, http.Header{"Content-Type": {"application/json"}}
	spread(b, func(_, n int) error {
		i := insert{ingest.NewDelivery(source, header, noteBody(n), time.Now()), make(chan error, 1)}
		queue <- i
		return <-i.done
	})
	close(queue)
}

// benchWebhook sends the notes to the running service, workers and all.
func benchWebhook(b *testing.B) { sendAll(b, startService(b, b.TempDir())) }

// BenchmarkWholeWay is as above, until the last ask of the notes is placed:
//
//	go test ./cmd/clamor -run - -bench WholeWay -benchtime 20000x
func BenchmarkWholeWay(b *testing.B) {
	s := startService(b, b.TempDir())
	began := time.Now()
	sendAll(b, s)
	b.StartTimer()
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		deliveries, err := s.db.PendingDeliveries(b.Context(), 1)
		must(b, err)
		asks, err := s.db.PendingAsks(b.Context(), 1)
		must(b, err)
		if len(deliveries)+len(asks) == 0 {
			break
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "placed/s")
	stats, err := s.db.Stats(b.Context())
	must(b, err)
	if stats.Notes != int64(b.N) || stats.Asks < stats.Notes {
		b.Fatalf("of %d notes there are %+v", b.N, stats)
	}
}

// sendAll sends the notes over 64 connections.
func sendAll(b *testing.B, s running) {
	b.Helper()
	const secret = "bench-secret"
	must(b, s.db.AddSource(b.Context(), clamor.Source{Name: "bench", Kind: "generic", Secret: secret, On: true}, "bench"))
	var conns [connections]net.Conn
	var readers [connections]*bufio.Reader
	for i := range conns {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		must(b, err)
		defer conn.Close()
		conns[i], readers[i] = conn, bufio.NewReader(conn)
	}
	head := "POST /hooks/bench HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + secret + "\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
	spread(b, func(worker, n int) error {
		body := noteBody(n)
		if _, err := conns[worker].Write(append(fmt.Appendf(nil, head, len(body)), body...)); err != nil {
			return err
		}
		answer, err := http.ReadResponse(readers[worker], nil)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("status %d: %s", answer.StatusCode, text)
		}
		return err
	})
}

// spread runs b.N operations over 64 goroutines and reports how many were done in a second, and within what time 99 of 100 were.
func spread(b *testing.B, do func(worker, n int) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	for worker := range connections {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				began := time.Now()
				if err := do(worker, int(n)); err != nil {
					b.Error(err)
					return
				}
				took[n-1] = time.Since(began)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "notes/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// running is a service that answers and works until the test ends.
type running struct {
	*service
	url string
}

func startService(t testing.TB, dir string) running {
	t.Helper()
	w := world{env: func(string) (string, bool) { return "", false }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	g := &globals{DataDir: dir, Listen: "127.0.0.1:0", Currency: "USD", FiscalStart: "1", LogLevel: "error"}
	s, err := openService(t.Context(), g, w)
	must(t, err)
	l, url, err := s.listen()
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, l, url) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
		must(t, s.close())
	})
	return running{s, url}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
