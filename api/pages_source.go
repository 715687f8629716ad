package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/docs"
	"clamor/ingest"
)

// shownRecent is how many of the newest deliveries a source's page names.
const shownRecent = 6

// sourcePage tells how a source is connected, and what came. That of the API itself has nothing to be connected.
func (s *Server) sourcePage(c *gin.Context) error {
	if c.Param("id") == NotesSource {
		c.Redirect(http.StatusSeeOther, "/deliveries?source="+NotesSource)
		return nil
	}
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	return s.showSource(c, http.StatusOK, source, nil)
}

// showSource shows the page of a source, with what is wrong with what was typed there.
func (s *Server) showSource(c *gin.Context, status int, source clamor.Source, wrong map[string]string) error {
	ctx := c.Request.Context()
	a, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		return err
	}
	activity, err := s.Store.Activity(ctx, source.Name)
	if err != nil {
		return err
	}
	pulls, err := s.Store.LastPulls(ctx)
	if err != nil {
		return err
	}
	v := web.SourceView{Line: s.sourceLine(source, activity[source.Name], pulls), Sender: senderOf(a), URL: s.PublicURL + "/hooks/" + source.Name, Test: ingest.ConnectionOf(a.Kind).Test,
		Form: sourceFormOf(a, source, wrong), Steps: web.Guide(docs.Steps(a.Kind, s.PublicURL)), Mappable: a.Mapped != nil, Mapped: len(source.Mapping), Pulls: a.Pulls() && s.Pull != nil}
	if err := s.tellSecret(c, source, &v); err != nil {
		return err
	}
	if v.Arrival, err = s.arrival(ctx, source); err != nil {
		return err
	}
	if v.Recent, err = s.Store.Deliveries(ctx, clamor.DeliveryQuery{Source: source.Name, Limit: shownRecent}); err != nil {
		return err
	}
	return s.render(c, status, sourceFlash(c.Query("done"), source), v)
}

func sourceFlash(done string, source clamor.Source) *web.Flash {
	switch {
	case done == doneConnected:
		return &web.Flash{Message: "Connected. Now let " + source.Name + " send something: its address and secret stand below."}
	case done == doneSecret:
		return &web.Flash{Message: "The secret is another one now. Enter it where " + source.Name + " sends from."}
	case done == doneSwitched && source.On:
		return &web.Flash{Message: "Switched on."}
	case done == doneSwitched:
		return &web.Flash{Message: "Switched off: what is sent to it is refused, and nothing is read. What came stays."}
	case done == doneSaved:
		return &web.Flash{Message: "Saved."}
	case done == donePulled:
		return &web.Flash{Message: "It is being read: what is new shows here in a moment."}
	case done == doneReplayed:
		return &web.Flash{Message: "They are being read anew."}
	}
	return nil
}

// tellSecret adds what can be sent to try the source, with the secret while the reader may see it.
func (s *Server) tellSecret(c *gin.Context, source clamor.Source, v *web.SourceView) error {
	tells, err := s.tells(c, source.Name)
	if err != nil {
		return err
	}
	secret := "the secret of " + source.Name
	if tells {
		secret, v.Secret = source.Secret, source.Secret
		if ingest.TakesSecretInAddress(source, s.Now()) {
			v.SecretURL = v.URL + "/" + source.Secret
		}
	}
	if sample := ingest.ConnectionOf(source.Kind).Sample(source); sample != nil {
		v.Command = sample.Command(v.URL, secret)
	}
	return nil
}

// arrivalNotes is how many notes of a delivery are shown beside its source.
const arrivalNotes = 5

// arrivalPart is what came of the newest delivery, for a page that waits for it.
func (s *Server) arrivalPart(c *gin.Context) error {
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	v, err := s.arrival(c.Request.Context(), source)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

func (s *Server) arrival(ctx context.Context, source clamor.Source) (web.ArrivalView, error) {
	v := web.ArrivalView{Source: source.Name, On: source.On}
	found, err := s.Store.Deliveries(ctx, clamor.DeliveryQuery{Source: source.Name, Limit: 1})
	if err != nil {
		return v, err
	}
	if one, refused := s.refused.last(source.Name); refused && (len(found) == 0 || found[0].ReceivedAt.Before(one.at)) {
		v.Refused, v.RefusedAgo = one.reason, web.Ago(s.Now(), one.at)
	}
	if len(found) == 0 {
		pulls, err := s.Store.LastPulls(ctx)
		if pull, pulled := pulls[source.Name]; pulled {
			v.Pull = &pull
		}
		return v, err
	}
	v.Delivery = &found[0]
	v.Notes, err = s.brought(ctx, found[0].ID, arrivalNotes)
	return v, err
}

// brought are the first notes of a delivery, with what became of them.
func (s *Server) brought(ctx context.Context, id clamor.DeliveryID, limit int) ([]web.SentNote, error) {
	found, err := s.Store.DeliveryNotes(ctx, id, limit)
	if err != nil {
		return nil, err
	}
	ids := map[clamor.FeatureID]bool{}
	for _, r := range found {
		for _, a := range r.Asks {
			ids[a.Feature] = true
		}
	}
	delete(ids, "")
	features, err := s.Store.Features(ctx, keysOf(ids))
	if err != nil {
		return nil, err
	}
	var notes []web.SentNote
	for _, r := range found {
		notes = append(notes, web.NewSentNote(r, features))
	}
	return notes, nil
}

// sourceForm saves token, settings and schedule. What is wrong is told beside its field, and nothing that was written is lost.
func (s *Server) sourceForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	before, err := s.ownSource(c)
	if err != nil {
		return err
	}
	a, err := ingest.FindAdapter(before.Kind)
	if err != nil {
		return err
	}
	source, changed, wrong := told(a, before, fields)
	if len(wrong) > 0 {
		return s.showSource(c, http.StatusBadRequest, source, wrong)
	}
	if err := s.keepSource(c, source, changed); err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name), doneSaved)
}

// secretForm gives a source another secret: the vendor's, or one that is made up.
func (s *Server) secretForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	given := strings.TrimSpace(fields.Get("secret"))
	switch {
	case fields.Get("do") == "make":
		given, _ = NewSecret("")
	case given == "":
		return s.showSource(c, http.StatusBadRequest, source, map[string]string{"secret": "Paste the vendor's secret, or have a new one made."})
	}
	source.Secret = given
	if err := s.keepSource(c, source, []string{"secret"}); err != nil {
		return err
	}
	if err := s.mayTell(c, source.Name); err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name), doneSecret)
}

// pullForm has a source's API read now.
func (s *Server) pullForm(c *gin.Context) error {
	source, err := s.pullNow(c)
	if err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name), donePulled)
}

// switchForm switches a source on or off.
func (s *Server) switchForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	source.On = fields.Get("on") == "yes"
	if err := s.keepSource(c, source, []string{"on"}); err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name), doneSwitched)
}
