package api

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// rule makes a ruling in the reader's name and goes back to a feature, whose page tells what was done.
func (s *Server) rule(c *gin.Context, back clamor.FeatureID, r rulingBody) error {
	if err := r.check(); err != nil {
		return err
	}
	ruling, err := s.Store.Rule(c.Request.Context(), r.ruling(userOf(c).Name))
	if err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, featurePath(back), string(ruling.ID))
}

func featurePath(id clamor.FeatureID) string { return "/features/" + url.PathEscape(string(id)) }

// askForm rules on one ask.
func (s *Server) askForm(kind clamor.RulingKind) handler {
	return func(c *gin.Context) error {
		fields, err := form(c)
		if err != nil {
			return err
		}
		feature := clamor.FeatureID(c.Param("id"))
		return s.rule(c, feature, rulingBody{Kind: kind, Asks: []clamor.AskID{clamor.AskID(c.Param("ask"))}, Feature: feature,
			Target: clamor.FeatureID(fields.Get("target")), Title: strings.TrimSpace(fields.Get("title")), Reason: strings.TrimSpace(fields.Get("reason"))})
	}
}

// mergeForm merges the feature named into the one in the path.
func (s *Server) mergeForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	keeps := clamor.FeatureID(c.Param("id"))
	return s.rule(c, keeps, rulingBody{Kind: clamor.RuleMerge, Feature: clamor.FeatureID(fields.Get("with")), Target: keeps,
		Reason: strings.TrimSpace(fields.Get("reason"))})
}

// pinForm gives a feature a place of its own, or moves it from where it is computed.
func (s *Server) pinForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	place, err := strconv.Atoi(strings.TrimSpace(fields.Get("place")))
	if err != nil {
		return clamor.Refuse("the feature cannot be pinned", []clamor.Fault{{Path: "place", Message: "write a whole number"}})
	}
	return s.rule(c, id, rulingBody{Kind: clamor.RulingKind(fields.Get("kind")), Feature: id, Place: place, Reason: strings.TrimSpace(fields.Get("reason"))})
}

// undoForm takes a ruling back, and goes back to where the reader was.
func (s *Server) undoForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	undo, err := s.Store.Undo(c.Request.Context(), clamor.RulingID(c.Param("id")), userOf(c).Name, strings.TrimSpace(fields.Get("reason")))
	if err != nil {
		return err
	}
	s.Wake()
	back := localPath(fields.Get("back"))
	if !strings.HasPrefix(back, "/features/") && !strings.HasPrefix(back, "/triage") && !strings.HasPrefix(back, deduperPath) {
		back = featurePath(undo.Feature)
	}
	return seeOther(c, back, string(undo.ID))
}

// editForm changes a feature. A field that the form did not send stays as it is. What is wrong is told beside its field, and nothing
// that was written is lost.
func (s *Server) editForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	err = s.editBy(c, id, fields)
	var refused *clamor.Error
	if kind := clamor.KindOf(err); (kind == clamor.Invalid || kind == clamor.Stale) && errors.As(err, &refused) {
		left := web.FeatureForm{Title: fields.Get("title"), Status: fields.Get("status"), StatusReason: fields.Get("status_reason"), Area: fields.Get("area"),
			Team: fields.Get("team"), Effort: fields.Get("effort"), Timeframe: fields.Get("timeframe"), Faults: map[string]string{}, Notice: refused.Message}
		for _, f := range refused.Faults {
			left.Faults[f.Path] = f.Message
			if f.Path == "version" { // no field that a reader sees
				left.Notice = f.Message
			}
		}
		return s.showFeature(c, answers[kind].status, &left)
	}
	if err != nil {
		return err
	}
	edits, err := s.Store.Edits(c.Request.Context(), id)
	if err != nil || len(edits) == 0 {
		return cmp.Or(err, seeOther(c, featurePath(id), doneSaved))
	}
	return seeOther(c, featurePath(id), edits[0].Batch)
}

// faultsOf are the faults of a refused form by their fields, nil where it is something else.
func faultsOf(err error) map[string]string {
	var refused *clamor.Error
	if clamor.KindOf(err) != clamor.Invalid || !errors.As(err, &refused) || len(refused.Faults) == 0 {
		return nil
	}
	wrong := make(map[string]string, len(refused.Faults))
	for _, f := range refused.Faults {
		if wrong[f.Path] == "" {
			wrong[f.Path] = f.Message
		}
	}
	return wrong
}

// editBy makes the change that the fields say.
func (s *Server) editBy(c *gin.Context, id clamor.FeatureID, fields url.Values) error {
	var wrong faults
	text := func(name string) *string {
		if !fields.Has(name) {
			return nil
		}
		value := fields.Get(name)
		return &value
	}
	edit := clamor.FeatureEdit{Title: text("title"), StatusReason: text("status_reason"), Area: text("area"), Team: text("team"), Timeframe: text("timeframe")}
	if status := text("status"); status != nil {
		edit.Status = (*clamor.Status)(status)
	}
	if effort := text("effort"); effort != nil {
		n, err := readEffort(*effort)
		wrong.add("effort", err)
		edit.Effort = &n
	}
	version, err := strconv.ParseInt(fields.Get("version"), 10, 64)
	if err != nil || version < 1 {
		wrong.add("version", clamor.Errorf(clamor.Invalid, "missing: load the feature's page again"))
	}
	if err := clamor.Refuse("the change cannot be made", wrong); err != nil {
		return err
	}
	_, err = s.Store.EditFeature(c.Request.Context(), id, version, edit, userOf(c).Name)
	return err
}

// severalForm rules on all asks of a feature that the reader ticked, at one go.
func (s *Server) severalForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id := clamor.FeatureID(c.Param("id"))
	r := rulingBody{Kind: clamor.RulingKind(fields.Get("do")), Feature: id, Target: clamor.FeatureID(fields.Get("target")), Title: strings.TrimSpace(fields.Get("title")),
		Reason: strings.TrimSpace(fields.Get("reason"))}
	for _, ask := range fields["ask"] {
		r.Asks = append(r.Asks, clamor.AskID(ask))
	}
	if len(r.Asks) == 0 {
		return clamor.Errorf(clamor.Invalid, "tick the asks that it is about")
	}
	return s.rule(c, id, r)
}

// readEffort reads a whole number; an empty field means unknown.
func readEffort(text string) (int64, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, clamor.Errorf(clamor.Invalid, "%.40q is no whole number", text)
	}
	return n, nil
}
