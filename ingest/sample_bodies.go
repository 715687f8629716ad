package ingest

// The bodies of samples: what each vendor sends, cut to what is read. All speak of one account that nobody has, so that what came by
// trying is easy to find and to rule out.

const sampleWords = "We need a hello button on the sample page before we can roll this out."

const (
	genericBody = `{"id": "clamor-sample", "kind": "call", "title": "A sample call", "text": "` + sampleWords + `",
  "account": {"name": "Sample account"}, "author": {"name": "Clamor"}}`
	flatBody  = `{"id": "clamor-sample", "title": "A sample", "text": "` + sampleWords + `", "account": "Sample account"}`
	eventBody = `{"type": "feedback.created", "data": {"id": "clamor-sample", "text": "` + sampleWords + `", "account": {"name": "Sample account"}}}`
	busBody   = `{"specversion": "1.0", "id": "clamor-sample", "source": "/clamor", "type": "feedback.created",
  "data": {"text": "` + sampleWords + `", "account": "Sample account"}}`
	salesforceBody = `[{"attributes": {"type": "Account"}, "Id": "001000000000001AAA", "Name": "Sample account"},
 {"attributes": {"type": "Task"}, "Id": "00T000000000001AAA", "AccountId": "001000000000001AAA", "Subject": "A sample call",
  "Description": "` + sampleWords + `", "CreatedDate": "2026-01-05T09:00:00.000Z"}]`
	vitallyBody = `{"noteId": "clamor-sample", "accountName": "Sample account", "subject": "A sample call", "note": "` + sampleWords + `"}`
	signalBody  = `{"signal_id": "clamor-sample", "summary": "A hello button on the sample page", "quote": "` + sampleWords + `", "company": "Sample account"}`
	meetingBody = `{"title": "A sample meeting", "recording_id": 1, "created_at": "2026-01-05T09:30:00Z", "share_url": "https://fathom.video/share/clamor-sample",
 "transcript": [{"speaker": {"display_name": "Kim", "matched_calendar_invitee_email": "kim@sample-account.example"}, "text": "` + sampleWords + `", "timestamp": "00:01:02"}],
 "calendar_invitees": [{"name": "Kim", "email": "kim@sample-account.example", "is_external": true}]}`
	otterBody = `{"meta": {"webhook": {"event": "conversation_completed"}}, "data": {"id": "clamor-sample", "title": "A sample call", "created_at": "2026-01-05T09:00:00Z",
 "owner": {"name": "Clamor", "email": "rep@clamor.example"}, "calendar_guests": [{"name": "Kim", "email": "kim@sample-account.example"}], "transcript": "Kim  0:12\n` + sampleWords + `\n"}}`
	slackBody = "command=%2Fclamor&trigger_id=clamor-sample&user_name=clamor" +
		"&text=Sample+account%3A+we+need+a+hello+button+on+the+sample+page+before+we+can+roll+this+out."
	ticketBody = `{"ticket_id": "1", "organization": "Sample account", "requester_name": "Kim", "requester_email": "kim@sample-account.example",
 "title": "A sample ticket", "comment": "` + sampleWords + `"}`
	conversationBody = `{"type": "notification_event", "topic": "conversation.user.created", "id": "clamor-sample", "data": {"item": {"type": "conversation", "id": "1",
 "created_at": 1767603600, "updated_at": 1767603600, "user": {"type": "user", "id": "u1", "name": "Kim", "email": "kim@sample-account.example"},
 "conversation_message": {"id": "1", "body": "<p>` + sampleWords + `</p>", "author": {"type": "user", "id": "u1"}}}}}`
	needBody = `{"action": "create", "type": "CustomerNeed", "createdAt": "2026-01-05T09:00:00.000Z", "webhookTimestamp": NOW_MS,
 "data": {"id": "clamor-sample", "body": "` + sampleWords + `", "createdAt": "2026-01-05T09:00:00.000Z", "customer": {"id": "c1", "name": "Sample account"},
  "issue": {"id": "i1", "title": "A hello button on the sample page", "url": "https://linear.app/sample/issue/SAMPLE-1"}}}`
	jiraBody = `{"timestamp": 1767603600000, "webhookEvent": "jira:issue_updated",
 "issue": {"id": "1", "key": "SAMPLE-1", "self": "https://sample.atlassian.net/rest/api/2/issue/1", "fields": {"summary": "A hello button on the sample page",
  "status": {"name": "Done", "statusCategory": {"key": "done"}}, "resolution": {"name": "Done"}, "updated": "2026-01-05T09:00:00.000+0000"}},
 "changelog": {"items": [{"field": "status", "fromString": "To Do", "toString": "Done"}]}}`
	githubBody = `{"action": "closed",
 "issue": {"number": 1, "html_url": "https://github.com/sample/sample/issues/1", "state": "closed", "state_reason": "completed", "title": "A hello button on the sample page",
  "closed_at": "2026-01-05T09:00:00Z", "updated_at": "2026-01-05T09:00:00Z"}, "repository": {"full_name": "sample/sample"}, "sender": {"login": "kim", "type": "User"}}`
)
