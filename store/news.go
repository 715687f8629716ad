package store

import (
	"context"
	"encoding/json"
	"fmt"

	"clamor"
)

// keptNews is for how many revisions it is known what they did, mostNews how many asks are worth telling one by one.
const (
	keptNews = 1000
	mostNews = 200
)

// placed notes that something changed which could move a list, and that it was these asks, which stand somewhere now, or a number
// of pending asks, and nothing else.
func placed(w work, asks []clamor.AskID) error {
	encoded, err := json.Marshal(asks)
	if err != nil {
		return err
	}
	if err := moved(w); err != nil {
		return err
	}
	var n int64
	if err := w.row(`SELECT n FROM revision WHERE id = 1`, nil, &n); err != nil {
		return err
	}
	if _, err := w.exec(`INSERT INTO list_news (n, asks) VALUES ($1, $2)`, n, string(encoded)); err != nil {
		return fmt.Errorf("noting what revision %d did: %w", n, err)
	}
	_, err = w.exec(`DELETE FROM list_news WHERE n <= $1`, n-keptNews)
	return err
}

// News tells what changed for a list as of a day since a revision.
func (db *DB) News(ctx context.Context, asOf clamor.Date, since int64) (clamor.News, error) {
	var news clamor.News
	err := db.view(ctx, func(w work) error {
		news = clamor.News{}
		if err := w.row(`SELECT n FROM revision WHERE id = 1`, nil, &news.Revision); err != nil {
			return err
		}
		var ids []clamor.AskID
		told := int64(0)
		err := w.each(func(row scanner) error {
			var encoded string
			var some []clamor.AskID
			if err := row.Scan(&encoded); err != nil {
				return err
			}
			told++
			err := json.Unmarshal([]byte(encoded), &some)
			ids = append(ids, some...)
			return err
		}, `SELECT asks FROM list_news WHERE n > $1 AND n <= $2`, since, news.Revision)
		if err != nil {
			return err
		}
		if told != news.Revision-since || len(ids) > mostNews {
			news.Whole = true
			return nil
		}
		if err := w.row(`SELECT COUNT(*) FROM ask WHERE state = 'pending'`, nil, &news.Pending); err != nil || len(ids) == 0 {
			return err
		}
		return newsOf(w, &news, ids, micros(asOf.End()))
	})
	if err != nil {
		return news, fmt.Errorf("reading what changed since revision %d: %w", since, err)
	}
	return news, nil
}

// newsOf reads the asks up to a time, and the features in which they stand.
func newsOf(w work, news *clamor.News, ids []clamor.AskID, at int64) error {
	marks, args := places(2, ids)
	var err error
	if news.Asks, err = list(w, scanEvidenceAsk, evidenceAskSelect+` AND ask.id IN (`+marks+`) ORDER BY ask.id`, append([]any{at}, args...)...); err != nil {
		return err
	}
	if len(news.Asks) == 0 {
		return nil
	}
	features := make([]clamor.FeatureID, len(news.Asks))
	for i, a := range news.Asks {
		features[i] = a.Feature
	}
	marks, args = places(1, features)
	news.Features, err = list(w, scanFeature, `SELECT `+featureColumns+` FROM feature WHERE id IN (`+marks+`) ORDER BY created_at, id`, args...)
	return err
}
