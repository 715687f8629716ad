package ingest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

const zoomKind = "zoom"

func zoom() Adapter {
	return Adapter{
		Kind:  zoomKind,
		Title: "Zoom",
		Settings: append([]Setting{
			{Name: "token_url", Meaning: "where a server-to-server app gets its tokens", Default: "https://zoom.us/oauth/token"},
			{Name: "download_host", Meaning: "the only domain from which transcripts are downloaded", Default: "zoom.us"},
		}, houseSettings()...),
		Verify:     verifyZoom,
		Check:      checkJSON,
		DeliveryID: zoomDeliveryID,
		Parse:      parseZoom,
		Handshake:  greetZoom,
		Blank: func(body []byte) []byte {
			return blankJSON(body, "download_token", "download_access_token", "password", "recording_play_passcode")
		},
		Fetch: fetchZoom,
	}
}

// verifyZoom checks the HMAC of version, time and body.
func verifyZoom(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	stamp, given := r.Header.Get("X-Zm-Request-Timestamp"), r.Header.Get("X-Zm-Signature")
	if stamp == "" || given == "" {
		return clamor.Errorf(clamor.Unauthenticated, "x-zm-signature or x-zm-request-timestamp is missing: only Zoom's webhooks are read here")
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "x-zm-request-timestamp must be the seconds since 1970, digits only")
	}
	if err := timely(time.Unix(at, 0), now); err != nil {
		return err
	}
	hash, ok := strings.CutPrefix(given, "v0=")
	if !ok || !macFits(sha256.New, []byte(s.Secret), append([]byte("v0:"+stamp+":"), r.Body...), hash, hex.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated, "x-zm-signature does not fit these bytes: the secret is the app's Secret Token at Zoom")
	}
	return nil
}

// greetZoom proves to Zoom that we know the secret, when a hook is set up and every three days.
func greetZoom(s clamor.Source, r Request) *Answer {
	var faults []clamor.Fault
	o, err := rootOf(r.Body, &faults)
	token := o.down("payload").word("plainToken")
	if err != nil || r.Method != http.MethodPost || o.word("event") != "endpoint.url_validation" || token == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(token))
	body, _ := json.Marshal(map[string]string{"plainToken": token, "encryptedToken": hex.EncodeToString(mac.Sum(nil))}) // texts are always JSON
	return &Answer{Status: http.StatusOK, ContentType: "application/json", Body: body}
}

// zoomDeliveryID is made of what Zoom repeats when it tries again.
func zoomDeliveryID(_ http.Header, body []byte) string {
	var faults []clamor.Fault
	o, err := rootOf(body, &faults)
	thing := o.down("payload", "object")
	uuid := cmp.Or(thing.word("uuid"), thing.word("meeting_uuid"))
	if err != nil || uuid == "" || len(uuid) > maxID || o.word("event_ts") == "" {
		return ""
	}
	return o.word("event") + ":" + uuid + ":" + o.word("event_ts")
}

// parseZoom reads a summary, an announced transcript, or a transcript that was fetched.
func parseZoom(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if d.Topic != "" {
		zoomMeeting(root.down("recording"), root.raw("vtt")).harvest(&h, zoomKind, o, &faults)
		return harvested(h, d, faults)
	}
	thing := root.down("payload", "object")
	switch root.word("event") {
	case "":
		root.fault("event", "is missing: this is no webhook of Zoom")
	case "meeting.summary_completed", "meeting.summary_updated":
		zoomSummary(thing).harvest(&h, zoomKind, o, &faults)
	case "recording.transcript_completed", "recording.completed":
		h.Thin = zoomTranscript(thing) != ""
	}
	return harvested(h, d, faults)
}

// zoomTranscript is the address of a recording's transcript, "" where it has none.
func zoomTranscript(recording object) string {
	for _, f := range recording.objects("recording_files") {
		if f.word("file_type") == "TRANSCRIPT" || f.word("recording_type") == "audio_transcript" {
			return f.link("download_url")
		}
	}
	return ""
}

