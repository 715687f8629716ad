package clamor

import (
	"slices"
	"strings"
	"time"
)

// PromiseID identifies a Promise.
type PromiseID string

// PromiseState is what became of a promise.
type PromiseState string

// The states.
const (
	PromiseOpen   PromiseState = "open"
	PromiseKept   PromiseState = "kept"
	PromiseBroken PromiseState = "broken"
)

// PromiseStates are all of them.
func PromiseStates() []PromiseState { return []PromiseState{PromiseOpen, PromiseKept, PromiseBroken} }

// Promise is what somebody of ours told an account that it would get, and by when. The ledger of promises stands beside the list: no
// score rests on it.
type Promise struct {
	ID            PromiseID    `json:"id"`
	Feature       FeatureID    `json:"feature"` // merges followed
	FeatureTitle  string       `json:"feature_title"`
	FeatureStatus Status       `json:"feature_status"`
	Account       AccountID    `json:"account"` // merges followed
	AccountName   string       `json:"account_name"`
	MadeBy        string       `json:"made_by"` // who promised
	MadeOn        Date         `json:"made_on"`
	DueOn         Date         `json:"due_on,omitempty"` // "": no day was named
	Words         string       `json:"words,omitempty"`  // what was said
	Note          NoteID       `json:"note,omitempty"`   // where it was said
	State         PromiseState `json:"state"`
	Reason        string       `json:"reason,omitempty"` // how it was kept, or why it was not
	EndedOn       Date         `json:"ended_on,omitempty"`
	RecordedBy    string       `json:"recorded_by"`
	RecordedAt    time.Time    `json:"recorded_at"`
	Version       int64        `json:"version"` // grows with every change; the ETag
}

// Age is for how many days a promise has been open, or was until it ended.
func (p Promise) Age(today Date) int {
	if p.EndedOn != "" {
		today = p.EndedOn
	}
	return max(0, p.MadeOn.DaysUntil(today))
}

// Overdue is by how many days a promise is late, or was when it ended; 0 where it is not.
func (p Promise) Overdue(today Date) int {
	if p.DueOn == "" {
		return 0
	}
	if p.EndedOn != "" {
		today = p.EndedOn
	}
	return max(0, p.DueOn.DaysUntil(today))
}

// PromiseEdit is a change to a promise: nil leaves a field as it is.
type PromiseEdit struct {
	MadeBy *string       `json:"made_by,omitempty"`
	MadeOn *Date         `json:"made_on,omitempty"`
	DueOn  *Date         `json:"due_on,omitempty"`
	Words  *string       `json:"words,omitempty"`
	State  *PromiseState `json:"state,omitempty"`
	Reason *string       `json:"reason,omitempty"`
}

// Apply gives the promise as edited on a day, or every fault of the edit at once.
func (e PromiseEdit) Apply(p Promise, today Date) (Promise, error) {
	for _, field := range []struct{ to, from *string }{{&p.MadeBy, e.MadeBy}, {&p.Words, e.Words}, {&p.Reason, e.Reason}} {
		if field.from != nil {
			*field.to = strings.TrimSpace(*field.from)
		}
	}
	if e.MadeOn != nil {
		p.MadeOn = *e.MadeOn
	}
	if e.DueOn != nil {
		p.DueOn = *e.DueOn
	}
	if e.State != nil && *e.State != p.State {
		p.State, p.EndedOn = *e.State, today
		if p.State == PromiseOpen {
			p.EndedOn = ""
		}
	}
	return p, Refuse("the promise cannot be recorded", p.faults(today))
}

func (p Promise) faults(today Date) []Fault {
	var faults []Fault
	fault := func(wrong bool, path, message string) {
		if wrong {
			faults = append(faults, Fault{path, message})
		}
	}
	noDay := func(d Date) bool {
		parsed, err := ParseDate(string(d))
		return err != nil || parsed != d
	}
	fault(p.Feature == "", "feature", "name the feature that was promised")
	fault(p.Account == "", "account", "name the account that it was promised to")
	fault(p.MadeBy == "", "made_by", "name who promised it")
	fault(len(p.MadeBy) > 200, "made_by", "at most 200 bytes")
	fault(noDay(p.MadeOn), "made_on", "write the day as 2026-10-03")
	fault(!noDay(p.MadeOn) && p.MadeOn > today, "made_on", "lies in the future")
	fault(p.DueOn != "" && noDay(p.DueOn), "due_on", "write the day as 2026-10-03, or leave it out where none was named")
	fault(!noDay(p.DueOn) && p.DueOn < p.MadeOn, "due_on", "lies before the day of the promise")
	fault(!slices.Contains(PromiseStates(), p.State), "state", "choose open, kept or broken")
	fault(p.State == PromiseBroken && p.Reason == "", "reason", "say why it was not kept: who talks to the account will be asked")
	fault(len(p.Words) > 4000, "words", "at most 4000 bytes")
	fault(len(p.Reason) > 2000, "reason", "at most 2000 bytes")
	return faults
}

// PromiseQuery says which promises are wanted. What is left empty restricts nothing.
type PromiseQuery struct {
	Feature FeatureID
	Account AccountID
	State   PromiseState
	Late    Date // only open ones that were due before this day
	Limit   int
}
