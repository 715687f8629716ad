package clamor

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Health is how well an account does, as the account team colours it; "" means unknown and counts as green.
type Health string

// The healths.
const (
	Green  Health = "green"
	Yellow Health = "yellow"
	Red    Health = "red"
)

// Lifecycle is where an account stands; "" is read from its ARR: a customer if that is above zero, else a prospect.
type Lifecycle string

// The lifecycles.
const (
	Prospect Lifecycle = "prospect"
	Customer Lifecycle = "customer"
	Churned  Lifecycle = "churned"
)

// AccountFacts is what one record of the outside says of an account: enough to recognise it, and whatever facts the record
// holds. Empty fields say nothing; they never erase what is known.
type AccountFacts struct {
	Name        string            // as written
	Domains     []string          // normalised by NormalDomain
	ExternalIDs map[string]string // system -> its id there
	Parent      string            // external id, domain or name of the parent account
	ARR         *Money            // yearly recurring revenue the account pays us
	Segment     string
	Plan        string
	Seats       *int64
	Lifecycle   Lifecycle
	Health      Health
	RenewalOn   Date
	Owner       string    // the account's owner on our side
	AsOf        time.Time // when the facts held
	Source      string    // where they come from
	Chosen      AccountID `json:",omitempty"` // the account, where a person has said which
}

// Known reports whether the facts name an account at all.
func (f AccountFacts) Known() bool {
	return f.Name != "" || len(f.Domains) > 0 || len(f.ExternalIDs) > 0
}

// Account is an account with its facts as they stood at one moment.
type Account struct {
	ID          AccountID         `json:"id"`
	Name        string            `json:"name"`
	Domains     []string          `json:"domains,omitempty"`
	ExternalIDs map[string]string `json:"external_ids,omitempty"`
	Parent      AccountID         `json:"parent,omitempty"`
	ARR         *Money            `json:"arr,omitempty"` // nil: unknown
	Segment     string            `json:"segment,omitempty"`
	Plan        string            `json:"plan,omitempty"`
	Seats       *int64            `json:"seats,omitempty"`
	Lifecycle   Lifecycle         `json:"lifecycle,omitempty"`
	Health      Health            `json:"health,omitempty"`
	RenewalOn   Date              `json:"renewal_on,omitempty"`
	Owner       string            `json:"owner,omitempty"`
}

// With is the account with what only one that counts as it knows. Where both know, its own word counts.
func (a Account) With(m Account) Account {
	a.Domains = slices.Concat(a.Domains, m.Domains)
	slices.Sort(a.Domains)
	ids := maps.Clone(m.ExternalIDs)
	if ids == nil {
		ids = a.ExternalIDs
	} else {
		maps.Copy(ids, a.ExternalIDs)
	}
	a.ExternalIDs = ids
	a.ARR, a.Seats = cmp.Or(a.ARR, m.ARR), cmp.Or(a.Seats, m.Seats)
	a.Segment, a.Plan, a.Owner = cmp.Or(a.Segment, m.Segment), cmp.Or(a.Plan, m.Plan), cmp.Or(a.Owner, m.Owner)
	a.Lifecycle, a.Health = cmp.Or(a.Lifecycle, m.Lifecycle), cmp.Or(a.Health, m.Health)
	a.RenewalOn, a.Parent = cmp.Or(a.RenewalOn, m.RenewalOn), cmp.Or(a.Parent, m.Parent)
	return a
}

// MergedAccount is an account that counts as another, with who says so.
type MergedAccount struct {
	Account AccountID `json:"id"`
	Name    string    `json:"name"`
	Domains []string  `json:"domains,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at,omitzero"`
	Reason  string    `json:"reason,omitempty"`
}

// DealStatus tells an open deal from an ended one.
type DealStatus string

// The statuses of a deal.
const (
	DealOpen DealStatus = "open"
	DealWon  DealStatus = "won"
	DealLost DealStatus = "lost"
)

