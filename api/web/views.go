package web

import (
	"cmp"
	"slices"

	"clamor"
)

// views lists one of each view: the pages that a Site must have.
func views() []View {
	return []View{ListView{}, MarkdownView{}, FreezeView{}, QuarterView{}, FeatureView{}, MoveView{}, MergeView{}, TriageView{}, MineView{}, SendView{}, NamesView{}, RowPartsView{}, AccountsView{}, NoteView{}, AccountView{},
		DeliveriesView{}, DeliveryView{}, SourcesView{}, KindsView{}, ConnectView{}, SourceView{}, ArrivalView{}, MappingView{}, SignInView{}, ErrorView{},
		PrintView{}, ExportView{}, QuartersView{}, CompareView{}, ScenariosView{}, RankingView{}, RankingPreview{}, DeduperView{}, DoubtsView{},
		SampleView{}, UnsampleView{}, ImportsView{}, NewImportView{}, ImportView{}, AmbiguousView{}, JoinView{},
		WelcomeView{}, PeopleView{}, PersonView{}, TokensView{}, TeamsView{}, LogView{}}
}

// Choice is one option of a filter, with how many entries it would show.
type Choice struct {
	Value, Label string
	Count        int
	Selected     bool
	URL          string // where a click leads, for choices that are links
}

// ListView is the ranked list.
type ListView struct {
	List      clamor.List // its head; Rows hold what is shown of its entries
	Model     Model
	Rows      []Row
	Totals    Totals
	Query     string
	Status    string
	Quarters  []Choice
	Scenarios []Choice
	Statuses  []Choice
	Filters   []Filter
	Columns   map[string]bool // which are shown
	Offered   []Choice        // those that can be
	Sorts     map[string]Sorting
	Sort      string
	Views     []ViewLink
	ViewQuery string // what a saved view would keep
	Here      string
	All       int    // entries of the list
	Matching  int    // of those, what the search and the filters let through
	Which     string // the parameters that say which list this is, for links to its features
	Clear     string
	CSV       string
	Markdown  string
	Print     string
	Export    string
	Moves     string // where the moves are told with their causes, "" where there is nothing to compare with
	Freeze    string // "" where there is nothing to freeze
	Previous  string
	Next      string
	Sample    clamor.Sample // the sample company, where it is in the workspace
	Start     *Start        // the first steps, where there is nothing to list yet
	Lag       *Lag          // nil where the list is as new as what it is made of
}

func (ListView) page() string { return "list" }

// SortedBy offers the orders of the list where there are no heads of columns to click on.
func (v ListView) SortedBy() []Choice {
	orders := []Choice{{Label: "Rank"}, {Value: "score", Label: "Score"}, {Value: "trend", Label: "Asks this quarter"}, {Value: "accounts", Label: "Accounts"}, {Value: "blockers", Label: "Blockers"},
		{Value: "largest", Label: "Largest share"}, {Value: "value", Label: "Value per effort"}, {Value: "move", Label: "Move"}, {Value: "title", Label: "Title"}}
	chosen := false
	for i, o := range orders {
		orders[i].Selected = o.Value == v.Sort
		chosen = chosen || orders[i].Selected
	}
	if !chosen {
		orders = append(orders, Choice{Value: v.Sort, Label: v.Sort, Selected: true})
	}
	return orders
}

// Settable are the statuses that a reader may set.
func (v ListView) Settable() []clamor.Status { return clamor.Statuses()[:7] }

// Width is how many columns the table has, its rank and title included.
func (v ListView) Width() int { return 2 + len(v.Columns) }

// Filter is one by which the list is narrowed.
type Filter struct {
	Name, Label string
	Choices     []Choice
}

// Narrowed is how many filters are set.
func (v ListView) Narrowed() int {
	n := 0
	for _, f := range v.Filters {
		for _, c := range f.Choices {
			if c.Selected && c.Value != "" {
				n++
			}
		}
	}
	return n
}

