package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"clamor"
)

// sheet is a CSV file that can be read several times: how it is encoded, what divides its fields and what its columns are
// called. A workbook is one too, once its cells are written down.
type sheet struct {
	file      io.ReadSeeker
	size      int64
	encoding  charset
	delimiter rune
	numbered  bool // each record begins with its row in a workbook
	header    []string
	close     func()
	position  int64 // bytes read since the last beginning
}

// charset is one of the encodings that spreadsheets save in.
type charset int

const (
	utf8Text charset = iota
	utf16Little
	utf16Big
	windows1252
)

// openSheet looks at a file as a whole. What cannot be read twice, such as a pipe, is kept in a temporary file. tab names a sheet of a
// workbook, "" the first.
func openSheet(r io.Reader, tab string) (*sheet, error) {
	file, done, err := seekable(r)
	if err != nil {
		return nil, err
	}
	s := &sheet{file: file, close: done}
	if err = s.open(tab); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sheet) open(tab string) (err error) {
	isWorkbook, err := beginsWith(s.file, zipMagic)
	switch {
	case err != nil:
		return err
	case isWorkbook:
		err = s.unpack(tab)
	case tab != "":
		err = clamor.Errorf(clamor.Invalid, "a CSV file has no sheets: leave --sheet out")
	default:
		s.encoding, err = sniffCharset(s.file)
	}
	if err != nil {
		return err
	}
	if s.size, err = s.file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("finding the file's size: %w", err)
	}
	return s.readHeader()
}

const zipMagic = "PK\x03\x04"

func beginsWith(file io.ReadSeeker, magic string) (bool, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("reading the file from its start: %w", err)
	}
	head := make([]byte, len(magic))
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("reading the file: %w", err)
	}
	return string(head[:n]) == magic, nil
}

func seekable(r io.Reader) (io.ReadSeeker, func(), error) {
	if file, ok := r.(io.ReadSeeker); ok {
		if _, err := file.Seek(0, io.SeekCurrent); err == nil {
			return file, func() {}, nil
		}
	}
	file, err := os.CreateTemp("", "clamor-import-*.csv")
	if err != nil {
		return nil, nil, fmt.Errorf("keeping the input to read it twice: %w", err)
	}
	done := func() { _, _ = file.Close(), os.Remove(file.Name()) }
	if _, err := io.Copy(file, r); err != nil {
		done()
		return nil, nil, fmt.Errorf("reading the input: %w", err)
	}
	return file, done, nil
}

// sniffCharset reads the whole file: one word with an accent in its last line decides as much as one in its first.
func sniffCharset(file io.ReadSeeker) (charset, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("reading the file from its start: %w", err)
	}
	in := bufio.NewReaderSize(file, 1<<16)
	head, _ := in.Peek(4096)
	if err := foreign(head); err != nil {
		return 0, err
	}
	if c, ok := sixteenBits(head); ok {
		return c, nil
	}
	census, err := countBytes(in)
	if err != nil {
		return 0, fmt.Errorf("reading the file: %w", err)
	}
	if census.invalid > 0 && census.wide == 0 && census.undefined == 0 {
		return windows1252, nil
	}
	return utf8Text, nil
}

// foreign refuses, with what to do, the files that people take for CSV.
func foreign(head []byte) error {
	switch {
	case len(bytes.TrimSpace(withoutBOM(head))) == 0:
		return clamor.Errorf(clamor.Invalid, "the file is empty: its first line must name the columns")
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return clamor.Errorf(clamor.Unsupported, "this is an old workbook (XLS), not CSV: save the sheet as CSV UTF-8")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return clamor.Errorf(clamor.Unsupported, "this is a gzip file, not CSV: unpack it first")
	}
	return nil
}

// sixteenBits recognises UTF-16 by its mark, or by every second byte of the beginning being NUL.
func sixteenBits(head []byte) (charset, bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16Little, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16Big, true
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	enough := len(head) / 5
	switch {
	case zeros[1] > enough && zeros[0] < zeros[1]/4:
		return utf16Little, true
	case zeros[0] > enough && zeros[1] < zeros[0]/4:
		return utf16Big, true
	}
	return 0, false
}

// byteCensus tells UTF-8 from Windows-1252: how many sequences of several bytes are UTF-8, how many bytes are not, and how
// many of those mean nothing in Windows-1252 either.
type byteCensus struct{ wide, invalid, undefined int }

func countBytes(in *bufio.Reader) (c byteCensus, err error) {
	for {
		r, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return c, nil
		case err != nil:
			return c, err
		case r == utf8.RuneError && size == 1:
			c.invalid++
			if err := in.UnreadRune(); err != nil {
				return c, err
			}
			b, err := in.ReadByte()
			if err != nil {
				return c, err
			}
			if strings.IndexByte("\x81\x8d\x8f\x90\x9d", b) >= 0 {
				c.undefined++
			}
		case size > 1:
			c.wide++
		}
	}
}

func (c charset) notice() string {
	switch c {
	case utf16Little, utf16Big:
		return "read as UTF-16"
	case windows1252:
		return "read as Windows-1252, since it is not UTF-8: if letters look wrong, save it as CSV UTF-8"
	}
	return ""
}

// text gives the file from its start as UTF-8, without a byte order mark. Bytes that are no text stay as they are, so that
// the row that holds them can be refused.
func (s *sheet) text() (io.Reader, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the file from its start: %w", err)
	}
	s.position = 0
	file := counted{s}
	switch s.encoding {
	case utf16Little:
		return transform.NewReader(file, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	case utf16Big:
		return transform.NewReader(file, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()), nil
	case windows1252:
		return transform.NewReader(file, charmap.Windows1252.NewDecoder()), nil
	}
	in := bufio.NewReader(file)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	return in, nil
}

