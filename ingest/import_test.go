package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"clamor"
	"clamor/ingest"
)

func importText(t testing.TB, m *memory, kind, text string, o ingest.ImportOptions) (ingest.ImportReport, error) {
	t.Helper()
	return ingest.NewService(m, noon, ingest.Options{}).Import(context.Background(), kind, strings.NewReader(text), o)
}

// counts is what a report says in one line, with each refused row's line and reason.
func counts(r ingest.ImportReport) string {
	s := fmt.Sprintf("added %d, changed %d, unchanged %d, refused %d", r.Added, r.Changed, r.Unchanged, r.Refused)
	for _, row := range r.Refusals {
		s += fmt.Sprintf("\nline %d: %s", row.Line, row.Reason)
	}
	return s
}

func TestAccountsComeFromWhateverASpreadsheetSaves(t *testing.T) {
	usd := &clamor.Money{Minor: 4800050, Currency: "USD"}
	want := clamor.AccountFacts{Name: "Übermut & Söhne", ARR: usd, AsOf: noon(), Source: "import"}
	wide := func(order func(uint16) []byte, mark bool) string {
		var b bytes.Buffer
		if mark {
			b.Write(order(0xFEFF))
		}
		for _, unit := range utf16.Encode([]rune("name,arr\r\nÜbermut & Söhne,48000.50\r\nPlain Ltd,1\r\n")) {
			b.Write(order(unit))
		}
		return b.String()
	}
	little := func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }
	big := func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }
	for name, text := range map[string]string{
		"plain":             "name,arr\nÜbermut & Söhne,48000.50\n",
		"no final newline":  "name,arr\nÜbermut & Söhne,48000.50",
		"CRLF":              "name,arr\r\nÜbermut & Söhne,48000.50\r\n",
		"a BOM":             "\ufeffname,arr\nÜbermut & Söhne,48000.50\n",
		"a BOM and quotes":  "\ufeff\"name\",\"arr\"\n\"Übermut & Söhne\",\"48000.50\"\n",
		"semicolons":        "name;arr\nÜbermut & Söhne;48.000,50\n",
		"announced":         "sep=;\nname;arr\nÜbermut & Söhne;48.000,50\n",
		"tabs":              "segment\tname\tarr\n\tÜbermut & Söhne\t48000.50\n",
		"bars":              "name|arr\nÜbermut & Söhne|48000.50\n",
		"commas in quotes":  "name;\"arr, yearly\";arr\nÜbermut & Söhne;;48.000,50\n",
		"Windows-1252":      "name,arr\n\xdcbermut & S\xf6hne,48000.50\n",
		"UTF-16 with mark":  wide(little, true),
		"UTF-16 big endian": wide(big, true),
		"UTF-16 unmarked":   wide(little, false),
		"case and stars":    " Account_Name* ;ARR__c\nÜbermut & Söhne;$48,000.50\n",
		"blank lines":       "\n\nname,arr\n\nÜbermut & Söhne,48000.50\n\n",
		"spare commas":      "name,arr\nÜbermut & Söhne,48000.50,,\n",
		"a NUL":             "name,arr\nÜber\x00mut & Söhne,48000.50\n",
		"spaces":            "name, arr\nÜbermut  & Söhne , \"48,000.50\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			report, err := importText(t, m, "accounts", text, ingest.ImportOptions{})
			if err != nil || report.Refused > 0 {
				t.Fatalf("%v\n%s", err, counts(report))
			}
			var got clamor.AccountFacts
			for _, f := range m.accounts {
				if f.Name != "Plain Ltd" {
					got = f
				}
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEveryFieldOfAnAccount(t *testing.T) {
	m := newMemory()
	report, err := importText(t, m, "accounts", strings.Join([]string{
		"Company name,Company Domain Name,Record ID,System,ARR,Currency,Tier,Plan Name,Licenses,Lifecycle Stage,Health Color,Contract End Date,Company owner,Parent Company,As Of,Industry",
		`Northwind,https://www.Northwind.example/;north.example,7,HubSpot,"1,250",EUR,Enterprise,Gold,"1,200",Customer,Amber,31/01/2027,Dana,Northwind Group,2026-09-30,Retail`,
	}, "\n"), ingest.ImportOptions{})
	if err != nil || report.Added != 1 {
		t.Fatalf("%v\n%s", err, counts(report))
	}
	seats := int64(1200)
	want := clamor.AccountFacts{
		Name: "Northwind", Domains: []string{"northwind.example", "north.example"}, ExternalIDs: map[string]string{"hubspot": "7"},
		Parent: "Northwind Group", ARR: &clamor.Money{Minor: 125000, Currency: "EUR"}, Segment: "Enterprise", Plan: "Gold", Seats: &seats,
		Lifecycle: clamor.Customer, Health: clamor.Yellow, RenewalOn: "2027-01-31", Owner: "Dana",
		AsOf: time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC), Source: "import",
	}
	for _, got := range m.accounts {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	if diff := cmp.Diff([]string{"Industry"}, report.Unused); diff != "" {
		t.Errorf("columns that nothing was read from (-want +got):\n%s", diff)
	}
	if report.Columns["renewal_on"] != "Contract End Date" || report.Columns["segment"] != "Tier" {
		t.Errorf("the report tells the columns as %v", report.Columns)
	}
}

func TestADealTellsItsStatusByItsStage(t *testing.T) {
	m := newMemory()
	text := "opportunity_id,sales_agent,account,deal_stage,close_date,close_value,probability\n" +
		"A1,Mo,Acme,Won,3/1/2017,1054,100%\nA2,Mo,Acme,Closed Lost,12/31/2017,0,0\nA3,Mo,Acme,Engaging,,,0.4\nA4,Mo,,Won,3/1/2017,1054,\n"
	report, err := importText(t, m, "deals", text, ingest.ImportOptions{System: "salesforce", Source: "pipeline"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("added 3, changed 0, unchanged 0, refused 1\nline 5: account: is empty, and so are its domain and id: every row needs an account", counts(report)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	percent := func(n int) *int { return &n }
	acme := clamor.AccountFacts{Name: "Acme", AsOf: noon(), Source: "pipeline"}
	want := map[string]clamor.DealFacts{
		"salesforce:A1": {System: "salesforce", ExternalID: "A1", Account: acme, Stage: "Won", Status: clamor.DealWon, CloseOn: "2017-03-01",
			Amount: &clamor.Money{Minor: 105400, Currency: "USD"}, Probability: percent(100), AsOf: noon(), Source: "pipeline"},
		"salesforce:A2": {System: "salesforce", ExternalID: "A2", Account: acme, Stage: "Closed Lost", Status: clamor.DealLost, CloseOn: "2017-12-31",
			Amount: &clamor.Money{Currency: "USD"}, Probability: percent(0), AsOf: noon(), Source: "pipeline"},
		"salesforce:A3": {System: "salesforce", ExternalID: "A3", Account: acme, Stage: "Engaging", Probability: percent(40), AsOf: noon(), Source: "pipeline"},
	}
	if diff := cmp.Diff(want, m.deals, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNotesComeAsByWebhook(t *testing.T) {
	m := newMemory()
	text := "Activity ID,Subject,Full Comments,Company,Company Domain Name,Contact Email,Assigned,Date,Opportunity ID,Request,Priority\n" +
		`T1,Call,"Great call with Ana. They need SAML SSO, ` + "\n" + `or they cannot renew.",Northwind,northwind.example,ana@northwind.example,Dana,2026-10-03 14:05,006A,SAML,Blocker` + "\n" +
		"T2,Call,They want dark mode.,,,,Dana,2026-10-04,,,\n" +
		"T3,Call,They want dark mode.,Contoso,,,Dana,2026-10-05,,,urgent\n" +
		"T4,Call,,Contoso,,,Dana,2026-10-05,,,\n"
	report, err := importText(t, m, "notes", text, ingest.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := "added 2, changed 0, unchanged 0, refused 2\nline 4: account: has neither name, domain nor external_ids: send one of them\nline 6: text: is missing: send the words of the note"
	if diff := cmp.Diff(want, counts(report)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	in := m.notes["import/T1"]
	if in.Note.Kind != clamor.CRM || in.Note.Author.Name != "Dana" || in.Note.Contact.Email != "ana@northwind.example" ||
		in.Deal == nil || in.Deal.ExternalID != "006A" || !in.Note.OccurredAt.Equal(time.Date(2026, 10, 3, 14, 5, 0, 0, time.UTC)) {
		t.Errorf("the note came as %+v of deal %+v", in.Note, in.Deal)
	}
	if len(in.Asks) != 1 || in.Asks[0].Quote != "SAML" || in.Asks[0].Priority != clamor.Blocker {
		t.Errorf("its asks are %+v", in.Asks)
	}
	quotesAreVerbatim(t, []clamor.Intake{in})
	again, err := importText(t, m, "notes", text, ingest.ImportOptions{})
	if err != nil || again.Unchanged != 2 || again.Added+again.Changed != 0 {
		t.Errorf("the same file again: %v, %s", err, counts(again))
	}
}

func TestABadRowIsRefusedWithItsLineAndTheOthersGoIn(t *testing.T) {
	m := newMemory()
	text := "name,arr,currency,renewal_on,health,seats,domain,notes\n" +
		"Good One,100,USD,2027-01-31,green,5,one.example,\"two\nlines\"\n" + // lines 2 and 3
		"Negative,-5,USD,,,,,\n" +
		"Parenthesis,(5),USD,,,,,\n" +
		"Currency,5,XYZ,,,,,\n" +
		"Sign,€5,USD,,,,,\n" +
		"Date,5,USD,soon,,,,\n" +
		"Day,5,USD,2027-02-30,,,,\n" +
		"Colour,5,USD,,purple,,,\n" +
		"Seats,5,USD,,,many,,\n" +
		"Short,5,USD\n" +
		"Long,5,USD,,,,,,more\n" +
		"Bare \"quote,5,USD,,,,,\n" +
		",5,USD,,,,gmail.com,\n" +
		",5,USD,,,,,\n" +
		"Many,-1,USD,soon,purple,,,\n" +
		"Absurd,99999999999999999,USD,,,,,\n" +
		"Good Two,n/a,,-,,,gmail.com,\n"
	report, err := importText(t, m, "accounts", text, ingest.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"added 2, changed 0, unchanged 0, refused 15",
		`line 4: arr: "-5" is no amount: it is negative`,
		`line 5: arr: "(5)" is no amount: it is negative`,
		`line 6: currency: "XYZ" is no ISO 4217 currency: write a code such as USD, EUR or JPY`,
		`line 7: arr: "€5" is no amount: the sign € does not go with USD`,
		`line 8: renewal_on: "soon" is no date: write it as 2026-10-03`,
		`line 9: renewal_on: "2027-02-30" is no date: write it as 2026-10-03`,
		`line 10: health: "purple" is unknown: choose green, yellow, red`,
		`line 11: seats: "many" is no count: write digits`,
		`line 12: has 3 fields where the header has 8: quote fields that hold a comma`,
		`line 13: has 9 fields where the header has 8: quote fields that hold a comma`,
		`line 14: a quotation mark stands inside a field that does not begin with one: quote the whole field and double the mark ("")`,
		`line 15: domain: gmail.com is a public mail domain and tells no account: give the company's own domain, or its name`,
		`line 16: name: is empty, and so are its domain and id: every row needs an account`,
		`line 17: arr: "-1" is no amount: it is negative; health: "purple" is unknown: choose green, yellow, red; renewal_on: "soon" is no date: write it as 2026-10-03`,
		`line 18: arr: "99999999999999999" is no amount: it is more than any account pays`,
	}, "\n")
	if diff := cmp.Diff(want, counts(report)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAFileThatCannotBeReadSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		kind, text string
		o          ingest.ImportOptions
		is         clamor.Kind
		says       []string
	}{
		"empty":             {"accounts", "", ingest.ImportOptions{}, clamor.Invalid, []string{"the file is empty: its first line must name the columns"}},
		"only a BOM":        {"accounts", "\ufeff\n", ingest.ImportOptions{}, clamor.Invalid, []string{"the file is empty"}},
		"a broken workbook": {"accounts", "PK\x03\x04…", ingest.ImportOptions{}, clamor.Unsupported, []string{"save the sheet as CSV UTF-8"}},
		"an old workbook":   {"accounts", "\xd0\xcf\x11\xe0", ingest.ImportOptions{}, clamor.Unsupported, []string{"save the sheet as CSV UTF-8"}},
		"gzip":              {"accounts", "\x1f\x8b\x08", ingest.ImportOptions{}, clamor.Unsupported, []string{"unpack it first"}},
		"an unknown kind":   {"people", "name\nA\n", ingest.ImportOptions{}, clamor.Invalid, []string{"choose accounts, deals or notes"}},
		"a wrong column":    {"accounts", "Firma,Umsatz\nA,1\n", ingest.ImportOptions{}, clamor.Invalid, []string{`the file has "Firma", "Umsatz"`, "--map name=COLUMN"}},
		"two are missing":   {"deals", "Betrag\n1\n", ingest.ImportOptions{}, clamor.Invalid, []string{"--map id=COLUMN", "--map account=COLUMN"}},
		"notes lack text":   {"notes", "account,when\nA,1\n", ingest.ImportOptions{}, clamor.Invalid, []string{"--map text=COLUMN"}},
		"no such column":    {"accounts", "name\nA\n", ingest.ImportOptions{Map: map[string]string{"arr": "Revenue"}}, clamor.Invalid, []string{`--map arr: the file has no column "Revenue"`, `the file has "name"`}},
		"no such field":     {"accounts", "name\nA\n", ingest.ImportOptions{Map: map[string]string{"turnover": "name"}}, clamor.Invalid, []string{"--map turnover: no such field: choose name, domain, id"}},
		"a wrong currency":  {"accounts", "name\nA\n", ingest.ImportOptions{Currency: "Dollar"}, clamor.Invalid, []string{`"Dollar" is no ISO 4217 currency`}},
		"a wrong order":     {"accounts", "name\nA\n", ingest.ImportOptions{DateOrder: "ymd"}, clamor.Invalid, []string{"choose mdy (10/31/2026) or dmy (31/10/2026)"}},
		"doubtful dates": {"deals", "id,account,close_date\n1,A,2/2/2026\n2,A,3/4/2026\n3,A,5/6/2026\n", ingest.ImportOptions{}, clamor.Invalid,
			[]string{`close_date: line 3 has "3/4/2026"`, "--date-order mdy or --date-order dmy"}},
		"a broken header": {"accounts", "na\"me,arr\nA,1\n", ingest.ImportOptions{}, clamor.Invalid, []string{"line 1", "must name the columns"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			_, err := importText(t, m, c.kind, c.text, c.o)
			if clamor.KindOf(err) != c.is {
				t.Fatalf("the error is %v (%v), want %v", err, clamor.KindOf(err), c.is)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%q does not say %q", err, says)
				}
			}
			if len(m.accounts)+len(m.deals)+len(m.notes) > 0 {
				t.Error("something went in all the same")
			}
		})
	}
}

func TestABrokenQuoteEndsTheFileButNotTheRowsBefore(t *testing.T) {
	for name, text := range map[string]string{
		"never closed": "name,owner\nA,x\nB,y\nC,\"z\nD,w\nE,v\n",
		"half doubled": "name,owner\nA,x\nB,y\nC,\"z\" w\nD,w\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			report, err := importText(t, m, "accounts", text, ingest.ImportOptions{})
			if clamor.KindOf(err) != clamor.Invalid || !strings.Contains(errorText(err), "line 4: a quoted field is broken") {
				t.Errorf("the error is %v", err)
			}
			if report.Added != 2 || len(m.accounts) != 2 {
				t.Errorf("%s; want the two rows before it in", counts(report))
			}
		})
	}
}

func TestDatesAreReadByTheWholeColumn(t *testing.T) {
	for name, c := range map[string]struct{ cells, want, order string }{
		"ISO":             {"2026-10-03", "2026-10-03", ""},
		"a time":          {"2026-10-03T23:30:00-02:00", "2026-10-04", ""},
		"month first":     {"3/4/2026 10/31/2026", "2026-03-04 2026-10-31", ""},
		"day first":       {"3/4/2026 31/10/2026", "2026-04-03 2026-10-31", ""},
		"dots":            {"3.4.2026 5.6.2026", "2026-04-03 2026-06-05", ""},
		"dashes":          {"03-04-2026 31-10-2026", "2026-04-03 2026-10-31", ""},
		"said mdy":        {"3/4/2026", "2026-03-04", "mdy"},
		"said dmy":        {"3/4/2026", "2026-04-03", "DMY"},
		"no doubt":        {"4/4/2026", "2026-04-04", ""},
		"names of months": {"3-Oct-2026 2026/10/3", "2026-10-03 2026-10-03", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			var b strings.Builder
			b.WriteString("id,account,close_on\n")
			for i, cell := range strings.Fields(c.cells) {
				fmt.Fprintf(&b, "%d,A,%s\n", i, cell)
			}
			report, err := importText(t, m, "deals", b.String(), ingest.ImportOptions{DateOrder: c.order})
			if err != nil || report.Refused > 0 {
				t.Fatalf("%v\n%s", err, counts(report))
			}
			var got []string
			for i := range report.Added {
				got = append(got, string(m.deals[fmt.Sprintf("crm:%d", i)].CloseOn))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	m := newMemory()
	report, err := importText(t, m, "accounts", "name,arr\nA,1\nB,-1\n", ingest.ImportOptions{DryRun: true})
	if err != nil || report.Added != 1 || report.Refused != 1 || !report.DryRun || len(m.accounts) != 0 {
		t.Errorf("%v, %s, and the store holds %d accounts", err, counts(report), len(m.accounts))
	}
}

// stuck is a pipe: it can be read once.
type stuck struct{ io.Reader }

func TestAPipeIsReadAsAFileIs(t *testing.T) {
	m := newMemory()
	text := "id,account,close_on\n" + strings.Repeat("1,A,3/4/2026\n", 3000) + "2,A,31/10/2026\n"
	report, err := ingest.NewService(m, noon, ingest.Options{}).Import(context.Background(), "deals", stuck{strings.NewReader(text)}, ingest.ImportOptions{})
	if err != nil || report.Added != 3001 || m.deals["crm:1"].CloseOn != "2026-04-03" {
		t.Errorf("%v, %s, closing on %s", err, counts(report), m.deals["crm:1"].CloseOn)
	}
}

func TestManyRefusalsAreCountedAndTheFirstNamed(t *testing.T) {
	report, err := importText(t, newMemory(), "accounts", "name,arr\n"+strings.Repeat("A,-1\n", 5000), ingest.ImportOptions{})
	if err != nil || report.Refused != 5000 || len(report.Refusals) != 1000 || report.Refusals[999].Line != 1001 {
		t.Errorf("%v, refused %d, named %d", err, report.Refused, len(report.Refusals))
	}
}

func TestAnImportEndsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := ingest.NewService(newMemory(), noon, ingest.Options{}).Import(ctx, "accounts", strings.NewReader("name\nA\n"), ingest.ImportOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// Whatever a cell holds, quoting it as the format demands brings it through, and the lines stay those of the file.
func TestQuotedCellsComeThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[a-zäöü ,;|"'\n]{0,20}`), 1, 8).Draw(t, "cells")
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(t, "delimiter")
		var b strings.Builder
		b.WriteString("id" + delimiter + "account" + delimiter + "text\n")
		line, bad := 2, 0
		for i, cell := range cells {
			fmt.Fprintf(&b, "%d%sA%s\"%s\"\n", i, delimiter, delimiter, strings.ReplaceAll(cell, `"`, `""`))
			if strings.TrimFunc(cell, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzäöü", r) }) == "" {
				bad = line
			}
			line += 1 + strings.Count(cell, "\n")
		}
		m := newMemory()
		service := ingest.NewService(m, noon, ingest.Options{})
		report, err := service.Import(context.Background(), "notes", strings.NewReader(b.String()), ingest.ImportOptions{})
		if err != nil || report.Added+report.Refused != len(cells) {
			t.Fatalf("%v, %s of\n%s", err, counts(report), b.String())
		}
		for id, in := range m.notes {
			var i int
			if _, err := fmt.Sscanf(id, "import/%d", &i); err != nil || in.Note.Text != cells[i] {
				t.Fatalf("cell %q came as %q (%v)", cells[i], in.Note.Text, err)
			}
		}
		if n := len(report.Refusals); n > 0 && report.Refusals[n-1].Line != bad {
			t.Fatalf("the last refused row stands on line %d, the report says %d", bad, report.Refusals[n-1].Line)
		}
	})
}

func FuzzImport(f *testing.F) {
	for _, text := range []string{"name,arr\nA,1\n", "id;account;text;occurred_at\n1;A;\"x\ny\";3/4/2026\n", "\xff\xfen\x00", "sep=|\nname|arr\nA|1\n",
		"name,arr\nA,\"1\n", "id,account,amount,probability,close_on\n1,A,1.2.3,0.5,1.1.1\n", "name\n\xdc\n", "a\"b\n"} {
		for kind := range 3 {
			f.Add(kind, text)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, text string) {
		kinds := []string{"accounts", "deals", "notes"}
		m := newMemory()
		report, err := importText(t, m, kinds[uint(kind)%3], text, ingest.ImportOptions{})
		if err != nil && clamor.KindOf(err) != clamor.Invalid && clamor.KindOf(err) != clamor.Unsupported {
			t.Errorf("the error %v is not for the sender's eyes", err)
		}
		if rows := strings.Count(text, "\n") + strings.Count(text, "\r") + 1; report.Added+report.Refused > rows {
			t.Errorf("%s of %d lines", counts(report), rows)
		}
		for _, in := range m.notes {
			quotesAreVerbatim(t, []clamor.Intake{in})
		}
	})
}
