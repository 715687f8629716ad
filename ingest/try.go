package ingest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"clamor"
)

// Recogniser says which accounts records speak of, and changes nothing.
type Recogniser interface {
	Recognise(ctx context.Context, records []clamor.AccountFacts) ([]clamor.Match, error)
}

// Trial is what would come of a payload.
type Trial struct {
	Source   string             `json:"source"`
	Kind     string             `json:"kind"`
	Thin     bool               `json:"thin,omitempty"` // it only announces what would be fetched
	Notes    []TriedNote        `json:"notes"`
	Accounts []TriedAccount     `json:"accounts"`
	Deals    []TriedDeal        `json:"deals"`
	Issues   []clamor.IssueNews `json:"issues"`
	Problems []Problem          `json:"problems"`
}

// Problem is one thing wrong with a payload.
type Problem struct {
	Line    int    `json:"line,omitempty"` // of the payload, from 1; 0 where it stands in no one line
	Path    string `json:"path,omitempty"` // as in "notes[2].account.arr"
	Message string `json:"message"`
}

// TriedNote is a note that would come out.
type TriedNote struct {
	ID         string          `json:"id"` // in the source
	Kind       clamor.NoteKind `json:"kind"`
	Title      string          `json:"title,omitempty"`
	Text       string          `json:"text"`
	URL        string          `json:"url,omitempty"`
	OccurredAt time.Time       `json:"occurred_at"`
	Author     clamor.Person   `json:"author,omitzero"`
	Contact    clamor.Person   `json:"contact,omitzero"`
	Account    TriedAccount    `json:"account"`
	Deal       *TriedDeal      `json:"deal,omitempty"`
	Asks       []TriedAsk      `json:"asks"`
}

// TriedAccount is an account record that would come out, and which account it would be taken to speak of.
type TriedAccount struct {
	Label       string            `json:"name"`
	Domains     []string          `json:"domains,omitempty"`
	ExternalIDs map[string]string `json:"external_ids,omitempty"`
	Parent      string            `json:"parent,omitempty"`
	ARR         *clamor.Money     `json:"arr,omitempty"`
	Segment     string            `json:"segment,omitempty"`
	Plan        string            `json:"plan,omitempty"`
	Lifecycle   clamor.Lifecycle  `json:"lifecycle,omitempty"`
	Health      clamor.Health     `json:"health,omitempty"`
	RenewalOn   clamor.Date       `json:"renewal_on,omitempty"`
	Match       clamor.Match      `json:"match"`
}

// TriedDeal is a deal that would come out.
type TriedDeal struct {
	System      string            `json:"system,omitempty"`
	ID          string            `json:"id"`
	Name        string            `json:"name,omitempty"`
	Account     string            `json:"account,omitempty"`
	Amount      *clamor.Money     `json:"amount,omitempty"`
	Stage       string            `json:"stage,omitempty"`
	Probability *int              `json:"probability,omitempty"`
	CloseOn     clamor.Date       `json:"close_on,omitempty"`
	Status      clamor.DealStatus `json:"status,omitempty"`
}

// TriedAsk is an ask that would come out.
type TriedAsk struct {
	Text     string          `json:"text"`
	Quote    string          `json:"quote"`
	Start    int             `json:"start"`
	End      int             `json:"end"`
	Priority clamor.Priority `json:"priority,omitempty"`
	Motive   clamor.Motive   `json:"motive,omitempty"`
}

// Try reads a payload as the source would and says what would come of it. Nothing is kept. The header need hold no credential.
func Try(ctx context.Context, store Recogniser, source clamor.Source, header http.Header, body []byte, currency string, now time.Time) (Trial, error) {
	t := Trial{Source: source.Name, Kind: source.Kind, Notes: []TriedNote{}, Accounts: []TriedAccount{}, Deals: []TriedDeal{},
		Issues: []clamor.IssueNews{}, Problems: []Problem{}}
	adapter, err := FindAdapter(source.Kind)
	if err != nil {
		return t, err
	}
	if err := adapter.Check(header, body); err != nil {
		t.Problems = problemsOf(body, err)
		return t, nil
	}
	d := NewDelivery(source, header, body, now)
	harvest, err := adapter.Parse(d, parseOptions(source, adapter, d, currency))
	if err != nil {
		t.Problems = problemsOf(d.Body, err)
	}
	return t, t.fill(ctx, store, harvest)
}

