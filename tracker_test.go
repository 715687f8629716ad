package clamor_test

import (
	"testing"

	"clamor"
)

func TestWhatNewsOfAnIssueMean(t *testing.T) {
	const here, other = "https://tracker.example/1", "https://tracker.example/2"
	link := func(state, reason string) []clamor.TrackerLink {
		return []clamor.TrackerLink{{URL: other, State: state, Reason: reason}}
	}
	for name, c := range map[string]struct {
		status           clamor.Status
		state, reason    string
		others           []clamor.TrackerLink
		history          []clamor.TrackerEvent
		became, proposes clamor.Status
	}{
		"completed":                       {status: clamor.StatusPlanned, state: "closed", reason: "completed", became: clamor.StatusShipped},
		"completed, another is open":      {status: clamor.StatusPlanned, state: "closed", reason: "completed", others: link("open", "")},
		"completed, another is not known": {status: clamor.StatusPlanned, state: "closed", reason: "completed", others: link("", "")},
		"completed, the last of two":      {status: clamor.StatusNew, state: "closed", reason: "completed", others: link("closed", "completed"), became: clamor.StatusShipped},
		"not planned":                     {status: clamor.StatusNew, state: "closed", reason: "not_planned", proposes: clamor.StatusWontDo},
		"not planned, the rest is done":   {status: clamor.StatusNew, state: "closed", reason: "not_planned", others: link("closed", "completed"), proposes: clamor.StatusShipped},
		"not planned, the rest goes on":   {status: clamor.StatusNew, state: "closed", reason: "not_planned", others: link("open", "")},
		"closed without a reason":         {status: clamor.StatusInProgress, state: "closed", proposes: clamor.StatusShipped},
		"closed as a duplicate":           {status: clamor.StatusInProgress, state: "closed", reason: "duplicate"},
		"answered already":                {status: clamor.StatusWontDo, state: "closed", reason: "completed"},
		"open from the beginning":         {status: clamor.StatusPlanned, state: "open"},
		"opened again after shipping": {status: clamor.StatusShipped, state: "open", became: clamor.StatusInProgress,
			history: []clamor.TrackerEvent{{URL: here, State: "closed", Was: clamor.StatusInProgress, Became: clamor.StatusShipped}}},
		"opened again, a person said shipped": {status: clamor.StatusShipped, state: "open"},
		"opened again, a person has moved it on": {status: clamor.StatusWontDo, state: "open",
			history: []clamor.TrackerEvent{{URL: here, State: "closed", Was: clamor.StatusInProgress, Became: clamor.StatusShipped}}},
		"opened again after a confirmed won't do": {status: clamor.StatusWontDo, state: "open", proposes: clamor.StatusConsidered,
			history: []clamor.TrackerEvent{{URL: here, Proposes: clamor.StatusWontDo, Proposal: clamor.ProposalConfirmed}}},
		"another was opened again": {status: clamor.StatusShipped, state: "open",
			history: []clamor.TrackerEvent{{URL: other, State: "closed", Was: clamor.StatusInProgress, Became: clamor.StatusShipped}}},
	} {
		became, proposes := clamor.Follow(c.status, clamor.IssueNews{URL: here, State: c.state, Reason: c.reason}, c.others, c.history)
		if became != c.became || proposes != c.proposes {
			t.Errorf("%s: becomes %q, proposes %q; want %q and %q", name, became, proposes, c.became, c.proposes)
		}
	}
}

func TestTrackerURL(t *testing.T) {
	for text, want := range map[string]string{
		" https://GitHub.com/Acme/App/issues/12#issuecomment-1 ": "https://github.com/acme/app/issues/12", "https://jira.example/browse/APP-7?focused=1": "https://jira.example/browse/APP-7",
		"https://linear.app/acme/issue/APP-7/": "https://linear.app/acme/issue/APP-7", "https://github.com": "", "APP-7": "", "javascript:alert(1)": "", "https://user:pw@tracker.example/1": "", "": "",
	} {
		got, err := clamor.TrackerURL(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
		if again, err := clamor.TrackerURL(got); want != "" && (err != nil || again != got) {
			t.Errorf("%q is not its own address: %q, %v", got, again, err)
		}
	}
}
