package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"clamor"
	"clamor/api"
)

const goodNote = `{"id":"n1","text":"They need SAML","account":{"name":"Northwind"}}`

type receipt struct {
	Delivery  string `json:"delivery"`
	Duplicate bool   `json:"duplicate"`
}

func (a answer) receipt() receipt {
	a.t.Helper()
	var r receipt
	a.want(http.StatusAccepted).decode(&r)
	return r
}

// delivery finds what was kept.
func (h *house) delivery(id string) clamor.Delivery {
	h.t.Helper()
	d, err := h.db.FindDelivery(h.t.Context(), clamor.DeliveryID(id))
	must(h.t, err)
	return d
}

func (h *house) kept() int64 {
	h.t.Helper()
	stats, err := h.db.Stats(h.t.Context())
	must(h.t, err)
	var n int64
	for _, count := range stats.Deliveries {
		n += count
	}
	return n
}

func TestAcceptedDeliveryIsKeptByteForByte(t *testing.T) {
	h := build(t, nil)
	body := " \n" + goodNote + "\t"
	first := h.hook("gong", body).receipt()
	if first.Duplicate {
		t.Error("the first delivery is called a duplicate")
	}
	d := h.delivery(first.Delivery)
	if string(d.Body) != body || d.Source != "gong" || d.State != clamor.Received {
		t.Errorf("kept %+v with body %q", d, d.Body)
	}
	if strings.Contains(d.Header["authorization"], hookSecret) || len(d.Header) == 0 {
		t.Errorf("kept the headers %v", d.Header)
	}
	if again := h.hook("gong", body).receipt(); !again.Duplicate || again.Delivery != first.Delivery {
		t.Errorf("the same delivery again is %+v, want a duplicate of %s", again, first.Delivery)
	}
	if h.woken.Load() == 0 {
		t.Error("the workers were not told")
	}
}

// What cannot be used is refused with what to do, and what comes from a proven sender is kept even then.
func TestUnusableDeliveries(t *testing.T) {
	h := build(t, nil)
	credential := map[string]string{"Authorization": "Bearer " + hookSecret}
	typed := func(contentType string) map[string]string {
		return map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Type": contentType}
	}
	for name, c := range map[string]struct {
		path   string
		header map[string]string
		body   string
		status int
		words  string
		kept   bool
	}{
		"malformed JSON":       {"/hooks/gong", credential, `{"text": "a`, 400, "ends in the middle of its JSON", true},
		"a comma too many":     {"/hooks/gong", credential, `{"text": "a",}`, 400, "not JSON at byte", true},
		"two values":           {"/hooks/gong", credential, goodNote + goodNote, 400, "more than one JSON value", true},
		"a number":             {"/hooks/gong", credential, `7`, 400, "JSON but no note", true},
		"nothing":              {"/hooks/gong", credential, ``, 400, "the body is empty", true},
		"a raw NUL":            {"/hooks/gong", credential, "{\"text\":\"a\x00b\"}", 400, "not JSON at byte", true},
		"invalid UTF-8":        {"/hooks/gong", credential, "{\"text\":\"a\xffb\"}", 400, "not UTF-8 at byte 10 (0xff)", true},
		"XML":                  {"/hooks/gong", typed("text/xml"), `<note/>`, 415, "Content-Type: application/json", true},
		"another charset":      {"/hooks/gong", typed("application/json; charset=latin1"), goodNote, 415, "UTF-8", true},
		"a wrong secret":       {"/hooks/gong", map[string]string{"Authorization": "Bearer guess"}, goodNote, 401, "not this source's secret", false},
		"no secret":            {"/hooks/gong", nil, goodNote, 401, "Authorization: Bearer SECRET", false},
		"an unknown source":    {"/hooks/nowhere", credential, goodNote, 404, "clamor source add", false},
		"a closed source":      {"/hooks/closed", credential, goodNote, 404, "clamor source add", false},
		"the API's own source": {"/hooks/api", credential, goodNote, 404, "clamor source add", false},
		"another encoding":     {"/hooks/gong", map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Encoding": "br"}, goodNote, 415, "plain or as gzip", false},
		"no gzip":              {"/hooks/gong", map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Encoding": "gzip"}, goodNote, 400, "not gzip", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.kept()
			a := h.send(http.MethodPost, c.path, c.body, c.header)
			a.t = t
			p := a.want(c.status, c.words).problem()
			if (p.Delivery != "") != c.kept || (h.kept() > before) != c.kept {
				t.Errorf("delivery %q and %d more kept, want kept: %v", p.Delivery, h.kept()-before, c.kept)
			}
			if c.status == 401 && a.header.Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
			if c.kept {
				d := h.delivery(string(p.Delivery))
				if d.State != clamor.Dead || string(d.Body) != c.body || !strings.Contains(d.Reason, c.words) {
					t.Errorf("kept %+v with body %q", d, d.Body)
				}
			}
		})
	}
}

