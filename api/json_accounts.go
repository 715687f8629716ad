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

// ambiguities are the records that wait for a person to say which account they speak of.
func (s *Server) ambiguities(c *gin.Context) error {
	limit := usualLimit
	if text := c.Query("limit"); text != "" {
		n, err := readLimit(text)
		if err != nil {
			return err
		}
		limit = n
	}
	open, err := s.Store.Ambiguities(c.Request.Context(), limit)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Ambiguous []clamor.Ambiguity `json:"ambiguous"`
	}{orEmpty(open)})
}

// chooseAccount settles one of them; its delivery is then read again.
func (s *Server) chooseAccount(c *gin.Context) error {
	var b struct {
		Account clamor.AccountID `json:"account"`
		New     bool             `json:"new"`
		Always  bool             `json:"always"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	if b.New == (b.Account != "") {
		return clamor.Refuse("nothing is chosen", []clamor.Fault{{Path: "account", Message: "name an account, or send \"new\": true instead"}})
	}
	chosen, err := s.Store.Choose(c.Request.Context(), c.Param("id"), clamor.Choice{Account: b.Account, Always: b.Always, By: userOf(c).Name})
	if err != nil {
		return err
	}
	s.Wake()
	return s.writeAccount(c, chosen)
}

// mergeAccount lets an account count as another, until that is undone.
func (s *Server) mergeAccount(c *gin.Context) error {
	var b struct {
		Into   clamor.AccountID `json:"into"`
		Reason string           `json:"reason"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	var wrong faults
	if b.Into == "" {
		wrong.add("into", clamor.Errorf(clamor.Invalid, "name the account that it counts as"))
	}
	wrong.add("reason", checkLine(b.Reason))
	if err := clamor.Refuse("the accounts cannot be merged", wrong); err != nil {
		return err
	}
	if err := s.Store.MergeAccounts(c.Request.Context(), clamor.AccountID(c.Param("id")), b.Into, userOf(c).Name, b.Reason); err != nil {
		return err
	}
	s.Wake()
	return s.writeAccount(c, b.Into)
}

// unmergeAccount takes a merge back and answers with the account as it was.
func (s *Server) unmergeAccount(c *gin.Context) error {
	id, reason := clamor.AccountID(c.Param("id")), c.Query("reason")
	if err := checkLine(reason); err != nil {
		return clamor.Refuse("the merge cannot be undone", []clamor.Fault{{Path: "reason", Message: err.Error()}})
	}
	if err := s.Store.UnmergeAccount(c.Request.Context(), id, userOf(c).Name, reason); err != nil {
		return err
	}
	s.Wake()
	return s.writeAccount(c, id)
}

func (s *Server) writeAccount(c *gin.Context, id clamor.AccountID) error {
	found, err := s.Store.Accounts(c.Request.Context(), []clamor.AccountID{id})
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, found[id])
}
