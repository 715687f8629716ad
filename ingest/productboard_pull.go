package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"clamor"
)

func dialProductboard(p Pull) (dialled, error) {
	return dial(p, "productboard", p.Setting("base_url"), http.Header{"Authorization": {"Bearer " + p.Source.Token}})
}

// fetchProductboard gets the note that a webhook announces.
func fetchProductboard(ctx context.Context, p Pull, d clamor.Delivery) error {
	root, err := rootOf(d.Body, new([]clamor.Fault))
	if err != nil {
		return err
	}
	address, ok := productboardNews(root)
	if !ok {
		return nil
	}
	api, err := dialProductboard(p)
	if err != nil {
		return err
	}
	answer, _, err := api.get(ctx, address)
	if err != nil {
		return err
	}
	return keepNotes(ctx, api, productboardNotes(answer), map[string]object{}, "")
}

// pullProductboard reads the notes that changed since the last pull. Its cursor is the address of the next page while a walk is under
// way, and between walks the time from which the next one reads.
func pullProductboard(ctx context.Context, p Pull) error {
	api, err := dialProductboard(p)
	if err != nil {
		return err
	}
	cursor := p.Cursor("notes")
	if cursor == "" {
		first, err := firstDay(p)
		if err != nil {
			return err
		}
		cursor = wire(first)
	}
	var walk walkFrom
	if json.Unmarshal([]byte(cursor), &walk) != nil {
		walk = walkFrom{Next: api.base.JoinPath("notes").String() + "?updatedFrom=" + url.QueryEscape(cursor), Began: wire(p.Now)}
	}
	known, asked := map[string]object{}, map[string]bool{}
	for walk.Next != "" && !asked[walk.Next] {
		asked[walk.Next] = true
		answer, _, err := api.get(ctx, walk.Next)
		if err != nil {
			return err
		}
		walk.Next = answer.down("links").word("next")
		after := walk.Began
		if walk.Next != "" && !asked[walk.Next] {
			text, err := json.Marshal(walk)
			if err != nil {
				return err
			}
			after = string(text)
		}
		if err := keepNotes(ctx, api, answer.items("data"), known, after); err != nil {
			return err
		}
	}
	return nil
}

// walkFrom is where a walk through the notes goes on.
type walkFrom struct {
	Next  string `json:"next"`
	Began string `json:"began"` // when it began: what changes meanwhile is for the next one
}

// keepNotes keeps notes together with the customers they name: apart from them nobody could tell whose they are.
func keepNotes(ctx context.Context, api dialled, notes []object, known map[string]object, cursor string) error {
	page := map[string][]any{"data": {}, "customers": {}}
	in := map[string]bool{}
	add := func(target object) (object, error) {
		id := target.word("id")
		c, err := api.customer(ctx, target, known)
		if err == nil && c.m != nil && !in[id] {
			in[id] = true
			page["customers"] = append(page["customers"], c.m)
		}
		return c, err
	}
	for _, note := range notes {
		page["data"] = append(page["data"], note.m)
		for _, target := range customerTargets(note) {
			c, err := add(target)
			if err != nil {
				return err
			}
			for _, r := range c.down("relationships").items("data") {
				if above := r.down("target"); above.word("type") == "company" {
					if _, err := add(above); err != nil {
						return err
					}
				}
			}
		}
	}
	body, err := json.Marshal(page)
	if err != nil {
		return err
	}
	if len(notes) == 0 {
		body = nil
	}
	return api.pull.Keep(ctx, Page{Topic: "notes", Body: body, Cursor: cursor})
}

// customer gets the user or company that a note is from, once in a pull.
func (a dialled) customer(ctx context.Context, target object, known map[string]object) (object, error) {
	id := target.word("id")
	if c, ok := known[id]; ok || id == "" {
		return c, nil
	}
	address := target.down("links").word("self")
	if address == "" {
		address = a.base.JoinPath("entities", id).String()
	}
	answer, _, err := a.get(ctx, address)
	if err != nil && clamor.KindOf(err) != clamor.NotFound {
		return object{}, err
	}
	c := answer.down("data")
	if c.m == nil && answer.m != nil {
		c = answer
	}
	known[id] = c
	return c, nil
}
