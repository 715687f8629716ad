package clamor

import "time"

// UploadID identifies an Upload.
type UploadID string

// UploadState is how far an upload has come.
type UploadState string

// The states of an upload.
const (
	UploadReceived UploadState = "received" // waits for a person to say which column holds what
	UploadTrying   UploadState = "trying"   // what it would do is being found out
	UploadTried    UploadState = "tried"    // waits for a person to say yes
	UploadRunning  UploadState = "running"
	UploadDone     UploadState = "done"
	UploadFailed   UploadState = "failed" // cut off for a reason that is told
)

// Upload is a file that a person imports on a page, from its arrival to its last row.
type Upload struct {
	ID        UploadID          `json:"id"`
	State     UploadState       `json:"state"`
	Kind      string            `json:"kind"`   // accounts, deals or notes
	Source    string            `json:"source"` // the name under which the rows are kept
	File      string            `json:"file"`   // its name where it came from
	Size      int64             `json:"bytes"`
	Sheet     string            `json:"sheet,omitempty"`
	System    string            `json:"system,omitempty"`     // that ids belong to where no column says so
	DateOrder string            `json:"date_order,omitempty"` // mdy or dmy
	Map       map[string]string `json:"map,omitempty"`        // field -> column, "" for a field that is not read
	By        string            `json:"by"`
	At        time.Time         `json:"at"`
	StartedAt time.Time         `json:"started_at,omitzero"` // the run, or the trial before it
	EndedAt   time.Time         `json:"ended_at,omitzero"`
	Rows      int               `json:"rows"` // read so far
	Share     int               `json:"share"`
	Added     int               `json:"added"`
	Changed   int               `json:"changed"`
	Unchanged int               `json:"unchanged"`
	Refused   int               `json:"refused"`
	Resumed   int               `json:"resumed,omitempty"` // rows that were in already, from before it was cut off
	Refusals  []RowResult       `json:"refusals,omitempty"`
	First     []RowTold         `json:"first,omitempty"` // the first rows as they would go in
	Notices   []string          `json:"notices,omitempty"`
	Unused    []string          `json:"unused,omitempty"`
	Fault     string            `json:"fault,omitempty"`
}

// Moving reports whether a machine is at work on it.
func (u Upload) Moving() bool { return u.State == UploadTrying || u.State == UploadRunning }

// RowTold is a row as it is read, for a person to look at.
type RowTold struct {
	RowResult
	Cells [][2]string `json:"cells"` // what it says, by field
}
