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

func (b *bm25) fill(rows []labelled, n int) error {
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
	for from := 0; from < n; from += batch {
		docs := b.index.NewBatch()
		for i := from; i < min(from+batch, n); i++ {
			if err := docs.Index(strconv.Itoa(i), map[string]string{"text": rows[i].Text}); err != nil {
				return err
			}
		}
		if err := b.index.Batch(docs); err != nil {
			return err
		}
	}
	return nil
}

func (b *bm25) add(rows []labelled, place int) error {
	return b.index.Index(strconv.Itoa(place), map[string]string{"text": rows[place].Text})
}

func (b *bm25) labels(rows []labelled, place int) ([]string, error) {
	query := bleve.NewMatchQuery(rows[place].Text)
	query.SetField("text")
	found, err := b.index.Search(bleve.NewSearchRequestOptions(query, shownTexts, 0, false))
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
	return labelsOf(rows, near), nil
}
