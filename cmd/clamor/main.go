// Command clamor is the one program: the service with its pages, API and workers, and the commands that feed it, ask it and
// publish what it found. This package owns configuration and wiring; what the words mean is decided in the packages it wires.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"clamor"
	"clamor/api/export"

	"github.com/alecthomas/kong"
)

// world is what a run may touch of the process around it, so that tests can run whole commands.
type world struct {
	env            func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time // the clock; nil means time.Now
}

func (w world) clock() func() time.Time {
	if w.now == nil {
		return time.Now
	}
	return w.now
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	os.Exit(status(run(ctx, os.Args[1:], world{os.LookupEnv, os.Stdin, os.Stdout, os.Stderr, time.Now}), os.Stderr))
}

// status is the exit status for what a run ended with: 0 done, 1 failed, 2 wrong usage. It says in one line what and what to do.
func status(err error, stderr io.Writer) int {
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "clamor: %s; see clamor --help\n", oneLine(err))
		return 2
	}
	fmt.Fprintf(stderr, "clamor: %s\n", oneLine(err))
	return 1
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (u *usageError) Unwrap() error { return u.error }

// exited is how the flag library's wish to exit reaches run.
type exited int

// run carries out one command line.
func run(ctx context.Context, args []string, w world) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if code, ok := p.(exited); !ok || code != 0 {
				panic(p)
			}
		}
	}()
	var cli commands
	settings, err := settingsOf(args, w)
	if err != nil {
		return &usageError{err}
	}
	parser, err := kong.New(&cli, kong.Name("clamor"), kong.Description("Turns the clamor of sales feedback into one ranked list."),
		kong.Writers(w.stdout, w.stderr), kong.Exit(func(code int) { panic(exited(code)) }), kong.Resolvers(settings),
		kong.Vars{"github_api": export.GitHubAPI}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.UsageOnError())
	if err != nil {
		return fmt.Errorf("describing the commands: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return &usageError{err}
	}
	if unknown := settings.unknown(parser.Model); len(unknown) > 0 {
		return &usageError{clamor.Errorf(clamor.Invalid, "%s holds unknown settings: %s", cli.Config, strings.Join(unknown, ", "))}
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(w, &cli.globals)
}
