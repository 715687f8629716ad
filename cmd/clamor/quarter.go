package main

import (
	"context"
	"fmt"

	"clamor/rank"
)

type quarterCommand struct {
	Freeze quarterFreezeCommand `cmd:"" help:"Freeze a quarter's list with its inputs. It never changes afterwards."`
	Show   quarterShowCommand   `cmd:"" help:"Show a frozen list."`
	Diff   quarterDiffCommand   `cmd:"" help:"Compare two quarters' lists: each move with its causes in money."`
	Verify quarterVerifyCommand `cmd:"" help:"Rank a frozen quarter again from its stored inputs and compare every byte."`
	List   quarterListCommand   `cmd:"" help:"List the frozen quarters."`
}

type quarterFreezeCommand struct {
	Quarter  string `arg:"" help:"Such as 2026Q4."`
	Scenario string `help:"The set of settings." placeholder:"NAME"`
}

func (c *quarterFreezeCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		list, err := s.rank.Freeze(ctx, q, c.Scenario, commandLine)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%s is frozen: %d features, hash %s\n", list.Quarter, len(list.Entries), list.Hash)
		return err
	})
}

type quarterShowCommand struct {
	Quarter string `arg:"" help:"Such as 2026Q4."`
	Format  string `help:"table, json, csv or markdown." default:"table" enum:"table,json,csv,markdown"`
}

func (c *quarterShowCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		if _, err := s.db.FindFrozen(ctx, q.String()); err != nil {
			return err
		}
		query := rank.Query{Quarter: q}
		list, err := s.rank.List(ctx, query)
		if err != nil {
			return err
		}
		return s.printList(ctx, w.stdout, query, list, c.Format)
	})
}

type quarterDiffCommand struct {
	Before string `arg:"" help:"Such as 2026Q3."`
	After  string `arg:"" help:"Such as 2026Q4; live where it is not frozen."`
	JSON   bool   `name:"json" help:"Print each change as JSON."`
}

func (c *quarterDiffCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		before, err := s.quarter(ctx, c.Before)
		if err != nil {
			return err
		}
		after, err := s.quarter(ctx, c.After)
		if err != nil {
			return err
		}
		changes, err := s.rank.Diff(ctx, rank.Query{Quarter: before}, rank.Query{Quarter: after})
		if err != nil {
			return err
		}
		settings, err := s.rank.Settings(ctx)
		if err != nil {
			return err
		}
		for _, change := range changes {
			if c.JSON {
				err = printJSON(w.stdout, change)
			} else {
				_, err = fmt.Fprintln(w.stdout, rank.WhyMoved(change, settings.Currency))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

type quarterVerifyCommand struct {
	Quarter string `arg:"" help:"Such as 2026Q4."`
}

func (c *quarterVerifyCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		frozen, err := s.db.FindFrozen(ctx, q.String())
		if err != nil {
			return err
		}
		if err := rank.Verify(frozen); err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%s comes out the same, hash %s\n", frozen.Quarter, frozen.List.Hash)
		return err
	})
}

type quarterListCommand struct{}

func (quarterListCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		quarters, err := s.db.FrozenQuarters(ctx)
		for _, q := range quarters {
			fmt.Fprintln(w.stdout, q)
		}
		return err
	})
}
