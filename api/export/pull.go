package export

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // git names content by it, and nothing is proved with it
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"clamor"
)

// FileFor is the document of a list as a file of a repository: in one piece, with nothing to tick.
func FileFor(r clamor.Report, public bool) Document {
	return Markdown(r, MarkdownOptions{Redact: public, File: true, MaxBytes: 100 << 20})
}

// PullRequest proposes a document as a file of the repository OWNER/NAME, instead of an issue: by one pull request from a branch of the
// quarter, which is brought up to date until it is merged. Where the file says so already, nothing is sent. It asks GitHub who can
// read the repository, as Publish does; and running it again completes what a fault has broken off.
func (g *GitHub) PullRequest(ctx context.Context, repo, file string, render func(public bool) Document) (Result, error) {
	file, err := filePath(file)
	if err != nil {
		return Result{}, err
	}
	p, err := g.open(ctx, repo)
	if err != nil {
		return Result{}, err
	}
	p.doc = render(p.public)
	if p.public && !p.doc.Redacted {
		return Result{}, clamor.Errorf(clamor.Forbidden, "%s is public: names and amounts must not go there", p.repo)
	}
	f := proposal{publishing: p, path: file, text: p.doc.Text(), branch: "clamor/" + p.doc.Quarter}
	f.blob = blobOf(f.text)
	number, address, outcome, err := f.put(ctx)
	result := Result{Outcome: outcome, Public: p.public}
	result.Target, result.Quarter, result.Number, result.URL = "github:"+p.repo, p.doc.Quarter, number, address
	result.BodyHash, result.PublishedAt = p.doc.Hash, g.now().UTC()
	return result, err
}

func filePath(file string) (string, error) {
	clean := path.Clean(strings.TrimSpace(file))
	if clean == "." || path.IsAbs(clean) || strings.HasPrefix(clean, "../") || clean == ".." || !strings.HasSuffix(clean, ".md") || strings.HasPrefix(clean, ".git/") {
		return "", clamor.Errorf(clamor.Invalid, "%.100q is no Markdown file of a repository: write it as docs/roadmap/2026Q4.md", file)
	}
	return clean, nil
}

// blobOf is the name that git gives to a file's content: equal names mean equal bytes.
func blobOf(text string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// proposal is a file on its way into a repository.
type proposal struct {
	*publishing
	path, text, blob, branch string
}

func (f proposal) put(ctx context.Context) (number int, address string, outcome Outcome, err error) {
	merged, address, err := f.fileAt(ctx, f.trunk)
	if err != nil {
		return 0, "", "", err
	}
	pull, err := f.pull(ctx)
	if err != nil {
		return 0, "", "", err
	}
	if merged == f.blob && pull == nil {
		return 0, address, Unchanged, nil
	}
	outcome = Created
	if pull != nil {
		outcome = Updated
	} else if err := f.startBranch(ctx); err != nil {
		return 0, "", "", err
	}
	wrote, err := f.write(ctx)
	if err != nil {
		return 0, "", "", err
	}
	if pull == nil {
		pull, err = f.request(ctx)
	} else if !wrote {
		outcome = Unchanged
	}
	return pull.GetNumber(), pull.GetHTMLURL(), outcome, err
}

// fileAt is the name of the file's content on a branch, "" where there is none.
func (f proposal) fileAt(ctx context.Context, branch string) (blob, address string, err error) {
	found, _, _, err := f.client.Repositories.GetContents(ctx, f.owner, f.name, f.path, &github.RepositoryContentGetOptions{Ref: branch})
	if status(err) == 404 {
		return "", "", nil
	}
	if err != nil {
		return "", "", f.explain(ctx, "reading "+f.path, err)
	}
	if found == nil {
		return "", "", clamor.Errorf(clamor.Conflict, "%s is a folder in %s: name a file", f.path, f.repo)
	}
	return found.GetSHA(), found.GetHTMLURL(), nil
}

// pull is the open pull request of the quarter's branch, nil if there is none.
func (f proposal) pull(ctx context.Context) (*github.PullRequest, error) {
	pulls, _, err := f.client.PullRequests.List(ctx, f.owner, f.name, &github.PullRequestListOptions{State: "open", Head: f.owner + ":" + f.branch, Base: f.trunk})
	if err != nil {
		return nil, f.explain(ctx, "looking for the pull request", err)
	}
	for _, pull := range pulls {
		if pull.GetHead().GetRef() == f.branch {
			return pull, nil
		}
	}
	return nil, nil
}

// startBranch lets the branch begin where the repository stands now. One that is left over from an earlier pull request begins anew.
func (f proposal) startBranch(ctx context.Context) error {
	base, _, err := f.client.Git.GetRef(ctx, f.owner, f.name, "heads/"+f.trunk)
	if err != nil {
		return f.explain(ctx, "reading the branch "+f.trunk, err)
	}
	ref := &github.Reference{Ref: github.String("refs/heads/" + f.branch), Object: &github.GitObject{SHA: base.Object.SHA}}
	_, _, err = f.client.Git.GetRef(ctx, f.owner, f.name, "heads/"+f.branch)
	if status(err) == 404 {
		_, _, err = f.client.Git.CreateRef(ctx, f.owner, f.name, ref)
		if made := err == nil || status(err) != 422 && !unclear(err); made { // else somebody, or a run whose reply got lost, may have made it
			return f.explain(ctx, "making the branch "+f.branch, err)
		}
	}
	_, _, err = f.client.Git.UpdateRef(ctx, f.owner, f.name, ref, true)
	return f.explain(ctx, "moving the branch "+f.branch, err)
}

// write puts the file onto the branch. Another run may do so at the same moment, and a reply may get lost: it looks again.
func (f proposal) write(ctx context.Context) (wrote bool, err error) {
	for attempt := 1; ; attempt++ {
		blob, _, err := f.fileAt(ctx, f.branch)
		if err != nil || blob == f.blob {
			return wrote, err
		}
		options := &github.RepositoryContentFileOptions{Message: github.String(f.doc.Title), Content: []byte(f.text), Branch: &f.branch}
		if blob != "" {
			options.SHA = &blob
		}
		wrote = true
		_, _, err = f.client.Repositories.CreateFile(ctx, f.owner, f.name, f.path, options)
		if err == nil || status(err) != 409 && status(err) != 422 || attempt == attempts {
			return wrote, f.explain(ctx, "writing "+f.path, err)
		}
	}
}

// request opens the pull request; GitHub lets a branch have one at a time.
func (f proposal) request(ctx context.Context) (*github.PullRequest, error) {
	for attempt := 1; ; attempt++ {
		text := fmt.Sprintf("%s, as a file. Clamor keeps this up to date until it is merged.\n", escape(f.doc.Title))
		pull, _, err := f.client.PullRequests.Create(ctx, f.owner, f.name, &github.NewPullRequest{Title: &f.doc.Title, Head: &f.branch, Base: &f.trunk, Body: &text})
		if err == nil {
			return pull, nil
		}
		if status(err) != 422 && (!unclear(err) || ctx.Err() != nil) || attempt == attempts {
			return nil, f.explain(ctx, "opening the pull request", err)
		}
		if err := f.sleep(ctx, time.Duration(attempt)*2*time.Second); err != nil {
			return nil, err
		}
		if found, findErr := f.pull(ctx); findErr != nil || found != nil {
			return found, findErr
		}
	}
}

// trunkOf is the branch that pull requests go into.
func trunkOf(r *github.Repository) string { return cmp.Or(r.GetDefaultBranch(), "main") }
