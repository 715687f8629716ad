package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"clamor"
)

// ImportOptions say how to read a CSV file.
type ImportOptions struct {
	Map       map[string]string // field -> column, where the header does not tell
	DryRun    bool              // says what would change and changes nothing
	Currency  string            // of amounts that name none; "" means the Service's
	AsOf      time.Time         // when the facts held; zero means now
	By        string            // who imports
	Source    string            // the name under which the rows are kept; "" means "import"
	System    string            // the system that ids belong to where no column says so; "" means "crm"
	DateOrder string            // "mdy" or "dmy", where the dates of a column do not tell
}

// ImportReport says what became of the rows.
type ImportReport struct {
	Kind      string             `json:"kind"`
	DryRun    bool               `json:"dry_run"`
	Added     int                `json:"added"`
	Changed   int                `json:"changed"`
	Unchanged int                `json:"unchanged"`
	Refused   int                `json:"refused"`
	Refusals  []clamor.RowResult `json:"refusals,omitempty"` // the first of the refused rows, with line and reason
	Columns   map[string]string  `json:"columns"`            // field -> the column it was read from
	Unused    []string           `json:"unused,omitempty"`   // columns that nothing was read from
	Notices   []string           `json:"notices,omitempty"`  // what was assumed about the file
}

// importBatch is how many rows go into the store in one transaction.
const importBatch = 500

// maxRefusals bounds the refused rows that a report names; it counts them all.
const maxRefusals = 1000

// Import reads a CSV file of "accounts", "deals" or "notes" into the store. A row that cannot be read is refused with its
// reason and the others go in. An error says why the file, or the rest of it, could not be read; the report then tells what
// became of the rows before.
func (s *Service) Import(ctx context.Context, kind string, r io.Reader, o ImportOptions) (ImportReport, error) {
	report := ImportReport{Kind: kind, DryRun: o.DryRun}
	l, err := layoutOf(kind)
	if err != nil {
		return report, err
	}
	file, err := openSheet(r)
	if err != nil {
		return report, err
	}
	defer file.close()
	t, err := s.tableOf(file, l, o)
	if err != nil {
		return report, err
	}
	report.describe(file, t.columns)
	run := importRun{table: t, report: &report}
	switch kind {
	case "accounts":
		run.batch = accountBatch(s.store, o)
	case "deals":
		run.batch = dealBatch(s.store, o)
	case "notes":
		run.batch = noteBatch(s.store, o)
	}
	err = run.rows(ctx, file)
	return report, err
}

// tableOf settles everything that holds for all rows: currency, columns, the order of dates.
func (s *Service) tableOf(file *sheet, l layout, o ImportOptions) (*table, error) {
	t := &table{currency: o.Currency, system: o.System, source: o.Source, asOf: o.AsOf}
	if t.currency == "" {
		t.currency = ParseOptions{Currency: s.options.Currency}.currency()
	}
	if t.system == "" {
		t.system = crmSystem
	}
	if t.source == "" {
		t.source = "import"
	}
	if t.asOf.IsZero() {
		t.asOf = s.now()
	}
	t.asOf = t.asOf.UTC().Truncate(time.Microsecond)
	if _, err := clamor.ParseCurrency(t.currency); err != nil {
		return nil, err
	}
	said, err := parseDateOrder(o.DateOrder)
	if err != nil {
		return nil, err
	}
	if t.columns, err = l.find(file.header, o.Map); err != nil {
		return nil, err
	}
	t.orders, err = file.dateOrders(t.columns, said)
	return t, err
}

// describe tells what was read from where, so that a wrong guess shows in a dry run.
func (p *ImportReport) describe(file *sheet, c columns) {
	p.Columns = map[string]string{}
	used := map[int]bool{}
	for name, at := range c {
		p.Columns[name], used[at] = file.header[at], true
	}
	for i, name := range file.header {
		if !used[i] && name != "" {
			p.Unused = append(p.Unused, name)
		}
	}
	if n := file.encoding.notice(); n != "" {
		p.Notices = append(p.Notices, n)
	}
	if file.delimiter != ',' {
		p.Notices = append(p.Notices, "fields are divided by "+delimiterName(file.delimiter))
	}
}

