package clamor

// Role is what somebody may do. Each role may do all that the one before it may.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // reads
	Reporter Role = "reporter" // sends notes and sees its own
	PM       Role = "pm"       // rules, edits features, freezes and exports
	Admin    Role = "admin"    // sources, tokens, settings
)

// ParseRole reads a role by its name.
func ParseRole(text string) (Role, error) {
	r := Role(text)
	if r.rank() == 0 {
		return "", Errorf(Invalid, "%q is no role: choose viewer, reporter, pm or admin", text)
	}
	return r, nil
}

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Reporter:
		return 2
	case PM:
		return 3
	case Admin:
		return 4
	}
	return 0
}

// May reports whether somebody of role r may do what needs the given role.
func (r Role) May(needs Role) bool { return r.rank() >= needs.rank() && r.rank() > 0 }

// User is a person, or a program with a token.
type User struct {
	ID   UserID `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
	Mail string `json:"email,omitempty"` // by which the notes that they wrote are known, beside the name
}

// Reply is an answer kept for an idempotency key: the same request again is answered with it, not carried out again.
type Reply struct {
	Request string // SHA-256 of method, path and body, in hex: the same key for another request is a Conflict
	Status  int
	Header  map[string]string
	Body    []byte
}
