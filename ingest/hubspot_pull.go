package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clamor"
)

const (
	hubSpotPage = 100    // objects of one answer
	hubSpotMost = 10_000 // results of one search; what lies beyond is found by a search of its own
)

func pullHubSpot(ctx context.Context, p Pull) error {
	c, err := newHubSpotClient(p)
	if err != nil {
		return err
	}
	for _, topic := range named(p.Setting("topics")) {
		if hubSpotProperties(p.Setting)[topic] == nil {
			return clamor.Errorf(clamor.Invalid, "%q is no topic: choose of companies, deals, notes", clip(topic))
		}
		if err := c.topic(ctx, topic); err != nil {
			return fmt.Errorf("pulling %s from HubSpot: %w", topic, err)
		}
	}
	return nil
}

// hubSpotProperties are the properties asked for: HubSpot gives no others, and leaves out without a word those that it does not know.
func hubSpotProperties(told func(string) string) map[string][]string {
	all := map[string][]string{
		"companies": {"name", "domain", "hubspot_owner_id", "hs_parent_company_id", "hs_lastmodifieddate"},
		"deals": {"dealname", "amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "createdate", "hubspot_owner_id",
			"hs_is_closed",
			"hs_is_closed_won", "hs_deal_stage_probability", "hs_lastmodifieddate"},
		"notes": {"hs_note_body", "hs_timestamp", "hs_createdate", "hubspot_owner_id", "hs_lastmodifieddate"},
	}
	for topic, settings := range map[string][]string{
		"companies": {"arr_property", "mrr_property", "health_property", "segment_property", "renewal_property", "lifecycle_property"},
		"deals":     {"request_property", "loss_reason_property"},
	} {
		for _, setting := range settings {
			all[topic] = append(all[topic], named(told(setting))...)
		}
	}
	return all
}

// hubSpotCursor is how far a topic has been read: at first by listing all, from then on by searching for what changed.
type hubSpotCursor struct {
	After string `json:"after,omitempty"` // where the list goes on
	Began int64  `json:"began,omitempty"` // when it began, in milliseconds since 1970
	Since int64  `json:"since,omitempty"` // what changed from then on is searched for
	Busy  bool   `json:"busy,omitempty"`  // a pull broke off there: nothing before is missing
}

func (c hubSpotCursor) String() string {
	text, _ := json.Marshal(c) // texts and numbers only: cannot fail
	return string(text)
}

func (c *hubSpotClient) topic(ctx context.Context, topic string) error {
	var at hubSpotCursor
	if err := json.Unmarshal([]byte(c.pull.Cursor(topic)), &at); err != nil {
		at = hubSpotCursor{}
	}
	if at.Since == 0 {
		return c.list(ctx, topic, at)
	}
	return c.search(ctx, topic, at)
}

// list reads all objects of a topic, and leaves the search to begin when the list did.
func (c *hubSpotClient) list(ctx context.Context, topic string, at hubSpotCursor) error {
	if at.Began == 0 {
		at.Began = c.pull.Now.Add(-lookBack).UnixMilli()
	}
	for {
		q := url.Values{"limit": {strconv.Itoa(hubSpotPage)}, "properties": {strings.Join(hubSpotProperties(c.pull.Setting)[topic], ",")}}
		if at.After != "" {
			q.Set("after", at.After)
		}
		answer, err := c.ask(ctx, Call{URL: c.base + "/crm/v3/objects/" + topic + "?" + q.Encode()})
		if err != nil {
			return err
		}
		at.After = answer.Paging.Next.After
		last := at.After == ""
		if last {
			at = hubSpotCursor{Since: at.Began}
		}
		if err := c.keep(ctx, topic, answer, at); err != nil || last {
			return err
		}
	}
}

