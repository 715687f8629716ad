package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
	"clamor/dedupe"
)

// deduperPages are the deduper's settings with the lab that tries them, and the placements that look wrong today.
func (s *Server) deduperPages() []route {
	return []route{
		{http.MethodGet, deduperPath, pageFace, clamor.PM, s.deduperPage},
		{http.MethodPost, deduperPath, pageFace, clamor.Admin, s.deduperForm},
		{http.MethodPost, deduperPath + "/try", pageFace, clamor.PM, s.deduperTry},
		{http.MethodGet, deduperPath + "/doubts", pageFace, clamor.PM, s.doubtsPage},
		{http.MethodPost, deduperPath + "/doubts", pageFace, clamor.PM, s.doubtForm},
	}
}

const (
	deduperPath  = "/settings/deduper"
	pageExamples = 20
	pageDoubts   = 50
)

// labCautions are the settings that the page tries around the one that is set.
func labCautions(now float64) []float64 {
	all := []float64{-0.2, -0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15, 0.2}
	if !slices.Contains(all, now) {
		all = append(all, now)
		slices.Sort(all)
	}
	return all
}

// tuning is what a form wants the deduper to be told.
type tuning struct {
	clamor.DeduperSettings
	lines   []web.SynonymLine
	caution string
	word    string
	others  string
	using   int64
	faults  map[string]string
}

// deduperPage shows what the deduper is told, and what the lab finds. With ?other= it gives examples of another caution.
func (s *Server) deduperPage(c *gin.Context) error {
	ctx := c.Request.Context()
	now, err := s.Store.DeduperSettings(ctx)
	if err != nil {
		return err
	}
	t := tuning{DeduperSettings: now}
	t.Reason = ""
	if text := c.Query("use"); text != "" {
		if t, err = s.olderTuning(ctx, now, text); err != nil {
			return err
		}
	}
	t.lines, t.caution = synonymLines(t.Synonyms), cautionText(t.Caution)
	other := c.Query("other")
	if other != "" {
		if n, err := readCaution(other); err == nil {
			t.caution = cautionText(n)
		}
	}
	v, err := s.deduperView(ctx, now, t, other)
	if err != nil {
		return err
	}
	var flash *web.Flash
	if c.Query("done") == doneSaved {
		const said = "Stored as version %d. What comes in is read with it; what was placed stays where it is."
		flash = &web.Flash{Message: fmt.Sprintf(said, now.Version)}
	}
	return s.render(c, http.StatusOK, flash, v)
}

// olderTuning is what an older version told the deduper, to be stored again.
func (s *Server) olderTuning(ctx context.Context, now clamor.DeduperSettings, text string) (tuning, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return tuning{}, clamor.Errorf(clamor.Invalid, "%q is no version of the settings: write 1 or more", clip(text))
	}
	all, err := s.Store.DeduperSettingsVersions(ctx, shownVersions)
	if err != nil {
		return tuning{}, err
	}
	at := slices.IndexFunc(all, func(v clamor.DeduperSettings) bool { return v.Version == n })
	if at < 0 {
		return tuning{}, clamor.Errorf(clamor.NotFound, "there is no version %d of the deduper's settings", n)
	}
	t := tuning{DeduperSettings: all[at], using: n}
	t.Version, t.Reason = now.Version, fmt.Sprintf("as in version %d", n)
	return t, nil
}

