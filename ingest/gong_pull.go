package ingest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"clamor"
)

// gongTopic is that of pages of calls with their transcripts, fetched or pulled.
const gongTopic = "calls"

// gongPage is what is kept: an answer with calls, and beside it what was said in them.
type gongPage struct {
	Calls       []json.RawMessage `json:"calls"`
	Transcripts []json.RawMessage `json:"callTranscripts"`
}

// gongAnswer is a page of any list of the API.
type gongAnswer struct {
	gongPage
	RequestID string `json:"requestId"`
	Records   struct {
		Cursor string `json:"cursor"`
	} `json:"records"`
}

// fetchGong gets the transcript of the call that a webhook told of.
func fetchGong(ctx context.Context, p Pull, d clamor.Delivery) error {
	var sent struct {
		CallData json.RawMessage `json:"callData"`
	}
	if err := json.Unmarshal(withoutBOM(d.Body), &sent); err != nil {
		return clamor.Errorf(clamor.Invalid, "the webhook cannot be read: %w", err)
	}
	calls := []json.RawMessage{sent.CallData}
	transcripts, err := gongTranscriptsOf(ctx, p, calls)
	if err != nil {
		return err
	}
	if len(transcripts) == 0 && d.Attempts < patience {
		return clamor.Errorf(clamor.Unavailable, "Gong has no transcript of this call yet: it is asked for again later")
	}
	return keepGong(ctx, p, calls, transcripts, "")
}

// pullGong reads the calls since the last pull, page by page, each with its transcripts.
func pullGong(ctx context.Context, p Pull) error {
	at, err := p.place(gongTopic)
	if err != nil {
		return err
	}
	for {
		page, err := gongCalls(ctx, p, at)
		if err != nil {
			return err
		}
		transcripts, err := gongTranscriptsOf(ctx, p, page.Calls)
		if err != nil {
			return err
		}
		next := page.Records.Cursor
		if err := keepGong(ctx, p, page.Calls, transcripts, at.next(next)); err != nil {
			return err
		}
		if next == "" || next == at.Page {
			return nil
		}
		at.Page = next
	}
}

func keepGong(ctx context.Context, p Pull, calls, transcripts []json.RawMessage, cursor string) error {
	page := Page{Topic: gongTopic, Cursor: cursor}
	if len(calls) > 0 {
		body, err := json.Marshal(gongPage{calls, transcripts})
		if err != nil {
			return fmt.Errorf("keeping a page of Gong: %w", err)
		}
		page.Body = body
	}
	return p.Keep(ctx, page)
}

// gongCalls reads one page of calls. A cursor that has grown too old for Gong means the window anew.
func gongCalls(ctx context.Context, p Pull, at place) (gongAnswer, error) {
	request := map[string]any{
		"filter": map[string]any{"fromDateTime": at.From, "toDateTime": at.To},
		"contentSelector": map[string]any{"context": "Extended", "exposedFields": map[string]any{
			"parties": true, "content": map[string]bool{"brief": true, "keyPoints": true}}},
	}
	if at.Page != "" {
		request["cursor"] = at.Page
	}
	answer, status, err := askGong(ctx, p, "/v2/calls/extensive", request)
	if status == http.StatusBadRequest && at.Page != "" {
		at.Page = ""
		return gongCalls(ctx, p, at)
	}
	return answer, err
}

// gongTranscriptsOf reads what was said in calls.
func gongTranscriptsOf(ctx context.Context, p Pull, calls []json.RawMessage) ([]json.RawMessage, error) {
	var ids []string
	for _, raw := range calls {
		var call struct {
			MetaData struct {
				ID        string `json:"id"`
				IsPrivate bool   `json:"isPrivate"`
			} `json:"metaData"`
		}
		if err := json.Unmarshal(raw, &call); err == nil && call.MetaData.ID != "" && !call.MetaData.IsPrivate {
			ids = append(ids, call.MetaData.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	request := map[string]any{"filter": map[string]any{"callIds": ids}}
	var all []json.RawMessage
	for page := ""; ; {
		answer, _, err := askGong(ctx, p, "/v2/calls/transcript", request)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Transcripts...)
		if answer.Records.Cursor == "" || answer.Records.Cursor == page {
			return all, nil
		}
		page = answer.Records.Cursor
		request["cursor"] = page
	}
}

// askGong sends a request that only reads. Gong says 404 where a window holds no call.
func askGong(ctx context.Context, p Pull, path string, request map[string]any) (gongAnswer, int, error) {
	var answer gongAnswer
	if p.Source.Token == "" {
		return answer, 0, clamor.Errorf(clamor.Invalid,
			"the source has no token, without which Gong gives no transcript: set it to ACCESS_KEY:SECRET")
	}
	body, err := json.Marshal(request)
	if err != nil {
		return answer, 0, fmt.Errorf("asking Gong: %w", err)
	}
	reply, err := p.Call(ctx, Call{Method: http.MethodPost, URL: strings.TrimRight(p.Setting("base_url"), "/") + path, Body: body, Safe: true,
		Header: http.Header{"Authorization": {gongCredential(p.Source.Token)}, "Content-Type": {"application/json"}}})
	if err != nil {
		return answer, 0, fmt.Errorf("asking Gong: %w", err)
	}
	unread := json.Unmarshal(reply.Body, &answer)
	if reply.Status == http.StatusNotFound && unread == nil && answer.RequestID != "" {
		return gongAnswer{}, reply.Status, nil
	}
	if err := answered("Gong", reply); err != nil {
		return answer, reply.Status, err
	}
	if unread != nil {
		return answer, reply.Status, clamor.Errorf(clamor.Unavailable, "Gong's answer is no JSON: look at base_url, or try again later")
	}
	return answer, reply.Status, nil
}

// gongCredential is an access key with its secret, or a token of OAuth.
func gongCredential(token string) string {
	if strings.Contains(token, ":") {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(token))
	}
	return "Bearer " + token
}
