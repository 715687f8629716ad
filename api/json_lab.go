package api

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/dedupe"
)

// The bounds of one look into the threshold lab: each ask is decided on once more.
const (
	usualTrials   = 2_000
	usualReworded = 1_000 // each is read anew twice
	mostTrials    = 20_000
	mostCaution   = 16
)

// lab tells what other settings of the deduper's caution would join and break on this workspace's own asks, scored against its
// rulings. It changes nothing.
func (s *Server) lab(c *gin.Context) error {
	cautions, asks := []float64{-0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2}, usualTrials
	var faults []clamor.Fault
	if text := c.Query("caution"); text != "" {
		cautions = nil
		for _, word := range strings.Split(text, ",") {
			n, err := strconv.ParseFloat(word, 64)
			if err != nil || n < -1 || n > 1 || len(cautions) == mostCaution {
				faults = append(faults, clamor.Fault{Path: "caution", Message: "write up to 16 numbers between -1 and 1, with commas between them"})
				break
			}
			cautions = append(cautions, n)
		}
	}
	if text := c.Query("asks"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostTrials {
			faults = append(faults, clamor.Fault{Path: "asks", Message: "write a number from 1 to 20000"})
		}
		asks = n
	}
	other, examples := 0., 0
	if text := c.Query("other"); text != "" {
		var err error
		if other, err = readCaution(text); err != nil {
			faults = append(faults, clamor.Fault{Path: "other", Message: err.Error()})
		}
		examples = mostExamples
	}
	if err := clamor.Refuse("the lab cannot try that", faults); err != nil {
		return err
	}
	e, err := s.Dedupe.Lab(c.Request.Context(), cautions, other, asks, examples)
	if err != nil {
		return err
	}
	e.Trials, e.Changes = orEmpty(e.Trials), tidy(e.Changes)
	return writeJSON(c, http.StatusOK, e)
}

// mostExamples is how many asks are shown on which another setting would decide differently.
const mostExamples = 50

func readCaution(text string) (float64, error) {
	n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || n < -1 || n > 1 || n != n {
		return 0, clamor.Errorf(clamor.Invalid, "write a number between -1 and 1")
	}
	return n, nil
}

// tidy leaves no list of terms unset, which the API promises.
func tidy(all []dedupe.Changed) []dedupe.Changed {
	for i := range all {
		b := &all[i].Better
		b.Shared, b.Differing, b.Here, b.There = orEmpty(b.Shared), orEmpty(b.Differing), orEmpty(b.Here), orEmpty(b.There)
	}
	return orEmpty(all)
}

// trySynonyms tells what other synonyms would do, and stores nothing.
func (s *Server) trySynonyms(c *gin.Context) error {
	var b struct {
		Synonyms string `json:"synonyms"`
		Asks     int    `json:"asks"`
	}
	if err := s.decodeBody(c, &b); err != nil {
		return err
	}
	if b.Asks < 0 || b.Asks > usualTrials {
		return clamor.Refuse("the synonyms cannot be tried so", []clamor.Fault{{Path: "asks", Message: "write a number from 1 to 2000"}})
	}
	r, err := s.Dedupe.Reword(c.Request.Context(), b.Synonyms, cmp.Or(b.Asks, usualReworded), mostExamples)
	if err != nil {
		return err
	}
	r.Changes = tidy(r.Changes)
	return writeJSON(c, http.StatusOK, r)
}

// The bounds of one look for doubtful placements.
const (
	usualDoubts = 50
	mostDoubts  = 500
)

// doubts tells which asks would be joined elsewhere today than they were. It changes nothing.
func (s *Server) doubts(c *gin.Context) error {
	limit := usualDoubts
	if text := c.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostDoubts {
			return clamor.Refuse("the doubts cannot be listed so", []clamor.Fault{{Path: "limit", Message: "write a number from 1 to 500"}})
		}
		limit = n
	}
	found, err := s.Dedupe.Doubts(c.Request.Context(), usualTrials, limit)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Doubts []dedupe.Doubt `json:"doubts"`
	}{orEmpty(found)})
}
