package export_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clamor"
	"clamor/api/export"
)

// fakeApp is what GitHub knows of one app: its key, and where it is installed.
type fakeApp struct {
	key       *rsa.PublicKey
	installed bool
	refuse    int // the status with which no token is given
	tokens    []string
}

func (a *fakeApp) gave(credential string) bool {
	return slices.Contains(a.tokens, strings.TrimPrefix(credential, "token "))
}

// route answers what only the app itself may ask, signed with its key.
func (a *fakeApp) route(w http.ResponseWriter, r *http.Request) bool {
	token := r.URL.Path == "/app/installations/77/access_tokens" && r.Method == "POST"
	asking := (strings.HasSuffix(r.URL.Path, "/installation") || r.URL.Path == "/app") && r.Method == "GET"
	switch {
	case !token && !asking:
		return false
	case !a.signed(r.Header.Get("Authorization")):
		refuse(w, 401, "github-error-401.json")
	case !a.installed:
		refuse(w, 404, "github-error-404.json")
	case asking:
		reply(w, 200, map[string]any{"id": 77, "slug": "clamor"})
	case a.refuse != 0:
		reply(w, a.refuse, map[string]any{"message": "no"})
	default:
		a.tokens = append(a.tokens, fmt.Sprintf("ghs_%d", len(a.tokens)+1))
		reply(w, 201, map[string]any{"token": a.tokens[len(a.tokens)-1], "expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
	}
	return true
}

// signed checks a token of the app's own as the standard says it is made: RS256 over header and claims, for no more than ten minutes.
func (a *fakeApp) signed(credential string) bool {
	part := strings.Split(strings.TrimPrefix(credential, "Bearer "), ".")
	if len(part) != 3 {
		return false
	}
	read := func(text string, into any) bool {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		return err == nil && json.Unmarshal(raw, into) == nil
	}
	var head struct{ Alg string }
	var claims struct {
		Iss      string
		Iat, Exp int64
	}
	signature, err := base64.RawURLEncoding.DecodeString(part[2])
	if err != nil || !read(part[0], &head) || !read(part[1], &claims) || head.Alg != "RS256" || claims.Iss != "4711" {
		return false
	}
	now := time.Now().Unix()
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	return claims.Iat <= now && claims.Exp > now && claims.Exp-claims.Iat <= 600 && rsa.VerifyPKCS1v15(a.key, crypto.SHA256, sum[:], signature) == nil
}

var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// asApp lets an app act instead of a person's token.
func asApp(installation int64) func(*export.GitHubOptions) {
	return func(o *export.GitHubOptions) {
		text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appKey())})
		o.Token, o.App = "", &export.App{ID: 4711, Installation: installation, Key: text}
	}
}

func newAppFake(t *testing.T) *fakeGitHub {
	f := newFake(t)
	f.app, f.login = &fakeApp{key: &appKey().PublicKey, installed: true}, "clamor[bot]"
	return f
}

func TestAppPublishesWithItsInstallationsToken(t *testing.T) {
	for name, installation := range map[string]int64{"installation given": 77, "installation found": 0} {
		t.Run(name, func(t *testing.T) {
			f := newAppFake(t)
			g := f.publisher(t, newClock(), asApp(installation))
			for range 2 {
				publish(t, g, longReport(90), nil)
			}
			wantOne(t, f, rendered(longReport(90))(false))
			if len(f.app.tokens) != 1 {
				t.Errorf("%d tokens were asked for, want one for the hour", len(f.app.tokens))
			}
		})
	}
}

// In public anybody can have a bot write our marker: only what our own App wrote is ours.
func TestAppTrustsNoOtherBotInPublic(t *testing.T) {
	f := newAppFake(t)
	f.private, f.push = false, false
	g := f.publisher(t, newClock(), asApp(0))
	bot := func(login string) map[string]any { return map[string]any{"login": login, "type": "Bot"} }
	f.add("Echo", "<!-- clamor:2026Q4 part=1 names=hidden -->\n\nlook here").User = bot("echo[bot]")
	result, err := g.Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if err != nil || result.Number != 2 || !strings.Contains(f.issues[0].Body, "look here") {
		t.Fatalf("%v, issue %d; theirs: %q", err, result.Number, f.issues[0].Body)
	}
	f.issues[1].User = bot("clamor[bot]")
	again, err := f.publisher(t, newClock(), asApp(0)).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if err != nil || again.Number != 2 || again.Outcome != export.Unchanged {
		t.Errorf("%v, issue %d %s", err, again.Number, again.Outcome)
	}
}

