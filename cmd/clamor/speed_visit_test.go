package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// plain is the text of an answer.
func plain(t *testing.T, body []byte, resp *http.Response) string {
	t.Helper()
	if resp.Header.Get("Content-Encoding") != "gzip" {
		return string(body)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	return string(text)
}

var (
	featureLink  = regexp.MustCompile(`href="/features/(feature_[0-9a-zA-Z_-]+)`)
	nextLink     = regexp.MustCompile(`href="(/\?[^"]*cursor=[^"]*)"`)
	versionField = regexp.MustCompile(`name="version" value="([0-9]+)"`)
	caseField    = regexp.MustCompile(`name="at" value="([^"]+)"`)
)

// visit goes through the pages, so many rounds of all kinds.
func (s *measured) visit(t *testing.T, rounds int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	large := featureLink.FindAllStringSubmatch(s.get(t, "warm", "/?sort=asks"), -1)
	var small [][]string
	for _, path := range []string{"/?sort=-rank", "/?sort=title", "/?sort=-title&status=new", "/?area=Billing&sort=-asks"} {
		small = append(small, featureLink.FindAllStringSubmatch(s.get(t, "warm", path), -1)...)
	}
	lists := []string{"/", "/", "/?area=Billing", "/?team=Team+3&status=new", "/?segment=enterprise", "/?owner=Owner+07&sort=accounts", "/?source=zendesk&status=planned",
		"/?sort=title", "/?sort=-trend", "/?sort=move&area=Mobile"}
	searches := []string{"export invoices", "SAML", "dashboards by region", "schedule reports", "Northern Logistics", "kiosks", "offline", "zzz"}
	for round := range rounds {
		page := s.get(t, "list", lists[round%len(lists)])
		if next := nextLink.FindStringSubmatch(page); next != nil && round%3 == 0 {
			s.get(t, "list, next page", html.UnescapeString(next[1]))
		}
		s.get(t, "list, other scenario", "/?scenario="+pick(r, "full", "balanced", "breadth"))
		s.get(t, "search", "/?q="+url.QueryEscape(searches[round%len(searches)]))
		s.get(t, "feature, large", "/features/"+large[round%len(large)][1])
		s.get(t, "feature, small", "/features/"+small[round%len(small)][1])
		s.get(t, "triage", pick(r, "/triage", "/triage?tab=joined", "/triage?tab=new", "/triage?tab=silent", "/triage?tab=done"))
		s.decideOne(t, r)
		s.get(t, "accounts", pick(r, "/accounts", "/accounts?page=20", "/accounts?q=logistics", "/accounts?q=alpine"))
		s.get(t, "my notes", pick(r, "/my-notes", "/my-notes?page=3", "/my-notes?page=40"))
		if round%4 == 0 {
			id := small[round%len(small)][1]
			version := versionField.FindStringSubmatch(s.get(t, "feature, small", "/features/"+id))
			_, resp := s.do(t, "edit a feature", http.MethodPost, "/features/"+id, url.Values{"version": version[1:], "status": {"planned"}, "effort": {fmt.Sprint(1 + round%5)}})
			s.get(t, "feature after an edit", resp.Header.Get("Location"))
			s.get(t, "list after an edit", "/")
		}
	}
}

// decideOne confirms the first case of triage, and goes where that leads.
func (s *measured) decideOne(t *testing.T, r *rand.Rand) {
	page := s.get(t, "triage", "/triage?tab=joined")
	at := caseField.FindStringSubmatch(page)
	if at == nil {
		t.Fatal("no case to decide")
	}
	do := "confirm"
	if other := regexp.MustCompile(`name="do" value="(move feature_[^"]+)"`).FindAllStringSubmatch(page, -1); len(other) > 0 && r.IntN(2) == 0 {
		do = other[len(other)-1][1]
	}
	_, resp := s.do(t, "triage, a decision", http.MethodPost, "/triage", url.Values{"tab": {"joined"}, "at": {at[1]}, "do": {do}})
	if resp.StatusCode == http.StatusSeeOther {
		s.get(t, "triage after a decision", resp.Header.Get("Location"))
	}
}
