package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// Outcome says what publishing did.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged" // the issue says already what it should; no write was sent
)

// duplicateOf begins the body of an issue that was closed in favour of another.
const duplicateOf = "<!-- duplicate of "

// attempts bounds how often a write is tried whose reply got lost.
const attempts = 3

// Publish makes the repository OWNER/NAME hold exactly one issue with the document, and nothing else of its quarter: it finds the
// issue by the previous publication or by the marker, and creates or updates it and its comments. It asks GitHub whether
// the public can read the repository and has the document rendered for that; where GitHub does not say, the answer is yes.
// Whatever fails in between, running it again completes the work. The publication is meaningful also beside an error if its
// Number is not 0: the issue is there, its comments may be missing.
func (g *GitHub) Publish(ctx context.Context, repo string, render func(public bool) Document, previous *clamor.Publication) (Result, error) {
	p, err := g.open(ctx, repo)
	if err != nil {
		return Result{}, err
	}
	if err := p.take(render(p.public)); err != nil {
		return Result{}, err
	}
	if previous == nil {
		previous = &clamor.Publication{}
	}
	issue, outcome, err := p.putIssue(ctx, previous.Number)
	if err != nil {
		return Result{}, err
	}
	target := "github:" + p.repo
	publication := clamor.Publication{
		ID:     cmp.Or(previous.ID, clamor.PublicationID(clamor.DeriveID("publication", target, p.doc.Quarter))),
		Target: target, Quarter: p.doc.Quarter, Number: issue.GetNumber(), URL: issue.GetHTMLURL(), PublishedAt: g.now().UTC(),
	}
	result := Result{Publication: publication, Public: p.public, Dropped: p.dropped}
	comments, changed, err := p.putComments(ctx, issue.GetNumber(), previous.Comments)
	if err != nil {
		return result, err
	}
	publication.Comments, publication.BodyHash = comments, p.doc.Hash
	if changed && outcome == Unchanged {
		outcome = Updated
	}
	if outcome == Unchanged && !previous.PublishedAt.IsZero() {
		publication.PublishedAt = previous.PublishedAt
	}
	result.Publication, result.Outcome, result.Ticked = publication, outcome, p.ticks
	return result, nil
}

// publishing is one run of Publish against one repository.
type publishing struct {
	*GitHub
	client      *github.Client
	repo        string // as asked for
	owner, name string // as GitHub calls it now
	trunk       string // its default branch
	public      bool
	push        bool // labels stay only where the caller may push
	self        string
	doc         Document
	dropped     []string // labels that GitHub took away
	ticks       []string // the boxes that people have ticked
}

// open asks GitHub about the repository. A renamed one answers with its new name, which the writes then use: a redirected write
// is not followed.
func (g *GitHub) open(ctx context.Context, repo string) (*publishing, error) {
	owner, name, err := parseRepo(repo)
	if err != nil {
		return nil, err
	}
	p := &publishing{GitHub: g, repo: repo, owner: owner, name: name, public: true}
	if p.client, err = g.connect(ctx, owner, name); err != nil {
		return nil, err
	}
	found, _, err := p.client.Repositories.Get(ctx, owner, name)
	if err != nil {
		return nil, p.explain(ctx, "looking up the repository", err)
	}
	if owner, name, err := parseRepo(found.GetFullName()); err == nil {
		if !strings.EqualFold(owner, p.owner) || !strings.EqualFold(name, p.name) {
			g.log.Warn("the repository has moved: use its new name", "repo", repo, "now", found.GetFullName())
		}
		p.owner, p.name = owner, name
	}
	if found.GetArchived() {
		return nil, clamor.Errorf(clamor.Conflict, "%s is archived and takes no issues: unarchive it, or choose another repository", repo)
	}
	p.public = found.Private == nil || !*found.Private
	p.push, p.trunk = found.Permissions["push"], trunkOf(found)
	return p, nil
}

