package ingest_test

import (
	"bytes"
	"strings"
	"testing"

	"clamor/ingest"

	"github.com/google/go-cmp/cmp"
)

func TestAFileIsLookedAtBeforeItIsRead(t *testing.T) {
	const file = "Company;Web;Umsatz;Renewal\nNorthwind;northwind.example;52.000,00;03/04/2027\n;;;\nGlobex;globex.example;18.000;05/06/2027\nshort\n"
	look, err := ingest.LookAt("accounts", strings.NewReader(file), ingest.ImportOptions{Map: map[string]string{"arr": "Umsatz", "plan": "gone", "name": ""}})
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]string{}
	for _, f := range look.Fields {
		if f.Column != "" {
			columns[f.Name] = f.Column
		}
	}
	want := map[string]string{"arr": "Umsatz", "renewal_on": "Renewal"} // the name is not to be read, "Web" is no usual name
	if d := cmp.Diff(want, columns); d != "" {
		t.Errorf("columns (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Renewal"}, look.Dates); d != "" {
		t.Errorf("dates that can be read two ways (-want +got):\n%s", d)
	}
	if len(look.Rows) != 3 || look.Rows[0][2] != "52.000,00" {
		t.Errorf("the first rows are %q", look.Rows)
	}
}

func TestRefusedRowsComeBackInTheirColumns(t *testing.T) {
	const file = "name,arr\nNorthwind,lots\nGlobex,1\ntoo,many,fields\nfew\n\"Umbrella, Inc\",a\n"
	var out bytes.Buffer
	err := ingest.WriteRefused(strings.NewReader(file), "", map[int]string{2: "no amount", 4: "has 3 fields", 5: "has 1 field", 6: "no amount"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := "name,arr,line,reason\nNorthwind,lots,2,no amount\ntoo,\"many,fields\",4,has 3 fields\nfew,,5,has 1 field\n\"Umbrella, Inc\",a,6,no amount\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whatever is uploaded, looking at it ends in a look or in an error, and what was refused of it can be written.
func FuzzLook(f *testing.F) {
	for _, seed := range []string{"name,arr\na,1\n", "sep=;\nname;x\n\"broken", "\xff\xfen\x00a\x00", "PK\x03\x04", "name\n\n\nfoot\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, kind := range []string{"accounts", "deals", "notes"} {
			look, err := ingest.LookAt(kind, bytes.NewReader(file), ingest.ImportOptions{})
			if err == nil && len(look.Header) == 0 {
				t.Fatalf("%q has no columns and no fault", file)
			}
		}
		_ = ingest.WriteRefused(bytes.NewReader(file), "", map[int]string{1: "x", 2: "y"}, &bytes.Buffer{})
	})
}