func cautionText(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// synonymLines are the lines of a table as the page lists them. Lines that are only a remark are kept and not listed.
func synonymLines(table string) []web.SynonymLine {
	var all []web.SynonymLine
	n := 0
	for line := range strings.Lines(table) {
		text, remark, _ := strings.Cut(line, "#")
		if word, others, ok := strings.Cut(text, ":"); ok {
			all = append(all, web.SynonymLine{Index: n, Word: strings.TrimSpace(word), Others: strings.TrimSpace(others),
				Remark: strings.TrimSpace(remark)})
		}
		n++
	}
	return all
}

// readTuning reads what a form wants: the synonyms of the version that it was made from, less those that it drops, and one that it adds.
func (s *Server) readTuning(c *gin.Context, now clamor.DeduperSettings) (tuning, error) {
	fields, err := form(c)
	if err != nil {
		return tuning{}, err
	}
	t := tuning{caution: fields.Get("caution"), word: strings.TrimSpace(fields.Get("word")), others: strings.TrimSpace(fields.Get("others")),
		faults: map[string]string{}}
	t.Reason, t.By = strings.TrimSpace(fields.Get("reason")), userOf(c).Name
	if t.Version, err = strconv.ParseInt(fields.Get("version"), 10, 64); err != nil {
		return t, clamor.Errorf(clamor.Invalid, "the form does not say which version it was made from: load the page again")
	}
	base := now
	t.using, _ = strconv.ParseInt(fields.Get("using"), 10, 64) // anything else is the newest
	if from := cmp.Or(t.using, t.Version); from != now.Version && from > 0 {
		older, err := s.olderTuning(c.Request.Context(), now, strconv.FormatInt(from, 10))
		if err != nil {
			return t, err
		}
		base = older.DeduperSettings
	}
	t.lines = synonymLines(base.Synonyms)
	for i := range t.lines {
		t.lines[i].Drop = slices.Contains(fields["drop"], strconv.Itoa(t.lines[i].Index))
	}
	var kept strings.Builder
	n := 0
	for line := range strings.Lines(base.Synonyms) {
		if !slices.Contains(fields["drop"], strconv.Itoa(n)) {
			kept.WriteString(strings.TrimRight(line, "\r\n") + "\n")
		}
		n++
	}
	t.check(kept.String())
	return t, nil
}

// check reads what was typed, and names what is wrong by its field.
func (t *tuning) check(kept string) {
	var err error
	if t.Caution, err = readCaution(t.caution); err != nil {
		t.faults["caution"] = err.Error()
	}
	if t.word != "" || t.others != "" {
		line := strings.Join(strings.Fields(t.word), " ") + ": " + strings.Join(strings.Fields(t.others), " ")
		var refused *clamor.Error
		switch {
		case strings.ContainsAny(t.word, ":#,"):
			t.faults["word"] = "write one word or phrase, without a colon or a comma"
		case strings.ContainsAny(t.others, ":#"):
			t.faults["others"] = "write words or phrases with commas between them"
		case errors.As(dedupe.CheckSynonyms(line), &refused):
			t.faults["others"] = refused.Message
			if len(refused.Faults) > 0 {
				t.faults["others"] = refused.Faults[0].Message
			}
		default:
			kept += line + "\n"
		}
	}
	t.Synonyms = kept
}

// deduperView readies the page, with what the lab finds.
func (s *Server) deduperView(ctx context.Context, now clamor.DeduperSettings, t tuning, other string) (web.DeduperView, error) {
	v := web.DeduperView{Version: t.Version, By: now.By, At: now.At, Caution: t.caution, Reason: t.Reason, Using: t.using, Lines: t.lines,
		NewWord: t.word, NewOthers: t.others, Faults: t.faults}
	than := now.Caution
	if other != "" {
		n, err := readCaution(other)
		if err != nil {
			return v, clamor.Refuse("the lab cannot try that", []clamor.Fault{{Path: "other", Message: err.Error()}})
		}
		than, v.Other = n, web.TrialRow{Caution: n}.Sign()
	}
	e, err := s.Dedupe.Lab(ctx, labCautions(now.Caution), than, usualTrials, pageExamples)
	if err != nil {
		return v, err
	}
	for _, t := range e.Trials {
		v.Asks, v.Ruled = t.Asks, t.Shared
		v.Trials = append(v.Trials, web.TrialRow{Caution: t.Caution, Joins: t.Joins, Adds: t.Adds, Breaks: t.Breaks, Right: t.Right, Wrong: t.Wrong,
			Missed: t.Missed, Shared: t.Shared, Set: math.Abs(t.Caution-e.Caution) < 1e-9,
			URL: deduperPath + "?" + url.Values{"other": {cautionText(t.Caution)}}.Encode() + "#examples"})
	}
	if v.Examples, err = s.examples(ctx, e.Changes); err != nil {
		return v, err
	}
	v.History, err = s.deduperHistory(ctx, now.Version)
	return v, err
}

func (s *Server) deduperHistory(ctx context.Context, newest int64) ([]web.RankingVersion, error) {
	versions, err := s.Store.DeduperSettingsVersions(ctx, shownVersions+1)
	if err != nil {
		return nil, err
	}
	var all []web.RankingVersion
	for i, v := range versions[:min(shownVersions, len(versions))] {
		var before clamor.DeduperSettings
		if i+1 < len(versions) {
			before = versions[i+1]
		}
		all = append(all, web.RankingVersion{Version: v.Version, By: v.By, At: v.At, Reason: v.Reason, Newest: v.Version == newest,
			Edits: tuningLines(before, v)})
	}
	return all, nil
}

// tuningLines say what a version of the deduper's settings changed.
func tuningLines(was, is clamor.DeduperSettings) []web.EditLine {
	var lines []web.EditLine
	if was.Caution != is.Caution {
		lines = append(lines, web.EditLine{Label: "Caution", Was: cautionText(was.Caution), Is: cautionText(is.Caution)})
	}
	in := func(all []web.SynonymLine, l web.SynonymLine) bool {
		return slices.ContainsFunc(all, func(o web.SynonymLine) bool { return o.Word == l.Word && o.Others == l.Others })
	}
	before, after := synonymLines(was.Synonyms), synonymLines(is.Synonyms)
	for _, l := range after {
		if !in(before, l) {
			lines = append(lines, web.EditLine{Label: "Read as " + l.Word, Was: "nothing", Is: l.Others})
		}
	}
	for _, l := range before {
		if !in(after, l) {
			lines = append(lines, web.EditLine{Label: "Read as " + l.Word, Was: l.Others, Is: "nothing"})
		}
	}
	return lines
}

// deduperTry tells what the form would do, and stores nothing.
func (s *Server) deduperTry(c *gin.Context) error {
	ctx := c.Request.Context()
	now, err := s.Store.DeduperSettings(ctx)
	if err != nil {
		return err
	}
	t, err := s.readTuning(c, now)
	if err != nil {
		return err
	}
	if len(t.faults) > 0 {
		return s.refuseTuning(c, now, t, http.StatusBadRequest, "")
	}
	other := ""
	if t.Caution != now.Caution {
		other = cautionText(t.Caution)
	}
	v, err := s.deduperView(ctx, now, t, other)
	if err != nil {
		return err
	}
	r, err := s.Dedupe.Reword(ctx, t.Synonyms, usualReworded, pageExamples)
	if err != nil {
		return err
	}
	v.Reworded = &web.RewordedView{Asks: r.Asks, Reworded: r.Reworded, Moved: r.Moved}
	if v.Reworded.Examples, err = s.examples(ctx, r.Changes); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, nil, v)
}

