package demo_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/cmd/clamor/demo"
)

var day = time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)

// note is the contract's generic note, as far as the demo uses it.
type note struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	OccurredAt time.Time `json:"occurred_at"`
	Title      string    `json:"title"`
	Text       string    `json:"text"`
	URL        string    `json:"url"`
	Account    struct {
		Name        string            `json:"name"`
		Domain      string            `json:"domain"`
		ExternalIDs map[string]string `json:"external_ids"`
	} `json:"account"`
	Deal *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"deal"`
	Contact *person `json:"contact"`
	Author  person  `json:"author"`
	Asks    []struct {
		Text     string `json:"text"`
		Quote    string `json:"quote"`
		Priority string `json:"priority"`
		Motive   string `json:"motive"`
	} `json:"asks"`
}

type person struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Title string `json:"title"`
}

// label says what a note truly asks for; it is for scoring and never sent.
type label struct {
	Note string   `json:"note"`
	Keys []string `json:"keys"`
	Asks []struct {
		Key      string `json:"key"`
		Quote    string `json:"quote"`
		Start    int    `json:"start"`
		End      int    `json:"end"`
		Priority string `json:"priority"`
		Motive   string `json:"motive"`
	} `json:"asks"`
	SameCallAs string `json:"same_call_as"`
	Language   string `json:"language"`
}

// notesOf reads the bodies as a receiver would: an object, an array, or {"notes": […]}; no other key may stand in them.
func notesOf(t *testing.T, bodies [][]byte) []note {
	t.Helper()
	var all []note
	read := func(data []byte, into any) {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Fatalf("%v in %.200s", err, data)
		}
	}
	for _, body := range bodies {
		var one note
		var many []note
		var wrapped struct {
			Notes []note `json:"notes"`
		}
		switch {
		case body[0] == '[':
			read(body, &many)
		case bytes.HasPrefix(body, []byte(`{"notes"`)):
			read(body, &wrapped)
			many = wrapped.Notes
		default:
			read(body, &one)
			many = []note{one}
		}
		all = append(all, many...)
	}
	return all
}

func labels(t *testing.T) map[string]label {
	t.Helper()
	text, err := os.ReadFile("testdata/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]label{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var l label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		all[l.Note] = l
	}
	return all
}

func table(t *testing.T, text []byte) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, column := range rows[0] {
			m[column] = row[i]
		}
		all = append(all, m)
	}
	return all
}

func invented(host string) bool { return strings.HasSuffix(host, ".example") }

// Every note is one that the contract admits, from an account of the CRM, with a link and an author, and nobody in it has an
// address outside the reserved domain.
func TestNotesKeepTheContract(t *testing.T) {
	accounts, deals := map[string]string{}, map[string]string{}
	for _, a := range table(t, demo.Accounts(day)) {
		accounts[a["domain"]] = a["name"]
	}
	for _, d := range table(t, demo.Deals(day)) {
		deals[d["id"]] = d["account_domain"]
	}
	address := regexp.MustCompile(`[\w.+-]+@[\w.-]+`)
	for _, n := range notesOf(t, demo.Notes(day)) {
		domain, err := clamor.NormalDomain(n.Account.Domain)
		link, linkErr := url.Parse(n.URL)
		switch {
		case n.ID == "" || strings.TrimSpace(n.Text) == "":
			t.Errorf("%s: no id or no text", n.ID)
		case !slices.Contains([]string{"call", "crm", "chat", "ticket", "survey"}, n.Kind):
			t.Errorf("%s: kind %q", n.ID, n.Kind)
		case err != nil || accounts[domain] == "":
			t.Errorf("%s: account %q is not in the CRM (%v)", n.ID, n.Account.Domain, err)
		case n.Account.Name != "" && n.Account.Name != accounts[domain]:
			t.Errorf("%s: %q is named %q", n.ID, domain, n.Account.Name)
		case linkErr != nil || link.Scheme != "https" || !invented(link.Hostname()):
			t.Errorf("%s: link %q", n.ID, n.URL)
		case n.Author.Name == "" || !strings.HasSuffix(n.Author.Email, "@fieldwren.example"):
			t.Errorf("%s: author %+v", n.ID, n.Author)
		case n.Contact != nil && !strings.HasSuffix(n.Contact.Email, "@"+domain):
			t.Errorf("%s: contact %+v", n.ID, *n.Contact)
		case n.Deal != nil && deals[n.Deal.ID] != domain:
			t.Errorf("%s: deal %s is not of %s", n.ID, n.Deal.ID, domain)
		}
		for _, a := range n.Asks {
			if a.Text == "" || a.Quote == "" || !strings.Contains(n.Text, a.Quote) {
				t.Errorf("%s: ask %q quotes %q, which is not in the note", n.ID, a.Text, a.Quote)
			}
			if !slices.Contains([]clamor.Priority{"", clamor.Blocker, clamor.Important, clamor.Nice}, clamor.Priority(a.Priority)) ||
				!slices.Contains([]clamor.Motive{"", clamor.Keep, clamor.Grow, clamor.Promised}, clamor.Motive(a.Motive)) {
				t.Errorf("%s: priority %q, motive %q", n.ID, a.Priority, a.Motive)
			}
		}
		for _, found := range address.FindAllString(n.Text, -1) {
			if !invented(found) {
				t.Errorf("%s: address %s", n.ID, found)
			}
		}
	}
}

// The labels tell of every note what it asks for: their quotes are where they say, and given asks agree with them.
func TestLabelsFitTheNotes(t *testing.T) {
	known, used := map[string]bool{}, map[string]bool{}
	features, err := os.ReadFile("testdata/features.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range table(t, features) {
		known[f["key"]] = true
	}
	byID := labels(t)
	notes := map[string]note{}
	for _, n := range notesOf(t, demo.Notes(day)) {
		notes[n.ID] = n
	}
	for id, l := range byID {
		n, ok := notes[id]
		if !ok {
			t.Errorf("label of %s, which is no note", id)
			continue
		}
		keys := map[string]bool{}
		for _, a := range l.Asks {
			keys[a.Key], used[a.Key] = true, true
			if a.End > len(n.Text) || n.Text[a.Start:a.End] != a.Quote {
				t.Errorf("%s: %q is not at %d to %d", id, a.Quote, a.Start, a.End)
			}
			if !known[a.Key] || !slices.Contains(l.Keys, a.Key) {
				t.Errorf("%s: key %q", id, a.Key)
			}
		}
		if len(keys) != len(l.Keys) {
			t.Errorf("%s: keys %v, asks for %v", id, l.Keys, keys)
		}
		if n.Asks != nil && len(n.Asks) != len(l.Asks) {
			t.Errorf("%s: %d asks given, %d labelled", id, len(n.Asks), len(l.Asks))
		}
		if l.SameCallAs != "" && notes[l.SameCallAs].Account.Domain != "" && domainOf(notes[l.SameCallAs]) != domainOf(n) {
			t.Errorf("%s: the same call as %s, of another account", id, l.SameCallAs)
		}
	}
	if len(byID) != len(notes) || len(used) != len(known) {
		t.Errorf("%d labels for %d notes; %d of %d features asked for", len(byID), len(notes), len(used), len(known))
	}
}

// What the product managers decided stands where they say, in notes that are older than a week.
func TestTriageFitsTheNotes(t *testing.T) {
	notes := map[string]note{}
	for _, n := range notesOf(t, demo.Notes(day)) {
		notes[n.ID] = n
	}
	for _, triaged := range demo.Triage() {
		n, ok := notes[triaged.Note]
		if !ok || n.OccurredAt.After(day.AddDate(0, 0, -8)) {
			t.Errorf("%s: of %s", triaged.Note, n.OccurredAt)
		}
		for _, s := range triaged.Spans {
			if s.Start >= s.End || s.End > len(n.Text) || s.Feature == "" {
				t.Errorf("%s: %+v", triaged.Note, s)
			}
		}
	}
	if got := len(demo.Triage()); got < 250 || got >= len(notes) {
		t.Errorf("%d of %d notes are triaged: most, but not all, should be", got, len(notes))
	}
}

// What was decided about a feature is about one that the triage names, and a person could have entered it.
func TestDecisionsNameFeatures(t *testing.T) {
	named := map[string]bool{}
	for _, triaged := range demo.Triage() {
		for _, s := range triaged.Spans {
			named[s.Feature] = true
		}
	}
	for _, d := range demo.Decisions() {
		if !named[d.Title] {
			t.Errorf("%q is no feature of the triage", d.Title)
		}
		if _, err := d.Edit.Apply(clamor.Feature{Title: d.Title}); err != nil {
			t.Errorf("%s: %v", d.Title, err)
		}
	}
}

func domainOf(n note) string { return strings.TrimPrefix(n.Account.Domain, "www.") }

// The mix is that of a real quarter: most of it recent, some without an ask, some with asks given, several languages, a few
// long calls, a long tail of wishes. Nothing repeats but what is meant to.
func TestMixOfNotes(t *testing.T) {
	byID := labels(t)
	count := map[string]int{}
	texts, ids, keys := map[string]string{}, map[string]bool{}, map[string]int{}
	for _, n := range notesOf(t, demo.Notes(day)) {
		l := byID[n.ID]
		if ids[n.ID] {
			count["sent twice"]++
			continue
		}
		ids[n.ID] = true
		if first, ok := texts[n.Text]; ok {
			count["text sent again"]++
			if l.SameCallAs != first {
				t.Errorf("%s repeats %s and is not labelled so", n.ID, first)
			}
		}
		texts[n.Text] = n.ID
		count["notes"]++
		for name, is := range map[string]bool{
			"old": n.OccurredAt.Before(day.AddDate(0, 0, -90)), "given": n.Asks != nil, "without ask": len(l.Keys) == 0,
			"long": len(n.Text) >= 800, "very long": len(n.Text) >= 1500, "German": l.Language == "de", "French": l.Language == "fr",
			"same call": l.SameCallAs != "", "with contact": n.Contact != nil,
		} {
			if is {
				count[name]++
			}
		}
		for _, key := range l.Keys {
			keys[key]++
		}
	}
	for _, key := range keys {
		if key == 1 {
			count["asked once"]++
		}
	}
	count["features"] = len(keys)
	for name, least := range map[string]int{"notes": 300, "old": 25, "given": 55, "without ask": 25, "long": 75, "very long": 15, "German": 25,
		"French": 8, "same call": 40, "with contact": 200, "features": 60, "asked once": 8, "sent twice": 1, "text sent again": 2} {
		if count[name] < least {
			t.Errorf("%s: %d, promised at least %d", name, count[name], least)
		}
	}
	t.Log(count)
}

// Whatever the day, leap days included, all dates resolve: notes have happened and come in order of time, facts are known
// before the changes to them, open deals close later.
func TestDatesMoveWithTheDay(t *testing.T) {
	for _, day := range []time.Time{day, time.Date(2028, time.February, 29, 23, 59, 0, 0, time.UTC), time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, time.March, 1, 1, 0, 0, 0, time.FixedZone("east", 10*3600))} {
		today := clamor.DateOf(day)
		for _, text := range append(demo.Notes(day), demo.Accounts(day), demo.LaterAccounts(day), demo.Deals(day)) {
			if i := bytes.Index(text, []byte("d}")); i >= 0 && bytes.Contains(text, []byte("{-")) {
				t.Errorf("%s: unresolved date in %.80s", today, text[max(0, i-20):])
			}
		}
		last := time.Time{}
		for _, n := range notesOf(t, demo.Notes(day)) {
			if n.OccurredAt.Before(last) || !n.OccurredAt.Before(today.Time()) {
				t.Errorf("%s: %s occurred %s, after %s", today, n.ID, n.OccurredAt, last)
			}
			last = n.OccurredAt
		}
		asOf := map[string]string{}
		for _, a := range table(t, demo.Accounts(day)) {
			asOf[a["domain"]] = a["as_of"]
		}
		for _, a := range table(t, demo.LaterAccounts(day)) {
			if first := asOf[a["domain"]]; first == "" || a["as_of"] <= first || a["as_of"] > string(today) {
				t.Errorf("%s: %s changed on %s, first known on %s", today, a["domain"], a["as_of"], first)
			}
		}
		for _, d := range table(t, demo.Deals(day)) {
			if on, err := clamor.ParseDate(d["close_on"]); err != nil || (d["status"] == "open") != (on > today) {
				t.Errorf("%s: %s deal %s closes on %s (%v)", today, d["status"], d["name"], on, err)
			}
		}
		for _, r := range demo.Rates(day) {
			if r.Into != "USD" || r.From >= today.AddDays(-400) {
				t.Errorf("%s: rate %+v", today, r)
			}
		}
	}
}

// The CRM has whales and a long tail, gaps and currencies, a family of accounts, and deals of every fate.
func TestAccountsAndDeals(t *testing.T) {
	accounts, deals := table(t, demo.Accounts(day)), table(t, demo.Deals(day))
	count := map[string]int{}
	for _, a := range accounts {
		if !invented(a["domain"]) {
			t.Errorf("domain %s", a["domain"])
		}
		count["accounts"]++
		count[a["lifecycle"]]++
		count[a["segment"]]++
		count[a["currency"]]++
		if a["parent"] != "" {
			count["child"]++
		}
		if a["arr"] == "" {
			count["unknown ARR"]++
		} else if _, err := clamor.ParseMoney(a["arr"], a["currency"]); err != nil {
			t.Error(err)
		}
	}
	for _, a := range table(t, demo.LaterAccounts(day)) {
		count["later "+a["lifecycle"]]++
	}
	for _, d := range deals {
		count["deals"]++
		count[d["status"]]++
		if d["status"] == "lost" && d["loss_reason"] == "" {
			t.Errorf("%s was lost without a reason", d["name"])
		}
		if d["amount"] == "" {
			count["without amount"]++
		}
	}
	for name, least := range map[string]int{"accounts": 40, "prospect": 5, "enterprise": 5, "mid-market": 20, "smb": 10, "EUR": 2, "GBP": 1, "child": 2,
		"unknown ARR": 2, "later churned": 1, "deals": 55, "open": 35, "won": 8, "lost": 8, "without amount": 1} {
		if count[name] < least {
			t.Errorf("%s: %d, promised at least %d", name, count[name], least)
		}
	}
}
