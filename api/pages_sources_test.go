package api_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api"
)

// command is what the page prints to try a source, with the address at which the house is really heard.
func (h *house) command(page answer) string {
	h.t.Helper()
	return strings.ReplaceAll(html.UnescapeString(page.find(`(?s)<code id="command">(.*?)</code>`)), "http://clamor.example", h.url)
}

// run runs lines in a shell.
func (h *house) run(lines string) string {
	h.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			h.t.Fatal("CI needs curl: ", err)
		}
		h.t.Skipf("SKIPPED: %v", err)
	}
	out, err := exec.CommandContext(h.t.Context(), "sh", "-c", lines).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v: %s\n%s", err, out, lines)
	}
	return string(out)
}

func TestASourceIsConnectedFromItsPageAndTheSampleArrives(t *testing.T) {
	h := build(t, nil)
	b := h.visit(clamor.Admin)
	for _, kind := range []string{"slack", "json", "zendesk", "salesforce"} {
		form := b.open("/sources/new?kind="+kind).want(http.StatusOK, `name="name" value="`+kind+`"`)
		form.lacks("clamor source add --kind " + kind + " --name other")
		page := b.submit("/sources/new", "kind", kind, "name", kind).want(http.StatusOK, "Waiting for the first delivery", "http://clamor.example/hooks/"+kind, `hx-trigger="every 2s"`)
		if out := h.run(h.command(page)); strings.Contains(out, "problem") {
			t.Fatalf("%s: %s", kind, out)
		}
		b.open("/sources/"+kind+"/arrival").want(http.StatusOK, "Arrived, being read", "every 2s").lacks("<html")
		h.work()
		b.open("/sources/"+kind+"/arrival").want(http.StatusOK, "Arrived: 1 note", "1 ask", "Sample account", "hello button", "/features/").lacks("every 2s")
	}
	b.open("/sources/new?kind=slack").want(http.StatusOK, `value="slack-2"`)
	b.open("/sources/new?q=tickets").want(http.StatusOK, "Zendesk").lacks("Salesforce")
	b.submit("/sources/new", "kind", "canny", "name", "canny").want(http.StatusBadRequest, "cannot be read without")
	b.open("/sources/new?kind=pigeon").want(http.StatusBadRequest, "is no kind of source")
}

func TestASecretIsToldToWhoMadeItAndNobodyElse(t *testing.T) {
	h := build(t, nil)
	b, other := h.visit(clamor.Admin), h.visit(clamor.Admin)
	secret := b.submit("/sources/new", "kind", "generic", "name", "tool").want(http.StatusOK).find(`<code id="secret">([^<]+)`)
	b.open("/sources/tool").want(http.StatusOK, secret, "/hooks/tool/"+secret)
	other.open("/sources/tool").want(http.StatusOK, "shown when it was made").lacks(secret)
	h.send(http.MethodPost, "/hooks/tool", goodNote, map[string]string{"Authorization": "Bearer wrong"}).want(http.StatusUnauthorized)
	b.open("/sources/tool/arrival").want(http.StatusOK, "Waiting for the first", "Somebody sent to this address just now and was refused: The bearer token is not this source&#39;s secret.")
	h.send(http.MethodPost, "/hooks/tool", goodNote, map[string]string{"Authorization": "Bearer " + secret}).want(http.StatusAccepted)
	b.open("/sources/tool/arrival").want(http.StatusOK, "Arrived").lacks("refused")

	renewed := b.submit("/sources/tool/secret", "do", "make").want(http.StatusOK, "another one now").find(`<code id="secret">([^<]+)`)
	if renewed == secret {
		t.Error("a new secret is the old one")
	}
	h.send(http.MethodPost, "/hooks/tool", goodNote, map[string]string{"Authorization": "Bearer " + secret}).want(http.StatusUnauthorized)
	b.submit("/sources/tool/secret", "do", "take", "secret", "given").want(http.StatusOK, `<code id="secret">given</code>`)
	b.submit("/sources/tool/secret", "do", "take").want(http.StatusBadRequest, "Paste the vendor")
	b.submit("/sources/tool/switch", "on", "no").want(http.StatusOK, "Switched off")
	h.send(http.MethodPost, "/hooks/tool", goodNote, map[string]string{"Authorization": "Bearer given"}).want(http.StatusNotFound)
}

