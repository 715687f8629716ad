package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
)

// accountBody is what a program knows of an account: the account of the generic note, and the facts that only a CRM has. A
// field left out says nothing, and erases nothing.
type accountBody struct {
	Name        string            `json:"name"`
	Domain      string            `json:"domain"`
	Domains     []string          `json:"domains"`
	ExternalIDs map[string]string `json:"external_ids"`
	Parent      string            `json:"parent"`
	ARR         *int64            `json:"arr"`
	Currency    string            `json:"currency"`
	Segment     string            `json:"segment"`
	Plan        string            `json:"plan"`
	Seats       *int64            `json:"seats"`
	Lifecycle   clamor.Lifecycle  `json:"lifecycle"`
	Health      clamor.Health     `json:"health"`
	RenewalOn   string            `json:"renewal_on"`
	Owner       string            `json:"owner"`
}

// facts gives what the body says, or every fault of it at once.
func (b accountBody) facts(currency string) (clamor.AccountFacts, error) {
	var wrong faults
	f := clamor.AccountFacts{Name: strings.TrimSpace(b.Name), ExternalIDs: b.ExternalIDs, Parent: b.Parent, Segment: b.Segment, Plan: b.Plan,
		Seats: b.Seats, Lifecycle: b.Lifecycle, Health: b.Health, Owner: b.Owner, Source: NotesSource}
	given := b.Domains
	if b.Domain != "" {
		given = append([]string{b.Domain}, given...)
	}
	for _, text := range given {
		domain, err := clamor.NormalDomain(text)
		wrong.add("domain", err)
		f.Domains = append(f.Domains, domain)
	}
	if b.ARR != nil {
		if b.Currency != "" {
			currency = b.Currency
		}
		money, err := clamor.NewMoney(*b.ARR, currency)
		wrong.add("arr", err)
		f.ARR = &money
	}
	if b.RenewalOn != "" {
		day, err := clamor.ParseDate(b.RenewalOn)
		wrong.add("renewal_on", err)
		f.RenewalOn = day
	}
	wrong.add("seats", checkSeats(b.Seats))
	wrong.add("lifecycle", oneOf(b.Lifecycle, clamor.Prospect, clamor.Customer, clamor.Churned))
	wrong.add("health", oneOf(b.Health, clamor.Green, clamor.Yellow, clamor.Red))
	for path, text := range map[string]string{"name": b.Name, "parent": b.Parent, "segment": b.Segment, "plan": b.Plan, "owner": b.Owner} {
		wrong.add(path, checkLine(text))
	}
	for system, id := range b.ExternalIDs {
		wrong.add("external_ids."+system, checkLine(system+id))
	}
	return f, clamor.Refuse("the account cannot be recorded", sorted(wrong))
}

func checkSeats(n *int64) error {
	if n != nil && (*n < 0 || *n > 1_000_000_000) {
		return clamor.Errorf(clamor.Invalid, "%d is no number of seats: 0 to 1,000,000,000", *n)
	}
	return nil
}

// checkLine refuses what is no single line of text that every database can keep.
func checkLine(text string) error {
	if len(text) > 500 {
		return clamor.Errorf(clamor.Invalid, "has %d bytes: at most 500", len(text))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return clamor.Errorf(clamor.Invalid, "holds a control character: send one line of text")
	}
	return nil
}

func oneOf[T ~string](given T, allowed ...T) error {
	var names []string
	for _, a := range allowed {
		if given == a || given == "" {
			return nil
		}
		names = append(names, string(a))
	}
	return clamor.Errorf(clamor.Invalid, "%q is unknown: choose %s", clip(string(given)), strings.Join(names, ", "))
}

// putAccount records facts of an account, by its id or by "system:id" of another system.
func (s *Server) putAccount(c *gin.Context) error {
	var b accountBody
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	facts, err := b.facts(s.Currency)
	if err != nil {
		return err
	}
	facts.AsOf = s.Now().UTC()
	account, err := s.Store.PutAccount(c.Request.Context(), c.Param("id"), facts, userOf(c).Name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, account)
}
