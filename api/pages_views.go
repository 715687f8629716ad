package api

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

// columnsPreference is which columns of the list a person chose.
const columnsPreference = "list.columns"

const usualColumns = "score,keep,grow,accounts,blockers,largest,trend,status,team,effort"

// columnsOf are the columns that the address names, else those that the reader chose, else the usual ones.
func (s *Server) columnsOf(c *gin.Context, params url.Values) (map[string]bool, error) {
	text := params.Get("columns")
	if text == "" {
		var err error
		if text, err = s.Store.Preference(c.Request.Context(), userOf(c).ID, columnsPreference); err != nil {
			return nil, err
		}
	}
	if text == "" {
		text = usualColumns
	}
	chosen := strings.Split(text, ",")
	shown := map[string]bool{}
	for _, column := range web.Settable() {
		if slices.Contains(chosen, column.Value) {
			shown[column.Value] = true
		}
	}
	return shown, nil
}

// columnsForm keeps which columns the reader wants to see.
func (s *Server) columnsForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	var chosen []string
	for _, column := range web.Settable() {
		if slices.Contains(fields["column"], column.Value) {
			chosen = append(chosen, column.Value)
		}
	}
	text := strings.Join(chosen, ",")
	if len(chosen) == 0 || fields.Get("usual") != "" {
		text = ""
	}
	if err := s.Store.PutPreference(c.Request.Context(), userOf(c).ID, columnsPreference, text, userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, listPath(fields.Get("back")), doneSaved)
}

// listPath is the list as the reader had it, or the whole one. Which columns it names no longer counts.
func listPath(back string) string {
	u, err := url.Parse(localPath(back))
	if err != nil || u.Path != "/" {
		return "/"
	}
	return "/?" + without(u.Query(), "columns", "done").Encode()
}

const (
	maxViewName  = 60
	maxViewQuery = 2000
)

// viewForm keeps the list as the reader has it under a name.
func (s *Server) viewForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	v, err := viewOf(userOf(c), fields.Get("name"), fields.Get("query"), fields.Get("shared") != "")
	if err != nil {
		return err
	}
	if _, err := s.Store.SaveView(c.Request.Context(), v); err != nil {
		return err
	}
	return seeOther(c, "/?"+v.Query, doneSaved)
}

// viewOf is the list as an address has it, under a name.
func viewOf(u clamor.User, name, address string, shared bool) (clamor.SavedView, error) {
	name = oneSpaced(name)
	query, err := url.ParseQuery(address)
	var wrong faults
	if name == "" || len(name) > maxViewName {
		wrong.add("name", clamor.Errorf(clamor.Invalid, "give the view a name of at most %d bytes", maxViewName))
	}
	if err != nil || len(query.Encode()) > maxViewQuery {
		wrong.add("query", clamor.Errorf(clamor.Invalid, "the list's address is too long to be kept: choose fewer filters"))
	}
	query = without(query, "cursor", "done")
	return clamor.SavedView{Name: name, Query: query.Encode(), Person: u.ID, By: u.Name, Shared: shared}, clamor.Refuse("the view cannot be kept", wrong)
}

// oneSpaced leaves one space between words and none around them.
func oneSpaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// dropViewForm forgets a view: one's own, or as a product manager a shared one.
func (s *Server) dropViewForm(c *gin.Context) error {
	u := userOf(c)
	if err := s.Store.DropView(c.Request.Context(), c.Param("id"), u.ID, u.Name, u.Role.May(clamor.PM)); err != nil {
		return err
	}
	return seeOther(c, "/", doneSaved)
}

func (s *Server) showViews(c *gin.Context, v *web.ListView) error {
	u := userOf(c)
	views, err := s.Store.Views(c.Request.Context(), u.ID)
	for _, one := range views {
		v.Views = append(v.Views, web.ViewLink{SavedView: one, Selected: one.Query == v.ViewQuery, Mine: one.Person == u.ID || one.Shared && u.Role.May(clamor.PM)})
	}
	return err
}

// bulkForm sets many features of the list to one status.
func (s *Server) bulkForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	var ids []clamor.FeatureID
	for _, id := range fields["feature"] {
		ids = append(ids, clamor.FeatureID(id))
	}
	if len(ids) == 0 || len(ids) > maxAsks {
		return clamor.Errorf(clamor.Invalid, "tick the features to change, at most %d", maxAsks)
	}
	status, reason := clamor.Status(fields.Get("status")), strings.TrimSpace(fields.Get("reason"))
	edit := clamor.FeatureEdit{Status: &status}
	if reason != "" || status == clamor.StatusWontDo {
		edit.StatusReason = &reason
	}
	batch, err := s.Store.EditFeatures(c.Request.Context(), ids, edit, userOf(c).Name)
	if err != nil {
		return err
	}
	return seeOther(c, listPath(fields.Get("back")), batch)
}

// undoEditForm takes back what was changed at one go.
func (s *Server) undoEditForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	if _, err := s.Store.UndoEdit(c.Request.Context(), c.Param("id"), userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, localPath(fields.Get("back")), c.Param("id"))
}
