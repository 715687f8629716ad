package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/dedupe"
)

// The heaps of triage, as the parameter tab names them.
const (
	tabDecide = ""
	tabJoined = "joined"
	tabNew    = "new"
	tabSilent = "silent"
	tabDone   = "done"
)

const (
	triagePath  = "/triage"
	triageItems = 40
	triageDone  = 60
	triageLikes = 5 // suggestions, as many as have a key
)

// modePreference is the workspace's choice of what counts as done: "auto" lets what the machine joined be.
const modePreference = "triage.mode"

// triagePage shows what waits, and one case of it.
func (s *Server) triagePage(c *gin.Context) error {
	v, err := s.desk(c, c.Query("tab"), c.Query("before"), c.Query("at"))
	if err != nil {
		return err
	}
	if err := s.tellDone(c, &v, c.Query("done")); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// desk readies a heap and the case named, or its first one.
func (s *Server) desk(c *gin.Context, tab, before, at string) (web.TriageView, error) {
	ctx := c.Request.Context()
	if !slices.Contains([]string{tabDecide, tabJoined, tabNew, tabSilent, tabDone}, tab) {
		return web.TriageView{}, clamor.Errorf(clamor.Invalid, "%q is no heap: choose joined, new, silent or done, or leave it out", clip(tab))
	}
	mode, err := s.Store.Preference(ctx, "", modePreference)
	if err != nil {
		return web.TriageView{}, err
	}
	v := web.TriageView{Auto: mode == "auto", Tab: tab, Back: triageURL(tab, before, at)}
	counts, err := s.Store.CountWaiting(ctx, mostCounted)
	if err != nil {
		return v, err
	}
	v.Tabs = triageTabs(tab, counts, v.Auto)
	if tab == tabDone {
		return v, s.showDone(ctx, &v)
	}
	if err := s.showHeap(ctx, &v, before); err != nil {
		return v, err
	}
	return v, s.showCase(ctx, &v, before, at)
}

// looks are the reasons that put an ask on a heap.
func looks(tab string, auto bool) []clamor.Look {
	switch {
	case tab == tabJoined:
		return []clamor.Look{clamor.LookJoined}
	case tab == tabNew:
		return []clamor.Look{clamor.LookFounded}
	case auto:
		return []clamor.Look{clamor.LookClose}
	}
	return []clamor.Look{clamor.LookClose, clamor.LookJoined}
}

func triageTabs(tab string, n clamor.Waiting, auto bool) []web.Choice {
	decide := 0
	for _, look := range looks(tabDecide, auto) {
		decide += n.Asks[look]
	}
	tabs := []web.Choice{{Value: tabDecide, Label: "To decide", Count: min(decide, mostCounted)}, {Value: tabJoined, Label: "Joined by itself", Count: n.Asks[clamor.LookJoined]},
		{Value: tabNew, Label: "New features", Count: n.Asks[clamor.LookFounded]}, {Value: tabSilent, Label: "No ask found", Count: n.Silent},
		{Value: tabDone, Label: "Decided", Count: -1}}
	for i, t := range tabs {
		tabs[i].URL, tabs[i].Selected = triageURL(t.Value, "", ""), t.Value == tab
	}
	return tabs
}

// triageURL is where a case lies on a heap.
func triageURL(tab, before, at string) string {
	v := url.Values{}
	for name, value := range map[string]string{"tab": tab, "before": before, "at": at} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return triagePath
	}
	return triagePath + "?" + v.Encode()
}

// showHeap lists what waits on a heap.
func (s *Server) showHeap(ctx context.Context, v *web.TriageView, before string) error {
	last := ""
	if v.Tab == tabSilent {
		notes, err := s.Store.SilentNotes(ctx, clamor.NoteID(before), triageItems)
		if err != nil {
			return err
		}
		ids := map[clamor.AccountID]bool{}
		for _, n := range notes {
			ids[n.Account] = true
		}
		accounts, err := s.Store.Accounts(ctx, keysOf(ids))
		if err != nil {
			return err
		}
		for _, n := range notes {
			v.Items = append(v.Items, web.TriageItem{At: string(n.ID), Account: accountOr(accounts, n.Account).Name, Text: cmp.Or(n.Title, clip(n.Text)),
				Quote: clamor.Quote{Ask: clamor.Ask{OccurredAt: n.OccurredAt}, NoteKind: n.Kind, Author: n.Author}})
			last = string(n.ID)
		}
	} else {
		quotes, err := s.Store.Waiting(ctx, looks(v.Tab, v.Auto), clamor.AskID(before), triageItems)
		if err != nil {
			return err
		}
		for _, q := range byNote(quotes) {
			v.Items = append(v.Items, web.TriageItem{At: string(q.ID), Account: q.AccountName, Text: q.Text, Quote: q, Look: lookOf(q, v.Tab)})
		}
		if len(quotes) > 0 {
			last = string(quotes[len(quotes)-1].ID)
		}
	}
	for i := range v.Items {
		v.Items[i].URL = triageURL(v.Tab, before, v.Items[i].At)
	}
	if len(v.Items) == triageItems {
		v.Older = triageURL(v.Tab, last, "")
	}
	return nil
}

