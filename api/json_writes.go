package api

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/ingest"
)

// NotesSource is the name of the source that notes sent to the API belong to. It is of kind generic, and never open as a hook.
const NotesSource = "api"

const notesPath = "/api/v1/notes"

// addNotes takes notes by the road of every webhook, a durable delivery, but tells their faults at once.
func (s *Server) addNotes(c *gin.Context) error {
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	source := clamor.Source{Name: NotesSource, Kind: "generic", On: true}
	adapter, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		return err
	}
	if err := adapter.Check(c.Request.Header, body); err != nil {
		return err
	}
	now := s.Now()
	if _, err := ingest.ParseNotes(body, ingest.ParseOptions{Currency: s.Currency, Source: source.Name, ReceivedAt: now}); err != nil {
		return err
	}
	// The sender's Idempotency-Key is its own affair with this API; as the id of a delivery, two users' keys would collide.
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": c.Request.Header["User-Agent"],
		"Traceparent": c.Request.Header["Traceparent"]}
	d := ingest.NewDelivery(source, header, bytes.Clone(body), now)
	id, duplicate, err := s.Store.AddDelivery(c.Request.Context(), d)
	if err != nil {
		return unstored(err)
	}
	s.Wake()
	c.Header("Location", "/api/v1/deliveries/"+string(id))
	writeReceipt(c, receipt{id, duplicate})
	return nil
}

// rulingBody is a decision as a program sends it.
type rulingBody struct {
	Kind    clamor.RulingKind `json:"kind"`
	Asks    []clamor.AskID    `json:"asks"`
	Feature clamor.FeatureID  `json:"feature"`
	Target  clamor.FeatureID  `json:"target"`
	Title   string            `json:"title"`
	Note    clamor.NoteID     `json:"note"`
	Place   int               `json:"place"`
	Reason  string            `json:"reason"`
	Unruled bool              `json:"unless_ruled"`
}

// ruling is the decision in somebody's name.
func (b rulingBody) ruling(by string) clamor.Ruling {
	return clamor.Ruling{Kind: b.Kind, Asks: b.Asks, Feature: b.Feature, Target: b.Target, Title: b.Title, Note: b.Note, Place: b.Place, Reason: b.Reason, By: by,
		Unruled: b.Unruled}
}

const (
	maxAsks   = 1000 // of one ruling
	maxReason = 2000 // bytes
	maxPlace  = 1_000_000
)

// check tells what a kind of ruling lacks, and what it must not bring.
func (b rulingBody) check() error {
	var faults []clamor.Fault
	fault := func(wrong bool, path, message string) {
		if wrong {
			faults = append(faults, clamor.Fault{Path: path, Message: message})
		}
	}
	switch b.Kind {
	case clamor.RuleMerge:
		fault(b.Feature == "", "feature", "name the duplicate")
		fault(b.Target == "", "target", "name the feature that it is a duplicate of")
		fault(len(b.Asks) > 0, "asks", "a merge is about features: leave the asks out, or use move")
	case clamor.RuleConfirm, clamor.RuleMove, clamor.RuleSplit, clamor.RuleNotAnAsk:
		fault(len(b.Asks) == 0, "asks", "name the asks that the ruling is about")
		fault(b.Kind == clamor.RuleMove && b.Target == "", "target", "name the feature that they belong to")
		fault(b.Kind == clamor.RuleSplit && b.Title == "", "title", "a split makes a new feature: give it a title")
	case clamor.RuleNothing:
		fault(b.Note == "", "note", "name the note that holds no ask")
		fault(len(b.Asks) > 0, "asks", "this is about a note: leave the asks out, or use not-an-ask")
	case clamor.RulePin, clamor.RuleShift:
		fault(b.Feature == "", "feature", "name the feature")
		fault(len(b.Asks) > 0, "asks", "a place is a feature's: leave the asks out")
		fault(b.Kind == clamor.RulePin && b.Place < 1, "place", "name the place that the feature shall take, 1 being the first")
		fault(b.Kind == clamor.RuleShift && b.Place == 0, "place", "say by how many places: 3 is three places up, -3 three places down")
		fault(b.Place > maxPlace || b.Place < -maxPlace, "place", "at most 1,000,000")
		fault(strings.TrimSpace(b.Reason) == "", "reason", "say why: a place that is not computed needs a reason")
	default:
		fault(true, "kind", "choose confirm, move, split, not-an-ask, nothing, merge, pin or shift")
	}
	fault(b.Place != 0 && b.Kind != clamor.RulePin && b.Kind != clamor.RuleShift, "place", "only a pin or a shift has one")
	fault(len(b.Asks) > maxAsks, "asks", "at most 1000 at once")
	fault(len(b.Title) > 300, "title", "at most 300 bytes")
	fault(len(b.Reason) > maxReason, "reason", "at most 2000 bytes")
	return clamor.Refuse("the ruling cannot be made", faults)
}

func (s *Server) addRuling(c *gin.Context) error {
	var b rulingBody
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	ruling, err := s.Store.Rule(c.Request.Context(), b.ruling(userOf(c).Name))
	if err != nil {
		return err
	}
	s.Wake()
	c.Header("Location", "/api/v1/rulings/"+string(ruling.ID))
	return writeJSON(c, http.StatusCreated, ruling)
}

// undoRuling answers with the undo, which is a ruling too.
func (s *Server) undoRuling(c *gin.Context) error {
	reason := c.Query("reason")
	if len(reason) > maxReason {
		return clamor.Errorf(clamor.Invalid, "the reason has %d bytes: at most %d", len(reason), maxReason)
	}
	undo, err := s.Store.Undo(c.Request.Context(), clamor.RulingID(c.Param("id")), userOf(c).Name, reason)
	if err != nil {
		return err
	}
	s.Wake()
	return writeJSON(c, http.StatusOK, undo)
}

func (s *Server) editFeature(c *gin.Context) error {
	version, err := ifMatch(c.Request)
	if err != nil {
		return err
	}
	var edit clamor.FeatureEdit
	if err := s.decodeBody(c, &edit); err != nil {
		return err
	}
	if edit == (clamor.FeatureEdit{}) {
		return clamor.Errorf(clamor.Invalid, "the body changes nothing: name at least one field")
	}
	feature, err := s.Store.EditFeature(c.Request.Context(), clamor.FeatureID(c.Param("id")), version, edit, userOf(c).Name)
	if err != nil {
		return err
	}
	c.Header("ETag", etag(feature.Version))
	return writeJSON(c, http.StatusOK, feature)
}
