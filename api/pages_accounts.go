package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

func (s *Server) accountPages() []route {
	return []route{
		{http.MethodGet, "/accounts/ambiguous", pageFace, clamor.PM, s.ambiguousPage},
		{http.MethodPost, "/accounts/ambiguous/:id", pageFace, clamor.PM, s.chooseForm},
		{http.MethodGet, "/accounts/:id/merge", pageFace, clamor.PM, s.joinPage},
		{http.MethodPost, "/accounts/:id/merge", pageFace, clamor.PM, s.joinForm},
		{http.MethodPost, "/accounts/:id/unmerge", pageFace, clamor.PM, s.unjoinForm},
	}
}

const (
	shownQuestions = 50
	doneChosen     = "chosen"
	doneJoined     = "joined"
	doneUnjoined   = "unjoined"
)

// ambiguousPage shows the records that wait for a person to say which account they speak of.
func (s *Server) ambiguousPage(c *gin.Context) error {
	ctx := c.Request.Context()
	open, err := s.Store.Ambiguities(ctx, shownQuestions)
	if err != nil {
		return err
	}
	all, err := s.Store.OpenAmbiguities(ctx)
	if err != nil {
		return err
	}
	var flash *web.Flash
	if c.Query("done") == doneChosen {
		flash = &web.Flash{Message: "Noted. What it came in is read again, which takes a moment."}
	}
	return s.render(c, http.StatusOK, flash, web.AmbiguousView{Open: open, All: all})
}

// chooseForm settles one of them.
func (s *Server) chooseForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	account := fields.Get("account")
	if account == "" {
		return clamor.Errorf(clamor.Invalid, "choose an account, or a new one")
	}
	choice := clamor.Choice{Account: clamor.AccountID(account), Always: fields.Get("always") != "", By: userOf(c).Name}
	if account == web.NewAccount {
		choice.Account = ""
	}
	if _, err := s.Store.Choose(c.Request.Context(), c.Param("id"), choice); err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, "/accounts/ambiguous", doneChosen)
}

// mostJoins is how many accounts are offered to be merged, and how many features a preview names.
const mostJoins, mostShifts = 12, 10

// joinPage chooses the account that this one shall count as, and tells what that would do.
func (s *Server) joinPage(c *gin.Context) error {
	id := clamor.AccountID(c.Param("id"))
	return s.showJoin(c, http.StatusOK, id, clamor.AccountID(c.Query("into")), "")
}

// showJoin shows the page of a merge, with what was wrong with its reason.
func (s *Server) showJoin(c *gin.Context, status int, id, into clamor.AccountID, fault string) error {
	ctx := c.Request.Context()
	found, err := s.Store.Accounts(ctx, []clamor.AccountID{id, into})
	if err != nil {
		return err
	}
	account, known := found[id]
	if !known || account.ID != id {
		return clamor.Errorf(clamor.NotFound, "there is no account %q that counts for itself", clip(string(id)))
	}
	v := web.JoinView{Account: account, Query: strings.TrimSpace(c.Query("q")), Fault: fault}
	if into == "" {
		v.Targets, err = s.joinable(ctx, account, v.Query)
		if err != nil {
			return err
		}
		return s.render(c, http.StatusOK, nil, v)
	}
	target, known := found[into]
	if !known || target.ID == id {
		return clamor.Errorf(clamor.Invalid, "choose another account that this one shall count as")
	}
	if err := s.weighJoin(ctx, &v, target); err != nil {
		return err
	}
	return s.render(c, status, nil, v)
}

// weighJoin tells what a merge would do.
func (s *Server) weighJoin(ctx context.Context, v *web.JoinView, target clamor.Account) error {
	wishes, err := s.Store.Wishes(ctx, []clamor.AccountID{v.Account.ID, target.ID})
	if err != nil {
		return err
	}
	quarter, err := s.quarter(ctx, "")
	if err != nil {
		return err
	}
	p, err := s.Rank.PreviewMerge(ctx, rank.Query{Quarter: quarter}, v.Account, target, mostShifts)
	if err != nil {
		return err
	}
	v.Goes = &web.AccountLine{Account: v.Account, Wished: wishes[v.Account.ID]}
	v.Stays = &web.AccountLine{Account: target, Wished: wishes[target.ID]}
	v.Both, v.Quarter, v.Currency = target.With(v.Account), p.Quarter, p.Currency
	v.Moved, v.Before, v.After = p.Moved, p.Before, p.After
	for _, x := range p.Shifts {
		v.Shifts = append(v.Shifts, web.Shifted{Feature: x.Feature, Before: x.Before.Rank, After: x.After.Rank, Places: x.Places, Money: x.Money})
	}
	return nil
}

// joinable are accounts that one may be the same as: those whose name holds a text, or begins with the same word.
func (s *Server) joinable(ctx context.Context, account clamor.Account, text string) ([]web.AccountLine, error) {
	if words := strings.Fields(account.Name); text == "" && len(words) > 0 {
		text = words[0]
	}
	ids, err := s.Store.AccountPage(ctx, text, 0, mostJoins+1)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id clamor.AccountID) bool { return id == account.ID })
	known, err := s.Store.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	wishes, err := s.Store.Wishes(ctx, ids)
	if err != nil {
		return nil, err
	}
	var lines []web.AccountLine
	for _, id := range ids {
		lines = append(lines, web.AccountLine{Account: accountOr(known, id), Wished: wishes[id]})
	}
	return lines, nil
}

func accountPath(id clamor.AccountID) string { return "/accounts/" + url.PathEscape(string(id)) }

// joinForm lets an account count as another, whose page tells it.
func (s *Server) joinForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	reason, id, into := strings.TrimSpace(fields.Get("reason")), clamor.AccountID(c.Param("id")), clamor.AccountID(fields.Get("into"))
	if reason == "" {
		return s.showJoin(c, http.StatusBadRequest, id, into, "Say how you know that the two are one.")
	}
	if err := checkLine(reason); err != nil {
		return s.showJoin(c, http.StatusBadRequest, id, into, err.Error())
	}
	if err := s.Store.MergeAccounts(c.Request.Context(), id, into, userOf(c).Name, reason); err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, accountPath(into), doneJoined)
}

// unjoinForm lets an account count for itself again.
func (s *Server) unjoinForm(c *gin.Context) error {
	id := clamor.AccountID(c.Param("id"))
	found, err := s.Store.Accounts(c.Request.Context(), []clamor.AccountID{id})
	if err != nil {
		return err
	}
	if err := s.Store.UnmergeAccount(c.Request.Context(), id, userOf(c).Name, ""); err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, accountPath(found[id].ID), doneUnjoined)
}

// accountFlash tells what a form of an account's page just did.
func accountFlash(done string) *web.Flash {
	switch done {
	case doneSaved:
		return &web.Flash{Message: "Saved."}
	case doneJoined:
		return &web.Flash{Message: "The two count as one now. Undo stands below, under what counts as this account."}
	case doneUnjoined:
		return &web.Flash{Message: "Taken back: the other one counts for itself again."}
	}
	return nil
}
