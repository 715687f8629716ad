package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// quarterPages are the pages of the quarters: what runs, what is frozen, what changed, and freezing itself.
func (s *Server) quarterPages() []route {
	return []route{
		{http.MethodGet, "/quarters", pageFace, clamor.Viewer, s.quartersPage},
		{http.MethodGet, "/quarters/compare", pageFace, clamor.Viewer, s.comparePage},
		{http.MethodGet, "/quarters/:quarter", pageFace, clamor.Viewer, s.quarterPage},
		{http.MethodGet, "/quarters/:quarter/scenarios", pageFace, clamor.Viewer, s.scenariosPage},
		{http.MethodGet, "/quarters/:quarter/freeze", pageFace, clamor.PM, s.freezePage},
		{http.MethodPost, "/quarters/:quarter/freeze", pageFace, clamor.PM, s.freezeForm},
		{http.MethodPost, "/quarters/:quarter/revise", pageFace, clamor.PM, s.reviseForm},
	}
}

func quarterPath(name string) string { return "/quarters/" + url.PathEscape(name) }

// quartersPage is the overview: the running quarter, one that waits to be frozen, and all frozen ones.
func (s *Server) quartersPage(c *gin.Context) error {
	ctx := c.Request.Context()
	revisions, err := s.Store.Revisions(ctx, "")
	if err != nil {
		return err
	}
	published, err := s.Store.Publications(ctx, "")
	if err != nil {
		return err
	}
	running, err := s.quarter(ctx, "")
	if err != nil {
		return err
	}
	var v web.QuartersView
	if v.Running, err = s.card(ctx, running, 3); err != nil {
		return err
	}
	v.Frozen = frozenQuarters(revisions, published)
	isFrozen := func(name string) bool {
		return slices.ContainsFunc(revisions, func(r clamor.Revision) bool { return r.Quarter == name })
	}
	if last := running.Previous(); !isFrozen(last.String()) {
		card, err := s.card(ctx, last, 0)
		if err != nil {
			return err
		}
		if card.Features > 0 {
			v.Due = &card
		}
	}
	if name := c.Query("verify"); name != "" {
		at := slices.IndexFunc(v.Frozen, func(q web.FrozenQuarter) bool { return q.Quarter == name })
		if at < 0 {
			return clamor.Errorf(clamor.NotFound, "%s is not frozen", clip(name))
		}
		if v.Frozen[at].Proof, err = s.proofFor(ctx, name, ""); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, nil, v)
}

// frozenQuarters gathers revisions, newest first, and publications by their quarters.
func frozenQuarters(revisions []clamor.Revision, published []clamor.Publication) []web.FrozenQuarter {
	var all []web.FrozenQuarter
	for _, r := range revisions {
		if len(all) == 0 || all[len(all)-1].Quarter != r.Quarter {
			q := web.FrozenQuarter{Quarter: r.Quarter}
			for _, p := range published {
				if p.Quarter == r.Quarter {
					q.Publications = append(q.Publications, p)
				}
			}
			all = append(all, q)
		}
		last := &all[len(all)-1]
		last.Revisions = append(last.Revisions, r)
	}
	return all
}

// proofFor ranks a frozen list again for a page.
func (s *Server) proofFor(ctx context.Context, name, revision string) (*web.Proof, error) {
	quarter, err := s.quarter(ctx, name)
	if err != nil {
		return nil, err
	}
	n, err := readRevision(revision)
	if err != nil {
		return nil, err
	}
	p, err := s.prove(ctx, quarter, n)
	if err != nil {
		return nil, err
	}
	return &web.Proof{Revision: p.Revision, Holds: p.Holds, Fault: p.Fault}, nil
}

// card gathers what a page tells of a quarter, with so many of its first features.
func (s *Server) card(ctx context.Context, q clamor.Quarter, top int) (web.QuarterCard, error) {
	today := clamor.DateOf(s.Now())
	card := web.QuarterCard{Quarter: q.String(), First: q.First(), Last: q.Last(), Over: today > q.Last(), Left: max(today.DaysUntil(q.Last()), 0)}
	list, err := s.Rank.List(ctx, rank.Query{Quarter: q})
	if err != nil {
		return card, err
	}
	if card.Totals, err = s.totals(ctx, list); err != nil {
		return card, err
	}
	card.Frozen, card.Features = list.Frozen, len(list.Entries)
	card.Top = list.Entries[:min(top, len(list.Entries))]
	card.List = list
	card.List.Entries = nil
	frozen, err := s.Store.FrozenQuarters(ctx)
	if at := slices.IndexFunc(frozen, func(name string) bool { return name < card.Quarter }); at >= 0 {
		card.Before = frozen[at]
	}
	return card, err
}

