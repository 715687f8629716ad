package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/dedupe"
)

// deduperRoutes are the deduper's settings with their history.
func (s *Server) deduperRoutes() []route {
	const path = "/api/v1/settings/deduper"
	return []route{
		{http.MethodGet, path, jsonFace, clamor.Viewer, s.deduperSettings},
		{http.MethodPut, path, jsonFace, clamor.Admin, s.putDeduperSettings},
		{http.MethodGet, path + "/versions", jsonFace, clamor.Viewer, s.deduperVersions},
		{http.MethodPost, path + "/try", jsonFace, clamor.PM, s.trySynonyms},
	}
}

func (s *Server) deduperSettings(c *gin.Context) error {
	settings, err := s.Store.DeduperSettings(c.Request.Context())
	if err != nil {
		return err
	}
	c.Header("ETag", etag(settings.Version))
	return writeJSON(c, http.StatusOK, settings)
}

// putDeduperSettings stores the next version, which the workers read the index anew with. Whoever saw an older one than the newest is
// refused.
func (s *Server) putDeduperSettings(c *gin.Context) error {
	var body struct {
		Version  int64   `json:"version"`
		Synonyms string  `json:"synonyms"`
		Caution  float64 `json:"caution"`
		Reason   string  `json:"reason"`
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	if seen := strings.TrimSpace(c.GetHeader("If-Match")); seen != "" && seen != "*" {
		var err error
		if body.Version, err = settingsMatch(seen); err != nil {
			return err
		}
	}
	if body.Caution < -1 || body.Caution > 1 {
		return clamor.Refuse("the settings cannot be stored so", []clamor.Fault{{Path: "caution", Message: "write a number between -1 and 1"}})
	}
	if err := dedupe.CheckSynonyms(body.Synonyms); err != nil {
		return err
	}
	settings, err := s.Store.PutDeduperSettings(c.Request.Context(), clamor.DeduperSettings{Version: body.Version, Synonyms: body.Synonyms,
		Caution: body.Caution, Reason: strings.TrimSpace(body.Reason), By: userOf(c).Name})
	if err != nil {
		return err
	}
	s.Wake()
	c.Header("ETag", etag(settings.Version))
	return writeJSON(c, http.StatusOK, settings)
}

func (s *Server) deduperVersions(c *gin.Context) error {
	found, err := s.Store.DeduperSettingsVersions(c.Request.Context(), shownVersions)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Versions []clamor.DeduperSettings `json:"versions"`
	}{orEmpty(found)})
}
