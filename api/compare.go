package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/rank"
)

// comparison is two lists of which somebody wants to know the difference.
type comparison struct {
	before, after rank.Query
	a, b          clamor.List
	changes       []rank.Change
}

// compare reads which lists are meant and tells them apart. A list is named by its quarter, "2026Q3", by a revision of it, "2026Q3.1", or
// as it would be computed now, "2026Q3.live". Left out, to is the running quarter's and from the last frozen before it.
func (s *Server) compare(ctx context.Context, from, to string) (comparison, error) {
	var x comparison
	var wrong faults
	var err error
	x.after, err = s.readList(ctx, to)
	wrong.add("to", err)
	if from == "" && err == nil {
		if from, err = s.frozenBefore(ctx, x.after); err != nil {
			return x, err
		}
	}
	x.before, err = s.readList(ctx, from)
	wrong.add("from", err)
	if err := clamor.Refuse("the lists cannot be compared so", sorted(wrong)); err != nil {
		return x, err
	}
	if x.a, err = s.Rank.List(ctx, x.before); err != nil {
		return x, err
	}
	if x.b, err = s.Rank.List(ctx, x.after); err != nil {
		return x, err
	}
	x.changes, err = s.Rank.Diff(ctx, x.before, x.after)
	return x, err
}

// readList reads the name of a list.
func (s *Server) readList(ctx context.Context, name string) (rank.Query, error) {
	quarter, which, _ := strings.Cut(name, ".")
	var q rank.Query
	var err error
	if q.Quarter, err = s.quarter(ctx, quarter); err != nil {
		return q, err
	}
	if which == "live" {
		q.Live = true
		return q, nil
	}
	q.Revision, err = readRevision(which)
	return q, err
}

func nameOfList(q rank.Query) string {
	switch {
	case q.Live:
		return q.Quarter.String() + ".live"
	case q.Revision > 0:
		return q.Quarter.String() + "." + strconv.Itoa(q.Revision)
	}
	return q.Quarter.String()
}

// frozenBefore names the frozen list that another one is compared with.
func (s *Server) frozenBefore(ctx context.Context, q rank.Query) (string, error) {
	frozen, err := s.Store.FrozenQuarters(ctx)
	if err != nil {
		return "", err
	}
	name := q.Quarter.String()
	if q.Live && slices.Contains(frozen, name) {
		return name, nil
	}
	at := slices.IndexFunc(frozen, func(f string) bool { return f < name })
	if at < 0 {
		return "", clamor.Errorf(clamor.NotFound, "no quarter before %s is frozen: freeze one, or name the list to compare with", name)
	}
	return frozen[at], nil
}

// compareJSON answers with the difference of two lists.
func (s *Server) compareJSON(c *gin.Context) error {
	var wrong faults
	wrong.parameters(c.Request.URL.Query(), "from", "to")
	if err := clamor.Refuse("the lists cannot be compared so", wrong); err != nil {
		return err
	}
	x, err := s.compare(c.Request.Context(), c.Query("from"), c.Query("to"))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		From     string        `json:"from"`
		To       string        `json:"to"`
		Currency string        `json:"currency"`
		Changes  []rank.Change `json:"changes"`
	}{nameOfList(x.before), nameOfList(x.after), x.b.Currency, orEmpty(x.changes)})
}

// pageMoves is how many moves a page of the comparison shows, and how many of the new and of the gone features.
const pageMoves = 50

