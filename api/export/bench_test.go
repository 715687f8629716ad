package export_test

import (
	"fmt"
	"testing"

	"clamor"
	"clamor/api/export"
)

// A workspace of 50,000 accounts and as many people, none of whose names may go out.
func BenchmarkPublicMarkdown(b *testing.B) {
	r := longReport(100)
	for i := range 50_000 {
		r.Names = append(r.Names, fmt.Sprintf("Customer%d Société Ltd", i), fmt.Sprintf("customer%d.example", i))
		r.People = append(r.People, clamor.Person{Name: fmt.Sprintf("Given%d Family%d", i, i), Email: fmt.Sprintf("given%d@customer%d.example", i, i)})
	}
	for b.Loop() {
		export.Markdown(r, export.MarkdownOptions{Redact: true})
	}
}
