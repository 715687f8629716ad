package web

import (
	"fmt"
	"time"
)

// Lag says that a list does not hold the last changes yet.
type Lag struct {
	Since   time.Time
	Changes int64
	Own     bool // the reader's last deed is among them
}

func (l Lag) String() string {
	changes := "1 change is"
	if l.Changes != 1 {
		changes = fmt.Sprintf("%d changes are", l.Changes)
	}
	if l.Own {
		changes = "what you did last is"
	}
	return fmt.Sprintf(" at %s, %s being worked in", l.Since.UTC().Format("15:04:05 UTC"), changes)
}
