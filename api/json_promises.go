package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// promiseRoutes are the ledger of promises, and the brief of an account.
func (s *Server) promiseRoutes() []route {
	return []route{
		{http.MethodGet, "/api/v1/promises", jsonFace, clamor.Viewer, s.promises},
		{http.MethodPost, "/api/v1/promises", jsonFace, clamor.Reporter, s.addPromise},
		{http.MethodPatch, "/api/v1/promises/:id", jsonFace, clamor.PM, s.editPromise},
		{http.MethodGet, "/api/v1/accounts/:id/brief", jsonFace, clamor.Viewer, s.accountBrief},
		{http.MethodPost, "/promises", pageFace, clamor.PM, s.promiseForm},
		{http.MethodPost, "/promises/:id", pageFace, clamor.PM, s.endPromiseForm},
	}
}

// promiseAnswer is a promise with its age.
type promiseAnswer struct {
	clamor.Promise
	DaysOpen    int `json:"days_open"`
	DaysOverdue int `json:"days_overdue"`
}

func (s *Server) promiseAnswer(p clamor.Promise) promiseAnswer {
	today := clamor.DateOf(s.Now())
	return promiseAnswer{p, p.Age(today), p.Overdue(today)}
}

func (s *Server) promises(c *gin.Context) error {
	v := c.Request.URL.Query()
	var wrong faults
	wrong.parameters(v, "feature", "account", "state", "late", "limit")
	q := clamor.PromiseQuery{Feature: clamor.FeatureID(v.Get("feature")), Account: clamor.AccountID(v.Get("account")),
		State: clamor.PromiseState(v.Get("state")), Limit: usualLimit}
	wrong.add("state", oneOf(q.State, clamor.PromiseStates()...))
	switch v.Get("late") {
	case "true":
		q.Late = clamor.DateOf(s.Now())
	case "", "false":
	default:
		wrong.add("late", clamor.Errorf(clamor.Invalid, "write true or false"))
	}
	if text := v.Get("limit"); text != "" {
		n, err := readLimit(text)
		wrong.add("limit", err)
		q.Limit = n
	}
	if err := clamor.Refuse("the promises cannot be shown so", sorted(wrong)); err != nil {
		return err
	}
	all, err := s.promisesOf(c.Request.Context(), q)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Promises []promiseAnswer `json:"promises"`
	}{all})
}

func (s *Server) promisesOf(ctx context.Context, q clamor.PromiseQuery) ([]promiseAnswer, error) {
	found, err := s.Store.Promises(ctx, q)
	all := make([]promiseAnswer, len(found))
	for i, p := range found {
		all[i] = s.promiseAnswer(p)
	}
	return all, err
}

// promiseBody is a promise as a program sends it.
type promiseBody struct {
	Feature clamor.FeatureID `json:"feature"`
	Account clamor.AccountID `json:"account"`
	MadeBy  string           `json:"made_by"`
	MadeOn  clamor.Date      `json:"made_on"`
	DueOn   clamor.Date      `json:"due_on"`
	Words   string           `json:"words"`
	Note    clamor.NoteID    `json:"note"`
}

// record keeps a promise; who made it is who records it, and the day today, where that is left out.
func (s *Server) record(c *gin.Context, b promiseBody) (clamor.Promise, error) {
	if b.MadeBy == "" {
		b.MadeBy = userOf(c).Name
	}
	if b.MadeOn == "" {
		b.MadeOn = clamor.DateOf(s.Now())
	}
	p := clamor.Promise{Feature: b.Feature, Account: b.Account, Note: b.Note, State: clamor.PromiseOpen}
	e := clamor.PromiseEdit{MadeBy: &b.MadeBy, MadeOn: &b.MadeOn, DueOn: &b.DueOn, Words: &b.Words}
	return s.Store.AddPromise(c.Request.Context(), p, e, userOf(c).Name)
}

func (s *Server) addPromise(c *gin.Context) error {
	var b promiseBody
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	p, err := s.record(c, b)
	if err != nil {
		return err
	}
	c.Header("ETag", etag(p.Version))
	return writeJSON(c, http.StatusCreated, s.promiseAnswer(p))
}

