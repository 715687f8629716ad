package ingest

import (
	"regexp"
	"slices"
	"strings"

	"clamor"
)

// side is which side of the table somebody sits on.
type side int

const (
	sideUnknown side = iota
	sideTheirs
	sideOurs
)

// guest is somebody who is invited to a recorded conversation, or speaks in it.
type guest struct {
	clamor.Person
	alias string // what the recorder calls them, where that is another name
	side  side   // as the recorder says
}

// meeting is what a recorder tells of one conversation.
type meeting struct {
	path     string      // where it stands in the payload
	note     clamor.Note // all but its text; its author is who hosted it
	guests   []guest
	said     []utterance
	summary  string              // what stands for the words where they are missing
	account  clamor.AccountFacts // as a CRM knows it
	deal     *clamor.DealFacts
	internal bool // the recorder says that nobody from outside took part
}

// summed is what a recorder makes of a conversation: what it was about, and apart from that what is to be done, which asks for nothing of us.
func summed(about, tasks string) string {
	if tasks = strings.TrimSpace(tasks); tasks != "" {
		about += "\n\nNext steps:\n" + tasks
	}
	return strings.TrimSpace(about)
}

// houseSettings are those by which recorders' adapters tell our side from the customer's.
func houseSettings() []Setting {
	return []Setting{
		{Name: "our_domains", Meaning: "our own mail domains, with commas between them, such as vendor.example, vendor.de; " +
			"without it that of the host"},
		{Name: "our_people", Meaning: "names or addresses of ours that the domains do not tell, as recorders show them, " +
			"such as Dana Rep, sam@gmail.com"},
		{Name: "account_in_title", Meaning: "a regular expression whose first group is the account's name in a meeting's title, " +
			"such as ^(.+?) - ; read where no address tells the account"},
	}
}

// house is who we are.
type house struct {
	domains []string
	implied bool // the domains are the host's, and told by nobody
	people  []string
	title   *regexp.Regexp
}

// houseOf reads the settings. Where they name no domain, whoever hosts a meeting is one of ours.
func houseOf(kind string, o ParseOptions, host clamor.Person) (house, error) {
	var h house
	for domain := range strings.SplitSeq(o.told(kind, "our_domains"), ",") {
		h.domains = append(h.domains, domainsIn(domain)...)
	}
	for name := range strings.SplitSeq(o.told(kind, "our_people"), ",") {
		if name = fold(name); name != "" {
			h.people = append(h.people, name)
		}
	}
	if len(h.domains) == 0 {
		h.domains, h.implied = accountAt(host.Email).Domains, true
	}
	pattern := o.told(kind, "account_in_title")
	if pattern == "" {
		return h, nil
	}
	var err error
	if h.title, err = regexp.Compile(pattern); err != nil || h.title.NumSubexp() == 0 {
		return h, clamor.Errorf(clamor.Invalid, "the setting account_in_title is no regular expression with a group: write it as ^(.+?) - ")
	}
	return h, nil
}

// sideOf tells where somebody sits: by what we were told, else by what the recorder says, else by their mail domain.
func (h house) sideOf(g guest) side {
	for _, name := range [...]string{g.Name, g.alias, g.Email} {
		if slices.Contains(h.people, fold(name)) {
			return sideOurs
		}
	}
	_, domain, addressed := strings.Cut(strings.ToLower(g.Email), "@")
	switch known := g.side != sideUnknown; {
	case h.owns(domain) && (!h.implied || !known):
		return sideOurs
	case !known && addressed && len(h.domains) > 0:
		return sideTheirs
	}
	return g.side
}