// search reads what changed, oldest first, so that the last object of each page is where a broken pull goes on.
func (c *hubSpotClient) search(ctx context.Context, topic string, at hubSpotCursor) error {
	since := at.Since
	if !at.Busy {
		since -= lookBack.Milliseconds()
	}
	after := ""
	for {
		answer, err := c.ask(ctx, c.searchCall(topic, since, after))
		if err != nil {
			return err
		}
		if n := len(answer.Results); n > 0 {
			at.Since = max(at.Since, answer.changed(n-1))
		}
		after = answer.Paging.Next.After
		at.Busy = after != ""
		if err := c.keep(ctx, topic, answer, at); err != nil || !at.Busy {
			return err
		}
		if n, err := strconv.Atoi(after); err != nil || n >= hubSpotMost {
			if at.Since <= since {
				return clamor.Errorf(clamor.Unavailable, "more than %d %s changed in the same millisecond, and HubSpot lists no more of them: add the "+
					"rest by an export", hubSpotMost, topic)
			}
			since, after = at.Since, ""
		}
	}
}

func (c *hubSpotClient) searchCall(topic string, since int64, after string) Call {
	query := map[string]any{
		"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "hs_lastmodifieddate", "operator": "GTE",
			"value": strconv.FormatInt(since, 10)}}}},
		"sorts":      []any{map[string]any{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}},
		"properties": hubSpotProperties(c.pull.Setting)[topic],
		"limit":      hubSpotPage,
	}
	if after != "" {
		query["after"] = after
	}
	return c.post("/crm/v3/objects/"+topic+"/search", query)
}

// fetchHubSpot gets the objects that a webhook announces, as they are now.
func fetchHubSpot(ctx context.Context, p Pull, d clamor.Delivery) error {
	c, err := newHubSpotClient(p)
	if err != nil {
		return err
	}
	events, _ := hubSpotEvents(d.Body)
	wanted := map[string][]string{}
	for _, e := range events {
		if e.topic != "" && !slices.Contains(wanted[e.topic], e.wanted) {
			wanted[e.topic] = append(wanted[e.topic], e.wanted)
		}
	}
	for _, topic := range []string{"deals", "notes"} {
		links, err := c.links(ctx, topic, "companies", wanted[topic])
		if err != nil {
			return fmt.Errorf("fetching the companies of %s of HubSpot: %w", topic, err)
		}
		wanted["companies"] = append(wanted["companies"], idsIn(links)...)
	}
	slices.Sort(wanted["companies"])
	wanted["companies"] = slices.Compact(wanted["companies"])
	for _, topic := range []string{"companies", "deals", "notes"} {
		for ids := range slices.Chunk(wanted[topic], hubSpotPage) {
			answer, err := c.ask(ctx, c.batch(topic, ids, hubSpotProperties(p.Setting)[topic]))
			if err == nil {
				err = c.keep(ctx, topic, answer, hubSpotCursor{})
			}
			if err != nil {
				return fmt.Errorf("fetching %s of HubSpot: %w", topic, err)
			}
		}
	}
	return nil
}

// hubSpotClient calls HubSpot for one source, and remembers what many pages need.
type hubSpotClient struct {
	pull   Pull
	base   string
	owners map[string]clamor.Person
	stages map[string]hubSpotStage
}

func newHubSpotClient(p Pull) (*hubSpotClient, error) {
	if p.Source.Token == "" {
		return nil, clamor.Errorf(clamor.Invalid, "give the source a token: the access token of a private app in HubSpot")
	}
	return &hubSpotClient{pull: p, base: strings.TrimRight(p.Setting("base_url"), "/")}, nil
}

// hubSpotAnswer is a page of objects.
type hubSpotAnswer struct {
	Results []json.RawMessage `json:"results"`
	Paging  struct {
		Next struct {
			After string `json:"after"`
		} `json:"next"`
	} `json:"paging"`
}

// object is one of the page's.
func (a hubSpotAnswer) object(i int) object {
	value, err := decode(a.Results[i])
	m, ok := value.(map[string]any)
	if err != nil || !ok {
		m = map[string]any{}
	}
	return object{"", m, &[]clamor.Fault{}}
}

// changed is when an object of the page last changed, in milliseconds since 1970.
func (a hubSpotAnswer) changed(i int) int64 {
	o := a.object(i)
	if t := hubSpotHeld(o, o.down("properties")); !t.IsZero() {
		return t.UnixMilli()
	}
	return 0
}

