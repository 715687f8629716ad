package demo_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor/cmd/clamor/demo"
	"clamor/ingest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// quality counts how the asks that extraction finds meet the labels: a span is right if it overlaps a labelled ask.
type quality struct {
	notes, asks, found, spans, right, without, quiet int
}

func (q *quality) add(spans []ingest.Span, l label) {
	q.notes++
	q.asks += len(l.Asks)
	q.spans += len(spans)
	for _, s := range spans {
		for _, a := range l.Asks {
			if a.Start < s.End && s.Start < a.End {
				q.right++
				break
			}
		}
	}
	for _, a := range l.Asks {
		for _, s := range spans {
			if a.Start < s.End && s.Start < a.End {
				q.found++
				break
			}
		}
	}
	if len(l.Asks) == 0 {
		q.without++
		if len(spans) == 0 {
			q.quiet++
		}
	}
}

func (q quality) String() string {
	return fmt.Sprintf("%d notes: precision %.3f (%d of %d spans), recall %.3f (%d of %d asks), kept empty %d of %d without an ask",
		q.notes, float64(q.right)/float64(max(q.spans, 1)), q.right, q.spans, float64(q.found)/float64(max(q.asks, 1)), q.found, q.asks, q.quiet, q.without)
}

// developed reports whether an account is of the half whose notes the lexicon was written by; of the other half only
// totals were looked at.
func developed(domain string) bool { return sha256.Sum256([]byte(domain))[0]%2 == 0 }

// The golden file shows what a change of the extraction does to both halves of the notes that come without asks.
func TestExtractionFindsTheLabelledAsks(t *testing.T) {
	const path = "testdata/extraction.golden"
	byID := labels(t)
	var seen, unseen, all quality
	counted := map[string]bool{}
	for _, n := range notesOf(t, demo.Notes(day)) {
		if n.Asks != nil || counted[n.ID] {
			continue
		}
		counted[n.ID] = true
		spans := ingest.Extract(n.Text)
		all.add(spans, byID[n.ID])
		if developed(domainOf(n)) {
			seen.add(spans, byID[n.ID])
		} else {
			unseen.add(spans, byID[n.ID])
		}
	}
	got := fmt.Appendf(nil, "developed on, %s\nheld out, %s\nall, %s\n", seen, unseen, all)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the quality changed; if for the better, run with -update (-want +got):\n%s", cmp.Diff(string(want), string(got)))
	}
	if unseen.found*100 < unseen.asks*40 || all.right*100 < all.spans*60 {
		t.Errorf("too many asks are lost or made up: %s", all)
	}
}
