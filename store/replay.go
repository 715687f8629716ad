package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clamor"
)

// replayed is how many deliveries one transaction marks, so that nobody waits long behind it.
const replayed = 500

// Replay marks deliveries to be read anew by the workers, and says how many. They are pending again from then on, oldest first, so
// that a crash loses none of them. What is pending already is left as it is.
func (db *DB) Replay(ctx context.Context, r clamor.Replay, by string) (marked int64, err error) {
	if len(r.IDs) == 0 && r.Source == "" && r.State == "" {
		return 0, clamor.Errorf(clamor.Invalid, "name what to replay: deliveries, a source or a state")
	}
	if r.State != "" && !slices.Contains(clamor.DeliveryStates(), r.State) {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no state of a delivery", r.State)
	}
	if err := db.tx(ctx, func(w work) error { return db.audit(w, by, "replay", r.Source, replayDetail(r)) }); err != nil {
		return 0, err
	}
	if len(r.IDs) > 0 {
		return db.replayNamed(ctx, r.IDs)
	}
	for last, more := "", true; more; {
		var n int64
		err := db.tx(ctx, func(w work) (err error) {
			var ids []string
			if ids, err = replayable(w, r, last); err != nil {
				return err
			}
			more = len(ids) == replayed
			if len(ids) == 0 {
				n = 0
				return nil
			}
			n, err = markReplayed(w, ids)
			last = ids[len(ids)-1]
			return err
		})
		if err != nil {
			return marked, fmt.Errorf("replaying deliveries: %w", err)
		}
		marked += n
	}
	return marked, nil
}

// replayable are the next deliveries that r speaks of, by ID.
func replayable(w work, r clamor.Replay, after string) ([]string, error) {
	to := int64(latest)
	if !r.To.IsZero() {
		to = micros(r.To)
	}
	return list(w, func(row scanner) (id string, err error) { return id, row.Scan(&id) }, `SELECT id FROM delivery WHERE id > $1
		AND ($2 = '' OR source = $2) AND ($3 = '' OR state = $3) AND received_at >= $4 AND received_at < $5 ORDER BY id LIMIT $6`,
		after, r.Source, string(r.State), micros(r.From), to, replayed)
}

func markReplayed[T ~string](w work, ids []T) (int64, error) {
	marks, args := places(1, ids)
	return w.exec(`UPDATE delivery SET state = 'received', reason = '', attempts = 0, retry_at = 0, replays = replays + 1
		WHERE state <> 'received' AND id IN (`+marks+`)`, args...)
}

// replayNamed marks the deliveries named, all or none.
func (db *DB) replayNamed(ctx context.Context, ids []clamor.DeliveryID) (marked int64, err error) {
	err = db.tx(ctx, func(w work) error {
		marked = 0
		for _, id := range ids {
			var there string
			if err := w.row(`SELECT id FROM delivery WHERE id = $1`, []any{string(id)}, &there); err != nil {
				return missing(err, "delivery", id)
			}
			n, err := markReplayed(w, []clamor.DeliveryID{id})
			if err != nil {
				return fmt.Errorf("replaying delivery %s: %w", id, err)
			}
			marked += n
		}
		return nil
	})
	return marked, err
}

func replayDetail(r clamor.Replay) string {
	parts := []string{string(r.State)}
	for _, id := range r.IDs {
		parts = append(parts, string(id))
	}
	for _, t := range []time.Time{r.From, r.To} {
		if !t.IsZero() {
			parts = append(parts, t.UTC().Format(time.RFC3339))
		}
	}
	detail := strings.TrimSpace(strings.Join(parts, " "))
	return detail[:min(len(detail), 1000)]
}
