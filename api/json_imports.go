package api

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/ingest"
)

func (s *Server) importRoutes() []route {
	const v1 = "/api/v1"
	return []route{
		{http.MethodGet, v1 + "/imports", jsonFace, clamor.Admin, s.imports},
		{http.MethodPost, v1 + "/imports", jsonFace, clamor.Admin, s.addImport},
		{http.MethodGet, v1 + "/imports/:id", jsonFace, clamor.Admin, s.findImport},
		{http.MethodPost, v1 + "/imports/:id", jsonFace, clamor.Admin, s.moveImport},
	}
}

// imports lists the imports of files, the newest first.
func (s *Server) imports(c *gin.Context) error {
	limit := usualLimit
	if text := c.Query("limit"); text != "" {
		n, err := readLimit(text)
		if err != nil {
			return err
		}
		limit = n
	}
	all, err := s.Store.Uploads(c.Request.Context(), limit)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Imports []clamor.Upload `json:"imports"`
	}{orEmpty(all)})
}

// addImport takes in a file, which is the body as it is.
func (s *Server) addImport(c *gin.Context) error {
	if s.Uploads == nil {
		return clamor.Errorf(clamor.Unsupported, "this service keeps no files: use clamor import")
	}
	u := clamor.Upload{Kind: c.Query("kind"), Source: cmp.Or(strings.TrimSpace(c.Query("source")), "import"), File: cmp.Or(c.Query("file"), "file"), By: userOf(c).Name}
	var wrong faults
	wrong.add("source", checkLine(u.Source))
	wrong.add("file", checkLine(u.File))
	if err := clamor.Refuse("the file cannot be kept", wrong); err != nil {
		return err
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(s.Now().Add(uploadTime)) // where that is not possible the usual time must do
	u, err := s.Uploads.Receive(c.Request.Context(), u, http.MaxBytesReader(c.Writer, c.Request.Body, ingest.MaxUpload+1))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, u)
}

func (s *Server) findImport(c *gin.Context) error {
	u, err := s.Store.FindUpload(c.Request.Context(), clamor.UploadID(c.Param("id")))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, u)
}

// moveImport tries an import, starts it, or forgets it.
func (s *Server) moveImport(c *gin.Context) error {
	var b struct {
		Do        string            `json:"do"`
		Map       map[string]string `json:"map"`
		Sheet     string            `json:"sheet"`
		System    string            `json:"system"`
		DateOrder string            `json:"date_order"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	switch b.Do {
	case "try":
		u.Sheet, u.System, u.DateOrder = b.Sheet, strings.ToLower(strings.TrimSpace(b.System)), b.DateOrder
		if b.Map != nil {
			u.Map = b.Map
		}
		var wrong faults
		wrong.add("system", checkLine(u.System))
		wrong.add("date_order", oneOf(b.DateOrder, "mdy", "dmy"))
		if err = clamor.Refuse("the import cannot be tried", wrong); err == nil {
			err = s.Uploads.Try(ctx, u)
		}
	case "start":
		err = s.Uploads.Start(ctx, u, userOf(c).Name)
	case "drop":
		if err := s.Uploads.Drop(ctx, u, userOf(c).Name); err != nil {
			return err
		}
		c.Status(http.StatusNoContent)
		return nil
	default:
		err = clamor.Refuse("nothing is done", []clamor.Fault{{Path: "do", Message: "choose try, start or drop"}})
	}
	if err != nil {
		return err
	}
	return s.findImport(c)
}
