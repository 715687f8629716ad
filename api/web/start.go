package web

import (
	"strings"

	"clamor"
)

// Start is the way from an empty workspace to a first list.
type Start struct {
	Role    clamor.Role
	Stats   clamor.Stats
	Sources int      // of the workspace's own that are on
	Samples bool     // the sample company can be loaded
	Admins  []string // whom to ask, for a reader who may not do it
}

// Accounts reports whether accounts are known.
func (s Start) Accounts() bool { return s.Stats.Accounts > 0 }

// Notes reports whether a note is in.
func (s Start) Notes() bool { return s.Stats.Notes > 0 }

// Arriving reports whether something came in that is still being read.
func (s Start) Arriving() bool {
	return s.Stats.Pending > 0 || s.Stats.Deliveries[clamor.Received]+s.Stats.Deliveries[clamor.Failed] > 0
}

// Unread is how many deliveries could not be read.
func (s Start) Unread() int64 { return s.Stats.Deliveries[clamor.Dead] }

// May reports whether the reader may do what needs a role.
func (s Start) May(role string) bool { return s.Role.May(clamor.Role(role)) }

// Ask names whom a reader asks who may not do it.
func (s Start) Ask() string {
	if len(s.Admins) == 0 {
		return "an admin"
	}
	return strings.Join(s.Admins, " or ")
}

// SampleView tells how far the sample company is loaded.
type SampleView struct{ Sample clamor.Sample }

func (SampleView) page() string { return "sample" }

// UnsampleView asks before the sample company is removed.
type UnsampleView struct {
	Sample clamor.Sample
	Frozen []string // quarters that were frozen beside it, and go with it
}

func (UnsampleView) page() string { return "unsample" }
