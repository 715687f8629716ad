package ingest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"clamor/ingest"
)

// kilobyte is a note of some 1,000 bytes with asks among small talk.
func kilobyte(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	for _, path := range []string{"testdata/others.txt", "testdata/asks.txt"} {
		content, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		text.Write(content[:500])
	}
	return text.String()
}

func BenchmarkExtract(b *testing.B) {
	text := kilobyte(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		ingest.Extract(text)
	}
}

func BenchmarkParseNotes(b *testing.B) {
	body, err := json.Marshal(map[string]any{"id": "n", "text": kilobyte(b), "account": map[string]any{"name": "A", "domain": "a.example", "arr": 4800000}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ingest.ParseNotes(body, ingest.ParseOptions{Source: "bench", ReceivedAt: noon()}); err != nil {
			b.Fatal(err)
		}
	}
}