// byNote lets the asks of one note stand in the order of its text, where the newest of all come first.
func byNote(quotes []clamor.Quote) []clamor.Quote {
	for i := 0; i < len(quotes); {
		end := i + 1
		for end < len(quotes) && quotes[end].Note == quotes[i].Note {
			end++
		}
		slices.Reverse(quotes[i:end])
		i = end
	}
	return quotes
}

// lookOf tells from an ask why it waits.
func lookOf(q clamor.Quote, tab string) clamor.Look {
	switch {
	case q.Score > 0:
		return clamor.LookJoined
	case tab == tabNew:
		return clamor.LookFounded
	}
	return clamor.LookClose
}

// showCase readies the case named, which need not wait on this page of the heap any more; or the first of it.
func (s *Server) showCase(ctx context.Context, v *web.TriageView, before, at string) error {
	if at == "" && len(v.Items) > 0 {
		at = v.Items[0].At
	}
	if at == "" {
		return nil
	}
	v.Back = triageURL(v.Tab, before, at)
	one := &web.Case{Key: at}
	for i, item := range v.Items {
		if item.At != at {
			continue
		}
		v.Items[i].Selected = true
		if i+1 < len(v.Items) {
			one.Next = v.Items[i+1].At
		} else if i > 0 {
			one.Next = v.Items[i-1].At
		}
	}
	v.Case = one
	return s.fillCase(ctx, one)
}

// fillCase finds the note, the account, the words and what to do with them.
func (s *Server) fillCase(ctx context.Context, one *web.Case) error {
	note := clamor.NoteID(one.Key)
	if strings.HasPrefix(one.Key, "ask_") {
		quotes, err := s.Store.AskQuotes(ctx, []clamor.AskID{clamor.AskID(one.Key)})
		if err != nil {
			return err
		}
		if len(quotes) == 0 {
			return clamor.Errorf(clamor.NotFound, "this ask is gone: its note was changed, or its mark was taken back")
		}
		one.Ask, note = &quotes[0], quotes[0].Note
	}
	var asks []clamor.Ask
	var err error
	if one.Note, asks, err = s.Store.FindNote(ctx, note); err != nil {
		return err
	}
	n, err := s.namesOf(ctx, []clamor.Part{{Account: one.Note.Account, Deal: one.Note.Deal}})
	if err != nil {
		return err
	}
	one.Account = accountOr(n.accounts, one.Note.Account)
	if deal, known := n.deals[one.Note.Deal]; known {
		one.Deal = &deal
	}
	if one.Asks, err = s.noteAsks(ctx, one.Note, asks); err != nil {
		return err
	}
	cutOut(one, asks)
	quote := ""
	if one.Ask != nil {
		quote = one.Ask.Quote
		if err := s.showChoices(ctx, one); err != nil {
			return err
		}
	}
	one.Question = web.Ask(one.Note, one.Account.Name, quote, missing(clamor.ContextOf(one.Note, quote)))
	return nil
}

// cutOut marks the asks in the part of the note that is shown.
func cutOut(one *web.Case, asks []clamor.Ask) {
	start, end := 0, 0
	if one.Ask != nil {
		start, end = one.Ask.Start, min(one.Ask.End, len(one.Note.Text))
	}
	from, to := web.Window(one.Note.Text, min(start, end), end)
	one.Offset, one.Cut = from, to-from < len(one.Note.Text)
	shown := slices.Clone(asks)
	for i := range shown {
		shown[i].Start, shown[i].End = max(shown[i].Start, from)-from, min(shown[i].End, to)-from
	}
	one.Segments = web.Highlight(one.Note.Text[from:to], shown)
}

// elsewhere are features where an ask may belong, but for the one where it stands.
func (s *Server) elsewhere(q clamor.Quote) []dedupe.Suggestion {
	found := s.Dedupe.Suggest(q.Text, triageLikes+2)
	found = slices.DeleteFunc(found, func(f dedupe.Suggestion) bool { return f.Feature == q.Feature || f.Score < leastShown })
	return found[:min(len(found), triageLikes)]
}

// leastShown is the similarity below which a suggestion is noise.
const leastShown = 0.18

