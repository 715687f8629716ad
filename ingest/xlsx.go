package ingest

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"clamor"
)

// The bounds of a workbook: bytes unpacked in all, bytes of one part that are kept in memory, and cells of a row.
const (
	maxUnpacked   = 1 << 30
	maxInMemory   = 8 << 20
	maxSheetWidth = 1000
)

// unpack writes the cells of a workbook's sheet down as CSV, each row with its number before it, and goes on with that file. Dates and
// numbers are written so that they can be read one way only; formulas are their last values.
func (s *sheet) unpack(tab string) error {
	book, done, err := openBook(s.file)
	if err != nil {
		return err
	}
	defer done()
	name, err := sheetOf(book, tab)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp("", "clamor-import-*.csv")
	if err != nil {
		return fmt.Errorf("keeping the sheet to read it twice: %w", err)
	}
	before := s.close
	s.close = func() { _, _ = out.Close(), os.Remove(out.Name()); before() }
	if err := writeCells(book, name, out); err != nil {
		return err
	}
	s.file, s.numbered = out, true
	return nil
}

// openBook opens a workbook; what is no file of its own is written to one, since it is read from many places.
func openBook(in io.ReadSeeker) (book *excelize.File, done func(), err error) {
	defer func() {
		if cause := recover(); cause != nil { // a library reads bytes of strangers here
			err = notABook(fmt.Errorf("%v", cause))
		}
	}()
	remove := func() {}
	file, ok := in.(*os.File)
	if !ok {
		if file, err = os.CreateTemp("", "clamor-import-*.xlsx"); err != nil {
			return nil, nil, fmt.Errorf("keeping the workbook: %w", err)
		}
		remove = func() { _, _ = file.Close(), os.Remove(file.Name()) }
		_, errSeek := in.Seek(0, io.SeekStart)
		_, errCopy := io.Copy(file, in)
		if err := errors.Join(errSeek, errCopy); err != nil {
			remove()
			return nil, nil, fmt.Errorf("keeping the workbook: %w", err)
		}
	}
	book, err = excelize.OpenFile(file.Name(), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory})
	if err != nil {
		remove()
		return nil, nil, notABook(err)
	}
	return book, func() { _ = book.Close(); remove() }, nil
}

func notABook(err error) error {
	if strings.Contains(err.Error(), "unzip size exceeds") {
		return clamor.Errorf(clamor.TooLarge, "the workbook unpacks to more than %d MB: save the sheet as CSV UTF-8", maxUnpacked>>20)
	}
	return clamor.Errorf(clamor.Unsupported, "this is no workbook (XLSX) that can be read: save the sheet as CSV UTF-8")
}

func sheetOf(book *excelize.File, tab string) (string, error) {
	names := book.GetSheetList()
	switch {
	case len(names) == 0:
		return "", notABook(errors.New("no sheets"))
	case tab == "":
		return names[0], nil
	}
	if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, tab) }); i >= 0 {
		return names[i], nil
	}
	return "", clamor.Errorf(clamor.Invalid, "the workbook has no sheet %q: choose --sheet %s", clip(tab), quoteAll(names))
}

// writeCells reads the sheet twice side by side: as the numbers that are stored, and as what a reader of the sheet sees, which alone tells
// a date from a number.
func writeCells(book *excelize.File, name string, to io.Writer) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = notABook(fmt.Errorf("%v", cause))
		}
	}()
	stored, err := book.Rows(name)
	if err != nil {
		return notABook(err)
	}
	shown, err := book.Rows(name)
	if err != nil {
		return errors.Join(notABook(err), stored.Close())
	}
	props, _ := book.GetWorkbookProps() // without any, dates count from 1900
	w := &cellWriter{out: csv.NewWriter(bufio.NewWriterSize(to, 1<<16)), since1904: props.Date1904 != nil && *props.Date1904}
	for row := 1; stored.Next() && shown.Next(); row++ {
		raw, errRaw := stored.Columns(excelize.Options{RawCellValue: true})
		seen, errSeen := shown.Columns()
		if errors.Join(errRaw, errSeen) != nil {
			return clamor.Errorf(clamor.Invalid, "row %d of the sheet %q cannot be read: save the sheet as CSV UTF-8", row, clip(name))
		}
		if err := w.write(row, raw, seen); err != nil {
			return err
		}
	}
	w.out.Flush()
	return errors.Join(w.out.Error(), stored.Close(), shown.Close())
}

