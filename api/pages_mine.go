package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/ingest"
)

// ReporterStore is what the pages of those who send notes need of the store.
type ReporterStore interface {
	// Reported are the notes that a person wrote down, by name or address, the newest first, behind the first skip ones.
	Reported(ctx context.Context, person clamor.User, skip, limit int) ([]clamor.Reported, error)
	// Wishes counts what accounts ask for.
	Wishes(ctx context.Context, ids []clamor.AccountID) (map[clamor.AccountID]clamor.Wished, error)
}

// minePerPage is how many notes or accounts one page shows.
const minePerPage = 50

// minePage shows a reporter what became of the notes that bear their name.
func (s *Server) minePage(c *gin.Context) error {
	ctx := c.Request.Context()
	skip := pageNumber(c) * minePerPage
	found, err := s.Store.Reported(ctx, userOf(c), skip, minePerPage+1)
	if err != nil {
		return err
	}
	v := web.MineView{Name: userOf(c).Name, Mail: userOf(c).Mail}
	v.Previous, v.Next = around("/my-notes", nil, pageNumber(c), len(found) > minePerPage)
	found = found[:min(len(found), minePerPage)]
	ids := map[clamor.FeatureID]bool{}
	for _, r := range found {
		for _, a := range r.Asks {
			ids[a.Feature] = true
		}
	}
	delete(ids, "")
	features, err := s.Store.Features(ctx, keysOf(ids))
	if err != nil {
		return err
	}
	for _, r := range found {
		v.Notes = append(v.Notes, web.NewSentNote(r, features))
	}
	var flash *web.Flash
	if c.Query("done") == doneNote {
		flash = &web.Flash{Message: "Sent. It stands here as soon as it is read, which takes a moment."}
	}
	return s.render(c, http.StatusOK, flash, v)
}

const doneNote = "note"

// pageNumber reads which page is meant, 0 being the first.
func pageNumber(c *gin.Context) int {
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 0 || n > 10_000 {
		return 0
	}
	return n
}

// around are the links to the pages before and behind one.
func around(path string, params url.Values, page int, more bool) (previous, next string) {
	link := func(n int) string {
		v := without(params, "page")
		if n > 0 {
			v.Set("page", strconv.Itoa(n))
		}
		if len(v) == 0 {
			return path
		}
		return path + "?" + v.Encode()
	}
	if page > 0 {
		previous = link(page - 1)
	}
	if more {
		next = link(page + 1)
	}
	return previous, next
}

// sendPage is the form by which a rep sends a note.
func (s *Server) sendPage(c *gin.Context) error {
	id, _ := NewSecret("")
	v := web.SendView{ID: id, Kind: string(clamor.Call), On: string(clamor.DateOf(s.Now())), Account: clip(c.Query("account"))}
	return s.render(c, http.StatusOK, nil, v)
}

// suggestAccounts gives the names that the field for the account offers while it is filled in.
func (s *Server) suggestAccounts(c *gin.Context) error {
	ctx, text := c.Request.Context(), strings.TrimSpace(c.Query("account"))
	if text == "" {
		return s.render(c, http.StatusOK, nil, web.NamesView{})
	}
	ids, err := s.Store.AccountPage(ctx, text, 0, 8)
	if err != nil {
		return err
	}
	known, err := s.Store.Accounts(ctx, ids)
	if err != nil {
		return err
	}
	var v web.NamesView
	for _, id := range ids {
		v.Names = append(v.Names, accountOr(known, id).Name)
	}
	return s.render(c, http.StatusOK, nil, v)
}

// sendForm takes a note by the road of every webhook. What is wrong is told beside its field, and nothing that was written is lost.
func (s *Server) sendForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(fields.Get(name)) }
	v := web.SendView{ID: text("id"), Account: text("account"), Text: strings.ReplaceAll(fields.Get("text"), "\r\n", "\n"), Kind: text("kind"), On: text("on"), Title: text("title"),
		Link: text("url"), Contact: text("contact"), Priority: text("priority")}
	v.Faults = s.checkNote(v)
	if len(v.Faults) == 0 {
		err := s.send(c, v)
		if err == nil {
			return seeOther(c, "/my-notes", doneNote)
		}
		if clamor.KindOf(err) != clamor.Invalid {
			return err
		}
		v.Faults = map[string]string{"account": err.Error()}
	}
	return s.render(c, http.StatusBadRequest, nil, v)
}

