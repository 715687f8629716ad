package export

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"

	"clamor"
)

// App is a GitHub App that acts for Clamor instead of a person's token.
type App struct {
	ID           int64
	Installation int64  // 0: the one that holds the repository is asked for
	Key          []byte // a private key of the app, in PEM
}

// check refuses an app that could never sign in.
func (a App) check() error {
	if a.ID <= 0 {
		return clamor.Errorf(clamor.Invalid, "the GitHub App's id is missing: it stands on the App's settings page; set CLAMOR_GITHUB_APP_ID")
	}
	if _, err := ghinstallation.NewAppsTransport(nil, a.ID, a.Key); err != nil {
		return clamor.Errorf(clamor.Invalid, "the GitHub App's private key cannot be read: set CLAMOR_GITHUB_APP_KEY_FILE to the .pem file "+
			"that GitHub gave for the App (%w)", err)
	}
	return nil
}

// connect makes a client for a repository, with the token or as the app's installation that holds the repository.
func (g *GitHub) connect(ctx context.Context, owner, name string) (*github.Client, error) {
	if g.app == nil {
		return g.token, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	installation := g.app.Installation
	if installation == 0 {
		known, found := g.installed[owner+"/"+name]
		if !found {
			var err error
			if known, err = g.findInstallation(ctx, owner, name); err != nil {
				return nil, err
			}
			g.installed[owner+"/"+name] = known
		}
		installation = known
	}
	if client, found := g.clients[installation]; found {
		return client, nil
	}
	app, err := g.asApp()
	if err != nil {
		return nil, err
	}
	as := ghinstallation.NewFromAppsTransport(app, installation)
	as.BaseURL = app.BaseURL
	client := g.through(as)
	g.clients[installation] = client
	return client, nil
}

// asApp signs requests as the app itself. Each installation has one of its own: they write to it.
func (g *GitHub) asApp() (*ghinstallation.AppsTransport, error) {
	app, err := ghinstallation.NewAppsTransport(g.under, g.app.ID, g.app.Key)
	if err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the GitHub App's private key cannot be read: %w", err)
	}
	app.BaseURL = strings.TrimSuffix(g.base.String(), "/")
	return app, nil
}

func (g *GitHub) findInstallation(ctx context.Context, owner, name string) (int64, error) {
	app, err := g.asApp()
	if err != nil {
		return 0, err
	}
	found, _, err := g.through(app).Apps.FindRepositoryInstallation(ctx, owner, name)
	if status(err) == http.StatusNotFound {
		return 0, &clamor.Error{Kind: clamor.NotFound, Err: err, Message: "the GitHub App is not installed on " + owner + "/" + name +
			": install it there from the App's page, and choose this repository"}
	}
	if err != nil {
		return 0, (&publishing{GitHub: g, repo: owner + "/" + name}).explain(ctx, "looking for the App's installation", err)
	}
	return found.GetID(), nil
}

// appLogin is what the app is called where it writes.
func (g *GitHub) appLogin(ctx context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.login != "" {
		return g.login, nil
	}
	app, err := g.asApp()
	if err != nil {
		return "", err
	}
	self, _, err := g.through(app).Apps.Get(ctx, "")
	if err != nil {
		return "", err
	}
	g.login = self.GetSlug() + "[bot]"
	return g.login, nil
}

func (g *GitHub) through(transport http.RoundTripper) *github.Client {
	client := github.NewClient(&http.Client{Transport: transport})
	client.BaseURL, client.UserAgent = g.base, "clamor"
	return client
}

// keyless tells of a token that GitHub did not give to the app. ok is false for any other failure.
func keyless(err error) (kind clamor.Kind, text string, ok bool) {
	var failed *ghinstallation.HTTPError
	if !errors.As(err, &failed) || failed.Response == nil {
		return 0, "", false
	}
	_ = failed.Response.Body.Close()
	switch code := failed.Response.StatusCode; {
	case code == http.StatusUnauthorized:
		return clamor.Forbidden, "GitHub does not accept the App's key: check the App's id, that the key is one of this App, and this machine's clock", true
	case code == http.StatusForbidden:
		return clamor.Forbidden, "GitHub refuses the App: its installation may be suspended, or new permissions wait to be accepted", true
	case code == http.StatusNotFound:
		return clamor.NotFound, "there is no such installation of the App: check its number, or leave it out to have it found", true
	case code >= 500:
		return clamor.Unavailable, "GitHub has a fault of its own and gave the App no token: run it again later; nothing is made twice", true
	}
	return clamor.Unavailable, "GitHub gave the App no token (" + failed.Response.Status + ")", true
}
