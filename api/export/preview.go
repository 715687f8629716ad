package export

import (
	"context"
	"slices"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// Preview is what publishing would send.
type Preview struct {
	Document          // with the boxes that people have ticked
	Public   bool     // whether the public can read the repository: then it holds aliases and bands only
	Number   int      // of the issue that would be updated, 0 if one would be made
	Same     bool     // the issue says so already: nothing would be sent
	Ticked   []string // the features whose boxes people have ticked
}

// Preview asks GitHub all that Publish asks, and tells byte for byte what Publish would send. It writes nothing.
func (g *GitHub) Preview(ctx context.Context, repo string, render func(public bool) Document, previous *clamor.Publication) (Preview, error) {
	p, err := g.open(ctx, repo)
	if err != nil {
		return Preview{Public: true}, err
	}
	if err := p.take(render(p.public)); err != nil {
		return Preview{Public: p.public}, err
	}
	if previous == nil {
		previous = &clamor.Publication{}
	}
	issue, err := p.stored(ctx, previous.Number)
	if err != nil {
		return Preview{Public: p.public}, err
	}
	if issue == nil {
		found, err := p.find(ctx)
		if err != nil {
			return Preview{Public: p.public}, err
		}
		if len(found) > 0 {
			issue = found[0]
		}
	}
	v := Preview{Public: p.public}
	if issue != nil {
		v.Number = issue.GetNumber()
		if v.Same, err = p.compare(ctx, issue, previous.Comments); err != nil {
			return v, err
		}
	}
	v.Document, v.Ticked = p.doc, p.ticks
	return v, nil
}

// compare readies the document for an issue that is there, and reports whether the issue says the same.
func (p *publishing) compare(ctx context.Context, issue *github.Issue, known []int64) (bool, error) {
	comments, err := p.listComments(ctx, issue.GetNumber(), known, nil)
	if err != nil {
		return false, err
	}
	p.fit(issue)
	for _, c := range comments {
		p.keepTicks(c.GetBody())
	}
	equal := slices.EqualFunc(comments, p.doc.Comments, func(c *github.IssueComment, text string) bool { return same(c.GetBody(), text) })
	return equal && issue.GetTitle() == p.doc.Title && same(issue.GetBody(), p.doc.Body), nil
}
