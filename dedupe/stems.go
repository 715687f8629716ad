package dedupe

import (
	"hash/maphash"
	"sync/atomic"
)

// stems remembers the stems of words met lately: the same few thousand words make up most of what people write, and stemming one
// takes twenty times as long as finding it here. A place is overwritten by the next word that falls on it, so that it never grows.
// It is safe for concurrent use.
type stems struct {
	seed   maphash.Seed
	places [1 << 15]atomic.Pointer[stemmed]
}

type stemmed struct {
	word, stem string
	lang       int
}

func newStems() *stems { return &stems{seed: maphash.MakeSeed()} }

// find gives the stem of a word, made by a stemmer where it is not remembered.
func (s *stems) find(word string, lang int, stemmer func(word string, stemStopWords bool) string) string {
	place := &s.places[maphash.String(s.seed, word)%uint64(len(s.places))]
	if known := place.Load(); known != nil && known.word == word && known.lang == lang {
		return known.stem
	}
	found := &stemmed{word: word, stem: stemmer(word, true), lang: lang}
	if found.stem == "" {
		found.stem = word
	}
	place.Store(found)
	return found.stem
}
