package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/api/web"
)

const doneMode = "mode"

// triageForm does one step of triage, and goes on to the next case. Who came second is told so, and goes on too.
func (s *Server) triageForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	tab, before, next := fields.Get("tab"), fields.Get("before"), fields.Get("next")
	done, err := s.triageStep(c, fields, &next)
	if clamor.KindOf(err) == clamor.Conflict {
		v, failed := s.desk(c, tab, before, next)
		if failed != nil {
			return failed
		}
		v.Notice, v.Bad = err.Error(), true
		return s.render(c, http.StatusConflict, nil, v)
	}
	if err != nil {
		return err
	}
	s.Wake()
	return seeOther(c, triageURL(tab, before, next), string(done))
}

// triageStep makes the ruling that the form asks for. Where it leads to another case than the next one, it says so.
func (s *Server) triageStep(c *gin.Context, fields url.Values, next *string) (clamor.RulingID, error) {
	do, target, _ := strings.Cut(fields.Get("do"), " ")
	key := fields.Get("at")
	if do == "mark" {
		ask, ruling, err := s.mark(c, fields)
		if err == nil {
			*next = string(ask.ID)
		}
		return ruling.ID, err
	}
	r := rulingBody{Kind: clamor.RulingKind(do), Target: clamor.FeatureID(target), Unruled: true}
	switch do {
	case string(clamor.RuleNothing):
		r.Note = clamor.NoteID(key)
	case "new":
		return s.stay(c, fields, key)
	default:
		r.Asks = []clamor.AskID{clamor.AskID(key)}
	}
	return s.decide(c, r)
}

func (s *Server) decide(c *gin.Context, r rulingBody) (clamor.RulingID, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	ruling, err := s.Store.Rule(c.Request.Context(), r.ruling(userOf(c).Name))
	return ruling.ID, err
}

// stay makes an ask a feature of its own: by confirming the one it founded, or by a new one of the title given.
func (s *Server) stay(c *gin.Context, fields url.Values, key string) (clamor.RulingID, error) {
	title := strings.TrimSpace(fields.Get("title"))
	one := web.Case{Key: key}
	if err := s.fillCase(c.Request.Context(), &one); err != nil {
		return "", err
	}
	r := rulingBody{Kind: clamor.RuleSplit, Asks: []clamor.AskID{clamor.AskID(key)}, Title: title, Unruled: true}
	if one.Founded && title == one.Title {
		r.Kind, r.Title = clamor.RuleConfirm, ""
	}
	return s.decide(c, r)
}

// mark makes an ask of the words given. They are looked for where the reader's browser says they are, and nearest to there otherwise.
func (s *Server) mark(c *gin.Context, fields url.Values) (clamor.Ask, clamor.Ruling, error) {
	ctx, words := c.Request.Context(), strings.TrimSpace(strings.ReplaceAll(fields.Get("words"), "\r\n", "\n"))
	if words == "" {
		return clamor.Ask{}, clamor.Ruling{}, clamor.Errorf(clamor.Invalid, "select or copy the words of the note that are an ask")
	}
	note, _, err := s.Store.FindNote(ctx, clamor.NoteID(fields.Get("note")))
	if err != nil {
		return clamor.Ask{}, clamor.Ruling{}, err
	}
	near, _ := strconv.Atoi(fields.Get("near")) // without a script there is none
	start := nearest(note.Text, words, near)
	if start < 0 {
		return clamor.Ask{}, clamor.Ruling{}, clamor.Errorf(clamor.Invalid, "these words do not stand in the note: copy them as they are written there")
	}
	return s.Store.AddAsk(ctx, clamor.MarkedAsk{Note: note.ID, Start: start, End: start + len(words), By: userOf(c).Name})
}

// nearest is where words stand in a text, of several places the one nearest to a byte; -1 if nowhere.
func nearest(text, words string, near int) int {
	best := -1
	for from := 0; ; {
		at := strings.Index(text[from:], words)
		if at < 0 {
			return best
		}
		at += from
		if best < 0 || abs(at-near) < abs(best-near) {
			best = at
		}
		from = at + 1
	}
}

func abs(n int) int { return max(n, -n) }

// triageModeForm sets for the whole workspace whether what the machine joins waits for a person.
func (s *Server) triageModeForm(c *gin.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	mode := fields.Get("mode")
	if mode != "auto" && mode != "suggest" {
		return clamor.Errorf(clamor.Invalid, "choose auto or suggest")
	}
	if err := s.Store.PutPreference(c.Request.Context(), "", modePreference, mode, userOf(c).Name); err != nil {
		return err
	}
	return seeOther(c, triagePath, doneMode)
}
