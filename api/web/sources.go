package web

import (
	"fmt"
	"strings"
	"time"

	"clamor"
)

// SourcesView lists the ways in.
type SourcesView struct {
	Sources []SourceLine
	All     int64 // deliveries that a person must look at
}

func (SourcesView) page() string { return "sources" }

// SourceLine is a source with what came from it of late.
type SourceLine struct {
	Name, Kind, Title string
	On                bool
	Activity          clamor.Activity
	Pull              *clamor.LastPull // nil where it is not pulled
	Every             string           // how often it is pulled; "" only when told to
	Now               time.Time
}

// Ago says how long ago the newest delivery came.
func (l SourceLine) Ago() string { return Ago(l.Now, l.Activity.Last) }

// Week is how many deliveries came in the last seven days.
func (l SourceLine) Week() int64 {
	var n int64
	for _, day := range l.Activity.Days {
		n += day
	}
	return n
}

// DayBar is the deliveries of a day as a bar.
type DayBar struct{ X, Y, Height int }

// Bars draws the deliveries of the last seven days, 20 units high and 10 wide each; a day with any has a bar that is seen.
func (l SourceLine) Bars() []DayBar {
	var most int64 = 1
	for _, n := range l.Activity.Days {
		most = max(most, n)
	}
	var bars []DayBar
	for i, n := range l.Activity.Days {
		height := int(20 * n / most)
		if n > 0 {
			height = max(height, 2)
		}
		bars = append(bars, DayBar{10 * i, 20 - height, height})
	}
	return bars
}

// NextPull says when the source is pulled next, "" where it is not by itself.
func (l SourceLine) NextPull() string {
	switch {
	case l.Pull == nil || l.Every == "" || !l.On:
		return ""
	case !l.Pull.NextAt.After(l.Now):
		return "due now"
	}
	return "in " + lasting(l.Pull.NextAt.Sub(l.Now))
}

// PulledWell says how long ago a pull last went well.
func (l SourceLine) PulledWell() string {
	if l.Pull == nil {
		return ""
	}
	return Ago(l.Now, l.Pull.WellAt)
}

// Ago says how long ago something was, "" where it never was.
func Ago(now, then time.Time) string {
	if then.IsZero() {
		return ""
	}
	d := now.Sub(then)
	if d < 10*time.Second {
		return "just now"
	}
	return lasting(d) + " ago"
}

// lasting writes a length of time by its largest unit.
func lasting(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= unit.size {
			return count(int(d/unit.size), unit.name)
		}
	}
	return count(max(int(d/time.Second), 1), "second")
}

// KindsView offers the kinds of sources.
type KindsView struct {
	Query  string
	Groups []KindGroup
}

func (KindsView) page() string { return "kinds" }

// KindGroup is a heading with its kinds.
type KindGroup struct {
	Title string
	Kinds []KindCard
}

// KindCard is a kind of source to choose.
type KindCard struct {
	Kind, Title, Brings string
	Ways                string // how it comes: "sends", "is pulled", "sends, and is pulled"
}

// ConnectView is the form by which a source is made.
type ConnectView struct {
	Kind, Title, Brings string
	Sender              string // who sends: the system's name, or only "the sender"
	Form                SourceForm
	Steps               []GuideBlock
}

func (ConnectView) page() string { return "connect" }

// SourceForm holds what a source can be told, and what was wrong with it.
type SourceForm struct {
	Name      string
	Secret    string // as typed
	SecretAt  string // where the vendor shows it; "" where one is made up
	TokenAt   string // what the API is called with; "" where nothing is called
	HasToken  bool
	TokenMust bool
	First     []SettingField // what a pull cannot do without
	More      []SettingField
	Pulled    bool
	Every     []Choice
	Faults    map[string]string
}

// Fault says what is wrong with a field, "" if nothing is.
func (f SourceForm) Fault(field string) string { return f.Faults[field] }

// MoreOpen reports whether a setting that is usually folded away is set, or is wrong.
func (f SourceForm) MoreOpen() bool {
	for _, s := range f.More {
		if f.Faults["settings."+s.Name] != "" {
			return true
		}
	}
	return false
}

// SettingField is one thing that a source can be told.
type SettingField struct{ Name, Label, Help, Default, Value string }

// Plain reports whether the label says the name as it is.
func (f SettingField) Plain() bool { return strings.EqualFold(f.Label, f.Name) }

// Label makes words for people of the name of a setting.
func Label(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	for _, short := range []string{"url", "arr", "mrr", "id", "ids", "api", "crm"} {
		words = strings.TrimSpace(strings.ReplaceAll(" "+words+" ", " "+short+" ", " "+strings.ToUpper(short)+" "))
	}
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// SourceView is one way in: how it is connected, and what came.
type SourceView struct {
	Line      SourceLine
	Sender    string // who sends: the system's name, or only "the sender"
	URL       string
	Secret    string // while it may be told
	SecretURL string // the address with the secret in it, while it may be told
	Command   string // that sends a sample
	Test      string // how the vendor sends one
	Form      SourceForm
	Steps     []GuideBlock
	Mappable  bool
	Pulls     bool // its API can be read now
	Mapped    int
	Arrival   ArrivalView
	Recent    []clamor.Delivery
}

func (SourceView) page() string { return "source" }

// ArrivalView is what came of a source's newest delivery; it is a part of a page, which asks for it until it is settled.
type ArrivalView struct {
	Source   string
	Delivery *clamor.Delivery // nil: nothing came yet
	Notes    []SentNote
	Pull     *clamor.LastPull
	On       bool

	Refused, RefusedAgo string // why the last request since was refused, and when
}

func (ArrivalView) page() string { return "arrival" }

// Settled reports whether nothing more is to be waited for.
func (v ArrivalView) Settled() bool {
	if v.Delivery == nil || v.Delivery.Pending() {
		return false
	}
	for _, n := range v.Notes {
		for _, a := range n.Asks {
			if a.Ask.Feature == "" && !a.Ask.NotAnAsk {
				return false
			}
		}
	}
	return true
}

// Brought says in a few words what a delivery held.
func Brought(d clamor.Delivery, notes []SentNote) string {
	var parts []string
	add := func(n int, one string) {
		if n > 0 {
			parts = append(parts, count(n, one))
		}
	}
	asks := 0
	for _, n := range notes {
		asks += len(n.Asks)
	}
	add(len(notes), "note")
	add(asks, "ask")
	add(d.Accounts, "account record")
	add(d.Deals, "deal")
	add(d.Issues, "issue")
	switch len(parts) {
	case 0:
		return "nothing that is new"
	case 1:
		return parts[0]
	}
	return fmt.Sprintf("%s and %s", strings.Join(parts[:len(parts)-1], ", "), parts[len(parts)-1])
}

// Brought says in a few words what the delivery held.
func (v ArrivalView) Brought() string { return Brought(*v.Delivery, v.Notes) }
