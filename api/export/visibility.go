package export

import "context"

// Public asks GitHub whether the public can read the repository OWNER/NAME, which decides what a preview may show. Where GitHub does
// not say, the answer is yes.
func (g *GitHub) Public(ctx context.Context, repo string) (bool, error) {
	p, err := g.open(ctx, repo)
	if err != nil {
		return true, err
	}
	return p.public, nil
}
