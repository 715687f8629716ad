package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const vendorSecret = "c2VjcmV0LW9mLWFsbC12ZW5kb3Jz"

// vendor plays a system that pushes: how it signs each attempt, what it takes for an acknowledgement, and the note that comes of it.
type vendor struct {
	kind         string
	settings     []string
	note         func(n int) string // the note's id in the source
	body         func(n int) string
	sign         func(r *http.Request, n int, body string)
	acknowledges func(status int, body string) bool
}

func (v vendor) request(address string, n int) *http.Request {
	body := v.body(n)
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	v.sign(r, n, body)
	return r
}

func success(status int, _ string) bool { return status >= 200 && status < 300 }

func mac(content string) []byte {
	m := hmac.New(sha256.New, []byte(vendorSecret))
	m.Write([]byte(content))
	return m.Sum(nil)
}

// wish is a sentence unlike all others.
func wish(kind string, n int) string {
	return fmt.Sprintf("They need the %s export number %d before they renew.", kind, n)
}

func vendors() []vendor {
	return []vendor{genericVendor(), standardVendor(), slackVendor(), zendeskVendor(), salesforceVendor()}
}

func genericVendor() vendor {
	return vendor{
		kind: "generic", note: func(n int) string { return fmt.Sprint("note-", n) },
		body: func(n int) string {
			return fmt.Sprintf(`{"id": "note-%d", "text": %q, "account": {"name": "Acme"}}`, n, wish("ledger", n))
		},
		sign:         func(r *http.Request, _ int, _ string) { r.Header.Set("Authorization", "Bearer "+vendorSecret) },
		acknowledges: success,
	}
}

func standardVendor() vendor {
	return vendor{
		kind: "standard-webhooks", note: func(n int) string { return fmt.Sprint("fb_", n) },
		body: func(n int) string {
			return fmt.Sprintf(`{"type":"feedback.created","data":{"id":"fb_%d","text":%q,"account":{"name":"Globex"}}}`, n, wish("order", n))
		},
		sign: func(r *http.Request, n int, body string) {
			id, stamp := fmt.Sprint("msg_", n), strconv.FormatInt(time.Now().Unix(), 10)
			key, _ := base64.StdEncoding.DecodeString(vendorSecret)
			m := hmac.New(sha256.New, key)
			m.Write([]byte(id + "." + stamp + "." + body))
			r.Header.Set("Webhook-Id", id)
			r.Header.Set("Webhook-Timestamp", stamp)
			r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		},
		acknowledges: success,
	}
}

func slackVendor() vendor {
	return vendor{
		kind: "slack", settings: []string{"channels=C0ACME=Initech"}, note: func(n int) string { return fmt.Sprintf("C0ACME:1761%06d.%06d", n/1_000_000, n%1_000_000) },
		body: func(n int) string {
			return fmt.Sprintf(`{"type":"event_callback","event_id":"Ev%d","team_id":"T1","event":{"type":"message","channel":"C0ACME","user":"U1","text":%q,"ts":"1761%06d.%06d"}}`,
				n, wish("invoice", n), n/1_000_000, n%1_000_000)
		},
		sign: func(r *http.Request, _ int, body string) {
			stamp := strconv.FormatInt(time.Now().Unix(), 10)
			r.Header.Set("X-Slack-Request-Timestamp", stamp)
			r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac("v0:"+stamp+":"+body)))
		},
		acknowledges: success,
	}
}

func zendeskVendor() vendor {
	return vendor{
		kind: "zendesk", note: func(n int) string { return fmt.Sprintf("ticket:%d:comment:%d", n, n) },
		body: func(n int) string {
			return fmt.Sprintf(`{"type":"zen:event-type:ticket.comment_added","id":"event-%d","time":"2026-11-12T16:02:03Z","detail":{"id":"%d","subject":"Question","organization_id":"77"},
				"event":{"comment":{"id":"%d","body":%q,"is_public":true,"author":{"id":"5","name":"Kim Buyer","is_staff":false}}}}`, n, n, n, strings.Replace(wish("ticket", n), "They", "We", 1))
		},
		sign: func(r *http.Request, _ int, body string) {
			stamp := time.Now().UTC().Format(time.RFC3339)
			r.Header.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
			r.Header.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(mac(stamp+body)))
		},
		acknowledges: success,
	}
}

