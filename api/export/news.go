package export

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// News asks what became of a repository's issues that changed since a moment, for the webhooks that got lost: all issues, without one.
// until is the moment from which to ask the next time.
func (g *GitHub) News(ctx context.Context, repo string, since time.Time) (news []clamor.IssueNews, until time.Time, err error) {
	p, err := g.open(ctx, repo)
	if err != nil {
		return nil, since, err
	}
	options := &github.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "desc", Since: since, ListOptions: github.ListOptions{PerPage: 100}}
	until = since
	for range pages {
		issues, resp, err := p.client.Issues.ListByRepo(ctx, p.owner, p.name, options)
		if err != nil {
			return nil, since, p.explain(ctx, "asking what became of issues", err)
		}
		for _, issue := range issues {
			if at := issue.GetUpdatedAt().Time; at.After(until) {
				until = at
			}
			if !issue.IsPullRequest() {
				news = append(news, newsOf(issue))
			}
		}
		if resp.NextPage <= options.Page {
			break
		}
		options.Page = resp.NextPage
	}
	return news, until, nil
}

// newsOf tells of an issue what its webhook would.
func newsOf(issue *github.Issue) clamor.IssueNews {
	n := clamor.IssueNews{URL: issue.GetHTMLURL(), State: "open", At: issue.GetUpdatedAt().Time}
	if issue.GetState() != "closed" {
		return n
	}
	n.State, n.By = "closed", issue.GetClosedBy().GetLogin()
	if reason := issue.GetStateReason(); reason == "completed" || reason == "not_planned" || reason == "duplicate" {
		n.Reason = reason
	}
	if at := issue.GetClosedAt().Time; !at.IsZero() {
		n.At = at
	}
	return n
}

// Target tells to which repository of this GitHub the address of an issue leads: "github:owner/repo", or "" where to none of it.
func (g *GitHub) Target(address string) string {
	web := "https://" + strings.TrimPrefix(g.base.Host, "api.") + "/"
	rest, here := strings.CutPrefix(strings.ToLower(address), web)
	part := strings.Split(rest, "/")
	if !here || len(part) != 4 || part[2] != "issues" {
		return ""
	}
	return fmt.Sprintf("github:%s/%s", part[0], part[1])
}
