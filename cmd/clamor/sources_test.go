package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clamor/docs"
	"clamor/ingest"
)

// Every system is told how to connect in five steps or fewer, with settings and fields that there are.
func TestTheGuideToSourcesIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/sources.md")
	must(t, err)
	told := map[string]bool{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		kinds := all(section, `--kind ([a-z0-9-]+)`)
		for _, kind := range kinds {
			told[kind] = true
		}
		for _, step := range all(section, `(?m)^(\d+)\. `) {
			if step > "5" || len(step) > 1 {
				t.Errorf("%s takes more than five steps", title)
			}
		}
		said := all(section, `--set '?"?([a-z_]+)=`)
		if len(kinds) > 0 && title != "Any JSON by mapping" { // whose table holds mappings
			said = append(said, all(section, "`([a-z_]+)=[^`]*`")...)
		}
		for _, setting := range said {
			if !slices.ContainsFunc(ingest.Adapters(), func(a ingest.Adapter) bool {
				return (len(kinds) == 0 || slices.Contains(kinds, a.Kind)) && slices.ContainsFunc(a.Settings, func(s ingest.Setting) bool { return s.Name == setting })
			}) {
				t.Errorf("%s: there is no setting %s of %v", title, setting, kinds)
			}
		}
		checkMappings(t, title, section)
	}
	for _, a := range ingest.Adapters() {
		if !told[a.Kind] {
			t.Errorf("nothing tells how to connect %s", a.Title)
		}
		switch steps := docs.Steps(a.Kind, "https://clamor.example"); {
		case steps == "":
			t.Errorf("the page of %s shows no steps", a.Title)
		case strings.Contains(steps, "clamor source") || strings.Contains(steps, "--set") || strings.Contains(steps, "PUBLIC_URL"):
			t.Errorf("the page of %s speaks of the command line: %s", a.Title, steps)
		}
	}
}

// checkMappings tries what is said of mappings; those of imports name columns instead.
func checkMappings(t *testing.T, title, section string) {
	t.Helper()
	if title == "CSV and XLSX" {
		return
	}
	said := regexp.MustCompile(`--map (?:'([^'=]+)=([^']*)'|([^'\s=]+)=([^\s` + "`" + `]+))`)
	for _, m := range said.FindAllStringSubmatch(section, -1) {
		if err := ingest.CheckMapping(map[string]string{m[1] + m[3]: m[2] + m[4]}); err != nil {
			t.Errorf("%s: %s: %v", title, m[0], err)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_.]+)=([^`]+)` \\|")
	for _, m := range rows.FindAllStringSubmatch(section, -1) {
		expression := strings.Trim(strings.ReplaceAll(m[2], `\|`, "|"), `"`)
		if strings.HasPrefix(expression, "'") {
			expression = strings.Trim(expression, "'")
		}
		if err := ingest.CheckMapping(map[string]string{m[1]: expression}); err != nil {
			t.Errorf("%s: %s: %v", title, m[0], err)
		}
	}
}

func all(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}
