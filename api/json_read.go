package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/dedupe"
	"clamor/rank"
)

func (s *Server) me(c *gin.Context) error { return writeJSON(c, http.StatusOK, userOf(c)) }

// standing is a feature's place on a list. Without one the score is 0 and the rank is null.
type standing struct {
	Quarter            string      `json:"quarter"`
	AsOf               clamor.Date `json:"as_of"`
	Scenario           string      `json:"scenario"`
	Currency           string      `json:"currency"`
	Frozen             bool        `json:"frozen"`
	Rank               *int        `json:"rank"`
	Of                 int         `json:"of"` // places on the list
	Score              int64       `json:"score"`
	Keep               int64       `json:"keep"`
	Grow               int64       `json:"grow"`
	Full               int64       `json:"full"`
	Accounts           int         `json:"accounts"`
	Blockers           int         `json:"blockers"`
	LargestShare       int64       `json:"largest_share"`
	RankWithoutLargest *int        `json:"rank_without_largest"`
	RankRange          *[2]int     `json:"rank_range"`
	Move               *int        `json:"move"`
	Planned            int         `json:"planned,omitempty"`
	Pin                *clamor.Pin `json:"pin,omitempty"`
	OldestAsk          clamor.Date `json:"oldest_ask,omitempty"`
	NewestAsk          clamor.Date `json:"newest_ask,omitempty"`
	ValuePerEffort     int64       `json:"value_per_effort,omitempty"`
	Estimated          bool        `json:"estimated,omitempty"`
	Why                string      `json:"why"`
	WhyAbove           string      `json:"why_above,omitempty"` // the one that follows on the list
}

// partAnswer is a part with the names of its account and deal.
type partAnswer struct {
	clamor.Part
	AccountName string `json:"account_name"`
	DealName    string `json:"deal_name,omitempty"`
}

// similarAnswer is another feature that may mean the same, and why.
type similarAnswer struct {
	ID        clamor.FeatureID `json:"id"`
	Title     string           `json:"title"`
	Status    clamor.Status    `json:"status"`
	Score     float64          `json:"score"`
	Shared    []clamor.Term    `json:"shared"`
	Differing []clamor.Term    `json:"differing"`
	Here      []clamor.Term    `json:"only_here"`
	There     []clamor.Term    `json:"only_there"`
	Why       string           `json:"why"`
}

// featureAnswer is a feature with everything behind it.
type featureAnswer struct {
	clamor.Feature
	standing
	Parts      []partAnswer     `json:"parts"`
	Asks       []clamor.Quote   `json:"asks"`
	Similar    []similarAnswer  `json:"similar"`
	Duplicates []clamor.Feature `json:"duplicates"`
	Rulings    []clamor.Ruling  `json:"rulings"`
	Tracker    clamor.Tracked   `json:"tracker"`
	Promises   []promiseAnswer  `json:"promises"`
}

const shownSimilar = 10

// feature answers with a feature and its place on the list that the parameters name, by default that of the running quarter.
func (s *Server) feature(c *gin.Context) error {
	ctx, id, query := c.Request.Context(), clamor.FeatureID(c.Param("id")), c.Request.URL.Query()
	var wrong faults
	wrong.parameters(query, "quarter", "scenario", "as_of", "live", "revision")
	which, err := s.readWhich(ctx, query, &wrong)
	if err != nil {
		return err
	}
	if err := clamor.Refuse("the feature cannot be shown so", sorted(wrong)); err != nil {
		return err
	}
	var a featureAnswer
	if a.Feature, err = s.Store.FindFeature(ctx, id); err != nil {
		return err
	}
	if a.standing, a.Parts, err = s.stand(ctx, which, id); err != nil {
		return err
	}
	if a.Asks, err = s.Store.Quotes(ctx, id); err != nil {
		return err
	}
	if a.Similar, err = s.similar(ctx, id); err != nil {
		return err
	}
	if a.Duplicates, err = s.Store.Duplicates(ctx, id); err != nil {
		return err
	}
	if a.Rulings, err = s.Store.Rulings(ctx, id); err != nil {
		return err
	}
	if a.Tracker, err = s.tracked(ctx, id); err != nil {
		return err
	}
	if a.Promises, err = s.promisesOf(ctx, clamor.PromiseQuery{Feature: id, Limit: shownPromises}); err != nil {
		return err
	}
	a.Asks, a.Duplicates, a.Rulings = orEmpty(a.Asks), orEmpty(a.Duplicates), orEmpty(a.Rulings)
	c.Header("ETag", etag(a.Version))
	return writeJSON(c, http.StatusOK, a)
}

