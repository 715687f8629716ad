package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api"
)

// enter opens an invitation's link and presses its button.
func (h *house) enter(link string) browser {
	h.t.Helper()
	b := h.stranger()
	path := strings.TrimPrefix(link, "http://clamor.example")
	b.open(path).want(http.StatusOK, "Welcome") // a look uses nothing up
	token := b.open(path).want(http.StatusOK).find(`name="token" value="([^"]+)"`)
	b.submit("/join", "token", token).want(http.StatusOK, "Sign out")
	return b
}

var shownLink = `readonly value="(http://clamor.example/join[^"]+)"`

func TestAnAdminInvitesAPersonWhoComesIn(t *testing.T) {
	h := build(t, nil)
	admin := h.visit(clamor.Admin)
	made := admin.submit("/settings/people", "name", " Rita   Rep ", "role", "reporter", "email", "rita@ours.example").want(http.StatusOK, "Rita Rep", "shown this once", "mailto:rita@ours.example")
	link := made.find(shownLink)
	admin.open("/settings/people").want(http.StatusOK, "Rita Rep", "invited, until").lacks(link)
	rita := h.enter(link)
	rita.open("/settings/people").want(http.StatusForbidden)
	h.stranger().open(strings.TrimPrefix(link, "http://clamor.example")).want(http.StatusUnauthorized, "ask an admin for a new one")
	rita.open(strings.TrimPrefix(link, "http://clamor.example")).want(http.StatusOK, "Sign out") // her own, clicked again

	person := admin.open("/settings/people").find(`href="(/settings/people/user_[^"]+)"[^>]*>Rita Rep`)
	admin.submit(person, "role", "pm", "email", "rita@ours.example").want(http.StatusOK, "Saved.", "Role</i> pm")
	rita.open("/triage").want(http.StatusOK) // at her very next click
	admin.submit(person, "role", "viewer", "email", "rita").want(http.StatusBadRequest, `id="fault-email"`, `value="rita"`)
	admin.submit(person+"/sessions").want(http.StatusOK, "Saved.")
	rita.open("/").want(http.StatusUnauthorized)
	rita = h.enter(admin.submit(person+"/link").want(http.StatusOK, "A link for").find(shownLink))
	admin.submit(person+"/remove").want(http.StatusOK, "Removed.").lacks("Rita Rep")
	rita.open("/").want(http.StatusUnauthorized)
	admin.open(person).want(http.StatusOK, "was removed and cannot sign in")
	admin.open("/settings/log?kind=people").want(http.StatusOK, "invited", "changed the role of", "pm, was reporter", "out everywhere", "removed", `href="`+person)
}

func TestWhatIsWrongWithAnInvitationIsToldBesideItsField(t *testing.T) {
	h := build(t, nil)
	admin := h.visit(clamor.Admin)
	admin.submit("/settings/people", "name", " ", "role", "boss", "email", "nobody").want(http.StatusBadRequest, `id="fault-name"`, `id="fault-role"`, `id="fault-email"`, `value="nobody"`)
	invited := admin.submit("/settings/people", "name", "Rita", "role", "viewer").want(http.StatusOK)
	person := invited.find(`href="(/settings/people/user_[^"]+)"[^>]*>Rita`)
	admin.submit(person+"/withdraw").want(http.StatusOK, "Removed.").lacks("Rita")
	h.stranger().open(strings.TrimPrefix(invited.find(shownLink), "http://clamor.example")).want(http.StatusUnauthorized)
}

func TestTheLastAdminStays(t *testing.T) {
	h := build(t, nil)
	admin := h.visit(clamor.Admin)
	me := admin.open("/settings/people").find(`href="(/settings/people/user_[^"]+)"[^>]*>Pat`)
	admin.submit(me, "role", "viewer", "email", "").want(http.StatusConflict, "Pat is the last admin", `id="fault-role"`)
	admin.submit(me+"/remove").want(http.StatusConflict, "last admin")
	id := strings.TrimPrefix(me, "/settings/people/")
	h.call(clamor.Admin, http.MethodDelete, "/api/v1/people/"+id, "", nil).want(http.StatusConflict).problem()
	admin.open("/").want(http.StatusOK)
}

