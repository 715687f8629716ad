package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"clamor"
)

// lookBack is read again at the start of each pull: a change that was saved late bears an earlier time than one that was read before.
// What was read before is recognised and changes nothing.
const lookBack = 10 * time.Minute

// queryRows are the records of one answer: their texts have up to 32,000 characters each.
const queryRows = "500"

// salesforceTime is how SOQL writes times.
const salesforceTime = "2006-01-02T15:04:05.000Z"

func pullSalesforce(ctx context.Context, p Pull) error {
	base := strings.TrimRight(p.Setting("base_url"), "/")
	if base == "" {
		return clamor.Errorf(clamor.Invalid, "set base_url to the address of your Salesforce, such as https://northwind.my.salesforce.com")
	}
	if p.Source.Token == "" {
		return clamor.Errorf(clamor.Invalid, "give the source a token: CLIENT_ID:CLIENT_SECRET of an external client app, or an access token")
	}
	c := &salesforceClient{pull: p, base: base}
	for _, topic := range named(p.Setting("topics")) {
		soql, err := queryOf(topic, p.Setting)
		if err != nil {
			return err
		}
		read := c.query
		if p.Setting("api") == "bulk" {
			read = c.bulk
		}
		if err := read(ctx, topic, soql); err != nil {
			return fmt.Errorf("pulling %s from Salesforce: %w", topic, err)
		}
	}
	return nil
}

// queryOf asks for the fields of a topic that are in every organisation, and for those that the settings name.
func queryOf(topic string, told func(string) string) (string, error) {
	fields := map[string]string{
		"accounts": "Id,Name,Website,ParentId,Owner.Name",
		"deals":    "Id,Name,AccountId,Account.Name,Account.Website,Amount,StageName,IsClosed,IsWon,Probability,CloseDate,Owner.Name,Owner.Email",
		"tasks": "Id,Subject,Description,ActivityDate,TaskSubtype,CallDurationInSeconds,AccountId,Account.Name,Account.Website,WhatId," +
			"Who.Name,Who.Email,Who.Title,Owner.Name,Owner.Email",
		"events": "Id,Subject,Description,StartDateTime,AccountId,Account.Name,Account.Website,WhatId,Who.Name,Who.Email,Who.Title," +
			"Owner.Name,Owner.Email",
		"cases": "Id,Subject,Description,AccountId,Account.Name,Account.Website,Contact.Name,Contact.Email,Contact.Title",
	}[topic]
	if fields == "" {
		return "", clamor.Errorf(clamor.Invalid, "%q is no topic: choose of %s", topic, strings.Join(sortedKeys(topicKinds()), ", "))
	}
	settings := map[string][]string{
		"accounts": {"arr_field", "mrr_field", "health_field", "segment_field", "renewal_field", "lifecycle_field", "account_request_field"},
		"deals":    {"request_field", "loss_reason_field"},
	}[topic]
	list := append(strings.Split(fields, ","), "CreatedDate", "SystemModstamp")
	for _, setting := range settings {
		list = append(list, named(told(setting))...)
	}
	if told("multi_currency") == "yes" && len(settings) > 0 {
		list = append(list, "CurrencyIsoCode")
	}
	var asked []string
	for _, name := range list {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") != "" {
			return "", clamor.Errorf(clamor.Invalid, "%q is no name of a field: write it as the API does, such as ARR__c", clip(name))
		}
		if !slices.Contains(asked, name) {
			asked = append(asked, name)
		}
	}
	soql := "SELECT " + strings.Join(asked, ",") + " FROM " + topicKinds()[topic] + " WHERE SystemModstamp != null"
	if topic != "accounts" { // leads have deals and tasks of no account
		soql += " AND AccountId != null"
	}
	return soql, nil
}

// salesforceCursor is how far a topic has been read.
type salesforceCursor struct {
	At      string `json:"at,omitempty"`      // SystemModstamp of the last record read
	ID      string `json:"id,omitempty"`      // its id, where the pull broke off there
	Job     string `json:"job,omitempty"`     // of a Bulk query that is under way
	Locator string `json:"locator,omitempty"` // of the next part of its results
	Began   string `json:"began,omitempty"`   // when it began
}

func (c salesforceCursor) String() string {
	text, _ := json.Marshal(c) // texts only: cannot fail
	return string(text)
}

