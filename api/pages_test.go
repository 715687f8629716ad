package api_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api"
)

// browser is a person's session: it keeps cookies, follows redirects, and sends what a form would send.
type browser struct {
	*house
	client *http.Client
}

// visit opens a one-time link for a role.
func (h *house) visit(role clamor.Role) browser {
	h.t.Helper()
	b := h.stranger()
	b.open(h.invitation(role)).want(http.StatusOK, "Sign out", "<b dir=\"auto\">Pat</b>", string(role))
	return b
}

// stranger is a browser in which nobody is signed in.
func (h *house) stranger() browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	must(h.t, err)
	return browser{h, &http.Client{Jar: jar, Transport: h.client.Transport}}
}

// invitation is a link that signs Pat in, once.
func (h *house) invitation(role clamor.Role) string {
	h.t.Helper()
	text, hash := api.NewSecret("signin_")
	must(h.t, h.db.AddSignIn(h.t.Context(), "Pat", role, hash, time.Now().Add(time.Hour)))
	return "/signin?token=" + text
}

func (b browser) do(r *http.Request) answer {
	b.t.Helper()
	h := *b.house
	h.client = b.client
	return h.exchange(r)
}

func (b browser) open(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	must(b.t, err)
	return b.do(r)
}

func (b browser) submit(path string, fields ...string) answer {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(v.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// find gives what a pattern's group matches in the answer.
func (a answer) find(pattern string) string {
	a.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("nothing fits %s in %s", pattern, a.body)
	}
	return m[1]
}

// lacks checks that none of the words stand in the body.
func (a answer) lacks(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			a.t.Errorf("the answer holds %q: %s", w, a.body)
		}
	}
	return a
}

// feature finds a feature of the list by its title.
func (b browser) feature(title string) clamor.FeatureID {
	b.t.Helper()
	return clamor.FeatureID(b.open("/").want(http.StatusOK).find(`href="/features/([^"?#]+)[^>]*>` + regexp.QuoteMeta(title) + `<`))
}

func TestAPersonSignsInByALinkThatWorksOnce(t *testing.T) {
	h := build(t, nil)
	link := h.invitation(clamor.PM)
	h.send(http.MethodGet, "/", "", nil).want(http.StatusUnauthorized, "Sign in", "clamor signin").lacks("Sign out")
	first := h.send(http.MethodGet, link, "", nil).want(http.StatusSeeOther)
	if cookie := first.header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the session's cookie is %q", cookie)
	}
	h.send(http.MethodGet, link, "", nil).want(http.StatusUnauthorized, "has been used")
	b := h.visit(clamor.PM)
	b.submit("/signout").want(http.StatusUnauthorized, "Sign in")
	b.open("/").want(http.StatusUnauthorized)
}

