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

// ImportOptions say how to read a file.
type ImportOptions struct {
	Map       map[string]string             // field -> column, where the header does not tell; "" for a field that is not to be read
	Remember  bool                          // Map is remembered for Source and kind, and used again where it is empty
	Sheet     string                        // of a workbook; "" means the first
	DryRun    bool                          // says what would change and changes nothing
	Currency  string                        // of amounts that name none; "" means the Service's
	AsOf      time.Time                     // when the facts held; zero means now
	By        string                        // who imports
	Source    string                        // the name under which the rows are kept; "" means "import"
	System    string                        // the system that ids belong to where no column says so; "" means "crm"
	DateOrder string                        // "mdy" or "dmy", where the dates of a column do not tell
	Told      func(rows int, share float64) // is told after each batch how many rows and what share of the file are read; may be nil
	First     int                           // how many of the first rows the report shall tell
	Refused   func(clamor.RowResult) error  // is told each refused row, in order; may be nil
}

// ImportReport says what became of the rows.
type ImportReport struct {
	Kind      string             `json:"kind"`
	DryRun    bool               `json:"dry_run"`
	Added     int                `json:"added"`
	Changed   int                `json:"changed"`
	Unchanged int                `json:"unchanged"`
	Refused   int                `json:"refused"`
	Resumed   int                `json:"resumed,omitempty"`  // rows that an import of the same file took in before it was cut off
	Refusals  []clamor.RowResult `json:"refusals,omitempty"` // the first of the refused rows, with line and reason
	First     []clamor.RowTold   `json:"first,omitempty"`    // the first rows, as they are read
	Columns   map[string]string  `json:"columns"`            // field -> the column it was read from
	Unused    []string           `json:"unused,omitempty"`   // columns that nothing was read from
	Notices   []string           `json:"notices,omitempty"`  // what was assumed about the file
}

// importBatch is how many rows go into the store in one transaction.
const importBatch = 500

// maxRefusals bounds the refused rows that a report names; it counts them all.
const maxRefusals = 1000

// Import reads a CSV file or a workbook of "accounts", "deals" or "notes" into the store. A row that cannot be read is refused with its
// reason and the others go in. An error says why the file, or the rest of it, could not be read; the report then tells what
// became of the rows before. An import that was cut off goes on where it was when the same file is imported the same way again.
func (s *Service) Import(ctx context.Context, kind string, r io.Reader, o ImportOptions) (ImportReport, error) {
	report := ImportReport{Kind: kind, DryRun: o.DryRun}
	if o.Source == clamor.SampleSource && o.By != clamor.SampleBy {
		return report, clamor.Errorf(clamor.Invalid, "%q is kept for sample data: choose another name for these rows", o.Source)
	}
	l, err := layoutOf(kind)
	if err != nil {
		return report, err
	}
	if err := s.recall(ctx, kind, &o); err != nil {
		return report, err
	}
	file, err := openSheet(r, o.Sheet)
	if err != nil {
		return report, err
	}
	defer func() { file.close() }()
	t, err := s.tableOf(file, l, o)
	if err != nil {
		return report, err
	}
	report.describe(file, t.columns)
	run := importRun{table: t, report: &report, file: file, told: o.Told, tellRefused: o.Refused, first: o.First}
	switch kind {
	case "accounts":
		run.batch = accountBatch(s.store, o)
	case "deals":
		run.batch = dealBatch(s.store, o)
		report.noticeNames(t.columns)
	case "notes":
		run.batch = noteBatch(s.store, o)
	}
	if run.mark, err = s.bookmarkOf(ctx, kind, file, o, t); err != nil {
		return report, err
	}
	if err = run.rows(ctx); err == nil {
		err = run.mark.put(ctx, 0)
	}
	return report, err
}

// recall uses the columns that were remembered for a source, or remembers those that are said.
func (s *Service) recall(ctx context.Context, kind string, o *ImportOptions) error {
	if !o.Remember || o.Source == "" {
		return nil
	}
	if len(o.Map) == 0 {
		known, err := s.store.ImportMap(ctx, o.Source, kind)
		o.Map = known
		return err
	}
	if o.DryRun {
		return nil
	}
	return s.store.PutImportMap(ctx, o.Source, kind, o.Map)
}

// noticeNames tells that deals without ids are known by their names.
func (p *ImportReport) noticeNames(c columns) {
	if _, ok := c["id"]; !ok {
		p.Notices = append(p.Notices, "no column holds the deals' ids, so that a deal is known by its account and name: one that is renamed becomes another")
	}
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
	add func(*row) (tell func() [][2]string) // reads a row; its faults, if any, refuse it
	put func(ctx context.Context) ([]clamor.RowResult, error)
}

