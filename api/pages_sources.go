package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/docs"
	"clamor/ingest"
)

// sourcePages are the pages of the ways in, and of what came by them.
func (s *Server) sourcePages() []route {
	return []route{
		{http.MethodGet, "/sources", pageFace, clamor.Admin, s.sourcesPage},
		{http.MethodGet, "/sources/new", pageFace, clamor.Admin, s.connectPage},
		{http.MethodPost, "/sources/new", pageFace, clamor.Admin, s.connectForm},
		{http.MethodGet, "/sources/:id", pageFace, clamor.Admin, s.sourcePage},
		{http.MethodPost, "/sources/:id", pageFace, clamor.Admin, s.sourceForm},
		{http.MethodGet, "/sources/:id/arrival", pageFace, clamor.Admin, s.arrivalPart},
		{http.MethodPost, "/sources/:id/secret", pageFace, clamor.Admin, s.secretForm},
		{http.MethodPost, "/sources/:id/switch", pageFace, clamor.Admin, s.switchForm},
		{http.MethodPost, "/sources/:id/pull", pageFace, clamor.Admin, s.pullForm},
		{http.MethodPost, "/sources/:id/replay", pageFace, clamor.Admin, s.replayForm},
		{http.MethodGet, "/sources/:id/mapping", pageFace, clamor.Admin, s.mappingPage},
		{http.MethodPost, "/sources/:id/mapping", pageFace, clamor.Admin, s.mappingForm},
		{http.MethodGet, "/deliveries", pageFace, clamor.Admin, s.deliveriesPage},
		{http.MethodGet, "/deliveries/:id", pageFace, clamor.Admin, s.deliveryOf},
		{http.MethodGet, "/deliveries/:id/raw", pageFace, clamor.Admin, s.rawDelivery},
		{http.MethodPost, "/deliveries/:id/replay", pageFace, clamor.Admin, s.replayOneForm},
	}
}

// sourcesPage lists the ways in but the one of this API, which nobody can change.
func (s *Server) sourcesPage(c *gin.Context) error {
	ctx := c.Request.Context()
	all, err := s.Store.Sources(ctx)
	if err != nil {
		return err
	}
	activity, err := s.Store.Activity(ctx, "")
	if err != nil {
		return err
	}
	pulls, err := s.Store.LastPulls(ctx)
	if err != nil {
		return err
	}
	var v web.SourcesView
	for _, source := range all {
		if source.Name != NotesSource {
			v.Sources = append(v.Sources, s.sourceLine(source, activity[source.Name], pulls))
		}
	}
	return s.render(c, http.StatusOK, nil, v)
}

func (s *Server) sourceLine(source clamor.Source, activity clamor.Activity, pulls map[string]clamor.LastPull) web.SourceLine {
	l := web.SourceLine{Name: source.Name, Kind: source.Kind, Title: source.Kind, On: source.On, Activity: activity, Every: everyText(source.Every), Now: s.Now()}
	if pull, pulled := pulls[source.Name]; pulled {
		l.Pull = &pull
	}
	if a, err := ingest.FindAdapter(source.Kind); err == nil {
		l.Title = a.Title
	}
	return l
}

// everyText writes an interval as people write it: 15m, 2h; "" for none.
func everyText(every time.Duration) string {
	if every == 0 {
		return ""
	}
	text := every.String()
	for _, nought := range []string{"0s", "0m"} {
		if short, cut := strings.CutSuffix(text, nought); cut && short != "" && short[len(short)-1] > '9' {
			text = short
		}
	}
	return text
}

