package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clamor"
	"clamor/rank"
)

// everything reads all rows of a database, but for what only grows.
func everything(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	all := map[string][]string{}
	for _, table := range texts(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`) {
		if slices.Contains([]string{"audit", "revision", "list_news", "goose_db_version", "lease"}, table) {
			continue
		}
		columns := texts(t, db, `SELECT name FROM pragma_table_info('`+table+`')`)
		for i, c := range columns {
			columns[i] = "quote(" + c + ")"
		}
		all[table] = texts(t, db, "SELECT "+strings.Join(columns, " || '|' || ")+" FROM "+table+" ORDER BY 1")
	}
	return all
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		all = append(all, text)
	}
	must(t, rows.Err())
	return all
}

// working runs the workers of a service until what it gives is called.
func working(t *testing.T, s *service, x *samples) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	workers.Go(func() { s.work(ctx) })
	workers.Go(func() { x.run(ctx) })
	return sync.OnceFunc(func() { cancel(); workers.Wait() })
}

// until waits for a state of the sample.
func until(t *testing.T, x *samples, reached func(clamor.Sample) bool) {
	t.Helper()
	for tick, end := time.Tick(5*time.Millisecond), time.After(2*time.Minute); ; {
		state, err := x.State(t.Context())
		must(t, err)
		if state.Fault != "" {
			t.Fatal(state.Fault)
		}
		if reached(state) {
			return
		}
		select {
		case <-tick:
		case <-end:
			t.Fatalf("the sample stays at %+v", state)
		}
	}
}

// The sample company is loaded beside the workers. One that is cut off in the middle is loaded anew at the next start, own notes or not; once it is
// removed every table is as it was, and so are the index and the list.
func TestSampleDataIsLoadedAndRemoved(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path := filepath.Join(dir, "clamor.db")
	g := &globals{DB: "sqlite:" + path, DataDir: dir, Currency: "USD", FiscalStart: "1", LogLevel: "error"}
	s, err := openService(ctx, g, world{stderr: io.Discard})
	must(t, err)
	before := everything(t, path)
	x := newSamples(s)
	stop := working(t, s, x)
	must(t, x.Load(ctx, "Ann"))
	if err := x.Load(ctx, "Bob"); clamor.KindOf(err) != clamor.Conflict {
		t.Errorf("loading it twice: %v", err)
	}
	until(t, x, func(s clamor.Sample) bool { return s.Share >= 70 })
	if err := x.Remove(ctx, "Ann"); clamor.KindOf(err) != clamor.Conflict {
		t.Errorf("removing it while it is loaded: %v", err)
	}
	stop()
	must(t, s.close())

	s, err = openService(ctx, g, world{stderr: io.Discard})
	must(t, err)
	defer func() { must(t, s.close()) }()
	x = newSamples(s)
	stop = working(t, s, x)
	defer stop()
	began := time.Now()
	until(t, x, func(s clamor.Sample) bool { return !s.LoadedAt.IsZero() })
	t.Logf("loaded in %v", time.Since(began).Round(time.Millisecond))
	list, err := s.rank.List(ctx, rank.Query{Quarter: clamor.QuarterOf(today(), 0)})
	must(t, err)
	stats, err := s.db.Stats(ctx)
	must(t, err)
	if len(list.Entries) < 30 || stats.Accounts != 45 || len(s.dedupe.Search("single sign-on", 5)) == 0 {
		t.Errorf("%d entries, %d accounts", len(list.Entries), stats.Accounts)
	}
	must(t, x.Remove(ctx, "Ann"))
	after := everything(t, path)
	for table, rows := range before {
		if !slices.Equal(rows, after[table]) {
			t.Errorf("%s holds %.300s, held %.300s", table, fmt.Sprint(after[table]), fmt.Sprint(rows))
		}
	}
	if list, err = s.rank.List(ctx, rank.Query{Quarter: clamor.QuarterOf(today(), 0)}); err != nil || len(list.Entries) != 0 {
		t.Errorf("the list still holds %d entries (%v)", len(list.Entries), err)
	}
	for tick := time.Tick(5 * time.Millisecond); len(s.dedupe.Search("single sign-on", 5)) > 0; <-tick {
		if time.Since(began) > time.Minute {
			t.Fatal("the index still finds what is gone")
		}
	}
}
