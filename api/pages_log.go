package api

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/export"
	"clamor/api/web"
)

// logQuery reads what of the log a page shows; wrong tells what cannot be read.
func logQuery(params url.Values) (q clamor.AuditQuery, wrong map[string]string) {
	q = clamor.AuditQuery{By: oneSpaced(params.Get("by")), Actions: web.LogActions(params.Get("kind")), Before: params.Get("before"), Limit: auditPerPage}
	if text := params.Get("day"); text != "" {
		day, err := clamor.ParseDate(text)
		if err != nil {
			return q, map[string]string{"day": "Write the day as 2026-10-03."}
		}
		q.Day = day
	}
	return q, nil
}

// logDeeds reads a page of the log in plain words, and says whether there is more.
func (s *Server) logDeeds(c *gin.Context, q clamor.AuditQuery) ([]web.LogDeed, bool, error) {
	limit := q.Limit
	q.Limit++
	entries, err := s.Store.AuditPage(c.Request.Context(), q)
	if err != nil {
		return nil, false, err
	}
	more := len(entries) > limit
	entries = entries[:min(limit, len(entries))]
	ids := map[string]bool{}
	for _, e := range entries {
		for _, id := range web.LogIDs(e) {
			ids[id] = true
		}
	}
	names, err := s.Store.Named(c.Request.Context(), keysOf(ids))
	deeds := make([]web.LogDeed, 0, len(entries))
	for _, e := range entries {
		deeds = append(deeds, web.NewLogDeed(e, names))
	}
	return deeds, more, err
}

func (s *Server) logPage(c *gin.Context) error {
	params := kept(c.Request.URL.Query(), "by", "kind", "day", "before")
	q, wrong := logQuery(params)
	v := web.LogView{By: q.By, Day: params.Get("day"), Faults: wrong, Kinds: web.LogKinds(), Any: len(without(params, "before")) > 0,
		CSV: "/settings/log.csv?" + without(params, "before").Encode()}
	for i := range v.Kinds {
		v.Kinds[i].Selected = v.Kinds[i].Value == params.Get("kind")
	}
	people, err := s.Store.Members(c.Request.Context())
	if err != nil {
		return err
	}
	for _, p := range people {
		v.Known = append(v.Known, p.Name)
	}
	if wrong != nil {
		return s.render(c, http.StatusBadRequest, nil, v)
	}
	deeds, more, err := s.logDeeds(c, q)
	if err != nil {
		return err
	}
	if more {
		older := without(params, "before")
		older.Set("before", deeds[len(deeds)-1].Entry.ID)
		v.Older = "/settings/log?" + older.Encode()
	}
	for _, d := range deeds {
		day := clamor.DateOf(d.Entry.At)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != day {
			v.Days = append(v.Days, web.LogDay{Day: day})
		}
		last := &v.Days[len(v.Days)-1]
		last.Deeds = append(last.Deeds, d)
	}
	return s.render(c, http.StatusOK, nil, v)
}

// logCSV downloads all that fits, page by page, so that no length of it fills the memory.
func (s *Server) logCSV(c *gin.Context) error {
	q, wrong := logQuery(kept(c.Request.URL.Query(), "by", "kind", "day"))
	if wrong != nil {
		return clamor.Errorf(clamor.Invalid, "the day cannot be read: write it as 2026-10-03")
	}
	q.Limit = 1000
	deeds, more, err := s.logDeeds(c, q)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="clamor-log.csv"`)
	c.Header("Content-Type", "text/csv; charset=utf-8")
	out := csv.NewWriter(c.Writer)
	if err := out.Write([]string{"at", "by", "what", "detail", "action", "subject", "id"}); err != nil {
		return err
	}
	for {
		for _, d := range deeds {
			row := []string{d.Entry.At.Format(time.RFC3339), d.Entry.By, d.Sentence(), d.Entry.Detail, d.Entry.Action, d.Entry.Subject, d.Entry.ID}
			for i := range row {
				row[i] = export.Defuse(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		if out.Flush(); !more || out.Error() != nil {
			return out.Error()
		}
		q.Before = deeds[len(deeds)-1].Entry.ID
		if deeds, more, err = s.logDeeds(c, q); err != nil {
			return err
		}
	}
}
