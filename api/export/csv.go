package export

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"clamor"
)

// CSV writes a list as a table for spreadsheets, one feature a row. Amounts are whole units of the list's currency with their
// decimals, shares are per cent. baseURL, without a final slash, makes the links; "" leaves them out. A text that a spreadsheet
// would run as a formula gets a leading apostrophe.
func CSV(w io.Writer, l clamor.List, baseURL string) error {
	out := csv.NewWriter(w)
	var header []string
	for _, c := range columns {
		header = append(header, c.name)
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("writing the list as CSV: %w", err)
	}
	for i := range l.Entries {
		var cells []string
		for _, c := range columns {
			cells = append(cells, c.cell(&l, &l.Entries[i], baseURL))
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("writing rank %d as CSV: %w", l.Entries[i].Rank, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the list as CSV: %w", err)
	}
	return nil
}

type column struct {
	name string
	cell func(l *clamor.List, e *clamor.Entry, baseURL string) string
}

var columns = []column{
	{"rank", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(e.Rank) }},
	{"move", func(_ *clamor.List, e *clamor.Entry, _ string) string { return moveCell(e.Move) }},
	{"title", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(e.Feature.Title) }},
	{"status", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(string(e.Feature.Status)) }},
	{"area", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(e.Feature.Area) }},
	{"team", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(e.Feature.Team) }},
	{"currency", func(l *clamor.List, _ *clamor.Entry, _ string) string { return Defuse(l.Currency) }},
	{"score", func(l *clamor.List, e *clamor.Entry, _ string) string { return plain(e.Score, l.Currency) }},
	{"keep", func(l *clamor.List, e *clamor.Entry, _ string) string { return plain(e.Keep, l.Currency) }},
	{"grow", func(l *clamor.List, e *clamor.Entry, _ string) string { return plain(e.Grow, l.Currency) }},
	{"full", func(l *clamor.List, e *clamor.Entry, _ string) string { return plain(e.Full, l.Currency) }},
	{"estimated", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.FormatBool(e.Estimated) }},
	{"accounts", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(e.Accounts) }},
	{"blockers", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(e.Blockers) }},
	{"asks", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(e.Asks) }},
	{"asks_this_quarter", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(e.QuarterAsks) }},
	{"largest_share_percent", func(_ *clamor.List, e *clamor.Entry, _ string) string { return decimal(e.LargestShare, 10_000, 2) }},
	{"rank_without_largest", func(_ *clamor.List, e *clamor.Entry, _ string) string { return known(int64(e.RankWithoutLargest)) }},
	{"rank_lowest", func(_ *clamor.List, e *clamor.Entry, _ string) string { return known(int64(e.RankRange[0])) }},
	{"rank_highest", func(_ *clamor.List, e *clamor.Entry, _ string) string { return known(int64(e.RankRange[1])) }},
	{"effort", func(_ *clamor.List, e *clamor.Entry, _ string) string { return known(e.Effort) }},
	{"value_per_effort", func(l *clamor.List, e *clamor.Entry, _ string) string {
		if e.Effort == 0 {
			return ""
		}
		return plain(e.ValuePerEffort, l.Currency)
	}},
	{"planned_rank", func(_ *clamor.List, e *clamor.Entry, _ string) string { return strconv.Itoa(cmp.Or(e.Planned, e.Rank)) }},
	{"planned_by", func(_ *clamor.List, e *clamor.Entry, _ string) string {
		if e.Pin == nil {
			return ""
		}
		return Defuse(e.Pin.By + ": " + e.Pin.Reason)
	}},
	{"oldest_ask", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(string(e.OldestAsk)) }},
	{"newest_ask", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(string(e.NewestAsk)) }},
	{"quarter", func(l *clamor.List, _ *clamor.Entry, _ string) string { return Defuse(l.Quarter) }},
	{"feature", func(_ *clamor.List, e *clamor.Entry, _ string) string { return Defuse(string(e.Feature.ID)) }},
	{"link", func(_ *clamor.List, e *clamor.Entry, base string) string {
		return Defuse(featureURL(base, e.Feature.ID))
	}},
}

// Defuse keeps a spreadsheet from running a text as a formula: some look past spaces, some take the wide forms too. A
// lone carriage return begins a row of its own there.
func Defuse(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	if strings.IndexAny(text, "\t\r\n") == 0 || trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
		return "'" + text
	}
	return text
}

// plain is an amount without thousands separators, which spreadsheets read as a number.
func plain(minor int64, currency string) string {
	return strings.ReplaceAll(clamor.Money{Minor: minor, Currency: currency}.Amount(), ",", "")
}

func moveCell(move *int) string {
	if move == nil {
		return "new"
	}
	return strconv.Itoa(*move)
}

// known leaves the cell empty where 0 means unknown.
func known(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
