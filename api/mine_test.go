package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"clamor"
)

func TestARepSendsANoteAndSeesWhatBecameOfIt(t *testing.T) {
	h := build(t, nil)
	h.feed()
	rep := h.visit(clamor.Reporter)
	rep.open("/my-notes").want(http.StatusOK, "No notes yet")
	id := rep.open("/notes/new?account=Northwind").want(http.StatusOK, `value="Northwind"`).find(`name="id" value="([^"]+)"`)
	fields := []string{"id", id, "account", "Northwind", "text", "They need dark mode for the mobile application.\r\nReally.", "on", "2026-01-05", "kind", "call", "title", "Check-in",
		"contact", "Kim", "url", "https://recorder.example/9"}
	rep.submit("/notes/new", fields...).want(http.StatusOK, "Sent.")
	rep.submit("/notes/new", fields...).want(http.StatusOK) // the button pressed twice is one note
	h.work()
	mine := rep.open("/my-notes").want(http.StatusOK, "Check-in", "Northwind", "dark mode for the mobile application", "Dark mode for the mobile application", "a product manager will look at it", "5 Jan 2026")
	if n := strings.Count(mine.body, `class="sent"`); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
	pm := h.visit(clamor.PM)
	ask := mine.find(`/features/[^"#]+#ask-(ask_[^"]+)"`)
	pm.submit("/triage", "at", ask, "do", "not-an-ask").want(http.StatusOK)
	rep.open("/my-notes").want(http.StatusOK, "found to be no request", ">processed<")
	h.visit(clamor.Viewer).open("/my-notes").want(http.StatusForbidden)
}

func TestWhatIsWrongWithANoteIsToldBesideItsField(t *testing.T) {
	h := build(t, nil)
	rep := h.visit(clamor.Reporter)
	bad := rep.submit("/notes/new", "text", " ", "on", "soon", "url", "javascript:alert(1)", "title", "Keep me").want(http.StatusBadRequest, "4 fields below", "Keep me",
		`id="fault-account"`, `id="fault-text"`, `id="fault-on"`, `id="fault-url"`, `aria-describedby="fault-text"`)
	bad.lacks("Sent.")
	rep.submit("/notes/new", "account", "A", "text", "x", "on", "2999-01-01").want(http.StatusBadRequest, "yet to come")
	if n := h.kept(); n != 0 {
		t.Errorf("%d deliveries were kept of what was refused", n)
	}
}

func TestAccountsAreLookedUpBeforeACall(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Reporter)
	b.open("/accounts").want(http.StatusOK, "Contoso", "Fabrikam", "Northwind", "48,000 USD")
	b.open("/accounts?q=toso").want(http.StatusOK, "Contoso").lacks("Fabrikam")
	b.open("/accounts?q=zzz").want(http.StatusOK, "No account is called so")
	names := b.open("/accounts/names?account=nor").want(http.StatusOK, `<option value="Northwind">`)
	names.lacks("<html", "Contoso")
	sso := h.titled("SAML single sign-on")
	wontDo, reason := clamor.StatusWontDo, "Use the identity provider's own page."
	_, err := h.db.EditFeature(t.Context(), sso.ID, 0, clamor.FeatureEdit{Status: &wontDo, StatusReason: &reason}, "Ann")
	must(t, err)
	account := b.open("/accounts?q=contoso").find(`href="/accounts/(account_[^"]+)"`)
	b.open("/accounts/"+account).want(http.StatusOK, "Before you call", "Will not be done: explain it", "identity provider", "Not decided yet", "Export invoices")
}

func TestASignInLeadsToWhereTheReaderWantedToGo(t *testing.T) {
	h := build(t, nil)
	h.feed()
	want := "/features/" + string(h.titled("SAML single sign-on").ID) + "?quarter=2026Q4"
	b := h.visit(clamor.PM)
	b.submit("/signout")
	b.open(want).want(http.StatusUnauthorized)
	b.open(h.invitation(clamor.PM)).want(http.StatusOK, ">SAML single sign-on</h1>")
	b.submit("/signout")
	b.open(h.invitation(clamor.PM)).want(http.StatusOK, "SAML single sign-on</a>") // once only
	b.submit("/signout")
	b.open("/features/x")
	b.open(h.invitation(clamor.PM)+"&next="+url.QueryEscape("/accounts")).want(http.StatusOK, "<h1>Accounts</h1>")
}

func TestSeveralAsksAreSplitOffAtOnce(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	path := "/features/" + string(b.feature("SAML single sign-on"))
	page := b.open(path).want(http.StatusOK, "What is known", "Ask <bdi>Rita Rep</bdi>", "How do they get by today?", "Asks over the last twelve months")
	var asks []string
	for _, part := range strings.Split(page.body, `name="ask" value="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		asks = append(asks, id)
	}
	if len(asks) < 2 {
		t.Fatalf("only %d asks can be ticked", len(asks))
	}
	b.submit(path+"/asks", "do", "split", "title", "Okta").want(http.StatusBadRequest, "Tick the asks")
	b.submit(path+"/asks", "do", "split", "ask", asks[0]).want(http.StatusBadRequest, "give it a title")
	done := b.submit(path+"/asks", "do", "split", "title", "Okta", "ask", asks[0], "ask", asks[1]).want(http.StatusOK, "made “Okta” of 2 asks")
	b.open("/").want(http.StatusOK, ">Okta<")
	b.submit("/rulings/"+done.find(`action="/rulings/([^"]+)/undo"`)+"/undo", "back", path).want(http.StatusOK, "took back")
	b.open("/").lacks(">Okta<")
}

func TestAnEditThatCannotBeSavedIsNotLost(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	path := "/features/" + string(b.feature("SAML single sign-on"))
	b.submit(path, "version", "1", "title", "Single sign-on", "status", "won't do", "effort", "lots", "area", "Access").want(http.StatusBadRequest, `<details class="edit" open>`, `id="fault-effort"`,
		">Single sign-on</textarea>", `value="lots"`, `value="Access"`)
	b.submit(path, "version", "1", "status", "won't do", "title", "SSO").want(http.StatusBadRequest, `id="fault-status_reason"`)
	saved := b.submit(path, "version", "1", "status", "planned", "area", "Access").want(http.StatusOK, "set the status planned (was new), area “Access”")
	b.submit(path, "version", "1", "title", "Too late").want(http.StatusPreconditionFailed, "Too late", "in the meantime", `name="version" value="2"`)
	b.submit(saved.find(`action="(/edits/[^"]+/undo)"`), "back", path).want(http.StatusOK, "Taken back.").lacks(`<span class="status s-planned">`)
}
