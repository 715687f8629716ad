package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	"github.com/hashicorp/go-retryablehttp"

	"clamor"
)

// CallOptions are the settings of a Caller.
type CallOptions struct {
	Private     []netip.Prefix // networks of the inside that may be called all the same, in plain HTTP too
	Tries       int            // how often one request is sent at most; 0 means 5
	FirstWait   time.Duration  // before a second try where the other side names no wait; 0 means a second; it doubles each time
	LongestWait time.Duration  // what is waited within one call, however much is asked for; 0 means two minutes
	Timeout     time.Duration  // of one try, the answer's body included; 0 means a minute
	MaxReply    int64          // bytes of an answer, unpacked; 0 means 32 MB
	Logger      *slog.Logger   // nil: silent
}

// The bounds of a Caller that names none.
const (
	usualTries       = 5
	usualFirstWait   = time.Second
	usualLongestWait = 2 * time.Minute
	usualTimeout     = time.Minute
	usualMaxReply    = 32 << 20
)

// NewCaller makes a Caller that may be shared by all sources. It remembers per host and credential until when the other side wants
// to be left alone. What an answer asks for beyond LongestWait is not waited: the answer is given as it is, and the next call is
// refused until then as Limited.
func NewCaller(o CallOptions) Caller {
	if o.Tries <= 0 {
		o.Tries = usualTries
	}
	if o.FirstWait <= 0 {
		o.FirstWait = usualFirstWait
	}
	if o.LongestWait <= 0 {
		o.LongestWait = usualLongestWait
	}
	if o.Timeout <= 0 {
		o.Timeout = usualTimeout
	}
	if o.MaxReply <= 0 {
		o.MaxReply = usualMaxReply
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	t := &telephone{options: o, quiet: map[string]time.Time{}, client: &http.Client{
		Transport:     capped{guardedTransport(o), o.Timeout, o.MaxReply},
		CheckRedirect: sameHost,
	}}
	return t.call
}

// telephone is what a Caller keeps between calls.
type telephone struct {
	options CallOptions
	client  *http.Client
	mu      sync.Mutex
	quiet   map[string]time.Time // line -> until when it wants to be left alone
}

// guardedTransport dials no address of the inside but those allowed. It looks at the address that a name led to, at the moment of
// dialling, so that a name cannot lead elsewhere after it was checked; and it uses no proxy, which would dial unseen.
func guardedTransport(o CallOptions) *http.Transport {
	guardian := ssrf.New(ssrf.WithAnyPort())
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(network, address string, conn syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err == nil && allowed(o.Private, at.Addr()) {
			return nil
		}
		return guardian.Safe(network, address, conn)
	}}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4,
		IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
}

func allowed(networks []netip.Prefix, address netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// The reasons for which a request is given up at once.
var (
	errElsewhere = errors.New("it redirects to another host, which must not get our credentials")
	errTooLong   = errors.New("its answer is larger than anything we read")
)

func sameHost(next *http.Request, before []*http.Request) error {
	const most = 5
	first := before[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme && next.URL.Scheme != "https" || len(before) > most {
		return errElsewhere
	}
	return nil
}

// capped reads answers whole and within bounds, so that one cut off in its middle is a failed try like any other.
type capped struct {
	next http.RoundTripper
	time time.Duration
	most int64
}

func (b capped) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), b.time)
	defer cancel()
	resp, err := b.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, b.most+1))
	err = errors.Join(err, resp.Body.Close())
	if int64(len(body)) > b.most {
		err = errTooLong
	}
	if err != nil {
		return nil, err
	}
	resp.Body = whole{bytes.NewReader(body), body}
	return resp, nil
}

// whole is a body that has been read, and can be looked at before it is.
type whole struct {
	*bytes.Reader
	bytes []byte
}

// Close does nothing: the bytes are here.
func (whole) Close() error { return nil }

func replyOf(resp *http.Response) Reply {
	r := Reply{Status: resp.StatusCode, Header: resp.Header}
	if w, ok := resp.Body.(whole); ok {
		r.Body = w.bytes
	}
	return r
}

