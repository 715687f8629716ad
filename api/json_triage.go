package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
)

// TriageStore is what triage needs of the store.
type TriageStore interface {
	// Waiting lists asks that wait for a look, the newest first; those before an ask, where one is named.
	Waiting(ctx context.Context, looks []clamor.Look, before clamor.AskID, limit int) ([]clamor.Quote, error)
	// CountWaiting counts what waits, each kind up to a limit.
	CountWaiting(ctx context.Context, limit int) (clamor.Waiting, error)
	// AskQuotes finds asks wherever they stand; those that are gone are left out.
	AskQuotes(ctx context.Context, ids []clamor.AskID) ([]clamor.Quote, error)
	// SilentNotes lists notes in which no ask was found, the newest first; those before a note, where one is named.
	SilentNotes(ctx context.Context, before clamor.NoteID, limit int) ([]clamor.Note, error)
	// AddAsk makes an ask of words of a note; Conflict if they are one already.
	AddAsk(ctx context.Context, m clamor.MarkedAsk) (clamor.Ask, clamor.Ruling, error)
	// LatestRulings are the newest in force on asks and notes, of one person or, for "", of all.
	LatestRulings(ctx context.Context, by string, limit int) ([]clamor.Ruling, error)
	// Backing counts the asks and accounts behind features.
	Backing(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID]clamor.Backing, error)
	// Preference is what a person, or for "" the workspace, prefers; "" where nothing is chosen.
	Preference(ctx context.Context, person clamor.UserID, name string) (string, error)
	PutPreference(ctx context.Context, person clamor.UserID, name, value, by string) error
}

// mostCounted is where counting what waits stops: beyond it nobody counts.
const mostCounted = 1000

// addAsk makes an ask of words that a person marked.
func (s *Server) addAsk(c *gin.Context) error {
	var m clamor.MarkedAsk
	if err := s.decodeBody(c, &m); err != nil {
		return err
	}
	m.Note, m.By = clamor.NoteID(c.Param("id")), userOf(c).Name
	ask, ruling, err := s.Store.AddAsk(c.Request.Context(), m)
	if err != nil {
		return err
	}
	s.Wake()
	c.Header("Location", "/api/v1/rulings/"+string(ruling.ID))
	return writeJSON(c, http.StatusCreated, struct {
		Ask    clamor.Ask    `json:"ask"`
		Ruling clamor.Ruling `json:"ruling"`
	}{ask, ruling})
}

// waitingAnswer is an ask that waits for a look, with where it may belong.
type waitingAnswer struct {
	ID           clamor.AskID     `json:"id"`
	Note         clamor.NoteID    `json:"note"`
	Text         string           `json:"text"`
	Quote        string           `json:"quote"`
	Account      clamor.AccountID `json:"account"`
	AccountName  string           `json:"account_name"`
	OccurredAt   time.Time        `json:"occurred_at"`
	URL          string           `json:"url,omitempty"`
	Feature      clamor.FeatureID `json:"feature"`
	FeatureTitle string           `json:"feature_title"`
	Suggestions  []similarAnswer  `json:"suggestions"`
}

const (
	usualWaiting = 20
	mostWaiting  = 100
)

func (s *Server) waiting(c *gin.Context) error {
	ctx, query := c.Request.Context(), c.Request.URL.Query()
	var wrong faults
	wrong.parameters(query, "look", "before", "limit")
	looks := []clamor.Look{}
	for _, word := range words(query["look"]) {
		wrong.add("look", oneOf(clamor.Look(word), clamor.LookClose, clamor.LookJoined, clamor.LookFounded))
		looks = append(looks, clamor.Look(word))
	}
	if len(looks) == 0 {
		looks = []clamor.Look{clamor.LookClose, clamor.LookJoined}
	}
	limit := usualWaiting
	if text := query.Get("limit"); text != "" {
		var err error
		limit, err = readLimit(text)
		wrong.add("limit", err)
	}
	if err := clamor.Refuse("what waits cannot be shown so", sorted(wrong)); err != nil {
		return err
	}
	counts, err := s.Store.CountWaiting(ctx, mostCounted)
	if err != nil {
		return err
	}
	quotes, err := s.Store.Waiting(ctx, looks, clamor.AskID(query.Get("before")), min(limit, mostWaiting))
	if err != nil {
		return err
	}
	answer := struct {
		Counts map[string]int  `json:"counts"`
		Asks   []waitingAnswer `json:"asks"`
	}{map[string]int{"silent_notes": counts.Silent}, make([]waitingAnswer, len(quotes))}
	for look, n := range counts.Asks {
		answer.Counts[string(look)] = n
	}
	for i, q := range quotes {
		if answer.Asks[i], err = s.waitingAnswer(ctx, q); err != nil {
			return err
		}
	}
	return writeJSON(c, http.StatusOK, answer)
}

func (s *Server) waitingAnswer(ctx context.Context, q clamor.Quote) (waitingAnswer, error) {
	a := waitingAnswer{ID: q.ID, Note: q.Note, Text: q.Text, Quote: q.Quote, Account: q.Account, AccountName: q.AccountName, OccurredAt: q.OccurredAt,
		URL: q.URL, Feature: q.Feature, Suggestions: []similarAnswer{}}
	found := s.elsewhere(q)
	ids := []clamor.FeatureID{q.Feature}
	for _, f := range found {
		ids = append(ids, f.Feature)
	}
	features, err := s.Store.Features(ctx, ids)
	if err != nil {
		return a, err
	}
	a.FeatureTitle = features[q.Feature].Title
	for _, f := range found {
		if known, ok := features[f.Feature]; ok {
			a.Suggestions = append(a.Suggestions, newSimilarAnswer(known, f))
		}
	}
	return a, nil
}
