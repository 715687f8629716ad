package clamor

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TrackerLink ties a feature to an issue of a tracker in which it is worked on.
type TrackerLink struct {
	Feature FeatureID `json:"feature"`
	URL     string    `json:"url"`
	Target  string    `json:"target,omitempty"` // "github:owner/repo", of an issue that can be asked for there
	Number  int       `json:"number,omitempty"` // of an issue that Clamor made; 0 of one that people did
	State   string    `json:"state,omitempty"`  // "open" or "closed", "" where the tracker has told nothing yet
	Reason  string    `json:"reason,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// Issue is the number of the issue, as its address tells it; 0 where that ends in none.
func (l TrackerLink) Issue() int {
	n, err := strconv.Atoi(l.URL[strings.LastIndex(l.URL, "/")+1:])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ProposalState is what became of a proposal that a tracker's news made; "" where none was made.
type ProposalState string

// The states of a proposal.
const (
	ProposalOpen      ProposalState = "open"
	ProposalConfirmed ProposalState = "confirmed"
	ProposalDismissed ProposalState = "dismissed"
	ProposalWithdrawn ProposalState = "withdrawn" // the tracker took back what it came from
)

// TrackerEvent is news of a linked issue, with what they did to the feature.
type TrackerEvent struct {
	ID        string        `json:"id"`
	Feature   FeatureID     `json:"feature"`
	URL       string        `json:"url"`
	State     string        `json:"state"`
	Reason    string        `json:"reason,omitempty"`
	By        string        `json:"by,omitempty"`
	At        time.Time     `json:"at"`
	Was       Status        `json:"was,omitempty"`    // the feature's status before
	Became    Status        `json:"became,omitempty"` // and after, where the news changed it
	Proposes  Status        `json:"proposes,omitempty"`
	Proposal  ProposalState `json:"proposal,omitempty"`
	SettledBy string        `json:"settled_by,omitempty"`
	SettledAt time.Time     `json:"settled_at,omitzero"`
	Answer    string        `json:"answer,omitempty"` // the reason given with it
}

// Tracked is what a feature's trackers know of it.
type Tracked struct {
	Links  []TrackerLink  `json:"links"`
	Events []TrackerEvent `json:"events"` // newest first
}

// Open are the proposals that wait for a person.
func (t Tracked) Open() []TrackerEvent {
	return slices.DeleteFunc(slices.Clone(t.Events), func(e TrackerEvent) bool { return e.Proposal != ProposalOpen })
}

// Follow says what news of a linked issue mean for a feature of some status: what it becomes, and what is proposed to a person
// instead. others are the feature's other linked issues, history its earlier events, newest first.
//
// Closed as completed means shipped once all linked issues are closed. Not planned is a decision about work, and not yet an answer to
// customers: it is proposed. An issue that was closed without a reason may have been shipped: that is proposed too. An issue that is
// opened again takes back what closing it did.
func Follow(status Status, n IssueNews, others []TrackerLink, history []TrackerEvent) (became, proposes Status) {
	all := func(closed func(TrackerLink) bool) bool {
		return !slices.ContainsFunc(others, func(l TrackerLink) bool { return !closed(l) })
	}
	done := all(func(l TrackerLink) bool { return l.State == "closed" })
	shipped := slices.ContainsFunc(others, func(l TrackerLink) bool { return l.Reason == "completed" })
	switch {
	case n.State == "open":
		return reopened(status, n, history)
	case !status.Open() || !done || n.Reason == "duplicate":
		return "", ""
	case n.Reason == "completed":
		return StatusShipped, ""
	case n.Reason == "" || shipped:
		return "", StatusShipped
	}
	return "", StatusWontDo
}

func reopened(status Status, n IssueNews, history []TrackerEvent) (became, proposes Status) {
	for _, e := range history {
		switch {
		case e.URL != n.URL:
		case e.Became == StatusShipped && status == StatusShipped:
			return e.Was, ""
		case e.Proposal == ProposalConfirmed && e.Proposes == status:
			return "", StatusConsidered
		}
	}
	return "", ""
}

var issuePath = regexp.MustCompile(`^/[^/]+/[^/]+/issues/[0-9]+$`)

// TrackerURL gives the address of an issue one form, so that what people paste and what trackers tell compare equal.
func TrackerURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(text) > 1000 {
		return "", Errorf(Invalid, "%.100q is no address of an issue: copy it from the tracker, as in https://github.com/acme/app/issues/12", text)
	}
	u.Host, u.RawQuery, u.Fragment = strings.ToLower(u.Host), "", ""
	u.Path = strings.TrimRight(u.Path, "/")
	if issuePath.MatchString(u.Path) { // names of owners and repositories differ in nothing but case
		u.Path = strings.ToLower(u.Path)
	}
	if u.Path == "" {
		return "", Errorf(Invalid, "%.100q names a site and no issue: copy the issue's own address", text)
	}
	u.RawPath = ""
	return u.String(), nil
}