// An Enterprise server has its API below a path, and the app's tokens come from there too.
func TestAppOfAnEnterpriseServerAsksThereForItsToken(t *testing.T) {
	f := newAppFake(t)
	outside := 0
	f.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, inside := strings.CutPrefix(r.URL.Path, "/api/v3")
		if !inside {
			outside++
		}
		r.URL.Path = rest
		f.ServeHTTP(w, r)
	})
	g := f.publisher(t, newClock(), asApp(0), func(o *export.GitHubOptions) { o.APIURL = f.server.URL + "/api/v3" })
	publish(t, g, sampleReport(), nil)
	wantOne(t, f, rendered(sampleReport())(false))
	if outside > 0 {
		t.Errorf("%d requests went beside the server's API", outside)
	}
}

func TestAppThatMayNotActSaysWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fakeApp)
		given  int64
		kind   clamor.Kind
		says   string
	}{
		"not installed":      {func(a *fakeApp) { a.installed = false }, 0, clamor.NotFound, "is not installed on acme/roadmap"},
		"no such number":     {func(a *fakeApp) { a.installed = false }, 77, clamor.NotFound, "no such installation"},
		"another key":        {func(a *fakeApp) { a.key = &rsa.PublicKey{N: a.key.N, E: 3} }, 77, clamor.Forbidden, "does not accept the App's key"},
		"suspended":          {func(a *fakeApp) { a.refuse = 403 }, 77, clamor.Forbidden, "may be suspended"},
		"a fault of GitHub":  {func(a *fakeApp) { a.refuse = 502 }, 77, clamor.Unavailable, "fault of its own"},
		"another key, found": {func(a *fakeApp) { a.key = &rsa.PublicKey{N: a.key.N, E: 3} }, 0, clamor.Forbidden, "does not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newAppFake(t)
			test.change(f.app)
			_, err := f.publisher(t, newClock(), asApp(test.given)).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
			if clamor.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) || len(f.issues) > 0 {
				t.Errorf("%v of kind %d with %d issues, want one that says %q", err, clamor.KindOf(err), len(f.issues), test.says)
			}
		})
	}
}

// The app's key signs for GitHub alone: a redirected request for a token is not sent on.
func TestAppsTokenIsNotAskedForElsewhere(t *testing.T) {
	f, other := newAppFake(t), newAppFake(t)
	f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/access_tokens") {
			http.Redirect(w, r, strings.Replace(other.server.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	_, err := f.publisher(t, newClock(), asApp(77)).Publish(t.Context(), "acme/roadmap", rendered(sampleReport()), nil)
	if err == nil || !strings.Contains(err.Error(), "redirects to localhost") || len(other.requests) > 0 {
		t.Errorf("%v, and the other host got %v", err, other.requests)
	}
}

// A limit on the app's own requests is waited out like every other.
func TestAppWaitsOutTheLimitOnItsToken(t *testing.T) {
	f, c := newAppFake(t), newClock()
	f.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 && strings.HasSuffix(r.URL.Path, "/access_tokens") {
			w.Header().Set("Retry-After", "17")
			refuse(w, 429, "github-error-403-secondary.json")
			return true
		}
		return false
	}
	publish(t, f.publisher(t, c, asApp(77)), sampleReport(), nil)
	if wantOne(t, f, rendered(sampleReport())(false)); !c.sleptFor(17 * time.Second) {
		t.Errorf("slept %v, want the 17 seconds that GitHub asked for", c.slept)
	}
}

func TestCredentialsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appKey())})
	for says, o := range map[string]export.GitHubOptions{
		"there is no GitHub token":    {},
		"both a GitHub token and":     {Token: "t", App: &export.App{ID: 1, Key: key}},
		"App's id is missing":         {App: &export.App{Key: key}},
		"private key cannot be read":  {App: &export.App{ID: 1, Key: []byte("-----BEGIN NOTHING-----")}},
		"holds a space or another ch": {Token: "a b"},
	} {
		if _, err := export.NewGitHub(o); clamor.KindOf(err) != clamor.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want one that says %q", err, says)
		}
	}
}
