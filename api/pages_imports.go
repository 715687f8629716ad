package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/ingest"
)

// UploadStore is what the pages of imports need of the store.
type UploadStore interface {
	FindUpload(ctx context.Context, id clamor.UploadID) (clamor.Upload, error)
	// Uploads lists the newest first.
	Uploads(ctx context.Context, limit int) ([]clamor.Upload, error)
}

// Uploads keeps files that people import, and imports them beside the requests; ingest.Uploads are some.
type Uploads interface {
	Receive(ctx context.Context, u clamor.Upload, r io.Reader) (clamor.Upload, error)
	Look(u clamor.Upload) (ingest.Look, error)
	Try(ctx context.Context, u clamor.Upload) error
	Start(ctx context.Context, u clamor.Upload, by string) error
	// Refused is the CSV of the rows that were refused.
	Refused(u clamor.Upload) (io.ReadCloser, error)
	Drop(ctx context.Context, u clamor.Upload, by string) error
}

func (s *Server) importPages() []route {
	return []route{
		{http.MethodGet, "/imports", pageFace, clamor.Admin, s.importsPage},
		{http.MethodPost, "/imports", pageFace, clamor.Admin, s.uploadForm},
		{http.MethodGet, "/imports/new", pageFace, clamor.Admin, s.newImportPage},
		{http.MethodGet, "/imports/:id", pageFace, clamor.Admin, s.importPage},
		{http.MethodGet, "/imports/:id/refused.csv", pageFace, clamor.Admin, s.refusedCSV},
		{http.MethodPost, "/imports/:id/columns", pageFace, clamor.Admin, s.columnsOfForm},
		{http.MethodPost, "/imports/:id/start", pageFace, clamor.Admin, s.startImportForm},
		{http.MethodPost, "/imports/:id/drop", pageFace, clamor.Admin, s.dropImportForm},
	}
}

const shownUploads = 100

// importsPage is the history of imports.
func (s *Server) importsPage(c *gin.Context) error {
	all, err := s.Store.Uploads(c.Request.Context(), shownUploads)
	if err != nil {
		return err
	}
	var flash *web.Flash
	if c.Query("done") == doneDropped {
		flash = &web.Flash{Message: "Forgotten, with its file. Nothing of it was imported."}
	}
	return s.render(c, http.StatusOK, flash, web.ImportsView{Uploads: all})
}

func (s *Server) newImportPage(c *gin.Context) error {
	kind := c.Query("kind")
	if kind == "" {
		kind = "accounts"
	}
	return s.render(c, http.StatusOK, nil, web.NewImportView{Kind: kind, Most: ingest.MaxUpload})
}

// uploadTime is how long a file may take to come in.
const uploadTime = time.Hour

// uploadForm takes in a file as it comes. What is wrong with it is told on the form.
func (s *Server) uploadForm(c *gin.Context) error {
	if s.Uploads == nil {
		return clamor.Errorf(clamor.Unsupported, "this service keeps no files: use clamor import")
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(s.Now().Add(uploadTime)) // where that is not possible the usual time must do
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, ingest.MaxUpload+maxForm)
	u, err := s.receiveFile(c)
	if kind := clamor.KindOf(err); err != nil && kind != clamor.Internal && kind != clamor.Unavailable {
		v := web.NewImportView{Kind: u.Kind, Source: u.Source, System: u.System, Most: ingest.MaxUpload, Fault: err.Error()}
		return s.render(c, answers[kind].status, nil, v)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, importPath(u.ID))
	return nil
}

func importPath(id clamor.UploadID) string { return "/imports/" + url.PathEscape(string(id)) }

// receiveFile reads the parts of the form, of which the file is the last.
func (s *Server) receiveFile(c *gin.Context) (clamor.Upload, error) {
	u := clamor.Upload{Kind: "accounts", By: userOf(c).Name}
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return u, clamor.Errorf(clamor.Invalid, "choose a file")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, clamor.Errorf(clamor.Invalid, "choose a file")
		}
		if err != nil {
			return u, clamor.Errorf(clamor.Invalid, "the form did not come whole: send it again")
		}
		if part.FormName() == "file" {
			return s.keepFile(c, u, part)
		}
		text, err := io.ReadAll(io.LimitReader(part, 500))
		if err != nil || !utf8.Valid(text) || checkLine(string(text)) != nil {
			return u, clamor.Errorf(clamor.Invalid, "%s: write one short line of text", part.FormName())
		}
		switch value := strings.TrimSpace(string(text)); part.FormName() {
		case "kind":
			u.Kind = value
		case "source":
			u.Source = value
		case "system":
			u.System = strings.ToLower(value)
		}
	}
}

