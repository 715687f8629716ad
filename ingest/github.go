package ingest

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"clamor"
)

func github() Adapter {
	return Adapter{
		Kind:  "github",
		Title: "GitHub",
		Settings: []Setting{{Name: "bot",
			Meaning: "the login of the app that Clamor exports with, e.g. clamor[bot], whose own doings are skipped; empty skips every bot's"}},
		Verify: func(s clamor.Source, r Request, _ time.Time) error {
			return signedBody(s, r, "X-Hub-Signature-256", "sha256=", sha256.New, "the webhook's Secret, in the repository's settings")
		},
		Check:      checkFormOrJSON,
		DeliveryID: func(header http.Header, _ []byte) string { return header.Get("X-Github-Delivery") },
		Parse:      parseGitHub,
		Handshake:  greetGitHub,
	}
}

func githubRoot(body []byte, faults *[]clamor.Fault) (object, error) {
	o, err := rootOrForm(body, faults)
	if err == nil && isForm(body) {
		return o.within("payload")
	}
	return o, err
}

func greetGitHub(_ clamor.Source, r Request) *Answer {
	if r.Method == http.MethodPost && r.Header.Get("X-Github-Event") == "ping" {
		return welcome()
	}
	return nil
}

// parseGitHub reads that an issue was closed or opened again. Everything else that GitHub tells is left: labels, comments and milestones
// do not say that anything is done.
func parseGitHub(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	var faults []clamor.Fault
	root, err := githubRoot(d.Body, &faults)
	if err != nil {
		return clamor.Harvest{}, err
	}
	issue, action := root.down("issue"), root.word("action")
	_, comment := root.m["comment"]
	if issue.m == nil || comment || action != "closed" && action != "reopened" || ourBot(root.down("sender"), o.told("github", "bot")) {
		return clamor.Harvest{}, nil
	}
	news := clamor.IssueNews{URL: issue.link("html_url"), State: "open", At: issue.moment("updated_at"), By: root.down("sender").word("login")}
	if action == "closed" {
		news.State, news.Reason = "closed", closedAs(issue.word("state_reason"))
		if at := issue.moment("closed_at"); !at.IsZero() {
			news.At = at
		}
	}
	if news.At.IsZero() {
		news.At = d.ReceivedAt
	}
	if news.URL == "" {
		issue.fault("html_url", "is missing: an issue without its address cannot be found")
		return harvested(clamor.Harvest{}, d, faults)
	}
	return harvested(clamor.Harvest{Issues: []clamor.IssueNews{news}}, d, faults)
}

func ourBot(sender object, bot string) bool {
	if bot != "" {
		return strings.EqualFold(sender.word("login"), bot)
	}
	return sender.word("type") == "Bot"
}

// closedAs keeps the reasons that mean something to us.
func closedAs(reason string) string {
	switch reason {
	case "completed", "not_planned", "duplicate":
		return reason
	}
	return ""
}