func TestWhatCannotBeConnectedIsToldByField(t *testing.T) {
	h := build(t, nil)
	b := h.visit(clamor.Admin)
	b.submit("/sources/new", "kind", "generic", "name", "gong").want(http.StatusBadRequest, "choose another name", `value="gong"`)
	b.submit("/sources/new", "kind", "generic", "name", "new").want(http.StatusBadRequest, "choose another one")
	b.submit("/sources/new", "kind", "zendesk", "name", "a b", "token", "t0ken", "settings.tag", "kept as typed", "every", "15m").want(http.StatusBadRequest,
		"use letters, digits", "cannot be read without", "kept as typed").lacks("t0ken")
	b.submit("/sources/new", "kind", "zendesk", "name", "zendesk", "token", "t0ken", "settings.base_url", "https://acme.example", "settings.user", "ops@acme.example", "every", "1h").want(http.StatusOK).lacks("t0ken")
	source, err := h.db.FindSource(t.Context(), "zendesk")
	must(t, err)
	if source.Token != "t0ken" || source.Every.Hours() != 1 || source.Settings["base_url"] != "https://acme.example" {
		t.Errorf("%+v", source)
	}
	b.submit("/sources/zendesk", "settings.base_url", "https://other.example", "settings.user", "ops@acme.example", "every", "0").want(http.StatusOK, "Saved.")
	source, err = h.db.FindSource(t.Context(), "zendesk")
	must(t, err)
	if source.Token != "t0ken" || source.Every != 0 || source.Settings["base_url"] != "https://other.example" {
		t.Errorf("%+v", source)
	}
	b.open("/sources/api").want(http.StatusOK, "Deliveries of <bdi>api</bdi>")
}

func TestADeadDeliveryIsMendedByTheMappingAndReplayed(t *testing.T) {
	h := build(t, nil)
	must(t, h.db.AddSource(t.Context(), clamor.Source{Name: "survey", Kind: "json", Secret: hookSecret, On: true, Mapping: map[string]string{"text": "data.comment"}}, "test"))
	h.hook("survey", `{"data":{"note":"They cannot renew without SAML single sign-on.","org":{"name":"Northwind"}}}`).want(http.StatusAccepted)
	h.work()
	b := h.visit(clamor.Admin)
	list := b.open("/deliveries?source=survey&state=dead").want(http.StatusOK, "Nothing", "data.comment", "Replay 1")
	id := list.find(`href="/deliveries/([^"?]+)"`)
	b.open("/deliveries/"+id).want(http.StatusOK, "Indented for reading", "Try in the mapping", "nothing stands at data.comment")
	if raw := b.open("/deliveries/" + id + "/raw").want(http.StatusOK); raw.header.Get("Content-Disposition") == "" || !strings.HasPrefix(raw.body, `{"data":{"note"`) {
		t.Errorf("the raw body is %s", raw.body)
	}
	b.open("/sources/survey/mapping?delivery="+id).want(http.StatusOK, "Nothing stands there", "data.org.name", "Northwind")
	picked := b.submit("/sources/survey/mapping", "delivery", id, "map.text", "data.comment", "into", "text", "pick", "data.note").want(http.StatusOK, `name="map.text" value="data.note"`)
	picked.want(http.StatusOK, "SAML single sign-on.</bdi>", "account (line 1): is missing")
	b.submit("/sources/survey/mapping", "delivery", id, "map.text", "data.note", "map.account.name", "data.org.name", "do", "try").want(http.StatusOK, "1 note", "would be a new account", "<q dir=\"auto\">")
	b.submit("/sources/survey/mapping", "delivery", id, "map.text", "data[", "do", "save").want(http.StatusBadRequest, "was not saved")
	b.submit("/sources/survey/mapping", "delivery", id, "map.text", "data.note", "map.account.name", "data.org.name", "do", "save").want(http.StatusOK, "Saved.")
	b.submit("/sources/survey/replay", "state", "dead", "back", "/deliveries?source=survey&state=dead").want(http.StatusOK, "Being read anew")
	h.work()
	b.open("/deliveries/"+id).want(http.StatusOK, "replayed", "1 note and 1 ask", "Northwind")
	b.submit("/deliveries/"+id+"/replay", "back", "https://elsewhere.example/").want(http.StatusOK, "Being read anew")

	b.open("/sources/gong/mapping").want(http.StatusOK, "Nothing was delivered yet")
	b.submit("/sources/gong/mapping", "pasted", `{"text":"We need SSO","account":{"name":"Acme"}}`, "do", "try").want(http.StatusOK, "We need SSO", "Acme", "would be a new account")
	b.submit("/sources/gong/mapping", "delivery", id).want(http.StatusNotFound)
	log, err := h.db.Audit(t.Context(), 20)
	must(t, err)
	var deeds []string
	for _, e := range log {
		deeds = append(deeds, e.By+" "+e.Action+" "+e.Subject+" "+e.Detail)
	}
	for _, want := range []string{"Pat source set survey mapping", "Pat replay survey dead"} {
		if !strings.Contains(strings.Join(deeds, "\n"), want) {
			t.Errorf("%q is not in the log: %q", want, deeds)
		}
	}
}

