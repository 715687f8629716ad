package ingest_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

const hookURL = "https://clamor.example/hooks/calls"

func recorder(t testing.TB, kind string) ingest.Adapter {
	t.Helper()
	a, err := ingest.FindAdapter(kind)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func hexMAC(secret, content string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(content))
	return hex.EncodeToString(mac.Sum(nil))
}

// gongSigner makes a key pair as Gong has one, and signs as Gong does.
func gongSigner(t *testing.T) (public string, sign func(claims map[string]any) string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return public, func(claims map[string]any) string {
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload)
		sum := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return text + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
}

// proof is a request that proves a secret, and whether its time counts.
type proof struct {
	kind, secret string
	header       map[string]string
	timed        bool
}

func (p proof) request(body []byte) ingest.Request {
	header := http.Header{}
	for name, value := range p.header {
		header.Set(name, value)
	}
	return ingest.Request{Method: http.MethodPost, URL: hookURL, Header: header, Body: bytes.Clone(body)}
}

func recorderProofs(t *testing.T, body []byte) map[string]proof {
	t.Helper()
	stamp := strconv.FormatInt(noon().Unix(), 10)
	public, sign := gongSigner(t)
	sum := sha256.Sum256(body)
	claims := map[string]any{"webhook_url": "https://CLAMOR.example/hooks/calls/?source=gong", "body_sha256": hex.EncodeToString(sum[:])}
	lasting := map[string]any{"webhook_url": hookURL, "body_sha256": claims["body_sha256"], "iat": noon().Unix(), "exp": noon().Unix() + 290}
	issued := map[string]any{"webhook_url": hookURL, "body_sha256": claims["body_sha256"], "iat": noon().Unix()}
	bare := strings.TrimSpace(strings.NewReplacer("-----BEGIN PUBLIC KEY-----", "", "-----END PUBLIC KEY-----", "").Replace(public))
	mac := hmac.New(sha256.New, []byte("a secret of thirty-two characters"))
	mac.Write([]byte("msg_1." + stamp + "."))
	mac.Write(body)
	standard := map[string]string{"webhook-id": "msg_1", "webhook-timestamp": stamp,
		"webhook-signature": "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
	zoom := map[string]string{"x-zm-request-timestamp": stamp, "x-zm-signature": "v0=" + hexMAC("s3cret", "v0:"+stamp+":"+string(body))}
	return map[string]proof{
		"gong without a time":   {"gong", public, map[string]string{"Authorization": "Bearer " + sign(claims)}, false},
		"gong that expires":     {"gong", public, map[string]string{"Authorization": sign(lasting)}, true},
		"gong that is issued":   {"gong", bare, map[string]string{"Authorization": sign(issued)}, true},
		"gong by its address":   {"gong", "key-of-the-address", map[string]string{"Clamor-Path-Secret": "key-of-the-address"}, false},
		"fathom":                {"fathom", "a secret of thirty-two characters", standard, true},
		"fireflies":             {"fireflies", "s3cret", map[string]string{"X-Hub-Signature": "sha256=" + hexMAC("s3cret", string(body))}, false},
		"fireflies, version 1":  {"fireflies", "s3cret", map[string]string{"X-Hub-Signature": hexMAC("s3cret", string(body))}, false},
		"zoom":                  {"zoom", "s3cret", zoom, true},
		"grain by its address":  {"grain", "s3cret", map[string]string{"Clamor-Path-Secret": "s3cret"}, false},
		"otter by its address":  {"otter", "s3cret", map[string]string{"Clamor-Path-Secret": "s3cret"}, false},
		"buildbetter by bearer": {"buildbetter", "s3cret", map[string]string{"Authorization": "Bearer s3cret"}, false},
	}
}

func TestRecordersProveThemselvesUntilOneThingChanges(t *testing.T) {
	body := []byte(`{"event":"meeting.summarized","meeting_id":"m1"}`)
	for name, p := range recorderProofs(t, body) {
		a := recorder(t, p.kind)
		source := clamor.Source{Kind: p.kind, Secret: p.secret}
		if err := a.Verify(source, p.request(body), noon().Add(4*time.Minute)); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
		refused := func(what string, s clamor.Source, r ingest.Request, now time.Time) {
			t.Helper()
			if err := a.Verify(s, r, now); clamor.KindOf(err) != clamor.Unauthenticated {
				t.Errorf("%s with %s: the answer is %v, want unauthenticated", name, what, err)
			}
		}
		signs := p.header["Clamor-Path-Secret"] == "" && p.kind != "buildbetter"
		if signs {
			changed := p.request(body)
			changed.Body[len(body)-1] ^= 1
			refused("one byte changed", source, changed, noon())
		}
		if p.timed {
			refused("an old time", source, p.request(body), noon().Add(6*time.Minute))
			refused("a time to come", source, p.request(body), noon().Add(-6*time.Minute))
		}
		other := source
		other.Secret = "another"
		if p.kind == "gong" && signs {
			other.Secret, _ = gongSigner(t)
		}
		refused("another secret", other, p.request(body), noon())
		other.Secret = ""
		refused("no secret here", other, p.request(body), noon())
		refused("nothing", source, ingest.Request{Method: http.MethodPost, URL: hookURL, Header: http.Header{}, Body: body}, noon())
	}
}

func TestAGongTokenIsForOneAddressAndOneAlgorithm(t *testing.T) {
	body := []byte(`{}`)
	public, sign := gongSigner(t)
	a, sum := recorder(t, "gong"), sha256.Sum256(body)
	verify := func(token string) error {
		r := ingest.Request{Method: http.MethodPost, URL: hookURL, Header: http.Header{"Authorization": {token}}, Body: body}
		return a.Verify(clamor.Source{Kind: "gong", Secret: public}, r, noon())
	}
	hash := hex.EncodeToString(sum[:])
	for name, token := range map[string]string{
		"another address":   sign(map[string]any{"webhook_url": "https://evil.example/hooks/calls", "body_sha256": hash}),
		"another path":      sign(map[string]any{"webhook_url": hookURL + "2", "body_sha256": hash}),
		"plain HTTP":        sign(map[string]any{"webhook_url": "http://clamor.example/hooks/calls", "body_sha256": hash}),
		"no address":        sign(map[string]any{"body_sha256": hash}),
		"no hash":           sign(map[string]any{"webhook_url": hookURL}),
		"a number for hash": sign(map[string]any{"webhook_url": hookURL, "body_sha256": 7}),
		"no algorithm": base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
			base64.RawURLEncoding.EncodeToString([]byte(`{"webhook_url":"`+hookURL+`","body_sha256":"`+hash+`"}`)) + ".",
		"no token": "Bearer",
	} {
		if err := verify(token); clamor.KindOf(err) != clamor.Unauthenticated {
			t.Errorf("a token with %s: %v, want unauthenticated", name, err)
		}
	}
}

func TestRecordersHandshakesAreAnswered(t *testing.T) {
	ask := func(kind, secret, body string) *ingest.Answer {
		return recorder(t, kind).Handshake(clamor.Source{Kind: kind, Secret: secret},
			ingest.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body)})
	}
	got := ask("zoom", "example-secret", `{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}`)
	want := `{"encryptedToken":"` + hexMAC("example-secret", "abc") + `","plainToken":"abc"}`
	if got == nil || got.Status != http.StatusOK || string(got.Body) != want {
		t.Errorf("Zoom's challenge gets %+v, want %s", got, want)
	}
	if got := ask("gong", "k", `{"isTest":true,"callData":{}}`); got == nil || got.Status != http.StatusOK {
		t.Errorf("Gong's test gets %+v", got)
	}
	deliveries := map[string]string{"zoom": `{"event":"recording.completed","payload":{"plainToken":"abc"}}`, "gong": `{"isTest":false}`}
	for kind, body := range deliveries {
		if got := ask(kind, "s", body); got != nil {
			t.Errorf("a delivery of %s is answered as a handshake: %+v", kind, got)
		}
	}
}

