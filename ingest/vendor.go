package ingest

import (
	"crypto/hmac"
	"encoding/json"
	"hash"
	"math/big"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"clamor"
)

// What the adapters of vendors share: their signatures, their money, their times, their HTML.

// macFits reports in constant time whether a signature, read by decode, is the HMAC of content.
func macFits(algorithm func() hash.Hash, secret, content []byte, given string, decode func(string) ([]byte, error)) bool {
	signature, err := decode(given)
	if err != nil || len(secret) == 0 {
		return false
	}
	mac := hmac.New(algorithm, secret)
	mac.Write(content)
	return hmac.Equal(signature, mac.Sum(nil))
}

// noSecret is what a source without a secret answers, whatever it is sent.
func noSecret(s clamor.Source) error {
	if s.Secret != "" {
		return nil
	}
	return clamor.Errorf(clamor.Unauthenticated, "this source has no secret: give it one, nothing is accepted without")
}

// timely checks a signed moment against now.
func timely(signed, now time.Time) error {
	if age := now.Sub(signed); age > signatureWindow || age < -signatureWindow {
		return clamor.Errorf(clamor.Unauthenticated, "the signed time lies more than %v from now: sign anew for each attempt, and set the clock", signatureWindow)
	}
	return nil
}

// rootOf reads a body as one JSON object whose faults are gathered.
func rootOf(body []byte, faults *[]clamor.Fault) (object, error) {
	value, err := decode(withoutBOM(body))
	if err != nil {
		return object{}, err
	}
	m, ok := value.(map[string]any)
	if !ok {
		return object{}, clamor.Errorf(clamor.Invalid, "the body is %s where an object is expected", typeName(value))
	}
	return object{"", m, faults}, nil
}

// down walks down into objects; what is not there reads as empty.
func (o object) down(keys ...string) object {
	for _, key := range keys {
		child, ok := o.m[key].(map[string]any)
		if !ok {
			return object{o.at(key), nil, o.faults}
		}
		o = object{o.at(key), child, o.faults}
	}
	return o
}

// word is a field as one line of text, whatever its JSON type; "" where it holds no single value.
func (o object) word(key string) string {
	switch v := o.m[key].(type) {
	case string:
		return cleanLine(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// yearly is an amount a month, taken for a year.
func yearly(m *clamor.Money) *clamor.Money {
	if m == nil || m.Minor > clamor.MaxMinor/12 {
		return m
	}
	return &clamor.Money{Minor: 12 * m.Minor, Currency: m.Currency}
}

// since1970 is a moment told in units since 1970, with or without a fraction, as a number or a text.
func (o object) since1970(key string, unit time.Duration) time.Time {
	text := o.word(key)
	if text == "" {
		return time.Time{}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := json.Number(whole).Int64()
	if err != nil || n < 0 || n > int64(7_258_118_400)*int64(time.Second/unit) { // until the year 2200
		o.fault(key, "%q is no time since 1970", clip(text))
		return time.Time{}
	}
	perSecond := int64(time.Second / unit)
	t := time.Unix(n/perSecond, n%perSecond*int64(unit))
	if part, err := time.ParseDuration("0." + fraction + "s"); fraction != "" && err == nil && unit == time.Second {
		t = t.Add(part)
	}
	return t.UTC().Truncate(time.Microsecond)
}

// plain gives the words of a piece of HTML: blocks become lines, scripts and styles nothing. Text without markup stays as it is.
func plain(markup string) string {
	if !strings.ContainsAny(markup, "<&") {
		return clean(markup)
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(markup))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return clean(tidied(b.String()))
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style:
				hidden++
			case atom.Li:
				b.WriteString("\n- ")
			default:
				breakLine(&b, tag)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if tag := atom.Lookup(name); tag == atom.Script || tag == atom.Style {
				hidden = max(0, hidden-1)
			} else {
				breakLine(&b, tag)
			}
		}
	}
}

func breakLine(b *strings.Builder, tag atom.Atom) {
	switch tag {
	case atom.Br, atom.P, atom.Div, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.WriteByte('\n')
	}
}

// tidied takes the white space of markup out: at most one empty line, none at the ends.
func tidied(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// gone reports that a record is not there, or not any more.
func gone(err error) bool { return err != nil && clamor.KindOf(err) == clamor.NotFound }

// PathSecret is the header under which the hook's address hands on what stood behind the source's name.
const PathSecret = "Clamor-Path-Secret" //nolint:gosec // the name of a header

// provenBySecret accepts the source's secret in the hook's address or as a bearer token: all that senders can do who sign nothing.
func provenBySecret(s clamor.Source, r Request) error {
	if err := noSecret(s); err != nil {
		return err
	}
	if given := r.Header.Get(PathSecret); given != "" {
		if sameSecret(given, s.Secret) {
			return nil
		}
		return clamor.Errorf(clamor.Unauthenticated, "the secret in the address is not this source's: copy the whole address anew")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "Bearer") && sameSecret(strings.TrimSpace(token), s.Secret) {
		return nil
	}
	return clamor.Errorf(clamor.Unauthenticated,
		"no credential of this source: put its secret behind the address, or send it as Authorization: Bearer SECRET")
}

// exactMoney reads an amount as programs write it: the dot is the decimal mark however many digits follow, an exponent may stand behind,
// and what is finer than the currency's minor unit is rounded. People's amounts are ParseMoney's.
func exactMoney(text, currency string) (clamor.Money, error) {
	if strings.ContainsAny(text, "eE") {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			text = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	const longest = 40 // digits; more are no amount and take long to read
	if len(text) > longest || strings.Trim(text, "0123456789.-") != "" {
		return clamor.ParseMoney(text, currency)
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return clamor.ParseMoney(text, currency)
	}
	for digits := 4; digits > 0; digits-- {
		// Noughts at the end keep three decimals from reading as thousands.
		if m, err := clamor.ParseMoney(n.FloatString(digits)+strings.Repeat("0", 5-digits), currency); err == nil {
			return m, nil
		}
	}
	return clamor.ParseMoney(n.FloatString(0), currency)
}

// exact is an amount in major units as a program writes it, as a number or in quotes; nil where there is none.
func (o object) exact(key, currency string) *clamor.Money {
	text := o.word(key)
	if text == "" {
		return nil
	}
	m, err := exactMoney(text, currency)
	if o.faulty(key, err) {
		return nil
	}
	return &m
}

// domainsIn gives the one domain of an address or a link, none where it tells no account.
func domainsIn(text string) []string {
	if domain, err := clamor.NormalDomain(cleanLine(text)); err == nil {
		return []string{domain}
	}
	return nil
}
