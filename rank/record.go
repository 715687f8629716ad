package rank

import (
	"encoding/json"
	"fmt"

	"clamor"
)

// record is the form of a list that is hashed and compared. It names its fields one by one, so that what later versions add
// to clamor.List leaves the hashes of frozen lists alone: these fields belong to the formula and never change under its
// name. Moves, and the marks of freezing, are no part of it: they are not computed from the evidence.
type record struct {
	Quarter  string          `json:"quarter"`
	AsOf     clamor.Date     `json:"as_of"`
	Scenario string          `json:"scenario"`
	Currency string          `json:"currency"`
	Formula  string          `json:"formula"`
	Entries  []recordEntry   `json:"entries"`
	Notices  []recordNoticed `json:"notices"`
}

type recordEntry struct {
	Rank               int              `json:"rank"`
	Feature            clamor.FeatureID `json:"feature"`
	Title              string           `json:"title"`
	Status             clamor.Status    `json:"status"`
	Score              int64            `json:"score"`
	Keep               int64            `json:"keep"`
	Grow               int64            `json:"grow"`
	Full               int64            `json:"full"`
	Accounts           int              `json:"accounts"`
	Asks               int              `json:"asks"`
	QuarterAsks        int              `json:"asks_this_quarter"`
	Blockers           int              `json:"blockers"`
	LargestShare       int64            `json:"largest_share"`
	LargestAccount     clamor.AccountID `json:"largest_account"`
	RankWithoutLargest int              `json:"rank_without_largest"`
	RankRange          [2]int           `json:"rank_range"`
	Effort             int64            `json:"effort"`
	ValuePerEffort     int64            `json:"value_per_effort"`
	Estimated          bool             `json:"estimated"`
	Parts              []recordPart     `json:"parts"`
}

type recordPart struct {
	Account      clamor.AccountID `json:"account"`
	Deal         clamor.DealID    `json:"deal"`
	Motive       clamor.Motive    `json:"motive"`
	Ask          clamor.AskID     `json:"ask"`
	Priority     clamor.Priority  `json:"priority"`
	Base         int64            `json:"base"`
	Counted      int64            `json:"counted"`
	Strength     int64            `json:"strength"`
	Decay        int64            `json:"decay"`
	Share        int64            `json:"share"`
	Urgency      int64            `json:"urgency"`
	Estimated    bool             `json:"estimated"`
	Contribution int64            `json:"contribution"`
}

type recordNoticed struct {
	Kind  string             `json:"kind"`
	Count int                `json:"count"`
	IDs   []clamor.AccountID `json:"accounts"`
}

func newRecord(l clamor.List) record {
	r := record{l.Quarter, l.AsOf, l.Scenario, l.Currency, l.Formula, make([]recordEntry, len(l.Entries)), make([]recordNoticed, len(l.Notices))}
	for i, e := range l.Entries {
		r.Entries[i] = recordEntry{e.Rank, e.Feature.ID, e.Feature.Title, e.Feature.Status, e.Score, e.Keep, e.Grow, e.Full, e.Accounts, e.Asks,
			e.QuarterAsks, e.Blockers, e.LargestShare, e.LargestAccount, e.RankWithoutLargest, e.RankRange, e.Effort, e.ValuePerEffort,
			e.Estimated, make([]recordPart, len(e.Parts))}
		for k, p := range e.Parts {
			r.Entries[i].Parts[k] = recordPart{p.Account, p.Deal, p.Motive, p.Ask, p.Priority, p.Base, p.Counted, p.Strength, p.Decay, p.Share,
				p.Urgency, p.Estimated, p.Contribution}
		}
	}
	for i, n := range l.Notices {
		r.Notices[i] = recordNoticed{n.Kind, n.Count, append([]clamor.AccountID{}, n.IDs...)}
	}
	return r
}

func (r record) encode() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the list of %s: %w", r.Quarter, err)
	}
	return text, nil
}
