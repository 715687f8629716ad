package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/ingest"
)

// mappingPage is the editor of a source's mapping, tried on one of its last deliveries.
func (s *Server) mappingPage(c *gin.Context) error {
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	draft := mappingDraft{source: source, delivery: c.Query("delivery"), into: "text"}
	var flash *web.Flash
	if c.Query("done") == doneSaved {
		flash = &web.Flash{Message: "Saved. It holds from the next delivery on; what came before is read by it when you replay it."}
	}
	return s.showMapping(c, http.StatusOK, flash, draft)
}

// mappingDraft is a mapping that need not be saved, and what it is tried on.
type mappingDraft struct {
	source   clamor.Source // with the mapping as typed
	delivery string        // one of the source's; "" takes what was pasted
	pasted   string
	into     string // the field that a picked path goes to
	given    bool   // by a form: then no delivery is chosen by itself
}

// mappingForm tries a mapping, puts a picked path into a field, or saves it all.
func (s *Server) mappingForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	source, err := s.ownSource(c)
	if err != nil {
		return err
	}
	source.Mapping = map[string]string{}
	for name, values := range fields {
		if field, mapped := strings.CutPrefix(name, "map."); mapped && strings.TrimSpace(values[0]) != "" {
			source.Mapping[field] = strings.TrimSpace(values[0])
		}
	}
	draft := mappingDraft{source: source, delivery: fields.Get("delivery"), pasted: fields.Get("pasted"), into: fields.Get("into"), given: true}
	if pick := fields.Get("pick"); pick != "" && draft.into != "" {
		source.Mapping[draft.into] = pick
	}
	if fields.Get("do") != "save" {
		return s.showMapping(c, http.StatusOK, nil, draft)
	}
	if err := ingest.CheckSource(source); err != nil {
		return s.showMapping(c, http.StatusBadRequest, &web.Flash{Bad: true, Message: "It was not saved: a field below says what is wrong."}, draft)
	}
	if err := s.keepSource(c, source, []string{"mapping"}); err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name)+"/mapping?"+url.Values{"delivery": {draft.delivery}}.Encode(), doneSaved)
}

// offeredDeliveries is how many of the last deliveries a mapping can be tried on.
const offeredDeliveries = 20

func (s *Server) showMapping(c *gin.Context, status int, flash *web.Flash, draft mappingDraft) error {
	ctx := c.Request.Context()
	recent, err := s.Store.Deliveries(ctx, clamor.DeliveryQuery{Source: draft.source.Name, Limit: offeredDeliveries})
	if err != nil {
		return err
	}
	if draft.delivery == "" && !draft.given && len(recent) > 0 {
		draft.delivery = string(recent[0].ID)
	}
	d, err := s.triedDelivery(ctx, draft)
	if err != nil {
		return err
	}
	seen, err := ingest.Inspect(ctx, s.Store, draft.source, d, s.Currency, s.Now())
	if err != nil {
		return err
	}
	v := mappingView(draft, seen)
	v.Nothing = len(d.Body) == 0
	if v.Nothing {
		v.Problems = nil
	}
	v.Deliveries = offered(recent, d, draft.delivery)
	return s.render(c, status, flash, v)
}

// triedDelivery is what a mapping is tried on: a delivery of the source, or what was pasted.
func (s *Server) triedDelivery(ctx context.Context, draft mappingDraft) (clamor.Delivery, error) {
	if draft.delivery == "" {
		return ingest.NewDelivery(draft.source, http.Header{}, []byte(draft.pasted), s.Now()), nil
	}
	d, err := s.Store.FindDelivery(ctx, clamor.DeliveryID(draft.delivery))
	if err == nil && d.Source != draft.source.Name {
		err = clamor.Errorf(clamor.NotFound, "%s has no delivery %q", draft.source.Name, clip(draft.delivery))
	}
	return d, err
}

// offered are the deliveries to choose from, with the one that is chosen.
func offered(recent []clamor.Delivery, chosen clamor.Delivery, id string) []web.Choice {
	if id != "" && !slices.ContainsFunc(recent, func(d clamor.Delivery) bool { return string(d.ID) == id }) {
		recent = append(recent, chosen)
	}
	var all []web.Choice
	for _, d := range recent {
		all = append(all, web.Choice{Value: string(d.ID), Label: d.ReceivedAt.UTC().Format("2 Jan, 15:04:05 UTC") + ", " + string(d.State), Selected: string(d.ID) == id})
	}
	return all
}

func mappingView(draft mappingDraft, seen ingest.Inspection) web.MappingView {
	v := web.MappingView{Source: draft.source.Name, Delivery: draft.delivery, Pasted: draft.pasted, Into: draft.into, Notes: len(seen.Trial.Notes)}
	for _, f := range seen.Fields {
		field := web.MappedField{Name: f.Name, Path: f.Path, Guess: f.Guess, Value: strings.Join(f.Values, " · "), Fault: f.Fault}
		title := fieldGroup(f.Name)
		i := slices.IndexFunc(v.Groups, func(g web.FieldGroup) bool { return g.Title == title })
		if i < 0 {
			i, v.Groups = len(v.Groups), append(v.Groups, web.FieldGroup{Title: title, Open: title == "Note"})
		}
		v.Groups[i].Fields = append(v.Groups[i].Fields, field)
		v.Groups[i].Open = v.Groups[i].Open || f.Path != "" || len(f.Values) > 0
	}
	for _, p := range seen.Paths {
		v.Paths = append(v.Paths, web.PathLine(p))
	}
	for _, p := range seen.Trial.Problems {
		v.Problems = append(v.Problems, problemText(p))
	}
	for _, n := range seen.Trial.Notes[:min(len(seen.Trial.Notes), triedNotes)] {
		v.Tried = append(v.Tried, triedNote(n))
	}
	return v
}

// triedNotes is how many notes of a trial are shown.
const triedNotes = 5

func fieldGroup(name string) string {
	for prefix, title := range map[string]string{"account.": "Account", "deal.": "Deal", "contact.": "People", "author.": "People", "asks[].": "Asks"} {
		if strings.HasPrefix(name, prefix) {
			return title
		}
	}
	return "Note"
}

func problemText(p ingest.Problem) string {
	switch {
	case p.Path != "" && p.Line > 0:
		return fmt.Sprintf("%s (line %d): %s", p.Path, p.Line, p.Message)
	case p.Path != "":
		return p.Path + ": " + p.Message
	}
	return p.Message
}

func triedNote(n ingest.TriedNote) web.TriedNote {
	t := web.TriedNote{Title: n.Title, Text: n.Text, Account: n.Account.Label, At: n.OccurredAt, Author: n.Author.String()}
	t.Match = n.Account.Match.Reason
	switch n.Account.Match.Outcome {
	case clamor.MatchNew:
		t.Match = "would be a new account"
	case clamor.MatchKnown:
		t.Match = "known"
	}
	if n.Deal != nil {
		t.Deal = n.Deal.Name
	}
	for _, a := range n.Asks {
		t.Asks = append(t.Asks, a.Text)
	}
	return t
}
