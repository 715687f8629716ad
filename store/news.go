package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"clamor"
)

// keptNews is for how many revisions it is known what they did; mostTold and mostNews are how many things are worth telling one by one, of
// one revision and of all since one.
const (
	keptNews = 1000
	mostTold = 3000
	mostNews = 20_000
)

// News tells what changed for a list as of a day since a revision.
func (db *DB) News(ctx context.Context, asOf clamor.Date, since int64) (clamor.News, error) {
	var news clamor.News
	err := db.view(ctx, func(w work) error {
		news = clamor.News{}
		t, err := touchedSince(w, since, &news.Revision)
		if err != nil {
			return err
		}
		if news.Whole = t.Whole; news.Whole || news.Revision == since {
			return nil
		}
		return newsOf(w, &news, t, micros(asOf.End()))
	})
	if err != nil {
		return news, fmt.Errorf("reading what changed since revision %d: %w", since, err)
	}
	return news, nil
}

// Touched tells where the asks that changed since a revision stand now, which features they left, and which accounts changed.
func (db *DB) Touched(ctx context.Context, since int64) (clamor.Touched, error) {
	var told clamor.Touched
	err := db.view(ctx, func(w work) error {
		told = clamor.Touched{}
		t, err := touchedSince(w, since, &told.Revision)
		if err != nil {
			return err
		}
		told.Whole, told.Accounts = t.Whole, t.Accounts
		if told.Left, err = canonicals(w, t.Left); err != nil || t.Whole {
			return err
		}
		told.Origins, err = newOrigins(w, t.Asks, told.Left)
		return err
	})
	return told, err
}

// newOrigins are those of asks, and of all asks of some features.
func newOrigins(w work, asks []clamor.AskID, left []clamor.FeatureID) (all []clamor.Origin, err error) {
	err = chunked(asks, func(ids []clamor.AskID) error {
		marks, args := places(1, ids)
		some, err := list(w, scanOrigin, originSelect+` AND ask.id IN (`+marks+`) ORDER BY ask.id`, args...)
		for _, o := range some {
			if _, again := slices.BinarySearch(left, o.Feature); !again {
				all = append(all, o)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, chunked(left, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		some, err := list(w, scanOrigin, originSelect+` AND ask.feature IN (SELECT id FROM feature WHERE canonical IN (`+marks+`))`, args...)
		all = append(all, some...)
		return err
	})
}

// canonicals are features and what they are merged into.
func canonicals(w work, ids []clamor.FeatureID) ([]clamor.FeatureID, error) {
	all := ids
	err := chunked(ids, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		ends, err := list(w, func(row scanner) (id clamor.FeatureID, err error) { return id, row.Scan(&id) },
			`SELECT DISTINCT canonical FROM feature WHERE canonical <> id AND id IN (`+marks+`)`, args...)
		all = append(all, ends...)
		return err
	})
	return distinct(all), err
}

// touchedSince gathers what the revisions after one touched, and says which revision it is now.
func touchedSince(w work, since int64, now *int64) (touched, error) {
	var all touched
	if err := w.row(`SELECT n FROM revision WHERE id = 1`, nil, now); err != nil {
		return all, err
	}
	told := int64(0)
	err := w.each(func(row scanner) error {
		var encoded string
		var one touched
		if err := row.Scan(&encoded); err != nil {
			return err
		}
		told++
		err := json.Unmarshal([]byte(encoded), &one)
		all.add(one)
		return err
	}, `SELECT touched FROM list_news WHERE n > $1 AND n <= $2`, since, *now)
	if told != *now-since {
		all.whole()
	}
	all.compact()
	if all.size() > mostNews {
		all.whole()
	}
	return all, err
}

// newsOf reads what was touched as it stands now.
func newsOf(w work, news *clamor.News, t touched, at int64) error {
	if err := newAsks(w, news, &t, at); err != nil {
		return err
	}
	err := chunked(t.Features, func(ids []clamor.FeatureID) error {
		marks, args := places(1, ids)
		some, err := list(w, scanFeature, `SELECT `+featureColumns+` FROM feature WHERE id IN (`+marks+`)`, args...)
		news.Features = append(news.Features, some...)
		return err
	})
	if err != nil {
		return err
	}
	if news.Accounts, err = newAccounts(w, t.Accounts, at); err != nil {
		return err
	}
	err = chunked(t.Deals, func(ids []clamor.DealID) error {
		marks, args := places(1, ids)
		some, err := deals(w, at, "WHERE id IN ("+marks+")", "WHERE subject IN ("+marks+")", args...)
		news.Deals = append(news.Deals, some...)
		return err
	})
	if err != nil {
		return err
	}
	if news.Rates, err = rates(w); err != nil {
		return err
	}
	if news.Pins, err = pins(w); err != nil {
		return err
	}
	return w.row(`SELECT (SELECT COUNT(*) FROM ask WHERE state = 'pending'), (SELECT COALESCE(MAX(seq), 0) FROM ruling)`, nil, &news.Pending, &news.Rulings)
}

// newAsks reads the asks, with those of features that count elsewhere now, and adds the features in which they stand to what was touched.
func newAsks(w work, news *clamor.News, t *touched, at int64) error {
	for _, f := range t.Relinked {
		ids, err := list(w, func(row scanner) (id clamor.AskID, err error) { return id, row.Scan(&id) }, `SELECT id FROM ask WHERE feature = $1`, string(f))
		if err != nil {
			return err
		}
		t.Asks = append(t.Asks, ids...)
	}
	t.Asks = distinct(t.Asks)
	live := make(map[clamor.AskID]bool, len(t.Asks))
	err := chunked(t.Asks, func(ids []clamor.AskID) error {
		marks, args := places(2, ids)
		some, err := list(w, scanEvidenceAsk, evidenceAskSelect+` AND ask.id IN (`+marks+`) ORDER BY ask.id`, append([]any{at}, args...)...)
		news.Asks = append(news.Asks, some...)
		return err
	})
	for _, a := range news.Asks {
		live[a.ID] = true
		t.feature(a.Feature)
	}
	for _, id := range t.Asks {
		if !live[id] {
			news.Gone = append(news.Gone, id)
		}
	}
	t.compact()
	return err
}

// newAccounts reads accounts as of a time, those that are merged as what they are merged into.
func newAccounts(w work, ids []clamor.AccountID, at int64) ([]clamor.Account, error) {
	found := map[clamor.AccountID]clamor.Account{}
	err := chunked(ids, func(ids []clamor.AccountID) error { return findAccounts(w, ids, at, found) })
	var all []clamor.Account
	known := map[clamor.AccountID]bool{}
	for _, id := range ids {
		if a, ok := found[id]; ok && !known[a.ID] {
			known[a.ID], all = true, append(all, a)
		}
	}
	for i := range all {
		if all[i].Parent == "" || err != nil {
			continue
		}
		err = w.row(`SELECT COALESCE((SELECT canonical FROM account WHERE id = $1), $1)`, []any{string(all[i].Parent)}, &all[i].Parent)
		if all[i].Parent == all[i].ID {
			all[i].Parent = ""
		}
	}
	return all, err
}
