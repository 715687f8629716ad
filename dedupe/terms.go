package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Bounds that keep the cost of one text bounded however large it is: what stands first in an ask says what it is about.
const (
	maxBytes   = 32 << 10
	maxWords   = 1000
	maxRunes   = 40 // of a word: longer ones are keys, hashes and encoded bytes, which no two texts share by meaning
	titleWords = 40 // how much of the title is compared word by word
)

// bodyWeight is what a word of the body counts beside one of the title.
const bodyWeight = 0.4

// saturation is BM25's k1: how soon more of the same word stops adding.
const saturation = 1.2

// token is a stem of a text, and the word that first gave it.
type token struct {
	stem  string
	word  string
	kind  wordKind
	count float64 // weighted by field
}

// couple is two neighbouring tokens of a text, by their places among its tokens.
type couple struct {
	first, second int
	count         float64
}

// reading is an analysed text. It depends on nothing but the text and never changes.
type reading struct {
	tokens  []token // each stem once, in the order of first occurrence
	couples []couple
	title   []int   // the title as it runs, by places among the tokens
	vector  *vector // what the words mean together; nil where that is unknown
	lang    int     // whose stems these are
	sum     uint32  // of the text
}

// analyzer turns texts into readings. What it says never changes; it is safe for concurrent use.
type analyzer struct {
	languages []language
	stops     map[string]bool // English words that say nothing alone
	synonyms  synonyms
	table     *background
	vectors   bool
	stems     *stems
}

func newAnalyzer(o Options) *analyzer {
	a := &analyzer{languages: languages(), stops: setOf(stopWords), synonyms: parseSynonyms(synonymTable + "\n" + o.Synonyms),
		table: embedded(), vectors: !o.WordsOnly, stems: newStems()}
	return a
}

func setOf(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// read analyses a text. Where title and body are not told apart by the sender, the first line is the title.
func (a *analyzer) read(title, body string) reading {
	sum := sumOf(title, body)
	if body == "" {
		title, body, _ = strings.Cut(strings.TrimSpace(clipBytes(title)), "\n")
	}
	head := clip(split(fold(title)), maxWords)
	rest := clip(split(fold(body)), maxWords-len(head))
	lang := detect(a.languages, head, rest)
	b := builder{analyzer: a, lang: lang, places: make(map[string]int, len(head)), couples: make(map[[2]int]int, len(head))}
	b.reading.lang, b.reading.sum = lang, sum
	titled := b.add(a.synonyms.apply(head), 1)
	b.reading.title = clip(titled, titleWords)
	b.add(a.synonyms.apply(rest), bodyWeight)
	if a.vectors && lang == english {
		b.reading.vector = a.table.mean(b.reading.tokens)
	}
	return b.reading
}

func clip[T any](list []T, limit int) []T { return list[:min(len(list), limit)] }

func clipBytes(text string) string { return text[:min(len(text), 2*maxBytes)] }

// builder builds a reading.
type builder struct {
	analyzer *analyzer
	lang     int
	reading  reading
	places   map[string]int // by stem
	couples  map[[2]int]int
}

// add reads words of a field and gives their places in order.
func (b *builder) add(list []string, weight float64) []int {
	run := make([]int, len(list))
	for i, w := range list {
		run[i] = b.addWord(w, weight)
		if i > 0 {
			b.addCouple(run[i-1], run[i], weight)
		}
	}
	return run
}

func (b *builder) addWord(word string, weight float64) int {
	stem := b.analyzer.stem(word, b.lang)
	place, seen := b.places[stem]
	if !seen {
		place = len(b.reading.tokens)
		b.places[stem] = place
		b.reading.tokens = append(b.reading.tokens, token{stem: stem, word: word, kind: b.analyzer.kindOf(word, stem, b.lang)})
	}
	b.reading.tokens[place].count += weight
	return place
}

func (b *builder) addCouple(first, second int, weight float64) {
	key := [2]int{first, second}
	place, seen := b.couples[key]
	if !seen {
		place = len(b.reading.couples)
		b.couples[key] = place
		b.reading.couples = append(b.reading.couples, couple{first: first, second: second})
	}
	b.reading.couples[place].count += weight
}

func (a *analyzer) stem(word string, lang int) string {
	if lang == unknownLanguage || a.languages[lang].stem == nil {
		return word
	}
	return a.stems.find(word, lang, a.languages[lang].stem)
}

// wordKind is what a word tells beyond its meaning, as bits.
type wordKind uint8

const (
	stopWord wordKind = 1 << iota // says nothing alone
	negative                      // turns a sentence round: not, never, without
	adverse                       // says the same as a negative would: fails, broken, missing
	exact                         // a number, a version, an address: another one is another thing
)

func (a *analyzer) kindOf(word, stem string, lang int) wordKind {
	var k wordKind
	if a.stops[word] || lang != unknownLanguage && a.languages[lang].words[word] {
		k |= stopWord
	}
	if isNegative(word) {
		k |= negative
	}
	if isAdverse(stem) {
		k |= adverse
	}
	if strings.ContainsFunc(word, unicode.IsDigit) || strings.Contains(word, ".") {
		k |= exact
	}
	return k
}

// fold makes spellings that differ only in case, width or composition equal, and drops what is no text.
func fold(text string) string {
	if len(text) > maxBytes {
		text = text[:maxBytes]
	}
	if isASCII(text) {
		return strings.ToLower(text)
	}
	text = cases.Fold().String(norm.NFKC.String(strings.ToValidUTF8(text, " ")))
	return strings.ReplaceAll(text, "’", "'")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// split gives the words of a folded text; runs of Chinese, Japanese and Korean characters, which write no spaces, as
// overlapping pairs of characters.
func split(text string) []string {
	var out []string
	var run []rune
	flush := func() {
		out = append(out, characterPairs(run)...)
		run = run[:0]
	}
	for it := words.FromString(text); it.Next() && len(out) < maxWords; {
		w := it.Value()
		if r, _ := utf8.DecodeRuneInString(w); isCJK(r) {
			run = append(run, []rune(w)...)
			continue
		}
		flush()
		if isWord(w) {
			out = append(out, strings.TrimSuffix(w, "'s"))
		}
	}
	flush()
	return out
}

func characterPairs(run []rune) []string {
	if len(run) == 1 {
		return []string{string(run)}
	}
	var out []string
	for i := 1; i < len(run); i++ {
		out = append(out, string(run[i-1:i+1]))
	}
	return out
}

func isCJK(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// isWord reports whether a segment is a word: not space, punctuation or an overlong string of letters. A letter under a
// heap of combining marks is a word of as many runes.
func isWord(w string) bool {
	n, told := 0, false
	for _, r := range w {
		n++
		told = told || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return told && n <= maxRunes
}

// saturate is the BM25 weight of a count.
func saturate(count float64) float64 { return count * (saturation + 1) / (count + saturation) }
