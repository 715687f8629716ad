package clamor

// Look is why an ask waits for a person to look at it; "" where it stands nowhere yet, or a person has ruled on it.
type Look string

// The reasons to look, the most telling first.
const (
	LookClose   Look = "close"   // it founded a feature though another one is close
	LookJoined  Look = "joined"  // the machine joined it to a feature
	LookFounded Look = "founded" // it founded a feature and nothing was close
)

// Waiting counts what waits for a person to look at it. Counting stops at a limit, which a large count may just be.
type Waiting struct {
	Asks   map[Look]int `json:"asks"`
	Silent int          `json:"silent_notes"` // notes in which no ask was found
}

// MarkedAsk is a part of a note that a person marks as an ask.
type MarkedAsk struct {
	Note     NoteID   `json:"-"`
	Start    int      `json:"start"` // byte offsets in the note's text
	End      int      `json:"end"`
	Text     string   `json:"text,omitempty"` // what is asked for; "" takes the words themselves
	Priority Priority `json:"priority,omitempty"`
	Motive   Motive   `json:"motive,omitempty"`
	By       string   `json:"-"`
}

// Backing is how many asks of how many accounts a feature has.
type Backing struct{ Asks, Accounts int }
