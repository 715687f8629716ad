package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// housePages are who may come in, the names that features are sorted by, and the log.
func (s *Server) housePages() []route {
	const people, tokens, teams = "/settings/people", "/settings/tokens", "/settings/teams"
	return []route{
		{http.MethodGet, people, pageFace, clamor.Admin, s.peoplePage},
		{http.MethodPost, people, pageFace, clamor.Admin, s.inviteForm},
		{http.MethodGet, people + "/:id", pageFace, clamor.Admin, s.personPage},
		{http.MethodPost, people + "/:id", pageFace, clamor.Admin, s.personForm},
		{http.MethodPost, people + "/:id/link", pageFace, clamor.Admin, s.personLinkForm},
		{http.MethodPost, people + "/:id/withdraw", pageFace, clamor.Admin, s.withdrawForm},
		{http.MethodPost, people + "/:id/sessions", pageFace, clamor.Admin, s.sessionsForm},
		{http.MethodPost, people + "/:id/remove", pageFace, clamor.Admin, s.removeForm},
		{http.MethodGet, tokens, pageFace, clamor.Admin, s.tokensPage},
		{http.MethodPost, tokens, pageFace, clamor.Admin, s.tokenForm},
		{http.MethodPost, tokens + "/:id/revoke", pageFace, clamor.Admin, s.revokeForm},
		{http.MethodGet, teams, pageFace, clamor.PM, s.teamsPage},
		{http.MethodPost, teams, pageFace, clamor.PM, s.teamForm},
		{http.MethodPost, teams + "/rename", pageFace, clamor.PM, s.renameForm},
		{http.MethodPost, teams + "/remove", pageFace, clamor.PM, s.dropTeamForm},
		{http.MethodGet, "/settings/log", pageFace, clamor.Admin, s.logPage},
		{http.MethodGet, "/settings/log.csv", pageFace, clamor.Admin, s.logCSV},
	}
}

func personPath(id clamor.UserID) string { return "/settings/people/" + url.PathEscape(string(id)) }

func (s *Server) peoplePage(c *gin.Context) error {
	return s.showPeople(c, http.StatusOK, web.PeopleView{Role: clamor.Reporter})
}

func (s *Server) showPeople(c *gin.Context, status int, v web.PeopleView) error {
	var err error
	if v.People, err = s.Store.Members(c.Request.Context()); err != nil {
		return err
	}
	v.Now = s.Now()
	return s.render(c, status, saved(c), v)
}

// saved tells that what a form asked for was done.
func saved(c *gin.Context) *web.Flash {
	switch c.Query("done") {
	case doneSaved:
		return &web.Flash{Message: "Saved."}
	case doneRemoved:
		return &web.Flash{Message: "Removed."}
	}
	return nil
}

const doneRemoved = "removed"

// inviteForm answers with the link at once, as a page that is not to be loaded again: the link is kept nowhere.
func (s *Server) inviteForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	v := web.PeopleView{Name: oneSpaced(fields.Get("name")), Mail: oneSpaced(fields.Get("email")), Role: clamor.Role(fields.Get("role"))}
	made, err := s.inviteAs(c, v.Name, v.Role, v.Mail)
	if v.Faults = faultsOf(err); v.Faults != nil {
		return s.showPeople(c, http.StatusBadRequest, v)
	}
	if err != nil {
		return err
	}
	return s.showPeople(c, http.StatusOK, web.PeopleView{Role: v.Role, Made: &web.MadeLink{Person: made.Person, Link: made.Link}})
}

func (s *Server) personPage(c *gin.Context) error {
	return s.showPerson(c, http.StatusOK, web.PersonView{})
}

func (s *Server) showPerson(c *gin.Context, status int, v web.PersonView) error {
	ctx, id := c.Request.Context(), clamor.UserID(c.Param("id"))
	m, err := s.Store.Member(ctx, id)
	if err != nil {
		return err
	}
	if v.Faults != nil { // what was typed stays
		m.Role, m.Mail = v.Person.Role, v.Person.Mail
	}
	all, err := s.Store.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.Owner.ID == id {
			v.Tokens = append(v.Tokens, t)
		}
	}
	v.Person, v.Now, v.Self = m, s.Now(), userOf(c).ID == id
	v.Log = "/settings/log?" + url.Values{"by": {m.Name}}.Encode()
	return s.render(c, status, saved(c), v)
}

func (s *Server) personForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	id, role, mail := clamor.UserID(c.Param("id")), clamor.Role(fields.Get("role")), oneSpaced(fields.Get("email"))
	_, err = s.Store.EditMember(c.Request.Context(), id, clamor.MemberEdit{Role: &role, Mail: &mail}, userOf(c).Name)
	if wrong := faultsOf(err); wrong != nil {
		return s.showPerson(c, http.StatusBadRequest, web.PersonView{Person: clamor.Member{User: clamor.User{Role: role, Mail: mail}}, Faults: wrong})
	}
	if clamor.KindOf(err) == clamor.Conflict {
		return s.showPerson(c, http.StatusConflict, web.PersonView{Person: clamor.Member{User: clamor.User{Role: role, Mail: mail}}, Faults: map[string]string{"role": err.Error()}})
	}
	if err != nil {
		return err
	}
	return seeOther(c, personPath(id), doneSaved)
}

