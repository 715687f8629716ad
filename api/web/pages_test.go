package web_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"clamor/api/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func site(t testing.TB) *web.Site {
	t.Helper()
	s, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func page(t testing.TB, s *web.Site, p sample) string {
	t.Helper()
	body, err := s.Page(p.frame, p.view)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return string(body)
}

// hashes are left out of golden files: a change of the style sheet changes no page.
var hashes = regexp.MustCompile(`(/static/[a-z-]+)\.[0-9a-f]{12}\.`)

func TestPagesReadAsInTheGoldenFiles(t *testing.T) {
	s := site(t)
	for _, p := range slices.Concat(samples(), houseSamples()) {
		t.Run(p.name, func(t *testing.T) {
			got := hashes.ReplaceAllString(page(t, s, p), "$1.")
			file := filepath.Join("testdata", p.name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPagesAreSoundHTML(t *testing.T) {
	s := site(t)
	for _, p := range slices.Concat(samples(), houseSamples()) {
		t.Run(p.name, func(t *testing.T) {
			d := read(t, page(t, s, p))
			d.checkReferences(t)
			if d.count["h1"] != 1 || d.count["main"] != 1 || d.count["title"] < 1 {
				t.Errorf("%d h1, %d main, %d title; want one of each", d.count["h1"], d.count["main"], d.count["title"])
			}
		})
	}
}

// document is what the checks need to know of a page.
type document struct {
	count map[string]int
	ids   map[string]bool
	names []string // that attributes refer to
}

var void = strings.Fields("area base br col embed hr img input link meta source track wbr")

// read goes through a page token by token: a browser would repair what is not closed, and show something else than was meant.
func read(t *testing.T, text string) document {
	t.Helper()
	d := document{count: map[string]int{}, ids: map[string]bool{}}
	var open []string
	tokens := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := tokens.Next()
		token := tokens.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("never closed: %v", open)
			}
			return d
		case html.StartTagToken, html.SelfClosingTagToken:
			d.count[token.Data]++
			d.attributes(t, token, open)
			if kind == html.StartTagToken && !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		case html.TextToken:
			if len(open) > 0 && (open[len(open)-1] == "script" || open[len(open)-1] == "style") {
				t.Errorf("inline %s: %q", open[len(open)-1], token.Data)
			}
		}
	}
}

// attributes refuses what the policy forbids, what leads elsewhere unasked, and fields without a label.
func (d *document) attributes(t *testing.T, token html.Token, open []string) {
	t.Helper()
	value := map[string]string{}
	for _, a := range token.Attr {
		if _, twice := value[a.Key]; twice {
			t.Errorf("<%s> has %s twice", token.Data, a.Key)
		}
		value[a.Key] = a.Val
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			t.Errorf("<%s> has %s=%q, which the policy forbids", token.Data, a.Key, a.Val)
		case a.Key == "id":
			if d.ids[a.Val] || a.Val == "" {
				t.Errorf("id %q is empty or there twice", a.Val)
			}
			d.ids[a.Val] = true
		case a.Key == "aria-labelledby" || a.Key == "list":
			d.names = append(d.names, a.Val)
		case slices.Contains([]string{"href", "src", "action"}, a.Key):
			if strings.HasPrefix(a.Val, "#") {
				d.names = append(d.names, a.Val[1:])
			} else if !strings.HasPrefix(a.Val, "/") && (token.Data != "a" || !strings.HasPrefix(a.Val, "https://recorder.example/") && !strings.HasPrefix(a.Val, "mailto:jonas@ours.example?")) {
				t.Errorf("<%s> leads to %q", token.Data, a.Val)
			}
		}
	}
	if strings.HasPrefix(value["href"], "https://") && !strings.Contains(value["rel"], "noreferrer") {
		t.Errorf("the link to %s tells where the reader comes from", value["href"])
	}
	field := slices.Contains([]string{"input", "select", "textarea"}, token.Data) && value["type"] != "hidden"
	if field && !slices.Contains(open, "label") && value["aria-label"] == "" {
		t.Errorf("the field %q has no label", value["name"])
	}
}

func (d document) checkReferences(t *testing.T) {
	t.Helper()
	for _, name := range d.names {
		if !d.ids[name] {
			t.Errorf("something refers to %q, which is not on the page", name)
		}
	}
}

func TestTextFromOutsideStaysText(t *testing.T) {
	s := site(t)
	for _, p := range slices.Concat(samples(), houseSamples()) {
		body := page(t, s, p)
		for _, raw := range []string{"<script>alert", "<img src=x", "javascript:alert"} {
			if strings.Contains(body, raw) {
				t.Errorf("%s holds %q as it came", p.name, raw)
			}
		}
	}
}

func TestOnlyThoseWhoMaySeeTheForms(t *testing.T) {
	s := site(t)
	for _, p := range slices.Concat(samples(), houseSamples()) {
		body := page(t, s, p)
		forms := strings.Count(body, `method="post"`)
		for _, own := range []string{"/signout", "/list/columns", "/views"} { // what a viewer may set for himself
			forms -= strings.Count(body, `action="`+own)
		}
		switch {
		case p.frame.User.Role == "viewer" && forms > 0:
			t.Errorf("%s offers a viewer %d forms that would be refused", p.name, forms)
		case p.name == "feature" && forms < 10:
			t.Errorf("the feature's page offers a PM %d forms", forms)
		}
	}
}