func TestEveryPageChecksTheRole(t *testing.T) {
	h := build(t, nil)
	h.feed()
	people := map[clamor.Role]browser{}
	roles := []clamor.Role{clamor.Viewer, clamor.Reporter, clamor.PM, clamor.Admin}
	for _, r := range roles {
		people[r] = h.visit(r)
	}
	id := string(people[clamor.PM].feature("SAML single sign-on"))
	page := people[clamor.PM].open("/features/" + id)
	ask, note, account := page.find(`id="ask-([^"]+)"`), page.find(`href="/notes/(note_[^"#]+)`), page.find(`href="/accounts/([^"]+)`)
	delivery := people[clamor.Admin].open("/notes/" + note).find(`href="/deliveries/([^"]+)`)
	quarter := "/quarters/" + clamor.QuarterOf(clamor.DateOf(time.Now()), 0).String() + "/freeze"
	for _, c := range []struct {
		method, path string
		needs        clamor.Role
	}{
		{"GET", "/", clamor.Viewer}, {"GET", "/list.csv", clamor.Viewer}, {"GET", "/list.md", clamor.Viewer}, {"GET", "/features/" + id, clamor.Viewer},
		{"GET", "/notes/" + note, clamor.Viewer}, {"GET", "/accounts/" + account, clamor.Viewer}, {"GET", quarter, clamor.PM},
		{"GET", "/features/" + id + "/merge", clamor.PM}, {"GET", "/features/" + id + "/asks/" + ask + "/move", clamor.PM},
		{"GET", "/my-notes", clamor.Reporter}, {"GET", "/notes/new", clamor.Reporter}, {"POST", "/notes/new", clamor.Reporter}, {"GET", "/accounts", clamor.Viewer},
		{"GET", "/accounts/names", clamor.Reporter}, {"POST", "/list/status", clamor.PM}, {"POST", "/edits/edit_x/undo", clamor.PM}, {"POST", "/features/" + id + "/asks", clamor.PM},
		{"GET", "/triage", clamor.PM}, {"POST", "/triage", clamor.PM}, {"POST", "/triage/mode", clamor.PM},
		{"GET", "/deliveries", clamor.Admin}, {"GET", "/deliveries/" + delivery, clamor.Admin},
		{"GET", "/deliveries/" + delivery + "/raw", clamor.Admin}, {"POST", "/deliveries/" + delivery + "/replay", clamor.Admin}, {"GET", "/sources", clamor.Admin},
		{"GET", "/sources/new", clamor.Admin}, {"POST", "/sources/new", clamor.Admin}, {"GET", "/sources/gong", clamor.Admin}, {"POST", "/sources/gong", clamor.Admin},
		{"GET", "/sources/gong/arrival", clamor.Admin}, {"POST", "/sources/gong/secret", clamor.Admin}, {"POST", "/sources/gong/switch", clamor.Admin}, {"POST", "/sources/gong/pull", clamor.Admin},
		{"POST", "/sources/gong/replay", clamor.Admin}, {"GET", "/sources/gong/mapping", clamor.Admin}, {"POST", "/sources/gong/mapping", clamor.Admin},
		{"POST", quarter, clamor.PM}, {"POST", "/features/" + id, clamor.PM}, {"POST", "/features/" + id + "/merge", clamor.PM},
		{"POST", "/features/" + id + "/asks/" + ask + "/move", clamor.PM}, {"POST", "/features/" + id + "/asks/" + ask + "/split", clamor.PM},
		{"POST", "/features/" + id + "/asks/" + ask + "/confirm", clamor.PM}, {"POST", "/features/" + id + "/asks/" + ask + "/not-an-ask", clamor.PM},
		{"POST", "/rulings/ruling_x/undo", clamor.PM}, {"GET", "/list/print", clamor.Viewer}, {"GET", strings.TrimSuffix(quarter, "freeze") + "export", clamor.PM},
		{"POST", strings.TrimSuffix(quarter, "freeze") + "export", clamor.PM}, {"POST", "/features/" + id + "/links", clamor.PM},
		{"POST", "/features/" + id + "/links/drop", clamor.PM}, {"POST", "/proposals/event_x", clamor.PM},
		{"POST", "/sample", clamor.Admin}, {"POST", "/sample/remove", clamor.Admin},
		{"GET", "/imports", clamor.Admin}, {"POST", "/imports", clamor.Admin}, {"GET", "/imports/new", clamor.Admin}, {"POST", "/imports/x/columns", clamor.Admin},
		{"POST", "/imports/x/start", clamor.Admin}, {"POST", "/imports/x/drop", clamor.Admin},
		{"GET", "/accounts/ambiguous", clamor.PM}, {"POST", "/accounts/ambiguous/x", clamor.PM}, {"GET", "/accounts/" + account + "/merge", clamor.PM},
		{"POST", "/accounts/" + account + "/merge", clamor.PM}, {"POST", "/accounts/" + account + "/unmerge", clamor.PM},
	} {
		h.send(c.method, c.path, "", nil).want(http.StatusUnauthorized)
		for _, role := range roles {
			switch {
			case !role.May(c.needs) && c.method == "POST":
				people[role].submit(c.path).want(http.StatusForbidden, string(c.needs))
			case !role.May(c.needs):
				people[role].open(c.path).want(http.StatusForbidden, string(c.needs))
			case c.method == "GET":
				a := people[role].open(c.path).want(http.StatusOK)
				if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
					t.Errorf("%s is served under the policy %q", c.path, csp)
				}
			}
		}
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	id := b.feature("SAML single sign-on")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/features/"+string(id), strings.NewReader("title=hijacked"))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r).want(http.StatusForbidden)
	b.open("/").lacks("hijacked")
}

