package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// jsonLines says in which line of a JSON text each of its values begins.
type jsonLines struct {
	at     map[string]int // path -> line
	broken int            // the line in which it stops being JSON, 0 if it does not
}

// linesOf finds the lines of the paths, and of the values around them; a text that is no JSON has only the line where it breaks.
func linesOf(body []byte, paths []string) jsonLines {
	body = withoutBOM(body)
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		var syntax *json.SyntaxError
		if trimmed := bytes.TrimSpace(body); !errors.As(err, &syntax) || len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' {
			return jsonLines{}
		}
		return jsonLines{broken: lineAt(body, int(syntax.Offset)-1)}
	}
	w := lineWalk{body: body, decoder: json.NewDecoder(bytes.NewReader(body)), wanted: map[string]bool{"": true},
		lines: jsonLines{at: map[string]int{}}, line: 1}
	for _, path := range paths {
		for path != "" && !w.wanted[path] {
			w.wanted[path], w.wanted[strings.TrimPrefix(path, "notes")] = true, true
			path = around(path)
		}
	}
	if w.value("") != nil {
		return jsonLines{}
	}
	return w.lines
}

// around is the path of the value around another.
func around(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

func lineAt(body []byte, offset int) int {
	return 1 + bytes.Count(body[:max(0, min(offset, len(body)))], []byte("\n"))
}

// of finds the line of a path, or of the value around it where the path leads to what is missing. A path into a list that is the
// whole text may name the list as "notes", as faults do.
func (l jsonLines) of(path string) int {
	for {
		for _, p := range []string{path, strings.TrimPrefix(path, "notes")} {
			if line, ok := l.at[p]; ok {
				return line
			}
		}
		if path == "" {
			return 0
		}
		path = around(path)
	}
}

// lineWalk goes through a text that is known to be JSON, counting lines on its way.
type lineWalk struct {
	body    []byte
	decoder *json.Decoder
	wanted  map[string]bool
	lines   jsonLines
	line    int // of the offset counted
	counted int
}

// here is the line of the token read last.
func (w *lineWalk) here() int {
	end := int(w.decoder.InputOffset())
	w.line += bytes.Count(w.body[w.counted:end], []byte("\n"))
	w.counted = end
	return w.line
}

func (w *lineWalk) value(path string) error {
	if !w.wanted[path] {
		var skipped json.RawMessage
		return w.decoder.Decode(&skipped)
	}
	token, err := w.decoder.Token()
	if err != nil {
		return err
	}
	w.lines.at[path] = w.here()
	switch token {
	case json.Delim('{'):
		return w.object(path)
	case json.Delim('['):
		return w.array(path)
	}
	return nil
}

func (w *lineWalk) object(path string) error {
	for w.decoder.More() {
		key, err := w.decoder.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if path != "" {
			name = path + "." + name
		}
		if err := w.value(name); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}

func (w *lineWalk) array(path string) error {
	for i := 0; w.decoder.More(); i++ {
		if err := w.value(path + "[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token()
	return err
}