// connectPage offers the kinds of sources, or the form for one.
func (s *Server) connectPage(c *gin.Context) error {
	if kind := c.Query("kind"); kind != "" {
		return s.showConnect(c, http.StatusOK, clamor.Source{Kind: kind, On: true, Every: usualEvery}, nil)
	}
	v := web.KindsView{Query: clip(strings.TrimSpace(c.Query("q")))}
	for _, g := range ingest.Groups() {
		group := web.KindGroup{Title: string(g)}
		for _, a := range ingest.KindsOf(g) {
			card := kindCard(a)
			if matches(v.Query, card.Title, card.Brings, string(g)) {
				group.Kinds = append(group.Kinds, card)
			}
		}
		if len(group.Kinds) > 0 {
			v.Groups = append(v.Groups, group)
		}
	}
	return s.render(c, http.StatusOK, nil, v)
}

// usualEvery is how often a source is read that nobody said otherwise of.
const usualEvery = 15 * time.Minute

// matches reports whether all words of a query stand in the texts.
func matches(query string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, " "))
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(query)), func(word string) bool { return !strings.Contains(all, word) })
}

func kindCard(a ingest.Adapter) web.KindCard {
	ways := "webhook"
	if a.Pulls() {
		ways = "webhook, and read by schedule"
	}
	return web.KindCard{Kind: a.Kind, Title: a.Title, Brings: ingest.ConnectionOf(a.Kind).Brings, Ways: ways}
}

// showConnect shows the form for a new source with what was typed.
func (s *Server) showConnect(c *gin.Context, status int, source clamor.Source, wrong map[string]string) error {
	a, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		return err
	}
	if source.Name == "" && wrong == nil {
		if source.Name, err = s.freeName(c, source.Kind); err != nil {
			return err
		}
	}
	v := web.ConnectView{Kind: a.Kind, Title: a.Title, Sender: senderOf(a), Brings: ingest.ConnectionOf(a.Kind).Brings, Form: sourceFormOf(a, source, wrong),
		Steps: web.Guide(docs.Steps(a.Kind, s.PublicURL))}
	v.Form.Secret, v.Form.HasToken = source.Secret, false
	return s.render(c, status, nil, v)
}

// senderOf is what who sends is called.
func senderOf(a ingest.Adapter) string {
	switch a.Kind {
	case "generic", "json", "standard-webhooks", "cloudevents":
		return "the sender"
	}
	return a.Title
}

// freeName proposes a name that no source has.
func (s *Server) freeName(c *gin.Context, kind string) (string, error) {
	all, err := s.Store.Sources(c.Request.Context())
	if err != nil {
		return "", err
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(other clamor.Source) bool { return other.Name == name })
	}
	name := kind
	for n := 2; taken(name); n++ {
		name = kind + "-" + strconv.Itoa(n)
	}
	return name, nil
}

// sourceFormOf is the form of what a source can be told.
func sourceFormOf(a ingest.Adapter, source clamor.Source, wrong map[string]string) web.SourceForm {
	about := ingest.ConnectionOf(a.Kind)
	f := web.SourceForm{Name: source.Name, SecretAt: about.Secret, TokenAt: about.Token, HasToken: source.Token != "", TokenMust: about.Needed,
		Pulled: a.Pulls(), Every: everyChoices(source.Every), Faults: wrong}
	for _, one := range a.Settings {
		field := web.SettingField{Name: one.Name, Label: web.Label(one.Name), Help: one.Meaning, Default: one.Default, Value: source.Settings[one.Name]}
		if one.Required || field.Value != "" {
			f.First = append(f.First, field)
		} else {
			f.More = append(f.More, field)
		}
	}
	return f
}

func everyChoices(now time.Duration) []web.Choice {
	all := []web.Choice{{Value: "5m", Label: "every 5 minutes"}, {Value: "15m", Label: "every 15 minutes"}, {Value: "1h", Label: "every hour"}, {Value: "6h", Label: "every 6 hours"},
		{Value: "24h", Label: "once a day"}, {Value: "0", Label: "only when told to"}}
	said := cmp.Or(everyText(now), "0")
	i := slices.IndexFunc(all, func(c web.Choice) bool { return c.Value == said })
	if i < 0 {
		return append(all, web.Choice{Value: said, Label: "every " + said, Selected: true})
	}
	all[i].Selected = true
	return all
}

