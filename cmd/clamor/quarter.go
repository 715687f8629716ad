package main

import (
	"context"
	"fmt"

	"clamor"
	"clamor/rank"
)

type quarterCommand struct {
	Freeze quarterFreezeCommand `cmd:"" help:"Freeze a quarter's list with its inputs. It never changes afterwards."`
	Show   quarterShowCommand   `cmd:"" help:"Show a frozen list."`
	Diff   quarterDiffCommand   `cmd:"" help:"Compare two quarters' lists: each move with its causes in money."`
	Revise quarterReviseCommand `cmd:"" help:"Correct a frozen quarter by a new revision; the ones before stay."`
	Verify quarterVerifyCommand `cmd:"" help:"Rank a frozen quarter again from its stored inputs and compare every byte."`
	List   quarterListCommand   `cmd:"" help:"List the frozen quarters with their revisions."`
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

type quarterReviseCommand struct {
	Quarter         string `arg:"" help:"Such as 2026Q4."`
	Reason          string `help:"Why; it stays with the revision." required:""`
	Scenario        string `help:"The set of settings, unless that which it was frozen with." placeholder:"NAME"`
	CurrentSettings bool   `help:"By the settings that count now, not by those that it was frozen with."`
}

func (c *quarterReviseCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		list, err := s.rank.Revise(ctx, q, rank.Correction{Reason: c.Reason, Scenario: c.Scenario, Current: c.CurrentSettings}, commandLine)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%s is frozen as revision %d: %d features, hash %s\n", list.Quarter, list.Revision, len(list.Entries), list.Hash)
		return err
	})
}

type quarterShowCommand struct {
	Quarter  string `arg:"" help:"Such as 2026Q4."`
	Revision int    `help:"An older revision." placeholder:"N"`
	Format   string `help:"table, json, csv or markdown." default:"table" enum:"table,json,csv,markdown"`
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
		query := rank.Query{Quarter: q, Revision: c.Revision}
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
	Quarter  string `arg:"" help:"Such as 2026Q4."`
	Revision int    `help:"An older revision." placeholder:"N"`
}

func (c *quarterVerifyCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		list, err := s.rank.Verify(ctx, q, c.Revision)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.stdout, "%s revision %d comes out the same, hash %s\n", list.Quarter, list.Revision, list.Hash)
		return err
	})
}

type quarterListCommand struct{}

func (quarterListCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		revisions, err := s.db.Revisions(ctx, "")
		for _, r := range revisions {
			fmt.Fprintf(w.stdout, "%s\trevision %d\t%s\t%s\t%s\n", r.Quarter, r.Revision, clamor.DateOf(r.FrozenAt), r.FrozenBy, r.Reason)
		}
		return err
	})
}
