package web

import (
	"regexp"
	"strings"
)

// GuideBlock is one piece of a guide: a line of words, numbered steps, code, or the rows of a table.
type GuideBlock struct {
	Words Line
	Steps []Line
	Code  string
	Rows  []GuideRow
}

// GuideRow is a row of two or more cells.
type GuideRow []Line

// Line is a line of words of a guide.
type Line []Span

// Span is a piece of a line: plain words, code, strong words or a link.
type Span struct {
	Text, URL    string
	Code, Strong bool
}

// Guide reads the part of Markdown that our guides are written in; what it does not know stays text.
func Guide(text string) []GuideBlock {
	var blocks []GuideBlock
	for piece := range strings.SplitSeq(strings.TrimSpace(text)+"\n", "\n\n") {
		blocks = append(blocks, guideBlock(strings.Trim(piece, "\n")))
	}
	return blocks
}

var guideStep = regexp.MustCompile(`(?m)^\d+\. `)

func guideBlock(piece string) GuideBlock {
	switch {
	case strings.HasPrefix(piece, "```"):
		_, code, _ := strings.Cut(piece, "\n")
		return GuideBlock{Code: strings.TrimSuffix(strings.TrimSuffix(code, "```"), "\n")}
	case strings.HasPrefix(piece, "|"):
		return GuideBlock{Rows: guideRows(piece)}
	case guideStep.MatchString(piece) && guideStep.FindStringIndex(piece)[0] == 0:
		var steps []Line
		for _, step := range guideStep.Split(piece, -1)[1:] {
			steps = append(steps, guideLine(step))
		}
		return GuideBlock{Steps: steps}
	}
	return GuideBlock{Words: guideLine(piece)}
}

func guideRows(piece string) []GuideRow {
	var rows []GuideRow
	for line := range strings.SplitSeq(piece, "\n") {
		if strings.Trim(line, "|- ") == "" {
			continue // the rule below the head, or an empty head
		}
		var row GuideRow
		cells := strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, "\x00")
		for cell := range strings.SplitSeq(cells, "|") {
			row = append(row, guideLine(strings.ReplaceAll(cell, "\x00", "|")))
		}
		rows = append(rows, row)
	}
	return rows
}

// guideSpan finds code, strong words and links.
var guideSpan = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\[([^\\]]+)\\]\\(([^)]+)\\)")

func guideLine(text string) Line {
	text = strings.Join(strings.Fields(text), " ")
	var line Line
	plain := func(words string) {
		if words != "" {
			line = append(line, Span{Text: words})
		}
	}
	at := 0
	for _, m := range guideSpan.FindAllStringSubmatchIndex(text, -1) {
		plain(text[at:m[0]])
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return text[m[2*n]:m[2*n+1]]
		}
		switch {
		case m[2] >= 0:
			line = append(line, Span{Text: group(1), Code: true})
		case m[4] >= 0:
			line = append(line, Span{Text: group(2), Strong: true})
		default:
			line = append(line, Span{Text: group(3), URL: outside(group(4))})
		}
		at = m[1]
	}
	plain(text[at:])
	return line
}
