package ingest

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"clamor"
)

// around gets what HubSpot tells elsewhere of the objects of a page: associations, the names of what they lead to, owners, stages.
func (c *hubSpotClient) around(ctx context.Context, topic string, a hubSpotAnswer) (hubSpotContext, error) {
	w := hubSpotContext{Owners: map[string]clamor.Person{}, Companies: map[string]hubSpotNamed{}, Deals: map[string]hubSpotNamed{},
		Contacts: map[string]clamor.Person{}, Stages: map[string]hubSpotStage{}, Links: map[string]hubSpotLinks{}}
	steps := []func(context.Context, *hubSpotContext, hubSpotAnswer) error{c.withOwners}
	switch topic {
	case "deals":
		steps = append(steps, c.withStages, c.withDealLinks)
	case "notes":
		steps = append(steps, c.withNoteLinks)
	}
	for _, step := range steps {
		if err := step(ctx, &w, a); err != nil {
			return w, err
		}
	}
	return w, nil
}

// withOwners adds the owners of the objects. They are few: all are asked for once.
func (c *hubSpotClient) withOwners(ctx context.Context, w *hubSpotContext, a hubSpotAnswer) error {
	for i := range a.Results {
		id := a.object(i).down("properties").word("hubspot_owner_id")
		if id == "" {
			continue
		}
		if c.owners == nil {
			if err := c.allOwners(ctx); err != nil {
				return err
			}
		}
		if owner, known := c.owners[id]; known {
			w.Owners[id] = owner
		}
	}
	return nil
}

func (c *hubSpotClient) allOwners(ctx context.Context) error {
	owners := map[string]clamor.Person{}
	for after := ""; ; {
		q := url.Values{"limit": {"100"}}
		if after != "" {
			q.Set("after", after)
		}
		answer, err := c.ask(ctx, Call{URL: c.base + "/crm/v3/owners?" + q.Encode()})
		if err != nil {
			return err
		}
		for i := range answer.Results {
			o := answer.object(i)
			owners[o.word("id")] = clamor.Person{Name: strings.TrimSpace(o.word("firstName") + " " + o.word("lastName")), Email: o.word("email")}
		}
		if after = answer.Paging.Next.After; after == "" {
			c.owners = owners
			return nil
		}
	}
}

// withStages adds the names of the stages, of which a deal bears the id only.
func (c *hubSpotClient) withStages(ctx context.Context, w *hubSpotContext, a hubSpotAnswer) error {
	if c.stages == nil {
		answer, err := c.ask(ctx, Call{URL: c.base + "/crm/v3/pipelines/deals"})
		if err != nil {
			return err
		}
		c.stages = map[string]hubSpotStage{}
		for i := range answer.Results {
			for _, item := range answer.object(i).list("stages") {
				m, _ := item.(map[string]any)
				o := object{m: m}
				more := o.down("metadata")
				c.stages[o.word("id")] = hubSpotStage{Label: o.word("label"), Closed: more.word("isClosed"), Probability: more.word("probability")}
			}
		}
	}
	for i := range a.Results {
		id := a.object(i).down("properties").word("dealstage")
		if stage, known := c.stages[id]; known {
			w.Stages[id] = stage
		}
	}
	return nil
}

func (c *hubSpotClient) withDealLinks(ctx context.Context, w *hubSpotContext, a hubSpotAnswer) error {
	companies, err := c.links(ctx, "deals", "companies", a.ids())
	if err != nil {
		return err
	}
	for deal, ids := range companies {
		w.Links[deal] = hubSpotLinks{Companies: ids}
	}
	if err := c.nameCompanies(ctx, w, idsIn(companies)); err != nil {
		return err
	}
	return c.withDealContacts(ctx, w, slices.DeleteFunc(a.ids(), func(id string) bool { return len(companies[id]) > 0 }))
}

// withDealContacts adds the contacts of deals that have no company: their addresses may tell the account.
func (c *hubSpotClient) withDealContacts(ctx context.Context, w *hubSpotContext, deals []string) error {
	contacts, err := c.links(ctx, "deals", "contacts", deals)
	if err != nil {
		return err
	}
	for deal, ids := range contacts {
		w.Links[deal] = hubSpotLinks{Contacts: ids}
	}
	return c.describeContacts(ctx, w, idsIn(contacts))
}

