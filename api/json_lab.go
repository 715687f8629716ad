package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/dedupe"
)

// The bounds of one look into the threshold lab: each ask is decided on once more.
const (
	usualTrials = 2_000
	mostTrials  = 20_000
	mostCaution = 16
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
	if err := clamor.Refuse("the lab cannot try that", faults); err != nil {
		return err
	}
	trials, err := s.Dedupe.Lab(c.Request.Context(), cautions, asks)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Trials []dedupe.Trial `json:"trials"`
	}{orEmpty(trials)})
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