// checkNote tells what is wrong with a note, by field.
func (s *Server) checkNote(v web.SendView) map[string]string {
	wrong := map[string]string{}
	fault := func(bad bool, field, message string) {
		if bad && wrong[field] == "" {
			wrong[field] = message
		}
	}
	fault(v.Account == "", "account", "Which account asked? Its name is enough.")
	fault(len(v.Account) > 500, "account", "At most 500 bytes.")
	fault(strings.TrimSpace(v.Text) == "", "text", "What did they say? Their own words are best.")
	fault(len(v.Text) > 50_000, "text", "At most 50,000 bytes: send the rest as another note.")
	day, err := clamor.ParseDate(v.On)
	fault(err != nil, "on", "Write the day as 2026-10-03.")
	fault(err == nil && day > clamor.DateOf(s.Now()).AddDays(1), "on", "This day is yet to come.")
	u, err := url.Parse(v.Link)
	fault(v.Link != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == ""), "url", "Paste a whole link, with https:// before it.")
	return wrong
}

// send keeps a note as a delivery of the API's own source.
func (s *Server) send(c *gin.Context, v web.SendView) error {
	day, err := clamor.ParseDate(v.On)
	if err != nil {
		return err
	}
	now, at := s.Now(), day.Time().Add(12*time.Hour)
	if day == clamor.DateOf(now) {
		at = now
	}
	type person struct {
		Name  string `json:"name,omitempty"`
		Email string `json:"email,omitempty"`
	}
	body, err := json.Marshal(map[string]any{"id": "form-" + cmp.Or(v.ID, strconv.FormatInt(now.UnixNano(), 36)), "kind": cmp.Or(v.Kind, string(clamor.Call)),
		"occurred_at": at.UTC().Format(time.RFC3339), "title": v.Title, "text": v.Text, "url": v.Link, "account": person{Name: v.Account}, "contact": person{Name: v.Contact},
		"author": person{userOf(c).Name, userOf(c).Mail}})
	if err != nil {
		return err
	}
	if _, err := ingest.ParseNotes(body, ingest.ParseOptions{Currency: s.Currency, Source: NotesSource, ReceivedAt: now}); err != nil {
		return err
	}
	source := clamor.Source{Name: NotesSource, Kind: "generic", On: true}
	d := ingest.NewDelivery(source, http.Header{"Content-Type": {"application/json"}}, body, now)
	if _, _, err := s.Store.AddDelivery(c.Request.Context(), d); err != nil {
		return unstored(err)
	}
	s.Wake()
	return nil
}

// accountsPage lists the accounts, to be looked up before a call.
func (s *Server) accountsPage(c *gin.Context) error {
	ctx, text := c.Request.Context(), strings.TrimSpace(c.Query("q"))
	page := pageNumber(c)
	ids, err := s.Store.AccountPage(ctx, text, page*minePerPage, minePerPage+1)
	if err != nil {
		return err
	}
	v := web.AccountsView{Query: text}
	if userOf(c).Role.May(clamor.PM) {
		if v.Ambiguous, err = s.Store.OpenAmbiguities(ctx); err != nil {
			return err
		}
	}
	v.Previous, v.Next = around("/accounts", kept(c.Request.URL.Query(), "q"), page, len(ids) > minePerPage)
	ids = ids[:min(len(ids), minePerPage)]
	known, err := s.Store.Accounts(ctx, ids)
	if err != nil {
		return err
	}
	wishes, err := s.Store.Wishes(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		v.Accounts = append(v.Accounts, web.AccountLine{Account: accountOr(known, id), Wished: wishes[id]})
	}
	return s.render(c, http.StatusOK, nil, v)
}
