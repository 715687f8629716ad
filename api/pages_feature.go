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
	"clamor/dedupe"
	"clamor/rank"
)

const (
	pageSimilar = 5
	pageTargets = 10
	pageQuotes  = 60 // of a feature at a time
	pageParts   = 12 // of its score, unless all are asked for
	sideQuotes  = 3
)

// featurePage is one feature with everything behind it.
func (s *Server) featurePage(c *gin.Context) error { return s.showFeature(c, http.StatusOK, nil) }

// showFeature shows a feature, with the form as a reader left it where it could not be saved.
func (s *Server) showFeature(c *gin.Context, status int, left *web.FeatureForm) error {
	ctx, id, params := c.Request.Context(), clamor.FeatureID(c.Param("id")), without(c.Request.URL.Query(), "done", "behind", "parts")
	v := web.FeatureView{Back: "/" + whichList(params)}
	var err error
	if v.Feature, err = s.Store.FindFeature(ctx, id); err != nil {
		return err
	}
	if v.Feature.Merged != "" {
		into, err := s.Store.FindFeature(ctx, v.Feature.Merged)
		if err != nil {
			return err
		}
		v.Into = &into
	}
	var wrong faults
	which, err := s.readWhich(ctx, params, &wrong)
	if err != nil {
		return err
	}
	if err := clamor.Refuse("the feature cannot be shown so", wrong); err != nil {
		return err
	}
	if v.List, err = s.Rank.List(ctx, which); err != nil {
		return err
	}
	settings, _, err := s.Rank.SettingsOf(ctx, which)
	if err != nil {
		return err
	}
	v.Model = modelOf(settings)
	if err := s.showEvidence(ctx, &v, clamor.AskID(c.Query("behind")), c.Query("parts") == "all"); err != nil {
		return err
	}
	if v.Similar, err = s.alike(ctx, v.List, s.Dedupe.Similar(id, pageSimilar), id); err != nil {
		return err
	}
	if err := s.showHistory(ctx, &v); err != nil {
		return err
	}
	t, err := s.tracked(ctx, id)
	if err != nil {
		return err
	}
	v.Tracked = web.TrackedView{Tracked: t, Feature: id, May: userOf(c).Role.May(clamor.PM) && v.Into == nil}
	if v.Promises, err = s.promiseRows(ctx, clamor.PromiseQuery{Feature: id}); err != nil {
		return err
	}
	v.Statuses = slices.DeleteFunc(clamor.Statuses(), func(s clamor.Status) bool { return s == clamor.StatusDuplicate })
	if v.Areas, err = s.Store.LabelNames(ctx, clamor.AreaLabel); err != nil {
		return err
	}
	if v.Teams, err = s.Store.LabelNames(ctx, clamor.TeamLabel); err != nil {
		return err
	}
	if v.Form = web.Form(v.Feature); left != nil {
		left.Open, left.Version = true, v.Feature.Version
		v.Form = *left
	}
	return s.render(c, status, flashOf(c, v.History), v)
}

// showEvidence adds the parts of the score and the quotes.
func (s *Server) showEvidence(ctx context.Context, v *web.FeatureView, after clamor.AskID, allParts bool) error {
	sheet, behind, err := s.sheetOf(ctx, v.List)
	if err != nil {
		return err
	}
	v.Entry, v.Of = sheet.find(behind, v.Feature.ID), len(v.List.Entries)
	quotes, err := s.Store.QuotePage(ctx, v.Feature.ID, after, pageQuotes+1)
	if err != nil {
		return err
	}
	times := behind.timesOf(v.Feature.ID)
	v.Quotes = max(len(times), len(quotes))
	if len(quotes) > pageQuotes {
		quotes = quotes[:pageQuotes]
		v.Older = featurePath(v.Feature.ID) + "?behind=" + url.QueryEscape(string(quotes[pageQuotes-1].ID)) + "#quotes"
	} else if after == "" {
		v.Quotes = len(quotes)
	}
	var parts, wanted []clamor.Part
	if v.Entry != nil {
		if parts = v.Entry.Parts; !allParts {
			parts, v.Rest = web.Fold(parts, pageParts)
			v.More = len(v.Entry.Parts) - len(parts)
		}
		wanted = append(leading(v.Entry), parts...)
	}
	for _, q := range quotes {
		wanted = append(wanted, clamor.Part{Account: q.Account})
	}
	n, err := s.namesOf(ctx, wanted)
	if err != nil {
		return err
	}
	if v.Entry != nil {
		v.Why = rank.Why(*v.Entry, n.accounts, n.deals, v.List.Currency)
	}
	v.Parts = web.PartRows(parts, web.Names{Accounts: n.accounts, Deals: n.deals})
	v.Groups = web.Group(quotes, v.Standing(), n.accounts)
	if len(times) == 0 { // the lens does not know it yet
		for _, q := range quotes {
			times = append(times, q.OccurredAt.UnixMicro())
		}
	}
	v.Trend = web.NewTrend(times, v.List.AsOf)
	v.Context, err = s.contextOf(ctx, quotes[:min(len(quotes), weighedQuotes)])
	return err
}

