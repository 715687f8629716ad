package store

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// record notes that a fact of a subject had a value at a time, unless that is what is known for then already. Two values of the
// same microsecond both stay: the later one stands a microsecond behind.
func record(w work, subject, name, value string, at time.Time, source string) (changed bool, err error) {
	if value == "" {
		return false, nil
	}
	t := micros(at)
	for {
		var known, by string
		var knownAt int64
		err := w.row(`SELECT value, at, source FROM fact WHERE subject = $1 AND name = $2 AND at <= $3 ORDER BY at DESC LIMIT 1`,
			[]any{subject, name, t}, &known, &knownAt, &by)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
		// What the sample company said goes with it: who else says the same must say it in a row of their own.
		if err == nil && known == value && (by != clamor.SampleSource || source == by) {
			return false, nil
		}
		if err != nil || knownAt < t {
			break
		}
		t++
	}
	_, err = w.exec(`INSERT INTO fact (subject, name, at, value, source) VALUES ($1, $2, $3, $4, $5)`, subject, name, t, value, source)
	return err == nil, err
}

// recordAll records several facts of one subject and reports whether any of them is new.
func recordAll(w work, subject string, at time.Time, source string, facts ...[2]string) (bool, error) {
	any := false
	for _, f := range facts {
		changed, err := record(w, subject, f[0], f[1], at, source)
		if err != nil {
			return any, err
		}
		any = any || changed
	}
	return any, nil
}

// history is what is known of subjects as of one time: subject -> fact -> value. Where the first record of a fact is
// younger than that time, it is taken to have held before: nothing else is known.
type history map[string]map[string]string

// latest is a time after every record.
const latest = int64(1) << 62

func facts(w work, at int64, where string, args ...any) (history, error) {
	h := history{}
	var subject, name string
	var first bool
	err := w.each(func(row scanner) error {
		var s, n, v string
		var t int64
		if err := row.Scan(&s, &n, &v, &t); err != nil {
			return err
		}
		first = s != subject || n != name
		subject, name = s, n
		if first || t <= at {
			if h[s] == nil {
				h[s] = map[string]string{}
			}
			h[s][n] = v
		}
		return nil
	}, `SELECT subject, name, value, at FROM fact `+where+` ORDER BY subject, name, at`, args...)
	return h, err
}

func moneyText(m *clamor.Money) string {
	if m == nil {
		return ""
	}
	return strconv.FormatInt(m.Minor, 10) + " " + m.Currency
}

func textMoney(s string) *clamor.Money {
	minor, currency, ok := strings.Cut(s, " ")
	n, err := strconv.ParseInt(minor, 10, 64)
	if !ok || err != nil {
		return nil
	}
	return &clamor.Money{Minor: n, Currency: currency}
}

func numberText[T int | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}

func textNumber[T int | int64](s string) *T {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil
	}
	t := T(n)
	return &t
}
