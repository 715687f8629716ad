package ingest

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clamor"
)

func pullVitally(ctx context.Context, p Pull) error {
	c := &vitallyClient{pull: p, base: strings.TrimRight(p.Setting("base_url"), "/"), people: map[string]vitallyPerson{}}
	if c.base == "" {
		return clamor.Errorf(clamor.Invalid, "set base_url to https://SUBDOMAIN.rest.vitally.io/resources, or to "+
			"https://rest.vitally-eu.io/resources in the EU")
	}
	if p.Source.Token == "" {
		return clamor.Errorf(clamor.Invalid, "give the source a token: an API key of Vitally")
	}
	for _, topic := range named(p.Setting("topics")) {
		if err := c.topic(ctx, topic); err != nil {
			return fmt.Errorf("pulling %s from Vitally: %w", topic, err)
		}
	}
	return nil
}

// vitallyClient calls Vitally for one source, and remembers the people it has asked for.
type vitallyClient struct {
	pull   Pull
	base   string
	people map[string]vitallyPerson
}

// vitallyPerson is an author or a respondent; one that Vitally does not tell has no name.
type vitallyPerson struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Account string `json:"account,omitempty"` // of a respondent
}

// vitallyCursor is how far a topic has been read. Pages come newest first, and there is no asking for what changed: a pull reads down
// until what the one before began with.
type vitallyCursor struct {
	Until  string `json:"until,omitempty"`  // updatedAt with which the last whole pull began
	Newest string `json:"newest,omitempty"` // the same of the pull that is under way
	From   string `json:"from,omitempty"`   // where that one goes on
}

func (c vitallyCursor) String() string {
	text, _ := json.Marshal(c) // texts only: cannot fail
	return string(text)
}

// vitallyPage is one answer to a list.
type vitallyPage struct {
	Results []json.RawMessage `json:"results"`
	Next    string            `json:"next"`
}

func (c *vitallyClient) topic(ctx context.Context, topic string) error {
	path := map[string]string{"accounts": "/accounts", "notes": "/notes", "nps": "/npsResponses"}[topic]
	if path == "" {
		return clamor.Errorf(clamor.Invalid, "%q is no topic: choose of accounts, notes, nps", clip(topic))
	}
	var at vitallyCursor
	if err := json.Unmarshal([]byte(c.pull.Cursor(topic)), &at); err != nil {
		at = vitallyCursor{}
	}
	resumed := at.From != ""
	for {
		page, err := c.page(ctx, path, at.From)
		if resumed && (clamor.KindOf(err) == clamor.Invalid || clamor.KindOf(err) == clamor.NotFound) {
			at.From, at.Newest, resumed = "", "", false // the place is forgotten there: from the top again, down to the same end
			continue
		}
		if err != nil {
			return err
		}
		resumed = false
		at = at.after(page)
		if err := c.keep(ctx, topic, page, at); err != nil || at.From == "" {
			return err
		}
	}
}

// after is where a pull stands behind a page: at its end if the page reaches down to what the last whole pull began with. What changed
// meanwhile stands above this pull's beginning, and is the next one's.
func (c vitallyCursor) after(p vitallyPage) vitallyCursor {
	until, _ := parseTime(c.Until)
	reached := false
	for _, raw := range p.Results {
		updated := vitallyObject(raw).word("updatedAt")
		t, err := parseTime(updated)
		if err != nil {
			continue
		}
		c.Newest = cmp.Or(c.Newest, updated)
		reached = reached || t.Before(until)
	}
	c.From = p.Next
	if reached || c.From == "" {
		c = vitallyCursor{Until: cmp.Or(c.Newest, c.Until)}
	}
	return c
}

func vitallyObject(raw json.RawMessage) object {
	value, _ := decode(raw)
	m, _ := value.(map[string]any)
	return object{m: m, faults: &[]clamor.Fault{}}
}

func (c *vitallyClient) page(ctx context.Context, path, from string) (p vitallyPage, err error) {
	q := url.Values{"limit": {"100"}, "sortBy": {"updatedAt"}}
	if from != "" {
		q.Set("from", from)
	}
	return p, c.get(ctx, path+"?"+q.Encode(), &p)
}

