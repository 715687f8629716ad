package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

func slack() Adapter {
	return Adapter{
		Kind:  "slack",
		Title: "Slack",
		Settings: chatSettings("C0123ABCD", Setting{Name: "workspace",
			Meaning: "the name before .slack.com, for links to messages, e.g. acme"}),
		Verify:     verifySlack,
		Check:      checkFormOrJSON,
		DeliveryID: slackDeliveryID,
		Parse:      parseSlack,
		Handshake:  greetSlack,
		Blank:      blankSlack,
		Accepted:   acceptSlack,
	}
}

// chatSettings say whose account a message speaks of; example is a channel as its system names it.
func chatSettings(example string, more ...Setting) []Setting {
	return append([]Setting{
		{Name: "default_account", Meaning: "the account of messages that name none, by name or domain; if empty, such a command is refused"},
		{Name: "channels", Meaning: "the account of each channel, e.g. " + example + "=Northwind Example; " + example + "2=acme.example"},
	}, more...)
}

// verifySlack checks version 0 of Slack's signature: HMAC-SHA256 over version, time and body.
func verifySlack(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	stamp := r.Header.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "X-Slack-Request-Timestamp must be the seconds since 1970, digits only")
	}
	if err := timely(time.Unix(seconds, 0), now); err != nil {
		return err
	}
	given, ok := strings.CutPrefix(r.Header.Get("X-Slack-Signature"), "v0=")
	if !ok || !macFits(sha256.New, []byte(s.Secret), append([]byte("v0:"+stamp+":"), r.Body...), given, hex.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated, "X-Slack-Signature does not fit: the secret is the app's Signing Secret")
	}
	return nil
}

// slackRoot reads whatever Slack sends: an event in JSON, a command in a form, a shortcut in JSON in a form.
func slackRoot(body []byte, faults *[]clamor.Fault) (object, error) {
	o, err := rootOrForm(body, faults)
	if _, ok := o.m["payload"].(string); err == nil && ok && isForm(body) {
		return o.within("payload")
	}
	return o, err
}

func slackDeliveryID(_ http.Header, body []byte) string {
	o, err := slackRoot(body, new([]clamor.Fault))
	if err != nil {
		return ""
	}
	if id := o.word("event_id"); id != "" {
		return id
	}
	return o.word("trigger_id")
}

func blankSlack(body []byte) []byte {
	if isForm(body) {
		return blankForm(body, "payload", "token", "response_url")
	}
	return blankJSON(body, "token", "response_url")
}

// greetSlack answers the challenge of a new address, and a command that names no account or asks nothing: who typed it can still mend it.
func greetSlack(s clamor.Source, r Request) *Answer {
	if r.Method != http.MethodPost {
		return nil
	}
	o, err := slackRoot(r.Body, new([]clamor.Fault))
	if err != nil {
		return nil
	}
	if o.word("type") == "url_verification" {
		return &Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(o.word("challenge"))}
	}
	if o.word("ssl_check") == "1" {
		return welcome()
	}
	return commandHelp(o, s.Settings, slackPlain)
}

// commandHelp is the answer to a slash command from which no note can be made, nil where one can.
func commandHelp(o object, settings map[string]string, plain func(string) string) *Answer {
	name := o.word("command")
	if name == "" {
		return nil
	}
	c := commandIn(plain(o.raw("text")))
	help := name + " ACCOUNT: what they need. For example: " + name +
		" Northwind: needs SAML before renewal. Add #deal:ID where a deal hangs on it."
	var answer Answer
	switch {
	case blank(c.text) || fold(c.text) == "help":
		answer = ephemeral(help)
	case c.account == "" && !channelAccount(settings, o).Known():
		answer = ephemeral("Not noted: say whose wish it is. " + help)
	default:
		return nil
	}
	return &answer
}

// acceptSlack tells who gave a command what was noted; Slack shows nothing for other deliveries.
func acceptSlack(r Request) Answer {
	o, err := slackRoot(r.Body, new([]clamor.Fault))
	if err != nil || o.word("command") == "" {
		return Answer{Status: http.StatusOK}
	}
	return ephemeral(slackEscape(commandIn(slackPlain(o.raw("text"))).noted()))
}