// Sorting is where a click on a column's head leads, and how the list is sorted by it now: "ascending", "descending" or "".
type Sorting struct{ URL, Dir string }

// ViewLink is a saved view.
type ViewLink struct {
	clamor.SavedView
	Selected bool
	Mine     bool // the reader may remove it
}

// Settable are the columns that a reader may choose, in the order of the table.
func Settable() []Choice {
	return []Choice{{Value: "score", Label: "Score"}, {Value: "keep", Label: "Keep"}, {Value: "grow", Label: "Grow"}, {Value: "accounts", Label: "Accounts"},
		{Value: "asks", Label: "Asks"}, {Value: "blockers", Label: "Blockers"}, {Value: "largest", Label: "Largest account"}, {Value: "trend", Label: "Trend"},
		{Value: "status", Label: "Status"}, {Value: "team", Label: "Team, area"}, {Value: "effort", Label: "Effort"}, {Value: "timeframe", Label: "Timeframe"}}
}

// Filtered reports whether entries are held back by the search or a filter.
func (v ListView) Filtered() bool { return v.Matching < v.All || v.Query != "" }

// Model says in what way a list weighs money, as far as its reader must know to add it up.
type Model struct {
	Full bool   // every request gets the whole of its accounts' money
	Size string // how large and small accounts compare: "revenue", "balanced", "breadth"
}

// Totals are sums over entries. Accounts are distinct.
type Totals struct {
	Score, Keep, Grow int64
	Accounts, Asks    int
}

// Row is an entry as the list shows it.
type Row struct {
	clamor.Entry
	Lead  []string // the names of the accounts that carry most of it
	Parts []PartRow
	More  int // parts not shown
	Rest  int64
	Whale bool
	Bar   Bar
	Trend Trend
}

// MoreAccounts counts the accounts behind those named.
func (r Row) MoreAccounts() int { return max(r.Accounts-len(r.Lead), 0) }

// Bar is keep and grow as per cents of the widest bar on the page.
type Bar struct{ Keep, Grow float64 }

// PartRow is a part with the names it stands for.
type PartRow struct {
	clamor.Part
	Name     string // the account's
	DealName string
	Width    float64 // per cent of the largest contribution
}

// whaleShare is the share of a score, in parts per million, from which one account is said to carry it.
const whaleShare = 500_000

// Rows readies entries for the list, with at most limit parts each. The bars measure against top.
func Rows(entries []clamor.Entry, top int64, limit int, names Names) []Row {
	rows := make([]Row, len(entries))
	for i, e := range entries {
		parts := PartRows(e.Parts[:min(len(e.Parts), max(limit+1, LeadParts))], names)
		row := Row{Entry: e, Parts: parts, Whale: e.LargestShare >= whaleShare, Lead: lead(parts, 3)}
		if top > 0 {
			row.Bar = Bar{100 * float64(e.Keep) / float64(top), 100 * float64(e.Grow) / float64(top)}
		}
		kept, rest := Fold(e.Parts, limit)
		row.Parts, row.More, row.Rest = parts[:len(kept)], len(e.Parts)-len(kept), rest
		rows[i] = row
	}
	return rows
}

// RowPartsView is what a row of the list shows when it is opened; it is a part of a page.
type RowPartsView struct {
	Row      Row
	Currency string
}

func (RowPartsView) page() string { return "rowparts" }

// Fold keeps the first parts, and says what the others add up to.
func Fold(parts []clamor.Part, limit int) (kept []clamor.Part, rest int64) {
	if len(parts) <= limit+1 { // a row that stands for one part saves nothing
		return parts, 0
	}
	for i := range parts[limit:] {
		rest += parts[limit+i].Contribution
	}
	return parts[:limit], rest
}

// LeadParts is how many of an entry's parts are looked at for the accounts that lead it.
const LeadParts = 12