// quarterPage is the home of a quarter. With ?verify= it proves a revision.
func (s *Server) quarterPage(c *gin.Context) error {
	v, err := s.quarterView(c)
	if err != nil {
		return err
	}
	var flash *web.Flash
	if revision := c.Query("verify"); revision != "" {
		if v.Kept.Proof, err = s.proofFor(c.Request.Context(), v.Card.Quarter, revision); err != nil {
			return err
		}
		flash = &web.Flash{Bad: !v.Kept.Proof.Holds, Message: v.Kept.Proof.Fault}
		if v.Kept.Proof.Holds {
			flash.Message = fmt.Sprintf("Revision %d holds: ranked again from its stored inputs it comes out the same, byte for byte.", v.Kept.Proof.Revision)
		}
	}
	if c.Query("done") == doneFrozen && v.Card.Frozen {
		flash = &web.Flash{Message: "Frozen. This list stays as it is now."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// topOfQuarter is how many features the home of a quarter shows.
const topOfQuarter = 10

func (s *Server) quarterView(c *gin.Context) (web.QuarterView, error) {
	ctx := c.Request.Context()
	var v web.QuarterView
	quarter, err := s.quarter(ctx, c.Param("quarter"))
	if err != nil {
		return v, err
	}
	if v.Card, err = s.card(ctx, quarter, topOfQuarter); err != nil {
		return v, err
	}
	if v.Card.Over && !v.Card.Frozen && v.Card.Features == 0 {
		return v, clamor.Errorf(clamor.NotFound, "nothing is known of %s: it is not frozen, and nothing was asked for until its end", quarter)
	}
	v.Kept.Quarter = v.Card.Quarter
	if v.Kept.Revisions, err = s.Store.Revisions(ctx, v.Card.Quarter); err != nil {
		return v, err
	}
	if v.Kept.Publications, err = s.Store.Publications(ctx, v.Card.Quarter); err != nil {
		return v, err
	}
	settings, _, err := s.Rank.SettingsOf(ctx, rank.Query{Quarter: quarter})
	v.Scenarios = len(settings.Scenarios)
	return v, err
}

// freezePage asks whether the quarter shall be frozen, and shows what to look at before.
func (s *Server) freezePage(c *gin.Context) error {
	quarter, list, err := s.toFreeze(c)
	if err != nil {
		return err
	}
	totals, err := s.totals(c.Request.Context(), list)
	if err != nil {
		return err
	}
	v := web.FreezeView{List: list, Totals: totals, Count: len(list.Entries), Action: c.Request.URL.RequestURI()}
	if v.Checks, err = s.checklist(c.Request.Context(), quarter, list); err != nil {
		return err
	}
	settings, err := s.Rank.Settings(c.Request.Context())
	v.Scenarios = scenarios(settings, list.Scenario)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// toFreeze finds the live list of the quarter in the path, which must not be frozen yet.
func (s *Server) toFreeze(c *gin.Context) (clamor.Quarter, clamor.List, error) {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return quarter, clamor.List{}, err
	}
	_, frozen, err := s.Rank.SettingsOf(c.Request.Context(), rank.Query{Quarter: quarter})
	if err == nil && frozen {
		err = clamor.Errorf(clamor.Conflict, "%s is frozen already and stays as it is", quarter)
	}
	if err != nil {
		return quarter, clamor.List{}, err
	}
	list, err := s.Rank.List(c.Request.Context(), rank.Query{Quarter: quarter, Scenario: c.Query("scenario")})
	return quarter, list, err
}

func (s *Server) freezeForm(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	if _, err := s.Rank.Freeze(c.Request.Context(), quarter, c.Query("scenario"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, quarterPath(quarter.String()), doneFrozen)
}

// reviseForm freezes a quarter again. What is wrong is told beside the reason, and nothing that was written is lost.
func (s *Server) reviseForm(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	fields, err := form(c)
	if err != nil {
		return err
	}
	correction := rank.Correction{Reason: fields.Get("reason"), Current: fields.Get("current_settings") != ""}
	_, err = s.Rank.Revise(c.Request.Context(), quarter, correction, userOf(c).Name)
	if wrong := faultsOf(err); wrong != nil {
		v, err := s.quarterView(c)
		if err != nil {
			return err
		}
		v.Faults, v.Reason = wrong, fields.Get("reason")
		return s.render(c, http.StatusBadRequest, nil, v)
	}
	if err != nil {
		return err
	}
	return seeOther(c, quarterPath(quarter.String()), doneFrozen)
}

// scenariosPage compares two scenarios of one quarter.
func (s *Server) scenariosPage(c *gin.Context) error {
	ctx := c.Request.Context()
	quarter, err := s.quarter(ctx, c.Param("quarter"))
	if err != nil {
		return err
	}
	settings, frozen, err := s.Rank.SettingsOf(ctx, rank.Query{Quarter: quarter})
	if err != nil {
		return err
	}
	names := settings.Names()
	v := web.ScenariosView{Quarter: quarter.String(), Currency: settings.Currency, Frozen: frozen, A: c.Query("a"), B: c.Query("b"),
		Sort: c.Query("sort")}
	if v.A == "" {
		v.A = settings.Scenario
	}
	if v.B == "" {
		v.B = names[max(slices.IndexFunc(names, func(name string) bool { return name != v.A }), 0)]
	}
	a, err := s.Rank.List(ctx, rank.Query{Quarter: quarter, Scenario: v.A})
	if err != nil {
		return err
	}
	b, err := s.Rank.List(ctx, rank.Query{Quarter: quarter, Scenario: v.B})
	if err != nil {
		return err
	}
	v.AsA, v.AsB = scenarios(settings, v.A), scenarios(settings, v.B)
	v.Compare(a.Entries, b.Entries)
	return s.render(c, http.StatusOK, nil, v)
}
