package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clamor"
)

const grainKind = "grain"

func grain() Adapter {
	return Adapter{
		Kind:  grainKind,
		Title: "Grain",
		Settings: append([]Setting{
			{Name: "base_url", Meaning: "the address of the API", Default: "https://api.grain.com/_/public-api/v2"},
			{Name: "version", Meaning: "the version of the API, as its Public-Api-Version header wants it", Default: "2025-10-31"},
		}, houseSettings()...),
		Verify:     func(s clamor.Source, r Request, _ time.Time) error { return provenBySecret(s, r) },
		Check:      checkJSON,
		DeliveryID: unnumbered,
		Parse:      parseGrain,
		Fetch:      fetchGrain,
	}
}

// parseGrain reads a webhook, or the recording of one with its transcript. What is deleted at Grain stays here.
func parseGrain(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	if d.Topic != "" {
		grainMeeting(root.down("recording"), root.raw("vtt")).harvest(&h, grainKind, o, &faults)
		return harvested(h, d, faults)
	}
	kind := root.word("type")
	if kind == "" {
		root.fault("type", "is missing: this is no hook of Grain")
	}
	h.Thin = (kind == "recording_added" || kind == "recording_updated") && root.down("data").word("id") != ""
	return harvested(h, d, faults)
}

// grainMeeting reads a recording: what was said by its transcript, else by its highlights.
func grainMeeting(o object, vtt string) meeting {
	m := meeting{
		path:    o.path,
		summary: o.down("ai_summary").raw("text"),
		said:    parseVTT(vtt),
		note: clamor.Note{
			ExternalID: o.text("id", maxID),
			Title:      o.text("title", maxURL),
			URL:        o.link("url"),
			OccurredAt: o.moment("start_datetime"),
		},
	}
	for _, p := range o.objects("participants") {
		g := guest{Person: clamor.Person{Name: p.text("name", maxName), Email: p.text("email", maxName)}}
		switch p.word("scope") {
		case "internal":
			g.side = sideOurs
			if m.note.Author == (clamor.Person{}) {
				m.note.Author = g.Person
			}
		case "external":
			g.side = sideTheirs
		}
		m.guests = append(m.guests, g)
	}
	if len(m.said) == 0 {
		for _, highlight := range o.objects("highlights") {
			m.said = append(m.said, m.highlight(highlight))
		}
	}
	m.account, m.deal = grainCRM(o.down("hubspot"))
	return m
}

// highlight reads a piece that somebody marked. One in which ours speak too is not taken for the customer's words.
func (m *meeting) highlight(o object) utterance {
	var names []string
	ours := false
	for _, v := range o.list("speakers") {
		name, _ := v.(string)
		names = append(names, cleanLine(name))
		ours = ours || m.guestCalled(name).side == sideOurs
	}
	at := momentIn(o.word("timestamp"), time.Millisecond)
	return utterance{speaker: strings.Join(names, " and "), words: o.raw("transcript"), at: at, ours: ours}
}

// grainCRM are the company and the deal at HubSpot that a recording is tied to, where it is one.
func grainCRM(o object) (a clamor.AccountFacts, d *clamor.DealFacts) {
	only := func(key string) string {
		if ids := o.list(key); len(ids) == 1 {
			return object{"", map[string]any{"id": ids[0]}, o.faults}.word("id")
		}
		return ""
	}
	if id := only("hubspot_company_ids"); id != "" {
		a.ExternalIDs = map[string]string{hubSpotKind: id}
	}
	if id := only("hubspot_deal_ids"); id != "" {
		d = completeDeal(clamor.DealFacts{System: hubSpotKind, ExternalID: id})
	}
	return a, d
}

// fetchGrain gets the transcript of a recording; a source without a token makes do with the highlights that the webhook brought.
func fetchGrain(ctx context.Context, p Pull, d clamor.Delivery) error {
	var sent struct {
		Data json.RawMessage `json:"data"`
	}
	var recording struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(withoutBOM(d.Body), &sent)
	if err != nil || json.Unmarshal(sent.Data, &recording) != nil {
		return clamor.Errorf(clamor.Invalid, "the hook's recording has no id that can be read")
	}
	page := recordingPage{Recording: sent.Data}
	if p.Source.Token == "" {
		return page.keep(ctx, p)
	}
	address := strings.TrimRight(p.Setting("base_url"), "/") + "/recordings/" + url.PathEscape(recording.ID) + "/transcript.vtt"
	page.VTT, err = p.askVTT(ctx, "Grain", Call{URL: address, Header: http.Header{"Authorization": {"Bearer " + p.Source.Token},
		"Public-Api-Version": {p.Setting("version")}}})
	if err != nil {
		return err
	}
	return page.keep(ctx, p)
}
