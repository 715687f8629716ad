package main

import (
	"database/sql"
	"strings"
	"unicode"

	_ "modernc.org/sqlite" // FTS5
)

// fts5 is SQLite's full-text search with its porter stemmer, best BM25 first, any word of the text.
type fts5 struct {
	db   *sql.DB
	find *sql.Stmt
}

func (f *fts5) name() string { return "SQLite FTS5, BM25" }

func (f *fts5) fill(rows []labelled, n int) (err error) {
	if f.db, err = sql.Open("sqlite", ":memory:"); err != nil {
		return err
	}
	f.db.SetMaxOpenConns(1)
	if _, err = f.db.Exec(`CREATE VIRTUAL TABLE ask USING fts5(text, tokenize = 'porter unicode61')`); err != nil {
		return err
	}
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	for i := range n {
		if _, err = tx.Exec(`INSERT INTO ask (rowid, text) VALUES (?, ?)`, i, rows[i].Text); err != nil {
			return err
		}
	}
	if err = tx.Commit(); err != nil {
		return err
	}
	f.find, err = f.db.Prepare(`SELECT rowid FROM ask WHERE ask MATCH ? ORDER BY rank LIMIT ?`)
	return err
}

func (f *fts5) add(rows []labelled, place int) error {
	_, err := f.db.Exec(`INSERT INTO ask (rowid, text) VALUES (?, ?)`, place, rows[place].Text)
	return err
}

func (f *fts5) labels(rows []labelled, place int) ([]string, error) {
	words := strings.FieldsFunc(rows[place].Text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	if len(words) == 0 {
		return nil, nil
	}
	found, err := f.find.Query(`"`+strings.Join(words, `" OR "`)+`"`, shownTexts)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var near []int
	for found.Next() {
		var n int
		if err := found.Scan(&n); err != nil {
			return nil, err
		}
		near = append(near, n)
	}
	return labelsOf(rows, near), found.Err()
}
