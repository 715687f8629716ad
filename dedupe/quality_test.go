package dedupe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor/dedupe"
)

var update = flag.Bool("update", false, "write the golden files anew")

// answered is a line of what Cluster writes.
type answered struct {
	ID          string   `json:"id"`
	Cluster     string   `json:"cluster"`
	Score       float64  `json:"score"`
	Suggestions []string `json:"suggestions"`
	Terms       []struct {
		Stem   string  `json:"stem"`
		Word   string  `json:"word"`
		Weight float64 `json:"weight"`
	} `json:"terms"`
}

func clusterBytes(t testing.TB, in []byte, options dedupe.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := dedupe.Cluster(context.Background(), bytes.NewReader(in), &out, options); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func parse[T any](t testing.TB, lines []byte) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(string(lines)) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// labelled is a text with the cluster that people put it into.
type labelled struct{ ID, Cluster string }

// figures are how well answers agree with labels.
type figures struct {
	repeats, first, fifth   int // texts that repeat an earlier one; those whose cluster is suggested first, among five
	joins, goodJoins, fresh int
	falseJoins              int
}

func measure(gold []labelled, answers []answered) figures {
	var f figures
	seen := map[string]bool{}
	held := map[string]map[string]bool{}
	for i, g := range gold {
		a := answers[i]
		if held[a.Cluster] != nil {
			f.joins++
		}
		if held[a.Cluster][g.Cluster] {
			f.goodJoins++
		}
		if seen[g.Cluster] {
			f.repeats++
			f.first += found(held, a.Suggestions[:min(1, len(a.Suggestions))], g.Cluster)
			f.fifth += found(held, a.Suggestions[:min(5, len(a.Suggestions))], g.Cluster)
		} else {
			f.fresh++
			if held[a.Cluster] != nil {
				f.falseJoins++
			}
		}
		seen[g.Cluster] = true
		if held[a.Cluster] == nil {
			held[a.Cluster] = map[string]bool{}
		}
		held[a.Cluster][g.Cluster] = true
	}
	return f
}

func found(held map[string]map[string]bool, suggestions []string, cluster string) int {
	for _, s := range suggestions {
		if held[s][cluster] {
			return 1
		}
	}
	return 0
}

func (f figures) String() string {
	share := func(a, b int) float64 { return float64(a) / float64(max(1, b)) }
	return fmt.Sprintf("recall@1 %.3f  recall@5 %.3f  join_p %.3f  join_r %.3f  false_join %.4f", share(f.first, f.repeats), share(f.fifth, f.repeats),
		share(f.goodJoins, f.joins), share(f.goodJoins, f.repeats), share(f.falseJoins, f.fresh))
}

// Quality on people's labels is a golden file: a change of it is seen in review.
func TestQualityIsAsRecorded(t *testing.T) {
	var got strings.Builder
	for _, name := range []string{"seamonkey", "banking77"} {
		in, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range []struct {
			name    string
			options dedupe.Options
		}{{"default", dedupe.Options{}}, {"words only", dedupe.Options{WordsOnly: true}}, {"cautious", dedupe.Options{Caution: 0.1}}} {
			f := measure(parse[labelled](t, in), parse[answered](t, clusterBytes(t, in, setting.options)))
			fmt.Fprintf(&got, "%-10s %-11s %v\n", name, setting.name, f)
		}
	}
	golden(t, "quality.txt", got.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); if it is meant, run with -update and show the difference:\n%s", name, diff)
	}
}