// stand finds a feature's place on a list, and the parts that add up to its score.
func (s *Server) stand(ctx context.Context, which rank.Query, id clamor.FeatureID) (standing, []partAnswer, error) {
	list, err := s.Rank.List(ctx, which)
	st := standing{Quarter: list.Quarter, AsOf: list.AsOf, Scenario: list.Scenario, Currency: list.Currency, Frozen: list.Frozen, Of: len(list.Entries)}
	at := slices.IndexFunc(list.Entries, func(e clamor.Entry) bool { return e.Feature.ID == id })
	if err != nil || at < 0 {
		st.Why = "It is not on this list: no ask up to its day counts for it, or it is no longer open."
		return st, []partAnswer{}, err
	}
	e := list.Entries[at]
	st.Rank, st.Score, st.Keep, st.Grow, st.Full = &e.Rank, e.Score, e.Keep, e.Grow, e.Full
	st.Accounts, st.Blockers, st.LargestShare = e.Accounts, e.Blockers, e.LargestShare
	st.RankWithoutLargest, st.RankRange, st.Move = &e.RankWithoutLargest, &e.RankRange, e.Move
	st.Planned, st.Pin, st.OldestAsk, st.NewestAsk = e.Planned, e.Pin, e.OldestAsk, e.NewestAsk
	st.ValuePerEffort, st.Estimated = e.ValuePerEffort, e.Estimated
	named, next := e.Parts, list.Entries[at+1:]
	if len(next) > 0 {
		named = slices.Concat(named, next[0].Parts)
	}
	names, err := s.namesOf(ctx, named)
	if err != nil {
		return st, nil, err
	}
	st.Why = rank.Why(e, names.accounts, names.deals, list.Currency)
	if len(next) > 0 {
		st.WhyAbove = rank.WhyAbove(e, next[0], names.accounts, list.Currency)
	}
	parts := make([]partAnswer, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = partAnswer{Part: p, AccountName: names.account(p.Account), DealName: names.deal(p.Deal)}
	}
	return st, parts, nil
}

// names knows accounts and deals by id; what it does not know is called by its id.
type names struct {
	accounts map[clamor.AccountID]clamor.Account
	deals    map[clamor.DealID]clamor.Deal
}

func (n names) account(id clamor.AccountID) string { return cmp.Or(n.accounts[id].Name, string(id)) }
func (n names) deal(id clamor.DealID) string       { return cmp.Or(n.deals[id].Name, string(id)) }

// namesOf finds the accounts and deals of parts, each kind in one go.
func (s *Server) namesOf(ctx context.Context, parts []clamor.Part) (names, error) {
	var n names
	var err error
	accounts, deals := map[clamor.AccountID]bool{}, map[clamor.DealID]bool{}
	for _, p := range parts {
		accounts[p.Account] = true
		if p.Deal != "" {
			deals[p.Deal] = true
		}
	}
	if n.accounts, err = s.Store.Accounts(ctx, keysOf(accounts)); err != nil {
		return n, err
	}
	n.deals, err = s.Store.Deals(ctx, keysOf(deals))
	return n, err
}

