package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/ingest"
)

// shownDeliveries is how many deliveries one page lists.
const shownDeliveries = 50

// deliveriesPage lists what came in, of one source or of all.
func (s *Server) deliveriesPage(c *gin.Context) error {
	ctx, params := c.Request.Context(), c.Request.URL.Query()
	q, err := deliveryQuery(params)
	if err != nil {
		return err
	}
	v := web.DeliveriesView{Source: q.Source, State: q.State, Back: "/deliveries?" + kept(params, "source", "state").Encode()}
	if q.Source != "" {
		if _, err := s.Store.FindSource(ctx, q.Source); err != nil {
			return err
		}
	}
	found, next, err := s.deliveryPage(ctx, q, shownDeliveries)
	if err != nil {
		return err
	}
	v.Deliveries = found
	if next != "" {
		more := kept(params, "source", "state")
		more.Set("cursor", next)
		v.Next = "/deliveries?" + more.Encode()
	}
	if !q.Before.At.IsZero() {
		v.Newest = v.Back
	}
	if err := s.countStates(c, q, &v); err != nil {
		return err
	}
	var flash *web.Flash
	if c.Query("done") == doneReplayed {
		flash = &web.Flash{Message: "Being read anew."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// countStates adds the tabs. Of one source, only what a person or the workers have yet to see to is counted.
func (s *Server) countStates(c *gin.Context, q clamor.DeliveryQuery, v *web.DeliveriesView) error {
	var counts map[clamor.DeliveryState]int64
	if q.Source == "" {
		stats, err := s.Store.Stats(c.Request.Context())
		if err != nil {
			return err
		}
		counts = stats.Deliveries
	} else {
		activity, err := s.Store.Activity(c.Request.Context(), q.Source)
		if err != nil {
			return err
		}
		a := activity[q.Source]
		counts = map[clamor.DeliveryState]int64{clamor.Dead: a.Dead, clamor.Failed: a.Failed, clamor.Received: a.Waiting, clamor.Processed: -1, clamor.Replayed: -1}
		if q.State == clamor.Dead {
			v.Dead = a.Dead
		}
	}
	link := func(state clamor.DeliveryState) string {
		params := url.Values{}
		if q.Source != "" {
			params.Set("source", q.Source)
		}
		if state != "" {
			params.Set("state", string(state))
		}
		if len(params) == 0 {
			return "/deliveries"
		}
		return "/deliveries?" + params.Encode()
	}
	v.States = []web.Choice{{Label: "all", URL: link(""), Count: -1, Selected: q.State == ""}}
	for _, one := range clamor.DeliveryStates() {
		v.States = append(v.States, web.Choice{Label: string(one), URL: link(one), Count: int(counts[one]), Selected: q.State == one})
	}
	return nil
}

// The bounds of what the page of a delivery shows.
const (
	shownBody  = 256 << 10 // bytes
	shownNotes = 50
)

// deliveryOf is the page of one delivery.
func (s *Server) deliveryOf(c *gin.Context) error {
	ctx := c.Request.Context()
	d, err := s.Store.FindDelivery(ctx, clamor.DeliveryID(c.Param("id")))
	if err != nil {
		return err
	}
	v := web.DeliveryView{Delivery: d, Headers: slices.Sorted(maps.Keys(d.Header))}
	if v.Notes, err = s.brought(ctx, d.ID, shownNotes+1); err != nil {
		return err
	}
	if v.More = len(v.Notes) > shownNotes; v.More {
		v.Notes = v.Notes[:shownNotes]
	}
	v.Body, v.Pretty, v.Cut = readable(d.Body)
	source, err := s.Store.FindSource(ctx, d.Source)
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return err
	}
	if a, err := ingest.FindAdapter(source.Kind); err == nil && a.Mapped != nil && d.Topic == "" && source.Name != NotesSource {
		v.Mapping = sourcePath(d.Source) + "/mapping?delivery=" + url.QueryEscape(string(d.ID))
	}
	var flash *web.Flash
	if c.Query("done") == doneReplayed {
		flash = &web.Flash{Message: "It is being read anew."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// readable gives a payload as people read it: JSON indented, text as it is, nothing of what is no text.
func readable(body []byte) (text string, pretty, cut bool) {
	if !utf8.Valid(body) {
		return "", false, false
	}
	var b bytes.Buffer
	if len(body) <= shownBody && json.Indent(&b, body, "", "  ") == nil {
		return b.String(), true, false
	}
	return strings.ToValidUTF8(string(body[:min(len(body), shownBody)]), ""), false, len(body) > shownBody
}

// rawDelivery gives the payload as it came, as a file: what senders write must never be shown as a page of ours.
func (s *Server) rawDelivery(c *gin.Context) error {
	d, err := s.Store.FindDelivery(c.Request.Context(), clamor.DeliveryID(c.Param("id")))
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="delivery.txt"`)
	c.Data(http.StatusOK, "application/octet-stream", d.Body)
	return nil
}

// replayForm has all deliveries of a source in a state read anew.
func (s *Server) replayForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	source, err := s.Store.FindSource(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	state := clamor.DeliveryState(fields.Get("state"))
	if err := oneOf(state, clamor.DeliveryStates()...); err != nil || state == "" {
		return clamor.Errorf(clamor.Invalid, "say which deliveries are to be read anew: %s are none", clip(string(state)))
	}
	return s.replayAndGo(c, fields, clamor.Replay{Source: source.Name, State: state})
}

// replayOneForm has one delivery read anew.
func (s *Server) replayOneForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	return s.replayAndGo(c, fields, clamor.Replay{IDs: []clamor.DeliveryID{clamor.DeliveryID(c.Param("id"))}})
}

func (s *Server) replayAndGo(c *gin.Context, fields url.Values, r clamor.Replay) error {
	if _, err := s.Store.Replay(c.Request.Context(), r, userOf(c).Name); err != nil {
		return err
	}
	s.Wake()
	back := localPath(fields.Get("back"))
	if !strings.HasPrefix(back, "/deliveries") && !strings.HasPrefix(back, "/sources/") {
		back = "/deliveries"
	}
	return seeOther(c, back, doneReplayed)
}
