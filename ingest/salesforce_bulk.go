package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"clamor"
)

// bulkRows are the records of one part of a Bulk query's results.
const bulkRows = "1000"

// bulk reads a topic by a Bulk query. The job lives at Salesforce, so that a broken pull goes on with the part it was at; the next one
// begins at the time when the job did, by Salesforce's own clock.
func (c *salesforceClient) bulk(ctx context.Context, topic, soql string) error {
	at := c.cursor(topic)
	at.ID = ""
	if at.Job != "" {
		done, err := c.results(ctx, topic, at)
		if done || err != nil && clamor.KindOf(err) != clamor.Invalid { // a job that failed is begun anew
			return err
		}
	}
	job, err := c.startJob(ctx, soql+at.since())
	if err != nil {
		return err
	}
	at.Job, at.Locator, at.Began = job.ID, "", job.Created
	if err := c.pull.Keep(ctx, Page{Topic: topic, Cursor: at.String()}); err != nil {
		return err
	}
	done, err := c.results(ctx, topic, at)
	if err == nil && !done {
		return clamor.Errorf(clamor.Unavailable, "the Bulk query %s vanished: the next pull begins it anew", job.ID)
	}
	return err
}

// bulkJob is a Bulk query as Salesforce tells of it.
type bulkJob struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Created string `json:"createdDate"`
	Message string `json:"errorMessage"`
}

func (c *salesforceClient) startJob(ctx context.Context, soql string) (bulkJob, error) {
	body, err := json.Marshal(map[string]string{"operation": "query", "query": soql})
	if err != nil {
		return bulkJob{}, err
	}
	reply, err := c.call(ctx, Call{Method: http.MethodPost, URL: c.data("/jobs/query"), Body: body,
		Header: http.Header{"Content-Type": {"application/json"}}})
	if err != nil {
		return bulkJob{}, err
	}
	return jobOf(reply)
}

func jobOf(r Reply) (bulkJob, error) {
	var job bulkJob
	if err := json.Unmarshal(r.Body, &job); err != nil || job.ID == "" {
		return job, clamor.Errorf(clamor.Unavailable, "Salesforce answers with something else than the Bulk query")
	}
	return job, nil
}

// results keeps the parts of a job's results from the cursor's on; done is false where the job is no longer there.
func (c *salesforceClient) results(ctx context.Context, topic string, at salesforceCursor) (done bool, err error) {
	there, err := c.completed(ctx, at.Job)
	if err != nil || !there {
		return false, err
	}
	for {
		q := url.Values{"maxRecords": {bulkRows}}
		if at.Locator != "" {
			q.Set("locator", at.Locator)
		}
		reply, err := c.call(ctx, Call{URL: c.data("/jobs/query/"+url.PathEscape(at.Job)+"/results?") + q.Encode(),
			Header: http.Header{"Accept": {"text/csv"}}})
		if err != nil {
			return false, err
		}
		page := Page{Topic: topic, Body: reply.Body}
		if reply.Header.Get("Sforce-NumberOfRecords") == "0" {
			page.Body = nil
		}
		at.Locator = reply.Header.Get("Sforce-Locator")
		last := at.Locator == "" || at.Locator == "null"
		if last {
			at = salesforceCursor{At: at.Began}
		}
		page.Cursor = at.String()
		if err := c.pull.Keep(ctx, page); err != nil || last {
			return err == nil, err
		}
	}
}

// completed waits until a job is done; there is false where it was deleted, as all are after a week.
func (c *salesforceClient) completed(ctx context.Context, id string) (there bool, err error) {
	const longest = 30 * time.Second
	for pause := time.Second; ; pause = min(2*pause, longest) {
		reply, err := c.call(ctx, Call{URL: c.data("/jobs/query/" + url.PathEscape(id))})
		if reply.Status == http.StatusNotFound {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		job, err := jobOf(reply)
		switch {
		case err != nil:
			return false, err
		case job.State == "JobComplete":
			return true, nil
		case job.State == "Failed" || job.State == "Aborted":
			return false, clamor.Errorf(clamor.Invalid, "the Bulk query failed (%s): correct the source's settings",
				clip(cleanLine(job.State+" "+job.Message)))
		}
		if err := pauseFor(ctx, pause); err != nil {
			return false, err
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