func TestClosedSourceLooksLikeNone(t *testing.T) {
	h := build(t, nil)
	header := map[string]string{"X-Request-Id": "same", "Authorization": "Bearer " + hookSecret}
	closed, unknown := h.send(http.MethodPost, "/hooks/closed", goodNote, header), h.send(http.MethodPost, "/hooks/nowhere", goodNote, header)
	if closed.status != unknown.status || closed.body != unknown.body {
		t.Errorf("a closed source is answered %s, an unknown one %s", closed.body, unknown.body)
	}
}

// The syntax is fine but the notes are not: accepted, kept, and dead with a reason that names the place.
func TestUnusableNotesAreDeadWithTheirReason(t *testing.T) {
	h := build(t, nil)
	for body, reason := range map[string]string{
		`{"text":"They need SAML"}`:                                                                                                "account: is missing",
		`{"text":"They need SAML","account":{"name":"Northwind","arr":-5}}`:                                                        "account.arr: -5 is below 0",
		`{"notes":[` + goodNote + `,{"text":"","account":{"name":"B"}}]}`:                                                          "notes[1].text: is missing",
		`{"text":"They need SAML","account":{"name":"Northwind","arr":100,"currency":"DOLLARS"}}`:                                  "no ISO 4217 currency",
		`{"text":"They need SAML","account":{"domain":"gmail.com"}}`:                                                               "public mail domain",
		`{"text":"They need SAML","account":{"name":"Northwind"},"occurred_at":"soon"}`:                                            "occurred_at: \"soon\" is no time",
		`{"text":"They need SAML","account":{"name":"Northwind"},"asks":[{"text":"SAML","priority":"very"}]}`:                      "asks[0].priority",
		`{"text":"They need SAML","account":{"name":"Northwind"},"url":"javascript:alert(1)"}`:                                     "url: ",
		`{"text":"They need SAML","account":{"name":"Northwind"},"deal":{"id":"1","amount":1,"currency":"USD","probability":101}}`: "deal.probability",
	} {
		id := h.hook("gong", body).receipt().Delivery
		h.work()
		if d := h.delivery(id); d.State != clamor.Dead || !strings.Contains(d.Reason, reason) || string(d.Body) != body {
			t.Errorf("%s: state %s for %q, want dead for %q", body, d.State, d.Reason, reason)
		}
	}
}

func TestEscapedNULIsDroppedFromTheNote(t *testing.T) {
	h := build(t, nil)
	id := h.hook("gong", `{"id":"nul","text":"They need\u0000 SAML","account":{"name":"Northwind"}}`).receipt().Delivery
	h.work()
	if d := h.delivery(id); d.State != clamor.Processed {
		t.Errorf("the delivery is %s: %s", d.State, d.Reason)
	}
	var p page
	h.get("/api/v1/list", &p)
	if len(p.Entries) != 1 || strings.ContainsRune(p.Entries[0].Feature.Title, 0) {
		t.Errorf("the list is %+v", p)
	}
}

func TestMixedCurrenciesAreNeverAddedUp(t *testing.T) {
	h := build(t, nil)
	h.hook("gong", `[{"id":"1","text":"They need SAML sign-on","account":{"name":"Northwind","arr":1000,"currency":"USD"}},
		{"id":"2","text":"They need SAML sign-on","account":{"name":"Contoso","arr":1000000,"currency":"EUR"}}]`).receipt()
	h.work()
	a := h.call(clamor.Viewer, http.MethodGet, "/api/v1/list", "", nil).want(http.StatusOK, "no-rate")
	var p page
	a.decode(&p)
	if p.Entries[0].Score >= 1000000 {
		t.Errorf("the score is %d, with the euros that have no rate", p.Entries[0].Score)
	}
}

