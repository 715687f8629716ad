package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clamor"
)

func canny() Adapter {
	return Adapter{
		Kind:  "canny",
		Title: "Canny",
		Settings: accountSettings("a company's monthly spend",
			Setting{Name: "spend", Meaning: "what a company's monthlySpend is: monthly recurring revenue, yearly, or none of ours",
				Default: "monthly"},
			Setting{Name: "base_url", Meaning: "the address of the API", Default: "https://canny.io/api/v1"}),
		Verify:     verifyCanny,
		Check:      checkJSON,
		DeliveryID: func(header http.Header, _ []byte) string { return header.Get("Canny-Nonce") },
		Parse:      parseCanny,
		Blank:      func(body []byte) []byte { return blankJSON(body, "apiKey") },
		Fetch:      fetchCanny,
		Pull:       pullCanny,
	}
}

// verifyCanny checks what Canny signs: its nonce, and neither the time nor the body. So an old time is refused, a nonce names one delivery
// and no second, and of the body only the id is believed: what it names is fetched.
func verifyCanny(s clamor.Source, r Request, now time.Time) error {
	if err := noSecret(s); err != nil {
		return err
	}
	nonce := r.Header.Get("Canny-Nonce")
	if nonce == "" {
		return clamor.Errorf(clamor.Unauthenticated, "canny-nonce is missing: Canny sends it with canny-signature and canny-timestamp")
	}
	stamp, err := strconv.ParseInt(r.Header.Get("Canny-Timestamp"), 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Unauthenticated, "canny-timestamp must be the milliseconds since 1970, digits only")
	}
	if err := timely(time.UnixMilli(stamp), now); err != nil {
		return err
	}
	if !macFits(sha256.New, []byte(s.Secret), []byte(nonce), r.Header.Get("Canny-Signature"), base64.StdEncoding.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated, "canny-signature does not fit: the secret is the API key, under Settings, API")
	}
	return nil
}

func parseCanny(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	var h clamor.Harvest
	switch d.Topic {
	case "companies":
		for _, c := range root.items("companies") {
			h.Accounts = append(h.Accounts, cannyAccount(c, o))
		}
	case "posts":
		for _, p := range root.items("posts") {
			h.Notes = append(h.Notes, cannyPost(p, o)...)
		}
	case "votes":
		for _, v := range root.items("votes") {
			h.Notes = append(h.Notes, cannyVote(v, o)...)
		}
	case "post":
		h.Notes = cannyPost(root, o)
	case "vote":
		h.Notes = cannyVote(root, o)
	default:
		_, _, h.Thin = cannyNews(root)
	}
	return harvested(h, d, faults)
}

// cannyNews is what a webhook announces, where that is worth a look.
func cannyNews(root object) (thing, id string, ok bool) {
	switch root.word("type") {
	case "post.created", "post.edited", "vote.created":
		thing, _, _ = strings.Cut(root.word("type"), ".")
		id = root.down("object").word("id")
	}
	return thing, id, id != ""
}

// cannyAccount reads a company, as it stands in a list or beside a user.
func cannyAccount(c object, o ParseOptions) clamor.AccountFacts {
	return clamor.AccountFacts{
		Name:        c.text("name", maxName),
		ExternalIDs: idsOf("canny", c.text("id", maxID)),
		Domains:     domainsIn(c.word("domain")),
		ARR:         c.recurring("monthlySpend", o.told("canny", "spend"), o.inCurrency("canny")),
		Source:      o.Source,
	}
}

// cannyUser is a customer with the account they stand for.
func cannyUser(u object, o ParseOptions) (clamor.Person, clamor.AccountFacts) {
	who := clamor.Person{Name: u.text("name", maxName), Email: u.text("email", maxName)}
	for _, c := range u.items("companies") {
		if facts := cannyAccount(c, o); facts.Known() {
			return who, facts
		}
	}
	return who, o.orDefault(accountAt(who.Email))
}

// cannyPost makes a note of an idea. One that our own side wrote down asks for nothing until somebody votes for it.
func cannyPost(p object, o ParseOptions) []clamor.Intake {
	author := p.down("author")
	who, account := cannyUser(author, o)
	n := clamor.Note{
		ExternalID: idBehind("post:", p.word("id")),
		Kind:       clamor.Survey,
		Title:      p.text("title", maxURL),
		Text:       p.raw("details"),
		URL:        p.link("url"),
		OccurredAt: p.moment("created"),
		Contact:    who,
		Author:     clamor.Person{Name: p.down("by").text("name", maxName), Email: p.down("by").text("email", maxName)},
	}
	if author.m == nil || author.word("isAdmin") == "true" {
		return nil
	}
	return cannyNote(n, account, "", o)
}

