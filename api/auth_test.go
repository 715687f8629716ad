package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api"
)

// roles says who may do what over JSON. It repeats the table of routes on purpose: who changes one must mean it.
var roles = map[string]clamor.Role{
	"GET /api/v1/me":                           clamor.Viewer,
	"GET /api/v1/list":                         clamor.Viewer,
	"GET /api/v1/features/:id":                 clamor.Viewer,
	"PATCH /api/v1/features/:id":               clamor.PM,
	"GET /api/v1/notes/:id":                    clamor.Viewer,
	"POST /api/v1/notes":                       clamor.Reporter,
	"POST /api/v1/rulings":                     clamor.PM,
	"POST /api/v1/notes/:id/asks":              clamor.PM,
	"GET /api/v1/triage":                       clamor.PM,
	"DELETE /api/v1/rulings/:id":               clamor.PM,
	"GET /api/v1/accounts/:id":                 clamor.Viewer,
	"PUT /api/v1/accounts/:id":                 clamor.PM,
	"POST /api/v1/quarters/:quarter/freeze":    clamor.PM,
	"GET /api/v1/quarters/:quarter/export":     clamor.PM,
	"POST /api/v1/quarters/:quarter/export":    clamor.PM,
	"POST /api/v1/features/:id/links":          clamor.PM,
	"DELETE /api/v1/features/:id/links":        clamor.PM,
	"GET /api/v1/proposals":                    clamor.Viewer,
	"POST /api/v1/proposals/:id":               clamor.PM,
	"GET /api/v1/settings/ranking":             clamor.Viewer,
	"PUT /api/v1/settings/ranking":             clamor.Admin,
	"GET /api/v1/settings/ranking/versions":    clamor.Viewer,
	"POST /api/v1/settings/ranking/preview":    clamor.PM,
	"GET /api/v1/settings/deduper":             clamor.Viewer,
	"PUT /api/v1/settings/deduper":             clamor.Admin,
	"GET /api/v1/settings/deduper/versions":    clamor.Viewer,
	"POST /api/v1/settings/deduper/try":        clamor.PM,
	"GET /api/v1/doubts":                       clamor.PM,
	"GET /api/v1/lab":                          clamor.PM,
	"GET /api/v1/deliveries":                   clamor.Admin,
	"GET /api/v1/deliveries/:id":               clamor.Reporter,
	"POST /api/v1/deliveries/:id/replay":       clamor.PM,
	"GET /api/v1/accounts/ambiguous":           clamor.PM,
	"POST /api/v1/accounts/ambiguous/:id":      clamor.PM,
	"POST /api/v1/accounts/:id/merge":          clamor.PM,
	"DELETE /api/v1/accounts/:id/merge":        clamor.PM,
	"GET /api/v1/sources":                      clamor.Admin,
	"GET /api/v1/imports":                      clamor.Admin,
	"POST /api/v1/imports":                     clamor.Admin,
	"GET /api/v1/imports/:id":                  clamor.Admin,
	"POST /api/v1/imports/:id":                 clamor.Admin,
	"POST /api/v1/sources":                     clamor.Admin,
	"PATCH /api/v1/sources/:id":                clamor.Admin,
	"POST /api/v1/sources/:id/replay":          clamor.Admin,
	"POST /api/v1/sources/:id/try":             clamor.Admin,
	"POST /api/v1/sources/:id/mapping":         clamor.Admin,
	"POST /api/v1/sources/:id/pull":            clamor.Admin,
	"GET /api/v1/source-kinds":                 clamor.Admin,
	"GET /api/v1/promises":                     clamor.Viewer,
	"POST /api/v1/promises":                    clamor.Reporter,
	"PATCH /api/v1/promises/:id":               clamor.PM,
	"GET /api/v1/accounts/:id/brief":           clamor.Viewer,
	"GET /api/v1/quarters":                     clamor.Viewer,
	"GET /api/v1/quarters/:quarter/revisions":  clamor.Viewer,
	"POST /api/v1/quarters/:quarter/revisions": clamor.PM,
	"GET /api/v1/quarters/:quarter/verify":     clamor.Viewer,
	"GET /api/v1/quarters/:quarter/checklist":  clamor.PM,
	"GET /api/v1/quarters/compare":             clamor.Viewer,
	"GET /api/v1/people":                       clamor.Admin,
	"POST /api/v1/people":                      clamor.Admin,
	"GET /api/v1/people/:id":                   clamor.Admin,
	"PATCH /api/v1/people/:id":                 clamor.Admin,
	"DELETE /api/v1/people/:id":                clamor.Admin,
	"POST /api/v1/people/:id/link":             clamor.Admin,
	"DELETE /api/v1/people/:id/link":           clamor.Admin,
	"DELETE /api/v1/people/:id/sessions":       clamor.Admin,
	"GET /api/v1/tokens":                       clamor.Admin,
	"POST /api/v1/tokens":                      clamor.Admin,
	"DELETE /api/v1/tokens/:id":                clamor.Admin,
	"GET /api/v1/teams":                        clamor.Viewer,
	"POST /api/v1/teams":                       clamor.PM,
	"PATCH /api/v1/teams":                      clamor.PM,
	"DELETE /api/v1/teams":                     clamor.PM,
	"GET /api/v1/audit":                        clamor.Admin,
	"GET /api/v1/views":                        clamor.Viewer,
	"POST /api/v1/views":                       clamor.Viewer,
	"DELETE /api/v1/views/:id":                 clamor.Viewer,
	"POST /api/v1/edits":                       clamor.PM,
	"DELETE /api/v1/edits/:id":                 clamor.PM,
}

