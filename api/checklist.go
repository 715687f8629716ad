package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// The bounds of the checklist: what a careful reader can look at, and what can be counted while a page waits.
const (
	checkedTop    = 20  // features of the list that should be complete
	checkedAsks   = 500 // of the latest, decided on once more
	checkedItems  = 20  // named under one check
	mostOverdue   = 500
	mostAmbiguous = 200
)

// checklist computes what to look at before a quarter is frozen: what was found first, then what is in order.
func (s *Server) checklist(ctx context.Context, quarter clamor.Quarter, list clamor.List) ([]web.Check, error) {
	all := []web.Check{s.checkEarly(quarter)}
	for _, check := range []func(context.Context) ([]web.Check, error){s.checkTriage, s.checkIntake, s.checkDoubts, s.checkPromises} {
		some, err := check(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	money, err := s.checkMoney(ctx, list)
	if err != nil {
		return nil, err
	}
	all = append(all, money...)
	all = append(all, checkTop(list.Entries)...)
	all = append(all, checkPins(list.Entries))
	slices.SortStableFunc(all, func(a, b web.Check) int { return min(b.Count, 1) - min(a.Count, 1) })
	return all, nil
}

func (s *Server) checkEarly(quarter clamor.Quarter) web.Check {
	c := web.Check{Key: "early", Title: "The quarter is over"}
	if c.Count = clamor.DateOf(s.Now()).DaysUntil(quarter.Last()) + 1; c.Count <= 0 {
		c.Count = 0
		return c
	}
	c.Said = true
	c.Title = "The quarter is not over: " + web.Count(c.Count, "day") + " left"
	c.Detail = "What comes in until its last day will not be on the frozen list."
	return c
}

// checkTriage counts what waits for a person's look.
func (s *Server) checkTriage(ctx context.Context) ([]web.Check, error) {
	n, err := s.Store.CountWaiting(ctx, mostCounted)
	if err != nil {
		return nil, err
	}
	stats, err := s.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	check := func(key, good, found, url string, count int) web.Check {
		c := web.Check{Key: key, Title: good, Count: count, AtMost: count >= mostCounted}
		if count > 0 {
			c.Title, c.URL, c.Link = found, url, "Triage"
		}
		return c
	}
	return []web.Check{
		check("unplaced", "Every ask is placed", "Asks are not placed yet, and not on the list", "", int(stats.Pending)),
		check("suggestions", "No suggestion waits", "New features lie close to another one: suggestions that wait", "/triage",
			n.Asks[clamor.LookClose]),
		check("joined", "Somebody looked at every ask that was joined", "Asks were joined by the machine, and nobody has looked at them",
			"/triage?tab=joined", n.Asks[clamor.LookJoined]),
		check("silent", "No note is without an ask", "Notes in which no ask was found, and nobody has looked", "/triage?tab=silent", n.Silent),
	}, nil
}

// checkIntake finds what came in and did not get through.
func (s *Server) checkIntake(ctx context.Context) ([]web.Check, error) {
	stats, err := s.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	dead := web.Check{Key: "dead", Title: "Every delivery could be read", Count: int(stats.Deliveries[clamor.Dead])}
	if dead.Count > 0 {
		dead.Title, dead.URL, dead.Link = "Dead deliveries: what they tell is not on the list", "/deliveries?state=dead", "Deliveries"
	}
	found, err := s.Store.Ambiguities(ctx, mostAmbiguous)
	if err != nil {
		return nil, err
	}
	ambiguous := web.Check{Key: "ambiguous", Title: "Every account is known", Count: len(found), AtMost: len(found) == mostAmbiguous}
	if len(found) > 0 {
		ambiguous.Title = "Records may speak of any of several accounts, and wait"
		ambiguous.URL, ambiguous.Link = "/accounts/ambiguous", "Choose"
	}
	for _, a := range found[:min(checkedItems, len(found))] {
		ambiguous.Items = append(ambiguous.Items, web.CheckItem{Text: a.Name, Note: a.Source + " " + a.Record + ": " + a.Reason})
	}
	waits, err := s.Store.Proposals(ctx, mostAmbiguous)
	if err != nil {
		return nil, err
	}
	tracker := web.Check{Key: "proposals", Title: "No tracker proposes another status", Count: len(waits), AtMost: len(waits) == mostAmbiguous}
	if len(waits) > 0 {
		tracker.Title = "Trackers propose another status"
	}
	for _, e := range waits[:min(checkedItems, len(waits))] {
		tracker.Items = append(tracker.Items, web.CheckItem{Text: e.URL, URL: featurePath(e.Feature), Note: string(e.Proposes)})
	}
	return []web.Check{dead, ambiguous, tracker}, nil
}

func (s *Server) checkDoubts(ctx context.Context) ([]web.Check, error) {
	found, err := s.Dedupe.Doubts(ctx, checkedAsks, usualDoubts)
	if err != nil {
		return nil, err
	}
	c := web.Check{Key: "doubts", Title: fmt.Sprintf("None of the latest %d asks would be joined elsewhere today", checkedAsks), Count: len(found),
		AtMost: len(found) == usualDoubts}
	if len(found) > 0 {
		c.Title = fmt.Sprintf("Of the latest %d asks, some would be joined elsewhere today", checkedAsks)
		c.URL, c.Link = deduperPath+"/doubts", "Doubts"
	}
	return []web.Check{c}, nil
}

func (s *Server) checkPromises(ctx context.Context) ([]web.Check, error) {
	late, err := s.Store.Promises(ctx, clamor.PromiseQuery{State: clamor.PromiseOpen, Late: clamor.DateOf(s.Now()), Limit: mostOverdue})
	if err != nil {
		return nil, err
	}
	c := web.Check{Key: "promises", Title: "No promise is overdue", Count: len(late), AtMost: len(late) == mostOverdue}
	if len(late) > 0 {
		c.Title = "Promises are overdue"
	}
	for _, p := range late[:min(checkedItems, len(late))] {
		c.Items = append(c.Items, web.CheckItem{Text: p.FeatureTitle, URL: featurePath(p.Feature),
			Note: fmt.Sprintf("to %s, by %s, due %s", p.AccountName, p.MadeBy, p.DueOn)})
	}
	return []web.Check{c}, nil
}

// checkMoney finds what the money of the list does not rest on.
func (s *Server) checkMoney(ctx context.Context, list clamor.List) ([]web.Check, error) {
	all := []web.Check{
		{Key: "imputed-arr", Title: "No account's ARR is estimated"},
		{Key: "unknown-arr", Title: "No account counts as 0 because its ARR is unknown"},
		{Key: "no-rate", Title: "Every currency has a rate"},
		{Key: "no-amount", Title: "Every deal that counts has an amount"},
	}
	for i := range all {
		c := &all[i]
		for _, n := range list.Notices {
			if n.Kind != c.Key {
				continue
			}
			c.Title, c.Count, c.Said = n.Message, c.Count+n.Count, true
			items, err := s.accountItems(ctx, n.IDs)
			if err != nil {
				return nil, err
			}
			c.Items = append(c.Items, items...)
		}
		if c.Count > 0 && c.Key == "no-rate" {
			c.URL, c.Link = "/settings/ranking#rates", "Rates"
		}
	}
	return all, nil
}

func (s *Server) accountItems(ctx context.Context, ids []clamor.AccountID) ([]web.CheckItem, error) {
	ids = ids[:min(checkedItems, len(ids))]
	known, err := s.Store.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	items := make([]web.CheckItem, len(ids))
	for i, id := range ids {
		items[i] = web.CheckItem{Text: accountOr(known, id).Name, URL: "/accounts/" + string(id)}
	}
	return items, nil
}

// checkTop finds what the first features of the list lack.
func checkTop(entries []clamor.Entry) []web.Check {
	top := entries[:min(checkedTop, len(entries))]
	var all []web.Check
	for _, field := range []struct {
		key, good, found string
		lacks            func(clamor.Feature) bool
	}{
		{"title", "has a title that somebody has read", "still called as the first ask worded it",
			func(f clamor.Feature) bool { return f.Title == "" || f.Version <= 1 }},
		{"area", "has an area", "without an area", func(f clamor.Feature) bool { return f.Area == "" }},
		{"team", "has a team", "without a team", func(f clamor.Feature) bool { return f.Team == "" }},
		{"effort", "has an effort", "without an effort", func(f clamor.Feature) bool { return f.Effort == 0 }},
	} {
		c := web.Check{Key: field.key, Title: fmt.Sprintf("Each of the first %d %s", checkedTop, field.good)}
		for _, e := range top {
			if field.lacks(e.Feature) {
				c.Items = append(c.Items, web.CheckItem{Text: e.Feature.Title, URL: featurePath(e.Feature.ID), Note: fmt.Sprintf("#%d", e.Rank)})
			}
		}
		if c.Count = len(c.Items); c.Count > 0 {
			c.Title = fmt.Sprintf("Of the first %d: %s", checkedTop, field.found)
		}
		all = append(all, c)
	}
	return all
}

func checkPins(entries []clamor.Entry) web.Check {
	c := web.Check{Key: "pins", Title: "No feature is pinned"}
	for _, e := range entries {
		if e.Pin != nil {
			c.Items = append(c.Items, web.CheckItem{Text: e.Feature.Title, URL: featurePath(e.Feature.ID),
				Note: fmt.Sprintf("#%d → %d, %s: %s", e.Rank, e.Planned, e.Pin.By, e.Pin.Reason)})
		}
	}
	if c.Count = len(c.Items); c.Count > 0 {
		c.Title = "Features stand where somebody pinned them"
		c.Detail = "Pins are frozen with their reasons. Scores and ranks stay as they are computed."
	}
	return c
}

// checks answers with the checklist of a quarter that is not frozen.
func (s *Server) checks(c *gin.Context) error {
	quarter, list, err := s.toFreeze(c)
	if err != nil {
		return err
	}
	all, err := s.checklist(c.Request.Context(), quarter, list)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Quarter  string      `json:"quarter"`
		AsOf     clamor.Date `json:"as_of"`
		Scenario string      `json:"scenario"`
		Checks   []web.Check `json:"checks"`
	}{list.Quarter, list.AsOf, list.Scenario, all})
}
