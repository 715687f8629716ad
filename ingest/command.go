package ingest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"clamor"
)

// command is what somebody types into a chat for us: "Northwind: needs SAML before renewal #deal:0061".
type command struct {
	account string // before the colon, "" where none is named
	text    string // the ask, as it was typed
	deal    string // the deal's id in the CRM
	asked   bool   // somebody says that it is an ask: it is one, whatever its words
}

// commandIn takes a command apart. The account is what stands before the first colon, if that can be a name.
func commandIn(text string) command {
	c := command{text: strings.TrimSpace(text), asked: true}
	tag := regexp.MustCompile(`(?i)(^|\s)#deal:(\S+)`)
	if m := tag.FindStringSubmatch(c.text); m != nil {
		c.deal = cleanLine(m[2])
		c.text = strings.TrimSpace(tag.ReplaceAllString(c.text, ""))
	}
	if name, rest, ok := strings.Cut(c.text, ":"); ok && isName(name) && parts(name, rest) {
		c.account, c.text = strings.Trim(cleanLine(name), "*_ "), strings.TrimSpace(strings.TrimLeft(rest, "*_"))
	}
	return c
}

// messageIn is commandIn for a message that was not written for us: only what looks like a name in it is one.
func messageIn(text string) command {
	c := commandIn(text)
	first, _ := utf8.DecodeRuneInString(c.account)
	if unicode.IsLower(first) && !strings.Contains(c.account, ".") {
		c.account, c.text = "", strings.TrimSpace(text)
	}
	return c
}

// parts reports whether a colon parts a name from what follows: it does not in "10:30" or in " :fire:".
func parts(name, rest string) bool {
	first, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(first) || first == '*' || unicode.IsLetter(first) && !strings.HasSuffix(name, " ")
}

// isName reports whether the words before a colon can be an account's name: few, on one line, and none of those with which people
// begin a message.
func isName(text string) bool {
	const longest, most = 80, 6
	text = strings.Trim(text, "*_ ")
	if text == "" || len(text) > longest || strings.ContainsAny(text, "\n?!<>\"") || len(strings.Fields(text)) > most || blank(text) {
		return false
	}
	const openings = " fyi psa note notes update re todo reminder question request feedback idea bug ps p.s. edit hi hello hey all team " +
		"heads-up heads up fwd subject summary ask asks customer account http https "
	words := strings.Fields(strings.ToLower(text))
	return !strings.Contains(openings, " "+strings.Join(words, " ")+" ") && !strings.Contains(" said says wrote asked told ",
		" "+words[len(words)-1]+" ")
}

// facts are those of the account named.
func (c command) facts() clamor.AccountFacts { return accountCalled(c.account) }

// noted confirms a command in words.
func (c command) noted() string {
	if c.account == "" {
		return "Noted: " + c.text
	}
	return "Noted for " + c.account + ": " + c.text
}

// note makes the note of a command. The account it names goes before the one that is set.
func (c command) note(root object, n clamor.Note, set clamor.AccountFacts, o ParseOptions) []clamor.Intake {
	account := set
	if c.account != "" {
		account = c.facts()
	}
	if !account.Known() {
		root.fault("text", "names no account: write ACCOUNT: what they need, or give the source a default_account or the channel's account")
		return nil
	}
	if blank(c.text) {
		root.fault("text", "is empty: write ACCOUNT: what they need")
		return nil
	}
	n.Text = c.text
	var deal *clamor.DealFacts
	if c.deal != "" && len(c.deal) <= maxID {
		deal = &clamor.DealFacts{System: crmSystem, ExternalID: c.deal}
	}
	in := intakeOf(n, account, deal, o, nil)
	if c.asked && len(in.Asks) == 0 && len(c.text) <= maxAsk {
		in.Asks = identified([]clamor.Ask{{Text: cleanLine(c.text), Quote: c.text, End: len(c.text)}}, in.Note)
	}
	return []clamor.Intake{in}
}

// channelAccount is the account that the settings give to where a form was sent from.
func channelAccount(settings map[string]string, o object) clamor.AccountFacts {
	if a := mappedAccount(settings, o.word("channel_id")); a.Known() {
		return a
	}
	if a := mappedAccount(settings, o.word("channel_name")); a.Known() {
		return a
	}
	return defaultAccount(settings)
}

func defaultAccount(settings map[string]string) clamor.AccountFacts {
	return accountCalled(settings["default_account"])
}

// mappedAccount finds a channel in the setting that lists the accounts of channels.
func mappedAccount(settings map[string]string, channel string) clamor.AccountFacts {
	for entry := range strings.FieldsFuncSeq(settings["channels"], func(r rune) bool { return r == ';' || r == '\n' }) {
		name, account, ok := strings.Cut(entry, "=")
		if ok && channel != "" && strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), "#")) == channel {
			return accountCalled(account)
		}
	}
	return clamor.AccountFacts{}
}