func (h house) owns(domain string) bool {
	return slices.ContainsFunc(h.domains, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
}

// mostPeople bounds the guests that are read, and the speakers who are looked for among them.
const mostPeople = 1000

// seat gives each guest a side, and tells which guest each speaker is.
func (m *meeting) seat(h house) map[string]guest {
	m.guests = slices.Clone(m.guests[:min(len(m.guests), mostPeople)])
	if host := m.note.Author; host != (clamor.Person{}) && !slices.ContainsFunc(m.guests, func(g guest) bool { return g.is(host) }) {
		m.guests = append(m.guests, guest{Person: host})
	}
	for i, g := range m.guests {
		m.guests[i].side = h.sideOf(g)
	}
	seats := map[string]guest{}
	for i, u := range m.said {
		g, known := seats[u.speaker]
		if !known && len(seats) < mostPeople {
			g = m.guestCalled(u.speaker)
			g.side = h.sideOf(g)
			m.learn(&g, u.speaker)
			seats[u.speaker] = g
		}
		m.said[i].ours = u.ours || g.side == sideOurs
	}
	return seats
}

// learn gives a guest, of whom the recorder had but an address, the name that they speak under.
func (m *meeting) learn(g *guest, name string) {
	if g.Email == "" || g.Name != "" {
		return
	}
	g.Name = cleanLine(name)
	for i := range m.guests {
		if m.guests[i].Email == g.Email {
			m.guests[i].Name = g.Name
		}
	}
	if m.note.Author.Name == "" && strings.EqualFold(m.note.Author.Email, g.Email) {
		m.note.Author.Name = g.Name
	}
}

func (g guest) is(p clamor.Person) bool {
	return p.Email != "" && strings.EqualFold(g.Email, p.Email) || p.Email == "" && fold(g.Name) == fold(p.Name)
}

// guestCalled is the guest whom a recorder calls by a name: by the whole of it, else the only one who has all words of it, as "Dana" or
// dana.rep@vendor.example may be Dana Rep. Who is none of the guests is somebody of that name.
func (m *meeting) guestCalled(name string) guest {
	called := fold(name)
	for _, g := range m.guests {
		if called != "" && (fold(g.Name) == called || fold(g.alias) == called || fold(g.Email) == called) {
			return g
		}
	}
	var like []guest
	for _, g := range m.guests {
		if sharesName(called, g.Name) || sharesName(called, localPart(g.Email)) {
			like = append(like, g)
		}
	}
	if len(like) == 1 {
		return like[0]
	}
	return guest{Person: clamor.Person{Name: cleanLine(name)}}
}

func localPart(email string) string {
	local, _, _ := strings.Cut(email, "@")
	return strings.NewReplacer(".", " ", "_", " ", "-", " ").Replace(local)
}

// sharesName reports whether one name has all words of the other.
func sharesName(one, other string) bool {
	a, b := strings.Fields(fold(one)), strings.Fields(fold(other))
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 0 && !slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
}

// amongUs reports whether only we took part.
func (m *meeting) amongUs(seats map[string]guest) bool {
	for _, g := range seats {
		if g.side != sideOurs {
			return m.internal
		}
	}
	others := slices.ContainsFunc(m.guests, func(g guest) bool { return g.side != sideOurs })
	return m.internal || !others && (len(m.guests) > 1 || len(seats) > 0)
}

// harvest adds the note of a meeting to what a payload holds. One among ourselves, or of which there are no words, gives none.
func (m meeting) harvest(h *clamor.Harvest, kind string, o ParseOptions, faults *[]clamor.Fault) {
	house, err := houseOf(kind, o, m.note.Author)
	if err != nil {
		*faults = append(*faults, clamor.Fault{Path: accountOf(m.path), Message: err.Error()})
		return
	}
	seats := m.seat(house)
	if m.amongUs(seats) || len(m.said) == 0 && blank(m.summary) {
		return
	}
	account := m.whose(house)
	if !account.Known() {
		*faults = append(*faults, clamor.Fault{Path: accountOf(m.path), Message: "nobody outside of our_domains has an address here, " +
			"so that no account is told: invite the customer by mail, or set account_in_title, and replay the delivery"})
		return
	}
	m.note.Kind, m.note.Contact = clamor.Call, m.contact(seats)
	if len(m.said) == 0 {
		m.note.Text = m.summary
		h.Notes = append(h.Notes, intakeOf(m.note, account, m.deal, o, nil))
		return
	}
	h.Notes = append(h.Notes, conversation(m.note, account, m.deal, transcribe(m.said), o))
}

// accountOf is where the account of what stands at a path is missed.
func accountOf(path string) string { return strings.TrimPrefix(path+".account", ".") }

// whose is the account: as the CRM knows it, else the domain of most guests from outside, else what the title says, else a guest who writes
// from a public mail domain, by that address.
func (m *meeting) whose(h house) clamor.AccountFacts {
	a := m.account
	if len(a.Domains) == 0 {
		a.Domains = m.domains(h)
	}
	if a.Known() {
		return a
	}
	if h.title != nil {
		if found := h.title.FindStringSubmatch(m.note.Title); found != nil && !blank(found[1]) {
			return accountCalled(found[1])
		}
	}
	for _, g := range m.guests {
		if g.side == sideTheirs && g.Email != "" {
			return clamor.AccountFacts{Name: g.String(), ExternalIDs: map[string]string{"email": strings.ToLower(g.Email)}}
		}
	}
	return a
}

// domains gives the one domain of most guests from outside, the first invited among equals.
func (m *meeting) domains(h house) []string {
	count := map[string]int{}
	best := ""
	for _, g := range m.guests {
		for _, domain := range accountAt(g.Email).Domains {
			if g.side == sideTheirs && !h.owns(domain) {
				count[domain]++
			}
		}
	}
	for _, g := range m.guests {
		for _, domain := range accountAt(g.Email).Domains {
			if count[domain] > count[best] {
				best = domain
			}
		}
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// contact is the first from outside who speaks, else the first invited, else whoever speaks and is none of ours.
func (m *meeting) contact(seats map[string]guest) clamor.Person {
	var stranger clamor.Person
	for _, u := range m.said {
		g := seats[u.speaker]
		if g.side == sideTheirs {
			return g.Person
		}
		if stranger == (clamor.Person{}) && g.side == sideUnknown && u.speaker != "" {
			stranger = clamor.Person{Name: cleanLine(u.speaker)}
		}
	}
	for _, g := range m.guests {
		if g.side == sideTheirs {
			return g.Person
		}
	}
	return stranger
}
