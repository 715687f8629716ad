package web

import (
	"net/url"
	"strings"
	"time"

	"clamor"
)

// WelcomeView greets who was invited, before the link is used up.
type WelcomeView struct {
	Name  string
	Role  clamor.Role
	Token string
}

func (WelcomeView) page() string { return "welcome" }

// PeopleView is who may come in, with the form that invites.
type PeopleView struct {
	People []clamor.Member
	Now    time.Time
	Made   *MadeLink // what was just made, shown this once

	Name, Mail string // what was typed
	Role       clamor.Role
	Faults     map[string]string // by field
}

func (PeopleView) page() string { return "people" }

// Fault says what is wrong with a field, "" if nothing is.
func (v PeopleView) Fault(field string) string { return v.Faults[field] }

// Roles are those that a person may have, the one that most need first.
func (v PeopleView) Roles() []Choice { return roles(v.Role) }

func roles(selected clamor.Role) []Choice {
	return []Choice{
		{Value: string(clamor.Reporter), Label: "Reporter: sends notes, sees the list", Selected: selected == clamor.Reporter},
		{Value: string(clamor.Viewer), Label: "Viewer: reads", Selected: selected == clamor.Viewer},
		{Value: string(clamor.PM), Label: "PM: decides, freezes, exports", Selected: selected == clamor.PM},
		{Value: string(clamor.Admin), Label: "Admin: sources, people, settings", Selected: selected == clamor.Admin},
	}
}

// Counted writes a count that may have ended early.
func (PeopleView) Counted(n int) string { return counted(n) }

func counted(n int) string {
	if n >= clamor.MostCounted {
		return whole(clamor.MostCounted) + "+"
	}
	return whole(n)
}

// MadeLink is a link for a person, shown this once.
type MadeLink struct {
	Person clamor.Member
	Link   string
}

// Mailto is a message that brings the link.
func (m MadeLink) Mailto() string {
	body := "Hi " + m.Person.Name + ",\n\nthis link signs you in to Clamor. It works once, until " + m.Person.LinkUntil.UTC().Format("2 January 2006") + ":\n\n" + m.Link + "\n"
	query := url.Values{"subject": {"Your link to Clamor"}, "body": {body}}.Encode()
	return (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(m.Person.Mail), RawQuery: strings.ReplaceAll(query, "+", "%20")}).String() // mail programs read a + as one
}

// Waits reports whether a link of theirs may still be used.
func Waits(m clamor.Member, now time.Time) bool { return m.LinkUntil.After(now) }

// PersonView is one person, with what an admin can do about them.
type PersonView struct {
	Person clamor.Member
	Now    time.Time
	Self   bool
	Made   *MadeLink
	Tokens []clamor.Token
	Known  string // by what their notes are known
	Log    string // where what they did stands
	Faults map[string]string
}

func (PersonView) page() string { return "person" }

// Fault says what is wrong with a field, "" if nothing is.
func (v PersonView) Fault(field string) string { return v.Faults[field] }

// Roles are those that a person may have.
func (v PersonView) Roles() []Choice { return roles(v.Person.Role) }

// Counted writes a count that may have ended early.
func (PersonView) Counted(n int) string { return counted(n) }

// TokensView is which programs may come in, with the form that makes a token.
type TokensView struct {
	Tokens []clamor.Token
	Made   *clamor.Token
	Text   string // of the one just made, shown this once
	Curl   string // a command that works with it

	Name   string
	Role   clamor.Role
	Faults map[string]string
}

func (TokensView) page() string { return "tokens" }

// Fault says what is wrong with a field, "" if nothing is.
func (v TokensView) Fault(field string) string { return v.Faults[field] }

// Roles are those that a token may have.
func (v TokensView) Roles() []Choice {
	choices := roles(v.Role)
	choices[0].Label, choices[1].Label = "Reporter: sends notes, reads the list", "Viewer: reads"
	return choices
}

// TeamsView is the names that features' teams and areas are chosen from.
type TeamsView struct {
	Groups []LabelGroup
}

func (TeamsView) page() string { return "teams" }

// LabelGroup is the names of one kind, with the form that adds one.
type LabelGroup struct {
	Kind         clamor.LabelKind
	Title, About string
	Labels       []clamor.Label
	Name         string // what was typed
	Faults       map[string]string
}

// Fault says what is wrong with a field, "" if nothing is.
func (g LabelGroup) Fault(field string) string { return g.Faults[field] }

// ListURL is the list of the features that bear a label.
func (LabelGroup) ListURL(l clamor.Label) string {
	return "/?" + url.Values{string(l.Kind): {l.Name}}.Encode()
}

// seen is a member with when they were seen, or how long they are waited for.
type seen struct {
	Member clamor.Member
	Waits  bool
}

// copyable is a text that is shown to be copied.
type copyable struct{ Label, Text string }
