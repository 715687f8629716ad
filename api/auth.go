package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"clamor"
)

// TokenPrefix begins every token, so that a leaked one is recognised wherever it turns up.
const TokenPrefix = "clamor_"

const signInPath = "/signin"

const sessionLife = 30 * 24 * time.Hour

// NewSecret makes a token or a sign-in secret of 256 random bits behind a visible prefix, and the hash under which the store
// knows it. The text is shown once and kept nowhere.
func NewSecret(prefix string) (text, hash string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	text = prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return text, secretHash(text)
}

// Tail is the end of a secret, which is shown where the secret is not, so that its owner knows it again.
func Tail(secret string) string { return secret[max(len(secret)-4, 0):] }

func secretHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// admit lets a request in or says why not. The roles come from the table of routes alone.
func (s *Server) admit(c *gin.Context, r route) error {
	if r.face == hookFace || r.face == openFace {
		return nil
	}
	if c.GetHeader("Authorization") == "" {
		if err := s.origins.Check(c.Request); err != nil {
			return clamor.Errorf(clamor.Forbidden, "this came from another site's page: open Clamor itself and do it there")
		}
	}
	if r.needs == "" {
		return nil
	}
	user, err := s.identify(c)
	if err != nil {
		return err
	}
	visitOf(c).user = user
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), reader{}, user.ID))
	if !user.Role.May(r.needs) {
		return clamor.Errorf(clamor.Forbidden, "this needs the role %s, and %s is %s: ask an admin for a token or a sign-in link of that role",
			r.needs, user.Name, user.Role)
	}
	return nil
}

// identify finds who sends a request: by its token if it shows one, else by its session. Role and removal are read anew each time.
func (s *Server) identify(c *gin.Context) (clamor.User, error) {
	access, found, err := s.access(c.Request)
	if err != nil {
		return clamor.User{}, err
	}
	if !found {
		return clamor.User{}, clamor.Errorf(clamor.Unauthenticated,
			"sign in first: `clamor signin` prints a link; a program sends Authorization: Bearer with a token of `clamor token create`")
	}
	if now := s.Now(); now.Sub(access.Seen) >= seenEvery {
		if err := s.Store.Saw(c.Request.Context(), access, now); err != nil {
			s.Logger.WarnContext(c.Request.Context(), "when somebody was seen is not noted", "user", access.ID, "error", err)
		}
	}
	return access.User, nil
}

// seenEvery is how fine it is noted when somebody was seen: finer, every request would write.
const seenEvery = time.Hour

func (s *Server) access(r *http.Request) (clamor.Access, bool, error) {
	if credential := r.Header.Get("Authorization"); credential != "" {
		a, err := s.userByToken(r.Context(), credential)
		return a, err == nil, err
	}
	return s.sessionUser(r)
}

func (s *Server) userByToken(ctx context.Context, credential string) (clamor.Access, error) {
	scheme, token, _ := strings.Cut(credential, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return clamor.Access{}, clamor.Errorf(clamor.Unauthenticated, "send the token as Authorization: Bearer TOKEN")
	}
	return s.Store.UserByToken(ctx, secretHash(strings.TrimSpace(token)))
}

func (s *Server) signInRoutes() []route {
	return []route{
		{http.MethodGet, signInPath, pageFace, "", s.signIn},
		{http.MethodPost, "/signout", pageFace, "", s.signOut},
		{http.MethodGet, joinPath, pageFace, "", s.welcomePage},
		{http.MethodPost, joinPath, pageFace, "", s.welcomeForm},
	}
}

// signIn turns a one-time link into a session.
func (s *Server) signIn(c *gin.Context) error {
	token, next := c.Query("token"), s.nextOf(c)
	if token == "" {
		return clamor.Errorf(clamor.Unauthenticated, "you sign in by a link: run `clamor signin` where Clamor runs, and open what it prints")
	}
	ctx := c.Request.Context()
	user, err := s.Store.TakeSignIn(ctx, secretHash(token), s.Now())
	if clamor.KindOf(err) == clamor.Unauthenticated {
		if _, already, _ := s.sessionUser(c.Request); already {
			c.Redirect(http.StatusSeeOther, next)
			return nil
		}
	}
	if err != nil {
		return err
	}
	if err := s.beginSession(c, user); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, next)
	return nil
}

