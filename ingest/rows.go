package ingest

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"clamor"
)

// row is one record of an import; reading it notes down every fault.
type row struct {
	record []string
	table  *table
	faults []clamor.Fault
}

// table is what the rows of one import have in common.
type table struct {
	columns  columns
	orders   map[string]dateOrder
	currency string
	system   string
	source   string
	asOf     time.Time
}

// text is the cell of a field, "" where there is no such column. Words that spreadsheets put for nothing count as nothing.
func (r *row) text(name string) string {
	at, ok := r.table.columns[name]
	if !ok {
		return ""
	}
	s := clean(r.record[at])
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "-", "n/a", "null", "none", "(no value)", "#n/a":
		return ""
	}
	return s
}

func (r *row) line(name string) string {
	s := cleanLine(r.text(name))
	if len(s) > maxName {
		r.fault(name, "has more than "+strconv.Itoa(maxName)+" bytes")
		return ""
	}
	return s
}

func (r *row) fault(name, message string) {
	r.faults = append(r.faults, clamor.Fault{Path: name, Message: message})
}

// reason joins the faults for a person.
func (r *row) reason() string {
	var parts []string
	for _, f := range r.faults {
		parts = append(parts, f.Path+": "+f.Message)
	}
	return strings.Join(parts, "; ")
}

func (r *row) money(name string) *clamor.Money {
	currency := r.line("currency")
	if currency == "" {
		currency = r.table.currency
	}
	if _, err := clamor.ParseCurrency(currency); err != nil {
		r.fault("currency", err.Error())
		return nil
	}
	text := r.line(name)
	if text == "" {
		return nil
	}
	m, err := clamor.ParseMoney(text, currency)
	if err != nil {
		r.fault(name, err.Error())
		return nil
	}
	return &m
}

func (r *row) moment(name string) time.Time {
	text := r.line(name)
	if text == "" {
		return time.Time{}
	}
	t, err := parseTime(isoMoment(text, r.table.orders[name]))
	if err != nil {
		r.fault(name, strconv.Quote(clip(text))+" is no date: write it as 2026-10-03")
	}
	return t
}

func (r *row) date(name string) clamor.Date {
	t := r.moment(name)
	if t.IsZero() {
		return ""
	}
	return clamor.DateOf(t)
}

// count is a whole number with or without thousands separators.
func (r *row) count(name string) *int64 {
	text := strings.NewReplacer(",", "", " ", "", "\u00a0", "", "'", "").Replace(r.line(name))
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(text, ".0"), 10, 64)
	if err != nil || n < 0 || n > 1_000_000_000 {
		r.fault(name, strconv.Quote(clip(text))+" is no count: write digits")
		return nil
	}
	return &n
}

// percent reads "40", "40%" and, as some CRMs export it, 0.4 for the same.
func (r *row) percent(name string) *int {
	text := strings.TrimSpace(strings.TrimSuffix(r.line(name), "%"))
	if text == "" {
		return nil
	}
	p, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if strings.ContainsAny(text, ".,") && p <= 1 && !strings.HasSuffix(r.line(name), "%") {
		p *= 100
	}
	if err != nil || math.IsNaN(p) || p < 0 || p > 100 {
		r.fault(name, strconv.Quote(clip(text))+" is no probability: write per cent, 0 to 100")
		return nil
	}
	n := int(math.Round(p))
	return &n
}

// word is one of a few words, by whatever name exports have for it.
func (r *row) word(name string, known map[string]string, choose string) string {
	text := strings.ToLower(r.line(name))
	if text == "" {
		return ""
	}
	word, ok := known[columnKey(text)]
	if !ok {
		r.fault(name, strconv.Quote(clip(text))+" is unknown: choose "+choose)
	}
	return word
}

func lifecycles() map[string]string {
	return map[string]string{
		"prospect": "prospect", "lead": "prospect", "opportunity": "prospect", "subscriber": "prospect", "trial": "prospect",
		"marketingqualifiedlead": "prospect", "salesqualifiedlead": "prospect", "marketing qualified lead": "prospect", "sales qualified lead": "prospect",
		"customer": "customer", "evangelist": "customer",
		"churned": "churned", "churn": "churned", "former customer": "churned",
		"other": "",
	}
}

func healths() map[string]string {
	return map[string]string{"green": "green", "yellow": "yellow", "amber": "yellow", "red": "red"}
}

func dealStatuses() map[string]string {
	return map[string]string{
		"open": "open", "in progress": "open", "won": "won", "closed won": "won", "closedwon": "won",
		"lost": "lost", "closed lost": "lost", "closedlost": "lost",
	}
}