func TestTheListOpensDownToTheCall(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	list := b.open("/").want(http.StatusOK, "SAML single sign-on", "Northwind", "Contoso", "Dark mode for the mobile application", "Download CSV").lacks("Freeze…")
	id := list.find(`href="/features/([^"?#]+)[^>]*>SAML single sign-on<`)
	feature := b.open("/features/"+id).want(http.StatusOK, "cannot renew without SAML single sign-on", "https://recorder.example/call/1", "Rita Rep", "blocker",
		"the sum of the parts").lacks("Not an ask", "Merge…")
	note := feature.find(`href="/notes/([^"#]+)#[^"]*"[^>]*><bdi>Renewal call`)
	b.open("/notes/"+note).want(http.StatusOK, ">cannot renew without SAML single sign-on</a></mark>", "Otherwise happy.", `href="/features/`+id, "Northwind")
	account := feature.find(`href="/accounts/([^"]+)"[^>]*>Contoso`)
	b.open("/accounts/"+account).want(http.StatusOK, "SAML single sign-on", "Export invoices to a spreadsheet every month", "12,000 USD a year")
}

func TestTheListIsSearchedAndFiltered(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	sso := b.feature("SAML single sign-on")
	b.submit("/features/"+string(sso), "version", b.open("/features/"+string(sso)).find(`name="version" value="(\d+)"`), "title", "Single sign-on", "status", "planned",
		"area", "Access, identity", "team", "Platform", "effort", "13").want(http.StatusOK, "Saved: Pat set the status planned (was new)", "Access, identity")
	for _, c := range []struct {
		query         string
		shown, hidden string
	}{
		{"/?q=spreadsheets", "Export invoices", "Dark mode"},
		{"/?q=" + url.QueryEscape("saml login"), "Single sign-on", "Dark mode"},
		{"/?q=dark", "Dark mode", "Export invoices"},
		{"/?q=contoso", "Export invoices", "Dark mode"},
		{"/?q=FABRI", "Dark mode", "Export invoices"},
		{"/?status=planned", "Single sign-on", "Dark mode"},
		{"/?status=new&q=", "Dark mode", ">Single sign-on<"},
		{"/?area=" + url.QueryEscape("Access, identity"), "Single sign-on", "Dark mode"},
		{"/?team=Platform&area=&q=&status=", "Single sign-on", "Export invoices"},
		{"/?q=zzzz", "Nothing matches", "Dark mode"},
	} {
		b.open(c.query).want(http.StatusOK, c.shown).lacks(c.hidden)
	}
	b.open("/?status=planned").want(http.StatusOK, `>planned <span class="num">1<`, `>new <span class="num">2<`, `>all <span class="num">3<`)
	b.open("/?status=nonsense").want(http.StatusBadRequest, "status")
	b.open("/list.csv?status=planned").want(http.StatusOK, "Single sign-on").lacks("Dark mode")
	b.open("/list.md?q=dark").want(http.StatusOK, "Dark mode")
	b.open("/list.md?download=1").want(http.StatusOK, "# ").lacks("<!doctype")
	b.open("/?quarter=1999Q1").want(http.StatusOK, "Q1 1999", "No asks here")
}