func TestZoomsSecretsAreNotKept(t *testing.T) {
	body, err := os.ReadFile("testdata/zoom/transcript-completed.in")
	if err != nil {
		t.Fatal(err)
	}
	d := ingest.NewDelivery(clamor.Source{Name: "z", Kind: "zoom"}, http.Header{}, body, noon())
	for _, secret := range []string{"example.download.token", "132456"} {
		if !bytes.Contains(body, []byte(secret)) || bytes.Contains(d.Body, []byte(secret)) {
			t.Errorf("%q is kept, or was never there", secret)
		}
	}
}

func TestARecordersDeliveryIsKnownAgain(t *testing.T) {
	id := func(kind string, header http.Header, body string) string {
		return recorder(t, kind).DeliveryID(header, []byte(body))
	}
	for _, c := range []struct{ got, want string }{
		{id("fireflies", nil, `{"event":"meeting.transcribed","meeting_id":"m1","timestamp":1}`), "m1:meeting.transcribed"},
		{id("fireflies", nil, `{"eventType":"Transcription completed","meetingId":"m1"}`), "m1:Transcription completed"},
		{id("zoom", nil, `{"event":"e","event_ts":5,"payload":{"object":{"uuid":"u=="}}}`), "e:u==:5"},
		{id("zoom", nil, `{"event":"e","event_ts":5,"payload":{"object":{"meeting_uuid":"u=="}}}`), "e:u==:5"},
		{id("zoom", nil, `{"event":"e"}`), ""},
		{id("fathom", http.Header{"Webhook-Id": {"msg_1"}}, `{}`), "msg_1"},
	} {
		if c.got != c.want {
			t.Errorf("the delivery's id is %q, want %q", c.got, c.want)
		}
	}
}
