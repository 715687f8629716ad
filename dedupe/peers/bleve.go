package main

import (
	"os"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	index "github.com/blevesearch/bleve_index_api"
)

// bm25 is Bleve with its English analyzer and BM25, any word of the text.
type bm25 struct{ index bleve.Index }

func (b *bm25) name() string { return "Bleve, BM25" }

func (b *bm25) fill(texts []string) error {
	mapping := bleve.NewIndexMapping()
	mapping.DefaultAnalyzer = en.AnalyzerName
	mapping.ScoringModel = index.BM25Scoring
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	if b.index, err = bleve.New(dir+"/index", mapping); err != nil {
		return err
	}
	const batch = 1000
	for from := 0; from < len(texts); from += batch {
		docs := b.index.NewBatch()
		for i := from; i < min(from+batch, len(texts)); i++ {
			if err := docs.Index(strconv.Itoa(i), map[string]string{"text": texts[i]}); err != nil {
				return err
			}
		}
		if err := b.index.Batch(docs); err != nil {
			return err
		}
	}
	return nil
}

func (b *bm25) nearest(texts []string, place, limit int) ([]int, error) {
	query := bleve.NewMatchQuery(texts[place])
	query.SetField("text")
	found, err := b.index.Search(bleve.NewSearchRequestOptions(query, limit, 0, false))
	if err != nil {
		return nil, err
	}
	var near []int
	for _, hit := range found.Hits {
		n, err := strconv.Atoi(hit.ID)
		if err != nil {
			return nil, err
		}
		near = append(near, n)
	}
	return near, nil
}