func TestTokensAreMadeShownOnceAndRevoked(t *testing.T) {
	h := build(t, nil)
	admin := h.visit(clamor.Admin)
	made := admin.submit("/settings/tokens", "name", "nightly report", "role", "viewer").want(http.StatusOK, "nightly report", "shown this once", "/api/v1/list")
	token := made.find(`readonly value="(clamor_[a-z2-7]+)"`)
	with := map[string]string{"Authorization": "Bearer " + token}
	h.call("", http.MethodGet, "/api/v1/me", "", with).want(http.StatusOK, `"name":"nightly report"`, `"role":"viewer"`)
	page := admin.open("/settings/tokens").want(http.StatusOK, "…"+token[len(token)-4:]).lacks(token)
	admin.submit(page.find(`(?s)…`+token[len(token)-4:]+`.*?action="(/settings/tokens/[^"]+/revoke)"`)).want(http.StatusOK, "Removed.")
	h.call("", http.MethodGet, "/api/v1/me", "", with).want(http.StatusUnauthorized)
	admin.submit("/settings/tokens", "name", "", "role", "viewer").want(http.StatusBadRequest, `id="fault-name"`)
}

func TestWhenATokenWasUsedIsNotedOnceAnHour(t *testing.T) {
	now := time.Now()
	h := build(t, func(o *api.Options) { o.Now = func() time.Time { return now } })
	used := func() time.Time {
		t.Helper()
		h.call(clamor.Viewer, http.MethodGet, "/api/v1/me", "", nil).want(http.StatusOK)
		all, err := h.db.Tokens(t.Context())
		must(t, err)
		for _, one := range all {
			if one.Owner.Role == clamor.Viewer {
				return one.UsedAt
			}
		}
		return time.Time{}
	}
	first := used()
	now = now.Add(59 * time.Minute)
	if again := used(); first.IsZero() || !again.Equal(first) {
		t.Errorf("within the hour it went from %v to %v", first, again)
	}
	now = now.Add(time.Minute)
	if later := used(); !later.After(first) {
		t.Errorf("an hour later it still says %v", later)
	}
}

