// Package web owns what people see: the templates, the style sheet, the script, and how money, shares and quotes are
// written on a page. It renders views made by package api and knows nothing of requests, sessions or the database.
//
// Every page works without the script, loads nothing from another host, and holds no inline script and no inline style, so
// that under a strict Content-Security-Policy text from outside cannot become either.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"clamor"
)

//go:embed templates static
var files embed.FS

// Site renders views and serves the files that pages refer to. It is safe for concurrent use.
type Site struct {
	pages  map[string]*template.Template
	assets map[string]asset // by name with hash, as in the URL
	urls   map[string]string
}

type asset struct {
	body []byte
	kind string
}

// New parses all templates and names the assets by their content, so that browsers may keep them for ever.
func New() (*Site, error) {
	s := &Site{pages: map[string]*template.Template{}, assets: map[string]asset{}, urls: map[string]string{}}
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	for _, v := range views() {
		t, err := s.parse(v.page())
		if err != nil {
			return nil, fmt.Errorf("parsing page %s: %w", v.page(), err)
		}
		s.pages[v.page()] = t
	}
	return s, nil
}

// parse makes one set per page: in a shared set the last "main" defined would be everybody's.
func (s *Site) parse(page string) (*template.Template, error) {
	t := template.New("frame.html").Funcs(formats()).Funcs(template.FuncMap{"asset": s.url}).Option("missingkey=error")
	return t.ParseFS(files, "templates/frame.html", "templates/parts.html", "templates/tracked.html", "templates/settings_nav.html", "templates/*_parts.html",
		"templates/start.html", "templates/"+page+".html")
}

func (s *Site) url(name string) (string, error) {
	if u, ok := s.urls[name]; ok {
		return u, nil
	}
	return "", fmt.Errorf("no asset %s", name)
}

// loadAssets takes fonts first, since the style sheet names their URLs, and joins the style sheets in the order of their names.
func (s *Site) loadAssets() error {
	var style bytes.Buffer
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".css" {
			style.Write(body)
			return nil
		}
		s.add(path.Base(name), body)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading assets: %w", err)
	}
	sheet := style.String()
	for name, u := range s.urls {
		sheet = strings.ReplaceAll(sheet, `url("`+name+`")`, `url("`+u+`")`)
	}
	s.add("clamor.css", []byte(sheet))
	return nil
}

func (s *Site) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	kind := mime.TypeByExtension(ext)
	if ext == ".woff2" {
		kind = "font/woff2" // not in every system's table
	}
	s.assets[hashed] = asset{body, kind}
	s.urls[name] = "/static/" + hashed
}

// ServeHTTP serves /static/NAME.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[path.Base(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	if r.Method != http.MethodHead {
		w.Write(a.body) //nolint:errcheck // the client went away
	}
}

// Frame is what stands around every page.
type Frame struct {
	User  clamor.User // the zero User: nobody is signed in
	Flash *Flash
}

// May reports whether the reader may do what needs the role.
func (f Frame) May(role clamor.Role) bool { return f.User.Role.May(role) }

// Flash is the answer to what the reader just did.
type Flash struct {
	Message  string
	Undo     clamor.RulingID // what can be taken back
	UndoEdit string          // the batch of changes that can be
	Back     string          // where the undo leads
	Bad      bool            // it was not done
}

// View is what one page shows. Each view has a template of its own.
type View interface{ page() string }

// Page renders a page whole: a fault in the middle must not leave half a page behind.
func (s *Site) Page(frame Frame, v View) ([]byte, error) {
	var b bytes.Buffer
	data := struct {
		Frame
		Page, Section string
		View          View
	}{frame, v.page(), section(v.page()), v}
	name := "frame.html"
	switch v.(type) {
	case NamesView, ArrivalView, RankingPreview, RowPartsView: // parts of pages
		name = "main"
	}
	if err := s.pages[v.page()].ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", v.page(), err)
	}
	return b.Bytes(), nil
}
