package ingest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"clamor"
)

func mattermost() Adapter {
	return Adapter{
		Kind:  "mattermost",
		Title: "Mattermost",
		Settings: chatSettings("town-square", Setting{Name: "site",
			Meaning: "where people open Mattermost, for links to messages, e.g. https://chat.acme.example"}),
		Verify:     verifyMattermost,
		Check:      checkFormOrJSON,
		DeliveryID: mattermostDeliveryID,
		Parse:      parseMattermost,
		Handshake:  greetMattermost,
		Blank:      blankMattermost,
		Accepted:   acceptMattermost,
	}
}

// verifyMattermost compares the token that Mattermost made for the command or webhook. A command brings it in a header and in the form,
// a webhook only in the body.
func verifyMattermost(s clamor.Source, r Request, _ time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "Token") && sameSecret(strings.TrimSpace(token), s.Secret) {
		return nil
	}
	o, err := rootOrForm(r.Body, new([]clamor.Fault))
	if given, ok := o.m["token"].(string); err == nil && ok && sameSecret(given, s.Secret) {
		return nil
	}
	return clamor.Errorf(clamor.Unauthenticated, "the token is not this source's secret: copy the one that Mattermost shows")
}

func mattermostDeliveryID(_ http.Header, body []byte) string {
	o, err := rootOrForm(body, new([]clamor.Fault))
	if err != nil {
		return ""
	}
	if id := o.word("post_id"); id != "" {
		return id
	}
	return o.word("trigger_id")
}

func blankMattermost(body []byte) []byte {
	if isForm(body) {
		return blankForm(body, "", "token", "response_url")
	}
	return blankJSON(body, "token", "response_url")
}

// asTyped is the text of a chat that escapes nothing.
func asTyped(text string) string { return text }

func greetMattermost(s clamor.Source, r Request) *Answer {
	o, err := rootOrForm(r.Body, new([]clamor.Fault))
	if err != nil || r.Method != http.MethodPost {
		return nil
	}
	return commandHelp(o, s.Settings, asTyped)
}

// acceptMattermost tells who gave a command what was noted. What is answered to a webhook would be posted for all to see.
func acceptMattermost(r Request) Answer {
	o, err := rootOrForm(r.Body, new([]clamor.Fault))
	if err != nil || o.word("command") == "" {
		return Answer{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: []byte("{}")}
	}
	return ephemeral(commandIn(o.raw("text")).noted())
}

func parseMattermost(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, err := rootOrForm(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	n := clamor.Note{Kind: clamor.Chat, Author: clamor.Person{Name: root.text("user_name", maxName)}}
	var h clamor.Harvest
	switch {
	case root.word("command") != "":
		n.ExternalID = idBehind("command:", root.word("trigger_id"))
		h.Notes = commandIn(root.raw("text")).note(root, n, channelAccount(o.Settings, root), o)
	case root.word("post_id") != "":
		h.Notes = mattermostPost(root, n, o)
	}
	return harvested(h, d, faults)
}

// mattermostPost reads a message that an outgoing webhook sent. One that begins with the trigger word is meant for us and must name its
// account, unless the channel does; any other without an account is talk.
func mattermostPost(root object, n clamor.Note, o ParseOptions) []clamor.Intake {
	text := strings.TrimSpace(root.raw("text"))
	trigger := root.word("trigger_word")
	rest, meant := strings.CutPrefix(text, trigger)
	meant = meant && trigger != ""
	c, account := command{text: text}, channelAccount(o.Settings, root)
	if meant {
		c = messageIn(rest)
		c.asked = false
	}
	if blank(c.text) || c.account == "" && !account.Known() && !meant {
		return nil
	}
	unit := time.Second
	if len(root.word("timestamp")) > 11 { // JSON tells milliseconds, the form seconds
		unit = time.Millisecond
	}
	id := root.word("post_id")
	n.ExternalID, n.OccurredAt = "post:"+id, root.since1970("timestamp", unit)
	if site, team := o.told("mattermost", "site"), root.word("team_domain"); site != "" && team != "" {
		n.URL = strings.TrimRight(site, "/") + "/" + url.PathEscape(team) + "/pl/" + url.PathEscape(id)
	}
	return c.note(root, n, account, o)
}