func TestEveryJSONRouteHasItsRole(t *testing.T) {
	h := build(t, nil)
	seen := map[string]bool{}
	for _, line := range h.server.RouteLines() {
		name := line.Method + " " + line.Path
		if line.JSON && roles[name] != line.Needs {
			t.Errorf("%s needs %q, want %q", name, line.Needs, roles[name])
		}
		seen[name] = true
	}
	for name := range roles {
		if !seen[name] {
			t.Errorf("%s is not served", name)
		}
	}
}

// open are the routes without a role: probes, the hooks with their own secrets, and the way in.
var open = []string{"POST /hooks/:source", "GET /hooks/:source", "OPTIONS /hooks/:source", "POST /hooks/:source/:secret",
	"GET /hooks/:source/:secret", "OPTIONS /hooks/:source/:secret", "GET /healthz", "GET /readyz", "GET /metrics", "GET /api/openapi.yaml", "GET /signin", "POST /signout", "GET /join", "POST /join",
	"GET /problems/:kind"}

// Every route lets in who may and nobody else, whatever it is asked for.
func TestEveryRouteChecksTheRole(t *testing.T) {
	h := build(t, nil)
	for _, line := range h.server.RouteLines() {
		name, path := line.Method+" "+line.Path, strings.NewReplacer(":id", "x", ":quarter", "soon", ":", "").Replace(line.Path)
		if line.Needs == "" {
			if !slices.Contains(open, name) && !strings.HasPrefix(line.Path, "/static/") {
				t.Errorf("%s is open to everybody", name)
			}
			continue
		}
		if a := h.send(line.Method, path, "", nil); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a credential is %d, want 401", name, a.status)
		}
		if a := h.send(line.Method, path, "", map[string]string{"Authorization": "Bearer clamor_guess"}); a.status != http.StatusUnauthorized {
			t.Errorf("%s with a guessed token is %d, want 401", name, a.status)
		}
		for role, token := range h.tokens {
			a := h.send(line.Method, path, "", map[string]string{"Authorization": "Bearer " + token})
			refused := a.status == http.StatusForbidden || a.status == http.StatusUnauthorized
			if refused == role.May(line.Needs) {
				t.Errorf("%s as %s is %d, and needs %s", name, role, a.status, line.Needs)
			}
		}
	}
}

func TestRefusedRoleSaysWhichIsNeeded(t *testing.T) {
	h := build(t, nil)
	h.call(clamor.Viewer, http.MethodPost, "/api/v1/rulings", `{}`, nil).want(http.StatusForbidden, "needs the role pm", "Tess viewer is viewer").problem()
	h.call("", http.MethodGet, "/api/v1/list", "", map[string]string{"Authorization": "Basic dTpw"}).want(http.StatusUnauthorized, "Bearer TOKEN")
	a := h.call("", http.MethodGet, "/api/v1/list", "", nil).want(http.StatusUnauthorized, "clamor token create")
	if a.header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
}

// link makes a one-time sign-in link and gives its path.
func (h *house) link(role clamor.Role, life time.Duration) string {
	h.t.Helper()
	text, hash := api.NewSecret("signin_")
	must(h.t, h.db.AddSignIn(h.t.Context(), "Ann", role, hash, time.Now().Add(life)))
	return "/signin?token=" + text
}

// signIn signs in and gives the header with the session's cookie.
func (h *house) signIn(role clamor.Role) map[string]string {
	h.t.Helper()
	a := h.send(http.MethodGet, h.link(role, time.Hour), "", nil).want(http.StatusSeeOther)
	return map[string]string{"Cookie": strings.Split(a.header.Get("Set-Cookie"), ";")[0]}
}

