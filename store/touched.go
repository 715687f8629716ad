package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"clamor"
)

// touched gathers what a transaction changes of what lists are computed from. What writes such a thing names it here, so that whoever
// follows a list need not read all anew. On a nil one nothing is gathered.
type touched struct {
	Asks     []clamor.AskID     `json:"asks,omitempty"`
	Relinked []clamor.FeatureID `json:"relinked,omitempty"` // features whose asks all count elsewhere now
	Features []clamor.FeatureID `json:"features,omitempty"`
	Left     []clamor.FeatureID `json:"left,omitempty"` // features that asks left
	Accounts []clamor.AccountID `json:"accounts,omitempty"`
	Deals    []clamor.DealID    `json:"deals,omitempty"`
	Whole    bool               `json:"whole,omitempty"` // more than stands above
}

func (t *touched) ask(id clamor.AskID) {
	if t != nil {
		t.Asks = append(t.Asks, id)
	}
}

// feature notes a feature; it may be none.
func (t *touched) feature(id clamor.FeatureID) {
	if t != nil && id != "" {
		t.Features = append(t.Features, id)
	}
}

// left notes a feature that an ask stands under no more; it may be none.
func (t *touched) left(id clamor.FeatureID) {
	if t != nil && id != "" {
		t.Left = append(t.Left, id)
	}
}

func (t *touched) relinked(id clamor.FeatureID) {
	if t != nil {
		t.Relinked, t.Features, t.Left = append(t.Relinked, id), append(t.Features, id), append(t.Left, id)
	}
}

func (t *touched) account(id clamor.AccountID) {
	if t != nil {
		t.Accounts = append(t.Accounts, id)
	}
}

func (t *touched) deal(id clamor.DealID) {
	if t != nil {
		t.Deals = append(t.Deals, id)
	}
}

func (t *touched) whole() {
	if t != nil {
		t.Whole = true
	}
}

// size is how many things are named.
func (t *touched) size() int {
	return len(t.Asks) + len(t.Relinked) + len(t.Features) + len(t.Left) + len(t.Accounts) + len(t.Deals)
}

// add adds what another transaction touched.
func (t *touched) add(o touched) {
	t.Asks, t.Relinked, t.Features = append(t.Asks, o.Asks...), append(t.Relinked, o.Relinked...), append(t.Features, o.Features...)
	t.Accounts, t.Deals, t.Whole = append(t.Accounts, o.Accounts...), append(t.Deals, o.Deals...), t.Whole || o.Whole
	t.Left = append(t.Left, o.Left...)
}

// compact names each thing once.
func (t *touched) compact() {
	t.Asks, t.Relinked, t.Features = distinct(t.Asks), distinct(t.Relinked), distinct(t.Features)
	t.Accounts, t.Deals, t.Left = distinct(t.Accounts), distinct(t.Deals), distinct(t.Left)
}

func distinct[T ~string](ids []T) []T {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// moved notes that something changed which could move a list, and what the transaction touched.
func moved(w work) error {
	var n int64
	if err := w.row(`UPDATE revision SET n = n + 1 WHERE id = 1 RETURNING n`, nil, &n); err != nil {
		return err
	}
	w.touched.compact()
	if w.touched.size() > mostTold {
		*w.touched = touched{Whole: true}
	}
	encoded, err := json.Marshal(w.touched)
	if err != nil {
		return err
	}
	if _, err := w.exec(`INSERT INTO list_news (n, touched) VALUES ($1, $2)`, n, string(encoded)); err != nil {
		return fmt.Errorf("noting what revision %d did: %w", n, err)
	}
	_, err = w.exec(`DELETE FROM list_news WHERE n <= $1`, n-keptNews)
	return err
}