// DealFacts is what one record of the outside says of a deal.
type DealFacts struct {
	System      string // which system the id belongs to: the source's kind, or what the sender names
	ExternalID  string
	Account     AccountFacts
	Name        string
	Amount      *Money
	Stage       string
	Probability *int // per cent
	CloseOn     Date
	Status      DealStatus
	LossReason  string
	AsOf        time.Time
	Source      string
}

// Deal is a CRM opportunity with its facts as they stood at one moment.
type Deal struct {
	ID          DealID     `json:"id"`
	Account     AccountID  `json:"account"`
	Name        string     `json:"name"`
	Amount      *Money     `json:"amount,omitempty"` // nil: unknown
	Stage       string     `json:"stage,omitempty"`
	Probability *int       `json:"probability,omitempty"` // per cent
	CloseOn     Date       `json:"close_on,omitempty"`
	Status      DealStatus `json:"status"`
	LossReason  string     `json:"loss_reason,omitempty"`
}

// publicMail are domains whose users have nothing in common: an address there tells no account.
const publicMail = " aol.com duck.com fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com " +
	"hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru me.com " +
	"msn.com naver.com orange.fr outlook.com outlook.de pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com t-online.de " +
	"tutanota.com web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com 126.com 163.com "

// NormalDomain strips scheme, user, port, path, a leading "www." and case, so that what different systems write of one
// company compares equal. It refuses public mail domains and what is no domain.
func NormalDomain(text string) (string, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	if !strings.Contains(s, "://") {
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", Errorf(Invalid, "%q is no domain: write it as northwind.example", text)
	}
	host := strings.TrimPrefix(strings.TrimSuffix(u.Hostname(), "."), "www.")
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '.' && !unicode.IsMark(r)
	}
	if host == "" || !strings.Contains(host, ".") || strings.ContainsFunc(host, bad) || strings.Contains(host, "..") || len(host) > 253 {
		return "", Errorf(Invalid, "%q is no domain: write it as northwind.example", text)
	}
	if strings.Contains(publicMail, " "+host+" ") {
		return "", Errorf(Invalid, "%s is a public mail domain and tells no account: give the company's own domain, or its name", host)
	}
	return host, nil
}

// Label names the account that the facts speak of, as well as they can.
func (f AccountFacts) Label() string {
	if f.Name != "" {
		return f.Name
	}
	if len(f.Domains) > 0 {
		return f.Domains[0]
	}
	for _, system := range slices.Sorted(maps.Keys(f.ExternalIDs)) {
		return system + " " + f.ExternalIDs[system]
	}
	return "(unnamed)"
}

// MatchOutcome is whether the facts of a record lead to an account.
type MatchOutcome string

// The outcomes. Only MatchKnown and MatchNew go in; the others need a person.
const (
	MatchKnown     MatchOutcome = "known"
	MatchNew       MatchOutcome = "new"
	MatchAmbiguous MatchOutcome = "ambiguous"
	MatchNone      MatchOutcome = "none" // no account is named
)

// Match is which account the facts of a record are taken to speak of.
type Match struct {
	Outcome    MatchOutcome `json:"outcome"`
	Account    AccountID    `json:"id,omitempty"`         // of a known one
	Name       string       `json:"known_as,omitempty"`   // of a known one
	Candidates []Account    `json:"candidates,omitempty"` // of an ambiguous one
	Reason     string       `json:"reason,omitempty"`
}

// Ambiguity is a record that may speak of any of several accounts, and waits for a person to say which.
type Ambiguity struct {
	ID          string            `json:"id"`
	Source      string            `json:"source"`
	Delivery    DeliveryID        `json:"delivery"`
	Record      string            `json:"record"` // as in "note 81"
	Name        string            `json:"name,omitempty"`
	Domains     []string          `json:"domains,omitempty"`
	ExternalIDs map[string]string `json:"external_ids,omitempty"`
	Reason      string            `json:"reason"`
	Candidates  []Account         `json:"candidates"`
	FoundAt     time.Time         `json:"found_at"`
}

// Choice is a person's answer to an ambiguity.
type Choice struct {
	Account AccountID // "" makes a new one
	Always  bool      // it holds for all records of the source that name their account so
	By      string
}
