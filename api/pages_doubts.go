package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/dedupe"
)

// examples finds the words and the features of asks on which another setting would decide differently.
func (s *Server) examples(ctx context.Context, all []dedupe.Changed) ([]web.Example, error) {
	var asks []clamor.AskID
	var features []clamor.FeatureID
	for _, x := range all {
		asks, features = append(asks, x.Ask, x.Nearest), append(features, x.Feature, x.Better.Feature)
	}
	quotes, err := s.Store.AskQuotes(ctx, asks)
	if err != nil {
		return nil, err
	}
	words := make(map[clamor.AskID]clamor.Quote, len(quotes))
	for _, q := range quotes {
		words[q.ID] = q
	}
	known, err := s.Store.Features(ctx, features)
	if err != nil {
		return nil, err
	}
	var shown []web.Example
	for _, x := range all {
		if words[x.Ask].ID == "" || known[x.Better.Feature].ID == "" {
			continue // gone since
		}
		b := x.Better
		shown = append(shown, web.Example{Ask: words[x.Ask], Near: words[x.Nearest], Stands: known[x.Feature], Other: known[b.Feature], Joins: x.Joins,
			Same: x.Feature == b.Feature, Ruled: x.Ruled, Shared: b.Shared, Here: b.Here, There: b.There, Why: b.Why, Score: b.Score})
	}
	return shown, nil
}

// doubtsPage lists asks that would be joined elsewhere today than where the machine put them.
func (s *Server) doubtsPage(c *gin.Context) error {
	ctx := c.Request.Context()
	found, err := s.Dedupe.Doubts(ctx, usualTrials, pageDoubts)
	if err != nil {
		return err
	}
	changed := make([]dedupe.Changed, len(found))
	for i, d := range found {
		changed[i] = dedupe.Changed{Ask: d.Ask, Feature: d.Feature, Joins: true, Better: d.Better, Nearest: d.Nearest}
	}
	v := web.DoubtsView{Asks: usualTrials, More: len(found) == pageDoubts}
	if v.Doubts, err = s.examples(ctx, changed); err != nil {
		return err
	}
	v.Doubts = slices.DeleteFunc(v.Doubts, func(x web.Example) bool { return x.Ask.By != clamor.Machine }) // settled a moment ago
	flash, err := s.doubtFlash(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, flash, v)
}

// doubtFlash tells what was just settled.
func (s *Server) doubtFlash(c *gin.Context) (*web.Flash, error) {
	id := clamor.RulingID(c.Query("done"))
	if !strings.HasPrefix(string(id), "ruling_") {
		return nil, nil
	}
	latest, err := s.Store.LatestRulings(c.Request.Context(), userOf(c).Name, 20)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(latest, func(r clamor.Ruling) bool { return r.ID == id })
	if at < 0 {
		return nil, nil
	}
	f := &web.Flash{Message: "It stays where it is, and is not doubted again.", Undo: id, Back: deduperPath + "/doubts"}
	if latest[at].Kind == clamor.RuleMove {
		f.Message = "Moved. Those two features are told apart better from now on."
	}
	return f, nil
}

// doubtForm settles a doubt by a ruling: the ask moves, or it stays.
func (s *Server) doubtForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	r := rulingBody{Kind: clamor.RuleConfirm, Asks: []clamor.AskID{clamor.AskID(fields.Get("ask"))},
		Feature: clamor.FeatureID(fields.Get("feature"))}
	if fields.Get("do") == "move" {
		r.Kind, r.Target = clamor.RuleMove, clamor.FeatureID(fields.Get("target"))
	}
	if err := r.check(); err != nil {
		return err
	}
	ruling, err := s.Store.Rule(c.Request.Context(), r.ruling(userOf(c).Name))
	if err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, deduperPath+"/doubts", string(ruling.ID))
}