// newBatch makes a batch of the results of read, which put takes and tell shows to a person.
func newBatch[T any](read func(*row) T, tell func(T) [][2]string, put func(context.Context, []T) ([]clamor.RowResult, error)) *batch {
	var held []T
	return &batch{
		add: func(r *row) func() [][2]string {
			one := read(r)
			if len(r.faults) == 0 {
				held = append(held, one)
			}
			return func() [][2]string { return tell(one) }
		},
		put: func(ctx context.Context) ([]clamor.RowResult, error) {
			all := held
			held = nil
			return put(ctx, all)
		},
	}
}

func accountBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).account, tellAccount, func(ctx context.Context, facts []clamor.AccountFacts) ([]clamor.RowResult, error) {
		return store.PutAccounts(ctx, facts, o.By, o.DryRun)
	})
}

func dealBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).deal, tellDeal, func(ctx context.Context, facts []clamor.DealFacts) ([]clamor.RowResult, error) {
		return store.PutDeals(ctx, facts, o.By, o.DryRun)
	})
}

func noteBatch(store Store, o ImportOptions) *batch {
	return newBatch((*row).note, tellNote, func(ctx context.Context, intakes []clamor.Intake) ([]clamor.RowResult, error) {
		return store.PutNotes(ctx, intakes, o.DryRun)
	})
}

// importRun carries rows to the store, batch by batch.
type importRun struct {
	table   *table
	batch   *batch
	report  *ImportReport
	file    *sheet
	mark    bookmark
	told    func(rows int, share float64)
	seen    int                // rows read
	lines   []int              // of the rows in the batch
	refused []clamor.RowResult // since the last batch
	lone    []*rowError        // rows of one field that may turn out to be the footer

	tellRefused func(clamor.RowResult) error
	first       int // rows that the report tells
}

func (i *importRun) rows(ctx context.Context) error {
	rows, err := i.file.rows()
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
		case errors.Is(err, io.EOF):
			i.foot()
			return i.flush(ctx)
		case errors.As(err, &refused):
		case err != nil:
			i.release()
			return errors.Join(err, i.flush(ctx))
		}
		if i.seen++; i.seen <= i.mark.reached {
			i.report.Resumed++
			continue
		}
		i.take(record, line, refused)
		if len(i.lines)+len(i.refused) >= importBatch {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// take reads a row, or notes why it cannot be read.
func (i *importRun) take(record []string, line int, refused *rowError) {
	const longestFooter = 50
	if refused != nil && refused.lone != "" && len(i.lone) < longestFooter {
		i.lone = append(i.lone, refused)
		return
	}
	i.release()
	if refused != nil {
		i.refuse(refused.line, refused.reason)
		return
	}
	i.read(record, line)
}

// release refuses rows of one field that are no footer after all.
func (i *importRun) release() {
	for _, r := range i.lone {
		i.refuse(r.line, r.reason)
	}
	i.lone = nil
}

// foot takes what stands alone below the last row, as reports put it there, for the footer: behind an empty line, or three lines of it. It
// is left out, and told.
func (i *importRun) foot() {
	const plain = 3
	if len(i.lone) == 0 || !i.lone[0].apart && len(i.lone) < plain {
		i.release()
		return
	}
	var texts []string
	for _, r := range i.lone {
		texts = append(texts, cleanLine(r.lone))
	}
	i.report.Notices = append(i.report.Notices, fmt.Sprintf("left out as the footer: lines %d to %d, %s", i.lone[0].line, i.lone[len(i.lone)-1].line, quoteAll(texts)))
	i.lone = nil
}

func (i *importRun) read(record []string, line int) {
	r := &row{record: record, table: i.table}
	tell := i.batch.add(r)
	if len(i.report.First) < i.first {
		i.report.First = append(i.report.First, clamor.RowTold{RowResult: clamor.RowResult{Line: line}, Cells: tell()})
	}
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
		for n := range i.report.First {
			if i.report.First[n].Line == result.Line {
				i.report.First[n].RowResult = result
			}
		}
		if i.tellRefused == nil || result.Outcome != clamor.Refused {
			continue
		}
		if err := i.tellRefused(result); err != nil {
			return fmt.Errorf("noting line %d as refused: %w", result.Line, err)
		}
	}
	if i.told != nil {
		i.told(i.seen, float64(i.file.position)/float64(max(1, i.file.size)))
	}
	return i.mark.reach(ctx, i.seen-len(i.lone))
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