func (c *vitallyClient) get(ctx context.Context, path string, into any) error {
	credential := "Basic " + base64.StdEncoding.EncodeToString([]byte(c.pull.Source.Token+":"))
	reply, err := c.pull.Call(ctx, Call{URL: c.base + path, Header: http.Header{"Authorization": {credential}}, Limited: vitallyLimit})
	if err != nil {
		return err
	}
	if reply.Status >= 300 {
		return vitallyRefusal(reply)
	}
	if err := json.Unmarshal(reply.Body, into); err != nil {
		return clamor.Errorf(clamor.Unavailable, "Vitally answers with something that cannot be read: %w", err)
	}
	return nil
}

// vitallyLimit waits a minute, over which Vitally counts, where no header says how long.
func vitallyLimit(r Reply) (time.Duration, bool) {
	if r.Status != http.StatusTooManyRequests {
		return 0, false
	}
	for _, name := range [...]string{"Retry-After", "RateLimit-Reset", "X-RateLimit-Reset"} {
		if r.Header.Get(name) != "" {
			return 0, true // the usual way
		}
	}
	return time.Minute, true
}

// vitallyRefusal tells what to do about an answer, whose error is a text or an object.
func vitallyRefusal(r Reply) error {
	o := vitallyObject(r.Body)
	message := cmp.Or(o.word("error"), o.down("error").word("message"), http.StatusText(r.Status))
	message = strings.ToValidUTF8(message[:min(len(message), maxName)], "")
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return clamor.Errorf(clamor.Unauthenticated, "Vitally refuses the key (%s): give the source an API key, and the base_url of its region",
			message)
	case r.Status == http.StatusNotFound:
		return clamor.Errorf(clamor.NotFound, "Vitally knows nothing there (%s): look at base_url", message)
	case r.Status == http.StatusTooManyRequests:
		return clamor.Errorf(clamor.Limited, "Vitally's limit of requests is used up: the pull goes on where it is when it runs next")
	case r.Status >= 500:
		return clamor.Errorf(clamor.Unavailable, "Vitally cannot answer now (%d %s)", r.Status, message)
	}
	return clamor.Errorf(clamor.Invalid, "Vitally refuses the request (%d %s): correct the source's settings", r.Status, message)
}

// keep keeps a page with the people it names, whom Vitally tells elsewhere.
func (c *vitallyClient) keep(ctx context.Context, topic string, p vitallyPage, at vitallyCursor) error {
	page := Page{Topic: topic, Cursor: at.String()}
	if len(p.Results) == 0 {
		return c.pull.Keep(ctx, page)
	}
	people := map[string]vitallyPerson{}
	for _, raw := range p.Results {
		o := vitallyObject(raw)
		id := cmp.Or(o.word("authorId"), o.word("userId"))
		if topic == "accounts" || id == "" {
			continue
		}
		person, err := c.person(ctx, id, o.word("accountId"))
		if err != nil {
			return err
		}
		people[id] = person
	}
	var err error
	page.Body, err = json.Marshal(struct {
		Results []json.RawMessage `json:"results"`
		Context any               `json:"context"`
	}{p.Results, map[string]any{"people": people}})
	if err != nil {
		return fmt.Errorf("encoding a page of %s: %w", topic, err)
	}
	return c.pull.Keep(ctx, page)
}

// person asks for a user. Who is none, as our own people are, may have a role at the account.
func (c *vitallyClient) person(ctx context.Context, id, account string) (vitallyPerson, error) {
	if known, ok := c.people[id]; ok {
		return known, nil
	}
	var found vitallyPerson
	o, err := c.record(ctx, "/users/", id)
	if err != nil {
		return found, err
	}
	found = vitallyPerson{Name: o.word("name"), Email: o.word("email"), Account: o.word("accountId")}
	if first, ok := firstObject(o, "accounts"); ok {
		found.Account = cmp.Or(found.Account, first.word("id"))
	}
	if found == (vitallyPerson{}) && account != "" {
		if o, err = c.record(ctx, "/accounts/", account); err != nil {
			return found, err
		}
		for _, item := range o.list("keyRoles") {
			m, _ := item.(map[string]any)
			if user := (object{m: m}).down("vitallyUser"); user.word("id") == id {
				found = vitallyPerson{Name: user.word("name"), Email: user.word("email")}
			}
		}
	}
	c.people[id] = found
	return found, nil
}

// record is one record by its id, empty where there is none.
func (c *vitallyClient) record(ctx context.Context, path, id string) (object, error) {
	var raw json.RawMessage
	err := c.get(ctx, path+url.PathEscape(id), &raw)
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return object{}, err
	}
	return vitallyObject(raw), nil
}
