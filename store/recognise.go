package store

import (
	"context"
	"errors"
	"slices"

	"clamor"
)

// ambiguous refuses a record that may speak of any of several accounts: a person has to say which.
type ambiguous struct {
	error
	candidates []clamor.AccountID // in order of ID
}

func (a ambiguous) Unwrap() error { return a.error }

// Recognise says of each record which account it would be taken to speak of, and changes nothing.
func (db *DB) Recognise(ctx context.Context, records []clamor.AccountFacts) ([]clamor.Match, error) {
	matches := make([]clamor.Match, len(records))
	err := db.view(ctx, func(w work) error {
		for i, f := range records {
			var err error
			if matches[i], err = recognise(w, f); err != nil {
				return err
			}
		}
		return nil
	})
	return matches, err
}

func recognise(w work, f clamor.AccountFacts) (clamor.Match, error) {
	if !f.Known() {
		return clamor.Match{Outcome: clamor.MatchNone, Reason: "no account is named: give a name, a domain or an external id"}, nil
	}
	id, err := match(w, f)
	var several ambiguous
	switch {
	case errors.As(err, &several):
		m := clamor.Match{Outcome: clamor.MatchAmbiguous, Reason: several.Error()}
		m.Candidates, err = candidates(w, several.candidates)
		return m, err
	case err != nil:
		return clamor.Match{}, err
	case id == "":
		return clamor.Match{Outcome: clamor.MatchNew}, nil
	}
	m := clamor.Match{Outcome: clamor.MatchKnown}
	return m, w.row(`SELECT b.id, b.name FROM account a JOIN account b ON b.id = a.canonical WHERE a.id = $1`, []any{string(id)}, &m.Account, &m.Name)
}

// candidates are accounts with their facts as known now.
func candidates(w work, ids []clamor.AccountID) ([]clamor.Account, error) {
	found := map[clamor.AccountID]clamor.Account{}
	if err := findAccounts(w, ids, latest, found); err != nil {
		return nil, err
	}
	all := []clamor.Account{}
	for _, id := range ids {
		if a, ok := found[id]; ok && !slices.ContainsFunc(all, func(b clamor.Account) bool { return a.ID == b.ID }) {
			all = append(all, a)
		}
	}
	return all, nil
}
