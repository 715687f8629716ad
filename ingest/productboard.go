package ingest

import (
	"net/http"
	"strings"
	"time"

	"clamor"
)

func productboard() Adapter {
	return Adapter{
		Kind:  "productboard",
		Title: "productboard",
		Settings: accountSettings("nothing that productboard tells",
			Setting{Name: "base_url", Meaning: "the address of the API", Default: "https://api.productboard.com/v2"},
			sinceSetting()),
		Verify:     func(s clamor.Source, r Request, _ time.Time) error { return provenBySecret(s, r) },
		Check:      checkJSON,
		DeliveryID: productboardDeliveryID,
		Parse:      parseProductboard,
		Handshake:  greetProductboard,
		Fetch:      fetchProductboard,
		Pull:       pullProductboard,
	}
}

// productboardDeliveryID knows the news of a new note again. Updates of one note all look alike and are told apart by nothing.
func productboardDeliveryID(_ http.Header, body []byte) string {
	o, err := rootOf(body, new([]clamor.Fault))
	if data := o.down("data"); err == nil && data.word("eventType") == "note.created" && data.word("id") != "" {
		return "note.created:" + data.word("id")
	}
	return ""
}

// greetProductboard hands back the token with which a new subscription is tried.
func greetProductboard(_ clamor.Source, r Request) *Answer {
	token := parameterOf(r.URL, "validationToken")
	strange := strings.Trim(token, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~=+/") != ""
	if r.Method != http.MethodGet || token == "" || strange || len(token) > maxID {
		return nil
	}
	return &Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(token),
		Header: map[string]string{"X-Content-Type-Options": "nosniff"}}
}

func parseProductboard(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	value, err := decode(withoutBOM(d.Body))
	if err != nil {
		return clamor.Harvest{}, err
	}
	if list, ok := value.([]any); ok {
		value = map[string]any{"data": list}
	}
	m, ok := value.(map[string]any)
	if !ok {
		return clamor.Harvest{}, clamor.Errorf(clamor.Invalid, "the body is %s where notes are expected", typeName(value))
	}
	root := object{"", m, &faults}
	var h clamor.Harvest
	if root.down("data").word("eventType") != "" {
		_, h.Thin = productboardNews(root)
		return harvested(h, d, faults)
	}
	customers := map[string]object{}
	for _, c := range root.items("customers") {
		customers[c.word("id")] = c
	}
	for _, note := range productboardNotes(root) {
		h.Notes = append(h.Notes, productboardNote(note, customers, o)...)
	}
	return harvested(h, d, faults)
}

// productboardNews is the address of the note that a webhook announces.
func productboardNews(root object) (address string, ok bool) {
	data := root.down("data")
	switch data.word("eventType") {
	case "note.created", "note.updated":
		address = data.down("links").word("target")
	}
	return address, address != ""
}

// productboardNotes are the notes of a list, of an answer with one, or of a body that is one.
func productboardNotes(root object) []object {
	if _, list := root.m["data"].([]any); list {
		return root.items("data")
	}
	if data := root.down("data"); data.m != nil {
		return []object{data}
	}
	return []object{root}
}

// productboardNote reads a note in the shape of API v2, or of v1, in which old exports are.
func productboardNote(note object, customers map[string]object, o ParseOptions) []clamor.Intake {
	fields := note
	if v2 := note.down("fields"); v2.m != nil {
		fields = v2
	}
	contact, account := productboardCustomer(note, customers, o)
	owner := fields.down("owner")
	n := clamor.Note{
		ExternalID: "note:" + note.word("id"),
		Kind:       clamor.CRM,
		Title:      firstText(fields, "name", "title"),
		Text:       plain(fields.raw("content")),
		URL: firstAddress(note.down("links").word("html"), note.word("displayUrl"), note.word("display_url"), note.down("metadata",
			"source").word("url")),
		OccurredAt: firstMoment(note, "createdAt", "created_at"),
		Contact:    contact,
		Author:     clamor.Person{Name: owner.text("name", maxName), Email: unredacted(owner.text("email", maxName))},
	}
	if blank(n.Text) {
		n.Text = n.Title
	}
	if account = o.orDefault(account); blank(n.Text) || note.word("id") == "" || !account.Known() {
		return nil
	}
	in := intakeOf(n, account, nil, o, nil)
	if len(in.Asks) == 0 && len(n.Text) <= shortNote {
		in.Asks = statedAsk(n.Title, in.Note)
	}
	if features := note.items("features"); len(features) == 1 {
		emphasize(in.Asks, importance(features[0].word("importance")))
	}
	return []clamor.Intake{in}
}

