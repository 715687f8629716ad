package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/rank"
)

// settingsRoutes are the ranking settings with their history.
func (s *Server) settingsRoutes() []route {
	const path = "/api/v1/settings/ranking"
	return []route{
		{http.MethodGet, path, jsonFace, clamor.Viewer, s.rankingSettings},
		{http.MethodPut, path, jsonFace, clamor.Admin, s.putRankingSettings},
		{http.MethodGet, path + "/versions", jsonFace, clamor.Viewer, s.rankingVersions},
		{http.MethodPost, path + "/preview", jsonFace, clamor.PM, s.previewSettings},
	}
}

// settingsAnswer is a version of the ranking settings.
type settingsAnswer struct {
	clamor.SettingsVersion
	Rates    []clamor.Rate `json:"rates"`
	Settings rank.Settings `json:"settings"`
}

// versionAnswer is a version as the history tells it.
type versionAnswer struct {
	clamor.SettingsVersion
	Rates int         `json:"rates"` // how many
	Edits []rank.Edit `json:"edits"` // against the version before, of the settings but the rates
}

// settingsBody is what somebody wants the settings to be.
type settingsBody struct {
	Settings rank.Settings  `json:"settings"`
	Rates    *[]clamor.Rate `json:"rates"` // left out: they stay as they are
	Reason   string         `json:"reason"`
}

func (s *Server) rankingSettings(c *gin.Context) error {
	ctx, text := c.Request.Context(), c.Query("version")
	if text == "" {
		v, err := s.Store.RankingSettings(ctx)
		if err != nil {
			return err
		}
		return s.writeSettings(c, v)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return clamor.Refuse("the settings cannot be shown so", []clamor.Fault{{Path: "version", Message: "write the number of a version, 1 or more"}})
	}
	v, err := s.Store.FindRankingSettings(ctx, n)
	if err != nil {
		return err
	}
	return s.writeSettings(c, v)
}

func (s *Server) writeSettings(c *gin.Context, v clamor.SettingsVersion) error {
	settings, err := s.Rank.Decode(v)
	if err != nil {
		return err
	}
	c.Header("ETag", etag(v.Version))
	return writeJSON(c, http.StatusOK, settingsAnswer{v, orEmpty(v.Rates), settings})
}

// putRankingSettings stores the next version. Whoever saw an older one than the newest is refused.
func (s *Server) putRankingSettings(c *gin.Context) error {
	d, err := s.readDraft(c)
	if err != nil {
		return err
	}
	v, err := s.Rank.PutSettings(c.Request.Context(), d, userOf(c).Name)
	if err != nil {
		return err
	}
	s.Wake()
	return s.writeSettings(c, v)
}

// readDraft reads settings that are to be tried or stored. Rates that the body leaves out are those that hold.
func (s *Server) readDraft(c *gin.Context) (rank.Draft, error) {
	var b settingsBody
	if err := s.decodeBody(c, &b); err != nil {
		return rank.Draft{}, err
	}
	d := rank.Draft{Settings: b.Settings, Reason: strings.TrimSpace(b.Reason)}
	if seen := strings.TrimSpace(c.GetHeader("If-Match")); seen != "" && seen != "*" {
		var err error
		if d.Settings.Version, err = settingsMatch(seen); err != nil {
			return d, err
		}
	}
	if b.Rates != nil {
		d.Rates = *b.Rates
		return d, nil
	}
	v, err := s.Store.RankingSettings(c.Request.Context())
	d.Rates = v.Rates
	return d, err
}

// settingsMatch reads the version of settings that an If-Match names.
func settingsMatch(seen string) (version int64, err error) {
	if _, err := fmt.Sscanf(seen, `"%d"`, &version); err != nil || etag(version) != seen {
		return 0, clamor.Errorf(clamor.Stale, "If-Match %s is no ETag of the settings: send the ETag that you were given", clip(seen))
	}
	return version, nil
}

const shownVersions = 200

func (s *Server) rankingVersions(c *gin.Context) error {
	all, err := s.versions(c.Request.Context())
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Versions []versionAnswer `json:"versions"`
	}{orEmpty(all)})
}

// versions tells the history of the settings, newest first, each with what it changed.
func (s *Server) versions(ctx context.Context) ([]versionAnswer, error) {
	found, err := s.Store.RankingSettingsVersions(ctx, shownVersions+1)
	if err != nil {
		return nil, err
	}
	settings := make([]rank.Settings, len(found)+1)
	if settings[len(found)], err = s.Rank.Decode(clamor.SettingsVersion{}); err != nil {
		return nil, err
	}
	for i, v := range found {
		if settings[i], err = s.Rank.Decode(v); err != nil {
			return nil, err
		}
	}
	all := make([]versionAnswer, min(len(found), shownVersions))
	for i := range all {
		all[i] = versionAnswer{found[i], len(found[i].Rates), orEmpty(rank.Compare(settings[i+1], settings[i]))}
	}
	return all, nil
}

// previewSettings tells what a draft would move, and stores nothing.
func (s *Server) previewSettings(c *gin.Context) error {
	ctx, params := c.Request.Context(), c.Request.URL.Query()
	var wrong faults
	wrong.parameters(params, "quarter", "scenario", "as_of", "limit")
	q, err := s.readWhich(ctx, params, &wrong)
	if err != nil {
		return err
	}
	limit := usualLimit
	if text := params.Get("limit"); text != "" {
		limit, err = readLimit(text)
		wrong.add("limit", err)
	}
	if err := clamor.Refuse("the settings cannot be tried so", sorted(wrong)); err != nil {
		return err
	}
	d, err := s.readDraft(c)
	if err != nil {
		return err
	}
	p, err := s.Rank.Preview(ctx, q, d, limit)
	if err != nil {
		return err
	}
	p.Edits, p.Shifts, p.Top, p.Winners, p.Losers = orEmpty(p.Edits), orEmpty(p.Shifts), orEmpty(p.Top), orEmpty(p.Winners), orEmpty(p.Losers)
	return writeJSON(c, http.StatusOK, p)
}
