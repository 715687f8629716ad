package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"clamor/ingest"
)

type pullCommand struct {
	Name      string `arg:"" help:"The source."`
	FromStart bool   `help:"Forget where the last pull ended and read everything again; what is known stays as it is."`
	JSON      bool   `name:"json" help:"Print how it went as JSON."`
}

func (c *pullCommand) Run(ctx context.Context, w world, g *globals) error {
	return with(ctx, g, w, func(s *service) error {
		if c.FromStart {
			if _, err := s.db.FindSource(ctx, c.Name); err != nil {
				return err
			}
			if err := s.db.DropCursors(ctx, c.Name, commandLine); err != nil {
				return err
			}
		}
		line := newProgressLine(w.stderr)
		last, err := s.puller.Pull(ctx, c.Name, func(p ingest.Progress) { line.show(c.Name+", "+p.String(), p.Pages%100 == 0) })
		line.end()
		if err != nil && last.Source == "" {
			return err
		}
		if c.JSON {
			err = errors.Join(err, printJSON(w.stdout, last))
		} else {
			fmt.Fprintf(w.stdout, "%s: %d pages read, %d new\n", c.Name, last.Pages, last.Kept)
		}
		if last.Kept > 0 && ctx.Err() == nil {
			err = errors.Join(err, s.place(ctx))
		}
		return err
	})
}

// progressLine tells people how far something is: one line that is written over on a terminal, a line now and then elsewhere.
type progressLine struct {
	out      io.Writer
	terminal bool
	mu       sync.Mutex
	shown    time.Time
	width    int
}

func newProgressLine(out io.Writer) *progressLine {
	return &progressLine{out: out, terminal: isTerminal(out)}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	about, err := file.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}

// show shows a text: on a terminal at most ten times a second, elsewhere only what is notable.
func (l *progressLine) show(text string, notable bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const often = 100 * time.Millisecond
	switch {
	case l.terminal && time.Since(l.shown) > often:
		fmt.Fprintf(l.out, "\r%-*s", l.width, text)
		l.width, l.shown = len(text), time.Now()
	case !l.terminal && notable:
		fmt.Fprintln(l.out, text)
	}
}

// end takes the line off a terminal.
func (l *progressLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.terminal && l.width > 0 {
		fmt.Fprintf(l.out, "\r%-*s\r", l.width, "")
	}
}