// whose reads which account a row belongs to, by the fields of the given names.
func (r *row) whose(name, domain, id string) clamor.AccountFacts {
	f := clamor.AccountFacts{Name: r.line(name), Source: r.table.source, AsOf: r.table.asOf}
	if text := r.line(id); strings.Contains(text, ";") {
		r.fault(id, strconv.Quote(clip(text))+" names several accounts: keep one")
	} else if text != "" {
		f.ExternalIDs = map[string]string{r.idSystem(): idIn(r.idSystem(), text)}
	}
	for text := range strings.FieldsFuncSeq(r.line(domain), func(c rune) bool { return c == ';' || c == ',' || c == ' ' }) {
		if d, err := clamor.NormalDomain(text); err == nil {
			f.Domains = append(f.Domains, d)
		} else if f.Name == "" && f.ExternalIDs == nil {
			r.fault(domain, err.Error())
		}
	}
	if !f.Known() && len(r.faults) == 0 {
		r.fault(name, "is empty, and so are its domain and id: every row needs an account")
	}
	return f
}

func (r *row) idSystem() string {
	if s := strings.ToLower(r.line("system")); s != "" {
		return s
	}
	return r.table.system
}

func (r *row) account() clamor.AccountFacts {
	f := r.whose("name", "domain", "id")
	f.ARR = r.money("arr")
	f.Segment, f.Plan, f.Owner, f.Parent = r.line("segment"), r.line("plan"), r.line("owner"), r.line("parent")
	f.Seats = r.count("seats")
	f.Lifecycle = clamor.Lifecycle(r.word("lifecycle", lifecycles(), "prospect, customer, churned"))
	f.Health = clamor.Health(r.word("health", healths(), "green, yellow, red"))
	f.RenewalOn = r.date("renewal_on")
	if t := r.moment("as_of"); !t.IsZero() {
		f.AsOf = t
	}
	return f
}

func (r *row) deal() clamor.DealFacts {
	f := clamor.DealFacts{
		System:      r.idSystem(),
		ExternalID:  r.line("id"),
		Account:     r.whose("account", "account_domain", "account_id"),
		Name:        r.line("name"),
		Amount:      r.money("amount"),
		Stage:       r.line("stage"),
		Probability: r.percent("probability"),
		CloseOn:     r.date("close_on"),
		Status:      clamor.DealStatus(r.word("status", dealStatuses(), "open, won, lost")),
		LossReason:  r.line("loss_reason"),
		AsOf:        r.table.asOf,
		Source:      r.table.source,
	}
	if f.ExternalID == "" {
		r.nameDeal(&f)
	}
	if t := r.moment("as_of"); !t.IsZero() {
		f.AsOf, f.Account.AsOf = t, t
	}
	return *completeDeal(f)
}

// nameDeal knows a deal by its account and name where the file has no ids at all; a row that only lacks its own is refused.
func (r *row) nameDeal(f *clamor.DealFacts) {
	if _, ids := r.table.columns["id"]; ids || f.Name == "" || f.Account.Name == "" {
		r.fault("id", "is empty: every deal needs its id, so that it is known again")
		return
	}
	f.ExternalID = "name:" + fold(f.Account.Name) + "/" + fold(f.Name)
}

// note hands the row to the reader of the generic body, so that a note is the same whichever way it comes.
func (r *row) note() clamor.Intake {
	m := r.fields("id", "id", "text", "text", "title", "title", "url", "url", "kind", "kind")
	if m["kind"] == nil {
		m["kind"] = string(clamor.CRM)
	}
	if t := r.moment("occurred_at"); !t.IsZero() {
		m["occurred_at"] = t.Format(time.RFC3339Nano)
	}
	m["contact"] = r.fields("name", "contact_name", "email", "contact_email", "title", "contact_title")
	m["author"] = r.fields("name", "author_name", "email", "author_email")
	account := r.fields("name", "account", "domain", "account_domain")
	if id := r.text("account_id"); id != "" {
		account["external_ids"] = map[string]any{r.idSystem(): id}
	}
	m["account"] = account
	if deal := r.fields("id", "deal_id"); len(deal) > 0 {
		deal["system"] = r.idSystem()
		m["deal"] = deal
	}
	stated := r.fields("text", "ask", "priority", "priority", "motive", "motive")
	if stated["text"] != nil {
		m["asks"] = []any{stated}
	}
	reader := noteReader{options: ParseOptions{Currency: r.table.currency, Source: r.table.source, ReceivedAt: r.table.asOf}, seen: map[string]int{}}
	in, _, faults := reader.read("", 0, m)
	r.faults = append(r.faults, faults...)
	if stated["text"] == nil {
		r.weigh(in.Asks, stated)
	}
	return in
}

// weigh gives the asks found in a row's text the priority and motive that its cells state. A cell that says something else
// speaks of the row, as a CRM's priority of a task does, and not of the asks.
func (r *row) weigh(asks []clamor.Ask, stated map[string]any) {
	var ignored []clamor.Fault
	o := object{"", stated, &ignored}
	priority, motive := askPriority(o), askMotive(o)
	for i := range asks {
		asks[i].Priority, asks[i].Motive = cmp.Or(priority, asks[i].Priority), cmp.Or(motive, asks[i].Motive)
	}
}

// fields gives the cells that are not empty, by pairs of a key of the generic body and the field that it is read from.
func (r *row) fields(pairs ...string) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		if s := r.text(pairs[i+1]); s != "" {
			m[pairs[i]] = s
		}
	}
	return m
}
