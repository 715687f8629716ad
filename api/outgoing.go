package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clamor"
	"clamor/api/export"
	"clamor/rank"
)

// Exporter sends lists to GitHub and learns what became of the issues there. It may be used concurrently.
type Exporter struct {
	Store   Store
	Rank    Lister
	GitHub  *export.GitHub // nil: not connected
	BaseURL string         // where the pages are
}

// Outgoing is which list goes where.
type Outgoing struct {
	Query  rank.Query
	Repo   string // OWNER/NAME
	Issues int    // how many of the first features get an issue of their own
	Expect string // the hash of what a person has seen; "" sends whatever it is
	By     string
}

const (
	exportFeatures = 100 // of a list, with their quotes
	mostIssues     = 50  // for features, of one export
)

// order gathers what an export needs.
func (x Exporter) order(ctx context.Context, o Outgoing) (export.Order, error) {
	if o.Issues < 0 || o.Issues > mostIssues {
		return export.Order{}, clamor.Errorf(clamor.Invalid, "%d issues of features are too many or too few: 0 to %d", o.Issues, mostIssues)
	}
	list, err := x.Rank.List(ctx, o.Query)
	if err != nil {
		return export.Order{}, err
	}
	r, err := Report(ctx, x.Store, x.Rank, o.Query, list, x.BaseURL, exportFeatures)
	if err != nil {
		return export.Order{}, err
	}
	var shown []clamor.FeatureID
	for _, e := range list.Entries[:min(exportFeatures, len(list.Entries))] {
		shown = append(shown, e.Feature.ID)
	}
	if r.Links, err = x.Store.TrackerLinks(ctx, shown); err != nil {
		return export.Order{}, fmt.Errorf("gathering the features' issues: %w", err)
	}
	if r.People, err = x.Store.People(ctx); err != nil {
		return export.Order{}, fmt.Errorf("gathering the people to hide: %w", err)
	}
	order := export.Order{Report: r, Issues: o.Issues, Expect: o.Expect}
	if o.Repo == "" {
		return order, nil
	}
	target := "github:" + o.Repo
	switch p, err := x.Store.FindPublication(ctx, target, list.Quarter); {
	case err == nil:
		order.Previous = &p
	case clamor.KindOf(err) != clamor.NotFound:
		return order, err
	}
	order.Keep = func(ctx context.Context, p clamor.Publication) error {
		p.Target, p.Quarter = target, list.Quarter
		return x.Store.PutPublication(ctx, p, o.By)
	}
	order.Link = func(ctx context.Context, l clamor.TrackerLink) error {
		l.By = o.By
		return x.Store.AddTrackerLink(ctx, l)
	}
	return order, nil
}

// Send publishes the list, and issues for the first features if so ordered.
func (x Exporter) Send(ctx context.Context, o Outgoing) (export.Sent, error) {
	if err := x.connected(); err != nil {
		return export.Sent{}, err
	}
	order, err := x.order(ctx, o)
	if err != nil {
		return export.Sent{}, err
	}
	return x.GitHub.Send(ctx, o.Repo, order)
}

func (x Exporter) connected() error {
	if x.GitHub == nil {
		return clamor.Errorf(clamor.Unavailable, "Clamor is not connected to GitHub: set CLAMOR_GITHUB_TOKEN, or an App, where it runs, and start it again")
	}
	return nil
}

// Draft is what would be sent, byte for byte.
type Draft struct {
	export.Draft
	Trouble error // why GitHub could not be asked: then all is written as for the public
}

// Preview tells what Send would send. Where GitHub does not say who can read the repository, it is what the public may read.
func (x Exporter) Preview(ctx context.Context, o Outgoing) (Draft, error) {
	order, err := x.order(ctx, o)
	if err != nil {
		return Draft{}, err
	}
	var d Draft
	if d.Trouble = x.connected(); d.Trouble == nil && o.Repo == "" {
		d.Trouble = clamor.Errorf(clamor.Invalid, "name the repository, as OWNER/NAME")
	}
	if d.Trouble == nil {
		if d.Draft, d.Trouble = x.GitHub.Draft(ctx, o.Repo, order); d.Trouble == nil {
			return d, nil
		}
	}
	d.Draft = export.Unasked(o.Repo, order)
	return d, nil
}

// Poll asks what became of linked issues, for the webhooks that got lost, and says how many news there were. A repository that does not
// answer keeps none of the others back.
func (x Exporter) Poll(ctx context.Context) (fresh int, err error) {
	if err := x.connected(); err != nil {
		return 0, err
	}
	targets, err := x.Store.TrackerTargets(ctx)
	if err != nil {
		return 0, fmt.Errorf("finding the repositories to poll: %w", err)
	}
	var failed error
	for _, target := range targets {
		repo, github := strings.CutPrefix(target, "github:")
		if !github {
			continue
		}
		n, err := x.poll(ctx, target, repo)
		fresh += n
		if err != nil && failed == nil {
			failed = err
		}
	}
	return fresh, failed
}

func (x Exporter) poll(ctx context.Context, target, repo string) (int, error) {
	place, err := x.Store.PolledUntil(ctx, target)
	if err != nil {
		return 0, err
	}
	since, err := time.Parse(time.RFC3339, place)
	if err != nil {
		since = time.Time{} // the first poll
	}
	news, until, err := x.GitHub.News(ctx, repo, since)
	if err != nil {
		return 0, err
	}
	return x.Store.PutIssues(ctx, target, until.UTC().Format(time.RFC3339), news)
}

// File is the list as a file, for the public or for the house.
func (x Exporter) File(ctx context.Context, o Outgoing, public bool) (export.Document, error) {
	order, err := x.order(ctx, o)
	return export.FileFor(order.Report, public), err
}

// Propose sends the list as a file of the repository, by a pull request.
func (x Exporter) Propose(ctx context.Context, o Outgoing, file string) (export.Result, error) {
	if err := x.connected(); err != nil {
		return export.Result{}, err
	}
	order, err := x.order(ctx, o)
	if err != nil {
		return export.Result{}, err
	}
	result, err := x.GitHub.PullRequest(ctx, o.Repo, file, func(public bool) export.Document { return export.FileFor(order.Report, public) })
	if err != nil || result.Outcome == export.Unchanged {
		return result, err
	}
	p := result.Publication
	p.Target = "github-file:" + o.Repo + ":" + file // beside the issue of the same quarter
	return result, x.Store.PutPublication(ctx, p, o.By)
}
