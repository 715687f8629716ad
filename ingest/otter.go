package ingest

import (
	"cmp"
	"strings"
	"time"

	"clamor"
)

const otterKind = "otter"

func otter() Adapter {
	return Adapter{
		Kind:       otterKind,
		Title:      "Otter",
		Settings:   houseSettings(),
		Verify:     func(s clamor.Source, r Request, _ time.Time) error { return provenBySecret(s, r) },
		Check:      checkJSON,
		DeliveryID: unnumbered,
		Parse:      parseOtter,
	}
}

// parseOtter reads a conversation: with the envelope of the workspace webhook, or without, as older hooks sent it.
func parseOtter(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if event := root.down("meta", "webhook").word("event"); event != "" && event != "conversation_completed" {
		return h, nil
	}
	conversation := root
	if _, enveloped := root.m["data"]; enveloped {
		conversation = root.down("data")
	}
	if conversation.word("id") == "" {
		conversation.fault("id", "is missing: this is no conversation of Otter")
		return harvested(h, d, faults)
	}
	otterMeeting(conversation).harvest(&h, otterKind, o, &faults)
	return harvested(h, d, faults)
}

// otterMeeting reads a conversation by what is documented, the names of its fields, and takes their values in whatever shape they come.
func otterMeeting(o object) meeting {
	owner := o.down("owner")
	m := meeting{
		path:    o.path,
		said:    otterWords(o),
		summary: summed(strings.TrimSpace(prose(o.m["abstract_summary"])+"\n"+prose(o.m["outline"])), prose(o.m["action_items"])),
		note: clamor.Note{
			ExternalID: o.text("id", maxID),
			Title:      o.text("title", maxURL),
			URL:        o.link("url"),
			Author:     clamor.Person{Name: owner.text("name", maxName), Email: owner.text("email", maxName)},
		},
	}
	if at, err := parseTime(o.word("created_at")); err == nil {
		m.note.OccurredAt = at
	} else {
		m.note.OccurredAt = o.since1970("created_at", time.Second)
	}
	for _, g := range o.objects("calendar_guests") {
		m.guests = append(m.guests, guest{Person: clamor.Person{Name: g.text("name", maxName), Email: g.text("email", maxName)}})
	}
	return m
}

// otterWords reads the transcript as one text or as a list of parts.
func otterWords(o object) []utterance {
	if text, ok := o.m["transcript"].(string); ok {
		return parseSpoken(text)
	}
	list := o
	if _, ok := o.m["transcript"].(map[string]any); ok {
		list = o.down("transcript")
		list.m = map[string]any{"transcript": firstList(list.m)}
	}
	var said []utterance
	for _, part := range list.objects("transcript") {
		speaker := cmp.Or(part.word("speaker_name"), part.word("speaker"), part.down("speaker").word("name"), part.word("name"))
		start := cmp.Or(part.word("start_time"), part.word("start"), part.word("timestamp"))
		at, ok := clockTime(start)
		if !ok {
			at = momentIn(start, time.Second)
		}
		said = append(said, utterance{speaker: speaker, words: cmp.Or(part.word("text"), part.word("transcript"), part.word("sentence")), at: at})
	}
	return said
}

// firstList is the first list in an object, by the order of its keys.
func firstList(m map[string]any) any {
	for _, key := range sortedKeys(m) {
		if _, ok := m[key].([]any); ok {
			return m[key]
		}
	}
	return nil
}
