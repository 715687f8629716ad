package clamor

import "time"

// NoteKind is where a note comes from in the life of a sales team.
type NoteKind string

// The kinds of notes.
const (
	Call   NoteKind = "call"
	CRM    NoteKind = "crm"
	Chat   NoteKind = "chat"
	Ticket NoteKind = "ticket"
	Survey NoteKind = "survey"
)

// Person is somebody named in a note: a contact at the account, or the rep who wrote the note.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Title string `json:"title,omitempty"`
}

// String is the person's name, or the address where there is no name.
func (p Person) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// Note is one call note, CRM record, ticket or chat message as received. It never changes: what the sender changes later
// comes as the next version of the note.
type Note struct {
	ID         NoteID     `json:"id"`
	Source     string     `json:"source"`
	ExternalID string     `json:"external_id"` // unique in the source
	Version    int        `json:"version"`     // 1, 2, …; the highest is the current one
	Delivery   DeliveryID `json:"delivery,omitempty"`
	Kind       NoteKind   `json:"kind"`
	Title      string     `json:"title,omitempty"`
	Text       string     `json:"text"` // valid UTF-8 without NUL, otherwise verbatim
	URL        string     `json:"url,omitempty"`
	OccurredAt time.Time  `json:"occurred_at"`
	ReceivedAt time.Time  `json:"received_at"`
	Account    AccountID  `json:"account"`
	Deal       DealID     `json:"deal,omitempty"`
	Contact    Person     `json:"contact,omitzero"`
	Author     Person     `json:"author,omitzero"`
}

// Priority is how much an account wants something, where its words say so; "" means unset.
type Priority string

// The priorities.
const (
	Blocker   Priority = "blocker"
	Important Priority = "important"
	Nice      Priority = "nice"
)

// Motive is why an account wants something, where its words say so; "" means unset.
type Motive string

// The motives.
const (
	Keep     Motive = "keep"
	Grow     Motive = "grow"
	Promised Motive = "promise"
)

// Ask is one account asking for one thing: a verbatim span of a note.
type Ask struct {
	ID         AskID     `json:"id"`
	Note       NoteID    `json:"note"`
	Account    AccountID `json:"account"`
	Deal       DealID    `json:"deal,omitempty"`
	Text       string    `json:"text"`  // what is asked for: as the sender states it, or the quote
	Quote      string    `json:"quote"` // the verbatim words
	Start      int       `json:"start"` // byte offsets of Quote in the note's text; both 0 where the quote does not stand there
	End        int       `json:"end"`
	Priority   Priority  `json:"priority,omitempty"`
	Motive     Motive    `json:"motive,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	Feature    FeatureID `json:"feature,omitempty"` // where it stands now, rulings applied; "" while it waits or if it is no ask
	NotAnAsk   bool      `json:"not_an_ask,omitempty"`
}

// Quote is an ask with what makes it worth believing: who said it, when, on behalf of which account, why it stands where it
// stands, and where to read on.
type Quote struct {
	Ask
	AccountName string   `json:"account_name"`
	DealName    string   `json:"deal_name,omitempty"`
	NoteTitle   string   `json:"note_title,omitempty"`
	NoteKind    NoteKind `json:"note_kind"`
	Author      Person   `json:"author,omitzero"`
	Contact     Person   `json:"contact,omitzero"`
	URL         string   `json:"url,omitempty"` // the call, at the moment of the words where it can say one, or the CRM record
	Score       float64  `json:"score"`         // similarity when it was placed
	Terms       []Term   `json:"terms,omitempty"`
	By          string   `json:"by"` // Machine, or the person whose ruling placed it
}
