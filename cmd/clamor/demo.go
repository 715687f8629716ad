package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"clamor"
)

type demoCommand struct{}

// Run serves a database of its own, filled by the same ways that real accounts, deals and notes come in, and removed at the end.
func (demoCommand) Run(ctx context.Context, w world, g *globals) error {
	dir, err := os.MkdirTemp("", "clamor-demo-")
	if err != nil {
		return fmt.Errorf("making the demo's directory: %w", err)
	}
	own := *g
	own.DataDir, own.DB = dir, "sqlite:"+filepath.Join(dir, "demo.db")
	err = with(ctx, &own, w, func(s *service) error {
		company := fieldwren{service: s, source: demoSource, importer: "demo", decider: "Priya (product)", settle: s.place}
		if err := company.load(ctx, s.now()); err != nil {
			return fmt.Errorf("loading the demo: %w", err)
		}
		l, url, err := s.listen()
		if err != nil {
			return err
		}
		fmt.Fprintf(w.stdout, "listening on %s\n", url)
		token, err := s.addToken(ctx, "demo", clamor.Admin)
		if err == nil {
			fmt.Fprintf(w.stdout, "token %s\n", token)
			err = s.printSignIn(ctx, w.stdout, url, "demo admin", clamor.Admin)
		}
		if err != nil {
			return errors.Join(err, l.Close())
		}
		return s.serve(ctx, l, url)
	})
	return errors.Join(err, os.RemoveAll(dir))
}

// demoSource is the name of the source that the demo's notes come from.
const demoSource = "calls"
