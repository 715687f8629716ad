package api_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/api"
	"clamor/ingest"
)

const connections = 64

// note1k is a note of about 1 kB that no other note equals.
func note1k(n int64) string {
	return fmt.Sprintf(`{"id":"note-%d","kind":"call","occurred_at":"2026-10-03T14:00:00Z","title":"Renewal call","text":%q,"account":{"name":"Northwind","domain":"northwind.example"}}`,
		n, strings.Repeat("They told us again that they need to sign in with SAML. ", 14))
}

// BenchmarkReceive holds acknowledged webhooks beside bare inserts of the same rows, with the same 64 callers and the same
// group commit: what is between the two is HTTP, the signature, the look at the syntax and the log.
func BenchmarkReceive(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		h := build(b, nil)
		source := clamor.Source{Name: "gong", Kind: "generic"}
		share(b, func(n int64) error {
			d := ingest.NewDelivery(source, http.Header{"Content-Type": {"application/json"}}, []byte(note1k(n)), time.Now())
			_, _, err := h.db.AddDelivery(b.Context(), d)
			return err
		})
	})
	b.Run("hook", func(b *testing.B) {
		h := build(b, func(o *api.Options) { o.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil)); o.HookRate = 1 << 30 })
		address := strings.TrimPrefix(h.url, "http://")
		pool := make(chan *bufio.ReadWriter, connections)
		for range connections {
			conn, err := net.Dial("tcp", address)
			must(b, err)
			defer conn.Close()
			pool <- bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
		}
		share(b, func(n int64) error {
			conn := <-pool
			defer func() { pool <- conn }()
			return post(conn, note1k(n))
		})
	})
}

// share lets 64 callers do b.N operations, and reports how many were done a second.
func share(b *testing.B, do func(n int64) error) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range connections {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := do(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acks/s")
}

// post speaks just enough HTTP to keep the client from being what is measured.
func post(conn *bufio.ReadWriter, body string) error {
	fmt.Fprintf(conn, "POST /hooks/gong HTTP/1.1\r\nHost: clamor\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		hookSecret, len(body), body)
	if err := conn.Flush(); err != nil {
		return err
	}
	resp, err := http.ReadResponse(conn.Reader, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}