// call is the Caller.
func (t *telephone) call(ctx context.Context, c Call) (Reply, error) {
	target, err := t.target(c.URL)
	if err != nil {
		return Reply{}, err
	}
	line := target.Host + "\x00" + c.Header.Get("Authorization")
	if err := t.waitForQuiet(ctx, line, target.Host); err != nil {
		return Reply{}, err
	}
	request, err := requestOf(ctx, c)
	if err != nil {
		return Reply{}, clamor.Errorf(clamor.Invalid, "the request to %s cannot be made: look at the source's settings", target.Host)
	}
	d := &dialogue{phone: t, call: c, line: line, target: target}
	client := retryablehttp.Client{HTTPClient: t.client, RetryMax: t.options.Tries - 1, CheckRetry: d.again, Backoff: d.pause,
		ErrorHandler: retryablehttp.PassthroughErrorHandler}
	resp, err := client.Do(request)
	if err != nil {
		return Reply{}, unreached(ctx, target.Host, err)
	}
	return replyOf(resp), resp.Body.Close()
}

// target refuses addresses that would carry a credential in the clear, or none at all.
func (t *telephone) target(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, clamor.Errorf(clamor.Invalid, "the source's address is no URL: write it whole, beginning with https://")
	case u.Scheme == "https", u.Scheme == "http" && len(t.options.Private) > 0:
		return u, nil
	}
	return nil, clamor.Errorf(clamor.Invalid, "%s would be called over %s, which shows our credentials to everybody: use https", u.Host, u.Scheme)
}

func requestOf(ctx context.Context, c Call) (*retryablehttp.Request, error) {
	var body any
	if len(c.Body) > 0 {
		body = c.Body
	}
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, c.Method, c.URL, body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "clamor")
	}
	return request, nil
}

// dialogue is one call with its tries.
type dialogue struct {
	phone  *telephone
	call   Call
	line   string
	target *url.URL
	wait   time.Duration // that the last answer asked for
}

func (d *dialogue) safe() bool {
	return d.call.Safe || d.call.Method == "" || d.call.Method == http.MethodGet || d.call.Method == http.MethodHead
}

// again decides about one more try. What was refused for coming too fast has done nothing and may always be sent again; after any
// other failure nobody knows, and only what reads is.
func (d *dialogue) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	d.wait = 0
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		d.phone.options.Logger.Debug("no answer", "host", d.target.Host, "path", d.target.Path, "error", bare(err))
		return d.safe() && transient(ctx, err), nil
	}
	reply := replyOf(resp)
	wait, limited := askedWait(reply, time.Now())
	if d.call.Limited != nil {
		own, too := d.call.Limited(reply)
		wait, limited = max(wait, own), limited || too
	}
	d.phone.options.Logger.Debug("answer", "host", d.target.Host, "path", d.target.Path, "status", reply.Status, "bytes", len(reply.Body), "wait", wait)
	d.wait = wait
	d.phone.hush(d.line, wait)
	failed := reply.Status >= 500 && reply.Status != http.StatusNotImplemented
	return wait <= d.phone.options.LongestWait && (limited || failed && d.safe()), nil
}

// pause is how long to wait before the next try: as asked, else longer each time, and never all callers at once.
func (d *dialogue) pause(_, _ time.Duration, tried int, _ *http.Response) time.Duration {
	if d.wait > 0 {
		return d.wait
	}
	wait := min(d.phone.options.FirstWait<<min(tried, 16), d.phone.options.LongestWait)
	return wait/2 + rand.N(wait/2+1)
}

// transient reports whether a request without an answer may find one later.
func transient(ctx context.Context, err error) bool {
	if errors.Is(err, errElsewhere) || errors.Is(err, errTooLong) || prohibited(err) {
		return false
	}
	again, _ := retryablehttp.ErrorPropagatedRetryPolicy(ctx, nil, err)
	return again
}

func prohibited(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrInvalidHostPort)
}

// bare takes the address off an error of net/http: its query may hold a secret.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func unreached(ctx context.Context, host string, err error) error {
	err = bare(err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("calling %s: %w", host, ctx.Err())
	case prohibited(err):
		return clamor.Errorf(clamor.Invalid, "%s leads to an address of the inside, which is not called: if it is meant, allow its network with --allow-networks", host)
	case errors.Is(err, errElsewhere), errors.Is(err, errTooLong):
		return clamor.Errorf(clamor.Invalid, "%s was called, but %w: look at the source's settings", host, err)
	}
	return clamor.Errorf(clamor.Unavailable, "%s gives no answer: %w; look at the address, or try again later", host, err)
}
