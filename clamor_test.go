package clamor_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"clamor"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		minor          int64 // -1: refused
	}{
		{"48000", "USD", 4800000}, {"48,000", "USD", 4800000}, {"48,000.50", "USD", 4800050}, {"1.250,50", "EUR", 125050}, {"1.250", "EUR", 125000},
		{"$48,000", "usd", 4800000}, {"48 000,5", "EUR", 4800050}, {"48'000 CHF", "CHF", 4800000}, {"€ 12", "EUR", 1200}, {"0", "USD", 0},
		{"1100.04", "USD", 110004}, {"500", "JPY", 500}, {"500.00", "JPY", 500}, {"1.500", "KWD", 1500000}, {".5", "USD", 50}, {"1,234,567", "USD", 123456700},
		{"-5", "USD", -1}, {"(5)", "USD", -1}, {"", "USD", -1}, {"n/a", "USD", -1}, {"12.345,678", "USD", -1}, {"500.5", "JPY", -1}, {"1e9", "USD", -1},
		{"€12", "USD", -1}, {"12", "XYZ", -1}, {"99999999999999999999", "USD", -1}, {"48k", "USD", -1}, {"\x00", "USD", -1},
	} {
		m, err := clamor.ParseMoney(c.text, c.currency)
		if c.minor < 0 {
			if clamor.KindOf(err) != clamor.Invalid {
				t.Errorf("%q %s: %v %v, want a refusal", c.text, c.currency, m, err)
			}
		} else if err != nil || m.Minor != c.minor {
			t.Errorf("%q %s: %d %v, want %d", c.text, c.currency, m.Minor, err, c.minor)
		}
	}
}

func TestMoneyReadsBackWhatItWrites(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := clamor.Money{Minor: rapid.Int64Range(0, clamor.MaxMinor).Draw(r, "minor"), Currency: rapid.SampledFrom([]string{"USD", "JPY", "CLF"}).Draw(r, "currency")}
		if m.Currency == "CLF" && m.Minor%10000 != 0 {
			return // four decimals with a separator read as thousands in no locale
		}
		got, err := clamor.ParseMoney(m.String(), m.Currency)
		if err != nil || got != m {
			r.Fatalf("%s reads as %v, %v", m, got, err)
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	f.Add("48,000.50", "USD")
	f.Add("1.250,50", "EUR")
	f.Fuzz(func(t *testing.T, text, currency string) {
		m, err := clamor.ParseMoney(text, currency)
		if err == nil && (m.Minor < 0 || m.Minor > clamor.MaxMinor || len(m.Currency) != 3) {
			t.Fatalf("%q %q gave %v", text, currency, m)
		}
	})
}

func TestNormalDomain(t *testing.T) {
	for text, want := range map[string]string{
		"Northwind.Example": "northwind.example", "https://www.northwind.example/path?q": "northwind.example", "northwind.example:8080": "northwind.example",
		"www.northwind.example.": "northwind.example", "kim@northwind.example": "northwind.example", " münchen.example ": "münchen.example",
		"gmail.com": "", "mail.kim@gmail.com": "", "northwind": "", "": "", "two words.example": "", "a..b": "", "http://": "", "<b>.example": "", "::": "",
	} {
		got, err := clamor.NormalDomain(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzNormalDomain(f *testing.F) {
	f.Add("https://www.northwind.example/path")
	f.Fuzz(func(t *testing.T, text string) {
		domain, err := clamor.NormalDomain(text)
		if err != nil {
			return
		}
		if again, err := clamor.NormalDomain(domain); err != nil || again != domain {
			t.Fatalf("%q is normal as %q, which is normal as %q, %v", text, domain, again, err)
		}
	})
}

func TestQuarter(t *testing.T) {
	for _, c := range []struct {
		text        string
		start       time.Month
		first, last clamor.Date
	}{
		{"2026Q4", 0, "2026-10-01", "2026-12-31"}, {"2026q1", 1, "2026-01-01", "2026-03-31"}, {"2028-Q1", 1, "2028-01-01", "2028-03-31"},
		{"2027Q1", time.February, "2026-02-01", "2026-04-30"}, {"2027Q4", time.February, "2026-11-01", "2027-01-31"},
		{"2026Q2", time.July, "2025-10-01", "2025-12-31"},
	} {
		q, err := clamor.ParseQuarter(c.text, c.start)
		if err != nil || q.First() != c.first || q.Last() != c.last {
			t.Errorf("%s from %s: %s to %s, %v, want %s to %s", c.text, c.start, q.First(), q.Last(), err, c.first, c.last)
		}
	}
	for _, text := range []string{"", "2026", "2026Q5", "Q4", "2026Q0", "2026Q44", "26Q4", "2026 Q4 "} {
		if q, err := clamor.ParseQuarter(text, 0); err == nil {
			t.Errorf("%q reads as %s", text, q)
		}
	}
}

func TestEveryDayLiesInItsQuarter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		day := clamor.Date("1990-01-01").AddDays(rapid.IntRange(0, 30000).Draw(r, "day"))
		q := clamor.QuarterOf(day, time.Month(rapid.IntRange(0, 12).Draw(r, "start")))
		if day < q.First() || day > q.Last() || q.Next().Previous() != q || q.Previous().Last().AddDays(1) != q.First() {
			r.Fatalf("%s lies in %s, which goes from %s to %s", day, q, q.First(), q.Last())
		}
		if again, err := clamor.ParseQuarter(q.String(), q.Start); err != nil || again != q {
			r.Fatalf("%s reads back as %s, %v", q, again, err)
		}
	})
}

func TestDerivedIDsTellThingsApart(t *testing.T) {
	a, b := clamor.DeriveID("note", "a", "bc"), clamor.DeriveID("note", "ab", "c")
	if a == b || a != clamor.DeriveID("note", "a", "bc") || a == clamor.DeriveID("ask", "a", "bc") {
		t.Fatal("the same parts give the same id, other parts another")
	}
}

func TestErrorsKeepTheirKindAndCause(t *testing.T) {
	err := fmt.Errorf("reading: %w", clamor.Errorf(clamor.TooLarge, "too much: %w", io.ErrUnexpectedEOF))
	if clamor.KindOf(err) != clamor.TooLarge || !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "reading: too much: unexpected EOF" {
		t.Fatalf("%v of kind %s", err, clamor.KindOf(err))
	}
	if clamor.KindOf(io.EOF) != clamor.Internal || clamor.KindOf(nil) != clamor.Internal {
		t.Fatal("an error without a kind is internal")
	}
	refused := clamor.Refuse("the note cannot be read", []clamor.Fault{{Path: "text", Message: "is missing"}, {Path: "account", Message: "is missing"}})
	if refused.Error() != "the note cannot be read: text: is missing; account: is missing" || clamor.Refuse("x", nil) != nil {
		t.Fatal(refused)
	}
}

func ExampleQuarter() {
	q, _ := clamor.ParseQuarter("2027Q1", time.February)
	fmt.Println(q, q.First(), q.Last())
	// Output: 2027Q1 2026-02-01 2026-04-30
}
