package ingest

import (
	"slices"

	"clamor"
)

// Group is what a kind of source is, for a list to choose from.
type Group string

// The groups, in the order in which they are offered.
const (
	Calls     Group = "Calls"
	Customers Group = "CRM and customer success"
	Desks     Group = "Help desks and idea boards"
	Chats     Group = "Chat"
	Trackers  Group = "Issue trackers"
	AnyTool   Group = "Any other tool"
)

// Groups are all of them.
func Groups() []Group { return []Group{Calls, Customers, Desks, Chats, Trackers, AnyTool} }

// Connection is what somebody who connects a source of a kind is to know, beside its settings and the steps at the vendor.
type Connection struct {
	Group  Group
	Brings string // what comes from there, in a few words
	Secret string // where the vendor shows the secret that it proves itself with; "" where Clamor makes one up
	Token  string // what its API is called with, and where it is made; "" where nothing is called
	Needed bool   // nothing comes without the token
	Test   string // how the vendor sends a first delivery by itself
	sample func(s clamor.Source) *Sample
}

// ConnectionOf tells about a kind. One that nobody has described yet is told to be any tool.
func ConnectionOf(kind string) Connection {
	all := connections()
	if c, ok := all[kind]; ok {
		return c
	}
	return Connection{Group: AnyTool, Test: "Let it send one."}
}

// Sample is a request with which the source can be tried, nil where the vendor alone can make one.
func (c Connection) Sample(s clamor.Source) *Sample {
	if c.sample == nil {
		return nil
	}
	return c.sample(s)
}

// Pulls reports whether sources of the kind are read by schedule.
func (a Adapter) Pulls() bool { return a.Pull != nil }

// Calls reports whether the vendor's API is called, by schedule or for what a webhook announces.
func (a Adapter) Calls() bool { return a.Pull != nil || a.Fetch != nil }

