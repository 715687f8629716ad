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
)

// exportPages are the pages of what leaves the house, and of what comes back from trackers.
func (s *Server) exportPages() []route {
	return []route{
		{http.MethodGet, "/list/print", pageFace, clamor.Viewer, s.printPage},
		{http.MethodGet, "/quarters/:quarter/export", pageFace, clamor.PM, s.exportPage},
		{http.MethodPost, "/quarters/:quarter/export", pageFace, clamor.PM, s.exportForm},
		{http.MethodPost, "/features/:id/links", pageFace, clamor.PM, s.linkForm},
		{http.MethodPost, "/features/:id/links/drop", pageFace, clamor.PM, s.unlinkForm},
		{http.MethodPost, "/proposals/:id", pageFace, clamor.PM, s.proposalForm},
	}
}

// printPage is the list for paper: everything that the filters let through, and nothing to press.
func (s *Server) printPage(c *gin.Context) error {
	params := c.Request.URL.Query()
	q, list, err := s.wanted(c, params)
	if err != nil {
		return err
	}
	f, err := s.sift(c.Request.Context(), q, list, true)
	if err != nil {
		return err
	}
	matching := f.entries(f.matching)
	n, err := s.webNames(c.Request.Context(), leads(matching))
	if err != nil {
		return err
	}
	v := web.PrintView{List: list, Totals: f.totalsOf(s.current(list)), Rows: web.Rows(matching, 0, 0, n), All: len(list.Entries), Back: "/?" + params.Encode()}
	return s.render(c, http.StatusOK, nil, v)
}

// exportPage shows byte for byte what an export would send.
func (s *Server) exportPage(c *gin.Context) error {
	repo := c.Query("repo")
	if repo == "" {
		repo = s.GitHubRepo
	}
	o, err := s.outgoing(c.Request.Context(), c.Param("quarter"), c.Query("scenario"), strings.TrimSpace(repo), c.Query("issues"), userOf(c).Name)
	if err != nil {
		return err
	}
	d, err := s.exporter().Preview(c.Request.Context(), o)
	if err != nil {
		return err
	}
	v := web.ExportView{Quarter: o.Query.Quarter.String(), Scenario: o.Query.Scenario, Repo: o.Repo, Issues: o.Issues, Public: d.Public, Number: d.Number, Same: d.Same,
		Hash: d.Hash, Labels: d.Labels, Ticked: len(d.Ticked), Connected: s.GitHub != nil}
	if d.Trouble != nil {
		v.Trouble = d.Trouble.Error()
	}
	v.Documents = append(v.Documents, web.Outgoing{Title: d.Title, Parts: append([]string{d.Body}, d.Comments...)})
	for _, issue := range d.Issues {
		v.Documents = append(v.Documents, web.Outgoing{Title: issue.Title, Parts: []string{issue.Body}})
	}
	switch p, err := s.Store.FindPublication(c.Request.Context(), "github:"+o.Repo, v.Quarter); {
	case err == nil:
		v.Published = &p
	case clamor.KindOf(err) != clamor.NotFound:
		return err
	}
	var flash *web.Flash
	if c.Query("done") == doneSent && v.Published != nil {
		flash = &web.Flash{Message: "Sent. The issue says what is shown here."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// exportForm sends what the page has shown, and nothing else.
func (s *Server) exportForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	o, err := s.outgoing(c.Request.Context(), c.Param("quarter"), fields.Get("scenario"), fields.Get("repo"), fields.Get("issues"), userOf(c).Name)
	if err != nil {
		return err
	}
	if o.Expect = fields.Get("hash"); o.Expect == "" {
		return clamor.Errorf(clamor.Invalid, "look at the preview first: what it shows is what is sent")
	}
	if _, err := s.exporter().Send(c.Request.Context(), o); err != nil {
		return err
	}
	back := url.Values{"repo": {o.Repo}, "issues": {fields.Get("issues")}, "scenario": {o.Query.Scenario}}
	return seeOther(c, "/quarters/"+o.Query.Quarter.String()+"/export?"+back.Encode(), doneSent)
}

func (s *Server) linkForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	if err := s.link(c.Request.Context(), id, fields.Get("url"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, featurePath(id), doneSaved)
}

func (s *Server) unlinkForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	if err := s.Store.DropTrackerLink(c.Request.Context(), clamor.FeatureID(fields.Get("feature")), fields.Get("url"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, featurePath(id), doneSaved)
}

func (s *Server) proposalForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	e, err := s.settle(c.Request.Context(), c.Param("id"), fields.Get("accept") == "yes", strings.TrimSpace(fields.Get("reason")), userOf(c).Name)
	if err != nil {
		return err
	}
	return seeOther(c, featurePath(e.Feature), doneSaved)
}

// outcomes are the features that an account asked for and that have got an answer, the latest first.
func (s *Server) outcomes(ctx context.Context, asked map[clamor.FeatureID]clamor.Feature) ([]web.Answered, error) {
	seen := map[clamor.FeatureID]bool{}
	var all []web.Answered
	for _, f := range asked {
		var err error
		for f.Merged != "" && err == nil { // what it means the same as has got the answer
			f, err = s.Store.FindFeature(ctx, f.Merged)
		}
		if err != nil {
			return nil, err
		}
		if seen[f.ID] || f.Status.Open() {
			continue
		}
		seen[f.ID] = true
		a := web.Answered{Feature: f}
		t, err := s.Store.Tracked(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range t.Events {
			if e.Became == f.Status || e.Proposal == clamor.ProposalConfirmed && e.Proposes == f.Status {
				a.At, a.URL = e.At, e.URL
				break
			}
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b web.Answered) int {
		if !a.At.Equal(b.At) {
			return b.At.Compare(a.At)
		}
		return strings.Compare(string(a.Feature.ID), string(b.Feature.ID))
	})
	return all, nil
}
