package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// rankingPages are the ranking settings as forms: whoever may decide on the list tries them, an admin stores them.
func (s *Server) rankingPages() []route {
	return []route{
		{http.MethodGet, "/settings", pageFace, clamor.PM, s.settingsPage},
		{http.MethodGet, "/settings/ranking", pageFace, clamor.PM, s.rankingPage},
		{http.MethodPost, "/settings/ranking", pageFace, clamor.Admin, s.rankingForm},
		{http.MethodPost, "/settings/ranking/preview", pageFace, clamor.PM, s.rankingPreview},
	}
}

const rankingPath = "/settings/ranking"

func (s *Server) settingsPage(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, rankingPath)
	return nil
}

// draft is what a form wants the settings to be, with what is wrong by the names of the form's fields.
type draft struct {
	rank.Draft
	typed  url.Values // nil: as stored
	faults map[string]string
	using  int64 // the old version that it was made from, 0 for the newest
}

// rankingPage shows the settings that count, or with ?use= those of an older version, to be stored again.
func (s *Server) rankingPage(c *gin.Context) error {
	ctx := c.Request.Context()
	newest, err := s.Store.RankingSettings(ctx)
	if err != nil {
		return err
	}
	d := draft{}
	shown := newest
	if text := c.Query("use"); text != "" {
		if d.using, err = strconv.ParseInt(text, 10, 64); err != nil || d.using < 1 {
			return clamor.Errorf(clamor.Invalid, "%q is no version of the settings: write 1 or more", clip(text))
		}
		if shown, err = s.Store.FindRankingSettings(ctx, d.using); err != nil {
			return err
		}
		d.Reason = fmt.Sprintf("as in version %d", d.using)
	}
	if d.Settings, err = s.Rank.Decode(shown); err != nil {
		return err
	}
	d.Rates, d.Settings.Version = shown.Rates, newest.Version
	v, err := s.rankingView(ctx, newest, d)
	if err != nil {
		return err
	}
	if d.using > 0 {
		if v.Preview, err = s.previewOf(ctx, newest, &d); err != nil {
			return err
		}
	}
	var flash *web.Flash
	if c.Query("done") == doneSaved {
		const said = "Stored as version %d. Lists are computed with it from now on; frozen ones stay as they are."
		flash = &web.Flash{Message: fmt.Sprintf(said, newest.Version)}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// readDraftForm reads what a form wants the settings to be, on top of the version that it was made from.
func (s *Server) readDraftForm(c *gin.Context, newest clamor.SettingsVersion) (draft, error) {
	fields, err := form(c)
	if err != nil {
		return draft{}, err
	}
	d := draft{typed: fields, faults: map[string]string{}}
	base := newest
	if d.using, _ = strconv.ParseInt(fields.Get("using"), 10, 64); d.using > 0 { // anything else is the newest
		if base, err = s.Store.FindRankingSettings(c.Request.Context(), d.using); err != nil {
			return d, err
		}
	}
	settings, err := s.Rank.Decode(base)
	if err != nil {
		return d, err
	}
	d.Settings, d.Reason = settings, strings.TrimSpace(fields.Get("reason"))
	if d.Settings.Version, err = strconv.ParseInt(fields.Get("version"), 10, 64); err != nil {
		return d, clamor.Errorf(clamor.Invalid, "the form does not say which version it was made from: load the page again")
	}
	var wrong faults
	for _, f := range rankingFields(&d.Settings) {
		wrong.add(f.path, f.read(fields.Get(f.path)))
	}
	d.Settings.Scenario = fields.Get("scenario")
	var scenarioAt, rateAt []int
	d.Settings.Scenarios, scenarioAt = readScenarios(fields, settings, d.Settings.Model, &wrong)
	d.Rates, rateAt = readRates(fields, base.Rates, &wrong)
	for _, f := range wrong {
		d.fault(f.Path, f.Message)
	}
	if len(wrong) == 0 {
		d.check(scenarioAt, rateAt)
	}
	return d, nil
}

// check holds the draft against the rules, and names what is wrong by the form's fields.
func (d *draft) check(scenarioAt, rateAt []int) {
	var refused *clamor.Error
	if !errors.As(d.Validate(), &refused) {
		return
	}
	for _, f := range refused.Faults {
		var i int
		path, rest := f.Path, ""
		if list, tail, found := strings.Cut(f.Path, "]."); found {
			rest = tail
			if _, err := fmt.Sscanf(list, "scenarios[%d", &i); err == nil && i < len(scenarioAt) {
				path = fmt.Sprintf("scenarios[%d].%s", scenarioAt[i], rest)
			} else if _, err := fmt.Sscanf(list, "rates[%d", &i); err == nil && i < len(rateAt) {
				path = fmt.Sprintf("new_rates[%d].%s", rateAt[i], rest)
			}
		}
		d.fault(path, f.Message)
	}
}

// fault notes what is wrong with a field, in the unit that the field is written in.
func (d *draft) fault(path, message string) {
	var n, low, high int64
	if _, err := fmt.Sscanf(message, "%d is outside %d to %d", &n, &low, &high); err == nil && !strings.Contains(path, "window") {
		unit := int64(1_000_000)
		switch {
		case strings.Contains(path, "recovery"):
			unit = 10_000
		case !strings.Contains(path, "urgency") && !strings.Contains(path, "weights"):
			unit = 1
		}
		message = fmt.Sprintf("%s is outside %s to %s", decimals(n, unit), decimals(low, unit), decimals(high, unit))
	}
	if d.faults[path] == "" {
		d.faults[path] = message
	}
}

// rankingPreview tells what the draft of a form would move: as a part of the page for the script, as the whole page without it.
func (s *Server) rankingPreview(c *gin.Context) error {
	ctx := c.Request.Context()
	newest, err := s.Store.RankingSettings(ctx)
	if err != nil {
		return err
	}
	d, err := s.readDraftForm(c, newest)
	if err != nil {
		return err
	}
	p, err := s.previewOf(ctx, newest, &d)
	if err != nil {
		return err
	}
	if c.GetHeader("HX-Request") == "true" {
		return s.render(c, http.StatusOK, nil, *p)
	}
	v, err := s.rankingView(ctx, newest, d)
	if err != nil {
		return err
	}
	v.Preview = p
	return s.render(c, http.StatusOK, nil, v)
}

// previewOf ranks the running quarter by the settings that count and by a draft.
func (s *Server) previewOf(ctx context.Context, newest clamor.SettingsVersion, d *draft) (*web.RankingPreview, error) {
	p := &web.RankingPreview{}
	for path, message := range d.faults {
		p.Faults = append(p.Faults, clamor.Fault{Path: path, Message: message})
	}
	if len(p.Faults) > 0 {
		p.Faults = sorted(p.Faults)
		return p, nil
	}
	was, err := s.Rank.Decode(newest)
	if err != nil {
		return nil, err
	}
	quarter, err := s.quarter(ctx, "")
	if err != nil {
		return nil, err
	}
	told, err := s.Rank.Preview(ctx, rank.Query{Quarter: quarter}, d.Draft, 1)
	if clamor.KindOf(err) == clamor.Invalid && err != nil {
		p.Faults = []clamor.Fault{{Message: problemOf(err).Detail}}
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Currency, p.Features, p.Moved, p.Before, p.After = told.Currency, told.Features, told.Moved, told.Before, told.After
	p.Edits = append(editLines(told.Edits), rateLines(newest.Rates, d.Rates)...)
	p.Top, p.Winners, p.Losers = previewShifts(told.Top), previewShifts(told.Winners), previewShifts(told.Losers)
	if len(told.Edits) > 0 && len(told.Shifts) == 0 {
		p.Hint = overruled(told.Edits, d.Settings)
	}
	p.Same = was.Currency == d.Settings.Currency
	return p, nil
}

func previewShifts(all []rank.Shift) []web.PreviewShift {
	out := make([]web.PreviewShift, len(all))
	for i, x := range all {
		out[i] = web.PreviewShift{Feature: x.Feature, Before: x.Before.Rank, After: x.After.Rank, Places: x.Places,
			ScoreAfter: x.After.Score, Money: x.Money}
	}
	return out
}

// rankingForm stores the draft of a form as the next version.
func (s *Server) rankingForm(c *gin.Context) error {
	ctx := c.Request.Context()
	newest, err := s.Store.RankingSettings(ctx)
	if err != nil {
		return err
	}
	d, err := s.readDraftForm(c, newest)
	if err != nil {
		return err
	}
	if d.Reason == "" {
		d.fault("reason", "say why: it stays with the version")
	}
	if len(d.faults) > 0 {
		return s.refuseRanking(c, newest, d, http.StatusBadRequest)
	}
	_, err = s.Rank.PutSettings(ctx, d.Draft, userOf(c).Name)
	if wrong := faultsOf(err); wrong != nil {
		d.faults = wrong
		return s.refuseRanking(c, newest, d, http.StatusBadRequest)
	}
	if clamor.KindOf(err) == clamor.Stale && err != nil {
		return s.refuseRanking(c, newest, d, http.StatusPreconditionFailed)
	}
	if err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, rankingPath, doneSaved)
}

// refuseRanking shows the form as it was typed, with what is wrong beside its field, or with what somebody else stored meanwhile.
func (s *Server) refuseRanking(c *gin.Context, newest clamor.SettingsVersion, d draft, status int) error {
	ctx := c.Request.Context()
	v, err := s.rankingView(ctx, newest, d)
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		v.Stale = newest.By
		if v.Meanwhile, err = s.meanwhile(ctx, d.Settings.Version, newest); err != nil {
			return err
		}
		d.Settings.Version = newest.Version
		v.Version = newest.Version
	}
	if v.Preview, err = s.previewOf(ctx, newest, &d); err != nil {
		return err
	}
	return s.render(c, status, nil, v)
}

// meanwhile tells what was stored since a version.
func (s *Server) meanwhile(ctx context.Context, seen int64, newest clamor.SettingsVersion) ([]web.EditLine, error) {
	before := clamor.SettingsVersion{}
	if seen > 0 {
		var err error
		if before, err = s.Store.FindRankingSettings(ctx, seen); err != nil {
			return nil, err
		}
	}
	was, err := s.Rank.Decode(before)
	if err != nil {
		return nil, err
	}
	is, err := s.Rank.Decode(newest)
	return append(editLines(rank.Compare(was, is)), rateLines(before.Rates, newest.Rates)...), err
}

// rankingView readies the page for a draft: as stored, or as typed.
func (s *Server) rankingView(ctx context.Context, newest clamor.SettingsVersion, d draft) (web.RankingView, error) {
	v := web.RankingView{Version: d.Settings.Version, By: newest.By, At: newest.At, Reason: d.Reason, Fields: map[string]*web.Field{}, Using: d.using,
		Faults: d.faults}
	for _, f := range rankingFields(&d.Settings) {
		v.Fields[f.path] = d.fill(f.newField())
	}
	for m := time.January; m <= time.December; m++ {
		n := strconv.Itoa(int(m))
		v.Months = append(v.Months, web.Choice{Value: n, Label: m.String(), Selected: v.Fields["fiscal_year_start"].Value == n})
	}
	for _, name := range d.Settings.Names() {
		v.Shown = append(v.Shown, web.Choice{Value: name, Label: name, Selected: name == d.Settings.Scenario})
	}
	v.Scenarios = d.scenarioForms()
	held := newest.Rates
	if d.using > 0 {
		old, err := s.Store.FindRankingSettings(ctx, d.using)
		if err != nil {
			return v, err
		}
		held = old.Rates
	}
	v.Rates, v.NewRates = d.rateForms(held)
	var err error
	v.History, err = s.rankingHistory(ctx, newest.Version)
	return v, err
}

// fill puts what was typed into a field, with what is wrong with it.
func (d draft) fill(f *web.Field) *web.Field {
	if d.typed != nil {
		f.Value = d.typed.Get(f.Name)
		f.On = f.Switch && f.Value == "yes"
		for i := range f.Choices {
			f.Choices[i].Selected = f.Choices[i].Value == f.Value
		}
	}
	f.Fault = d.faults[f.Name]
	return f
}
