package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// What a person said of a file's columns once holds for the next file of the source, in whatever form it comes, until something else is said.
func TestColumnsSaidOnceAreRememberedForTheSource(t *testing.T) {
	m := newMemory()
	german := map[string]string{"account": "Kunde", "text": "Was", "id": "Nr"}
	sheet := workbook(t, nil, map[string][][]any{"A": {{"Nr", "Kunde", "Was"}, {8, "Fabrikam", "They need an API."}}}, "A")
	for _, step := range []struct {
		name, text, source string
		said               map[string]string
		dry                bool
		want               string
	}{
		{"a dry run remembers nothing", "Nr,Kunde,Was\n7,Contoso,They need SSO.\n", "sheet", german, true, "added 1, changed 0, unchanged 0, refused 0"},
		{"so that the next one asks", "Nr,Kunde,Was\n7,Contoso,They need SSO.\n", "sheet", nil, false, "the columns do not fit"},
		{"said", "Nr,Kunde,Was\n7,Contoso,They need SSO.\n", "sheet", german, false, "added 1, changed 0, unchanged 0, refused 0"},
		{"not said again", "Was;Kunde;Nr\nThey need SCIM.;Contoso;7\n", "sheet", nil, false, "added 0, changed 1, unchanged 0, refused 0"},
		{"of a workbook", sheet, "sheet", nil, false, "added 1, changed 0, unchanged 0, refused 0"},
		{"of another source", "Nr,Kunde,Was\n9,Contoso,They need SSO.\n", "other", nil, false, "the columns do not fit"},
		{"said anew", "Nr,Firma,Was\n9,Adatum,They need SSO.\n", "sheet", map[string]string{"account": "Firma", "text": "Was"}, false, "added 1, changed 0, unchanged 0, refused 0"},
		{"what was said before is replaced", "Nr,Kunde,Was\n9,Contoso,They need SSO.\n", "sheet", nil, false, "the columns do not fit"},
	} {
		report, err := importText(t, m, "notes", step.text, ingest.ImportOptions{Source: step.source, Remember: true, Map: step.said, DryRun: step.dry})
		got := counts(report)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, step.want) {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	want := []string{"They need SCIM.", "They need an API.", "They need SSO."}
	if diff := cmp.Diff(want, m.texts()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// breaking is a store that goes down after so many rows.
type breaking struct {
	*memory
	left int
}

func (b *breaking) PutNotes(ctx context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error) {
	if b.left -= len(intakes); b.left < 0 {
		return nil, clamor.Errorf(clamor.Unavailable, "the disk is full")
	}
	return b.memory.PutNotes(ctx, intakes, dryRun)
}

func TestAnImportThatBrokeOffGoesOnWhereItWas(t *testing.T) {
	const rows = 20_000
	var b strings.Builder
	b.WriteString("id,account,text\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,Account %d,They need the thing %d of %s.\n", i, i%50, i, strings.Repeat("x", 40))
	}
	store := &breaking{newMemory(), 13_000}
	reached, share := 0, 0.0
	told := func(rows int, s float64) {
		if rows < reached || s < share {
			t.Errorf("told %d rows and %.3f of the file after %d and %.3f", rows, s, reached, share)
		}
		reached, share = rows, s
	}
	service := ingest.NewService(store, noon, ingest.Options{})
	report, err := service.Import(t.Context(), "notes", strings.NewReader(b.String()), ingest.ImportOptions{Told: told})
	if err == nil || report.Added < 10_000 || report.Added > 13_000 || reached != report.Added {
		t.Fatalf("%v, %s, told %d", err, counts(report), reached)
	}
	store.left, reached, share = rows, 0, 0
	again, err := service.Import(t.Context(), "notes", strings.NewReader(b.String()), ingest.ImportOptions{Told: told})
	if err != nil || again.Resumed < 10_000 || again.Resumed+again.Added+again.Unchanged != rows || again.Unchanged > 5000 {
		t.Errorf("%v, resumed %d, %s", err, again.Resumed, counts(again))
	}
	if reached != rows || share < 0.99 {
		t.Errorf("at the end it told %d rows and %.3f of the file", reached, share)
	}
	if len(store.notes) != rows || len(store.versions) != rows {
		t.Errorf("%d notes in %d versions, want %d of each", len(store.notes), len(store.versions), rows)
	}
	store.left = rows
	whole, err := service.Import(t.Context(), "notes", strings.NewReader(b.String()), ingest.ImportOptions{})
	if err != nil || whole.Resumed != 0 || whole.Unchanged != rows {
		t.Errorf("after it ended it is read from the start: %v, resumed %d, %s", errors.Unwrap(err), whole.Resumed, counts(whole))
	}
}
