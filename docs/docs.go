// Package docs holds the guides for users that pages show too, so that a guide is written once.
package docs

import (
	_ "embed" // the guides are files
	"regexp"
	"strings"
)

//go:embed sources.md
var sources string

// commandLine finds what a guide says to those who work without the pages: a paragraph that begins so.
var commandLine = regexp.MustCompile(`(?ms)^Command line: .*?(\n\n|\z)`)

// Steps are the steps at the vendor by which sources of a kind are connected, in Markdown; "" where nothing is written.
func Steps(kind, publicURL string) string {
	names := regexp.MustCompile(`--kind ` + regexp.QuoteMeta(kind) + `[^a-z0-9-]`)
	for _, section := range strings.Split(sources, "\n## ")[1:] {
		_, text, _ := strings.Cut(section, "\n")
		if !names.MatchString(text) {
			continue
		}
		return strings.ReplaceAll(strings.TrimSpace(commandLine.ReplaceAllString(text, "")), "PUBLIC_URL", publicURL)
	}
	return ""
}
