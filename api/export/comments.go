package export

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/go-github/v62/github"
)

// putComments makes the issue's comments of ours hold the rest of the document, in order, and deletes those too many. It
// looks again after each round that created one: a reply may get lost, and two people may export at once.
func (p *publishing) putComments(ctx context.Context, number int, known []int64) (ids []int64, changed bool, err error) {
	var made []*github.IssueComment
	for attempt := 1; ; attempt++ {
		ours, err := p.listComments(ctx, number, known, made)
		if err != nil {
			return nil, changed, err
		}
		for _, c := range ours {
			p.keepTicks(c.GetBody())
		}
		wrote, err := p.alignComments(ctx, ours)
		changed = changed || wrote
		if status(err) == 404 && attempt < attempts { // somebody deletes comments at this moment
			made = nil
			continue
		}
		if err != nil {
			return nil, changed, err
		}
		missing := p.doc.Comments[min(len(ours), len(p.doc.Comments)):]
		if len(missing) == 0 {
			for _, c := range ours[:len(p.doc.Comments)] {
				ids = append(ids, c.GetID())
			}
			return ids, changed, nil
		}
		changed = true
		more, err := p.createComments(ctx, number, missing, attempt)
		if err != nil {
			return nil, changed, err
		}
		made = append(made, more...)
	}
}

// createComments adds comments at the end. A lost reply is no error while there is another attempt: the caller looks again.
func (p *publishing) createComments(ctx context.Context, number int, texts []string, attempt int) (made []*github.IssueComment, err error) {
	for _, text := range texts {
		comment, _, err := p.client.Issues.CreateComment(ctx, p.owner, p.name, number, &github.IssueComment{Body: &text})
		if err == nil {
			comment.Body = &text
			made = append(made, comment)
			continue
		}
		if !unclear(err) || attempt >= attempts || ctx.Err() != nil {
			return nil, p.explain(ctx, fmt.Sprintf("commenting on issue %d", number), err)
		}
		p.log.Warn("no clear answer to a comment; looking whether it is there", "repo", p.repo, "number", number, "error", err)
		return made, p.sleep(ctx, time.Duration(attempt)*2*time.Second)
	}
	return made, nil
}

// alignComments writes the document's parts into the comments there are, the oldest first, so that the order is always
// right, and deletes what is left over.
func (p *publishing) alignComments(ctx context.Context, ours []*github.IssueComment) (wrote bool, err error) {
	for i, c := range ours {
		switch {
		case i >= len(p.doc.Comments):
			_, err = p.client.Issues.DeleteComment(ctx, p.owner, p.name, c.GetID())
			if status(err) == 404 { // gone already
				err = nil
			}
		case !same(c.GetBody(), p.doc.Comments[i]):
			_, _, err = p.client.Issues.EditComment(ctx, p.owner, p.name, c.GetID(), &github.IssueComment{Body: &p.doc.Comments[i]})
		default:
			continue
		}
		wrote = true
		if err != nil {
			return wrote, p.explain(ctx, fmt.Sprintf("updating comment %d", c.GetID()), err)
		}
	}
	return wrote, nil
}

// listComments lists our comments on the issue in the order of their making: those with the marker, those known, and those made
// a moment ago, which a listing may not show yet.
func (p *publishing) listComments(ctx context.Context, number int, known []int64, made []*github.IssueComment) ([]*github.IssueComment, error) {
	ours := map[int64]*github.IssueComment{}
	for _, c := range made {
		ours[c.GetID()] = c
	}
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for more := true; more; {
		comments, resp, err := p.client.Issues.ListComments(ctx, p.owner, p.name, number, options)
		if err != nil {
			return nil, p.explain(ctx, fmt.Sprintf("reading the comments of issue %d", number), err)
		}
		for _, c := range comments {
			mine, err := p.owns(ctx, c, known)
			if err != nil {
				return nil, err
			}
			if mine {
				ours[c.GetID()] = c
			}
		}
		more = resp.NextPage > options.Page
		options.Page = resp.NextPage
	}
	byID := func(a, b *github.IssueComment) int { return cmp.Compare(a.GetID(), b.GetID()) }
	return slices.SortedFunc(maps.Values(ours), byID), nil
}

func (p *publishing) owns(ctx context.Context, c *github.IssueComment, known []int64) (bool, error) {
	if slices.Contains(known, c.GetID()) {
		return true, nil
	}
	if !carries(c.GetBody(), p.doc.Marker) {
		return false, nil
	}
	return p.trusts(ctx, c.GetUser(), c.GetAuthorAssociation())
}
