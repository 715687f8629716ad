package ingest

import (
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"clamor"
)

// Look is what a file looks like before anything of it is read in: enough for a person to say which column holds what.
type Look struct {
	Sheets []string   // of a workbook
	Header []string   // the columns' names
	Rows   [][]string // the first rows
	Fields []LookedField
	Dates  []string // columns of dates that can be read two ways
}

// LookedField is a field of an import with the column that it would be read from.
type LookedField struct {
	Name   string
	Column string   // "" for none
	Needed []string // one of these fields is required, where this is one of them
}

const (
	lookRows  = 3
	lookDates = 20_000 // rows that are searched for one that shows the order of a column's dates
)

// LookAt looks at a file as it would be read by the options.
func LookAt(kind string, r io.ReadSeeker, o ImportOptions) (Look, error) {
	var look Look
	l, err := layoutOf(kind)
	if err != nil {
		return look, err
	}
	if look.Sheets, err = sheetsOf(r); err != nil {
		return look, err
	}
	file, err := openSheet(r, o.Sheet)
	if err != nil {
		return look, err
	}
	defer func() { file.close() }()
	look.Header = file.header
	known := maps.Clone(o.Map) // columns that another file had are none of this one
	maps.DeleteFunc(known, func(_, column string) bool {
		return column != "" && !slices.ContainsFunc(file.header, func(name string) bool { return columnKey(name) == columnKey(column) })
	})
	found, _ := l.find(file.header, known) // what is missing is chosen by a person
	for _, f := range l.fields {
		one := LookedField{Name: f.name}
		if at, ok := found[f.name]; ok {
			one.Column = file.header[at]
		}
		for _, group := range l.required {
			if slices.Contains(group, f.name) {
				one.Needed = group
			}
		}
		look.Fields = append(look.Fields, one)
	}
	err = look.rows(file, found)
	return look, err
}

// rows keeps the first rows, and finds the columns of dates that can be read two ways.
func (l *Look) rows(file *sheet, found columns) error {
	rows, err := file.rows()
	if err != nil {
		return err
	}
	if _, _, err := rows.next(); err != nil {
		return err
	}
	doubtful, clear := map[string]bool{}, map[string]bool{}
	for range lookDates {
		record, _, err := rows.next()
		var refused *rowError
		if errors.As(err, &refused) {
			continue
		}
		if err != nil {
			break // the end, or what reading it will tell
		}
		if len(l.Rows) < lookRows {
			l.Rows = append(l.Rows, slices.Clone(record))
		}
		for _, name := range dateFields() {
			at, ok := found[name]
			if !ok {
				continue
			}
			if order, numeric := orderShown(record[at]); numeric {
				doubtful[file.header[at]], clear[file.header[at]] = true, clear[file.header[at]] || order != undecided
			}
		}
	}
	for _, column := range slices.Sorted(maps.Keys(doubtful)) {
		if !clear[column] {
			l.Dates = append(l.Dates, column)
		}
	}
	return nil
}

// sheetsOf names the sheets of a workbook; a CSV file has none.
func sheetsOf(r io.ReadSeeker) ([]string, error) {
	isBook, err := beginsWith(r, zipMagic)
	if err != nil || !isBook {
		return nil, err
	}
	book, done, err := openBook(r)
	if err != nil {
		return nil, err
	}
	defer done()
	return book.GetSheetList(), nil
}

// WriteRefused writes the rows of a file that were refused, by line, in the columns that they came in, with line and reason behind them: to
// be mended and imported again.
func WriteRefused(r io.ReadSeeker, tab string, reasons map[int]string, to io.Writer) error {
	file, err := openSheet(r, tab)
	if err != nil {
		return err
	}
	defer func() { file.close() }()
	rows, err := file.rows()
	if err != nil {
		return err
	}
	if _, _, err := rows.next(); err != nil {
		return err
	}
	out := csv.NewWriter(to)
	if err := out.Write(append(slices.Clone(file.header), "line", "reason")); err != nil {
		return err
	}
	for {
		record, line, err := rows.next()
		var refused *rowError
		switch {
		case errors.As(err, &refused):
			record, line = squared(refused.record, len(file.header)), refused.line
		case err != nil:
			out.Flush()
			return out.Error() // the end, or what made the import end here
		}
		if reason, ok := reasons[line]; ok {
			if err := out.Write(append(slices.Clone(record), strconv.Itoa(line), reason)); err != nil {
				return err
			}
		}
	}
}

// squared fits a row of another width under a header: what is too much stands in the last column.
func squared(record []string, width int) []string {
	if len(record) > width {
		record = append(slices.Clone(record[:width-1]), strings.Join(record[width-1:], ","))
	}
	for len(record) < width {
		record = append(record, "")
	}
	return record
}

// shownFields are what a row says, field by field, for a person to look at.
func shownFields(fields ...[2]string) [][2]string {
	return slices.DeleteFunc(fields, func(f [2]string) bool { return f[1] == "" })
}

func tellAccount(f clamor.AccountFacts) [][2]string {
	seats := ""
	if f.Seats != nil {
		seats = strconv.FormatInt(*f.Seats, 10)
	}
	return shownFields([2]string{"name", f.Name}, [2]string{"domain", strings.Join(f.Domains, ", ")}, [2]string{"id", tellIDs(f.ExternalIDs)}, [2]string{"arr", tellMoney(f.ARR)},
		[2]string{"segment", f.Segment}, [2]string{"plan", f.Plan}, [2]string{"seats", seats}, [2]string{"lifecycle", string(f.Lifecycle)},
		[2]string{"health", string(f.Health)}, [2]string{"renewal_on", string(f.RenewalOn)}, [2]string{"owner", f.Owner}, [2]string{"parent", f.Parent})
}

func tellDeal(f clamor.DealFacts) [][2]string {
	probability := ""
	if f.Probability != nil {
		probability = strconv.Itoa(*f.Probability) + " %"
	}
	return shownFields([2]string{"account", f.Account.Label()}, [2]string{"name", f.Name}, [2]string{"id", f.ExternalID}, [2]string{"amount", tellMoney(f.Amount)},
		[2]string{"stage", f.Stage}, [2]string{"probability", probability}, [2]string{"close_on", string(f.CloseOn)}, [2]string{"status", string(f.Status)},
		[2]string{"loss_reason", f.LossReason})
}

func tellNote(in clamor.Intake) [][2]string {
	var asks []string
	for _, a := range in.Asks {
		asks = append(asks, clip(a.Text))
	}
	text := []rune(cleanLine(in.Note.Text))
	if len(text) > 160 {
		text = append(text[:160], '…')
	}
	return shownFields([2]string{"account", in.Account.Label()}, [2]string{"title", in.Note.Title}, [2]string{"text", string(text)},
		[2]string{"occurred_at", in.Note.OccurredAt.Format("2006-01-02 15:04")}, [2]string{"author_name", in.Note.Author.Name},
		[2]string{"contact_name", in.Note.Contact.Name}, [2]string{"url", in.Note.URL}, [2]string{"asks found", strings.Join(asks, " · ")})
}

func tellIDs(ids map[string]string) string {
	var all []string
	for _, system := range slices.Sorted(maps.Keys(ids)) {
		all = append(all, system+" "+ids[system])
	}
	return strings.Join(all, ", ")
}

func tellMoney(m *clamor.Money) string {
	if m == nil {
		return ""
	}
	return m.String()
}