// counted counts what is read of a sheet's file.
type counted struct{ *sheet }

// Read is part of io.Reader.
func (c counted) Read(into []byte) (int, error) {
	n, err := c.file.Read(into)
	c.position += int64(n)
	return n, err
}

// readHeader finds out what divides the fields and reads the names of the columns.
func (s *sheet) readHeader() error {
	in, err := s.text()
	if err != nil {
		return err
	}
	line, err := firstLine(in)
	if err != nil {
		return err
	}
	if s.delimiter = ','; !s.numbered {
		s.delimiter = sniffDelimiter(line)
	}
	rows, err := s.rows()
	if err != nil {
		return err
	}
	header, _, err := rows.next()
	if errors.Is(err, io.EOF) {
		return clamor.Errorf(clamor.Invalid, "the file is empty: its first line must name the columns")
	}
	var refused *rowError
	if errors.As(err, &refused) {
		return clamor.Errorf(clamor.Invalid, "line %d, which must name the columns, cannot be read: %s", refused.line, refused.reason)
	}
	if err != nil {
		return err
	}
	for _, name := range header {
		s.header = append(s.header, cleanLine(name))
	}
	return nil
}

// firstLine is the first line with anything in it, or as much of it as decides.
func firstLine(in io.Reader) (string, error) {
	head := make([]byte, 1<<16)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("reading the header: %w", err)
	}
	line, _, _ := strings.Cut(strings.TrimLeft(string(head[:n]), "\r\n"), "\n")
	return line, nil
}

// sniffDelimiter counts outside of quotes. "sep=;" is how spreadsheets announce it themselves.
func sniffDelimiter(line string) rune {
	if announced, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && announced != "" && strings.ContainsRune(",;\t|", rune(announced[0])) {
		return rune(announced[0])
	}
	counts := map[rune]int{}
	quoted := false
	for _, r := range line {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range [...]rune{';', '\t', '|'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// rowReader reads the records of a sheet one after the other.
type rowReader struct {
	csv      *csv.Reader
	numbered bool
	width    int // fields of the header; 0 until it is read
	end      int // line on which the record before ended
}

func (s *sheet) rows() (*rowReader, error) {
	in, err := s.text()
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(in)
	r.Comma = s.delimiter
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.TrimLeadingSpace = s.delimiter != '\t' // which is a space itself
	return &rowReader{csv: r, numbered: s.numbered}, nil
}

// rowError is a row that cannot be read while those after it can.
type rowError struct {
	line   int
	reason string
	record []string
	lone   string // the one field of a row where the header has several
	apart  bool   // empty lines stand before it
}

func (e *rowError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.reason) }

// next gives a record and the line it begins on; io.EOF after the last one; a *rowError for a bad row; and an Invalid error
// where a broken quote makes all that follows unreadable. The first record is the header.
func (r *rowReader) next() (record []string, line int, err error) {
	record, err = r.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken) && errors.Is(broken.Err, csv.ErrBareQuote):
		return nil, broken.Line, &rowError{line: broken.Line, reason: `a quotation mark stands inside a field that does not begin with one: quote the whole field and double the mark ("")`}
	case errors.As(err, &broken):
		return nil, broken.StartLine, clamor.Errorf(clamor.Invalid,
			"line %d: a quoted field is broken, so that nothing after it can be read: close it, and double the quotation marks inside (\"\")", broken.StartLine)
	case err != nil:
		return nil, 0, err
	}
	record, line, apart := r.placed(record)
	if r.width == 0 {
		if line == 1 && len(record) == 2 && strings.EqualFold(record[0], "sep=") && record[1] == "" {
			return r.next()
		}
		r.width = len(record)
		return record, line, nil
	}
	record, err = r.fit(record, line, apart)
	return record, line, err
}

// placed tells on which line a record begins, and whether empty lines stand before it.
func (r *rowReader) placed(record []string) (_ []string, line int, apart bool) {
	last := len(record) - 1
	end, _ := r.csv.FieldPos(last)
	end += strings.Count(record[last], "\n")
	if line, _ = r.csv.FieldPos(0); r.numbered {
		line, _ = strconv.Atoi(record[0]) // written by us
		record, end = record[1:], line
	}
	apart = r.end > 0 && line > r.end+1
	r.end = end
	return record, line, apart
}

// fit refuses a row of another width than the header's. Empty fields at the end are what spreadsheets leave behind.
func (r *rowReader) fit(record []string, line int, apart bool) ([]string, error) {
	for len(record) > r.width && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	if len(record) != r.width {
		refused := &rowError{line: line, apart: apart, record: slices.Clone(record), reason: fmt.Sprintf("has %d fields where the header has %d: quote fields that hold %s",
			len(record), r.width, delimiterName(r.csv.Comma))}
		if len(record) == 1 {
			refused.lone = record[0]
		}
		return nil, refused
	}
	for i, field := range record {
		if !utf8.ValidString(field) {
			return nil, &rowError{line: line, record: slices.Clone(record), reason: fmt.Sprintf("field %d is not UTF-8: save the file as CSV UTF-8", i+1)}
		}
	}
	return record, nil
}

func delimiterName(r rune) string {
	switch r {
	case ';':
		return "a semicolon"
	case '\t':
		return "a tab"
	case '|':
		return "a bar"
	}
	return "a comma"
}
