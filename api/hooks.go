package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"clamor"
	"clamor/ingest"
)

// hookRoutes take any method at the address of a source, since some systems look at it in their own way before they send. Those that
// cannot set a header bring the secret in the address.
func (s *Server) hookRoutes() []route {
	var all []route
	for _, path := range []string{"/hooks/:source", "/hooks/:source/:secret"} {
		all = append(all, route{http.MethodPost, path, hookFace, "", s.receive})
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			all = append(all, route{method, path, hookFace, "", s.greet})
		}
	}
	return all
}

// receipt is the answer to a delivery.
type receipt struct {
	Delivery  clamor.DeliveryID `json:"delivery"`
	Duplicate bool              `json:"duplicate"`
}

// How long the store may take before a sender is told to come again: together less than the three seconds that the most impatient
// systems wait, which count a late answer as a lost delivery.
const (
	findTime = 800 * time.Millisecond
	keepTime = 2 * time.Second
)

// receive keeps one delivery. The 202 is sent when the bytes are durable, and not before; reading them is the workers' job.
func (s *Server) receive(c *gin.Context) error {
	if err := s.refuseLarge(c); err != nil {
		return err
	}
	now := s.Now()
	in, err := s.openInlet(c, now)
	if err != nil {
		return err
	}
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	request := s.requestOf(c, body)
	if err := in.adapter.Verify(in.source, request, now); err != nil {
		s.refused.put(in.source.Name, refusedOne{now, err.Error()})
		return err
	}
	if answer := in.handshake(request); answer != nil {
		writeAnswer(c, *answer)
		return nil
	}
	return s.keep(c, in, request, now)
}

// greet answers what a system asks an address before it sends anything there. Nobody has proven anything yet.
func (s *Server) greet(c *gin.Context) error {
	in, err := s.openInlet(c, s.Now())
	if err != nil {
		return err
	}
	if answer := in.handshake(s.requestOf(c, nil)); answer != nil {
		writeAnswer(c, *answer)
		return nil
	}
	c.Header("Allow", http.MethodPost)
	return refusal{err: clamor.Errorf(clamor.Unsupported, "%s is not possible here: POST deliveries to this address", c.Request.Method),
		status: http.StatusMethodNotAllowed}
}

// requestOf is what signatures are checked against.
func (s *Server) requestOf(c *gin.Context, body []byte) ingest.Request {
	c.Request.Header.Del(ingest.PathSecret) // nobody outside may set it
	if secret := c.Param("secret"); secret != "" {
		c.Request.Header.Set(ingest.PathSecret, secret)
	}
	return ingest.Request{Method: c.Request.Method, URL: s.PublicURL + c.Request.URL.RequestURI(), Header: c.Request.Header, Body: body}
}

func writeAnswer(c *gin.Context, a ingest.Answer) {
	for name, value := range a.Header {
		c.Header(name, value)
	}
	if a.ContentType == "" && len(a.Body) == 0 {
		c.Status(a.Status)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Data(a.Status, a.ContentType, a.Body)
}

// inlet is a source with what the path of a delivery needs of it.
type inlet struct {
	source  clamor.Source
	adapter ingest.Adapter
	limit   *rate.Limiter
	until   time.Time // when the store is asked again
}

func (in *inlet) handshake(r ingest.Request) *ingest.Answer {
	if in.adapter.Handshake == nil {
		return nil
	}
	return in.adapter.Handshake(in.source, r)
}

// inletLife is how long a source is remembered. A source that is switched off takes in deliveries for that much longer; asking
// the store each time would cost as much as storing the delivery.
const inletLife = time.Second

// inlets remember the sources that are open, and never more than there are: what is not open is not remembered.
type inlets struct {
	mu sync.Mutex
	by map[string]*inlet
}

func (i *inlets) find(name string, now time.Time) (in *inlet, fresh bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	in = i.by[name]
	return in, in != nil && now.Before(in.until)
}

func (i *inlets) put(in *inlet) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.by[in.source.Name] = in
}

// forget lets a change of a source hold at once.
func (i *inlets) forget(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.by, name)
}

// refusedOne is a request that could not prove itself, as its sender was told.
type refusedOne struct {
	at     time.Time
	reason string
}

// refusedOnes remember the last refusal of each source in this process, for those who wonder why nothing arrives.
type refusedOnes struct {
	mu sync.Mutex
	by map[string]refusedOne
}

func (r *refusedOnes) put(source string, one refusedOne) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by[source] = one
}

func (r *refusedOnes) last(source string) (refusedOne, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, found := r.by[source]
	return one, found
}

// openInlet finds the source of the path. One that is switched off looks like one that is not there.
func (s *Server) openInlet(c *gin.Context, now time.Time) (*inlet, error) {
	name := c.Param("source")
	in, fresh := s.inlets.find(name, now)
	if !fresh {
		var err error
		if in, err = s.loadInlet(c.Request.Context(), name, in, now); err != nil {
			return nil, err
		}
		s.inlets.put(in)
	}
	if !in.limit.AllowN(now, 1) {
		return nil, refusal{err: clamor.Errorf(clamor.Limited, "this source sends faster than it may: slow down"), retry: time.Second}
	}
	return in, nil
}