func (s *Server) personLinkForm(c *gin.Context) error {
	made, err := s.linkFor(c, clamor.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	return s.showPerson(c, http.StatusOK, web.PersonView{Made: &web.MadeLink{Person: made.Person, Link: made.Link}})
}

func (s *Server) withdrawForm(c *gin.Context) error {
	id := clamor.UserID(c.Param("id"))
	m, err := s.Store.Member(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if !m.Joined { // nothing else would be left of them
		return s.removeForm(c)
	}
	if err := s.Store.DropLinks(c.Request.Context(), id, userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, personPath(id), doneSaved)
}

func (s *Server) sessionsForm(c *gin.Context) error {
	id := clamor.UserID(c.Param("id"))
	if err := s.Store.EndSessions(c.Request.Context(), id, userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, personPath(id), doneSaved)
}

func (s *Server) removeForm(c *gin.Context) error {
	if err := s.Store.RemoveMember(c.Request.Context(), clamor.UserID(c.Param("id")), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, "/settings/people", doneRemoved)
}

func (s *Server) tokensPage(c *gin.Context) error {
	return s.showTokens(c, http.StatusOK, web.TokensView{Role: clamor.Reporter})
}

func (s *Server) showTokens(c *gin.Context, status int, v web.TokensView) error {
	var err error
	if v.Tokens, err = s.Store.Tokens(c.Request.Context()); err != nil {
		return err
	}
	return s.render(c, status, saved(c), v)
}

// tokenForm answers with the token at once, like inviteForm.
func (s *Server) tokenForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	v := web.TokensView{Name: oneSpaced(fields.Get("name")), Role: clamor.Role(fields.Get("role"))}
	made, err := s.makeToken(c, v.Name, v.Role)
	if v.Faults = faultsOf(err); v.Faults != nil {
		return s.showTokens(c, http.StatusBadRequest, v)
	}
	if err != nil {
		return err
	}
	return s.showTokens(c, http.StatusOK, web.TokensView{Role: v.Role, Made: &made.Token, Text: made.Text,
		Curl: `curl -H "Authorization: Bearer ` + made.Text + `" ` + s.PublicURL + "/api/v1/list"})
}

func (s *Server) revokeForm(c *gin.Context) error {
	if err := s.Store.DropToken(c.Request.Context(), c.Param("id"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, "/settings/tokens", doneRemoved)
}

func (s *Server) teamsPage(c *gin.Context) error {
	return s.showTeams(c, http.StatusOK, clamor.Label{}, nil)
}

// showTeams shows the names, and beside the form that added one what is wrong with it.
func (s *Server) showTeams(c *gin.Context, status int, typed clamor.Label, wrong map[string]string) error {
	all, err := s.Store.Labels(c.Request.Context())
	if err != nil {
		return err
	}
	v := web.TeamsView{Groups: []web.LabelGroup{{Kind: clamor.TeamLabel, Title: "Teams", About: "Who would build it."},
		{Kind: clamor.AreaLabel, Title: "Areas", About: "Which part of the product it is about."}}}
	for i := range v.Groups {
		g := &v.Groups[i]
		for _, l := range all {
			if l.Kind == g.Kind {
				g.Labels = append(g.Labels, l)
			}
		}
		if typed.Kind == g.Kind {
			g.Name, g.Faults = typed.Name, wrong
		}
	}
	flash := saved(c)
	if batch := c.Query("done"); strings.HasPrefix(batch, "edit_") {
		flash = &web.Flash{Message: "Renamed, and so are the features that bore it.", UndoEdit: batch, Back: "/settings/teams"}
	}
	return s.render(c, status, flash, v)
}

func (s *Server) teamForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	l := labelBody{clamor.LabelKind(fields.Get("kind")), fields.Get("name")}.label()
	_, err = s.Store.AddLabel(c.Request.Context(), l, userOf(c).Name)
	switch clamor.KindOf(err) {
	case clamor.Invalid:
		return s.showTeams(c, http.StatusBadRequest, l, faultsOf(err))
	case clamor.Conflict:
		return s.showTeams(c, http.StatusConflict, l, map[string]string{"name": err.Error()})
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/settings/teams", doneSaved)
}

func (s *Server) renameForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	l := labelBody{clamor.LabelKind(fields.Get("kind")), fields.Get("name")}.label()
	if l.Name == oneSpaced(fields.Get("to")) {
		return seeOther(c, "/settings/teams", doneSaved)
	}
	batch, err := s.Store.RenameLabel(c.Request.Context(), l, fields.Get("to"), userOf(c).Name)
	if err != nil {
		return err
	}
	if batch == "" {
		batch = doneSaved
	}
	return seeOther(c, "/settings/teams", batch)
}

func (s *Server) dropTeamForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	l := labelBody{clamor.LabelKind(fields.Get("kind")), fields.Get("name")}.label()
	if err := s.Store.DropLabel(c.Request.Context(), l, userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, "/settings/teams", doneRemoved)
}