// cannyVote makes a note of a vote: the customer asks for what the post's title says. Who voted for them is the rep.
func cannyVote(v object, o ParseOptions) []clamor.Intake {
	voter, post, by := v.down("voter"), v.down("post"), v.down("by")
	who, account := cannyUser(voter, o)
	n := clamor.Note{
		ExternalID: idBehind("vote:", v.word("id")),
		Kind:       clamor.Survey,
		Title:      post.text("title", maxURL),
		URL:        post.link("url"),
		OccurredAt: v.moment("created"),
		Contact:    who,
		Author:     clamor.Person{Name: by.text("name", maxName), Email: by.text("email", maxName)},
	}
	if voter.word("isAdmin") == "true" {
		return nil
	}
	return cannyNote(n, account, v.word("votePriority"), o)
}

// cannyNote makes the one ask of a post or vote: it is for what the title says, and never for more than one thing.
func cannyNote(n clamor.Note, account clamor.AccountFacts, priority string, o ParseOptions) []clamor.Intake {
	if blank(n.Text) {
		n.Text = n.Title
	}
	if blank(n.Title) || !account.Known() {
		return nil
	}
	in := intakeOf(n, account, nil, o, nil)
	said := in.Asks
	in.Asks = statedAsk(n.Title, in.Note)
	for _, a := range said { // how much it is wanted, where the words say so
		emphasize(in.Asks, a.Priority)
	}
	switch fold(priority) {
	case "must have":
		emphasize(in.Asks, clamor.Blocker)
	case "important":
		emphasize(in.Asks, clamor.Important)
	case "nice to have":
		emphasize(in.Asks, clamor.Nice)
	}
	return []clamor.Intake{in}
}

// cannyAPI asks Canny: always by POST, with the key in the body.
type cannyAPI struct {
	dialled
	key string
}

func dialCanny(p Pull) (cannyAPI, error) {
	if p.Source.Token == "" {
		p.Source.Token = p.Source.Secret // both are the one API key
	}
	api, err := dial(p, "Canny", p.Setting("base_url"), nil)
	return cannyAPI{api, p.Source.Token}, err
}

func (a cannyAPI) ask(ctx context.Context, path string, question map[string]any) (object, []byte, error) {
	question["apiKey"] = a.key
	return a.post(ctx, path, question)
}

// fetchCanny gets the post or vote that a webhook names.
func fetchCanny(ctx context.Context, p Pull, d clamor.Delivery) error {
	root, err := rootOf(d.Body, new([]clamor.Fault))
	if err != nil {
		return err
	}
	thing, id, ok := cannyNews(root)
	if !ok {
		return nil
	}
	api, err := dialCanny(p)
	if err != nil {
		return err
	}
	_, body, err := api.ask(ctx, "/"+thing+"s/retrieve", map[string]any{"id": id})
	if err != nil {
		return err
	}
	return p.Keep(ctx, Page{Topic: thing, Body: body})
}

// pullCanny walks through all companies, posts and votes: Canny tells no order of change. A walk that broke off goes on where it was.
func pullCanny(ctx context.Context, p Pull) error {
	api, err := dialCanny(p)
	if err != nil {
		return err
	}
	for _, thing := range []string{"companies", "posts", "votes"} {
		if err := walkCanny(ctx, p, api, thing); err != nil {
			return err
		}
	}
	return nil
}

// walkCanny reads one list to its end. Its cursor counts what was read, or is the list's own where it has one; "0" begins anew.
func walkCanny(ctx context.Context, p Pull, api cannyAPI, thing string) error {
	const limit = 100
	cursor := p.Cursor(thing)
	for {
		question := map[string]any{"limit": limit}
		skip, err := strconv.Atoi(cursor)
		switch {
		case err == nil:
			question["skip"] = skip
		case cursor != "":
			question["cursor"] = cursor
		}
		answer, body, err := api.ask(ctx, "/"+thing+"/list", question)
		if err != nil {
			return err
		}
		read := len(answer.items(thing))
		next := strconv.Itoa(skip + read)
		if own := answer.word("cursor"); own != "" {
			next = own
		}
		more := answer.word("hasMore") == "true" && read > 0 && next != cursor
		if !more {
			next = "0"
		}
		if err := p.Keep(ctx, Page{Topic: thing, Body: body, Cursor: next}); err != nil || !more {
			return err
		}
		cursor = next
	}
}