// leading are the parts of an entry that its largest account brings.
func leading(e *clamor.Entry) []clamor.Part {
	var own []clamor.Part
	for _, p := range e.Parts {
		if p.Account == e.LargestAccount {
			own = append(own, p)
		}
	}
	return own
}

// weighedQuotes is how many of the newest asks of a feature are looked at for what is known beside their words.
const weighedQuotes = 60

// contextOf reads the notes of asks for what they tell, and words what to ask back.
func (s *Server) contextOf(ctx context.Context, quotes []clamor.Quote) (web.Context, error) {
	v := web.Context{Of: len(quotes), Questions: map[clamor.AskID]web.Question{}}
	ids := make([]clamor.NoteID, len(quotes))
	for i, q := range quotes {
		ids[i] = q.Note
	}
	notes, err := s.Store.Notes(ctx, ids)
	if err != nil {
		return v, err
	}
	known := map[clamor.Aspect]int{}
	for _, q := range quotes {
		told := clamor.ContextOf(notes[q.Note], q.Quote)
		var question web.Question
		for _, a := range clamor.Aspects() {
			if told[a] {
				known[a]++
			} else {
				question.Missing = append(question.Missing, string(a))
			}
		}
		question.Text = web.Ask(notes[q.Note], q.AccountName, q.Quote, missing(told))
		question.Mail = web.Mail(notes[q.Note], q.AccountName, question.Text)
		v.Questions[q.ID] = question
	}
	for _, a := range clamor.Aspects() {
		v.Told = append(v.Told, web.Told{Aspect: a, Known: known[a]})
	}
	return v, nil
}

// alike readies suggestions for a page: what is merged away in the meantime is left out.
func (s *Server) alike(ctx context.Context, list clamor.List, found []dedupe.Suggestion, but clamor.FeatureID) ([]web.Similar, error) {
	ids := make([]clamor.FeatureID, len(found))
	for i, f := range found {
		ids[i] = f.Feature
	}
	features, err := s.Store.Features(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []web.Similar
	sheet, behind, err := s.sheetOf(ctx, list)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		feature, known := features[f.Feature]
		if !known || feature.Merged != "" || feature.ID == but {
			continue
		}
		one := web.Similar{Feature: feature, Score: f.Score, Shared: f.Shared, OnlyHere: f.Here, OnlyThere: f.There}
		if e := sheet.find(behind, feature.ID); e != nil {
			one.Asks = e.Asks
		}
		all = append(all, one)
	}
	return all, nil
}

// targets are features that an ask or a feature may belong to: those that read like the text, and those that hold its words.
func (s *Server) targets(ctx context.Context, text string, but clamor.FeatureID) ([]web.Similar, error) {
	found := s.Dedupe.Suggest(text, pageTargets)
	for _, id := range s.Dedupe.Search(text, pageTargets) {
		if !slices.ContainsFunc(found, func(f dedupe.Suggestion) bool { return f.Feature == id }) {
			found = append(found, dedupe.Suggestion{Feature: id})
		}
	}
	list, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	sheet, _, err := s.sheetOf(ctx, list)
	if err != nil {
		return nil, err
	}
	for i := range list.Entries {
		e, named := &list.Entries[i], strings.Contains(sheet.lower[i], strings.ToLower(text))
		if named && len(found) < 2*pageTargets && !slices.ContainsFunc(found, func(f dedupe.Suggestion) bool { return f.Feature == e.Feature.ID }) {
			found = append(found, dedupe.Suggestion{Feature: e.Feature.ID})
		}
	}
	return s.alike(ctx, list, found, but)
}

// running is the list of the running quarter.
func (s *Server) running(ctx context.Context) (clamor.List, error) {
	quarter, err := s.quarter(ctx, "")
	if err != nil {
		return clamor.List{}, err
	}
	return s.Rank.List(ctx, rank.Query{Quarter: quarter})
}

// showHistory adds the rulings, and the features merged into this one.
func (s *Server) showHistory(ctx context.Context, v *web.FeatureView) error {
	rulings, err := s.Store.Rulings(ctx, v.Feature.ID)
	if err != nil {
		return err
	}
	named := map[clamor.FeatureID]bool{}
	merges := map[clamor.FeatureID]*clamor.Ruling{}
	for i, r := range rulings {
		named[r.Feature], named[r.Target] = true, true
		if r.Kind == clamor.RuleMerge && !r.Undone {
			merges[r.Feature] = &rulings[i]
		}
	}
	titles, err := s.Store.Features(ctx, keysOf(named))
	if err != nil {
		return err
	}
	edits, err := s.Store.Edits(ctx, v.Feature.ID)
	if err != nil {
		return err
	}
	v.History = append(web.Tell(v.Feature.ID, rulings, titles), web.TellEdits(edits)...)
	slices.SortStableFunc(v.History, func(a, b web.Event) int { return b.Ruling.At.Compare(a.Ruling.At) })
	duplicates, err := s.Store.Duplicates(ctx, v.Feature.ID)
	for _, d := range duplicates {
		v.Duplicates = append(v.Duplicates, web.Duplicate{Feature: d, Ruling: merges[d.ID]})
	}
	return err
}

