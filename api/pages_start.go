package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// StartStore is what the first steps in an empty workspace need of the store.
type StartStore interface {
	// Admins are the names of some who may do everything.
	Admins(ctx context.Context, limit int) ([]string, error)
}

// startPages are the first steps, and what they lead to.
func (s *Server) startPages() []route {
	return slices.Concat(s.importPages(), s.accountPages(), []route{
		{http.MethodPost, "/sample", pageFace, clamor.Admin, s.loadSampleForm},
		{http.MethodGet, "/sample", pageFace, clamor.Viewer, s.samplePage},
		{http.MethodGet, "/sample/remove", pageFace, clamor.Admin, s.unsamplePage},
		{http.MethodPost, "/sample/remove", pageFace, clamor.Admin, s.unsampleForm},
	})
}

// sample tells whether the sample company is here.
func (s *Server) sample(ctx context.Context) (clamor.Sample, error) {
	if s.Samples == nil {
		return clamor.Sample{}, nil
	}
	return s.Samples.State(ctx)
}

// start is the way from an empty workspace to a first list, nil once there are features.
func (s *Server) start(c *gin.Context) (*web.Start, error) {
	ctx := c.Request.Context()
	stats, err := s.Store.Stats(ctx)
	if err != nil || stats.Features > 0 {
		return nil, err
	}
	sources, err := s.Store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	sources = slices.DeleteFunc(sources, func(x clamor.Source) bool { return x.Name == NotesSource || x.Name == clamor.SampleSource || !x.On })
	start := &web.Start{Role: userOf(c).Role, Stats: stats, Sources: len(sources), Samples: s.Samples != nil && stats.Accounts+stats.Notes == 0}
	if start.Samples {
		state, err := s.sample(ctx)
		start.Samples = !state.There()
		if err != nil {
			return nil, err
		}
	}
	if !start.Role.May(clamor.Admin) {
		start.Admins, err = s.Store.Admins(ctx, 3)
	}
	return start, err
}

// loadSampleForm begins to load the sample company; its page tells how far that is.
func (s *Server) loadSampleForm(c *gin.Context) error {
	if s.Samples == nil {
		return clamor.Errorf(clamor.NotFound, "there is no sample data here")
	}
	if err := s.Samples.Load(c.Request.Context(), userOf(c).Name); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/sample")
	return nil
}

// samplePage tells how far the sample company is loaded, and leads to the list when it is there.
func (s *Server) samplePage(c *gin.Context) error {
	state, err := s.sample(c.Request.Context())
	if err != nil {
		return err
	}
	if !state.There() || !state.LoadedAt.IsZero() {
		if c.GetHeader("HX-Request") != "" { // the script loads what is asked for, not what a redirect leads to
			c.Header("HX-Redirect", "/")
			c.Status(http.StatusOK)
			return nil
		}
		c.Redirect(http.StatusSeeOther, "/")
		return nil
	}
	return s.render(c, http.StatusOK, nil, web.SampleView{Sample: state})
}

// unsamplePage tells what removing the sample company takes away, and what stays.
func (s *Server) unsamplePage(c *gin.Context) error {
	state, err := s.sample(c.Request.Context())
	if err != nil {
		return err
	}
	if !state.There() {
		return clamor.Errorf(clamor.NotFound, "there is no sample data here, or it has been removed already")
	}
	v := web.UnsampleView{Sample: state}
	revisions, err := s.Store.Revisions(c.Request.Context(), "")
	for _, r := range revisions {
		if r.FrozenBy != clamor.SampleBy {
			v.Frozen = append(v.Frozen, r.Quarter)
		}
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

func (s *Server) unsampleForm(c *gin.Context) error {
	if s.Samples == nil {
		return clamor.Errorf(clamor.NotFound, "there is no sample data here")
	}
	if err := s.Samples.Remove(c.Request.Context(), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, "/", doneUnsampled)
}

const doneUnsampled = "unsampled"
