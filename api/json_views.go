package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"clamor"
)

// viewRoutes are views of the list that people keep, and changes of many features at one go.
func (s *Server) viewRoutes() []route {
	const views, edits = "/api/v1/views", "/api/v1/edits"
	return []route{
		{http.MethodGet, views, jsonFace, clamor.Viewer, s.views},
		{http.MethodPost, views, jsonFace, clamor.Viewer, s.addView},
		{http.MethodDelete, views + "/:id", jsonFace, clamor.Viewer, s.dropView},
		{http.MethodPost, edits, jsonFace, clamor.PM, s.editMany},
		{http.MethodDelete, edits + "/:id", jsonFace, clamor.PM, s.undoEdit},
	}
}

func (s *Server) views(c *gin.Context) error {
	found, err := s.Store.Views(c.Request.Context(), userOf(c).ID)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Views []clamor.SavedView `json:"views"`
	}{orEmpty(found)})
}

func (s *Server) addView(c *gin.Context) error {
	var body struct {
		Name   string `json:"name"`
		Query  string `json:"query"`
		Shared bool   `json:"shared"`
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	v, err := viewOf(userOf(c), body.Name, body.Query, body.Shared)
	if err != nil {
		return err
	}
	if v, err = s.Store.SaveView(c.Request.Context(), v); err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, v)
}

func (s *Server) dropView(c *gin.Context) error {
	u := userOf(c)
	return done(c, s.Store.DropView(c.Request.Context(), c.Param("id"), u.ID, u.Name, u.Role.May(clamor.PM)))
}

// editMany makes the same change to many features, in all or in none.
func (s *Server) editMany(c *gin.Context) error {
	var body struct {
		Features []clamor.FeatureID `json:"features"`
		clamor.FeatureEdit
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	var wrong faults
	if n := len(body.Features); n == 0 || n > maxAsks {
		wrong.add("features", clamor.Errorf(clamor.Invalid, "name 1 to %d features", maxAsks))
	}
	if body.FeatureEdit == (clamor.FeatureEdit{}) {
		wrong.add("", clamor.Errorf(clamor.Invalid, "nothing to change: send status, area, team or another field"))
	}
	if err := clamor.Refuse("the features cannot be changed so", wrong); err != nil {
		return err
	}
	batch, err := s.Store.EditFeatures(c.Request.Context(), body.Features, body.FeatureEdit, userOf(c).Name)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/edits/"+batch)
	return writeJSON(c, http.StatusCreated, struct {
		ID string `json:"id"`
	}{batch})
}

// undoEdit takes back what was changed at one go.
func (s *Server) undoEdit(c *gin.Context) error {
	edits, err := s.Store.UndoEdit(c.Request.Context(), c.Param("id"), userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Edits []clamor.Edited `json:"edits"`
	}{orEmpty(edits)})
}
