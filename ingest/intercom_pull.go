package ingest

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"clamor"
)

// intercomVersion is the version of the API whose shapes are read here.
const intercomVersion = "2.14"

func dialIntercom(p Pull) (dialled, error) {
	return dial(p, "Intercom", p.Setting("base_url"), http.Header{"Authorization": {"Bearer " + p.Source.Token},
		"Intercom-Version": {intercomVersion}})
}

// fetchIntercom gets the conversation in which somebody said something.
func fetchIntercom(ctx context.Context, p Pull, d clamor.Delivery) error {
	root, err := rootOf(d.Body, new([]clamor.Fault))
	if err != nil {
		return err
	}
	api, err := dialIntercom(p)
	if err != nil {
		return err
	}
	return keepConversation(ctx, api, root.down("data", "item"))
}

// pullIntercom reads the companies, and then the conversations that changed since.
func pullIntercom(ctx context.Context, p Pull) error {
	api, err := dialIntercom(p)
	if err != nil {
		return err
	}
	for page := 1; ; page++ {
		answer, body, err := api.post(ctx, "/companies/list", map[string]any{"page": page, "per_page": 60})
		if err != nil {
			return err
		}
		if err := p.Keep(ctx, Page{Topic: "companies", Body: body}); err != nil {
			return err
		}
		if total, err := strconv.Atoi(answer.down("pages").word("total_pages")); err != nil || page >= total {
			break
		}
	}
	return pullConversations(ctx, p, api)
}

// pullConversations asks for what changed since the last change seen, oldest first, so that a crash loses no place.
func pullConversations(ctx context.Context, p Pull, api dialled) error {
	cursor := p.Cursor("conversations")
	if cursor == "" {
		first, err := firstDay(p)
		if err != nil {
			return err
		}
		cursor = strconv.FormatInt(first.Unix(), 10)
	}
	since, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return clamor.Errorf(clamor.Invalid, "the place where the last pull ended, %q, is no time: begin anew", clip(cursor))
	}
	question := map[string]any{
		"query": map[string]any{"field": "updated_at", "operator": ">", "value": since - 1},
		"sort":  map[string]any{"field": "updated_at", "order": "ascending"},
	}
	for after := ""; ; {
		paging := map[string]any{"per_page": 50}
		if after != "" {
			paging["starting_after"] = after
		}
		question["pagination"] = paging
		answer, _, err := api.post(ctx, "/conversations/search", question)
		if err != nil {
			return err
		}
		found := answer.items("conversations")
		for _, c := range found {
			if err := keepConversation(ctx, api, c); err != nil && !gone(err) { // deleted since it was found
				return err
			}
			cursor = cmp.Or(c.word("updated_at"), cursor)
		}
		if err := p.Keep(ctx, Page{Topic: "conversations", Cursor: cursor}); err != nil {
			return err
		}
		next := answer.down("pages", "next").word("starting_after")
		if next == "" || next == after || len(found) == 0 {
			return nil
		}
		after = next
	}
}

// keepConversation gets a conversation with all its parts, which a search leaves out.
func keepConversation(ctx context.Context, api dialled, c object) error {
	id := c.word("id")
	_, body, err := api.get(ctx, "/conversations/"+url.PathEscape(id))
	if err != nil {
		return err
	}
	return api.pull.Keep(ctx, Page{Topic: "conversation", ID: id + "@" + c.word("updated_at"), Body: body})
}