func (c *hubSpotClient) describeContacts(ctx context.Context, w *hubSpotContext, ids []string) error {
	return c.describe(ctx, "contacts", ids, []string{"firstname", "lastname", "email", "jobtitle"}, func(id string, p object) {
		w.Contacts[id] = clamor.Person{Name: strings.TrimSpace(p.word("firstname") + " " + p.word("lastname")), Email: p.word("email"),
			Title: p.word("jobtitle")}
	})
}

// withNoteLinks adds the companies, deals and contacts of notes, and for notes without a company those of their deals.
func (c *hubSpotClient) withNoteLinks(ctx context.Context, w *hubSpotContext, a hubSpotAnswer) error {
	to := map[string]map[string][]string{}
	for _, topic := range []string{"companies", "deals", "contacts"} {
		links, err := c.links(ctx, "notes", topic, a.ids())
		if err != nil {
			return err
		}
		to[topic] = links
	}
	for _, id := range a.ids() {
		if l := (hubSpotLinks{to["companies"][id], to["deals"][id], to["contacts"][id]}); len(l.Companies)+len(l.Deals)+len(l.Contacts) > 0 {
			w.Links[id] = l
		}
	}
	deals := idsIn(to["deals"])
	of, err := c.links(ctx, "deals", "companies", deals)
	if err != nil {
		return err
	}
	if err := c.describe(ctx, "deals", deals, []string{"dealname"}, func(id string, p object) {
		w.Deals[id] = hubSpotNamed{Name: p.word("dealname"), Companies: of[id]}
	}); err != nil {
		return err
	}
	if err := c.describeContacts(ctx, w, idsIn(to["contacts"])); err != nil {
		return err
	}
	companies := idsIn(to["companies"])
	for _, id := range idsIn(of) {
		if !slices.Contains(companies, id) {
			companies = append(companies, id)
		}
	}
	return c.nameCompanies(ctx, w, companies)
}

func (c *hubSpotClient) nameCompanies(ctx context.Context, w *hubSpotContext, ids []string) error {
	return c.describe(ctx, "companies", ids, []string{"name", "domain"}, func(id string, p object) {
		w.Companies[id] = hubSpotNamed{Name: p.word("name"), Domain: p.word("domain")}
	})
}

// describe reads a few properties of objects that others are associated with.
func (c *hubSpotClient) describe(ctx context.Context, topic string, ids, properties []string, take func(id string, p object)) error {
	for some := range slices.Chunk(ids, hubSpotPage) {
		answer, err := c.ask(ctx, c.batch(topic, some, properties))
		if err != nil {
			return err
		}
		for i := range answer.Results {
			o := answer.object(i)
			take(o.word("id"), o.down("properties"))
		}
	}
	return nil
}

// links reads the associations of objects of one topic with those of another.
func (c *hubSpotClient) links(ctx context.Context, from, to string, ids []string) (map[string][]string, error) {
	links := map[string][]string{}
	for some := range slices.Chunk(ids, hubSpotPage) {
		inputs := []map[string]string{}
		for _, id := range some {
			inputs = append(inputs, map[string]string{"id": id})
		}
		answer, err := c.ask(ctx, c.post("/crm/v4/associations/"+from+"/"+to+"/batch/read", map[string]any{"inputs": inputs}))
		if err != nil {
			return nil, err
		}
		for i := range answer.Results {
			o := answer.object(i)
			id := o.down("from").word("id")
			for _, item := range o.list("to") {
				m, _ := item.(map[string]any)
				if other := (object{m: m}).word("toObjectId"); other != "" && id != "" {
					links[id] = append(links[id], other)
				}
			}
		}
	}
	return links, nil
}

func (a hubSpotAnswer) ids() (ids []string) {
	for i := range a.Results {
		if id := a.object(i).word("id"); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// idsIn are all that links lead to, each once and in order.
func idsIn(links map[string][]string) []string {
	var ids []string
	for _, from := range sortedKeys(links) {
		ids = append(ids, links[from]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
