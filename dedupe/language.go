package dedupe

import (
	"strings"
	"unicode"

	snowball "github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
	"github.com/kljensen/snowball/hungarian"
	"github.com/kljensen/snowball/norwegian"
	"github.com/kljensen/snowball/russian"
	"github.com/kljensen/snowball/spanish"
	"github.com/kljensen/snowball/swedish"
)

// language is one a text may be written in: its commonest words tell it, and its stemmer, where there is one, folds the
// forms of a word into one.
type language struct {
	name  string
	stem  func(word string, stemStopWords bool) string // nil: words stay as they are
	words map[string]bool
}

// languages are those told apart. German, Italian and Portuguese, which have no stemmer, are here so that they are not
// mistaken for one that has; the first one named wins a draw.
func languages() []language {
	table := []struct {
		name  string
		stem  func(string, bool) string
		words string
	}{
		{"english", snowball.Stem, "the of and to a in is that for it with on as be this are was by at from or not have an you we they can our would need their all will when if your has do what how i my which there been but so please should"},
		{"french", french.Stem, "le la les des et un une du en est que qui dans pour pas sur au avec ne se ce il nous vous ils sont cette plus par je notre être faire mais ou leur aux ces peut avoir besoin"},
		{"spanish", spanish.Stem, "el la los las de que y en un una es por con para no se del al lo como su más nos este esta pero son hay ser puede necesitamos cuando muy si sin sobre también yo mi nuestro quieren poder"},
		{"russian", russian.Stem, "и в не на что с по как это для мы из но у так же от за бы к о его то они вы все можно нам нужно при если есть чтобы или когда я только уже очень наш"},
		{"swedish", swedish.Stem, "och att det som en på är av för med den till inte har de om ett vi jag kan ska när från men så också vill behöver vår alla eller hur var skulle"},
		{"norwegian", norwegian.Stem, "og å det som en på er av for med den til ikke har de om et vi jeg kan skal når fra men så også vil trenger vår alle eller hvordan var skulle må bli"},
		{"hungarian", hungarian.Stem, "a az és hogy nem is egy ez van meg csak mint de ha el már vagy kell azt lehet még nagyon minden mert akkor szeretnénk nekünk ezt volt lesz után"},
		{"german", nil, "der die das und ist nicht ein eine zu in den von mit für auf wir ich es dem dass sich auch werden können bei sie oder aus wie als wenn haben nur noch nach bitte unsere möchten wird man im"},
		{"italian", nil, "il di che e la in un una per è non con del si da le dei alla sono come anche più nel lo gli ma questo abbiamo possiamo noi nostro se essere poter vorremmo quando i"},
		{"portuguese", nil, "o de que e do da em um uma para é com não os no se na por mais as dos como mas ao ele das à seu sua ou ser quando muito nós precisamos nosso isso também pode"},
	}
	all := make([]language, len(table))
	for i, row := range table {
		words := make(map[string]bool)
		for _, w := range strings.Fields(row.words) {
			words[w] = true
		}
		all[i] = language{row.name, row.stem, words}
	}
	return all
}

// unknownLanguage leaves words as they are; english is the place of English in languages.
const (
	unknownLanguage = -1
	english         = 0
)

// detect votes by script and by common words. A text that gives no sign but is plain ASCII is taken for English: most short
// asks ("SAML single sign-on") hold no common word at all.
func detect(all []language, fields ...[]string) int {
	votes := make([]int, len(all))
	var seen scripts
	for _, words := range fields {
		for _, w := range words {
			seen.add(w)
			for i := range all {
				if all[i].words[w] {
					votes[i]++
				}
			}
		}
	}
	best := most(votes)
	switch {
	case seen.cyrillic > seen.latin:
		if best == unknownLanguage || all[best].name == "russian" {
			return named(all, "russian")
		}
		return unknownLanguage
	case best != unknownLanguage:
		return best
	case seen.other > 0 || seen.accented > 0:
		return unknownLanguage
	}
	return english
}

// scripts counts letters by script.
type scripts struct{ latin, accented, cyrillic, other int }

func (s *scripts) add(word string) {
	for _, r := range word {
		switch {
		case r <= unicode.MaxASCII:
			s.latin++
		case unicode.Is(unicode.Latin, r):
			s.latin++
			s.accented++
		case unicode.Is(unicode.Cyrillic, r):
			s.cyrillic++
		case unicode.IsLetter(r):
			s.other++
		}
	}
}

func most(votes []int) int {
	best := unknownLanguage
	for i, v := range votes {
		if v > 0 && (best == unknownLanguage || v > votes[best]) {
			best = i
		}
	}
	return best
}

func named(all []language, name string) int {
	for i := range all {
		if all[i].name == name {
			return i
		}
	}
	return unknownLanguage
}