func (s *Server) keepFile(c *gin.Context, u clamor.Upload, part *multipart.Part) (clamor.Upload, error) {
	u.File = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
	if part.FileName() == "" {
		return u, clamor.Errorf(clamor.Invalid, "choose a file")
	}
	if !utf8.ValidString(u.File) || checkLine(u.File) != nil {
		u.File = "file"
	}
	u.Source = cmp.Or(u.Source, "import")
	return s.Uploads.Receive(c.Request.Context(), u, part)
}

// upload finds the import in the path.
func (s *Server) upload(c *gin.Context) (clamor.Upload, error) {
	if s.Uploads == nil {
		return clamor.Upload{}, clamor.Errorf(clamor.NotFound, "this service keeps no files")
	}
	return s.Store.FindUpload(c.Request.Context(), clamor.UploadID(c.Param("id")))
}

// importPage shows an import as far as it is: its columns to choose, its progress, what it would do, or what became of it.
func (s *Server) importPage(c *gin.Context) error {
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	if sheet := c.Query("sheet"); sheet != u.Sheet && c.Query("columns") != "" {
		u.Sheet, u.Map = sheet, nil // another sheet has other columns
	}
	v := web.ImportView{Upload: u, Now: s.Now()}
	if u.State == clamor.UploadReceived || u.State == clamor.UploadTried && c.Query("columns") != "" {
		look, err := s.Uploads.Look(u)
		switch {
		case clamor.KindOf(err) == clamor.NotFound:
			v.Upload.State, v.Upload.Fault = clamor.UploadFailed, err.Error()
		case err != nil && clamor.KindOf(err) != clamor.Invalid:
			return err
		default:
			v.Columns = web.NewColumns(u, look.Sheets, look.Header, look.Rows, look.Dates, fieldsOf(look))
			if err != nil {
				v.Upload.Fault = err.Error()
			}
		}
	}
	if !u.EndedAt.IsZero() && u.Refused > 0 {
		if file, err := s.Uploads.Refused(u); err == nil {
			v.Refused = importPath(u.ID) + "/refused.csv"
			_ = file.Close()
		}
	}
	return s.render(c, http.StatusOK, nil, v)
}

func fieldsOf(look ingest.Look) []web.ColumnField {
	var all []web.ColumnField
	for _, f := range look.Fields {
		all = append(all, web.ColumnField{Name: f.Name, Column: f.Column, Needed: f.Needed})
	}
	return all
}

// columnsOfForm notes which column holds what, and begins to find out what the import would do.
func (s *Server) columnsOfForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	u.Sheet, u.DateOrder, u.System = fields.Get("sheet"), fields.Get("date_order"), strings.ToLower(strings.TrimSpace(fields.Get("system")))
	if err := checkLine(u.System); err != nil {
		return clamor.Refuse("the columns cannot be noted", []clamor.Fault{{Path: "system", Message: err.Error()}})
	}
	u.Map = map[string]string{}
	for name, values := range fields {
		if field, ok := strings.CutPrefix(name, "field_"); ok && len(values) == 1 {
			u.Map[field] = values[0]
		}
	}
	if err := s.Uploads.Try(c.Request.Context(), u); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, importPath(u.ID))
	return nil
}

func (s *Server) startImportForm(c *gin.Context) error {
	u, err := s.upload(c)
	if err == nil {
		err = s.Uploads.Start(c.Request.Context(), u, userOf(c).Name)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, importPath(u.ID))
	return nil
}

const doneDropped = "dropped"

func (s *Server) dropImportForm(c *gin.Context) error {
	u, err := s.upload(c)
	if err == nil {
		err = s.Uploads.Drop(c.Request.Context(), u, userOf(c).Name)
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/imports", doneDropped)
}

// refusedCSV downloads the rows that were refused, to be mended and imported again.
func (s *Server) refusedCSV(c *gin.Context) error {
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	file, err := s.Uploads.Refused(u)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(u.File, path.Ext(u.File)) + "-refused.csv"
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	c.DataFromReader(http.StatusOK, -1, "text/csv; charset=utf-8", file, nil)
	return file.Close()
}
