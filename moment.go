package clamor

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// MomentOf is how many seconds into a recording a place of its text lies, as the line says in which it stands: "[21:52] Kim Buyer: …".
// It is -1 where no line does.
func MomentOf(text string, at int) int {
	if at < 0 || at > len(text) {
		return -1
	}
	line := text[strings.LastIndexByte(text[:at], '\n')+1:]
	inner, ok := strings.CutPrefix(line, "[")
	clock, _, closed := strings.Cut(inner[:min(len(inner), len("000:00:00]"))], "]")
	parts := strings.Split(clock, ":")
	if !ok || !closed || len(parts) < 2 || len(parts) > 3 {
		return -1
	}
	seconds := 0
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || i > 0 && (len(part) != 2 || n > 59) {
			return -1
		}
		seconds = 60*seconds + n
	}
	return seconds
}

// LinkAt leads to a moment of a recording, where the recorder's addresses can say one; any other link stays as it is.
func LinkAt(link string, seconds int) string {
	u, err := url.Parse(link)
	if err != nil || seconds < 0 {
		return link
	}
	name, value := "", strconv.Itoa(seconds)
	switch host := strings.ToLower(u.Hostname()); {
	case host == "fathom.video":
		name = "timestamp"
	case host == "app.fireflies.ai":
		name = "t"
	case host == "app.gong.io" || strings.HasSuffix(host, ".app.gong.io"):
		const shown = 30 // seconds that the player marks
		name, value = "highlights", fmt.Sprintf(`[{"type":"SHARE","from":%d,"to":%d}]`, seconds, seconds+shown)
	}
	query := u.Query()
	if name == "" || query.Has(name) {
		return link
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += name + "=" + url.QueryEscape(value)
	return u.String()
}
