package ingest

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"clamor"
)

func jira() Adapter {
	return Adapter{
		Kind:  "jira",
		Title: "Jira",
		Settings: []Setting{
			{Name: "site", Meaning: "where people open issues, e.g. https://acme.atlassian.net; empty takes it from each event"},
			{Name: "not_planned", Meaning: "statuses and resolutions, parted by commas, by which an issue ends undone",
				Default: "won't do, won't fix, wontfix, declined, rejected, cannot reproduce, abandoned, cancelled, canceled, obsolete, not planned"},
		},
		Verify: func(s clamor.Source, r Request, _ time.Time) error {
			return signedBody(s, r, "X-Hub-Signature", "sha256=", sha256.New, "the webhook's Secret, under System, WebHooks")
		},
		Check:      checkJSON,
		DeliveryID: func(header http.Header, _ []byte) string { return header.Get("X-Atlassian-Webhook-Identifier") },
		Parse:      parseJira,
	}
}

// parseJira reads that an issue's status or resolution changed, and nothing else of what Jira tells.
func parseJira(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	if root.word("webhookEvent") != "jira:issue_updated" || !jiraMoved(root.down("changelog")) {
		return clamor.Harvest{}, nil
	}
	issue := root.down("issue")
	news := clamor.IssueNews{
		URL: jiraURL(o.told("jira", "site"), issue),
		At:  root.since1970("timestamp", time.Millisecond),
		By:  root.down("user").word("displayName"),
	}
	news.State, news.Reason = jiraState(issue.down("fields"), o.told("jira", "not_planned"))
	if news.At.IsZero() {
		news.At = d.ReceivedAt
	}
	if news.URL == "" {
		issue.fault("self", "tells no address of the issue: set site to where people open issues")
		return harvested(clamor.Harvest{}, d, faults)
	}
	return harvested(clamor.Harvest{Issues: []clamor.IssueNews{news}}, d, faults)
}

func jiraMoved(changes object) bool {
	return slices.ContainsFunc(changes.list("items"), func(item any) bool {
		m, _ := item.(map[string]any)
		return m["field"] == "status" || m["field"] == "resolution"
	})
}

// jiraURL is the address under which people open an issue. The event names only that of the API, which at an app is a gateway's.
func jiraURL(site string, issue object) string {
	key := issue.word("key")
	if site == "" {
		if self, err := url.Parse(issue.word("self")); err == nil && self.Host != "api.atlassian.com" && self.Scheme == "https" {
			before, _, _ := strings.Cut(self.Path, "/rest/api/")
			site = "https://" + self.Host + before
		}
	}
	if site == "" || key == "" {
		return ""
	}
	return strings.TrimRight(site, "/") + "/browse/" + url.PathEscape(key)
}

// jiraState is where an issue stands: done by its status' category, whatever the status is called, or by having a resolution.
func jiraState(fields object, notPlanned string) (state, reason string) {
	status, resolution := fields.down("status"), fields.down("resolution")
	if status.down("statusCategory").word("key") != "done" && resolution.word("name") == "" {
		return "open", ""
	}
	for _, name := range []string{fold(resolution.word("name")), fold(status.word("name"))} {
		undone := slices.ContainsFunc(strings.Split(notPlanned, ","), func(n string) bool {
			return name != "" &&
				fold(n) == strings.ReplaceAll(name, "’", "'")
		})
		switch {
		case name == "duplicate":
			return "closed", "duplicate"
		case undone:
			return "closed", "not_planned"
		}
	}
	return "closed", "completed"
}
