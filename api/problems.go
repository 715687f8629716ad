package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
)

// Problem is an error as its receiver sees it: RFC 9457 for programs, and what an error page is made from.
type Problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail,omitempty"`
	Faults   []clamor.Fault    `json:"faults,omitempty"`
	Delivery clamor.DeliveryID `json:"delivery,omitempty"` // what was kept although it cannot be read
	Request  string            `json:"request_id,omitempty"`

	retry time.Duration
}

// statusGone is what the log shows for a caller that hung up before the answer.
const statusGone = 499

// answers says how each kind of error is answered, and what a program may do about it.
var answers = map[clamor.Kind]struct {
	status int
	title  string
	advice string
}{
	clamor.Invalid:         {http.StatusBadRequest, "The input is wrong", "detail and faults say what to change; unchanged it is refused again"},
	clamor.Unauthenticated: {http.StatusUnauthorized, "Not signed in", "send a token or a secret that holds"},
	clamor.Forbidden:       {http.StatusForbidden, "Not allowed", "ask an admin for the role that detail names"},
	clamor.NotFound:        {http.StatusNotFound, "Not found", "check the address and the id in it"},
	clamor.Conflict:        {http.StatusConflict, "Not possible in this state", "load the thing again and see what has become of it"},
	clamor.Stale:           {http.StatusPreconditionFailed, "Changed in the meantime", "load the thing again and repeat the change with its new ETag"},
	clamor.TooLarge:        {http.StatusRequestEntityTooLarge, "Too large", "send it in smaller pieces"},
	clamor.Unsupported:     {http.StatusUnsupportedMediaType, "Unsupported format", "send the format that detail names"},
	clamor.Limited:         {http.StatusTooManyRequests, "Too many requests", "try again after the seconds of Retry-After, and slow down"},
	clamor.Unavailable:     {http.StatusServiceUnavailable, "Not possible at this moment", "try again after the seconds of Retry-After"},
	clamor.Internal:        {http.StatusInternalServerError, "Internal error", "give the request id to whoever runs Clamor: the log holds the cause"},
}

const problemPath = "/problems/"

// problemRoutes lets the type of a problem, which is an address, lead somewhere.
func (s *Server) problemRoutes() []route {
	return []route{{http.MethodGet, problemPath + ":kind", openFace, "", func(c *gin.Context) error {
		for kind, answer := range answers {
			if kind.String() == c.Param("kind") {
				c.String(http.StatusOK, "%s (%d)\n\nWhat to do: %s.\n", answer.title, answer.status, answer.advice)
				return nil
			}
		}
		return clamor.Errorf(clamor.NotFound, "there is no such kind of problem")
	}}}
}

// refusal is an error with more to tell its receiver than a kind and a message.
type refusal struct {
	err      error
	status   int               // instead of the kind's
	delivery clamor.DeliveryID // what was kept
	retry    time.Duration     // when to try again
}

func (r refusal) Error() string { return r.err.Error() }
func (r refusal) Unwrap() error { return r.err }

// problemOf says what may be shown of an error. Of what has no kind nothing is.
func problemOf(err error) Problem {
	kind := clamor.KindOf(err)
	answer := answers[kind]
	p := Problem{Type: problemPath + kind.String(), Title: answer.title, Status: answer.status}
	var known *clamor.Error
	if errors.As(err, &known) && kind != clamor.Internal {
		p.Detail, p.Faults = known.Message, known.Faults
	} else {
		p.Detail = "Something went wrong on our side. The log holds the cause under the request id."
	}
	switch kind {
	case clamor.Limited:
		p.retry = time.Second
	case clamor.Unavailable:
		p.retry = 5 * time.Second
	}
	var r refusal
	if errors.As(err, &r) {
		p.Delivery = r.delivery
		p.retry = max(p.retry, r.retry)
		if r.status != 0 {
			p.Status, p.Title, p.Type = r.status, http.StatusText(r.status), "about:blank"
		}
	}
	return p
}

func setErrorHeaders(h http.Header, p Problem) {
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="clamor"`)
	}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
}

const problemType = "application/problem+json"

func (p Problem) encode() []byte {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return append(body, '\n')
}

func writeProblem(c *gin.Context, p Problem) { c.Data(p.Status, problemType, p.encode()) }
