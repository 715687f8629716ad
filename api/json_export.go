package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/export"
	"clamor/rank"
)

// exportRoutes send lists out, and say what trackers make of them.
func (s *Server) exportRoutes() []route {
	const v1 = "/api/v1"
	return []route{
		{http.MethodGet, v1 + "/quarters/:quarter/export", jsonFace, clamor.PM, s.previewExport},
		{http.MethodPost, v1 + "/quarters/:quarter/export", jsonFace, clamor.PM, s.sendExport},
		{http.MethodPost, v1 + "/features/:id/links", jsonFace, clamor.PM, s.addLink},
		{http.MethodDelete, v1 + "/features/:id/links", jsonFace, clamor.PM, s.dropLink},
		{http.MethodGet, v1 + "/proposals", jsonFace, clamor.Viewer, s.proposals},
		{http.MethodPost, v1 + "/proposals/:id", jsonFace, clamor.PM, s.settleProposal},
	}
}

func (s *Server) exporter() Exporter {
	return Exporter{Store: s.Store, Rank: s.Rank, GitHub: s.GitHub, BaseURL: s.PublicURL}
}

// outgoing reads which list goes where.
func (s *Server) outgoing(ctx context.Context, quarter, scenario, repo, issues, by string) (Outgoing, error) {
	o := Outgoing{Repo: repo, By: by, Query: rank.Query{Scenario: scenario}}
	var err error
	if o.Query.Quarter, err = s.quarter(ctx, quarter); err != nil {
		return o, err
	}
	if issues != "" {
		if o.Issues, err = strconv.Atoi(issues); err != nil {
			return o, clamor.Errorf(clamor.Invalid, "issues: %q is no whole number", clip(issues))
		}
	}
	return o, nil
}

type documentAnswer struct {
	Title    string   `json:"title"`
	Body     string   `json:"body"`
	Comments []string `json:"comments"`
	Labels   []string `json:"labels"`
	Hash     string   `json:"hash"`
}

func newDocumentAnswer(d export.Document) documentAnswer {
	return documentAnswer{Title: d.Title, Body: d.Body, Comments: orEmpty(d.Comments), Labels: orEmpty(d.Labels), Hash: d.Hash}
}

type previewAnswer struct {
	documentAnswer
	Public  bool             `json:"public"`
	Number  int              `json:"number,omitempty"`
	Same    bool             `json:"same"`
	Ticked  []string         `json:"ticked"`
	Issues  []documentAnswer `json:"issues"`
	Trouble string           `json:"trouble,omitempty"`
}

// previewExport tells byte for byte what an export would send, and sends nothing.
func (s *Server) previewExport(c *gin.Context) error {
	o, err := s.outgoing(c.Request.Context(), c.Param("quarter"), c.Query("scenario"), c.Query("repo"), c.Query("issues"), userOf(c).Name)
	if err != nil {
		return err
	}
	d, err := s.exporter().Preview(c.Request.Context(), o)
	if err != nil {
		return err
	}
	a := previewAnswer{documentAnswer: newDocumentAnswer(d.Document), Public: d.Public, Number: d.Number, Same: d.Same, Ticked: orEmpty(d.Ticked),
		Issues: []documentAnswer{}}
	for _, issue := range d.Issues {
		a.Issues = append(a.Issues, newDocumentAnswer(issue.Document))
	}
	if d.Trouble != nil {
		a.Trouble = d.Trouble.Error()
	}
	return writeJSON(c, http.StatusOK, a)
}

type sentIssue struct {
	Number  int            `json:"number"`
	URL     string         `json:"url"`
	Outcome export.Outcome `json:"outcome"`
}

type sentAnswer struct {
	sentIssue
	Public      bool        `json:"public"`
	Hash        string      `json:"hash"`
	PublishedAt time.Time   `json:"published_at"`
	Dropped     []string    `json:"dropped_labels"`
	Ticked      []string    `json:"ticked"`
	Issues      []sentIssue `json:"issues"`
}