// comparePage tells two lists apart, the largest change first.
func (s *Server) comparePage(c *gin.Context) error {
	ctx, params := c.Request.Context(), c.Request.URL.Query()
	x, err := s.compare(ctx, params.Get("from"), params.Get("to"))
	v := web.CompareView{From: params.Get("from"), To: params.Get("to"), Cause: params.Get("cause")}
	switch kind := clamor.KindOf(err); {
	case err != nil && kind != clamor.Invalid && kind != clamor.Conflict && kind != clamor.NotFound:
		return err
	case err != nil:
		v.Trouble = problemOf(err).Detail
		for _, f := range problemOf(err).Faults {
			v.Trouble += " " + f.Path + ": " + f.Message
		}
	default:
		v.From, v.To, v.Currency = nameOfList(x.before), nameOfList(x.after), x.b.Currency
		if err := x.show(&v, params); err != nil {
			return err
		}
	}
	offered := []string{v.From, v.To}
	if v.Trouble != "" {
		offered = nil
	}
	if v.Froms, v.Tos, err = s.comparable(ctx, v.From, v.To, offered); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// comparable offers the lists that can be compared: the running quarter's, every revision of every frozen one, and some more.
func (s *Server) comparable(ctx context.Context, from, to string, more []string) (froms, tos []web.Choice, err error) {
	revisions, err := s.Store.Revisions(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	running, err := s.quarter(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	names := append([]string{running.String()}, more...)
	newest := map[string]bool{}
	for _, r := range revisions {
		if !newest[r.Quarter] {
			newest[r.Quarter] = true
			names = append(names, r.Quarter, r.Quarter+".live")
		}
		if r.Revision > 1 || r.Reason != "" {
			names = append(names, r.Quarter+"."+strconv.Itoa(r.Revision))
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	choose := func(chosen string) []web.Choice {
		var all []web.Choice
		for _, name := range slices.Compact(names) {
			all = append(all, web.Choice{Value: name, Label: web.ListName(name, newest[name]), Selected: name == chosen})
		}
		return all
	}
	return choose(from), choose(to), nil
}

// show fills the page: totals by cause, then the moves, the new and the gone features.
func (x comparison) show(v *web.CompareView, params url.Values) error {
	v.FromName, v.ToName = web.ListName(v.From, x.a.Frozen), web.ListName(v.To, x.b.Frozen)
	for _, e := range x.a.Entries {
		v.Before += e.Score
	}
	for _, e := range x.b.Entries {
		v.After += e.Score
	}
	v.Causes = x.causes(v.Cause, params)
	for _, total := range v.Causes {
		if total.Selected {
			v.CauseWords = total.Words
		}
	}
	var moves, fresh, gone []rank.Change
	for _, ch := range x.changes {
		switch {
		case !has(ch, v.Cause):
		case ch.Before == nil:
			fresh = append(fresh, ch)
		case ch.After == nil:
			gone = append(gone, ch)
		case ch.Money == 0 && ch.Before.Rank == ch.After.Rank && len(ch.Effects) == 0:
			v.Unmoved++
		default:
			moves = append(moves, ch)
		}
	}
	v.All, v.AllNew, v.AllGone = len(moves), len(fresh), len(gone)
	begin, err := readBegin(params.Get("at"), len(moves))
	if err != nil {
		return err
	}
	largestFirst(moves, v.Cause)
	v.Moves = moveRows(moves[begin:min(begin+pageMoves, len(moves))])
	if begin == 0 {
		largestFirst(fresh, v.Cause)
		largestFirst(gone, v.Cause)
		v.New, v.Gone = moveRows(fresh[:min(pageMoves, len(fresh))]), moveRows(gone[:min(pageMoves, len(gone))])
	}
	page := func(at int) string {
		p := without(params, "at")
		if at > 0 {
			p.Set("at", strconv.Itoa(at))
		}
		return "/quarters/compare?" + p.Encode()
	}
	if begin > 0 {
		v.Previous = page(max(begin-pageMoves, 0))
	}
	if begin+pageMoves < len(moves) {
		v.Next = page(begin + pageMoves)
	}
	return nil
}

func readBegin(text string, of int) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, clamor.Refuse("the moves cannot be shown so", []clamor.Fault{{Path: "at", Message: "write a number, 0 or more"}})
	}
	return min(n, of), nil
}

// has reports whether a cause is among those of a change; "" is any.
func has(c rank.Change, cause string) bool {
	return cause == "" || slices.ContainsFunc(c.Effects, func(e rank.Effect) bool { return string(e.Cause) == cause })
}

// largestFirst sorts by what a cause, or all causes, changed.
func largestFirst(changes []rank.Change, cause string) {
	size := func(c rank.Change) int64 {
		money := c.Money
		for _, e := range c.Effects {
			if string(e.Cause) == cause {
				money = e.Money
			}
		}
		return max(money, -money)
	}
	slices.SortStableFunc(changes, func(a, b rank.Change) int { return cmp.Compare(size(b), size(a)) })
}

// causes adds up what each cause did to all features.
func (x comparison) causes(chosen string, params url.Values) []web.CauseTotal {
	money, features := map[rank.Cause]int64{}, map[rank.Cause]int{}
	for _, ch := range x.changes {
		for _, e := range ch.Effects {
			money[e.Cause] += e.Money
			features[e.Cause]++
		}
	}
	var totals []web.CauseTotal
	var rows [][]web.EffectRow
	for _, cause := range rank.Causes() {
		if features[cause] == 0 {
			continue
		}
		p := without(params, "at", "cause")
		p.Set("cause", string(cause))
		totals = append(totals, web.CauseTotal{Cause: string(cause), Words: cause.Words(), Money: money[cause], Features: features[cause],
			URL: "/quarters/compare?" + p.Encode(), Selected: chosen == string(cause)})
		rows = append(rows, []web.EffectRow{{Words: cause.Words(), Money: money[cause]}})
	}
	for i, bar := range web.Bars(rows) {
		totals[i].Bar = bar
	}
	return totals
}

func moveRows(changes []rank.Change) []web.MoveRow {
	rows, effects := make([]web.MoveRow, len(changes)), make([][]web.EffectRow, len(changes))
	for i, ch := range changes {
		rows[i].Shift = shiftOf(ch)
		for _, e := range ch.Effects {
			effects[i] = append(effects[i], web.EffectRow{Words: e.Cause.Words(), Money: e.Money})
		}
		rows[i].Effects = effects[i]
	}
	for i, bar := range web.Bars(effects) {
		rows[i].Bar = bar
	}
	return rows
}
