package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
)

// SourceStore is what the pages of sources and of what they send need of the store.
type SourceStore interface {
	// Deliveries lists the newest first, without their bodies.
	Deliveries(ctx context.Context, q clamor.DeliveryQuery) ([]clamor.Delivery, error)
	// DeliveryNotes are the notes that a delivery brought, with what became of them.
	DeliveryNotes(ctx context.Context, id clamor.DeliveryID, limit int) ([]clamor.Reported, error)
	// Activity tells of a source, or of every one where none is named, what has come from it of late, by its name.
	Activity(ctx context.Context, source string) (map[string]clamor.Activity, error)
	// LastPulls tells of every source that was ever pulled, by its name, how its last pull went.
	LastPulls(ctx context.Context) (map[string]clamor.LastPull, error)
}

// deliveryQuery reads which deliveries are wanted.
func deliveryQuery(v url.Values) (clamor.DeliveryQuery, error) {
	q := clamor.DeliveryQuery{Source: v.Get("source"), State: clamor.DeliveryState(v.Get("state"))}
	var wrong faults
	wrong.add("state", oneOf(q.State, clamor.DeliveryStates()...))
	if text := v.Get("cursor"); text != "" {
		var err error
		q.Before, err = readPlace(text)
		wrong.add("cursor", err)
	}
	return q, clamor.Refuse("the deliveries cannot be shown so", wrong)
}

// placeText writes where a list of deliveries goes on, for a link or a cursor.
func placeText(p clamor.DeliveryPlace) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 10) + " " + string(p.ID)))
}

func readPlace(text string) (clamor.DeliveryPlace, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, id, cut := strings.Cut(string(raw), " ")
	n, number := strconv.ParseInt(at, 10, 64)
	p := clamor.DeliveryPlace{At: time.UnixMicro(n).UTC(), ID: clamor.DeliveryID(id)}
	if err != nil || number != nil || !cut || n <= 0 || placeText(p) != text {
		return clamor.DeliveryPlace{}, clamor.Errorf(clamor.Invalid, "is no cursor: send what stood in \"next\", or leave it out to begin")
	}
	return p, nil
}

// deliveryPage finds one page of deliveries, and the cursor of the next; "" where there is none.
func (s *Server) deliveryPage(ctx context.Context, q clamor.DeliveryQuery, limit int) (found []clamor.Delivery, next string, err error) {
	q.Limit = limit + 1
	if found, err = s.Store.Deliveries(ctx, q); err != nil || len(found) <= limit {
		return found, "", err
	}
	found = found[:limit]
	return found, placeText(found[limit-1].Place()), nil
}

func (s *Server) deliveries(c *gin.Context) error {
	q, err := deliveryQuery(c.Request.URL.Query())
	if err != nil {
		return err
	}
	limit := usualLimit
	if text := c.Query("limit"); text != "" {
		if limit, err = readLimit(text); err != nil {
			return err
		}
	}
	found, cursor, err := s.deliveryPage(c.Request.Context(), q, limit)
	if err != nil {
		return err
	}
	var next *string
	if cursor != "" {
		next = &cursor
	}
	return writeJSON(c, http.StatusOK, struct {
		Deliveries []clamor.Delivery `json:"deliveries"`
		Next       *string           `json:"next"`
	}{orEmpty(found), next})
}

func (s *Server) delivery(c *gin.Context) error {
	d, err := s.Store.FindDelivery(c.Request.Context(), clamor.DeliveryID(c.Param("id")))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, newDeliveryAnswer(d, userOf(c)))
}
