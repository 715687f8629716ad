package export

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joint is an invisible character that keeps what GitHub would link (a mention, an issue number, an address, a commit) from
// being recognised. GitHub looks for these in the rendered text, where an HTML entity is the plain character again; so an
// entity alone does not stop it.
const joint = "\u200b"

// linked are the beginnings of what GitHub would link; the joint goes between the two groups, and none matches its own result.
var linked = []*regexp.Regexp{
	regexp.MustCompile("(@)([^" + joint + "]|$)"),                    // @name notifies somebody, name@host becomes a mail link
	regexp.MustCompile("(#)([0-9])"),                                 // #123, owner/name#123
	regexp.MustCompile("(?i)(gh-)([0-9])"),                           // GH-123
	regexp.MustCompile("(?i)([a-z0-9]:)(//)"),                        // an address; that of an issue would leave a trace there
	regexp.MustCompile("(?i)(www)([.])"),                             // an address as well
	regexp.MustCompile("(?i)((?:mailto|xmpp):)([^" + joint + "]|$)"), // and these
	regexp.MustCompile("(:)([a-zA-Z0-9_+-]+:)"),                      // :name: becomes a picture
	regexp.MustCompile(`(?i)(\b[0-9a-f]{4})([0-9a-f]{3,60}\b)`),      // a commit's name
}

// escape makes a text from outside plain text in Markdown, in a table cell and in HTML alike, on one line: whatever means
// something to any of them becomes a character reference, and whatever GitHub would link is taken apart.
func escape(text string) string {
	text = apart(strings.Join(strings.Fields(clean(text)), " "))
	var b strings.Builder
	for i, r := range text {
		if means(r) || i == 0 && strings.ContainsRune("-+=", r) {
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		} else {
			b.WriteRune(r)
		}
	}
	return unnumber(b.String())
}

// means reports whether a character has a meaning in Markdown or HTML wherever it stands.
func means(r rune) bool { return strings.ContainsRune("\\`*_~[]<>&|#$\"", r) }

// number is the beginning of a line that Markdown takes for an item of a numbered list.
var number = regexp.MustCompile(`^([0-9]{1,9})([.)])`)

func unnumber(text string) string {
	return number.ReplaceAllStringFunc(text, func(s string) string {
		return s[:len(s)-1] + "&#" + strconv.Itoa(int(s[len(s)-1])) + ";"
	})
}

// apart puts a joint into everything GitHub would link. Matches may share a character, hence the repetition.
func apart(text string) string {
	for _, pattern := range linked {
		for pattern.MatchString(text) {
			text = pattern.ReplaceAllString(text, "${1}"+joint+"${2}")
		}
	}
	return text
}

// clean drops what cannot be seen but changes what is: control characters and those that turn the direction of writing.
// Line ends of every kind become \n.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufeff':
			return -1
		}
		return r
	}, text)
}

// lines escapes a text of several lines for one paragraph or table cell: its line ends become <br>.
func lines(text string) string {
	var out []string
	for _, line := range strings.Split(clean(text), "\n") {
		if line = escape(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "<br>")
}

// shorten cuts a text to so many characters, at a space where one is near, and says so by an ellipsis.
func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	runes := []rune(text)[:most-1]
	cut := string(runes)
	if space := strings.LastIndexFunc(cut, unicode.IsSpace); space > len(cut)*2/3 {
		cut = cut[:space]
	}
	return strings.TrimRightFunc(cut, unicode.IsSpace) + "…"
}

// brief is escape for a text that may be longer than anybody reads here.
func brief(text string, most int) string { return escape(shorten(text, most)) }

// link makes a Markdown link of an escaped label. An address that is not of the web, or that a tracker would take for a
// reference to one of its own issues, is not linked: the label stands alone.
func link(label, address string) string {
	if address = webAddress(address); address == "" {
		return label
	}
	return "[" + label + "](<" + address + ">)"
}

// webAddress is an absolute http or https address with everything encoded that could end a link, or "".
func webAddress(address string) string {
	u, err := url.Parse(strings.TrimSpace(strings.ToValidUTF8(address, "")))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || len(address) > 2000 || onGitHub(u.Hostname()) {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c == '&' {
			b.WriteString("&amp;") // a character reference counts inside a link as well
		} else if c <= ' ' || c >= 0x7f || strings.IndexByte("<>()[]|\\`\"'*^{}@", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func onGitHub(host string) bool {
	host = strings.ToLower(host)
	return host == "github.com" || strings.HasPrefix(host, "github.") || strings.HasSuffix(host, ".github.com") || strings.HasSuffix(host, ".ghe.com")
}