// A sender corrects what could not be read and sends it under the same id: that is no duplicate.
func TestCorrectedDeliveryIsNoDuplicate(t *testing.T) {
	h := build(t, nil)
	header := map[string]string{"Authorization": "Bearer " + hookSecret, "Webhook-Id": "msg_1"}
	broken := h.send(http.MethodPost, "/hooks/gong", goodNote[:20], header).want(http.StatusBadRequest).problem()
	again := h.send(http.MethodPost, "/hooks/gong", goodNote[:20], header).want(http.StatusBadRequest).problem()
	if broken.Delivery != again.Delivery {
		t.Errorf("the same unreadable bytes were kept twice, as %s and %s", broken.Delivery, again.Delivery)
	}
	if r := h.send(http.MethodPost, "/hooks/gong", goodNote, header).receipt(); r.Duplicate {
		t.Errorf("the corrected delivery is called a duplicate of %s", r.Delivery)
	}
}

func TestSignatureIsCheckedOnTheRawBytes(t *testing.T) {
	h := build(t, nil)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	must(t, err)
	body, stamp := "  "+goodNote+"\n", strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, "msg_7."+stamp+"."+body)
	header := map[string]string{"Webhook-Id": "msg_7", "Webhook-Timestamp": stamp,
		"Webhook-Signature": "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
	r := h.send(http.MethodPost, "/hooks/gong", body, header).receipt()
	if d := h.delivery(r.Delivery); d.ExternalID != "msg_7" {
		t.Errorf("the delivery's external id is %q, want msg_7", d.ExternalID)
	}
	h.send(http.MethodPost, "/hooks/gong", goodNote, header).want(http.StatusUnauthorized, "no signature")
}

// endless gives bytes without end, and counts them.
type endless struct{ given, most int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.given >= e.most {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.most-e.given))
	clear(p[:n])
	e.given += int64(n)
	return n, nil
}

func TestTooLargeIsRefusedWithTheLimit(t *testing.T) {
	h := build(t, nil)
	zipped := func(size int64) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.Copy(z, &endless{most: size})
		z.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		body     io.Reader
		length   int64
		encoding string
	}{
		"50 MB announced":    {&endless{most: 50 << 20}, 50 << 20, ""},
		"50 MB in chunks":    {&endless{most: 50 << 20}, -1, ""},
		"one byte too much":  {&endless{most: 64<<10 + 1}, 64<<10 + 1, ""},
		"a bomb of 100 MB":   {bytes.NewReader(zipped(100 << 20)), -1, "gzip"},
		"a little gzip bomb": {bytes.NewReader(zipped(1 << 20)), -1, "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/hooks/gong", c.body)
			must(t, err)
			r.ContentLength = c.length
			r.Header.Set("Authorization", "Bearer "+hookSecret)
			if c.encoding != "" {
				r.Header.Set("Content-Encoding", c.encoding)
			}
			a := h.exchange(r)
			a.t = t
			a.want(http.StatusRequestEntityTooLarge, "larger than 65536 bytes").problem()
		})
	}
	if n := h.kept(); n != 0 {
		t.Errorf("%d deliveries were kept", n)
	}
}

// A sender that never looks up before it has written everything still gets its answer.
func TestTooLargeIsReadOffBeforeTheAnswer(t *testing.T) {
	h := build(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	const size = 50 << 20
	_, err = io.WriteString(conn, "POST /hooks/gong HTTP/1.1\r\nHost: clamor\r\nContent-Length: "+strconv.Itoa(size)+"\r\n\r\n")
	must(t, err)
	if n, err := io.Copy(conn, &endless{most: size}); err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", resp.StatusCode)
	}
}

func TestBombIsNotUnpacked(t *testing.T) {
	h := build(t, nil)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.Copy(z, &endless{most: 60 << 20}) // its gzip has less than MaxBody bytes
	must(t, errors.Join(err, z.Close()))
	header := map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Encoding": "gzip"}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h.send(http.MethodPost, "/hooks/gong", b.String(), header).want(http.StatusRequestEntityTooLarge)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 10<<20 {
		t.Errorf("refusing a bomb took %d bytes of memory", n)
	}
}

