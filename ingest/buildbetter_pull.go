package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"clamor"
)

// buildBetterTopic is that of pages of signals; BuildBetter calls them extractions.
const buildBetterTopic = "signals"

// buildBetterPage is how many signals are asked for at once.
const buildBetterPage = 100

// buildBetterQuery reads signals in the order in which they were made, which is the only time that they bear.
const buildBetterQuery = `query($since: timestamptz!, $limit: Int!, $offset: Int!) {
 extraction(where: {created_at: {_gte: $since}}, order_by: [{created_at: asc}, {id: asc}], limit: $limit, offset: $offset) {
  id summary text context exact_quote start_sec end_sec display_ts created_at sentiment types { type { name } }
  person { id first_name last_name email company { id name } } call { id name display_ts recorded_at } } }`

// pullBuildBetter reads the signals made since the last pull. The cursor is when the last one read was made; a little before it is read
// again, for one that was made at the same time or saved late.
func pullBuildBetter(ctx context.Context, p Pull) error {
	since, err := parseTime(p.Cursor(buildBetterTopic))
	if err != nil {
		since, err = p.firstMoment()
	} else {
		since = since.Add(-lookBack)
	}
	if err != nil {
		return err
	}
	header := http.Header{"X-Buildbetter-Api-Key": {p.Source.Token}}
	for offset := 0; ; {
		body, err := p.askGraphQL(ctx, "BuildBetter", header, buildBetterQuery, map[string]any{
			"since": since.Format(time.RFC3339Nano), "limit": buildBetterPage, "offset": offset})
		if err != nil {
			return err
		}
		var answer struct {
			Data struct {
				Signals []struct {
					CreatedAt string `json:"created_at"`
				} `json:"extraction"`
			} `json:"data"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return clamor.Errorf(clamor.Unavailable, "BuildBetter's answer is no list of signals: look at base_url, or try again later")
		}
		signals := answer.Data.Signals
		if len(signals) == 0 {
			return nil
		}
		if err := p.Keep(ctx, Page{Topic: buildBetterTopic, Body: body, Cursor: signals[len(signals)-1].CreatedAt}); err != nil {
			return err
		}
		if len(signals) < buildBetterPage {
			return nil
		}
		offset += len(signals)
	}
}