func (s *Server) editPromise(c *gin.Context) error {
	version, err := ifMatch(c.Request)
	if err != nil {
		return err
	}
	var e clamor.PromiseEdit
	if err := s.decodeBody(c, &e); err != nil {
		return err
	}
	if e == (clamor.PromiseEdit{}) {
		return clamor.Errorf(clamor.Invalid, "the body changes nothing: name at least one field")
	}
	p, err := s.Store.EditPromise(c.Request.Context(), clamor.PromiseID(c.Param("id")), version, e, userOf(c).Name)
	if err != nil {
		return err
	}
	c.Header("ETag", etag(p.Version))
	return writeJSON(c, http.StatusOK, s.promiseAnswer(p))
}

// promiseForm records a promise, and goes back to where the reader was.
func (s *Server) promiseForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	_, err = s.record(c, promiseBody{Feature: clamor.FeatureID(fields.Get("feature")), Account: clamor.AccountID(fields.Get("account")),
		MadeBy: strings.TrimSpace(fields.Get("made_by")), MadeOn: clamor.Date(fields.Get("made_on")), DueOn: clamor.Date(fields.Get("due_on")), Words: fields.Get("words")})
	if err != nil {
		return err
	}
	return s.backFrom(c, fields)
}

// endPromiseForm says what became of a promise.
func (s *Server) endPromiseForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	state, reason := clamor.PromiseState(fields.Get("state")), fields.Get("reason")
	_, err = s.Store.EditPromise(c.Request.Context(), clamor.PromiseID(c.Param("id")), 0, clamor.PromiseEdit{State: &state, Reason: &reason}, userOf(c).Name)
	if err != nil {
		return err
	}
	return s.backFrom(c, fields)
}

func (s *Server) backFrom(c *gin.Context, fields url.Values) error {
	return seeOther(c, localPath(fields.Get("back")), doneSaved)
}

// briefAnswer is what somebody should know before talking to an account.
type briefAnswer struct {
	Account  clamor.Account  `json:"account"`
	Quarter  string          `json:"quarter"`
	AsOf     clamor.Date     `json:"as_of"`
	Currency string          `json:"currency"`
	Total    int64           `json:"total"`  // its money on the list
	Wishes   []wishAnswer    `json:"wishes"` // on the list, those with the most of its money first
	Asked    []askedAnswer   `json:"asked"`  // whatever it asked for, newest first, and what became of it
	Promises []promiseAnswer `json:"promises"`
}

type wishAnswer struct {
	Feature      clamor.Feature  `json:"feature"`
	Rank         int             `json:"rank"`
	Priority     clamor.Priority `json:"priority,omitempty"`
	Contribution int64           `json:"contribution"`
	Share        int64           `json:"share"` // of the feature's score, in parts per million
}

type askedAnswer struct {
	Ask          clamor.Quote  `json:"ask"`
	FeatureTitle string        `json:"feature_title"`
	Status       clamor.Status `json:"status"`
	StatusReason string        `json:"status_reason,omitempty"`
}

const shownPromises = 200

func (s *Server) accountBrief(c *gin.Context) error {
	v, err := s.accountView(c.Request.Context(), clamor.AccountID(c.Param("id")))
	if err != nil {
		return err
	}
	a := briefAnswer{Account: v.Account, Quarter: v.List.Quarter, AsOf: v.List.AsOf, Currency: v.List.Currency, Total: v.Total,
		Wishes: []wishAnswer{}, Asked: []askedAnswer{}, Promises: []promiseAnswer{}}
	for _, f := range v.Features {
		a.Wishes = append(a.Wishes, wishAnswer{f.Feature, f.Rank, f.Priority, f.Contribution, f.Share})
	}
	for _, q := range v.Quotes {
		f := v.Asked[q.Feature]
		a.Asked = append(a.Asked, askedAnswer{q, f.Title, f.Status, f.StatusReason})
	}
	for _, p := range v.Promises {
		a.Promises = append(a.Promises, s.promiseAnswer(p.Promise))
	}
	return writeJSON(c, http.StatusOK, a)
}

// promiseRows are promises as pages show them.
func (s *Server) promiseRows(ctx context.Context, q clamor.PromiseQuery) ([]web.PromiseRow, error) {
	q.Limit = shownPromises
	found, err := s.Store.Promises(ctx, q)
	var rows []web.PromiseRow
	for _, p := range found {
		a := s.promiseAnswer(p)
		rows = append(rows, web.PromiseRow{Promise: p, Open: a.DaysOpen, Overdue: a.DaysOverdue})
	}
	return rows, err
}
