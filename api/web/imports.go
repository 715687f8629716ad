package web

import (
	"slices"
	"strings"
	"time"

	"clamor"
)

// ImportsView is the history of imports.
type ImportsView struct{ Uploads []clamor.Upload }

func (ImportsView) page() string { return "imports" }

// NewImportView is the form by which a file is uploaded.
type NewImportView struct {
	Kind, Source, System string
	Most                 int64 // bytes of a file
	Fault                string
}

func (NewImportView) page() string { return "newimport" }

// Kinds are what can be imported.
func (NewImportView) Kinds() []Choice {
	return []Choice{{Value: "accounts", Label: "Accounts"}, {Value: "deals", Label: "Deals"}, {Value: "notes", Label: "Notes"}}
}

// ImportView is one import, as far as it is.
type ImportView struct {
	Upload  clamor.Upload
	Columns *Columns // where they are to be chosen
	Refused string   // where the refused rows are downloaded, "" where there are none
	Now     time.Time
}

func (ImportView) page() string { return "import" }

// Path is where the page of the import is.
func (v ImportView) Path() string { return "/imports/" + string(v.Upload.ID) }

// Took is how long it has been worked at.
func (v ImportView) Took() string {
	end := v.Upload.EndedAt
	if end.IsZero() {
		end = v.Now
	}
	return end.Sub(v.Upload.StartedAt).Round(time.Second).String()
}

// Lost reports whether nothing is left to do but to upload the file again.
func (v ImportView) Lost() bool {
	return v.Upload.State == clamor.UploadFailed && v.Upload.StartedAt.IsZero()
}

// Columns is which column of a file holds what.
type Columns struct {
	Sheets []Choice
	Sheet  string
	Header []string
	Fields []ColumnField
	Dates  []string // columns of dates that can be read two ways
	Order  string   // how they are to be read
	System string
}

// ColumnField is one of our fields with the column that it is read from.
type ColumnField struct {
	Name    string
	Column  string
	Needed  []string // one of these fields must have a column
	Label   string
	About   string
	Samples []string // what stands in the column, in the first rows
	Choices []Choice
}

// NewColumns readies the columns of an upload to be chosen.
func NewColumns(u clamor.Upload, sheets, header []string, rows [][]string, dates []string, fields []ColumnField) *Columns {
	c := &Columns{Sheet: u.Sheet, Header: slices.DeleteFunc(slices.Clone(header), func(h string) bool { return h == "" }), Dates: dates, Order: u.DateOrder, System: u.System}
	for i, name := range sheets {
		c.Sheets = append(c.Sheets, Choice{Value: name, Label: name, Selected: name == u.Sheet || u.Sheet == "" && i == 0})
	}
	for _, f := range fields {
		f.Label, f.About = fieldLabel(f.Name)
		at := slices.Index(header, f.Column)
		for _, row := range rows {
			if at >= 0 && at < len(row) && strings.TrimSpace(row[at]) != "" {
				f.Samples = append(f.Samples, short(row[at], 60))
			}
		}
		f.Choices = append(f.Choices, Choice{Label: "not read", Selected: f.Column == ""})
		for _, name := range c.Header {
			f.Choices = append(f.Choices, Choice{Value: name, Label: short(name, 60), Selected: name == f.Column})
		}
		c.Fields = append(c.Fields, f)
	}
	return c
}

func short(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// Unread are the columns of the file from which nothing is read.
func (c Columns) Unread() []string {
	return slices.DeleteFunc(slices.Clone(c.Header), func(h string) bool {
		return slices.ContainsFunc(c.Fields, func(f ColumnField) bool { return f.Column == h })
	})
}

// Required reports whether this field is one of those of which one must have a column, and none has.
func (c Columns) Required(f ColumnField) bool {
	return len(f.Needed) > 0 && !slices.ContainsFunc(c.Fields, func(other ColumnField) bool { return other.Column != "" && slices.Contains(f.Needed, other.Name) })
}

// FieldLabel is how a page calls a field of an import.
func FieldLabel(name string) string {
	label, _ := fieldLabel(name)
	return label
}

// fieldLabel is how a page calls a field, and what has to be said about it.
func fieldLabel(name string) (label, about string) {
	for _, f := range [][3]string{
		{"name", "Name", ""}, {"domain", "Domain", "or website"}, {"id", "Id", "by which the row is known again"}, {"system", "System", "that the id belongs to"},
		{"arr", "Yearly revenue", "what the account pays you a year, in whole units"}, {"currency", "Currency", "as USD or EUR"}, {"segment", "Segment", ""}, {"plan", "Plan", ""},
		{"seats", "Seats", ""}, {"lifecycle", "Lifecycle", "prospect, customer or churned"}, {"health", "Health", "green, yellow or red"}, {"renewal_on", "Renewal date", ""},
		{"owner", "Owner", "who looks after it on your side"}, {"parent", "Parent account", ""}, {"as_of", "As of", "when this held"},
		{"amount", "Amount", "in whole units"}, {"stage", "Stage", ""}, {"probability", "Probability", "in per cent"}, {"close_on", "Close date", ""}, {"status", "Status", "open, won or lost"},
		{"loss_reason", "Loss reason", ""}, {"account", "Account", "its name"}, {"account_domain", "Account's domain", ""}, {"account_id", "Account's id", ""},
		{"text", "Text", "what was said, verbatim"}, {"title", "Title", ""}, {"url", "Link", "to the call or record"}, {"occurred_at", "Date", "when it was said"},
		{"kind", "Kind", "call, crm, chat, ticket or survey"}, {"contact_name", "Contact", "who said it"}, {"contact_email", "Contact's e-mail", ""}, {"contact_title", "Contact's role", ""},
		{"author_name", "Author", "the rep who wrote it down"}, {"author_email", "Author's e-mail", ""}, {"deal_id", "Deal's id", ""}, {"ask", "Ask", "what is asked for, where a column says so"},
		{"priority", "Priority", "blocker, important or nice"}, {"motive", "Motive", "keep, grow or promise"},
	} {
		if f[0] == name {
			return f[1], f[2]
		}
	}
	return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " "), ""
}