// fill writes down what the harvest holds, with the accounts that its records speak of.
func (t *Trial) fill(ctx context.Context, store Recogniser, h clamor.Harvest) error {
	records := append([]clamor.AccountFacts(nil), h.Accounts...)
	for _, in := range h.Notes {
		records = append(records, in.Account)
	}
	matches, err := store.Recognise(ctx, records)
	if err != nil {
		return err
	}
	t.Thin = h.Thin
	for i, f := range h.Accounts {
		t.Accounts = append(t.Accounts, triedAccount(f, matches[i]))
		t.doubt("accounts["+strconv.Itoa(i)+"]", matches[i])
	}
	for i, in := range h.Notes {
		m := matches[len(h.Accounts)+i]
		t.Notes = append(t.Notes, triedNote(in, m))
		t.doubt("notes["+strconv.Itoa(i)+"].account", m)
	}
	for _, d := range h.Deals {
		t.Deals = append(t.Deals, triedDeal(d))
	}
	t.Issues = append(t.Issues, h.Issues...)
	return nil
}

// doubt writes down an account that a person would have to choose.
func (t *Trial) doubt(path string, m clamor.Match) {
	if m.Outcome == clamor.MatchAmbiguous || m.Outcome == clamor.MatchNone {
		t.Problems = append(t.Problems, Problem{Path: path, Message: m.Reason})
	}
}

func triedNote(in clamor.Intake, m clamor.Match) TriedNote {
	n := in.Note
	t := TriedNote{ID: n.ExternalID, Kind: n.Kind, Title: n.Title, Text: n.Text, URL: n.URL, OccurredAt: n.OccurredAt, Author: n.Author,
		Contact: n.Contact, Account: triedAccount(in.Account, m), Asks: []TriedAsk{}}
	if in.Deal != nil {
		deal := triedDeal(*in.Deal)
		t.Deal = &deal
	}
	for _, a := range in.Asks {
		t.Asks = append(t.Asks, TriedAsk{a.Text, a.Quote, a.Start, a.End, a.Priority, a.Motive})
	}
	return t
}

func triedAccount(f clamor.AccountFacts, m clamor.Match) TriedAccount {
	return TriedAccount{f.Label(), f.Domains, f.ExternalIDs, f.Parent, f.ARR, f.Segment, f.Plan, f.Lifecycle, f.Health, f.RenewalOn, m}
}

func triedDeal(d clamor.DealFacts) TriedDeal {
	t := TriedDeal{System: d.System, ID: d.ExternalID, Name: d.Name, Amount: d.Amount, Stage: d.Stage, Probability: d.Probability,
		CloseOn: d.CloseOn, Status: d.Status}
	if d.Account.Known() {
		t.Account = d.Account.Label()
	}
	return t
}

// problemsOf tells the faults of a payload with the lines in which they stand.
func problemsOf(body []byte, err error) []Problem {
	var known *clamor.Error
	if !errors.As(err, &known) || len(known.Faults) == 0 {
		return []Problem{{Line: linesOf(body, nil).broken, Message: reasonOf(err)}}
	}
	paths := make([]string, len(known.Faults))
	for i, f := range known.Faults {
		paths[i] = f.Path
	}
	lines := linesOf(body, paths)
	problems := make([]Problem, len(known.Faults))
	for i, f := range known.Faults {
		problems[i] = Problem{Line: lines.of(f.Path), Path: f.Path, Message: f.Message}
	}
	return problems
}