// flashOf tells what a form just did. It is read from the ruling itself, so that a page loaded again, or a link passed on, never
// claims what is not so.
func flashOf(c *gin.Context, history []web.Event) *web.Flash {
	done := c.Query("done")
	if done == doneSaved {
		return &web.Flash{Message: "Saved."}
	}
	for _, e := range history {
		if string(e.Ruling.ID) != done {
			continue
		}
		f := &web.Flash{Message: "Done. " + e.Ruling.By + " " + e.Text + ".", Back: c.Request.URL.Path}
		switch {
		case e.Ruling.Undone:
			return &web.Flash{Message: "Taken back."}
		case e.Edit != "":
			f.UndoEdit, f.Message = e.Edit, "Saved: "+e.Ruling.By+" "+e.Text+"."
		case e.Ruling.Kind != clamor.RuleUndo:
			f.Undo = e.Ruling.ID
		}
		return f
	}
	return nil
}

// movePage asks where an ask belongs.
func (s *Server) movePage(c *gin.Context) error {
	ctx := c.Request.Context()
	feature, err := s.Store.FindFeature(ctx, clamor.FeatureID(c.Param("id")))
	if err != nil {
		return err
	}
	quotes, err := s.Store.Quotes(ctx, feature.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(quotes, func(q clamor.Quote) bool { return string(q.ID) == c.Param("ask") })
	if at < 0 {
		return clamor.Errorf(clamor.NotFound, "this ask does not stand under %q: somebody may have moved it", feature.Title)
	}
	v := web.MoveView{Feature: feature, Quote: quotes[at], Query: strings.TrimSpace(c.Query("q"))}
	text := v.Query
	if text == "" {
		text = v.Quote.Text
	}
	if v.Targets, err = s.targets(ctx, text, feature.ID); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// mergePage asks with which feature to merge, or shows what the merge would join.
func (s *Server) mergePage(c *gin.Context) error {
	ctx := c.Request.Context()
	feature, err := s.Store.FindFeature(ctx, clamor.FeatureID(c.Param("id")))
	if err != nil {
		return err
	}
	v := web.MergeView{Feature: feature, Query: strings.TrimSpace(c.Query("q"))}
	if with := c.Query("with"); with != "" {
		if err := s.preview(ctx, &v, clamor.FeatureID(with)); err != nil {
			return err
		}
		return s.render(c, http.StatusOK, nil, v)
	}
	if v.Query != "" {
		v.Targets, err = s.targets(ctx, v.Query, feature.ID)
	} else {
		list, failed := s.running(ctx)
		if failed != nil {
			return failed
		}
		v.Targets, err = s.alike(ctx, list, s.Dedupe.Similar(feature.ID, pageTargets), feature.ID)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// preview sets the two sides of a merge beside each other.
func (s *Server) preview(ctx context.Context, v *web.MergeView, with clamor.FeatureID) error {
	other, err := s.Store.FindFeature(ctx, with)
	if err != nil {
		return err
	}
	for _, f := range []clamor.Feature{v.Feature, other} {
		if f.Merged != "" {
			return clamor.Errorf(clamor.Conflict, "%q is merged already: undo that first", f.Title)
		}
	}
	if other.ID == v.Feature.ID {
		return clamor.Errorf(clamor.Conflict, "a feature is not merged into itself: choose another one")
	}
	list, err := s.running(ctx)
	if err != nil {
		return err
	}
	sheet, behind, err := s.sheetOf(ctx, list)
	if err != nil {
		return err
	}
	asks := map[clamor.AccountID]int{}
	for _, side := range []struct {
		to      **web.Side
		feature clamor.Feature
	}{{&v.Keeps, v.Feature}, {&v.Goes, other}} {
		quotes, err := s.Store.Quotes(ctx, side.feature.ID)
		if err != nil {
			return err
		}
		accounts := map[clamor.AccountID]bool{}
		for _, q := range quotes {
			accounts[q.Account] = true
		}
		for a := range accounts {
			if asks[a]++; asks[a] == 2 {
				v.Common++
			}
		}
		*side.to = &web.Side{Feature: side.feature, Entry: sheet.find(behind, side.feature.ID), Asks: len(quotes), Accounts: len(accounts),
			Quotes: quotes[:min(sideQuotes, len(quotes))], Currency: list.Currency}
	}
	v.Total = len(asks)
	return nil
}
