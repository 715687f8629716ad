package api

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/export"
	"clamor/api/web"
	"clamor/rank"
)

const (
	pageEntries = 50 // on one page of the list
	rowParts    = 6  // of an entry opened down; the feature's page shows more
)

// listPage is the front page: the ranked list with its filters.
func (s *Server) listPage(c *gin.Context) error {
	ctx, params := c.Request.Context(), without(c.Request.URL.Query(), "done")
	shownColumns, err := s.columnsOf(c, params)
	if err != nil {
		return err
	}
	q, list, err := s.wanted(c, params)
	if err != nil {
		return err
	}
	f, err := s.sift(ctx, q, list, true)
	if err != nil {
		return err
	}
	begin := q.begin(f.matching)
	shown := f.entries(f.matching[begin:min(begin+pageEntries, len(f.matching))])
	settings, ofFrozen, err := s.Rank.SettingsOf(ctx, q.which)
	if err != nil {
		return err
	}
	v := web.ListView{List: list, Model: modelOf(settings), Totals: f.totalsOf(s.current(list)), Query: q.text, Status: first(q.status), All: len(list.Entries),
		Matching: len(f.matching), Statuses: f.statuses(params), Filters: f.filters(), Scenarios: scenarios(settings, list.Scenario),
		Which: whichList(params), Clear: "/" + whichList(params), CSV: "/list.csv?" + without(params, "cursor").Encode(),
		Markdown: "/list.md?" + without(params, "cursor").Encode(), Print: "/list/print?" + without(params, "cursor").Encode(), Columns: shownColumns, Sorts: q.order.links(params), Sort: params.Get("sort"),
		Here: "/?" + params.Encode(), ViewQuery: without(params, "cursor").Encode(), Offered: web.Settable()}
	if err := s.showRows(ctx, &v, f, shown); err != nil {
		return err
	}
	if err = s.showQuarters(c, &v, q.which); err != nil {
		return err
	}
	if !ofFrozen && len(list.Entries) > 0 && params.Get("as_of") == "" && params.Get("live") == "" {
		v.Freeze = "/quarters/" + url.PathEscape(list.Quarter) + "/freeze?" + kept(params, "scenario").Encode()
	}
	if len(list.Entries) > 0 && params.Get("as_of") == "" {
		v.Export = "/quarters/" + url.PathEscape(list.Quarter) + "/export?" + kept(params, "scenario").Encode()
	}
	v.Previous, v.Next = q.pages(params, f.matching, begin)
	if err := s.showViews(c, &v); err != nil {
		return err
	}
	flash, err := s.listFlash(c, list)
	if err != nil {
		return err
	}
	if v.Sample, err = s.sample(ctx); err != nil {
		return err
	}
	if len(list.Entries) == 0 && !list.Frozen && !q.narrow() && q.text == "" {
		if v.Start, err = s.start(c); err != nil {
			return err
		}
	}
	if v.Lag, err = s.lagOf(ctx, q.which); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, flash, v)
}

// seenLag is by how much a list may be behind without anybody being told, but for who changed something themselves.
const seenLag = 5 * time.Second

func (s *Server) lagOf(ctx context.Context, q rank.Query) (*web.Lag, error) {
	lag, err := s.Rank.Lag(ctx, q)
	own := lag.Holds < s.done.last(ctx)
	if err != nil || lag.Changes == 0 || !own && s.Now().Sub(lag.Since) < seenLag {
		return nil, err
	}
	return &web.Lag{Since: lag.Since, Changes: lag.Changes, Own: own}, nil
}

// showRows readies the rows of a page, with how often each was asked for over the last year.
func (s *Server) showRows(ctx context.Context, v *web.ListView, f sieve, shown []clamor.Entry) error {
	if len(shown) == 0 {
		return nil
	}
	n, err := s.webNames(ctx, leads(shown))
	if err != nil {
		return err
	}
	if !v.List.Frozen {
		if err := s.describe(ctx, shown); err != nil {
			return err
		}
	}
	v.Rows = web.Rows(shown, f.top, 0, n)
	if !v.Columns["trend"] {
		return nil
	}
	for i := range v.Rows {
		v.Rows[i].Trend = web.NewTrend(f.behind.timesOf(v.Rows[i].Feature.ID), v.List.AsOf)
	}
	return nil
}

