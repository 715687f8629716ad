package ingest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A trait is something that holds of a sentence and may bear on whether it asks: a cue that it holds, where it stands, its
// shape, the stems of its words and of those that follow one another. The model weighs traits by their names.
//
// Stems count outside of notes only: which words go with asks in the threads of developers says nothing about what buyers
// tell a salesperson, as was measured. Cues, settings and shapes carry over; shapes count once more in notes of their own.

// evidence is a sentence as judged: its words, the cues found among them, and where it stands.
type evidence struct {
	sentence string
	words    []string
	found    []hit
	at       setting
}

// ofNote reports whether a sentence stands in a note about somebody or in a talk, rather than alone or in a post.
func (s setting) ofNote() bool { return s&among != 0 && s&(told|spoken) != 0 }

// traits calls see with the name of each trait, some of them twice. The name is valid until see returns.
func (l *lexicon) traits(e evidence, see func(name []byte)) {
	name := make([]byte, 0, 128)
	tell := func(kind, what string) {
		name = append(append(name[:0], kind...), what...)
		see(name)
	}
	for _, h := range e.found {
		tell("cue ", l.cues[h.cue].name)
	}
	for i, mark := range marks {
		if e.at&(1<<i) != 0 {
			tell("at ", mark)
		}
	}
	note := e.at.ofNote()
	if note {
		tell("at ", "note")
	}
	for i, is := range l.shape(e) {
		if is {
			tell("shape ", shapes[i])
		}
		if is && note {
			tell("note ", shapes[i])
		}
	}
	if !note {
		stemTraits(e.words, name, see)
	}
}

// stemTraits names the stems, and each with the one before it. The ends of the sentence count as words.
func stemTraits(words []string, name []byte, see func([]byte)) {
	last := "^"
	pair := func(w string) {
		name = append(append(append(append(name[:0], "pair "...), last...), ' '), w...)
		see(name)
		last = w
	}
	for _, w := range words {
		w = stem(w)
		name = append(append(name[:0], "word "...), w...)
		see(name)
		pair(w)
	}
	pair("$")
}

// shapes are the names of what shape finds, in its order.
var shapes = [...]string{
	"of up to 3 words", "of 4 to 7 words", "of 8 to 14 words", "of 25 words or more", "asks a question", "begins with a deed", "begins small",
	"cries out", "holds code", "holds digits", "holds money", "holds a day", "names somebody", "quotes", "past", "doing", "speaks of me",
	"speaks to you", "speaks of them", "speaks of nobody", "modal", "negative", "in another language",
}

// shape tells which of the shapes a sentence has.
func (l *lexicon) shape(e evidence) (is [len(shapes)]bool) {
	n, opens, ends := len(e.words), "", ""
	if n > 0 {
		opens, ends = e.words[0], e.words[n-1]
	}
	first, _ := utf8.DecodeRuneInString(e.sentence)
	has := func(class string) bool {
		words := l.classes[class]
		return slices.ContainsFunc(e.words, func(w string) bool { return words[w] })
	}
	me, you, them := has("me"), has("you"), has("them")
	return [...]bool{
		n <= 3, n > 3 && n <= 7, n > 7 && n <= 14, n >= 25, ends == "?", l.classes["able"][opens] || l.classes["do"][opens],
		unicode.IsLower(first), strings.HasSuffix(e.sentence, "!"), strings.ContainsAny(e.sentence, "`{}<>_/\\=()"),
		strings.ContainsAny(e.sentence, "0123456789"),
		strings.ContainsAny(e.sentence, "$€£%"), has("when"), namesSomebody(e.sentence), strings.ContainsAny(e.sentence, "\"“„«"),
		slices.ContainsFunc(e.words, func(w string) bool { return len(w) > 4 && strings.HasSuffix(w, "ed") }),
		slices.ContainsFunc(e.words, func(w string) bool { return len(w) > 5 && strings.HasSuffix(w, "ing") }),
		me, you, them, !me && !you && !them, has("modal"), has("negative"), has("foreign") && !has("english"),
	}
}

// namesSomebody reports whether a word inside a sentence begins with a capital, as names do in English.
func namesSomebody(s string) bool {
	last := 'x'
	for i, r := range s {
		if i > 1 && last == ' ' && unicode.IsUpper(r) && !strings.HasPrefix(s[i:], "I ") && !strings.HasPrefix(s[i:], "I'") {
			return true
		}
		last = r
	}
	return false
}

// stem takes the common English endings off a word, enough to make the forms of one verb and the numbers of one noun alike.
// It is no real stemmer, and need not be: a wrong stem is a word of its own.
func stem(w string) string {
	for _, ending := range [...]string{"ing", "ies", "ed", "es", "s", "e"} {
		base, ok := strings.CutSuffix(w, ending)
		if !ok || len(base) < 3 || strings.HasSuffix(base, "s") {
			continue
		}
		if n := len(base); n > 3 && base[n-1] == base[n-2] && strings.IndexByte("bdgmnprt", base[n-1]) >= 0 {
			base = base[:n-1]
		}
		return base
	}
	return w
}
