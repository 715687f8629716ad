package ingest

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

// maxStreamLine bounds one line of ExtractStream: as much as a delivery may hold.
const maxStreamLine = 16 << 20

type streamAsk struct {
	Start         int             `json:"start"`
	End           int             `json:"end"`
	Text          string          `json:"text"`
	Score         float64         `json:"score"`
	Priority      clamor.Priority `json:"priority"`
	PriorityWords string          `json:"priority_words,omitempty"`
	Motive        clamor.Motive   `json:"motive,omitempty"`
	MotiveWords   string          `json:"motive_words,omitempty"`
}

type streamAnswer struct {
	ID   json.RawMessage `json:"id"`
	Asks []streamAsk     `json:"asks"`
}

// ExtractStream answers each line {"id","text"} with {"id","asks"}, in order. The first line that cannot be read ends it.
func ExtractStream(ctx context.Context, r io.Reader, w io.Writer) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxStreamLine)
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	number := 0
	for lines.Scan() && ctx.Err() == nil {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if number == 1 {
			line = withoutBOM(line)
		}
		if len(line) == 0 {
			continue
		}
		answer, err := extractLine(line)
		if err == nil {
			err = encoder.Encode(answer)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", number, err), out.Flush())
		}
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = clamor.Errorf(clamor.TooLarge, "line %d has more than %d bytes: split it", number+1, maxStreamLine)
	}
	return errors.Join(err, ctx.Err(), out.Flush())
}

func extractLine(line []byte) (streamAnswer, error) {
	var question struct {
		ID   json.RawMessage `json:"id"`
		Text *string         `json:"text"`
	}
	if at := firstInvalid(line); at >= 0 {
		return streamAnswer{}, clamor.Errorf(clamor.Invalid, "not UTF-8 at byte %d: write JSON in UTF-8", at)
	}
	if err := json.Unmarshal(line, &question); err != nil {
		return streamAnswer{}, clamor.Errorf(clamor.Invalid, "not a JSON object of id and text: %w", err)
	}
	if len(question.ID) == 0 || question.Text == nil {
		return streamAnswer{}, clamor.Errorf(clamor.Invalid, "lacks id or text: write {\"id\": …, \"text\": …}")
	}
	answer := streamAnswer{ID: question.ID, Asks: []streamAsk{}}
	for _, s := range Extract(*question.Text) {
		answer.Asks = append(answer.Asks, streamAsk{s.Start, s.End, s.Text, s.Score, s.Priority, s.PriorityWords, s.Motive, s.MotiveWords})
	}
	return answer, nil
}
