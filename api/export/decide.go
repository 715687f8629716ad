package export

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clamor"
)

// boxes is how many features the planning meeting gets a box to tick for.
const boxes = 25

// decide is one box for each of the first features, by team: the meeting ticks what it takes on. What is ticked stays ticked when the
// document is written anew.
func (p *page) decide() []section {
	if len(p.shown) == 0 || p.o.File {
		return nil
	}
	byTeam, teams := map[string][]clamor.Entry{}, []string{}
	for _, e := range p.shown[:min(boxes, len(p.shown))] {
		if _, known := byTeam[e.Feature.Team]; !known {
			teams = append(teams, e.Feature.Team)
		}
		byTeam[e.Feature.Team] = append(byTeam[e.Feature.Team], e)
	}
	slices.SortStableFunc(teams, func(a, b string) int { return first(a != "", b != "") })
	head := "### To decide\n\nTick what the meeting takes on; what is ticked stays ticked when this issue is brought up to date.\n\n"
	var sections []section
	for _, team := range teams {
		if len(teams) > 1 || team != "" {
			head += "**" + cmp.Or(brief(p.names.words(team), 100), "No team yet") + "**\n\n"
		}
		for _, e := range byTeam[team] {
			sections = append(sections, section{text: head + p.box(e)})
			head = ""
		}
		head = "\n"
	}
	return append(sections, section{text: "\n"})
}

func (p *page) box(e clamor.Entry) string {
	text := fmt.Sprintf("- [ ] %d. %s", e.Rank, p.featureLink(e.Feature))
	if e.Feature.Area != "" {
		text += " · " + brief(p.names.words(e.Feature.Area), 100)
	}
	return text + " <!-- box " + strings.Map(idOnly, string(e.Feature.ID)) + " -->\n"
}

func idOnly(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
		return r
	}
	return -1
}

var (
	ticked = regexp.MustCompile(`(?m)^- \[[xX]\] .*<!-- box ([a-zA-Z0-9_]+) -->\r?$`)
	box    = regexp.MustCompile(`(?m)^- \[ \] (.*<!-- box ([a-zA-Z0-9_]+) -->)$`)
)

// ticksOf finds which boxes people have ticked in a text.
func ticksOf(text string) []string {
	var ids []string
	for _, found := range ticked.FindAllStringSubmatch(text, -1) {
		ids = append(ids, found[1])
	}
	return ids
}

// withTicks ticks the boxes named.
func withTicks(text string, ids []string) string {
	if len(ids) == 0 {
		return text
	}
	return box.ReplaceAllStringFunc(text, func(line string) string {
		found := box.FindStringSubmatch(line)
		if slices.Contains(ids, found[2]) {
			return "- [x] " + found[1]
		}
		return line
	})
}