func TestAMergeIsPreviewedMadeAndUndone(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	keeps, goes := b.feature("SAML single sign-on"), b.feature("Export invoices to a spreadsheet every month")
	merge := "/features/" + string(keeps) + "/merge"
	b.open(merge+"?q=invoices").want(http.StatusOK, string(goes))
	b.open(merge+"?with="+string(goes)).want(http.StatusOK, "Merge these two?", "2 accounts stand behind", "1 account asked for both")
	h.woken.Store(0)
	merged := b.submit(merge, "with", string(goes), "reason", "one project").want(http.StatusOK, "Pat merged “Export invoices", "one project", "Merged into this", "Undo")
	if h.woken.Load() == 0 {
		t.Error("nobody told the workers of the ruling")
	}
	b.open("/").lacks(">Export invoices to a spreadsheet every month<")
	b.open("/features/"+string(goes)).want(http.StatusOK, "Merged into <a").lacks("<form method=\"post\" action=\"/features/" + string(goes) + "\"")
	b.open(merge+"?with="+string(goes)).want(http.StatusConflict, "merged already")
	ruling := merged.find(`action="/rulings/([^"]+)/undo"`)
	b.submit("/rulings/"+ruling+"/undo", "back", "/features/"+string(keeps)).want(http.StatusOK, "took back what Pat did").lacks("Merged into this")
	b.open("/").want(http.StatusOK, ">Export invoices to a spreadsheet every month<")
	b.submit("/rulings/"+ruling+"/undo").want(http.StatusConflict, "undone already")
	b.open("/features/" + string(keeps) + "?done=" + ruling).want(http.StatusOK).lacks("Done. Pat merged")
}

func TestAnAskIsConfirmedMovedSplitAndTakenOut(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	from, to := b.feature("SAML single sign-on"), b.feature("Dark mode for the mobile application")
	page := "/features/" + string(from)
	ask := page + "/asks/" + b.open(page).find(`action="/features/[^"]+/asks/([^"/]+)/confirm"`)
	b.open(ask+"/move?q=dark").want(http.StatusOK, "Where does this ask belong?", string(to))
	b.submit(ask+"/move").want(http.StatusBadRequest, "target", "name the feature")
	b.submit(ask+"/confirm").want(http.StatusOK, "Pat confirmed an ask", "Placed by <bdi>Pat</bdi>")
	b.submit(ask+"/move", "target", string(to)).want(http.StatusOK, "Pat moved an ask to “Dark mode", "Quotes <span class=\"num\">1<")
	b.open(ask+"/move").want(http.StatusNotFound, "somebody may have moved it")
	undo := b.open(page).find(`action="/rulings/([^"]+)/undo"`)
	b.submit("/rulings/"+undo+"/undo", "back", "https://elsewhere.example/").want(http.StatusOK, "took back", "Quotes <span class=\"num\">2<")
	b.submit(ask+"/split", "title", "  Okta  ").want(http.StatusOK, "Pat made “Okta” of an ask from here")
	b.open("/").want(http.StatusOK, ">Okta<")
	okta := b.feature("Okta")
	ask = strings.Replace(ask, string(from), string(okta), 1)
	b.submit(ask+"/not-an-ask").want(http.StatusOK, "took an ask out: not an ask", "No quotes")
}

func TestAnEditTellsWhatIsWrong(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	id := b.feature("SAML single sign-on")
	path := "/features/" + string(id)
	version := b.open(path).find(`name="version" value="(\d+)"`)
	b.submit(path, "version", version, "title", "").want(http.StatusBadRequest, "a feature needs a title")
	b.submit(path, "version", version, "status", "won't do").want(http.StatusBadRequest, "needs a reason")
	b.submit(path, "version", version, "effort", "many").want(http.StatusBadRequest, "is no whole number")
	b.submit(path, "title", "x").want(http.StatusBadRequest, "load the feature", "again")
	b.submit(path, "version", version, "title", strings.Repeat("x", 70_000)).want(http.StatusBadRequest, "he form cannot be read")
	b.submit(path, "version", version, "title", "SSO").want(http.StatusOK, "Saved: Pat set title")
	b.submit(path, "version", version, "title", "Too late").want(http.StatusPreconditionFailed, "in the meantime")
	b.submit(path, "version", "2", "effort", "").want(http.StatusOK, ">SSO</h1>")
}

