package main

import (
	"bufio"
	_ "embed" // for tfidf.py
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

//go:embed tfidf.py
var program string

var errNotHere = errors.New("scikit-learn is left out: no Python here has it (name one by -python)")

// tfidf is scikit-learn's TF-IDF cosine, in a process of its own that answers a place a line.
type tfidf struct {
	python string
	in     io.Writer
	out    *bufio.Reader
}

func (t *tfidf) name() string { return "scikit-learn, TF-IDF cosine" }

// fill makes all texts known: it learns no single one. A lookup leaves out those to come.
func (t *tfidf) fill(rows []labelled, _ int) error {
	if exec.Command(t.python, "-c", "import sklearn").Run() != nil {
		return errNotHere
	}
	run := exec.Command(t.python, "-c", program)
	in, err := run.StdinPipe()
	if err != nil {
		return err
	}
	out, err := run.StdoutPipe()
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	t.in, t.out = in, bufio.NewReader(out)
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = r.Text
	}
	if err := json.NewEncoder(in).Encode(texts); err != nil {
		return err
	}
	_, err = t.out.ReadString('\n')
	return err
}

func (t *tfidf) add([]labelled, int) error { return nil }

func (t *tfidf) labels(rows []labelled, place int) ([]string, error) {
	if _, err := fmt.Fprintln(t.in, place, shownTexts); err != nil {
		return nil, err
	}
	line, err := t.out.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var near []int
	if err := json.Unmarshal(line, &near); err != nil {
		return nil, err
	}
	return labelsOf(rows, near), nil
}