func parseSlack(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, err := slackRoot(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	var h clamor.Harvest
	switch root.word("type") {
	case "event_callback":
		h.Notes = slackEvent(root, o)
	case "message_action":
		h.Notes = slackShortcut(root, o)
	default:
		if root.word("command") != "" {
			h.Notes = slackCommand(root, o)
		}
	}
	return harvested(h, d, faults)
}

func slackCommand(root object, o ParseOptions) []clamor.Intake {
	n := clamor.Note{
		ExternalID: idBehind("command:", root.word("trigger_id")),
		Kind:       clamor.Chat,
		Author:     clamor.Person{Name: root.text("user_name", maxName)},
	}
	return commandIn(slackPlain(root.raw("text"))).note(root, n, channelAccount(o.Settings, root), o)
}

// slackEvent reads a message, a mention of us, or the edit of either. What bots say, what Slack says of a channel, and what was taken
// back are no notes.
func slackEvent(root object, o ParseOptions) []clamor.Intake {
	event := root.down("event")
	message, subtype := event, event.word("subtype")
	switch {
	case !slices.Contains([]string{"message", "app_mention"}, event.word("type")):
		return nil
	case subtype == "message_changed":
		message = event.down("message")
		subtype = message.word("subtype")
	}
	people := []string{"", "thread_broadcast", "file_share", "me_message"}
	if message.word("bot_id") != "" || !slices.Contains(people, subtype) {
		return nil
	}
	s := slackMessage{message, event.word("channel"), o.told("slack", "workspace"), clamor.Person{Name: message.text("user", maxName)}}
	return s.note(root, o, event.word("type") == "app_mention", false)
}

// slackShortcut reads a message that somebody picked out.
func slackShortcut(root object, o ParseOptions) []clamor.Intake {
	message, user := root.down("message"), root.down("user")
	author := clamor.Person{Name: message.text("user", maxName)}
	if author.Name == "" || author.Name == user.word("id") {
		author.Name = user.text("name", maxName)
	}
	return slackMessage{message, root.down("channel").word("id"), root.down("team").word("domain"), author}.note(root, o, true, true)
}

// slackMessage is a message with what stands outside of it. Its time stamp is its name too, and stays a text: as a number it would be
// rounded.
type slackMessage struct {
	object
	channel, workspace string
	author             clamor.Person
}

// note gives the message as a note. Of one that was sent to us, or picked out by somebody, an account is demanded; any other without
// is talk.
func (m slackMessage) note(root object, o ParseOptions, sent, picked bool) []clamor.Intake {
	text, mention := withoutMention(m.raw("text"))
	ts := m.word("ts")
	n := clamor.Note{
		ExternalID: m.channel + ":" + ts,
		Kind:       clamor.Chat,
		URL:        m.permalink(ts),
		OccurredAt: m.since1970("ts", time.Second),
		Author:     m.author,
	}
	c := command{text: slackPlain(text)}
	account := mappedAccount(o.Settings, m.channel)
	if !account.Known() && (sent || mention) {
		c = messageIn(c.text)
	}
	c.asked = picked
	if !account.Known() && c.account == "" {
		account = defaultAccount(o.Settings)
	}
	switch {
	case blank(c.text):
		return nil
	case c.account == "" && !account.Known() && !sent:
		return nil
	case ts == "":
		m.fault("ts", "is missing: a message without its time stamp cannot be told from others")
		return nil
	}
	return c.note(root, n, account, o)
}

func (m slackMessage) permalink(ts string) string {
	if m.workspace == "" || m.channel == "" {
		return ""
	}
	return "https://" + url.PathEscape(m.workspace) + ".slack.com/archives/" + url.PathEscape(m.channel) + "/p" + strings.ReplaceAll(ts,
		".", "")
}

// withoutMention takes the mentions off that a message begins with: they say to whom it goes.
func withoutMention(text string) (rest string, found bool) {
	for {
		inner, ok := strings.CutPrefix(strings.TrimLeft(text, " "), "<@")
		_, after, closed := strings.Cut(inner, ">")
		if !ok || !closed {
			return text, found
		}
		text, found = strings.TrimLeft(after, " "), true
	}
}

// slackPlain gives the words of a text in Slack's markup: links by their labels, people and channels by name, entities decoded.
func slackPlain(text string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "<")
		inner, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			b.WriteString(text)
			break
		}
		b.WriteString(before + slackEntity(inner))
		text = after
	}
	return clean(strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String()))
}

func slackEntity(inner string) string {
	target, label, labelled := strings.Cut(inner, "|")
	sign := map[byte]string{'@': "@", '#': "#", '!': "@"}
	if target == "" {
		return label
	}
	mark, special := sign[target[0]]
	switch {
	case special && labelled && (target[0] == '!' || strings.HasPrefix(label, mark)):
		return label
	case special && labelled:
		return mark + label
	case special:
		return mark + target[1:]
	case labelled && label != "":
		return label
	}
	return strings.TrimPrefix(target, "mailto:")
}

// slackEscape keeps what somebody typed from being read as markup.
func slackEscape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