func TestAQuarterIsFrozenOnceAndStays(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	quarter := clamor.QuarterOf(clamor.DateOf(time.Now()), 0).String()
	path := "/quarters/" + quarter + "/freeze"
	b.open(path).want(http.StatusOK, "Freeze Q", "cannot be unfrozen")
	frozen := b.submit(path).want(http.StatusOK, "Frozen. This list stays as it is now.", "by <bdi>Pat</bdi>", "See what goes out").lacks("Checklist…")
	b.open(path).want(http.StatusConflict, "frozen already")
	b.submit(path).want(http.StatusConflict, "stays as it is")
	score := strings.TrimSpace(frozen.find(`<dt>Score</dt><dd>([^<]+)<`))
	h.hook("gong", `{"id":"late","text":"SAML single sign-on","account":{"name":"Latecomer","arr":99000000,"currency":"USD"}}`).want(http.StatusAccepted)
	h.work()
	if got := b.open("/").find(`<dt>Score</dt><dd>([^<]+)<`); got != score {
		t.Errorf("the frozen list shows %s, it was %s", got, score)
	}
	b.open("/?live=1").want(http.StatusOK, "live", "Latecomer")
}

func TestDeliveriesTellWhatFailedAndShowItsBytes(t *testing.T) {
	h := build(t, nil)
	h.feed()
	must(t, func() error {
		_, _, err := h.db.AddDelivery(t.Context(), clamor.Delivery{ID: "delivery_bad", Source: "gong", Body: []byte(`{"text":"<b>no account</b>"}`), State: clamor.Received, ReceivedAt: time.Now()})
		return err
	}())
	h.work()
	b := h.visit(clamor.Admin)
	list := b.open("/deliveries?state=dead").want(http.StatusOK, "gong")
	b.open("/deliveries/"+list.find(`href="/deliveries/([^"?]+)"`)).want(http.StatusOK, "&lt;b&gt;no account").lacks("<b>no account")
	b.open("/deliveries?state=lost").want(http.StatusBadRequest, "choose dead, failed, received, processed, replayed")
	b.open("/deliveries/none").want(http.StatusNotFound)
}

func TestWhatIsNotThereIsAPageThatSaysSo(t *testing.T) {
	h := build(t, nil)
	b := h.visit(clamor.PM)
	for _, path := range []string{"/features/none", "/notes/none", "/accounts/none", "/nowhere", "/features/none/merge", "/features/none/asks/none/move"} {
		a := b.open(path).want(http.StatusNotFound, "<!doctype html>", "Not found", "Sign out")
		if kind := a.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s is %s", path, kind)
		}
	}
	b.open("/").want(http.StatusOK, "Three steps to your first list")
	b.open("/static/none.css").want(http.StatusNotFound)
	b.open("/?cursor=x").want(http.StatusBadRequest, "cursor")
}

func TestALongListIsReadPageByPage(t *testing.T) {
	h := build(t, nil)
	var notes []string
	for i := range 120 {
		word := regexp.MustCompile(`\d`).ReplaceAllStringFunc(time.Unix(int64(i)*7919, 0).UTC().Format("150405"), func(d string) string { return string(rune('a' + d[0] - '0')) })
		notes = append(notes, `{"id":"`+word+`","text":"`+word+`xq `+word+`zw","account":{"name":"Account `+word+`","arr":`+strings.Repeat("9", 4+i%4)+`,"currency":"USD"}}`)
	}
	h.hook("gong", `{"notes":[`+strings.Join(notes, ",")+`]}`).want(http.StatusAccepted)
	h.work()
	b := h.visit(clamor.Viewer)
	seen := map[string]bool{}
	pages := 0
	for path := "/?q=&area="; path != ""; pages++ {
		a := b.open(path).want(http.StatusOK)
		for _, m := range regexp.MustCompile(`class="title"><a href="/features/([^"?]+)`).FindAllStringSubmatch(a.body, -1) {
			if seen[m[1]] {
				t.Errorf("%s stands on two pages", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(a.body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d features on %d pages, want 120 on 3", len(seen), pages)
	}
}
