package export

import (
	"context"
	"fmt"

	"github.com/google/go-github/v62/github"
)

// pages bounds the listing of a repository's newest issues: at a hundred a page, the last two thousand.
const pages = 20

// find lists the issues that carry the marker, lowest number first: those with the label or, if there are none, among the
// newest of all, since the label may have been dropped. Only where a repository has more than those is GitHub's search asked
// as well; its index lags, so it never decides alone.
func (p *publishing) find(ctx context.Context) ([]*github.Issue, error) {
	found, _, err := p.list(ctx, []string{p.label}, 1_000)
	if err != nil || len(found) > 0 {
		return found, err
	}
	found, whole, err := p.list(ctx, nil, pages)
	if err != nil || len(found) > 0 || whole {
		return found, err
	}
	return p.search(ctx)
}

// list goes through the newest issues, open and closed, and says whether it has seen all.
func (p *publishing) list(ctx context.Context, labels []string, pages int) (found []*github.Issue, whole bool, err error) {
	options := &github.IssueListByRepoOptions{
		State: "all", Labels: labels, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 100},
	}
	for range pages {
		issues, resp, err := p.client.Issues.ListByRepo(ctx, p.owner, p.name, options)
		if err != nil {
			return nil, false, p.explain(ctx, "looking for the issue", err)
		}
		if found, err = p.ours(ctx, found, issues); err != nil {
			return nil, false, err
		}
		if resp.NextPage <= options.Page { // the last one, or a server that goes in circles
			sortIssues(found)
			return found, true, nil
		}
		options.Page = resp.NextPage
	}
	sortIssues(found)
	return found, false, nil
}

func (p *publishing) search(ctx context.Context) ([]*github.Issue, error) {
	query := fmt.Sprintf("repo:%s/%s is:issue in:body %q", p.owner, p.name, p.doc.Marker)
	result, _, err := p.client.Search.Issues(ctx, query, &github.SearchOptions{ListOptions: github.ListOptions{PerPage: 100}})
	if err != nil {
		return nil, p.explain(ctx, "searching for the issue", err)
	}
	found, err := p.ours(ctx, nil, result.Issues)
	sortIssues(found)
	return found, err
}

// ours adds those issues that carry the marker and come from somebody who belongs to the repository, not pull requests.
func (p *publishing) ours(ctx context.Context, found, issues []*github.Issue) ([]*github.Issue, error) {
	for _, issue := range issues {
		if issue.IsPullRequest() || !carries(issue.GetBody(), p.doc.Marker) {
			continue
		}
		trusted, err := p.trusts(ctx, issue.GetUser(), issue.GetAuthorAssociation())
		if err != nil {
			return nil, err
		}
		if trusted {
			found = append(found, issue)
		}
	}
	return found, nil
}

// trusts reports whether what a user wrote may be taken for ours. Into a public repository anybody can write a marker; there
// it counts from those who belong to the repository, from ourselves, and from apps: from ours alone where we are one.
func (p *publishing) trusts(ctx context.Context, user *github.User, association string) (bool, error) {
	if !p.public || user.GetType() == "Bot" && p.app == nil {
		return true, nil
	}
	if user.GetType() == "Bot" {
		self, err := p.appLogin(ctx)
		return err == nil && self == user.GetLogin(), p.explain(ctx, "asking which App we are", err)
	}
	switch association {
	case "OWNER", "MEMBER", "COLLABORATOR":
		return true, nil
	}
	if p.self == "" {
		self, _, err := p.client.Users.Get(ctx, "")
		switch code := status(err); {
		case code == 403 || code == 404: // an app's token has no user, and its issues come from a bot
			return false, nil
		case err != nil:
			return false, p.explain(ctx, "asking who we are", err)
		}
		p.self = self.GetLogin()
	}
	return p.self != "" && p.self == user.GetLogin(), nil
}
