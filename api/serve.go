package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"clamor"
)

// face is who a route talks to: it decides how errors look and which guards stand before the handler.
type face int

const (
	hookFace face = iota // senders of webhooks: no session, their own credential, JSON problems
	jsonFace             // programs: token or session, JSON problems
	pageFace             // people: token or session, errors as pages
	openFace             // probes and files that need no credential, JSON problems
)

// handler answers a request or says why not; serve alone writes errors.
type handler func(c *gin.Context) error

// route is one line of the table of everything that is served.
type route struct {
	method, path string
	face         face
	needs        clamor.Role // "" lets everybody in
	handle       handler
}

// routes is the table: the roles are checked from it alone.
func (s *Server) routes() []route {
	return slices.Concat(s.hookRoutes(), s.jsonRoutes(), s.signInRoutes(), s.probeRoutes(), s.problemRoutes(), s.pageRoutes())
}

func (s *Server) build() http.Handler {
	gin.SetMode(gin.ReleaseMode) // the debug mode writes on standard output, which belongs to the commands
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(s.observe, s.secure)
	for _, r := range s.routes() {
		engine.Handle(r.method, r.path, s.serve(r))
		if r.method == http.MethodGet && r.path != signInPath { // a mere look at a sign-in link must not use it up
			engine.Handle(http.MethodHead, r.path, s.serve(r))
		}
	}
	engine.NoRoute(s.lost(func(c *gin.Context) error {
		return clamor.Errorf(clamor.NotFound, "there is nothing at %s", c.Request.URL.Path)
	}))
	engine.NoMethod(s.lost(func(c *gin.Context) error {
		return refusal{err: clamor.Errorf(clamor.Unsupported, "%s is not possible at %s", c.Request.Method, c.Request.URL.Path),
			status: http.StatusMethodNotAllowed}
	}))
	return gzhttp.GzipHandler(engine)
}

// lost answers what no route answers, as JSON under the machines' paths and as a page elsewhere.
func (s *Server) lost(h handler) gin.HandlerFunc {
	machine, page := s.serve(route{face: openFace, handle: h}), s.serve(route{face: pageFace, handle: h})
	return func(c *gin.Context) {
		if path := c.Request.URL.Path; strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/hooks/") {
			machine(c)
			return
		}
		page(c)
	}
}

// serve is the one place where a request is admitted and its error written.
func (s *Server) serve(r route) gin.HandlerFunc {
	handle := r.handle
	if r.face == jsonFace && r.method == http.MethodPost {
		handle = s.idempotent(handle)
	}
	return func(c *gin.Context) {
		defer func() {
			if p := recover(); p != nil {
				s.fail(c, r.face, panicked(p))
			}
		}()
		err := plainURL(c.Request.URL)
		if err == nil {
			err = s.admit(c, r)
		}
		if err == nil {
			err = handle(c)
		}
		if err == nil && r.method != http.MethodGet && r.face != hookFace {
			err = s.done.note(c.Request.Context(), s.Store)
		}
		if err != nil {
			s.fail(c, r.face, err)
		}
	}
}

// plainURL refuses an address with bytes that no database keeps as text, before any of it becomes a key to look up.
func plainURL(u *url.URL) error {
	plain := func(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }
	ok := plain(u.Path)
	if u.RawQuery != "" {
		query, err := url.ParseQuery(u.RawQuery)
		ok = ok && err == nil
		for name, values := range query {
			ok = ok && plain(name) && !slices.ContainsFunc(values, func(v string) bool { return !plain(v) })
		}
	}
	if !ok {
		return clamor.Errorf(clamor.Invalid, "the address holds what is no text: encode it as UTF-8, with %% before each byte in hex")
	}
	return nil
}

// panicked makes an error of what a handler panicked with; http.ErrAbortHandler goes on to net/http, which knows it.
func panicked(p any) error {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
}

// fail writes err once, in the form of the face, and logs what is our own fault.
func (s *Server) fail(c *gin.Context, f face, err error) {
	if c.Request.Context().Err() != nil && !c.Writer.Written() {
		c.Status(statusGone) // nobody reads the answer; the log shall not blame us
		return
	}
	p := problemOf(err)
	p.Request = visitOf(c).id
	if p.Status >= http.StatusInternalServerError {
		s.Logger.LogAttrs(c.Request.Context(), slog.LevelError, "request failed", slog.String("request_id", p.Request),
			slog.String("route", c.FullPath()), slog.Any("error", err))
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	s.drain(c)
	setErrorHeaders(c.Writer.Header(), p)
	if f == pageFace {
		s.renderError(c, p)
		return
	}
	writeProblem(c, p)
}

// visit is what is known of one request beside the request itself.
type visit struct {
	id    string // of the request, ours or the caller's
	trace string // the W3C trace id, where the caller sent one
	user  clamor.User

	secret bool // the answer holds a secret
}

const visitKey = "visit"

// visitOf finds the visit that observe began.
func visitOf(c *gin.Context) *visit {
	if v, ok := c.Get(visitKey); ok {
		return v.(*visit)
	}
	return &visit{}
}

// userOf is who sends the request; the zero User on routes that let everybody in.
func userOf(c *gin.Context) clamor.User { return visitOf(c).user }

// observe names the request, and logs and counts it when it is answered. It logs no bodies, no query and no header but the
// request's names: a query may hold a sign-in token.
func (s *Server) observe(c *gin.Context) {
	begun := time.Now()
	v := &visit{id: requestID(c.GetHeader("X-Request-Id")), trace: traceID(c.GetHeader("Traceparent"))}
	c.Set(visitKey, v)
	c.Header("X-Request-Id", v.id)
	c.Next()

	took, route := time.Since(begun), c.FullPath()
	s.metrics.observe(route, c.Request.Method, c.Writer.Status(), took)
	if !s.Logger.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	attrs := [9]slog.Attr{slog.String("method", c.Request.Method), slog.String("path", loggedPath(c.Request.URL.Path)), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", took),
		slog.String("request_id", v.id), slog.String("trace_id", v.trace), slog.String("user", string(v.user.ID))}
	s.Logger.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", attrs[:]...)
}

// loggedPath leaves out what stands behind the name of a source: it may be a secret.
func loggedPath(path string) string {
	rest, ok := strings.CutPrefix(path, "/hooks/")
	if !ok {
		return path
	}
	name, secret, found := strings.Cut(rest, "/")
	if !found || secret == "" {
		return path
	}
	return "/hooks/" + name + "/…"
}

// requestID takes over the caller's id if it is a plain word, else makes one.
func requestID(given string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
	}
	if given != "" && len(given) <= 64 && !strings.ContainsFunc(given, func(r rune) bool { return !plain(r) }) {
		return given
	}
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// traceID reads the trace id of a W3C traceparent, "" if there is none.
func traceID(parent string) string {
	if len(parent) < 55 || parent[2] != '-' || parent[35] != '-' {
		return ""
	}
	id := parent[3:35]
	if strings.Trim(id, "0123456789abcdef") != "" || strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// secure sets the headers that keep a browser from doing what our pages never ask of it.
func (s *Server) secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(c.Request.URL.Path, "/hooks/") {
		return
	}
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Referrer-Policy", "same-origin") // not no-referrer: that would blank the Origin of our own forms
	h.Set("Cache-Control", "private, no-store")
	if strings.HasPrefix(s.PublicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