func lead(parts []PartRow, n int) []string {
	var names []string
	for _, p := range parts {
		if len(names) < n && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Names knows accounts and deals by id; what it does not know is shown by its id.
type Names struct {
	Accounts map[clamor.AccountID]clamor.Account
	Deals    map[clamor.DealID]clamor.Deal
}

// Account is the account's name.
func (n Names) Account(id clamor.AccountID) string { return cmp.Or(n.Accounts[id].Name, string(id)) }

// Deal is the deal's name.
func (n Names) Deal(id clamor.DealID) string { return cmp.Or(n.Deals[id].Name, string(id)) }

// PartRows names what parts stand for.
func PartRows(parts []clamor.Part, names Names) []PartRow {
	var largest int64
	for _, p := range parts {
		largest = max(largest, p.Contribution)
	}
	rows := make([]PartRow, len(parts))
	for i, p := range parts {
		rows[i] = PartRow{Part: p, Name: names.Account(p.Account), DealName: names.Deal(p.Deal)}
		if largest > 0 {
			rows[i].Width = 100 * float64(p.Contribution) / float64(largest)
		}
	}
	return rows
}

// Sum adds entries up.
func Sum(entries []clamor.Entry) Totals {
	var t Totals
	accounts := map[clamor.AccountID]bool{}
	for i := range entries {
		e := &entries[i]
		t.Score, t.Keep, t.Grow, t.Asks = t.Score+e.Score, t.Keep+e.Keep, t.Grow+e.Grow, t.Asks+e.Asks
		for j := range e.Parts {
			accounts[e.Parts[j].Account] = true
		}
	}
	t.Accounts = len(accounts)
	return t
}

// MarkdownView is the preview of a list as it goes out.
type MarkdownView struct {
	List     clamor.List
	Text     string
	Back     string
	Download string
}

func (MarkdownView) page() string { return "markdown" }

// AccountView is what an account is, and what it asks for.
type AccountView struct {
	Account  clamor.Account
	Parent   string
	List     clamor.List
	Features []AccountFeature
	Total    int64
	Quotes   []clamor.Quote // newest first
	Asked    map[clamor.FeatureID]clamor.Feature
	Outcomes []Outcome
	Answered []Answered // of what it asked for, the latest answer first
	Promises []PromiseRow
	Merged   []clamor.MergedAccount // that count as this one
}

// PromiseRow is a promise with its age in days.
type PromiseRow struct {
	clamor.Promise
	Open    int
	Overdue int
}

func (AccountView) page() string { return "account" }

// AccountFeature is what an account asks for, and what its money adds to it.
type AccountFeature struct {
	Feature      clamor.Feature
	Rank         int
	Contribution int64
	Share        int64 // of the feature's score, in parts per million
	Priority     clamor.Priority
	Width        float64
}

// SignInView tells somebody without a session how to get one.
type SignInView struct {
	Message string // why a link did not work; "" where none was tried
}

func (SignInView) page() string { return "signin" }

// ErrorView says what went wrong and what to do.
type ErrorView struct {
	Status    int
	Title     string
	Message   string
	Faults    []clamor.Fault
	RequestID string
	Back      string
}

func (ErrorView) page() string { return "error" }

// Wishes finds what an account asks for on a list, the most of its money first.
func Wishes(entries []clamor.Entry, account clamor.AccountID) []AccountFeature {
	var all []AccountFeature
	var largest int64
	for _, e := range entries {
		f := AccountFeature{Feature: e.Feature, Rank: e.Rank}
		asked := false
		for _, p := range e.Parts {
			if p.Account == account {
				asked = true
				f.Contribution += p.Contribution
				f.Priority = cmp.Or(f.Priority, p.Priority)
			}
		}
		if !asked {
			continue
		}
		if e.Score > 0 {
			f.Share = int64(float64(f.Contribution) / float64(e.Score) * 1_000_000)
		}
		largest = max(largest, f.Contribution)
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b AccountFeature) int { return cmp.Compare(b.Contribution, a.Contribution) })
	for i := range all {
		if largest > 0 {
			all[i].Width = 100 * float64(all[i].Contribution) / float64(largest)
		}
	}
	return all
}