// A careful sender asks first, and need not send a byte.
func TestTooLargeIsRefusedBeforeItIsSent(t *testing.T) {
	h := build(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = io.WriteString(conn, "POST /hooks/gong HTTP/1.1\r\nHost: clamor\r\nContent-Length: 52428800\r\nExpect: 100-continue\r\n\r\n")
	must(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", resp.StatusCode)
	}
}

func TestGzipIsRead(t *testing.T) {
	h := build(t, nil)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, goodNote)
	must(t, z.Close())
	header := map[string]string{"Authorization": "Bearer " + hookSecret, "Content-Encoding": "gzip"}
	r := h.send(http.MethodPost, "/hooks/gong", b.String(), header).receipt()
	if d := h.delivery(r.Delivery); string(d.Body) != goodNote {
		t.Errorf("kept %q", d.Body)
	}
	h.send(http.MethodPost, "/hooks/gong", b.String()[:b.Len()-10], header).want(http.StatusBadRequest, "gzip")
}

func TestSendersWaitWhenTheStoreIsGone(t *testing.T) {
	h := build(t, nil)
	h.shut()
	a := h.hook("gong", goodNote).want(http.StatusServiceUnavailable)
	if a.header.Get("Retry-After") == "" || strings.Contains(a.body, "sql") {
		t.Errorf("Retry-After %q, body %s", a.header.Get("Retry-After"), a.body)
	}
	h.send(http.MethodGet, "/readyz", "", nil).want(http.StatusServiceUnavailable, "the database does not answer")
	h.send(http.MethodGet, "/healthz", "", nil).want(http.StatusOK)
}

// hanging is a store that takes its time over every delivery.
type hanging struct{ api.Store }

func (hanging) AddDelivery(ctx context.Context, _ clamor.Delivery) (clamor.DeliveryID, bool, error) {
	<-ctx.Done()
	return "", false, ctx.Err()
}

// The most impatient systems give up after three seconds, and count what is answered later as lost.
func TestSendersAreToldToComeAgainWhenTheStoreHangs(t *testing.T) {
	h := build(t, func(o *api.Options) { o.Store = hanging{o.Store} })
	begun := time.Now()
	a := h.hook("gong", goodNote).want(http.StatusServiceUnavailable, "send it again")
	if took := time.Since(begun); took > 2900*time.Millisecond || a.header.Get("Retry-After") == "" {
		t.Errorf("answered after %v with Retry-After %q", took, a.header.Get("Retry-After"))
	}
}

// What was accepted and found dead is no duplicate of its correction.
func TestTheCorrectionOfADeadDeliveryIsKept(t *testing.T) {
	h := build(t, nil)
	header := map[string]string{"Authorization": "Bearer " + hookSecret, "Webhook-Id": "msg_9"}
	first := h.send(http.MethodPost, "/hooks/gong", `{"id":"n1","text":"They need SAML"}`, header).receipt()
	h.work()
	second := h.send(http.MethodPost, "/hooks/gong", goodNote, header).receipt()
	if second.Duplicate || second.Delivery == first.Delivery {
		t.Errorf("the correction of %s is %+v", first.Delivery, second)
	}
	h.work()
	if d := h.delivery(second.Delivery); d.State != clamor.Processed || d.ExternalID != "msg_9" {
		t.Errorf("the correction is %+v", d)
	}
}

func TestTheHashIsOfTheBytesAsTheyCame(t *testing.T) {
	h := build(t, nil)
	d := h.delivery(h.hook("gong", goodNote).receipt().Delivery)
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(goodNote))); d.Hash != want {
		t.Errorf("the hash is %s, want %s", d.Hash, want)
	}
}

func TestAnAddressIsLookedAtInManyWays(t *testing.T) {
	h := build(t, nil)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		if a := h.send(method, "/hooks/gong", "", nil).want(http.StatusMethodNotAllowed); a.header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: Allow is %q", method, a.header.Get("Allow"))
		}
		h.send(method, "/hooks/nowhere", "", nil).want(http.StatusNotFound)
	}
}

