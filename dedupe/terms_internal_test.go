package dedupe

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestStems(t *testing.T) {
	a := newAnalyzer(Options{Synonyms: "crm: customer database"})
	for _, c := range []struct{ text, want string }{
		{"Exporting the reports", "export the report"},
		{"ＥＸＰＯＲＴ", "export"},
		{"cafe\u0301 menu", "café menu"},
		{"Nous avons besoin des exportations", "nous avon besoin de export"},
		{"Necesitamos exportar los informes", "necesit export los inform"},
		{"Нам нужны экспорты отчётов", "нам нужн экспорт отчёт"},
		{"Wir möchten die Berichte nicht exportieren", "wir möchten die berichte nicht exportieren"},
		{"検索を速く", "検索 索を を速 速く"},
		{"log in, sign-in and Login", "login and"},
		{"single sign-on", "sso"},
		{"our customer database", "our crm"},
		{"version 5.3 don’t", "version 5.3 don't"},
		{"🙂 -- !!", ""},
		{strings.Repeat("x", 100), ""},
	} {
		var stems []string
		for _, t := range a.read(c.text, "").tokens {
			stems = append(stems, t.stem)
		}
		if diff := cmp.Diff(c.want, strings.Join(stems, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestLanguageIsEachTextsOwn(t *testing.T) {
	all := languages()
	for _, c := range []struct{ text, want string }{
		{"we need the export", "english"}, {"SAML", "english"}, {"il nous faut les exports pour la direction", "french"},
		{"necesitamos los informes en el panel", "spanish"}, {"нам нужен экспорт", "russian"}, {"vi behöver export och rapporter", "swedish"},
		{"vi trenger eksport og ikke mer", "norwegian"}, {"szeretnénk egy jobb keresőt, mert nem jó", "hungarian"},
		{"wir brauchen das nicht", "german"}, {"abbiamo bisogno di questo", "italian"}, {"precisamos de uma lista", "portuguese"},
		{"需要导出", ""}, {"تصدير", ""},
	} {
		got := ""
		if l := detect(all, split(fold(c.text))); l != unknownLanguage {
			got = all[l].name
		}
		if got != c.want {
			t.Errorf("%q is taken for %q, want %q", c.text, got, c.want)
		}
	}
}

func TestBackgroundKnowsWords(t *testing.T) {
	b := embedded()
	the, okta := b.find("the"), b.find("zzzzqx")
	if the < 0 || okta >= 0 || b.share(the) < 0.01 {
		t.Fatalf("the: row %d, share %v; a made-up word: row %d", the, b.share(the), okta)
	}
	a := newAnalyzer(Options{})
	near, far := a.read("monthly invoice", "").vector, a.read("wild animals", "").vector
	if own := a.read("yearly billing", "").vector; own.cosine(near) < own.cosine(far)+0.2 {
		t.Errorf("yearly billing: %.2f to monthly invoice, %.2f to wild animals", own.cosine(near), own.cosine(far))
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Export", "the list to CSV\x00\xff")
	f.Add("検索", "👩‍👩‍👧‍👦")
	a := newAnalyzer(Options{})
	f.Fuzz(func(t *testing.T, title, body string) {
		r := a.read(title, body)
		if len(r.tokens) > maxWords || len(r.title) > titleWords {
			t.Fatalf("%d tokens, %d of them in the title", len(r.tokens), len(r.title))
		}
		for _, k := range r.tokens {
			if k.count <= 0 || k.stem == "" || !utf8.ValidString(k.stem) {
				t.Fatalf("token %+v", k)
			}
		}
	})
}
