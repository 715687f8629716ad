package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/ingest"
)

func (s *Server) sourceRoutes() []route {
	const v1 = "/api/v1"
	return []route{
		{http.MethodGet, v1 + "/sources", jsonFace, clamor.Admin, s.sources},
		{http.MethodPost, v1 + "/sources", jsonFace, clamor.Admin, s.addSource},
		{http.MethodPatch, v1 + "/sources/:id", jsonFace, clamor.Admin, s.setSource},
		{http.MethodPost, v1 + "/sources/:id/replay", jsonFace, clamor.Admin, s.replaySource},
		{http.MethodPost, v1 + "/sources/:id/try", jsonFace, clamor.Admin, s.trySource},
		{http.MethodPost, v1 + "/sources/:id/mapping", jsonFace, clamor.Admin, s.tryMapping},
		{http.MethodPost, v1 + "/sources/:id/pull", jsonFace, clamor.Admin, s.pullSource},
		{http.MethodGet, v1 + "/source-kinds", jsonFace, clamor.Admin, s.sourceKinds},
		{http.MethodPost, v1 + "/deliveries/:id/replay", jsonFace, clamor.PM, s.replayDelivery},
	}
}

// sourceAnswer is a source as its admins see it. The token is never told again, the secret only when it is made.
type sourceAnswer struct {
	Name      string            `json:"name"`
	Kind      string            `json:"kind"`
	Title     string            `json:"title"` // the system's name
	URL       string            `json:"url"`
	Secret    string            `json:"secret,omitempty"`
	HasToken  bool              `json:"has_token"`
	Settings  map[string]string `json:"settings"`
	Mapping   map[string]string `json:"mapping"`
	Every     string            `json:"every,omitempty"`
	On        bool              `json:"on"`
	CreatedAt time.Time         `json:"created_at,omitzero"`
	Activity  *activityAnswer   `json:"activity,omitempty"`
	Pull      *clamor.LastPull  `json:"pull,omitempty"` // how its last pull went
}

// activityAnswer is what came from a source of late.
type activityAnswer struct {
	LastDeliveryAt time.Time `json:"last_delivery_at,omitzero"`
	Days           [7]int64  `json:"days"` // deliveries a day, the last being today
	Dead           int64     `json:"dead"`
	Failed         int64     `json:"failed"`
	Waiting        int64     `json:"waiting"`
}

func (s *Server) newSourceAnswer(source clamor.Source) sourceAnswer {
	a := sourceAnswer{Name: source.Name, Kind: source.Kind, Title: source.Kind, URL: s.PublicURL + "/hooks/" + source.Name,
		HasToken: source.Token != "", Settings: orNone(source.Settings), Mapping: orNone(source.Mapping), On: source.On, CreatedAt: source.CreatedAt}
	if adapter, err := ingest.FindAdapter(source.Kind); err == nil {
		a.Title = adapter.Title
	}
	if source.Every > 0 {
		a.Every = source.Every.String()
	}
	return a
}

func orNone(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// sources lists all ways in but the one of this API, which nobody can change.
func (s *Server) sources(c *gin.Context) error {
	all, err := s.Store.Sources(c.Request.Context())
	if err != nil {
		return err
	}
	activity, err := s.Store.Activity(c.Request.Context(), "")
	if err != nil {
		return err
	}
	pulls, err := s.Store.LastPulls(c.Request.Context())
	if err != nil {
		return err
	}
	answers := []sourceAnswer{}
	for _, source := range all {
		if source.Name == NotesSource {
			continue
		}
		answer, a := s.newSourceAnswer(source), activity[source.Name]
		answer.Activity = &activityAnswer{a.Last, a.Days, a.Dead, a.Failed, a.Waiting}
		if pull, pulled := pulls[source.Name]; pulled {
			answer.Pull = &pull
		}
		answers = append(answers, answer)
	}
	return writeJSON(c, http.StatusOK, struct {
		Sources []sourceAnswer `json:"sources"`
	}{answers})
}

// sourceBody is a source as an admin sets it up.
type sourceBody struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Secret string `json:"secret"` // made up unless given
	sourceChange
}

// sourceChange is what of a source can be changed; what is left out stays.
type sourceChange struct {
	Token    *string           `json:"token"`
	Settings map[string]string `json:"settings"` // all of them: what is not named is forgotten
	Mapping  map[string]string `json:"mapping"`
	Every    *string           `json:"every"` // as in "15m"; "" or "0": only when told to
	On       *bool             `json:"on"`
}

// apply gives the source as changed and the names of what was.
func (b sourceChange) apply(source clamor.Source) (clamor.Source, []string, error) {
	var changed []string
	if b.Token != nil {
		source.Token, changed = *b.Token, append(changed, "token")
	}
	if b.Settings != nil {
		source.Settings, changed = b.Settings, append(changed, "settings")
	}
	if b.Mapping != nil {
		source.Mapping, changed = b.Mapping, append(changed, "mapping")
	}
	if b.On != nil {
		source.On, changed = *b.On, append(changed, "on")
	}
	if b.Every != nil {
		every, err := ReadEvery(*b.Every)
		if err != nil {
			return source, nil, clamor.Refuse("the source cannot be set up", []clamor.Fault{{Path: "every", Message: err.Error()}})
		}
		source.Every, changed = every, append(changed, "every")
	}
	return source, changed, ingest.CheckSource(source)
}

// ReadEvery reads how often a source is pulled; "" and "0" are never by itself.
func ReadEvery(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < 0 {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no time between two pulls: write it as 15m or 2h", clip(text))
	}
	return every, nil
}