func (p *publishing) take(doc Document) error {
	if doc.Marker == "" || !carries(doc.Body, doc.Marker) {
		return fmt.Errorf("publishing %q: the document does not begin with its marker", doc.Title)
	}
	if p.public && !doc.Redacted {
		return clamor.Errorf(clamor.Forbidden, "%s is public: names and amounts must not go there", p.repo)
	}
	for i, text := range append([]string{doc.Body}, doc.Comments...) {
		if len(text) > MaxBytes {
			return clamor.Errorf(clamor.TooLarge, "part %d of the document has %d bytes: GitHub takes at most %d", i+1, len(text), MaxBytes)
		}
	}
	doc.Comments = slices.Clone(doc.Comments) // ticks are written into them
	p.doc = doc
	return nil
}

// carries reports whether a line of the body is the hidden line of the marker. Quoted text of people cannot be one: it is
// escaped.
func carries(body, marker string) bool {
	begin := "<!-- " + marker + " "
	return strings.HasPrefix(body, begin) || strings.Contains(body, "\n"+begin)
}

// putIssue leaves exactly one open or closed issue with the marker, saying what the document says.
func (p *publishing) putIssue(ctx context.Context, number int) (*github.Issue, Outcome, error) {
	issue, err := p.stored(ctx, number)
	if err != nil {
		return nil, "", err
	}
	outcome, found := Unchanged, []*github.Issue{issue}
	if issue == nil {
		if found, err = p.find(ctx); err != nil {
			return nil, "", err
		}
	}
	if len(found) == 0 {
		if found, err = p.create(ctx); err != nil {
			return nil, "", err
		}
		outcome = Created
	}
	if err := p.closeExtras(ctx, found); err != nil {
		return nil, "", err
	}
	changed, err := p.edit(ctx, found[0])
	if err != nil {
		return nil, "", err
	}
	labelled, err := p.putLabels(ctx, found[0])
	if (changed || labelled) && outcome == Unchanged {
		outcome = Updated
	}
	return found[0], outcome, err
}

// stored is the issue of the previous publication, nil if it is no longer there. One that was moved to another repository or
// whose number now means another issue is not it.
func (p *publishing) stored(ctx context.Context, number int) (*github.Issue, error) {
	if number == 0 {
		return nil, nil
	}
	issue, _, err := p.client.Issues.Get(ctx, p.owner, p.name, number)
	if code := status(err); code == 404 || code == 410 {
		p.log.Warn("the issue published before is gone; looking for another by its marker", "repo", p.repo, "number", number)
		return nil, nil
	}
	if err != nil {
		return nil, p.explain(ctx, fmt.Sprintf("reading issue %d", number), err)
	}
	if !p.here(issue) || !p.marked(issue) {
		return nil, nil
	}
	return issue, nil
}

// marked reports whether a stored issue is still the quarter's: by its marker or, where somebody's edit lost that, by title and label.
func (p *publishing) marked(issue *github.Issue) bool {
	if carries(issue.GetBody(), p.doc.Marker) {
		return true
	}
	return issue.GetTitle() == p.doc.Title && bears(issue.Labels, p.label) && !strings.HasPrefix(issue.GetBody(), duplicateOf)
}

// here reports whether an issue belongs to the repository.
func (p *publishing) here(issue *github.Issue) bool {
	return strings.HasSuffix(strings.ToLower(issue.GetRepositoryURL()), strings.ToLower("/repos/"+p.owner+"/"+p.name))
}

