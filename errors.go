package clamor

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what went wrong in terms of what the caller can do about it.
type Kind int

// The kinds. Internal is the zero value: whatever has no kind is our own fault, is logged, and is never shown.
const (
	Internal        Kind = iota
	Invalid              // the input is wrong; the message says what to change
	Unauthenticated      // no credential, or one that does not hold
	Forbidden            // a good credential whose role does not suffice
	NotFound             // no such thing
	Conflict             // the thing is in a state that does not allow this
	Stale                // the caller saw an older version than the one stored
	TooLarge             // more bytes than the limit
	Unsupported          // a content type or format nobody here reads
	Limited              // too many requests; try again later
	Unavailable          // cannot be done at this moment; try again later
)

// String is the stable name of the kind, as used in the type of a problem document.
func (k Kind) String() string {
	names := [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not-found", "conflict", "stale",
		"too-large", "unsupported", "limited", "unavailable"}
	if k < 0 || int(k) >= len(names) {
		return "internal"
	}
	return names[k]
}

// Fault is one thing wrong at one place of an input.
type Fault struct {
	Path    string `json:"path"`    // as in "notes[2].account.arr", or a column's name
	Message string `json:"message"` // what is wrong and what to do
}

// Error is an error that may be shown: its message is written for the person who caused it.
type Error struct {
	Kind    Kind
	Message string  // what is wrong and what to do; no internals, no secrets
	Faults  []Fault // every fault of an input at once, where there are several places
	Err     error   // the cause, for the log only

	told bool // Message holds the text of Err already
}

// Error joins the message, the faults and the cause, for logs and standard error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for i, f := range e.Faults {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s: %s", sep, f.Path, f.Message)
	}
	if e.Err != nil && !e.told {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind. A %w keeps its operand as the cause, whose text the message then holds.
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), Err: errors.Unwrap(err), told: true}
}

// Refuse makes an Invalid error of the faults of one input, or nil where there are none.
func Refuse(message string, faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: message, Faults: faults}
}

// KindOf is the kind of the first Error in err's chain, Internal if it holds none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