// cellWriter writes the rows of a sheet that hold anything.
type cellWriter struct {
	out       *csv.Writer
	since1904 bool
	width     int  // of the header
	last      int  // row written before
	lone      bool // it was a remark below the table
}

func (w *cellWriter) write(row int, raw, seen []string) error {
	cells := make([]string, 0, len(raw))
	filled := 0
	for i, stored := range raw {
		shown := stored
		if i < len(seen) {
			shown = seen[i]
		}
		cell := cellText(stored, shown, w.since1904)
		cells = append(cells, cell)
		if strings.TrimSpace(cell) != "" {
			filled++
		}
	}
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if filled == 0 {
		return nil
	}
	if len(cells) > maxSheetWidth {
		return clamor.Errorf(clamor.Invalid, "row %d has more than %d columns: leave out those that nobody needs", row, maxSheetWidth)
	}
	if w.width == 0 {
		w.width = len(cells)
	}
	w.lone = len(cells) == 1 && w.last > 0 && (w.lone || row > w.last+1)
	for len(cells) < w.width && !w.lone {
		cells = append(cells, "")
	}
	w.last = row
	return w.out.Write(append([]string{strconv.Itoa(row)}, cells...))
}

// cellText is a cell as text: a date as ISO, a number with a point before its decimals, all else as it is seen.
func cellText(stored, shown string, since1904 bool) string {
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || strings.ContainsAny(stored, "xXpPnN_") { // what Go takes for a number and a sheet does not
		return shown
	}
	switch {
	case stored == shown && strings.Trim(stored, "0123456789") == "":
		return stored
	case strings.HasSuffix(strings.TrimSpace(shown), "%"):
		return numberText(n*100) + "%"
	case isDay(n, shown):
		return dayText(n, since1904)
	case len(shown) > 1 && shown[0] == '0' && shown[1] != '.' && strings.Trim(shown, "0123456789") == "":
		return shown // an id with leading zeros
	}
	return numberText(n)
}

// numberText writes a number so that its point is a decimal one whoever reads it: "48.125" could be forty-eight thousand.
func numberText(n float64) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 6 {
		whole, fraction, _ = strings.Cut(strings.TrimRight(strconv.FormatFloat(n, 'f', 6, 64), "0"), ".")
	}
	switch len(fraction) {
	case 0:
		return whole
	case 3:
		fraction += "0"
	}
	return whole + "." + fraction
}

// isDay reports whether a number is shown as a date: not by the same digits, and by groups of digits as dates have them or by a month.
func isDay(n float64, shown string) bool {
	const latest = 109_575 // in the year 2199
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, shown)
	if n < 1 || n > latest || digits == "" {
		return false
	}
	for decimals := range 7 {
		if strings.ReplaceAll(strconv.FormatFloat(n, 'f', decimals, 64), ".", "") == digits {
			return false
		}
	}
	groups := len(strings.FieldsFunc(shown, func(r rune) bool { return !unicode.IsDigit(r) }))
	return groups >= 3 || groups == 2 && strings.ContainsAny(shown, "/-:") || hasMonth(shown)
}

func hasMonth(shown string) bool {
	lower := strings.ToLower(shown)
	for m := time.January; m <= time.December; m++ {
		if strings.Contains(lower, strings.ToLower(m.String()[:3])) {
			return true
		}
	}
	return false
}

func dayText(n float64, since1904 bool) string {
	t, err := excelize.ExcelDateToTime(n, since1904)
	if err != nil {
		return numberText(n)
	}
	if t = t.Round(time.Second); t.Hour()+t.Minute()+t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}