func (s *Server) addSource(c *gin.Context) error {
	var b sourceBody
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	source, _, err := b.apply(clamor.Source{Name: b.Name, Kind: b.Kind, Secret: b.Secret, On: true})
	if err != nil {
		return err
	}
	if source.Secret == "" {
		source.Secret, _ = NewSecret("")
	}
	source.CreatedAt = s.Now().UTC().Truncate(time.Microsecond)
	if err := s.Store.AddSource(c.Request.Context(), source, userOf(c).Name); err != nil {
		return err
	}
	answer := s.newSourceAnswer(source)
	answer.Secret = source.Secret
	c.Header("Location", "/api/v1/sources/"+source.Name)
	return writeJSON(c, http.StatusCreated, answer)
}

// ownSource finds a source that people may change.
func (s *Server) ownSource(c *gin.Context) (clamor.Source, error) {
	source, err := s.Store.FindSource(c.Request.Context(), c.Param("id"))
	if err == nil && source.Name == NotesSource {
		return source, clamor.Errorf(clamor.Conflict, "the source %q belongs to the API itself and cannot be changed", NotesSource)
	}
	return source, err
}

// setSource changes a source. Its secret can be replaced by one given, or by a fresh one with rotate; it is shown this once.
func (s *Server) setSource(c *gin.Context) error {
	var b struct {
		Secret *string `json:"secret"`
		Rotate bool    `json:"rotate"`
		sourceChange
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	before, err := s.ownSource(c)
	if err != nil {
		return err
	}
	source, changed, err := b.apply(before)
	if err != nil {
		return err
	}
	switch {
	case b.Rotate:
		source.Secret, _ = NewSecret("")
	case b.Secret != nil && *b.Secret == "":
		return clamor.Refuse("the source cannot be set up", []clamor.Fault{{Path: "secret", Message: "is empty: nothing would be accepted; switch the source off instead"}})
	case b.Secret != nil:
		source.Secret = *b.Secret
	}
	answer := s.newSourceAnswer(source)
	if source.Secret != before.Secret {
		changed, answer.Secret = append(changed, "secret"), source.Secret
	}
	if len(changed) == 0 {
		return clamor.Errorf(clamor.Invalid, "the body changes nothing: name at least one field")
	}
	if err := s.keepSource(c, source, changed); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, answer)
}

// keepSource stores what was changed of a source; it holds from the next delivery on.
func (s *Server) keepSource(c *gin.Context, source clamor.Source, changed []string) error {
	if err := s.Store.PutSource(c.Request.Context(), source, strings.Join(changed, ", "), userOf(c).Name); err != nil {
		return err
	}
	s.inlets.forget(source.Name)
	return nil
}

// pullNow has a source's API read now.
func (s *Server) pullNow(c *gin.Context) (clamor.Source, error) {
	source, err := s.ownSource(c)
	if err == nil && s.Pull == nil {
		err = clamor.Errorf(clamor.Unavailable, "nothing is pulled by this process: run `clamor pull %s`", source.Name)
	}
	if err != nil {
		return source, err
	}
	return source, s.Pull(c.Request.Context(), source.Name)
}

func (s *Server) pullSource(c *gin.Context) error {
	source, err := s.pullNow(c)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusAccepted, struct {
		Source string `json:"source"`
	}{source.Name})
}

// replayAnswer says how many deliveries will be read anew.
type replayAnswer struct {
	Deliveries int64 `json:"deliveries"`
}

func (s *Server) replay(c *gin.Context, r clamor.Replay) error {
	n, err := s.Store.Replay(c.Request.Context(), r, userOf(c).Name)
	if err != nil {
		return err
	}
	s.Wake()
	return writeJSON(c, http.StatusAccepted, replayAnswer{n})
}

func (s *Server) replayDelivery(c *gin.Context) error {
	return s.replay(c, clamor.Replay{IDs: []clamor.DeliveryID{clamor.DeliveryID(c.Param("id"))}})
}

// replaySource has all deliveries of a source read anew, or those in a state or of a time.
func (s *Server) replaySource(c *gin.Context) error {
	var b struct {
		State clamor.DeliveryState `json:"state"`
		From  string               `json:"from"` // received then or later
		To    string               `json:"to"`   // received before
	}
	if c.Request.ContentLength != 0 {
		if err := s.decodeBody(c, &b); err != nil {
			return err
		}
	}
	var wrong faults
	from, errFrom := readTime(b.From)
	to, errTo := readTime(b.To)
	wrong.add("from", errFrom)
	wrong.add("to", errTo)
	wrong.add("state", oneOf(b.State, clamor.DeliveryStates()...))
	if err := clamor.Refuse("nothing can be replayed so", wrong); err != nil {
		return err
	}
	source, err := s.Store.FindSource(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.replay(c, clamor.Replay{Source: source.Name, State: b.State, From: from, To: to})
}

// readTime reads a moment, the zero time where none is told.
func readTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, clamor.Errorf(clamor.Invalid, "%q is no time: write it as 2026-10-03T14:00:00Z", clip(text))
	}
	return t, nil
}

// trySource shows what would come of a payload, and keeps nothing. Headers that tell its type go with it; who sends it is proven by the
// API's own credential.
func (s *Server) trySource(c *gin.Context) error {
	source, err := s.Store.FindSource(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	header := maps.Clone(c.Request.Header)
	for _, credential := range []string{"Authorization", "Cookie"} {
		delete(header, credential)
	}
	trial, err := ingest.Try(c.Request.Context(), s.Store, source, header, slices.Clone(body), s.Currency, s.Now())
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, trial)
}