// loadInlet asks the store; the bucket of the inlet before, if there is one, goes on.
func (s *Server) loadInlet(ctx context.Context, name string, before *inlet, now time.Time) (*inlet, error) {
	within, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	source, err := s.Store.FindSource(within, name)
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return nil, unstored(err)
	}
	if err != nil || !source.On {
		return nil, clamor.Errorf(clamor.NotFound, "there is no open source of this name: `clamor source add` makes one")
	}
	adapter, err := ingest.FindAdapter(source.Kind)
	if err != nil {
		return nil, &clamor.Error{Kind: clamor.Unavailable, Message: "this version of Clamor does not read sources of kind " + source.Kind, Err: err}
	}
	in := &inlet{source: source, adapter: adapter, until: now.Add(inletLife)}
	if before != nil {
		in.limit = before.limit
	} else {
		in.limit = rate.NewLimiter(rate.Limit(s.HookRate), s.HookRate)
	}
	return in, nil
}

// keep stores what a proven sender sent. What can never be read is kept too, as dead and under an identifier of its bytes: the
// sender's own id of it must stay free for the corrected one.
func (s *Server) keep(c *gin.Context, in *inlet, r ingest.Request, now time.Time) error {
	unreadable := in.adapter.Check(r.Header, r.Body)
	d := ingest.NewDelivery(in.source, r.Header, r.Body, now)
	if unreadable != nil {
		d.ID, d.ExternalID = clamor.DeliveryID(clamor.DeriveID("delivery", d.Source, "unreadable", d.Hash)), ""
		d = d.Ended(unreadable.Error())
	}
	within, cancel := context.WithTimeout(c.Request.Context(), keepTime)
	defer cancel()
	id, duplicate, err := s.Store.AddDelivery(within, d)
	if err != nil {
		return unstored(err)
	}
	if unreadable != nil {
		return refusal{err: unreadable, delivery: id}
	}
	s.Wake()
	if in.adapter.Accepted != nil {
		if a := in.adapter.Accepted(r); a.Status != 0 {
			writeAnswer(c, a)
			return nil
		}
	}
	writeReceipt(c, receipt{id, duplicate})
	return nil
}

// unstored makes sure that a sender whose delivery was not kept tries again.
func unstored(err error) error {
	if clamor.KindOf(err) == clamor.Internal {
		return &clamor.Error{Kind: clamor.Unavailable, Message: "the delivery could not be stored: send it again", Err: err}
	}
	return err
}

// writeReceipt writes by hand what encoding/json would: an identifier needs no escaping.
func writeReceipt(c *gin.Context, r receipt) {
	body := make([]byte, 0, 96)
	body = append(append(append(body, `{"delivery":"`...), r.Delivery...), `","duplicate":`...)
	if r.Duplicate {
		body = append(body, "true}\n"...)
	} else {
		body = append(body, "false}\n"...)
	}
	c.Data(http.StatusAccepted, "application/json; charset=utf-8", body)
}

// refuseLarge answers before a byte is read where the length alone says enough.
func (s *Server) refuseLarge(c *gin.Context) error {
	if c.Request.ContentLength <= s.MaxBody {
		return nil
	}
	return s.tooLarge(c)
}

func (s *Server) tooLarge(c *gin.Context) error {
	c.Header("Connection", "close")
	return clamor.Errorf(clamor.TooLarge, "the body is larger than %d bytes: send less at once", s.MaxBody)
}

const (
	drainBytes = 64 << 20
	drainTime  = 10 * time.Second
)

// drain reads off a bounded rest of a refused body before the answer: a sender that is still writing when the connection
// closes would see a broken pipe instead of the answer. One that asked first (Expect: 100-continue) has not begun to write.
func (s *Server) drain(c *gin.Context) {
	r := c.Request
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > s.MaxBody && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		return
	}
	// Not every ResponseWriter has a deadline; the bytes are bounded anyway. net/http takes the deadline off again.
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, r.Body, drainBytes)
}

// readBody reads a body of at most MaxBody bytes, before and after decompression.
func (s *Server) readBody(c *gin.Context) ([]byte, error) {
	if err := s.refuseLarge(c); err != nil {
		return nil, err
	}
	switch encoding := c.GetHeader("Content-Encoding"); {
	case encoding == "" || strings.EqualFold(encoding, "identity"):
		return s.readPlain(c)
	case strings.EqualFold(encoding, "gzip"):
		return s.readGzip(c)
	default:
		c.Header("Accept-Encoding", "gzip")
		return nil, clamor.Errorf(clamor.Unsupported, "content encoding %.40q is not read here: send the body plain or as gzip", encoding)
	}
}

// readPlain reads the body into memory of its exact size where the sender tells it.
func (s *Server) readPlain(c *gin.Context) ([]byte, error) {
	var buffer bytes.Buffer
	if n := c.Request.ContentLength; n > 0 {
		buffer.Grow(int(min(n, 1<<20)) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(c.Request.Body, s.MaxBody+1))
	if err != nil {
		return nil, unread(err)
	}
	if n > s.MaxBody {
		return nil, s.tooLarge(c)
	}
	return buffer.Bytes(), nil
}

// unread tells a sender that hung up in the middle of its body apart from a fault of ours.
func unread(err error) error {
	return clamor.Errorf(clamor.Invalid, "the body ended before its announced length: %w", err)
}

func (s *Server) readGzip(c *gin.Context) ([]byte, error) {
	z, ok := s.unzip.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	defer s.unzip.Put(z)
	if err := z.Reset(io.LimitReader(c.Request.Body, s.MaxBody+1)); err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the body is not gzip, as its Content-Encoding says: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(z, s.MaxBody+1))
	if int64(len(body)) > s.MaxBody {
		return nil, s.tooLarge(c)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, clamor.Errorf(clamor.Invalid, "the gzip body ends in the middle: send all of it")
	}
	if err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the gzip body is damaged: %w", err)
	}
	return body, nil
}
