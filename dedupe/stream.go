package dedupe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"clamor"
)

// line is one text of a stream; other keys are ignored.
type line struct {
	ID    identifier `json:"id"`
	Text  *string    `json:"text"`
	Title string     `json:"title"`
	Body  string     `json:"body"`
}

// fields gives the title and the body; a text without them is read as the service reads an ask.
func (l line) fields() (title, body string) {
	if l.Title == "" && l.Body == "" {
		return *l.Text, ""
	}
	return l.Title, l.Body
}

// answer is what becomes of a line. Score is the similarity to the nearest cluster, joined or not.
type answer struct {
	ID          identifier         `json:"id"`
	Cluster     clamor.FeatureID   `json:"cluster"`
	Score       float64            `json:"score"`
	Terms       []clamor.Term      `json:"terms"`
	Suggestions []clamor.FeatureID `json:"suggestions"`
}

// suggestedClusters is how many clusters an answer names at most.
const suggestedClusters = 10

// readAhead is how many lines are read and analysed while earlier ones are being placed.
const readAhead = 256

// Cluster reads a stream of texts as JSON Lines and answers each from the lines before it alone, in order. It stops at the
// first line that it cannot read, with all lines before it answered.
func Cluster(ctx context.Context, r io.Reader, w io.Writer, options Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := newIndex(options)
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	lines := make(chan analysed, readAhead)
	go func() {
		defer close(lines)
		readLines(ctx, r, x.analyzer, lines)
	}()
	for l := range lines {
		if l.err != nil {
			return errors.Join(l.err, out.Flush())
		}
		if err := enc.Encode(x.answer(l)); err != nil {
			return fmt.Errorf("answering text %s: %w", l.id, err)
		}
		if len(lines) == 0 {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("answering text %s: %w", l.id, err)
			}
		}
	}
	return errors.Join(ctx.Err(), out.Flush())
}

// analysed is a line read and analysed, or the reason why it cannot be.
type analysed struct {
	id      identifier
	reading reading
	err     error
}

// readLines reads and analyses lines until the end, the first fault, or until nobody wants more.
func readLines(ctx context.Context, r io.Reader, a *analyzer, lines chan<- analysed) {
	in := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		raw, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(raw)) > 0 {
			if !send(ctx, lines, analyse(raw, n, a)) {
				return
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			send(ctx, lines, analysed{err: fmt.Errorf("reading line %d: %w", n, err)})
			return
		}
	}
}

func send(ctx context.Context, lines chan<- analysed, l analysed) bool {
	select {
	case lines <- l:
		return l.err == nil
	case <-ctx.Done():
		return false
	}
}

func analyse(raw []byte, n int, a *analyzer) analysed {
	l, err := parseLine(raw)
	if err != nil {
		return analysed{err: clamor.Errorf(clamor.Invalid, "line %d: %w", n, err)}
	}
	return analysed{id: l.ID, reading: a.read(l.fields())}
}

func parseLine(raw []byte) (line, error) {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("is no text: write a JSON object with \"id\" and \"text\" on each line: %w", err)
	}
	if l.ID == "" {
		return l, errors.New("\"id\" is missing: give each text one of its own")
	}
	if l.Text == nil && l.Title == "" && l.Body == "" {
		return l, errors.New("\"text\" is missing: write it even where it is empty")
	}
	return l, nil
}

// identifier is an id as the sender writes it: a string, or a number taken by its digits.
type identifier string

// UnmarshalJSON reads a string or a number.
func (i *identifier) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(i))
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return fmt.Errorf("\"id\" is neither a string nor a number: %w", err)
	}
	*i = identifier(n)
	return nil
}

// answer places one text. The cluster it founds is named after it.
func (x *index) answer(l analysed) answer {
	d := x.decide(l.reading, nil)
	a := answer{ID: l.id, Cluster: d.feature, Score: d.score, Terms: d.terms, Suggestions: []clamor.FeatureID{}}
	if a.Terms == nil {
		a.Terms = []clamor.Term{}
	}
	for _, h := range clip(d.hits, suggestedClusters) {
		a.Suggestions = append(a.Suggestions, x.features[h.feature].id)
	}
	if a.Cluster == "" {
		a.Cluster = clamor.FeatureID(l.id)
	}
	x.grow(clamor.AskID(l.id), a.Cluster, l.reading)
	return a
}
