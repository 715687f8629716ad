package export

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// GitHubAPI is the address of github.com's API.
const GitHubAPI = "https://api.github.com/"

// GitHubOptions configure a GitHub. Either Token or App must be given; the rest has defaults.
type GitHubOptions struct {
	Token     string
	App       *App
	APIURL    string                                     // GitHubAPI; an Enterprise Server's ends in /api/v3/
	Label     string                                     // the label of the issues: "clamor"
	MaxWait   time.Duration                              // the longest single wait for a limit: 2 minutes
	Transport http.RoundTripper                          // how requests leave: Go's default transport
	Now       func() time.Time                           // time.Now
	Sleep     func(context.Context, time.Duration) error // waits, or ends early with the context's error
	Logger    *slog.Logger                               // for what a person should know but need not act on at once
}

// GitHub publishes documents as issues. It may be used concurrently.
type GitHub struct {
	token *github.Client // nil where an app acts
	app   *App
	under *transport
	base  *url.URL
	label string
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	log   *slog.Logger

	mu        sync.Mutex
	installed map[string]int64 // the app's installations, by repository
	clients   map[int64]*github.Client
	login     string // of the app, once it was asked for
}

// NewGitHub checks the options; it sends nothing.
func NewGitHub(o GitHubOptions) (*GitHub, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	base, err := parseAPIURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	if base.Scheme == "http" && !loopback(base.Hostname()) {
		o.Logger.Warn("the GitHub token travels unencrypted: use an https address", "api_url", base.Redacted())
	}
	g := &GitHub{app: o.App, base: base, label: o.Label, now: o.Now, sleep: o.Sleep, log: o.Logger,
		installed: map[string]int64{}, clients: map[int64]*github.Client{}}
	g.under = &transport{
		http: &http.Client{Transport: o.Transport, CheckRedirect: stay, Timeout: oneTry},
		now:  o.Now, sleep: o.Sleep, maxWait: o.MaxWait, log: o.Logger,
	}
	if o.App == nil {
		g.token = g.through(g.under).WithAuthToken(strings.TrimSpace(o.Token))
		g.token.BaseURL, g.token.UserAgent = base, "clamor"
	}
	return g, nil
}

// check refuses a missing credential, and one that no request could bear.
func (o GitHubOptions) check() error {
	token := strings.TrimSpace(o.Token)
	switch {
	case o.App != nil && token != "":
		return clamor.Errorf(clamor.Invalid, "both a GitHub token and a GitHub App are set: take one of them away")
	case o.App != nil:
		return o.App.check()
	case token == "":
		return clamor.Errorf(clamor.Invalid, "there is no GitHub token: set CLAMOR_GITHUB_TOKEN, or CLAMOR_GITHUB_TOKEN_FILE to a file that holds it; "+
			"a fine-grained token needs the repository permission \"Issues: read and write\"")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return clamor.Errorf(clamor.Invalid, "the GitHub token holds a space or another character no token has: copy it again")
	}
	return nil
}

func (o GitHubOptions) withDefaults() GitHubOptions {
	o.APIURL = cmp.Or(strings.TrimSpace(o.APIURL), GitHubAPI)
	o.Label = cmp.Or(o.Label, "clamor")
	o.MaxWait = cmp.Or(o.MaxWait, 2*time.Minute)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}

// parseAPIURL takes the address as it is, with a final slash: the client's own way for Enterprise would append a path that a
// proxy or a test server does not have.
func parseAPIURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the GitHub API address must look like https://api.github.com/ or https://HOST/api/v3/, without credentials or query")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// parseRepo splits OWNER/NAME.
func parseRepo(repo string) (owner, name string, err error) {
	owner, name, found := strings.Cut(repo, "/")
	bad := func(s string) bool {
		return s == "" || s == "." || s == ".." || strings.ContainsFunc(s, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
		})
	}
	if !found || bad(owner) || bad(name) {
		return "", "", clamor.Errorf(clamor.Invalid, "%q is no repository: write it as OWNER/NAME", repo)
	}
	return owner, name, nil
}
