package ingest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"clamor"
	"clamor/ingest"
)

func posted(contentType, body string) ingest.Request {
	return ingest.Request{Method: http.MethodPost, URL: "https://clamor.example/hooks/x",
		Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}

// What a vendor sends to try an address is answered as it wants, and is no delivery.
func TestHandshakesAreAnswered(t *testing.T) {
	ping := posted("application/json", `{"zen":"x","hook":{}}`)
	ping.Header.Set("X-GitHub-Event", "ping")
	issues := posted("application/json", `{"action":"closed"}`)
	issues.Header.Set("X-GitHub-Event", "issues")
	for name, c := range map[string]struct {
		kind    string
		request ingest.Request
		answer  string // "" where it is no handshake
	}{
		"a challenge of Slack": {"slack", posted("application/json", `{"token":"t","challenge":"3eZbrw1a","type":"url_verification"}`),
			"3eZbrw1a"},
		"an event of Slack":    {"slack", posted("application/json", `{"type":"event_callback"}`), ""},
		"Slack's check of TLS": {"slack", posted("application/x-www-form-urlencoded", `ssl_check=1&token=t`), "ok\n"},
		"a ping of Intercom":   {"intercom", posted("application/json", `{"topic":"ping","data":{"item":{"type":"ping"}}}`), "ok\n"},
		"a HEAD of Intercom":   {"intercom", ingest.Request{Method: http.MethodHead, Header: http.Header{}}, "ok\n"},
		"a notice of Intercom": {"intercom", posted("application/json", `{"topic":"conversation.user.created"}`), ""},
		"a ping of GitHub":     {"github", ping, "ok\n"},
		"an event of GitHub":   {"github", issues, ""},
		"a trial of productboard": {"productboard", ingest.Request{Method: http.MethodGet,
			URL: "https://clamor.example/hooks/x?validationToken=a1-B2"}, "a1-B2"},
		"markup for productboard": {"productboard", ingest.Request{Method: http.MethodGet,
			URL: "https://clamor.example/hooks/x?validationToken=%3Cscript%3E"}, ""},
		"a GET without a token": {"productboard", ingest.Request{Method: http.MethodGet, URL: "https://clamor.example/hooks/x"}, ""},
		"news of productboard":  {"productboard", posted("application/json", `{"data":{"eventType":"note.created"}}`), ""},
	} {
		got := deskAdapter(t, c.kind).Handshake(clamor.Source{Kind: c.kind}, c.request)
		switch {
		case got == nil && c.answer != "":
			t.Errorf("%s gets no answer", name)
		case got != nil && (string(got.Body) != c.answer || got.Status != http.StatusOK):
			t.Errorf("%s is answered %d %q, want 200 %q", name, got.Status, got.Body, c.answer)
		}
	}
}

// Who gives a command is told at once what was noted, or what is missing, in words that nobody else sees.
func TestCommandsAreAnsweredToWhoGaveThem(t *testing.T) {
	withDefault := map[string]string{"default_account": "Northwind"}
	withChannel := map[string]string{"channels": "C1=Acme, Inc.; #deals = contoso.example"}
	for _, c := range []struct {
		text     string
		settings map[string]string
		noted    bool
		says     string
	}{
		{"Northwind: needs SAML before renewal", nil, true, "Noted for Northwind: needs SAML before renewal"},
		{"northwind.example:they want <b> & more", nil, true, "Noted for northwind.example: they want"},
		{"needs SAML before renewal", nil, false, "say whose wish it is"},
		{"needs SAML before renewal", withDefault, true, "Noted: needs SAML before renewal"},
		{"needs SAML before renewal", withChannel, true, "Noted: needs SAML before renewal"},
		{"at 10:30 they asked for SAML", nil, false, "say whose wish it is"},
		{"FYI: they asked for SAML", nil, false, "say whose wish it is"},
		{"", withDefault, false, "/clamor ACCOUNT: what they need"},
		{"help", withDefault, false, "/clamor ACCOUNT: what they need"},
		{"Northwind:", nil, false, "/clamor ACCOUNT: what they need"},
	} {
		for _, kind := range []string{"slack", "mattermost"} {
			a := deskAdapter(t, kind)
			form := url.Values{"command": {"/clamor"}, "text": {c.text}, "channel_id": {"C1"}, "trigger_id": {"1.2"}, "user_name": {"dana"}}
			r := posted("application/x-www-form-urlencoded", form.Encode())
			answer := a.Handshake(clamor.Source{Kind: kind, Settings: c.settings}, r)
			if (answer == nil) != c.noted {
				t.Fatalf("%s %q with %v: is a delivery: %v, want %v", kind, c.text, c.settings, answer == nil, c.noted)
			}
			if answer == nil {
				accepted := a.Accepted(r)
				answer = &accepted
				harvest, err := a.Parse(ingest.NewDelivery(clamor.Source{Kind: kind}, r.Header, r.Body, noon()),
					ingest.ParseOptions{Settings: c.settings})
				if err != nil || len(harvest.Notes) != 1 || len(harvest.Notes[0].Asks) == 0 {
					t.Errorf("%s %q is said to be noted, and gives %+v, %v", kind, c.text, harvest.Notes, err)
				}
			}
			var told struct {
				Type string `json:"response_type"`
				Text string `json:"text"`
			}
			if err := json.Unmarshal(answer.Body, &told); err != nil || told.Type != "ephemeral" || answer.Status != http.StatusOK {
				t.Fatalf("%s %q is answered %d %s: %v", kind, c.text, answer.Status, answer.Body, err)
			}
			if !strings.Contains(told.Text, c.says) || kind == "slack" && strings.Contains(told.Text, "<b>") {
				t.Errorf("%s %q is answered %q, want %q in it", kind, c.text, told.Text, c.says)
			}
		}
	}
}

// The answers to what nobody typed are silent: they would be posted for all to see.
func TestOtherDeliveriesOfChatsAreAcceptedInSilence(t *testing.T) {
	for kind, body := range map[string]string{"slack": `{"type":"event_callback"}`, "mattermost": `{"post_id":"1","text":"x"}`} {
		a := deskAdapter(t, kind).Accepted(posted("application/json", body))
		if a.Status != http.StatusOK || strings.Contains(string(a.Body), "text") {
			t.Errorf("%s is answered %d %q", kind, a.Status, a.Body)
		}
	}
}

// Secrets inside a payload are not kept; everything else is, and reads the same.
func TestSecretsInPayloadsAreBlanked(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"slack", `{"token":"s3cret","event":{"text":"a token","token" :	"s3cret" }}`,
			`{"token": "blanked","event":{"text":"a token","token": "blanked" }}`},
		{"slack", `{ "token": {"a":["s3cret"]}, "b": "token"}`, `{ "token": "blanked", "b": "token"}`},
		{"slack", `token=s3cret&text=token%3Ds3c+x&response_url=https%3A%2F%2Fs3cret`, `token=blanked&text=token%3Ds3c+x&response_url=blanked`},
		{"slack", `payload=%7B%22token%22%3A%22s3cret%22%2C%22type%22%3A%22x%22%7D`,
			`payload=%7B%22token%22%3A+%22blanked%22%2C%22type%22%3A%22x%22%7D`},
		{"mattermost", `{"Token":"s3cret","text":"x"}`, `{"Token": "blanked","text":"x"}`},
		{"mattermost", `text=x&token=s3cret`, `text=x&token=blanked`},
		{"zendesk", `{"comments":[{"metadata":{"system":{"ip_address":"192.0.2.7"},"custom":{}},"system":"kept"}]}`,
			`{"comments":[{"metadata":{"system": "blanked","custom":{}},"system":"kept"}]}`},
		{"zendesk", `{"metadata":[{"system":"s3cret"}]}`, `{"metadata":[{"system": "blanked"}]}`},
		{"canny", `{"apiKey":"s3cret","object":null}`, `{"apiKey": "blanked","object":null}`},
		{"canny", `[]`, `[]`},
		{"canny", ``, ``},
	} {
		if got := string(deskAdapter(t, c.kind).Blank([]byte(c.body))); got != c.want {
			t.Errorf("%s keeps of %s\n%s, want\n%s", c.kind, c.body, got, c.want)
		}
	}
}

