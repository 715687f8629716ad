package export

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"clamor"
)

// names writes accounts, people's words and amounts as a document may show them: as they are, or, where the document is for
// the public, as aliases and bands.
type names struct {
	*secrets // nil where nothing is hidden
	redact   bool
	accounts map[clamor.AccountID]clamor.Account
	alias    map[clamor.AccountID]string
}

func newNames(r clamor.Report, o MarkdownOptions) *names {
	n := &names{redact: o.Redact, accounts: r.Accounts, alias: map[clamor.AccountID]string{}}
	switch {
	case o.Redact && o.secrets != nil:
		n.secrets = o.secrets()
	case o.Redact:
		n.secrets = secretsOf(r)
	}
	return n
}

// secrets are the names that the public must not read, as folded words.
type secrets struct {
	hidden map[string][][]string // the first word of a name -> the names that begin with it
	leads  map[string]bool       // the first words of longer names, hidden where they are written as names
	people map[string]bool       // the parts of people's names, hidden where they are written as names
}

func secretsOf(r clamor.Report) *secrets {
	s := &secrets{hidden: map[string][][]string{}, leads: map[string]bool{}, people: map[string]bool{}}
	for _, a := range r.Accounts {
		s.hideAccount(a.Name)
		for _, domain := range a.Domains {
			s.hideAccount(domain)
		}
	}
	for _, name := range r.Names {
		s.hideAccount(name)
	}
	for _, quotes := range r.Quotes {
		for _, q := range quotes {
			s.hide(q.AccountName)
			s.hide(q.DealName)
			s.hidePerson(q.Author)
			s.hidePerson(q.Contact)
		}
	}
	for _, person := range r.People {
		s.hidePerson(person)
	}
	return s
}

// legal are the words that end a company's name in its papers only.
const legal = " inc incorporated llc ltd limited corp corporation co company gmbh ag se kg sa sas sarl bv nv oy ab as aps plc pty srl spa "

// hideAccount hides an account's name or domain, and what people shorten it to: a domain to its first label, a name of several words
// to the first of them.
func (s *secrets) hideAccount(name string) {
	s.hide(name)
	if label, rest, dotted := strings.Cut(name, "."); dotted && !strings.ContainsAny(name, " ,") && rest != "" {
		if len(label) > 2 {
			s.hide(label)
		}
		return
	}
	if words := folded(name); len(words) > 1 && utf8.RuneCountInString(words[0]) > 3 {
		s.leads[words[0]] = true
	}
}

// hidePerson hides a person's name and address, and each part of the name: people are called by one of them.
func (s *secrets) hidePerson(p clamor.Person) {
	s.hide(p.Name)
	s.hide(p.Email)
	for _, part := range folded(p.Name) {
		if utf8.RuneCountInString(part) > 2 {
			s.people[part] = true
		}
	}
}

func (s *secrets) hide(name string) {
	words := folded(name)
	for len(words) > 1 && strings.Contains(legal, " "+words[len(words)-1]+" ") {
		words = words[:len(words)-1]
	}
	if len(words) > 0 {
		s.hidden[words[0]] = append(s.hidden[words[0]], words)
	}
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

func folded(text string) []string { return strings.FieldsFunc(fold(text), notWord) }

// fold makes texts equal that differ in case, accents or form only.
func fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text)))
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// account is how the document calls an account. Aliases are numbered in the order of appearance: whatever is derived from the
// name could be found again by trying names.
func (n *names) account(id clamor.AccountID) string {
	if !n.redact {
		if a, found := n.accounts[id]; found && strings.TrimSpace(a.Name) != "" {
			return a.Name
		}
		return "an account without a name"
	}
	if n.alias[id] == "" {
		n.alias[id] = fmt.Sprintf("Account %d", len(n.alias)+1)
	}
	return n.alias[id]
}

var word = regexp.MustCompile(`[\pL\pN\pM]+`)

// sums are the amounts of money that a text may name.
var sums = func() *regexp.Regexp {
	const digits, scale, sign, code = `\d+(?:[.,' ]\d+)*`, `\s?(?:k|m|mm|bn|mio|million|thousand)\b`, `[$€£¥]`, `\b(?:usd|eur|gbp|jpy|chf|cad|aud|dollars?|euros?|pounds?)\b`
	return regexp.MustCompile(`(?i)(?:` + sign + `|` + code + `)\s?` + digits + `(?:` + scale + `)?` +
		`|` + digits + `(?:` + scale + `)?\s?(?:` + sign + `|` + code + `)|` + digits + scale)
}()

// words writes a text from outside: as it is, or without the names and amounts that are known.
func (n *names) words(text string) string {
	if !n.redact {
		return text
	}
	var b strings.Builder
	last, spans := 0, word.FindAllStringIndex(text, -1)
	for i := 0; i < len(spans); i++ {
		length, label := n.hiddenAt(text, spans[i:]), "[account]"
		if word := text[spans[i][0]:spans[i][1]]; length == 0 && capital(word) {
			switch {
			case n.people[fold(word)]:
				length, label = 1, "[name]"
			case i > 0 && n.leads[fold(word)]: // at the beginning every word is written so, and tells nothing
				length = 1
			}
		}
		if length > 0 {
			b.WriteString(text[last:spans[i][0]] + label)
			i += length - 1
			last = spans[i][1]
		}
	}
	return sums.ReplaceAllString(b.String()+text[last:], "[amount]")
}

// capital reports whether a word is written as a name is.
func capital(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return !unicode.IsLower(first)
}

// hiddenAt counts the words of the longest hidden name with which the spans begin.
func (n *names) hiddenAt(text string, spans [][]int) int {
	longest := 0
	for _, name := range n.hidden[fold(text[spans[0][0]:spans[0][1]])] {
		if len(name) > longest && len(name) <= len(spans) && matches(text, spans, name) {
			longest = len(name)
		}
	}
	return longest
}

func matches(text string, spans [][]int, name []string) bool {
	for i, w := range name {
		if fold(text[spans[i][0]:spans[i][1]]) != w {
			return false
		}
	}
	return true
}

// money writes an amount exactly, or its band.
func (n *names) money(minor int64, currency string) string {
	if n.redact {
		return band(minor, currency)
	}
	return clamor.Money{Minor: minor, Currency: currency}.Amount()
}

// whole writes an amount rounded to whole units, or its band.
func (n *names) whole(minor int64, currency string) string {
	unit := unitOf(currency)
	return n.money((minor+unit/2)/unit*unit, currency)
}

// unitOf is how many minor units make one of a currency.
func unitOf(currency string) int64 {
	_, decimals, _ := strings.Cut(clamor.Money{Minor: 1, Currency: currency}.Amount(), ".")
	unit := int64(1)
	for range decimals {
		unit *= 10
	}
	return unit
}

// band says between which round amounts an amount lies.
func band(minor int64, currency string) string {
	if minor <= 0 {
		return "0"
	}
	steps := []int64{10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000}
	unit := unitOf(currency) * 1000
	for i, step := range steps {
		if minor < step*unit {
			if i == 0 {
				return "under " + thousands(step)
			}
			return thousands(steps[i-1]) + " to " + thousands(step)
		}
	}
	return "over " + thousands(steps[len(steps)-1])
}

func thousands(n int64) string {
	if n >= 1000 {
		return fmt.Sprintf("%gM", float64(n)/1000)
	}
	return fmt.Sprintf("%dk", n)
}