// rowParts is what a row shows when it is opened: the parts of its score. Most rows stay closed, and a page of open ones is heavy.
func (s *Server) rowParts(c *gin.Context) error {
	ctx := c.Request.Context()
	var wrong faults
	which, err := s.readWhich(ctx, c.Request.URL.Query(), &wrong)
	if err != nil {
		return err
	}
	if err := clamor.Refuse("the parts cannot be shown so", wrong); err != nil {
		return err
	}
	list, err := s.Rank.List(ctx, which)
	if err != nil {
		return err
	}
	columns, behind, err := s.sheetOf(ctx, list)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	entry := columns.find(behind, id)
	if entry == nil {
		return clamor.Errorf(clamor.NotFound, "%s has no place on the list of %s", id, list.Quarter)
	}
	shown := []clamor.Entry{*entry}
	n, err := s.webNames(ctx, leads(shown))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, web.RowPartsView{Row: web.Rows(shown, 0, rowParts, n)[0], Currency: list.Currency})
}

// describe has entries bear their features as they are stored now: what somebody has just edited shows, even while the list is worked on.
func (s *Server) describe(ctx context.Context, shown []clamor.Entry) error {
	ids := make([]clamor.FeatureID, len(shown))
	for i := range shown {
		ids[i] = shown[i].Feature.ID
	}
	stored, err := s.Store.Features(ctx, ids)
	if err != nil {
		return err
	}
	for i := range shown {
		if f, there := stored[ids[i]]; there {
			shown[i].Feature = f
		}
	}
	return nil
}

// leads are entries with those of their parts alone that a row of the list shows, so that no more names are read.
func leads(entries []clamor.Entry) []clamor.Entry {
	short := slices.Clone(entries)
	for i := range short {
		short[i].Parts = short[i].Parts[:min(len(short[i].Parts), web.LeadParts)]
	}
	return short
}

// listFlash tells what a form of the list just did.
func (s *Server) listFlash(c *gin.Context, list clamor.List) (*web.Flash, error) {
	done := c.Query("done")
	switch {
	case done == doneFrozen && list.Frozen:
		return &web.Flash{Message: "Frozen. This list stays as it is now."}, nil
	case done == doneSaved:
		return &web.Flash{Message: "Saved."}, nil
	case done == doneUnsampled:
		return &web.Flash{Message: "The sample data is gone. What you brought yourself is as it was."}, nil
	case strings.HasPrefix(done, "edit_"):
		edits, err := s.Store.EditsOf(c.Request.Context(), done)
		if err != nil || len(edits) == 0 {
			return nil, err
		}
		f := &web.Flash{Message: web.ToldEdits(edits), Back: "/?" + without(c.Request.URL.Query(), "done").Encode()}
		if !edits[0].Undone {
			f.UndoEdit = done
		}
		return f, nil
	}
	return nil, nil
}

// wanted reads which list the parameters mean, and finds it.
func (s *Server) wanted(c *gin.Context, params url.Values) (listQuery, clamor.List, error) {
	q, err := s.readListQuery(c.Request.Context(), without(params, "columns"))
	if err != nil {
		return q, clamor.List{}, err
	}
	// A page's filter is one value, which may hold a comma.
	q.areas, q.teams, q.segments, q.owners, q.sources = given(params["area"]), given(params["team"]), given(params["segment"]), given(params["owner"]), given(params["source"])
	list, err := s.Rank.List(c.Request.Context(), q.which)
	return q, list, err
}

func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// pages are the links to the pages before and behind the one that begins at an index.
func (q listQuery) pages(params url.Values, matching []int32, begin int) (previous, next string) {
	link := func(at int) string {
		v := without(params, "cursor")
		if at > 0 {
			v.Set("cursor", q.cursor(matching, at))
		}
		return "/?" + v.Encode()
	}
	if begin > 0 {
		previous = link(max(begin-pageEntries, 0))
	}
	if begin+pageEntries < len(matching) {
		next = link(begin + pageEntries)
	}
	return previous, next
}

// without are the parameters that are set, but for some.
func without(params url.Values, names ...string) url.Values {
	v := url.Values{}
	for name, values := range params {
		if set := given(values); len(set) > 0 && !slices.Contains(names, name) {
			v[name] = set
		}
	}
	return v
}

// kept are some of the parameters, where they are set.
func kept(params url.Values, names ...string) url.Values {
	v := without(params)
	for name := range v {
		if !slices.Contains(names, name) {
			delete(v, name)
		}
	}
	return v
}

// whichList are the parameters that say which list is meant, as the end of a URL.
func whichList(params url.Values) string {
	if v := kept(params, "quarter", "scenario", "as_of", "live", "revision"); len(v) > 0 {
		return "?" + v.Encode()
	}
	return ""
}

