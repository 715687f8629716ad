package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
)

// PeopleStore is what the store knows of who may come in. "No such person" is NotFound; what would leave nobody to administer is a Conflict.
type PeopleStore interface {
	// Members are the people of the workspace by name; Member finds one, removed or not.
	Members(ctx context.Context) ([]clamor.Member, error)
	Member(ctx context.Context, id clamor.UserID) (clamor.Member, error)
	Invite(ctx context.Context, in clamor.Invitation, by string) (clamor.Member, error)
	EditMember(ctx context.Context, id clamor.UserID, e clamor.MemberEdit, by string) (clamor.Member, error)
	// RemoveMember ends sessions, tokens and links at once; EndSessions sessions and links.
	RemoveMember(ctx context.Context, id clamor.UserID, by string) error
	EndSessions(ctx context.Context, id clamor.UserID, by string) error
	// AddLink makes a new sign-in link, which takes the place of the one that waits; DropLinks withdraws that.
	AddLink(ctx context.Context, id clamor.UserID, hash string, expires time.Time, by string) (clamor.Member, error)
	DropLinks(ctx context.Context, id clamor.UserID, by string) error

	Tokens(ctx context.Context) ([]clamor.Token, error)
	AddToken(ctx context.Context, t clamor.NewToken, by string) (clamor.Token, error)
	DropToken(ctx context.Context, id, by string) error

	// Labels are the names of teams and areas. RenameLabel gives the batch under which it can be taken back.
	Labels(ctx context.Context) ([]clamor.Label, error)
	LabelNames(ctx context.Context, kind clamor.LabelKind) ([]string, error)
	AddLabel(ctx context.Context, l clamor.Label, by string) (clamor.Label, error)
	RenameLabel(ctx context.Context, l clamor.Label, to, by string) (string, error)
	DropLabel(ctx context.Context, l clamor.Label, by string) error
}

// LogStore is the log of who did what.
type LogStore interface {
	// AuditPage lists the newest first.
	AuditPage(ctx context.Context, q clamor.AuditQuery) ([]clamor.AuditEntry, error)
	// Named says what the ids in it stand for.
	Named(ctx context.Context, ids []string) (map[string]clamor.Named, error)
}

func (s *Server) peopleRoutes() []route {
	const v1 = "/api/v1"
	const people, teams = v1 + "/people", v1 + "/teams"
	return []route{
		{http.MethodGet, people, jsonFace, clamor.Admin, s.people},
		{http.MethodPost, people, jsonFace, clamor.Admin, s.invite},
		{http.MethodGet, people + "/:id", jsonFace, clamor.Admin, s.person},
		{http.MethodPatch, people + "/:id", jsonFace, clamor.Admin, s.editPerson},
		{http.MethodDelete, people + "/:id", jsonFace, clamor.Admin, s.removePerson},
		{http.MethodPost, people + "/:id/link", jsonFace, clamor.Admin, s.addPersonLink},
		{http.MethodDelete, people + "/:id/link", jsonFace, clamor.Admin, s.dropLinks},
		{http.MethodDelete, people + "/:id/sessions", jsonFace, clamor.Admin, s.endSessions},
		{http.MethodGet, v1 + "/tokens", jsonFace, clamor.Admin, s.tokens},
		{http.MethodPost, v1 + "/tokens", jsonFace, clamor.Admin, s.addToken},
		{http.MethodDelete, v1 + "/tokens/:id", jsonFace, clamor.Admin, s.dropToken},
		{http.MethodGet, teams, jsonFace, clamor.Viewer, s.teams},
		{http.MethodPost, teams, jsonFace, clamor.PM, s.addTeam},
		{http.MethodPatch, teams, jsonFace, clamor.PM, s.renameTeam},
		{http.MethodDelete, teams, jsonFace, clamor.PM, s.dropTeam},
		{http.MethodGet, v1 + "/audit", jsonFace, clamor.Admin, s.auditLog},
	}
}

func (s *Server) people(c *gin.Context) error {
	found, err := s.Store.Members(c.Request.Context())
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		People []clamor.Member `json:"people"`
	}{orEmpty(found)})
}

func (s *Server) person(c *gin.Context) error {
	m, err := s.Store.Member(c.Request.Context(), clamor.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, m)
}

// invited is a person with a link that is shown this once.
type invited struct {
	Person clamor.Member `json:"person"`
	Link   string        `json:"link"`
}

