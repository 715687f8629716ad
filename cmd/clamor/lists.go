package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"clamor"
	"clamor/api"
	"clamor/api/export"
	"clamor/rank"
)

type rankCommand struct {
	Quarter  string `help:"Such as 2026Q4; the one of today unless given." placeholder:"QUARTER"`
	Scenario string `help:"The set of settings." placeholder:"NAME"`
	AsOf     string `help:"As it stood on a day." placeholder:"DATE"`
	Format   string `help:"table, json, csv or markdown." default:"table" enum:"table,json,csv,markdown"`
	JSON     bool   `name:"json" help:"The same as --format json."`
}

func (c *rankCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		q, err := s.quarter(ctx, c.Quarter)
		if err != nil {
			return err
		}
		query := rank.Query{Quarter: q, Scenario: c.Scenario}
		if c.AsOf != "" {
			if query.AsOf, err = clamor.ParseDate(c.AsOf); err != nil {
				return err
			}
		}
		list, err := s.rank.List(ctx, query)
		if err != nil {
			return err
		}
		if c.JSON {
			c.Format = "json"
		}
		return s.printList(ctx, w.stdout, query, list, c.Format)
	})
}

// reported is how many features a document shows with their quotes.
const reported = 100

func (s *service) printList(ctx context.Context, out io.Writer, q rank.Query, list clamor.List, format string) error {
	switch format {
	case "json":
		return printJSON(out, list)
	case "csv":
		return export.CSV(out, list, s.baseURL())
	case "markdown":
		report, err := api.Report(ctx, s.db, s.rank, q, list, s.baseURL(), reported)
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, export.Markdown(report, export.MarkdownOptions{}).Text())
		return err
	}
	return printTable(out, list)
}

func printTable(out io.Writer, list clamor.List) error {
	money := func(minor int64) string { return clamor.Money{Minor: minor, Currency: list.Currency}.Amount() }
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "rank\tmove\tscore %s\tkeep\tgrow\taccounts\tblockers\tlargest\twithout it\t  title\n", list.Currency)
	for _, e := range list.Entries {
		move := "new"
		if e.Move != nil {
			move = fmt.Sprintf("%+d", *e.Move)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d%%\t%d\t  %s\n", e.Rank, move, money(e.Score), money(e.Keep), money(e.Grow), e.Accounts,
			e.Blockers, e.LargestShare/10_000, e.RankWithoutLargest, e.Feature.Title)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s as of %s, scenario %s\n", list.Quarter, list.AsOf, list.Scenario)
	for _, n := range list.Notices {
		fmt.Fprintf(out, "note: %s\n", n.Message)
	}
	return nil
}

func (s *service) baseURL() string {
	if s.globals.PublicURL != "" {
		return s.globals.PublicURL
	}
	return "http://" + s.globals.Listen
}
