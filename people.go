package clamor

import (
	"net/mail"
	"strings"
	"time"
)

// Access is how somebody gets in.
type Access struct {
	User
	Era   int64     // of their sessions: those of an earlier one have ended
	Seen  time.Time // when they, or the token that they showed, were last seen, no finer than an hour
	Token string    // the id of that token, "" for a session
}

// Member is a person of the workspace.
type Member struct {
	User
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at,omitzero"`
	Joined    bool      `json:"joined"`              // has signed in at least once
	LinkUntil time.Time `json:"link_until,omitzero"` // how long a link that waits for them may be used
	Removed   bool      `json:"removed,omitempty"`
	Tokens    int       `json:"tokens"`
	Notes     int       `json:"notes"`   // that they wrote, counted up to MostCounted
	Rulings   int       `json:"rulings"` // that they made, counted so too
}

// MostCounted is where the counting of what somebody did ends.
const MostCounted = 1000

// Invitation asks somebody in by a link, which is known by the SHA-256 of its secret, in hex.
type Invitation struct {
	Name    string
	Role    Role
	Mail    string
	Hash    string
	Expires time.Time
}

// MemberEdit is a change of a member; nil leaves a field as it is.
type MemberEdit struct {
	Role *Role   `json:"role"`
	Mail *string `json:"email"`
}

// CheckMember tells what is wrong with the name, role and address of a person, all at once.
func CheckMember(name string, role Role, address string) error {
	var faults []Fault
	if strings.TrimSpace(name) == "" || len(name) > 200 {
		faults = append(faults, Fault{Path: "name", Message: "write a name of at most 200 bytes"})
	}
	if _, err := ParseRole(string(role)); err != nil {
		faults = append(faults, Fault{Path: "role", Message: err.Error()})
	}
	if a, err := mail.ParseAddress(address); address != "" && (err != nil || a.Address != address || len(address) > 254) {
		faults = append(faults, Fault{Path: "email", Message: "write an address such as dana@example.com, or nothing"})
	}
	return Refuse("the person cannot be kept so", faults)
}

// Token is a token of the API, as it may be shown after it was made.
type Token struct {
	ID     string    `json:"id"`
	Owner  User      `json:"owner"`
	Tail   string    `json:"tail"` // the last characters of its text, "" where they are not known
	MadeAt time.Time `json:"made_at"`
	MadeBy string    `json:"made_by"`
	UsedAt time.Time `json:"used_at,omitzero"` // no finer than an hour
}

// NewToken is a token to be kept. It is known by the SHA-256 of its text, in hex.
type NewToken struct {
	Name string
	Role Role
	Hash string
	Tail string
}

// AuditEntry is one thing a person did.
type AuditEntry struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Action  string    `json:"action"`  // "rule move", "freeze", …
	Subject string    `json:"subject"` // the id of what it was done to
	Detail  string    `json:"detail,omitempty"`
}

// AuditQuery says which entries of the log are meant; what is empty lets everything through.
type AuditQuery struct {
	By      string
	Actions []string
	Day     Date
	Before  string // the id of an entry: those that came before it
	Limit   int
}

// Named is what an id in the log stands for.
type Named struct {
	Name string
	Note NoteID    // of an ask
	Of   FeatureID // of a promise
}
