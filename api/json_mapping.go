package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"clamor/ingest"
)

// kindAnswer is a kind of source that can be connected.
type kindAnswer struct {
	Kind     string          `json:"kind"`
	Title    string          `json:"title"`
	Group    string          `json:"group"`
	Brings   string          `json:"brings"`
	Pulled   bool            `json:"pulled"`           // it can be read by schedule
	Mapped   bool            `json:"mapped"`           // a mapping can say where its fields stand
	Secret   string          `json:"secret,omitempty"` // where the vendor shows it; left out where one is made up
	Token    string          `json:"token,omitempty"`  // what its API is called with
	Settings []settingAnswer `json:"settings"`
}

type settingAnswer struct {
	Name     string `json:"name"`
	Meaning  string `json:"meaning"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required"` // for pulls
}

// sourceKinds lists the kinds of sources that can be added, group by group.
func (s *Server) sourceKinds(c *gin.Context) error {
	kinds := []kindAnswer{}
	for _, g := range ingest.Groups() {
		for _, a := range ingest.KindsOf(g) {
			about := ingest.ConnectionOf(a.Kind)
			k := kindAnswer{Kind: a.Kind, Title: a.Title, Group: string(g), Brings: about.Brings, Pulled: a.Pulls(), Mapped: a.Mapped != nil,
				Secret: about.Secret, Token: about.Token, Settings: []settingAnswer{}}
			for _, one := range a.Settings {
				k.Settings = append(k.Settings, settingAnswer(one))
			}
			kinds = append(kinds, k)
		}
	}
	return writeJSON(c, http.StatusOK, struct {
		Kinds []kindAnswer `json:"kinds"`
	}{kinds})
}

// tryMapping shows what a mapping would make of a delivery or of a payload, field by field, and keeps nothing.
func (s *Server) tryMapping(c *gin.Context) error {
	var b struct {
		Mapping  map[string]string `json:"mapping"`  // left out: the source's own
		Delivery string            `json:"delivery"` // one of the source's
		Payload  string            `json:"payload"`  // where no delivery is named
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	if b.Mapping != nil {
		source.Mapping = b.Mapping
	}
	d, err := s.triedDelivery(c.Request.Context(), mappingDraft{source: source, delivery: b.Delivery, pasted: b.Payload})
	if err != nil {
		return err
	}
	seen, err := ingest.Inspect(c.Request.Context(), s.Store, source, d, s.Currency, s.Now())
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, seen)
}
