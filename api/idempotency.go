package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"clamor"
)

const maxKey = 255 // bytes of an Idempotency-Key

// idempotent lets a handler carry out a request with an Idempotency-Key once: the same request again is answered with the first answer.
// Answers that say "try again" are not kept. The key is taken before the deed: if the process dies between that and keeping the answer, who
// sends the request again is told that nobody knows. Notes are exempt: the same ones again are recognised as such, so repeating them is safe.
func (s *Server) idempotent(handle handler) handler {
	return func(c *gin.Context) error {
		key := c.GetHeader("Idempotency-Key")
		if key == "" {
			return handle(c)
		}
		if len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
			return clamor.Errorf(clamor.Invalid, "Idempotency-Key must be 1 to %d printable ASCII characters", maxKey)
		}
		body, err := s.readBody(c)
		if err != nil {
			return err
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		c.Request.ContentLength = int64(len(body))
		return s.once(c, key, requestHash(c.Request, body), handle)
	}
}

// requestHash tells one request from another.
func requestHash(r *http.Request, body []byte) string {
	h := sha256.New()
	io.WriteString(h, r.Method+" "+r.URL.RequestURI()+"\n")
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Server) once(c *gin.Context, key, request string, handle handler) error {
	ctx, user := c.Request.Context(), userOf(c).ID
	if !s.replies.begin(user, key) {
		return clamor.Errorf(clamor.Conflict, "the request with this Idempotency-Key is still being carried out: wait for its answer")
	}
	defer s.replies.end(user, key)

	kept, begun, err := s.beginReply(c, key, request)
	switch {
	case err != nil:
		return err
	case !begun && kept.Request != request:
		return clamor.Errorf(clamor.Conflict, "this Idempotency-Key was used for another request: use a new key for each request")
	case !begun && kept.Status == 0:
		return clamor.Errorf(clamor.Conflict, "a request with this Idempotency-Key was begun and its answer was never kept, so it may or may not have been "+
			"carried out: look whether it was, and if not send it again with a new key")
	case !begun:
		replay(c, kept)
		return nil
	}
	rec := &recorder{ResponseWriter: c.Writer}
	c.Writer = rec
	failed := handle(c)
	if failed != nil {
		s.fail(c, jsonFace, failed)
	}
	if failed != nil && ctx.Err() != nil {
		return nil // whether it was carried out nobody knows
	}
	keeping := context.WithoutCancel(ctx) // a sender who hung up asks again
	if status := rec.Status(); status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
		return s.Store.DropReply(keeping, user, key)
	}
	reply := rec.reply(request)
	if visitOf(c).secret {
		reply = secretReply(c, request)
	}
	return s.Store.KeepReply(keeping, user, key, reply)
}

// beginReply takes a key, or gives what was kept for it.
func (s *Server) beginReply(c *gin.Context, key, request string) (clamor.Reply, bool, error) {
	ctx, user := c.Request.Context(), userOf(c).ID
	if c.FullPath() != notesPath {
		return s.Store.BeginReply(ctx, user, key, request)
	}
	kept, err := s.Store.Reply(ctx, user, key)
	if clamor.KindOf(err) == clamor.NotFound {
		return kept, true, nil
	}
	return kept, false, err
}

// secretReply stands for an answer that held a secret, which is kept nowhere.
func secretReply(c *gin.Context, request string) clamor.Reply {
	p := problemOf(clamor.Errorf(clamor.Conflict, "this was carried out; its answer held a secret, which is shown once: make another one if it is lost"))
	p.Request = visitOf(c).id
	return clamor.Reply{Request: request, Status: p.Status, Header: map[string]string{"Content-Type": problemType}, Body: p.encode()}
}

// toldAgain are the headers that belong to an answer's meaning.
var toldAgain = [...]string{"Content-Type", "Location", "Etag"}

func replay(c *gin.Context, r clamor.Reply) {
	for name, value := range r.Header {
		c.Header(name, value)
	}
	c.Header("Idempotency-Replayed", "true")
	c.Status(r.Status)
	c.Writer.Write(r.Body)
}

// recorder keeps a copy of what is written.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

// Write writes and keeps.
func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// WriteString writes and keeps.
func (r *recorder) WriteString(text string) (int, error) {
	r.body.WriteString(text)
	return r.ResponseWriter.WriteString(text)
}

func (r *recorder) reply(request string) clamor.Reply {
	reply := clamor.Reply{Request: request, Status: r.Status(), Header: map[string]string{}, Body: r.body.Bytes()}
	for _, name := range toldAgain {
		if value := r.Header().Get(name); value != "" {
			reply.Header[name] = value
		}
	}
	return reply
}

// inFlight knows the keys whose requests are being carried out by this process.
type inFlight struct {
	mu   sync.Mutex
	keys map[string]struct{}
}

func newInFlight() *inFlight { return &inFlight{keys: map[string]struct{}{}} }

// begin takes a key, false if it is taken.
func (f *inFlight) begin(user clamor.UserID, key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, taken := f.keys[string(user)+"\n"+key]
	f.keys[string(user)+"\n"+key] = struct{}{}
	return !taken
}

func (f *inFlight) end(user clamor.UserID, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, string(user)+"\n"+key)
}