// create makes the issue and looks again: the reply may have got lost, and somebody else may have created one meanwhile.
func (p *publishing) create(ctx context.Context) ([]*github.Issue, error) {
	for attempt := 1; ; attempt++ {
		labels := p.wanted()
		made, _, err := p.client.Issues.Create(ctx, p.owner, p.name, &github.IssueRequest{Title: &p.doc.Title, Body: &p.doc.Body, Labels: &labels})
		if err != nil && (!unclear(err) || attempt == attempts || ctx.Err() != nil) {
			return nil, p.explain(ctx, "creating the issue", err)
		}
		if err != nil {
			p.log.Warn("no clear answer to creating the issue; looking whether it is there", "repo", p.repo, "error", err)
			if err := p.sleep(ctx, time.Duration(attempt)*2*time.Second); err != nil {
				return nil, err
			}
		}
		found, findErr := p.find(ctx)
		if findErr != nil {
			return nil, findErr
		}
		if err == nil && !slices.ContainsFunc(found, func(i *github.Issue) bool { return i.GetNumber() == made.GetNumber() }) {
			found = append(found, made)
			sortIssues(found)
		}
		if len(found) > 0 {
			return found, nil
		}
	}
}

// closeExtras keeps the first of several issues for one quarter and closes the others, whose marker it takes away so that
// nobody finds them again.
func (p *publishing) closeExtras(ctx context.Context, found []*github.Issue) error {
	for _, extra := range found[1:] {
		p.log.Warn("two issues for one quarter; the later one is closed", "repo", p.repo, "kept", found[0].GetNumber(), "closed", extra.GetNumber())
		body := fmt.Sprintf(duplicateOf+"%s -->\nSee #%d.\n", p.doc.Marker, found[0].GetNumber())
		request := &github.IssueRequest{Body: &body, State: github.String("closed"), StateReason: github.String("duplicate")}
		_, _, err := p.client.Issues.Edit(ctx, p.owner, p.name, extra.GetNumber(), request)
		if status(err) == 422 { // an older Enterprise Server does not know the reason
			request.StateReason = github.String("not_planned")
			_, _, err = p.client.Issues.Edit(ctx, p.owner, p.name, extra.GetNumber(), request)
		}
		if err != nil {
			return p.explain(ctx, fmt.Sprintf("closing the duplicate issue %d", extra.GetNumber()), err)
		}
	}
	return nil
}

// edit makes an issue say what the document says, and reports whether it had to.
func (p *publishing) edit(ctx context.Context, issue *github.Issue) (bool, error) {
	p.fit(issue)
	if issue.GetTitle() == p.doc.Title && same(issue.GetBody(), p.doc.Body) {
		return false, nil
	}
	if p.public && strings.Contains(issue.GetBody(), p.doc.Marker+" part=1 names=shown") {
		p.log.Warn("the repository is public now, but the issue showed names and amounts: its edit history still does; delete the issue, then export again",
			"repo", p.repo, "number", issue.GetNumber())
	}
	_, _, err := p.client.Issues.Edit(ctx, p.owner, p.name, issue.GetNumber(), &github.IssueRequest{Title: &p.doc.Title, Body: &p.doc.Body})
	return true, p.explain(ctx, fmt.Sprintf("updating issue %d", issue.GetNumber()), err)
}

// fit readies the document for an issue that is there: what people ticked, and in a shared one all that they wrote, stays.
func (p *publishing) fit(issue *github.Issue) {
	p.keepTicks(issue.GetBody())
	if p.doc.Shared {
		p.doc.Title, p.doc.Body = issue.GetTitle(), splice(issue.GetBody(), p.doc)
	}
}

// keepTicks ticks in the document what people have ticked in a text that it takes the place of.
func (p *publishing) keepTicks(text string) {
	for _, id := range ticksOf(text) {
		if !slices.Contains(p.ticks, id) {
			p.ticks = append(p.ticks, id)
		}
	}
	p.doc.Body = withTicks(p.doc.Body, p.ticks)
	for i, c := range p.doc.Comments {
		p.doc.Comments[i] = withTicks(c, p.ticks)
	}
}

// same compares texts as GitHub keeps them: line ends and blanks around do not count.
func same(a, b string) bool {
	normal := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return normal(a) == normal(b)
}

func sortIssues(issues []*github.Issue) {
	slices.SortFunc(issues, func(a, b *github.Issue) int { return cmp.Compare(a.GetNumber(), b.GetNumber()) })
}
