package api

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/export"
	"clamor/api/web"
	"clamor/rank"
)

const (
	pageEntries = 50 // on one page of the list
	rowParts    = 6  // of an entry opened down; the feature's page shows them all
)

// listPage is the front page: the ranked list with its filters.
func (s *Server) listPage(c *gin.Context) error {
	ctx, params := c.Request.Context(), without(c.Request.URL.Query(), "done")
	q, list, err := s.wanted(c, params)
	if err != nil {
		return err
	}
	f, err := s.sift(ctx, q, list.Entries)
	if err != nil {
		return err
	}
	begin, _ := slices.BinarySearchFunc(f.matching, q.after+1, func(e clamor.Entry, rank int) int { return e.Rank - rank })
	shown := f.matching[begin:min(begin+pageEntries, len(f.matching))]
	n, err := s.webNames(ctx, shown)
	if err != nil {
		return err
	}
	settings, err := s.Rank.Settings(ctx)
	if err != nil {
		return err
	}
	v := web.ListView{List: list, Model: modelOf(settings, list), Totals: web.Sum(f.matching), Query: q.text, Status: first(q.status), All: len(list.Entries),
		Matching: len(f.matching), Statuses: f.statuses(params), Areas: f.areas(), Teams: f.teams(), Scenarios: scenarios(settings, list.Scenario),
		Which: whichList(params), Clear: "/" + whichList(params), CSV: "/list.csv?" + without(params, "cursor").Encode(),
		Markdown: "/list.md?" + without(params, "cursor").Encode(), Print: "/list/print?" + without(params, "cursor").Encode()}
	if len(f.matching) > 0 {
		v.Rows = web.Rows(shown, f.matching[0].Score, rowParts, n)
	}
	if v.Quarters, err = s.quarters(c, list); err != nil {
		return err
	}
	if !list.Frozen && len(list.Entries) > 0 && params.Get("as_of") == "" {
		v.Freeze = "/quarters/" + url.PathEscape(list.Quarter) + "/freeze?" + kept(params, "scenario").Encode()
	}
	if len(list.Entries) > 0 && params.Get("as_of") == "" {
		v.Export = "/quarters/" + url.PathEscape(list.Quarter) + "/export?" + kept(params, "scenario").Encode()
	}
	v.Previous, v.Next = pages(params, f.matching, begin, q.mark)
	var flash *web.Flash
	if c.Query("done") == doneFrozen && list.Frozen {
		flash = &web.Flash{Message: "Frozen. This list stays as it is now."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// wanted reads which list the parameters mean, and finds it.
func (s *Server) wanted(c *gin.Context, params url.Values) (listQuery, clamor.List, error) {
	q, err := s.readListQuery(c.Request.Context(), params)
	if err != nil {
		return q, clamor.List{}, err
	}
	q.areas, q.teams = given(params["area"]), given(params["team"]) // a page's filter is one value, which may hold a comma
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
func pages(params url.Values, matching []clamor.Entry, begin int, mark string) (previous, next string) {
	link := func(at int) string {
		v := without(params, "cursor")
		if at > 0 {
			v.Set("cursor", newCursor(matching[at-1].Rank, mark))
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

// sieve holds what the search let through, and what the filters let through of that.
type sieve struct {
	q        listQuery
	found    []clamor.Entry
	matching []clamor.Entry
}

// sift searches titles, the words of asks, and the names of the accounts that ask; then it filters.
func (s *Server) sift(ctx context.Context, q listQuery, entries []clamor.Entry) (sieve, error) {
	f := sieve{q: q, found: listQuery{text: q.text}.filter(entries, s.Dedupe)}
	if q.text != "" {
		n, err := s.webNames(ctx, entries)
		if err != nil {
			return f, err
		}
		told := map[clamor.FeatureID]bool{}
		for _, e := range f.found {
			told[e.Feature.ID] = true
		}
		name := strings.ToLower(q.text)
		asks := func(p clamor.Part) bool { return strings.Contains(strings.ToLower(n.Account(p.Account)), name) }
		f.found = slices.DeleteFunc(slices.Clone(entries), func(e clamor.Entry) bool { return !told[e.Feature.ID] && !slices.ContainsFunc(e.Parts, asks) })
	}
	f.q.text = ""
	f.matching = f.q.filter(f.found, s.Dedupe)
	return f, nil
}

// choices counts what each value of one filter would show. Its own setting is left out: it is what a click would change.
func (f sieve) choices(q listQuery, all string, selected []string, value func(clamor.Feature) string) []web.Choice {
	entries := q.filter(f.found, nil)
	counts := map[string]int{}
	for _, e := range entries {
		if v := value(e.Feature); v != "" {
			counts[v]++
		}
	}
	for _, v := range selected {
		counts[v] += 0
	}
	choices := []web.Choice{{Label: all, Count: len(entries), Selected: len(selected) == 0}}
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		choices = append(choices, web.Choice{Value: v, Label: v, Count: counts[v], Selected: slices.Contains(selected, v)})
	}
	if len(choices) == 1 {
		return nil
	}
	return choices
}

func (f sieve) areas() []web.Choice {
	q := f.q
	q.areas = nil
	return f.choices(q, "All areas", f.q.areas, func(f clamor.Feature) string { return f.Area })
}

func (f sieve) teams() []web.Choice {
	q := f.q
	q.teams = nil
	return f.choices(q, "All teams", f.q.teams, func(f clamor.Feature) string { return f.Team })
}

// statuses are links, in the order of a feature's life.
func (f sieve) statuses(params url.Values) []web.Choice {
	q := f.q
	q.status = nil
	choices := f.choices(q, "all", f.q.status, func(f clamor.Feature) string { return string(f.Status) })
	life := clamor.Statuses()
	slices.SortStableFunc(choices, func(a, b web.Choice) int {
		return cmp.Compare(slices.Index(life, clamor.Status(a.Value)), slices.Index(life, clamor.Status(b.Value)))
	})
	for i := range choices {
		v := without(params, "cursor", "status")
		if choices[i].Value != "" {
			v.Set("status", choices[i].Value)
		}
		choices[i].URL = "/?" + v.Encode()
	}
	return choices
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

// modelOf says in what way a list weighs money. A scenario that is gone since the list was frozen is told as the default.
func modelOf(settings rank.Settings, list clamor.List) web.Model {
	if shown, err := settings.For(list.Scenario); err == nil {
		settings = shown
	}
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

// quarters offers the running quarter, the one before it, all frozen ones, and the one shown.
func (s *Server) quarters(c *gin.Context, shown clamor.List) ([]web.Choice, error) {
	frozen, err := s.Store.FrozenQuarters(c.Request.Context())
	if err != nil {
		return nil, err
	}
	running, err := s.quarter(c.Request.Context(), "")
	if err != nil {
		return nil, err
	}
	names := append([]string{running.String(), running.Previous().String(), shown.Quarter}, frozen...)
	slices.Sort(names)
	slices.Reverse(names)
	var choices []web.Choice
	for _, name := range slices.Compact(names) {
		state := "live"
		if slices.Contains(frozen, name) {
			state = "frozen"
		}
		choices = append(choices, web.Choice{Value: name, Label: web.QuarterName(name) + ", " + state, Selected: name == shown.Quarter})
	}
	return choices, nil
}

// webNames finds the accounts and deals of entries.
func (s *Server) webNames(ctx context.Context, entries []clamor.Entry) (web.Names, error) {
	var parts []clamor.Part
	for _, e := range entries {
		parts = append(parts, e.Parts...)
	}
	n, err := s.namesOf(ctx, parts)
	return web.Names{Accounts: n.accounts, Deals: n.deals}, err
}

// listCSV downloads what the filters let through.
func (s *Server) listCSV(c *gin.Context) error {
	q, list, err := s.wanted(c, c.Request.URL.Query())
	if err != nil {
		return err
	}
	f, err := s.sift(c.Request.Context(), q, list.Entries)
	if err != nil {
		return err
	}
	list.Entries = f.matching
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
	f, err := s.sift(c.Request.Context(), q, list.Entries)
	if err != nil {
		return err
	}
	all := len(list.Entries)
	list.Entries = f.matching
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

// toFreeze finds the live list of the quarter in the path, which must not be frozen yet.
func (s *Server) toFreeze(c *gin.Context) (clamor.Quarter, clamor.List, error) {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return quarter, clamor.List{}, err
	}
	list, err := s.Rank.List(c.Request.Context(), rank.Query{Quarter: quarter, Scenario: c.Query("scenario")})
	if err == nil && list.Frozen {
		err = clamor.Errorf(clamor.Conflict, "%s is frozen already and stays as it is", quarter)
	}
	return quarter, list, err
}

func (s *Server) freezePage(c *gin.Context) error {
	quarter, list, err := s.toFreeze(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, web.FreezeView{List: list, Totals: web.Sum(list.Entries), Count: len(list.Entries),
		Action: c.Request.URL.RequestURI(), Early: clamor.DateOf(s.Now()) < quarter.Last()})
}

func (s *Server) freezeForm(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	if _, err := s.Rank.Freeze(c.Request.Context(), quarter, c.Query("scenario"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, "/?quarter="+quarter.String(), doneFrozen)
}