func TestSignInByLink(t *testing.T) {
	h := build(t, nil)
	link := h.link(clamor.PM, time.Hour)
	h.send(http.MethodHead, link, "", nil) // as a chat program does that shows a preview
	a := h.send(http.MethodGet, link+"&next=/features/x", "", nil).want(http.StatusSeeOther)
	cookie := a.header.Get("Set-Cookie")
	for _, word := range []string{"clamor_session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, word) {
			t.Errorf("the cookie %q lacks %s", cookie, word)
		}
	}
	if strings.Contains(cookie, "Secure") || a.header.Get("Location") != "/features/x" {
		t.Errorf("cookie %q, Location %q", cookie, a.header.Get("Location"))
	}
	session := map[string]string{"Cookie": strings.Split(cookie, ";")[0]}
	h.call("", http.MethodGet, "/api/v1/me", "", session).want(http.StatusOK, `"name":"Ann"`, `"role":"pm"`)
	_, token, _ := strings.Cut(session["Cookie"], "=")
	if _, found, err := h.db.FindCtx(t.Context(), token); found || err != nil {
		t.Errorf("the database knows the session by its cookie (%v): whoever reads it could sign in", err)
	}
	h.send(http.MethodGet, link, "", session).want(http.StatusSeeOther) // a second click of somebody who is in
	h.send(http.MethodGet, link, "", nil).want(http.StatusUnauthorized, "clamor signin")
	h.send(http.MethodGet, h.link(clamor.PM, -time.Second), "", nil).want(http.StatusUnauthorized, "clamor signin")
	h.send(http.MethodGet, "/signin?token=guess", "", nil).want(http.StatusUnauthorized, "clamor signin")
	h.send(http.MethodGet, "/signin", "", nil).want(http.StatusUnauthorized, "clamor signin")
	if strings.Contains(h.log.String(), strings.TrimPrefix(link, "/signin?token=")) {
		t.Error("the log holds the token of a sign-in link")
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	h := build(t, nil)
	session := h.signIn(clamor.PM)
	h.send(http.MethodPost, "/signout", "", session).want(http.StatusSeeOther)
	h.call("", http.MethodGet, "/api/v1/me", "", session).want(http.StatusUnauthorized)
}

func TestCookieIsSecureBehindHTTPS(t *testing.T) {
	h := build(t, func(o *api.Options) { o.PublicURL = "https://clamor.example" })
	a := h.send(http.MethodGet, h.link(clamor.PM, time.Hour), "", nil).want(http.StatusSeeOther)
	if !strings.Contains(a.header.Get("Set-Cookie"), "Secure") || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("headers %v", a.header)
	}
}

// Another site's page cannot act with a visitor's session; a program with a token and a sender of webhooks are no browsers.
func TestAnotherSiteCannotAct(t *testing.T) {
	h := build(t, nil)
	session := h.signIn(clamor.PM)
	session["Sec-Fetch-Site"] = "cross-site"
	h.call("", http.MethodPost, "/api/v1/rulings", `{}`, session).want(http.StatusForbidden, "another site").problem()
	h.call("", http.MethodGet, "/api/v1/me", "", session).want(http.StatusOK)
	h.send(http.MethodPost, "/signout", "", session).want(http.StatusForbidden)
	session["Sec-Fetch-Site"] = "same-origin"
	h.call("", http.MethodPost, "/api/v1/rulings", `{}`, session).want(http.StatusBadRequest)
	cross := map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
	h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", `{}`, cross).want(http.StatusBadRequest)
	cross["Authorization"] = "Bearer " + hookSecret
	h.send(http.MethodPost, "/hooks/gong", goodNote, cross).want(http.StatusAccepted)
}

func TestNextLeadsNowhereElse(t *testing.T) {
	for next, want := range map[string]string{
		"/features/x?q=1": "/features/x?q=1", "": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "features": "/", "/%2fevil.example": "/%2fevil.example", "/a\r\nb": "/", "/\tevil": "/",
	} {
		if got := api.LocalPath(next); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestSecretsAreLongAndKnownByTheirHash(t *testing.T) {
	text, hash := api.NewSecret(api.TokenPrefix)
	other, _ := api.NewSecret(api.TokenPrefix)
	if text == other || !strings.HasPrefix(text, "clamor_") || len(text) < 50 || len(hash) != 64 || strings.Contains(text, hash) {
		t.Errorf("made %q known by %q", text, hash)
	}
}
