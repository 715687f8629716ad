package export

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"clamor"
)

// Order is what of a report goes to a repository.
type Order struct {
	Report   clamor.Report
	Previous *clamor.Publication // of the quarter's list there, nil if there is none
	Issues   int                 // how many of the first features get an issue of their own
	Expect   string              // the hash of the document that a person has seen; "" takes any

	// Keep and Link remember what was published, each as soon as it is there. They may be called again with the same.
	Keep func(context.Context, clamor.Publication) error
	Link func(context.Context, clamor.TrackerLink) error

	secrets func() *secrets
}

// Sent is what sending came to.
type Sent struct {
	Result
	Issues []Result // of the features, in the order of the list
}

// Send publishes a quarter's list, then an issue for each of the first features, which names the list's, and then the list again
// with the numbers of those. Each of them is there exactly once whatever fails in between: running it again completes the work.
func (g *GitHub) Send(ctx context.Context, repo string, o Order) (Sent, error) {
	o, target := o.prepared(), "github:"+strings.ToLower(repo)
	var sent Sent
	var err error
	if sent.Result, err = g.sendList(ctx, repo, o); err != nil {
		return sent, err
	}
	links, fresh := maps.Clone(o.Report.Links), false
	if links == nil {
		links = map[clamor.FeatureID][]clamor.TrackerLink{}
	}
	for _, e := range o.first() {
		id := e.Feature.ID
		known, theirs := madeIn(links[id], target)
		if theirs {
			continue // people work on it in an issue of their own
		}
		result, err := g.Publish(ctx, repo, o.featureIssue(id, sent.Number), &clamor.Publication{Number: known})
		if err != nil {
			return sent, fmt.Errorf("feature %s: %w", id, err)
		}
		sent.Issues = append(sent.Issues, result)
		if result.Number == known {
			continue
		}
		l := clamor.TrackerLink{Feature: id, URL: result.URL, Target: target, Number: result.Number}
		if err := o.Link(ctx, l); err != nil {
			return sent, fmt.Errorf("remembering issue %d of feature %s: %w", result.Number, id, err)
		}
		links[id], fresh = append(links[id], l), true
	}
	if !fresh {
		return sent, nil
	}
	o.Report.Links, o.Previous, o.Expect = links, &sent.Publication, ""
	again, err := g.sendList(ctx, repo, o)
	if again.Outcome == Updated && sent.Outcome == Created {
		again.Outcome = Created
	}
	sent.Result = again
	return sent, err
}

// Draft is what sending would send.
type Draft struct {
	Preview
	Issues []Preview // of the features, in the order of the list
}

// Draft asks GitHub all that Send asks, and tells byte for byte what Send would send, but for the numbers of issues that are not there
// yet. It writes nothing.
func (g *GitHub) Draft(ctx context.Context, repo string, o Order) (Draft, error) {
	var d Draft
	var err error
	o = o.prepared()
	d.Preview, err = g.Preview(ctx, repo, func(public bool) Document { return o.list(repo, public) }, o.Previous)
	if err != nil {
		return d, err
	}
	for _, e := range o.first() {
		id := e.Feature.ID
		known, theirs := madeIn(o.Report.Links[id], "github:"+strings.ToLower(repo))
		if theirs {
			continue
		}
		issue, err := g.Preview(ctx, repo, o.featureIssue(id, d.Number), &clamor.Publication{Number: known})
		if err != nil {
			return d, fmt.Errorf("feature %s: %w", id, err)
		}
		d.Issues = append(d.Issues, issue)
	}
	return d, nil
}

// list renders the list as a repository gets it.
func (o Order) list(repo string, public bool) Document {
	return Markdown(o.Report, MarkdownOptions{Redact: public, Target: "github:" + strings.ToLower(repo), secrets: o.secrets})
}

// featureIssue renders the issue of a feature, which names that of the list.
func (o Order) featureIssue(id clamor.FeatureID, list int) func(public bool) Document {
	return func(public bool) Document {
		d, _ := FeatureIssue(o.Report, id, list, MarkdownOptions{Redact: public, secrets: o.secrets})
		return d
	}
}

// prepared finds the names to hide once for all documents of an order.
func (o Order) prepared() Order {
	report := o.Report
	o.secrets = sync.OnceValue(func() *secrets { return secretsOf(report) })
	return o
}

// Unasked is the draft of an order for a repository of which nothing is known: what the public may read.
func Unasked(repo string, o Order) Draft {
	o = o.prepared()
	d := Draft{Preview: Preview{Document: o.list(repo, true), Public: true}}
	for _, e := range o.first() {
		d.Issues = append(d.Issues, Preview{Document: o.featureIssue(e.Feature.ID, 0)(true), Public: true})
	}
	return d
}

// first are the features that get an issue of their own.
func (o Order) first() []clamor.Entry {
	return o.Report.List.Entries[:min(max(o.Issues, 0), len(o.Report.List.Entries))]
}

// madeIn finds the issue of a feature that Clamor made in a repository, 0 if there is none, and whether people linked one of theirs.
func madeIn(links []clamor.TrackerLink, target string) (number int, theirs bool) {
	for _, l := range links {
		if strings.EqualFold(l.Target, target) {
			number, theirs = max(number, l.Number), theirs || l.Number == 0
		}
	}
	return number, theirs && number == 0
}

func (g *GitHub) sendList(ctx context.Context, repo string, o Order) (Result, error) {
	var stale error
	result, err := g.Publish(ctx, repo, func(public bool) Document {
		d := o.list(repo, public)
		if o.Expect != "" && d.Hash != o.Expect {
			stale = clamor.Errorf(clamor.Stale, "what would be sent has changed since it was shown: look at the preview again, then send it")
			return Document{}
		}
		return d
	}, o.Previous)
	if stale != nil {
		return Result{}, stale
	}
	if result.Number != 0 && o.Keep != nil {
		result.Target = "github:" + repo
		err = errors.Join(err, o.Keep(ctx, result.Publication))
	}
	return result, err
}