// batch collects what rows say until it goes into the store.
type batch struct {
	add func(*row) // reads a row; its faults, if any, refuse it
	put func(ctx context.Context) ([]clamor.RowResult, error)
}

// newBatch makes a batch of the results of read, which put takes.
func newBatch[T any](read func(*row) T, put func(context.Context, []T) ([]clamor.RowResult, error)) *batch {
	var held []T
	return &batch{
		add: func(r *row) {
			if one := read(r); len(r.faults) == 0 {
				held = append(held, one)
			}
		},
		put: func(ctx context.Context) ([]clamor.RowResult, error) {
			all := held
			held = nil
			return put(ctx, all)
		},
	}
}

func accountBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).account, func(ctx context.Context, facts []clamor.AccountFacts) ([]clamor.RowResult, error) {
		return store.PutAccounts(ctx, facts, o.By, o.DryRun)
	})
}

func dealBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).deal, func(ctx context.Context, facts []clamor.DealFacts) ([]clamor.RowResult, error) {
		return store.PutDeals(ctx, facts, o.By, o.DryRun)
	})
}

func noteBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).note, func(ctx context.Context, intakes []clamor.Intake) ([]clamor.RowResult, error) {
		return store.PutNotes(ctx, intakes, o.DryRun)
	})
}

// importRun carries rows to the store, batch by batch.
type importRun struct {
	table   *table
	batch   *batch
	report  *ImportReport
	lines   []int              // of the rows in the batch
	refused []clamor.RowResult // since the last batch
}

func (i *importRun) rows(ctx context.Context, file *sheet) error {
	rows, err := file.rows()
	if err != nil {
		return err
	}
	if _, _, err := rows.next(); err != nil { // the header
		return err
	}
	for {
		record, line, err := rows.next()
		var refused *rowError
		switch {
		case errors.As(err, &refused):
			i.refuse(refused.line, refused.reason)
		case errors.Is(err, io.EOF):
			return i.flush(ctx)
		case err != nil:
			return errors.Join(err, i.flush(ctx))
		default:
			i.read(record, line)
		}
		if len(i.lines) >= importBatch {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
}

func (i *importRun) read(record []string, line int) {
	r := &row{record: record, table: i.table}
	i.batch.add(r)
	if len(r.faults) > 0 {
		i.refuse(line, r.reason())
		return
	}
	i.lines = append(i.lines, line)
}

func (i *importRun) refuse(line int, reason string) {
	i.refused = append(i.refused, clamor.RowResult{Line: line, Outcome: clamor.Refused, Reason: reason})
}

// flush puts the batch and counts what became of its rows.
func (i *importRun) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	results := i.refused
	if len(i.lines) > 0 {
		put, err := i.batch.put(ctx)
		if err != nil {
			return fmt.Errorf("importing lines %d to %d: %w", i.lines[0], i.lines[len(i.lines)-1], err)
		}
		if len(put) != len(i.lines) {
			return fmt.Errorf("importing lines %d to %d: %d results for %d rows", i.lines[0], i.lines[len(i.lines)-1], len(put), len(i.lines))
		}
		for n, result := range put {
			result.Line = i.lines[n]
			results = append(results, result)
		}
	}
	i.lines, i.refused = nil, nil
	slices.SortStableFunc(results, func(a, b clamor.RowResult) int { return a.Line - b.Line })
	for _, result := range results {
		i.report.count(result)
	}
	return nil
}

func (p *ImportReport) count(r clamor.RowResult) {
	switch r.Outcome {
	case clamor.Added:
		p.Added++
	case clamor.Changed:
		p.Changed++
	case clamor.Unchanged:
		p.Unchanged++
	case clamor.Refused:
		p.Refused++
		if len(p.Refusals) < maxRefusals {
			p.Refusals = append(p.Refusals, r)
		}
	}
}
