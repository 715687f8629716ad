package api

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// pageRoutes are the pages, and what their forms do. Every form ends in a redirect, so that going back repeats nothing.
func (s *Server) pageRoutes() []route {
	return slices.Concat(s.exportPages(), s.quarterPages(), s.sourcePages(), s.rankingPages(), s.deduperPages(), s.startPages(), s.housePages(), []route{
		{http.MethodGet, "/", pageFace, clamor.Viewer, s.listPage},
		{http.MethodGet, "/list.csv", pageFace, clamor.Viewer, s.listCSV},
		{http.MethodGet, "/list.md", pageFace, clamor.Viewer, s.listMarkdown},
		{http.MethodPost, "/list/columns", pageFace, clamor.Viewer, s.columnsForm},
		{http.MethodPost, "/list/status", pageFace, clamor.PM, s.bulkForm},
		{http.MethodPost, "/views", pageFace, clamor.Viewer, s.viewForm},
		{http.MethodPost, "/views/:id/remove", pageFace, clamor.Viewer, s.dropViewForm},
		{http.MethodPost, "/edits/:id/undo", pageFace, clamor.PM, s.undoEditForm},
		{http.MethodGet, "/features/:id", pageFace, clamor.Viewer, s.featurePage},
		{http.MethodGet, "/features/:id/parts", pageFace, clamor.Viewer, s.rowParts},
		{http.MethodPost, "/features/:id", pageFace, clamor.PM, s.editForm},
		{http.MethodPost, "/features/:id/pin", pageFace, clamor.PM, s.pinForm},
		{http.MethodPost, "/features/:id/asks", pageFace, clamor.PM, s.severalForm},
		{http.MethodGet, "/features/:id/merge", pageFace, clamor.PM, s.mergePage},
		{http.MethodPost, "/features/:id/merge", pageFace, clamor.PM, s.mergeForm},
		{http.MethodGet, "/features/:id/asks/:ask/move", pageFace, clamor.PM, s.movePage},
		{http.MethodPost, "/features/:id/asks/:ask/move", pageFace, clamor.PM, s.askForm(clamor.RuleMove)},
		{http.MethodPost, "/features/:id/asks/:ask/split", pageFace, clamor.PM, s.askForm(clamor.RuleSplit)},
		{http.MethodPost, "/features/:id/asks/:ask/confirm", pageFace, clamor.PM, s.askForm(clamor.RuleConfirm)},
		{http.MethodPost, "/features/:id/asks/:ask/not-an-ask", pageFace, clamor.PM, s.askForm(clamor.RuleNotAnAsk)},
		{http.MethodPost, "/rulings/:id/undo", pageFace, clamor.PM, s.undoForm},
		{http.MethodGet, "/triage", pageFace, clamor.PM, s.triagePage},
		{http.MethodPost, "/triage", pageFace, clamor.PM, s.triageForm},
		{http.MethodPost, "/triage/mode", pageFace, clamor.PM, s.triageModeForm},
		{http.MethodGet, "/my-notes", pageFace, clamor.Reporter, s.minePage},
		{http.MethodGet, "/notes/new", pageFace, clamor.Reporter, s.sendPage},
		{http.MethodPost, "/notes/new", pageFace, clamor.Reporter, s.sendForm},
		{http.MethodGet, "/accounts", pageFace, clamor.Viewer, s.accountsPage},
		{http.MethodGet, "/accounts/names", pageFace, clamor.Reporter, s.suggestAccounts},
		{http.MethodGet, "/notes/:id", pageFace, clamor.Viewer, s.notePage},
		{http.MethodGet, "/accounts/:id", pageFace, clamor.Viewer, s.accountPage},
		{http.MethodGet, "/static/:name", openFace, "", s.static},
	})
}

func (s *Server) static(c *gin.Context) error {
	s.site.ServeHTTP(c.Writer, c.Request)
	return nil
}

// render writes a page for the reader; flash may be nil.
func (s *Server) render(c *gin.Context, status int, flash *web.Flash, v web.View) error {
	body, err := s.site.Page(web.Frame{User: userOf(c), Flash: flash}, v)
	if err != nil {
		return err
	}
	c.Data(status, "text/html; charset=utf-8", body)
	return nil
}

// renderError writes a problem for a person. Somebody without a session is told how to get one.
func (s *Server) renderError(c *gin.Context, p Problem) {
	v := visitOf(c)
	if v.user.ID == "" {
		if a, found, _ := s.sessionUser(c.Request); found { // an unknown address has no role to check, yet a reader
			v.user = a.User
		}
	}
	var view web.View = web.ErrorView{Status: p.Status, Title: p.Title, Message: p.Detail, Faults: p.Faults, RequestID: p.Request,
		Back: backOf(c.Request)}
	if p.Status == http.StatusUnauthorized {
		signIn := web.SignInView{}
		if c.Query("token") != "" {
			signIn.Message = p.Detail
		} else if c.Request.Method == http.MethodGet {
			s.rememberNext(c)
		}
		view = signIn
	}
	if err := s.render(c, p.Status, nil, view); err != nil {
		s.Logger.ErrorContext(c.Request.Context(), "error page not rendered", "request_id", p.Request, "error", err)
		c.String(p.Status, "%s\n\n%s\n", p.Title, p.Detail)
	}
}

// backOf is the page of ours that the reader comes from, "" if it is none or the same.
func backOf(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.RequestURI() == r.URL.RequestURI() {
		return ""
	}
	return localPath(u.RequestURI())
}

// maxForm bounds what a form of ours may send.
const maxForm = 64 << 10

// form reads the fields that a page's form sent.
func form(c *gin.Context) (url.Values, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the form cannot be read: %w", err)
	}
	return c.Request.PostForm, nil
}

// What the end of a form may say was done, beside the ruling that it made.
const (
	doneFrozen = "frozen"
	doneSaved  = "saved"
	doneSent   = "sent"
)

// seeOther ends a form: the browser loads the page anew, which then tells what was done.
func seeOther(c *gin.Context, path, done string) error {
	u, err := url.Parse(localPath(path))
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("done", done)
	u.RawQuery, u.Fragment = q.Encode(), ""
	c.Redirect(http.StatusSeeOther, u.String())
	return nil
}