// Nesting that nobody reads costs no more memory than the bytes themselves.
func TestBlankingIsNotExhaustedByNesting(t *testing.T) {
	const size = 4 << 20
	body := []byte(strings.Repeat("[", size))
	blank := deskAdapter(t, "slack").Blank
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if len(blank(body)) != size {
				b.Fatal("bytes are lost")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 4*size {
		t.Errorf("blanking %d bytes takes %d", size, allocated)
	}
}

// A retry is the same delivery, by the sender's own id of it.
func TestVendorsRetriesAreKnownAgain(t *testing.T) {
	with := func(name, value string) http.Header { return http.Header{http.CanonicalHeaderKey(name): {value}} }
	for _, c := range []struct {
		kind   string
		header http.Header
		body   string
		want   string
	}{
		{"slack", http.Header{}, `{"event_id":"Ev1"}`, "Ev1"},
		{"slack", http.Header{}, `command=%2Fclamor&trigger_id=1.2`, "1.2"},
		{"slack", http.Header{}, `payload=%7B%22trigger_id%22%3A%221.3%22%7D`, "1.3"},
		{"mattermost", http.Header{}, `trigger_id=t1`, "t1"},
		{"mattermost", http.Header{}, `{"post_id":"p1","trigger_id":""}`, "p1"},
		{"zendesk", with("X-Zendesk-Webhook-Invocation-Id", "01H"), `{"type":"zen:event-type:ticket.created","id":"e1"}`, "e1"},
		{"zendesk", with("X-Zendesk-Webhook-Invocation-Id", "01H"), `{"ticket_id":"7"}`, "01H"},
		{"intercom", http.Header{}, `{"id":"notif_1"}`, "notif_1"},
		{"productboard", http.Header{}, `{"data":{"id":"n1","eventType":"note.created"}}`, "note.created:n1"},
		{"productboard", http.Header{}, `{"data":{"id":"n1","eventType":"note.updated"}}`, ""},
		{"canny", with("canny-nonce", "n1"), `{}`, "n1"},
		{"linear", with("Linear-Delivery", "d1"), `{}`, "d1"},
		{"jira", with("X-Atlassian-Webhook-Identifier", "w1"), `{}`, "w1"},
		{"github", with("X-GitHub-Delivery", "g1"), `{}`, "g1"},
	} {
		if got := deskAdapter(t, c.kind).DeliveryID(c.header, []byte(c.body)); got != c.want {
			t.Errorf("%s %s is delivery %q, want %q", c.kind, c.body, got, c.want)
		}
	}
}

// Two ways in which one message of Slack arrives give one note: as a message of the channel, as a mention, and picked out by hand.
func TestOneMessageIsOneNote(t *testing.T) {
	settings := map[string]string{"default_account": "Somebody"}
	event := func(kind string) string {
		return `{"type":"event_callback","event":{"type":"` + kind +
			`","user":"U1","channel":"C1","ts":"1795258800.000100","text":"<@U0> Acme Corp: they need &lt;SSO&gt;"}}`
	}
	shortcut := `payload=` + url.QueryEscape(`{"type":"message_action","user":{"id":"U2","name":"li"},"channel":{"id":"C1"},
		"team":{"domain":"acme"},
		"message":{"user":"U1","ts":"1795258800.000100","text":"<@U0> Acme Corp: they need &lt;SSO&gt;"}}`)
	a := deskAdapter(t, "slack")
	for _, body := range []string{event("message"), event("app_mention"), shortcut} {
		harvest, err := a.Parse(ingest.NewDelivery(clamor.Source{Kind: "slack"}, http.Header{}, []byte(body), noon()),
			ingest.ParseOptions{Settings: settings})
		if err != nil || len(harvest.Notes) != 1 {
			t.Fatalf("%s gives %d notes, %v", body, len(harvest.Notes), err)
		}
		n := harvest.Notes[0]
		if n.Note.ExternalID != "C1:1795258800.000100" || n.Account.Name != "Acme Corp" || n.Note.Text != "they need <SSO>" ||
			n.Note.Author.Name != "U1" {
			t.Errorf("%s gives %+v of %+v", body, n.Note, n.Account)
		}
	}
}
