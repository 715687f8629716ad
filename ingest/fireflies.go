package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"clamor"
)

const firefliesKind = "fireflies"

func fireflies() Adapter {
	return Adapter{
		Kind:  firefliesKind,
		Title: "Fireflies",
		Settings: append([]Setting{
			{Name: "base_url", Meaning: "the address of the GraphQL API", Default: "https://api.fireflies.ai/graphql"},
		}, houseSettings()...),
		Verify:     verifyFireflies,
		Check:      checkJSON,
		DeliveryID: firefliesDeliveryID,
		Parse:      parseFireflies,
		Fetch:      fetchFireflies,
	}
}

// verifyFireflies checks the HMAC of the body. The second version of the webhook writes the algorithm before it, the first does not.
func verifyFireflies(s clamor.Source, r Request, _ time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	given := r.Header.Get("X-Hub-Signature")
	if given == "" {
		return clamor.Errorf(clamor.Unauthenticated,
			"X-Hub-Signature is missing: set this source's secret as the signing secret of the webhook at Fireflies")
	}
	if !macFits(sha256.New, []byte(s.Secret), r.Body, strings.TrimPrefix(given, "sha256="), hex.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated,
			"X-Hub-Signature does not fit these bytes: Fireflies has another signing secret than this source")
	}
	return nil
}

// announcedMeeting reads which meeting a webhook of either version is about, and what happened to it.
func announcedMeeting(body []byte) (id, event string) {
	var faults []clamor.Fault
	o, err := rootOf(body, &faults)
	if err != nil {
		return "", ""
	}
	return cmp.Or(o.word("meeting_id"), o.word("meetingId")), cmp.Or(o.word("event"), o.word("eventType"))
}

func firefliesDeliveryID(_ http.Header, body []byte) string {
	id, event := announcedMeeting(body)
	if id == "" || len(id) > maxID {
		return ""
	}
	return id + ":" + event
}

// parseFireflies reads a webhook, which says only that there is a transcript, or the transcript that was fetched.
func parseFireflies(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if d.Topic != "" {
		if t := root.down("data", "transcript"); t.word("id") != "" {
			firefliesMeeting(t).harvest(&h, firefliesKind, o, &faults)
		}
		return harvested(h, d, faults)
	}
	id, event := announcedMeeting(d.Body)
	switch {
	case id == "":
		root.fault("meeting_id", "is missing: this is no webhook of Fireflies")
	case event != "meeting.bot_joined":
		h.Thin = true
	}
	return harvested(h, d, faults)
}

func firefliesMeeting(o object) meeting {
	m := meeting{
		path:    o.path,
		summary: firefliesSummary(o.down("summary")),
		note: clamor.Note{
			ExternalID: o.text("id", maxID),
			Title:      o.text("title", maxURL),
			URL:        o.link("transcript_url"),
			OccurredAt: o.moment("dateString"),
			Author:     clamor.Person{Email: cmp.Or(o.text("organizer_email", maxName), o.text("host_email", maxName))},
		},
	}
	if m.note.OccurredAt.IsZero() {
		m.note.OccurredAt = o.since1970("date", time.Millisecond)
	}
	invited := map[string]bool{}
	for _, a := range o.objects("meeting_attendees") {
		email := a.text("email", maxName)
		invited[strings.ToLower(email)] = true
		name := cmp.Or(a.text("displayName", maxName), a.text("name", maxName))
		m.guests = append(m.guests, guest{Person: clamor.Person{Name: name, Email: email}})
	}
	for _, p := range o.list("participants") {
		if email, ok := p.(string); ok && !invited[strings.ToLower(email)] && len(email) <= maxName {
			invited[strings.ToLower(email)] = true
			m.guests = append(m.guests, guest{Person: clamor.Person{Email: cleanLine(email)}})
		}
	}
	for _, s := range o.objects("sentences") {
		m.said = append(m.said, utterance{speaker: s.word("speaker_name"), words: s.raw("text"), at: momentIn(s.word("start_time"), time.Second)})
	}
	return m
}

// firefliesSummary is what Fireflies makes of a meeting, for one without words.
func firefliesSummary(o object) string {
	return summed(cmp.Or(prose(o.m["overview"]), prose(o.m["short_summary"])), prose(o.m["action_items"]))
}

// firefliesQuery asks for all that a note is made of.
const firefliesQuery = `query($id: String!) { transcript(id: $id) { id title date dateString duration organizer_email host_email participants
 transcript_url meeting_attendees { displayName name email } sentences { index speaker_name text start_time end_time }
 summary { overview short_summary action_items } } }`

// fetchFireflies gets the transcript that a webhook announces.
func fetchFireflies(ctx context.Context, p Pull, d clamor.Delivery) error {
	id, _ := announcedMeeting(d.Body)
	header := http.Header{"Authorization": {"Bearer " + p.Source.Token}}
	answer, err := p.askGraphQL(ctx, "Fireflies", header, firefliesQuery, map[string]any{"id": id})
	if err != nil {
		return err
	}
	var told struct {
		Data struct {
			Transcript *struct {
				ID string `json:"id"`
			} `json:"transcript"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || told.Data.Transcript == nil {
		return clamor.Errorf(clamor.NotFound, "Fireflies has no transcript of this meeting: not yet, or not any more")
	}
	return p.Keep(ctx, Page{Topic: "transcripts", Body: answer})
}
