package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// joinPath is where links from an admin lead. Unlike a link of the command line, one of them goes through mail and chat, whose programs
// look at links before people do: so a look at it changes nothing, and its page has a button.
const joinPath = "/join"

// linkLife is how long a link that an admin made may wait to be used.
const linkLife = 7 * 24 * time.Hour

// newLink makes a one-time link and the hash under which the store knows it.
func (s *Server) newLink() (link, hash string) {
	secret, hash := NewSecret("")
	return s.PublicURL + joinPath + "?token=" + url.QueryEscape(secret), hash
}

// welcomePage greets who opens a link.
func (s *Server) welcomePage(c *gin.Context) error {
	token := c.Query("token")
	a, err := s.Store.SignInOf(c.Request.Context(), secretHash(token), s.Now())
	if err != nil {
		return s.joined(c, err)
	}
	return s.render(c, http.StatusOK, nil, web.WelcomeView{Name: a.Name, Role: a.Role, Token: token})
}

// welcomeForm signs in whom the link is for.
func (s *Server) welcomeForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	a, err := s.Store.TakeSignIn(c.Request.Context(), secretHash(strings.TrimSpace(fields.Get("token"))), s.Now())
	if err != nil {
		return s.joined(c, err)
	}
	if err := s.beginSession(c, a); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, s.nextOf(c))
	return nil
}

// joined leads whoever opens a link again that they have used to where it led them.
func (s *Server) joined(c *gin.Context, err error) error {
	if clamor.KindOf(err) != clamor.Unauthenticated {
		return err
	}
	if _, already, _ := s.sessionUser(c.Request); !already {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}
