package export

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"clamor"
)

func moveMark(move *int) string {
	switch {
	case move == nil:
		return "new"
	case *move > 0:
		return "▲ " + strconv.Itoa(*move)
	case *move < 0:
		return "▼ " + strconv.Itoa(-*move)
	}
	return "–"
}

func dash(n int64) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatInt(n, 10)
}

// ratio is part of whole in parts per million.
func ratio(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return int64(float64(part) / float64(whole) * 1_000_000)
}

// percent writes parts per million as per cents, and says so where there is less than one.
func percent(ppm int64) string {
	if ppm > 0 && ppm < 10_000 {
		return "under 1%"
	}
	return strconv.FormatInt((ppm+5_000)/10_000, 10) + "%"
}

func count(n int, one string) string {
	text := clamor.Money{Minor: int64(n), Currency: "JPY"}.Amount()
	if n == 1 {
		return text + " " + one
	}
	return text + " " + one + "s"
}

func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format("2 Jan 2006")
}

// quarterName writes "2026Q4" as "Q4 2026".
func quarterName(name string) string {
	if q, err := clamor.ParseQuarter(name, 0); err == nil {
		return fmt.Sprintf("Q%d %d", q.Number, q.Year)
	}
	return name
}

// decimal writes n/unit with at most so many decimals, without zeros at the end.
func decimal(n, unit int64, decimals int) string {
	text := strconv.FormatFloat(float64(n)/float64(unit), 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func featureURL(base string, id clamor.FeatureID) string {
	if base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + "/features/" + string(id)
}