func TestPeopleOverJSON(t *testing.T) {
	h := build(t, nil)
	h.visit(clamor.Admin)
	var made struct {
		Person clamor.Member `json:"person"`
		Link   string        `json:"link"`
	}
	key := map[string]string{"Idempotency-Key": "rita"}
	body := `{"name":"Rita","role":"reporter","email":"rita@ours.example"}`
	h.call(clamor.Admin, http.MethodPost, "/api/v1/people", body, key).want(http.StatusCreated).decode(&made)
	again := h.call(clamor.Admin, http.MethodPost, "/api/v1/people", body, key).want(http.StatusConflict, "held a secret")
	if strings.Contains(again.body, "join") {
		t.Errorf("a secret was kept: %s", again.body)
	}
	rita := h.enter(made.Link)
	path := "/api/v1/people/" + string(made.Person.ID)
	h.call(clamor.Admin, http.MethodGet, path, "", nil).want(http.StatusOK, `"joined":true`)
	h.call(clamor.Admin, http.MethodPatch, path, `{"role":"pm"}`, nil).want(http.StatusOK, `"role":"pm"`)
	h.call(clamor.Admin, http.MethodPatch, path, `{}`, nil).want(http.StatusBadRequest)
	h.call(clamor.Admin, http.MethodPost, path+"/link", ``, nil).want(http.StatusCreated, "/join?token=")
	h.call(clamor.Admin, http.MethodDelete, path+"/link", "", nil).want(http.StatusNoContent)
	h.call(clamor.Admin, http.MethodDelete, path+"/sessions", "", nil).want(http.StatusNoContent)
	rita.open("/").want(http.StatusUnauthorized)
	h.call(clamor.Admin, http.MethodGet, "/api/v1/people", "", nil).want(http.StatusOK, `"Rita"`, `"Pat"`)
	h.call(clamor.Admin, http.MethodDelete, path, "", nil).want(http.StatusNoContent)
	h.call(clamor.Admin, http.MethodGet, path, "", nil).want(http.StatusOK, `"removed":true`)
	h.call(clamor.Admin, http.MethodGet, "/api/v1/people/user_none", "", nil).want(http.StatusNotFound).problem()

	var token struct {
		ID   string `json:"id"`
		Text string `json:"token"`
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/tokens", `{"name":"ci","role":"viewer"}`, nil).want(http.StatusCreated).decode(&token)
	h.call("", http.MethodGet, "/api/v1/me", "", map[string]string{"Authorization": "Bearer " + token.Text}).want(http.StatusOK, `"ci"`)
	h.call(clamor.Admin, http.MethodGet, "/api/v1/tokens", "", nil).want(http.StatusOK, token.ID).lacks(token.Text)
	h.call(clamor.Admin, http.MethodDelete, "/api/v1/tokens/"+token.ID, "", nil).want(http.StatusNoContent)
	h.call(clamor.Admin, http.MethodDelete, "/api/v1/tokens/"+token.ID, "", nil).want(http.StatusNotFound).problem()
}

func TestTheLogOverJSONAndAsCSV(t *testing.T) {
	h := build(t, nil)
	h.feed()
	sso := h.titled("SAML single sign-on").ID
	h.call(clamor.PM, http.MethodPatch, "/api/v1/features/"+string(sso), `{"team":"=Core","status":"planned"}`, nil).want(http.StatusOK)
	var page struct {
		Entries []clamor.AuditEntry `json:"entries"`
		Next    *string             `json:"next"`
	}
	seen := map[string]bool{}
	for next := ""; ; {
		page.Next = nil
		h.get("/api/v1/audit?limit=2&cursor="+next, &page)
		for _, e := range page.Entries {
			if seen[e.ID] {
				t.Fatalf("%+v comes twice", e)
			}
			seen[e.ID] = true
		}
		if page.Next == nil {
			break
		}
		next = *page.Next
	}
	h.get("/api/v1/audit?by=Tess+pm&action=feature+edit", &page)
	if len(seen) < 5 || len(page.Entries) != 1 || page.Entries[0].Subject != string(sso) {
		t.Errorf("%d entries in all, of the PM %+v", len(seen), page.Entries)
	}
	h.call(clamor.Admin, http.MethodGet, "/api/v1/audit?day=soon&limit=0", "", nil).want(http.StatusBadRequest, "day", "limit").problem()
	admin := h.visit(clamor.Admin)
	admin.open("/settings/log?by=Tess+pm").want(http.StatusOK, "changed", "“SAML single sign-on”", "status planned, team “=Core”", `href="/features/`+string(sso)+`"`)
	admin.open("/settings/log?day=soon").want(http.StatusBadRequest, `id="fault-day"`)
	admin.open("/settings/log?by=nobody").want(http.StatusOK, "Nobody did anything that fits")
	admin.open("/settings/log.csv?by=Tess+pm").want(http.StatusOK, "at,by,what,detail,action,subject,id", "changed “SAML single sign-on”: status planned")
}

func TestTeamsAreAddedRenamedAndRemoved(t *testing.T) {
	h := build(t, nil)
	h.feed()
	pm := h.visit(clamor.PM)
	sso := "/features/" + string(pm.feature("SAML single sign-on"))
	pm.submit("/settings/teams", "kind", "team", "name", " Core ").want(http.StatusOK, "Saved.", "<bdi>Core</bdi>", "no feature")
	pm.submit("/settings/teams", "kind", "team", "name", "Core").want(http.StatusConflict, "There is a team", `id="fault-team"`)
	pm.submit("/settings/teams", "kind", "area", "name", "").want(http.StatusBadRequest, `id="fault-area"`)
	pm.open(sso).want(http.StatusOK, `<option value="Core">`)
	pm.submit(sso, "version", "1", "team", "Core", "area", "Access").want(http.StatusOK)
	renamed := pm.submit("/settings/teams/rename", "kind", "team", "name", "Core", "to", "Platform").want(http.StatusOK, "<bdi>Platform</bdi>", "1 feature", "Renamed")
	pm.open(sso).want(http.StatusOK, "<bdi>Platform</bdi>")
	pm.submit(renamed.find(`action="(/edits/[^"]+/undo)"`), "back", "/settings/teams").want(http.StatusOK, "<bdi>Core</bdi>")
	pm.open(sso).want(http.StatusOK, "<bdi>Core</bdi>")
	pm.submit("/settings/teams/remove", "kind", "team", "name", "Core").want(http.StatusConflict, "eatures bear the team")
	pm.submit("/settings/teams/remove", "kind", "team", "name", "Platform").want(http.StatusOK, "Removed.").lacks("<bdi>Platform</bdi>")

	h.call(clamor.Viewer, http.MethodGet, "/api/v1/teams", "", nil).want(http.StatusOK, `"teams":[{"kind":"team","name":"Core","features":1}]`, `"Access"`)
	h.call(clamor.PM, http.MethodPost, "/api/v1/teams", `{"name":"Mobile"}`, nil).want(http.StatusCreated, `"kind":"team"`)
	h.call(clamor.PM, http.MethodPatch, "/api/v1/teams", `{"name":"Core","to":"Mobile"}`, nil).want(http.StatusOK, `"edit":"edit_`)
	h.call(clamor.PM, http.MethodDelete, "/api/v1/teams?kind=area&name=Access", "", nil).want(http.StatusConflict).problem()
	h.call(clamor.PM, http.MethodPost, "/api/v1/teams", `{"name":"Unused","kind":"area"}`, nil).want(http.StatusCreated)
	h.call(clamor.PM, http.MethodDelete, "/api/v1/teams?kind=area&name=Unused", "", nil).want(http.StatusNoContent)
}

func TestViewsAndChangesOfManyOverJSON(t *testing.T) {
	h := build(t, nil)
	h.feed()
	var view clamor.SavedView
	h.call(clamor.PM, http.MethodPost, "/api/v1/views", `{"name":"Mine","query":"status=planned&cursor=x","shared":true}`, nil).want(http.StatusCreated).decode(&view)
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/views", "", nil).want(http.StatusOK, `"query":"status=planned"`, `"Mine"`)
	h.call(clamor.Viewer, http.MethodDelete, "/api/v1/views/"+view.ID, "", nil).want(http.StatusNotFound).problem()
	h.call(clamor.PM, http.MethodDelete, "/api/v1/views/"+view.ID, "", nil).want(http.StatusNoContent)
	h.call(clamor.PM, http.MethodPost, "/api/v1/views", `{"name":"","query":"%"}`, nil).want(http.StatusBadRequest, "name", "query").problem()

	one, two := h.titled("SAML single sign-on").ID, h.titled(dark).ID
	body := `{"features":["` + string(one) + `","` + string(two) + `"],"status":"planned"}`
	made := h.call(clamor.PM, http.MethodPost, "/api/v1/edits", body, nil).want(http.StatusCreated)
	for _, title := range []string{"SAML single sign-on", dark} {
		if got := h.titled(title).Status; got != clamor.StatusPlanned {
			t.Errorf("%s is %s", title, got)
		}
	}
	h.call(clamor.PM, http.MethodDelete, made.header.Get("Location"), "", nil).want(http.StatusOK, `"became":{"status":"planned"}`)
	h.call(clamor.PM, http.MethodDelete, made.header.Get("Location"), "", nil).want(http.StatusConflict).problem()
	h.call(clamor.PM, http.MethodPost, "/api/v1/edits", `{"features":[]}`, nil).want(http.StatusBadRequest, "features", "nothing to change").problem()
	h.call(clamor.PM, http.MethodPost, "/api/v1/edits", `{"features":["`+string(one)+`"],"status":"won't do"}`, nil).want(http.StatusBadRequest).problem()
}

func TestADeedWhoseFateIsUnknownIsNotRepeated(t *testing.T) {
	h := build(t, nil)
	var me clamor.User
	h.call(clamor.PM, http.MethodGet, "/api/v1/me", "", nil).decode(&me)
	h.feed()
	asks, err := h.db.Quotes(t.Context(), h.titled(dark).ID)
	must(t, err)
	first := h.split(clamor.PM, "before", asks[0].ID, "Night colours").want(http.StatusCreated)
	kept, err := h.db.Reply(t.Context(), me.ID, "before")
	must(t, err)
	_, begun, err := h.db.BeginReply(t.Context(), me.ID, "cut short", kept.Request) // as if the process had died then
	must(t, err)
	if !begun {
		t.Fatal("the key was taken")
	}
	h.split(clamor.PM, "cut short", asks[0].ID, "Night colours").want(http.StatusConflict, "look whether it was").problem()
	if again := h.split(clamor.PM, "before", asks[0].ID, "Night colours").want(http.StatusCreated); again.body != first.body {
		t.Errorf("answered %s, then %s", first.body, again.body)
	}
}