func (s *Server) invite(c *gin.Context) error {
	var body struct {
		Name string      `json:"name"`
		Role clamor.Role `json:"role"`
		Mail string      `json:"email"`
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	made, err := s.inviteAs(c, body.Name, body.Role, body.Mail)
	if err != nil {
		return err
	}
	visitOf(c).secret = true
	c.Header("Location", "/api/v1/people/"+string(made.Person.ID))
	return writeJSON(c, http.StatusCreated, made)
}

func (s *Server) inviteAs(c *gin.Context, name string, role clamor.Role, mail string) (invited, error) {
	link, hash := s.newLink()
	m, err := s.Store.Invite(c.Request.Context(), clamor.Invitation{Name: name, Role: role, Mail: mail, Hash: hash, Expires: s.Now().Add(linkLife)}, userOf(c).Name)
	return invited{m, link}, err
}

func (s *Server) editPerson(c *gin.Context) error {
	var edit clamor.MemberEdit
	if err := s.decodeBody(c, &edit); err != nil {
		return err
	}
	if edit == (clamor.MemberEdit{}) {
		return clamor.Errorf(clamor.Invalid, "nothing to change: send role or email")
	}
	m, err := s.Store.EditMember(c.Request.Context(), clamor.UserID(c.Param("id")), edit, userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, m)
}

func (s *Server) removePerson(c *gin.Context) error {
	return done(c, s.Store.RemoveMember(c.Request.Context(), clamor.UserID(c.Param("id")), userOf(c).Name))
}

func (s *Server) endSessions(c *gin.Context) error {
	return done(c, s.Store.EndSessions(c.Request.Context(), clamor.UserID(c.Param("id")), userOf(c).Name))
}

func (s *Server) dropLinks(c *gin.Context) error {
	return done(c, s.Store.DropLinks(c.Request.Context(), clamor.UserID(c.Param("id")), userOf(c).Name))
}

// done answers a deed of which there is nothing to tell.
func done(c *gin.Context, err error) error {
	if err == nil {
		c.Status(http.StatusNoContent)
	}
	return err
}

func (s *Server) addPersonLink(c *gin.Context) error {
	made, err := s.linkFor(c, clamor.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	visitOf(c).secret = true
	return writeJSON(c, http.StatusCreated, made)
}

func (s *Server) linkFor(c *gin.Context, id clamor.UserID) (invited, error) {
	link, hash := s.newLink()
	m, err := s.Store.AddLink(c.Request.Context(), id, hash, s.Now().Add(linkLife), userOf(c).Name)
	return invited{m, link}, err
}

func (s *Server) tokens(c *gin.Context) error {
	found, err := s.Store.Tokens(c.Request.Context())
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Tokens []clamor.Token `json:"tokens"`
	}{orEmpty(found)})
}

// madeToken is a token with its text, which is shown this once.
type madeToken struct {
	clamor.Token
	Text string `json:"token"`
}

func (s *Server) addToken(c *gin.Context) error {
	var body struct {
		Name string      `json:"name"`
		Role clamor.Role `json:"role"`
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	made, err := s.makeToken(c, body.Name, body.Role)
	if err != nil {
		return err
	}
	visitOf(c).secret = true
	return writeJSON(c, http.StatusCreated, made)
}

func (s *Server) makeToken(c *gin.Context, name string, role clamor.Role) (madeToken, error) {
	name = oneSpaced(name)
	if err := clamor.CheckMember(name, role, ""); err != nil {
		return madeToken{}, err
	}
	text, hash := NewSecret(TokenPrefix)
	t, err := s.Store.AddToken(c.Request.Context(), clamor.NewToken{Name: name, Role: role, Hash: hash, Tail: Tail(text)}, userOf(c).Name)
	return madeToken{t, text}, err
}

func (s *Server) dropToken(c *gin.Context) error {
	return done(c, s.Store.DropToken(c.Request.Context(), c.Param("id"), userOf(c).Name))
}

func (s *Server) teams(c *gin.Context) error {
	found, err := s.Store.Labels(c.Request.Context())
	if err != nil {
		return err
	}
	answer := struct {
		Teams []clamor.Label `json:"teams"`
		Areas []clamor.Label `json:"areas"`
	}{[]clamor.Label{}, []clamor.Label{}}
	for _, l := range found {
		if l.Kind == clamor.TeamLabel {
			answer.Teams = append(answer.Teams, l)
		} else {
			answer.Areas = append(answer.Areas, l)
		}
	}
	return writeJSON(c, http.StatusOK, answer)
}

// labelBody names a team, or an area where kind says so.
type labelBody struct {
	Kind clamor.LabelKind `json:"kind"`
	Name string           `json:"name"`
}

func (b labelBody) label() clamor.Label {
	if b.Kind == "" {
		b.Kind = clamor.TeamLabel
	}
	return clamor.Label{Kind: b.Kind, Name: b.Name}
}

func (s *Server) addTeam(c *gin.Context) error {
	var body labelBody
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	l, err := s.Store.AddLabel(c.Request.Context(), body.label(), userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, l)
}

func (s *Server) renameTeam(c *gin.Context) error {
	var body struct {
		labelBody
		To string `json:"to"`
	}
	if err := s.decodeBody(c, &body); err != nil {
		return err
	}
	batch, err := s.Store.RenameLabel(c.Request.Context(), body.label(), body.To, userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Edit string `json:"edit,omitempty"`
	}{batch})
}

func (s *Server) dropTeam(c *gin.Context) error {
	body := labelBody{clamor.LabelKind(c.Query("kind")), c.Query("name")}
	return done(c, s.Store.DropLabel(c.Request.Context(), body.label(), userOf(c).Name))
}

const auditPerPage = 100

// auditQuery reads what of the log is meant. A kind stands for many actions.
func auditQuery(c *gin.Context) (clamor.AuditQuery, error) {
	q := clamor.AuditQuery{By: oneSpaced(c.Query("by")), Limit: auditPerPage, Before: c.Query("cursor")}
	var wrong faults
	if a := c.Query("action"); a != "" {
		q.Actions = []string{a}
	}
	if day := c.Query("day"); day != "" {
		var err error
		q.Day, err = clamor.ParseDate(day)
		wrong.add("day", err)
	}
	if text := c.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			wrong.add("limit", clamor.Errorf(clamor.Invalid, "write a number from 1 to 1000"))
		}
		q.Limit = n
	}
	return q, clamor.Refuse("the log cannot be shown so", wrong)
}

func (s *Server) auditLog(c *gin.Context) error {
	q, err := auditQuery(c)
	if err != nil {
		return err
	}
	limit := q.Limit
	q.Limit++
	found, err := s.Store.AuditPage(c.Request.Context(), q)
	if err != nil {
		return err
	}
	answer := struct {
		Entries []clamor.AuditEntry `json:"entries"`
		Next    *string             `json:"next"`
	}{Entries: orEmpty(found[:min(limit, len(found))])}
	if len(found) > limit {
		answer.Next = &found[limit-1].ID
	}
	return writeJSON(c, http.StatusOK, answer)
}