// importance is what a productboard insight counts for: a dealbreaker, something important, something nice.
func importance(points string) clamor.Priority {
	switch points {
	case "3":
		return clamor.Blocker
	case "2":
		return clamor.Important
	case "1":
		return clamor.Nice
	}
	return ""
}

// productboardCustomer is the customer of a note: what the note names, and what customers hold of it.
func productboardCustomer(note object, customers map[string]object, o ParseOptions) (clamor.Person, clamor.AccountFacts) {
	user, company := note.down("user"), note.down("company")
	who := clamor.Person{Name: user.text("name", maxName), Email: unredacted(firstText(user, "email"))}
	if who.Email == "" {
		who.Email = unredacted(firstText(note, "customer_email", "customerEmail"))
	}
	account := productboardCompany(company)
	for _, target := range customerTargets(note) {
		c, known := customers[target.word("id")]
		if !known {
			c = target
		}
		fields := c.down("fields")
		if target.word("type") == "company" {
			account = productboardCompany(c)
			continue
		}
		who = clamor.Person{Name: fields.text("name", maxName), Email: unredacted(firstText(fields, "email"))}
		if parent, ok := customers[parentOf(c)]; ok {
			account = productboardCompany(parent)
		}
	}
	if at := accountAt(who.Email); account.Name == "" && len(account.Domains) == 0 && at.Known() {
		at.ExternalIDs = account.ExternalIDs
		account = at
	}
	account.Source = o.Source
	return who, account
}

// productboardCompany reads a company of either API.
func productboardCompany(c object) clamor.AccountFacts {
	fields := c
	if v2 := c.down("fields"); v2.m != nil {
		fields = v2
	}
	return clamor.AccountFacts{
		Name:        fields.text("name", maxName),
		Domains:     domainsIn(fields.word("domain")),
		ExternalIDs: idsOf("productboard", c.text("id", maxID)),
	}
}

// customerTargets are whom a note of API v2 is from.
func customerTargets(note object) []object {
	relations := note.down("relationships").items("data")
	if _, list := note.m["relationships"].([]any); list {
		relations = note.items("relationships")
	}
	var targets []object
	for _, r := range relations {
		if r.word("type") == "customer" {
			targets = append(targets, r.down("target"))
		}
	}
	return targets
}

// parentOf is the id of the company that a user belongs to.
func parentOf(user object) string {
	for _, r := range user.down("relationships").items("data") {
		if target := r.down("target"); target.word("type") == "company" {
			return target.word("id")
		}
	}
	return ""
}

// unredacted drops what productboard writes in place of an address to those who may not see it.
func unredacted(email string) string {
	if strings.Contains(email, "@") {
		return email
	}
	return ""
}

// firstText is the first of some fields that holds a text.
func firstText(o object, keys ...string) string {
	for _, key := range keys {
		if s, ok := o.m[key].(string); ok && !blank(s) {
			return o.text(key, maxURL)
		}
	}
	return ""
}

func firstAddress(addresses ...string) string {
	for _, a := range addresses {
		if a = webAddress(a); a != "" {
			return a
		}
	}
	return ""
}

func firstMoment(o object, keys ...string) time.Time {
	for _, key := range keys {
		if t := o.moment(key); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
