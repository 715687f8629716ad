package export

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// The beginnings of the labels that say for whom an issue is. On an issue of ours Clamor keeps those up to date, and leaves all others
// to people.
const (
	areaLabel = "area: "
	teamLabel = "team: "
)

// mostLabels bounds the labels of one issue.
const mostLabels = 20

// labels name the areas and teams of the features shown, in the order of their ranks.
func (p *page) labels() []string {
	var all []string
	add := func(kind, name string) {
		name = strings.Join(strings.Fields(strings.ReplaceAll(clean(p.names.words(name)), ",", " ")), " ")
		if name == "" || len(all) >= mostLabels {
			return
		}
		// GitHub takes no label of more than 50 characters.
		if label := shorten(kind+name, 50); !slices.ContainsFunc(all, func(l string) bool { return strings.EqualFold(l, label) }) {
			all = append(all, label)
		}
	}
	for _, e := range p.shown {
		add(areaLabel, e.Feature.Area)
		add(teamLabel, e.Feature.Team)
	}
	return all
}

// wanted are all labels that an issue of ours should bear.
func (p *publishing) wanted() []string { return append([]string{p.label}, p.doc.Labels...) }

// putLabels brings an issue's labels up to date, and notices those that GitHub drops without a word. Where the caller may not label,
// nothing is sent.
func (p *publishing) putLabels(ctx context.Context, issue *github.Issue) (changed bool, err error) {
	missing := p.missing(issue.Labels)
	stale := p.stale(issue.Labels)
	if !p.push && p.app == nil { // an app may label without being able to push
		p.drop(issue, missing)
		return false, nil
	}
	for _, label := range stale {
		_, err := p.client.Issues.RemoveLabelForIssue(ctx, p.owner, p.name, issue.GetNumber(), label)
		if code := status(err); code == 403 || code == 404 { // not ours to take away, or gone already
			continue
		}
		if err != nil {
			return true, p.explain(ctx, "taking the label "+label+" away", err)
		}
	}
	if len(missing) == 0 {
		return len(stale) > 0, nil
	}
	labels, err := p.addLabels(ctx, issue.GetNumber(), missing)
	if code := status(err); code == 403 || code == 404 || code == 422 {
		p.drop(issue, missing)
		return len(stale) > 0, nil
	}
	if err != nil {
		return true, p.explain(ctx, "labelling the issue", err)
	}
	p.drop(issue, p.missing(labels))
	return len(stale) > 0 || len(p.dropped) < len(missing), nil
}

// addLabels sends the labels in an object, as GitHub's description wants it; the client's own call sends a bare list.
func (p *publishing) addLabels(ctx context.Context, number int, labels []string) ([]*github.Label, error) {
	req, err := p.client.NewRequest("POST", fmt.Sprintf("repos/%s/%s/issues/%d/labels", p.owner, p.name, number), map[string][]string{"labels": labels})
	if err != nil {
		return nil, fmt.Errorf("preparing labels of issue %d: %w", number, err)
	}
	var now []*github.Label
	_, err = p.client.Do(ctx, req, &now)
	return now, err
}

func (p *publishing) missing(labels []*github.Label) []string {
	return slices.DeleteFunc(p.wanted(), func(name string) bool { return bears(labels, name) })
}

// stale are labels for areas and teams that the document no longer names.
func (p *publishing) stale(labels []*github.Label) []string {
	var all []string
	for _, l := range labels {
		name := l.GetName()
		ours := strings.HasPrefix(name, areaLabel) || strings.HasPrefix(name, teamLabel)
		if ours && !slices.ContainsFunc(p.doc.Labels, func(w string) bool { return strings.EqualFold(w, name) }) {
			all = append(all, name)
		}
	}
	return all
}

func bears(labels []*github.Label, name string) bool {
	return slices.ContainsFunc(labels, func(l *github.Label) bool { return strings.EqualFold(l.GetName(), name) })
}

func (p *publishing) drop(issue *github.Issue, labels []string) {
	p.dropped = labels
	if len(labels) > 0 {
		p.log.Warn("GitHub has dropped labels: the token's owner has no push right. The issue is found by its hidden marker all the same",
			"repo", p.repo, "number", issue.GetNumber(), "labels", strings.Join(labels, ", "))
	}
}

// Result is what publishing came to.
type Result struct {
	clamor.Publication
	Outcome Outcome
	Public  bool     // whether the public can read the repository: then nothing but aliases and bands went there
	Dropped []string // labels that GitHub took away without a word: the token may not label in this repository
	Ticked  []string // the features whose boxes people have ticked
}