func (s *Server) similar(ctx context.Context, id clamor.FeatureID) ([]similarAnswer, error) {
	found := s.Dedupe.Similar(id, shownSimilar)
	ids := make([]clamor.FeatureID, len(found))
	for i, f := range found {
		ids[i] = f.Feature
	}
	features, err := s.Store.Features(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := []similarAnswer{}
	for _, f := range found {
		if known, ok := features[f.Feature]; ok {
			all = append(all, newSimilarAnswer(known, f))
		}
	}
	return all, nil
}

func newSimilarAnswer(f clamor.Feature, s dedupe.Suggestion) similarAnswer {
	return similarAnswer{ID: f.ID, Title: f.Title, Status: f.Status, Score: s.Score, Shared: orEmpty(s.Shared), Differing: orEmpty(s.Differing),
		Here: orEmpty(s.Here), There: orEmpty(s.There), Why: s.Why}
}

// deliveryAnswer is a delivery, with its payload for those who may read it.
type deliveryAnswer struct {
	clamor.Delivery
	Body       *string `json:"body,omitempty"`        // the payload where it is text
	BodyBase64 []byte  `json:"body_base64,omitempty"` // the payload where it is not
}

// payloadRole is who may read a payload as it came: it may hold what no note took over, of other accounts too.
const payloadRole = clamor.PM

func newDeliveryAnswer(d clamor.Delivery, reader clamor.User) deliveryAnswer {
	a := deliveryAnswer{Delivery: d}
	switch {
	case !reader.Role.May(payloadRole):
	case utf8.Valid(d.Body):
		text := string(d.Body)
		a.Body = &text
	default:
		a.BodyBase64 = d.Body
	}
	return a
}

// askAnswer is an ask as a span of its note, with the title of the feature where it stands.
type askAnswer struct {
	clamor.Ask
	FeatureTitle string `json:"feature_title,omitempty"`
}

// noteAnswer is a note with its asks and where it came from.
type noteAnswer struct {
	clamor.Note
	AccountName string          `json:"account_name"`
	DealName    string          `json:"deal_name,omitempty"`
	Asks        []askAnswer     `json:"asks"`
	Origin      *deliveryAnswer `json:"origin"` // null for a note that was imported
}

func (s *Server) note(c *gin.Context) error {
	ctx := c.Request.Context()
	note, asks, err := s.Store.FindNote(ctx, clamor.NoteID(c.Param("id")))
	if err != nil {
		return err
	}
	n, err := s.namesOf(ctx, []clamor.Part{{Account: note.Account, Deal: note.Deal}})
	if err != nil {
		return err
	}
	a := noteAnswer{Note: note, AccountName: n.account(note.Account), DealName: n.deal(note.Deal)}
	if a.Asks, err = s.askAnswers(ctx, asks); err != nil {
		return err
	}
	if note.Delivery != "" {
		d, err := s.Store.FindDelivery(ctx, note.Delivery)
		if err != nil && clamor.KindOf(err) != clamor.NotFound {
			return err
		}
		if err == nil {
			origin := newDeliveryAnswer(d, userOf(c))
			a.Origin = &origin
		}
	}
	return writeJSON(c, http.StatusOK, a)
}

func (s *Server) askAnswers(ctx context.Context, asks []clamor.Ask) ([]askAnswer, error) {
	ids := map[clamor.FeatureID]bool{}
	for _, a := range asks {
		if a.Feature != "" {
			ids[a.Feature] = true
		}
	}
	features, err := s.Store.Features(ctx, keysOf(ids))
	if err != nil {
		return nil, err
	}
	all := make([]askAnswer, len(asks))
	for i, a := range asks {
		all[i] = askAnswer{Ask: a, FeatureTitle: features[a.Feature].Title}
	}
	return all, nil
}

func (s *Server) account(c *gin.Context) error {
	id := clamor.AccountID(c.Param("id"))
	found, err := s.Store.Accounts(c.Request.Context(), []clamor.AccountID{id})
	if err != nil {
		return err
	}
	account, ok := found[id]
	if !ok {
		return clamor.Errorf(clamor.NotFound, "there is no account %q", clip(string(id)))
	}
	return writeJSON(c, http.StatusOK, account)
}

func keysOf[K comparable](set map[K]bool) []K { return slices.Collect(maps.Keys(set)) }