//nolint:gosec // the words tell people where credentials are found
func connections() map[string]Connection {
	return map[string]Connection{
		"generic":           {Group: AnyTool, Brings: "Notes in Clamor's own shape, from your own programs", sample: plainSample(bearer, Sample{body: genericBody})},
		"json":              {Group: AnyTool, Brings: "JSON of any shape: say where each field stands", sample: toolSample},
		"standard-webhooks": {Group: AnyTool, Brings: "Events signed by the Standard Webhooks specification", sample: plainSample(standard, Sample{body: eventBody})},
		"cloudevents":       {Group: AnyTool, Brings: "Events of a bus, in any mode of CloudEvents", sample: cloudSample},
		"zapier":            {Group: AnyTool, Brings: "Whatever a Zap sends", sample: toolSample},
		"n8n":               {Group: AnyTool, Brings: "Whatever a workflow sends", sample: toolSample},
		"make":              {Group: AnyTool, Brings: "Whatever a scenario sends", sample: toolSample},

		"salesforce": {Group: Customers, Brings: "Accounts, opportunities, tasks, events and cases", Token: "CLIENT_ID:CLIENT_SECRET of an external client app",
			sample: plainSample(bearer, Sample{body: salesforceBody})},
		"hubspot": {Group: Customers, Brings: "Companies, deals and notes", Token: "the access token of a private app", Test: "Change a deal in HubSpot.",
			Secret: "the app's client secret, where an app sends webhooks"},
		"vitally": {Group: Customers, Brings: "Accounts, notes and NPS answers", Token: "an API key: Settings, Integrations, REST API",
			sample: plainSample(bearer, Sample{body: vitallyBody})},

		"buildbetter": {Group: Calls, Brings: "Signals, each linked to its second of the call", Token: "an API key", sample: plainSample(bearer, Sample{body: signalBody})},
		"gong": {Group: Calls, Brings: "Calls with transcripts, accounts and deals", Token: "ACCESS_KEY:SECRET: Company Settings, API", Needed: true,
			Secret: "the public key of the webhook rule, where you choose “Signed JWT header”", Test: "Press Test at the webhook of Gong's automation rule, or wait for the first pull."},
		"fathom": {Group: Calls, Brings: "Meetings with transcript and summary", Token: "an API key, for meetings before the webhook",
			Secret: "begins with whsec_; Fathom shows it when you make the webhook", sample: plainSample(standard, Sample{body: meetingBody})},
		"fireflies": {Group: Calls, Brings: "Meetings with transcript and summary", Token: "an API key: Integrations, Fireflies API", Needed: true,
			Secret: "the signing secret: Developer settings, Webhooks", Test: "Upload a short recording to Fireflies: it sends when that is transcribed."},
		"grain": {Group: Calls, Brings: "Recordings with transcripts", Token: "an access token: Settings, API",
			Test: "Record a short meeting with Grain, or add one to the view that the webhook is for."},
		"zoom": {Group: Calls, Brings: "Transcripts of cloud recordings", Token: "ACCOUNT_ID:CLIENT_ID:CLIENT_SECRET of a server-to-server app",
			Secret: "the app's Secret Token: Features, Access", Test: "Press Validate at the app's event subscription: that proves the address. The first recording with a transcript is the first delivery."},
		"otter": {Group: Calls, Brings: "Conversations with transcript and summary", sample: plainSample(bearer, Sample{body: otterBody})},

		"slack": {Group: Chats, Brings: "Slash commands, picked messages and channels", Secret: "the app's Signing Secret: Basic Information",
			sample: plainSample(slackSigned, Sample{body: slackBody, media: formType})},
		"mattermost": {Group: Chats, Brings: "Slash commands and outgoing webhooks", Secret: "the token that Mattermost shows for the command or webhook",
			sample: plainSample(tokenHeader, Sample{body: slackBody, media: formType})},

		"zendesk": {Group: Desks, Brings: "Tickets with what customers wrote, and organizations", Token: "an API token: Admin Center, Apps and integrations",
			Secret: "at the webhook, under Reveal secret", Test: "Press Test at Zendesk's webhook, or comment on a ticket.", sample: untokened(zendeskSigned, Sample{body: ticketBody})},
		"intercom": {Group: Desks, Brings: "Conversations and companies", Token: "the app's access token", Secret: "the app's Client secret: Basic information",
			Test: "Write to your own Messenger as a visitor.", sample: untokened(intercomSigned, Sample{body: conversationBody})},
		"productboard": {Group: Desks, Brings: "Notes, users and companies", Token: "an access token: Workspace settings, Integrations, Public APIs",
			Test: "Change a note in productboard, or wait for the first pull."},
		"canny": {Group: Desks, Brings: "Posts and votes, each vote an ask", Secret: "the API key: Settings, API; it signs the webhooks and opens the API alike",
			Test: "Vote for a post of your board, or wait for the first pull."},

		"linear": {Group: Trackers, Brings: "Customer requests, and what became of issues", Secret: "the webhook's Signing secret: Settings, API",
			sample: plainSample(linearSigned, Sample{body: needBody, headers: []string{"Linear-Delivery: clamor-sample"}})},
		"jira": {Group: Trackers, Brings: "What became of issues", sample: plainSample(hubSigned("X-Hub-Signature"),
			Sample{body: jiraBody, headers: []string{"X-Atlassian-Webhook-Identifier: clamor-sample"}})},
		"github": {Group: Trackers, Brings: "What became of issues", sample: plainSample(hubSigned("X-Hub-Signature-256"),
			Sample{body: githubBody, headers: []string{"X-GitHub-Event: issues", "X-GitHub-Delivery: clamor-sample"}}),
			Test: "GitHub sends a ping when you make the webhook: that proves the address."},
	}
}

func plainSample(prove func(clamor.Source) proof, s Sample) func(clamor.Source) *Sample {
	return func(source clamor.Source) *Sample {
		s.proof = prove(source)
		return &s
	}
}

// untokened gives a sample only as long as nothing is fetched: with a token, the vendor would be asked for what the sample announces.
func untokened(prove func(clamor.Source) proof, s Sample) func(clamor.Source) *Sample {
	return func(source clamor.Source) *Sample {
		if source.Token != "" {
			return nil
		}
		return plainSample(prove, s)(source)
	}
}

// toolSample is what a tool sends whose fields bear usual names. Where the source has a mapping, nobody knows what it sends.
func toolSample(s clamor.Source) *Sample {
	if len(s.Mapping) > 0 {
		return nil
	}
	return plainSample(senderProof, Sample{body: flatBody})(s)
}

func cloudSample(s clamor.Source) *Sample {
	if len(s.Mapping) > 0 {
		return nil
	}
	return plainSample(senderProof, Sample{body: busBody, media: eventType + "+json"})(s)
}

// KindsOf lists the adapters of a group.
func KindsOf(g Group) []Adapter {
	return slices.DeleteFunc(Adapters(), func(a Adapter) bool { return ConnectionOf(a.Kind).Group != g })
}
