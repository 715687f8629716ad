package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"clamor"
	"clamor/ingest"
)

type importCommand struct {
	What      string            `arg:"" enum:"accounts,deals,notes" help:"accounts, deals or notes."`
	File      string            `arg:"" help:"A CSV or XLSX file; - reads standard input."`
	Map       map[string]string `help:"Read FIELD from COLUMN, where the header does not tell; FIELD= leaves it unread." placeholder:"FIELD=COLUMN" mapsep:"none"`
	Source    string            `help:"The name under which the rows are kept; the columns said with --map are remembered for it." placeholder:"NAME"`
	ForgetMap bool              `help:"Forget the columns that were remembered for --source."`
	Sheet     string            `help:"The sheet of a workbook; the first unless given." placeholder:"NAME"`
	DryRun    bool              `help:"Say what would change, and change nothing."`
	DateOrder string            `help:"mdy or dmy, where the dates of a column do not tell." placeholder:"ORDER"`
	System    string            `help:"The system that ids belong to, where no column says so." placeholder:"NAME"`
	JSON      bool              `name:"json" help:"Print the report as JSON."`
}

func (c *importCommand) Run(ctx context.Context, w world, g *globals) error {
	in, closeIn, err := input(c.File, w)
	if err != nil {
		return err
	}
	err = with(ctx, g, w, func(s *service) error {
		if c.ForgetMap {
			if err := s.db.PutImportMap(ctx, c.sourceName(), c.What, nil); err != nil {
				return err
			}
		}
		line := newProgressLine(w.stderr)
		report, err := s.ingest.Import(ctx, c.What, in, ingest.ImportOptions{Map: c.Map, DryRun: c.DryRun, DateOrder: c.DateOrder,
			System: c.System, By: commandLine, Source: c.sourceName(), Remember: c.Source != "", Sheet: c.Sheet, Told: bar(line, c.What)})
		line.end()
		if err == nil || report.Added+report.Changed+report.Unchanged+report.Refused > 0 {
			err = errors.Join(printReport(w.stdout, report, c.JSON), err)
		}
		if err == nil && report.Refused > 0 && report.Added+report.Changed+report.Unchanged == 0 {
			err = clamor.Errorf(clamor.Invalid, "every row was refused: mend the file, or say with --map which column holds what")
		}
		if err == nil && !c.DryRun && c.What == "notes" {
			err = s.place(ctx)
		}
		return err
	})
	return errors.Join(err, closeIn())
}

// sourceName is the name under which the rows are kept.
func (c *importCommand) sourceName() string {
	if c.Source == "" {
		return "import"
	}
	return c.Source
}

// bar shows how far an import is, and how long it will take.
func bar(line *progressLine, what string) func(rows int, share float64) {
	const width, notable = 30, 100_000
	began, told := time.Now(), 0
	return func(rows int, share float64) {
		share = min(share, 1)
		done := int(share * width)
		left := time.Duration(0)
		if share > 0 {
			left = time.Duration(float64(time.Since(began)) * (1 - share) / share).Round(time.Second)
		}
		line.show(fmt.Sprintf("%s [%s%s] %3.0f %%, %d rows, %v left ", what, strings.Repeat("#", done), strings.Repeat(".", width-done), 100*share, rows, left),
			rows/notable > told)
		told = rows / notable
	}
}

// place places the asks that an import brought, unless a running service is at it already.
func (s *service) place(ctx context.Context) error {
	owner := fmt.Sprint("command-", os.Getpid())
	mine, err := s.db.Lease(ctx, leaseName, owner, leaseTime)
	if err != nil || !mine {
		return err
	}
	s.held.Store(true)
	renewing, stop := context.WithCancel(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() { s.renew(renewing, owner) })
	if err = s.dedupe.Load(ctx); err == nil {
		err = s.drain(ctx)
	}
	stop()
	renewer.Wait()
	return errors.Join(err, s.db.Release(context.WithoutCancel(ctx), leaseName, owner))
}

func printReport(out io.Writer, r ingest.ImportReport, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	verb := "%s: %d added, %d changed, %d unchanged, %d refused\n"
	if r.DryRun {
		verb = "%s, dry run: %d would be added, %d changed, %d unchanged, %d refused\n"
	}
	fmt.Fprintf(out, verb, r.Kind, r.Added, r.Changed, r.Unchanged, r.Refused)
	if r.Resumed > 0 {
		fmt.Fprintf(out, "note: %d rows were in already, from an import of the same file that was cut off\n", r.Resumed)
	}
	for _, n := range r.Notices {
		fmt.Fprintf(out, "note: %s\n", n)
	}
	for _, row := range r.Refusals {
		fmt.Fprintf(out, "line %d refused: %s\n", row.Line, row.Reason)
	}
	if more := r.Refused - len(r.Refusals); more > 0 {
		fmt.Fprintf(out, "and %d more refused\n", more)
	}
	return nil
}