// showChoices offers the feature where the ask stands, unless it founded that itself, and those where it may belong.
func (s *Server) showChoices(ctx context.Context, one *web.Case) error {
	q := one.Ask
	found := s.elsewhere(*q)
	ids := make([]clamor.FeatureID, 0, len(found)+1)
	for _, f := range found {
		ids = append(ids, f.Feature)
	}
	features, err := s.Store.Features(ctx, append(ids, q.Feature))
	if err != nil {
		return err
	}
	here := features[q.Feature]
	for here.Merged != "" {
		chain, err := s.Store.Features(ctx, []clamor.FeatureID{here.Merged})
		if err != nil {
			return err
		}
		here = chain[here.Merged]
	}
	backing, err := s.backing(ctx, append(ids, here.ID))
	if err != nil {
		return err
	}
	one.Title = cmp.Or(here.Title, dedupe.Title(q.Text))
	one.Founded = here.ID != "" && backing[here.ID].Asks == 1 && q.Score == 0
	if here.ID != "" && !one.Founded {
		one.Title = dedupe.Title(q.Text)
		found = slices.Insert(found, 0, dedupe.Suggestion{Feature: here.ID, Score: q.Score, Shared: q.Terms})
		features[here.ID] = here
	}
	for _, f := range found[:min(len(found), triageLikes)] {
		feature, known := features[f.Feature]
		if !known || feature.Merged != "" {
			continue
		}
		b := backing[f.Feature]
		one.Choices = append(one.Choices, web.Option{Similar: web.Similar{Feature: feature, Score: f.Score, Shared: few(f.Shared, 4), OnlyHere: few(f.Here, 2), OnlyThere: few(f.There, 2), Asks: b.Asks},
			Number: len(one.Choices) + 1, Here: f.Feature == here.ID, Accounts: b.Accounts, Why: f.Why})
	}
	return s.showRuled(ctx, one)
}

// mostCounting is up to how many asks of a feature are counted anew to be exact.
const mostCounting = 100

// backing counts what stands behind features: exactly where that is little, else as it was a moment ago.
func (s *Server) backing(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID]clamor.Backing, error) {
	behind, err := s.lens.look(ctx, s)
	if err != nil {
		return nil, err
	}
	var small []clamor.FeatureID
	large := map[clamor.FeatureID]clamor.Backing{}
	for _, id := range ids {
		if asks := len(behind.timesOf(id)); asks > mostCounting {
			large[id] = clamor.Backing{Asks: asks, Accounts: len(behind.askers(behind.placeOf(id)))}
		} else {
			small = append(small, id)
		}
	}
	found, err := s.Store.Backing(ctx, small)
	maps.Copy(found, large)
	return found, err
}

// few keeps the heaviest terms, so that five suggestions are seen at a glance.
func few(terms []clamor.Term, limit int) []clamor.Term { return terms[:min(len(terms), limit)] }

// showRuled tells who has ruled on the case already.
func (s *Server) showRuled(ctx context.Context, one *web.Case) error {
	if one.Ask.By == clamor.Machine || one.Ask.By == "" {
		return nil
	}
	rulings, err := s.Store.LatestRulings(ctx, one.Ask.By, triageDone)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rulings, func(r clamor.Ruling) bool { return r.Kind != clamor.RuleAsk && slices.Contains(r.Asks, one.Ask.ID) })
	if at < 0 {
		return nil
	}
	deeds, err := s.deeds(ctx, rulings[at:at+1])
	if err == nil {
		one.Ruled = &deeds[0]
	}
	return err
}

// showDone lists what people ruled last.
func (s *Server) showDone(ctx context.Context, v *web.TriageView) error {
	rulings, err := s.Store.LatestRulings(ctx, "", triageDone)
	if err != nil {
		return err
	}
	v.Done, err = s.deeds(ctx, rulings)
	return err
}

// deeds tells rulings with the words they are about.
func (s *Server) deeds(ctx context.Context, rulings []clamor.Ruling) ([]web.Deed, error) {
	features := map[clamor.FeatureID]bool{}
	var asks []clamor.AskID
	for _, r := range rulings {
		features[r.Feature], features[r.Target] = true, true
		if len(r.Asks) > 0 {
			asks = append(asks, r.Asks[0])
		}
	}
	titles, err := s.Store.Features(ctx, keysOf(features))
	if err != nil {
		return nil, err
	}
	quotes, err := s.Store.AskQuotes(ctx, asks)
	if err != nil {
		return nil, err
	}
	said := map[clamor.AskID]clamor.Quote{}
	for _, q := range quotes {
		said[q.ID] = q
	}
	all := make([]web.Deed, len(rulings))
	for i, r := range rulings {
		all[i] = web.Deed{Ruling: r, Text: web.ToldRuling(r, titles), Where: string(r.Note)}
		if len(r.Asks) > 0 {
			q := said[r.Asks[0]]
			all[i].Quote, all[i].Where = q.Quote, cmp.Or(string(q.Note), string(r.Note))
		}
	}
	return all, nil
}

// tellDone tells what the last step did, and what an undo would take back.
func (s *Server) tellDone(c *gin.Context, v *web.TriageView, done string) error {
	mine, err := s.Store.LatestRulings(c.Request.Context(), userOf(c).Name, 1)
	if err != nil {
		return err
	}
	deeds, err := s.deeds(c.Request.Context(), mine)
	if err != nil {
		return err
	}
	if len(deeds) > 0 {
		v.Mine = &deeds[0]
	}
	switch {
	case len(deeds) > 0 && string(deeds[0].Ruling.ID) == done:
		v.Notice = "You " + deeds[0].Text + "."
	case done == doneMode:
		v.Notice = "Saved for everybody."
	case strings.HasPrefix(done, "ruling_"):
		v.Notice = "Taken back."
	}
	return nil
}