func TestDeliveriesAreListedPageByPage(t *testing.T) {
	h := build(t, nil)
	for i := range 60 {
		h.hook("gong", fmt.Sprintf(`{"id":"n%d","text":"x","account":{"name":"A"}}`, i)).want(http.StatusAccepted)
	}
	b := h.visit(clamor.Admin)
	seen := map[string]bool{}
	for path, pages := "/deliveries?source=gong", 0; ; pages++ {
		page := b.open(path).want(http.StatusOK)
		for _, m := range matchesOf(page.body, `<td data-label="Received"><a href="/deliveries/([^"]+)"`) {
			if seen[m] {
				t.Errorf("%s is listed twice", m)
			}
			seen[m] = true
		}
		next := matchesOf(page.body, `rel="next" href="([^"]+)"`)
		if len(next) == 0 {
			break
		}
		path = html.UnescapeString(next[0])
	}
	if len(seen) != 60 {
		t.Errorf("%d deliveries are listed", len(seen))
	}
	var first, second struct {
		Deliveries []clamor.Delivery
		Next       *string
	}
	h.get("/api/v1/deliveries?source=gong&limit=40", &first)
	h.get("/api/v1/deliveries?source=gong&limit=40&cursor="+*first.Next, &second)
	if len(second.Deliveries) != 20 || second.Next != nil {
		t.Errorf("the second page holds %d, next %v", len(second.Deliveries), second.Next)
	}
	h.call(clamor.Admin, http.MethodGet, "/api/v1/deliveries?cursor=x", "", nil).want(http.StatusBadRequest, "no cursor")
	b.open("/deliveries?source=none").want(http.StatusNotFound)
}

// matchesOf are the first groups of all matches.
func matchesOf(text, pattern string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestASourceIsReadNowByThePageAndTheAPI(t *testing.T) {
	var asked []string
	h := build(t, func(o *api.Options) {
		o.Pull = func(_ context.Context, source string) error {
			asked = append(asked, source)
			return nil
		}
	})
	must(t, h.db.AddSource(t.Context(), clamor.Source{Name: "desk", Kind: "zendesk", Secret: "s", On: true}, "test"))
	must(t, h.db.PutPull(t.Context(), clamor.LastPull{Source: "desk", At: time.Now().Add(-time.Hour), WellAt: time.Now().AddDate(0, 0, -2), Fault: "the vendor answered 404: check the address", Failures: 3}))
	b := h.visit(clamor.Admin)
	b.open("/sources/desk").want(http.StatusOK, "The vendor answered 404", "failed 3 times", "2 days ago", "Read it now")
	b.open("/sources").want(http.StatusOK, "failed")
	b.submit("/sources/desk/pull").want(http.StatusOK, "It is being read")
	h.call(clamor.Admin, http.MethodPost, "/api/v1/sources/desk/pull", "", nil).want(http.StatusAccepted)
	if len(asked) != 2 || asked[0] != "desk" {
		t.Errorf("asked for %v", asked)
	}
	b.open("/sources/gong").want(http.StatusOK).lacks("Read it now")
	build(t, nil).call(clamor.Admin, http.MethodPost, "/api/v1/sources/gong/pull", "", nil).want(http.StatusServiceUnavailable, "clamor pull gong")
}
