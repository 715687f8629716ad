package ingest

import (
	"maps"
	"slices"
	"strings"

	"clamor"
)

// account reads the account of a note, which must be recognisable: by a name, a domain or an id.
func account(o object, currency string) clamor.AccountFacts {
	if name, ok := o.m["account"].(string); ok {
		o.m["account"] = map[string]any{"name": name} // a bare name can only mean this
	}
	before := len(*o.faults)
	a, ok := o.child("account")
	if !ok {
		if len(*o.faults) == before {
			o.fault("account", "is missing: send its name, its domain or its id in another system")
		}
		return clamor.AccountFacts{}
	}
	f := clamor.AccountFacts{
		Name:        a.text("name", maxName),
		ExternalIDs: externalIDs(a),
		Parent:      a.text("parent", maxName),
		ARR:         a.money("arr", currency),
		Segment:     a.text("segment", maxName),
		Plan:        a.text("plan", maxName),
		Seats:       a.whole("seats", "write the number of seats", 0, 1_000_000_000),
		Lifecycle:   choice(a, "lifecycle", clamor.Prospect, clamor.Customer, clamor.Churned),
		Health:      choice(a, "health", clamor.Green, clamor.Yellow, clamor.Red),
		RenewalOn:   a.date("renewal_on"),
		Owner:       a.text("owner", maxName),
		AsOf:        a.moment("as_of"),
	}
	f.Domains = domains(a, f.Name != "" || len(f.ExternalIDs) > 0)
	if !f.Known() && len(*o.faults) == before {
		o.fault("account", "has neither name, domain nor external_ids: send one of them")
	}
	return f
}

// domains normalises the account's domains. What tells no account, such as a public mail domain, is dropped where something
// else names the account, and a fault where nothing does.
func domains(a object, named bool) []string {
	given := []string{a.text("domain", maxURL)}
	for _, v := range a.list("domains") {
		if s, ok := v.(string); ok {
			given = append(given, cleanLine(s))
		}
	}
	var found []string
	for _, text := range given {
		if text == "" {
			continue
		}
		domain, err := clamor.NormalDomain(text)
		if err == nil && !slices.Contains(found, domain) {
			found = append(found, domain)
		}
		if err != nil && !named {
			a.faulty("domain", err)
		}
	}
	return found
}

// externalIDs reads the account's ids by system; an id that names no system is the CRM's.
func externalIDs(a object) map[string]string {
	ids := map[string]string{}
	if id := a.text("id", maxID); id != "" {
		ids[crmSystem] = idIn(crmSystem, id)
	}
	if e, ok := a.child("external_ids"); ok {
		for _, system := range sortedKeys(e.m) {
			name, id := strings.ToLower(cleanLine(system)), e.text(system, maxID)
			if name != "" && id != "" {
				ids[name] = idIn(name, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// idIn is an id in the one form in which it is known, since Salesforce shows the same id with 15 and with 18 characters.
func idIn(system, id string) string {
	if system == salesforceKind || system == crmSystem && strings.HasPrefix(id, "00") {
		return salesforceID(id)
	}
	return id
}

// deal reads the deal of a note, nil where there is none; one without content, as form tools send it, is none.
func deal(o object, account clamor.AccountFacts, options ParseOptions) *clamor.DealFacts {
	d, ok := o.child("deal")
	if !ok {
		return nil
	}
	before := len(*o.faults)
	f := clamor.DealFacts{
		System:     strings.ToLower(d.text("system", maxID)),
		ExternalID: d.text("id", maxID),
		Account:    account,
		Name:       d.text("name", maxName),
		Amount:     d.money("amount", options.currency()),
		Stage:      d.text("stage", maxName),
		CloseOn:    d.date("close_on"),
		Status:     choice(d, "status", clamor.DealOpen, clamor.DealWon, clamor.DealLost),
		LossReason: d.text("loss_reason", maxURL),
		AsOf:       account.AsOf,
		Source:     options.Source,
	}
	if p := d.whole("probability", "write per cent, 0 to 100", 0, 100); p != nil {
		percent := int(*p)
		f.Probability = &percent
	}
	if f.ExternalID == "" {
		if f.Name == "" && f.Amount == nil && len(*o.faults) == before {
			return nil
		}
		d.fault("id", "is missing: send the deal's id in the CRM, so that it is known again")
	}
	return completeDeal(f)
}

func completeDeal(f clamor.DealFacts) *clamor.DealFacts {
	if f.System == "" {
		f.System = crmSystem
	}
	f.ExternalID = idIn(f.System, f.ExternalID)
	if f.Status == "" {
		f.Status = statusOf(f.Stage)
	}
	return &f
}

// statusOf reads the status from the name of a stage where that leaves no doubt, as in "Closed Won".
func statusOf(stage string) clamor.DealStatus {
	words := strings.FieldsFunc(strings.ToLower(stage), func(r rune) bool { return r == ' ' || r == '-' || r == '_' || r == '/' })
	for _, w := range words {
		switch strings.TrimPrefix(w, "closed") {
		case "won", "gewonnen", "gagné", "ganado", "ganada":
			return clamor.DealWon
		case "lost", "verloren", "perdu", "perdido", "perdida":
			return clamor.DealLost
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