// A secret in the address is neither proof by itself nor ever written down, and nobody can pretend to it by a header.
func TestASecretInTheAddressStaysThere(t *testing.T) {
	h := build(t, nil)
	r := h.send(http.MethodPost, "/hooks/gong/"+hookSecret, goodNote, map[string]string{"Authorization": "Bearer " + hookSecret}).receipt()
	h.send(http.MethodPost, "/hooks/gong/guessed", goodNote, nil).want(http.StatusUnauthorized)
	h.send(http.MethodPost, "/hooks/gong", goodNote, map[string]string{"Clamor-Path-Secret": hookSecret}).want(http.StatusUnauthorized)
	h.send(http.MethodPost, "/hooks/gong/"+hookSecret+"/more", goodNote, nil).want(http.StatusNotFound)
	if strings.Contains(h.log.String(), hookSecret) || strings.Contains(fmt.Sprint(h.delivery(r.Delivery).Header), hookSecret) {
		t.Error("the secret was written down")
	}
}

func TestSourceThatSendsTooFastWaits(t *testing.T) {
	noon := time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC)
	h := build(t, func(o *api.Options) { o.HookRate, o.Now = 2, func() time.Time { return noon } })
	h.hook("gong", goodNote).want(http.StatusAccepted)
	h.hook("gong", goodNote).want(http.StatusAccepted)
	a := h.hook("gong", goodNote).want(http.StatusTooManyRequests, "slow down")
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q, want 1", a.header.Get("Retry-After"))
	}
	noon = noon.Add(time.Second)
	h.hook("gong", goodNote).want(http.StatusAccepted)
}

// Many senders at once: each gets its own delivery, and none is lost.
func TestDeliveriesSideBySide(t *testing.T) {
	h := build(t, nil)
	const senders, each = 16, 20
	ids := make([]map[string]bool, senders)
	var all sync.WaitGroup
	for s := range senders {
		ids[s] = map[string]bool{}
		all.Go(func() {
			for n := range each {
				a := h.hook("gong", `{"id":"`+strconv.Itoa(s*each+n)+`","text":"They need SAML","account":{"name":"Northwind"}}`)
				var r receipt
				if json.Unmarshal([]byte(a.body), &r) == nil && a.status == http.StatusAccepted && !r.Duplicate {
					ids[s][r.Delivery] = true
				}
			}
		})
	}
	all.Wait()
	for s := range senders {
		if len(ids[s]) != each {
			t.Errorf("sender %d has %d deliveries, want %d", s, len(ids[s]), each)
		}
	}
	if n := h.kept(); n != senders*each {
		t.Errorf("%d deliveries were kept, want %d", n, senders*each)
	}
}

// Each system asks in its own way whether an address is alive; only after it has proven itself where it sends something.
func TestHandshakesAreAnsweredAndKeptNowhere(t *testing.T) {
	h := build(t, nil)
	must(t, h.db.AddSource(t.Context(), clamor.Source{Name: "chat", Kind: "slack", Secret: "signing", On: true}, "test"))
	must(t, h.db.AddSource(t.Context(), clamor.Source{Name: "bus", Kind: "cloudevents", Secret: "s3cret", On: true}, "test"))
	body, stamp := `{"type":"url_verification","challenge":"c7a11e"}`, strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte("signing"))
	io.WriteString(mac, "v0:"+stamp+":"+body)
	header := map[string]string{"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": fmt.Sprintf("v0=%x", mac.Sum(nil))}
	h.send(http.MethodPost, "/hooks/chat", body, header).want(http.StatusOK, "c7a11e")
	header["X-Slack-Signature"] = "v0=00"
	h.send(http.MethodPost, "/hooks/chat", body, header).want(http.StatusUnauthorized)
	a := h.send(http.MethodOptions, "/hooks/bus", "", map[string]string{"WebHook-Request-Origin": "bus.example"})
	if a.status >= 300 || a.header.Get("WebHook-Allowed-Origin") == "" {
		t.Errorf("the bus may not send: %d, %v", a.status, a.header)
	}
	if n := h.kept(); n != 0 {
		t.Errorf("%d handshakes were kept", n)
	}
}