func zoomMeeting(o object, vtt string) meeting {
	return meeting{
		path: o.path,
		said: parseVTT(vtt),
		note: clamor.Note{
			ExternalID: o.text("uuid", maxID),
			Title:      o.text("topic", maxURL),
			URL:        o.link("share_url"),
			OccurredAt: o.moment("start_time"),
			Author:     clamor.Person{Email: o.text("host_email", maxName)},
		},
	}
}

// zoomSummary is a note of its own: the transcript of the same meeting may come before or after it, or never.
func zoomSummary(o object) meeting {
	lines := []string{prose(o.m["summary_overview"])}
	for _, part := range o.objects("summary_details") {
		lines = append(lines, cleanLine(part.raw("label"))+"\n"+part.raw("summary"))
	}
	return meeting{
		path:    o.path,
		summary: summed(strings.Join(lines, "\n\n"), prose(o.m["next_steps"])),
		note: clamor.Note{
			ExternalID: "summary:" + o.text("meeting_uuid", maxID),
			Title:      cmp.Or(o.text("meeting_topic", maxURL), o.text("summary_title", maxURL)),
			OccurredAt: o.moment("meeting_start_time"),
			Author:     clamor.Person{Email: o.text("meeting_host_email", maxName)},
		},
	}
}

// fetchZoom downloads the transcript that a webhook announces. The token that the webhook brings is not kept, so that ours has to do.
func fetchZoom(ctx context.Context, p Pull, d clamor.Delivery) error {
	var sent struct {
		Payload struct {
			Object json.RawMessage `json:"object"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(withoutBOM(d.Body), &sent); err != nil {
		return clamor.Errorf(clamor.Invalid, "the webhook cannot be read: %w", err)
	}
	var faults []clamor.Fault
	recording, err := rootOf(sent.Payload.Object, &faults)
	if err != nil {
		return err
	}
	address := zoomTranscript(recording)
	if !zoomHost(address, p.Setting("download_host")) {
		return clamor.Errorf(clamor.Invalid,
			"the transcript lies at %q, not at the source's download_host: our token is not shown there", clip(address))
	}
	token, err := zoomToken(ctx, p)
	if err != nil {
		return err
	}
	text, err := p.askVTT(ctx, "Zoom", Call{URL: address, Header: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		return err
	}
	return recordingPage{Recording: sent.Payload.Object, VTT: text}.keep(ctx, p)
}

func zoomHost(address, domain string) bool {
	u, err := url.Parse(address)
	if err != nil || domain == "" {
		return false
	}
	return slices.Contains([]string{u.Host, u.Hostname()}, domain) || strings.HasSuffix(u.Hostname(), "."+domain)
}

// zoomToken gets a token for an hour, as server-to-server apps do; a token without colons is one already.
func zoomToken(ctx context.Context, p Pull) (string, error) {
	parts := strings.SplitN(p.Source.Token, ":", 3)
	if len(parts) != 3 {
		return p.Source.Token, nil
	}
	credential := base64.StdEncoding.EncodeToString([]byte(parts[1] + ":" + parts[2]))
	form := url.Values{"grant_type": {"account_credentials"}, "account_id": {parts[0]}}
	body, err := p.ask(ctx, "Zoom", Call{Method: http.MethodPost, URL: p.Setting("token_url"), Body: []byte(form.Encode()), Safe: true,
		Header: http.Header{"Authorization": {"Basic " + credential}, "Content-Type": {formType}}})
	if err != nil {
		return "", err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Token == "" {
		return "", clamor.Errorf(clamor.Unavailable,
			"Zoom gives no token: look at token_url, and at the source's token, which is ACCOUNT_ID:CLIENT_ID:CLIENT_SECRET")
	}
	return answer.Token, nil
}