// sendExport publishes the list; sent again it changes nothing.
func (s *Server) sendExport(c *gin.Context) error {
	var b struct {
		Repo     string `json:"repo"`
		Scenario string `json:"scenario"`
		Issues   int    `json:"issues"`
		Hash     string `json:"hash"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	o, err := s.outgoing(c.Request.Context(), c.Param("quarter"), b.Scenario, b.Repo, strconv.Itoa(b.Issues), userOf(c).Name)
	if err != nil {
		return err
	}
	o.Expect = b.Hash
	sent, err := s.exporter().Send(c.Request.Context(), o)
	if err != nil {
		return err
	}
	a := sentAnswer{sentIssue: sentIssue{sent.Number, sent.URL, sent.Outcome}, Public: sent.Public, Hash: sent.BodyHash, PublishedAt: sent.PublishedAt,
		Dropped: orEmpty(sent.Dropped), Ticked: orEmpty(sent.Ticked), Issues: []sentIssue{}}
	for _, i := range sent.Issues {
		a.Issues = append(a.Issues, sentIssue{i.Number, i.URL, i.Outcome})
	}
	return writeJSON(c, http.StatusOK, a)
}

// addLink ties a feature to an issue of a tracker; the answer is all that trackers know of the feature.
func (s *Server) addLink(c *gin.Context) error {
	var b struct {
		URL string `json:"url"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	if err := s.link(c.Request.Context(), id, b.URL, userOf(c).Name); err != nil {
		return err
	}
	return s.writeTracked(c, http.StatusCreated, id)
}

// link ties a feature to an issue, which is polled where it stands on the GitHub that we are connected to.
func (s *Server) link(ctx context.Context, id clamor.FeatureID, url, by string) error {
	l := clamor.TrackerLink{Feature: id, URL: url, By: by}
	if address, err := clamor.TrackerURL(url); err == nil && s.GitHub != nil {
		l.Target = s.GitHub.Target(address)
	}
	if err := s.Store.AddTrackerLink(ctx, l); err != nil {
		return err
	}
	s.Wake()
	return nil
}

func (s *Server) dropLink(c *gin.Context) error {
	id := clamor.FeatureID(c.Param("id"))
	if err := s.Store.DropTrackerLink(c.Request.Context(), id, c.Query("url"), userOf(c).Name); err != nil {
		return err
	}
	return s.writeTracked(c, http.StatusOK, id)
}

func (s *Server) writeTracked(c *gin.Context, status int, id clamor.FeatureID) error {
	t, err := s.tracked(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(c, status, t)
}

func (s *Server) tracked(ctx context.Context, id clamor.FeatureID) (clamor.Tracked, error) {
	t, err := s.Store.Tracked(ctx, id)
	t.Links, t.Events = orEmpty(t.Links), orEmpty(t.Events)
	return t, err
}

// proposals are what trackers' news propose, and nobody has settled yet.
func (s *Server) proposals(c *gin.Context) error {
	open, err := s.Store.Proposals(c.Request.Context(), mostLimit)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Proposals []clamor.TrackerEvent `json:"proposals"`
	}{orEmpty(open)})
}

func (s *Server) settleProposal(c *gin.Context) error {
	var b struct {
		Accept *bool  `json:"accept"`
		Reason string `json:"reason"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	if b.Accept == nil {
		return clamor.Refuse("the proposal cannot be settled", []clamor.Fault{{Path: "accept", Message: "say true to confirm it, or false to dismiss it"}})
	}
	e, err := s.settle(c.Request.Context(), c.Param("id"), *b.Accept, b.Reason, userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, e)
}

func (s *Server) settle(ctx context.Context, id string, accept bool, reason, by string) (clamor.TrackerEvent, error) {
	if len(reason) > maxReason {
		return clamor.TrackerEvent{}, clamor.Errorf(clamor.Invalid, "the reason has %d bytes: at most %d", len(reason), maxReason)
	}
	e, err := s.Store.SettleProposal(ctx, id, accept, reason, by)
	if err == nil {
		s.Wake()
	}
	return e, err
}
