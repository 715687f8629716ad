package ingest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clamor"
)

// dialZendesk takes an API token with its user's address, as Zendesk's basic authentication wants them.
func dialZendesk(p Pull) (dialled, error) {
	if p.Setting("user") == "" {
		return dialled{}, clamor.Errorf(clamor.Invalid, "the source has no user: set it to the e-mail address whose API token it has")
	}
	login := base64.StdEncoding.EncodeToString([]byte(p.Setting("user") + "/token:" + p.Source.Token))
	return dial(p, "Zendesk", p.Setting("base_url"), http.Header{"Authorization": {"Basic " + login}})
}

// fetchZendesk gets the ticket that a webhook speaks of.
func fetchZendesk(ctx context.Context, p Pull, d clamor.Delivery) error {
	root, _, err := zendeskRoot(d.Body, new([]clamor.Fault))
	if err != nil {
		return err
	}
	api, err := dialZendesk(p)
	if err != nil {
		return err
	}
	answer, _, err := api.get(ctx, "/api/v2/tickets/"+url.PathEscape(zendeskTicketID(root))+".json")
	if err != nil {
		return err
	}
	return keepTicket(ctx, api, answer.down("ticket"), map[string]object{})
}

// pullZendesk reads the organizations, for whose the tickets are, and then the tickets that changed since.
func pullZendesk(ctx context.Context, p Pull) error {
	api, err := dialZendesk(p)
	if err != nil {
		return err
	}
	if err := eachPage(ctx, api, "/api/v2/organizations.json?page%5Bsize%5D=100", func(_ object, body []byte) error {
		return p.Keep(ctx, Page{Topic: "organizations", Body: body})
	}); err != nil {
		return err
	}
	first, err := firstDay(p)
	if err != nil {
		return err
	}
	address := "/api/v2/incremental/tickets/cursor.json?per_page=100&start_time=" + strconv.FormatInt(first.Unix(), 10)
	seen := map[string]object{}
	cursor := p.Cursor("tickets")
	for {
		if cursor != "" {
			address = "/api/v2/incremental/tickets/cursor.json?per_page=100&cursor=" + url.QueryEscape(cursor)
		}
		page, _, err := api.get(ctx, address)
		if err != nil {
			return err
		}
		for _, ticket := range page.items("tickets") {
			if err := keepTicket(ctx, api, ticket, seen); err != nil {
				return err
			}
		}
		next := page.word("after_cursor")
		if next != "" {
			if err := p.Keep(ctx, Page{Topic: "tickets", Cursor: next}); err != nil {
				return err
			}
		}
		if page.word("end_of_stream") != "false" || next == "" || next == cursor {
			return nil
		}
		cursor = next
	}
}

// eachPage follows the links of a list to its end.
func eachPage(ctx context.Context, api dialled, address string, visit func(page object, body []byte) error) error {
	for asked := map[string]bool{}; address != "" && !asked[address]; {
		asked[address] = true
		page, body, err := api.get(ctx, address)
		if err != nil {
			return err
		}
		if err := visit(page, body); err != nil {
			return err
		}
		address = page.down("links").word("next")
		if page.down("meta").word("has_more") == "false" {
			return nil
		}
	}
	return nil
}

// keepTicket puts a ticket together with its comments, and with the users and the organization that they name: apart, none of them
// could be read. What is known of users and organizations is asked for once in a pull.
func keepTicket(ctx context.Context, api dialled, ticket object, known map[string]object) error {
	tag := api.pull.Setting("tag")
	if ticket.word("status") == "deleted" || tag != "" && !tagged(ticket, tag) {
		return nil
	}
	id := ticket.word("id")
	whole := map[string]any{"ticket": ticket.m}
	people := []string{ticket.word("requester_id"), ticket.word("assignee_id")}
	comments := []any{}
	err := eachPage(ctx, api, "/api/v2/tickets/"+url.PathEscape(id)+"/comments.json?page%5Bsize%5D=100", func(page object, _ []byte) error {
		for _, c := range page.items("comments") {
			if c.word("public") == "true" {
				comments, people = append(comments, c.m), append(people, c.word("author_id"))
			}
		}
		return nil
	})
	if clamor.KindOf(err) == clamor.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	whole["comments"] = comments
	if whole["users"], err = api.users(ctx, people, known); err != nil {
		return err
	}
	if org := ticket.word("organization_id"); org != "" {
		if whole["organization"], err = api.organization(ctx, org, known); err != nil {
			return err
		}
	}
	body, err := json.Marshal(whole)
	if err != nil {
		return err
	}
	return api.pull.Keep(ctx, Page{Topic: "ticket", ID: id + "@" + ticket.word("updated_at"), Body: body})
}

func (a dialled) users(ctx context.Context, ids []string, known map[string]object) ([]any, error) {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := known["user "+id]; return ok })
	for some := range slices.Chunk(unknown, 100) {
		answer, _, err := a.get(ctx, "/api/v2/users/show_many.json?ids="+url.QueryEscape(strings.Join(some, ",")))
		if err != nil {
			return nil, err
		}
		for _, u := range answer.items("users") {
			known["user "+u.word("id")] = u
		}
	}
	users := []any{}
	for _, id := range ids {
		u, ok := known["user "+id]
		if !ok {
			continue
		}
		users = append(users, map[string]any{"id": u.m["id"], "name": u.m["name"], "email": u.m["email"], "role": u.m["role"]})
	}
	return users, nil
}

func (a dialled) organization(ctx context.Context, id string, known map[string]object) (map[string]any, error) {
	if o, ok := known["organization "+id]; ok {
		return o.m, nil
	}
	answer, _, err := a.get(ctx, "/api/v2/organizations/"+url.PathEscape(id)+".json")
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return nil, err
	}
	o := answer.down("organization")
	known["organization "+id] = o
	return o.m, nil
}