// salesforceVendor sends Outbound Messages: the secret stands in the address, the session changes with each attempt, and only the right
// answer ends its repeats, whatever the status.
func salesforceVendor() vendor {
	var session atomic.Int64
	return vendor{
		kind: "salesforce", note: func(n int) string { return salesforceTask(n) },
		body: func(n int) string {
			return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D5e000001AbCdEAK</OrganizationId><SessionId>session-%d</SessionId>
<Notification><Id>04l%012d</Id><sObject xsi:type="sf:Task" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>%s</sf:Id><sf:AccountId>0015e00000CcCcCAAV</sf:AccountId>
<sf:Subject>Call</sf:Subject><sf:Description>%s</sf:Description><sf:CreatedDate>2026-11-12T15:00:00.000Z</sf:CreatedDate></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>`,
				session.Add(1), n, salesforceTask(n), wish("pipeline", n))
		},
		sign: func(r *http.Request, _ int, _ string) {
			r.Header.Set("Content-Type", "text/xml; charset=utf-8")
			r.URL.Path += "/" + vendorSecret
		},
		acknowledges: func(status int, body string) bool { return status == 200 && strings.Contains(body, "<Ack>true</Ack>") },
	}
}

// salesforceTask is an id of 18 characters; its last three tell of capitals, of which the fifteen before have one.
func salesforceTask(n int) string { return fmt.Sprintf("00T%012dEAA", n) }

// addVendors adds a source for each vendor and one that is pulled.
func addVendors(t *testing.T, dir, api string) {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(token, []byte("key"), 0o600))
	all := [][]string{{"fathom", "--every", "1m", "--token-file", token, "--set", "base_url=" + api, "--set", "our_domains=vendor.example", "--set", "days=3650"}}
	for _, v := range vendors() {
		args := []string{v.kind}
		for _, s := range v.settings {
			args = append(args, "--set", s)
		}
		all = append(all, args)
	}
	for _, args := range all {
		line := append([]string{"source", "add", "--data-dir", dir, "--name", args[0], "--kind", args[0], "--secret", vendorSecret}, args[1:]...)
		must(t, run(t.Context(), line, quietWorld()))
	}
}

// quietWorld is a world without an environment in which nobody listens.
func quietWorld() world {
	return world{env: func(string) (string, bool) { return "", false }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
}

// recorder plays an API that lists meetings, three a page, and that takes its time for each.
type recorder struct {
	meetings int
	calls    atomic.Int64
	slow     <-chan time.Time
}

const meetingsAPage = 3

func newRecorder(meetings int) *recorder {
	return &recorder{meetings: meetings, slow: time.Tick(10 * time.Millisecond)}
}

func (r *recorder) pages() int { return (r.meetings + meetingsAPage - 1) / meetingsAPage }

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.calls.Add(1)
	<-r.slow
	from, _ := strconv.Atoi(q.URL.Query().Get("cursor"))
	to := min(from+meetingsAPage, r.meetings)
	items := []any{}
	for n := from; n < to; n++ {
		items = append(items, map[string]any{
			"recording_id": n + 1, "title": "Renewal", "created_at": "2026-11-12T15:35:00Z", "share_url": fmt.Sprint("https://fathom.video/share/", n+1),
			"transcript": []any{map[string]any{"speaker": map[string]any{"display_name": "Kim Buyer", "matched_calendar_invitee_email": "kim@northwind.example"},
				"text": strings.Replace(wish("meeting", n+1), "They", "We", 1), "timestamp": "00:01:02"}},
			"calendar_invitees": []any{map[string]any{"name": "Kim Buyer", "email": "kim@northwind.example", "is_external": true}},
		})
	}
	answer := map[string]any{"items": items, "next_cursor": nil}
	if to < r.meetings {
		answer["next_cursor"] = strconv.Itoa(to)
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that went away hears nothing
}
