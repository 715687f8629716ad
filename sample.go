package clamor

import "time"

// The marks of the sample company: the name under which its records are kept, and who decides in it. No source of people's own bears that
// name while the sample is there.
const (
	SampleSource = "sample"
	SampleBy     = "Priya (sample)"
)

// Sample says whether the sample company is in the workspace. The zero Sample says that it is not.
type Sample struct {
	By       string    `json:"by"`
	BegunAt  time.Time `json:"begun_at"`
	LoadedAt time.Time `json:"loaded_at,omitzero"` // zero: not yet as a whole
	Share    int       `json:"share"`              // per cent that are loaded
	Fault    string    `json:"fault,omitempty"`    // why it could not be loaded
}

// There reports whether any of it is in the workspace.
func (s Sample) There() bool { return !s.BegunAt.IsZero() }

// Loading reports whether it is on its way in.
func (s Sample) Loading() bool { return s.There() && s.LoadedAt.IsZero() && s.Fault == "" }
