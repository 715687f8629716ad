package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// What the adapters of help desks and idea boards share.

// accountSettings say whose a record is where it does not tell, and what its money is.
func accountSettings(money string, more ...Setting) []Setting {
	return append(more,
		Setting{Name: "default_account", Meaning: "the account of people of whom no company is known, by name or domain; empty leaves them out"},
		Setting{Name: "currency", Meaning: "of " + money + ", e.g. EUR; empty is the house's"})
}

// orDefault is an account, or the one set for where none is known.
func (o ParseOptions) orDefault(a clamor.AccountFacts) clamor.AccountFacts {
	if a.Known() {
		return a
	}
	return defaultAccount(o.Settings)
}

// items are the objects of an array, each with its place.
func (o object) items(key string) []object {
	var all []object
	for i, item := range o.list(key) {
		if m, ok := item.(map[string]any); ok {
			all = append(all, object{o.at(key) + "[" + strconv.Itoa(i) + "]", m, o.faults})
		}
	}
	return all
}

// dialled is an API of a source: where it is, and what proves us.
type dialled struct {
	pull   Pull
	title  string
	base   *url.URL
	header http.Header
}

// dial checks the settings that a call needs.
func dial(p Pull, title, base string, header http.Header) (dialled, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return dialled{}, clamor.Errorf(clamor.Invalid, "%q is no address of %s: write the whole of it, beginning with https://", base, title)
	}
	if p.Source.Token == "" {
		return dialled{}, clamor.Errorf(clamor.Invalid, "the source has no token for %s's API: give it one", title)
	}
	return dialled{p, title, u, header}, nil
}

// get reads an address of the API. One of another host, which an answer may name, would get our token, and is refused.
func (a dialled) get(ctx context.Context, address string) (object, []byte, error) {
	u, err := a.base.Parse(address)
	if err != nil || u.Host != a.base.Host || u.Scheme != a.base.Scheme {
		return object{}, nil, clamor.Errorf(clamor.Invalid, "%s names the address %q, which is not under %s: it is not asked", a.title,
			clip(address), a.base.Host)
	}
	return a.ask(ctx, Call{URL: u.String(), Header: a.header})
}

// post sends a question in JSON.
func (a dialled) post(ctx context.Context, path string, question any) (object, []byte, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return object{}, nil, err
	}
	header := a.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return a.ask(ctx, Call{Method: http.MethodPost, URL: strings.TrimRight(a.base.String(), "/") + path, Header: header, Body: body,
		Safe: true})
}

func (a dialled) ask(ctx context.Context, c Call) (object, []byte, error) {
	reply, err := a.pull.Call(ctx, c)
	if err != nil {
		return object{}, nil, err
	}
	switch {
	case reply.Status == http.StatusUnauthorized || reply.Status == http.StatusForbidden:
		return object{}, nil, clamor.Errorf(clamor.Unavailable, "%s refuses the token (status %d): give the source a valid one that may read",
			a.title, reply.Status)
	case reply.Status == http.StatusNotFound:
		return object{}, nil, clamor.Errorf(clamor.NotFound, "%s has nothing at %s (404)", a.title, pathOf(c.URL))
	case reply.Status/100 != 2:
		return object{}, nil, clamor.Errorf(clamor.Unavailable, "%s answers %s with status %d: it is asked again later", a.title,
			pathOf(c.URL), reply.Status)
	}
	o, err := rootOf(reply.Body, new([]clamor.Fault))
	if err != nil {
		return object{}, nil, clamor.Errorf(clamor.Unavailable, "%s answers %s with what is no JSON object: it is asked again later", a.title,
			pathOf(c.URL))
	}
	return o, reply.Body, nil
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address"
	}
	return u.Path
}

// firstDay is where a first pull begins: as the source was told, else 90 days ago.
func firstDay(p Pull) (time.Time, error) {
	said := p.Setting("since")
	if said == "" {
		return p.Now.AddDate(0, 0, -90), nil
	}
	t, err := parseTime(said)
	if err != nil {
		return t, clamor.Errorf(clamor.Invalid, "the setting since is %q: write a day, such as 2026-01-31", clip(said))
	}
	return t, nil
}

func sinceSetting() Setting {
	return Setting{Name: "since", Meaning: "the day from which the first pull reads, e.g. 2026-01-31; empty: 90 days back"}
}

// idsOf makes the ids of an account of pairs of a system and its id; a pair with an empty half is none.
func idsOf(pairs ...string) map[string]string {
	var ids map[string]string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != "" && pairs[i+1] != "" {
			if ids == nil {
				ids = map[string]string{}
			}
			ids[pairs[i]] = pairs[i+1]
		}
	}
	return ids
}

// wire writes a moment as APIs take it.
func wire(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parameterOf is a parameter of an address.
func parameterOf(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}