// keep keeps a page with what HubSpot tells elsewhere of its objects.
func (c *hubSpotClient) keep(ctx context.Context, topic string, a hubSpotAnswer, at hubSpotCursor) error {
	page := Page{Topic: topic}
	if at != (hubSpotCursor{}) { // what was fetched is no part of a list
		page.Cursor = at.String()
	}
	if len(a.Results) > 0 {
		around, err := c.around(ctx, topic, a)
		if err != nil {
			return err
		}
		page.Body, err = json.Marshal(struct {
			Results []json.RawMessage `json:"results"`
			Context hubSpotContext    `json:"context"`
		}{a.Results, around})
		if err != nil {
			return fmt.Errorf("encoding a page of %s: %w", topic, err)
		}
	}
	return c.pull.Keep(ctx, page)
}

// ask calls and reads a page.
func (c *hubSpotClient) ask(ctx context.Context, call Call) (hubSpotAnswer, error) {
	var a hubSpotAnswer
	return a, c.read(ctx, call, &a)
}

func (c *hubSpotClient) post(path string, content any) Call {
	body, _ := json.Marshal(content) // maps, lists and texts only: cannot fail
	return Call{Method: http.MethodPost, URL: c.base + path, Body: body, Header: http.Header{"Content-Type": {"application/json"}}, Safe: true}
}

func (c *hubSpotClient) batch(topic string, ids, properties []string) Call {
	inputs := []map[string]string{}
	for _, id := range ids {
		inputs = append(inputs, map[string]string{"id": id})
	}
	return c.post("/crm/v3/objects/"+topic+"/batch/read", map[string]any{"properties": properties, "inputs": inputs})
}

// read calls and decodes the answer. 207 is an answer too: some of what was asked for is no longer there.
func (c *hubSpotClient) read(ctx context.Context, call Call, into any) error {
	if call.Header == nil {
		call.Header = http.Header{}
	}
	call.Header.Set("Authorization", "Bearer "+c.pull.Source.Token)
	call.Limited = hubSpotLimit
	reply, err := c.pull.Call(ctx, call)
	if err != nil {
		return err
	}
	if reply.Status >= 300 {
		return hubSpotRefusal(reply)
	}
	if err := json.Unmarshal(reply.Body, into); err != nil {
		return clamor.Errorf(clamor.Unavailable, "HubSpot answers with something that cannot be read: %w", err)
	}
	return nil
}

// hubSpotError is what HubSpot answers where it does not do as asked.
type hubSpotError struct {
	Message string `json:"message"`
	Policy  string `json:"policyName"`
}

func hubSpotErrorOf(r Reply) hubSpotError {
	var e hubSpotError
	if json.Unmarshal(r.Body, &e) != nil {
		return hubSpotError{}
	}
	return e
}

// hubSpotLimit knows which limit was met by the policy's name, where no header says how long to wait.
func hubSpotLimit(r Reply) (time.Duration, bool) {
	if r.Status != http.StatusTooManyRequests {
		return 0, false
	}
	if r.Header.Get("Retry-After") != "" {
		return 0, false
	}
	policy := strings.ToUpper(hubSpotErrorOf(r).Policy)
	switch {
	case strings.Contains(policy, "DAILY"):
		return time.Hour, true
	case strings.HasPrefix(policy, "SECONDLY"):
		return time.Second, true
	}
	return 10 * time.Second, true
}

// hubSpotRefusal tells what to do about an answer.
func hubSpotRefusal(r Reply) error {
	message := cmp.Or(cleanLine(hubSpotErrorOf(r).Message), http.StatusText(r.Status))
	message = strings.ToValidUTF8(message[:min(len(message), maxName)], "")
	switch {
	case r.Status == http.StatusUnauthorized:
		return clamor.Errorf(clamor.Unauthenticated, "HubSpot refuses the token (%s): give the source that of its private app anew", message)
	case r.Status == http.StatusForbidden:
		return clamor.Errorf(clamor.Forbidden, "HubSpot forbids it (%s): give the private app read access to companies, deals, contacts and "+
			"owners", message)
	case r.Status == http.StatusTooManyRequests:
		return clamor.Errorf(clamor.Limited, "HubSpot's limit of requests is used up (%s): the pull goes on where it is when it runs next",
			message)
	case r.Status >= 500:
		return clamor.Errorf(clamor.Unavailable, "HubSpot cannot answer now (%d %s)", r.Status, message)
	}
	return clamor.Errorf(clamor.Invalid, "HubSpot refuses the request (%d %s): correct the source's settings", r.Status, message)
}
