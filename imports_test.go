package clamor_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are all imports of ours that a package may have, tests left out; "*" is any.
var arrows = map[string][]string{
	"clamor":                 {},
	"clamor/ingest":          {"clamor"},
	"clamor/dedupe":          {"clamor"},
	"clamor/rank":            {"clamor"},
	"clamor/store":           {"clamor"},
	"clamor/api/web":         {"clamor"},
	"clamor/api/export":      {"clamor"},
	"clamor/docs":            {},
	"clamor/api":             {"clamor", "clamor/ingest", "clamor/dedupe", "clamor/rank", "clamor/api/web", "clamor/api/export", "clamor/docs"},
	"clamor/cmd/clamor":      {"*"},
	"clamor/cmd/clamor/demo": {"clamor"},
}

// owners are the libraries that few packages may know.
var owners = map[string][]string{
	"github.com/gin-gonic/gin":                   {"clamor/api"},
	"github.com/google/go-github/v62":            {"clamor/api/export"},
	"github.com/bradleyfalzon/ghinstallation/v2": {"clamor/api/export"},
	"github.com/hashicorp/go-retryablehttp":      {"clamor/api/export", "clamor/ingest"},
	"code.dny.dev/ssrf":                          {"clamor/ingest"},
	"github.com/xuri/excelize/v2":                {"clamor/ingest"},
	"github.com/kljensen/snowball":               {"clamor/dedupe"},
	"modernc.org/sqlite":                         {"clamor/store"},
	"github.com/jackc/pgx/v5":                    {"clamor/store"},
	"database/sql":                               {"clamor/store"},
}

func TestImportsFollowTheArrows(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || file != "." && strings.HasPrefix(d.Name(), ".") || hasModule(file)) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		checkFile(t, path.Join("clamor", filepath.ToSlash(filepath.Dir(file))), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hasModule reports whether a folder below this one is a module of its own, such as the benchmarks against peers.
func hasModule(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, "go.mod"))
	return dir != "." && len(found) > 0
}

func checkFile(t *testing.T, pkg, file string) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	allowed, known := arrows[pkg]
	if !known && parsed.Name.Name != "main" {
		t.Errorf("%s: the package %s has no line in the table of arrows", file, pkg)
	}
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		ours := imported == "clamor" || strings.HasPrefix(imported, "clamor/")
		if ours && known && imported != pkg && !slices.Contains(allowed, imported) && !slices.Contains(allowed, "*") {
			t.Errorf("%s imports %s: not an arrow of the architecture (doc.go)", file, imported)
		}
		for library, allowed := range owners {
			if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(allowed, pkg) {
				t.Errorf("%s imports %s, which belongs to %v", file, imported, allowed)
			}
		}
	}
}