// nextCookie keeps for an hour where somebody wanted to go before they were asked to sign in: the link that they are given does not know.
const nextCookie = "clamor_next"

func (s *Server) rememberNext(c *gin.Context) {
	if c.Request.URL.Path == signInPath || len(c.Request.URL.RequestURI()) > 2000 {
		return
	}
	s.setNext(c, url.QueryEscape(c.Request.URL.RequestURI()), 3600)
}

func (s *Server) setNext(c *gin.Context, value string, seconds int) {
	//nolint:gosec // like the session's, it is Secure where the public address is https
	http.SetCookie(c.Writer, &http.Cookie{Name: nextCookie, Value: value, Path: signInPath, MaxAge: seconds, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: s.sessions.Cookie.Secure})
}

// nextOf is where a sign-in leads: where its link says, else where the reader wanted to go, else to the list.
func (s *Server) nextOf(c *gin.Context) string {
	if next := c.Query("next"); next != "" {
		return localPath(next)
	}
	cookie, err := c.Request.Cookie(nextCookie)
	if err != nil {
		return "/"
	}
	s.setNext(c, "", -1)
	next, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return "/"
	}
	return localPath(next)
}

// localPath keeps a path of ours and makes "/" of anything that could lead elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "//") {
		return "/"
	}
	return next
}

func (s *Server) signOut(c *gin.Context) error {
	ctx, err := s.loadSession(c.Request)
	if err == nil {
		err = s.sessions.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, c.Writer, "", time.Time{})
	c.Redirect(http.StatusSeeOther, signInPath)
	return nil
}

// newSessions keeps sessions in our store, under the hash of what the cookie holds: a stolen database opens no session.
func newSessions(store Store, publicURL string) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{store}
	m.HashTokenInStore = true
	m.Lifetime = sessionLife
	m.Cookie.Name = "clamor_session"
	m.Cookie.Secure = strings.HasPrefix(publicURL, "https://")
	return m
}

func (s *Server) loadSession(r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	return s.sessions.Load(r.Context(), token)
}

// The names of what a session holds: who it is of, and of which era of their sessions.
const (
	sessionID  = "id"
	sessionEra = "era"
)

// sessionUser finds whose session a request shows, as they are now; false if there is none, it has ended, or they were removed.
func (s *Server) sessionUser(r *http.Request) (clamor.Access, bool, error) {
	if len(r.CookiesNamed(s.sessions.Cookie.Name)) == 0 {
		return clamor.Access{}, false, nil
	}
	ctx, err := s.loadSession(r)
	if err != nil {
		return clamor.Access{}, false, err
	}
	id := clamor.UserID(s.sessions.GetString(ctx, sessionID))
	if id == "" {
		return clamor.Access{}, false, nil
	}
	a, err := s.Store.UserByID(ctx, id)
	if clamor.KindOf(err) == clamor.Unauthenticated {
		return clamor.Access{}, false, nil
	}
	return a, err == nil && a.Era == s.sessions.GetInt64(ctx, sessionEra), err
}

// beginSession always starts a new one: a session known before the sign-in must not become a signed-in one.
func (s *Server) beginSession(c *gin.Context, a clamor.Access) error {
	ctx, err := s.sessions.Load(c.Request.Context(), "")
	if err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionID, string(a.ID))
	s.sessions.Put(ctx, sessionEra, a.Era)
	token, expiry, err := s.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, c.Writer, token, expiry)
	return nil
}

// sessionStore gives our store the shape that scs asks for; scs itself only calls the methods with a context.
type sessionStore struct{ Store }

// Find is FindCtx without a context.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s sessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}
