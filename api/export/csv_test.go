package export_test

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"clamor"
	"clamor/api/export"
)

func TestCSVReadsAsInTheGoldenFile(t *testing.T) {
	var b strings.Builder
	if err := export.CSV(&b, sampleReport().List, "https://clamor.example"); err != nil {
		t.Fatal(err)
	}
	golden(t, "list.csv", b.String())
}

// cellOf writes a list with one feature of this title, and reads its title back as a spreadsheet does.
func cellOf(t *testing.T, title string) string {
	t.Helper()
	l := sampleReport().List
	l.Entries = l.Entries[:1]
	l.Entries[0].Feature.Title = title
	var b strings.Builder
	if err := export.CSV(&b, l, ""); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != len(rows[0]) {
		t.Fatalf("%q: %d rows, %v", title, len(rows), err)
	}
	return rows[1][2]
}

func TestSpreadsheetsRunNothing(t *testing.T) {
	for title, want := range map[string]string{
		`=HYPERLINK("http://evil.example","x")`: `'=HYPERLINK("http://evil.example","x")`,
		"+1":                                    "'+1", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", " =1": "' =1", "＝1+1": "'＝1+1", "\u00a0=1": "'\u00a0=1",
		"Export; to, Excel \"now\"": "Export; to, Excel \"now\"", "two\nlines": "two\nlines", "a=b": "a=b", "": "", "\x00=1": "'=1",
	} {
		if got := cellOf(t, title); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"=1", "\r=1", "a\",=1", "\xff=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, title string) {
		if got := strings.TrimSpace(cellOf(t, title)); got != "" && strings.ContainsAny(got[:1], "=+-@") {
			t.Errorf("%q becomes the formula %q", title, got)
		}
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestCSVTellsThatWritingFailed(t *testing.T) {
	if err := export.CSV(full{}, clamor.List{}, ""); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}