// connectForm makes a source, and leads to its page, which tells the secret.
func (s *Server) connectForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	a, err := ingest.FindAdapter(fields.Get("kind"))
	if err != nil {
		return err
	}
	source := clamor.Source{Name: strings.TrimSpace(fields.Get("name")), Kind: a.Kind, Secret: strings.TrimSpace(fields.Get("secret")), On: true}
	source, _, wrong := told(a, source, fields)
	typed := source
	if source.Secret == "" && a.Pulls() && ingest.ConnectionOf(a.Kind).Token == "" {
		wrong["secret"] = "its API cannot be read without"
	}
	if source.Secret == "" {
		source.Secret, _ = NewSecret("")
	}
	if len(wrong) == 0 {
		err := s.Store.AddSource(c.Request.Context(), source, userOf(c).Name)
		if clamor.KindOf(err) == clamor.Conflict {
			wrong = map[string]string{"name": err.Error()}
		} else if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return s.showConnect(c, http.StatusBadRequest, typed, wrong)
	}
	if err := s.mayTell(c, source.Name); err != nil {
		return err
	}
	return seeOther(c, sourcePath(source.Name), doneConnected)
}

// What the end of a source's form may say was done.
const (
	doneConnected = "connected"
	doneSecret    = "secret"
	doneSwitched  = "switched"
	doneReplayed  = "replayed"
	donePulled    = "pulled"
)

func sourcePath(name string) string { return "/sources/" + url.PathEscape(name) }

// told gives a source as the fields of its form say, the names of what was changed, and what is wrong by field. A token that is left
// empty stays as it is, and without one nothing is read by schedule.
func told(a ingest.Adapter, source clamor.Source, fields url.Values) (clamor.Source, []string, map[string]string) {
	change := sourceChange{Settings: map[string]string{}}
	if token := strings.TrimSpace(fields.Get("token")); token != "" {
		change.Token = &token
	}
	for _, one := range a.Settings {
		if value := strings.TrimSpace(fields.Get("settings." + one.Name)); value != "" {
			change.Settings[one.Name] = value
		}
	}
	reads := ingest.ConnectionOf(a.Kind).Token == "" || change.Token != nil || source.Token != ""
	if every := fields.Get("every"); every != "" && a.Pulls() && reads {
		change.Every = &every
	}
	source, changed, err := change.apply(source)
	wrong := map[string]string{}
	var refused *clamor.Error
	if errors.As(err, &refused) {
		for _, f := range refused.Faults {
			wrong[f.Path] = f.Message
		}
	}
	for _, one := range a.Settings {
		if path := "settings." + one.Name; one.Required && reads && source.Settings[one.Name] == "" && wrong[path] == "" {
			wrong[path] = "its API cannot be read without"
		}
	}
	return source, changed, wrong
}

// toldFor is how long the page of a source tells its secret to who made it.
const toldFor = 15 * time.Minute

// mayTell lets the reader's own session see a source's secret for a while. The session holds no secret, only until when.
func (s *Server) mayTell(c *gin.Context, name string) error {
	if c.GetHeader("Authorization") != "" {
		return nil // a program has no session
	}
	ctx, err := s.loadSession(c.Request)
	if err != nil {
		return err
	}
	s.sessions.Put(ctx, "secret of "+name, s.Now().Add(toldFor).Format(time.RFC3339))
	_, _, err = s.sessions.Commit(ctx)
	return err
}

// tells reports whether the reader may see the source's secret now.
func (s *Server) tells(c *gin.Context, name string) (bool, error) {
	if c.GetHeader("Authorization") != "" {
		return false, nil
	}
	ctx, err := s.loadSession(c.Request)
	if err != nil {
		return false, err
	}
	until, err := time.Parse(time.RFC3339, s.sessions.GetString(ctx, "secret of "+name))
	return err == nil && s.Now().Before(until), nil
}