// modelOf says in what way a list is weighed by the settings that it is computed with.
func modelOf(settings rank.Settings) web.Model {
	m := settings.Shown()
	return web.Model{Full: m.Sharing == rank.Full, Size: string(m.Size)}
}

func scenarios(settings rank.Settings, shown string) []web.Choice {
	var choices []web.Choice
	for _, name := range settings.Names() {
		choices = append(choices, web.Choice{Value: name, Label: name, Selected: name == shown})
	}
	return choices
}

// showQuarters offers the running quarter, the one before it, all frozen ones, and the one shown, and says what its moves are measured from.
func (s *Server) showQuarters(c *gin.Context, v *web.ListView, which rank.Query) error {
	frozen, err := s.Store.FrozenQuarters(c.Request.Context())
	if err != nil {
		return err
	}
	running, err := s.quarter(c.Request.Context(), "")
	if err != nil {
		return err
	}
	shown := v.List.Quarter
	names := append([]string{running.String(), running.Previous().String(), shown}, frozen...)
	slices.Sort(names)
	slices.Reverse(names)
	for _, name := range slices.Compact(names) {
		state := "live"
		if slices.Contains(frozen, name) {
			state = "frozen"
		}
		v.Quarters = append(v.Quarters, web.Choice{Value: name, Label: web.QuarterName(name) + ", " + state, Selected: name == shown})
	}
	before := slices.IndexFunc(frozen, func(name string) bool { return name < shown })
	if before >= 0 && which.AsOf == "" && which.Scenario == "" {
		v.Moves = "/quarters/compare?" + url.Values{"from": {frozen[before]}, "to": {nameOfList(which)}}.Encode()
	}
	return nil
}

// webNames finds the names of the accounts and deals of entries.
func (s *Server) webNames(ctx context.Context, entries []clamor.Entry) (web.Names, error) {
	n := web.Names{Accounts: map[clamor.AccountID]clamor.Account{}}
	behind, err := s.lens.look(ctx, s)
	if err != nil {
		return n, err
	}
	unknown, deals := map[clamor.AccountID]bool{}, map[clamor.DealID]bool{}
	for _, e := range entries {
		for _, p := range e.Parts {
			name := behind.nameOf(p.Account)
			n.Accounts[p.Account] = clamor.Account{ID: p.Account, Name: name}
			if name == "" {
				unknown[p.Account] = true
			}
			if p.Deal != "" {
				deals[p.Deal] = true
			}
		}
	}
	known, err := s.Store.Accounts(ctx, keysOf(unknown))
	if err != nil {
		return n, err
	}
	maps.Copy(n.Accounts, known)
	n.Deals, err = s.Store.DealNames(ctx, keysOf(deals))
	return n, err
}

// listCSV downloads what the filters let through.
func (s *Server) listCSV(c *gin.Context) error {
	q, list, err := s.wanted(c, c.Request.URL.Query())
	if err != nil {
		return err
	}
	f, err := s.sift(c.Request.Context(), q, list, true)
	if err != nil {
		return err
	}
	list.Entries = f.entries(f.matching)
	var b bytes.Buffer
	if err := export.CSV(&b, list, s.PublicURL); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="clamor-`+list.Quarter+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}

// listMarkdown shows, or downloads, what the filters let through as it would go out in an issue.
func (s *Server) listMarkdown(c *gin.Context) error {
	params, download := without(c.Request.URL.Query(), "download"), c.Query("download") != ""
	q, list, err := s.wanted(c, params)
	if err != nil {
		return err
	}
	f, err := s.sift(c.Request.Context(), q, list, true)
	if err != nil {
		return err
	}
	all := len(list.Entries)
	list.Entries = f.entries(f.matching)
	report, err := Report(c.Request.Context(), s.Store, s.Rank, q.which, list, s.PublicURL, markdownFeatures)
	if err != nil {
		return err
	}
	if len(f.matching) < all { // what is filtered out has not left the list
		report.Since, report.Shifts = "", nil
	}
	text := export.Markdown(report, export.MarkdownOptions{Features: markdownFeatures}).Text()
	if download {
		c.Header("Content-Disposition", `attachment; filename="clamor-`+list.Quarter+`.md"`)
		c.Data(http.StatusOK, "text/markdown; charset=utf-8", []byte(text))
		return nil
	}
	back := params.Encode()
	return s.render(c, http.StatusOK, nil, web.MarkdownView{List: list, Text: text, Back: "/?" + back, Download: "/list.md?download=1&" + back})
}

// markdownFeatures is how many features a document shows.
const markdownFeatures = 100