// deduperForm stores what the form wants as the next version.
func (s *Server) deduperForm(c *gin.Context) error {
	ctx := c.Request.Context()
	now, err := s.Store.DeduperSettings(ctx)
	if err != nil {
		return err
	}
	t, err := s.readTuning(c, now)
	if err != nil {
		return err
	}
	if t.Reason == "" {
		t.faults["reason"] = "say why: it stays with the version"
	}
	if len(t.Reason) > 2000 {
		t.faults["reason"] = "at most 2000 bytes"
	}
	if len(t.faults) > 0 {
		return s.refuseTuning(c, now, t, http.StatusBadRequest, "")
	}
	if err := dedupe.CheckSynonyms(t.Synonyms); err != nil {
		return err
	}
	_, err = s.Store.PutDeduperSettings(ctx, t.DeduperSettings)
	if clamor.KindOf(err) == clamor.Stale && err != nil {
		t.Version, t.lines = now.Version, synonymLines(now.Synonyms)
		return s.refuseTuning(c, now, t, http.StatusPreconditionFailed, now.By)
	}
	if err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, deduperPath, doneSaved)
}

// refuseTuning shows the form as it was typed.
func (s *Server) refuseTuning(c *gin.Context, now clamor.DeduperSettings, t tuning, status int, stale string) error {
	v, err := s.deduperView(c.Request.Context(), now, t, "")
	if err != nil {
		return err
	}
	v.Stale = stale
	return s.render(c, status, nil, v)
}
