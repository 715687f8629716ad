package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/rank"
)

// quarterRoutes are the frozen quarters with their revisions.
func (s *Server) quarterRoutes() []route {
	const path = "/api/v1/quarters"
	return []route{
		{http.MethodGet, path, jsonFace, clamor.Viewer, s.revisions},
		{http.MethodPost, path + "/:quarter/freeze", jsonFace, clamor.PM, s.freeze},
		{http.MethodGet, path + "/:quarter/revisions", jsonFace, clamor.Viewer, s.revisions},
		{http.MethodPost, path + "/:quarter/revisions", jsonFace, clamor.PM, s.revise},
		{http.MethodGet, path + "/:quarter/verify", jsonFace, clamor.Viewer, s.verify},
		{http.MethodGet, path + "/:quarter/checklist", jsonFace, clamor.PM, s.checks},
		{http.MethodGet, path + "/compare", jsonFace, clamor.Viewer, s.compareJSON},
	}
}

// revisions lists what is frozen, of one quarter or of all, and where it went out.
func (s *Server) revisions(c *gin.Context) error {
	name := c.Param("quarter")
	if name != "" {
		quarter, err := s.quarter(c.Request.Context(), name)
		if err != nil {
			return err
		}
		name = quarter.String()
	}
	found, err := s.Store.Revisions(c.Request.Context(), name)
	if err != nil {
		return err
	}
	published, err := s.Store.Publications(c.Request.Context(), name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Revisions    []clamor.Revision    `json:"revisions"`
		Publications []clamor.Publication `json:"publications"`
	}{orEmpty(found), orEmpty(published)})
}

// revise freezes a quarter again, from what is known now.
func (s *Server) revise(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	var b struct {
		Reason   string `json:"reason"`
		Scenario string `json:"scenario"`
		Current  bool   `json:"current_settings"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	list, err := s.Rank.Revise(c.Request.Context(), quarter, rank.Correction{Reason: b.Reason, Scenario: b.Scenario, Current: b.Current}, userOf(c).Name)
	if err != nil {
		return err
	}
	return writeFrozen(c, list)
}

// writeFrozen answers with a list that was just frozen, whole.
func writeFrozen(c *gin.Context, list clamor.List) error {
	answer := newListAnswer(list)
	for _, e := range list.Entries {
		answer.Entries = append(answer.Entries, entryAnswer{Entry: e})
	}
	location := "/api/v1/list?quarter=" + list.Quarter
	if list.Revision > 1 {
		location += "&revision=" + strconv.Itoa(list.Revision)
	}
	c.Header("Location", location)
	return writeJSON(c, http.StatusCreated, answer)
}

// proof is whether a frozen list comes out the same from its inputs.
type proof struct {
	Quarter  string `json:"quarter"`
	Revision int    `json:"revision"`
	Hash     string `json:"hash"`
	Holds    bool   `json:"holds"`
	Fault    string `json:"fault,omitempty"`
}

func (s *Server) verify(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	revision, err := readRevision(c.Query("revision"))
	if err != nil {
		return clamor.Refuse("the quarter cannot be verified so", []clamor.Fault{{Path: "revision", Message: err.Error()}})
	}
	p, err := s.prove(c.Request.Context(), quarter, revision)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, p)
}

// prove ranks a frozen list again; that it does not hold is an answer, not an error.
func (s *Server) prove(ctx context.Context, quarter clamor.Quarter, revision int) (proof, error) {
	list, err := s.Rank.Verify(ctx, quarter, revision)
	p := proof{Quarter: quarter.String(), Revision: list.Revision, Hash: list.Hash, Holds: err == nil}
	if err != nil && list.Hash != "" && clamor.KindOf(err) == clamor.Conflict {
		p.Fault, err = problemOf(err).Detail, nil
	}
	return p, err
}

// readRevision reads the number of a revision; "" is the newest.
func readRevision(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no revision: write 1 or more", clip(text))
	}
	return n, nil
}