// cursor is where a topic goes on; what cannot be read begins anew.
func (c *salesforceClient) cursor(topic string) salesforceCursor {
	var at salesforceCursor
	if err := json.Unmarshal([]byte(c.pull.Cursor(topic)), &at); err != nil {
		at = salesforceCursor{}
	}
	if _, err := parseTime(at.At); err != nil {
		at.At, at.ID = "", ""
		if since, err := clamor.ParseDate(c.pull.Setting("since")); err == nil {
			at.At = since.Time().Format(salesforceTime)
		}
	}
	if salesforceID(at.ID) != at.ID || strings.ContainsAny(at.ID, `'\`) {
		at.ID = ""
	}
	return at
}

// since is the condition that leaves out what was read before.
func (c salesforceCursor) since() string {
	t, err := parseTime(c.At)
	switch {
	case err != nil:
		return ""
	case c.ID == "":
		return " AND SystemModstamp >= " + t.Add(-lookBack).Format(salesforceTime)
	}
	at := t.Format(salesforceTime)
	return " AND SystemModstamp >= " + at + " AND (SystemModstamp > " + at + " OR Id > '" + c.ID + "')"
}

// query reads a topic in the order in which its records changed, so that the last record of each page is where a broken pull goes on.
func (c *salesforceClient) query(ctx context.Context, topic, soql string) error {
	at := c.cursor(topic)
	soql += at.since() + " ORDER BY SystemModstamp, Id"
	next := c.data("/query?q=" + url.QueryEscape(soql))
	for next != "" {
		reply, err := c.call(ctx, Call{URL: next, Header: http.Header{"Sforce-Query-Options": {"batchSize=" + queryRows}}})
		if err != nil {
			return err
		}
		var page struct {
			Done    bool   `json:"done"`
			Next    string `json:"nextRecordsUrl"`
			Records []struct {
				ID string `json:"Id"`
				At string `json:"SystemModstamp"`
			} `json:"records"`
		}
		if err := json.Unmarshal(reply.Body, &page); err != nil {
			return clamor.Errorf(clamor.Unavailable, "Salesforce answers a query with something else than its records: %w", err)
		}
		next = ""
		if page.Next != "" && !page.Done {
			next = c.base + "/" + strings.TrimLeft(page.Next, "/")
		}
		kept := Page{Topic: topic}
		if n := len(page.Records); n > 0 {
			kept.Body = reply.Body
			at.At, at.ID = page.Records[n-1].At, salesforceID(page.Records[n-1].ID)
		}
		if next == "" {
			at.ID = ""
		}
		kept.Cursor = at.String()
		if err := c.pull.Keep(ctx, kept); err != nil {
			return err
		}
	}
	return nil
}

// salesforceClient calls the API of one organisation.
type salesforceClient struct {
	pull  Pull
	base  string
	token string
}

func (c *salesforceClient) data(path string) string {
	return c.base + "/services/data/v" + strings.TrimPrefix(c.pull.Setting("version"), "v") + path
}

// call asks once more with a new token where the old one has run out and a new one can be had.
func (c *salesforceClient) call(ctx context.Context, request Call) (Reply, error) {
	for attempt := 0; ; attempt++ {
		if c.token == "" {
			if err := c.signIn(ctx); err != nil {
				return Reply{}, err
			}
		}
		if request.Header == nil {
			request.Header = http.Header{}
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		request.Limited = salesforceLimit
		reply, err := c.pull.Call(ctx, request)
		if err != nil || reply.Status < 300 {
			return reply, err
		}
		if reply.Status == http.StatusUnauthorized && attempt == 0 && strings.Contains(c.pull.Source.Token, ":") {
			c.token = ""
			continue
		}
		return reply, salesforceRefusal(reply)
	}
}

// signIn gets an access token for a client app; a token without a colon is one already.
func (c *salesforceClient) signIn(ctx context.Context) error {
	id, secret, isApp := strings.Cut(c.pull.Source.Token, ":")
	if !isApp {
		c.token = c.pull.Source.Token
		return nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	reply, err := c.pull.Call(ctx, Call{Method: http.MethodPost, URL: c.base + "/services/oauth2/token", Safe: true,
		Body:   []byte(form.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}})
	if err != nil {
		return err
	}
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(reply.Body, &answer); err != nil || reply.Status != http.StatusOK || answer.Token == "" {
		return clamor.Errorf(clamor.Unauthenticated,
			"Salesforce gives the client app no token (%s): look at its id, its secret, and that it may "+
				"use client credentials",
			cmp.Or(clip(clean(answer.Error)), fmt.Sprint(reply.Status)))
	}
	c.token = answer.Token
	return nil
}

// salesforceErrors are what Salesforce answers where it does not do as asked.
type salesforceErrors []struct {
	Message string `json:"message"`
	Code    string `json:"errorCode"`
}

func salesforceErrorsOf(r Reply) salesforceErrors {
	var all salesforceErrors
	if json.Unmarshal(r.Body, &all) != nil {
		return nil
	}
	return all
}

// salesforceLimit knows the day's limit, which is answered with 403. It is counted over the last 24 hours, so that it comes back bit by
// bit.
func salesforceLimit(r Reply) (time.Duration, bool) {
	for _, e := range salesforceErrorsOf(r) {
		if e.Code == "REQUEST_LIMIT_EXCEEDED" {
			return 15 * time.Minute, true
		}
	}
	return 0, false
}

// salesforceRefusal tells what to do about an answer.
func salesforceRefusal(r Reply) error {
	code, message := fmt.Sprint(r.Status), http.StatusText(r.Status)
	if all := salesforceErrorsOf(r); len(all) > 0 {
		code, message = clip(clean(all[0].Code)), cleanLine(all[0].Message)
	}
	message = strings.ToValidUTF8(message[:min(len(message), maxName)], "")
	if _, limited := salesforceLimit(r); limited {
		return clamor.Errorf(clamor.Limited, "Salesforce's limit of requests is used up for now: the pull goes on where it is when it runs next")
	}
	switch {
	case r.Status == http.StatusUnauthorized:
		return clamor.Errorf(clamor.Unauthenticated, "Salesforce refuses the token (%s: %s): give the source a new one", code, message)
	case r.Status == http.StatusForbidden:
		return clamor.Errorf(clamor.Forbidden, "Salesforce forbids it (%s: %s): give the token's user the API and read access to these fields",
			code, message)
	case r.Status >= 500 || r.Status == http.StatusTooManyRequests:
		return clamor.Errorf(clamor.Unavailable, "Salesforce cannot answer now (%s: %s)", code, message)
	}
	return clamor.Errorf(clamor.Invalid, "Salesforce refuses the query (%s: %s): correct the source's settings", code, message)
}
