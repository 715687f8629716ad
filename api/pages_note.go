package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// notePage is a note as it was received, with its asks marked.
func (s *Server) notePage(c *gin.Context) error {
	ctx := c.Request.Context()
	note, asks, err := s.Store.FindNote(ctx, clamor.NoteID(c.Param("id")))
	if err != nil {
		return err
	}
	slices.SortStableFunc(asks, func(a, b clamor.Ask) int { return cmp.Compare(a.Start, b.Start) })
	n, err := s.namesOf(ctx, []clamor.Part{{Account: note.Account, Deal: note.Deal}})
	if err != nil {
		return err
	}
	v := web.NoteView{Note: note, Account: accountOr(n.accounts, note.Account), Segments: web.Highlight(note.Text, asks)}
	if deal, known := n.deals[note.Deal]; known {
		v.Deal = &deal
	}
	if v.Asks, err = s.noteAsks(ctx, note, asks); err != nil {
		return err
	}
	if note.Delivery != "" {
		d, err := s.Store.FindDelivery(ctx, note.Delivery)
		if err == nil {
			v.Delivery = &d
		} else if clamor.KindOf(err) != clamor.NotFound {
			return err
		}
	}
	return s.render(c, http.StatusOK, nil, v)
}

func accountOr(known map[clamor.AccountID]clamor.Account, id clamor.AccountID) clamor.Account {
	if a, ok := known[id]; ok {
		return a
	}
	return clamor.Account{ID: id, Name: string(id)}
}

// noteAsks names the features where the asks stand, following merges to what people see.
func (s *Server) noteAsks(ctx context.Context, note clamor.Note, asks []clamor.Ask) ([]web.NoteAsk, error) {
	features := map[clamor.FeatureID]clamor.Feature{}
	wanted := map[clamor.FeatureID]bool{}
	for _, a := range asks {
		if a.Feature != "" {
			wanted[a.Feature] = true
		}
	}
	for len(wanted) > 0 {
		found, err := s.Store.Features(ctx, keysOf(wanted))
		if err != nil {
			return nil, err
		}
		clear(wanted)
		for id, f := range found {
			features[id] = f
			if _, known := features[f.Merged]; f.Merged != "" && !known {
				wanted[f.Merged] = true
			}
		}
	}
	all := make([]web.NoteAsk, len(asks))
	for i, a := range asks {
		for f := features[a.Feature]; f.Merged != ""; f = features[f.Merged] {
			a.Feature = f.Merged
		}
		all[i] = web.NoteAsk{Ask: a, Title: features[a.Feature].Title, Ordinal: i + 1, InText: a.Start < a.End && a.End <= len(note.Text)}
	}
	return all, nil
}

// accountPage is what an account is, and what its money says for each feature.
func (s *Server) accountPage(c *gin.Context) error {
	v, err := s.accountView(c.Request.Context(), clamor.AccountID(c.Param("id")))
	if err != nil {
		return err
	}
	if string(v.Account.ID) != c.Param("id") { // it counts as another, whose page this is
		c.Redirect(http.StatusSeeOther, accountPath(v.Account.ID))
		return nil
	}
	if v.Merged, err = s.Store.MergedAccounts(c.Request.Context(), v.Account.ID); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, accountFlash(c.Query("done")), v)
}

// accountView gathers what is known of an account, what it asks for, what became of that, and what it was promised.
func (s *Server) accountView(ctx context.Context, id clamor.AccountID) (web.AccountView, error) {
	found, err := s.Store.Accounts(ctx, []clamor.AccountID{id})
	if err != nil {
		return web.AccountView{}, err
	}
	account, known := found[id]
	if !known {
		return web.AccountView{}, clamor.Errorf(clamor.NotFound, "there is no account %q", clip(string(id)))
	}
	v := web.AccountView{Account: account}
	if account.Parent != "" {
		parents, err := s.Store.Accounts(ctx, []clamor.AccountID{account.Parent})
		if err != nil {
			return v, err
		}
		v.Parent = accountOr(parents, account.Parent).Name
	}
	if v.List, err = s.running(ctx); err != nil {
		return v, err
	}
	if v.Promises, err = s.promiseRows(ctx, clamor.PromiseQuery{Account: id}); err != nil {
		return v, err
	}
	if v.Features, err = s.wishes(ctx, v.List, id); err != nil {
		return v, err
	}
	for _, f := range v.Features {
		v.Total += f.Contribution
	}
	if v.Quotes, err = s.Store.AccountQuotes(ctx, id, shownQuotes); err != nil {
		return v, err
	}
	features := make([]clamor.FeatureID, len(v.Quotes))
	for i, q := range v.Quotes {
		features[i] = q.Feature
	}
	if v.Asked, err = s.Store.Features(ctx, features); err != nil {
		return v, err
	}
	v.Outcomes = web.Outcomes(v.Quotes, v.Asked)
	v.Answered, err = s.outcomes(ctx, v.Asked)
	return v, err
}

// wishes are what an account's money says for the features of a list.
func (s *Server) wishes(ctx context.Context, list clamor.List, id clamor.AccountID) ([]web.AccountFeature, error) {
	sheet, behind, err := s.sheetOf(ctx, list)
	if err != nil {
		return nil, err
	}
	account, known := behind.accountOf(id)
	var asked []clamor.Entry
	for row, place := range sheet.places {
		_, asks := slices.BinarySearch(behind.askers(place), account)
		if known && asks || place < 0 {
			asked = append(asked, list.Entries[row])
		}
	}
	return web.Wishes(asked, id), nil
}

// shownQuotes is how many of an account's asks its page shows.
const shownQuotes = 200
